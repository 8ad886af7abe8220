/* SPDX-License-Identifier: BSD-2-Clause */
/* The spool's thread: answers, restart, a full disk, haste; its directory. */

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

#include "base/log.h"
#include "l2tpd/spool.h"
#include "l2tpd/spool_dir.h"
#include "tests/l2tpd/spool_room.h"

struct lines {
	unsigned n;
	char last[256];
};

static void
line_take(void *ctx, enum log_level level, const char *text)
{
	struct lines *l = ctx;

	(void)level;
	l->n++;
	(void)snprintf(l->last, sizeof(l->last), "%s", text);
}

static struct spool *
spool_of(const struct room *r, uint32_t entries)
{
	struct spool_params p = { .dir = room_fd(r), .size = 8 << 20,
		.entries = entries };
	char err[SPOOL_TEXT] = "";
	struct spool *sp = spool_open(&p, err);

	if (sp == NULL)
		fail_msg("%s", err);
	return sp;
}

static struct spool *
spool_at(const struct room *r)
{
	return spool_of(r, 20000);
}

/* The next answer, within 20 s. */
static uint64_t
answer(struct spool *sp, bool *ok)
{
	struct pollfd p = { .fd = spool_fd(sp), .events = POLLIN };
	uint64_t number = 0;

	for (int i = 0; i < 10000; i++) {
		if (spool_answer(sp, &number, ok))
			return number;
		assert_int_equal(poll(&p, 1, 20000), 1);
	}
	fail_msg("no answer");
	return 0;
}

static struct rd
block_of(uint64_t number, uint8_t b[300])
{
	memset(b, (int)(number & 0xff), 300);
	memcpy(b, &number, sizeof(number));
	return rd_make(b, 100 + number % 200);
}

static void
test_stored_and_there_again(void **state)
{
	struct spool_state s;
	struct room r;
	struct spool *sp;
	uint8_t b[300];
	uint64_t number;
	struct rd block;
	bool ok = false;

	(void)state;
	room_make(&r);
	sp = spool_at(&r);
	assert_false(spool_next(sp, &number, &block));
	assert_true(spool_start(sp));
	for (uint64_t i = 10; i > 0; i--)
		assert_true(spool_store(sp, i, block_of(i, b)));
	for (uint64_t i = 10; i > 0; i--) {
		assert_int_equal(answer(sp, &ok), i);
		assert_true(ok);
	}
	spool_forget(sp, 4);
	spool_forget(sp, 4);
	spool_forget(sp, 400);
	spool_stop(sp);				/* writes what is queued */
	sp = spool_at(&r);
	spool_state(sp, &s);
	assert_int_equal(s.records, 9);
	assert_int_equal(s.segments, 1);
	assert_int_equal(s.damaged + s.torn, 0);
	for (uint64_t i = 1; i <= 10; i++) {
		if (i == 4)
			continue;
		assert_true(spool_next(sp, &number, &block));
		assert_int_equal(number, i);
		assert_true(rd_eq(block, block_of(i, b).p, 100 + i % 200));
	}
	assert_false(spool_next(sp, &number, &block));
	spool_stop(sp);
	spool_stop(NULL);
	room_drop(&r);
}

/* Thousands in haste, answered in order; most are forgotten at once. */
static void
test_haste(void **state)
{
	struct spool_state s;
	struct room r;
	struct spool *sp;
	uint64_t next = 1, done = 0, number;
	uint8_t b[300];
	bool ok;

	(void)state;
	room_make(&r);
	sp = spool_at(&r);
	assert_true(spool_start(sp));
	while (done < 20000) {
		struct pollfd p = { .fd = spool_fd(sp), .events = POLLIN };

		while (next <= 20000 &&
		    spool_store(sp, next, block_of(next, b)))
			next++;
		(void)poll(&p, 1, 20000);
		while (spool_answer(sp, &number, &ok)) {
			assert_true(ok);
			assert_int_equal(number, done + 1);
			done = number;
			if (number % 100 != 0)
				spool_forget(sp, number);
		}
		spool_state(sp, &s);
		assert_true(s.queued <= 4096);
	}
	spool_stop(sp);
	sp = spool_at(&r);
	spool_state(sp, &s);
	assert_int_equal(s.records, 200);
	for (uint64_t i = 100; i <= 20000; i += 100) {
		struct rd block;

		assert_true(spool_next(sp, &number, &block));
		assert_int_equal(number, i);
	}
	spool_stop(sp);
	room_drop(&r);
}

static void
test_queue_is_bounded(void **state)
{
	struct spool_state s;
	struct room r;
	struct spool *sp;
	uint8_t b[300];
	uint32_t n = 0;

	(void)state;
	room_make(&r);
	sp = spool_at(&r);		/* its thread does not run: a disk that hangs */
	while (n < 10000 && spool_store(sp, n + 1, block_of(n + 1, b)))
		n++;
	assert_in_range(n, 2000, 4096);
	assert_false(spool_store(sp, 1, rd_make(b, 0)));
	for (uint64_t i = 1; i <= 200000; i++)
		spool_forget(sp, i);
	spool_state(sp, &s);
	assert_int_equal(s.queued, n);
	assert_int_equal(s.refused, 2);
	spool_stop(sp);
	room_drop(&r);
}

/* One line when it begins, one when it ends. */
static void
test_full_disk_is_an_answer_and_a_line(void **state)
{
	struct lines lines = { .n = 0 };
	struct spool_state s;
	struct room r;
	struct spool *sp;
	uint64_t i = 1, good;
	uint8_t b[300];
	bool ok = true;

	(void)state;
	room_make(&r);
	if (!room_tiny(&r, 64 << 10)) {
		room_drop(&r);
		skip();
	}
	log_sink_set(line_take, &lines, LOG_INFO_);
	sp = spool_at(&r);
	assert_true(spool_start(sp));
	for (; ok && i < 5000; i++) {
		assert_true(spool_store(sp, i, block_of(i, b)));
		assert_int_equal(answer(sp, &ok), i);
	}
	assert_false(ok);
	good = i - 2;
	for (int again = 0; again < 5; again++) {
		assert_true(spool_store(sp, i, block_of(i, b)));
		assert_int_equal(answer(sp, &ok), i);
		assert_false(ok);
	}
	assert_int_equal(lines.n, 1);
	assert_non_null(strstr(lines.last, "No space left on device"));
	spool_state(sp, &s);
	assert_false(s.ok);
	assert_int_equal(s.failed, 6);
	assert_int_equal(s.records, good);
	for (uint64_t k = 1; k <= good; k++)
		spool_forget(sp, k);
	for (int again = 0; again < 5 && !ok; again++) {
		assert_true(spool_store(sp, i, block_of(i, b)));
		assert_int_equal(answer(sp, &ok), i);
	}
	assert_true(ok);
	assert_int_equal(lines.n, 2);
	assert_non_null(strstr(lines.last, "writable again"));
	spool_stop(sp);
	log_sink_set(NULL, NULL, LOG_INFO_);
	sp = spool_at(&r);
	spool_state(sp, &s);
	assert_int_equal(s.records, 1);
	assert_true(s.ok);
	spool_stop(sp);
	room_drop(&r);
}

/* What is taken away alone says nothing of what can be stored. */
static void
test_full_until_a_record_is_stored(void **state)
{
	struct lines lines = { .n = 0 };
	struct spool_state s = { .records = 0 };
	struct room r;
	struct spool *sp;
	uint64_t number;
	uint8_t b[300];
	bool ok = true;

	(void)state;
	room_make(&r);
	log_sink_set(line_take, &lines, LOG_INFO_);
	sp = spool_of(&r, 10);
	assert_true(spool_start(sp));
	for (uint64_t i = 1; i <= 11; i++) {
		assert_true(spool_store(sp, i, block_of(i, b)));
		assert_int_equal(answer(sp, &ok), i);
		assert_int_equal(ok, i <= 10);
	}
	assert_int_equal(lines.n, 1);
	assert_non_null(strstr(lines.last, "configured size is reached"));
	spool_forget(sp, 1);
	for (int i = 0; i < 10000 && s.forgotten == 0; i++) {
		struct pollfd p = { .fd = spool_fd(sp), .events = POLLIN };

		assert_int_equal(poll(&p, 1, 20000), 1);
		assert_false(spool_answer(sp, &number, &ok));
		spool_state(sp, &s);
	}
	assert_int_equal(s.forgotten, 1);
	assert_false(spool_answer(sp, &number, &ok));
	assert_false(s.ok);
	assert_int_equal(lines.n, 1);
	assert_true(spool_store(sp, 12, block_of(12, b)));
	assert_int_equal(answer(sp, &ok), 12);
	assert_true(ok);
	assert_int_equal(lines.n, 2);
	spool_stop(sp);
	log_sink_set(NULL, NULL, LOG_INFO_);
	room_drop(&r);
}

static void
test_damage_is_logged(void **state)
{
	struct lines lines = { .n = 0 };
	static uint8_t file[4096];
	struct room r;
	struct spool *sp;
	uint8_t b[300];
	char path[400];
	size_t n;
	bool ok;

	(void)state;
	room_make(&r);
	sp = spool_at(&r);
	assert_true(spool_start(sp));
	for (uint64_t i = 1; i <= 3; i++) {
		assert_true(spool_store(sp, i, block_of(i, b)));
		(void)answer(sp, &ok);
	}
	spool_stop(sp);
	(void)room_files(&r, 0, path);
	n = room_read(path, file, sizeof(file));
	file[60] ^= 1;
	room_write(path, file, n - 1);
	log_sink_set(line_take, &lines, LOG_INFO_);
	sp = spool_at(&r);
	assert_int_equal(lines.n, 1);
	assert_string_equal(lines.last, "spool records=1 damaged=1 torn=1");
	spool_stop(sp);
	log_sink_set(NULL, NULL, LOG_INFO_);
	room_drop(&r);
}

static void
test_in_use(void **state)
{
	struct room r;
	struct spool *sp;
	struct spool_params p = { .size = 8 << 20, .entries = 10 };
	char err[SPOOL_TEXT] = "";

	(void)state;
	room_make(&r);
	sp = spool_at(&r);
	p.dir = room_fd(&r);
	assert_null(spool_open(&p, err));
	assert_string_equal(err, "another l2tpd uses it");
	spool_stop(sp);
	room_drop(&r);
}

/* ---- the directory ---- */

static void
test_directory_is_made(void **state)
{
	struct room r;
	char path[100], err[160] = "";
	struct stat st;
	mode_t old;
	int fd;

	(void)state;
	room_make(&r);
	(void)snprintf(path, sizeof(path), "%s/spool", r.path);
	old = umask(0);
	for (int i = 0; i < 2; i++) {		/* made, then found */
		fd = spool_dir_open(path, getuid(), getgid(), err,
		    sizeof(err));
		assert_true(fd >= 0);
		close(fd);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0700);
		assert_int_equal(chmod(path, 0777), 0);
	}
	(void)umask(old);
	assert_int_equal(rmdir(path), 0);
	/* Not a directory, no parent, a link. */
	room_write(path, (const uint8_t *)"", 0);
	assert_int_equal(spool_dir_open(path, getuid(), getgid(), err,
	    sizeof(err)), -1);
	assert_non_null(strstr(err, "Not a directory"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/tmp", path), 0);
	assert_int_equal(spool_dir_open(path, getuid(), getgid(), err,
	    sizeof(err)), -1);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/no/spool", r.path);
	assert_int_equal(spool_dir_open(path, getuid(), getgid(), err,
	    sizeof(err)), -1);
	assert_non_null(strstr(err, "No such file or directory"));
	room_drop(&r);
}

/* Only root can show whose directories are taken, and whose not. */
static void
test_directory_of_others(void **state)
{
	struct room r;
	char path[100], file[120], err[160] = "";
	struct stat st;
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	room_make(&r);
	(void)snprintf(path, sizeof(path), "%s/spool", r.path);
	(void)snprintf(file, sizeof(file), "%s/spool/file", r.path);
	/* Made by root, empty: given away. */
	assert_int_equal(mkdir(path, 0755), 0);
	fd = spool_dir_open(path, 4711, 4712, err, sizeof(err));
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 4711);
	assert_int_equal(st.st_gid, 4712);
	/* The daemon's: kept, full or not. */
	room_write(file, (const uint8_t *)"", 0);
	fd = spool_dir_open(path, 4711, 4712, err, sizeof(err));
	assert_true(fd >= 0);
	close(fd);
	/* Another user's; and root's with something in it. */
	for (uid_t owner = 0; owner < 4712; owner += 4000) {
		assert_int_equal(chown(path, owner, owner), 0);
		assert_int_equal(chmod(path, 0755), 0);
		assert_int_equal(spool_dir_open(path, 4711, 4712, err,
		    sizeof(err)), -1);
		assert_non_null(strstr(err, "belongs to another user"));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, owner);
		assert_int_equal(st.st_mode & 0777, 0755);
	}
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(path), 0);
	room_drop(&r);
}

/* As the daemon has it: made by root, used without any privilege. */
static void
unprivileged(int dir, const struct room *r)
{
	struct spool_params p = { .dir = dir, .size = 8 << 20,
		.entries = 100 };
	char err[SPOOL_TEXT], path[400];
	uint8_t b[300];
	struct spool *sp;
	struct stat st;
	bool ok = false, good;

	good = setresgid(4712, 4712, 4712) == 0 &&
	    setresuid(4711, 4711, 4711) == 0 &&
	    (sp = spool_open(&p, err)) != NULL && spool_start(sp) &&
	    spool_store(sp, 1, block_of(1, b)) && answer(sp, &ok) == 1 && ok;
	if (good)
		spool_stop(sp);
	(void)snprintf(path, sizeof(path), "%s/spool/%s", r->path,
	    "records-0000000000000001");
	good = good && stat(path, &st) == 0 && st.st_uid == 4711 &&
	    st.st_gid == 4712 && (st.st_mode & 07777) == 0600;
	_exit(good ? 0 : 1);
}

static void
test_without_privileges(void **state)
{
	struct room r;
	char path[100], file[140], err[160] = "";
	int dir, status = -1;
	pid_t child;

	(void)state;
	if (geteuid() != 0)
		skip();
	room_make(&r);
	assert_int_equal(chmod(r.path, 0711), 0);
	(void)snprintf(path, sizeof(path), "%s/spool", r.path);
	dir = spool_dir_open(path, 4711, 4712, err, sizeof(err));
	assert_true(dir >= 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		unprivileged(dir, &r);
	close(dir);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)snprintf(file, sizeof(file), "%s/records-0000000000000001",
	    path);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(path), 0);
	room_drop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stored_and_there_again),
		cmocka_unit_test(test_haste),
		cmocka_unit_test(test_queue_is_bounded),
		cmocka_unit_test(test_full_disk_is_an_answer_and_a_line),
		cmocka_unit_test(test_full_until_a_record_is_stored),
		cmocka_unit_test(test_damage_is_logged),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_directory_is_made),
		cmocka_unit_test(test_directory_of_others),
		cmocka_unit_test(test_without_privileges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
