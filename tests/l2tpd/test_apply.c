/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration text to the engines' parameters. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/load.h"
#include "conf/users.h"
#include "l2tpd/apply.h"

#define SMALL	"ipsec { psk = \"a key of more than twenty characters\" }\n" \
		"users { file = \"none\" }\n" \
		"pool a { range = \"10.9.0.0/24\" }\n"

static struct conf *
conf_of(const char *text)
{
	struct conf_report report = { .error = "" };
	struct conf *c = conf_load_text("test", text, strlen(text), &report);

	if (c == NULL)
		fail_msg("%s", report.error);
	return c;
}

static struct users *
users_of(const char *text)
{
	struct conf_report report = { .error = "" };
	struct users *u = users_load_text("users", text, strlen(text), &report);

	if (u == NULL)
		fail_msg("%s", report.error);
	return u;
}

static struct lns_params *
params_of(const struct conf *c, const struct users *u)
{
	char err[256] = "";
	struct lns_params *p = apply_params(c, u, err, sizeof(err));

	if (p == NULL)
		fail_msg("%s", err);
	return p;
}

static void
test_smallest(void **state)
{
	struct conf *c = conf_of(SMALL);
	struct lns_params *p = params_of(c, NULL);

	(void)state;
	assert_int_equal(p->ike.psk_n, 1);
	assert_int_equal(p->ike.id.type, IKE_ID_NONE);
	assert_int_equal(p->ppp.methods, PPP_MSCHAPV2);
	assert_int_equal(p->pool_n, 1);
	assert_string_equal(p->pool[0].name, "a");
	assert_int_equal(p->pool[0].range[0].first, 0x0a090002);
	assert_int_equal(p->pool[0].range[0].last, 0x0a0900fe);
	assert_int_equal(ipaddr_as_v4(&p->address), 0x0a090001);
	assert_int_equal(p->users.n, 0);
	/* legacy groups are closed */
	for (unsigned i = 0; i < p->ike.p1_n; i++) {
		assert_int_not_equal(p->ike.p1[i].group, DH_MODP1024);
		assert_int_not_equal(p->ike.p1[i].cipher, CIPHER_3DES);
	}
	apply_free(p);
	conf_free(c);
}

static void
test_everything_arrives(void **state)
{
	struct conf *c = conf_of(
	    "users { file = none }\nouter-mtu = 1400\nclient-to-client = yes\n"
	    "listener { id = vpn.example.org }\n"
	    "ipsec { psk = { \"a key of more than twenty characters\",\n"
	    "  \"the next key, just as long as that\" }\n"
	    "  phase1 = aes128-sha256-modp3072\n  phase2 = aes256gcm16\n"
	    "  phase1-lifetime = 1h phase2-lifetime = 30m dpd-interval = 7s\n"
	    "  dpd-tries = 3 replay-window = 128 max-peers = 11\n"
	    "  max-half-open = 17 max-dh-pending = 18 max-children = 22\n"
	    "  address-burst = 1 address-rate = 2 network-burst = 3\n"
	    "  network-rate = 4 total-rate = 5 trusted-factor = 6 }\n"
	    "l2tp { host-name = box hello-interval = 9s receive-window = 5\n"
	    "  max-tunnels = 13 max-sessions = 14 tunnels-per-peer = 3\n"
	    "  sessions-per-tunnel = 4 retransmit-first = 700\n"
	    "  retransmit-cap = 12s retransmit-tries = 6 }\n"
	    "ppp { methods = { pap, chap-md5, eap } mru = 1280 echo-interval = 11s\n"
	    "  echo-failures = 2 restart = 2500 max-configure = 21\n"
	    "  max-terminate = 3 max-failure = 22\n"
	    "  auth-tries = 1 dns = { 9.9.9.9, 1.1.1.1 }\n"
	    "  wins = 10.0.0.5 local-address = 10.1.1.1 }\n"
	    "pool a { range = { \"10.9.0.10-10.9.0.20\", 10.9.1.1 }\n"
	    "  exclude = { 10.9.0.12, \"10.9.0.14-10.9.0.15\" } }\n"
	    "limits { sessions = 15 sessions-per-user = 2 login-burst = 31\n"
	    "  login-rate = 32 login-timeout = 33s auth-delay = 2s\n"
	    "  auth-delay-max = 34s attempts = 35 auth-rate = 36\n"
	    "  lockout-user = 37 lockout-everywhere = 38 lockout-source = 39\n"
	    "  lockout-window = 40s lockout-time = 41s\n"
	    "  lockout-entries = 142 }\n");
	struct lns_params *p = params_of(c, NULL);

	(void)state;
	assert_int_equal(p->outer_mtu, 1400);
	assert_int_equal(p->ike.id.type, IKE_ID_FQDN);
	assert_int_equal(p->ike.id.len, 15);
	assert_int_equal(p->ike.psk_n, 2);
	assert_int_equal(p->ike.p1_n, 1);
	assert_int_equal(p->ike.p1[0].group, DH_MODP3072);
	assert_int_equal(p->ike.p2_n, 1);
	assert_int_equal(p->ike.p1_life_s, 3600);
	assert_int_equal(p->ike.p2_life_s, 1800);
	assert_int_equal(p->ike.dpd_idle_s, 7);
	assert_int_equal(p->ike.dpd_tries, 3);
	assert_int_equal(p->replay_window, 128);
	assert_int_equal(p->paths, 11);
	assert_int_equal(p->ike.limits.peers, 11);
	assert_int_equal(p->ike.limits.half_open, 17);
	assert_int_equal(p->ike.limits.dh_pending, 18);
	assert_int_equal(p->ike.limits.children, 22);
	assert_int_equal(p->ike.limits.burst32, 1);
	assert_int_equal(p->ike.limits.rate32, 2);
	assert_int_equal(p->ike.limits.burst24, 3);
	assert_int_equal(p->ike.limits.rate24, 4);
	assert_int_equal(p->ike.limits.rate_all, 5);
	assert_int_equal(p->ike.limits.trusted_factor, 6);
	assert_string_equal(p->l2tp.host_name, "box");
	assert_int_equal(p->l2tp.hello_s, 9);
	assert_int_equal(p->l2tp.recv_window, 5);
	assert_int_equal(p->l2tp.tunnels, 13);
	assert_int_equal(p->l2tp.sessions, 14);
	assert_int_equal(p->l2tp.tunnels_per_path, 3);
	assert_int_equal(p->l2tp.sessions_per_tunnel, 4);
	assert_int_equal(p->l2tp.rtx_first_ms, 700);
	assert_int_equal(p->l2tp.rtx_cap_ms, 12000);
	assert_int_equal(p->l2tp.rtx_tries, 6);
	assert_int_equal(p->ppp.methods, PPP_PAP | PPP_CHAP_MD5 | PPP_EAP);
	assert_int_equal(p->ppp.mru, 1280);
	assert_int_equal(p->ppp.echo_s, 11);
	assert_int_equal(p->ppp.echo_lost, 2);
	assert_int_equal(p->ppp.restart_ms, 2500);
	assert_int_equal(p->ppp.max_configure, 21);
	assert_int_equal(p->ppp.max_terminate, 3);
	assert_int_equal(p->ppp.max_failure, 22);
	assert_int_equal(p->ppp.auth_tries, 1);
	assert_int_equal(ipaddr_as_v4(&p->dns[1]), 0x01010101);
	assert_int_equal(ipaddr_as_v4(&p->wins[0]), 0x0a000005);
	assert_int_equal(ipaddr_as_v4(&p->address), 0x0a010101);
	assert_int_equal(p->pool[0].range_n, 2);
	assert_int_equal(p->keep_out_n, 3);
	assert_int_equal(ipaddr_as_v4(&p->keep_out[2]), 0x0a09000f);
	assert_int_equal(p->sessions, 15);
	assert_int_equal(p->sessions_per_user, 2);
	assert_int_equal(p->login_burst, 31);
	assert_int_equal(p->login_rate, 32);
	assert_int_equal(p->login_ms, 33000);
	assert_int_equal(p->auth_delay_s, 2);
	assert_int_equal(p->auth_delay_max_s, 34);
	assert_int_equal(p->attempts_kept, 35);
	assert_int_equal(p->auth_rate, 36);
	assert_int_equal(p->lockout_user, 37);
	assert_int_equal(p->lockout_everywhere, 38);
	assert_int_equal(p->lockout_source, 39);
	assert_int_equal(p->lockout_window_s, 40);
	assert_int_equal(p->lockout_s, 41);
	assert_int_equal(p->lockout_entries, 142);
	apply_free(p);
	conf_free(c);
}

static void
test_identities(void **state)
{
	static const struct {
		const char *id;
		uint8_t type, len;
	} cases[] = {
		{ "auto", IKE_ID_NONE, 0 },
		{ "192.0.2.1", IKE_ID_IPV4, 4 },
		{ "\"2001:db8::1\"", IKE_ID_IPV6, 16 },
		{ "vpn.example.org", IKE_ID_FQDN, 15 },
		{ "\"me@example.org\"", IKE_ID_USER_FQDN, 14 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lns_params *p;
		struct conf *c;
		char text[512];

		(void)snprintf(text, sizeof(text), "listener { id = %s }\n"
		    SMALL, cases[i].id);
		c = conf_of(text);
		p = params_of(c, NULL);
		assert_int_equal(p->ike.id.type, cases[i].type);
		assert_int_equal(p->ike.id.len, cases[i].len);
		apply_free(p);
		conf_free(c);
	}
}

static void
test_users(void **state)
{
	struct conf *c = conf_of(SMALL "pool b { range = 10.8.0.1 }\n"
	    "users { pool = b }\n");
	struct users *u = users_of("carol password c pool a sessions 2\n"
	    "alice password \"wonder land\" address 10.7.0.7\n"
	    "bob nthash 8846f7eaee8fb117ad06bdd830b7586c\n");
	struct lns_params *p = params_of(c, u);
	const struct aaa_user *v = p->users.v;

	(void)state;
	assert_int_equal(p->users.n, 3);
	assert_string_equal(v[0].name, "alice");	/* sorted */
	assert_int_equal(v[0].password_len, 11);
	assert_int_equal(ipaddr_as_v4(&v[0].address), 0x0a070007);
	assert_int_equal(v[0].pool, 1);
	assert_string_equal(v[1].name, "bob");
	assert_true(v[1].has_nt);
	assert_int_equal(v[1].nt_hash[0], 0x88);
	assert_int_equal(v[2].pool, 0);
	assert_int_equal(v[2].sessions, 2);
	apply_free(p);
	users_free(u);
	conf_free(c);
}

static void
test_too_much_is_excluded(void **state)
{
	struct conf *c = conf_of("ipsec { psk = \"a key of more than twenty "
	    "characters\" }\nusers { file = none }\npool a { range = \"10.16.0.0/16\"\n"
	    "exclude = \"10.16.0.0-10.16.4.0\" }\n");
	char err[256] = "";

	(void)state;
	assert_null(apply_params(c, NULL, err, sizeof(err)));
	assert_non_null(strstr(err, "pool a: more than 1024"));
	conf_free(c);
}

static void
test_nat_joins_ranges(void **state)
{
	struct conf *c = conf_of(SMALL "pool b { range = { 10.9.1.0, "
	    "\"10.8.0.8-10.8.0.9\" } }\ninterface = vpn7\n");
	struct users *u = users_of("a password a address 10.8.0.10\n"
	    "b password b address 10.9.0.77\nc password c address 172.16.0.1\n");
	static struct nat n;
	char err[256] = "";

	(void)state;
	assert_true(apply_nat(c, u, &n, err, sizeof(err)));
	assert_string_equal(n.interface, "vpn7");
	assert_int_equal(n.ranges, 4);
	assert_int_equal(n.range[0].first, 0x0a080008);
	assert_int_equal(n.range[0].last, 0x0a08000a);	/* joined */
	assert_int_equal(n.range[1].first, 0x0a090002);
	assert_int_equal(n.range[1].last, 0x0a0900fe);	/* holds b's */
	assert_int_equal(n.range[2].first, 0x0a090100);
	assert_int_equal(n.range[3].first, 0xac100001);
	users_free(u);
	conf_free(c);
}

static void
test_nat_too_many_ranges(void **state)
{
	enum { N = NAT_RANGES + 10, ROW = 48 };
	struct conf *c = conf_of(SMALL);
	char *text = calloc(N, ROW), err[256] = "";
	static struct nat n;
	struct users *u;
	size_t at = 0;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < N; i++)
		at += (size_t)sprintf(text + at,
		    "u%d password x address 172.16.%d.%d\n", i, i / 100,
		    i % 100 * 2);
	u = users_of(text);
	assert_false(apply_nat(c, u, &n, err, sizeof(err)));
	assert_non_null(strstr(err, "separate ranges: at most 4096"));
	users_free(u);
	free(text);
	conf_free(c);
}

/* Every row of a user-group arrives in what its users are granted. */
static void
test_groups(void **state)
{
	struct conf *c = conf_of(SMALL "pool b { range = 10.8.0.0/24 }\n"
	    "acl staff { rule = \"permit both any from any to any\" }\n"
	    "user-group plain { }\n"
	    "user-group office { pool = b acl = staff dns = { 9.9.9.9, 8.8.8.8 }"
	    " wins = 10.1.1.1 sessions = 3 session-timeout = 8h"
	    " idle-timeout = 10m interim-interval = 2m rate-up = 1M"
	    " rate-down = 2M quota = 3G mtu = 1200"
	    " route = { 10.66.0.0/16, 10.67.0.0/24 } }\n");
	struct lns_params *p = params_of(c, NULL);
	struct profile q = { .pool = 0 };

	(void)state;
	assert_int_equal(p->names.group_n, 2);
	/* They stand in the order of their names. */
	assert_string_equal(p->group[1].name, "plain");
	assert_false(p->group[1].has_pool);
	profile_from_group(&p->names, 1, &q);
	assert_int_equal(q.group, 1);
	assert_int_equal(q.pool, 1);
	assert_int_equal(q.acl, 1);
	assert_int_equal(ipaddr_as_v4(&q.dns[0]), 0x09090909);
	assert_int_equal(ipaddr_as_v4(&q.dns[1]), 0x08080808);
	assert_int_equal(ipaddr_as_v4(&q.wins[0]), 0x0a010101);
	assert_int_equal(q.sessions, 3);
	assert_int_equal(q.session_s, 8 * 3600);
	assert_int_equal(q.idle_s, 600);
	assert_int_equal(q.interim_s, 120);
	assert_int_equal(q.rx_bps, 1000000);
	assert_int_equal(q.tx_bps, 2000000);
	assert_true(q.total_max == UINT64_C(3000000000));
	assert_int_equal(q.mtu, 1200);
	assert_int_equal(q.route_n, 2);
	assert_int_equal(ipaddr_as_v4(&q.route[1].addr), 0x0a430000);
	assert_int_equal(q.route[1].bits, 24);
	apply_free(p);
	conf_free(c);
}

#define COA	"server one { address = 10.1.1.1 secret = sixteen-letters-x" \
		" coa = yes coa-require-message-authenticator = yes }\n" \
		"server two { address = 10.1.1.2 secret = sixteen-letters-x }\n"

static void
test_coa(void **state)
{
	struct conf *c = conf_of(SMALL COA
	    "listener { address = { 192.0.2.1, 192.0.2.2 } }\n"
	    "radius { nas-address = 10.1.1.9 }\n");
	struct lns_params *p = params_of(c, NULL);

	(void)state;
	assert_int_equal(p->dae.source_n, 1);
	assert_int_equal(ipaddr_as_v4(&p->dae.source[0].addr), 0x0a010101);
	assert_true(p->dae.source[0].require_message_authenticator);
	assert_int_equal(p->dae.nas_n, 3);
	assert_int_equal(ipaddr_as_v4(&p->dae.nas[0]), 0x0a010109);
	assert_int_equal(ipaddr_as_v4(&p->dae.nas[2]), 0xc0000202);
	apply_free(p);
	conf_free(c);
	/* We listen everywhere: no address is known not to be ours. */
	c = conf_of(SMALL COA "radius { nas-address = 10.1.1.9 }\n");
	p = params_of(c, NULL);
	assert_int_equal(p->dae.nas_n, 0);
	apply_free(p);
	conf_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_coa),
		cmocka_unit_test(test_everything_arrives),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_too_much_is_excluded),
		cmocka_unit_test(test_nat_joins_ranges),
		cmocka_unit_test(test_nat_too_many_ranges),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
