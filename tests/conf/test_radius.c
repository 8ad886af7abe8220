/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections of RADIUS and groups of users: conf/check_radius.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/load.h"
#include "conf/print.h"

#define BASE	"ipsec { psk = 'correct horse battery' }\n" \
		"pool office { range = 10.9.0.0/24 }\n"
#define USERS	"users { file = /u }\n"
#define ONE	"server one { address = 10.1.1.1 secret = 'sixteen letters!' }\n"
#define ALL	"server-group all { server = one }\n"
#define USE	"radius { auth = all acct = all }\n"
#define TEXT	"the secret in a file\r\nmore\n"
#define TLS	"server t { transport = tls address = '2001:db8::1' tls-ca = /a" \
		" tls-cert = /b tls-key = /c }\n"

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

static void
defaults(void **state)
{
	struct conf *c = load_good(BASE ONE ALL USE);
	const struct conf_server *s = &c->server[0];

	(void)state;
	assert_int_equal(c->servers, 1);
	assert_string_equal(s->name, "one");
	assert_int_equal(s->auth_port, 1812);
	assert_int_equal(s->acct_port, 1813);
	assert_true(s->require_message_authenticator);
	assert_int_equal(s->key.len, 16);
	assert_int_equal(s->timeout_ms, 2000);
	assert_int_equal(c->server_group[0].index[0], 0);
	assert_int_equal(c->radius.auth_index, 0);
	assert_int_equal(c->radius.acct_index, 0);
	assert_int_equal(c->radius.wait_s, 90);
	assert_true(c->radius.spool_size == 256000000);
	assert_int_equal(c->radius.default_group_index, CONF_NONE);
	assert_int_equal(report.warnings, 0);
	conf_free(c);
	c = load_good(BASE USERS);
	assert_int_equal(c->radius.auth_index, CONF_NONE);
	conf_free(c);
}

static void
everything(void **state)
{
	struct conf *c = load_good(BASE ONE TLS
	    "server two { address = 10.1.1.2 secret = short acct-port = 0"
	    " require-message-authenticator = no priority = 2 coa = yes"
	    " coa-require-message-authenticator = yes }\n"
	    "server-group all { server = { one, two } }\n"
	    "server-group safe { server = { t } }\n"
	    "realm example.org { auth = safe strip = yes }\n"
	    "user-group guests { pool = office rate-up = 512k rate-down = 10M"
	    " quota = 10G session-timeout = 8h dns = 9.9.9.9"
	    " route = { 10.66.0.0/16, 172.16.0.1 } }\n"
	    "radius { auth = all acct = all default-group = guests"
	    " local-users = never taken-address = take-over }\n");
	const struct conf_group *g = &c->user_group[0];

	(void)state;
	assert_int_equal(c->servers, 3);
	assert_int_equal(c->server[1].auth_port, 2083);
	assert_int_equal(c->server[1].acct_port, 2083);
	assert_int_equal(c->server[1].key.len, 6);
	assert_memory_equal(c->server[1].key.b, "radsec", 6);
	assert_false(c->server[0].coa_require_message_authenticator);
	assert_true(c->server[2].coa_require_message_authenticator);
	assert_int_equal(c->server_group[0].server.n, 2);
	assert_int_equal(c->server_group[0].index[1], 2);
	assert_int_equal(c->realm[0].auth_index, 1);
	assert_int_equal(c->realm[0].acct_index, 0);
	assert_true(c->realm[0].strip);
	assert_true(g->rate_up == 512000 && g->rate_down == 10000000 &&
	    g->quota == 10000000000);
	assert_int_equal(g->route.n, 2);
	assert_int_equal(g->route.net[0].bits, 16);
	assert_int_equal(g->route.net[1].bits, 32);
	assert_int_equal(g->pool_index, 0);
	assert_int_equal(c->radius.default_group_index, 0);
	/* a short secret, and answers that can be forged */
	assert_int_equal(report.warnings, 2);
	conf_free(c);
}

static const struct {
	const char *text, *message;
} bad[] = {
	{ BASE, "users.file: missing" },
	{ BASE USERS "server x { secret = s }", "server.address: missing" },
	{ BASE USERS "server x { address = 10.1.1.1 }", "server.secret: missing" },
	{ BASE USERS "server x { address = 10.1.1.1 secret = a\n"
	    "secret-file = b }", "t.conf:5: server.secret-file: expected either" },
	{ BASE USERS "server x { address = 10.1.1.1 secret-file = /not-there }",
	    "server.secret-file: " },
	{ BASE USERS "server x { address = here secret = a }",
	    "t.conf:4: server.address: expected an" },
	{ BASE USERS "server x { address = 10.1.1.1 secret = a auth-port = 0"
	    " acct-port = 0 }", "no service at all" },
	{ BASE USERS "server x { address = 10.1.1.1 secret = a timeout = 9s"
	    " timeout-cap = 8s }", "at least timeout" },
	{ BASE USERS "server x { transport = tls address = 10.1.1.1 }",
	    "server.tls-ca: missing" },
	{ BASE USERS "server x { transport = tls address = 10.1.1.1 tls-ca = a"
	    " tls-cert = b tls-key = c auth-port = 1 acct-port = 2 }",
	    "the same as auth-port" },
	{ BASE USERS "server x { transport = tls address = 10.1.1.1 tls-ca = a"
	    " tls-cert = b tls-key = c coa = yes }",
	    "server.coa: expected a secret, too" },
	{ BASE USERS ONE ONE, "duplicate title" },
	{ BASE USERS "server-group g { }", "server-group.server: missing" },
	{ BASE USERS "server-group g { server = one }", "there is no server one" },
	{ BASE USERS ONE "server-group g { server = { one, one } }",
	    "one stands there twice" },
	{ BASE USERS ONE "radius { auth = all }", "there is no server-group all" },
	{ BASE USERS "server one { address = 10.1.1.1 secret = a acct-port = 0 }"
	    ALL "radius { acct = all }", "no server of all has an acct-port" },
	{ BASE USERS "server one { address = 10.1.1.1 secret = a auth-port = 0 }"
	    ALL "realm r { auth = all }", "no server of all has an auth-port" },
	{ BASE USERS "user-group g { pool = p }", "there is no pool p" },
	{ BASE USERS "user-group g { acl = x }", "there is no acl x" },
	{ BASE USERS "user-group g { mtu = 100 }", "expected 0 or at least 576" },
	{ BASE USERS "user-group g { interim-interval = 5 }", "at least 60s" },
	{ BASE USERS "user-group g { rate-up = fast }", "expected 0, or a"
	    " number from 8k to 100G" },
	{ BASE USERS "user-group g { rate-up = 7999 }", "8k to 100G" },
	{ BASE USERS "user-group g { quota = 10T }", "expected 0, or a number" },
	{ BASE USERS "user-group g { route = 10.66.0.1/16 }", "an IPv4 network" },
	{ BASE USERS "user-group g { route = 0.0.0.0/0 }", "from /8 to /32" },
	{ BASE USERS "user-group g { route = 127.0.0.0/8 }", "from /8 to /32" },
	{ BASE USERS "user-group g { route = 239.1.0.0/16 }", "from /8 to /32" },
	{ BASE USERS "user-group g { route = 2001:db8::/32 }", "an IPv4" },
	{ BASE USERS "user-group g { route = { 10.60.0.0/16, 10.61.0.0/16,"
	    " 10.62.0.0/16, 10.63.0.0/16, 10.64.0.0/16, 10.65.0.0/16,"
	    " 10.66.0.0/16, 10.67.0.0/16, 10.68.0.0/16 } }",
	    "expected at most 8 values" },
	{ BASE USERS "user-group g { route = 10.0.0.0/8 }", "10.0.0.0/8 has"
	    " addresses of pool office" },
	{ BASE USERS "radius { nas-identifier = '' }", "1 to 63 characters" },
	{ BASE USERS "radius { default-group = g }", "there is no user-group g" },
	{ BASE USERS "radius { interim-interval = 5 }", "at least 60s" },
	{ BASE USERS "radius { spool-dir = here }", "an absolute path" },
	{ BASE USERS "radius { local-users = never }", "nobody can log in" },
};

static void
refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct conf *c = load(bad[i].text);

		if (c != NULL)
			fail_msg("accepted: %s", bad[i].text);
		if (strstr(report.error, bad[i].message) == NULL)
			fail_msg("%s\ngave: %s\nnot:  %s", bad[i].text,
			    report.error, bad[i].message);
	}
}

static void
secret_file(void **state)
{
	char path[] = "/tmp/l2tpd-secret-XXXXXX", text[512];
	int fd = mkstemp(path);
	struct conf *c;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, TEXT, strlen(TEXT)),
	    strlen(TEXT));
	close(fd);
	(void)snprintf(text, sizeof(text), BASE "server one { address = 10.1.1.1"
	    " secret-file = '%s' }" ALL USE, path);
	c = load_good(text);
	assert_int_equal(c->server[0].key.len, 20);
	assert_memory_equal(c->server[0].key.b, "the secret in a file", 20);
	conf_free(c);
	unlink(path);
}

/* What is printed loads again, to the same; secrets only when asked for. */
static void
print_again(void **state)
{
	struct conf *c = load_good(BASE USERS ONE ALL USE
	    "user-group g { rate-up = 1500k quota = 3G"
	    " route = { 10.66.0.0/16, 172.16.0.1/32 } }\n"
	    "realm r { auth = all }\n"), *d;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	assert_non_null(f);
	assert_true(conf_print(c, f, false));
	(void)fflush(f);
	assert_null(strstr(text, "sixteen"));
	assert_non_null(strstr(text, "rate-up = 1500k"));
	assert_non_null(strstr(text, "quota = 3G"));
	assert_non_null(strstr(text,
	    "route = { \"10.66.0.0/16\", \"172.16.0.1\" }"));
	rewind(f);
	assert_true(conf_print(c, f, true));
	(void)fclose(f);
	d = load_good(text);
	assert_memory_equal(c, d, sizeof(*c));
	conf_free(c);
	conf_free(d);
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(everything),
		cmocka_unit_test(refusals),
		cmocka_unit_test(secret_file),
		cmocka_unit_test(print_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
