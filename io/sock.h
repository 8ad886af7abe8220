/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IO_SOCK_H
#define IO_SOCK_H

/*
 * DOC: UDP sockets on 500 and 4500 and raw sockets of protocol 50, moved in
 * batches.
 *
 * Opening needs privileges and is apart from use: sock_open() may run in
 * another process, which passes the descriptor.  A reply leaves from the
 * address that was dialled (packet info both ways).  UDP_GRO and UDP_SEGMENT
 * are used where the kernel has them, and given up at run time when it
 * refuses.  Nothing blocks.
 */

#include "dp/worker.h"

#define SOCK_BATCH	64	/* buffers that one receive fills */

struct sock_params {
	struct ipaddr addr;	/* with a family; all zero bytes: any address */
	uint16_t port;		/* 0: the kernel chooses; none for PKT_ESP */
	enum pkt_via via;	/* PKT_IKE, PKT_NATT, or PKT_ESP: raw */
	bool share;		/* SO_REUSEPORT: one such socket per worker */
	bool trains;		/* UDP_GRO and UDP_SEGMENT, if there */
	uint32_t buffer_bytes;	/* kernel buffers each way; 0: 4 MB */
};

/* A descriptor, close-on-exec and non-blocking; -1 with errno. */
int		 sock_open(const struct sock_params *);

struct sock;
/* Bytes that a handle takes, the kernel's buffers not counted. */
size_t		 sock_bytes(bool receives);
/* Owns fd from now on.  NULL with errno: no memory; fd is then untouched. */
struct sock	*sock_new(int fd, const struct sock_params *);
/*
 * Another handle of the same socket that only sends, for another thread.
 * NULL with errno.
 */
struct sock	*sock_twin(const struct sock *);
void		 sock_free(struct sock *);	/* closes; NULL is fine */
int		 sock_fd(const struct sock *);
bool		 sock_is_raw(const struct sock *);
bool		 sock_receives(const struct sock *);	/* not a twin */
/* The address and port it is bound to. */
struct endpoint	 sock_local(const struct sock *);

/*
 * At most SOCK_BATCH packets or GRO buffers; their bytes stay until the next
 * call.  0: nothing there.
 */
unsigned	 sock_recv(struct sock *, struct pkt *v, unsigned max);
/* In order, trains by pkt.run; how many of the n packets went. */
unsigned	 sock_send(struct sock *, struct pkt *const *v, unsigned n);
/* Could this socket send from there? */
bool		 sock_fits(const struct sock *, const struct endpoint *local);
/*
 * One datagram from any thread, also one that does not receive here: `head`
 * (a non-ESP marker, or nothing) and then `data`.
 */
bool		 sock_send_one(const struct sock *,
		    const struct endpoint *local,
		    const struct endpoint *remote, struct rd head,
		    struct rd data);

struct sock_count {
	uint64_t truncated;	/* longer than any datagram can be */
	uint64_t full;		/* ENOBUFS and EAGAIN at sending, packets */
	uint64_t refused;	/* other errors at sending, packets */
	bool trains_in, trains_out;	/* are they in use now? */
};
void		 sock_count(const struct sock *, struct sock_count *);

#endif
