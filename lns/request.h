/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_REQUEST_H
#define LNS_REQUEST_H

/*
 * DOC: what we say to a RADIUS server about a subscriber.
 *
 * Pure composers of attributes from plain facts: the same identity stands in
 * Access-Request and in each accounting record (RFC 2866 §5.5), and what PPP
 * heard becomes the attributes of its method.  Nothing of L2TP or IPsec is
 * known here but the words that describe them.
 *
 * Supported standards: RFC 2865, 2866, 2869, 2548, 2867, 3162, 3579.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/endpoint.h"
#include "dp/dp.h"
#include "ppp/ppp.h"
#include "radius/packet.h"

#define REQUEST_ATTRS_MAX	4000	/* bytes: what fits a packet */
#define REQUEST_ID_MAX		32	/* of a session id, with the NUL */

struct request_facts {			/* borrowed strings and bytes */
	struct rd user;			/* User-Name as it is sent */
	char session[REQUEST_ID_MAX];	/* Acct-Session-Id */
	char multi[REQUEST_ID_MAX];	/* Acct-Multi-Session-Id: the tunnel's */
	const char *nas_id;		/* "": none */
	struct ipaddr nas_addr;
	uint32_t nas_port;
	/* Outer addresses: dialled, the phone's; IP_NONE: there is none. */
	struct ipaddr here, there;
	const char *connect_info;
	const char *family;		/* of the client; "": unknown */
	uint64_t attempt;	/* 0: of none */
	uint16_t mtu;
	uint64_t unix_ms;
	struct rd state;		/* State to give back; n 0: none */
};

/*
 * Access-Request: identity and what the method showed, but User-Password,
 * which goes apart (the client hides it).  `out` is bad if it did not fit.
 */
void	request_access(struct radius_build *out, const struct request_facts *,
	    const struct ppp_auth *);

enum request_status {			/* RFC 2866 §5.1 */
	REQUEST_START = 1,
	REQUEST_STOP = 2,
	REQUEST_INTERIM = 3,
	REQUEST_ON = 7,
	REQUEST_OFF = 8
};

enum request_cause {			/* RFC 2866 §5.10 */
	CAUSE_NONE = 0,
	CAUSE_USER_REQUEST = 1,
	CAUSE_LOST_CARRIER = 2,
	CAUSE_IDLE_TIMEOUT = 4,
	CAUSE_SESSION_TIMEOUT = 5,
	CAUSE_ADMIN_RESET = 6,
	CAUSE_ADMIN_REBOOT = 7,
	CAUSE_NAS_ERROR = 9,
	CAUSE_NAS_REQUEST = 10,
	CAUSE_PORT_PREEMPTED = 13,
	CAUSE_USER_ERROR = 17
};

struct request_usage {
	struct ipaddr address;		/* Framed-IP-Address; IP_NONE: none */
	struct ipaddr prefix;		/* its /64; IP_NONE: none */
	uint64_t ifid;			/* Framed-Interface-Id; 0: none */
	struct rd class_attrs;		/* Class attributes, encoded */
	bool local;			/* a local user: Acct-Authentic */
	uint64_t seconds;
	struct dp_count count;
	enum request_cause cause;	/* Stop only */
};

/* A session's record. */
void	request_account(struct radius_build *out, enum request_status,
	    const struct request_facts *, const struct request_usage *);
/* Accounting-On or -Off: only who we are. */
void	request_account_nas(struct radius_build *out, enum request_status,
	    const struct request_facts *);

#endif
