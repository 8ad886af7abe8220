/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a configuration: conf/load.c, check.c, value.c, schema.c, file.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "conf/load.h"
#include "conf/load_int.h"
#include "conf/schema.h"

#define PSK	"ipsec { psk = 'correct horse battery' }\n"
#define POOL	"pool office { range = 10.9.0.0/24 }\n"
#define USERS	"users { file = /etc/l2tpd/users }\n"
#define GOOD	PSK POOL USERS

static struct conf_report report;

static struct conf *
load(const char *text)
{
	return conf_load_text("t.conf", text, strlen(text), &report);
}

static struct conf *
load_good(const char *text)
{
	struct conf *c = load(text);

	if (c == NULL)
		fail_msg("refused: %s", report.error);
	return c;
}

/* GOOD with lines of its own must be refused with this message. */
static void
refused(const char *text, const char *message)
{
	struct conf *c = load(text);

	if (c != NULL)
		fail_msg("accepted: %s", text);
	if (strstr(report.error, message) == NULL)
		fail_msg("%s\ngave: %s\nnot:  %s", text, report.error, message);
	assert_null(strchr(report.error, '\n'));
}

static char *
source_file(const char *name, size_t *n)
{
	const char *top = getenv("top_srcdir");
	char path[4096], err[CONF_TEXT_MAX];
	bool all;
	char *text;

	(void)snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".",
	    name);
	text = file_read(path, CONF_FILE_MAX, n, &all, err, sizeof(err));
	if (text == NULL)
		fail_msg("%s", err);
	return text;
}

static void
defaults(void **state)
{
	struct conf *c = load_good(GOOD);
	char a[IPADDR_STRLEN];

	(void)state;
	assert_string_equal(c->run_dir, "/run/l2tpd");
	assert_string_equal(c->group, "");
	assert_int_equal(c->log_level, CONF_LOG_INFO);
	assert_int_equal(c->nat, CONF_NAT_OFF);
	assert_false(c->client_to_client);
	assert_int_equal(c->outer_mtu, 1500);
	assert_int_equal(c->listener.address.n, 0);
	assert_true(c->listener.protocol_50);
	assert_int_equal(c->listener.id.kind, CONF_ID_AUTO);
	assert_int_equal(c->ipsec.keys.n, 1);
	assert_memory_equal(c->ipsec.keys.s[0].b, "correct horse battery", 21);
	assert_int_equal(c->ipsec.phase1.n, 0);
	assert_int_equal(c->ipsec.phase1_life_s, 28800);
	assert_int_equal(c->ipsec.replay_window, 1024);
	assert_int_equal(c->l2tp.retransmit_first_ms, 1000);
	assert_int_equal(c->l2tp.retransmit_cap_ms, 8000);
	assert_int_equal(c->ppp.methods, CONF_METHOD_MSCHAPV2);
	assert_int_equal(c->pools, 1);
	assert_string_equal(c->pool[0].name, "office");
	assert_int_equal(c->pool[0].size, 253);
	assert_string_equal(ipaddr_str(&c->ppp.local, a), "10.9.0.1");
	assert_string_equal(ipaddr_str(&c->pool[0].range.r[0].first, a),
	    "10.9.0.2");
	assert_string_equal(ipaddr_str(&c->pool[0].range.r[0].last, a),
	    "10.9.0.254");
	assert_int_equal(c->users.pool_index, 0);
	assert_int_equal(report.warnings, 0);
	conf_free(c);
}

/* A pool may have networks alone; then it is not the one for addresses. */
static void
ipv6_networks(void **state)
{
	struct conf *c = load_good(PSK USERS
	    "pool six { prefix6 = { '2001:db8::/63', '2001:db8:1::/48' } }\n"
	    "pool both { range = 10.9.0.0/24 prefix6 = '2001:db8:0:8::/64' }\n"
	    "ppp { dns6 = { '2001:db8::53', '2001:db8::54' } }\n");
	char net[IPNET_STRLEN];

	(void)state;
	assert_int_equal(c->pool[0].prefix6.n, 2);
	assert_string_equal(ipnet_str(&c->pool[0].prefix6.net[1], net),
	    "2001:db8:1::/48");
	assert_int_equal(c->pool[0].range.n, 0);
	assert_int_equal(c->users.pool_index, 1);
	assert_int_equal(ipaddr_as_v4(&c->ppp.local), 0x0a090001);
	assert_int_equal(c->ppp.dns6.n, 2);
	conf_free(c);
}

static void
every_kind(void **state)
{
	struct conf *c = load_good(
	    "workers = 8 nat = auto client-to-client = on\n"
	    "log-level = debug // comment\n"
	    "listener { address = { 192.0.2.1, '2001:db8::1' }\n"
	    " protocol-50 = off id = vpn.example.org }\n"
	    "ipsec { psk = { 'correct horse battery', \"staple & \\x63orrect"
	    " horse\" } allow-legacy-dh = true\n"
	    " phase1 = aes256-sha512-ecp521 phase1 += { 3des-sha1-modp1024 }\n"
	    " phase2 = { aes128gcm16, aes192-sha384, 3des-sha1 }\n"
	    " phase2-lifetime = 90m replay-window = 64 }\n"
	    "l2tp { retransmit-first = 500ms retransmit-cap = 12000 }\n"
	    "ppp { methods = { pap, chap-md5 } dns = 9.9.9.9"
	    " local-address = 10.1.0.1 }\n"
	    "pool a { range = { 10.1.0.0/30, 10.1.1.1-10.1.1.9, 10.1.2.3 }\n"
	    " exclude = { 10.1.1.0/29, 10.1.1.5-10.1.1.8, 10.7.0.0/16 } }\n"
	    "pool b-2 { range = 10.2.0.5 }\n"
	    "users { file = '/u' pool = b-2 }\n"
	    "/* more of ipsec */ ipsec { dpd-interval = 1m }\n");

	(void)state;
	assert_int_equal(c->workers, 8);
	assert_int_equal(c->nat, CONF_NAT_AUTO);
	assert_true(c->client_to_client);
	assert_int_equal(c->log_level, CONF_LOG_DEBUG);
	assert_int_equal(c->listener.address.n, 2);
	assert_int_equal(c->listener.address.a[1].family, IP_V6);
	assert_false(c->listener.protocol_50);
	assert_int_equal(c->listener.id.kind, CONF_ID_FQDN);
	assert_string_equal(c->listener.id.text, "vpn.example.org");
	assert_int_equal(c->ipsec.keys.n, 2);
	assert_int_equal(c->ipsec.keys.s[1].len, 22);
	assert_int_equal(c->ipsec.phase1.n, 2);
	assert_int_equal(c->ipsec.phase1.p[0].cipher, CIPHER_AES256);
	assert_int_equal(c->ipsec.phase1.p[0].hash, HASH_SHA512);
	assert_int_equal(c->ipsec.phase1.p[0].group, DH_ECP521);
	assert_int_equal(c->ipsec.phase1.p[1].group, DH_MODP1024);
	assert_int_equal(c->ipsec.phase2.n, 3);
	assert_int_equal(c->ipsec.phase2.p[0].enc, ESP_ENC_AES_GCM16);
	assert_int_equal(c->ipsec.phase2.p[0].auth, ESP_AUTH_NONE);
	assert_int_equal(c->ipsec.phase2.p[0].key_bits, 128);
	assert_int_equal(c->ipsec.phase2.p[1].auth, ESP_AUTH_SHA384);
	assert_int_equal(c->ipsec.phase2.p[2].enc, ESP_ENC_3DES);
	assert_int_equal(c->ipsec.phase2_life_s, 5400);
	assert_int_equal(c->ipsec.dpd_s, 60);
	assert_int_equal(c->l2tp.retransmit_first_ms, 500);
	assert_int_equal(c->l2tp.retransmit_cap_ms, 12000);
	assert_int_equal(c->ppp.methods,
	    CONF_METHOD_PAP | CONF_METHOD_CHAP_MD5);
	assert_int_equal(c->pools, 2);
	/* .2 of the /30, 9 addresses less .1-.8, one address */
	assert_int_equal(c->pool[0].size, 1 + 1 + 1);
	assert_int_equal(c->pool[1].size, 1);
	assert_int_equal(c->users.pool_index, 1);
	conf_free(c);
}

static void
identities(void **state)
{
	static const struct {
		const char *text;
		enum conf_id_kind kind;
	} ids[] = {
		{ "auto", CONF_ID_AUTO },
		{ "192.0.2.7", CONF_ID_ADDRESS },
		{ "'2001:db8::7'", CONF_ID_ADDRESS },
		{ "gate.example.org", CONF_ID_FQDN },
		{ "'me@example.org'", CONF_ID_USER_FQDN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char text[512];
		struct conf *c;

		(void)snprintf(text, sizeof(text),
		    GOOD "listener { id = %s }\n", ids[i].text);
		c = load_good(text);
		assert_int_equal(c->listener.id.kind, ids[i].kind);
		conf_free(c);
	}
	refused(GOOD "listener { id = 'two words' }", "t.conf:4: listener.id:"
	    " expected auto, an address, a host name or user@host");
}

/* What is wrong, and the message: file, line and what was expected. */
static const char *const bad[][2] = {
	{ "", "t.conf: the file is empty" },
	{ POOL USERS, "t.conf: ipsec.psk: missing: expected" },
	{ PSK USERS, "t.conf: pool.range: missing: expected at least"
	    " one pool" },
	{ PSK POOL, "t.conf: users.file: missing: expected" },
	{ GOOD "\nfoo = 1", "t.conf:5: no such option 'foo'; expected"
	    " one of run-dir user" },
	{ GOOD "foo { }", "expected one of run-dir user group"
	    " control-socket interface log-level workers esp-engine offload nat"
	    " client-to-client outer-mtu listener ipsec" },
	{ GOOD "ppp { foo = 1 }", "t.conf:4: ppp: no such option 'foo';"
	    " expected one of methods mru" },
	{ GOOD "workers = 1\nworkers = 2", "t.conf:5: workers: already"
	    " given in line 4" },
	{ GOOD "ppp { mru = 1300 }\nppp { mru = 1300 }",
	    "t.conf:5: ppp.mru: already given in line 4" },
	{ GOOD "workers = 65", "t.conf:4: workers: expected a number"
	    " from 0 to 64, got \"65\"" },
	{ GOOD "workers = -1", "from 0 to 64, got \"-1\"" },
	{ GOOD "workers = 0x4", "from 0 to 64" },
	{ GOOD "workers = ''", "from 0 to 64" },
	{ GOOD "workers = 4294967297", "from 0 to 64" },
	{ GOOD "workers = 99999999999999999999999", "from 0 to 64" },
	{ GOOD "workers 4", "t.conf:4: missing equal sign" },
	{ GOOD "workers = { 4 }", "t.conf:4: unexpected token '{'" },
	{ GOOD "workers += 4", "t.conf:4: attempt to append" },
	{ GOOD "nat = yes", "expected one of off auto, got \"yes\"" },
	{ GOOD "client-to-client = maybe", "expected yes or no" },
	{ GOOD "interface = seventeen-letters", "expected 1 to 15"
	    " characters, none of them a control character" },
	{ GOOD "interface = 'a/b'", "t.conf:4: interface: expected letters" },
	{ GOOD "interface = '..'", "no dot in front" },
	{ GOOD "interface = 'a b'", "t.conf:4: interface: expected letters" },
	{ GOOD "run-dir = run", "t.conf:4: run-dir: expected an absolute" },
	{ GOOD "control-socket = s", "control-socket: expected an absolute" },
	{ GOOD "run-dir = /23456789012345678901234567890123456789012345678901"
	    "2345678901234567890123456789012345678901234567", "too long for"
	    " the path of the control socket" },
	{ GOOD "run-dir = ''", "t.conf:4: run-dir: expected 1 to 255" },
	{ GOOD "run-dir = \"/a\\nb\"", "run-dir: expected 1 to 255"
	    " characters, none of them a control character, got"
	    " \"/a.b\"" },
	{ GOOD "listener { address = 300.1.1.1 }",
	    "listener.address: expected an IP address" },
	{ GOOD "listener { address = { 192.0.2.1, 192.0.2.1 } }",
	    "listener.address: the same address stands there twice" },
	{ GOOD "ipsec { phase1-lifetime = 8x }", "expected a time from"
	    " 5m to 7d (such as 500ms, 30s, 10m, 8h), got \"8x\"" },
	{ GOOD "ipsec { phase1-lifetime = 1500ms }", "from 5m to 7d" },
	{ GOOD "ipsec { phase1-lifetime = h }", "from 5m to 7d" },
	{ GOOD "ipsec { phase1-lifetime = 1m }", "from 5m to 7d" },
	{ GOOD "ppp { max-configure = 61 }", "from 1 to 60" },
	{ GOOD "ppp { max-failure = 0 }", "from 1 to 60" },
	{ GOOD "ppp { echo-interval = 2h }", "from 0s to 1h" },
	{ GOOD "l2tp { retransmit-first = 20s }", "from 100ms to 10s" },
	{ GOOD "ipsec { psk = \xe2\x80\x9c" "a2b4correcthorse2026"
	    "\xe2\x80\x9d }", "ipsec.psk: the key begins with a typographic"
	    " quote" },
	{ GOOD "l2tp { retransmit-cap = 4s }", "from 8s to 1m" },
	{ GOOD "l2tp { retransmit-first = 9s }", "t.conf:"
	    " l2tp.retransmit-cap: expected at least" },
	{ GOOD "limits { auth-delay-max = 0 }", "t.conf:4:"
	    " limits.auth-delay-max: expected at least auth-delay" },
	{ GOOD "ppp { mru = 1500 }", "t.conf:4: ppp.mru: expected less"
	    " than outer-mtu" },
	{ GOOD "ipsec { replay-window = 65 }", "multiple of 64" },
	{ GOOD "ipsec { phase1 = aes256-sha256 }", "expected"
	    " cipher-hash-group such as aes256-sha256-modp2048" },
	{ GOOD "ipsec { phase1 = aes256 }", "cipher-hash-group" },
	{ GOOD "ipsec { phase1 = des-sha256-modp2048 }", "got" },
	{ GOOD "ipsec { phase1 = aes256-md5-modp2048 }", "got" },
	{ GOOD "ipsec { phase1 = aes256-sha1-modp768 }", "got" },
	{ GOOD "ipsec { phase1 = aes256-sha1-modp1024 }",
	    "t.conf:4: ipsec.phase1: 3des and modp1024 need"
	    " allow-legacy-dh = yes" },
	{ GOOD "ipsec { phase1 = 3des-sha1-modp2048 }", "need"
	    " allow-legacy-dh" },
	{ GOOD "ipsec { phase2 = 3des-sha1 }", "ipsec.phase2: 3des"
	    " needs allow-legacy-dh = yes" },
	{ GOOD "ipsec { phase2 = aes256 }", "expected cipher-hash" },
	{ GOOD "ipsec { phase2 = aes256gcm16-sha1 }", "cipher-hash" },
	{ GOOD "ipsec { phase2 = null-sha1 }", "cipher-hash" },
	{ GOOD "ipsec { phase2 = aes256-md5 }", "cipher-hash" },
	{ GOOD "ipsec { psk = '' }", "expected 1 to 255 characters" },
	{ GOOD "ipsec { psk-file = /does/not/exist }", "t.conf:4:"
	    " ipsec.psk-file: /does/not/exist: No such file" },
	{ GOOD "ppp { methods = mschap }", "expected one of pap chap-md5"
	    " mschapv2 eap, got \"mschap\"" },
	{ GOOD "ppp { dns = '2001:db8::1' }", "an IPv4 address" },
	{ GOOD "ppp { dns = { 1.1.1.1, 1.1.1.2, 1.1.1.3 } }",
	    "t.conf:4: ppp.dns: expected at most 2 values" },
	{ GOOD "ppp { local-address = 10.9.0.77 }", "expected an"
	    " address outside pool office, or excluded there" },
	{ GOOD "ppp { local-address = 224.0.0.1 }", "a host address" },
	{ GOOD "pool x { }", "t.conf: pool.range: missing: expected"
	    " the addresses of pool x" },
	{ GOOD "pool x { range = { } }", "the addresses of pool x" },
	{ GOOD "pool office { range = 10.8.0.1 }", "duplicate title" },
	{ GOOD "pool { range = 10.8.0.1 }", "missing title" },
	{ GOOD "pool 'a b' { range = 10.8.0.1 }", "t.conf:4: pool:"
	    " expected a name of 1 to 63 letters" },
	{ GOOD "pool '' { }", "expected a name" },
	{ GOOD "pool x { prefix6 = '2001:db8::/43' }", "expected an IPv6"
	    " network from /44 to /64" },
	{ GOOD "pool x { prefix6 = '2001:db8::/65' }", "an IPv6 network" },
	{ GOOD "pool x { prefix6 = '2001:db8::1/64' }", "an IPv6 network" },
	{ GOOD "pool x { prefix6 = 10.8.0.0/24 }", "an IPv6 network" },
	{ GOOD "pool x { prefix6 = 'fe80::/64' }", "t.conf:4: pool.prefix6:"
	    " expected networks of hosts" },
	{ GOOD "pool x { prefix6 = '::/64' }", "networks of hosts" },
	{ GOOD "pool x { prefix6 = 'ff02::/64' }", "networks of hosts" },
	{ GOOD "pool x { prefix6 = { '2001:db8::/48',"
	    " '2001:db8:0:9::/64' } }", "overlaps a network of pool x" },
	{ GOOD "pool x { prefix6 = { '2001:db8::/44', '2001:db9::/64' } }",
	    "at most 1048576 networks" },
	{ GOOD "pool x { prefix6 = '2001:db8::/48' } users { pool = x }",
	    "users.pool: pool x has no range" },
	{ GOOD "pool x { prefix6 = '2001:db8::/48' }\n"
	    "user-group g { pool = x }", "user-group.pool: pool x has no"
	    " range" },
	{ GOOD "pool x { prefix6 = '2001:db8::/48' } ppp { mru = 1279 }",
	    "ppp.mru: expected at least 1280 where a pool has prefix6" },
	{ GOOD "ppp { dns6 = 192.0.2.1 }", "ppp.dns6: expected IPv6"
	    " addresses" },
	{ PSK USERS "pool x { prefix6 = '2001:db8::/48' }",
	    "pool.range: missing: expected at least one pool" },
	{ GOOD "pool x { range = 10.9.0.0/24 }", "t.conf:4: pool.range:"
	    " overlaps a range of pool office" },
	{ GOOD "pool x { range = 10.8.255.0-10.9.0.2 }", "overlaps" },
	{ GOOD "pool x { range = 10.9.0.254-10.9.1.1 }", "overlaps" },
	{ GOOD "pool x { range = { 10.8.0.1, 10.8.0.1 } }",
	    "overlaps a range of pool x" },
	{ GOOD "pool x { range = 10.8.0.9-10.8.0.1 }", "expected an"
	    " IPv4 range such as 10.9.0.10-10.9.0.250, a prefix" },
	{ GOOD "pool x { range = 10.8.0.1/24 }", "an IPv4 range" },
	{ GOOD "pool x { range = 10.8.0.0/31 }", "an IPv4 range" },
	{ GOOD "pool x { range = 10.0.0.0/8 }", "an IPv4 range" },
	{ GOOD "pool x { range = 10.8.0.0/33 }", "an IPv4 range" },
	{ GOOD "pool x { range = 10.8.0.0/ }", "an IPv4 range" },
	{ GOOD "pool x { range = '2001:db8::/64' }", "an IPv4 range" },
	{ GOOD "pool x { range = 10.8.0.1- }", "an IPv4 range" },
	{ GOOD "pool x { range = 10.8.0.1-10.8.0.2-10.8.0.3 }",
	    "an IPv4 range" },
	{ GOOD "pool x { range = 0000000000000000000000000000000000"
	    "0000000000000000001 }", "an IPv4 range" },
	{ GOOD "pool x { range = 127.0.0.1 }", "not 0/8, 127/8 or" },
	{ GOOD "pool x { range = 126.0.0.1-128.0.0.1 }", "not 0/8" },
	{ GOOD "pool x { range = 224.0.0.0/24 }", "not 0/8" },
	{ GOOD "pool x { range = 0.0.0.1 }", "not 0/8" },
	{ GOOD "pool x { range = 10.16.0.0/12 range = 10.32.0.0/12 }",
	    "expected at most 1048576 addresses in all pools" },
	{ GOOD "pool x { range = 10.8.0.1 exclude = 10.8.0.0/16 }",
	    "t.conf:4: pool.exclude: leaves no address in pool x" },
	{ GOOD "users { pool = none }", "t.conf:4: users.pool: there is"
	    " no pool none" },
	{ PSK "pool x { range = 1.0.0.0-1.0.0.9 }" USERS,
	    "ppp.local-address: expected a host address" },
	{ GOOD "}", "t.conf:4: unexpected closing brace" },
	{ GOOD "ppp {", "t.conf:5: ppp: expected a closing brace before"
	    " the end of the file" },
	{ GOOD "ppp { mru = 1300", "expected a closing brace" },
	{ GOOD "/* ppp { }", "t.conf: expected the end of a comment" },
	{ GOOD "ppp", "missing opening brace for section 'ppp'" },
	{ GOOD "ppp { dns = { 1.1.1.1 ", "expected a closing brace" },
	{ GOOD "workers =", "got \"(end of file)\"" },
	{ GOOD "run-dir = \"", "run-dir: expected 1 to 255" },
	{ GOOD "ppp { mru = '", "unterminated string" },
	{ GOOD "include(\"/etc/passwd\")", "no such option 'include'" },
	{ GOOD "\"(context)\" = 1", "t.conf:4: no such option" },
	{ GOOD "ppp|mru = 1", "t.conf:4: no such option" },
	{ GOOD "run-dir = \"\\999\"", "bad escape sequence" },
	{ GOOD "'a\nb' = 1", "no such option 'a.b'" },
};

static void
refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i][0], bad[i][1]);
}

static void
too_many_pools(void **state)
{
	char text[8192] = GOOD;
	size_t at = strlen(text);

	(void)state;
	for (int i = 0; i < CONF_POOLS_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "pool p%d { range = 10.10.%d.1 }\n", i, i);
	refused(text, "t.conf:35: pool: expected at most 32 of them");
}

/* Rules of an ACL: the reason is the rule's own. */
static void
acls(void **state)
{
	struct conf *c = load_good(GOOD "acl web { rule = {"
	    " 'permit from-client tcp from any to 10.0.0.0/8 port 80-443',\n"
	    " \"deny both any from any to any\" } }\n"
	    "acl none { rule = 'deny both 6 from any to any' }\n");
	char text[20000] = GOOD "acl a { rule = {";

	(void)state;
	assert_int_equal(c->acls, 2);
	assert_string_equal(c->acl[0].name, "web");
	assert_int_equal(c->acl[0].rule.n, 2);
	assert_true(c->acl[0].rule.r[0].permit);
	assert_int_equal(c->acl[0].rule.r[0].dport.last, 443);
	assert_false(c->acl[0].rule.r[1].permit);
	assert_string_equal(c->acl[1].name, "none");
	conf_free(c);
	refused(GOOD "acl a { }\n",
	    "t.conf: acl.rule: missing: expected the rules of acl a");
	refused(GOOD "acl a { rule = 'permit all' }\n", "acl.rule: expected"
	    " from-client, to-client or both, got \"all\"");
	refused(GOOD "acl a { rule = 'permit both any from 10.0.0.1/8 to any'"
	    " }\n", "acl.rule: expected any, an address or a prefix");
	refused(GOOD "acl 'a b' { rule = 'permit both any from any to any'"
	    " }\n", "acl: expected a name of");
	for (int i = 0; i <= ACL_RULES_MAX; i++)
		(void)strcat(text, " 'deny both any from any to any',");
	(void)strcat(text, " 'deny both any from any to any' } }\n");
	refused(text, "acl.rule: expected at most 64 values");
}

static void
nul_byte(void **state)
{
	static const char text[] = GOOD "\0 workers = 4";

	(void)state;
	assert_null(conf_load_text("t.conf", text, sizeof(text) - 1, &report));
	assert_string_equal(report.error, "t.conf: expected text, found a NUL"
	    " byte");
}

/* N-27: a group key can be guessed offline, so it must be long. */
static void
n27_weak_psk(void **state)
{
	static const char *const weak[] = {
		"vpn", "12345678", "correct horse batte",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabcabcabc",
	};
	char text[512];
	struct conf *c;

	(void)state;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		(void)snprintf(text, sizeof(text), POOL USERS
		    "ipsec { psk = '%s' }", weak[i]);
		refused(text, "t.conf:3: ipsec.psk: expected a key of at least"
		    " 20 characters");
		assert_null(strstr(report.error, weak[i]));
		(void)snprintf(text, sizeof(text), POOL USERS
		    "ipsec { psk = '%s' allow-weak-psk = yes }", weak[i]);
		c = load_good(text);
		assert_int_equal(report.warnings, 1);
		assert_non_null(strstr(report.warning[0], "is weak"));
		conf_free(c);
	}
	c = load_good(POOL USERS "ipsec { psk = 'correct horse batter' }");
	assert_int_equal(report.warnings, 0);
	conf_free(c);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
psk_file(void **state)
{
	char dir[] = "/tmp/l2tpd-test-XXXXXX", path[64], text[512], nine[512];
	struct conf *c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/psk", dir);
	(void)snprintf(text, sizeof(text), GOOD "ipsec { psk-file = %s }",
	    path);
	write_file(path, "another correct horse\r\n\nthe third correct horse",
	    0600);
	c = load_good(text);
	assert_int_equal(c->ipsec.psk.n, 1);
	assert_int_equal(c->ipsec.keys.n, 3);
	assert_int_equal(c->ipsec.keys.s[1].len, 21);
	assert_memory_equal(c->ipsec.keys.s[2].b, "the third correct horse",
	    23);
	conf_free(c);
	assert_int_equal(chmod(path, 0644), 0);
	refused(text, "can be read by everybody: expected mode 0600");
	write_file(path, "short\n", 0600);
	refused(text, "t.conf:4: ipsec.psk-file: expected a key of at least");
	write_file(path, "fine correct horse one\ntab\there\n", 0600);
	refused(text, "line 2 of ");
	write_file(path, "# the key of the office, changed in May\n", 0600);
	refused(text, "expected nothing but a key, without # or blanks");
	write_file(path, "\nanother correct horse \n", 0600);
	refused(text, "line 2 of ");
	write_file(path, " another correct horse", 0600);
	refused(text, "without # or blanks");
	write_file(path, "\xef\xbb\xbf" "another correct horse\r\n", 0600);
	c = load_good(text);
	assert_int_equal(c->ipsec.keys.s[1].len, 21);
	conf_free(c);
	memset(nine, 'x', 300);
	nine[300] = '\0';
	write_file(path, nine, 0600);
	refused(text, "is longer than 255 characters");
	nine[0] = '\0';
	for (int i = 0; i < 9; i++)
		(void)strcat(nine, "one more of these correct horses\n");
	write_file(path, nine, 0600);
	refused(text, "expected at most 8 keys in all");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
files(void **state)
{
	char dir[] = "/tmp/l2tpd-test-XXXXXX", path[64];
	struct conf *c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/c", dir);
	assert_null(conf_load(path, &report));
	assert_non_null(strstr(report.error, "No such file"));
	assert_null(conf_load(dir, &report));
	assert_non_null(strstr(report.error, "expected a plain file"));
	assert_null(conf_load("/dev/zero", &report));
	assert_non_null(strstr(report.error, "expected a plain file"));
	write_file(path, GOOD, 0600);
	c = conf_load(path, &report);
	assert_non_null(c);
	assert_int_equal(report.warnings, 0);
	conf_free(c);
	assert_int_equal(chmod(path, 0644), 0);
	c = conf_load(path, &report);
	assert_non_null(c);
	assert_int_equal(report.warnings, 1);
	conf_free(c);
	assert_int_equal(truncate(path, CONF_FILE_MAX + 1), 0);
	assert_null(conf_load(path, &report));
	assert_non_null(strstr(report.error, "expected at most 1048576"));
	assert_int_equal(truncate(path, CONF_FILE_MAX), 0);
	assert_null(conf_load(path, &report));
	assert_non_null(strstr(report.error, "NUL"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* The sample lacks a key and nothing else. */
static void
sample(void **state)
{
	static const char key[] = "\n" PSK;
	size_t n;
	char *text = source_file("conf/l2tpd.conf.sample", &n);
	char *more = malloc(n + sizeof(key));
	struct conf *c;

	(void)state;
	assert_non_null(more);
	refused(text, "t.conf: ipsec.psk: missing");
	memcpy(more, text, n);
	memcpy(more + n, key, sizeof(key));
	c = load_good(more);
	assert_string_equal(c->pool[0].name, "office");
	conf_free(c);
	free(more);
	file_free(text, n);
}

/* Whether a commented line of the sample is an option: "#name = value". */
static bool
is_option(const char *p)
{
	size_t n;

	if (*p != '#')
		return false;
	n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz0123456789-.");
	return n > 0 && strncmp(p + 1 + n, " = ", 3) == 0;
}

/* Or the begin or end of a section: "#name {", "#name title {", "#}". */
static bool
is_brace(const char *p)
{
	size_t n = strcspn(p, "\n");

	return *p == '#' && ((n == 2 && p[1] == '}') ||
	    (p[1] != ' ' && p[n - 1] == '{'));
}

/* Takes the comment signs away; the number of options set free. */
static unsigned
uncomment(char *text)
{
	unsigned found = 0;

	for (char *p = text; p != NULL; p = strchr(p, '\n')) {
		p += strspn(p, "\n\t");
		if (strncmp(p, "#psk-file", 9) == 0 ||
		    strncmp(p, "#secret-file", 12) == 0)
			continue;
		found += is_option(p);
		if (is_option(p) || is_brace(p))
			*p = ' ';
	}
	return found;
}

/* With every comment sign taken away it still is a good file. */
static void
sample_options(void **state)
{
	size_t n;
	char *text = source_file("conf/l2tpd.conf.sample", &n);
	struct conf_report r;
	unsigned found, rows = 0;
	struct conf *c;

	(void)state;
	found = uncomment(text);
	while (schema_row(rows) != NULL)
		rows++;
	/* range and file stand without #, the two -file were left alone. */
	assert_int_equal(found + 4, rows);
	c = conf_load_text("sample", text, n, &r);
	if (c == NULL)
		fail_msg("%s", r.error);
	conf_free(c);
	file_free(text, n);
}

static void
table(void **state)
{
	const struct schema_row *r;

	(void)state;
	assert_int_equal(schema_find("ppp", "nothing"), SCHEMA_ROWS_MAX);
	for (size_t i = 0; (r = schema_row(i)) != NULL; i++) {
		assert_int_equal(schema_find(r->section, r->name), i);
		assert_true(r->min <= r->max);
		assert_true(strlen(r->help) > 10);
		assert_int_equal(r->help[strlen(r->help) - 1] == '.' ||
		    r->help[strlen(r->help) - 1] == '?', 1);
		if (r->type == SCHEMA_TIME)
			assert_true(strcmp(r->unit, "s") == 0 ||
			    strcmp(r->unit, "ms") == 0);
	}
}

/* Every row is in the manual page, in its section, with its default. */
static void
manual(void **state)
{
	size_t n;
	char *text = source_file("conf/l2tpd.conf.5", &n);
	const struct schema_row *r;

	(void)state;
	for (size_t i = 0; (r = schema_row(i)) != NULL; i++) {
		char want[256];
		const char *at, *end, *next;

		(void)snprintf(want, sizeof(want), "\n.Ss %s%s\n",
		    r->section[0] != '\0' ? "Section " : "Top level",
		    r->section);
		at = strstr(text, want);
		if (at == NULL)
			fail_msg("no section %s", r->section);
		end = strstr(at + 1, "\n.S");
		(void)snprintf(want, sizeof(want), "\n.It Ic %s\n", r->name);
		at = strstr(at, want);
		if (at == NULL || at > end)
			fail_msg("no %s.%s", r->section, r->name);
		if (r->def == NULL)
			continue;
		next = strstr(at + 1, "\n.It");
		next = next == NULL || next > end ? end : next;
		(void)snprintf(want, sizeof(want), "default %s", r->def);
		at = strstr(at, want);
		if (at == NULL || at > next)
			fail_msg("%s.%s: no \"%s\"", r->section, r->name,
			    want);
	}
	file_free(text, n);
}

static void
mutate(struct rng *g, char *text, size_t *n)
{
	static const char *const words[] = {
		"{", "}", "=", "'", "\"", "\\", "#", "/*", "*/", ",", "+=",
		"(", "99999999999", "-1", "${HOME}", "include(", "|", "\n",
	};
	const char *w = words[rng_below(g, sizeof(words) / sizeof(words[0]))];
	size_t at = rng_below(g, (uint32_t)*n), len = strlen(w), cut;

	switch (rng_below(g, 4)) {
	case 0:
		text[at] = (char)rng_u32(g);
		break;
	case 1:
		cut = rng_below(g, 40);
		cut = cut < *n - at ? cut : *n - at;
		memmove(text + at, text + at + cut, *n - at - cut);
		*n -= cut < *n ? cut : 0;
		break;
	case 2:
		memmove(text + at + len, text + at, *n - at);
		memcpy(text + at, w, len);
		*n += len;
		break;
	default:
		*n = at + 1;
		break;
	}
}

/* N-93: 10,000 mutations give a clear error or a good configuration. */
static void
n93_mutations(void **state)
{
	struct rng g;
	size_t n;
	char *text = source_file("conf/l2tpd.conf.sample", &n);
	char *copy = malloc(n + 4096);
	unsigned good = 0, refusals_n = 0;

	(void)state;
	assert_non_null(copy);
	/* All options in force, and only a part, so that mutations matter. */
	(void)uncomment(text);
	rng_seeded(&g, 93);
	for (int i = 0; i < 10000; i++) {
		size_t m = n;
		struct conf *c;

		memcpy(copy, text, n);
		for (uint32_t k = rng_below(&g, 3) + 1; k > 0 && m > 0; k--)
			mutate(&g, copy, &m);
		c = conf_load_text("fuzz", copy, m, &report);
		if (c != NULL) {
			assert_string_equal(report.error, "");
			assert_true(c->pools > 0 && c->ipsec.keys.n > 0);
			good++;
		} else {
			assert_int_equal(strncmp(report.error, "fuzz", 4), 0);
			assert_true(strlen(report.error) > 10);
			refusals_n++;
		}
		conf_free(c);
	}
	assert_true(good > 100 && refusals_n > 100);
	free(copy);
	file_free(text, n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_kind),
		cmocka_unit_test(ipv6_networks),
		cmocka_unit_test(identities),
		cmocka_unit_test(refusals),
		cmocka_unit_test(too_many_pools),
		cmocka_unit_test(acls),
		cmocka_unit_test(nul_byte),
		cmocka_unit_test(n27_weak_psk),
		cmocka_unit_test(psk_file),
		cmocka_unit_test(files),
		cmocka_unit_test(sample),
		cmocka_unit_test(sample_options),
		cmocka_unit_test(table),
		cmocka_unit_test(manual),
		cmocka_unit_test(n93_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
