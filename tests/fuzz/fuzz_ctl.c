/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to the status socket: the input is what a client writes, in one go
 * or cut at its NUL bytes.  Every line of the answer must be a JSON object
 * with "ok", and no more lines may come out than went in.  The daemon around
 * it is an idle concentrator.
 */

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/crypto.h"
#include "l2tpd/host.h"

#define ANSWER_MAX	(1u << 20)
#define ROUNDS		2000

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What ctl.c asks of the rest of the daemon. */
mono_t
host_now(void)
{
	return mono_us(1000000);
}

int64_t
host_wall(mono_t t)
{
	return (int64_t)(t.us / 1000000);
}

void
host_kick(struct host *h)
{
	(void)h;
}

static void
need(bool ok)
{
	if (!ok)
		abort();
}

static void
host_make(struct host *h)
{
	struct dp_params dp = { .workers = 1, .sas = 16, .sessions = 16,
		.rng = &h->rng };

	need(crypto_init());
	rng_seeded(&h->rng, 1);
	h->params = calloc(1, sizeof(*h->params));
	need(h->params != NULL);
	lns_params_default(h->params);
	h->params->paths = h->params->sessions = 8;
	h->params->attempts_kept = 8;
	h->params->ike.limits.peers = h->params->ike.limits.half_open = 16;
	h->params->ike.limits.dh_pending = 16;
	h->params->ike.limits.children = 16;
	h->params->l2tp.tunnels = h->params->l2tp.sessions = 8;
	h->dp = dp_new(&dp);
	need(h->dp != NULL);
	h->lns = lns_new(h->params, &h->rng, &h->drops, &dp_workers, h->dp);
	h->base = event_base_new();
	need(h->lns != NULL && h->base != NULL);
}

/* A listening socket without a file, and a client of it. */
static int
sockets(int *client)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t n = sizeof(sa_family_t);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	need(s >= 0 && bind(s, (struct sockaddr *)&a, n) == 0 &&
	    listen(s, 4) == 0);
	n = sizeof(a);
	need(getsockname(s, (struct sockaddr *)&a, &n) == 0);
	*client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	need(*client >= 0 && connect(*client, (struct sockaddr *)&a, n) == 0);
	return s;
}

static void
check_answer(const char *text, size_t n, size_t asked)
{
	size_t lines = 0;

	for (const char *end; (end = memchr(text, '\n', n)) != NULL;) {
		size_t len = (size_t)(end - text);
		json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES,
		    NULL);

		need(json_is_boolean(json_object_get(o, "ok")));
		need(json_integer_value(json_object_get(o, "v")) == 1);
		need((json_object_get(o, "data") != NULL) ==
		    json_is_true(json_object_get(o, "ok")));
		json_decref(o);
		lines++;
		text += len + 1;
		n -= len + 1;
	}
	need(n == 0 && lines <= asked);
}

/* Until the other side hangs up, or nothing more happens. */
static size_t
talk(struct event_base *base, int fd, const uint8_t *p, size_t n, char *ans)
{
	size_t got = 0;
	bool said = false;

	for (int i = 0, idle = 0; i < ROUNDS && idle < 4; i++) {
		const uint8_t *cut = n > 0 ? memchr(p, 0, n) : NULL;
		size_t one = cut != NULL && cut > p ? (size_t)(cut - p) : n;
		ssize_t w = n > 0 ? send(fd, p, one, MSG_NOSIGNAL) : 0, r;

		if (w < 0 && errno != EAGAIN)
			n = 0;		/* it has had enough of us */
		p += w > 0 ? w : 0;
		n -= w > 0 ? (size_t)w : 0;
		if (n == 0 && !said) {
			(void)shutdown(fd, SHUT_WR);
			said = true;
		}
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
		r = recv(fd, ans + got, ANSWER_MAX - got, 0);
		if (r == 0)
			break;
		got += r > 0 ? (size_t)r : 0;
		idle = r > 0 || w > 0 ? 0 : idle + 1;
	}
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host h;	/* idle before, idle after: made once */
	char *ans = malloc(ANSWER_MAX);
	size_t asked = 1, n;
	int fd;

	need(ans != NULL);
	if (h.lns == NULL)
		host_make(&h);
	h.ctl = ctl_start(&h, sockets(&fd));
	need(h.ctl != NULL);
	for (size_t i = 0; i < size; i++)
		asked += data[i] == '\n';
	n = talk(h.base, fd, data, size, ans);
	check_answer(ans, n, asked);
	(void)close(fd);
	(void)event_base_loop(h.base, EVLOOP_NONBLOCK);
	ctl_stop(h.ctl);
	free(ans);
	return 0;
}
