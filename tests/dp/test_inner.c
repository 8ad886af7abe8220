/* SPDX-License-Identifier: BSD-2-Clause */
/* What is inside ESP. */

#include "dp/inner.h"
#include "tests/dp/rig.h"

static void
v4_lengths(void **state)
{
	uint8_t b[200];
	struct inner in;
	size_t n = rig_ip4(b, 1, 2, 50, true);

	(void)state;
	assert_int_equal(inner_ip(b, n, &in), DROP_NONE);
	assert_int_equal(in.len, n);
	assert_int_equal(in.head, 20);
	assert_int_equal(in.proto, 17);
	assert_true(in.df && !in.fragment && !in.later);
	/* bytes behind it are not its */
	assert_int_equal(inner_ip(b, n + 20, &in), DROP_NONE);
	assert_int_equal(in.len, n);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(inner_ip(b, cut, &in), cut < 20 ?
		    DROP_IP_SHORT : DROP_IP_LENGTH);
	inet_put16(b, 2, 19);
	assert_int_equal(inner_ip(b, n, &in), DROP_IP_LENGTH);
	inet_put16(b, 2, (uint16_t)n);
	b[0] = 0x44;
	assert_int_equal(inner_ip(b, n, &in), DROP_IP_LENGTH);
	for (unsigned v = 0; v < 16; v++) {
		if (v == 4 || v == 6)
			continue;
		b[0] = (uint8_t)(v << 4 | 5);
		assert_int_equal(inner_ip(b, n, &in), DROP_IP_VERSION);
	}
	rig_ip4(b, 1, 2, 50, false);
	inet_put16(b, 6, 0x2000);
	assert_int_equal(inner_ip(b, n, &in), DROP_NONE);
	assert_true(!in.df && in.fragment && !in.later);
	inet_put16(b, 6, 0x0001);
	assert_int_equal(inner_ip(b, n, &in), DROP_NONE);
	assert_true(in.fragment && in.later);
}

static void
n36_source_routes(void **state)
{
	static const struct { uint8_t opt[8]; enum drop why; } t[] = {
		{ { 131, 7, 4, 1, 2, 3, 4, 0 }, DROP_IP_OPTION },
		{ { 137, 7, 4, 1, 2, 3, 4, 0 }, DROP_IP_OPTION },
		{ { 1, 1, 1, 1, 137, 3, 4, 0 }, DROP_IP_OPTION },
		{ { 7, 7, 4, 0, 0, 0, 0, 0 }, DROP_NONE }, /* record route */
		{ { 0, 131, 7, 4, 0, 0, 0, 0 }, DROP_NONE }, /* after the end */
		{ { 148, 4, 0, 0, 1, 1, 1, 1 }, DROP_NONE }, /* router alert */
		{ { 148, 1, 0, 0, 1, 1, 1, 1 }, DROP_IP_OPTION },
		{ { 148, 9, 0, 0, 1, 1, 1, 1 }, DROP_IP_OPTION },
		{ { 1, 1, 1, 1, 1, 1, 1, 148 }, DROP_IP_OPTION },
	};
	uint8_t b[100];
	struct inner in;

	(void)state;
	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t n = rig_ip4(b, 1, 2, 50, true);

		b[0] = 0x47;
		memcpy(b + 20, t[i].opt, 8);
		assert_int_equal(inner_ip(b, n, &in), t[i].why);
	}
}

/* An IPv6 packet with the given headers before TCP. */
static size_t
make6(uint8_t *b, const uint8_t *ext, size_t n, uint8_t first)
{
	memset(b, 0, 40);
	b[0] = 0x60;
	b[6] = first;
	b[8] = 0x20;
	b[24] = 0x20;
	b[39] = 9;
	memcpy(b + 40, ext, n);
	memset(b + 40 + n, 0, 20);
	inet_put16(b, 4, (uint16_t)(n + 20));
	return 60 + n;
}

static void
v6_chain(void **state)
{
	static const struct {
		uint8_t ext[24];
		uint8_t n, first;
		enum drop why;
		uint8_t head;
		bool later;
	} t[] = {
		{ { 0 }, 0, 6, DROP_NONE, 40, false },
		{ { 6, 0, 1, 4, 0, 0, 0, 0 }, 8, 0, DROP_NONE, 48, false },
		{ { 43, 0, 1, 4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0 }, 16, 0,
		    DROP_NONE, 56, false },	/* no segments left */
		{ { 6, 0, 0, 1, 0, 0, 0, 0 }, 8, 43, DROP_IP_OPTION, 0,
		    false },
		{ { 6, 0, 4, 3, 0, 0, 0, 0 }, 8, 43, DROP_IP_OPTION, 0,
		    false },
		{ { 6, 0, 0, 1, 0, 0, 0, 9 }, 8, 44, DROP_NONE, 48, false },
		{ { 6, 0, 0, 8, 0, 0, 0, 9 }, 8, 44, DROP_NONE, 48, true },
		{ { 6, 1, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0 }, 12, 51, DROP_NONE,
		    52, false },
		{ { 6, 9, 0, 0, 0, 0, 0, 0 }, 8, 60, DROP_IP_LENGTH, 0,
		    false },
	};
	uint8_t b[200];
	struct inner in;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		n = make6(b, t[i].ext, t[i].n, t[i].first);
		assert_int_equal(inner_ip(b, n, &in), t[i].why);
		if (t[i].why != DROP_NONE)
			continue;
		assert_int_equal(in.head, t[i].head);
		assert_int_equal(in.proto, 6);
		assert_int_equal(in.later, t[i].later);
		assert_int_equal(in.src.family, IP_V6);
		assert_int_equal(in.dst.b[15], 9);
		assert_true(in.df);
	}
	n = make6(b, b, 0, 6);
	assert_int_equal(inner_ip(b, 39, &in), DROP_IP_SHORT);
	assert_int_equal(inner_ip(b, n - 1, &in), DROP_IP_LENGTH);
	/* a chain without an end */
	memset(b + 40, 0, 100);
	inet_put16(b, 4, 100);
	b[6] = 0;
	assert_int_equal(inner_ip(b, 140, &in), DROP_IP_OPTION);
	inet_put16(b, 4, 4);
	assert_int_equal(inner_ip(b, 140, &in), DROP_IP_LENGTH);
}

static void
n33_inner_udp(void **state)
{
	uint8_t b[40] = { 0 };
	uint16_t from;
	uint32_t payload;

	(void)state;
	inet_put16(b, 0, 1234);
	inet_put16(b, 2, 1701);
	inet_put16(b, 6, 0xbad);	/* a checksum nobody looks at */
	for (uint16_t len = 0; len <= 48; len++) {
		inet_put16(b, 4, len);
		assert_int_equal(inner_udp(b, 40, 1701, 1234, &from,
		    &payload), len < 8 || len > 40 ? DROP_INNER_UDP :
		    DROP_NONE);
		if (len >= 8 && len <= 40)
			assert_int_equal(payload, len - 8);
	}
	inet_put16(b, 4, 8);
	for (size_t cut = 0; cut < 8; cut++)
		assert_int_equal(inner_udp(b, cut, 1701, 0, &from, &payload),
		    DROP_INNER_UDP);
	assert_int_equal(inner_udp(b, 8, 1701, 0, &from, &payload), DROP_NONE);
	assert_int_equal(from, 1234);
	assert_int_equal(inner_udp(b, 8, 1702, 0, &from, &payload),
	    DROP_INNER_SELECTOR);
	assert_int_equal(inner_udp(b, 8, 1701, 1235, &from, &payload),
	    DROP_INNER_SELECTOR);
}

static uint16_t
tcp_sum(const uint8_t *b, const struct inner *in)
{
	size_t alen = in->src.family == IP_V6 ? 16 : 4;
	uint32_t n = in->len - in->head;

	return inet_fold(inet_sum(b + in->head, n, inet_sum_pseudo(in->src.b,
	    in->dst.b, alen, 6, n)));
}

/* The clamp against a full recompute, over random options and MTUs. */
static void
clamp(void **state)
{
	struct rng rng;
	unsigned lowered = 0;

	(void)state;
	rng_seeded(&rng, 5);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t b[200], before[200], *tcp, *mss;
		bool six = i & 1;
		unsigned nops = rng_below(&rng, 8);
		uint16_t mtu = (uint16_t)(1200 + rng_below(&rng, 300));
		uint16_t was = (uint16_t)rng_u32(&rng), fit;
		struct inner in;
		size_t n;

		if (six) {
			n = make6(b, b, 0, 6) + 20;
			inet_put16(b, 4, 40);
		} else {
			n = rig_ip4(b, 0x0a000001, 0x0a000002, 32, true);
			b[9] = 6;
		}
		tcp = b + (six ? 40 : 20);
		rng_fill(&rng, tcp, 40);
		tcp[12] = 0xa0;
		tcp[13] = 0x02;
		memset(tcp + 20, 1, 20);
		mss = tcp + 20 + nops;
		mss[0] = 2;
		mss[1] = 4;
		inet_put16(mss, 2, was);
		inet_put16(tcp, 16, 0);
		assert_int_equal(inner_ip(b, n, &in), DROP_NONE);
		inet_put16(tcp, 16, tcp_sum(b, &in));
		assert_int_equal(tcp_sum(b, &in), 0);
		memcpy(before, b, n);
		inner_clamp(b, &in, mtu);
		fit = (uint16_t)(mtu - (six ? 60 : 40));
		assert_int_equal(inet_u16(mss, 2), was < fit ? was : fit);
		assert_int_equal(tcp_sum(b, &in), 0);
		lowered += was > fit;
		/* nothing else changed */
		memcpy(mss + 2, before + (mss + 2 - b), 2);
		memcpy(tcp + 16, before + (tcp + 16 - b), 2);
		assert_memory_equal(b, before, n);
	}
	assert_true(lowered > 1000);
}

/* No SYN, no option, broken options, fragments: bytes stay. */
static void
clamp_leaves(void **state)
{
	static const struct { uint8_t flags, off; uint8_t opt[8]; } t[] = {
		{ 0x10, 0x70, { 2, 4, 0xff, 0xff } },	/* no SYN */
		{ 0x02, 0x50, { 2, 4, 0xff, 0xff } },	/* not in the header */
		{ 0x02, 0xf0, { 2, 4, 0xff, 0xff } },	/* beyond the end */
		{ 0x02, 0x70, { 0, 2, 4, 0xff, 0xff } },
		{ 0x02, 0x70, { 3, 0, 2, 4, 0xff, 0xff } },
		{ 0x02, 0x70, { 3, 99, 2, 4, 0xff, 0xff } },
		{ 0x02, 0x70, { 2, 3, 0xff, 0, 2, 4, 0xff, 0xff } },
		{ 0x02, 0x70, { 1, 1, 1, 1, 1, 1, 1, 2 } },
		{ 0x02, 0x70, { 2, 4, 0, 10 } },	/* small enough */
	};
	uint8_t b[100], before[100];
	struct inner in;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		n = rig_ip4(b, 1, 2, 20, true);
		b[9] = 6;
		b[32] = t[i].off;
		b[33] = t[i].flags;
		memcpy(b + 40, t[i].opt, 8);
		memcpy(before, b, n);
		assert_int_equal(inner_ip(b, n, &in), DROP_NONE);
		inner_clamp(b, &in, 1400);
		assert_memory_equal(b, before, n);
	}
	memcpy(b + 40, "\x02\x04\xff\xff", 4);
	memcpy(before, b, n);
	in.later = true;
	inner_clamp(b, &in, 1400);
	in.later = false;
	in.proto = 17;
	inner_clamp(b, &in, 1400);
	in.proto = 6;
	inner_clamp(b, &in, 40);
	in.len = 39;
	inner_clamp(b, &in, 1400);
	assert_memory_equal(b, before, n);
}

/* Fragments put together are the packet; options go where they belong. */
static void
fragments(void **state)
{
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 6);
	for (unsigned i = 0; i < 3000; i++) {
		uint8_t b[4100], whole[4100] = { 0 }, out[2000];
		uint16_t mtu = (uint16_t)(68 + rng_below(&rng, 1400));
		uint16_t base = i % 3 == 0 ? 0x2000 | 100 : 0;
		uint32_t at = 0, len, count = 0;
		struct inner_frag f;
		struct inner in, part;
		size_t n = rig_ip4(b, 1, 2, rng_below(&rng, 4000), false);

		if (i % 2 == 0 && n > 40) {
			b[0] = 0x47;
			memcpy(b + 20, "\x94\x04\0\0\x07\x04\x04\0", 8);
		}
		inet_put16(b, 6, base);
		assert_int_equal(inner_ip(b, n, &in), DROP_NONE);
		f = inner_frag(b, &in, mtu);
		while ((len = inner_frag_next(&f, out)) != 0) {
			uint16_t word = inet_u16(out, 6);
			bool last = in.head + at + (len - (out[0] & 15u) * 4) ==
			    n;

			assert_true(len <= mtu);
			assert_int_equal(inner_ip(out, len, &part), DROP_NONE);
			assert_int_equal(part.len, len);
			assert_int_equal(inet_fold(inet_sum(out, part.head,
			    0)), 0);
			assert_int_equal(((word & 0x1fff) - (base & 0x1fff)) *
			    8, at);
			assert_int_equal((word & 0x2000) != 0, !last ||
			    (base & 0x2000) != 0);
			/* router alert is copied, record route is not */
			if (in.head == 28)
				assert_int_equal(part.head, at == 0 ? 28 : 24);
			memcpy(whole + in.head + at, out + part.head,
			    len - part.head);
			at += len - part.head;
			count++;
		}
		assert_int_equal(at + in.head, n);
		assert_memory_equal(whole + in.head, b + in.head, n - in.head);
		assert_true(count >= 1);
	}
}

static void
fragments_need_room(void **state)
{
	uint8_t b[200], out[200];
	struct inner in;
	struct inner_frag f;

	(void)state;
	assert_int_equal(inner_ip(b, rig_ip4(b, 1, 2, 100, false), &in),
	    DROP_NONE);
	f = inner_frag(b, &in, 27);
	assert_int_equal(inner_frag_next(&f, out), 0);
}

static void
too_big6(void **state)
{
	uint8_t b[2000], out[INNER_ICMP_MAX];
	struct ipaddr from;
	struct inner in;
	size_t n;
	uint32_t len;

	(void)state;
	assert_true(ipaddr_parse("2001:db8::fe", &from));
	n = make6(b, b, 0, 17) + 1500;
	memset(b + 60, 7, 1500);
	inet_put16(b, 4, (uint16_t)(n - 40));
	assert_int_equal(inner_ip(b, n, &in), DROP_NONE);
	len = inner_too_big(b, &in, 1400, &from, out);
	assert_int_equal(len, 1280);
	assert_int_equal(inner_ip(out, len, &in), DROP_NONE);
	assert_int_equal(in.proto, 58);
	assert_true(ipaddr_eq(&in.src, &from));
	assert_int_equal(out[40], 2);
	assert_int_equal(inet_u32(out, 44), 1400);
	assert_memory_equal(out + 48, b, 1232);
	assert_int_equal(inet_fold(inet_sum(out + 40, len - 40,
	    inet_sum_pseudo(out + 8, out + 24, 16, 58, len - 40))), 0);
}

/* RFC 1122 §3.2.2: about these there is silence. */
static void
too_big_never(void **state)
{
	uint8_t b[200], out[INNER_ICMP_MAX];
	struct ipaddr from = ipaddr_v4(9), from6;
	struct inner in, ok;
	size_t n = rig_ip4(b, 0x08080808, 2, 100, true);

	(void)state;
	assert_true(ipaddr_parse("2001:db8::fe", &from6));
	assert_int_equal(inner_ip(b, n, &ok), DROP_NONE);
	assert_true(inner_too_big(b, &ok, 1400, &from, out) > 0);
	assert_int_equal(inner_too_big(b, &ok, 1400, &from6, out), 0);
	in = ok;
	in.later = true;
	assert_int_equal(inner_too_big(b, &in, 1400, &from, out), 0);
	for (unsigned type = 0; type < 20; type++) {
		bool query = type == 0 || type == 8 || type == 13 ||
		    type == 14;

		in = ok;
		in.proto = 1;
		b[20] = (uint8_t)type;
		assert_int_equal(inner_too_big(b, &in, 1400, &from, out) > 0,
		    query);
	}
	in.len = in.head;
	assert_int_equal(inner_too_big(b, &in, 1400, &from, out), 0);
	in = ok;
	in.src = ipaddr_v4(0xe0000001);
	assert_int_equal(inner_too_big(b, &in, 1400, &from, out), 0);
	in.src = ipaddr_v4(0);
	assert_int_equal(inner_too_big(b, &in, 1400, &from, out), 0);
	n = make6(b, b, 0, 58);
	assert_int_equal(inner_ip(b, n, &ok), DROP_NONE);
	b[40] = 128;
	assert_true(inner_too_big(b, &ok, 1400, &from6, out) > 0);
	b[40] = 1;
	assert_int_equal(inner_too_big(b, &ok, 1400, &from6, out), 0);
	b[40] = 128;
	in = ok;
	in.src.b[0] = 0xff;
	assert_int_equal(inner_too_big(b, &in, 1400, &from6, out), 0);
	memset(in.src.b, 0, 16);
	assert_int_equal(inner_too_big(b, &in, 1400, &from6, out), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v4_lengths),
		cmocka_unit_test(n36_source_routes), cmocka_unit_test(v6_chain),
		cmocka_unit_test(n33_inner_udp), cmocka_unit_test(clamp),
		cmocka_unit_test(clamp_leaves), cmocka_unit_test(fragments),
		cmocka_unit_test(fragments_need_room),
		cmocka_unit_test(too_big6), cmocka_unit_test(too_big_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
