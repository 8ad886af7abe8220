/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets and their authenticators: see packet.h. */

#include <string.h>

#include "base/crypto.h"
#include "radius/packet.h"

#define MD5_SIZE	16

static const uint8_t zeros[RADIUS_AUTH_BYTES];

const char *
radius_code_str(unsigned code)
{
	switch (code) {
	case RADIUS_ACCESS_REQUEST:
		return "Access-Request";
	case RADIUS_ACCESS_ACCEPT:
		return "Access-Accept";
	case RADIUS_ACCESS_REJECT:
		return "Access-Reject";
	case RADIUS_ACCOUNTING_REQUEST:
		return "Accounting-Request";
	case RADIUS_ACCOUNTING_RESPONSE:
		return "Accounting-Response";
	case RADIUS_ACCESS_CHALLENGE:
		return "Access-Challenge";
	case RADIUS_STATUS_SERVER:
		return "Status-Server";
	case RADIUS_DISCONNECT_REQUEST:
		return "Disconnect-Request";
	case RADIUS_DISCONNECT_ACK:
		return "Disconnect-ACK";
	case RADIUS_DISCONNECT_NAK:
		return "Disconnect-NAK";
	case RADIUS_COA_REQUEST:
		return "CoA-Request";
	case RADIUS_COA_ACK:
		return "CoA-ACK";
	case RADIUS_COA_NAK:
		return "CoA-NAK";
	}
	return "unknown";
}

/* Requests whose authenticator is a digest: RFC 2866 §3, RFC 5176 §3. */
static bool
digest_request(enum radius_code code)
{
	return code == RADIUS_ACCOUNTING_REQUEST ||
	    code == RADIUS_DISCONNECT_REQUEST || code == RADIUS_COA_REQUEST;
}

/* Requests whose authenticator is random: RFC 2865 §3, RFC 5997 §3. */
static bool
random_request(enum radius_code code)
{
	return code == RADIUS_ACCESS_REQUEST || code == RADIUS_STATUS_SERVER;
}

static enum drop
check_attrs(struct rd attrs, bool version_11)
{
	struct attr_walk w = attr_walk(attrs);
	size_t n = 0, message_auths = 0;
	enum drop why = DROP_NONE;
	struct attr a;

	while (why == DROP_NONE && attr_next(&w, &a)) {
		why = version_11 ? attr_check_11(&a) : attr_check(&a);
		message_auths += a.vendor == 0 &&
		    a.type == ATTR_MESSAGE_AUTHENTICATOR;
		if (++n > RADIUS_ATTRS_MAX)
			why = DROP_RADIUS_ATTR_COUNT;
	}
	if (why == DROP_NONE)
		why = w.why;
	if (why == DROP_NONE && !version_11 && message_auths > 1)
		why = DROP_RADIUS_MESSAGE_AUTH;
	return why;
}

static enum drop
decode(struct rd r, bool version_11, struct radius_packet *out)
{
	struct rd start = r, body;
	struct radius_packet p = { .version_11 = version_11 };
	uint8_t code = rd_u8(&r);
	uint8_t id = rd_u8(&r);
	uint16_t len = rd_u16(&r);
	enum drop why;

	if (r.bad || rd_left(&start) < RADIUS_HEAD)
		return DROP_RADIUS_SHORT;
	/* RFC 2865 §3: shorter than its length is dropped, more is padding. */
	if (len < RADIUS_HEAD || len > RADIUS_PACKET_MAX ||
	    len > rd_left(&start))
		return DROP_RADIUS_LENGTH;
	if (strcmp(radius_code_str(code), "unknown") == 0)
		return DROP_RADIUS_CODE;
	p.code = (enum radius_code)code;
	p.whole = rd_sub(&start, len);
	body = p.whole;
	rd_skip(&body, RADIUS_HEAD - RADIUS_AUTH_BYTES);
	if (version_11) {
		p.token = rd_u32(&body);
		rd_skip(&body, RADIUS_AUTH_BYTES - 4);
	} else {
		p.id = id;
		rd_copy(&body, p.auth, RADIUS_AUTH_BYTES);
	}
	p.attrs = body;
	why = check_attrs(p.attrs, version_11);
	if (why == DROP_NONE)
		*out = p;
	return why;
}

enum drop
radius_decode(struct rd datagram, struct radius_packet *out)
{
	return decode(datagram, false, out);
}

enum drop
radius_decode_11(struct rd packet, struct radius_packet *out)
{
	return decode(packet, true, out);
}

/* MD5(code + id + length + auth + attributes + secret). */
static bool
digest(struct rd whole, const uint8_t auth[RADIUS_AUTH_BYTES], struct rd secret,
    uint8_t out[MD5_SIZE])
{
	struct rd head = rd_sub(&whole, RADIUS_HEAD - RADIUS_AUTH_BYTES);
	struct rd part[4];

	rd_skip(&whole, RADIUS_AUTH_BYTES);
	part[0] = head;
	part[1] = rd_make(auth, RADIUS_AUTH_BYTES);
	part[2] = rd_rest(&whole);
	part[3] = secret;
	return !whole.bad && hash_sum(HASH_MD5, part, 4, out);
}

bool
radius_response_ok(const struct radius_packet *p,
    const uint8_t request_auth[RADIUS_AUTH_BYTES], struct rd secret)
{
	uint8_t want[MD5_SIZE];

	return rd_left(&secret) > 0 &&
	    digest(p->whole, request_auth, secret, want) &&
	    secret_same(want, p->auth, sizeof(want));
}

bool
radius_request_ok(const struct radius_packet *p, struct rd secret)
{
	return digest_request(p->code) &&
	    radius_response_ok(p, zeros, secret);
}

/*
 * HMAC-MD5 over the packet with `auth` in the place of the authenticator and
 * zeros in that of the Message-Authenticator's value, which has `after` bytes
 * behind it.
 */
static bool
message_digest(struct rd whole, const uint8_t auth[RADIUS_AUTH_BYTES], size_t after,
    struct rd secret, uint8_t out[MD5_SIZE])
{
	struct rd part[5];

	part[0] = rd_sub(&whole, RADIUS_HEAD - RADIUS_AUTH_BYTES);
	part[1] = rd_make(auth, RADIUS_AUTH_BYTES);
	rd_skip(&whole, RADIUS_AUTH_BYTES);
	part[2] = rd_sub(&whole, rd_left(&whole) - after - MD5_SIZE);
	part[3] = rd_make(zeros, MD5_SIZE);
	rd_skip(&whole, MD5_SIZE);
	part[4] = rd_rest(&whole);
	return !whole.bad && hmac_sum(HASH_MD5, secret, part, 5, out);
}

enum drop
radius_message_auth(const struct radius_packet *p, const uint8_t *request_auth,
    struct rd secret, bool required)
{
	struct attr_walk w = attr_walk(p->attrs);
	uint8_t want[MD5_SIZE];
	struct attr a;

	while (attr_next(&w, &a)) {
		if (a.vendor != 0 || a.type != ATTR_MESSAGE_AUTHENTICATOR)
			continue;
		if (rd_left(&a.value) != MD5_SIZE || rd_left(&secret) == 0 ||
		    !message_digest(p->whole,
		    request_auth != NULL ? request_auth : zeros,
		    rd_left(&w.attrs), secret, want))
			return DROP_RADIUS_MESSAGE_AUTH;
		return secret_same(want, rd_bytes(&a.value, MD5_SIZE),
		    MD5_SIZE) ? DROP_NONE : DROP_RADIUS_MESSAGE_AUTH;
	}
	return required ? DROP_RADIUS_MESSAGE_AUTH : DROP_NONE;
}

void
radius_open(struct radius_build *b, void *buf, size_t n, enum radius_code code,
    uint8_t id, const uint8_t *auth, bool message_auth)
{
	*b = (struct radius_build){ .code = code };
	b->w = wr_make(buf, n < RADIUS_PACKET_MAX ? n : RADIUS_PACKET_MAX);
	if (auth != NULL)
		memcpy(b->auth, auth, RADIUS_AUTH_BYTES);
	wr_u8(&b->w, (uint8_t)code);
	wr_u8(&b->w, id);
	b->len = wr_len16(&b->w);
	b->auth_at = wr_room(&b->w, RADIUS_AUTH_BYTES);
	if (b->auth_at != NULL)
		memcpy(b->auth_at, b->auth, RADIUS_AUTH_BYTES);
	if (!message_auth)
		return;
	wr_u8(&b->w, ATTR_MESSAGE_AUTHENTICATOR);
	wr_u8(&b->w, 2 + MD5_SIZE);
	b->message_auth_at = wr_room(&b->w, MD5_SIZE);
	if (b->message_auth_at != NULL)
		memset(b->message_auth_at, 0, MD5_SIZE);
}

void
radius_open_attrs(struct radius_build *b, void *buf, size_t n)
{
	*b = (struct radius_build){ .w = wr_make(buf, n) };
}

void
radius_open_11(struct radius_build *b, void *buf, size_t n,
    enum radius_code code, uint32_t token)
{
	struct wr w = wr_make(b->auth, sizeof(b->auth));

	radius_open(b, buf, n, code, 0, NULL, false);
	b->version_11 = true;
	wr_u32(&w, token);
	if (b->auth_at != NULL)
		memcpy(b->auth_at, b->auth, RADIUS_AUTH_BYTES);
}

void
radius_put(struct radius_build *b, uint8_t type, const void *p, size_t n)
{
	if (n == 0 || n > ATTR_VALUE_MAX) {
		b->w.bad = true;
		return;
	}
	wr_u8(&b->w, type);
	wr_u8(&b->w, (uint8_t)(n + 2));
	wr_bytes(&b->w, p, n);
}

void
radius_put_u32(struct radius_build *b, uint8_t type, uint32_t v)
{
	wr_u8(&b->w, type);
	wr_u8(&b->w, 2 + 4);
	wr_u32(&b->w, v);
}

void
radius_put_addr(struct radius_build *b, uint8_t type, const struct ipaddr *a)
{
	radius_put(b, type, a->b, ipaddr_len(a));
}

void
radius_put_text(struct radius_build *b, uint8_t type, const char *text)
{
	radius_put(b, type, text, strlen(text));
}

void
radius_put_vendor(struct radius_build *b, uint32_t vendor, uint8_t type,
    const void *p, size_t n)
{
	if (n == 0 || n > ATTR_VENDOR_VALUE_MAX) {
		b->w.bad = true;
		return;
	}
	wr_u8(&b->w, ATTR_VENDOR_SPECIFIC);
	wr_u8(&b->w, (uint8_t)(n + 8));
	wr_u32(&b->w, vendor);
	wr_u8(&b->w, type);
	wr_u8(&b->w, (uint8_t)(n + 2));
	wr_bytes(&b->w, p, n);
}

void
radius_put_password(struct radius_build *b, struct rd password,
    struct rd secret)
{
	uint8_t hidden[RADIUS_PASSWORD_MAX];
	size_t n;

	if (b->version_11) {
		radius_put(b, ATTR_USER_PASSWORD, password.p,
		    rd_left(&password));
		return;
	}
	n = radius_hide(password, b->auth, secret, hidden);
	radius_put(b, ATTR_USER_PASSWORD, hidden, n);
}

void
radius_put_chap(struct radius_build *b, uint8_t id, const uint8_t response[16],
    struct rd challenge)
{
	wr_u8(&b->w, ATTR_CHAP_PASSWORD);
	wr_u8(&b->w, 2 + 1 + 16);
	wr_u8(&b->w, id);
	wr_bytes(&b->w, response, 16);
	radius_put(b, ATTR_CHAP_CHALLENGE, challenge.p, rd_left(&challenge));
}

bool
radius_close(struct radius_build *b, struct rd secret, struct rd *out)
{
	uint8_t sum[MD5_SIZE];
	struct rd whole;

	wr_len_end(&b->w, b->len, RADIUS_HEAD - RADIUS_AUTH_BYTES);
	whole = wr_out(&b->w);
	if (b->version_11 && !whole.bad) {
		*out = whole;
		return true;
	}
	if (whole.bad || rd_left(&secret) == 0)
		return false;
	/* It goes first, so all but the head and itself stands behind it. */
	if (b->message_auth_at != NULL) {
		if (!message_digest(whole, b->auth, rd_left(&whole) -
		    RADIUS_HEAD - 2 - MD5_SIZE, secret, sum))
			return false;
		memcpy(b->message_auth_at, sum, MD5_SIZE);
	}
	if (!random_request(b->code)) {
		if (!digest(whole, b->auth, secret, sum))
			return false;
		memcpy(b->auth_at, sum, RADIUS_AUTH_BYTES);
	}
	*out = whole;
	return true;
}
