/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of local users: conf/users.c. */

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

#include "conf/load.h"
#include "conf/users.h"

static struct conf_report report;

static struct users *
load(const char *text)
{
	struct users *us = users_load_text("users", text, strlen(text),
	    &report);

	if (us == NULL)
		fail_msg("%s", report.error);
	return us;
}

static const struct user *
find(const struct users *us, const char *name)
{
	return users_find(us, name, strlen(name));
}

static void
good(void **state)
{
	struct users *us = load("# nobody yet\n"
	    "\n"
	    "alice\tpassword \"wonder land\"  address 10.9.0.7 # her phone\r\n"
	    "bob nthash 8846F7EAEE8FB117AD06BDD830B7586C pool office\n"
	    "  \"a \\\"user\\\" \\\\\" password p#q sessions 2\n"
	    "EXAMPLE\\carol password \"\xc3\xa4\"");
	const struct user *u;
	struct ipaddr a;

	(void)state;
	assert_int_equal(users_count(us), 4);
	u = find(us, "alice");
	assert_non_null(u);
	assert_int_equal(u->line, 3);
	assert_int_equal(u->password_len, 11);
	assert_string_equal(u->password, "wonder land");
	assert_false(u->has_nthash);
	assert_string_equal(u->pool, "");
	assert_int_equal(u->sessions, 0);
	assert_true(ipaddr_parse("10.9.0.7", &a));
	assert_true(ipaddr_eq(&a, &u->address));
	assert_ptr_equal(users_by_address(us, &a), u);
	u = find(us, "bob");
	assert_null(u->password);
	assert_true(u->has_nthash);
	assert_int_equal(u->nthash[0], 0x88);
	assert_int_equal(u->nthash[15], 0x6c);
	assert_string_equal(u->pool, "office");
	assert_int_equal(u->address.family, IP_NONE);
	u = find(us, "a \"user\" \\");
	assert_non_null(u);
	assert_string_equal(u->password, "p#q");
	assert_int_equal(u->sessions, 2);
	assert_non_null(find(us, "EXAMPLE\\carol"));
	assert_ptr_equal(users_at(us, 3), find(us, "EXAMPLE\\carol"));
	assert_null(users_at(us, 4));
	assert_null(find(us, "Alice"));
	assert_null(find(us, "alic"));
	assert_null(find(us, ""));
	assert_null(users_find(us, "alice\0", 6));
	assert_true(ipaddr_parse("10.9.0.8", &a));
	assert_null(users_by_address(us, &a));
	users_free(us);
}

static const char *const bad[][2] = {
	{ "alice", "users:1: expected password or nthash after" },
	{ "\n\nalice 1234", "users:3: expected password, nthash," },
	{ "a password", "expected 1 to 255 characters after" },
	{ "a password \"\"", "expected 1 to 255 characters after" },
	{ "a password # b", "expected 1 to 255 characters after" },
	{ "a password x password y", "password stands there twice" },
	{ "a password x nthash 8846f7eaee8fb117ad06bdd830b7586c",
	    "not both" },
	{ "a nthash 8846f7eaee8fb117ad06bdd830b7586", "32 hex" },
	{ "a nthash 8846f7eaee8fb117ad06bdd830b7586cc", "32 hex" },
	{ "a nthash 8846f7eaee8fb117ad06bdd830b7586x", "32 hex" },
	{ "a nthash x846f7eaee8fb117ad06bdd830b7586c", "32 hex" },
	{ "a password x address 10.9.0", "IPv4 address of a host" },
	{ "a password x address ::1", "IPv4 address of a host" },
	{ "a password x address 127.0.0.1", "IPv4 address" },
	{ "a password x address 0.0.0.0", "IPv4 address" },
	{ "a password x address 255.255.255.255", "IPv4 address" },
	{ "a password x sessions 0", "a number from 1 to 1000000" },
	{ "a password x sessions 1000001", "a number from 1 to" },
	{ "a password x sessions 18446744073709551617", "a number" },
	{ "a password x sessions -1", "a number from 1 to" },
	{ "a password x pool \"\"", "the name of a pool" },
	{ "a password x\nb password y\na password z",
	    "users:3: this name is already in line 1" },
	{ "a password x address 10.0.0.1\nb password y address"
	    " 10.0.0.1", "users:2: this address is already in line 1" },
	{ "\"\" password x", "expected a name of 1 to 253 bytes" },
	{ "a password \"x", "users:1: expected a closing quote" },
	{ "a password \"x\\", "expected a closing quote" },
	{ "a password \"x\\\"", "expected a closing quote" },
	{ "a password \"x\\n\"", "after a backslash in quotes" },
	{ "a password \"x\"y", "a blank after a closing quote" },
	{ "a\x01 password x", "found a control character" },
	{ "a password x\x7f", "found a control character" },
	{ "\"a", "users:1: expected a closing quote" },
	{ "a password 'x y'", "users:1: expected plain double quotes" },
	{ "a password \xe2\x80\x9cx\xe2\x80\x9d", "expected plain double" },
	{ "\xe2\x80\x98", "expected plain double" },
	{ "a password s\xe9" "cret", "users:1: expected text in UTF-8" },
	{ "\xff password x", "in UTF-8" },
	{ "a password \xc1\x81", "in UTF-8" },
	{ "a password \xe0\x9f\xbf", "in UTF-8" },
	{ "a password \xed\xa0\x80", "in UTF-8" },
	{ "a password \xf0\x8f\xbf\xbf", "in UTF-8" },
	{ "a password \xf4\x90\x80\x80", "in UTF-8" },
	{ "a password \xe2\x82", "in UTF-8" },
	{ "a password \xe2\x82" "A", "in UTF-8" },
};

static void
refusals(void **state)
{
	char name[300], text[600];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct users *us = users_load_text("users", bad[i][0],
		    strlen(bad[i][0]), &report);

		if (us != NULL)
			fail_msg("accepted: %s", bad[i][0]);
		if (strstr(report.error, bad[i][1]) == NULL)
			fail_msg("%s gave %s", bad[i][0], report.error);
	}
	memset(name, 'n', sizeof(name));
	name[254] = '\0';
	(void)snprintf(text, sizeof(text), "%s password x", name);
	assert_null(users_load_text("users", text, strlen(text), &report));
	users_free(load(text + 1));
	memset(name, 'p', sizeof(name));
	name[256] = '\0';
	(void)snprintf(text, sizeof(text), "a password %s", name);
	assert_null(users_load_text("users", text, strlen(text), &report));
	text[strlen(text) - 1] = '\0';
	users_free(load(text));
	assert_null(users_load_text("users", "a\0b", 3, &report));
	assert_string_equal(report.error, "users: expected text, found a NUL"
	    " byte");
}

static void
fits_conf(void **state)
{
	static const char text[] =
	    "ipsec { psk = 'correct horse battery' }\n"
	    "pool office { range = 10.9.0.0/24 }\n"
	    "users { file = /etc/l2tpd/users }\n";
	struct conf *c = conf_load_text("c", text, strlen(text), &report);
	struct users *us = load("a password x pool office\nb password y"
	    " address 10.9.0.2");

	(void)state;
	assert_non_null(c);
	assert_true(users_check(us, c, &report));
	users_free(us);
	us = load("a password x\nb password x pool home");
	assert_false(users_check(us, c, &report));
	assert_string_equal(report.error, "users:2: there is no pool home");
	users_free(us);
	us = load("a password x address 10.9.0.1");
	assert_false(users_check(us, c, &report));
	assert_non_null(strstr(report.error, "users:1: this is our own"));
	users_free(us);
	conf_free(c);
}

/* Many lines: found by name and by address, in the time a start may take. */
static void
hundred_thousand(void **state)
{
	size_t cap = 8u << 20, at = 0;
	char *text = malloc(cap), name[32];
	struct users *us;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < 100000; i++)
		at += (size_t)snprintf(text + at, cap - at, "user%u password"
		    " \"secret%u\" address 10.%u.%u.%u\n", i, i,
		    i >> 16 & 255, i >> 8 & 255, i & 255);
	us = users_load_text("users", text, at, &report);
	assert_non_null(us);
	assert_int_equal(users_count(us), 100000);
	for (unsigned i = 0; i < 100000; i += 7) {
		struct ipaddr a = ipaddr_v4(10u << 24 | i);
		const struct user *u;

		(void)snprintf(name, sizeof(name), "user%u", i);
		u = find(us, name);
		assert_non_null(u);
		assert_int_equal(u->line, i + 1);
		assert_ptr_equal(users_by_address(us, &a), u);
	}
	users_free(us);
	memset(text, '\n', USERS_MAX);
	assert_null(users_load_text("users", text, USERS_MAX, &report));
	assert_string_equal(report.error, "users: expected at most 262144"
	    " lines");
	us = users_load_text("users", text, USERS_MAX - 1, &report);
	assert_non_null(us);
	assert_int_equal(users_count(us), 0);
	users_free(us);
	free(text);
}

static void
files(void **state)
{
	char dir[] = "/tmp/l2tpd-test-XXXXXX", path[64];
	struct users *us;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/users", dir);
	assert_null(users_load(path, &report));
	assert_non_null(strstr(report.error, "No such file"));
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs("alice password x\n", f);
	(void)fclose(f);
	assert_int_equal(chmod(path, 0600), 0);
	us = users_load(path, &report);
	assert_non_null(us);
	assert_int_equal(report.warnings, 0);
	users_free(us);
	assert_int_equal(chmod(path, 0644), 0);
	us = users_load(path, &report);
	assert_non_null(us);
	assert_int_equal(report.warnings, 1);
	users_free(us);
	/* A byte order mark is no part of the first name. */
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs("\xef\xbb\xbf" "alice password \xf0\x9f\x98\x80\xe2\x82"
	    "\xac\xed\x9f\xbf\xf4\x8f\xbf\xbf'\n", f);
	(void)fclose(f);
	us = users_load(path, &report);
	assert_non_null(us);
	assert_non_null(find(us, "alice"));
	users_free(us);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	users_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(refusals),
		cmocka_unit_test(fits_conf),
		cmocka_unit_test(hundred_thousand),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
