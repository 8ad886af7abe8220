/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_ATTR_H
#define RADIUS_ATTR_H

/*
 * DOC: RADIUS attributes, standard and Microsoft's, as a table, and the walk
 * over the attributes of a packet.
 *
 * The table knows lengths, so that a value of a wrong length is never looked
 * at (RFC 2865 §5), in which packets an attribute may stand, and which values
 * are secret and never reach a log line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/drop.h"
#include "base/endpoint.h"

#define ATTR_VALUE_MAX		253	/* bytes of a value */
#define ATTR_VENDOR_VALUE_MAX	247	/* bytes of a vendor's own value */

/* Vendors.  ATTR_L2TPD stands for ours: IANA's example number, RFC 5612. */
#define ATTR_CISCO		9
#define ATTR_MICROSOFT		311	/* RFC 2548 */
#define ATTR_WISPR		14122
#define ATTR_MIKROTIK		14988
#define ATTR_L2TPD		32473

enum attr_type {
	ATTR_USER_NAME = 1,
	ATTR_USER_PASSWORD = 2,
	ATTR_CHAP_PASSWORD = 3,
	ATTR_NAS_IP_ADDRESS = 4,
	ATTR_NAS_PORT = 5,
	ATTR_SERVICE_TYPE = 6,
	ATTR_FRAMED_PROTOCOL = 7,
	ATTR_FRAMED_IP_ADDRESS = 8,
	ATTR_FRAMED_IP_NETMASK = 9,
	ATTR_FILTER_ID = 11,
	ATTR_FRAMED_MTU = 12,
	ATTR_REPLY_MESSAGE = 18,
	ATTR_FRAMED_ROUTE = 22,
	ATTR_STATE = 24,
	ATTR_CLASS = 25,
	ATTR_VENDOR_SPECIFIC = 26,
	ATTR_SESSION_TIMEOUT = 27,
	ATTR_IDLE_TIMEOUT = 28,
	ATTR_TERMINATION_ACTION = 29,
	ATTR_CALLED_STATION_ID = 30,
	ATTR_CALLING_STATION_ID = 31,
	ATTR_NAS_IDENTIFIER = 32,
	ATTR_PROXY_STATE = 33,
	ATTR_ACCT_STATUS_TYPE = 40,
	ATTR_ACCT_DELAY_TIME = 41,
	ATTR_ACCT_INPUT_OCTETS = 42,
	ATTR_ACCT_OUTPUT_OCTETS = 43,
	ATTR_ACCT_SESSION_ID = 44,
	ATTR_ACCT_AUTHENTIC = 45,
	ATTR_ACCT_SESSION_TIME = 46,
	ATTR_ACCT_INPUT_PACKETS = 47,
	ATTR_ACCT_OUTPUT_PACKETS = 48,
	ATTR_ACCT_TERMINATE_CAUSE = 49,
	ATTR_ACCT_MULTI_SESSION_ID = 50,
	ATTR_ACCT_INPUT_GIGAWORDS = 52,
	ATTR_ACCT_OUTPUT_GIGAWORDS = 53,
	ATTR_EVENT_TIMESTAMP = 55,
	ATTR_CHAP_CHALLENGE = 60,
	ATTR_NAS_PORT_TYPE = 61,
	ATTR_PORT_LIMIT = 62,
	ATTR_TUNNEL_TYPE = 64,
	ATTR_TUNNEL_MEDIUM_TYPE = 65,
	ATTR_TUNNEL_CLIENT_ENDPOINT = 66,
	ATTR_TUNNEL_SERVER_ENDPOINT = 67,
	ATTR_ACCT_TUNNEL_CONNECTION = 68,
	ATTR_TUNNEL_PASSWORD = 69,
	ATTR_CONNECT_INFO = 77,
	ATTR_EAP_MESSAGE = 79,
	ATTR_MESSAGE_AUTHENTICATOR = 80,
	ATTR_ACCT_INTERIM_INTERVAL = 85,
	ATTR_NAS_PORT_ID = 87,
	ATTR_FRAMED_POOL = 88,
	ATTR_NAS_IPV6_ADDRESS = 95,
	ATTR_FRAMED_INTERFACE_ID = 96,
	ATTR_FRAMED_IPV6_PREFIX = 97,
	ATTR_FRAMED_IPV6_ROUTE = 99,
	ATTR_FRAMED_IPV6_POOL = 100,
	ATTR_ERROR_CAUSE = 101,
	ATTR_DELEGATED_IPV6_PREFIX = 123
};

enum attr_ms_type {		/* vendor 311, RFC 2548 */
	ATTR_MS_CHAP_RESPONSE = 1,
	ATTR_MS_CHAP_ERROR = 2,
	ATTR_MS_CHAP_NT_ENC_PW = 6,
	ATTR_MS_MPPE_ENCRYPTION_POLICY = 7,
	ATTR_MS_MPPE_ENCRYPTION_TYPES = 8,
	ATTR_MS_CHAP_DOMAIN = 10,
	ATTR_MS_CHAP_CHALLENGE = 11,
	ATTR_MS_CHAP_MPPE_KEYS = 12,
	ATTR_MS_MPPE_SEND_KEY = 16,
	ATTR_MS_MPPE_RECV_KEY = 17,
	ATTR_MS_CHAP2_RESPONSE = 25,
	ATTR_MS_CHAP2_SUCCESS = 26,
	ATTR_MS_CHAP2_CPW = 27,
	ATTR_MS_PRIMARY_DNS_SERVER = 28,
	ATTR_MS_SECONDARY_DNS_SERVER = 29,
	ATTR_MS_PRIMARY_NBNS_SERVER = 30,
	ATTR_MS_SECONDARY_NBNS_SERVER = 31
};

enum attr_cisco_type {		/* vendor 9 */
	ATTR_CISCO_AVPAIR = 1
};

enum attr_wispr_type {		/* vendor 14122 */
	ATTR_WISPR_BANDWIDTH_MAX_UP = 7,	/* bits a second */
	ATTR_WISPR_BANDWIDTH_MAX_DOWN = 8
};

enum attr_mikrotik_type {	/* vendor 14988 */
	ATTR_MIKROTIK_RECV_LIMIT = 1,	/* bytes from the client */
	ATTR_MIKROTIK_XMIT_LIMIT = 2,
	ATTR_MIKROTIK_RATE_LIMIT = 8,
	ATTR_MIKROTIK_RECV_LIMIT_GIGAWORDS = 14,
	ATTR_MIKROTIK_XMIT_LIMIT_GIGAWORDS = 15,
	ATTR_MIKROTIK_TOTAL_LIMIT = 17,
	ATTR_MIKROTIK_TOTAL_LIMIT_GIGAWORDS = 18
};

enum attr_l2tpd_type {		/* conf/dictionary.l2tpd */
	ATTR_L2TPD_GROUP = 1,
	ATTR_L2TPD_CLIENT_FAMILY = 2,
	ATTR_L2TPD_ATTEMPT = 3,
	ATTR_L2TPD_RATE_UP = 4,		/* bits a second, 64 bits wide */
	ATTR_L2TPD_RATE_DOWN = 5,
	ATTR_L2TPD_QUOTA_UP = 6,	/* bytes, 64 bits wide */
	ATTR_L2TPD_QUOTA_DOWN = 7,
	ATTR_L2TPD_QUOTA_TOTAL = 8
};

enum attr_kind {
	ATTR_TEXT,		/* UTF-8, may hold anything */
	ATTR_OCTETS,
	ATTR_U32,
	ATTR_U64,
	ATTR_IPV4,
	ATTR_IPV6,
	ATTR_PREFIX6,		/* RFC 3162 §2.3 */
	ATTR_PASSWORD,		/* hidden as in RFC 2865 §5.2 */
	ATTR_SALTED,		/* hidden as in RFC 2548 §2.4.2 */
	ATTR_TAGGED_SALTED,	/* RFC 2868 §3.5: a tag before the salt */
	ATTR_VENDOR		/* Vendor-Specific itself */
};

enum attr_use {			/* how often in one packet */
	ATTR_NEVER,		/* "0" */
	ATTR_MAYBE,		/* "0-1" */
	ATTR_ANY,		/* "0+" */
	ATTR_ONCE		/* "1" */
};

enum attr_column {
	ATTR_IN_REQUEST,
	ATTR_IN_ACCEPT,
	ATTR_IN_REJECT,
	ATTR_IN_CHALLENGE,
	ATTR_IN_ACCT,
	ATTR_COLUMNS
};

struct attr_row {
	uint32_t vendor;	/* 0: standard */
	uint8_t type;
	uint8_t min, max;	/* bytes of the value */
	uint8_t kind;		/* enum attr_kind */
	bool secret;		/* never shown */
	uint8_t use[ATTR_COLUMNS];	/* enum attr_use */
	const char *name;
};

struct attr {			/* one attribute of a packet */
	uint32_t vendor;	/* 0: standard */
	uint8_t type;
	const struct attr_row *row;	/* NULL if not in the table */
	struct rd value;	/* borrowed */
};

struct attr_walk {
	struct rd attrs;
	struct rd vendor;	/* rest of a Vendor-Specific being walked */
	uint32_t vendor_id;
	enum drop why;		/* DROP_NONE unless the walk broke off */
};

/* Rows in the table's order; NULL past the end. */
const struct attr_row	*attr_row(size_t i);
/* NULL if it is not in the table. */
const struct attr_row	*attr_find(uint32_t vendor, uint8_t type);
/* "0", "0-1", "0+" or "1". */
const char		*attr_use_str(enum attr_use);

/*
 * The walk over a packet's attributes; the parts of an attribute of a vendor that
 * the table knows come one by one, other vendors' whole, as type 26.  False at the end and at the
 * first length that does not fit; walk.why tells which.
 */
struct attr_walk	attr_walk(struct rd attrs);
bool			attr_next(struct attr_walk *, struct attr *);
/* Length and, where there is one, form of the value as the table has it. */
enum drop		attr_check(const struct attr *);
/* The same in RADIUS/1.1, where nothing is hidden (RFC 9765). */
enum drop		attr_check_11(const struct attr *);
/* The first of this kind; false if there is none. */
bool			attr_get(struct rd attrs, uint32_t vendor, uint8_t type,
			    struct attr *);
size_t			attr_count(struct rd attrs, uint32_t vendor,
			    uint8_t type);
/*
 * Does each attribute stand there as often as the column allows?  For what we
 * send: receivers must be more tolerant.  *bad is the first that does not.
 */
bool			attr_columns_ok(struct rd attrs, enum attr_column,
			    const struct attr_row **bad);

/* Values of attributes that passed attr_check(). */
uint32_t		attr_u32(const struct attr *);
struct ipaddr		attr_addr(const struct attr *);
/* RFC 3162 §2.3; what stands behind its length is cleared. */
struct ipnet		attr_prefix6(const struct attr *);

#endif
