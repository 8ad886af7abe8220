/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's descriptors: see wires.h. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l2tpd/wires.h"

#define SOCKS_MAX	(2 * CONF_ADDRS_MAX)

struct wires {
	unsigned workers;
	struct port *port[DP_WORKERS_MAX];	/* owned */
	/* Worker 0's UDP sockets, through which control sends; borrowed. */
	struct sock *udp[SOCKS_MAX];
	unsigned udp_n;
};

struct wires_open {		/* what the steps of wires_open() share */
	struct wires *w;
	struct priv *priv;
	const struct priv_params *params;
	char *err, warn[PRIV_TEXT];
};

static bool
wires_fail(struct wires_open *o, const char *what)
{
	(void)snprintf(o->err, PRIV_TEXT, "%s: %s", what, strerror(errno));
	return false;
}

/* One socket for one worker; NULL with err. */
static struct sock *
wires_sock(struct wires_open *o, enum priv_what what, uint32_t n,
    uint16_t port)
{
	struct sock_params sp = priv_sock(o->params, what, n, port);
	int fd = priv_ask(o->priv, what, n, port, o->err, o->warn);
	struct sock *s;

	if (fd < 0)
		return NULL;
	s = sock_new(fd, &sp);
	if (s == NULL) {
		(void)wires_fail(o, "socket");
		close(fd);
	}
	return s;
}

static bool
wires_add(struct wires_open *o, unsigned worker, struct sock *s)
{
	if (s == NULL)
		return false;
	if (port_add(o->w->port[worker], s))
		return true;
	sock_free(s);
	(void)snprintf(o->err, PRIV_TEXT, "too many addresses to listen on");
	return false;
}

/* UDP 500 first: it is not shared, so a second daemon stops here. */
static bool
wires_udp(struct wires_open *o, uint32_t n)
{
	struct wires *w = o->w;

	for (unsigned i = 0; i <= w->workers; i++) {
		unsigned worker = i == 0 ? 0 : i - 1;
		uint16_t port = i == 0 ? 500 : 4500;
		struct sock *s = wires_sock(o, PRIV_UDP, n, port);

		if (!wires_add(o, worker, s))
			return false;
		if (worker == 0)
			w->udp[w->udp_n++] = s;
	}
	return true;
}

static bool
wires_raw(struct wires_open *o, uint32_t n)
{
	struct sock *s = wires_sock(o, PRIV_RAW, n, 0);

	if (!wires_add(o, 0, s))
		return false;
	for (unsigned i = 1; i < o->w->workers; i++)
		if (!wires_add(o, i, sock_twin(s)))
			return false;
	return true;
}

static bool
wires_tun(struct wires_open *o)
{
	for (unsigned i = 0; i < o->w->workers; i++) {
		int fd = priv_ask(o->priv, PRIV_TUN, i, 0, o->err, o->warn);
		struct tun *t = fd >= 0 ? tun_new(fd,
		    o->params->conf->offload) : NULL;

		if (fd < 0)
			return false;
		if (t == NULL)
			return wires_fail(o, "TUN");
		port_set_tun(o->w->port[i], t);
	}
	return true;
}

static bool
wires_fill(struct wires_open *o)
{
	for (unsigned i = 0; i < o->w->workers; i++) {
		o->w->port[i] = port_new();
		if (o->w->port[i] == NULL)
			return wires_fail(o, "worker");
	}
	for (uint32_t n = 0; n < o->params->listen_n; n++)
		if (!wires_udp(o, n))
			return false;
	for (uint32_t n = 0; n < o->params->listen_n &&
	    o->params->conf->listener.protocol_50; n++)
		if (!wires_raw(o, n))
			return false;
	return wires_tun(o);
}

/* Sockets that receive, and twins that only send. */
static size_t
wires_readers(const struct priv_params *p, unsigned workers)
{
	return p->listen_n * (1 + (size_t)workers +
	    p->conf->listener.protocol_50);
}

static size_t
wires_twins(const struct priv_params *p, unsigned workers)
{
	return p->conf->listener.protocol_50 ?
	    p->listen_n * ((size_t)workers - 1) : 0;
}

void
wires_bounds(const struct priv_params *p, unsigned workers, bound_fn *each,
    void *ctx)
{
	size_t in = wires_readers(p, workers), out = wires_twins(p, workers);
	const struct bound rows[] = {
		{ "io workers", workers,
		    workers * port_bytes() + sizeof(struct wires) },
		{ "io sockets", in + out,
		    in * sock_bytes(true) + out * sock_bytes(false) },
		{ "io TUN queues", workers, workers * tun_bytes() },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
}

/* A worker has a TUN queue and a descriptor that wakes it. */
size_t
wires_files(const struct priv_params *p, unsigned workers)
{
	return wires_readers(p, workers) + wires_twins(p, workers) +
	    2 * (size_t)workers;
}

struct wires *
wires_open(struct priv *priv, const struct priv_params *params,
    unsigned workers, char *err)
{
	struct wires_open o = { .priv = priv, .params = params, .err = err };

	o.w = calloc(1, sizeof(*o.w));
	if (o.w == NULL) {
		(void)wires_fail(&o, "sockets");
		return NULL;
	}
	o.w->workers = workers;
	if (!wires_fill(&o)) {
		wires_close(o.w);
		return NULL;
	}
	return o.w;
}

void
wires_close(struct wires *w)
{
	if (w == NULL)
		return;
	for (unsigned i = 0; i < w->workers; i++)
		if (w->port[i] != NULL)
			port_free(w->port[i]);
	free(w);
}

struct port *const *
wires_ports(const struct wires *w)
{
	return w->port;
}

bool
wires_send(struct wires *w, const struct endpoint *local,
    const struct endpoint *remote, struct rd data)
{
	for (unsigned i = 0; i < w->udp_n; i++)
		if (sock_fits(w->udp[i], local))
			return sock_send_one(w->udp[i], local, remote,
			    rd_make(NULL, 0), data);
	return false;
}
