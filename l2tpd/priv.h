/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_PRIV_H
#define L2TPD_PRIV_H

/*
 * DOC: the root monitor.
 *
 * The process that was started keeps its privileges and does nothing but
 * answer a closed list of requests: open a socket on one of our ports, a TUN
 * queue, set the interface up, set forwarding up, make the control socket and
 * the spool's directory, route a network to the interface.
 * What they are about (addresses, names, rules) it knows from the
 * configuration, not from the request, but for these networks, of which it
 * takes few (kroutes.h).  The daemon is its child without
 * privileges.  When the child ends, for whatever reason, the monitor takes
 * back what it set up and ends with the child's status.  Signals go to the
 * monitor, which hands them on; a child that does not end then is killed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "io/sock.h"
#include "io/tun.h"
#include "l2tpd/kroutes.h"
#include "l2tpd/lock.h"
#include "l2tpd/nat.h"

#define PRIV_TEXT	256	/* bytes of an error line, with the NUL */

enum priv_what {
	PRIV_UDP,		/* n: address number, port: 500 or 4500 */
	PRIV_RAW,		/* n: address number; protocol 50 */
	PRIV_TUN,		/* one more queue of the interface */
	PRIV_NETIF,		/* address, MTU, routes */
	PRIV_NAT,		/* forwarding and translation, as configured */
	PRIV_CTL,		/* the listening control socket */
	PRIV_SPOOL,		/* the directory of the spool, the daemon's own */
	PRIV_READY,		/* let the starter go */
	PRIV_ROUTE_ADD,		/* route: see priv_route() */
	PRIV_ROUTE_DEL
};

struct priv_params {		/* borrowed for the monitor's life */
	const struct conf *conf;
	const struct nat *nat;
	const struct lock *lock;	/* taken; given up at the end */
	int ready;		/* for detach_tell(); -1: in the foreground */
	struct ipaddr listen[CONF_ADDRS_MAX];	/* family and address, or any */
	uint32_t listen_n;
	const char *spool_dir;	/* NULL: there is no spool */
};

/* How both sides see a socket of ours. */
struct sock_params	priv_sock(const struct priv_params *, enum priv_what,
			    uint32_t n, uint16_t port);
struct tun_params	priv_tun(const struct priv_params *);

/* Are the user and group of the configuration there?  Else one line in err. */
bool	priv_user(const struct conf *, char *err);

struct priv;

/*
 * Forks.  In the child: the daemon's end of the pipe.  In the parent: never
 * returns; exits with the child's status when the child has ended.  NULL with
 * errno if there is no child.
 */
struct priv	*priv_start(const struct priv_params *);
/*
 * Child: asks for one thing.  The descriptor, 0 for what has none, or -1 and
 * one line in err.  `warn` may get a line; both are PRIV_TEXT bytes.
 */
int	priv_ask(struct priv *, enum priv_what, uint32_t n, uint16_t port,
	    char *err, char *warn);
/*
 * Child: has a network behind a session routed to the interface, or no longer.
 * False and why in err, PRIV_TEXT bytes.
 */
bool	priv_route(struct priv *, bool set, const struct kroute *, char *err);
/*
 * Child: gives up root for good and forbids execve.  Needed directories must
 * exist by now.  False and one line in err.
 */
bool	priv_drop(const struct conf *, char *err);
/* Child: readable at end of file when the monitor is gone. */
int	priv_fd(const struct priv *);

#endif
