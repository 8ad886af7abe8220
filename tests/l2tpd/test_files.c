/* SPDX-License-Identifier: BSD-2-Clause */
/* Enough descriptors, or no start: with real limits, in a child each. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l2tpd/files.h"

#define SOFT	32
#define HARD	64

/* True if f, under the limits, is content. */
static bool
child(bool (*f)(void))
{
	struct rlimit r = { .rlim_cur = SOFT, .rlim_max = HARD };
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(setrlimit(RLIMIT_NOFILE, &r) == 0 && f() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
soft_is(rlim_t n)
{
	struct rlimit r;

	return getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == n &&
	    r.rlim_max == HARD;
}

/* Descriptors that can be had, the three standard ones included. */
static int
reach(void)
{
	int last = -1, fd;

	while ((fd = dup(0)) >= 0)
		last = fd;
	return last + 1;
}

static bool
raises(void)
{
	char err[256] = "";

	return files_raise(50, err, sizeof(err)) && err[0] == '\0' &&
	    soft_is(50) && reach() == 50;
}

static bool
leaves_alone(void)
{
	char err[256] = "";

	return files_raise(SOFT, err, sizeof(err)) && soft_is(SOFT) &&
	    files_raise(10, err, sizeof(err)) && soft_is(SOFT);
}

static bool
up_to_the_hard_one(void)
{
	char err[256] = "";

	return files_raise(HARD, err, sizeof(err)) && soft_is(HARD);
}

static bool
refuses(void)
{
	char err[256] = "";

	return !files_raise(HARD + 1, err, sizeof(err)) && soft_is(SOFT) &&
	    strcmp(err, "65 descriptors are needed, at most 64 may be had: "
	    "raise the hard limit (RLIMIT_NOFILE)") == 0;
}

static bool
only_asks(void)
{
	char err[256] = "";

	return files_may(HARD, err, sizeof(err)) && err[0] == '\0' &&
	    !files_may(HARD + 1, err, sizeof(err)) && err[0] != '\0' &&
	    soft_is(SOFT);
}

static void
d13_limits(void **state)
{
	(void)state;
	assert_true(child(raises));
	assert_true(child(leaves_alone));
	assert_true(child(up_to_the_hard_one));
	assert_true(child(refuses));
	assert_true(child(only_asks));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(d13_limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
