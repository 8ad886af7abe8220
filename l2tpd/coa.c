/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets for CoA- and Disconnect-Requests: see coa.h. */

#include <errno.h>
#include <stdlib.h>

#include "io/sock.h"
#include "l2tpd/coa.h"
#include "l2tpd/host.h"

#define COA_BUFFER	(256 * 1024)	/* bytes of kernel buffer */

struct coa {
	struct host *host;
	unsigned n;
	struct sock *sock[CONF_ADDRS_MAX];	/* owned */
	struct event *ready[CONF_ADDRS_MAX];
};

static void
on_request(evutil_socket_t fd, short what, void *arg)
{
	struct coa *c = arg;
	struct host *h = c->host;
	struct pkt v[SOCK_BATCH];

	(void)what;
	for (unsigned i = 0; i < c->n; i++) {
		unsigned got = 0;

		if (sock_fd(c->sock[i]) == fd)
			got = sock_recv(c->sock[i], v, SOCK_BATCH);
		for (unsigned k = 0; k < got; k++) {
			lns_input_dae(h->lns, host_now(), &v[k].local,
			    &v[k].remote, rd_make(v[k].p, v[k].len), h->out);
			host_drain(h);
		}
	}
	host_kick(h);
}

static bool
coa_add(struct coa *c, const struct ipaddr *addr, uint16_t port)
{
	struct sock_params p = { .addr = *addr, .port = port, .via = PKT_IKE,
		.buffer_bytes = COA_BUFFER };
	int fd = sock_open(&p);
	struct sock *s = fd >= 0 ? sock_new(fd, &p) : NULL;

	if (s == NULL)
		return false;
	c->sock[c->n] = s;
	c->ready[c->n] = event_new(c->host->base, fd, EV_READ | EV_PERSIST,
	    on_request, c);
	c->n++;
	return c->ready[c->n - 1] != NULL &&
	    event_add(c->ready[c->n - 1], NULL) == 0;
}

struct coa *
coa_open(struct host *h, struct endpoint *at)
{
	static const struct ipaddr any[2] = {
		{ .family = IP_V4 }, { .family = IP_V6 },
	};
	const struct conf_addrs *list = &h->conf->radius.coa_address;
	const struct ipaddr *v = list->n > 0 ? list->a : any;
	uint32_t n = list->n > 0 ? list->n : 2;
	struct coa *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->host = h;
	at->port = (uint16_t)h->conf->radius.coa_port;
	for (uint32_t i = 0; c != NULL && i < n; i++) {
		at->addr = v[i];
		if (coa_add(c, &v[i], at->port) ||
		    (list->n == 0 && i == 1 && errno == EAFNOSUPPORT))
			continue;
		coa_close(c);
		c = NULL;
	}
	return c;
}

void
coa_close(struct coa *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->n; i++) {
		if (c->ready[i] != NULL)
			event_free(c->ready[i]);
		sock_free(c->sock[i]);
	}
	free(c);
}

void
coa_send(struct coa *c, const struct endpoint *local,
    const struct endpoint *remote, struct rd data)
{
	for (unsigned i = 0; i < c->n; i++)
		if (sock_fits(c->sock[i], local)) {
			if (!sock_send_one(c->sock[i], local, remote,
			    rd_make(NULL, 0), data))
				drop_count(&c->host->drops, DROP_UDP_SEND);
			return;
		}
}
