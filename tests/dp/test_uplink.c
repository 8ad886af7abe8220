/* SPDX-License-Identifier: BSD-2-Clause */
/* Uplink of one worker, driven by hand. */

#include "tests/dp/rig.h"

struct up {
	struct dp *dp;
	struct rig_io *io;
	struct esp_crypt *c;
	struct rig_phone a, b;
	uint8_t ip[2000];
};

static int
setup(void **state)
{
	struct up *u = calloc(1, sizeof(*u));

	u->dp = rig_dp(1, false);
	u->io = rig_io_new();
	u->c = rig_crypt();
	dp_attach(u->dp, 0, &u->io->io);
	rig_phone_init(&u->a, 1);
	rig_phone_init(&u->b, 2);
	rig_phone_add(&u->a, u->dp);
	rig_phone_add(&u->b, u->dp);
	*state = u;
	return 0;
}

static int
teardown(void **state)
{
	struct up *u = *state;

	dp_free(u->dp);
	rig_io_free(u->io);
	esp_crypt_free(u->c);
	rig_phone_wipe(&u->a);
	rig_phone_wipe(&u->b);
	free(u);
	return 0;
}

static void
step_at(struct up *u, uint64_t s)
{
	u->io->tun_out.n = u->io->udp_out.n = u->io->raw_out.n = 0;
	worker_step(u->dp, 0, mono_us(s * 1000000));
}

static void
step(struct up *u)
{
	step_at(u, 5);
}

/* Steps and throws the notes away. */
static void
quiet(struct up *u)
{
	struct dp_note note;

	step(u);
	while (dp_take(u->dp, 0, &note))
		;
}

static void
ip_arrives(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip, 0x0a090001, 0x08080808, 100, true);
	struct dp_count count;
	struct dp_note note;

	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	assert_int_equal(worker_step(u->dp, 0, mono_us(5000000)),
	    WORKER_BUSY | WORKER_PUNTED);
	assert_int_equal(u->io->tun_out.n, 1);
	assert_int_equal(u->io->tun_out.v[0].len, n);
	assert_memory_equal(u->io->tun_out.v[0].b, u->ip, n);
	assert_true(dp_workers.sess_count(u->dp, 5001, &count));
	assert_int_equal(count.rx_packets, 1);
	assert_int_equal(count.rx_bytes, n);
	assert_int_equal(count.heard.us, 5000000);
	assert_int_equal(dp_workers.sa_heard(u->dp, 1001).us, 5000000);
	assert_int_equal(dp_workers.sa_heard(u->dp, 1002).us, 0);

	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_SA_SEEN);
	assert_int_equal(note.sa, 1001);
	assert_int_equal(note.path, 1);
	assert_false(dp_take(u->dp, 0, &note));
	/* Once per SA. */
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	assert_int_equal(worker_step(u->dp, 0, mono_us(5000000)), WORKER_BUSY);
	assert_false(dp_take(u->dp, 0, &note));
	assert_int_equal(worker_step(u->dp, 0, mono_us(5000000)), 0);
}

static void
header_forms(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip + 4, 0x0a090001, 0x08080808, 33, true);

	for (unsigned form = 0; form < 4; form++) {
		u->a.l_bit = form & 1;
		u->a.s_bit = form & 2;
		rig_phone_ip(&u->a, u->io, u->c, u->ip + 4, n);
	}
	u->ip[3] = 0x21;	/* ACFC and PFC */
	rig_phone_ppp(&u->a, u->io, u->c, u->ip + 3, n + 1);
	u->ip[2] = 0x00;	/* ACFC */
	rig_phone_ppp(&u->a, u->io, u->c, u->ip + 2, n + 2);
	step(u);
	assert_int_equal(u->io->tun_out.n, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_memory_equal(u->io->tun_out.v[i].b, u->ip + 4, n);
}

static void
punts(void **state)
{
	static const uint8_t lcp[] = { 0xff, 3, 0xc0, 0x21, 1, 1, 0, 4 };
	static const uint8_t sccrq[] = { 0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0,
		0 };
	static const uint8_t ike[] = { 0, 0, 0, 0, 'i', 'k', 'e' };
	struct up *u = *state;
	struct dp_note note;
	struct rig_pkt *r;

	r = rig_put(&u->io->udp_in, ike, sizeof(ike));
	r->via = PKT_NATT;
	r->local = u->a.sa.local;
	r->remote = u->a.sa.remote;
	r = rig_put(&u->io->udp_in, ike + 4, 3);
	r->via = PKT_IKE;
	r->remote = u->b.sa.remote;
	rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, sccrq, sizeof(sccrq));
	rig_phone_ppp(&u->b, u->io, u->c, lcp, sizeof(lcp));
	step(u);
	/* What is authentic comes first. */
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_SA_SEEN);
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_SA_SEEN);
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_L2TP);
	assert_int_equal(note.path, 1);
	assert_int_equal(note.sa, 1001);
	assert_true(rd_eq(note.data, sccrq, sizeof(sccrq)));
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_PPP);
	assert_int_equal(note.path, 2);
	assert_int_equal(note.sess, 5002);
	assert_true(rd_eq(note.data, lcp, sizeof(lcp)));
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_IKE);
	assert_true(rd_eq(note.data, "ike", 3));
	assert_true(endpoint_eq(&note.remote, &u->a.sa.remote));
	assert_true(endpoint_eq(&note.local, &u->a.sa.local));
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_IKE);
	assert_true(rd_eq(note.data, "ike", 3));
	assert_true(endpoint_eq(&note.remote, &u->b.sa.remote));
	assert_false(dp_take(u->dp, 0, &note));
	assert_int_equal(u->io->tun_out.n + u->io->udp_out.n, 0);
}

/* Keepalives, runts, unknown SPIs: nothing leaves, nothing changes. */
static void
n30_edges(void **state)
{
	static const struct {
		const char *b;
		unsigned n;
		enum drop why;
	} t[] = {
		{ "\xff", 1, DROP_UDP_KEEPALIVE },
		{ "\xff\xff", 2, DROP_UDP_SHORT },
		{ "", 0, DROP_UDP_SHORT },
		{ "\x00", 1, DROP_UDP_SHORT },
		{ "\x00\x00\x00\x07 unknown SPI", 16, DROP_ESP_SPI },
	};
	struct up *u = *state;
	struct dp_note note;

	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint64_t before = rig_drop(u->dp, t[i].why);
		struct rig_pkt *r = rig_put(&u->io->udp_in, t[i].b, t[i].n);

		r->via = PKT_NATT;
		r->remote = u->a.sa.remote;
		step(u);
		assert_int_equal(rig_drop(u->dp, t[i].why), before + 1);
		assert_false(dp_take(u->dp, 0, &note));
		assert_int_equal(u->io->udp_out.n + u->io->raw_out.n +
		    u->io->tun_out.n, 0);
	}
	assert_int_equal(dp_workers.sa_heard(u->dp, 1001).us, 0);
}

/* One packet, a thousand copies, from everywhere: one is delivered. */
static void
n31_replay(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip, 0x0a090001, 0x08080808, 100, true);
	struct endpoint other = rig_end("203.0.113.77", 999), moved;
	struct dp_note note;
	struct rig_pkt *r = rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	struct rig_pkt *copy = calloc(1, sizeof(*copy));

	*copy = *r;
	quiet(u);
	assert_int_equal(u->io->tun_out.n, 1);
	for (unsigned i = 0; i < 1000; i++) {
		r = rig_put(&u->io->udp_in, copy->b, copy->len);
		r->via = PKT_NATT;
		r->local = copy->local;
		r->remote = copy->remote;
		if (i % 3 == 1)
			r->remote.port = (uint16_t)i;
		if (i % 3 == 2)
			r->remote = other;
		if (u->io->udp_in.n == 200 || i == 999) {
			step(u);
			assert_int_equal(u->io->tun_out.n, 0);
		}
	}
	assert_int_equal(rig_drop(u->dp, DROP_ESP_REPLAY), 1000);
	assert_false(dp_take(u->dp, 0, &note));

	/* A late but good packet from elsewhere does not move the peer ... */
	r = rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	*copy = *r;
	u->io->udp_in.n = 0;
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	rig_put(&u->io->udp_in, copy->b, copy->len);
	u->io->udp_in.v[1].via = PKT_NATT;
	u->io->udp_in.v[1].remote = other;
	step(u);
	assert_int_equal(u->io->tun_out.n, 2);
	assert_false(dp_take(u->dp, 0, &note));
	/* ... a new one does, at once and with a note. */
	r = rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	r->remote = other;
	step(u);
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_SA_MOVED);
	assert_int_equal(note.sa, 1001);
	assert_true(endpoint_eq(&note.remote, &other));
	dp_workers.send_l2tp(u->dp, 1, rd_make("hello!", 6));
	step(u);
	assert_int_equal(u->io->udp_out.n, 1);
	moved = u->io->udp_out.v[0].remote;
	assert_true(endpoint_eq(&moved, &other));
	free(copy);
}

static void
n33_selector(void **state)
{
	static const uint8_t hello[] = { 0xc8, 2, 0, 12, 0, 1, 0, 0, 0, 0, 0,
		0 };
	static const struct { uint16_t from, to; } bad[] = {
		{ 1701, 500 }, { 1701, 22 }, { 1701, 1702 }, { 1702, 1701 },
		{ 0, 1701 }, { 1701, 0 },
	};
	struct up *u = *state;
	struct dp_note note;

	rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, hello, sizeof(hello));
	quiet(u);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		rig_phone_udp(&u->a, u->io, u->c, bad[i].from, bad[i].to,
		    hello, sizeof(hello));
	step(u);
	assert_int_equal(rig_drop(u->dp, DROP_INNER_SELECTOR), 6);
	assert_false(dp_take(u->dp, 0, &note));
	assert_int_equal(u->io->tun_out.n, 0);
}

/* A port left open by the selector is the first packet's, for good. */
static void
n33_port_learnt(void **state)
{
	static const uint8_t hello[] = { 0xc8, 2, 0, 12, 0, 1, 0, 0, 0, 0, 0,
		0 };
	struct up *u = *state;
	struct rig_phone c;
	struct dp_note note;
	struct esp_item it;

	rig_phone_init(&c, 3);
	c.sa.port_there = 0;
	rig_phone_add(&c, u->dp);
	rig_phone_udp(&c, u->io, u->c, 51234, 1701, hello, sizeof(hello));
	rig_phone_udp(&c, u->io, u->c, 51235, 1701, hello, sizeof(hello));
	step(u);
	assert_true(dp_take(u->dp, 0, &note));
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_L2TP);
	assert_false(dp_take(u->dp, 0, &note));
	assert_int_equal(rig_drop(u->dp, DROP_INNER_SELECTOR), 1);
	/* Replies go there; so do those of a rekeyed SA that heard nothing. */
	for (unsigned i = 0; i < 2; i++) {
		if (i == 1) {
			rig_phone_rekey(&c, 2003, 0x2003);
			assert_true(dp_workers.sa_add(u->dp, &c.sa));
			dp_workers.sa_use(u->dp, 2003);
			dp_workers.sa_del(u->dp, 1003);
		}
		dp_workers.send_l2tp(u->dp, 3, rd_make("hello!", 6));
		step(u);
		assert_int_equal(u->io->udp_out.n, 1);
		it = (struct esp_item){ .sa.in = &c.in,
			.p = u->io->udp_out.v[0].b,
			.len = u->io->udp_out.v[0].len };
		esp_open(u->c, &it, 1);
		assert_int_equal(it.drop, DROP_NONE);
		assert_int_equal(inet_u16(it.p, 0), 1701);
		assert_int_equal(inet_u16(it.p, 2), 51234);
		assert_int_equal(inet_u16(it.p, 6), 0);
		assert_memory_equal(it.p + 8, "hello!", 6);
	}
	rig_phone_wipe(&c);
}

/* A in its own SA with B's ids, and B itself unharmed. */
static void
n34_cross_session(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip, 0x0a090002, 0x08080808, 10, true);
	struct dp_note note;
	struct rig_phone evil;

	dp_workers.sess_del(u->dp, 5002);
	u->b.sess.tunnel_id = 99;
	u->b.sess.session_id = 98;
	assert_true(dp_workers.sess_add(u->dp, &u->b.sess));
	assert_true(dp_workers.sess_open(u->dp, 5002, &u->b.net));
	evil = u->a;
	evil.sess = u->b.sess;
	rig_phone_ip(&evil, u->io, u->c, u->ip, n);
	u->a.out.seq = evil.out.seq;
	step(u);
	assert_int_equal(rig_drop(u->dp, DROP_L2TP_SESSION), 1);
	assert_int_equal(u->io->tun_out.n, 0);
	assert_true(dp_take(u->dp, 0, &note));	/* seen */
	assert_false(dp_take(u->dp, 0, &note));
	rig_phone_ip(&u->b, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 1);
}

/* Equal ids and equal inner ports on two paths are two sessions. */
static void
n34_equal_ids(void **state)
{
	struct up *u = *state;
	size_t n;

	assert_int_equal(u->a.sess.tunnel_id, u->b.sess.tunnel_id);
	n = rig_ip4(u->ip, 0x0a090001, 0x08080808, 10, true);
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	n = rig_ip4(u->ip, 0x0a090002, 0x08080808, 10, true);
	rig_phone_ip(&u->b, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 2);
	assert_int_equal(u->io->tun_out.v[0].b[15], 1);
	assert_int_equal(u->io->tun_out.v[1].b[15], 2);
}

static void
n36_source(void **state)
{
	static const uint32_t bad[] = { 0x0a090002, 0x0a0900fe, 0x7f000001, 0,
		0xe0000001, 0xffffffff, 0xc6336401 };
	struct up *u = *state;
	uint8_t v6[40] = { 0x60, 0, 0, 0, 0, 0, 59, 64 };
	uint8_t frame[44] = { 0xff, 3, 0, 0x57 };
	size_t n;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		n = rig_ip4(u->ip, bad[i], 0x08080808, 10, true);
		rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	}
	step(u);
	assert_int_equal(u->io->tun_out.n, 0);
	assert_int_equal(rig_drop(u->dp, DROP_IP_SOURCE),
	    sizeof(bad) / sizeof(bad[0]));
	/* ::1, and IPv6 under the wrong protocol number */
	v6[23] = 1;
	memcpy(frame + 4, v6, 40);
	rig_phone_ppp(&u->a, u->io, u->c, frame, 44);
	rig_phone_ip(&u->a, u->io, u->c, v6, 40);
	step(u);
	assert_int_equal(u->io->tun_out.n, 0);
	assert_int_equal(rig_drop(u->dp, DROP_IP_FAMILY), 1);
	assert_int_equal(rig_drop(u->dp, DROP_IP_VERSION), 1);
	/* source-routed */
	n = rig_ip4(u->ip, 0x0a090001, 0x08080808, 10, true);
	u->ip[0] = 0x47;
	memcpy(u->ip + 20, "\x83\x07\x04\x0a\x09\x00\x02\x00", 8);
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 0);
	assert_int_equal(rig_drop(u->dp, DROP_IP_OPTION), 1);
}

static void
n36_peers(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip, 0x0a090001, 0x0a090002, 10, true);
	struct dp *open = rig_dp(1, true);

	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 0);
	assert_int_equal(rig_drop(u->dp, DROP_IP_PEER), 1);
	/* An address that no session has is no peer's. */
	rig_ip4(u->ip, 0x0a090001, 0x0a090003, 10, true);
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 1);
	/* With client-to-client on it goes to the kernel. */
	dp_free(u->dp);
	u->dp = open;
	dp_attach(u->dp, 0, &u->io->io);
	rig_phone_add(&u->a, u->dp);
	rig_phone_add(&u->b, u->dp);
	rig_ip4(u->ip, 0x0a090001, 0x0a090002, 10, true);
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 1);
}

static void
n50_data_header(void **state)
{
	static const struct { uint8_t b[16]; uint8_t n; enum drop why; } t[] = {
		{ { 0 }, 0, DROP_L2TP_SHORT },
		{ { 0 }, 1, DROP_L2TP_SHORT },
		{ { 0, 2, 0, 11, 0 }, 5, DROP_L2TP_SHORT },
		{ { 0, 3, 0, 11, 0, 22, 0xc0, 0x21 }, 8, DROP_L2TP_VERSION },
		{ { 0, 2, 0, 11, 0, 0, 0xc0, 0x21 }, 8, DROP_L2TP_SESSION },
		{ { 0, 2, 0, 11, 0, 23, 0xc0, 0x21 }, 8, DROP_L2TP_SESSION },
		{ { 0, 2, 0, 0, 0, 22, 0xc0, 0x21 }, 8, DROP_L2TP_TUNNEL },
		{ { 0x40, 2, 0, 11, 0, 11, 0, 22, 0xc0, 0x21 }, 10,
		    DROP_L2TP_LENGTH },
		{ { 0x40, 2, 0, 7, 0, 11, 0, 22, 0xc0, 0x21 }, 10,
		    DROP_L2TP_LENGTH },
		{ { 0x02, 2, 0, 11, 0, 22, 0, 9, 0xc0, 0x21 }, 10,
		    DROP_L2TP_OFFSET },
		{ { 0, 2, 0, 11, 0, 22 }, 6, DROP_L2TP_SHORT },
		{ { 0, 2, 0, 11, 0, 22, 0xff, 0x03 }, 8, DROP_PPP_SHORT },
		{ { 0, 2, 0, 11, 0, 22, 0xc0 }, 7, DROP_PPP_SHORT },
	};
	struct up *u = *state;
	struct dp_note note;

	rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, "\xc8\x02", 2);
	quiet(u);
	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint64_t before = rig_drop(u->dp, t[i].why);

		rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, t[i].b, t[i].n);
		step(u);
		assert_int_equal(rig_drop(u->dp, t[i].why), before + 1);
		assert_false(dp_take(u->dp, 0, &note));
		assert_int_equal(u->io->tun_out.n, 0);
	}
	/* The S bit may come and go. */
	for (unsigned i = 0; i < 4; i++) {
		u->a.s_bit = i & 1;
		rig_phone_ip(&u->a, u->io, u->c, u->ip,
		    rig_ip4(u->ip, 0x0a090001, 0x08080808, 9, true));
	}
	step(u);
	assert_int_equal(u->io->tun_out.n, 4);
}

/* IP flows only between sess_open and sess_shut. */
static void
phases(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip, 0x0a090001, 0x08080808, 10, true);
	struct dp_net other = { .peer4 = ipaddr_v4(0x0a090002), .mtu = 1400 };

	dp_workers.sess_shut(u->dp, 5001);
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 0);
	assert_int_equal(rig_drop(u->dp, DROP_PPP_PHASE), 1);
	/* One address, one session (I3). */
	assert_false(dp_workers.sess_open(u->dp, 5001, &other));
	assert_false(dp_workers.sess_open(u->dp, 4711, &u->a.net));
	other.mtu = 20;
	assert_false(dp_workers.sess_open(u->dp, 5001, &other));
	assert_true(dp_workers.sess_open(u->dp, 5001, &u->a.net));
	assert_true(dp_workers.sess_open(u->dp, 5001, &u->a.net));
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 1);
	dp_workers.sess_del(u->dp, 5001);
	dp_workers.sess_del(u->dp, 5001);
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 0);
	dp_workers.sa_del(u->dp, 1001);
	dp_workers.sa_del(u->dp, 1001);
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(rig_drop(u->dp, DROP_ESP_SPI), 1);
}

/* Protocol 50 and UDP do not take each other's SAs. */
static void
n35_raw(void **state)
{
	struct up *u = *state;
	struct rig_phone r;
	size_t n = rig_ip4(u->ip, 0x0a090004, 0x08080808, 10, true);
	struct rig_pkt *p;
	struct dp_note note;

	rig_phone_init(&r, 4);
	r.sa.encap = false;
	r.sa.local.port = r.sa.remote.port = 0;
	rig_phone_add(&r, u->dp);
	rig_phone_ip(&r, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 1);
	dp_workers.send_l2tp(u->dp, 4, rd_make("x", 1));
	step(u);
	assert_int_equal(u->io->udp_out.n, 0);
	assert_int_equal(u->io->raw_out.n, 1);
	assert_true(endpoint_eq(&u->io->raw_out.v[0].local, &r.sa.local));
	assert_true(endpoint_eq(&u->io->raw_out.v[0].remote, &r.sa.remote));
	/* the wrong wires */
	while (dp_take(u->dp, 0, &note))
		;
	p = rig_phone_ip(&r, u->io, u->c, u->ip, n);
	rig_put(&u->io->udp_in, p->b, p->len)->via = PKT_NATT;
	u->io->raw_in.n = 0;
	p = rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	rig_put(&u->io->raw_in, p->b, p->len)->via = PKT_ESP;
	u->io->udp_in.n = 1;
	step(u);
	assert_int_equal(rig_drop(u->dp, DROP_ESP_ENCAP), 2);
	assert_false(dp_take(u->dp, 0, &note));
	rig_phone_wipe(&r);
}

/* A full ring loses messages, never the promise of a note. */
static void
full_ring(void **state)
{
	static const uint8_t big[1200] = { 0xc8, 2 };
	struct up *u = *state;
	struct endpoint other = rig_end("203.0.113.77", 999);
	struct dp_note note;
	unsigned seen = 0, moved = 0;

	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < 250; i++)
			rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, big,
			    sizeof(big));
		step_at(u, 5 + round);
	}
	assert_true(rig_drop(u->dp, DROP_PUNT_FULL) > 100);
	for (unsigned i = 0; i < 250; i++)
		rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, big, 2);
	step_at(u, 10);
	assert_int_equal(rig_drop(u->dp, DROP_PUNT_RATE), 0);
	for (unsigned i = 0; i < 100; i++)
		rig_phone_udp(&u->b, u->io, u->c, 1701, 1701, big, 2)->remote =
		    other;
	step(u);
	while (dp_take(u->dp, 0, &note)) {
		seen += note.kind == DP_SA_SEEN;
		moved += note.kind == DP_SA_MOVED;
	}
	assert_int_equal(seen, 1);
	assert_int_equal(moved, 0);
	rig_phone_udp(&u->b, u->io, u->c, 1701, 1701, big, 2)->remote = other;
	step(u);
	while (dp_take(u->dp, 0, &note)) {
		seen += note.kind == DP_SA_SEEN;
		moved += note.kind == DP_SA_MOVED;
	}
	assert_int_equal(seen, 2);
	assert_int_equal(moved, 1);
}

static unsigned
notes_of(struct up *u, uint32_t sa)
{
	struct dp_note note;
	unsigned n = 0;

	while (dp_take(u->dp, 0, &note))
		n += note.kind == DP_L2TP && note.sa == sa;
	return n;
}

/* D-06: a phone that floods control with messages takes no room of others. */
static void
d06_one_phone_floods_control(void **state)
{
	static const uint8_t msg[12] = { 0xc8, 2 };
	struct up *u = *state;
	struct endpoint other = rig_end("203.0.113.77", 999);
	struct dp_note note;
	unsigned moved = 0;

	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 250; i++)
			rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, msg,
			    sizeof(msg));
		step(u);
	}
	rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, msg, sizeof(msg))
	    ->remote = other;
	rig_phone_udp(&u->b, u->io, u->c, 1701, 1701, msg, sizeof(msg));
	step(u);
	assert_int_equal(rig_drop(u->dp, DROP_PUNT_RATE), 2501 - 1000);
	assert_int_equal(rig_drop(u->dp, DROP_PUNT_FULL), 0);
	for (unsigned i = 0; i < 1000; ) {
		assert_true(dp_take(u->dp, 0, &note));
		assert_int_not_equal(note.kind, DP_SA_MOVED);
		i += note.kind == DP_L2TP && note.sa == u->a.sa.sa;
	}
	assert_int_equal(notes_of(u, u->b.sa.sa), 1);
	/* A second later it is heard again, and where it went is told. */
	rig_phone_udp(&u->a, u->io, u->c, 1701, 1701, msg, sizeof(msg))
	    ->remote = other;
	step_at(u, 6);
	while (dp_take(u->dp, 0, &note))
		moved += note.kind == DP_SA_MOVED;
	assert_int_equal(moved, 1);
}

/* What an SA's first packet names, as it is told to control. */
static struct dp_ids
first_ids(struct up *u, struct rig_phone *ph)
{
	struct dp_note note;
	struct dp_ids ids;

	step(u);
	assert_true(dp_take(u->dp, 0, &note));
	assert_int_equal(note.kind, DP_SA_SEEN);
	assert_int_equal(note.sa, ph->sa.sa);
	assert_int_equal(note.path, ph->sa.path);
	ids = note.ids;
	while (dp_take(u->dp, 0, &note))
		assert_int_not_equal(note.kind, DP_SA_SEEN);
	return ids;
}

static void
seal_dummy(struct up *u, struct rig_phone *ph)
{
	uint8_t b[128];
	struct wr w = wr_make(b, sizeof(b));
	struct esp_job job = { ph->out.key, b, 16, false };
	struct rig_pkt *r;

	wr_u32(&w, ph->sa.spi_in);
	wr_u32(&w, ++ph->out.seq);
	wr_zero(&w, ph->in.size.iv + 15u);
	wr_u8(&w, ESP_NEXT_NONE);
	esp_crypt_seal(u->c, &job, 1);
	assert_true(job.ok);
	r = rig_put(&u->io->udp_in, b, 8u + ph->in.size.iv + 16 +
	    ph->in.size.icv);
	r->via = PKT_NATT;
	r->remote = ph->sa.remote;
}

/*
 * The first packet's ids are told whether they are known here or not, and
 * nothing is if they cannot be read: other ports, other protocols, a dummy.
 */
static void
first_packet_names(void **state)
{
	static const uint8_t zlb[] = { 0xc8, 2, 0, 12, 0x12, 0x34, 0x56, 0x78,
		0, 0, 0, 0 };
	static const uint8_t l2f[] = { 0, 1, 0, 11, 0, 22, 0xff, 3, 0xc0, 0x21 };
	struct up *u = *state;

	for (uint32_t k = 0; k < 9; k++) {
		struct rig_phone ph;
		struct dp_ids ids;
		bool told = k < 5;

		rig_phone_init(&ph, 10 + k);
		assert_true(dp_workers.sa_add(u->dp, &ph.sa));
		ph.l_bit = k & 1;
		ph.s_bit = k & 2;
		ph.sess.tunnel_id = 0x1234;
		ph.sess.session_id = 0x5678;
		if (k < 4)
			rig_phone_ppp(&ph, u->io, u->c, "\xff\3\xc0\x21", 4);
		else if (k == 4)
			rig_phone_udp(&ph, u->io, u->c, 1701, 1701, zlb, 12);
		else if (k == 5)
			rig_phone_udp(&ph, u->io, u->c, 1701, 1702, zlb, 12);
		else if (k == 6)
			rig_phone_udp(&ph, u->io, u->c, 1701, 1701, l2f, 10);
		else if (k == 7)
			rig_phone_udp(&ph, u->io, u->c, 1701, 1701, zlb, 7);
		else
			seal_dummy(u, &ph);
		/* Only the first one counts. */
		ph.sess.tunnel_id = 7;
		rig_phone_ppp(&ph, u->io, u->c, "\xff\3\xc0\x21", 4);
		ids = first_ids(u, &ph);
		assert_int_equal(ids.l2tp, told);
		assert_int_equal(ids.control, k == 4);
		assert_int_equal(ids.tunnel_id, told ? 0x1234 : 0);
		assert_int_equal(ids.session_id, told ? 0x5678 : 0);
		rig_phone_wipe(&ph);
	}
	assert_int_equal(rig_drop(u->dp, DROP_ESP_DUMMY), 1);
}

/*
 * An SA that came in on a path of its own goes to phone a's: its packets reach
 * a's session then, what came before is no news, and ours begin with number 1.
 */
static void
n31_joined(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip, 0x0a090001, 0x08080808, 100, true);
	struct rig_pkt *copy = malloc(sizeof(*copy));
	struct rig_phone ph;
	uint8_t answer[100];
	uint32_t len;

	rig_phone_init(&ph, 9);
	assert_true(dp_workers.sa_add(u->dp, &ph.sa));
	*copy = *rig_phone_ip(&ph, u->io, u->c, u->ip, n);
	quiet(u);
	assert_int_equal(u->io->tun_out.n, 0);
	assert_int_equal(rig_drop(u->dp, DROP_L2TP_SESSION), 1);
	assert_false(dp_workers.sa_join(u->dp, 4711, 1));
	assert_true(dp_workers.sa_join(u->dp, ph.sa.sa, 1));
	/* Its first packet again: the window went along. */
	*rig_put(&u->io->udp_in, "", 0) = *copy;
	rig_phone_ip(&ph, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(rig_drop(u->dp, DROP_ESP_REPLAY), 1);
	assert_int_equal(u->io->tun_out.n, 1);
	/* The other way. */
	dp_workers.sa_use(u->dp, ph.sa.sa);
	for (uint32_t k = 1; k <= 3; k++) {
		rig_put(&u->io->tun_in, answer, rig_ip4(answer, 0x08080808,
		    0x0a090001, 20, true));
		step(u);
		assert_int_equal(u->io->udp_out.n, 1);
		assert_int_equal(inet_u32(u->io->udp_out.v[0].b, 4), k);
		assert_true(endpoint_eq(&u->io->udp_out.v[0].remote,
		    &ph.sa.remote));
		assert_non_null(rig_phone_open(&ph, u->c,
		    &u->io->udp_out.v[0], &len));
	}
	/* Now that it has sent it stays; and its first path is no more. */
	assert_false(dp_workers.sa_join(u->dp, ph.sa.sa, 2));
	dp_workers.send_l2tp(u->dp, 9, rd_make("hello!", 6));
	assert_int_equal(rig_drop(u->dp, DROP_ESP_NO_SA), 1);
	rig_phone_wipe(&ph);
	free(copy);
}

/* A GRO buffer is its datagrams. */
static void
gro(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip, 0x0a090001, 0x08080808, 100, true), at = 0;
	static struct rig_pkt train;

	for (unsigned i = 0; i < 300; i++) {
		struct rig_pkt *r = rig_phone_ip(&u->a, u->io, u->c, u->ip, n);

		memcpy(train.b + at, r->b, r->len);
		at += r->len;
		train.seg = (uint16_t)r->len;
		u->io->udp_in.n = 0;
	}
	*rig_put(&u->io->udp_in, train.b, at) = (struct rig_pkt){ 0 };
	memcpy(u->io->udp_in.v[0].b, train.b, at);
	u->io->udp_in.v[0].len = (uint32_t)at;
	u->io->udp_in.v[0].seg = train.seg;
	u->io->udp_in.v[0].via = PKT_NATT;
	u->io->udp_in.v[0].remote = u->a.sa.remote;
	step(u);
	assert_int_equal(u->io->tun_out.n, 300);
	for (unsigned i = 0; i < 300; i++)
		assert_memory_equal(u->io->tun_out.v[i].b, u->ip, n);
}

static void
tun_refuses(void **state)
{
	struct up *u = *state;

	u->io->refuse = true;
	rig_phone_ip(&u->a, u->io, u->c, u->ip,
	    rig_ip4(u->ip, 0x0a090001, 0x08080808, 10, true));
	step(u);
	assert_int_equal(rig_drop(u->dp, DROP_TUN_WRITE), 1);
}

/* RFC 1661 §6.1: a peer may send 1,500 bytes whatever it was asked for. */
static void
r128_fifteen_hundred_bytes(void **state)
{
	struct up *u = *state;
	size_t n = rig_ip4(u->ip, 0x0a090001, 0x08080808, 1472, true);

	assert_int_equal(n, 1500);
	rig_phone_ip(&u->a, u->io, u->c, u->ip, n);
	step(u);
	assert_int_equal(u->io->tun_out.n, 1);
	assert_int_equal(u->io->tun_out.v[0].len, n);
	assert_memory_equal(u->io->tun_out.v[0].b, u->ip, n);
}

/* RFC 3948 §3.1.2: any inner UDP checksum: zero, wrong, right. */
static void
r71_inner_checksum_is_not_looked_at(void **state)
{
	static const uint8_t hello[] = { 0xc8, 2, 0, 12, 0, 1, 0, 0, 0, 0, 0,
		0 };
	static const uint16_t sums[] = { 0, 0xffff, 0xdead, 1 };
	struct up *u = *state;
	struct dp_note note;

	for (unsigned i = 0; i < 4; i++) {
		uint8_t buf[128];
		struct esp_item it = { .sa.out = &u->a.out, .p = buf + 64,
			.len = 20, .back = 44 };
		struct rig_pkt *r;

		inet_put16(it.p, 0, 1701);
		inet_put16(it.p, 2, 1701);
		inet_put16(it.p, 4, 20);
		inet_put16(it.p, 6, sums[i]);
		memcpy(it.p + 8, hello, sizeof(hello));
		esp_seal(u->c, &it, 1);
		assert_int_equal(it.drop, DROP_NONE);
		r = rig_put(&u->io->udp_in, it.p, it.len);
		r->via = PKT_NATT;
		r->local = u->a.sa.local;
		r->remote = u->a.sa.remote;
		step(u);
		assert_true(dp_take(u->dp, 0, &note));
		if (i == 0)		/* DP_SA_SEEN came first */
			assert_true(dp_take(u->dp, 0, &note));
		assert_int_equal(note.kind, DP_L2TP);
		assert_false(dp_take(u->dp, 0, &note));
	}
}

#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(ip_arrives), T(header_forms), T(punts), T(n30_edges),
		T(n31_replay), T(n33_selector), T(n33_port_learnt),
		T(n34_cross_session), T(n34_equal_ids), T(n36_source),
		T(n36_peers), T(n50_data_header), T(phases), T(n35_raw),
		T(full_ring), T(d06_one_phone_floods_control),
		T(first_packet_names), T(n31_joined), T(gro), T(tun_refuses),
		T(r128_fifteen_hundred_bytes),
		T(r71_inner_checksum_is_not_looked_at),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
