/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Once a configuration has been freed, its keys are nowhere in our writable
 * memory: not in what the syntax library freed, nor in stdio's buffers, nor on
 * the stack.  Looks at all of it through /proc/self/maps.  A sanitizer keeps
 * freed memory in its own way, so builds with one pass over this.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"
#include "conf/load.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define PIECE	16	/* bytes of a key: so much of one is a find */
#define KEY	100
#define TEXT_MAX	(128u << 10)
#define MAPS_MAX	(64u << 10)

/* The i-th byte of key k: never in memory but where the test puts it. */
static char
key_byte(unsigned k, unsigned i)
{
	unsigned x = (k + 1) * 2654435761u + i * 40503u;

	x ^= x >> 13;
	x *= 2246822519u;
	return (char)('a' + (x >> 16) % 26);
}

struct text {
	char b[TEXT_MAX];
	size_t n;
};

static void
say(struct text *t, const char *s)
{
	size_t n = strlen(s);

	assert_true(t->n + n <= sizeof(t->b));
	memcpy(t->b + t->n, s, n);
	t->n += n;
}

static void
say_key(struct text *t, const char *quote, unsigned k)
{
	say(t, quote);
	for (unsigned i = 0; i < KEY; i++)
		t->b[t->n++] = key_byte(k, i);
	say(t, quote);
}

static void
filler(struct text *t, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 64)
		say(t, "# nothing in this line is worth more than its length, "
		    "64 bytes\n");
}

/* A piece of key k, from any multiple of PIECE on? */
static bool
is_key(const unsigned char *p, unsigned k)
{
	for (unsigned at = 0; at + PIECE <= KEY; at += PIECE) {
		unsigned i = 0;

		while (i < PIECE && p[i] == (unsigned char)key_byte(k, at + i))
			i++;
		if (i == PIECE)
			return true;
	}
	return false;
}

/* How often a piece of a key stands in this stretch. */
static unsigned
look(const unsigned char *p, size_t n)
{
	unsigned found = 0;

	for (size_t i = 0; i + PIECE <= n; i++)
		for (unsigned k = 0; k < 4; k++)
			found += is_key(p + i, k);
	return found;
}

/* All of our writable memory but the kernel's pages. */
static unsigned
look_everywhere(void)
{
	static char maps[MAPS_MAX];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	unsigned found = 0;
	size_t n = 0;
	ssize_t got;

	assert_true(fd >= 0);
	while ((got = read(fd, maps + n, sizeof(maps) - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(fd);
	maps[n] = '\0';
	for (char *at = maps; at != NULL && *at != '\0';) {
		char *end;
		uintptr_t from = strtoull(at, &end, 16);
		uintptr_t to = strtoull(end + 1, &end, 16);

		if (strncmp(end, " rw", 3) == 0)
			found += look((const unsigned char *)from, to - from);
		at = strchr(end, '\n');
		at = at == NULL ? NULL : at + 1;
	}
	return found;
}

static struct text *
make(size_t before, size_t after)
{
	struct text *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	filler(t, before);
	say(t, "pool a { range = 10.9.0.0/24 }\nusers { file = none }\n"
	    "ipsec {\n\tpsk = { ");
	say_key(t, "\"", 0);
	say(t, ", ");
	say_key(t, "'", 1);
	say(t, ", ");
	say_key(t, "", 2);
	say(t, ", ");
	say_key(t, "\"", 3);
	say(t, " }\n}\n");
	filler(t, after);
	return t;
}

static void
drop(struct text *t)
{
	wipe(t, sizeof(*t));
	free(t);
}

static void
gone(size_t before, size_t after)
{
	static struct conf_report report;
	struct text *t = make(before, after);
	struct conf *c;

	assert_true(look_everywhere() >= 4);	/* we can find them */
	c = conf_load_text("t", t->b, t->n, &report);
	if (c == NULL)
		fail_msg("%s", report.error);
	assert_int_equal(c->ipsec.keys.n, 4);
	drop(t);
	assert_true(look_everywhere() >= 4);	/* the configuration's own */
	conf_free(c);
	assert_int_equal(look_everywhere(), 0);
}

static void
keys_are_gone(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	gone(0, 0);
	gone(0, 40000);
	gone(40000, 0);
	for (size_t n = 7600; n < 8300; n += 64)	/* over a buffer's end */
		gone(n, 100);
}

/* A file that is refused leaves as little. */
static void
refused(void **state)
{
	static struct conf_report report;
	struct text *t = make(0, 0);

	(void)state;
	if (SANITIZED) {
		drop(t);
		skip();
	}
	say(t, "ipsec { no-such-option = 1 }\n");
	assert_null(conf_load_text("t", t->b, t->n, &report));
	drop(t);
	assert_int_equal(look_everywhere(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_gone),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
