/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_DP_H
#define DP_DP_H

/*
 * DOC: the boundary between control side and data side.
 *
 * The control side asks through struct dp_ops, from its one thread; the data
 * side tells through struct dp_note.  Handles are the control side's: `sa`
 * names a pair of ESP SAs, `path` an IPsec peer across rekeys, `sess` a PPP
 * session.  Two implementations: workers and recorder (tests).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/acl_rule.h"
#include "base/buf.h"
#include "base/crypto_esp.h"
#include "base/endpoint.h"
#include "base/mono.h"

struct dp_sa {
	uint32_t sa;			/* handle of the caller */
	uint32_t path;
	uint32_t spi_in, spi_out;
	struct esp_suite suite;
	uint8_t keys_in[ESP_KEYMAT_MAX], keys_out[ESP_KEYMAT_MAX];
	bool encap;			/* UDP 4500, else protocol 50 */
	struct endpoint local, remote;
	uint16_t port_here, port_there;	/* inner UDP; there 0: fixed by the first packet */
	uint16_t window;		/* replay window in packets, 64 .. 1024 */
	uint32_t seq_out;		/* last sequence number given out; 0 for a new SA */
	uint32_t seq_limit;		/* end of the reserved block */
};

struct dp_sess {
	uint32_t sess;			/* handle of the caller */
	uint32_t path;
	uint16_t tunnel_id, session_id;	/* ours, in packets to us */
	uint16_t peer_tunnel_id, peer_session_id;
	bool sequencing;		/* send sequence numbers */
};

#define DP_ROUTES_MAX	8		/* of one session */

/*
 * What PPP agreed on.  A source address is let through, and a packet to it
 * sent here, if it is the peer's, in its IPv6 network or in one of its routes,
 * unless it has been given to another session.  A session may have either
 * family or both.
 */
struct dp_net {
	struct ipaddr peer4;		/* IP_NONE: no IPv4 */
	struct ipnet prefix6;		/* IP_NONE: none */
	uint16_t mtu;			/* inner bytes: IP packets to the peer */
	uint32_t route_n;
	struct ipnet route[DP_ROUTES_MAX]; /* networks behind the peer */
};

#define DP_ACLS_MAX	64		/* numbers are 1 to this */
#define DP_RATE_MIN	8000		/* bits per second */
#define DP_RATE_MAX	UINT64_C(100000000000)

struct dp_policy {
	uint32_t acl;			/* a number; 0: none */
	/* Inner IP bits per second from and to the peer; 0: no limit. */
	uint64_t rx_bps, tx_bps;
	/* Bytes; 0: 125 ms of the rate, at least 16 KB. */
	uint32_t rx_burst, tx_burst;
};

struct dp_count {
	/* From the peer: inner IP that passed the policy. */
	uint64_t rx_packets, rx_bytes;
	uint64_t tx_packets, tx_bytes;
	mono_t heard;			/* last authentic packet, about 1 s exact */
	mono_t moved;			/* last counted packet, either way; so too */
	/* By the policy; what the TUN gives as one frame is one. */
	uint64_t acl_drops, rate_drops;
};

struct dp_ids {				/* what an L2TP packet names: our ids */
	bool l2tp;			/* it is one; else nothing here counts */
	bool control;
	uint16_t tunnel_id, session_id;
};

enum dp_note_kind {
	DP_IKE,			/* local, remote, data: marker taken off on 4500 */
	DP_L2TP,		/* path, sa, data: a control message */
	/*
	 * path, sess, data: a frame that is not plain IP, or has a Router
	 * Solicitation of a session with a prefix6.
	 */
	DP_PPP,
	DP_SA_SEEN,		/* sa, path, ids: of its first authentic packet */
	DP_SA_MOVED,		/* sa, path, local, remote */
	DP_SEQ_LOW		/* sa: half of the reserved block is used */
};

struct dp_note {
	enum dp_note_kind kind;
	uint32_t path, sa, sess; /* path: the SA's when this was written */
	struct dp_ids ids;
	struct endpoint local, remote;
	struct rd data;		/* borrowed during the call */
};

struct dp;

struct dp_ops {
	/* Copies; keys too.  False: table full, SPI in use, or no memory. */
	bool (*sa_add)(struct dp *, const struct dp_sa *);
	/* From now on the path's packets leave through this SA. */
	void (*sa_use)(struct dp *, uint32_t sa);
	/*
	 * From now on the SA is another path's.  Only before its first sa_use:
	 * nothing was sent on it then; what came in stays in its replay window.
	 * False: it was used or is unknown, or no memory.
	 */
	bool (*sa_join)(struct dp *, uint32_t sa, uint32_t path);
	void (*sa_del)(struct dp *, uint32_t sa);
	/* Both ends, of one family; of two: nothing is changed. */
	void (*sa_move)(struct dp *, uint32_t sa, const struct endpoint *local,
	    const struct endpoint *remote);
	void (*sa_reserve)(struct dp *, uint32_t sa, uint32_t seq_limit);
	/* When did authentic ESP last come in on it?  mono 0: never. */
	mono_t (*sa_heard)(struct dp *, uint32_t sa);
	/* Control frames may flow; IP is dropped until sess_open. */
	bool (*sess_add)(struct dp *, const struct dp_sess *);
	/*
	 * False: no such session, its address is another's, its IPv6 network
	 * or a route is not ok, neither family, too many routes, or no memory.
	 */
	bool (*sess_open)(struct dp *, uint32_t sess, const struct dp_net *);
	/*
	 * Would sess_open() take this route of this session?  Not a route that
	 * no client can have, or that overlaps another open session's address
	 * or route.  (An address may be given that lies in another's route:
	 * the longer prefix wins.)
	 */
	bool (*sess_route_ok)(struct dp *, uint32_t sess, const struct ipnet *);
	/*
	 * Takes the place of the session's old policy, from sess_add on and at
	 * any time, open or shut; no packet is lost.  A direction with the same
	 * rate and burst keeps its bucket, else that starts full.  NULL: no
	 * policy.  False, and the old one holds: no such session or ACL, a rate
	 * out of bounds, or no memory.
	 */
	bool (*sess_policy)(struct dp *, uint32_t sess,
	    const struct dp_policy *);
	/*
	 * Copies n rules, 1 to ACL_RULES_MAX; sessions that name the ACL follow
	 * at once.  With n 0 it is removed, and they pass nothing.  False, and
	 * nothing is changed: no such number, a rule is not acl_rule_ok(), or
	 * no memory.
	 */
	bool (*acl_set)(struct dp *, uint32_t acl, const struct acl_rule *,
	    uint32_t n);
	void (*sess_shut)(struct dp *, uint32_t sess);	/* back to control frames only */
	void (*sess_del)(struct dp *, uint32_t sess);
	bool (*sess_count)(struct dp *, uint32_t sess, struct dp_count *);
	/* Seals and sends, in order with the path's data. */
	void (*send_l2tp)(struct dp *, uint32_t path, struct rd control);
	void (*send_ppp)(struct dp *, uint32_t sess, struct rd frame);
};

#endif
