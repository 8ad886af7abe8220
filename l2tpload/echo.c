/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams go back: see echo.h. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dp/offload.h"
#include "io/sock.h"
#include "l2tpload/echo.h"

#define BUFFER_BYTES	(32u << 20)

struct echo {
	struct sock *sock;
	struct pkt got[SOCK_BATCH];
	struct pkt one[PKT_BATCH], *v[PKT_BATCH];
	unsigned n;
};

static void
echo_flush(struct echo *e)
{
	offload_trains(e->v, e->n);
	/* What the socket does not take is lost, as in a network. */
	(void)sock_send(e->sock, e->v, e->n);
	e->n = 0;
}

static void
echo_turn(struct echo *e)
{
	unsigned got = sock_recv(e->sock, e->got, SOCK_BATCH);

	for (unsigned i = 0; i < got; i++) {
		uint32_t at = 0;

		while (offload_cut(&e->got[i], &at, &e->one[e->n])) {
			e->v[e->n] = &e->one[e->n];
			if (++e->n == PKT_BATCH)
				echo_flush(e);
		}
	}
	if (e->n > 0)
		echo_flush(e);
}

int
echo_run(const struct options *o)
{
	const struct sock_params p = { .addr = o->bind,
		.port = (uint16_t)o->port, .via = PKT_IKE, .trains = true,
		.buffer_bytes = BUFFER_BYTES };
	struct echo *e = calloc(1, sizeof(*e));
	int fd = e != NULL ? sock_open(&p) : -1;
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	if (fd >= 0)
		e->sock = sock_new(fd, &p);
	if (e == NULL || e->sock == NULL) {
		(void)fprintf(stderr, "l2tpload: UDP port %u: %s\n", o->port,
		    strerror(errno));
		free(e);
		return 1;
	}
	while (poll(&ready, 1, -1) > 0 || errno == EINTR)
		echo_turn(e);
	(void)fprintf(stderr, "l2tpload: %s\n", strerror(errno));
	sock_free(e->sock);
	free(e);
	return 1;
}
