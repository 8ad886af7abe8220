/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_PACKET_H
#define RADIUS_PACKET_H

/*
 * DOC: RADIUS packets: framing, authenticators, hidden values.
 *
 * radius/ knows nothing of what logs in: an authentication method is a set of
 * attributes.  The codec is pure and holds no state; both directions of a
 * packet stand here, because the tests are its server.
 *
 * RADIUS/1.1 is the same packet with a token in place of identifier and
 * authenticator, inside TLS: nothing is hidden or signed, so there is no secret.
 *
 * Supported standards: RFC 2865, 2866, 2869 §5.14, 2548, 5176 (packets), 9765.
 * A decoder never asks whether an attribute may stand in this packet, as
 * servers differ; it does ask for right lengths (RFC 2865 §5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/drop.h"
#include "base/endpoint.h"
#include "base/secret.h"
#include "radius/attr.h"

#define RADIUS_HEAD		20	/* bytes */
#define RADIUS_PACKET_MAX	4096	/* RFC 2865 §3 */
#define RADIUS_AUTH_BYTES		16	/* bytes of an authenticator */
#define RADIUS_ATTRS_MAX	256	/* in one packet that we accept */
#define RADIUS_PASSWORD_MAX	128	/* bytes, RFC 2865 §5.2 */

enum radius_code {
	RADIUS_ACCESS_REQUEST = 1,
	RADIUS_ACCESS_ACCEPT = 2,
	RADIUS_ACCESS_REJECT = 3,
	RADIUS_ACCOUNTING_REQUEST = 4,
	RADIUS_ACCOUNTING_RESPONSE = 5,
	RADIUS_ACCESS_CHALLENGE = 11,
	RADIUS_STATUS_SERVER = 12,
	RADIUS_DISCONNECT_REQUEST = 40,
	RADIUS_DISCONNECT_ACK = 41,
	RADIUS_DISCONNECT_NAK = 42,
	RADIUS_COA_REQUEST = 43,
	RADIUS_COA_ACK = 44,
	RADIUS_COA_NAK = 45
};
/* "Access-Request"; "unknown" for what we do not know. */
const char	*radius_code_str(unsigned code);

struct radius_packet {		/* decoded; borrows the datagram */
	enum radius_code code;
	uint8_t id;
	uint8_t auth[RADIUS_AUTH_BYTES];
	struct rd attrs;
	struct rd whole;	/* head and attributes, padding cut off */
	bool version_11;	/* RADIUS/1.1: no id, no auth, but a token */
	uint32_t token;
};

/*
 * Framing, lengths and values by the table, at most one Message-Authenticator,
 * a code that we know.  Nothing is authenticated yet.
 */
enum drop	 radius_decode(struct rd datagram, struct radius_packet *);

/* RADIUS/1.1: reserved bytes are ignored, as is a Message-Authenticator. */
enum drop	 radius_decode_11(struct rd packet, struct radius_packet *);

/*
 * Is this the answer to the request with this authenticator, from one who
 * knows the secret?  RFC 2865 §3, RFC 2866 §3, RFC 5176 §3.5.
 */
bool		 radius_response_ok(const struct radius_packet *,
		    const uint8_t request_auth[RADIUS_AUTH_BYTES], struct rd secret);
/* The authenticator of accounting, CoA and disconnect requests. */
bool		 radius_request_ok(const struct radius_packet *,
		    struct rd secret);
/*
 * Message-Authenticator, RFC 2869 §5.14: DROP_NONE if it is right,
 * DROP_RADIUS_MESSAGE_AUTH if it is wrong or, when `required`, not there.
 * request_auth is the request's own authenticator; for a request pass its auth
 * or, for accounting, CoA and disconnect requests, NULL.
 */
enum drop	 radius_message_auth(const struct radius_packet *,
		    const uint8_t *request_auth, struct rd secret,
		    bool required);

/*
 * Building.  Open, put attributes, close.  An attribute that does not fit (or
 * has no value: RFC 2865 §5 forbids to send one) makes the writer bad, and
 * closing then fails.
 */
struct radius_build {		/* borrows the buffer */
	struct wr w;
	struct wr_len len;
	enum radius_code code;
	bool version_11;
	uint8_t auth[RADIUS_AUTH_BYTES];	/* of the request */
	uint8_t *auth_at;	/* in the packet */
	uint8_t *message_auth_at;	/* NULL without one */
};

/*
 * `auth` is the authenticator of the request: random for an Access-Request or
 * Status-Server, the request's own for a reply; NULL for accounting, CoA and
 * disconnect requests, which compute theirs.  A Message-Authenticator, if
 * wanted, goes first.
 */
void		 radius_open(struct radius_build *, void *buf, size_t n,
		    enum radius_code, uint8_t id, const uint8_t *auth,
		    bool message_auth);
/* Attributes alone, for a packet that is made later; wr_out(&b->w) has them. */
void		 radius_open_attrs(struct radius_build *, void *buf, size_t n);
/* RADIUS/1.1; a reply carries the token of its request. */
void		 radius_open_11(struct radius_build *, void *buf, size_t n,
		    enum radius_code, uint32_t token);
void		 radius_put(struct radius_build *, uint8_t type, const void *,
		    size_t n);
void		 radius_put_u32(struct radius_build *, uint8_t type, uint32_t);
void		 radius_put_addr(struct radius_build *, uint8_t type,
		    const struct ipaddr *);
void		 radius_put_text(struct radius_build *, uint8_t type,
		    const char *);
/* One vendor attribute in a Vendor-Specific of its own. */
void		 radius_put_vendor(struct radius_build *, uint32_t vendor,
		    uint8_t type, const void *, size_t n);
/* User-Password, hidden; at most RADIUS_PASSWORD_MAX bytes.  In RADIUS/1.1 it
 * goes in clear. */
void		 radius_put_password(struct radius_build *, struct rd password,
		    struct rd secret);
/* CHAP-Password and CHAP-Challenge, RFC 2865 §2.2. */
void		 radius_put_chap(struct radius_build *, uint8_t id,
		    const uint8_t response[16], struct rd challenge);
/*
 * Fills in length and authenticators.  *out is the finished packet, in the
 * buffer.  False if something did not fit or the secret is empty
 * (RFC 2865 §3); RADIUS/1.1 asks for none.
 */
bool		 radius_close(struct radius_build *, struct rd secret,
		    struct rd *out);

/* hide.c */

/*
 * RFC 2865 §5.2.  Pads with zeros to a multiple of 16; out has room for
 * RADIUS_PASSWORD_MAX.  The length written, 0 if the password is too long.
 */
size_t		 radius_hide(struct rd password,
		    const uint8_t auth[RADIUS_AUTH_BYTES], struct rd secret,
		    uint8_t *out);
/* The reverse; trailing zeros are cut off.  False if the length is wrong. */
bool		 radius_reveal(struct rd hidden,
		    const uint8_t auth[RADIUS_AUTH_BYTES], struct rd secret,
		    struct secret *out);
/*
 * RFC 2548 §2.4.2 and RFC 2868 §3.5 (there without the tag): salt, then length
 * byte, value and padding, hidden.  `out` has room for ATTR_VALUE_MAX.  The
 * length written, 0 if the value is too long or the salt's first bit not set.
 */
size_t		 radius_salt_hide(struct rd value, uint16_t salt,
		    const uint8_t auth[RADIUS_AUTH_BYTES], struct rd secret,
		    uint8_t *out);
/* The reverse.  False if lengths do not fit or the salt's first bit is 0. */
bool		 radius_salt_reveal(struct rd hidden,
		    const uint8_t auth[RADIUS_AUTH_BYTES], struct rd secret,
		    struct secret *out);

#endif
