/* SPDX-License-Identifier: BSD-2-Clause */
/* Downlink of one worker, driven by hand. */

#include "tests/dp/rig.h"

struct down {
	struct dp *dp;
	struct rig_io *io;
	struct esp_crypt *c;
	struct rig_phone a, b;
	uint8_t ip[RIG_BYTES];
	mono_t now;
};

static int
setup(void **state)
{
	struct down *d = calloc(1, sizeof(*d));

	d->dp = rig_dp(1, false);
	d->io = rig_io_new();
	d->c = rig_crypt();
	d->now = mono_us(1000000);
	dp_attach(d->dp, 0, &d->io->io);
	rig_phone_init(&d->a, 1);
	rig_phone_init(&d->b, 2);
	rig_phone_add(&d->a, d->dp);
	rig_phone_add(&d->b, d->dp);
	*state = d;
	return 0;
}

static int
teardown(void **state)
{
	struct down *d = *state;

	dp_free(d->dp);
	rig_io_free(d->io);
	esp_crypt_free(d->c);
	rig_phone_wipe(&d->a);
	rig_phone_wipe(&d->b);
	free(d);
	return 0;
}

static void
step(struct down *d)
{
	d->io->tun_out.n = d->io->udp_out.n = d->io->raw_out.n = 0;
	worker_step(d->dp, 0, d->now);
}

/* The inner packet of datagram i as the phone reads it. */
static uint8_t *
inner_of(struct down *d, struct rig_phone *ph, unsigned i, uint32_t *len)
{
	uint8_t *l2tp;

	assert_true(i < d->io->udp_out.n);
	l2tp = rig_phone_open(ph, d->c, &d->io->udp_out.v[i], len);
	assert_non_null(l2tp);
	assert_memory_equal(l2tp, "\x00\x02\x00\x01\x00\x01\xff\x03\x00\x21",
	    10);
	*len -= 10;
	return l2tp + 10;
}

static bool
udp_sum_ok(const uint8_t *ip)
{
	uint32_t n = inet_u16(ip, 2) - 20u;

	return inet_fold(inet_sum(ip, 20, 0)) == 0 &&
	    inet_fold(inet_sum(ip + 20, n, inet_sum_pseudo(ip + 12, ip + 16, 4,
	    17, n))) == 0;
}

static void
ip_leaves(void **state)
{
	struct down *d = *state;
	size_t n = rig_ip4(d->ip, 0x08080808, 0x0a090001, 500, true);
	struct dp_count count;
	uint32_t len;
	uint8_t *got;

	rig_put(&d->io->tun_in, d->ip, n);
	step(d);
	assert_int_equal(d->io->udp_out.n, 1);
	assert_true(endpoint_eq(&d->io->udp_out.v[0].remote,
	    &d->a.sa.remote));
	assert_true(endpoint_eq(&d->io->udp_out.v[0].local, &d->a.sa.local));
	got = inner_of(d, &d->a, 0, &len);
	assert_int_equal(len, n);
	assert_memory_equal(got, d->ip, n);
	assert_true(dp_workers.sess_count(d->dp, 5001, &count));
	assert_int_equal(count.tx_packets, 1);
	assert_int_equal(count.tx_bytes, n);
	assert_int_equal(count.rx_packets, 0);
}

static void
nowhere(void **state)
{
	struct down *d = *state;
	size_t n = rig_ip4(d->ip, 0x08080808, 0x0a090009, 50, true);

	rig_put(&d->io->tun_in, d->ip, n);		/* nobody's address */
	rig_put(&d->io->tun_in, "\x00", 1);		/* no IP */
	rig_put(&d->io->tun_in, "", 0);
	step(d);
	assert_int_equal(rig_drop(d->dp, DROP_IP_DEST), 1);
	assert_int_equal(rig_drop(d->dp, DROP_IP_VERSION), 1);
	assert_int_equal(rig_drop(d->dp, DROP_IP_SHORT), 1);
	/* a session whose path has no SA */
	dp_workers.sa_del(d->dp, 1001);
	rig_put(&d->io->tun_in, d->ip,
	    rig_ip4(d->ip, 0x08080808, 0x0a090001, 50, true));
	step(d);
	assert_int_equal(rig_drop(d->dp, DROP_ESP_NO_SA), 1);
	d->io->refuse = true;
	rig_put(&d->io->tun_in, d->ip,
	    rig_ip4(d->ip, 0x08080808, 0x0a090002, 50, true));
	step(d);
	assert_int_equal(rig_drop(d->dp, DROP_UDP_SEND), 1);
	assert_int_equal(d->io->udp_out.n, 0);
}

/* Control and data of one path leave in one order, numbers rising. */
static void
control_in_order(void **state)
{
	struct down *d = *state;
	size_t n = rig_ip4(d->ip, 0x08080808, 0x0a090001, 20, true);
	uint32_t last = 0, len;

	for (unsigned i = 0; i < 20; i++) {
		dp_workers.send_l2tp(d->dp, 1, rd_make("\xc8\x02hello", 7));
		dp_workers.send_ppp(d->dp, 5001,
		    rd_make("\xff\x03\xc0\x21\x01", 5));
		rig_put(&d->io->tun_in, d->ip, n);
		step(d);
		assert_int_equal(d->io->udp_out.n, 3);
		for (unsigned k = 0; k < 3; k++) {
			uint32_t seq = inet_u32(d->io->udp_out.v[k].b, 4);

			assert_int_equal(seq, last + 1);
			last = seq;
		}
		assert_memory_equal(rig_phone_open(&d->a, d->c,
		    &d->io->udp_out.v[0], &len), "\xc8\x02hello", 7);
		assert_int_equal(len, 7);
		assert_memory_equal(rig_phone_open(&d->a, d->c,
		    &d->io->udp_out.v[1], &len),
		    "\x00\x02\x00\x01\x00\x01\xff\x03\xc0\x21\x01", 11);
		assert_int_equal(len, 11);
	}
	dp_workers.send_l2tp(d->dp, 77, rd_make("x", 1));
	assert_int_equal(rig_drop(d->dp, DROP_ESP_NO_SA), 1);
	dp_workers.send_ppp(d->dp, 77, rd_make("x", 1));
	assert_int_equal(rig_drop(d->dp, DROP_L2TP_SESSION), 1);
	dp_workers.send_l2tp(d->dp, 1, rd_make(d->ip, 3000));
	step(d);
	assert_int_equal(rig_drop(d->dp, DROP_ESP_ROOM), 1);
}

/* What was sent before a delete still leaves; then the SA is gone. */
static void
last_words(void **state)
{
	struct down *d = *state;
	uint32_t len;

	dp_workers.send_ppp(d->dp, 5001, rd_make("\xff\x03\xc0\x21\x05", 5));
	dp_workers.send_l2tp(d->dp, 1, rd_make("stop", 4));
	dp_workers.sess_del(d->dp, 5001);
	dp_workers.sa_del(d->dp, 1001);
	step(d);
	assert_int_equal(d->io->udp_out.n, 2);
	assert_non_null(rig_phone_open(&d->a, d->c, &d->io->udp_out.v[0],
	    &len));
	assert_memory_equal(rig_phone_open(&d->a, d->c,
	    &d->io->udp_out.v[1], &len), "stop", 4);
	/* The SPI and the handle may be given again at once. */
	assert_true(dp_workers.sa_add(d->dp, &d->a.sa));
	assert_false(dp_workers.sa_add(d->dp, &d->a.sa));
	dp_workers.send_l2tp(d->dp, 1, rd_make("more", 4));
	step(d);
	assert_int_equal(d->io->udp_out.n, 0);
	/* Deleting with words still in the ring, and freeing, leaks nothing. */
	dp_workers.send_l2tp(d->dp, 2, rd_make("stop", 4));
	dp_workers.sa_del(d->dp, 1002);
}

static void
sequencing(void **state)
{
	struct down *d = *state;
	struct rig_phone c;
	uint32_t len;
	uint8_t *l2tp;

	rig_phone_init(&c, 3);
	c.sess.sequencing = true;
	rig_phone_add(&c, d->dp);
	for (uint16_t ns = 0; ns < 4; ns++) {
		if (ns & 1)
			dp_workers.send_ppp(d->dp, 5003, rd_make("\xc0\x21",
			    2));
		else
			rig_put(&d->io->tun_in, d->ip, rig_ip4(d->ip,
			    0x08080808, 0x0a090003, 20, true));
		step(d);
		l2tp = rig_phone_open(&c, d->c, &d->io->udp_out.v[0], &len);
		assert_int_equal(inet_u16(l2tp, 0), 0x0802);
		assert_int_equal(inet_u16(l2tp, 6), ns);
		assert_int_equal(inet_u16(l2tp, 8), 0);
	}
	rig_phone_wipe(&c);
}

/* The block: a note at its half, an end that is never passed. */
static void
sequence_block(void **state)
{
	struct down *d = *state;
	struct dp_note note;
	struct rig_phone c;
	unsigned low_at = 0, sent = 0;

	rig_phone_init(&c, 3);
	c.sa.seq_out = 100;
	c.sa.seq_limit = 120;
	assert_true(dp_workers.sa_add(d->dp, &c.sa));
	dp_workers.sa_use(d->dp, 1003);
	for (unsigned i = 1; i <= 40; i++) {
		dp_workers.send_l2tp(d->dp, 3, rd_make("x", 1));
		step(d);
		sent += d->io->udp_out.n;
		if (d->io->udp_out.n != 0)
			assert_int_equal(inet_u32(d->io->udp_out.v[0].b, 4),
			    100 + i);
		while (dp_take(d->dp, 0, &note)) {
			assert_int_equal(note.kind, DP_SEQ_LOW);
			assert_int_equal(note.sa, 1003);
			assert_int_equal(low_at, 0);
			low_at = i;
		}
	}
	assert_int_equal(low_at, 10);
	assert_int_equal(sent, 20);
	assert_int_equal(rig_drop(d->dp, DROP_ESP_SEQ_USED), 20);
	dp_workers.sa_reserve(d->dp, 1003, 140);
	for (unsigned i = 1; i <= 10; i++) {
		dp_workers.send_l2tp(d->dp, 3, rd_make("x", 1));
		step(d);
		assert_int_equal(inet_u32(d->io->udp_out.v[0].b, 4), 120 + i);
	}
	assert_true(dp_take(d->dp, 0, &note));
	assert_int_equal(note.kind, DP_SEQ_LOW);
	rig_phone_wipe(&c);
}

/* The note finds the ring full until the block is used up. */
static void
sequence_block_note_is_owed(void **state)
{
	static const uint8_t big[1200] = { 0xc8, 2 };
	struct down *d = *state;
	struct dp_note note;
	struct rig_phone c;
	unsigned low = 0;

	rig_phone_init(&c, 3);
	c.sa.seq_limit = 10;
	assert_true(dp_workers.sa_add(d->dp, &c.sa));
	dp_workers.sa_use(d->dp, 1003);
	for (unsigned i = 0; i < 1250; i++) {
		if (i < 1000)
			rig_phone_udp(&d->a, d->io, d->c, 1701, 1701, big,
			    sizeof(big));
		else
			rig_phone_udp(&d->b, d->io, d->c, 1701, 1701, big, 2);
		if (i % 250 == 249)
			step(d);
	}
	assert_true(rig_drop(d->dp, DROP_PUNT_FULL) > 100);
	for (unsigned i = 0; i < 12; i++) {
		dp_workers.send_l2tp(d->dp, 3, rd_make("x", 1));
		step(d);
	}
	assert_int_equal(rig_drop(d->dp, DROP_ESP_SEQ_USED), 2);
	while (dp_take(d->dp, 0, &note))
		assert_int_not_equal(note.kind, DP_SEQ_LOW);
	for (unsigned i = 0; i < 3; i++) {
		dp_workers.send_l2tp(d->dp, 3, rd_make("x", 1));
		step(d);
		while (dp_take(d->dp, 0, &note))
			low += note.kind == DP_SEQ_LOW;
	}
	assert_int_equal(low, 1);
	/* At the very end there is nothing more to ask for. */
	dp_workers.sa_reserve(d->dp, 1003, UINT32_MAX);
	dp_workers.send_l2tp(d->dp, 3, rd_make("x", 1));
	step(d);
	assert_int_equal(d->io->udp_out.n, 1);
	assert_false(dp_take(d->dp, 0, &note));
	rig_phone_wipe(&c);
}

static void
rekey(void **state)
{
	struct down *d = *state;
	size_t n = rig_ip4(d->ip, 0x08080808, 0x0a090001, 20, true);
	uint32_t len;

	rig_phone_rekey(&d->a, 2001, 0x2001);
	assert_true(dp_workers.sa_add(d->dp, &d->a.sa));
	rig_put(&d->io->tun_in, d->ip, n);
	step(d);		/* still the old one */
	assert_null(rig_phone_open(&d->a, d->c, &d->io->udp_out.v[0], &len));
	dp_workers.sa_use(d->dp, 2001);
	rig_put(&d->io->tun_in, d->ip, n);
	step(d);
	assert_memory_equal(inner_of(d, &d->a, 0, &len), d->ip, n);
	dp_workers.sa_del(d->dp, 1001);
	dp_workers.sa_use(d->dp, 1001);		/* gone: no effect */
	rig_put(&d->io->tun_in, d->ip, n);
	step(d);
	assert_memory_equal(inner_of(d, &d->a, 0, &len), d->ip, n);
}

static void
moved_by_control(void **state)
{
	struct down *d = *state;
	struct endpoint to = rig_end("2001:db8::7", 4711);
	struct endpoint from = rig_end("2001:db8::1", 4500);

	/* Ends of two families: nobody could be answered, so nobody moved. */
	dp_workers.sa_move(d->dp, 1001, &d->a.sa.local, &to);
	dp_workers.send_l2tp(d->dp, 1, rd_make("x", 1));
	step(d);
	assert_true(endpoint_eq(&d->io->udp_out.v[0].local, &d->a.sa.local));
	assert_true(endpoint_eq(&d->io->udp_out.v[0].remote, &d->a.sa.remote));
	dp_workers.sa_move(d->dp, 1001, &from, &to);
	dp_workers.sa_move(d->dp, 4711, &from, &to);
	dp_workers.send_l2tp(d->dp, 1, rd_make("x", 1));
	step(d);
	assert_true(endpoint_eq(&d->io->udp_out.v[0].local, &from));
	assert_true(endpoint_eq(&d->io->udp_out.v[0].remote, &to));
}

/* Outside IPv6 the inner datagram has a checksum. */
static void
outer_v6(void **state)
{
	struct down *d = *state;
	struct rig_phone c;
	struct esp_item it;

	rig_phone_init(&c, 3);
	c.sa.local = rig_end("2001:db8::1", 4500);
	c.sa.remote = rig_end("2001:db8::2", 4500);
	rig_phone_add(&c, d->dp);
	rig_put(&d->io->tun_in, d->ip,
	    rig_ip4(d->ip, 0x08080808, 0x0a090003, 33, true));
	step(d);
	it = (struct esp_item){ .sa.in = &c.in, .p = d->io->udp_out.v[0].b,
		.len = d->io->udp_out.v[0].len };
	esp_open(d->c, &it, 1);
	assert_int_equal(it.drop, DROP_NONE);
	assert_int_not_equal(inet_u16(it.p, 6), 0);
	assert_int_equal(inet_fold(inet_sum(it.p, it.len, inet_sum_pseudo(
	    c.sa.local.addr.b, c.sa.remote.addr.b, 16, 17, it.len))), 0);
	rig_phone_wipe(&c);
}

/* Above the MTU without DF: fragments that make up the packet again. */
static void
fragments(void **state)
{
	struct down *d = *state;
	static uint8_t whole[4000];
	size_t n = rig_ip4(d->ip, 0x08080808, 0x0a090001, 3000, false);
	uint32_t at = 0, len;

	rig_put(&d->io->tun_in, d->ip, n);
	step(d);
	assert_int_equal(d->io->udp_out.n, 3);
	for (unsigned i = 0; i < 3; i++) {
		uint8_t *got = inner_of(d, &d->a, i, &len);
		uint16_t frag = inet_u16(got, 6);

		assert_true(len <= 1400);
		assert_int_equal(len, inet_u16(got, 2));
		assert_int_equal(inet_fold(inet_sum(got, 20, 0)), 0);
		assert_int_equal(inet_u16(got, 4), 0x1234);
		assert_int_equal((frag & 0x1fff) * 8, at);
		assert_int_equal((frag & 0x2000) != 0, i != 2);
		memcpy(whole + 20 + at, got + 20, len - 20);
		at += len - 20;
	}
	assert_int_equal(at + 20, n);
	assert_memory_equal(whole + 20, d->ip + 20, n - 20);
}

/* With DF: an error back into the TUN, not more than the bucket gives. */
static void
too_big(void **state)
{
	struct down *d = *state;
	size_t n = rig_ip4(d->ip, 0x08080808, 0x0a090001, 1400, true);
	const uint8_t *icmp;
	unsigned sent = 0;

	rig_put(&d->io->tun_in, d->ip, n);
	step(d);
	assert_int_equal(d->io->udp_out.n, 0);
	assert_int_equal(d->io->tun_out.n, 1);
	assert_int_equal(rig_drop(d->dp, DROP_IP_TOO_BIG), 1);
	icmp = d->io->tun_out.v[0].b;
	assert_int_equal(inet_u32(icmp, 12), 0x0a0900fe);
	assert_int_equal(inet_u32(icmp, 16), 0x08080808);
	assert_int_equal(inet_fold(inet_sum(icmp, 20, 0)), 0);
	assert_int_equal(icmp[20], 3);
	assert_int_equal(icmp[21], 4);
	assert_int_equal(inet_u16(icmp, 26), 1400);
	assert_memory_equal(icmp + 28, d->ip, 548);
	assert_int_equal(inet_fold(inet_sum(icmp + 20,
	    d->io->tun_out.v[0].len - 20, 0)), 0);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 100; i++)
			rig_put(&d->io->tun_in, d->ip, n);
		step(d);
		sent += d->io->tun_out.n;
	}
	assert_int_equal(sent, 31);
	d->now = mono_add_ms(d->now, 50);
	for (unsigned i = 0; i < 100; i++)
		rig_put(&d->io->tun_in, d->ip, n);
	step(d);
	assert_int_equal(d->io->tun_out.n, 10);
}

/* A TSO frame of 64 KB: packets of the size asked for, in one order. */
static void
tso(void **state)
{
	struct down *d = *state;
	const uint32_t payload = 60000, mss = 1300;
	struct rig_pkt *r;
	uint32_t at = 0, len;

	rig_ip4(d->ip, 0x08080808, 0x0a090001, payload + 12, true);
	d->ip[9] = 6;
	d->ip[32] = 0x50;
	d->ip[33] = 0x19;	/* ACK PSH FIN */
	inet_put32(d->ip, 24, 0xffffff00u);
	r = rig_put(&d->io->tun_in, d->ip, 40 + payload);
	r->vnet = (struct pkt_vnet){ VNET_F_NEEDS_CSUM, VNET_GSO_TCPV4, 40,
		mss, 20, 16 };
	step(d);
	assert_int_equal(d->io->udp_out.n, 47);
	assert_int_equal(d->io->udp_out.v[0].run, 47);
	for (unsigned i = 0; i < 47; i++) {
		uint8_t *got = inner_of(d, &d->a, i, &len);

		assert_int_equal(len, i < 46 ? 40 + mss : 40 + payload % mss);
		assert_int_equal(inet_u16(got, 4), 0x1234 + i);
		assert_int_equal(inet_u32(got, 24), 0xffffff00u + at);
		assert_int_equal(got[33], i < 46 ? 0x10 : 0x19);
		assert_int_equal(inet_fold(inet_sum(got, 20, 0)), 0);
		assert_int_equal(inet_fold(inet_sum(got + 20, len - 20,
		    inet_sum_pseudo(got + 12, got + 16, 4, 6, len - 20))), 0);
		assert_memory_equal(got + 40, d->ip + 40 + at, len - 40);
		at += len - 40;
	}
	assert_int_equal(at, payload);
	/* Segments that the session cannot take: one error, no packet. */
	r = rig_put(&d->io->tun_in, d->ip, 40 + payload);
	r->vnet = (struct pkt_vnet){ VNET_F_NEEDS_CSUM, VNET_GSO_TCPV4, 40,
		1400, 20, 16 };
	r = rig_put(&d->io->tun_in, d->ip, 40 + payload);
	r->vnet = (struct pkt_vnet){ VNET_F_NEEDS_CSUM, VNET_GSO_UDP, 40,
		1300, 20, 16 };
	step(d);
	assert_int_equal(d->io->udp_out.n, 0);
	assert_int_equal(d->io->tun_out.n, 1);
	assert_int_equal(rig_drop(d->dp, DROP_TUN_HEADER), 1);
}

/* UDP GSO with datagrams above the MTU and no DF: each is fragmented. */
static void
uso_fragments(void **state)
{
	struct down *d = *state;
	size_t n = rig_ip4(d->ip, 0x08080808, 0x0a090001, 6000, false);
	struct rig_pkt *r = rig_put(&d->io->tun_in, d->ip, n);
	uint32_t len;

	r->vnet = (struct pkt_vnet){ VNET_F_NEEDS_CSUM, VNET_GSO_UDP_L4, 28,
		2000, 20, 6 };
	step(d);
	assert_int_equal(d->io->udp_out.n, 6);
	for (unsigned i = 0; i < 6; i++) {
		uint8_t *got = inner_of(d, &d->a, i, &len);

		assert_int_equal(inet_u16(got, 4), 0x1234 + i / 2);
		assert_int_equal(len, i % 2 == 0 ? 1396 : 20 + 2008 - 1376);
		assert_int_equal(inet_u16(got, 6), i % 2 == 0 ? 0x2000 : 172);
	}
}

static void
checksum_completed(void **state)
{
	struct down *d = *state;
	size_t n = rig_ip4(d->ip, 0x08080808, 0x0a090001, 101, true);
	struct rig_pkt *r;
	uint32_t len;

	inet_put16(d->ip, 26, (uint16_t)~inet_fold(inet_sum_pseudo(d->ip + 12,
	    d->ip + 16, 4, 17, 109)));
	r = rig_put(&d->io->tun_in, d->ip, n);
	r->vnet = (struct pkt_vnet){ VNET_F_NEEDS_CSUM, 0, 0, 0, 20, 6 };
	step(d);
	assert_true(udp_sum_ok(inner_of(d, &d->a, 0, &len)));
	r = rig_put(&d->io->tun_in, d->ip, n);
	r->vnet = (struct pkt_vnet){ VNET_F_NEEDS_CSUM, 0, 0, 0, 20, 65000 };
	step(d);
	assert_int_equal(d->io->udp_out.n, 0);
	assert_int_equal(rig_drop(d->dp, DROP_TUN_HEADER), 1);
}

/* A send ring that is full is a counted loss. */
static void
full_ring(void **state)
{
	struct down *d = *state;

	for (unsigned i = 0; i < 2000; i++)
		dp_workers.send_l2tp(d->dp, 1, rd_make(d->ip, 1500));
	assert_true(rig_drop(d->dp, DROP_RING_FULL) > 1000);
	assert_true(rig_drop(d->dp, DROP_RING_FULL) < 1400);
}

/* Rest and rise; a put into a ring wakes a resting worker once. */
static void
rest(void **state)
{
	struct down *d = *state;

	assert_true(worker_rest(d->dp, 0));
	dp_workers.send_l2tp(d->dp, 1, rd_make("x", 1));
	dp_workers.send_l2tp(d->dp, 1, rd_make("x", 1));
	assert_int_equal(d->io->wakes, 1);
	worker_rise(d->dp, 0);
	assert_false(worker_rest(d->dp, 0));
	step(d);
	assert_true(worker_rest(d->dp, 0));
	worker_rise(d->dp, 0);
}

static bool
no_randomness(struct rng *rng, void *dst, size_t n)
{
	/* the first time it works, for the seed of the tables */
	memset(dst, 0, n);
	return rng->s[0]++ == 1;
}

static void
limits(void **state)
{
	struct down *d = *state;
	static struct rng rng;
	struct dp_params p = { .workers = 2, .sas = 2, .sessions = 1,
		.rng = &rng };
	struct dp_load load;
	struct dp_count count;
	struct dp_sa sa = d->a.sa;
	struct dp *dp;

	rng_seeded(&rng, 1);
	dp = dp_new(&p);
	assert_int_equal(dp_worker_count(dp), 2);
	assert_true(dp_workers.sa_add(dp, &d->a.sa));
	assert_true(dp_workers.sess_add(dp, &d->a.sess));
	assert_false(dp_workers.sess_add(dp, &d->a.sess));
	assert_false(dp_workers.sess_add(dp, &d->b.sess));
	sa.spi_in = 5;
	assert_false(dp_workers.sa_add(dp, &sa));	/* handle in use */
	sa.sa = 5;
	sa.spi_in = d->a.sa.spi_in;
	assert_false(dp_workers.sa_add(dp, &sa));	/* SPI in use */
	sa.spi_in = 0;
	assert_false(dp_workers.sa_add(dp, &sa));
	sa.spi_in = 5;
	sa.suite.enc = 99;
	assert_false(dp_workers.sa_add(dp, &sa));
	assert_true(dp_workers.sa_add(dp, &d->b.sa));
	sa.suite = d->a.sa.suite;
	assert_false(dp_workers.sa_add(dp, &sa));	/* full */
	assert_false(dp_workers.sess_count(dp, 4711, &count));
	assert_int_equal(dp_workers.sa_heard(dp, 4711).us, 0);
	dp_workers.sa_reserve(dp, 4711, 1);
	dp_workers.sess_shut(dp, 4711);
	dp_load(dp, 1, &load);
	assert_int_equal(load.esp_in, 0);
	dp_free(dp);
	dp_free(NULL);
	p.workers = 0;
	assert_null(dp_new(&p));
	p.workers = DP_WORKERS_MAX + 1;
	assert_null(dp_new(&p));
	p.workers = 2;
	rng = (struct rng){ .fill = no_randomness };
	assert_null(dp_new(&p));	/* at once */
	assert_null(dp_new(&p));	/* at its first worker */
}

#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(ip_leaves), T(nowhere), T(control_in_order), T(last_words),
		T(sequencing), T(sequence_block),
		T(sequence_block_note_is_owed), T(rekey),
		T(moved_by_control), T(outer_v6), T(fragments), T(too_big),
		T(tso), T(uso_fragments), T(checksum_completed), T(full_ring),
		T(rest), T(limits),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
