/* SPDX-License-Identifier: BSD-2-Clause */
/* Many phones' packets: see plane.h. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/port.h"
#include "l2tpload/host.h"
#include "l2tpload/plane.h"

#define SAS		4	/* pairs of a phone: rekeys overlap */
#define STEPS		8	/* batches between two looks at the clock */

struct plane {
	const struct options *o;	/* borrowed */
	struct dp *dp;
	struct port *port;
	struct tun *tun;		/* the port's; NULL: */
	struct traffic *traffic;	/* owned */
	char name[TUN_NAME_MAX];
	bool up;
};

static struct plane *
plane_fail(struct plane *p, char *why, size_t n, const char *what)
{
	(void)snprintf(why, n, "%s: %s", what, strerror(errno));
	plane_close(p);
	return NULL;
}

static bool
plane_tun(struct plane *p)
{
	struct tun_params t = { .multi = false };
	int fd;

	(void)snprintf(t.name, sizeof(t.name), "%s", p->o->tun);
	fd = tun_open(&t);
	if (fd < 0)
		return false;
	(void)snprintf(p->name, sizeof(p->name), "%s", t.name);
	p->tun = tun_new(fd, true);
	if (p->tun != NULL)
		port_set_tun(p->port, p->tun);
	return p->tun != NULL;
}

struct plane *
plane_open(const struct options *o, struct rng *rng, char *why, size_t n)
{
	const struct dp_params d = { .workers = 1, .sas = o->phones * SAS,
		.sessions = o->phones, .reverse = true, .rng = rng };
	struct plane *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return plane_fail(p, why, n, "data plane");
	p->o = o;
	p->port = port_new();
	p->dp = dp_new(&d);
	if (p->port == NULL || p->dp == NULL)
		return plane_fail(p, why, n, "data plane");
	if (o->command == OPTIONS_TRAFFIC) {
		p->traffic = traffic_new(&o->traffic, port_io(p->port));
		if (p->traffic == NULL)
			return plane_fail(p, why, n, "traffic");
		dp_attach(p->dp, 0, traffic_io(p->traffic));
		return p;
	}
	dp_attach(p->dp, 0, port_io(p->port));
	if (!plane_tun(p))
		return plane_fail(p, why, n, "cannot make a TUN device");
	return p;
}

void
plane_close(struct plane *p)
{
	if (p == NULL)
		return;
	dp_free(p->dp);
	port_free(p->port);
	traffic_free(p->traffic);
	free(p);
}

bool
plane_add(struct plane *p, struct sock *s)
{
	return port_add(p->port, s);
}

int
plane_tun_fd(const struct plane *p)
{
	return p->tun != NULL ? tun_fd(p->tun) : -1;
}

struct traffic *
plane_traffic(const struct plane *p)
{
	return p->traffic;
}

struct peer_plane
plane_of(const struct plane *p, uint32_t phone)
{
	return (struct peer_plane){ &dp_workers, p->dp, phone + 1 };
}

/* The first one's address and MTU are the interface's. */
static const char *
plane_first(struct plane *p, const struct peer_up *up)
{
	if (host_tun_up(p->name, &up->net.ours, &up->net.peers, up->mtu) != 0)
		return "cannot set up the TUN device";
	for (unsigned i = 0; i < p->o->routes; i++)
		if (host_route(p->name, &p->o->route[i].net,
		    p->o->route[i].bits) != 0)
			return "cannot set a route through the TUN device";
	p->up = true;
	return NULL;
}

bool
plane_up(struct plane *p, uint32_t phone, const struct peer_up *up, char *why,
    size_t n)
{
	const char *what = NULL;

	if (p->traffic != NULL)
		traffic_phone(p->traffic, phone, &up->net.ours);
	else if (!p->up)
		what = plane_first(p, up);
	else if (host_tun_address(p->name, &up->net.ours) != 0)
		what = "cannot give the TUN device another address";
	if (what != NULL)
		(void)snprintf(why, n, "%s: %s", what, strerror(errno));
	return what == NULL;
}

bool
plane_step(struct plane *p, mono_t now)
{
	unsigned did = WORKER_BUSY;

	if (p->traffic != NULL)
		traffic_now(p->traffic, now);
	for (unsigned i = 0; i < STEPS && did == WORKER_BUSY; i++)
		did = worker_step(p->dp, 0, now);
	return did != 0;
}

bool
plane_take(struct plane *p, struct dp_note *note)
{
	return dp_take(p->dp, 0, note);
}

void
plane_count(const struct plane *p, struct plane_count *n)
{
	struct dp_load load;

	*n = (struct plane_count){ 0 };
	dp_load(p->dp, 0, &load);
	n->udp_in = load.udp_in;
	n->udp_out = load.udp_out;
	n->tun_in = load.tun_in;
	n->tun_out = load.tun_out;
	for (uint32_t i = 1; i <= p->o->phones; i++) {
		struct dp_count c;

		if (!dp_workers.sess_count(p->dp, i, &c))
			continue;
		n->rx_packets += c.rx_packets;
		n->rx_bytes += c.rx_bytes;
		n->tx_packets += c.tx_packets;
		n->tx_bytes += c.tx_bytes;
	}
}
