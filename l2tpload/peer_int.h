/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_PEER_INT_H
#define L2TPLOAD_PEER_INT_H

/*
 * Private to the peer.  What must survive a freeze is in struct peer_state,
 * which is flat; the rest is rebuilt from it.
 */

#include "ipsec/esp.h"
#include "l2tpload/peer.h"

#define PEER_SAS	8	/* ESP pairs at once: rekeys overlap */
#define PEER_BATCH	32	/* packets sealed or opened in one go */
#define PEER_PATH	1	/* the one path of our L2TP engine */
#define PEER_L2TP_PORT	1701

enum peer_closing {		/* how far the farewell is */
	PEER_CLOSE_NO,
	PEER_CLOSE_PPP,		/* Terminate-Request is out */
	PEER_CLOSE_L2TP,	/* StopCCN is out */
	PEER_CLOSE_IKE		/* Deletes are out */
};

struct peer_sa {		/* one ESP pair; free if child is 0 */
	uint32_t child;
	uint32_t age;		/* rises with each one installed */
	bool send;		/* IKE_SA_OUT was seen */
	bool seen;		/* an authentic packet came in on it */
	struct ike_child c;
	/* Kept in the esp_in and esp_out while alive; here when frozen. */
	uint32_t seq;
	struct replay replay;
};

struct peer_state {
	enum peer_stage stage;
	enum peer_closing closing;
	enum ike_stage ike_sent;	/* which of our messages went last */
	uint32_t ike_sa;	/* newest ISAKMP SA, 0 if none */
	bool natt;
	struct ike_p1 p1;
	struct peer_sa sa[PEER_SAS];
	uint32_t ages;
	uint32_t tunnel;	/* L2TP handles */
	uint32_t session;
	struct l2tp_call_info call;
	uint16_t ns;		/* of data, if the call is sequenced */
	bool have_ppp;
	bool linked, linked6;	/* IPCP is open, IPV6CP is */
	struct ppp_net net;
	struct ppp_net6 net6;
	mono_t setup_by;	/* end of the dial-in */
	mono_t close_by;	/* next step of the farewell */
	mono_t rekey1, rekey2;
	mono_t anew;		/* without an SA until then */
	mono_t retire;		/* old pairs are deleted then */
	mono_t heard;		/* told the engines last */
	enum peer_stage failed_at;
	char verdict[PEER_TEXT_MAX];
	struct peer_stats stats;
};

struct peer {
	const struct peer_params *params;	/* borrowed, like the next */
	struct rng *rng;
	struct esp_crypt *crypt;
	struct drops *drops;
	struct ike *ike;			/* owned, as the next two */
	struct l2tp *l2tp;
	struct ppp *ppp;			/* NULL without a call */
	struct esp_in in[PEER_SAS];		/* keyed as s.sa[] */
	struct esp_out out[PEER_SAS];
	struct peer_plane plane;
	struct peer_state s;
};

/* ---- out-box (peer_sa.c) ---- */
struct peer_act	*peer_act_add(struct peer_out *, enum peer_act_kind);
/* NULL when full. */
void		*peer_arena(struct peer_out *, size_t n);

/* ---- ESP pairs and the layers between IP and PPP (peer_sa.c) ---- */
bool	peer_sa_add(struct peer *, uint32_t child, const struct ike_child *);
void	peer_sa_use(struct peer *, uint32_t child);
void	peer_sa_del(struct peer *, uint32_t child);
/* The pair we send on, 0 if there is none. */
uint32_t peer_sa_current(const struct peer *);
/* Rebuilds the keyed halves after a thaw. */
bool	peer_sa_thaw(struct peer *);
void	peer_sa_freeze(const struct peer *, struct peer_state *);
/* Inner bytes that fit a packet of ours; 0 without an SA or a call. */
uint16_t peer_mtu(const struct peer *);

/* For a thaw: nothing but what is borrowed.  NULL: no memory. */
struct peer *peer_make(const struct peer_params *, struct rng *,
	    struct esp_crypt *, struct drops *);

enum peer_what { PEER_CONTROL, PEER_FRAME, PEER_PACKET };
/* Seals control messages, PPP frames or IP packets, in order. */
void	peer_seal(struct peer *, enum peer_what, const struct rd *, unsigned n,
	    struct peer_out *);

struct peer_inner {		/* what came out of an ESP packet */
	enum peer_what what;
	uint32_t child;		/* its SA */
	bool first;		/* the first authentic one on it */
	struct rd data;
};
/* Opens up to PEER_BATCH ESP packets; returns how many were good. */
unsigned peer_open(struct peer *, const struct peer_gram *, unsigned n,
	    struct peer_inner *, struct peer_out *);

/* ---- in a data plane (peer_plane.c); nothing without one ---- */
/* Its handle of the pair in place i. */
uint32_t peer_plane_sa(const struct peer *, int i);
bool	peer_plane_sa_add(const struct peer *, int i);
/* The pair of a handle; 0: none. */
uint32_t peer_plane_child(const struct peer *, uint32_t handle);
/* The call, and the link over it. */
void	peer_plane_call(struct peer *, bool up);
void	peer_plane_link(struct peer *, bool up);
void	peer_plane_send(struct peer *, enum peer_what, struct rd);

#endif
