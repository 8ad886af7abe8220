/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IO_PORT_H
#define IO_PORT_H

/*
 * DOC: one worker's sockets and TUN queue as a struct dp_io, and its wait.
 *
 * A packet is sent through the first socket of its kind that is bound to its
 * local address (or to any) and port.
 */

#include "io/sock.h"
#include "io/tun.h"

#define PORT_SOCKS_MAX	16

struct port;
size_t		 port_bytes(void);	/* without what is added */
/* NULL with errno. */
struct port	*port_new(void);
void		 port_free(struct port *);	/* and what was added */
struct dp_io	*port_io(struct port *);	/* borrowed until freed */

/*
 * Owns the socket.  False: too many.  A raw socket gets a copy of every
 * packet, so one port reads it and the others have twins of it.
 */
bool		 port_add(struct port *, struct sock *);
void		 port_set_tun(struct port *, struct tun *);	/* owns */

/*
 * Blocks until something is to be read, another thread calls wake, or
 * timeout_ms is over (-1: never).
 */
void		 port_wait(struct port *, int timeout_ms);

#endif
