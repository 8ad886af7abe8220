/* SPDX-License-Identifier: BSD-2-Clause */
/* One daemon per run directory; nothing left behind. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l2tpd/lock.h"

struct place {
	char top[32], dir[48], pid[64];
};

static bool
there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void
test_take_and_drop(void **state)
{
	const struct place *p = *state;
	struct lock l;
	struct stat st;
	char err[256] = "";
	mode_t old = umask(0077);

	assert_true(lock_take(&l, p->dir, err, sizeof(err)));
	(void)umask(old);
	assert_int_equal(stat(p->dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_true(there(p->pid));
	lock_drop(&l);
	assert_false(there(p->dir));
}

static void
test_directory_of_somebody_stays(void **state)
{
	const struct place *p = *state;
	struct lock l;
	char err[256] = "";

	assert_int_equal(mkdir(p->dir, 0700), 0);
	assert_true(lock_take(&l, p->dir, err, sizeof(err)));
	lock_drop(&l);
	assert_true(there(p->dir));
	assert_false(there(p->pid));
	assert_int_equal(rmdir(p->dir), 0);
}

/* In a process of its own, which ends without lock_drop(): killed. */
static void
in_child(const char *dir, int status)
{
	struct lock l;
	char err[256] = "";
	pid_t pid = fork();
	int st = 0;

	if (pid == 0)
		_exit(lock_take(&l, dir, err, sizeof(err)) ? 0 :
		    strstr(err, "another l2tpd is running") != NULL ? 3 : 4);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_true(WIFEXITED(st));
	assert_int_equal(WEXITSTATUS(st), status);
}

static void
test_second_is_refused(void **state)
{
	const struct place *p = *state;
	struct lock l;
	char err[256] = "";

	assert_true(lock_take(&l, p->dir, err, sizeof(err)));
	in_child(p->dir, 3);
	assert_true(there(p->pid));
	lock_drop(&l);
	assert_false(there(p->dir));
}

static void
test_after_a_kill(void **state)
{
	const struct place *p = *state;
	struct lock l;
	char err[256] = "";

	in_child(p->dir, 0);
	assert_true(there(p->pid));
	assert_true(lock_take(&l, p->dir, err, sizeof(err)));
	lock_drop(&l);
	assert_false(there(p->dir));
}

static void
test_bad_places(void **state)
{
	const struct place *p = *state;
	struct lock l;
	char err[256] = "";

	assert_false(lock_take(&l, "/not/here", err, sizeof(err)));
	assert_string_equal(err, "/not/here: No such file or directory");
	/* a link in the pid file's place is not followed */
	assert_int_equal(mkdir(p->dir, 0700), 0);
	assert_int_equal(symlink("/tmp/elsewhere", p->pid), 0);
	assert_false(lock_take(&l, p->dir, err, sizeof(err)));
	assert_false(there("/tmp/elsewhere"));
	assert_int_equal(unlink(p->pid), 0);
	assert_int_equal(rmdir(p->dir), 0);
}

static int
place_make(void **state)
{
	static struct place p;

	(void)snprintf(p.top, sizeof(p.top), "/tmp/l2tpd-lock-XXXXXX");
	if (mkdtemp(p.top) == NULL)
		return -1;
	(void)snprintf(p.dir, sizeof(p.dir), "%s/run", p.top);
	(void)snprintf(p.pid, sizeof(p.pid), "%s/l2tpd.pid", p.dir);
	*state = &p;
	return 0;
}

static int
place_end(void **state)
{
	const struct place *p = *state;

	return rmdir(p->top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_take_and_drop, place_make,
		    place_end),
		cmocka_unit_test_setup_teardown(test_directory_of_somebody_stays,
		    place_make, place_end),
		cmocka_unit_test_setup_teardown(test_second_is_refused,
		    place_make, place_end),
		cmocka_unit_test_setup_teardown(test_after_a_kill, place_make,
		    place_end),
		cmocka_unit_test_setup_teardown(test_bad_places, place_make,
		    place_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
