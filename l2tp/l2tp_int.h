/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_L2TP_INT_H
#define L2TP_L2TP_INT_H

/*
 * DOC: the engine's objects.  Tunnels, sessions and message slots lie in
 * three pools and name each other by handle, so freezing copies the pools.
 *
 * What the owner is to be told is a flag on the object first and becomes an
 * action when the out-box has room (ctl_flush); a full box delays and never
 * loses anything.
 */

#include "base/due.h"
#include "base/htab.h"
#include "base/pool.h"
#include "l2tp/l2tp.h"
#include "l2tp/rel.h"

enum sess_state {		/* RFC 2661 §7.4.1, §7.4.2 */
	SESS_IDLE,
	SESS_WAIT_TUNNEL,
	SESS_WAIT_REPLY,
	SESS_WAIT_CONNECT,
	SESS_ESTABLISHED,
	SESS_STATES
};

enum tun_state {		/* RFC 2661 §7.2.1 */
	TUN_IDLE,
	TUN_WAIT_REPLY,
	TUN_WAIT_CONN,
	TUN_ESTABLISHED,
	TUN_STATES
};

struct cause {			/* why something ends; borrows its text */
	enum l2tp_why why;
	uint16_t result, error;
	const char *text;
};

struct ending {			/* the same, kept until it is told */
	uint32_t text;		/* slot: text with NUL; 0 if empty */
	uint16_t result, error;
	uint8_t why;
};

struct session {
	uint32_t self;		/* handle */
	uint32_t tunnel;	/* handle */
	uint32_t next;		/* the tunnel's next session; 0 ends */
	uint32_t serial;
	uint32_t tx_speed;
	struct ending end;
	uint16_t id, peer_id;	/* peer_id 0: not known yet */
	uint8_t state;		/* enum sess_state */
	uint8_t role;		/* enum l2tp_role */
	bool sequencing;
	bool ask;		/* to tell: L2TP_ASK_CALL */
	bool up;		/* to tell: L2TP_CALL_UP */
	bool told;		/* the owner knows of it: it gets a CALL_DOWN */
	bool ended;		/* to tell: L2TP_CALL_DOWN, then it is gone */
	bool with_tunnel;	/* its end is the tunnel's */
	mono_t born;
};

struct tunnel {
	uint32_t self;		/* handle */
	uint32_t path;
	uint32_t sessions;	/* first of the chain */
	uint32_t info;		/* slot: struct l2tp_tunnel_info until told */
	struct ending end;
	uint16_t id, peer_id;	/* peer_id 0: not known yet */
	uint16_t hello_ns;
	uint8_t state;		/* enum tun_state */
	uint8_t role;		/* enum l2tp_role */
	uint8_t framing;	/* the peer's Framing Capabilities */
	bool hello_out;		/* a HELLO is under way: number hello_ns */
	bool up;		/* to tell: L2TP_TUNNEL_UP */
	bool ended;		/* only acknowledges and repeats its StopCCN */
	bool told_down;
	bool broken;		/* a message could not be queued */
	bool late;		/* the box was full: flush again */
	mono_t born;
	mono_t heard;		/* last sign of life */
	mono_t busy_by;		/* a call must be up; NEVER while one is */
	mono_t gone_at;		/* ended: forget it then */
	mono_t bucket;		/* SCCRQs of this path: full again then */
	struct rel rel;
};

struct l2tp {
	const struct l2tp_params *params;
	struct rng *rng;
	struct drops *drops;
	struct pool tunnels, sessions, slots;
	struct htab by_id;	/* (path, id) -> tunnel */
	struct htab by_path;	/* path -> its tunnels */
	struct due due;		/* per tunnel */
	struct hash_key key;
	uint32_t live;		/* tunnels that have not ended */
	uint32_t serial;	/* of the last call we made */
	uint64_t retransmits;
};

#endif
