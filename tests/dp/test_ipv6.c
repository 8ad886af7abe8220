/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv6 of a session: its own network up and down, and what stays on the link. */

#include "tests/dp/rig.h"

#define OWN	"2001:db8:0:1::a"
#define OTHER	"2001:db8:0:2::b"
#define FAR	"2001:db8:ffff::1"

struct six {
	struct rig_io *io;
	struct esp_crypt *c;
	struct dp *dp;
	struct rig_phone a, b;
	mono_t now;
	uint8_t ip[RIG_BYTES];
};

static struct ipaddr
addr(const char *text)
{
	struct ipaddr a;

	assert_true(ipaddr_parse(text, &a));
	return a;
}

static struct ipnet
net(const char *text)
{
	struct ipnet n;

	assert_true(ipnet_parse(text, &n));
	return n;
}

static int
set_up(void **state)
{
	struct six *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->io = rig_io_new();
	t->c = rig_crypt();
	t->dp = rig_dp(1, false);
	t->now = mono_us(1000000);
	dp_attach(t->dp, 0, &t->io->io);
	rig_phone_init(&t->a, 1);
	rig_phone_init(&t->b, 2);
	t->a.net.prefix6 = net("2001:db8:0:1::/64");
	t->b.net.prefix6 = net("2001:db8:0:2::/64");
	rig_phone_add(&t->a, t->dp);
	rig_phone_add(&t->b, t->dp);
	*state = t;
	return 0;
}

static int
tear_down(void **state)
{
	struct six *t = *state;

	rig_phone_wipe(&t->a);
	rig_phone_wipe(&t->b);
	dp_free(t->dp);
	rig_io_free(t->io);
	esp_crypt_free(t->c);
	free(t);
	return 0;
}

static void
step(struct six *t)
{
	t->io->tun_out.n = t->io->udp_out.n = 0;
	while (worker_step(t->dp, 0, t->now) & WORKER_BUSY)
		continue;
}

/* An IPv6 packet with `n` bytes of this protocol, the first of them given. */
static size_t
ip6(uint8_t *b, const char *src, const char *dst, uint8_t proto, uint8_t first,
    size_t n)
{
	struct ipaddr s = addr(src), d = addr(dst);

	memset(b, 0, 40 + n);
	b[0] = 0x60;
	inet_put16(b, 4, (uint16_t)n);
	b[6] = proto;
	b[7] = 255;
	memcpy(b + 8, s.b, 16);
	memcpy(b + 24, d.b, 16);
	b[40] = first;
	return 40 + n;
}

/* The phone sends it; how many packets came out of the TUN. */
static unsigned
up(struct six *t, struct rig_phone *ph, size_t n)
{
	static uint8_t frame[RIG_BYTES];

	memcpy(frame, "\xff\x03\x00\x57", 4);
	memcpy(frame + 4, t->ip, n);
	rig_phone_ppp(ph, t->io, t->c, frame, n + 4);
	step(t);
	return t->io->tun_out.n;
}

static unsigned
up_from(struct six *t, const char *src, const char *dst)
{
	return up(t, &t->a, ip6(t->ip, src, dst, 17, 0, 40));
}

/* N-36: every other /64, and every address that is nobody's. */
static void
n36_source6(void **state)
{
	static const char *const bad[] = { OTHER, "2001:db8:0:3::1",
		"2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:1ff::1",
		"::1", "::ffff:10.9.0.1", "ff02::1", "ff0e::1", "fc00::1",
		"2001:db8:1:1::a", FAR };
	struct six *t = *state;
	size_t n = sizeof(bad) / sizeof(bad[0]);

	assert_int_equal(up_from(t, OWN, FAR), 1);
	assert_int_equal(up_from(t, "2001:db8:0:1:ffff:ffff:ffff:ffff", FAR),
	    1);
	for (size_t i = 0; i < n; i++)
		if (up_from(t, bad[i], FAR) != 0)
			fail_msg("%s passed", bad[i]);
	assert_int_equal(rig_drop(t->dp, DROP_IP_SOURCE), n);
	/* To another client; with IPv4 inside of IPv6's number. */
	assert_int_equal(up_from(t, OWN, OTHER), 0);
	assert_int_equal(rig_drop(t->dp, DROP_IP_PEER), 1);
	assert_int_equal(up(t, &t->a, rig_ip4(t->ip, 0x0a090001, 0x08080808,
	    10, true)), 0);
	assert_int_equal(rig_drop(t->dp, DROP_IP_VERSION), 1);
}

/* N-36: link-local and multicast never leave the link. */
static void
n36_link(void **state)
{
	static const struct {
		const char *src, *dst;
	} v[] = {
		{ "fe80::1", FAR }, { "febf::1", FAR }, { OWN, "fe80::2" },
		{ OWN, "ff02::1" }, { OWN, "ff0e::1" }, { "::", FAR },
		{ "fe80::1", "ff02::2" }, { "fe80::1", "ff02::fb" },
	};
	struct six *t = *state;
	struct dp_note note;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		assert_int_equal(up_from(t, v[i].src, v[i].dst), 0);
	assert_int_equal(rig_drop(t->dp, DROP_IP_LINK),
	    sizeof(v) / sizeof(v[0]));
	/* Other messages of ICMPv6, and a solicitation in pieces. */
	(void)up(t, &t->a, ip6(t->ip, "fe80::1", "ff02::1", 58, 134, 16));
	(void)up(t, &t->a, ip6(t->ip, "fe80::1", "ff02::1", 58, 135, 24));
	(void)up(t, &t->a, ip6(t->ip, "fe80::1", "ff02::2", 44, 58, 16));
	t->ip[43] = 1;
	t->ip[48] = 133;
	(void)up(t, &t->a, 56);
	assert_int_equal(rig_drop(t->dp, DROP_IP_LINK),
	    sizeof(v) / sizeof(v[0]) + 4);
	while (dp_take(t->dp, 0, &note))
		assert_int_not_equal(note.kind, DP_PPP);
}

/* A Router Solicitation goes to control, as the frame that it came in. */
static void
solicitation(void **state)
{
	struct six *t = *state;
	struct dp_note note;
	size_t n = ip6(t->ip, "fe80::1", "ff02::2", 58, 133, 8);
	uint8_t frame[64] = { 0x57 };
	unsigned seen = 0;

	assert_int_equal(up(t, &t->a, n), 0);
	/* Behind the shortest head that there is. */
	memcpy(frame + 1, t->ip, n);
	rig_phone_ppp(&t->a, t->io, t->c, frame, n + 1);
	step(t);
	while (dp_take(t->dp, 0, &note)) {
		if (note.kind != DP_PPP)
			continue;
		assert_int_equal(note.sess, t->a.sess.sess);
		assert_int_equal(rd_left(&note.data), n + 4);
		assert_memory_equal(note.data.p, "\xff\x03\x00\x57", 4);
		assert_memory_equal(note.data.p + 4, t->ip, n);
		seen++;
	}
	assert_int_equal(seen, 2);
	/* D-06: not without end. */
	for (unsigned i = 0; i < 2000; i++)
		(void)up(t, &t->a, n);
	for (seen = 0; dp_take(t->dp, 0, &note); seen++)
		continue;
	assert_true(seen <= 1000);
	assert_true(rig_drop(t->dp, DROP_PUNT_RATE) >= 1000);
}

/* A session with routes but no network of its own has no router to ask. */
static void
no_prefix(void **state)
{
	struct six *t = *state;

	t->a.net.prefix6 = (struct ipnet){ 0 };
	assert_true(dp_workers.sess_open(t->dp, t->a.sess.sess, &t->a.net));
	assert_int_equal(up_from(t, OWN, FAR), 0);
	(void)up(t, &t->a, ip6(t->ip, "fe80::1", "ff02::2", 58, 133, 8));
	assert_int_equal(rig_drop(t->dp, DROP_IP_FAMILY), 2);
	t->a.net.route[t->a.net.route_n++] = net("2001:db8:a::/48");
	assert_true(dp_workers.sess_open(t->dp, t->a.sess.sess, &t->a.net));
	assert_int_equal(up_from(t, "2001:db8:a::1", FAR), 1);
	(void)up(t, &t->a, ip6(t->ip, "fe80::1", "ff02::2", 58, 133, 8));
	assert_int_equal(rig_drop(t->dp, DROP_IP_LINK), 1);
}

/* IPv6 alone: no packet of IPv4 passes either way. */
static void
n68_six_alone(void **state)
{
	struct six *t = *state;
	uint32_t v4 = ipaddr_as_v4(&t->a.net.peer4);
	size_t n;

	t->a.net.peer4 = (struct ipaddr){ 0 };
	assert_true(dp_workers.sess_open(t->dp, t->a.sess.sess, &t->a.net));
	assert_int_equal(up_from(t, OWN, FAR), 1);
	n = rig_ip4(t->ip, v4, 0x08080808, 10, true);
	rig_phone_ip(&t->a, t->io, t->c, t->ip, n);
	step(t);
	assert_int_equal(t->io->tun_out.n, 0);
	assert_int_equal(rig_drop(t->dp, DROP_IP_FAMILY), 1);
	rig_ip4(t->ip, 0x08080808, v4, 10, true);
	rig_put(&t->io->tun_in, t->ip, n);
	step(t);
	assert_int_equal(rig_drop(t->dp, DROP_IP_DEST), 1);
	/* Back to both, and nothing of the old state is in the way. */
	t->a.net.peer4 = ipaddr_v4(v4);
	assert_true(dp_workers.sess_open(t->dp, t->a.sess.sess, &t->a.net));
	rig_put(&t->io->tun_in, t->ip, n);
	step(t);
	assert_int_equal(t->io->udp_out.n, 1);
}

/* Down: every address of the network is the session's, under IPv6's number. */
static void
down(void **state)
{
	static const char *const to[] = { OWN, "2001:db8:0:1::",
		"2001:db8:0:1:ffff:ffff:ffff:ffff" };
	struct six *t = *state;
	struct dp_count count;
	uint32_t len;
	uint8_t *p;

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		rig_put(&t->io->tun_in, t->ip, ip6(t->ip, FAR, to[i], 59, 0,
		    20));
		step(t);
		assert_int_equal(t->io->udp_out.n, 1);
		p = rig_phone_open(&t->a, t->c, &t->io->udp_out.v[0], &len);
		assert_non_null(p);
		assert_int_equal(len, 6 + 4 + 60);
		assert_memory_equal(p + 6, "\xff\x03\x00\x57", 4);
		assert_memory_equal(p + 10, t->ip, 60);
	}
	rig_put(&t->io->tun_in, t->ip, ip6(t->ip, FAR, "2001:db8:0:3::1", 59,
	    0, 20));
	step(t);
	assert_int_equal(rig_drop(t->dp, DROP_IP_DEST), 1);
	assert_true(dp_workers.sess_count(t->dp, t->a.sess.sess, &count));
	assert_int_equal(count.tx_packets, 3);
	assert_int_equal(count.tx_bytes, 180);
	/* Too large: said to the sender, from an address that is there. */
	rig_put(&t->io->tun_in, t->ip, ip6(t->ip, FAR, OWN, 17, 0, 1400));
	step(t);
	assert_int_equal(t->io->tun_out.n, 1);
	assert_int_equal(t->io->tun_out.v[0].b[40], 2);
	assert_int_equal(inet_u32(t->io->tun_out.v[0].b, 44), 1400);
}

/* A network is one session's: not opened, and asked for, refused. */
static void
taken(void **state)
{
	static const char *const bad[] = { "2001:db8:0:1::/64",
		"2001:db8:0:1::/80", "2001:db8::/48", "fe80::/64", "ff00::/64",
		"::/64" };
	struct six *t = *state;
	struct dp_net n = t->b.net;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		n.prefix6 = net(bad[i]);
		assert_false(dp_workers.sess_open(t->dp, t->b.sess.sess, &n));
	}
	n.prefix6 = (struct ipnet){ ipaddr_v4(0x0a140000), 16 };
	assert_false(dp_workers.sess_open(t->dp, t->b.sess.sess, &n));
	n = (struct dp_net){ .mtu = 1400 };
	assert_false(dp_workers.sess_open(t->dp, t->b.sess.sess, &n));
	/* The old state has stayed; its own network may come again. */
	assert_int_equal(up(t, &t->b, ip6(t->ip, OTHER, FAR, 17, 0, 40)), 1);
	t->b.net.route[t->b.net.route_n++] = t->b.net.prefix6;
	assert_true(dp_workers.sess_open(t->dp, t->b.sess.sess, &t->b.net));
	dp_workers.sess_del(t->dp, t->a.sess.sess);
	n = t->b.net;
	n.route_n = 0;
	n.prefix6 = net(bad[0]);
	assert_true(dp_workers.sess_open(t->dp, t->b.sess.sess, &n));
}

int
main(void)
{
#define T(x) cmocka_unit_test_setup_teardown(x, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(n36_source6), T(n36_link), T(solicitation), T(no_prefix),
		T(n68_six_alone), T(down), T(taken),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
