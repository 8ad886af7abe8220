/* SPDX-License-Identifier: BSD-2-Clause */
/* Worker threads: see threads.h. */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crypto_esp.h"
#include "l2tpd/host.h"
#include "l2tpd/threads.h"

#define REST_MS		1000	/* the longest sleep; wake() ends it early */

struct thread {
	pthread_t id;
	struct threads *all;
	unsigned worker;
	struct port *port;
};

struct threads {
	struct dp *dp;
	int punt_fd;
	_Atomic bool stop;
	unsigned n;		/* running */
	struct thread thread[DP_WORKERS_MAX];
};

static void
thread_tell(const struct threads *t)
{
	uint64_t one = 1;

	/* A full counter is readable all the same. */
	(void)!write(t->punt_fd, &one, sizeof(one));
}

static void *
thread_run(void *arg)
{
	struct thread *t = arg;
	struct threads *all = t->all;

	worker_enter(all->dp, t->worker);
	while (!atomic_load_explicit(&all->stop, memory_order_acquire)) {
		unsigned did = worker_step(all->dp, t->worker, host_now());

		if (did & WORKER_PUNTED)
			thread_tell(all);
		if (did & WORKER_BUSY || !worker_rest(all->dp, t->worker))
			continue;
		port_wait(t->port, REST_MS);
		worker_rise(all->dp, t->worker);
	}
	worker_leave(all->dp, t->worker);
	return NULL;
}

struct threads *
threads_start(struct dp *dp, struct port *const *port, int punt_fd)
{
	struct threads *t = calloc(1, sizeof(*t));
	sigset_t all, old;
	int e = 0;

	if (t == NULL)
		return NULL;
	t->dp = dp;
	t->punt_fd = punt_fd;
	/* Signals are the control thread's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	while (e == 0 && t->n < dp_worker_count(dp)) {
		struct thread *one = &t->thread[t->n];

		*one = (struct thread){
			.all = t, .worker = t->n, .port = port[t->n] };
		e = pthread_create(&one->id, NULL, thread_run, one);
		t->n += e == 0;
	}
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (e != 0) {
		threads_stop(t);
		errno = e;
		return NULL;
	}
	return t;
}

void
threads_stop(struct threads *t)
{
	if (t == NULL)
		return;
	atomic_store_explicit(&t->stop, true, memory_order_release);
	for (unsigned i = 0; i < t->n; i++) {
		struct dp_io *io = port_io(t->thread[i].port);

		io->wake(io);
	}
	for (unsigned i = 0; i < t->n; i++)
		pthread_join(t->thread[i].id, NULL);
	free(t);
}
