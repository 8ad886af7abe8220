/* SPDX-License-Identifier: BSD-2-Clause */
/* The spool's thread and its queue: see spool.h. */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "l2tpd/spool.h"

#define STORES_MAX	4096	/* without an answer */
#define QUEUE_BYTES	(768u << 10)	/* a batch of spool_disk holds more */
#define FORGET_SPARE	65536
#define JOB_HEAD	12	/* number and length of a queued block */

struct queue {			/* what came since the last batch */
	uint8_t *bytes;		/* owned: JOB_HEAD and block, each */
	struct wr w;		/* over bytes */
	uint64_t *forget;	/* owned */
	uint32_t forgets;
	uint32_t stores;
};

struct answer {
	uint64_t number;
	bool ok;
};

struct spool {
	struct spool_disk disk;	/* the thread's, once it runs */
	uint64_t *number;	/* owned: for spool_next() */
	uint32_t numbers, next;
	uint8_t block[SPOOL_BLOCK_MAX];

	pthread_mutex_t lock;	/* of all below */
	pthread_cond_t work;
	struct queue in, batch;	/* batch: the thread's */
	struct answer *answer;	/* owned; STORES_MAX, a ring */
	uint32_t answers, first;
	uint32_t open;		/* stores without an answer taken */
	uint32_t forgets_max;
	bool stop, running;
	int fd;
	int error;		/* of the last batch; 0: none */
	int logged;		/* the error that the log knows of */
	struct spool_state seen;	/* of the disk, after the last batch */
	uint64_t refused, failed;
	pthread_t thread;
};

/* ---- make ---- */

static bool
queue_make(struct queue *q, uint32_t forgets)
{
	q->bytes = malloc(QUEUE_BYTES);
	q->forget = calloc(forgets, sizeof(*q->forget));
	q->w = wr_make(q->bytes, QUEUE_BYTES);
	return q->bytes != NULL && q->forget != NULL;
}

static void
state_copy(struct spool *sp)
{
	const struct spool_disk *d = &sp->disk;

	sp->seen = (struct spool_state){ .bytes = d->bytes,
		.records = d->live, .segments = d->segs, .stored = d->stored,
		.forgotten = d->forgotten, .damaged = d->damaged,
		.torn = d->torn, .copied = d->copied, .syncs = d->syncs };
}

static void
spool_free(struct spool *sp)
{
	spool_disk_close(&sp->disk);
	if (sp->fd >= 0)
		close(sp->fd);
	free(sp->number);
	free(sp->answer);
	free(sp->in.bytes);
	free(sp->in.forget);
	free(sp->batch.bytes);
	free(sp->batch.forget);
	pthread_cond_destroy(&sp->work);
	pthread_mutex_destroy(&sp->lock);
	free(sp);
}

void
spool_bounds(uint32_t entries, bound_fn *each, void *ctx)
{
	size_t forgets = (size_t)entries + FORGET_SPARE;
	const struct queue *q = NULL;
	const struct bound rows[] = {
		{ "spool queues", STORES_MAX, sizeof(struct spool) +
		    STORES_MAX * sizeof(struct answer) +
		    2 * (QUEUE_BYTES + forgets * sizeof(*q->forget)) },
		{ "spool records", entries, spool_disk_bytes(entries) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
}

struct spool *
spool_open(const struct spool_params *p, char err[SPOOL_TEXT])
{
	struct spool *sp = calloc(1, sizeof(*sp));

	if (sp == NULL) {
		close(p->dir);
		(void)snprintf(err, SPOOL_TEXT, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&sp->lock, NULL);
	pthread_cond_init(&sp->work, NULL);
	sp->forgets_max = p->entries + FORGET_SPARE;
	sp->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	sp->answer = calloc(STORES_MAX, sizeof(*sp->answer));
	if (!spool_disk_open(&sp->disk, p, err, SPOOL_TEXT)) {
		spool_free(sp);
		return NULL;
	}
	sp->number = spool_disk_numbers(&sp->disk, &sp->numbers);
	if (sp->fd < 0 || sp->answer == NULL ||
	    !queue_make(&sp->in, sp->forgets_max) ||
	    !queue_make(&sp->batch, sp->forgets_max) ||
	    (sp->number == NULL && sp->disk.live > 0)) {
		(void)snprintf(err, SPOOL_TEXT, "out of memory");
		spool_free(sp);
		return NULL;
	}
	state_copy(sp);
	if (sp->disk.damaged + sp->disk.torn > 0)
		log_warn("spool records=%u damaged=%llu torn=%llu",
		    sp->disk.live, (unsigned long long)sp->disk.damaged,
		    (unsigned long long)sp->disk.torn);
	return sp;
}

bool
spool_next(struct spool *sp, uint64_t *number, struct rd *block)
{
	while (sp->next < sp->numbers) {
		size_t n;

		*number = sp->number[sp->next++];
		n = spool_disk_read(&sp->disk, *number, sp->block);
		*block = rd_make(sp->block, n);
		if (n > 0)
			return true;
		sp->disk.damaged++;
		sp->seen.damaged++;
	}
	return false;
}

/* ---- the thread ---- */

static void
spool_tell(const struct spool *sp)
{
	uint64_t one = 1;

	/* A full counter is readable all the same. */
	(void)!write(sp->fd, &one, sizeof(one));
}

/* Every block of the batch, one after the other. */
static bool
job_next(struct rd *r, uint64_t *number, struct rd *block)
{
	if (rd_left(r) == 0)
		return false;
	*number = rd_u64(r);
	*block = rd_sub(r, rd_u32(r));
	return !r->bad;
}

/*
 * To disk.  The first `did` of the blocks are stored then: a block for which
 * there is no room ends the batch, so that none overtakes it.
 */
static uint32_t
batch_run(struct spool *sp)
{
	struct spool_disk *d = &sp->disk;
	struct rd r = wr_out(&sp->batch.w), block;
	uint32_t did = 0;
	uint64_t number;

	d->error = 0;
	while (job_next(&r, &number, &block) &&
	    spool_disk_store(d, number, block))
		did++;
	for (uint32_t i = 0; i < sp->batch.forgets; i++)
		spool_disk_forget(d, sp->batch.forget[i]);
	return spool_disk_commit(d) ? did : 0;
}

/* Locked.  There is room: open counts what waits anywhere. */
static void
batch_answer(struct spool *sp, uint32_t did)
{
	struct rd r = wr_out(&sp->batch.w), block;
	struct answer a = { .ok = true };

	for (uint32_t i = 0; job_next(&r, &a.number, &block); i++) {
		a.ok = i < did;
		sp->failed += !a.ok;
		sp->answer[(sp->first + sp->answers++) % STORES_MAX] = a;
	}
	sp->batch.w = wr_make(sp->batch.bytes, QUEUE_BYTES);
	sp->batch.forgets = sp->batch.stores = 0;
	/* A FORGET may fit where no record does: it proves nothing. */
	if (sp->disk.error != 0 || did > 0)
		sp->error = sp->disk.error;
	state_copy(sp);
	spool_tell(sp);
}

static void *
spool_run(void *arg)
{
	struct spool *sp = arg;
	struct queue swap;
	uint32_t did;

	pthread_mutex_lock(&sp->lock);
	for (;;) {
		if (sp->in.stores + sp->in.forgets == 0) {
			if (sp->stop)
				break;
			pthread_cond_wait(&sp->work, &sp->lock);
			continue;
		}
		swap = sp->in;
		sp->in = sp->batch;
		sp->batch = swap;
		pthread_mutex_unlock(&sp->lock);
		did = batch_run(sp);
		pthread_mutex_lock(&sp->lock);
		batch_answer(sp, did);
	}
	pthread_mutex_unlock(&sp->lock);
	return NULL;
}

bool
spool_start(struct spool *sp)
{
	sigset_t all, old;
	int e;

	/* Signals are the control thread's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	e = pthread_create(&sp->thread, NULL, spool_run, sp);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	sp->running = e == 0;
	errno = e;
	return sp->running;
}

void
spool_stop(struct spool *sp)
{
	if (sp == NULL)
		return;
	if (sp->running) {
		pthread_mutex_lock(&sp->lock);
		sp->stop = true;
		pthread_cond_signal(&sp->work);
		pthread_mutex_unlock(&sp->lock);
		pthread_join(sp->thread, NULL);
	}
	spool_free(sp);
}

/* ---- the control thread ---- */

bool
spool_store(struct spool *sp, uint64_t number, struct rd block)
{
	size_t n = rd_left(&block);
	bool ok;

	pthread_mutex_lock(&sp->lock);
	ok = sp->open < STORES_MAX && n > 0 && n <= SPOOL_BLOCK_MAX &&
	    wr_left(&sp->in.w) >= JOB_HEAD + n;
	if (ok) {
		wr_u64(&sp->in.w, number);
		wr_u32(&sp->in.w, (uint32_t)n);
		wr_rd(&sp->in.w, block);
		sp->in.stores++;
		sp->open++;
		pthread_cond_signal(&sp->work);
	}
	sp->refused += !ok;
	pthread_mutex_unlock(&sp->lock);
	return ok;
}

void
spool_forget(struct spool *sp, uint64_t number)
{
	pthread_mutex_lock(&sp->lock);
	if (sp->in.forgets < sp->forgets_max) {
		sp->in.forget[sp->in.forgets++] = number;
		pthread_cond_signal(&sp->work);
	}
	pthread_mutex_unlock(&sp->lock);
}

int
spool_fd(const struct spool *sp)
{
	return sp->fd;
}

static void
spool_log(int error)
{
	if (error == 0)
		log_info("spool writable again");
	else
		log_error("spool not writable, records stay in memory: %s",
		    error == EFBIG ? "its configured size is reached" :
		    strerror(error));
}

bool
spool_answer(struct spool *sp, uint64_t *number, bool *ok)
{
	int error, logged;
	bool one;

	pthread_mutex_lock(&sp->lock);
	one = sp->answers > 0;
	if (one) {
		*number = sp->answer[sp->first].number;
		*ok = sp->answer[sp->first].ok;
		sp->first = (sp->first + 1) % STORES_MAX;
		sp->answers--;
		sp->open--;
	} else {
		uint64_t n;

		(void)!read(sp->fd, &n, sizeof(n));
	}
	error = sp->error;
	logged = sp->logged;
	sp->logged = error;
	pthread_mutex_unlock(&sp->lock);
	if ((error == 0) != (logged == 0))
		spool_log(error);
	return one;
}

void
spool_state(struct spool *sp, struct spool_state *s)
{
	pthread_mutex_lock(&sp->lock);
	*s = sp->seen;
	s->queued = sp->open;
	s->refused = sp->refused;
	s->failed = sp->failed;
	s->ok = sp->error == 0;
	pthread_mutex_unlock(&sp->lock);
}
