/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IPSEC_IKE_H
#define IPSEC_IKE_H

/*
 * DOC: the IKEv1 engine, both roles.
 *
 * One engine speaks with all peers: main mode with a pre-shared key, quick
 * mode for ESP in transport mode, informational exchanges, DPD and NAT
 * traversal.  It is pure: datagrams and time go in, actions come out through
 * a caller-owned out-box; Diffie-Hellman is an action too.  A peer is an
 * ISAKMP SA, named by a handle (`sa`); each pair of ESP SAs it negotiates is a
 * child with a handle of its own, which stays valid when the ISAKMP SA is gone.
 *
 * One call adds at most 20 actions and 8 KB.  A call that finds less room in
 * the box does nothing (a datagram is dropped and counted, a deadline stays
 * due): drain the box and call again.
 *
 * A failed dial is IKE_FAIL and, when phase 1 failed, IKE_PEER_GONE.
 *
 * Supported standards: RFC 2407, 2408, 2409 (main mode, PSK), 3706, 3947,
 * 3948, 5903; deviations in doc/deviations.md.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/buf.h"
#include "base/count.h"
#include "base/crypto.h"
#include "base/crypto_esp.h"
#include "base/endpoint.h"
#include "base/mono.h"
#include "base/rng.h"
#include "base/secret.h"

#define IKE_PORT	500
#define IKE_NATT_PORT	4500
#define IKE_PSK_MAX	8	/* keys tried on one MM5 */
#define IKE_P1_MAX	21	/* rows of a phase-1 list that is offered */
#define IKE_P1_ROWS	160	/* rows of what is allowed */
#define IKE_P2_MAX	24
#define IKE_TEXT_MAX	256	/* bytes of an explanation, with the NUL */
#define IKE_ID_MAX	64	/* bytes kept of an identity */

/* One phase-1 combination. */
struct ike_p1 {
	uint8_t cipher;		/* enum cipher_alg */
	uint8_t hash;		/* enum hash_alg: SHA1, SHA256, SHA384, SHA512 */
	uint8_t group;		/* enum dh_group */
};

enum ike_id_type {		/* RFC 2407 §4.6.2.1 */
	IKE_ID_NONE = 0,	/* as own ID: the address that was dialled */
	IKE_ID_IPV4 = 1,
	IKE_ID_FQDN = 2,
	IKE_ID_USER_FQDN = 3,
	IKE_ID_IPV6 = 5,
	IKE_ID_KEY_ID = 11
};

struct ike_id {
	uint8_t type;		/* enum ike_id_type, or what the peer sent */
	uint8_t len;		/* bytes; longer identities are cut in b */
	uint8_t b[IKE_ID_MAX];
};

struct ike_limits {		/* threats.md 3.2; see ike_limits_default() */
	uint32_t peers;		/* ISAKMP SAs, established */
	uint32_t half_open;	/* records until MM3, 1 KB each */
	uint32_t dh_pending;	/* records from MM3 on, 3 KB each */
	uint32_t children;	/* ESP SA pairs in all */
	uint32_t prefixes;	/* remembered: their buckets, logins of 24 h */
	uint32_t burst32, rate32;	/* MM1 per /32 or /64: tokens, per second */
	uint32_t burst24, rate24;	/* per /24 or /48 */
	uint32_t rate_all;		/* all MM1 per second */
	uint32_t trusted_factor;	/* for prefixes with a login in the last 24 h */
	uint32_t qm_in_flight;	/* per ISAKMP SA */
	uint32_t children_per_peer;
	uint32_t half_open_ms;	/* life of a half-open record */
};

struct ike_params {		/* borrowed by the engine until it is freed */
	struct ike_limits limits;
	struct secret psk[IKE_PSK_MAX];
	uint8_t psk_n;
	struct ike_id id;	/* own identity; IKE_ID_NONE: address dialled */
	bool allow_legacy_dh;	/* group 2 and 3DES */
	/* What is allowed; the order is our preference over the whole offer. */
	struct ike_p1 p1[IKE_P1_ROWS];
	uint8_t p1_n;		/* 0: ike_params_default() fills both lists */
	struct esp_suite p2[32];
	uint8_t p2_n;
	uint32_t p1_life_s;	/* hard limit of an ISAKMP SA (28,800) */
	uint32_t p2_life_s;	/* hard limit of a child (28,800) */
	uint32_t dpd_idle_s;	/* probe a silent peer that announced DPD */
	uint32_t dpd_tries;
	uint32_t keepalive_s;	/* initiator behind NAT: 0xFF each so many s; 0 off */
};

/* Sensible values for everything but psk and id. */
void	ike_params_default(struct ike_params *, bool allow_legacy_dh);

/* How far a dial-in came; in order. */
enum ike_stage {
	IKE_STAGE_MM1,		/* first packet seen */
	IKE_STAGE_MM3,		/* the peer answers from its address */
	IKE_STAGE_MM5,		/* encrypted identity arrived */
	IKE_STAGE_PEER,		/* phase 1 done */
	IKE_STAGE_QM1,
	IKE_STAGE_CHILD		/* phase 2 done */
};

/* Why an exchange or an SA ended. */
enum ike_why {
	IKE_WHY_NONE,
	IKE_WHY_NO_PROPOSAL,	/* text: what was offered, what is allowed */
	IKE_WHY_LEGACY_DH,	/* would work with allow-legacy-dh */
	IKE_WHY_PSK,		/* MM5 does not decrypt to its hash: wrong PSK */
	IKE_WHY_AGGRESSIVE,	/* client sent an IPsec identifier / group name */
	IKE_WHY_P2_PROPOSAL,
	IKE_WHY_P2_ID,		/* not UDP 1701 */
	IKE_WHY_UNANSWERED,	/* nothing but its first message ever came */
	IKE_WHY_TIMEOUT,	/* the peer went silent half-way */
	IKE_WHY_REFUSED,	/* the peer sent an error notify; text names it */
	IKE_WHY_DELETED,	/* the peer sent a Delete */
	IKE_WHY_DPD,		/* the peer does not answer */
	IKE_WHY_EXPIRED,
	IKE_WHY_REPLACED,	/* a rekey took over */
	IKE_WHY_CLOSED,		/* by our own command */
	IKE_WHY_LIMIT,
	IKE_WHY_COUNT
};
const char	*ike_stage_str(enum ike_stage);
const char	*ike_why_str(enum ike_why);	/* plain words for an operator */

/* What a peer showed of itself: bits. */
enum ike_hint {
	IKE_HINT_DPD = 1 << 0,
	IKE_HINT_RFC3947 = 1 << 1,
	IKE_HINT_FRAG = 1 << 2,
	IKE_HINT_MS = 1 << 3,		/* MS NT5 ISAKMPOAKLEY */
	IKE_HINT_APPLE = 1 << 4,	/* Apple's own NAT-T vendor ID */
	IKE_HINT_XAUTH = 1 << 5,
	IKE_HINT_STRONGSWAN = 1 << 6,
	IKE_HINT_GROUP2_ONLY = 1 << 7,	/* every transform has group 2 (Android) */
	IKE_HINT_QM_PORT0 = 1 << 8	/* IDci port 0 (Android) */
};

struct ike_peer {		/* with IKE_PEER_UP */
	struct endpoint local, remote;
	struct ike_id id;
	uint32_t hints;		/* enum ike_hint */
	uint8_t psk;		/* index of the key that fitted */
	bool initiator;		/* we dialled */
	bool natt;		/* UDP encapsulation in use */
	bool nat_here, nat_there;
	bool initial_contact;	/* seen in MM5; later ones are IKE_CONTACT */
	struct ike_p1 p1;
	uint32_t replaces;	/* our own rekey: the SA that this one follows */
};

struct ike_child {		/* with IKE_SA_IN; keys are wiped with the out-box */
	uint32_t spi_in, spi_out;
	struct esp_suite suite;
	uint8_t keys_in[ESP_KEYMAT_MAX], keys_out[ESP_KEYMAT_MAX];
	bool encap;		/* in UDP */
	struct endpoint local, remote;
	uint16_t port_here;	/* inner UDP selector of our side: 1701 */
	uint16_t port_there;	/* of the peer; 0: fixed by its first packet */
	uint32_t life_s;	/* what the peer proposed, 0 if nothing */
	uint64_t life_kb;
};

enum ike_act_kind {
	IKE_SEND,		/* data: a whole UDP payload, marker included on 4500 */
	IKE_ASK_DH,		/* dh: do it and answer with ike_dh_done() */
	IKE_ATTEMPT,		/* a dial-in began; remote */
	IKE_STAGE,		/* stage */
	IKE_FAIL,		/* why, text: the attempt is over */
	IKE_PEER_UP,		/* peer */
	IKE_PEER_GONE,		/* why: the ISAKMP SA is gone, children may live on */
	IKE_SA_IN,		/* child: install both, receive on it from now on */
	IKE_SA_OUT,		/* send on this child from now on */
	IKE_CHILD_GONE,		/* why: remove both SAs */
	IKE_MOVED,		/* remote: a new authenticated message came from there */
	IKE_CONTACT		/* the peer says INITIAL-CONTACT */
};

struct ike_dh {			/* a job and, filled in, its answer */
	uint32_t sa;		/* whose: given back unchanged */
	uint32_t tag;		/* which exchange: given back unchanged */
	uint64_t share;		/* keyed sum of the asking prefix; 0: our own */
	bool trusted;		/* it has had a login in the last 24 h */
	uint8_t group;		/* enum dh_group */
	bool have_priv;		/* priv is given; else make a pair */
	bool have_peer;		/* peer is given: compute the shared secret */
	bool ok;		/* answer */
	uint8_t priv[DH_PRIVATE_MAX];
	uint8_t pub[DH_PUBLIC_MAX];	/* answer (copied if the pair was given) */
	uint8_t peer[DH_PUBLIC_MAX];
	uint16_t peer_len;
	uint8_t shared[DH_SHARED_MAX];	/* answer, if have_peer */
};

/* Does a job where it stands: helpers, tests and clients use it. */
void	ike_dh_run(struct ike_dh *, struct rng *);

struct ike_act {
	enum ike_act_kind kind;
	uint64_t attempt;	/* of the dial-in this belongs to */
	uint32_t sa;		/* ISAKMP SA; 0 before it exists */
	uint32_t child;
	struct endpoint local, remote;
	struct rd data;		/* borrowed until the box is reset */
	enum ike_stage stage;
	enum ike_why why;
	/* Borrowed until the box is reset; NULL unless the kind has it. */
	const char *text;
	const struct ike_peer *peer;
	const struct ike_child *sa_pair;
	struct ike_dh *dh;
};

#define IKE_OUT_ACTS	32
#define IKE_OUT_BYTES	16384

struct ike_out {		/* caller-owned */
	unsigned n;
	struct ike_act act[IKE_OUT_ACTS];
	size_t used;
	_Alignas(max_align_t) uint8_t arena[IKE_OUT_BYTES];
};
void	ike_out_reset(struct ike_out *);	/* wipes what held keys */

struct ike;

/* Each table that ike_new() would make: as much as they ever take. */
void		 ike_bounds(const struct ike_params *, bound_fn *each, void *ctx);
/*
 * Make.  params and rng are borrowed until ike_free(); drops may be NULL.
 * NULL with errno when memory is short.
 */
struct ike	*ike_new(const struct ike_params *, struct rng *, struct drops *);
void		 ike_free(struct ike *);
/* New policy and keys for new exchanges; those under way keep theirs. */
void		 ike_params_set(struct ike *, const struct ike_params *);

/*
 * Feed.  `data` is a UDP payload: on port 4500 the caller has taken the
 * marker off.
 */
void	ike_input(struct ike *, mono_t now, const struct endpoint *local,
	    const struct endpoint *remote, struct rd data, struct ike_out *);
void	ike_expire(struct ike *, mono_t now, struct ike_out *);
mono_t	ike_deadline(const struct ike *);
void	ike_dh_done(struct ike *, mono_t now, const struct ike_dh *, struct ike_out *);
/* The first authentic ESP packet came in on this child. */
void	ike_esp_seen(struct ike *, mono_t now, uint32_t child, struct ike_out *);
/* Authentic ESP came: the peer lives (puts DPD off). */
void	ike_heard(struct ike *, mono_t now, uint32_t sa);
/* ESP that advanced the window came from there.  Children are told apart. */
void	ike_moved(struct ike *, mono_t now, uint32_t sa,
	    const struct endpoint *local, const struct endpoint *remote);
/*
 * The same for one child, also for one that lost its ISAKMP SA: its peer may
 * delete it from where it is now (threats N-14).
 */
void	ike_child_moved(struct ike *, uint32_t child,
	    const struct endpoint *local, const struct endpoint *remote);
/* A login from there succeeded: its prefix is trusted for 24 h. */
void	ike_trust(struct ike *, mono_t now, const struct endpoint *remote);

/* Command. */
struct ike_dial {
	struct endpoint local, remote;	/* ports usually 500 */
	struct secret psk;
	struct ike_p1 p1[IKE_P1_MAX];
	uint8_t p1_n;
	struct esp_suite p2[IKE_P2_MAX];
	uint8_t p2_n;
	uint32_t p1_life_s, p2_life_s;	/* what to propose */
	uint64_t p2_life_kb;		/* 0: none */
	uint8_t pfs_group;		/* 0: none */
	uint16_t port;			/* own inner UDP port; in IDci */
	struct ike_id id;		/* IKE_ID_NONE: own address */
	bool force_natt;		/* announce a NAT that is not there */
};
/* Starts main mode and, when it is up, quick mode.  The handle, or 0 at a limit. */
uint32_t ike_dial(struct ike *, mono_t now, const struct ike_dial *, struct ike_out *);
/* Starts a new quick mode on an established SA we know the proposals of. */
void	ike_rekey_child(struct ike *, mono_t now, uint32_t sa, struct ike_out *);
/* Starts a new main mode towards the same peer; the old SA is deleted after. */
void	ike_rekey_peer(struct ike *, mono_t now, uint32_t sa, struct ike_out *);
/* Sends the Deletes (ESP first) and forgets; CHILD_GONE and PEER_GONE follow. */
void	ike_close(struct ike *, mono_t now, uint32_t sa, struct ike_out *);
void	ike_child_close(struct ike *, mono_t now, uint32_t child, struct ike_out *);
/*
 * The peer renewed its ISAKMP SA: the children of the old one, as many as an
 * SA may have, go on under the new one; closing the old one then spares them.
 */
void	ike_adopt(struct ike *, uint32_t from, uint32_t to);
/* Forgets without a word to the peer (takeover, lost path). */
void	ike_forget(struct ike *, uint32_t sa, struct ike_out *);
void	ike_child_forget(struct ike *, uint32_t child, struct ike_out *);

/* Ask. */
/*
 * When did the peer last say something under this SA that was new for certain
 * (what may move it), its own making at first?  ESP does not count.  0: no SA.
 */
mono_t	ike_fresh(const struct ike *, uint32_t sa);
struct ike_stats {
	uint32_t half_open, dh_pending, peers, children;
	uint64_t attempts, dh_asked, established, refused;
};
void	ike_stats(const struct ike *, struct ike_stats *);

/* Freeze to bytes and back; the same build, the same params. */
size_t		 ike_frozen_size(const struct ike *);
void		 ike_freeze(const struct ike *, struct wr *);
struct ike	*ike_thaw(const struct ike_params *, struct rng *, struct drops *,
		    struct rd *);

#endif
