/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IO_TUN_H
#define IO_TUN_H

/*
 * DOC: queues of a TUN interface with virtio-net headers.
 *
 * One frame per system call, but a frame may be a TSO or UDP GSO packet of
 * 64 KB.  Address, MTU and routes are the host's business.
 */

#include "dp/worker.h"

#define TUN_NAME_MAX	16	/* bytes with the NUL */

struct tun_params {
	char name[TUN_NAME_MAX];	/* may hold %d; filled by tun_open() */
	bool multi;			/* several queues: the same for each */
};

/*
 * A descriptor of a new queue, close-on-exec and non-blocking; -1 with errno.
 * Needs privileges.  `name` becomes the interface's.
 */
int		 tun_open(struct tun_params *);

struct tun;
size_t		 tun_bytes(void);	/* of one queue */
/*
 * Owns fd from now on.  With `offload` it takes and gives TSO and UDP GSO
 * frames as far as the kernel knows them.  NULL with errno: no memory; fd is
 * then untouched.
 */
struct tun	*tun_new(int fd, bool offload);
void		 tun_free(struct tun *);	/* closes; NULL is fine */
int		 tun_fd(const struct tun *);

/* Frames; their bytes stay until the next call. */
unsigned	 tun_recv(struct tun *, struct pkt *v, unsigned max);
/* Does it take frames of many TCP packets (or UDP datagrams)? */
bool		 tun_merges(const struct tun *, bool udp);
/* Frames by pkt.run; how many of the n packets went. */
unsigned	 tun_send(struct tun *, struct pkt *const *v, unsigned n);

#endif
