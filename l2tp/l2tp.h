/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_L2TP_H
#define L2TP_L2TP_H

/*
 * DOC: the L2TPv2 engine, both ends of a control connection.
 *
 * One engine holds all tunnels.  Its peer is a path: a number that stands for
 * an IPsec peer and survives rekeying and NAT rebinding; never an address
 * (RFC 3193 §3.3 and house rule P18).  Tunnel and session ids are unique per
 * path only.  Data packets do not pass here: a session that is up is handed
 * out as its four ids.
 *
 * Files: avp (table and codec), msg (a message as a struct), rel (reliable
 * delivery), tunnel and session (the machines), ctl (messages and actions
 * going out), recv (what comes in), life (ids, limits, deadlines), l2tp (the
 * calls below), data.h (data packets, for the packet path).  One thread.
 *
 * Supported standards: RFC 2661, 3193; deviations in doc/deviations.md.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/buf.h"
#include "base/count.h"
#include "base/mono.h"
#include "base/rng.h"

#define L2TP_NAME_MAX	64	/* of a host or vendor name, with NUL */
#define L2TP_TEXT_MAX	128	/* of an error message */

struct l2tp_params {		/* borrowed until the engine is freed */
	char host_name[L2TP_NAME_MAX];
	char vendor_name[L2TP_NAME_MAX];
	uint32_t tunnels;	/* in all */
	uint32_t sessions;
	uint32_t tunnels_per_path;
	uint32_t sessions_per_tunnel;
	uint16_t recv_window;	/* what we announce (8) */
	uint32_t rtx_first_ms;	/* 1000 */
	uint32_t rtx_cap_ms;	/* 8000 */
	uint32_t rtx_tries;	/* 5 */
	uint32_t hello_s;	/* 60; 0 off */
	uint32_t setup_ms;	/* tunnel and call set-up must end by then */
	uint32_t linger_ms;	/* a closed tunnel still acks (31,000) */
	uint32_t sccrq_rate;	/* per path and second (1), burst of 5 */
};
void	l2tp_params_default(struct l2tp_params *);

enum l2tp_role { L2TP_LNS, L2TP_LAC };	/* LAC: we dial */

enum l2tp_why {			/* who ended it and how */
	L2TP_WHY_PEER,		/* CDN or StopCCN came; result, error, text */
	L2TP_WHY_CLOSED,	/* our command */
	L2TP_WHY_TIMEOUT,	/* retransmissions used up */
	L2TP_WHY_SETUP,		/* set-up took too long */
	L2TP_WHY_PROTOCOL,	/* the peer broke the rules; text says which */
	L2TP_WHY_PATH,		/* the path is gone */
	L2TP_WHY_REFUSED,
	L2TP_WHY_COUNT
};
const char	*l2tp_why_str(enum l2tp_why);

struct l2tp_end {		/* RFC 2661 §4.4.2 Result Code */
	enum l2tp_why why;
	uint16_t result, error;
	char text[L2TP_TEXT_MAX];	/* escaped, may be empty */
};

struct l2tp_tunnel_info {
	uint16_t id, peer_id;
	char host_name[L2TP_NAME_MAX];	/* of the peer, escaped */
	char vendor_name[L2TP_NAME_MAX];
	uint16_t firmware;
	uint16_t window;		/* the peer's */
};

struct l2tp_call_info {
	uint16_t tunnel_id, session_id;		/* ours: in packets to us */
	uint16_t peer_tunnel_id, peer_session_id;
	uint32_t serial;
	uint32_t tx_speed;
	bool sequencing;	/* Sequencing Required was in the ICCN */
};

enum l2tp_act_kind {
	L2TP_SEND,		/* data: one control message for the path */
	L2TP_TUNNEL_UP,		/* tun */
	L2TP_TUNNEL_DOWN,	/* end; its sessions' CALL_DOWNs came before */
	L2TP_ASK_CALL,		/* an ICRQ came: answer with l2tp_call_done() */
	L2TP_CALL_UP,		/* call: data may flow */
	L2TP_CALL_DOWN		/* end */
};

struct l2tp_act {
	enum l2tp_act_kind kind;
	uint32_t path;
	uint32_t tunnel;	/* handle */
	uint32_t session;	/* handle */
	struct rd data;		/* borrowed until the box is reset */
	/* Borrowed until the box is reset; NULL unless the kind has it. */
	const struct l2tp_tunnel_info *tun;
	const struct l2tp_call_info *call;
	const struct l2tp_end *end;
};

#define L2TP_OUT_ACTS	32
#define L2TP_OUT_BYTES	16384

struct l2tp_out {		/* caller-owned */
	unsigned n;
	struct l2tp_act act[L2TP_OUT_ACTS];
	size_t used;
	_Alignas(max_align_t) uint8_t arena[L2TP_OUT_BYTES];
};
void	l2tp_out_reset(struct l2tp_out *);

struct l2tp;

/* Each table that l2tp_new() would make: as much as they ever take. */
void		 l2tp_bounds(const struct l2tp_params *, bound_fn *each,
		    void *ctx);
/* params and rng are borrowed until l2tp_free(); drops may be NULL. */
struct l2tp	*l2tp_new(const struct l2tp_params *, struct rng *,
		    struct drops *);
void		 l2tp_free(struct l2tp *);

/* Feed.  `data` is one control message (T bit set) that came over the path. */
void	l2tp_input(struct l2tp *, mono_t now, uint32_t path, struct rd data,
	    struct l2tp_out *);
void	l2tp_expire(struct l2tp *, mono_t now, struct l2tp_out *);
mono_t	l2tp_deadline(const struct l2tp *);
/* The path's peer showed life (ESP, PPP): a silent HELLO does not kill it. */
void	l2tp_heard(struct l2tp *, mono_t now, uint32_t path);
/* The path is gone: its tunnels and calls end without a word to the peer. */
void	l2tp_path_gone(struct l2tp *, mono_t now, uint32_t path,
	    struct l2tp_out *);

/* Answer to L2TP_ASK_CALL.  result/error as in RFC 2661 §4.4.2 when refused. */
void	l2tp_call_done(struct l2tp *, mono_t now, uint32_t session, bool accept,
	    uint16_t result, uint16_t error, const char *text,
	    struct l2tp_out *);

/* Command. */
/* LAC: opens a tunnel and, when it is up, one call.  0 at a limit. */
uint32_t l2tp_dial(struct l2tp *, mono_t now, uint32_t path, struct l2tp_out *);
/* CDN for one call (result 3: administrative). */
void	l2tp_call_close(struct l2tp *, mono_t now, uint32_t session,
	    uint16_t result, uint16_t error, const char *text,
	    struct l2tp_out *);
/* StopCCN (result 6: being shut down); its calls end with it. */
void	l2tp_tunnel_close(struct l2tp *, mono_t now, uint32_t tunnel,
	    uint16_t result, uint16_t error, const char *text,
	    struct l2tp_out *);

/* Ask. */
struct l2tp_stats {
	uint32_t tunnels, sessions;
	uint64_t retransmits;
};
void	l2tp_stats(const struct l2tp *, struct l2tp_stats *);

/* Freeze to bytes and back; the same build, the same params. */
size_t		 l2tp_frozen_size(const struct l2tp *);
void		 l2tp_freeze(const struct l2tp *, struct wr *);
struct l2tp	*l2tp_thaw(const struct l2tp_params *, struct rng *,
		    struct drops *, struct rd *);

#endif
