/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets to RADIUS servers: see radwires.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/addr.h"
#include "l2tpd/host.h"
#include "l2tpd/loop.h"
#include "l2tpd/radsec.h"
#include "l2tpd/radwires.h"

#define WIRES_MAX	(RADIUS_SERVERS_MAX * RADIUS_SERVICES * RADIUS_PORTS_MAX)
#define PACKETS_PER_TURN 64	/* of one socket, before others get their turn */

struct radwire {
	struct radwires *all;
	uint32_t port;		/* handle; 0: free */
	int fd;
	struct event *ready;
};

struct radwires {
	struct host *host;
	struct radsec *radsec;	/* owned */
	struct radwire wire[WIRES_MAX];
	uint8_t buf[RADIUS_PACKET_MAX + 1];
};

struct radwires *
radwires_new(struct host *h)
{
	struct radwires *rw = calloc(1, sizeof(*rw));

	if (rw == NULL)
		return NULL;
	rw->host = h;
	rw->radsec = radsec_new(h);
	if (rw->radsec != NULL)
		return rw;
	free(rw);
	return NULL;
}

static struct radwire *
wire_find(struct radwires *rw, uint32_t port)
{
	for (size_t i = 0; i < WIRES_MAX; i++)
		if (rw->wire[i].port == port)
			return &rw->wire[i];
	return NULL;
}

static void
wire_shut(struct radwire *w)
{
	if (w->ready != NULL)
		event_free(w->ready);
	close(w->fd);
	*w = (struct radwire){ .port = 0 };
}

void
radwires_free(struct radwires *rw)
{
	if (rw == NULL)
		return;
	for (size_t i = 0; i < WIRES_MAX; i++)
		if (rw->wire[i].port != 0)
			wire_shut(&rw->wire[i]);
	radsec_free(rw->radsec);
	free(rw);
}

static void
on_packet(evutil_socket_t fd, short what, void *arg)
{
	struct radwire *w = arg;
	struct radwires *rw = w->all;
	struct host *h = rw->host;
	uint32_t port = w->port;
	ssize_t n;

	(void)what;
	/* An answer may close the socket: its handle tells. */
	for (int i = 0; i < PACKETS_PER_TURN && w->port == port; i++) {
		n = recv(fd, rw->buf, sizeof(rw->buf), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0)
			lns_radius_error(h->lns, host_now(), port, h->out);
		else
			lns_input_radius(h->lns, host_now(), port,
			    rd_make(rw->buf, (size_t)n), h->out);
		host_drain(h);
	}
	host_kick(h);
}

static bool
open_udp(struct radwires *rw, uint32_t port, const struct endpoint *server,
    const char **why)
{
	struct radwire *w = wire_find(rw, 0);
	union sock_addr sa;
	socklen_t n = sock_addr_make(&sa, server);

	*why = "too many sockets";
	if (w == NULL)
		return false;
	w->fd = socket(sa.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (w->fd < 0) {
		*why = strerror(errno);
		return false;
	}
	w->all = rw;
	w->port = port;
	w->ready = event_new(rw->host->base, w->fd, EV_READ | EV_PERSIST,
	    on_packet, w);
	if (w->ready == NULL || event_add(w->ready, NULL) != 0 ||
	    connect(w->fd, &sa.sa, n) != 0) {
		*why = strerror(errno);
		wire_shut(w);
		return false;
	}
	return true;
}

bool
radwires_open(struct radwires *rw, uint32_t port, uint32_t server,
    enum radius_service service, const char **why)
{
	const struct radius_server_params *s =
	    &rw->host->params->radius.server[server];

	if (s->transport == RADIUS_TLS)
		return radsec_open(rw->radsec, port, server, &s->at[service],
		    why);
	return open_udp(rw, port, &s->at[service], why);
}

void
radwires_close(struct radwires *rw, uint32_t port)
{
	struct radwire *w;

	if (radsec_close(rw->radsec, port))
		return;
	w = wire_find(rw, port);
	if (w != NULL)
		wire_shut(w);
}

void
radwires_send(struct radwires *rw, uint32_t port, struct rd packet)
{
	struct radwire *w;

	if (radsec_send(rw->radsec, port, packet))
		return;
	w = wire_find(rw, port);
	if (w == NULL ||
	    send(w->fd, packet.p, rd_left(&packet), MSG_DONTWAIT) < 0)
		drop_count(&rw->host->drops, DROP_UDP_SEND);
}
