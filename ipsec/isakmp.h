/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IPSEC_ISAKMP_H
#define IPSEC_ISAKMP_H

/*
 * DOC: the wire format of ISAKMP (RFC 2408, 2407, 3947): header, payload
 * chain, proposals, transforms, attributes, notify, delete, identities; both
 * directions.  Decoders are pure: values point into the input (borrowed), the
 * reason of a refusal is the return value.  Which payload may stand in which
 * message is a table (isakmp_tab.c).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/drop.h"
#include "base/endpoint.h"

#define ISAKMP_HEAD		28	/* bytes of the header */
#define ISAKMP_COOKIE		8
#define ISAKMP_GENERIC		4	/* bytes of a payload's own header */
#define ISAKMP_VERSION		0x10
#define ISAKMP_FLAG_E		0x01
#define ISAKMP_FLAG_C		0x02
#define ISAKMP_FLAG_A		0x04
#define ISAKMP_PAYLOADS_MAX	32	/* in one message */
#define ISAKMP_DOI_IPSEC	1
#define ISAKMP_SIT_IDENTITY	1
#define ISAKMP_NONCE_MIN	8	/* RFC 2409 §5 */
#define ISAKMP_NONCE_MAX	256

enum isakmp_xchg {
	XCHG_MAIN = 2,
	XCHG_AGGRESSIVE = 4,
	XCHG_INFO = 5,
	XCHG_QUICK = 32
};

enum isakmp_type {		/* payload numbers on the wire */
	PL_NONE = 0,
	PL_SA = 1,
	PL_PROPOSAL = 2,
	PL_TRANSFORM = 3,
	PL_KE = 4,
	PL_ID = 5,
	PL_CERT = 6,
	PL_CR = 7,
	PL_HASH = 8,
	PL_SIG = 9,
	PL_NONCE = 10,
	PL_N = 11,
	PL_D = 12,
	PL_VID = 13,
	PL_NATD = 20,
	PL_NATOA = 21,
	PL_NATD_DRAFT = 130,
	PL_NATOA_DRAFT = 131,
	PL_FRAGMENT = 132
};

/* The messages that the payload table has a column for. */
enum isakmp_message {
	MSG_MM1, MSG_MM2, MSG_MM3, MSG_MM4, MSG_MM5, MSG_MM6,
	MSG_QM1, MSG_QM2, MSG_QM3,
	MSG_INFO,		/* protected */
	MSG_INFO_PLAIN,
	MSG_COUNT
};

enum isakmp_proto { PROTO_ISAKMP = 1, PROTO_AH = 2, PROTO_ESP = 3 };

enum isakmp_p1_attr {		/* RFC 2409 Appendix A */
	P1_ENC = 1, P1_HASH = 2, P1_AUTH = 3, P1_GROUP = 4,
	P1_LIFE_TYPE = 11, P1_LIFE = 12, P1_KEY_LEN = 14
};
enum isakmp_p2_attr {		/* RFC 2407 §4.5 */
	P2_LIFE_TYPE = 1, P2_LIFE = 2, P2_GROUP = 3, P2_ENCAP = 4,
	P2_AUTH = 5, P2_KEY_LEN = 6
};
enum isakmp_life { LIFE_SECONDS = 1, LIFE_KB = 2 };
enum isakmp_encap {
	ENCAP_TUNNEL = 1,
	ENCAP_TRANSPORT = 2,
	ENCAP_UDP_TRANSPORT = 4,
	ENCAP_UDP_TRANSPORT_DRAFT = 61444
};

enum isakmp_notify {
	N_DOI_NOT_SUPPORTED = 2,
	N_SITUATION_NOT_SUPPORTED = 3,
	N_INVALID_MAJOR = 5,
	N_NO_PROPOSAL_CHOSEN = 14,
	N_PAYLOAD_MALFORMED = 16,
	N_INVALID_KEY = 17,
	N_INVALID_ID = 18,
	N_INVALID_HASH = 23,
	N_AUTH_FAILED = 24,
	N_STATUS = 16384,	/* from here on not errors */
	N_INITIAL_CONTACT = 24578,
	N_R_U_THERE = 36136,
	N_R_U_THERE_ACK = 36137
};

struct isakmp_head {
	uint8_t cky_i[ISAKMP_COOKIE];
	uint8_t cky_r[ISAKMP_COOKIE];
	uint8_t next;
	uint8_t version;
	uint8_t xchg;
	uint8_t flags;
	uint32_t msgid;
	uint32_t len;		/* of the whole message */
};

struct isakmp_pl {
	uint8_t type;		/* drafts' numbers are already PL_NATD, PL_NATOA */
	struct rd body;
	struct rd whole;	/* generic header and body */
};

struct isakmp_chain {
	unsigned n;
	struct isakmp_pl pl[ISAKMP_PAYLOADS_MAX];
	struct rd pad;		/* what followed the last payload */
};

struct isakmp_prop {
	uint8_t number, proto;
	uint8_t n;		/* transforms */
	struct rd spi;
	struct rd transforms;
};

struct isakmp_trans {
	uint8_t number, id;
	struct rd attrs;
	struct rd whole;	/* as received, header included */
};

struct isakmp_attr {
	uint16_t type;
	bool tv;		/* basic: two bytes of value */
	uint16_t value;		/* if tv */
	struct rd body;		/* if not */
};

struct isakmp_n {
	uint32_t doi;
	uint8_t proto;
	uint16_t type;
	struct rd spi, data;
};

struct isakmp_d {
	uint32_t doi;
	uint8_t proto, spi_size;
	uint16_t n;
	struct rd spis;		/* n * spi_size bytes */
};

struct isakmp_id {
	uint8_t type, proto;
	uint16_t port;
	struct rd data;
};

/*
 * The header, checked in the order of RFC 2408 §5.2: length, version,
 * exchange, flags.  `body` is what follows it.
 */
enum drop	 isakmp_head_decode(struct rd, struct isakmp_head *, struct rd *body);
/* Writes a header with length 0; isakmp_head_end() fills it in. */
void		 isakmp_head_encode(struct wr *, const struct isakmp_head *);
void		 isakmp_head_end(struct wr *, size_t start);

/*
 * The payload chain.  `draft`: numbers 130 and 131 are NAT-D and NAT-OA in
 * this exchange and 20 and 21 are unknown.  Only an encrypted chain may be
 * followed by padding.
 */
enum drop	 isakmp_chain_decode(struct rd, uint8_t first, bool draft,
		    bool encrypted, struct isakmp_chain *);
/* Required, optional and forbidden payloads and their order. */
enum drop	 isakmp_chain_check(const struct isakmp_chain *, enum isakmp_message);
/* The payload of that type after `from` (NULL: from the start), or NULL. */
const struct isakmp_pl *isakmp_chain_find(const struct isakmp_chain *, uint8_t type,
		    const struct isakmp_pl *from);

/*
 * Payload writing: each begin names its type in the previous payload's (or the
 * header's) next field.
 */
struct isakmp_out {
	struct wr w;
	size_t start;		/* of the header */
	size_t next;		/* offset of the field that names the next payload */
	struct wr_len len;
};
void		 isakmp_out_init(struct isakmp_out *, void *, size_t,
		    const struct isakmp_head *);
void		 isakmp_out_begin(struct isakmp_out *, uint8_t type);
void		 isakmp_out_end(struct isakmp_out *);
/* One payload whose body is these bytes. */
void		 isakmp_out_add(struct isakmp_out *, uint8_t type, struct rd body);
/* Fills the length in: the message, bad if it did not fit. */
struct rd	 isakmp_out_done(struct isakmp_out *);

/* SA body: DOI and situation checked; leaves the proposals. */
enum drop	 isakmp_sa_decode(struct rd *);
enum drop	 isakmp_prop_next(struct rd *, struct isakmp_prop *);
enum drop	 isakmp_trans_next(struct rd *, struct isakmp_trans *);
enum drop	 isakmp_attr_next(struct rd *, struct isakmp_attr *);
void		 isakmp_attr_tv(struct wr *, uint16_t type, uint16_t value);
void		 isakmp_attr_u32(struct wr *, uint16_t type, uint32_t value);
/* All of an SA body: is each length inside its parent, each count right? */
enum drop	 isakmp_sa_check(struct rd);

enum drop	 isakmp_n_decode(struct rd, struct isakmp_n *);
void		 isakmp_n_encode(struct isakmp_out *, const struct isakmp_n *);
enum drop	 isakmp_d_decode(struct rd, struct isakmp_d *);
enum drop	 isakmp_id_decode(struct rd, struct isakmp_id *);
/* NAT-OA: an address, IPv4 or IPv6; RFC 3947 §5.2. */
enum drop	 isakmp_natoa_decode(struct rd, struct ipaddr *);

/* Names for people; "?" when there is none. */
const char	*isakmp_type_str(uint8_t type);
const char	*isakmp_notify_str(uint16_t type);
const char	*isakmp_message_str(enum isakmp_message);
/* The letter of the table: R required, o optional, m any number, X forbidden. */
char		 isakmp_tab_cell(uint8_t type, enum isakmp_message);
/* Row by row, 0 at the end. */
uint8_t		 isakmp_tab_type(unsigned row);

#endif
