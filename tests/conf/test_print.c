/* SPDX-License-Identifier: BSD-2-Clause */
/* print -> parse -> print is a fixed point: conf/print.c, value.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "conf/load.h"
#include "conf/print.h"
#include "conf/schema.h"
#include "conf/value.h"

#define GOOD	"ipsec { psk = 'correct horse battery' }\n" \
		"pool office { range = 10.9.0.0/24 }\n" \
		"users { file = /etc/l2tpd/users }\n"

static char *
print(const struct conf *c, bool secrets)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_true(conf_print(c, f, secrets));
	assert_int_equal(fclose(f), 0);
	return text;
}

static struct conf *
load(const char *text)
{
	struct conf_report r;
	struct conf *c = conf_load_text("t.conf", text, strlen(text), &r);

	if (c == NULL)
		fail_msg("%s\n%s", r.error, text);
	return c;
}

/* The canonical text of `c` reads back as the same struct. */
static void
fixed_point(const struct conf *c)
{
	char *one = print(c, true), *two;
	struct conf *back = load(one);

	two = print(back, true);
	assert_string_equal(one, two);
	assert_memory_equal(c, back, sizeof(*c));
	free(one);
	free(two);
	conf_free(back);
}

static void
defaults(void **state)
{
	struct conf *c = load(GOOD);
	char *text = print(c, true);

	(void)state;
	assert_non_null(strstr(text, "\nworkers = 0\n"));
	assert_non_null(strstr(text, "\n# group =\n"));
	assert_non_null(strstr(text, "\tphase1-lifetime = 8h\n"));
	assert_non_null(strstr(text, "\tretransmit-first = 1s\n"));
	assert_non_null(strstr(text, "\tmethods = mschapv2\n"));
	assert_non_null(strstr(text, "\nlog-level = info\n"));
	assert_non_null(strstr(text,
	    "\npool \"office\" {\n\trange = \"10.9.0.2-10.9.0.254\"\n"));
	free(text);
	fixed_point(c);
	conf_free(c);
}

static void
all_kinds(void **state)
{
	struct conf *c = load(GOOD
	    "workers = 3 nat = auto client-to-client = yes\n"
	    "listener { address = { 192.0.2.1, '2001:db8::1' }\n"
	    " id = 'it\\'s\\\\$@x' }\n"
	    "ipsec { psk = 'a\"b\\\\c\\'${HOME}$x  # // /* end'\n"
	    " allow-legacy-dh = yes phase1 = { aes192-sha384-ecp384,"
	    " 3des-sha1-modp1024 } phase2 = { aes192gcm16, 3des-sha512,"
	    " aes128-sha384 } phase2-lifetime = 61m dpd-interval = 7 }\n"
	    "l2tp { retransmit-first = 1234ms hello-interval = 0 }\n"
	    "ppp { methods = { pap, chap-md5, mschapv2, eap } dns = 9.9.9.9\n"
	    " wins = { 10.0.0.1, 10.0.0.2 } local-address = 10.1.1.1 }\n"
	    "pool b { range = { 10.10.0.1, 10.10.0.8-10.10.0.9 }\n"
	    " exclude = 10.10.0.8/31 }\n"
	    "acl web { rule = { ' permit  both 6 from any port 0-65535 to"
	    " ::/0 port 80-80', 'deny both any from any to any' } }\n"
	    "users { pool = b }\n");
	char *text = print(c, true);

	(void)state;
	assert_non_null(strstr(text, "\tpsk = { \"correct horse battery\","
	    " 'a\"b\\\\c\\'${HOME}$x  # // /* end' }\n"));
	assert_non_null(strstr(text, "\tphase1 = { \"aes192-sha384-ecp384\","
	    " \"3des-sha1-modp1024\" }\n"));
	assert_non_null(strstr(text, "\tphase2 = { \"aes192gcm16\","
	    " \"3des-sha512\", \"aes128-sha384\" }\n"));
	assert_non_null(strstr(text, "\tphase2-lifetime = 61m\n"));
	assert_non_null(strstr(text, "\tretransmit-first = 1234ms\n"));
	assert_non_null(strstr(text, "\thello-interval = 0s\n"));
	assert_non_null(strstr(text, "\tid = 'it\\'s\\\\$@x'\n"));
	assert_non_null(strstr(text,
	    "\trange = { \"10.10.0.1\", \"10.10.0.8-10.10.0.9\" }\n"));
	assert_non_null(strstr(text, "\nacl \"web\" {\n\trule = { \"permit"
	    " both tcp from any to ::/0 port 80\", \"deny both any from any"
	    " to any\" }\n}\n"));
	free(text);
	fixed_point(c);
	conf_free(c);
}

static void
secrets_hidden(void **state)
{
	struct conf_report r;
	struct conf *c = load(GOOD);
	char *text = print(c, false);

	(void)state;
	assert_null(strstr(text, "horse"));
	assert_non_null(strstr(text, "\tpsk = (hidden)\n"));
	/* It is for reading only: nobody starts with a key "(hidden)". */
	assert_null(conf_load_text("t.conf", text, strlen(text), &r));
	free(text);
	conf_free(c);
}

static void
random_text(struct rng *g, char *buf, size_t n)
{
	static const char odd[] = "\"'\\$#{}()=,/* \x80\xff|";

	for (size_t i = 0; i < n; i++)
		buf[i] = rng_below(g, 2) == 0 ?
		    odd[rng_below(g, sizeof(odd) - 1)] :
		    (char)('!' + rng_below(g, 94));
	buf[n] = '\0';
}

/* Any text without control characters survives; 2,000 drawn ones. */
static void
any_text(void **state)
{
	size_t psk = schema_find("ipsec", "psk");
	size_t file = schema_find("users", "file");
	struct rng g;

	(void)state;
	rng_seeded(&g, 27);
	for (int i = 0; i < 2000; i++) {
		char err[256], text[256];
		struct conf *c = load(GOOD);

		random_text(&g, text, 40 + rng_below(&g, 200));
		assert_true(value_set(schema_row(psk), c, text, err,
		    sizeof(err)));
		c->ipsec.keys = c->ipsec.psk;
		assert_true(value_set(schema_row(file), c, text, err,
		    sizeof(err)));
		fixed_point(c);
		conf_free(c);
	}
}

static void
write_error(void **state)
{
	struct conf *c = load(GOOD);
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	(void)setvbuf(f, NULL, _IONBF, 0);
	assert_false(conf_print(c, f, true));
	(void)fclose(f);
	conf_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(all_kinds),
		cmocka_unit_test(secrets_hidden),
		cmocka_unit_test(any_text),
		cmocka_unit_test(write_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
