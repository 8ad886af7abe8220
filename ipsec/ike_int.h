/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IPSEC_IKE_INT_H
#define IPSEC_IKE_INT_H

/*
 * DOC: inside the IKEv1 engine.
 *
 * A dial-in walks through pools: ike_half (1 KB, until MM3 proves that the
 * peer receives at its address), ike_neg (3 KB, until MM5 is verified),
 * ike_sa (established).  Quick mode exchanges are ike_qm, the ESP SA pairs
 * they make are ike_pair.  Objects name each other by pool handle only.
 */

#include "base/due.h"
#include "base/htab.h"
#include "base/pool.h"
#include "ipsec/ike.h"
#include "ipsec/isakmp.h"

#define IKE_SAI_MAX	640	/* bytes of an SA body we keep, threats 3.2.2 */
#define IKE_SAI_OWN	780	/* of an offer of our own */
#define IKE_TRANS_MAX	128	/* bytes of a transform that can be chosen */
#define IKE_MM2_MAX	248
#define IKE_MM6_MAX	208	/* also MM5 */
#define IKE_QM_MAX	1984	/* bytes of a quick mode message we send */
#define IKE_MSG_MAX	2048	/* bytes of any message we send */
#define IKE_PLAIN_MAX	4096	/* bytes of an encrypted body we open */
#define IKE_IDB_MAX	(4 + IKE_ID_MAX)	/* identity payload body */
#define IKE_MM2_REPEATS	3
#define IKE_REPEATS	10
#define IKE_MM5_TRIES	10	/* different MM5s on one record */
#define IKE_RECENT	64	/* refused first messages remembered */
#define IKE_QM_RING	16	/* message ids remembered */
#define IKE_INFO_RING	32
#define IKE_DPD_RETRY_S	10
#define IKE_QM_LIFE_S	30
#define IKE_DH_PATIENCE_S	5	/* a job may be asked again after this */
#define IKE_CHILDREN_MAX	8	/* of one peer, whatever the limits say */
#define IKE_STEP_ACTS	20	/* actions that one input may add */
#define IKE_STEP_BYTES	8192

enum ike_vid_natt {		/* in order of preference */
	NATT_NONE, NATT_RFC3947, NATT_D03, NATT_D02N, NATT_D02
};

enum ike_main_state {
	MAIN_I_MM1_SENT, MAIN_I_PAIR, MAIN_I_MM3_SENT, MAIN_I_SHARE,
	MAIN_I_MM5_SENT,
	MAIN_R_SHARE, MAIN_R_MM4_SENT
};

enum ike_qm_state {
	QM_I_PAIR, QM_I_QM1_SENT, QM_I_SHARE,
	QM_R_SHARE, QM_R_QM2_SENT
};

enum ike_dh_tag { DH_TAG_MAIN = 1, DH_TAG_QUICK = 2 };

struct ike_bucket {		/* all zero: full */
	mono_t at;
	uint32_t used;		/* thousandths of a token */
};

struct ike_way {		/* between whom a message goes */
	struct endpoint local, remote;
	bool initiator;		/* of phase 1: us */
};

struct ike_rtx {		/* retransmission of one request */
	mono_t next;
	uint8_t sent;
};

struct ike_half {
	struct ike_way way;
	uint8_t cky_i[ISAKMP_COOKIE], cky_r[ISAKMP_COOKIE];
	uint64_t attempt;
	uint64_t req;		/* keyed sum of MM1 */
	mono_t until;
	uint32_t hints;
	struct ike_p1 p1;
	uint8_t vid;		/* enum ike_vid_natt */
	uint8_t repeats;
	bool trusted;
	uint8_t epoch;		/* of the PSKs */
	uint16_t sai_len, reply_len;
	uint8_t sai[IKE_SAI_MAX];
	uint8_t reply[IKE_MM2_MAX];
};

struct ike_neg {
	struct ike_way way;
	struct ipaddr first;	/* where MM1 came from */
	uint8_t cky_i[ISAKMP_COOKIE], cky_r[ISAKMP_COOKIE];
	uint64_t attempt;
	uint64_t req;		/* keyed sum of the last request accepted */
	uint64_t bad5;		/* of the last MM5 refused */
	mono_t until;
	mono_t asked;		/* the DH job */
	struct ike_rtx rtx;
	uint32_t sa;		/* initiator: taken when dialling */
	uint32_t hints;
	uint8_t state;		/* enum ike_main_state */
	struct ike_p1 p1;
	uint8_t vid;
	bool nat_here, nat_there;
	bool trusted;
	bool told;		/* IKE_FAIL was given */
	uint8_t epoch;
	uint8_t repeats;
	uint8_t tries;		/* MM5s tried */
	uint16_t refused;	/* initiator: last unprotected error notify */
	uint16_t sai_len, ni_len, nr_len;
	uint8_t priv[DH_PRIVATE_MAX];
	uint8_t sai[IKE_SAI_OWN];
	uint8_t ni[ISAKMP_NONCE_MAX], nr[ISAKMP_NONCE_MAX];
	uint8_t gxi[DH_PUBLIC_MAX], gxr[DH_PUBLIC_MAX];
	uint8_t shared[DH_SHARED_MAX];
};

struct ike_sa {
	struct ike_way way;
	struct ipaddr first;
	uint8_t cky_i[ISAKMP_COOKIE], cky_r[ISAKMP_COOKIE];
	uint64_t attempt;
	uint64_t who;		/* keyed sum of the peer's identity */
	mono_t until;		/* hard limit */
	mono_t heard;		/* last sign of life */
	mono_t fresh;		/* last message that was new for certain */
	mono_t dpd_next, keepalive;
	bool up;		/* set by ike_sa_establish() alone */
	bool natt, nat_here, nat_there;
	bool contact;		/* INITIAL-CONTACT was told */
	uint8_t vid;
	uint8_t psk;
	uint8_t dpd_tries;
	uint8_t repeats;
	uint8_t qm_n, child_n;
	struct ike_p1 p1;
	uint32_t hints;
	uint32_t dpd_out, dpd_in;	/* sequence numbers */
	uint32_t child_head;	/* ike_pair, newest first */
	uint32_t dial, neg;	/* initiator */
	uint32_t replaces;
	struct ike_bucket qm_bucket, info_bucket, dpd_bucket;
	uint32_t qm_ring[IKE_QM_RING];
	uint32_t info_ring[IKE_INFO_RING];
	uint8_t qm_at, info_at;
	struct ike_id id;
	uint8_t d[HASH_MAX], a[HASH_MAX];
	uint8_t key[CIPHER_KEY_MAX];
	uint8_t iv[CIPHER_BLOCK_MAX];	/* last block of phase 1 */
	/*
	 * The last answer and the keyed sum of what asked for it: MM6 for MM5
	 * (responder); MM5, later QM3 for the QM2 of done_msgid (initiator).
	 */
	uint64_t req;
	uint32_t done_msgid;
	uint16_t mm_len;
	uint8_t mm[IKE_MM6_MAX];
};

struct ike_pair {
	uint32_t sa;		/* 0 when the ISAKMP SA is gone */
	uint32_t owner;		/* the handle it had */
	uint32_t next, prev;	/* of the same SA: older, newer */
	uint32_t spi_in, spi_out;
	uint32_t qm;		/* exchange that waits for the proof, or 0 */
	uint64_t attempt, who;
	struct ike_way way;
	mono_t born, until;
	bool proven;		/* QM3 or ESP seen: may send */
	bool replaced;		/* a newer one took over */
};

struct ike_qm {
	struct ike_way way;	/* of the request */
	uint32_t sa, child;
	uint32_t msgid;
	uint64_t req;
	mono_t until;
	mono_t asked;		/* the DH job */
	struct ike_rtx rtx;
	uint8_t state;		/* enum ike_qm_state */
	uint8_t repeats;
	uint8_t group;		/* PFS; 0: none */
	bool natoa, ids, announced;
	bool encap;
	uint16_t encap_mode;	/* as on the wire */
	uint8_t prop;		/* number of the chosen proposal */
	struct esp_suite suite;
	uint32_t spi_in, spi_out;
	uint32_t life_s;
	uint64_t life_kb;
	uint16_t port_here, port_there;
	uint16_t ni_len, nr_len, trans_len, idi_len, idr_len, out_len;
	uint8_t iv[CIPHER_BLOCK_MAX];
	uint8_t hash3[HASH_MAX];
	uint8_t priv[DH_PRIVATE_MAX];
	uint8_t idi[IKE_IDB_MAX], idr[IKE_IDB_MAX];
	uint8_t trans[IKE_TRANS_MAX];
	uint8_t ni[ISAKMP_NONCE_MAX], nr[ISAKMP_NONCE_MAX];
	uint8_t pub[DH_PUBLIC_MAX], peer[DH_PUBLIC_MAX];
	uint8_t out[IKE_QM_MAX];	/* the last message, for repeats */
};

struct ike_limit;

struct ike_recent {
	uint64_t sum;		/* of address and CKY-I */
	mono_t until;
};

struct ike {
	const struct ike_params *p;	/* borrowed */
	struct rng *rng;		/* borrowed */
	struct drops *drops;		/* borrowed, may be NULL */
	struct hash_key key;
	struct pool half, neg, sa, qm, pair, dial;
	struct htab half_by;	/* CKY-I, remote */
	struct htab neg_by, sa_by;	/* both cookies */
	struct htab neg_first, sa_first;	/* CKY-I, first address */
	struct htab qm_by;	/* SA, message id */
	struct htab pair_in, pair_out;	/* SPI */
	struct due half_due, neg_due, sa_due, qm_due, pair_due;
	struct ike_limit *limit;	/* owned */
	struct ike_recent recent[IKE_RECENT];
	uint32_t recent_at;
	uint64_t attempts, dh_asked, established, refused;
	struct secret psk_old[IKE_PSK_MAX];	/* of the epoch before */
	uint8_t psk_old_n;
	uint8_t epoch;
};

struct ike_in {			/* one datagram */
	mono_t now;
	struct ike_way way;
	struct isakmp_head head;
	struct rd whole, body;
	uint64_t sum;		/* keyed, of the whole */
	struct ike_out *out;
};

/* ike_out.c: actions.  NULL when the box is full. */
bool		 ike_out_room(const struct ike_out *);	/* for a whole step */
struct ike_act	*ike_out_act(struct ike_out *, enum ike_act_kind, uint64_t attempt,
		    uint32_t sa);
void		*ike_out_alloc(struct ike_out *, size_t);
/* Sends with the marker where it belongs. */
void		 ike_out_send(struct ike_out *, uint64_t attempt, uint32_t sa,
		    const struct ike_way *, struct rd);
void		 ike_out_stage(struct ike_out *, uint64_t attempt, uint32_t sa,
		    const struct ike_way *, enum ike_stage);
void		 ike_out_fail(struct ike_out *, uint64_t attempt, uint32_t sa,
		    const struct ike_way *, enum ike_why, const char *text);
bool		 ike_way_marker(const struct ike_way *);

/* ike_keys.c: RFC 2409 §5, §5.5, Appendix B.  Pure. */
struct ike_keys {
	uint8_t hash, cipher;
	uint8_t skeyid[HASH_MAX], d[HASH_MAX], a[HASH_MAX], e[HASH_MAX];
	uint8_t key[CIPHER_KEY_MAX];
	uint8_t iv[CIPHER_BLOCK_MAX];
};
/* Proof that a received hash is the right one; only ike_keys_prove() makes a
 * true one (threats N-25). */
struct ike_proof {
	bool ok;
};
bool	ike_keys_psk(struct ike_keys *, struct rd psk, struct rd ni, struct rd nr);
/* From skeyid: d, a, e and the cipher key. */
bool	ike_keys_derive(struct ike_keys *, struct rd shared, const uint8_t *cky_i,
	    const uint8_t *cky_r);
bool	ike_keys_expand(enum hash_alg, enum cipher_alg, const uint8_t *e, uint8_t *key);
bool	ike_keys_iv(struct ike_keys *, struct rd gxi, struct rd gxr);
/* HASH_I or HASH_R: the one who proves itself first. */
bool	ike_keys_auth(const struct ike_keys *, struct rd gx_own, struct rd gx_other,
	    const uint8_t *cky_own, const uint8_t *cky_other, struct rd sai,
	    struct rd id, uint8_t *out);
bool	ike_keys_p2_iv(enum hash_alg, enum cipher_alg, const uint8_t *last,
	    uint32_t msgid, uint8_t *iv);
/* prf(SKEYID_a, [0 |] M-ID | x | y): HASH(1), HASH(2), HASH(3). */
bool	ike_keys_hash(enum hash_alg, const uint8_t *a, bool third, uint32_t msgid,
	    struct rd x, struct rd y, uint8_t *out);
bool	ike_keys_keymat(enum hash_alg, const uint8_t *d, struct rd shared,
	    uint32_t spi, struct rd ni, struct rd nr, uint8_t *out, size_t n);
struct ike_proof ike_keys_prove(struct rd got, const uint8_t *want, size_t n);
/* Encrypts what follows the header, padded with zeros; iv moves on. */
struct rd	ike_keys_seal(enum cipher_alg, const uint8_t *key, uint8_t *iv,
	    struct isakmp_out *);
/* Decrypts into buf (IKE_PLAIN_MAX); iv moves on.  Bad reader: wrong length. */
struct rd	ike_keys_open(enum cipher_alg, const uint8_t *key, uint8_t *iv,
	    struct rd body, uint8_t *buf);

/* ike_rtx.c */
void	ike_rtx_start(struct ike_rtx *, mono_t now);
/* Due: counts one more and sets the next; false when it is to be given up. */
bool	ike_rtx_again(struct ike_rtx *, mono_t now);

/* ike_limit.c */
struct ike_limit *ike_limit_new(const struct ike_limits *);
void	ike_limit_free(struct ike_limit *);
struct bound ike_limit_bound(const struct ike_limits *);
bool	ike_bucket_take(struct ike_bucket *, mono_t now, uint32_t rate, uint32_t burst);
/* May a first message from there have a record? */
bool	ike_limit_first(struct ike *, mono_t now, const struct ipaddr *, bool *trusted);
void	ike_limit_trust(struct ike *, mono_t now, const struct ipaddr *);
bool	ike_limit_notify(struct ike *, mono_t now);	/* to the unverified */
/* Groups 15, 16, 20, 21: is there budget, and take it. */
bool	ike_limit_costly(struct ike *, mono_t now, bool take);
bool	ike_group_costly(uint8_t group);
/*
 * The same for the exponentiations of a quick mode with PFS: groups that cost
 * take from the bucket above, others from one of strangers, or of prefixes that
 * are trusted.
 */
bool	ike_limit_pfs(struct ike *, mono_t now, const struct ipaddr *, uint8_t group);
/* Tells the job whose it is, and whether that prefix is trusted. */
void	ike_limit_share(const struct ike *, mono_t now, const struct ipaddr *,
	    struct ike_dh *);
/* A slot of the half-open pool, by eviction if need be. */
struct ike_half *ike_limit_half(struct ike *, bool trusted, uint32_t *h);
size_t	ike_limit_frozen_size(const struct ike_limit *);
void	ike_limit_freeze(const struct ike_limit *, struct wr *);
bool	ike_limit_thaw(struct ike_limit *, struct rd *);
/* Was a first message of this sum refused shortly before?  Remembers it. */
bool	ike_limit_recent(struct ike *, mono_t now, uint64_t sum);

/* ike_prop.c: proposals, what we offer and accept. */
struct ike_p1_choice {
	struct ike_p1 p1;
	uint8_t prop;		/* number */
	struct rd trans;	/* as offered */
	bool group2_only;
};
/* `costly`: groups that cost may be chosen now. */
enum drop ike_prop_p1(const struct ike_p1 *allowed, unsigned n, struct rd sa_body,
	    bool costly, struct ike_p1_choice *);
void	ike_prop_p1_encode(struct isakmp_out *, const struct ike_p1_choice *);
bool	ike_prop_p1_offer(struct isakmp_out *, const struct ike_p1 *, unsigned n,
	    uint32_t life_s);
/* Plain words: what was offered and what is allowed; which why it is. */
enum ike_why ike_prop_p1_explain(const struct ike_params *, struct rd sa_body,
	    char text[IKE_TEXT_MAX]);
struct ike_p2_want {
	const struct esp_suite *allowed;
	unsigned n;
	bool udp, udp_port;	/* NAT was found; we are on 4500 */
	bool sha1_first;	/* Android cuts SHA2-256 to 96 bits */
	uint8_t group;		/* of the KE payload; 0 none; see group_known */
	bool ke;		/* a KE payload is there */
	size_t ke_len;
};
struct ike_p2_choice {
	struct esp_suite suite;
	uint8_t prop;
	uint32_t spi;		/* the peer's */
	struct rd trans;
	uint16_t encap;
	uint16_t group;
	uint32_t life_s;
	uint64_t life_kb;
};
enum drop ike_prop_p2(const struct ike_p2_want *, struct rd sa_body,
	    struct ike_p2_choice *);
void	ike_prop_p2_encode(struct isakmp_out *, uint8_t prop, uint32_t spi,
	    struct rd trans);
struct ike_p2_offer {
	const struct esp_suite *suite;
	unsigned n;
	uint32_t spi, life_s;
	uint64_t life_kb;
	uint16_t encap;
	uint8_t group;
};
void	ike_prop_p2_offer(struct isakmp_out *, const struct ike_p2_offer *);
void	ike_prop_p2_explain(const struct ike_params *, struct rd sa_body,
	    char text[IKE_TEXT_MAX]);
const char *ike_p1_str(const struct ike_p1 *, char buf[40]);

/* ike_natt.c */
struct ike_vids {		/* what the peer's vendor IDs say */
	uint32_t hints;
	uint8_t natt;		/* the best NAT-T version of both */
};
void	ike_natt_vids(const struct isakmp_chain *, struct ike_vids *);
void	ike_natt_vid_add(struct isakmp_out *, uint8_t natt);
void	ike_natt_vid_dpd(struct isakmp_out *);
bool	ike_natt_draft(uint8_t natt);
bool	ike_natt_hash(enum hash_alg, const uint8_t *cky_i, const uint8_t *cky_r,
	    const struct endpoint *, uint8_t *out);
/* Compares the peer's NAT-D payloads; false: one cannot be. */
void	ike_natt_check(const struct ike_neg *, const struct isakmp_chain *, bool *here,
	    bool *there);
void	ike_natt_add(struct isakmp_out *, const struct ike_neg *, bool forced);
void	ike_natt_oa_add(struct isakmp_out *, uint8_t natt, const struct ipaddr *);

/* ike_msg.c: main mode messages and keys from a record. */
struct ike_proof_msg {		/* MM5 or MM6 */
	struct rd id;		/* body */
	bool contact;
};
struct rd ike_msg_gx(const struct ike_neg *, const uint8_t *);
void	ike_msg_id(struct wr *, const struct ike_id *, const struct ipaddr *own);
struct rd ike_msg_mm1(const struct ike_neg *, uint8_t *buf);
struct rd ike_msg_mm2(const struct ike_half *, const struct ike_p1_choice *, bool dpd,
	    uint8_t *buf);
/* MM3 (first) and MM4. */
struct rd ike_msg_mm34(const struct ike_neg *, bool first, bool forced, uint8_t *buf);
/* MM5 (first) and MM6; k->iv moves on to the last block of the message. */
struct rd ike_msg_mm56(const struct ike_neg *, struct ike_keys *, bool first,
	    const struct ike_proof_msg *, uint8_t *buf);
/* Everything that follows from a key candidate: SKEYID to the first IV. */
bool	ike_msg_keys(const struct ike_neg *, const struct secret *psk, struct ike_keys *);

/* ike_first.c */
void	ike_first_input(struct ike *, struct ike_in *);	/* MM1 and aggressive */

/* ike_main.c */
void	ike_main_half(struct ike *, struct ike_in *, uint32_t h, struct ike_half *);
void	ike_main_neg(struct ike *, struct ike_in *, uint32_t h, struct ike_neg *);
void	ike_main_sa(struct ike *, struct ike_in *, uint32_t h, struct ike_sa *);
void	ike_main_dh(struct ike *, mono_t now, const struct ike_dh *, struct ike_out *);
void	ike_main_expire(struct ike *, mono_t now, uint32_t h, struct ike_neg *,
	    struct ike_out *);
bool	ike_main_dial(struct ike *, mono_t now, uint32_t sa_h, struct ike_out *);
void	ike_main_drop(struct ike *, uint32_t neg);	/* forgets it */
void	ike_main_index(struct ike *, uint32_t neg);
void	ike_main_refused(struct ike *, struct ike_in *);	/* unprotected notify */

/* ike_p2.c: a protected message under an SA, quick mode or informational. */
struct ike_p2_in {
	uint8_t plain[IKE_PLAIN_MAX];
	struct isakmp_chain c;
	struct rd hash;		/* as received */
	struct rd rest;		/* what follows HASH, without padding */
};
bool	ike_p2_iv(const struct ike_sa *, uint32_t msgid, uint8_t *iv);
/* Decrypts; HASH is first.  iv moves on. */
enum drop ike_p2_open(const struct ike_sa *, const struct ike_in *, uint8_t *iv,
	    struct ike_p2_in *);
void	ike_p2_begin(struct isakmp_out *, void *buf, size_t, const struct ike_sa *,
	    uint8_t xchg, uint32_t msgid);
/* Fills in prf(SKEYID_a, M-ID | x | rest) and encrypts; iv moves on. */
struct rd ike_p2_end(struct isakmp_out *, const struct ike_sa *, uint32_t msgid,
	    struct rd x, uint8_t *iv);
/* The same with a HASH made elsewhere and nothing behind it. */
struct rd ike_p2_end_hash(struct isakmp_out *, const struct ike_sa *,
	    const uint8_t *hash, uint8_t *iv);

/* ike_quick.c */
void	ike_quick_input(struct ike *, struct ike_in *, uint32_t h, struct ike_sa *);
void	ike_quick_dh(struct ike *, mono_t now, const struct ike_dh *, struct ike_out *);
void	ike_quick_start(struct ike *, mono_t now, uint32_t sa_h, struct ike_out *);
void	ike_quick_expire(struct ike *, mono_t now, uint32_t h, struct ike_qm *,
	    struct ike_out *);
void	ike_quick_drop(struct ike *, uint32_t qm);
void	ike_quick_index(struct ike *, uint32_t qm);
/* The peer refuses what is under way. */
void	ike_quick_refused(struct ike *, uint32_t sa_h, uint16_t notify, struct ike_out *);

/* ike_info.c */
void	ike_info_input(struct ike *, struct ike_in *, uint32_t h, struct ike_sa *);
void	ike_info_notify(struct ike *, uint32_t h, struct ike_sa *, const struct ike_way *,
	    const struct isakmp_n *, struct ike_out *);
void	ike_info_delete(struct ike *, uint32_t h, struct ike_sa *, uint8_t proto,
	    struct rd spis, uint16_t n, struct ike_out *);
void	ike_info_probe(struct ike *, mono_t now, uint32_t h, struct ike_sa *,
	    struct ike_out *);

/* ike_sa.c: life of SAs and children. */
void	ike_sa_index(struct ike *, uint32_t h);
/* The one place that makes an SA established. */
void	ike_sa_establish(struct ike *, mono_t now, uint32_t h, struct ike_proof,
	    const struct ike_keys *, const struct ike_neg *);
void	ike_sa_up(struct ike *, uint32_t h, bool contact, struct ike_out *);
void	ike_sa_gone(struct ike *, uint32_t h, enum ike_why, struct ike_out *);
/* See ike_adopt(). */
void	ike_sa_adopt(struct ike *, uint32_t from, uint32_t to);
void	ike_sa_due(struct ike *, uint32_t h);
mono_t	ike_sa_silent(const struct ike *, mono_t heard);
void	ike_sa_expire(struct ike *, mono_t now, uint32_t h, struct ike_sa *,
	    struct ike_out *);
/* A new authenticated message came this way. */
void	ike_sa_fresh(struct ike *, mono_t now, uint32_t h, struct ike_sa *,
	    const struct ike_way *, struct ike_out *);
bool	ike_ring_has(const uint32_t *ring, unsigned n, uint32_t msgid);
void	ike_ring_put(uint32_t *ring, unsigned n, uint8_t *at, uint32_t msgid);
uint32_t ike_pair_spi(struct ike *);	/* 0: the random source failed */
/* Takes a pair, pushing out a replaced one at the limit; 0 if there is none. */
uint32_t ike_pair_new(struct ike *, mono_t now, uint32_t sa_h, struct ike_sa *,
	    struct ike_out *);
void	ike_pair_index(struct ike *, uint32_t h);
void	ike_pair_gone(struct ike *, uint32_t h, enum ike_why, struct ike_out *);
/* The peer has it: send on it from now on. */
void	ike_pair_proven(struct ike *, uint32_t h, struct ike_out *);
/* The peer deletes its inbound SPI. */
void	ike_pair_deleted(struct ike *, struct ike_sa *, uint32_t spi, struct ike_out *);

/* ike.c */
uint64_t ike_sum_first(const struct ike *, const uint8_t *cky_i, const struct ipaddr *);
uint64_t ike_sum_half(const struct ike *, const uint8_t *cky_i, const struct endpoint *);
uint64_t ike_sum_cookies(const struct ike *, const uint8_t *cky_i, const uint8_t *cky_r);
void	ike_drop(const struct ike *, enum drop);
bool	ike_fill(struct ike *, void *, size_t);
/* The keys of that epoch; their number. */
const struct secret *ike_psks(const struct ike *, uint8_t epoch, unsigned *n);
struct ike_dh *ike_ask_dh(struct ike *, struct ike_out *, uint64_t attempt, uint32_t h,
	    enum ike_dh_tag, uint8_t group);

#endif
