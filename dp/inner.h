/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_INNER_H
#define DP_INNER_H

/*
 * DOC: what is inside ESP: the UDP header that carries L2TP, and the IP
 * packets that PPP carries.  Pure functions on bytes; nothing is trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/endpoint.h"

#define INNER_PROTO_ICMP	1
#define INNER_PROTO_TCP		6
#define INNER_PROTO_UDP		17
#define INNER_PROTO_ICMP6	58
#define INNER_ICMP6_SOLICIT	133	/* Router Solicitation, RFC 4861 §4.1 */

#define INNER_UDP_HEAD		8	/* bytes */
#define INNER_ICMP_MAX		1280	/* bytes of a too-big message */

struct inner {			/* a checked IP packet */
	struct ipaddr src, dst;
	uint32_t len;		/* its own length; what follows is not its */
	uint32_t head;		/* bytes in front of the upper layer */
	uint8_t proto;		/* upper layer */
	bool df;		/* must not be fragmented; IPv6: always */
	bool later;		/* a fragment that is not the first */
	bool fragment;		/* any fragment */
};

/* fe80::/10, RFC 4291 §2.4. */
static inline bool
inner_link_local(const struct ipaddr *a)
{
	return a->family == IP_V6 && a->b[0] == 0xfe &&
	    (a->b[1] & 0xc0) == 0x80;
}

/*
 * Version, header and total length, no source routing (N-36).  Header
 * checksums are the kernel's business.
 */
enum drop	 inner_ip(const uint8_t *p, size_t len, struct inner *);

/*
 * The datagram inside ESP against the SA's selector (N-33): to port `here`,
 * from port `there` unless that is 0, length within the packet.  Yields the
 * peer's port and the length of what follows the header.  The checksum is
 * never looked at: behind NAT64 it is computed over addresses we do not know.
 */
enum drop	 inner_udp(const uint8_t *p, size_t len, uint16_t here,
		    uint16_t there, uint16_t *from, uint32_t *payload);
/*
 * Writes the eight bytes in front of `payload` bytes at p.  With IPv6 outer
 * addresses the checksum is computed over them, else it is zero (RFC 3948
 * §2.1 has the outer one zero, and RFC 768 lets the inner be).
 */
void		 inner_udp_write(uint8_t *p, uint32_t payload, uint16_t from,
		    uint16_t to, const struct ipaddr *src,
		    const struct ipaddr *dst);

/*
 * Lowers the MSS option of a TCP SYN to what fits in `mtu`, checksum kept
 * right (RFC 1624).  The checksum field must be complete.
 */
void		 inner_clamp(uint8_t *p, const struct inner *, uint16_t mtu);

/*
 * IPv4 fragments of a packet without DF, one a call, in order.  At least
 * `mtu` bytes must be free at `out`.  Returns the fragment's length, 0 after
 * the last.  The packet may itself be a fragment.
 */
struct inner_frag {
	const uint8_t *p;	/* borrowed */
	uint32_t len, head, mtu;
	uint32_t at;		/* payload bytes already sent */
};
struct inner_frag inner_frag(const uint8_t *p, const struct inner *,
		    uint16_t mtu);
uint32_t	 inner_frag_next(struct inner_frag *, uint8_t *out);

/*
 * "Fragmentation needed" (RFC 1191) or "packet too big" (RFC 4443 §3.2) about
 * a packet, from address `from`, into INNER_ICMP_MAX bytes at `out`.  Returns
 * its length, 0 if none may be sent about this packet (RFC 1122 §3.2.2).
 */
uint32_t	 inner_too_big(const uint8_t *p, const struct inner *,
		    uint16_t mtu, const struct ipaddr *from, uint8_t *out);

#endif
