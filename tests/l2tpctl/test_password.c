/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords from files, and from a terminal that shows nothing of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "l2tpctl/password.h"

#define WAIT_S	20

/* What `text` on a pipe is read as; the rest of it stays there. */
static bool
from_pipe(const char *text, size_t n, struct secret *s, const char **why,
    char rest[8])
{
	int p[2];
	ssize_t left;
	bool ok;

	*why = NULL;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], text, n), n);
	assert_int_equal(close(p[1]), 0);
	ok = password_read(p[0], stderr, s, why);
	left = read(p[0], rest, 7);
	assert_true(left >= 0);
	rest[left] = '\0';
	assert_int_equal(close(p[0]), 0);
	return ok;
}

static void
first_line_alone(void **state)
{
	char rest[8], text[300];
	struct secret s;
	const char *why;

	(void)state;
	assert_true(from_pipe("a b\nmore", 8, &s, &why, rest));
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.b, "a b", 3);
	assert_string_equal(rest, "more");
	assert_true(from_pipe("no end", 6, &s, &why, rest));
	assert_int_equal(s.len, 6);
	memset(text, 'x', sizeof(text));
	text[SECRET_MAX] = '\n';
	assert_true(from_pipe(text, SECRET_MAX + 1, &s, &why, rest));
	assert_int_equal(s.len, SECRET_MAX);
	assert_true(from_pipe(text, SECRET_MAX, &s, &why, rest));
	assert_int_equal(s.len, SECRET_MAX);
}

static void
none_or_too_long(void **state)
{
	char rest[8], text[300];
	struct secret s = { .len = 4, .b = "left" };
	const char *why;

	(void)state;
	assert_false(from_pipe("", 0, &s, &why, rest));
	assert_string_equal(why, "no password");
	assert_int_equal(s.len, 0);
	assert_false(from_pipe("\nx", 2, &s, &why, rest));
	assert_string_equal(why, "no password");
	memset(text, 'x', sizeof(text));
	text[SECRET_MAX + 1] = '\n';
	assert_false(from_pipe(text, SECRET_MAX + 2, &s, &why, rest));
	assert_string_equal(why, "the password is too long");
	assert_int_equal(s.len, 0);
	assert_false(password_read(-1, stderr, &s, &why));
	assert_string_equal(why, "the password cannot be read");
}

struct term {			/* a terminal, and who asks at it */
	int master, slave;
	pthread_t reader;
	struct secret s;
	const char *why;
	bool ok;
	char *prompt;
	size_t prompt_n;
	FILE *f;
};

static void *
reader(void *arg)
{
	struct term *t = arg;

	t->ok = password_read(t->slave, t->f, &t->s, &t->why);
	return NULL;
}

static bool
echoes(const struct term *t)
{
	struct termios now;

	assert_int_equal(tcgetattr(t->slave, &now), 0);
	return (now.c_lflag & ECHO) != 0;
}

static void
term_start(struct term *t)
{
	*t = (struct term){ .master = posix_openpt(O_RDWR | O_NOCTTY) };
	assert_true(t->master >= 0);
	assert_int_equal(grantpt(t->master), 0);
	assert_int_equal(unlockpt(t->master), 0);
	t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY);
	assert_true(t->slave >= 0);
	t->f = open_memstream(&t->prompt, &t->prompt_n);
	assert_non_null(t->f);
	assert_true(echoes(t));
	assert_int_equal(pthread_create(&t->reader, NULL, reader, t), 0);
	for (int i = 0; i < WAIT_S * 1000 && echoes(t); i++)
		(void)usleep(1000);
	assert_false(echoes(t));
}

/* What came out of the terminal. */
static void
term_end(struct term *t, char shown[64])
{
	ssize_t n;

	assert_int_equal(pthread_join(t->reader, NULL), 0);
	assert_true(echoes(t));
	assert_int_equal(fclose(t->f), 0);
	assert_string_equal(t->prompt, "password: \n");
	free(t->prompt);
	assert_int_equal(fcntl(t->master, F_SETFL, O_NONBLOCK), 0);
	n = read(t->master, shown, 63);
	shown[n > 0 ? n : 0] = '\0';
	assert_int_equal(close(t->slave), 0);
	assert_int_equal(close(t->master), 0);
}

static void
a_terminal_shows_nothing(void **state)
{
	struct term t;
	char shown[64];

	(void)state;
	term_start(&t);
	assert_int_equal(write(t.master, "secret\n", 7), 7);
	term_end(&t, shown);
	assert_true(t.ok);
	assert_int_equal(t.s.len, 6);
	assert_memory_equal(t.s.b, "secret", 6);
	assert_string_equal(shown, "");
}

/* Its own handling of signals is back afterwards, as is the echo. */
static void
a_signal_gives_up(void **state)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct term t;
	char shown[64];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct sigaction now;

		term_start(&t);
		assert_int_equal(write(t.master, "half", 4), 4);
		/* It may not have come to its read() yet. */
		for (int k = 0; k < WAIT_S * 100 && !echoes(&t); k++) {
			(void)pthread_kill(t.reader, all[i]);
			(void)usleep(10000);
		}
		term_end(&t, shown);
		assert_false(t.ok);
		assert_string_equal(t.why, "given up");
		assert_int_equal(t.s.len, 0);
		assert_int_equal(sigaction(all[i], NULL, &now), 0);
		assert_true(now.sa_handler == SIG_IGN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_line_alone),
		cmocka_unit_test(none_or_too_long),
		cmocka_unit_test(a_terminal_shows_nothing),
		cmocka_unit_test(a_signal_gives_up),
	};

	/* One that comes late is no end of the test. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	(void)signal(SIGTSTP, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
