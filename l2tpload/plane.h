/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_PLANE_H
#define L2TPLOAD_PLANE_H

/*
 * DOC: the data plane of many phones in one process: dp/ in the other role, with
 * sockets and one TUN on which all phones' addresses are.  Real programs run
 * through it, with all offload that the kernel has; or there are datagrams of
 * our own in its place (traffic.h).  One thread: the caller's.
 */

#include "dp/worker.h"
#include "io/sock.h"
#include "l2tpload/options.h"
#include "l2tpload/peer.h"
#include "l2tpload/traffic.h"

struct plane;

/* NULL: `why` tells.  The options are borrowed. */
struct plane	*plane_open(const struct options *, struct rng *, char *why,
		    size_t n);
void		 plane_close(struct plane *);	/* and its sockets */
/* The plane owns it from now on. */
bool		 plane_add(struct plane *, struct sock *);
int		 plane_tun_fd(const struct plane *);	/* -1: no TUN */
struct traffic	*plane_traffic(const struct plane *);	/* NULL: a TUN */
/* What a peer is to be told with peer_set_plane(). */
struct peer_plane plane_of(const struct plane *, uint32_t phone);

/*
 * This phone's packets have this address and MTU from now on.  False: `why`
 * tells.
 */
bool		 plane_up(struct plane *, uint32_t phone,
		    const struct peer_up *, char *why, size_t n);
/* Moves packets: a bounded number of batches.  True: there may be more. */
bool		 plane_step(struct plane *, mono_t now);
/* What is for the phones' control side; borrowed until the next call. */
bool		 plane_take(struct plane *, struct dp_note *);

struct plane_count {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;	/* inner IP */
	uint64_t udp_in, udp_out;	/* datagrams */
	uint64_t tun_in, tun_out;	/* frames */
};
void		 plane_count(const struct plane *, struct plane_count *);

#endif
