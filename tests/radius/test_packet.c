/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet codec and its authenticators: radius/packet.c, radius/hide.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "radius/packet.h"
#include "tests/captures/tcpdump_radius.h"

/* RFC 2865 §7.1 to §7.3; the secret of all is "xyzzy5461". */
#define NEMO_REQUEST \
	"010000380f403f947397" "8057bd83d5cb98f4227a01066e656d6f" \
	"02120dbe708d93d413ce3196e43f782a0aee0406c0a8011005060000" "0003"
#define NEMO_ACCEPT \
	"0200002686fe220e7624ba2a1005f6bf9b55e0b2060600000001" \
	"0f06000000000e06c0a80103"
#define FLOPSY_REQUEST \
	"010100472aee86f08d0d55969ca5978e0d3367a20108666c6f70737903131" \
	"6e97557c316185895f293ff634407727504" "06c0a8011005060000001406" \
	"0600000002070600000001"
#define FLOPSY_ACCEPT \
	"0201003815efbc7dab26cfa3dc34d9c03c8601a406060000000207060000" \
	"00010806fffffffe0a06000000020d06000000010c06000005dc"
#define MOPSY_REQUEST \
	"01020039f3a47a1f6a6d76710b947ab93041a03901076d6f707379021233" \
	"657573778289b57088" "5e15084825c50406c0a80110050600000007"
#define MOPSY_CHALLENGE \
	"0b02004e36f3c8764ae8c71157403c0c71ff9c451230" \
	"4368616c6c656e67652033323736393433302e2020456e7465722072" \
	"6573706f6e73652061742070726f6d70742e180a3332373639343330"

struct bytes {
	uint8_t b[RADIUS_PACKET_MAX + 64];
	size_t n;
};

static struct rd
text(const char *s)
{
	return rd_make(s, strlen(s));
}

static struct rd
xyzzy(void)
{
	return text("xyzzy5461");
}

static void
hex(const char *s, struct bytes *out)
{
	out->n = strlen(s) / 2;
	for (size_t i = 0; i < out->n; i++) {
		char two[3] = { s[2 * i], s[2 * i + 1], '\0' };

		out->b[i] = (uint8_t)strtoul(two, NULL, 16);
	}
}

static struct rd
bytes_rd(const struct bytes *b)
{
	return rd_make(b->b, b->n);
}

static void
decode_hex(const char *s, struct bytes *keep, struct radius_packet *p)
{
	hex(s, keep);
	assert_int_equal(radius_decode(bytes_rd(keep), p), DROP_NONE);
}

static void
same(struct rd got, const char *want)
{
	struct bytes w;

	hex(want, &w);
	assert_int_equal(rd_left(&got), w.n);
	assert_memory_equal(got.p, w.b, w.n);
}

static struct rd
value(const struct radius_packet *p, uint8_t type)
{
	struct attr a;

	assert_true(attr_get(p->attrs, 0, type, &a));
	return a.value;
}

static const uint8_t nas[] = { 192, 168, 1, 16 };

/* RFC 2865 §7.1: nemo logs in with a password, both packets byte by byte. */
static void
rfc2865_7_1(void **state)
{
	struct bytes q, r;
	struct radius_packet req, acc;
	struct ipaddr addr = { .family = IP_V4, .b = { 192, 168, 1, 16 } };
	struct ipaddr host = { .family = IP_V4, .b = { 192, 168, 1, 3 } };
	struct radius_build b;
	uint8_t buf[RADIUS_PACKET_MAX];
	struct secret password;
	struct rd out;

	(void)state;
	decode_hex(NEMO_REQUEST, &q, &req);
	assert_int_equal(req.code, RADIUS_ACCESS_REQUEST);
	assert_int_equal(req.id, 0);
	assert_true(rd_eq(value(&req, ATTR_USER_NAME), "nemo", 4));
	assert_true(rd_eq(value(&req, ATTR_NAS_IP_ADDRESS), nas, 4));
	assert_true(radius_reveal(value(&req, ATTR_USER_PASSWORD), req.auth,
	    xyzzy(), &password));
	assert_int_equal(password.len, 10);
	assert_memory_equal(password.b, "arctangent", 10);

	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 0, req.auth,
	    false);
	radius_put_text(&b, ATTR_USER_NAME, "nemo");
	radius_put_password(&b, text("arctangent"), xyzzy());
	radius_put_addr(&b, ATTR_NAS_IP_ADDRESS, &addr);
	radius_put_u32(&b, ATTR_NAS_PORT, 3);
	assert_true(radius_close(&b, xyzzy(), &out));
	same(out, NEMO_REQUEST);

	decode_hex(NEMO_ACCEPT, &r, &acc);
	assert_true(radius_response_ok(&acc, req.auth, xyzzy()));
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_ACCEPT, 0, req.auth,
	    false);
	radius_put_u32(&b, ATTR_SERVICE_TYPE, 1);
	radius_put_u32(&b, 15, 0);	/* Login-Service: Telnet */
	radius_put_addr(&b, 14, &host);	/* Login-IP-Host */
	assert_true(radius_close(&b, xyzzy(), &out));
	same(out, NEMO_ACCEPT);
}

/* RFC 2865 §7.2: flopsy logs in with CHAP. */
static void
rfc2865_7_2(void **state)
{
	struct bytes q, r;
	struct radius_packet req, acc;
	struct radius_build b;
	uint8_t buf[RADIUS_PACKET_MAX], response[16];
	struct rd out, chap, part[3];

	(void)state;
	decode_hex(FLOPSY_REQUEST, &q, &req);
	assert_int_equal(req.id, 1);
	chap = value(&req, ATTR_CHAP_PASSWORD);
	assert_int_equal(rd_left(&chap), 17);
	/* The challenge is the authenticator: §2.2 allows that for 16 bytes. */
	part[0] = rd_sub(&chap, 1);
	part[1] = text("3");
	part[2] = rd_make(req.auth, RADIUS_AUTH_BYTES);
	rd_copy(&chap, response, sizeof(response));
	assert_int_equal(*part[0].p, 0x16);

	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 1, req.auth,
	    false);
	radius_put_text(&b, ATTR_USER_NAME, "flopsy");
	radius_put(&b, ATTR_CHAP_PASSWORD, req.attrs.p + 10, 17);
	radius_put(&b, ATTR_NAS_IP_ADDRESS, nas, 4);
	radius_put_u32(&b, ATTR_NAS_PORT, 20);
	radius_put_u32(&b, ATTR_SERVICE_TYPE, 2);
	radius_put_u32(&b, ATTR_FRAMED_PROTOCOL, 1);
	assert_true(radius_close(&b, xyzzy(), &out));
	same(out, FLOPSY_REQUEST);

	decode_hex(FLOPSY_ACCEPT, &r, &acc);
	assert_true(radius_response_ok(&acc, req.auth, xyzzy()));
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_ACCEPT, 1, req.auth,
	    false);
	radius_put_u32(&b, ATTR_SERVICE_TYPE, 2);
	radius_put_u32(&b, ATTR_FRAMED_PROTOCOL, 1);
	radius_put_u32(&b, ATTR_FRAMED_IP_ADDRESS, 0xfffffffe);
	radius_put_u32(&b, 10, 2);	/* Framed-Routing: listen */
	radius_put_u32(&b, 13, 1);	/* Framed-Compression: VJ */
	radius_put_u32(&b, ATTR_FRAMED_MTU, 1500);
	assert_true(radius_close(&b, xyzzy(), &out));
	same(out, FLOPSY_ACCEPT);
}

/* RFC 2865 §7.3: mopsy is challenged. */
static void
rfc2865_7_3(void **state)
{
	struct bytes q, r;
	struct radius_packet req, cha;
	struct radius_build b;
	uint8_t buf[RADIUS_PACKET_MAX];
	struct secret password;
	struct rd out;

	(void)state;
	decode_hex(MOPSY_REQUEST, &q, &req);
	assert_true(radius_reveal(value(&req, ATTR_USER_PASSWORD), req.auth,
	    xyzzy(), &password));
	assert_int_equal(password.len, 9);
	assert_memory_equal(password.b, "challenge", 9);
	decode_hex(MOPSY_CHALLENGE, &r, &cha);
	assert_int_equal(cha.code, RADIUS_ACCESS_CHALLENGE);
	assert_true(radius_response_ok(&cha, req.auth, xyzzy()));
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_CHALLENGE, 2, req.auth,
	    false);
	radius_put_text(&b, ATTR_REPLY_MESSAGE,
	    "Challenge 32769430.  Enter response at prompt.");
	radius_put_text(&b, ATTR_STATE, "32769430");
	assert_true(radius_close(&b, xyzzy(), &out));
	same(out, MOPSY_CHALLENGE);
}

/* RFC 2866 §3, RFC 5176 §3.5: the authenticator is a digest with zeros. */
static void
digest_requests(void **state)
{
	static const enum radius_code codes[] = { RADIUS_ACCOUNTING_REQUEST,
		RADIUS_DISCONNECT_REQUEST, RADIUS_COA_REQUEST };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint8_t buf[256], want[16], zero[16] = { 0 };
		struct radius_build b;
		struct radius_packet p;
		struct rd out, part[4];

		radius_open(&b, buf, sizeof(buf), codes[i], 7, NULL, i > 0);
		radius_put_u32(&b, ATTR_ACCT_STATUS_TYPE, 1);
		radius_put_text(&b, ATTR_ACCT_SESSION_ID, "0000000000000001");
		assert_true(radius_close(&b, text("s3cret"), &out));
		part[0] = rd_make(buf, 4);
		part[1] = rd_make(zero, 16);
		part[2] = rd_make(buf + 20, rd_left(&out) - 20);
		part[3] = text("s3cret");
		assert_true(hash_sum(HASH_MD5, part, 4, want));
		assert_memory_equal(buf + 4, want, 16);
		assert_int_equal(radius_decode(out, &p), DROP_NONE);
		assert_true(radius_request_ok(&p, text("s3cret")));
		assert_false(radius_request_ok(&p, text("s3cre")));
		assert_false(radius_request_ok(&p, text("")));
		assert_int_equal(radius_message_auth(&p, NULL, text("s3cret"),
		    i > 0), DROP_NONE);
		buf[25] ^= 1;
		assert_int_equal(radius_decode(out, &p), DROP_NONE);
		assert_false(radius_request_ok(&p, text("s3cret")));
	}
}

/* What FreeRADIUS and others sent, as tcpdump's test suite has it. */
static void
tcpdump_captures(void **state)
{
	static const struct {
		const char *name;
		unsigned packet;
		enum drop why;
	} bad[] = {
		/* 57 bytes in its head, 56 in the datagram */
		{ "RADIUS-RFC5447.pcap", 1, DROP_RADIUS_LENGTH },
		/* made on purpose: prefixes of 1 and 19 bytes, of 129 bits */
		{ "RADIUS-RFC3162.pcap", 1, DROP_RADIUS_ATTR_VALUE },
		/* made by a fuzzer: longer than the datagram */
		{ "radius_attr_asan.pcap", 1, DROP_RADIUS_LENGTH },
	};
	size_t good = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		const struct capture *c = &captures[i];
		enum drop want = DROP_NONE, why;
		struct radius_packet p;
		struct bytes b;

		for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
			if (strcmp(bad[k].name, c->name) == 0 &&
			    bad[k].packet == c->packet)
				want = bad[k].why;
		hex(c->hex, &b);
		assert_int_equal(b.n, c->n);
		why = radius_decode(bytes_rd(&b), &p);
		if (why != want)
			fail_msg("%s %u: %s", c->name, c->packet,
			    drop_str(why));
		good += why == DROP_NONE;
		if (why == DROP_NONE)
			assert_int_equal(rd_left(&p.whole), c->n);
	}
	assert_int_equal(good, 19);
}

static const struct capture *
capture(const char *name, unsigned packet)
{
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++)
		if (strcmp(captures[i].name, name) == 0 &&
		    captures[i].packet == packet)
			return &captures[i];
	fail_msg("no %s %u", name, packet);
	return NULL;
}

/* FreeRADIUS made these with its well-known example secret. */
static void
freeradius_authenticators(void **state)
{
	struct rd secret = text("testing123");

	(void)state;
	for (unsigned i = 1; i <= 5; i += 2) {
		struct radius_packet req, acc;
		struct bytes q, r;

		decode_hex(capture("RADIUS-RFC4675.pcap", i)->hex, &q, &req);
		decode_hex(capture("RADIUS-RFC4675.pcap", i + 1)->hex, &r,
		    &acc);
		assert_int_equal(radius_message_auth(&req, req.auth, secret,
		    true), DROP_NONE);
		assert_true(radius_response_ok(&acc, req.auth, secret));
		req.auth[3] ^= 1;
		assert_int_equal(radius_message_auth(&req, req.auth, secret,
		    true), DROP_RADIUS_MESSAGE_AUTH);
		assert_false(radius_response_ok(&acc, req.auth, secret));
	}
}

static void
make_accept(uint8_t *buf, size_t n, const uint8_t *auth, bool message_auth,
    struct rd *out)
{
	struct radius_build b;

	radius_open(&b, buf, n, RADIUS_ACCESS_ACCEPT, 9, auth, message_auth);
	radius_put_u32(&b, ATTR_SERVICE_TYPE, 2);
	radius_put_u32(&b, ATTR_FRAMED_IP_ADDRESS, 0x0a090007);
	radius_put(&b, ATTR_CLASS, "\0\x01\xff", 3);
	assert_true(radius_close(&b, text("s3cret"), out));
}

static const uint8_t some_auth[RADIUS_AUTH_BYTES] = "0123456789abcde";

/* N-82: Message-Authenticator missing, wrong, twice, with Proxy-State. */
static void
n82_message_authenticator(void **state)
{
	uint8_t buf[256], twice[256];
	struct radius_packet p;
	struct wr w;
	struct rd out;

	(void)state;
	make_accept(buf, sizeof(buf), some_auth, false, &out);
	assert_int_equal(radius_decode(out, &p), DROP_NONE);
	assert_true(radius_response_ok(&p, some_auth, text("s3cret")));
	assert_int_equal(radius_message_auth(&p, some_auth, text("s3cret"),
	    true), DROP_RADIUS_MESSAGE_AUTH);
	assert_int_equal(radius_message_auth(&p, some_auth, text("s3cret"),
	    false), DROP_NONE);

	make_accept(buf, sizeof(buf), some_auth, true, &out);
	assert_int_equal(buf[RADIUS_HEAD], ATTR_MESSAGE_AUTHENTICATOR);
	assert_int_equal(radius_decode(out, &p), DROP_NONE);
	assert_int_equal(radius_message_auth(&p, some_auth, text("s3cret"),
	    true), DROP_NONE);
	assert_int_equal(radius_message_auth(&p, some_auth, text("wrong"),
	    true), DROP_RADIUS_MESSAGE_AUTH);
	assert_int_equal(radius_message_auth(&p, some_auth, text(""), true),
	    DROP_RADIUS_MESSAGE_AUTH);
	/* A reply to another request. */
	assert_int_equal(radius_message_auth(&p,
	    (const uint8_t *)"0123456789abcdX", text("s3cret"), true),
	    DROP_RADIUS_MESSAGE_AUTH);
	assert_int_equal(radius_message_auth(&p, NULL, text("s3cret"), true),
	    DROP_RADIUS_MESSAGE_AUTH);

	w = wr_make(twice, sizeof(twice));
	wr_rd(&w, out);
	wr_bytes(&w, buf + RADIUS_HEAD, 18);
	twice[3] = (uint8_t)wr_used(&w);
	assert_int_equal(radius_decode(wr_out(&w), &p),
	    DROP_RADIUS_MESSAGE_AUTH);

	/* A Proxy-State that an attacker added after signing (BlastRADIUS). */
	w = wr_make(twice, sizeof(twice));
	wr_rd(&w, out);
	wr_u8(&w, ATTR_PROXY_STATE);
	wr_u8(&w, 4);
	wr_u16(&w, 0);
	twice[3] = (uint8_t)wr_used(&w);
	assert_int_equal(radius_decode(wr_out(&w), &p), DROP_NONE);
	assert_int_equal(radius_message_auth(&p, some_auth, text("s3cret"),
	    true), DROP_RADIUS_MESSAGE_AUTH);
	assert_false(radius_response_ok(&p, some_auth, text("s3cret")));
}

/* N-82: it counts wherever it stands, not only in front. */
static void
n82_not_first(void **state)
{
	uint8_t buf[256], sum[16], zero[16] = { 0 };
	struct radius_build b;
	struct radius_packet p;
	struct rd out, whole;

	(void)state;
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 1, some_auth,
	    false);
	radius_put_text(&b, ATTR_USER_NAME, "nemo");
	radius_put(&b, ATTR_MESSAGE_AUTHENTICATOR, zero, 16);
	radius_put_u32(&b, ATTR_NAS_PORT, 1);
	assert_true(radius_close(&b, text("s3cret"), &out));
	whole = out;
	assert_true(hmac_sum(HASH_MD5, text("s3cret"), &whole, 1, sum));
	memcpy(buf + 20 + 6 + 2, sum, 16);
	assert_int_equal(radius_decode(out, &p), DROP_NONE);
	assert_int_equal(radius_message_auth(&p, p.auth, text("s3cret"), true),
	    DROP_NONE);
	buf[20 + 6 + 2 + 15] ^= 0x80;
	assert_int_equal(radius_decode(out, &p), DROP_NONE);
	assert_int_equal(radius_message_auth(&p, p.auth, text("s3cret"), true),
	    DROP_RADIUS_MESSAGE_AUTH);
}

/* N-83: the head. */
static void
n83_packet_lengths(void **state)
{
	struct bytes b;
	struct radius_packet p = { .id = 77 };

	(void)state;
	hex(NEMO_ACCEPT, &b);
	for (size_t n = 0; n < RADIUS_HEAD; n++)
		assert_int_equal(radius_decode(rd_make(b.b, n), &p),
		    DROP_RADIUS_SHORT);
	for (size_t n = RADIUS_HEAD; n < b.n; n++)
		assert_int_equal(radius_decode(rd_make(b.b, n), &p),
		    DROP_RADIUS_LENGTH);
	for (unsigned len = 0; len < RADIUS_HEAD; len++) {
		b.b[2] = 0;
		b.b[3] = (uint8_t)len;
		assert_int_equal(radius_decode(bytes_rd(&b), &p),
		    DROP_RADIUS_LENGTH);
	}
	b.b[2] = 0x10;		/* 4097 and a datagram as long */
	b.b[3] = 0x01;
	b.n = 4097;
	assert_int_equal(radius_decode(bytes_rd(&b), &p), DROP_RADIUS_LENGTH);
	assert_int_equal(p.id, 77);	/* nothing was committed */

	/* RFC 2865 §3: what is behind the length is padding. */
	hex(NEMO_ACCEPT, &b);
	memset(b.b + b.n, 0xff, 10);
	assert_int_equal(radius_decode(rd_make(b.b, b.n + 10), &p), DROP_NONE);
	assert_int_equal(rd_left(&p.whole), b.n);
	b.b[0] = 6;
	assert_int_equal(radius_decode(bytes_rd(&b), &p), DROP_RADIUS_CODE);
	b.b[0] = 255;
	assert_int_equal(radius_decode(bytes_rd(&b), &p), DROP_RADIUS_CODE);
}

/* Wraps attribute bytes into an Access-Accept and decodes it. */
static enum drop
with_attrs(const void *attrs, size_t n, struct radius_packet *p)
{
	static uint8_t buf[RADIUS_PACKET_MAX + 8];
	struct wr w = wr_make(buf, sizeof(buf));

	wr_u8(&w, RADIUS_ACCESS_ACCEPT);
	wr_u8(&w, 1);
	wr_u16(&w, (uint16_t)(RADIUS_HEAD + n));
	wr_zero(&w, RADIUS_AUTH_BYTES);
	wr_bytes(&w, attrs, n);
	assert_false(w.bad);
	return radius_decode(wr_out(&w), p);
}

/* An attribute of each length from 2 to 255; only these values pass. */
static void
lengths(uint8_t type, uint32_t vendor, size_t min, size_t max, size_t step)
{
	for (size_t n = 0; n <= (vendor != 0 ? 247u : 253u); n++) {
		uint8_t buf[256] = { 0 };
		struct wr w = wr_make(buf, sizeof(buf));
		bool ok = n >= min && n <= max && (n - min) % step == 0;
		struct radius_packet p;
		enum drop why;

		if (vendor != 0) {
			wr_u8(&w, ATTR_VENDOR_SPECIFIC);
			wr_u8(&w, (uint8_t)(n + 8));
			wr_u32(&w, vendor);
		}
		wr_u8(&w, type);
		wr_u8(&w, (uint8_t)(n + 2));
		wr_zero(&w, n);
		assert_false(w.bad);
		why = with_attrs(buf, wr_used(&w), &p);
		if (why != (ok ? DROP_NONE : DROP_RADIUS_ATTR_VALUE))
			fail_msg("type %u, %zu bytes: %s", type, n,
			    drop_str(why));
	}
}

/* N-83: values of wrong lengths. */
static void
n83_value_lengths(void **state)
{
	(void)state;
	lengths(ATTR_FRAMED_IP_ADDRESS, 0, 4, 4, 1);
	lengths(ATTR_SESSION_TIMEOUT, 0, 4, 4, 1);
	lengths(ATTR_CLASS, 0, 1, 253, 1);
	lengths(ATTR_USER_PASSWORD, 0, 16, 128, 16);
	lengths(ATTR_TUNNEL_PASSWORD, 0, 19, 253, 16);
	lengths(ATTR_MESSAGE_AUTHENTICATOR, 0, 16, 16, 1);
	lengths(ATTR_FRAMED_IPV6_PREFIX, 0, 2, 18, 1);
	lengths(ATTR_MS_CHAP2_SUCCESS, ATTR_MICROSOFT, 43, 43, 1);
	lengths(ATTR_MS_MPPE_SEND_KEY, ATTR_MICROSOFT, 18, 247, 16);
	lengths(ATTR_MS_CHAP2_RESPONSE, ATTR_MICROSOFT, 50, 50, 1);
}

/* N-83: attribute and vendor lengths that do not fit. */
static void
n83_attribute_lengths(void **state)
{
	static const struct {
		uint8_t b[24];
		size_t n;
		enum drop why;
	} bad[] = {
		{ { 18, 0 }, 2, DROP_RADIUS_ATTR_LENGTH },
		{ { 18, 1 }, 2, DROP_RADIUS_ATTR_LENGTH },
		{ { 18 }, 1, DROP_RADIUS_ATTR_LENGTH },
		{ { 18, 4, 'x' }, 3, DROP_RADIUS_ATTR_LENGTH },
		{ { 18, 255, 'x' }, 3, DROP_RADIUS_ATTR_LENGTH },
		{ { 18, 3, 'x', 18, 0 }, 5, DROP_RADIUS_ATTR_LENGTH },
		{ { 26, 2 }, 2, DROP_RADIUS_ATTR_VALUE },
		{ { 26, 6, 0, 0, 1, 55 }, 6, DROP_RADIUS_ATTR_VALUE },
		{ { 26, 7, 0, 0, 1, 55, 1 }, 7, DROP_RADIUS_ATTR_LENGTH },
		{ { 26, 8, 0, 0, 1, 55, 26, 0 }, 8, DROP_RADIUS_ATTR_LENGTH },
		{ { 26, 8, 0, 0, 1, 55, 26, 1 }, 8, DROP_RADIUS_ATTR_LENGTH },
		{ { 26, 8, 0, 0, 1, 55, 99, 3 }, 8, DROP_RADIUS_ATTR_LENGTH },
		{ { 26, 9, 0, 0, 1, 55, 99, 2, 0 }, 9,
		    DROP_RADIUS_ATTR_LENGTH },
		/* a Microsoft length that reaches into the next attribute */
		{ { 26, 8, 0, 0, 1, 55, 99, 4, 1, 3, 'x' }, 11,
		    DROP_RADIUS_ATTR_LENGTH },
		{ { 97, 4, 0, 8 }, 4, DROP_RADIUS_ATTR_VALUE },
		{ { 97, 5, 1, 8, 0 }, 5, DROP_RADIUS_ATTR_VALUE },
		{ { 97, 20, 0, 129 }, 20, DROP_RADIUS_ATTR_VALUE },
		{ { 123, 4, 0, 255 }, 4, DROP_RADIUS_ATTR_VALUE },
	};
	struct radius_packet p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(with_attrs(bad[i].b, bad[i].n, &p),
		    bad[i].why);
}

/* N-83: very many attributes, and many long ones. */
static void
n83_many(void **state)
{
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_packet p;
	struct wr w = wr_make(buf, sizeof(buf));

	(void)state;
	for (int i = 0; i < RADIUS_ATTRS_MAX; i++) {
		wr_u8(&w, 200);		/* not in the table */
		wr_u8(&w, 2);
	}
	assert_int_equal(with_attrs(buf, wr_used(&w), &p), DROP_NONE);
	wr_u16(&w, 200 << 8 | 2);
	assert_int_equal(with_attrs(buf, wr_used(&w), &p),
	    DROP_RADIUS_ATTR_COUNT);
	while (wr_used(&w) < 4000)
		wr_u16(&w, 200 << 8 | 2);
	assert_int_equal(with_attrs(buf, wr_used(&w), &p),
	    DROP_RADIUS_ATTR_COUNT);

	w = wr_make(buf, sizeof(buf));
	for (int i = 0; i < 15; i++) {
		wr_u8(&w, ATTR_REPLY_MESSAGE);
		wr_u8(&w, 255);
		memset(wr_room(&w, 253), 'x', 253);
	}
	assert_int_equal(with_attrs(buf, wr_used(&w), &p), DROP_NONE);
	assert_int_equal(attr_count(p.attrs, 0, ATTR_REPLY_MESSAGE), 15);
}

/* Every byte of each RFC packet changed: accepted or refused, never fooled. */
static void
one_byte_corruption(void **state)
{
	static const char *const packets[] = { NEMO_ACCEPT, FLOPSY_ACCEPT,
		MOPSY_CHALLENGE };
	static const char *const requests[] = { NEMO_REQUEST, FLOPSY_REQUEST,
		MOPSY_REQUEST };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct radius_packet req, p;
		struct bytes q, b;

		decode_hex(requests[i], &q, &req);
		hex(packets[i], &b);
		for (size_t at = 0; at < b.n; at++)
			for (int x = 1; x < 256; x++) {
				b.b[at] ^= (uint8_t)x;
				if (radius_decode(bytes_rd(&b), &p) ==
				    DROP_NONE)
					assert_false(radius_response_ok(&p,
					    req.auth, xyzzy()));
				b.b[at] ^= (uint8_t)x;
			}
	}
}

static void
hide_lengths(void **state)
{
	char password[RADIUS_PASSWORD_MAX + 2];
	uint8_t out[RADIUS_PASSWORD_MAX];
	struct secret back;

	(void)state;
	memset(password, 'p', sizeof(password));
	for (size_t n = 0; n <= RADIUS_PASSWORD_MAX; n++) {
		size_t m = radius_hide(rd_make(password, n), some_auth,
		    text("s"), out);

		assert_int_equal(m, n == 0 ? 16 : (n + 15) / 16 * 16);
		assert_true(radius_reveal(rd_make(out, m), some_auth,
		    text("s"), &back));
		assert_int_equal(back.len, n);
		assert_memory_equal(back.b, password, n);
		if (m > 16)	/* the second block's key is another */
			assert_memory_not_equal(out, out + 16, 16);
	}
	assert_int_equal(radius_hide(rd_make(password, 129), some_auth,
	    text("s"), out), 0);
	assert_false(radius_reveal(rd_make(out, 0), some_auth, text("s"),
	    &back));
	assert_false(radius_reveal(rd_make(out, 17), some_auth, text("s"),
	    &back));
}

/* N-83: MPPE keys and Tunnel-Password with bad salts and lengths. */
static void
n83_salted(void **state)
{
	uint8_t key[240], out[ATTR_VALUE_MAX], bad[ATTR_VALUE_MAX];
	struct secret back;
	size_t m;

	(void)state;
	memset(key, 0x5a, sizeof(key));
	for (size_t n = 0; n <= 239; n++) {
		m = radius_salt_hide(rd_make(key, n), 0x8001, some_auth,
		    text("s"), out);
		assert_int_equal(m, 2 + (n + 16) / 16 * 16);
		assert_true(radius_salt_reveal(rd_make(out, m), some_auth,
		    text("s"), &back));
		assert_int_equal(back.len, n);
		assert_memory_equal(back.b, key, n);
	}
	assert_int_equal(radius_salt_hide(rd_make(key, 240), 0x8001, some_auth,
	    text("s"), out), 0);
	assert_int_equal(radius_salt_hide(rd_make(key, 16), 0x7fff, some_auth,
	    text("s"), out), 0);
	m = radius_salt_hide(rd_make(key, 16), 0xfffe, some_auth, text("s"),
	    out);
	assert_int_equal(m, 34);
	for (size_t n = 0; n < m; n++)
		assert_false(radius_salt_reveal(rd_make(out, n), some_auth,
		    text("s"), &back));
	out[0] &= 0x7f;
	assert_false(radius_salt_reveal(rd_make(out, m), some_auth, text("s"),
	    &back));
	out[0] |= 0x80;
	/* A length byte beyond the text: all 256 values of the hidden one. */
	for (int x = 0; x < 256; x++) {
		memcpy(bad, out, m);
		bad[2] = (uint8_t)(out[2] ^ 16 ^ x);	/* length is x now */
		assert_int_equal(radius_salt_reveal(rd_make(bad, m), some_auth,
		    text("s"), &back), x < 32);
	}
}

static void
build_limits(void **state)
{
	uint8_t buf[RADIUS_PACKET_MAX + 100], small[30];
	struct radius_build b;
	uint8_t chap[16] = { 0 };
	char big[256];
	struct rd out;

	(void)state;
	memset(big, 'x', sizeof(big));
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 1, some_auth,
	    true);
	for (int i = 0; i < 15; i++)
		radius_put(&b, ATTR_CLASS, big, 253);
	assert_true(radius_close(&b, text("s"), &out));
	radius_put(&b, ATTR_CLASS, big, 253);	/* 4,118 bytes */
	assert_false(radius_close(&b, text("s"), &out));

	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 1, some_auth,
	    false);
	radius_put(&b, ATTR_CLASS, big, 254);
	assert_false(radius_close(&b, text("s"), &out));
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 1, some_auth,
	    false);
	radius_put_text(&b, ATTR_USER_NAME, "");
	assert_false(radius_close(&b, text("s"), &out));
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 1, some_auth,
	    false);
	radius_put_vendor(&b, ATTR_MICROSOFT, 1, big, 248);
	assert_false(radius_close(&b, text("s"), &out));
	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 1, some_auth,
	    false);
	assert_false(radius_close(&b, text(""), &out));	/* RFC 2865 §3 */
	radius_open(&b, small, sizeof(small), RADIUS_ACCESS_REQUEST, 1,
	    some_auth, true);
	assert_false(radius_close(&b, text("s"), &out));
	radius_open(&b, small, 10, RADIUS_ACCESS_REQUEST, 1, some_auth, false);
	assert_false(radius_close(&b, text("s"), &out));

	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_REQUEST, 1, some_auth,
	    true);
	radius_put_chap(&b, 5, chap, rd_make(some_auth, 16));
	radius_put_vendor(&b, ATTR_MICROSOFT, ATTR_MS_CHAP_CHALLENGE, chap,
	    16);
	assert_true(radius_close(&b, text("s"), &out));
	assert_int_equal(rd_left(&out), 20 + 18 + 19 + 18 + 24);
}

static void
codes(void **state)
{
	(void)state;
	assert_string_equal(radius_code_str(1), "Access-Request");
	assert_string_equal(radius_code_str(5), "Accounting-Response");
	assert_string_equal(radius_code_str(12), "Status-Server");
	assert_string_equal(radius_code_str(45), "CoA-NAK");
	assert_string_equal(radius_code_str(0), "unknown");
	assert_string_equal(radius_code_str(300), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc2865_7_1),
		cmocka_unit_test(rfc2865_7_2),
		cmocka_unit_test(rfc2865_7_3),
		cmocka_unit_test(digest_requests),
		cmocka_unit_test(tcpdump_captures),
		cmocka_unit_test(freeradius_authenticators),
		cmocka_unit_test(n82_message_authenticator),
		cmocka_unit_test(n82_not_first),
		cmocka_unit_test(n83_packet_lengths),
		cmocka_unit_test(n83_value_lengths),
		cmocka_unit_test(n83_attribute_lengths),
		cmocka_unit_test(n83_many),
		cmocka_unit_test(n83_salted),
		cmocka_unit_test(one_byte_corruption),
		cmocka_unit_test(hide_lengths),
		cmocka_unit_test(build_limits),
		cmocka_unit_test(codes),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
