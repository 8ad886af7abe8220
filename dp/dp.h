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

struct dp_net {				/* what PPP agreed on */
	struct ipaddr peer4;		/* the one source address that is let through */
	uint16_t mtu;			/* inner bytes: IP packets to the peer */
};

struct dp_count {
	uint64_t rx_packets, rx_bytes;	/* from the peer: inner IP */
	uint64_t tx_packets, tx_bytes;
	mono_t heard;			/* last authentic packet, about 1 s exact */
};

struct dp_ids {				/* what an L2TP packet names: our ids */
	bool l2tp;			/* it is one; else nothing here counts */
	bool control;
	uint16_t tunnel_id, session_id;
};

enum dp_note_kind {
	DP_IKE,			/* local, remote, data: marker taken off on 4500 */
	DP_L2TP,		/* path, sa, data: a control message */
	DP_PPP,			/* path, sess, data: a frame that is not plain IP */
	DP_SA_SEEN,		/* sa, path, ids: of its first authentic packet */
	DP_SA_MOVED,		/* sa, path, remote */
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
	void (*sa_move)(struct dp *, uint32_t sa, const struct endpoint *remote);
	void (*sa_reserve)(struct dp *, uint32_t sa, uint32_t seq_limit);
	/* When did authentic ESP last come in on it?  mono 0: never. */
	mono_t (*sa_heard)(struct dp *, uint32_t sa);
	/* Control frames may flow; IP is dropped until sess_open. */
	bool (*sess_add)(struct dp *, const struct dp_sess *);
	bool (*sess_open)(struct dp *, uint32_t sess, const struct dp_net *);
	void (*sess_shut)(struct dp *, uint32_t sess);	/* back to control frames only */
	void (*sess_del)(struct dp *, uint32_t sess);
	bool (*sess_count)(struct dp *, uint32_t sess, struct dp_count *);
	/* Seals and sends, in order with the path's data. */
	void (*send_l2tp)(struct dp *, uint32_t path, struct rd control);
	void (*send_ppp)(struct dp *, uint32_t sess, struct rd frame);
};

#endif
