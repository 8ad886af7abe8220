/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_HOST_H
#define L2TPLOAD_HOST_H

/*
 * DOC: what one phone needs of its machine: UDP 500 and 4500, protocol 50, a
 * TUN device with an address and routes.  Functions return 0 or a descriptor,
 * or -1 with errno.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/endpoint.h"

#define HOST_BATCH	32	/* datagrams or packets per call */
#define HOST_BYTES	2048	/* bytes of each */
#define HOST_NAME	16	/* of an interface, with the NUL */

struct host_gram {
	struct endpoint remote;
	struct rd data;		/* borrowed from the batch */
};

struct host_batch {
	struct host_gram v[HOST_BATCH];
	uint8_t b[HOST_BATCH][HOST_BYTES];
};

/* The address this machine would send from to reach `remote`. */
int	host_local(const struct ipaddr *remote, struct ipaddr *local);
/* Non-blocking sockets. */
int	host_udp(const struct endpoint *local);
int	host_esp(const struct ipaddr *local);

/* What is there now, up to HOST_BATCH; 0 if nothing. */
unsigned host_recv(int fd, bool esp, struct host_batch *);
/* Sends or, when the socket is full, loses them, as a network would. */
void	host_send(int fd, const struct host_gram *, unsigned n);

/* `name` may be empty; it is filled with the real one. */
int	host_tun(char name[HOST_NAME]);
int	host_tun_up(const char *name, const struct ipaddr *ours,
	    const struct ipaddr *peer, uint16_t mtu);
/*
 * The interface makes no IPv6 address by itself (before it is up); later it gets
 * its link-local one, and asks for a router.
 */
int	host_tun_six(const char *name);
int	host_tun_link_local(const char *name, uint64_t ifid);
/* One more address, IPv4. */
int	host_tun_address(const char *name, const struct ipaddr *);
int	host_route(const char *name, const struct ipaddr *net, unsigned bits);
unsigned host_tun_recv(int fd, struct host_batch *);
void	host_tun_send(int fd, struct rd packet);

#endif
