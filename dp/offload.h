/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_OFFLOAD_H
#define DP_OFFLOAD_H

/*
 * DOC: between the kernel's large buffers and packets.
 *
 * UDP: a GRO buffer is cut into its datagrams; datagrams that can go out as
 * one UDP_SEGMENT train are marked.  TUN: a frame that needs its checksum
 * gets it; a TSO or UDP GSO frame is split into packets as a network card
 * would, checksums included.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/drop.h"
#include "dp/inner.h"
#include "dp/pkt.h"

#define OFFLOAD_TRAIN_MAX	64	/* datagrams: UDP_MAX_SEGMENTS */
#define OFFLOAD_TRAIN_BYTES	65507	/* the most one UDP datagram can hold */

/*
 * The next datagram of a received buffer, beginning with *at = 0; false when
 * there is no more.  `one` is a copy of `whole` that names its part.
 */
bool		 offload_cut(const struct pkt *whole, uint32_t *at,
		    struct pkt *one);

/*
 * Marks in pkt.run how many datagrams from each on form one train: same
 * endpoints, equal sizes (the last may be shorter); 0 for those inside one.
 */
void		 offload_trains(struct pkt *const *v, unsigned n);

/* Completes the checksum of a frame that is not to be split, in place. */
enum drop	 offload_csum(struct pkt *, const struct inner *);

struct offload_split {
	const uint8_t *p;	/* borrowed; headers first */
	uint32_t len;
	uint32_t l4;		/* bytes in front of TCP or UDP */
	uint32_t head;		/* bytes in front of the payload */
	uint32_t size;		/* payload bytes of each packet */
	uint32_t at;		/* payload bytes already out */
	uint32_t sum;		/* of the addresses and the protocol */
	uint16_t count;		/* packets already out */
	bool v6, tcp;
};

/* DROP_TUN_HEADER: the vnet header does not fit the frame. */
enum drop	 offload_split(struct offload_split *, const struct pkt *,
		    const struct inner *);
/* Bytes of all packets together, before the first is out. */
uint32_t	 offload_split_bytes(const struct offload_split *);
/*
 * The length of the next packet, 0 after the last; offload_split_next()
 * writes it, with that much free at `out`.
 */
uint32_t	 offload_split_size(const struct offload_split *);
void		 offload_split_next(struct offload_split *, uint8_t *out);

#endif
