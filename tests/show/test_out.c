/* SPDX-License-Identifier: BSD-2-Clause */
/* The writers: show/out.c, out_text.c, out_json.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "show/out.h"

enum form { TEXT, COLOUR, JSON };

/* One record, described once, as the forms below write it. */
static void
describe(struct out *o)
{
	out_object(o, NULL);
	out_text(o, "name", "alice");
	out_num(o, "sessions", 2);
	out_bool(o, "stopping", false);
	out_span(o, "up", 11040);
	out_bytes(o, "sent", 1234567);
	out_when(o, "since", 1795222800);
	out_real(o, "load", 0.5);
	out_list(o, "pools");
	out_object(o, NULL);
	out_text(o, "name", "office");
	out_num(o, "size", 253);
	out_end(o);
	out_object(o, NULL);
	out_text(o, "name", "home");
	out_num(o, "size", 7);
	out_textn(o, "state", "full", 4, OUT_BAD);
	out_end(o);
	out_end(o);
	out_list(o, "empty");
	out_end(o);
	out_list(o, "notes");
	out_text(o, NULL, "one");
	out_text(o, NULL, "");
	out_end(o);
	out_object(o, "inner");
	out_num(o, "deep", -1);
	out_end(o);
	out_end(o);
}

static char *
run(enum form form, void (*describe_)(struct out *), bool *ok)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct out *o;

	assert_non_null(f);
	o = form == JSON ? out_json_new(f) : out_text_new(f, form == COLOUR);
	assert_non_null(o);
	describe_(o);
	*ok = out_finish(o);
	out_free(o);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void
gives(enum form form, void (*describe_)(struct out *), const char *want)
{
	bool ok;
	char *text = run(form, describe_, &ok);

	assert_true(ok);
	assert_string_equal(text, want);
	free(text);
}

static void
text_form(void **state)
{
	(void)state;
	gives(TEXT, describe,
	    "name      alice\n"
	    "sessions  2\n"
	    "stopping  no\n"
	    "up        3h04m\n"
	    "sent      1.2 MB\n"
	    "since     2026-11-21 01:00:00Z\n"
	    "load      0.5\n"
	    "\n"
	    "pools\n"
	    "name    size  state\n"
	    "office   253  -\n"
	    "home       7  full\n"
	    "\n"
	    "empty\n"
	    "(none)\n"
	    "\n"
	    "notes\n"
	    "value\n"
	    "one\n"
	    "-\n"
	    "\n"
	    "inner\n"
	    "  deep  -1\n");
}

static void
json_form(void **state)
{
	(void)state;
	gives(JSON, describe,
	    "{\n"
	    "  \"name\": \"alice\",\n"
	    "  \"sessions\": 2,\n"
	    "  \"stopping\": false,\n"
	    "  \"up\": 11040,\n"
	    "  \"sent\": 1234567,\n"
	    "  \"since\": 1795222800,\n"
	    "  \"load\": 0.5,\n"
	    "  \"pools\": [\n"
	    "    {\n"
	    "      \"name\": \"office\",\n"
	    "      \"size\": 253\n"
	    "    },\n"
	    "    {\n"
	    "      \"name\": \"home\",\n"
	    "      \"size\": 7,\n"
	    "      \"state\": \"full\"\n"
	    "    }\n"
	    "  ],\n"
	    "  \"empty\": [],\n"
	    "  \"notes\": [\n"
	    "    \"one\",\n"
	    "    \"\"\n"
	    "  ],\n"
	    "  \"inner\": {\n"
	    "    \"deep\": -1\n"
	    "  }\n"
	    "}\n");
}

static void
colours(struct out *o)
{
	out_list(o, NULL);
	out_object(o, NULL);
	out_textn(o, "result", "up", 2, OUT_GOOD);
	out_textn(o, "reason", "-", 1, OUT_PLAIN);
	out_end(o);
	out_end(o);
}

static void
colour_form(void **state)
{
	(void)state;
	gives(COLOUR, colours,
	    "\033[2mresult\033[0m  \033[2mreason\033[0m\n"
	    "\033[32mup\033[0m      -\n");
	gives(TEXT, colours, "result  reason\nup      -\n");
}

/* N-24: a user name that is a terminal command, a quote, half a character. */
static void
nasty(struct out *o)
{
	static const char bell[] = "a\033]0;pwned\007\n\r\0b\x9b" "31m\xc3\xa4";

	out_list(o, NULL);
	out_object(o, NULL);
	out_textn(o, "user", bell, sizeof(bell) - 1, OUT_PLAIN);
	out_text(o, "%n%s\n", "\"\xff%n%s");
	out_end(o);
	out_end(o);
}

static void
n24_escapes(void **state)
{
	bool ok;
	char *text;

	(void)state;
	gives(TEXT, nasty,
	    "user                                           %n%s\\x0a\n"
	    "a\\x1b]0;pwned\\x07\\x0a\\x0d\\x00b\\x9b31m\\xc3\\xa4"
	    "  \"\\xff%n%s\n");
	text = run(JSON, nasty, &ok);
	assert_true(ok);
	for (const char *p = text; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p < 0x7f));
	assert_non_null(strstr(text, "pwned"));
	free(text);
}

static void
utf8(struct out *o)
{
	out_list(o, NULL);
	out_text(o, NULL, "\xc3\xa4");
	out_end(o);
}

static void
utf8_in_json(void **state)
{
	(void)state;
	gives(JSON, utf8, "[\n  \"\\u00E4\"\n]\n");
}

static void
deep(struct out *o)
{
	for (int i = 0; i < OUT_DEPTH_MAX + 5; i++)
		out_object(o, "x");
	out_num(o, "lost", 1);
	for (int i = 0; i < OUT_DEPTH_MAX + 5; i++)
		out_end(o);
}

/* What is deeper than the bound is left out, and the rest is whole. */
static void
too_deep(void **state)
{
	bool ok;
	char *text;

	(void)state;
	for (enum form f = TEXT; f <= JSON; f++) {
		text = run(f, deep, &ok);
		assert_true(ok);
		assert_null(strstr(text, "lost"));
		free(text);
	}
}

static void
nested_row(struct out *o)
{
	out_list(o, NULL);
	out_object(o, NULL);
	out_num(o, "a", 1);
	out_object(o, "b");
	out_num(o, "hidden", 2);
	out_end(o);
	out_list(o, "c");
	out_num(o, NULL, 3);
	out_end(o);
	out_num(o, "d", 4);
	out_end(o);
	out_end(o);
}

static void
rows_stay_flat(void **state)
{
	(void)state;
	gives(TEXT, nested_row, "a  d\n1  4\n");
}

static void
unended(struct out *o)
{
	out_object(o, NULL);
}

static void
overended(struct out *o)
{
	out_object(o, NULL);
	out_end(o);
	out_end(o);
}

static void
nothing(struct out *o)
{
	(void)o;
}

static void
two_tops(struct out *o)
{
	out_num(o, NULL, 1);
	out_num(o, NULL, 2);
}

static void
misuse(void **state)
{
	bool ok;

	(void)state;
	for (enum form f = TEXT; f <= JSON; f++) {
		free(run(f, unended, &ok));
		assert_false(ok);
		free(run(f, overended, &ok));
		assert_false(ok);
	}
	free(run(JSON, nothing, &ok));
	assert_false(ok);
	free(run(JSON, two_tops, &ok));
	assert_false(ok);
}

static void
write_errors(void **state)
{
	(void)state;
	for (int json = 0; json < 2; json++) {
		FILE *f = fopen("/dev/full", "w");
		struct out *o = json ? out_json_new(f) : out_text_new(f, false);

		describe(o);
		assert_false(out_finish(o));
		out_free(o);
		(void)fclose(f);
	}
	out_free(NULL);
}

/* Against the C library, over all days up to the year 2400 and odd ones. */
static void
calendar(void **state)
{
	char buf[OUT_FORM_MAX], want[OUT_FORM_MAX];

	(void)state;
	for (int64_t day = 0; day < 157055; day++) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		(void)strftime(want, sizeof(want), "%Y-%m-%d %H:%M:%SZ", &tm);
		assert_string_equal(out_form_when(t, buf), want);
	}
	assert_string_equal(out_form_when(253402300799, buf),
	    "9999-12-31 23:59:59Z");
	assert_string_equal(out_form_when(253402300800, buf), "-");
	assert_string_equal(out_form_when(INT64_MAX, buf), "-");
	assert_string_equal(out_form_when(-1, buf), "-");
}

static void
many_columns(struct out *o)
{
	char name[16];

	out_list(o, NULL);
	out_object(o, NULL);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "c%d", i);
		out_num(o, name, i);
	}
	out_end(o);
	out_end(o);
}

static void
forms(void **state)
{
	static const struct {
		uint64_t v;
		const char *bytes, *span;
	} all[] = {
		{ 0, "0 B", "0s" },
		{ 59, "59 B", "59s" },
		{ 60, "60 B", "1m00s" },
		{ 999, "999 B", "16m39s" },
		{ 1000, "1.0 kB", "16m40s" },
		{ 3600, "3.6 kB", "1h00m" },
		{ 86399, "86.3 kB", "23h59m" },
		{ 86400, "86.4 kB", "1d00h" },
		{ 123456, "123 kB", "1d10h" },
		{ 999999999, "999 MB", "11574d01h" },
		{ UINT64_MAX, "18.4 EB", "213503982334601d07h" },
	};
	char buf[OUT_FORM_MAX];
	bool ok;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_string_equal(out_form_bytes(all[i].v, buf),
		    all[i].bytes);
		assert_string_equal(out_form_span(all[i].v, buf), all[i].span);
	}
	free(run(TEXT, many_columns, &ok));
	assert_false(ok);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_form),
		cmocka_unit_test(json_form),
		cmocka_unit_test(colour_form),
		cmocka_unit_test(n24_escapes),
		cmocka_unit_test(utf8_in_json),
		cmocka_unit_test(too_deep),
		cmocka_unit_test(rows_stay_flat),
		cmocka_unit_test(misuse),
		cmocka_unit_test(write_errors),
		cmocka_unit_test(calendar),
		cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
