/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_MERGE_H
#define DP_MERGE_H

/*
 * DOC: neighbouring packets of one flow become one frame for the TUN.
 *
 * What offload_split() does for frames from the TUN, the other way round: one
 * write() instead of forty.  The rules are those of the kernel's own GRO
 * (tcp_gro_receive, udp_gro_receive): a packet is added to the frame before it
 * only if the frame, split again, would give just these packets.  So both
 * checksums are right, the addresses, ports, TTL, class, label, flags, window,
 * acknowledgement and options the same, nothing is missing in between, the
 * size that of the first; a shorter one, PSH or FIN end the frame.  Not merged
 * are fragments, IP options and extension headers, SYN, RST, URG and CWR, and
 * UDP without a checksum.
 *
 * Packets of one flow never overtake each other; those of different flows may.
 */

#include <stdbool.h>
#include <stdint.h>

#include "dp/pkt.h"

#define MERGE_SLOTS	64	/* flows that are open at a time; power of two */
#define MERGE_BYTES	65535	/* of one frame */

struct merge_run {		/* packets that stand as one frame */
	uint16_t first, last;	/* places in the batch */
	uint16_t n;
	uint16_t size;		/* payload of each but the last */
	uint16_t l4, head;	/* bytes before and with the upper header */
	uint32_t payload;	/* of all */
	uint16_t id;		/* IPv4: of the last */
	bool fixed;		/* all have the same id */
	bool tcp;
};

struct merge {			/* scratch of one call */
	unsigned runs;
	struct merge_run run[PKT_BATCH];
	uint16_t next[PKT_BATCH];	/* in its run */
	uint16_t open[MERGE_SLOTS];	/* run + 1 of the flow; 0: none */
	struct pkt *was[PKT_BATCH];
};

/*
 * Puts the packets of each frame side by side: pkt.run of the first is how many
 * they are, its bytes begin with the frame's header and its pkt.vnet belongs to
 * the frame; the others have run 0, and nothing left but their payload.  IP
 * packets only, checked by inner_ip(), len that of the packet.  With `udp` also
 * datagrams, of which the kernel must know (VNET_GSO_UDP_L4).
 */
void		 merge_batch(struct merge *, struct batch *, bool udp);

#endif
