/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_PKT_H
#define DP_PKT_H

/*
 * DOC: one packet on its way through, and an array of them.
 *
 * A struct pkt names bytes; it does not own them.  The bytes belong to the
 * io side (what was received, until its next receive) or to the worker's
 * slots (what is to be sent).  A batch is an array of pointers: steps walk it
 * together, and a dropped packet leaves it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/endpoint.h"

#define PKT_BATCH	256	/* packets that walk together */
#define PKT_SLOT	2048	/* bytes of one slot */
#define PKT_HEAD	80	/* free bytes in front of an inner packet */
#define PKT_TAIL	64	/* free bytes behind it */
#define PKT_INNER_MAX	(PKT_SLOT - PKT_HEAD - PKT_TAIL)

enum pkt_via {
	PKT_IKE,		/* UDP 500: IKE without a marker */
	PKT_NATT,		/* UDP 4500 */
	PKT_ESP,		/* IP protocol 50 */
	PKT_TUN
};

/*
 * The virtio-net header in front of each TUN packet, exactly as the kernel
 * reads and writes it (host byte order).
 */
struct pkt_vnet {
	uint8_t flags;		/* VNET_F_* */
	uint8_t gso_type;	/* VNET_GSO_* */
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
};

#define VNET_F_NEEDS_CSUM	1
#define VNET_F_DATA_VALID	2

#define VNET_GSO_NONE		0
#define VNET_GSO_TCPV4		1
#define VNET_GSO_UDP		3	/* fragments: never asked for */
#define VNET_GSO_TCPV6		4
#define VNET_GSO_UDP_L4		5	/* equal datagrams */
#define VNET_GSO_ECN		0x80	/* flag: first segment carries CWR */

struct sa;
struct sess;
struct net;
struct policy;

struct pkt {
	uint8_t *p;
	uint32_t len;		/* bytes at p */
	uint32_t back;		/* free bytes behind them */
	uint16_t seg;		/* received: datagram size of a GRO
				 * buffer, or 0 */
	uint16_t run;		/* to send: packets from here, this one
				 * included, that go as one UDP_SEGMENT train
				 * or TUN frame; 0: inside one */
	uint8_t via;		/* enum pkt_via */
	bool advanced;		/* ESP: moved the window's top */
	bool v6;		/* PPP says IPv6 */
	uint16_t tunnel, session; /* L2TP ids, ours */
	enum drop drop;
	struct pkt_vnet vnet;	/* TUN only */
	struct endpoint local, remote; /* UDP and protocol 50 only */
	/* what the steps found out; borrowed for one step of the worker */
	struct sa *sa;
	struct sess *sess;
	const struct net *net;
	struct policy *policy;	/* NULL: none */
};

struct batch {
	unsigned n;
	struct pkt *v[PKT_BATCH];
};

#endif
