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

struct job {
	struct ike_dh dh;
	mono_t asked;
};

struct job_ring {
	struct job *job;	/* owned; cap of them */
	unsigned cap, first, n;	/* first: the oldest */
};

struct helpers {
	pthread_mutex_t lock;	/* of both rings and `stop` */
	pthread_cond_t work;
	struct job_ring asked, done;
	unsigned busy;		/* jobs between the rings */
	bool stop;
	int fd;
	unsigned threads;
	pthread_t thread[HELPERS_MAX];
};

static bool
ring_make(struct job_ring *r, unsigned cap)
{
	r->job = calloc(cap, sizeof(*r->job));
	r->cap = cap;
	return r->job != NULL;
}

static bool
ring_put(struct job_ring *r, const struct job *j)
{
	if (r->n == r->cap)
		return false;
	r->job[(r->first + r->n++) % r->cap] = *j;
	return true;
}

static bool
ring_take_oldest(struct job_ring *r, struct job *j)
{
	if (r->n == 0)
		return false;
	*j = r->job[r->first];
	wipe(&r->job[r->first], sizeof(*j));
	/* An empty ring begins anew: one job at a time needs one place. */
	r->first = --r->n == 0 ? 0 : (r->first + 1) % r->cap;
	return true;
}

static bool
ring_take_newest(struct job_ring *r, struct job *j)
{
	struct job *at;

	if (r->n == 0)
		return false;
	at = &r->job[(r->first + --r->n) % r->cap];
	*j = *at;
	wipe(at, sizeof(*at));
	return true;
}

static void
ring_free(struct job_ring *r)
{
	if (r->job != NULL)
		wipe(r->job, r->cap * sizeof(*r->job));
	free(r->job);
}

static void
helper_tell(struct helpers *h)
{
	uint64_t one = 1;

	/* A full counter is readable all the same. */
	(void)!write(h->fd, &one, sizeof(one));
}

static void *
helper_run(void *arg)
{
	struct helpers *h = arg;
	struct job job = { .asked = MONO_NEVER };
	struct rng rng;

	rng_system(&rng);
	pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		if (!ring_take_newest(&h->asked, &job)) {
			pthread_cond_wait(&h->work, &h->lock);
			continue;
		}
		h->busy++;
		pthread_mutex_unlock(&h->lock);
		ike_dh_run(&job.dh, &rng);
		pthread_mutex_lock(&h->lock);
		h->busy--;
		/* There is room: asked + busy + done never exceed the cap. */
		(void)ring_put(&h->done, &job);
		helper_tell(h);
	}
	pthread_mutex_unlock(&h->lock);
	wipe(&job, sizeof(job));
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

/* Jobs and answers have a ring each, and each ring has room for all. */
void
helpers_bounds(unsigned queue, bound_fn *each, void *ctx)
{
	const struct bound b = { "dh jobs", queue,
	    sizeof(struct helpers) + 2 * queue * sizeof(struct job) };

	each(ctx, &b);
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
	if (h->fd >= 0 && ring_make(&h->asked, queue) &&
	    ring_make(&h->done, queue) && helpers_more(h, n))
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
	ring_free(&h->asked);
	ring_free(&h->done);
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
	struct job job;

	while (h->asked.n > 0 && mono_due(mono_add_ms(
	    h->asked.job[h->asked.first].asked, HELPERS_SHED_MS), now)) {
		(void)ring_take_oldest(&h->asked, &job);
		job.dh.ok = false;
		(void)ring_put(&h->done, &job);	/* see helper_run() */
		helper_tell(h);
		wipe(&job, sizeof(job));
	}
}

bool
helpers_ask(struct helpers *h, mono_t now, const struct ike_dh *dh)
{
	struct job job = { .dh = *dh, .asked = now };
	bool ok;

	pthread_mutex_lock(&h->lock);
	helpers_shed(h, now);
	ok = h->asked.n + h->busy + h->done.n < h->done.cap &&
	    ring_put(&h->asked, &job);
	if (ok)
		pthread_cond_signal(&h->work);
	pthread_mutex_unlock(&h->lock);
	wipe(&job, sizeof(job));
	return ok;
}

int
helpers_fd(const struct helpers *h)
{
	return h->fd;
}

bool
helpers_answer(struct helpers *h, struct ike_dh *dh)
{
	struct job job;
	uint64_t n;
	bool ok;

	pthread_mutex_lock(&h->lock);
	ok = ring_take_oldest(&h->done, &job);
	if (!ok)
		(void)!read(h->fd, &n, sizeof(n));
	pthread_mutex_unlock(&h->lock);
	if (!ok)
		return false;
	*dh = job.dh;
	wipe(&job, sizeof(job));
	return true;
}
