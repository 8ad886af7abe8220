/* SPDX-License-Identifier: BSD-2-Clause */
/* Cutting, trains, and splitting against recomputed checksums. */

#include "dp/offload.h"
#include "tests/dp/rig.h"

static void
cuts(void **state)
{
	uint8_t b[1000];
	struct pkt whole = { .p = b, .len = 1000, .seg = 300, .via = PKT_NATT };
	struct pkt one;
	uint32_t at = 0, want[] = { 300, 300, 300, 100 };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_true(offload_cut(&whole, &at, &one));
		assert_int_equal(one.len, want[i]);
		assert_ptr_equal(one.p, b + i * 300);
		assert_int_equal(one.seg, 0);
		assert_int_equal(one.via, PKT_NATT);
	}
	assert_false(offload_cut(&whole, &at, &one));
	/* one datagram; an empty one too */
	for (unsigned i = 0; i < 4; i++) {
		whole.seg = i & 1 ? 300 : 0;
		whole.len = i & 2 ? 77 : 0;
		at = 0;
		assert_true(offload_cut(&whole, &at, &one));
		assert_int_equal(one.len, whole.len);
		assert_false(offload_cut(&whole, &at, &one));
	}
}

static void
trains(void **state)
{
	static const struct { uint32_t len; uint16_t port, run; } t[] = {
		{ 100, 1, 3 }, { 100, 1, 0 }, { 60, 1, 0 }, /* shorter last */
		{ 60, 1, 1 },			/* then a longer */
		{ 100, 1, 2 }, { 100, 1, 0 },
		{ 100, 2, 1 },			/* elsewhere */
		{ 100, 1, 1 }, { 101, 1, 1 },
	};
	const unsigned n = sizeof(t) / sizeof(t[0]);
	struct pkt pkt[200], *v[200];

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		pkt[i] = (struct pkt){ .len = t[i].len,
			.remote = rig_end("192.0.2.1", t[i].port) };
		v[i] = &pkt[i];
	}
	offload_trains(v, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pkt[i].run, t[i].run);
	/* the kernel's limits: 64 datagrams, 65,507 bytes */
	for (unsigned i = 0; i < 200; i++) {
		pkt[i] = (struct pkt){ .len = 100 };
		v[i] = &pkt[i];
	}
	offload_trains(v, 200);
	assert_int_equal(pkt[0].run, 64);
	assert_int_equal(pkt[64].run, 64);
	assert_int_equal(pkt[192].run, 8);
	for (unsigned i = 0; i < 60; i++)
		pkt[i].len = 1400;
	offload_trains(v, 60);
	assert_int_equal(pkt[0].run, 46);
	assert_int_equal(pkt[46].run, 14);
	pkt[1].local.port = 9;
	offload_trains(v, 3);
	assert_int_equal(pkt[0].run, 1);
	assert_int_equal(pkt[1].run, 1);
}

/* TCP or UDP over either family, as the kernel hands it to a TUN. */
static struct pkt
frame(uint8_t *b, bool six, bool tcp, uint32_t payload, uint16_t size,
    struct rng *rng)
{
	uint32_t ip = six ? 40 : 20, upper = tcp ? 32 : 8;
	uint32_t n = ip + upper + payload, sum;
	struct pkt pkt = { .p = b, .len = n, .vnet = {
		.flags = VNET_F_NEEDS_CSUM, .gso_size = size,
		.hdr_len = (uint16_t)(ip + upper), .csum_start = (uint16_t)ip,
		.csum_offset = tcp ? 16 : 6,
		.gso_type = tcp ? (six ? VNET_GSO_TCPV6 : VNET_GSO_TCPV4) :
		    VNET_GSO_UDP_L4 } };

	rng_fill(rng, b, n);
	if (six) {
		inet_put32(b, 0, 0x60000000);
		inet_put16(b, 4, (uint16_t)(n - 40));
		b[6] = tcp ? 6 : 17;
		sum = inet_sum_pseudo(b + 8, b + 24, 16, b[6], n - 40);
	} else {
		b[0] = 0x45;
		inet_put16(b, 2, (uint16_t)n);
		inet_put16(b, 6, 0x4000);
		b[9] = tcp ? 6 : 17;
		sum = inet_sum_pseudo(b + 12, b + 16, 4, b[9], n - 20);
	}
	if (tcp)
		b[ip + 12] = 0x80;
	else
		inet_put16(b, ip + 4, (uint16_t)(n - ip));
	inet_put16(b, ip + (tcp ? 16 : 6), (uint16_t)~inet_fold(sum));
	return pkt;
}

static void
splits(void **state)
{
	static uint8_t b[65536], out[65536];
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 8);
	for (unsigned i = 0; i < 1000; i++) {
		bool six = i & 1, tcp = (i & 2) == 0;
		uint32_t payload = 1 + rng_below(&rng, i % 10 ? 5000 : 60000);
		uint16_t size = (uint16_t)(1 + rng_below(&rng, 1400));
		struct pkt pkt = frame(b, six, tcp, payload, size, &rng);
		uint32_t ip = six ? 40 : 20, head = ip + (tcp ? 32 : 8);
		uint32_t at = 0, len, count = 0;
		struct offload_split s;
		struct inner in, part;
		uint8_t flags = tcp ? b[ip + 13] : 0;

		assert_int_equal(inner_ip(b, pkt.len, &in), DROP_NONE);
		assert_int_equal(offload_split(&s, &pkt, &in), DROP_NONE);
		while ((len = offload_split_size(&s)) != 0) {
			uint32_t n = len - ip, alen = six ? 16 : 4;
			bool last = at + len - head == payload;

			offload_split_next(&s, out);
			assert_int_equal(inner_ip(out, len, &part), DROP_NONE);
			assert_int_equal(part.len, len);
			assert_true(ipaddr_eq(&part.src, &in.src));
			assert_true(len - head == size || last);
			assert_memory_equal(out + head, b + head + at,
			    len - head);
			assert_int_equal(inet_fold(inet_sum(out + ip, n,
			    inet_sum_pseudo(part.src.b, part.dst.b, alen,
			    part.proto, n))), 0);
			if (!six) {
				assert_int_equal(inet_fold(inet_sum(out, 20,
				    0)), 0);
				assert_int_equal(inet_u16(out, 4), (uint16_t)
				    (inet_u16(b, 4) + count));
			}
			if (tcp) {
				assert_int_equal(inet_u32(out, ip + 4),
				    inet_u32(b, ip + 4) + at);
				assert_int_equal(out[ip + 13], flags &
				    (last ? 0xff : 0xf6) &
				    (count == 0 ? 0xff : 0x7f));
			} else {
				assert_int_equal(inet_u16(out, ip + 4), n);
			}
			at += len - head;
			count++;
		}
		assert_int_equal(at, payload);
		assert_int_equal(count, (payload + size - 1) / size);
	}
}

static void
completes(void **state)
{
	static uint8_t b[2000];
	struct rng rng;

	(void)state;
	rng_seeded(&rng, 10);
	for (unsigned i = 0; i < 2000; i++) {
		bool six = i & 1, tcp = i & 2;
		struct pkt pkt = frame(b, six, tcp, rng_below(&rng, 1400), 0,
		    &rng);
		uint32_t ip = six ? 40 : 20;
		struct inner in;

		assert_int_equal(inner_ip(b, pkt.len, &in), DROP_NONE);
		assert_int_equal(offload_csum(&pkt, &in), DROP_NONE);
		assert_int_equal(pkt.vnet.flags, 0);
		assert_int_equal(inet_fold(inet_sum(b + ip, pkt.len - ip,
		    inet_sum_pseudo(in.src.b, in.dst.b, six ? 16 : 4, in.proto,
		    pkt.len - ip))), 0);
		assert_int_not_equal(inet_u16(b, ip + (tcp ? 16 : 6)), 0);
		/* nothing asked, nothing done */
		assert_int_equal(offload_csum(&pkt, &in), DROP_NONE);
	}
}

/* Headers that do not fit their frame. */
static void
refuses(void **state)
{
	static uint8_t b[4000];
	struct offload_split s;
	struct inner in;
	struct rng rng;
	struct pkt good, bad;

	(void)state;
	rng_seeded(&rng, 11);
	good = frame(b, false, true, 3000, 1000, &rng);
	assert_int_equal(inner_ip(b, good.len, &in), DROP_NONE);
	assert_int_equal(offload_split(&s, &good, &in), DROP_NONE);
	for (unsigned i = 0; i < 8; i++) {
		bad = good;
		switch (i) {
		case 0: bad.vnet.flags = 0; break;
		case 1: bad.vnet.gso_size = 0; break;
		case 2: bad.vnet.csum_start = 24; break;
		case 3: bad.vnet.csum_offset = 6; break;
		case 4: bad.vnet.gso_type = VNET_GSO_TCPV6; break;
		case 5: bad.vnet.gso_type = VNET_GSO_UDP_L4; break;
		case 6: bad.vnet.gso_type = VNET_GSO_UDP; break;
		case 7: bad.vnet.gso_type = 77; break;
		}
		assert_int_equal(offload_split(&s, &bad, &in),
		    DROP_TUN_HEADER);
	}
	good.vnet.gso_type |= VNET_GSO_ECN;
	assert_int_equal(offload_split(&s, &good, &in), DROP_NONE);
	b[32] = 0x40;		/* TCP header of 16 bytes */
	assert_int_equal(offload_split(&s, &good, &in), DROP_TUN_HEADER);
	b[32] = 0xf0;		/* no payload behind 60 */
	in.len = 80;
	assert_int_equal(offload_split(&s, &good, &in), DROP_TUN_HEADER);
	in.len = 39;
	assert_int_equal(offload_split(&s, &good, &in), DROP_TUN_HEADER);
	in.len = 3040;
	b[32] = 0x50;
	in.fragment = true;
	assert_int_equal(offload_split(&s, &good, &in), DROP_TUN_HEADER);
	/* checksum places */
	in.fragment = false;
	bad = good;
	bad.vnet.csum_start = 0;
	assert_int_equal(offload_csum(&bad, &in), DROP_TUN_HEADER);
	bad.vnet.csum_start = 3039;
	assert_int_equal(offload_csum(&bad, &in), DROP_TUN_HEADER);
	bad.vnet.csum_start = 20;
	bad.vnet.csum_offset = 3019;
	assert_int_equal(offload_csum(&bad, &in), DROP_TUN_HEADER);
	bad.vnet.csum_offset = 3018;
	assert_int_equal(offload_csum(&bad, &in), DROP_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts), cmocka_unit_test(trains),
		cmocka_unit_test(splits), cmocka_unit_test(completes),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
