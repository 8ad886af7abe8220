/* SPDX-License-Identifier: BSD-2-Clause */
/* What we say to a RADIUS server: exactly these attributes, in this order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lns/request.h"

struct said {			/* attributes, as "1 6 7 ... 32473/2" */
	uint8_t buf[REQUEST_ATTRS_MAX];
	struct radius_build b;
	char types[1024];
};

static void
said_open(struct said *s)
{
	radius_open_attrs(&s->b, s->buf, sizeof(s->buf));
}

static struct rd
said_attrs(const struct said *s)
{
	struct rd r = wr_out(&s->b.w);

	assert_false(r.bad);
	return r;
}

static void
said_are(struct said *s, const char *types)
{
	struct attr_walk w = attr_walk(said_attrs(s));
	struct attr a;
	size_t n = 0;

	s->types[0] = '\0';
	while (attr_next(&w, &a)) {
		assert_int_equal(attr_check(&a), DROP_NONE);
		n += (size_t)snprintf(s->types + n, sizeof(s->types) - n, "%s",
		    n > 0 ? " " : "");
		if (a.vendor != 0)
			n += (size_t)snprintf(s->types + n,
			    sizeof(s->types) - n, "%u/", (unsigned)a.vendor);
		n += (size_t)snprintf(s->types + n, sizeof(s->types) - n, "%u",
		    (unsigned)a.type);
	}
	assert_int_equal(w.why, DROP_NONE);
	assert_string_equal(s->types, types);
}

static struct rd
said_get(const struct said *s, uint32_t vendor, uint8_t type)
{
	struct attr a;

	assert_true(attr_get(said_attrs(s), vendor, type, &a));
	return a.value;
}

static void
said_text(const struct said *s, uint8_t type, const char *text)
{
	assert_true(rd_eq(said_get(s, 0, type), text, strlen(text)));
}

static uint32_t
said_u32(const struct said *s, uint8_t type)
{
	struct rd v = said_get(s, 0, type);

	assert_int_equal(rd_left(&v), 4);
	return rd_u32(&v);
}

static struct request_facts
facts(void)
{
	return (struct request_facts){
		.user = rd_make("alice", 5),
		.session = "0000000a00000001",
		.multi = "0000000a-7",
		.nas_id = "nas1",
		.nas_addr = ipaddr_v4(0xc0000201),
		.nas_port = 17,
		.here = ipaddr_v4(0xcb007101),
		.there = ipaddr_v4(0x14000001),
		.connect_info = "L2TP/IPsec aes256-sha1",
		.family = "windows",
		.attempt = 7,
		.mtu = 1400,
		.unix_ms = 1700000000999,
	};
}

/* Everything but the method's own. */
#define IDENTITY "1 6 7 32 4 5 61 30 31 44 64 65 66 67 77 32473/2 32473/3"

static void
identity_of_a_question(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_PAP };
	struct said s;

	(void)state;
	said_open(&s);
	request_access(&s.b, &f, &q);
	said_are(&s, IDENTITY " 12");
	said_text(&s, ATTR_USER_NAME, "alice");
	said_text(&s, ATTR_NAS_IDENTIFIER, "nas1");
	said_text(&s, ATTR_CALLED_STATION_ID, "203.0.113.1");
	said_text(&s, ATTR_CALLING_STATION_ID, "20.0.0.1");
	said_text(&s, ATTR_ACCT_SESSION_ID, "0000000a00000001");
	said_text(&s, ATTR_TUNNEL_CLIENT_ENDPOINT, "20.0.0.1");
	said_text(&s, ATTR_TUNNEL_SERVER_ENDPOINT, "203.0.113.1");
	said_text(&s, ATTR_CONNECT_INFO, "L2TP/IPsec aes256-sha1");
	assert_int_equal(said_u32(&s, ATTR_SERVICE_TYPE), 2);
	assert_int_equal(said_u32(&s, ATTR_FRAMED_PROTOCOL), 1);
	assert_int_equal(said_u32(&s, ATTR_NAS_IP_ADDRESS), 0xc0000201);
	assert_int_equal(said_u32(&s, ATTR_NAS_PORT), 17);
	assert_int_equal(said_u32(&s, ATTR_NAS_PORT_TYPE), 5);
	assert_int_equal(said_u32(&s, ATTR_TUNNEL_TYPE), 3);
	assert_int_equal(said_u32(&s, ATTR_TUNNEL_MEDIUM_TYPE), 1);
	assert_int_equal(said_u32(&s, ATTR_FRAMED_MTU), 1400);
	assert_true(rd_eq(said_get(&s, ATTR_L2TPD, ATTR_L2TPD_CLIENT_FAMILY),
	    "windows", 7));
	assert_true(rd_eq(said_get(&s, ATTR_L2TPD, ATTR_L2TPD_ATTEMPT), "7",
	    1));
}

/* What is not known is not said: no attribute is empty. */
static void
what_is_unknown_is_left_out(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_PAP };
	struct said s;

	(void)state;
	f.nas_id = f.family = f.connect_info = "";
	f.mtu = 0;
	f.nas_addr = (struct ipaddr){ .family = IP_NONE };
	said_open(&s);
	request_access(&s.b, &f, &q);
	said_are(&s, "1 6 7 5 61 30 31 44 64 65 66 67 32473/3");
}

static void
ipv6_outside(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_PAP };
	struct said s;

	(void)state;
	assert_true(ipaddr_parse("2001:db8::1", &f.nas_addr));
	f.here = f.nas_addr;
	assert_true(ipaddr_parse("2001:db8::2", &f.there));
	said_open(&s);
	request_access(&s.b, &f, &q);
	said_are(&s, "1 6 7 32 95 5 61 30 31 44 64 65 66 67 77 32473/2 "
	    "32473/3 12");
	said_text(&s, ATTR_CALLING_STATION_ID, "2001:db8::2");
	assert_int_equal(said_u32(&s, ATTR_TUNNEL_MEDIUM_TYPE), 2);
}

/* RFC 2865 §5.1: a name of 254 octets does not fit; nothing is cut. */
static void
n73_a_name_too_long_is_not_cut(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_PAP };
	struct said s;
	uint8_t name[254];

	(void)state;
	memset(name, 'x', sizeof(name));
	f.user = rd_make(name, 253);
	said_open(&s);
	request_access(&s.b, &f, &q);
	assert_true(rd_eq(said_get(&s, 0, ATTR_USER_NAME), name, 253));
	f.user = rd_make(name, 254);
	said_open(&s);
	request_access(&s.b, &f, &q);
	assert_true(s.b.w.bad);
	f.user = rd_make(name, 0);
	said_open(&s);
	request_access(&s.b, &f, &q);
	assert_true(s.b.w.bad);
}

static void
chap_md5(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_CHAP_MD5, .id = 9,
		.challenge_len = 16, .response_len = 16 };
	struct said s;
	struct rd v;

	(void)state;
	memset(q.challenge, 0xcc, 16);
	memset(q.response, 0xdd, 16);
	f.state = rd_make("st", 2);
	said_open(&s);
	request_access(&s.b, &f, &q);
	said_are(&s, IDENTITY " 12 3 60 24");
	v = said_get(&s, 0, ATTR_CHAP_PASSWORD);
	assert_int_equal(rd_left(&v), 17);
	assert_int_equal(v.p[0], 9);
	assert_memory_equal(v.p + 1, q.response, 16);
	assert_true(rd_eq(said_get(&s, 0, ATTR_CHAP_CHALLENGE), q.challenge,
	    16));
	said_text(&s, ATTR_STATE, "st");
}

/* RFC 2548 §2.3.2: Ident, Flags 0, Peer-Challenge, 8 reserved, Response. */
static void
mschapv2(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_MSCHAPV2, .id = 0xfe,
		.challenge_len = 16, .response_len = 49 };
	struct said s;
	struct rd v;

	(void)state;
	memset(q.challenge, 0xcc, 16);
	for (int i = 0; i < 49; i++)
		q.response[i] = (uint8_t)i;
	said_open(&s);
	request_access(&s.b, &f, &q);
	said_are(&s, IDENTITY " 12 311/11 311/25");
	v = said_get(&s, ATTR_MICROSOFT, ATTR_MS_CHAP2_RESPONSE);
	assert_int_equal(rd_left(&v), 50);
	assert_int_equal(v.p[0], 0xfe);
	assert_int_equal(v.p[1], 0);
	assert_memory_equal(v.p + 2, q.response, 48);
}

/*
 * RFC 2548 §2.1.6 and §2.3.4: the 516 bytes in numbered pieces of 243; then
 * Code 7, Ident, Encrypted-Hash, Peer-Challenge, 8 reserved, NT-Response, Flags.
 */
static void
change_password(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_MSCHAPV2, .id = 5,
		.challenge_len = 16, .change_len = PPP_CHANGE };
	struct said s;
	struct attr_walk w;
	struct attr a;
	struct rd v;
	uint8_t whole[516];
	size_t n = 0;
	unsigned part = 0;

	(void)state;
	for (int i = 0; i < PPP_CHANGE; i++)
		q.change[i] = (uint8_t)(i * 7);
	said_open(&s);
	request_access(&s.b, &f, &q);
	said_are(&s, IDENTITY " 12 311/11 311/6 311/6 311/6 311/27");
	w = attr_walk(said_attrs(&s));
	while (attr_next(&w, &a)) {
		if (a.vendor != ATTR_MICROSOFT ||
		    a.type != ATTR_MS_CHAP_NT_ENC_PW)
			continue;
		assert_int_equal(a.value.p[0], 6);
		assert_int_equal(a.value.p[1], 5);
		assert_int_equal(a.value.p[2], 0);
		assert_int_equal(a.value.p[3], ++part);
		rd_skip(&a.value, 4);
		assert_true(n + rd_left(&a.value) <= sizeof(whole));
		memcpy(whole + n, a.value.p, rd_left(&a.value));
		n += rd_left(&a.value);
	}
	assert_int_equal(n, 516);
	assert_memory_equal(whole, q.change, 516);
	v = said_get(&s, ATTR_MICROSOFT, ATTR_MS_CHAP2_CPW);
	assert_int_equal(rd_left(&v), 68);
	assert_int_equal(v.p[0], 7);
	assert_int_equal(v.p[1], 5);
	assert_memory_equal(v.p + 2, q.change + 516, 66);
}

/* RFC 3579 §3.1: in order, no part longer than 253. */
static void
eap_in_parts(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_EAP, .eap_len = 600 };
	struct said s;
	struct attr_walk w;
	struct attr a;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 600; i++)
		q.eap[i] = (uint8_t)(i * 3);
	said_open(&s);
	request_access(&s.b, &f, &q);
	said_are(&s, IDENTITY " 12 79 79 79");
	w = attr_walk(said_attrs(&s));
	while (attr_next(&w, &a)) {
		if (a.type != ATTR_EAP_MESSAGE)
			continue;
		assert_memory_equal(a.value.p, q.eap + n, rd_left(&a.value));
		n += rd_left(&a.value);
	}
	assert_int_equal(n, 600);
}

static void
records(void **state)
{
	static const uint8_t class_attrs[] = { 25, 3, 'a', 25, 4, 'b', 0 };
	struct request_facts f = facts();
	struct request_usage u = {
		.address = ipaddr_v4(0x0a010002),
		.class_attrs = rd_make(class_attrs, sizeof(class_attrs)),
		.local = true,
		.seconds = 90,
		.count = { .rx_packets = 1, .rx_bytes = (UINT64_C(2) << 32) |
		    5, .tx_packets = 3, .tx_bytes = UINT64_C(1) << 32 },
		.cause = CAUSE_IDLE_TIMEOUT,
	};
	struct said s;

	(void)state;
	said_open(&s);
	request_account(&s.b, REQUEST_START, &f, &u);
	said_are(&s, "40 " IDENTITY " 55 50 8 45 25 25");
	assert_int_equal(said_u32(&s, ATTR_EVENT_TIMESTAMP), 1700000000);
	assert_int_equal(said_u32(&s, ATTR_ACCT_AUTHENTIC), 2);
	said_text(&s, ATTR_ACCT_MULTI_SESSION_ID, "0000000a-7");

	/* RFC 3162: the network, and the identifier as soon as it is known */
	assert_true(ipaddr_parse("2001:db8:100:7::", &u.prefix));
	said_open(&s);
	request_account(&s.b, REQUEST_START, &f, &u);
	said_are(&s, "40 " IDENTITY " 55 50 8 97 45 25 25");
	assert_true(rd_eq(said_get(&s, 0, ATTR_FRAMED_IPV6_PREFIX),
	    "\0\x40\x20\x01\x0d\xb8\x01\x00\x00\x07", 10));
	u.ifid = UINT64_C(0x0102030405060708);
	said_open(&s);
	request_account(&s.b, REQUEST_START, &f, &u);
	said_are(&s, "40 " IDENTITY " 55 50 8 97 96 45 25 25");
	assert_true(rd_eq(said_get(&s, 0, ATTR_FRAMED_INTERFACE_ID),
	    "\1\2\3\4\5\6\7\10", 8));
	u.prefix.family = IP_NONE;

	said_open(&s);
	request_account(&s.b, REQUEST_INTERIM, &f, &u);
	said_are(&s, "40 " IDENTITY " 55 50 8 45 46 42 52 43 53 47 48 25 25");

	u.local = false;
	u.count.rx_bytes = 5;
	u.address.family = IP_NONE;
	said_open(&s);
	request_account(&s.b, REQUEST_STOP, &f, &u);
	said_are(&s, "40 " IDENTITY " 55 50 45 46 42 43 53 47 48 49 25 25");
	assert_int_equal(said_u32(&s, ATTR_ACCT_AUTHENTIC), 1);
	assert_int_equal(said_u32(&s, ATTR_ACCT_INPUT_OCTETS), 5);
	assert_int_equal(said_u32(&s, ATTR_ACCT_OUTPUT_OCTETS), 0);
	assert_int_equal(said_u32(&s, ATTR_ACCT_OUTPUT_GIGAWORDS), 1);
	assert_int_equal(said_u32(&s, ATTR_ACCT_TERMINATE_CAUSE), 4);

	u.cause = CAUSE_NONE;
	said_open(&s);
	request_account(&s.b, REQUEST_STOP, &f, &u);
	said_are(&s, "40 " IDENTITY " 55 50 45 46 42 43 53 47 48 25 25");
}

static void
on_and_off(void **state)
{
	struct request_facts f = facts();
	struct said s;

	(void)state;
	said_open(&s);
	request_account_nas(&s.b, REQUEST_ON, &f);
	said_are(&s, "40 32 4 44 55");
	said_open(&s);
	request_account_nas(&s.b, REQUEST_OFF, &f);
	said_are(&s, "40 32 4 44 55 49");
	assert_int_equal(said_u32(&s, ATTR_ACCT_TERMINATE_CAUSE), 7);
}

/* N-73: a NUL is an octet like others, and 253 of them fit. */
static void
n73_user_name_is_octets(void **state)
{
	struct request_facts f = facts();
	struct ppp_auth q = { .method = PPP_PAP };
	uint8_t name[ATTR_VALUE_MAX];
	struct said s;

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = (uint8_t)i;
	for (size_t n = 1; n <= sizeof(name); n++) {
		f.user = rd_make(name, n);
		said_open(&s);
		request_access(&s.b, &f, &q);
		assert_true(rd_eq(said_get(&s, 0, ATTR_USER_NAME), name, n));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_of_a_question),
		cmocka_unit_test(what_is_unknown_is_left_out),
		cmocka_unit_test(ipv6_outside),
		cmocka_unit_test(n73_user_name_is_octets),
		cmocka_unit_test(n73_a_name_too_long_is_not_cut),
		cmocka_unit_test(chap_md5),
		cmocka_unit_test(mschapv2),
		cmocka_unit_test(change_password),
		cmocka_unit_test(eap_in_parts),
		cmocka_unit_test(records),
		cmocka_unit_test(on_and_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
