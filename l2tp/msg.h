/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_MSG_H
#define L2TP_MSG_H

/*
 * DOC: a control message as a plain struct, in both directions, checked
 * against the AVP table (RFC 2661 §3.1, §6).  Pure: bytes in, struct out.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/drop.h"
#include "l2tp/avp.h"

#define MSG_HEAD	12	/* bytes of a control header */
#define MSG_AVPS_MAX	64	/* AVPs in one message */

struct msg_head {
	uint16_t tunnel_id;
	uint16_t session_id;
	uint16_t ns, nr;
};

/* RFC 2661 §4.4.2, the General Error codes used here. */
enum msg_error {
	MSG_ERR_NONE = 0,
	MSG_ERR_LENGTH = 2,
	MSG_ERR_VALUE = 3,
	MSG_ERR_RESOURCES = 4,
	MSG_ERR_SESSION = 5,
	MSG_ERR_UNKNOWN_AVP = 8
};

struct msg {
	uint16_t type;		/* enum msg_type, or any other number */
	bool known;		/* it is one of enum msg_type */
	bool mandatory;		/* M bit of the Message Type AVP */
	struct avp_set v;	/* borrows from the message */
	unsigned skipped;	/* AVPs that were wrong but not mandatory */
	/* Why the message cannot stand, if msg_decode() says so. */
	enum msg_error error;
	uint16_t vendor, attr;
};

/*
 * Takes the header off and leaves in `r` what the Length field covers: empty
 * for a ZLB.  Anything but DROP_NONE: discard the packet (RFC 2661 §3.1).
 */
enum drop	msg_head_decode(struct rd *r, struct msg_head *);
/* Header and body; the body may be empty. */
void		msg_head_encode(struct wr *, const struct msg_head *,
		    struct rd body);

/*
 * Decodes the AVPs after the header.  A reason other than DROP_NONE means
 * that the tunnel or session must end (error, vendor and attr say why); what
 * could be read is in the struct all the same, so that the peer can be told.
 * DROP_L2TP_MSG_TYPE: the first AVP is not a sound Message Type.  StopCCN and
 * CDN never fail once their type is known: they end things anyway.
 */
enum drop	msg_decode(struct rd body, struct msg *);
/*
 * Writes Message Type and all AVPs that m->v has.  False if the table says
 * that one is missing or not listed for this type, if its value is not kept
 * in the set (AVP_SKIP), or if they do not fit.
 */
bool		msg_encode(struct wr *, const struct msg *);
/* Is it about one session rather than the tunnel?  (RFC 2661 §3.2) */
bool		msg_of_session(unsigned type);

#endif
