/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_NETIF_H
#define L2TPD_NETIF_H

/*
 * DOC: the TUN interface in the kernel's eyes: address, MTU, routes.  Runs in
 * the root monitor.  All of it goes away with the interface.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

/* Gives the interface its address (/32), its MTU, and sets it up. */
bool	netif_up(const char *name, const struct ipaddr *addr, uint32_t mtu,
	    char *err, size_t err_size);
/* Bits of the largest prefix that begins at `first` and ends before or at `last`. */
unsigned netif_bits(uint32_t first, uint32_t last);
/*
 * Routes an IPv4 range (host order, both ends included) to the interface.  A
 * route that is there already is an error: it is somebody's.
 */
bool	netif_route(const char *name, uint32_t first, uint32_t last,
	    char *err, size_t err_size);
/* The same of whole networks of either family. */
bool	netif_nets(const char *name, const struct ipnet *, uint32_t n,
	    char *err, size_t err_size);
/*
 * Sets or takes away the route of one network, of either family, to the
 * interface.  The metric tells routes to one network apart; 0 is the kernel's
 * own choice.  0, or an errno: EEXIST, there is one of that metric; ESRCH,
 * there is none.
 */
int	netif_net(const char *name, bool set, const struct ipnet *,
	    uint32_t metric);

#endif
