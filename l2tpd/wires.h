/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_WIRES_H
#define L2TPD_WIRES_H

/*
 * DOC: the daemon's descriptors: which worker reads what, and where the
 * control thread sends.
 *
 *   every worker     its own UDP 4500 sockets (SO_REUSEPORT) and TUN queue
 *   worker 0 too     UDP 500 and, if wanted, IP protocol 50: of a raw socket
 *                    every copy is a full one, so one reader must do
 *   control          sends IKE through worker 0's sockets
 */

#include "base/bound.h"
#include "l2tpd/priv.h"
#include "io/port.h"

struct wires;

/* Bytes and descriptors of what wires_open() would make. */
void		 wires_bounds(const struct priv_params *, unsigned workers,
		    bound_fn *each, void *ctx);
size_t		 wires_files(const struct priv_params *, unsigned workers);

/*
 * Asks the monitor for everything.  NULL and one line in err (PRIV_TEXT
 * bytes) if anything is missing.
 */
struct wires	*wires_open(struct priv *, const struct priv_params *,
		    unsigned workers, char *err);
void		 wires_close(struct wires *);
/* One port per worker; borrowed until wires_close(). */
struct port *const	*wires_ports(const struct wires *);
/* Sends one datagram as it is; the port of `local` picks the socket. */
bool		 wires_send(struct wires *, const struct endpoint *local,
		    const struct endpoint *remote, struct rd data);

#endif
