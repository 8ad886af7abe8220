/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of l2tpload: see l2tpload/options.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "l2tpload/options.h"

#define ARGS_MAX	40

struct fixture {
	char psk[32], password[32];
	struct options o;
	struct peer_kit k;
	char why[256];
};

static void
write_file(char path[32], const char *text)
{
	int fd;

	(void)snprintf(path, 32, "/tmp/test_options.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static int
setup(void **state)
{
	static struct fixture f;

	write_file(f.psk, "a key of many letters\nsecond line\n");
	write_file(f.password, "secret");
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->psk);
	(void)unlink(f->password);
	return 0;
}

/* What must be there, and then the words of `more`. */
static bool
command_reads(struct fixture *f, const char *command, const char *more)
{
	char line[512], *argv[ARGS_MAX] = { 0 }, *save = NULL;
	int argc = 0;

	(void)snprintf(line, sizeof(line), "l2tpload %s --server 192.0.2.1 "
	    "--psk-file %s --user alice --password-file %s %s", command, f->psk,
	    f->password, more);
	for (char *w = strtok_r(line, " ", &save); w != NULL;
	    w = strtok_r(NULL, " ", &save)) {
		assert_true(argc < ARGS_MAX - 1);
		argv[argc++] = w;
	}
	f->why[0] = '\0';
	return options_read(argc, argv, &f->o, &f->k, f->why, sizeof(f->why));
}

static bool
reads(struct fixture *f, const char *more)
{
	return command_reads(f, "dial", more);
}

static void
command_refuses(struct fixture *f, const char *command, const char *more,
    const char *words)
{
	assert_false(command_reads(f, command, more));
	if (strstr(f->why, words) == NULL)
		fail_msg("\"%s\": \"%s\" is not in \"%s\"", more, words,
		    f->why);
}

static void
refuses(struct fixture *f, const char *more, const char *words)
{
	command_refuses(f, "dial", more, words);
}

static void
the_least(void **state)
{
	struct fixture *f = *state;

	assert_true(reads(f, ""));
	assert_int_equal(ipaddr_as_v4(&f->o.server), 0xc0000201);
	assert_int_equal(f->k.dial.psk.len, strlen("a key of many letters"));
	assert_string_equal(f->k.ppp.user, "alice");
	assert_int_equal(f->k.ppp.password.len, 6);
	assert_int_equal(f->k.dial.p1_n, 2);
	assert_false(f->o.with_tun);
	assert_false(f->o.hold);
	assert_false(f->k.dial.force_natt);
}

static void
everything(void **state)
{
	struct fixture *f = *state;

	assert_true(reads(f, "--auth chap-md5 --bind 198.51.100.7 --natt "
	    "--tun vpn0 --route 10.0.0.0/8 --route 192.0.2.9 --hold 5 "
	    "--ping 10.0.0.1 7 --ping-interval 50 --rekey 60,30 "
	    "--patience 90 --json --ipv6"));
	assert_true(f->k.ppp.ipv6);
	assert_int_equal(f->k.ppp.methods, PPP_CHAP_MD5);
	assert_int_equal(ipaddr_as_v4(&f->o.bind), 0xc6336407);
	assert_true(f->k.dial.force_natt);
	assert_string_equal(f->o.tun, "vpn0");
	assert_int_equal(f->o.routes, 2);
	assert_int_equal(f->o.route[0].bits, 8);
	assert_int_equal(f->o.route[1].bits, 32);
	assert_int_equal(f->o.hold_s, 5);
	assert_int_equal(ipaddr_as_v4(&f->o.ping), 0x0a000001);
	assert_int_equal(f->o.pings, 7);
	assert_int_equal(f->o.ping_ms, 50);
	assert_int_equal(f->k.params.rekey1_s, 60);
	assert_int_equal(f->k.params.rekey2_s, 30);
	assert_int_equal(f->k.params.setup_ms, 90000);
	assert_true(f->o.json);
}

static void
inside_eap(void **state)
{
	struct fixture *f = *state;
	char more[96];

	assert_true(reads(f, "--auth eap-md5"));
	assert_int_equal(f->k.ppp.methods, PPP_EAP);
	assert_int_equal(f->k.ppp.eap, PPP_CHAP_MD5);
	(void)snprintf(more, sizeof(more),
	    "--auth eap-mschapv2 --new-password-file %s", f->password);
	assert_true(reads(f, more));
	assert_int_equal(f->k.ppp.methods, PPP_EAP);
	assert_int_equal(f->k.ppp.eap, PPP_MSCHAPV2);
	assert_int_equal(f->k.ppp.new_password.len, 6);
}

static void
ciphers_by_name(void **state)
{
	struct fixture *f = *state;

	assert_true(reads(f, "--ike aes128-sha1-modp1024,3des-sha512-ecp521 "
	    "--esp aes128-sha256,aes256gcm16,3des-sha1"));
	assert_int_equal(f->k.dial.p1_n, 2);
	assert_int_equal(f->k.dial.p1[0].cipher, CIPHER_AES128);
	assert_int_equal(f->k.dial.p1[0].hash, HASH_SHA1);
	assert_int_equal(f->k.dial.p1[0].group, DH_MODP1024);
	assert_int_equal(f->k.dial.p1[1].cipher, CIPHER_3DES);
	assert_int_equal(f->k.dial.p1[1].group, DH_ECP521);
	assert_int_equal(f->k.dial.p2_n, 3);
	assert_int_equal(f->k.dial.p2[0].key_bits, 128);
	assert_int_equal(f->k.dial.p2[0].auth, ESP_AUTH_SHA256);
	assert_int_equal(f->k.dial.p2[1].enc, ESP_ENC_AES_GCM16);
	assert_int_equal(f->k.dial.p2[2].enc, ESP_ENC_3DES);
}

static void
n_wrong_words_are_explained(void **state)
{
	struct fixture *f = *state;
	char *none[] = { "l2tpload", NULL };

	assert_false(options_read(1, none, &f->o, &f->k, f->why,
	    sizeof(f->why)));
	refuses(f, "--ike aes256-sha256", "aes256-sha256-modp2048");
	refuses(f, "--ike ,", "is not known");
	refuses(f, "--ike aes256-sha256-modp1", "is not known");
	refuses(f, "--esp blowfish", "aes256-sha1");
	refuses(f, "--auth eap", "eap-mschapv2, eap-md5, mschapv2");
	refuses(f, "--new-password-file /nonexistent", "No such file");
	refuses(f, "--server nowhere", "IP address");
	refuses(f, "--bind 2001:db8::1", "families");
	refuses(f, "--route 10.0.0.0/8", "--tun");
	refuses(f, "--tun vpn0 --route 10.0.0.0/33", "10.0.0.0/8");
	refuses(f, "--tun a-name-that-is-too-long", "too long");
	refuses(f, "--hold 1x", "seconds");
	refuses(f, "--ping 10.0.0.1", "count");
	refuses(f, "--ping 10.0.0.1 0", "count");
	refuses(f, "--ping-interval 0", "milliseconds");
	refuses(f, "--patience 0", "1 to 3600");
	refuses(f, "--rekey 5", "60,30");
	refuses(f, "--psk-file /nowhere/at/all", "No such file");
	refuses(f, "--psk-file /dev/null", "empty");
	refuses(f, "--unknown", "unknown option");
	refuses(f, "--json word", "one word too many");
}

static void
many_phones(void **state)
{
	struct fixture *f = *state;

	assert_true(command_reads(f, "login", "--phones 300 "
	    "--from 10.64.0.0/16"));
	assert_int_equal(f->o.command, OPTIONS_LOGIN);
	assert_int_equal(f->o.phones, 300);
	assert_int_equal(f->o.rate, 100);
	assert_int_equal(f->o.from.bits, 16);
	assert_false(f->o.hold);
	assert_true(command_reads(f, "login", "--phones 254 --rate 5000 "
	    "--from 10.64.0.0/24 --auth pap --natt --hold 3 --patience 5 "
	    "--rekey 60,30 --json"));
	assert_int_equal(f->o.rate, 5000);
	assert_int_equal(f->o.hold_s, 3);
	assert_int_equal(f->k.params.setup_ms, 5000);
	assert_int_equal(f->k.params.rekey2_s, 30);
	assert_true(f->o.json);
}

static void
n_of_many_phones(void **state)
{
	static const struct {
		const char *more, *words;
	} c[] = {
		{ "--from 10.64.0.0/16", "--phones is missing" },
		{ "--phones 3", "--from is missing" },
		{ "--phones 0", "1 to 100000" },
		{ "--phones 100001", "1 to 100000" },
		{ "--phones x", "1 to 100000" },
		{ "--rate 0", "per second" },
		{ "--rate 100001", "per second" },
		{ "--from 10.64.0.1/16", "10.64.0.0/16" },
		{ "--from 2001:db8::/32", "10.64.0.0/16" },
		{ "--phones 255 --from 10.64.0.0/24", "254 phones" },
		{ "--phones 1 --from 10.64.0.1", "0 phones" },
		{ "--phones 1 --from 10.64.0.0/16 --server 2001:db8::1",
		    "IPv4" },
		{ "--bind 192.0.2.2", "--bind is not for" },
		{ "--tun vpn0", "--tun is not for" },
		{ "--route 10.0.0.0/8", "--route is not for" },
		{ "--ping 10.0.0.1 1", "--ping is not for" },
		{ "--ping-interval 5", "--ping-interval is not for" },
		{ "--new-password-file f", "--new-password-file is not for" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		command_refuses(f, "login", c[i].more, c[i].words);
	refuses(f, "--phones 3", "--phones is not for");
	refuses(f, "--rate 3", "--rate is not for");
	refuses(f, "--from 10.64.0.0/16", "--from is not for");
	command_refuses(f, "hold", "", "dial, login, tun, traffic or echo");
}

static void
packets_of_many_phones(void **state)
{
	struct fixture *f = *state;

	assert_true(command_reads(f, "tun", "--from 10.64.0.0/16"));
	assert_int_equal(f->o.command, OPTIONS_CARRY);
	assert_int_equal(f->o.phones, 1);
	assert_true(f->o.with_tun && f->o.hold);
	assert_int_equal(f->o.hold_s, 0);
	assert_string_equal(f->o.tun, "");
	assert_true(command_reads(f, "tun", "--from 10.64.0.0/16 --phones 9 "
	    "--tun vpn0 --route 10.0.0.0/8 --hold 5"));
	assert_int_equal(f->o.phones, 9);
	assert_int_equal(f->o.routes, 1);
	assert_string_equal(f->o.tun, "vpn0");
	command_refuses(f, "tun", "", "--from is missing");
	command_refuses(f, "tun", "--from 10.64.0.0/16 --ping 10.0.0.1 1",
	    "--ping is not for");
	command_refuses(f, "tun", "--from 10.64.0.0/16 --server 2001:db8::1",
	    "needs an IPv4 server");
}

static void
datagrams_of_many_phones(void **state)
{
	struct fixture *f = *state;
	const struct traffic_params *p = &f->o.traffic;

	assert_true(command_reads(f, "traffic", "--from 10.64.0.0/16 "
	    "--to 10.0.0.1 --port 7000"));
	assert_int_equal(f->o.command, OPTIONS_TRAFFIC);
	assert_int_equal(p->phones, 1);
	assert_int_equal(p->size, TRAFFIC_IMIX);
	assert_int_equal(p->pps, 1000);
	assert_int_equal(p->seconds, 10);
	assert_int_equal(p->to.port, 7000);
	assert_true(command_reads(f, "traffic", "--from 10.64.0.0/16 "
	    "--to 10.0.0.1 --port 7 --size 64 --pps 5 --seconds 6 --phones 7"));
	assert_int_equal(p->phones, 7);
	assert_int_equal(p->size, 64);
	assert_true(command_reads(f, "traffic", "--from 10.64.0.0/16 "
	    "--to 10.0.0.1 --port 7 --size imix"));
	command_refuses(f, "traffic", "--from 10.64.0.0/16 --port 7",
	    "--to is missing");
	command_refuses(f, "traffic", "--from 10.64.0.0/16 --to 10.0.0.1",
	    "--port is missing");
	command_refuses(f, "traffic", "--size 63", "64 to 1400 bytes");
	command_refuses(f, "traffic", "--size 1401", "64 to 1400 bytes");
	command_refuses(f, "traffic", "--pps 0", "--pps 0: expected 1 to");
	command_refuses(f, "traffic", "--tun vpn0", "--tun is not for");
	command_refuses(f, "traffic", "--hold 5", "--hold is not for");
	command_refuses(f, "login", "--pps 5", "--pps is not for");
	/* The other commands' options are in every line here. */
	command_refuses(f, "echo", "", "--server is not for");
}

static void
crypto_is_there(void **state)
{
	struct fixture *f = *state;

	assert_true(reads(f, ""));
	assert_true(options_crypto(&f->k, f->why, sizeof(f->why)));
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(the_least),
		CASE(everything),
		CASE(inside_eap),
		CASE(ciphers_by_name),
		CASE(n_wrong_words_are_explained),
		CASE(many_phones),
		CASE(n_of_many_phones),
		CASE(packets_of_many_phones),
		CASE(datagrams_of_many_phones),
		CASE(crypto_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
