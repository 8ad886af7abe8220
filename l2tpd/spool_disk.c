/* SPDX-License-Identifier: BSD-2-Clause */
/* The spool's directory: see spool_disk.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "l2tpd/spool_disk.h"

#define NAME_FORM	"records-%016" PRIx64
#define NAME_LEN	24
#define BATCH_BYTES	(1u << 20)
#define BATCH_STORES	8192
#define SEGMENT_MIN	(64u << 10)
#define SEGMENT_MAX	(4u << 20)
#define FILE_MAX	(64u << 20)	/* more is not looked at */
#define SPARE		4096	/* of the index, for what is written twice */

struct name {
	char s[NAME_LEN + 1];
};

static struct name
name_of(uint64_t id)
{
	struct name n;

	(void)snprintf(n.s, sizeof(n.s), NAME_FORM, id);
	return n;
}

/* 0: not a name of ours. */
static uint64_t
id_of(const char *s)
{
	struct name again;
	uint64_t id;
	char *end;

	if (strlen(s) != NAME_LEN || strncmp(s, "records-", 8) != 0)
		return 0;
	id = strtoull(s + 8, &end, 16);
	again = name_of(id);
	return *end == '\0' && strcmp(again.s, s) == 0 ? id : 0;
}

/* ---- the index ---- */

static uint64_t
number_hash(const struct spool_disk *d, uint64_t number)
{
	return hash_bytes(&d->key, &number, sizeof(number));
}

/* On disk, or in the batch; its handle or 0. */
static uint32_t
index_find(const struct spool_disk *d, uint64_t number, bool in_batch)
{
	uint32_t at = htab_find(&d->by_number, number_hash(d, number)), h;

	for (; at != HTAB_NONE; at = htab_next(&d->by_number, at)) {
		const struct spool_entry *e = pool_at(&d->index, at, &h);

		if (e != NULL && e->number == number && !e->dead &&
		    (e->seg == 0) == in_batch)
			return h;
	}
	return 0;
}

static uint32_t
index_add(struct spool_disk *d, const struct spool_entry *e)
{
	uint32_t h;
	struct spool_entry *mine = pool_take(&d->index, &h);

	if (mine == NULL)
		return 0;
	*mine = *e;
	htab_add(&d->by_number, pool_slot(h), number_hash(d, e->number));
	return h;
}

static void
index_del(struct spool_disk *d, uint32_t handle)
{
	htab_del(&d->by_number, pool_slot(handle));
	pool_give(&d->index, handle);
}

static struct spool_seg *
seg_of(struct spool_disk *d, uint64_t id)
{
	for (uint32_t i = d->segs; i > 0; i--)
		if (d->seg[i - 1].id == id)
			return &d->seg[i - 1];
	return NULL;
}

static void
entry_lives(struct spool_disk *d, const struct spool_entry *e)
{
	seg_of(d, e->seg)->live += e->size;
	d->live_bytes += e->size;
	d->live++;
}

static void
entry_dies(struct spool_disk *d, uint32_t handle)
{
	const struct spool_entry *e = pool_get(&d->index, handle);

	seg_of(d, e->seg)->live -= e->size;
	d->live_bytes -= e->size;
	d->live--;
	index_del(d, handle);
}

/* ---- reading ---- */

/* A whole file in memory that the caller frees; NULL with errno. */
static uint8_t *
file_read(int dir, uint64_t id, size_t *n)
{
	int fd = openat(dir, name_of(id).s,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t *b = NULL;
	struct stat st;
	ssize_t got = 0;

	*n = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		b = malloc(st.st_size < FILE_MAX ? (size_t)st.st_size + 1 :
		    FILE_MAX);
	while (b != NULL && *n < (size_t)st.st_size && *n < FILE_MAX &&
	    (got = pread(fd, b + *n, (st.st_size < FILE_MAX ?
	    (size_t)st.st_size : FILE_MAX) - *n, (off_t)*n)) > 0)
		*n += (size_t)got;
	if (got < 0) {
		free(b);
		b = NULL;
	}
	close(fd);
	return b;
}

static bool
entry_take(struct spool_disk *d, const struct spool_seg *s,
    const struct spool_seg_entry *e)
{
	struct spool_entry mine = { .number = e->number, .seg = s->id,
		.at = e->at, .size = (uint32_t)e->size };
	uint32_t old = index_find(d, e->number, false);

	if (old != 0)
		entry_dies(d, old);	/* forgotten, or written again here */
	if (e->type == SPOOL_SEG_FORGET)
		return true;
	if (index_add(d, &mine) == 0)
		return false;
	entry_lives(d, &mine);
	return true;
}

static void
tail_cut(struct spool_disk *d, struct spool_seg *s, size_t good)
{
	int fd = openat(d->params.dir, name_of(s->id).s,
	    O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && ftruncate(fd, (off_t)good) == 0 && fsync(fd) == 0)
		s->bytes = good;
	if (fd >= 0)
		close(fd);
}

/* False: the index is full, or the file cannot be read. */
static bool
seg_load(struct spool_disk *d, struct spool_seg *s, bool last)
{
	struct spool_seg_entry e;
	struct spool_seg_walk w;
	bool ok = true;
	size_t n;
	uint8_t *b = file_read(d->params.dir, s->id, &n);

	if (b == NULL)
		return false;
	s->bytes = n;
	w = spool_seg_walk(rd_make(b, n));
	while (ok && spool_seg_next(&w, &e))
		ok = entry_take(d, s, &e);
	d->damaged += w.damaged;
	if (ok && w.good < n) {
		d->torn += last;
		d->damaged += !last;
		if (last)
			tail_cut(d, s, w.good);
	}
	d->bytes += s->bytes;
	free(b);
	return ok;
}

static uint32_t
seg_count(const struct spool_disk *d, const struct spool_seg *s)
{
	struct spool_seg_entry e;
	struct spool_seg_walk w;
	uint32_t stores = 0;
	size_t n;
	uint8_t *b = file_read(d->params.dir, s->id, &n);

	w = spool_seg_walk(rd_make(b, n));
	while (b != NULL && spool_seg_next(&w, &e))
		stores += e.type == SPOOL_SEG_STORE;
	free(b);
	return stores;
}

static int
by_id(const void *a, const void *b)
{
	const struct spool_seg *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* The files, oldest first.  False with errno. */
static bool
dir_list(struct spool_disk *d)
{
	int fd = openat(d->params.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *at;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((at = readdir(dir)) != NULL) {
		uint64_t id = id_of(at->d_name);

		if (id == 0)
			continue;
		if (d->segs == SPOOL_SEGMENTS_MAX) {
			closedir(dir);
			errno = EMFILE;
			return false;
		}
		d->seg[d->segs++] = (struct spool_seg){ .id = id };
	}
	closedir(dir);
	qsort(d->seg, d->segs, sizeof(d->seg[0]), by_id);
	d->last_id = d->segs > 0 ? d->seg[d->segs - 1].id : 0;
	return true;
}

/* ---- make and end ---- */

size_t
spool_disk_bytes(uint32_t entries)
{
	uint32_t n = entries + SPARE;

	return BATCH_BYTES + BATCH_STORES * sizeof(uint32_t) +
	    n * sizeof(struct spool_mark) +
	    pool_bytes(sizeof(struct spool_entry), n) + htab_bytes(n);
}

static bool
disk_memory(struct spool_disk *d, uint32_t entries)
{
	struct rng rng;

	rng_system(&rng);
	d->marks_max = entries + SPARE;
	d->buf = malloc(BATCH_BYTES);
	d->add = calloc(BATCH_STORES, sizeof(*d->add));
	d->mark = calloc(d->marks_max, sizeof(*d->mark));
	d->w = wr_make(d->buf, BATCH_BYTES);
	return d->buf != NULL && d->add != NULL && d->mark != NULL &&
	    pool_init(&d->index, sizeof(struct spool_entry),
	    entries + SPARE) == 0 &&
	    htab_init(&d->by_number, entries + SPARE) == 0 &&
	    rng_fill(&rng, &d->key, sizeof(d->key));
}

static bool
disk_load(struct spool_disk *d)
{
	uint32_t found = 0, entries = d->params.entries;

	if (!dir_list(d))
		return false;
	for (uint32_t i = 0; i < d->segs; i++)
		found += seg_count(d, &d->seg[i]);
	entries = found > entries ? found : entries;
	errno = ENOMEM;
	if (entries > POOL_SLOTS_MAX - SPARE || !disk_memory(d, entries))
		return false;
	for (uint32_t i = 0; i < d->segs; i++)
		if (!seg_load(d, &d->seg[i], i + 1 == d->segs))
			return false;
	return true;
}

bool
spool_disk_open(struct spool_disk *d, const struct spool_params *p, char *err,
    size_t err_size)
{
	*d = (struct spool_disk){ .params = *p, .fd = -1 };
	d->segment = p->size / 16;
	if (d->segment < SEGMENT_MIN)
		d->segment = SEGMENT_MIN;
	if (d->segment > SEGMENT_MAX)
		d->segment = SEGMENT_MAX;
	if (flock(p->dir, LOCK_EX | LOCK_NB) == 0 && disk_load(d))
		return true;
	(void)snprintf(err, err_size, "%s", errno == EWOULDBLOCK ?
	    "another l2tpd uses it" : strerror(errno));
	spool_disk_close(d);
	return false;
}

void
spool_disk_close(struct spool_disk *d)
{
	if (d->fd >= 0)
		close(d->fd);
	if (d->params.dir >= 0)
		close(d->params.dir);
	d->fd = d->params.dir = -1;
	pool_wipe(&d->index);
	htab_wipe(&d->by_number);
	free(d->buf);
	free(d->add);
	free(d->mark);
	d->buf = NULL;
	d->add = NULL;
	d->mark = NULL;
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

uint64_t *
spool_disk_numbers(const struct spool_disk *d, uint32_t *n)
{
	uint64_t *all = d->live > 0 ? calloc(d->live, sizeof(*all)) : NULL;

	*n = 0;
	for (uint32_t i = 0; all != NULL && i < d->index.high; i++) {
		const struct spool_entry *e = pool_at(&d->index, i, NULL);

		if (e != NULL)
			all[(*n)++] = e->number;
	}
	if (all != NULL)
		qsort(all, *n, sizeof(*all), by_number);
	return all;
}

size_t
spool_disk_read(struct spool_disk *d, uint64_t number,
    uint8_t block[SPOOL_BLOCK_MAX])
{
	const struct spool_entry *e = pool_get(&d->index,
	    index_find(d, number, false));
	uint8_t b[SPOOL_SEG_ENTRY + SPOOL_BLOCK_MAX];
	struct spool_seg_entry found;
	struct spool_seg_walk w;
	ssize_t n;
	size_t len;
	int fd;

	if (e == NULL)
		return 0;
	fd = openat(d->params.dir, name_of(e->seg).s,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	n = fd >= 0 ? pread(fd, b, e->size, (off_t)e->at) : -1;
	if (fd >= 0)
		close(fd);
	w = (struct spool_seg_walk){ .all = rd_make(b, n > 0 ? (size_t)n : 0) };
	if (!spool_seg_next(&w, &found) || found.number != number)
		return 0;
	len = rd_left(&found.block);
	rd_copy(&found.block, block, len);
	return len;
}

/* ---- a batch ---- */

static bool
batch_put(struct spool_disk *d, uint64_t number, struct rd block)
{
	struct spool_entry e = { .number = number, .at = wr_used(&d->w),
		.size = (uint32_t)(SPOOL_SEG_ENTRY + rd_left(&block)) };
	uint32_t handle;

	errno = ENOBUFS;
	if (d->adds == BATCH_STORES || wr_left(&d->w) < e.size ||
	    rd_left(&block) > SPOOL_BLOCK_MAX ||
	    (handle = index_add(d, &e)) == 0)
		return false;
	d->add[d->adds++] = handle;
	spool_seg_put_store(&d->w, number, block);
	return true;
}

/* An eighth is kept for FORGETs and for writing again. */
bool
spool_disk_store(struct spool_disk *d, uint64_t number, struct rd block)
{
	uint64_t limit = d->params.size - d->params.size / 8;

	if (d->live + d->adds >= d->params.entries || d->bytes +
	    wr_used(&d->w) + SPOOL_SEG_ENTRY + rd_left(&block) > limit) {
		d->error = EFBIG;
		return false;
	}
	if (batch_put(d, number, block))
		return true;
	d->error = errno;
	return false;
}

void
spool_disk_forget(struct spool_disk *d, uint64_t number)
{
	uint32_t handle = index_find(d, number, true);
	struct spool_mark mark = { .number = number, .seg = UINT64_MAX };
	bool known = handle != 0;

	if (handle != 0) {
		struct spool_entry *e = pool_get(&d->index, handle);

		e->dead = true;
	}
	handle = index_find(d, number, false);
	if (handle != 0) {
		const struct spool_entry *e = pool_get(&d->index, handle);

		if (!known)
			mark.seg = e->seg;
		known = true;
		entry_dies(d, handle);
	}
	if (!known)
		return;
	d->forgotten++;
	if (d->marks == d->marks_max)
		d->lost_marks++;
	else
		d->mark[d->marks++] = mark;
}

static void
batch_clear(struct spool_disk *d)
{
	d->adds = 0;
	d->w = wr_make(d->buf, BATCH_BYTES);
}

static void
batch_drop(struct spool_disk *d)
{
	for (uint32_t i = 0; i < d->adds; i++)
		index_del(d, d->add[i]);
	batch_clear(d);
}

/* It is on disk, `from` being where the batch began in its segment. */
static void
batch_keep(struct spool_disk *d, struct spool_seg *s, uint64_t from)
{
	for (uint32_t i = 0; i < d->adds; i++) {
		struct spool_entry *e = pool_get(&d->index, d->add[i]);
		uint32_t old = index_find(d, e->number, false);

		if (old != 0)
			entry_dies(d, old);
		if (e->dead) {
			index_del(d, d->add[i]);
			continue;
		}
		e->seg = s->id;
		e->at += from;
		entry_lives(d, e);
	}
	batch_clear(d);
}

/* FORGETs of entries whose segment is gone are needless. */
static uint32_t
marks_put(struct spool_disk *d)
{
	uint32_t n = 0;

	while (n < d->marks && wr_left(&d->w) >= SPOOL_SEG_ENTRY) {
		const struct spool_mark *m = &d->mark[n++];

		if (m->seg == UINT64_MAX || seg_of(d, m->seg) != NULL)
			spool_seg_put_forget(&d->w, m->number);
	}
	return n;
}

/* ---- writing ---- */

static bool
write_all(int fd, const uint8_t *p, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t did = pwrite(fd, p, n, (off_t)at);

		if (did < 0 && errno == EINTR)
			continue;
		if (did <= 0) {
			errno = did == 0 ? EIO : errno;
			return false;
		}
		p += did;
		n -= (size_t)did;
		at += (uint64_t)did;
	}
	return true;
}

/* No more is appended to the last segment. */
static void
seg_finish(struct spool_disk *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static bool
seg_begin(struct spool_disk *d)
{
	uint8_t head[SPOOL_SEG_HEAD];
	struct wr w = wr_make(head, sizeof(head));
	struct name name = name_of(d->last_id + 1);

	if (d->segs == SPOOL_SEGMENTS_MAX) {
		errno = EMFILE;
		return false;
	}
	d->fd = openat(d->params.dir, name.s, O_RDWR | O_CREAT | O_EXCL |
	    O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->fd < 0)
		return false;
	spool_seg_put_head(&w, ++d->last_id);
	if (!write_all(d->fd, head, sizeof(head), 0) ||
	    fsync(d->params.dir) < 0) {
		int keep = errno;

		seg_finish(d);
		(void)unlinkat(d->params.dir, name.s, 0);
		errno = keep;
		return false;
	}
	d->seg[d->segs++] = (struct spool_seg){ .id = d->last_id,
		.bytes = sizeof(head) };
	d->bytes += sizeof(head);
	return true;
}

/*
 * What was written in part is cut off.  After a sync that failed nobody knows
 * what is in the file: nothing more goes there.
 */
static void
batch_undo(struct spool_disk *d, bool wrote)
{
	struct spool_seg *s = &d->seg[d->segs - 1];

	if (ftruncate(d->fd, (off_t)s->bytes) == 0 && !wrote)
		return;
	seg_finish(d);
	if (s->bytes > SPOOL_SEG_HEAD)
		return;
	(void)unlinkat(d->params.dir, name_of(s->id).s, 0);
	d->bytes -= s->bytes;
	d->segs--;
}

static bool
batch_write(struct spool_disk *d)
{
	size_t n = wr_used(&d->w);
	struct spool_seg *s;
	uint64_t from;
	bool wrote;

	if (d->fd >= 0 && d->seg[d->segs - 1].bytes >= d->segment)
		seg_finish(d);
	if (d->fd < 0 && !seg_begin(d)) {
		d->error = errno;
		return false;
	}
	s = &d->seg[d->segs - 1];
	from = s->bytes;
	wrote = write_all(d->fd, d->buf, n, from);
	if (!wrote || fdatasync(d->fd) < 0) {
		d->error = errno;
		batch_undo(d, wrote);
		return false;
	}
	d->syncs++;
	s->bytes += n;
	d->bytes += n;
	batch_keep(d, s, from);
	return true;
}

static bool
batch_flush(struct spool_disk *d)
{
	bool once = wr_used(&d->w) > 0;

	while (once || d->marks > 0) {
		uint32_t did = marks_put(d), stores = d->adds;

		if (wr_used(&d->w) > 0 && !batch_write(d)) {
			batch_drop(d);
			return false;
		}
		d->stored += stores;
		d->marks -= did;
		memmove(d->mark, d->mark + did,
		    d->marks * sizeof(d->mark[0]));
		once = false;
	}
	return true;
}

/* ---- taking away ---- */

static bool
oldest_drop(struct spool_disk *d)
{
	if (unlinkat(d->params.dir, name_of(d->seg[0].id).s, 0) < 0 &&
	    errno != ENOENT) {
		d->error = errno;
		return false;
	}
	/* Gone for good before the next one goes: see the order above. */
	(void)fsync(d->params.dir);
	d->bytes -= d->seg[0].bytes;
	d->segs--;
	memmove(d->seg, d->seg + 1, d->segs * sizeof(d->seg[0]));
	return true;
}

/* The one that is appended to stays, unless room is `needed`. */
static void
oldest_drop_dead(struct spool_disk *d, bool needed)
{
	while (d->segs > 0 && d->seg[0].live == 0) {
		if (d->segs == 1 && d->fd >= 0) {
			if (!needed && d->seg[0].bytes < d->segment)
				return;
			seg_finish(d);
		}
		if (!oldest_drop(d))
			return;
	}
}

/* What should live in this segment, but was not found there any more. */
static void
oldest_bury(struct spool_disk *d, uint64_t id)
{
	uint32_t h;

	for (uint32_t i = 0; i < d->index.high; i++) {
		const struct spool_entry *e = pool_at(&d->index, i, &h);

		if (e == NULL || e->seg != id)
			continue;
		d->damaged++;
		entry_dies(d, h);
	}
}

/* What lives in the oldest segment is written again; false: it stays. */
static bool
oldest_copy(struct spool_disk *d)
{
	uint64_t id = d->seg[0].id;
	struct spool_seg_entry e;
	struct spool_seg_walk w;
	bool ok = true;
	size_t n;
	uint8_t *b = file_read(d->params.dir, id, &n);

	if (b == NULL)
		return false;
	w = spool_seg_walk(rd_make(b, n));
	while (ok && spool_seg_next(&w, &e)) {
		const struct spool_entry *mine = pool_get(&d->index,
		    index_find(d, e.number, false));

		if (mine == NULL || mine->seg != id || mine->at != e.at)
			continue;
		d->copied++;
		ok = batch_put(d, e.number, e.block) ||
		    (batch_flush(d) && batch_put(d, e.number, e.block));
	}
	free(b);
	if (!ok || !batch_flush(d))
		return false;
	oldest_bury(d, id);
	return true;
}

static void
reclaim(struct spool_disk *d)
{
	uint64_t stored = d->stored;
	bool rare = d->live_bytes < d->bytes / 2 && d->bytes > 2 * d->segment;

	oldest_drop_dead(d, false);
	if (d->segs > 1 && (rare || d->segs > SPOOL_SEGMENTS_MAX / 2) &&
	    oldest_copy(d))
		oldest_drop_dead(d, false);
	d->stored = stored;
}

bool
spool_disk_commit(struct spool_disk *d)
{
	if (!batch_flush(d)) {
		/* What is dead all the same may make room. */
		oldest_drop_dead(d, true);
		return false;
	}
	reclaim(d);
	return true;
}
