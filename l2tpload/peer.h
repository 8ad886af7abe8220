/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_PEER_H
#define L2TPLOAD_PEER_H

/*
 * DOC: one phone: the mirror image of lns/.
 *
 * A peer composes the same engines in the other role (IKE initiator, LAC, PPP
 * peer) and does ESP in user space: it dials a concentrator, carries the
 * packets of one host, rekeys on command and takes its leave.  It is pure:
 * datagrams, inner packets and time go in, actions come out through a
 * caller-owned out-box.  The simulator runs thousands of peers in virtual
 * time, l2tpload runs them over sockets.
 *
 * Supported standards: those of its engines, and RFC 3193, 3948.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/count.h"
#include "base/crypto_esp.h"
#include "base/endpoint.h"
#include "base/mono.h"
#include "base/rng.h"
#include "dp/dp.h"
#include "ipsec/ike.h"
#include "l2tp/l2tp.h"
#include "ppp/ppp.h"

#define PEER_TEXT_MAX	384	/* bytes of a verdict, with the NUL */
#define PEER_IP_MAX	1500	/* bytes of an inner packet */
#define PEER_KEEPALIVE_S 20	/* RFC 3948 §4: NAT keepalive */

/* What a phone is and how it dials.  Borrowed until the peer is freed. */
struct peer_params {
	struct endpoint local;		/* address; ports of `dial` are used */
	struct endpoint remote;
	const struct ike_params *ike;
	const struct ike_dial *dial;	/* its local and remote are ignored */
	const struct l2tp_params *l2tp;
	const struct ppp_params *ppp;	/* with user and password */
	uint16_t mtu_outer;		/* bytes of an outer IP packet: 1500 */
	uint16_t window;		/* of replay, packets: 64 .. 1024 */
	uint32_t setup_ms;		/* a dial-in ends by then */
	uint32_t rekey1_s, rekey2_s;	/* rekey the phases so often; 0 off */
};

/* One of everything, for hosts with few phones. */
struct peer_kit {
	struct peer_params params;	/* points at the others */
	struct ike_params ike;
	struct ike_dial dial;
	struct l2tp_params l2tp;
	struct ppp_params ppp;
};
/*
 * Sensible values for everything but addresses, PSK, user and password; what a
 * current phone would offer: AES-256, SHA2-256, groups 19 and 14; for ESP
 * AES-256 and SHA1.
 */
void	peer_kit_default(struct peer_kit *);

/* How far a dial-in has come; in order. */
enum peer_stage {
	PEER_IDLE,
	PEER_PHASE1,		/* IKE main mode */
	PEER_PHASE2,		/* IKE quick mode */
	PEER_TUNNEL,		/* L2TP control connection */
	PEER_CALL,		/* L2TP call */
	PEER_LCP,
	PEER_AUTH,
	PEER_ADDRESS,		/* IPCP */
	PEER_CONNECTED,
	PEER_CLOSING,
	PEER_DEAD,		/* PEER_DOWN was given out */
	PEER_STAGES
};
const char	*peer_stage_str(enum peer_stage);	/* "ike phase 1", ... */

enum peer_encap {
	PEER_UDP,		/* ports in local and remote */
	PEER_ESP,		/* IP protocol 50 */
	PEER_IKE		/* as PEER_UDP, a non-ESP marker taken off */
};

struct peer_up {		/* with PEER_UP and PEER_UP6 */
	struct ppp_net net;
	struct ppp_net6 net6;	/* all zero without IPv6 */
	struct ike_p1 p1;
	struct esp_suite suite;
	struct l2tp_call_info call;
	bool natt;		/* ESP in UDP */
	uint16_t mtu;		/* inner bytes, either way */
};

enum peer_act_kind {
	PEER_SEND,		/* encap, local, remote, data */
	PEER_IP,		/* data: an inner packet for the host */
	PEER_ASK_DH,		/* dh: do it and answer with peer_dh_done() */
	PEER_STAGE,		/* stage reached */
	PEER_UP,		/* up */
	PEER_UP6,		/* up: IPv6 flows, too */
	PEER_DOWN		/* stage, text: over; drain, then free */
};

struct peer_act {
	enum peer_act_kind kind;
	enum peer_encap encap;
	enum peer_stage stage;
	struct endpoint local, remote;
	struct rd data;		/* borrowed until the box is reset */
	/* Borrowed until the box is reset; NULL unless the kind has it. */
	struct ike_dh *dh;
	const struct peer_up *up;
	const char *text;
};

#define PEER_OUT_ACTS	160
#define PEER_OUT_BYTES	(160 * 1024)
/* Room for what one call can add besides the packets it was given. */
#define PEER_STEP_ACTS	96
#define PEER_STEP_BYTES	(64 * 1024)

struct peer_out {		/* caller-owned; one for all of a thread */
	unsigned n;
	struct peer_act act[PEER_OUT_ACTS];
	size_t used;
	_Alignas(max_align_t) uint8_t arena[PEER_OUT_BYTES];
	/* Scratch of a call: nothing is kept here between calls. */
	struct ike_out ike;
	struct l2tp_out l2tp;
	struct ppp_out ppp;
};
void	peer_out_reset(struct peer_out *);

struct peer_gram {		/* one datagram that came */
	enum peer_encap encap;
	struct endpoint local, remote;
	struct rd data;		/* whole UDP payload, or from the SPI on */
};

struct peer;

/*
 * Make.  params, rng, crypt are borrowed until peer_free(); drops may be NULL.
 * NULL when memory is short.
 */
struct peer	*peer_new(const struct peer_params *, struct rng *,
		    struct esp_crypt *, struct drops *);
void		 peer_free(struct peer *);

/*
 * Feed.  Both take up to n items and return how many were taken: fewer when
 * the box cannot hold a worst-case step more; drain it and call again.
 * peer_tun() drops what is sent before the link is up or is too big.
 */
unsigned peer_input(struct peer *, mono_t now, const struct peer_gram *,
	    unsigned n, struct peer_out *);
unsigned peer_tun(struct peer *, mono_t now, const struct rd *packet,
	    unsigned n, struct peer_out *);
void	peer_dh_done(struct peer *, mono_t now, const struct ike_dh *,
	    struct peer_out *);
void	peer_expire(struct peer *, mono_t now, struct peer_out *);
mono_t	peer_deadline(const struct peer *);

/*
 * ESP, and what is in it, by a data plane that the host runs for many peers
 * (IPv4 only), not by the peer: before peer_dial().  `number`, from 1, names its
 * path and its session there.  peer_input() then takes IKE alone, and what the
 * plane has for the control side comes by peer_note().  Such a peer is not
 * frozen.
 */
struct peer_plane {
	const struct dp_ops *ops;	/* NULL: none */
	struct dp *dp;
	uint32_t number;
};
void	peer_set_plane(struct peer *, const struct peer_plane *);
/* Not DP_IKE, which is for peer_input(). */
void	peer_note(struct peer *, mono_t now, const struct dp_note *,
	    struct peer_out *);

/* Command. */
void	peer_dial(struct peer *, mono_t now, struct peer_out *);
/* phase 1: a new main mode to the same peer; 2: a new quick mode. */
void	peer_rekey(struct peer *, mono_t now, int phase, struct peer_out *);
/*
 * It has lost its SAs and says so to nobody; `wait_ms` later it makes new ones,
 * under the call that it still has (an iPhone after a sleep).
 */
void	peer_anew(struct peer *, mono_t now, uint32_t wait_ms);
/* LCP Terminate, StopCCN, Deletes; PEER_DOWN follows in time. */
void	peer_close(struct peer *, mono_t now, struct peer_out *);
/* A control message of the caller's own making through the SA (tests). */
void	peer_send_l2tp(struct peer *, struct rd control, struct peer_out *);
/* The same for a PPP frame of its call. */
void	peer_send_frame(struct peer *, struct rd frame, struct peer_out *);

/* Ask. */
struct peer_stats {
	uint64_t rx_packets, rx_bytes;	/* inner IP */
	uint64_t tx_packets, tx_bytes;
	uint32_t rekeys1, rekeys2;	/* completed */
	uint32_t sas;			/* ESP pairs alive */
};
enum peer_stage	 peer_stage(const struct peer *);
bool		 peer_is_up(const struct peer *);
/* Does IPv6 flow? */
bool		 peer_is_up6(const struct peer *);
void		 peer_stats(const struct peer *, struct peer_stats *);

/* Freeze to bytes and back; the same build, the same params. */
size_t		 peer_frozen_size(const struct peer *);
void		 peer_freeze(const struct peer *, struct wr *);
struct peer	*peer_thaw(const struct peer_params *, struct rng *,
		    struct esp_crypt *, struct drops *, struct rd *);

#endif
