/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines: sink, levels, cutting; and what peers may not write into them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/rng.h"

struct seen {
	unsigned n;
	enum log_level level;
	size_t len;
	char line[2048];
};

static void
sink(void *ctx, enum log_level level, const char *line)
{
	struct seen *s = ctx;

	s->n++;
	s->level = level;
	s->len = strlen(line);
	memcpy(s->line, line, s->len + 1);
}

static void
levels(void **state)
{
	struct seen s = { 0 };

	(void)state;
	log_info("nobody listens");
	log_sink_set(sink, &s, LOG_INFO_);
	log_error("a %d", 1);
	assert_int_equal(s.level, LOG_ERROR_);
	assert_string_equal(s.line, "a 1");
	log_warn("b");
	log_info("c");
	assert_int_equal(s.n, 3);
	assert_int_equal(s.level, LOG_INFO_);
	log_debug("d");
	assert_int_equal(s.n, 3);
	assert_string_equal(s.line, "c");
	log_sink_set(sink, &s, LOG_DEBUG_);
	log_debug("d");
	assert_int_equal(s.n, 4);
	log_sink_set(NULL, NULL, LOG_DEBUG_);
	log_error("e");
	assert_int_equal(s.n, 4);
}

static void
long_lines_are_cut(void **state)
{
	struct seen s = { 0 };
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_sink_set(sink, &s, LOG_DEBUG_);
	log_info("%s", text);
	assert_int_equal(s.len, 1023);
	log_sink_set(NULL, NULL, LOG_DEBUG_);
}

/* N-24: format strings, commands, control bytes: all of it inert text. */
static void
n24_peer_text(void **state)
{
	static const struct {
		const char *in, *out;
	} v[] = {
		{ "", "" }, { "phone-7", "phone-7" }, { "%n%s%p", "%n%s%p" },
		{ "$(id)`id`", "$(id)`id`" }, { "a b", "a\\x20b" },
		{ "a\nlogin user=root", "a\\x0alogin\\x20user=root" },
		{ "\r\t\x1b[2J", "\\x0d\\x09\\x1b[2J" },
		{ "\"quoted\"", "\\x22quoted\\x22" }, { "a\\b", "a\\x5cb" },
		{ "\x7f\x80\xff", "\\x7f\\x80\\xff" },
		{ "M\xc3\xbcller", "M\\xc3\\xbcller" }, { "~!", "~!" },
	};
	char buf[256];

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct rd in = rd_make(v[i].in, strlen(v[i].in));

		assert_ptr_equal(log_escape(buf, sizeof(buf), in), buf);
		assert_string_equal(buf, v[i].out);
	}
	assert_ptr_equal(log_escape_words(buf, sizeof(buf), rd_make("a b\"\n~", 6)),
	    buf);
	assert_string_equal(buf, "a b\\x22\\x0a~");
	(void)log_escape(buf, sizeof(buf), rd_make("a\0b", 3));
	assert_string_equal(buf, "a\\x00b");
}

static void
cut_text(void **state)
{
	static const char *const want[] = {	/* by buffer size, from 1 */
		"", ".", "..", "...", "a...", "abcde", "abcde",
	};
	char buf[16];
	struct rd bad = rd_make("x", 1);

	(void)state;
	for (size_t n = 1; n <= 7; n++) {
		memset(buf, '#', sizeof(buf));
		(void)log_escape(buf, n, rd_make("abcde", 5));
		assert_string_equal(buf, want[n - 1]);
		assert_int_equal(buf[n], '#');
	}
	/* Escapes are cut whole: never half of one. */
	(void)log_escape(buf, 9, rd_make("\1\2\3", 3));
	assert_string_equal(buf, "\\x01...");
	(void)log_escape(buf, 9, rd_make("\1\2", 2));
	assert_string_equal(buf, "\\x01\\x02");
	(void)log_escape(buf, 8, rd_make("\1\2", 2));
	assert_string_equal(buf, "\\x01...");
	rd_skip(&bad, 2);
	(void)log_escape(buf, 8, bad);
	assert_string_equal(buf, "");
}

/* N-24: any bytes, any room: printable, ended, within the buffer. */
static void
n24_property_always_printable(void **state)
{
	struct rng rng;
	uint8_t in[300];

	(void)state;
	rng_seeded(&rng, 24);
	for (int i = 0; i < 3000; i++) {
		size_t n = rng_below(&rng, sizeof(in) + 1);
		size_t room = 1 + rng_below(&rng, 400);
		char *buf = malloc(room);	/* exactly: ASan watches */
		size_t len;

		(void)rng_fill(&rng, in, n);
		(void)log_escape(buf, room, rd_make(in, n));
		len = strlen(buf);
		assert_true(len < room);
		for (size_t k = 0; k < len; k++)
			assert_true(buf[k] > ' ' && buf[k] < 0x7f &&
			    buf[k] != '"');
		free(buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(n24_peer_text),
		cmocka_unit_test(cut_text),
		cmocka_unit_test(n24_property_always_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
