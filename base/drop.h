/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_DROP_H
#define BASE_DROP_H

/*
 * DOC: every reason why a packet or message is not used, by area.  Decoders
 * and data-path steps return one; whoever drops counts it (base/count.h).
 * Add a reason inside its area here and its name in drop.c.
 */

enum drop {
	DROP_NONE = 0,

	/* datagrams on 500, 4500 and protocol 50 */
	DROP_UDP_SHORT,
	/* NAT keepalive: not an error, counted all the same */
	DROP_UDP_KEEPALIVE,
	DROP_PUNT_FULL,		/* ring to the control thread was full */
	DROP_PUNT_RATE,		/* one SA asks the control thread too often */

	/* IKE framing and payloads */
	DROP_IKE_SHORT,
	DROP_IKE_LENGTH,
	DROP_IKE_VERSION,
	DROP_IKE_EXCHANGE,
	DROP_IKE_FLAGS,
	DROP_IKE_MSGID,
	DROP_IKE_COOKIE,
	DROP_IKE_PAYLOAD_LENGTH,
	DROP_IKE_PAYLOAD_COUNT,
	DROP_IKE_PAYLOAD_TYPE,
	DROP_IKE_PAYLOAD_MISSING,
	DROP_IKE_PAYLOAD_TWICE,
	DROP_IKE_PAYLOAD_ORDER,
	DROP_IKE_RESERVED,
	DROP_IKE_DOI,
	DROP_IKE_PROPOSAL,
	DROP_IKE_ATTRIBUTE,
	DROP_IKE_NO_PROPOSAL,
	DROP_IKE_KE,
	DROP_IKE_NONCE,
	DROP_IKE_ID,
	DROP_IKE_HASH,
	DROP_IKE_PLAIN,		/* clear text where encryption is due */
	DROP_IKE_DECRYPT,
	DROP_IKE_STATE,		/* no such exchange now */
	/* wrong address or port for a half-open record */
	DROP_IKE_SOURCE,
	/* duplicate, answered or over its repeat limit */
	DROP_IKE_REPEAT,
	DROP_IKE_AGGRESSIVE,
	DROP_IKE_LIMIT,		/* a bucket or table was full */
	DROP_IKE_DH_QUEUE,
	DROP_IKE_DELETE,	/* delete of something that is not the peer's */
	DROP_IKE_NOTIFY,
	DROP_IKE_DPD_SEQ,
	DROP_IKE_RANDOM,	/* the random source failed */

	/* ESP */
	DROP_ESP_SHORT,
	DROP_ESP_SPI,
	/* in UDP where it should not be, or the reverse */
	DROP_ESP_ENCAP,
	DROP_ESP_LENGTH,	/* not a multiple of the block */
	DROP_ESP_REPLAY,
	DROP_ESP_ICV,
	DROP_ESP_PAD,
	DROP_ESP_NEXT_HEADER,
	DROP_ESP_DUMMY,		/* next header 59 */
	DROP_ESP_SEQ_USED,	/* outbound sequence block used up */
	DROP_ESP_NO_SA,		/* nothing to seal with */
	DROP_ESP_ROOM,

	/* the datagram inside ESP */
	DROP_INNER_UDP,
	DROP_INNER_SELECTOR,

	/* L2TP */
	DROP_L2TP_SHORT,
	DROP_L2TP_VERSION,
	DROP_L2TP_FLAGS,
	DROP_L2TP_LENGTH,
	DROP_L2TP_OFFSET,
	DROP_L2TP_AVP_LENGTH,
	DROP_L2TP_AVP_RESERVED,
	DROP_L2TP_AVP_HIDDEN,
	DROP_L2TP_AVP_UNKNOWN,
	DROP_L2TP_AVP_VALUE,
	DROP_L2TP_AVP_TWICE,
	DROP_L2TP_AVP_COUNT,
	DROP_L2TP_AVP_MISSING,
	DROP_L2TP_MSG_TYPE,
	DROP_L2TP_TUNNEL,
	DROP_L2TP_SESSION,
	DROP_L2TP_STATE,
	DROP_L2TP_NS,
	DROP_L2TP_NR,
	DROP_L2TP_REPEAT,
	DROP_L2TP_LIMIT,

	/* PPP */
	DROP_PPP_SHORT,
	DROP_PPP_PROTOCOL,
	DROP_PPP_LENGTH,
	DROP_PPP_CODE,
	DROP_PPP_OPTION,
	DROP_PPP_ID,
	DROP_PPP_PHASE,
	DROP_PPP_MAGIC,
	DROP_PPP_AUTH,
	DROP_PPP_REPEAT,

	/* the packets inside */
	DROP_IP_SHORT,
	DROP_IP_VERSION,
	DROP_IP_LENGTH,
	DROP_IP_SOURCE,
	DROP_IP_OPTION,		/* source routing */
	DROP_IP_DEST,		/* no session has this address */
	DROP_IP_PEER,		/* client to client, which is off */
	DROP_IP_TOO_BIG,
	DROP_IP_FAMILY,
	/* IPv6 of the link alone that is of no use to us */
	DROP_IP_LINK,
	DROP_IP_SOLICIT,	/* a Router Solicitation that is none */
	DROP_INNER_ACL,		/* denied by the session's access rules */
	DROP_INNER_RATE,	/* above the session's rate */
	DROP_TUN_WRITE,
	DROP_TUN_HEADER,	/* vnet header that does not fit its packet */
	DROP_UDP_SEND,
	DROP_RING_FULL,		/* hand-over or send ring */

	/* accounting and dynamic authorization */
	DROP_ACCT_FULL,		/* a record that found no room */
	DROP_ACCT_RECORD,	/* a record that makes no sense */
	DROP_ACCT_BLOCK,	/* a damaged block from disk */
	DROP_DAE_SOURCE,	/* from nobody we know */
	DROP_DAE_CODE,		/* neither Disconnect- nor CoA-Request */
	DROP_DAE_AUTH,		/* wrong Request Authenticator */
	DROP_DAE_TIME,		/* Event-Timestamp: old, early or missing */
	DROP_DAE_REPEAT,	/* asked already, and still open */
	DROP_DAE_RATE,
	DROP_DAE_LIMIT,		/* no room for its answer */

	/* RADIUS */
	DROP_RADIUS_SHORT,
	DROP_RADIUS_LENGTH,
	DROP_RADIUS_CODE,
	DROP_RADIUS_ATTR_LENGTH,
	DROP_RADIUS_ATTR_COUNT,
	DROP_RADIUS_ATTR_VALUE,
	DROP_RADIUS_MESSAGE_AUTH,
	DROP_RADIUS_AUTH,	/* wrong Response Authenticator */
	DROP_RADIUS_PORT,	/* from a socket that we do not have */
	DROP_RADIUS_ID,		/* nothing was asked under this number */
	DROP_RADIUS_ANSWER,	/* no answer to what was asked */
	DROP_RADIUS_LATE,	/* right, but nobody waits any more */
	DROP_RADIUS_LIMIT,	/* table or box was full */

	/* control side */
	DROP_LNS_PATH,		/* from a path that is gone */
	DROP_LNS_LIMIT,
	DROP_LNS_LOCKED,	/* a login of a user or source locked out */
	DROP_CTL_ACCEPT,	/* a client of the status socket, see l2tpd/ctl.c */

	DROP_COUNT
};

/* Stable lower-case name, such as "esp-replay"; "none" for DROP_NONE. */
const char	*drop_str(enum drop);

#endif
