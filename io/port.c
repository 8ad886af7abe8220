/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker's wire: see port.h. */

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/port.h"

struct port {
	struct dp_io io;	/* first: the functions get a pointer to it */
	int wake_fd;
	unsigned n;
	unsigned turn;		/* socket that is read first */
	struct sock *sock[PORT_SOCKS_MAX];	/* owned */
	struct tun *tun;
};

static struct port *
port_of(struct dp_io *io)
{
	return (struct port *)(void *)io;
}

/* Sockets take turns at being first: a flood on some starves no other. */
static unsigned
port_recv(struct port *p, struct pkt *v, unsigned max, bool raw)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n && n < max; i++) {
		struct sock *s = p->sock[(p->turn + i) % p->n];

		if (sock_is_raw(s) == raw)
			n += sock_recv(s, &v[n], max - n);
	}
	p->turn = p->n == 0 ? 0 : (p->turn + 1) % p->n;
	return n;
}

static unsigned
port_recv_udp(struct dp_io *io, struct pkt *v, unsigned max)
{
	return port_recv(port_of(io), v, max, false);
}

static unsigned
port_recv_raw(struct dp_io *io, struct pkt *v, unsigned max)
{
	return port_recv(port_of(io), v, max, true);
}

static unsigned
port_recv_tun(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct port *p = port_of(io);

	return p->tun == NULL ? 0 : tun_recv(p->tun, v, max);
}

static struct sock *
port_sock(const struct port *p, const struct endpoint *local, bool raw)
{
	for (unsigned i = 0; i < p->n; i++)
		if (sock_is_raw(p->sock[i]) == raw &&
		    sock_fits(p->sock[i], local))
			return p->sock[i];
	return NULL;
}

/* Stretches of packets for one socket, in order. */
static unsigned
port_send(struct port *p, struct pkt *const *v, unsigned n, bool raw)
{
	unsigned sent = 0;

	for (unsigned i = 0, k; i < n; i = k) {
		struct sock *s = port_sock(p, &v[i]->local, raw);

		for (k = i + 1; k < n; k++)
			if (port_sock(p, &v[k]->local, raw) != s)
				break;
		if (s != NULL)
			sent += sock_send(s, &v[i], k - i);
	}
	return sent;
}

static unsigned
port_send_udp(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	return port_send(port_of(io), v, n, false);
}

static unsigned
port_send_raw(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	return port_send(port_of(io), v, n, true);
}

static unsigned
port_send_tun(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	struct port *p = port_of(io);

	return p->tun == NULL ? 0 : tun_send(p->tun, v, n);
}

static void
port_wake(struct dp_io *io)
{
	const uint64_t one = 1;

	/* It fails only when the count is full, and then it is set. */
	if (write(port_of(io)->wake_fd, &one, sizeof(one)) < 0)
		return;
}

size_t
port_bytes(void)
{
	return sizeof(struct port);
}

struct port *
port_new(void)
{
	struct port *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->wake_fd < 0) {
		free(p);
		return NULL;
	}
	p->io = (struct dp_io){
		.recv_udp = port_recv_udp, .recv_raw = port_recv_raw,
		.recv_tun = port_recv_tun, .send_udp = port_send_udp,
		.send_raw = port_send_raw, .send_tun = port_send_tun,
		.wake = port_wake,
	};
	return p;
}

void
port_free(struct port *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < p->n; i++)
		sock_free(p->sock[i]);
	tun_free(p->tun);
	(void)close(p->wake_fd);
	free(p);
}

struct dp_io *
port_io(struct port *p)
{
	return &p->io;
}

bool
port_add(struct port *p, struct sock *s)
{
	if (p->n == PORT_SOCKS_MAX)
		return false;
	p->sock[p->n++] = s;
	return true;
}

void
port_set_tun(struct port *p, struct tun *t)
{
	tun_free(p->tun);
	p->tun = t;
	p->io.merge_tcp = tun_merges(t, false);
	p->io.merge_udp = tun_merges(t, true);
}

void
port_wait(struct port *p, int timeout_ms)
{
	struct pollfd fds[PORT_SOCKS_MAX + 2];
	nfds_t n = 0;
	uint64_t count;

	fds[n++] = (struct pollfd){ .fd = p->wake_fd, .events = POLLIN };
	if (p->tun != NULL)
		fds[n++] = (struct pollfd){ .fd = tun_fd(p->tun),
			.events = POLLIN };
	for (unsigned i = 0; i < p->n; i++) {
		if (!sock_receives(p->sock[i]))
			continue;
		fds[n++] = (struct pollfd){ .fd = sock_fd(p->sock[i]),
			.events = POLLIN };
	}
	if (poll(fds, n, timeout_ms) <= 0 || (fds[0].revents & POLLIN) == 0)
		return;
	if (read(p->wake_fd, &count, sizeof(count)) < 0)
		return;
}
