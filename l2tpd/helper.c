/* SPDX-License-Identifier: BSD-2-Clause */
/* Diffie-Hellman threads: see helper.h. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/secret.h"
#include "l2tpd/helper.h"

#define HELPERS_MAX	16
#define SHARES		256	/* prefixes told apart, by a keyed sum of theirs */

struct job {
	struct ike_dh dh;
	mono_t asked;
};

struct line {			/* places of jobs, the oldest first */
	uint16_t *at;		/* owned */
	unsigned n;
};

struct share {
	uint64_t turn;		/* when it was served last */
	unsigned n;		/* its jobs that wait */
};

struct helpers {
	pthread_mutex_t lock;	/* of all but fd, cap and threads */
	pthread_cond_t work;
	unsigned cap;
	struct job *job;	/* owned; cap of them */
	struct line idle, asked, done;	/* the rest is being worked on */
	unsigned strangers;	/* places that are not idle, without trust */
	uint64_t turn;
	struct share share[SHARES];
	bool stop;
	int fd;
	unsigned threads;
	pthread_t thread[HELPERS_MAX];
};

static void
line_put(struct line *l, uint16_t place)
{
	l->at[l->n++] = place;	/* a line has room for every place */
}

static uint16_t
line_take(struct line *l, unsigned i)
{
	uint16_t place = l->at[i];

	memmove(&l->at[i], &l->at[i + 1], (--l->n - i) * sizeof(place));
	return place;
}

static struct share *
share_of(struct helpers *h, const struct ike_dh *dh)
{
	return &h->share[dh->share % SHARES];
}

/* The i-th that waits, the oldest first. */
static struct job *
waiting(struct helpers *h, unsigned i)
{
	return &h->job[h->asked.at[i]];
}

static uint16_t
waiting_take(struct helpers *h, unsigned i)
{
	share_of(h, &waiting(h, i)->dh)->n--;
	return line_take(&h->asked, i);
}

/* Its place is idle again. */
static void
job_take(struct helpers *h, uint16_t place, struct ike_dh *dh)
{
	struct job *j = &h->job[place];

	*dh = j->dh;
	h->strangers -= !dh->trusted;
	wipe(j, sizeof(*j));
	line_put(&h->idle, place);
}

static void
helper_tell(struct helpers *h)
{
	uint64_t one = 1;

	/* A full counter is readable all the same. */
	(void)!write(h->fd, &one, sizeof(one));
}

/*
 * Locked.  The prefix that was served longest ago is next, with its newest
 * job: whoever asks fastest does not always stand in front.
 */
static uint16_t
helper_next(struct helpers *h)
{
	unsigned best = h->asked.n - 1;
	struct share *s = share_of(h, &waiting(h, best)->dh);

	for (unsigned i = best; i-- > 0;) {
		struct share *t = share_of(h, &waiting(h, i)->dh);

		if (t->turn < s->turn) {
			s = t;
			best = i;
		}
	}
	s->turn = ++h->turn;
	return waiting_take(h, best);
}

static void *
helper_run(void *arg)
{
	struct helpers *h = arg;
	struct rng rng;

	rng_system(&rng);
	pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		uint16_t place;

		if (h->asked.n == 0) {
			pthread_cond_wait(&h->work, &h->lock);
			continue;
		}
		place = helper_next(h);
		pthread_mutex_unlock(&h->lock);
		ike_dh_run(&h->job[place].dh, &rng);
		pthread_mutex_lock(&h->lock);
		line_put(&h->done, place);
		helper_tell(h);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

bool
helpers_more(struct helpers *h, unsigned n)
{
	for (; n > 0 && h->threads < HELPERS_MAX; n--) {
		int e = pthread_create(&h->thread[h->threads], NULL,
		    helper_run, h);

		if (e != 0) {
			errno = e;
			return false;
		}
		h->threads++;
	}
	return true;
}

void
helpers_bounds(unsigned queue, bound_fn *each, void *ctx)
{
	const struct bound b = { "dh jobs", queue, sizeof(struct helpers) +
	    queue * (sizeof(struct job) + 3 * sizeof(uint16_t)) };

	each(ctx, &b);
}

static bool
helpers_room(struct helpers *h, unsigned queue)
{
	h->job = calloc(queue, sizeof(*h->job));
	h->idle.at = calloc(queue, sizeof(*h->idle.at));
	h->asked.at = calloc(queue, sizeof(*h->asked.at));
	h->done.at = calloc(queue, sizeof(*h->done.at));
	if (h->job == NULL || h->idle.at == NULL || h->asked.at == NULL ||
	    h->done.at == NULL)
		return false;
	h->cap = queue;
	for (unsigned i = 0; i < queue; i++)
		line_put(&h->idle, (uint16_t)i);
	return true;
}

struct helpers *
helpers_start(unsigned n, unsigned queue)
{
	struct helpers *h = calloc(1, sizeof(*h));
	int keep;

	if (h == NULL)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->work, NULL);
	h->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (h->fd >= 0 && helpers_room(h, queue) && helpers_more(h, n))
		return h;
	keep = errno;
	helpers_stop(h);
	errno = keep;
	return NULL;
}

void
helpers_stop(struct helpers *h)
{
	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_broadcast(&h->work);
	pthread_mutex_unlock(&h->lock);
	for (unsigned i = 0; i < h->threads; i++)
		pthread_join(h->thread[i], NULL);
	if (h->job != NULL)
		wipe(h->job, h->cap * sizeof(*h->job));
	free(h->job);
	free(h->idle.at);
	free(h->asked.at);
	free(h->done.at);
	if (h->fd >= 0)
		close(h->fd);
	pthread_cond_destroy(&h->work);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* Locked.  The oldest stand first, so this ends at the first young one. */
static void
helpers_shed(struct helpers *h, mono_t now)
{
	while (h->asked.n > 0 && mono_due(mono_add_ms(waiting(h, 0)->asked,
	    HELPERS_SHED_MS), now)) {
		uint16_t place = waiting_take(h, 0);

		h->job[place].dh.ok = false;
		line_put(&h->done, place);
		helper_tell(h);
	}
}

/*
 * Locked.  No place is left for such a job: the prefix that has most waiting
 * gives up its oldest, if it has more than the asker's would have then.
 */
static bool
helpers_yield(struct helpers *h, const struct ike_dh *dh, struct ike_dh *no)
{
	unsigned most = share_of(h, dh)->n + 1, victim = h->asked.n;

	for (unsigned i = 0; i < h->asked.n; i++) {
		const struct ike_dh *w = &waiting(h, i)->dh;

		if ((w->trusted && !dh->trusted) || share_of(h, w)->n <= most)
			continue;
		most = share_of(h, w)->n;
		victim = i;
	}
	if (victim == h->asked.n)
		return false;
	job_take(h, waiting_take(h, victim), no);
	return true;
}

/* Locked.  A quarter of the places is for those with trust. */
static bool
helpers_place(const struct helpers *h, const struct ike_dh *dh)
{
	return h->idle.n > 0 &&
	    (dh->trusted || h->strangers < h->cap - h->cap / 4);
}

/* Locked.  There is a place. */
static void
helpers_take(struct helpers *h, mono_t now, const struct ike_dh *dh)
{
	uint16_t place = line_take(&h->idle, h->idle.n - 1);

	h->job[place] = (struct job){ .dh = *dh, .asked = now };
	h->strangers += !dh->trusted;
	share_of(h, dh)->n++;
	line_put(&h->asked, place);
	pthread_cond_signal(&h->work);
}

bool
helpers_ask(struct helpers *h, mono_t now, const struct ike_dh *dh,
    struct ike_dh *no)
{
	bool room, taken;

	pthread_mutex_lock(&h->lock);
	helpers_shed(h, now);
	room = helpers_place(h, dh);
	taken = room || helpers_yield(h, dh, no);
	if (taken)
		helpers_take(h, now, dh);
	else
		*no = *dh;
	if (!room)
		no->ok = false;
	pthread_mutex_unlock(&h->lock);
	return room;
}

int
helpers_fd(const struct helpers *h)
{
	return h->fd;
}

bool
helpers_answer(struct helpers *h, struct ike_dh *dh)
{
	uint64_t n;
	bool ok;

	pthread_mutex_lock(&h->lock);
	ok = h->done.n > 0;
	if (ok)
		job_take(h, line_take(&h->done, 0), dh);
	else
		(void)!read(h->fd, &n, sizeof(n));
	pthread_mutex_unlock(&h->lock);
	return ok;
}
