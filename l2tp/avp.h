/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_AVP_H
#define L2TP_AVP_H

/*
 * DOC: one attribute value pair at a time (RFC 2661 §4).
 *
 * All that is known about an AVP stands in one row of a table: number, name,
 * length, M bit, shape of its value, and in which messages it is required,
 * optional or not listed (RFC 2661 §4.4, §6).  Decoding, encoding and the
 * check for what is missing read that row; nothing else in the tree knows an
 * AVP by number.  There is no tunnel secret, so a hidden AVP is refused.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/drop.h"

enum msg_type {			/* RFC 2661 §3.2 */
	MSG_SCCRQ = 1,
	MSG_SCCRP = 2,
	MSG_SCCCN = 3,
	MSG_STOPCCN = 4,
	MSG_HELLO = 6,
	MSG_OCRQ = 7,
	MSG_OCRP = 8,
	MSG_OCCN = 9,
	MSG_ICRQ = 10,
	MSG_ICRP = 11,
	MSG_ICCN = 12,
	MSG_CDN = 14,
	MSG_WEN = 15,
	MSG_SLI = 16
};

enum avp_type {			/* RFC 2661 §4.4, vendor 0 */
	AVP_MESSAGE_TYPE = 0,
	AVP_RESULT_CODE = 1,
	AVP_PROTOCOL_VERSION = 2,
	AVP_FRAMING_CAPABILITIES = 3,
	AVP_BEARER_CAPABILITIES = 4,
	AVP_TIE_BREAKER = 5,
	AVP_FIRMWARE_REVISION = 6,
	AVP_HOST_NAME = 7,
	AVP_VENDOR_NAME = 8,
	AVP_ASSIGNED_TUNNEL_ID = 9,
	AVP_RECEIVE_WINDOW_SIZE = 10,
	AVP_CHALLENGE = 11,
	AVP_Q931_CAUSE_CODE = 12,
	AVP_CHALLENGE_RESPONSE = 13,
	AVP_ASSIGNED_SESSION_ID = 14,
	AVP_CALL_SERIAL_NUMBER = 15,
	AVP_MINIMUM_BPS = 16,
	AVP_MAXIMUM_BPS = 17,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_CALLED_NUMBER = 21,
	AVP_CALLING_NUMBER = 22,
	AVP_SUB_ADDRESS = 23,
	AVP_TX_CONNECT_SPEED = 24,
	AVP_PHYSICAL_CHANNEL_ID = 25,
	AVP_INITIAL_LCP_CONFREQ = 26,
	AVP_LAST_SENT_LCP_CONFREQ = 27,
	AVP_LAST_RECV_LCP_CONFREQ = 28,
	AVP_PROXY_AUTHEN_TYPE = 29,
	AVP_PROXY_AUTHEN_NAME = 30,
	AVP_PROXY_AUTHEN_CHALLENGE = 31,
	AVP_PROXY_AUTHEN_ID = 32,
	AVP_PROXY_AUTHEN_RESPONSE = 33,
	AVP_CALL_ERRORS = 34,
	AVP_ACCM = 35,
	AVP_RANDOM_VECTOR = 36,
	AVP_PRIVATE_GROUP_ID = 37,
	AVP_RX_CONNECT_SPEED = 38,
	AVP_SEQUENCING_REQUIRED = 39,
	AVP_TYPES = 40
};

#define AVP_HEAD	6	/* bytes before the value */
#define AVP_VALUE_MAX	1017	/* a length of 10 bits, less the head */

struct avp {			/* as it stands in the message */
	bool mandatory;
	bool hidden;
	bool reserved;		/* a reserved bit was set */
	uint16_t vendor;
	uint16_t type;
	struct rd value;	/* borrows from the message */
};

struct avp_result {		/* RFC 2661 §4.4.2 */
	uint16_t code;
	uint16_t error;
	struct rd text;		/* borrows from the message */
};

/* The values of one message.  Readers borrow from the message. */
struct avp_set {
	uint64_t has;		/* bit n: AVP n is there */
	uint16_t version;	/* Ver in the high byte, Rev in the low */
	uint32_t framing_caps;
	uint32_t bearer_caps;
	uint64_t tie_breaker;
	uint16_t firmware;
	struct rd host_name;
	struct rd vendor_name;
	uint16_t tunnel_id;
	uint16_t window;
	struct rd challenge;
	struct rd response;
	uint16_t session_id;
	uint32_t serial;
	uint32_t bearer_type;
	uint32_t framing_type;
	struct rd called;
	struct rd calling;
	struct rd sub_address;
	uint32_t tx_speed;
	uint32_t rx_speed;
	uint32_t channel;
	struct avp_result result;
};

static inline bool
avp_has(const struct avp_set *s, enum avp_type t)
{
	return (s->has >> t & 1) != 0;
}

/* Columns of the table, in the order of RFC 2661 §6. */
#define AVP_COLUMNS	14

enum avp_shape {
	AVP_SKIP,		/* known, its value is not used here */
	AVP_FLAG,		/* no value */
	AVP_U16,
	AVP_U32,
	AVP_U64,
	AVP_BYTES,
	AVP_RESULT
};

struct avp_row {
	const char *name;	/* as in the RFC; NULL: no such AVP */
	uint16_t min, max;	/* bytes of the value */
	char m;			/* 'M' if the M bit is to be set, else '-' */
	uint8_t shape;		/* enum avp_shape */
	bool nonzero;		/* 0 is not a value of it */
	uint16_t at;		/* offset in struct avp_set */
	char in[AVP_COLUMNS + 1];	/* per message: R, o or X */
};

/* The row of a type, NULL if unknown. */
const struct avp_row	*avp_row(unsigned type);
/* The name of an AVP or message type; "unknown" for others. */
const char		*avp_str(unsigned type);
const char		*avp_msg_str(unsigned msg);
/* R required, o optional, X not listed; X for an unknown type or message. */
char			 avp_rule(unsigned msg, unsigned type);

/* The next AVP of a message, its value cut out.  False ends all reading. */
enum drop	avp_next(struct rd *, struct avp *);
/*
 * Takes one AVP of the message type `msg` into the set.  DROP_NONE also for
 * one that is not listed for that message: it is known and does no harm.
 * Otherwise the set is unchanged and the reason says what is wrong; whether
 * that matters depends on the M bit (msg.c).
 */
enum drop	avp_take(unsigned msg, const struct avp *, struct avp_set *);
/* The first required AVP that the set lacks for `msg`; AVP_TYPES if none. */
enum avp_type	avp_missing(unsigned msg, const struct avp_set *);
/* Writes one AVP with the M bit of its row, its value out of the set. */
void		avp_put(struct wr *, enum avp_type, const struct avp_set *);

#endif
