/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_KROUTES_H
#define L2TPD_KROUTES_H

/*
 * DOC: the kernel's routes to networks behind sessions.  Runs in the root
 * monitor, which trusts the daemon with no more than this: at most KROUTES_MAX
 * networks, IPv4 of /8 to /32 and IPv6 of /16 to /128, through our own interface,
 * none of which has an address that is ours, a pool's or a configured server's.
 *
 * A route of another's hand stays as it is.  Ours go away with the interface,
 * also when the monitor is killed: a new start finds none.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "l2tpd/nat.h"

#define KROUTES_MAX	4096
#define KROUTES_KEEP	(CONF_ADDRS_MAX + CONF_SERVERS_MAX + 1)

struct kroute {
	struct ipnet net;	/* what is behind the bits is zero */
	uint32_t metric;	/* 0: the kernel's own choice */
};

struct kroutes {
	const struct nat *nat;	/* borrowed: interface and pools */
	struct ipaddr keep[KROUTES_KEEP]; /* that stay where they are */
	uint32_t keep_n;
	uint32_t n;
	struct kroute v[KROUTES_MAX];	/* that are set */
};

/* `listen` are the addresses to listen on; "any" is skipped. */
void	kroutes_init(struct kroutes *, const struct conf *, const struct nat *,
	    const struct ipaddr *listen, uint32_t listen_n);
/*
 * One that is set already is no mistake, nor is taking away one that is not.
 * False and why in err.
 */
bool	kroutes_add(struct kroutes *, const struct kroute *, char *err,
	    size_t err_size);
bool	kroutes_del(struct kroutes *, const struct kroute *, char *err,
	    size_t err_size);

#endif
