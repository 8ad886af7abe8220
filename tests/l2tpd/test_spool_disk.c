/* SPDX-License-Identifier: BSD-2-Clause */
/* Segment files: whole, torn at every byte, damaged, full, taken away. */

#include <errno.h>
#include <sys/resource.h>
#include <signal.h>

#include "l2tpd/spool_disk.h"
#include "tests/l2tpd/spool_room.h"

#define SIZE	(1u << 20)

static struct spool_disk *
disk_at(const struct room *r, uint64_t size)
{
	struct spool_disk *d = calloc(1, sizeof(*d));
	struct spool_params p = { .dir = room_fd(r), .size = size,
		.entries = 5000 };
	char err[160] = "";

	if (!spool_disk_open(d, &p, err, sizeof(err)))
		fail_msg("%s", err);
	return d;
}

static void
disk_drop(struct spool_disk *d)
{
	spool_disk_close(d);
	free(d);
}

/* The block of a record says its number, over and over. */
static struct rd
block_of(uint64_t number, size_t n, uint8_t b[SPOOL_BLOCK_MAX])
{
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(number >> 8 * (i % 8)) ^ (uint8_t)(i / 8);
	return rd_make(b, n);
}

static bool
store(struct spool_disk *d, uint64_t number, size_t n)
{
	uint8_t b[SPOOL_BLOCK_MAX];

	return spool_disk_store(d, number, block_of(number, n, b));
}

static void
store_now(struct spool_disk *d, uint64_t number, size_t n)
{
	assert_true(store(d, number, n));
	assert_true(spool_disk_commit(d));
}

/* Is the record there, whole? */
static bool
has(struct spool_disk *d, uint64_t number, size_t n)
{
	uint8_t b[SPOOL_BLOCK_MAX], want[SPOOL_BLOCK_MAX];
	size_t got = spool_disk_read(d, number, b);

	if (got == 0)
		return false;
	(void)block_of(number, n, want);
	assert_int_equal(got, n);
	assert_memory_equal(b, want, n);
	return true;
}

static void
test_store_forget_read_again(void **state)
{
	struct room r;
	struct spool_disk *d;
	uint64_t *all;
	uint32_t n;
	struct stat st;
	char path[400];

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	assert_null(spool_disk_numbers(d, &n));
	assert_int_equal(n, 0);
	assert_true(spool_disk_commit(d));
	assert_int_equal(room_files(&r, 0, NULL), 0);	/* nothing to say */
	store_now(d, 5, 100);
	store_now(d, 3, 1);
	store_now(d, 9, SPOOL_BLOCK_MAX);
	spool_disk_forget(d, 5);
	spool_disk_forget(d, 77);
	assert_true(spool_disk_commit(d));
	assert_false(has(d, 5, 100));
	disk_drop(d);
	assert_int_equal(room_files(&r, 0, path), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	d = disk_at(&r, SIZE);
	all = spool_disk_numbers(d, &n);
	assert_int_equal(n, 2);
	assert_int_equal(all[0], 3);
	assert_int_equal(all[1], 9);
	free(all);
	assert_true(has(d, 3, 1));
	assert_true(has(d, 9, SPOOL_BLOCK_MAX));
	assert_int_equal(d->damaged + d->torn, 0);
	/* A number that is used again is the newer record. */
	store_now(d, 3, 50);
	assert_true(has(d, 3, 50));
	assert_int_equal(d->live, 2);
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_true(has(d, 3, 50));
	/* Stored and forgotten in one batch. */
	assert_true(store(d, 20, 10));
	spool_disk_forget(d, 20);
	assert_true(spool_disk_commit(d));
	assert_int_equal(d->live, 2);
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_int_equal(d->live, 2);
	assert_false(has(d, 20, 10));
	disk_drop(d);
	room_drop(&r);
}

static void
test_one_at_a_time(void **state)
{
	struct room r;
	struct spool_disk *d, *other = calloc(1, sizeof(*other));
	struct spool_params p = { .size = SIZE, .entries = 10 };
	char err[160] = "";

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	p.dir = room_fd(&r);
	assert_false(spool_disk_open(other, &p, err, sizeof(err)));
	assert_string_equal(err, "another l2tpd uses it");
	disk_drop(d);
	p.dir = room_fd(&r);
	assert_true(spool_disk_open(other, &p, err, sizeof(err)));
	disk_drop(other);
	room_drop(&r);
}

/*
 * The write that a crash cut short at every byte: what was whole before is
 * there, what was not is not, and what is written next is not hurt.
 */
static void
test_torn_at_every_byte(void **state)
{
	static uint8_t file[4096];
	size_t n, ends[5];
	struct room r;
	struct spool_disk *d;
	char path[400];

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	for (uint64_t i = 0; i < 4; i++) {
		store_now(d, i + 1, 30 + i);
		ends[i] = (size_t)d->seg[0].bytes;
	}
	spool_disk_forget(d, 2);
	assert_true(spool_disk_commit(d));
	ends[4] = (size_t)d->seg[0].bytes;
	disk_drop(d);
	assert_int_equal(room_files(&r, 0, path), 1);
	n = room_read(path, file, sizeof(file));
	assert_int_equal(n, ends[4]);
	for (size_t cut = 0; cut <= n; cut++) {
		bool whole = cut == SPOOL_SEG_HEAD || cut == 0;

		room_clear(&r);
		room_write(path, file, cut);
		d = disk_at(&r, SIZE);
		for (uint64_t i = 0; i < 4; i++) {
			whole = whole || cut == ends[i];
			if (i == 1 && cut == n)
				assert_false(has(d, 2, 31));
			else
				assert_int_equal(has(d, i + 1, 30 + i),
				    cut >= ends[i]);
		}
		whole = whole || cut == n;
		assert_int_equal(d->torn, !whole);
		assert_int_equal(d->damaged, 0);
		store_now(d, 50, 60);
		disk_drop(d);
		/* The torn end was cut off: nothing to complain about now. */
		d = disk_at(&r, SIZE);
		assert_int_equal(d->torn + d->damaged, 0);
		assert_true(has(d, 50, 60));
		assert_int_equal(has(d, 1, 30), cut >= ends[0]);
		disk_drop(d);
	}
	room_drop(&r);
}

/* One byte turned, anywhere: one record is lost at most, and counted. */
static void
test_damage_anywhere(void **state)
{
	static uint8_t file[4096], b[4096];
	struct room r;
	struct spool_disk *d;
	char path[400];
	size_t n;

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	for (uint64_t i = 1; i <= 5; i++)
		store_now(d, i, 20);
	disk_drop(d);
	assert_int_equal(room_files(&r, 0, path), 1);
	n = room_read(path, file, sizeof(file));
	for (size_t at = 0; at < n; at++) {
		unsigned there = 0;

		memcpy(b, file, n);
		b[at] ^= (uint8_t)(1u << at % 8);
		room_clear(&r);
		room_write(path, b, n);
		d = disk_at(&r, SIZE);
		for (uint64_t i = 1; i <= 5; i++)
			there += has(d, i, 20);
		assert_int_equal(there, at < SPOOL_SEG_HEAD ? 5 : 4);
		assert_int_equal(d->damaged + d->torn, 1);
		disk_drop(d);
	}
	room_drop(&r);
}

static void
test_strange_files_are_left_alone(void **state)
{
	struct room r;
	struct spool_disk *d;
	char path[400];

	(void)state;
	room_make(&r);
	for (int i = 0; i < 4; i++) {
		static const char *const name[] = { "note",
			"records-00000000000000AB", "records-00000000000000",
			"records-0000000000000000" };

		(void)snprintf(path, sizeof(path), "%s/%s", r.path, name[i]);
		room_write(path, (const uint8_t *)"x", 1);
	}
	d = disk_at(&r, SIZE);
	assert_int_equal(d->segs, 0);
	store_now(d, 1, 10);
	spool_disk_forget(d, 1);
	assert_true(spool_disk_commit(d));
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_true(spool_disk_commit(d));
	assert_int_equal(room_files(&r, 0, NULL), 4);
	disk_drop(d);
	room_drop(&r);
}

/* Much goes through; what is forgotten makes room, files stay bounded. */
static void
test_segments_go(void **state)
{
	struct room r;
	struct spool_disk *d;
	unsigned most = 0;

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	for (uint64_t i = 1; i <= 20000; i++) {
		assert_true(store(d, i, 500));
		if (i > 100)
			spool_disk_forget(d, i - 100);
		if (i % 50 == 0) {
			assert_true(spool_disk_commit(d));
			assert_true(d->bytes <= SIZE);
			most = room_files(&r, 0, NULL) > most ?
			    room_files(&r, 0, NULL) : most;
		}
	}
	assert_true(most <= 17);
	assert_int_equal(d->live, 100);
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_int_equal(d->live, 100);
	for (uint64_t i = 19901; i <= 20000; i++)
		assert_true(has(d, i, 500));
	disk_drop(d);
	room_drop(&r);
}

/* One old record does not keep all files that came after it. */
static void
test_compaction(void **state)
{
	struct room r;
	struct spool_disk *d;

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	store_now(d, 1, 333);
	for (uint64_t i = 2; i <= 20000; i++) {
		assert_true(store(d, i, 500));
		if (i % 1000 != 0)
			spool_disk_forget(d, i);
		if (i % 50 == 0)
			assert_true(spool_disk_commit(d));
	}
	assert_int_equal(d->live, 21);
	assert_true(d->bytes < SIZE);
	assert_in_range(d->copied, 1, 2000);
	assert_true(has(d, 1, 333));
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_int_equal(d->live, 21);
	assert_true(has(d, 1, 333));
	assert_true(has(d, 20000, 500));
	assert_int_equal(d->damaged + d->torn, 0);
	/* A crash between the copy and the end of the original: one record. */
	store_now(d, 1, 333);
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_int_equal(d->live, 21);
	disk_drop(d);
	room_drop(&r);
}

static void
test_its_size_is_kept(void **state)
{
	struct room r;
	struct spool_disk *d;
	uint64_t i;

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	for (i = 1; store(d, i, 1000); i++)
		assert_true(spool_disk_commit(d));
	assert_int_equal(d->error, EFBIG);
	assert_in_range(i, 850, SIZE / 1000);
	assert_true(d->bytes <= SIZE);
	/* FORGETs go on, and make room. */
	for (uint64_t k = 1; k < i / 2; k++)
		spool_disk_forget(d, k);
	assert_true(spool_disk_commit(d));
	store_now(d, i, 1000);
	for (uint64_t k = i / 2; k <= i; k++)
		assert_true(has(d, k, 1000));
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_int_equal(d->live, i - i / 2 + 1);
	/* So many records, whatever their size. */
	d->params.entries = d->live;
	assert_false(store(d, 99999, 1));
	assert_int_equal(d->error, EFBIG);
	disk_drop(d);
	room_drop(&r);
}

/* A file system that is full: nothing is lost, and it goes on afterwards. */
static void
full_then_room(struct spool_disk *d, uint64_t *next)
{
	uint64_t i = *next, kept;

	for (;; i++) {
		assert_true(store(d, i, 700));
		if (!spool_disk_commit(d))
			break;
		assert_true(i < 10000);
	}
	assert_true(d->error == ENOSPC || d->error == EFBIG);
	kept = i - 1;
	assert_true(kept > *next + 20);
	assert_false(has(d, i, 700));
	assert_int_equal(d->live, kept - *next + 1);
	/* Again, and still not. */
	assert_true(store(d, i, 700));
	assert_false(spool_disk_commit(d));
	/* All acknowledged: their FORGETs cannot be written, files go. */
	for (uint64_t k = *next; k <= kept; k++)
		spool_disk_forget(d, k);
	for (int n = 0; n < 3; n++)
		(void)spool_disk_commit(d);
	assert_int_equal(d->live, 0);
	assert_true(store(d, i, 700));
	assert_true(spool_disk_commit(d));
	assert_true(has(d, i, 700));
	*next = i;
}

static void
test_full_file_system(void **state)
{
	struct room r;
	struct spool_disk *d;
	uint64_t next = 1;

	(void)state;
	room_make(&r);
	if (!room_tiny(&r, 256 << 10)) {
		room_drop(&r);
		skip();
	}
	d = disk_at(&r, 64 * (uint64_t)SIZE);
	d->segment = 64 << 10;
	for (int round = 0; round < 5; round++) {
		full_then_room(d, &next);
		disk_drop(d);
		d = disk_at(&r, 64 * (uint64_t)SIZE);
		d->segment = 64 << 10;
		assert_int_equal(d->live, 1);
		assert_int_equal(d->damaged + d->torn, 0);
		assert_true(has(d, next, 700));
		spool_disk_forget(d, next);
		assert_true(spool_disk_commit(d));
		next++;
	}
	disk_drop(d);
	room_drop(&r);
}

/* The same without root: a file may not grow beyond a limit. */
static void
test_write_refused(void **state)
{
	struct rlimit was, now;
	struct room r;
	struct spool_disk *d;

	(void)state;
	room_make(&r);
	(void)signal(SIGXFSZ, SIG_IGN);
	d = disk_at(&r, SIZE);
	store_now(d, 1, 1000);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	now = was;
	now.rlim_cur = (rlim_t)d->seg[0].bytes + 500;	/* in mid-entry */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	assert_true(store(d, 2, 1000));
	assert_false(spool_disk_commit(d));
	assert_int_equal(d->error, EFBIG);
	assert_int_equal(d->live, 1);
	spool_disk_forget(d, 1);		/* this one finds room */
	assert_true(spool_disk_commit(d));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	store_now(d, 2, 1000);
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_int_equal(d->live, 1);
	assert_true(has(d, 2, 1000));
	assert_int_equal(d->damaged + d->torn, 0);
	disk_drop(d);
	room_drop(&r);
}

/* No new file can be made: the directory is gone. */
static void
test_directory_gone(void **state)
{
	struct room r;
	struct spool_disk *d;

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	assert_int_equal(rmdir(r.path), 0);
	assert_true(store(d, 1, 10));
	assert_false(spool_disk_commit(d));
	assert_int_equal(d->error, ENOENT);
	assert_int_equal(d->live, 0);
	assert_int_equal(d->segs, 0);
	disk_drop(d);
}

/* Marks that could not be written are written later. */
static void
test_forgets_wait_for_the_disk(void **state)
{
	struct rlimit was, now;
	struct room r;
	struct spool_disk *d;

	(void)state;
	room_make(&r);
	(void)signal(SIGXFSZ, SIG_IGN);
	d = disk_at(&r, SIZE);
	store_now(d, 1, 1000);
	store_now(d, 2, 1000);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	now = was;
	now.rlim_cur = (rlim_t)d->seg[0].bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	spool_disk_forget(d, 1);
	assert_false(spool_disk_commit(d));
	assert_int_equal(d->marks, 1);
	assert_int_equal(d->live, 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(spool_disk_commit(d));
	assert_int_equal(d->marks, 0);
	disk_drop(d);
	d = disk_at(&r, SIZE);
	assert_false(has(d, 1, 1000));
	assert_true(has(d, 2, 1000));
	disk_drop(d);
	room_drop(&r);
}

/* A record that the disk lost after it was indexed pins no file for ever. */
static void
test_damage_found_by_compaction(void **state)
{
	static uint8_t file[200000];
	struct room r;
	struct spool_disk *d;
	char path[400];
	size_t n;

	(void)state;
	room_make(&r);
	d = disk_at(&r, SIZE);
	store_now(d, 1, 1000);
	store_now(d, 2, 1000);
	assert_int_equal(room_files(&r, 0, path), 1);
	n = room_read(path, file, sizeof(file));
	file[SPOOL_SEG_HEAD + 100] ^= 1;
	room_write(path, file, n);
	assert_int_equal(spool_disk_read(d, 1, file), 0);
	for (uint64_t i = 3; i <= 2000; i++) {
		assert_true(store(d, i, 500));
		spool_disk_forget(d, i);
		if (i % 50 == 0)
			assert_true(spool_disk_commit(d));
	}
	assert_int_equal(d->live, 1);
	assert_int_equal(d->damaged, 1);
	assert_true(has(d, 2, 1000));
	disk_drop(d);
	room_drop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store_forget_read_again),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_torn_at_every_byte),
		cmocka_unit_test(test_damage_anywhere),
		cmocka_unit_test(test_strange_files_are_left_alone),
		cmocka_unit_test(test_segments_go),
		cmocka_unit_test(test_compaction),
		cmocka_unit_test(test_its_size_is_kept),
		cmocka_unit_test(test_full_file_system),
		cmocka_unit_test(test_write_refused),
		cmocka_unit_test(test_directory_gone),
		cmocka_unit_test(test_forgets_wait_for_the_disk),
		cmocka_unit_test(test_damage_found_by_compaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
