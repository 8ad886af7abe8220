/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_L2TPCTL_FAKE_H
#define TESTS_L2TPCTL_FAKE_H

/* DOC: a small daemon of our own, and calls of l2tpctl. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "l2tpctl/cmd.h"
#include "l2tpctl/link.h"
#include "l2tpctl/run.h"

#define REQUEST_MAX	4096

struct fake {			/* answers one question, or some */
	char dir[64], path[96];
	int listen;
	pthread_t thread;
	const char *answer;	/* borrowed */
	size_t answer_n;
	unsigned pieces;	/* the answer is sent in so many */
	uint64_t flood;		/* bytes without a newline before it */
	const char *const *then;	/* answers to further questions; NULL ends */
	unsigned asked;
	char request[REQUEST_MAX];	/* the last one */
};

struct ran {			/* what a call of l2tpctl gave */
	enum run_exit rc;
	char *out, *err;
};

static void
send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		p += sent;
		n -= (size_t)sent;
	}
}

static void
serve_one(struct fake *f)
{
	int fd = accept(f->listen, NULL, NULL);
	static const char junk[65536] = "x";
	size_t at = 0, step = f->answer_n / (f->pieces + 1) + 1;

	while (fd >= 0 && at < REQUEST_MAX - 1) {
		if (recv(fd, &f->request[at], 1, 0) != 1)
			break;
		if (f->request[at] == '\n')
			break;
		at++;
	}
	f->request[at] = '\0';
	for (uint64_t n = 0; n < f->flood; n += sizeof(junk))
		send_all(fd, junk, sizeof(junk));
	for (size_t i = 0; i < f->answer_n; i += step)
		send_all(fd, f->answer + i, i + step < f->answer_n ? step :
		    f->answer_n - i);
	(void)close(fd);
	f->asked++;
}

static void *
serve(void *arg)
{
	struct fake *f = arg;

	serve_one(f);
	while (f->then != NULL && *f->then != NULL) {
		f->answer = *f->then++;
		f->answer_n = strlen(f->answer);
		serve_one(f);
	}
	return NULL;
}

static void
fake_start(struct fake *f, const char *answer, size_t n)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/l2tpctl-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/s", f->dir);
	memcpy(sun.sun_path, f->path, strlen(f->path) + 1);
	f->answer = answer;
	f->answer_n = n;
	f->listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(f->listen >= 0);
	assert_int_equal(bind(f->listen, (const struct sockaddr *)&sun,
	    sizeof(sun)), 0);
	assert_int_equal(listen(f->listen, 1), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static void
fake_stop(struct fake *f)
{
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	(void)close(f->listen);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(rmdir(f->dir), 0);
}

/* Runs l2tpctl with the words after its name; NULL ends them. */
static struct ran
call(const char *const *words)
{
	char *argv[16], buf[16][128];
	struct ran r = { .rc = RUN_OK };
	FILE *out, *err;
	size_t n1, n2;
	int argc = 1;

	argv[0] = (char *)(uintptr_t)"l2tpctl";
	for (; *words != NULL && argc < 15; words++, argc++) {
		(void)snprintf(buf[argc], sizeof(buf[argc]), "%s", *words);
		argv[argc] = buf[argc];
	}
	argv[argc] = NULL;
	out = open_memstream(&r.out, &n1);
	err = open_memstream(&r.err, &n2);
	assert_non_null(out);
	assert_non_null(err);
	r.rc = run_main(argc, argv, out, err);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(fclose(err), 0);
	return r;
}

static void
ran_wipe(struct ran *r)
{
	free(r->out);
	free(r->err);
}

/* One question to a fake daemon with this answer. */
static struct ran
ask(struct fake *f, const char *answer, const char *const *words)
{
	const char *all[16] = { "--socket" };
	struct ran r;
	int n = 2;

	fake_start(f, answer, strlen(answer));
	all[1] = f->path;
	while (*words != NULL && n < 15)
		all[n++] = *words++;
	r = call(all);
	fake_stop(f);
	return r;
}

#define WORDS(...)	((const char *const[]){ __VA_ARGS__, NULL })

#endif
