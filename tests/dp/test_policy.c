/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules, rates and routes of sessions, through the whole of one worker. */

#include "base/rng.h"
#include "tests/dp/rig.h"

#define A	0x0a090001u	/* phone a; b is the next */
#define HOST	0x08080808u

struct pol {
	struct dp *dp;
	struct rig_io *io;
	struct esp_crypt *c;
	struct rig_phone a, b;
	uint8_t ip[RIG_BYTES];
	uint64_t us;
};

static int
setup(void **state)
{
	struct pol *t = calloc(1, sizeof(*t));

	t->dp = rig_dp(1, false);
	t->io = rig_io_new();
	t->c = rig_crypt();
	t->us = 5000000;
	dp_attach(t->dp, 0, &t->io->io);
	rig_phone_init(&t->a, 1);
	rig_phone_init(&t->b, 2);
	rig_phone_add(&t->a, t->dp);
	rig_phone_add(&t->b, t->dp);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct pol *t = *state;

	dp_free(t->dp);
	rig_io_free(t->io);
	esp_crypt_free(t->c);
	rig_phone_wipe(&t->a);
	rig_phone_wipe(&t->b);
	free(t);
	return 0;
}

static void
step(struct pol *t)
{
	struct dp_note note;

	t->io->tun_out.n = t->io->udp_out.n = 0;
	worker_step(t->dp, 0, mono_us(t->us));
	while (dp_take(t->dp, 0, &note))
		;
}

/* Does a UDP packet of this size from the phone arrive? */
static bool
up(struct pol *t, struct rig_phone *ph, uint32_t src, uint32_t dst,
    size_t payload)
{
	size_t n = rig_ip4(t->ip, src, dst, payload, true);

	rig_phone_ip(ph, t->io, t->c, t->ip, n);
	step(t);
	return t->io->tun_out.n == 1;
}

static bool
down(struct pol *t, uint32_t src, uint32_t dst, size_t payload)
{
	rig_put(&t->io->tun_in, t->ip,
	    rig_ip4(t->ip, src, dst, payload, true));
	step(t);
	return t->io->udp_out.n == 1;
}

static void
set_acl(struct pol *t, uint32_t number, const char *a, const char *b)
{
	struct acl_rule r[2];
	char why[200];

	assert_true(acl_rule_parse(a, &r[0], why, sizeof(why)));
	if (b != NULL)
		assert_true(acl_rule_parse(b, &r[1], why, sizeof(why)));
	assert_true(dp_workers.acl_set(t->dp, number, r, b == NULL ? 1 : 2));
}

static struct dp_count
count_of(struct pol *t, uint32_t sess)
{
	struct dp_count c;

	assert_true(dp_workers.sess_count(t->dp, sess, &c));
	return c;
}

/* Each direction by its rules; the neighbour is not concerned. */
static void
acl_both_ways(void **state)
{
	struct pol *t = *state;
	const struct dp_policy po = { .acl = 3 };
	struct dp_count c;

	set_acl(t, 3, "permit from-client udp from any to 8.8.8.0/24 port 9",
	    "permit to-client udp from 9.9.9.9 to any");
	assert_true(up(t, &t->a, A, 0x07070707, 10));
	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	assert_true(up(t, &t->a, A, HOST, 10));
	assert_false(up(t, &t->a, A, 0x07070707, 10));
	assert_true(up(t, &t->b, A + 1, 0x07070707, 10));
	assert_false(down(t, HOST, A, 10));
	assert_true(down(t, 0x09090909, A, 10));
	assert_true(down(t, HOST, A + 1, 10));
	assert_int_equal(rig_drop(t->dp, DROP_INNER_ACL), 2);
	c = count_of(t, 5001);
	assert_int_equal(c.rx_packets, 2);	/* those that passed */
	assert_int_equal(c.tx_packets, 1);
	assert_int_equal(c.acl_drops, 2);
	assert_int_equal(c.rate_drops, 0);
	assert_int_equal(count_of(t, 5002).acl_drops, 0);
}

/* Control changes its mind while the session stays. */
static void
live_change(void **state)
{
	struct pol *t = *state;
	struct dp_policy po = { .acl = 3 };

	/* Not there, not yet. */
	assert_false(dp_workers.sess_policy(t->dp, 5001, &po));
	assert_true(up(t, &t->a, A, HOST, 10));
	set_acl(t, 3, "deny both any from any to any", NULL);
	set_acl(t, 64, "permit both any from any to any", NULL);
	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	assert_false(up(t, &t->a, A, HOST, 10));
	po.acl = 64;
	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	assert_true(up(t, &t->a, A, HOST, 10));
	/* A change that is refused changes nothing. */
	po.acl = 65;
	assert_false(dp_workers.sess_policy(t->dp, 5001, &po));
	po = (struct dp_policy){ .acl = 3, .rx_bps = DP_RATE_MIN - 1 };
	assert_false(dp_workers.sess_policy(t->dp, 5001, &po));
	po = (struct dp_policy){ .acl = 3, .tx_bps = DP_RATE_MAX + 1 };
	assert_false(dp_workers.sess_policy(t->dp, 5001, &po));
	assert_false(dp_workers.sess_policy(t->dp, 4711, NULL));
	assert_true(up(t, &t->a, A, HOST, 10));
	/* The rules change under the session; then they are gone. */
	set_acl(t, 64, "deny both any from any to any", NULL);
	assert_false(up(t, &t->a, A, HOST, 10));
	set_acl(t, 64, "permit both any from any to any", NULL);
	assert_true(up(t, &t->a, A, HOST, 10));
	assert_true(dp_workers.acl_set(t->dp, 64, NULL, 0));
	assert_false(up(t, &t->a, A, HOST, 10));
	assert_false(down(t, HOST, A, 10));
	/* It stays through a renegotiation of IPCP. */
	dp_workers.sess_shut(t->dp, 5001);
	assert_true(dp_workers.sess_open(t->dp, 5001, &t->a.net));
	assert_false(up(t, &t->a, A, HOST, 10));
	assert_true(dp_workers.sess_policy(t->dp, 5001, NULL));
	assert_true(up(t, &t->a, A, HOST, 10));
}

static void
acl_refused(void **state)
{
	struct pol *t = *state;
	struct acl_rule r = { .dir = ACL_BOTH, .proto = ACL_RULE_ANY,
		.type = ACL_RULE_ANY, .sport = { 0, 65535 },
		.dport = { 0, 65535 } };

	assert_false(dp_workers.acl_set(t->dp, 0, &r, 1));
	assert_false(dp_workers.acl_set(t->dp, DP_ACLS_MAX + 1, &r, 1));
	assert_false(dp_workers.acl_set(t->dp, 1, &r, ACL_RULES_MAX + 1));
	assert_true(dp_workers.acl_set(t->dp, DP_ACLS_MAX, &r, 1));
	assert_true(dp_workers.acl_set(t->dp, 2, NULL, 0));
	r.dir = 0;
	assert_false(dp_workers.acl_set(t->dp, 1, &r, 1));
}

/* 80 kbit/s up, 160 kbit/s down, for ten seconds: so many bytes pass. */
static void
rates(void **state)
{
	struct pol *t = *state;
	const struct dp_policy po = { .rx_bps = 80000, .tx_bps = 160000,
		.rx_burst = 2000, .tx_burst = 2000 };
	struct dp_count c;

	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	for (unsigned i = 0; i < 1000; i++) {
		(void)up(t, &t->a, A, HOST, 372);
		(void)down(t, HOST, A, 372);
		t->us += 10000;
	}
	c = count_of(t, 5001);
	assert_true(c.rx_bytes >= 100000 && c.rx_bytes <= 102800);
	assert_true(c.tx_bytes >= 200000 && c.tx_bytes <= 202800);
	assert_int_equal(c.rx_packets + c.tx_packets + c.rate_drops, 2000);
	assert_int_equal(rig_drop(t->dp, DROP_INNER_RATE), c.rate_drops);
	assert_true(up(t, &t->b, A + 1, HOST, 1000));
	/* What the rules deny does not cost the rate. */
	set_acl(t, 1, "deny both udp from any port 7 to any port 9",
	    "permit both any from any to any");
	assert_true(dp_workers.sess_policy(t->dp, 5001, &(struct dp_policy){
	    .acl = 1, .rx_bps = 80000, .rx_burst = 3000 }));
	for (unsigned i = 0; i < 50; i++)
		assert_false(up(t, &t->a, A, HOST, 1000));
	set_acl(t, 1, "permit both any from any to any", NULL);
	for (unsigned i = 0; i < 3; i++)
		assert_true(up(t, &t->a, A, HOST, 1000));
	assert_false(up(t, &t->a, A, HOST, 1000));
	/* Only the tx rate is taken away: the rx bucket stays as it is. */
	assert_true(dp_workers.sess_policy(t->dp, 5001, &(struct dp_policy){
	    .rx_bps = 80000, .rx_burst = 3000 }));
	assert_false(up(t, &t->a, A, HOST, 1000));
	/* A higher one does not wait for the old debt. */
	assert_true(dp_workers.sess_policy(t->dp, 5001, &(struct dp_policy){
	    .rx_bps = 8000000 }));
	assert_true(up(t, &t->a, A, HOST, 1000));
}

/* A TSO frame of `payload` bytes, in segments of 1000. */
static unsigned
tso(struct pol *t, size_t payload)
{
	struct rig_pkt *f;
	size_t n = 40 + payload;

	memset(t->ip, 0, n);
	t->ip[0] = 0x45;
	inet_put16(t->ip, 2, (uint16_t)n);
	t->ip[8] = 64;
	t->ip[9] = 6;
	inet_put32(t->ip, 12, HOST);
	inet_put32(t->ip, 16, A);
	t->ip[32] = 0x50;
	t->ip[33] = 0x10;
	f = rig_put(&t->io->tun_in, t->ip, n);
	f->vnet = (struct pkt_vnet){ .flags = VNET_F_NEEDS_CSUM,
		.gso_type = VNET_GSO_TCPV4, .hdr_len = 40, .gso_size = 1000,
		.csum_start = 20, .csum_offset = 16 };
	step(t);
	return t->io->udp_out.n;
}

/* Passed or dropped as one, paid with all its headers, never starved. */
static void
super_packets(void **state)
{
	struct pol *t = *state;
	struct dp_policy po = { .tx_bps = 8000000, .tx_burst = 1500 };
	struct dp_count c;

	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	assert_int_equal(tso(t, 60000), 60);
	assert_int_equal(count_of(t, 5001).tx_bytes, 60 * 1040);
	assert_int_equal(tso(t, 60000), 0);
	assert_int_equal(rig_drop(t->dp, DROP_INNER_RATE), 1);
	t->us += 60 * 1040 - 1500 - 1;		/* a byte each us */
	assert_int_equal(tso(t, 60000), 0);
	t->us++;
	assert_int_equal(tso(t, 60000), 60);
	for (unsigned i = 0; i < 1000; i++) {
		t->us += 1000;
		(void)tso(t, 30000);
	}
	c = count_of(t, 5001);
	assert_true(c.tx_bytes > 1000000 && c.tx_bytes < 1000000 + 190000);
	/* One look at the rules for all of them. */
	set_acl(t, 9, "permit to-client tcp from 8.8.8.8 to any",
	    "deny both any from any to any");
	po = (struct dp_policy){ .acl = 9 };
	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	assert_int_equal(tso(t, 5000), 5);
	set_acl(t, 9, "permit to-client udp from 8.8.8.8 to any", NULL);
	assert_int_equal(tso(t, 5000), 0);
	assert_int_equal(rig_drop(t->dp, DROP_INNER_ACL), 1);
}

/* What does not fit costs nothing; what is denied is not answered. */
static void
too_big(void **state)
{
	struct pol *t = *state;
	struct dp_policy po = { .tx_bps = DP_RATE_MIN, .tx_burst = 1000 };

	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	for (unsigned i = 0; i < 3; i++) {
		assert_false(down(t, HOST, A, 1500));
		assert_int_equal(t->io->tun_out.n, 1);
	}
	assert_int_equal(rig_drop(t->dp, DROP_INNER_RATE), 0);
	set_acl(t, 1, "deny both any from any to any", NULL);
	po.acl = 1;
	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	assert_false(down(t, HOST, A, 1500));
	assert_int_equal(t->io->tun_out.n, 0);
	/* Cut into fragments: one packet for the rate. */
	po = (struct dp_policy){ .tx_bps = DP_RATE_MIN, .tx_burst = 10 };
	assert_true(dp_workers.sess_policy(t->dp, 5001, &po));
	rig_put(&t->io->tun_in, t->ip, rig_ip4(t->ip, HOST, A, 3000, false));
	step(t);
	assert_int_equal(t->io->udp_out.n, 3);
}

/* Between the phone and networks behind it, and not further. */
static void
routes(void **state)
{
	struct pol *t = *state;
	struct dp_net net = t->a.net;

	assert_true(ipnet_parse("10.50.0.0/16", &net.route[0]));
	assert_true(ipnet_parse("10.60.7.0/24", &net.route[1]));
	net.route_n = 2;
	assert_false(up(t, &t->a, 0x0a320001, HOST, 10));
	assert_int_equal(rig_drop(t->dp, DROP_IP_SOURCE), 1);
	assert_false(down(t, HOST, 0x0a320001, 10));
	assert_int_equal(rig_drop(t->dp, DROP_IP_DEST), 1);
	assert_true(dp_workers.sess_open(t->dp, 5001, &net));
	assert_true(up(t, &t->a, 0x0a320001, HOST, 10));
	assert_true(up(t, &t->a, 0x0a3c07ff, HOST, 10));
	assert_true(up(t, &t->a, A, HOST, 10));
	assert_false(up(t, &t->a, 0x0a3c0801, HOST, 10));
	assert_false(up(t, &t->b, 0x0a320001, HOST, 10));	/* not b's */
	assert_int_equal(rig_drop(t->dp, DROP_IP_SOURCE), 3);
	assert_true(down(t, HOST, 0x0a32ffff, 10));
	assert_true(endpoint_eq(&t->io->udp_out.v[0].remote,
	    &t->a.sa.remote));
	assert_false(down(t, HOST, 0x0a330000, 10));
	/* Clients may not reach each other: nor what is behind them. */
	assert_false(up(t, &t->b, A + 1, 0x0a320001, 10));
	assert_int_equal(rig_drop(t->dp, DROP_IP_PEER), 1);
	/* A third logs in with an address of the network: it is its own. */
	assert_false(dp_workers.sess_route_ok(t->dp, 5002, &net.route[1]));
	t->b.net.peer4 = ipaddr_v4(0x0a320005);
	assert_true(dp_workers.sess_open(t->dp, 5002, &t->b.net));
	assert_true(down(t, HOST, 0x0a320005, 10));
	assert_true(endpoint_eq(&t->io->udp_out.v[0].remote,
	    &t->b.sa.remote));
	assert_false(up(t, &t->a, 0x0a320005, HOST, 10));
	assert_true(up(t, &t->b, 0x0a320005, HOST, 10));
	dp_workers.sess_shut(t->dp, 5001);
	assert_false(down(t, HOST, 0x0a320001, 10));
}

/* IPv6 behind a phone: the other protocol number of PPP. */
static void
routes6(void **state)
{
	struct pol *t = *state;
	struct dp_net net = t->a.net;
	uint8_t p[4 + 48] = { 0xff, 3, 0, 0x57, 0x60, 0, 0, 0, 0, 8, 17, 64,
		[12] = 0x20, 1, 0xd, 0xb8, [28] = 0x20, 2 };
	uint32_t len;
	uint8_t *l2tp;

	rig_phone_ppp(&t->a, t->io, t->c, p, sizeof(p));
	step(t);
	assert_int_equal(rig_drop(t->dp, DROP_IP_FAMILY), 1);
	assert_true(ipnet_parse("2001:db8::/32", &net.route[0]));
	net.route_n = 1;
	assert_true(dp_workers.sess_open(t->dp, 5001, &net));
	rig_phone_ppp(&t->a, t->io, t->c, p, sizeof(p));
	step(t);
	assert_int_equal(t->io->tun_out.n, 1);
	p[15] = 0xb9;
	rig_phone_ppp(&t->a, t->io, t->c, p, sizeof(p));
	step(t);
	assert_int_equal(t->io->tun_out.n, 0);
	assert_int_equal(rig_drop(t->dp, DROP_IP_SOURCE), 1);
	p[28 + 0] = 0x20;
	p[28 + 1] = 1;
	p[28 + 2] = 0xd;
	p[28 + 3] = 0xb8;
	rig_put(&t->io->tun_in, p + 4, 48);
	step(t);
	assert_int_equal(t->io->udp_out.n, 1);
	l2tp = rig_phone_open(&t->a, t->c, &t->io->udp_out.v[0], &len);
	assert_non_null(l2tp);
	assert_memory_equal(l2tp + 6, "\xff\x03\x00\x57\x60", 5);
}

/* Idle is without packets that passed; echo and control do not count. */
static void
moved(void **state)
{
	struct pol *t = *state;

	assert_int_equal(count_of(t, 5001).moved.us, 0);
	t->us = 10000000;
	rig_phone_ppp(&t->a, t->io, t->c, "\xff\x03\xc0\x21\x09", 5);
	step(t);
	assert_int_equal(count_of(t, 5001).heard.us, 10000000);
	assert_int_equal(count_of(t, 5001).moved.us, 0);
	assert_true(up(t, &t->a, A, HOST, 10));
	assert_int_equal(count_of(t, 5001).moved.us, 10000000);
	t->us = 20000000;
	assert_true(down(t, HOST, A, 10));
	assert_int_equal(count_of(t, 5001).moved.us, 20000000);
	assert_int_equal(count_of(t, 5001).heard.us, 10000000);
	set_acl(t, 1, "deny both any from any to any", NULL);
	assert_true(dp_workers.sess_policy(t->dp, 5001,
	    &(struct dp_policy){ .acl = 1 }));
	t->us = 30000000;
	assert_false(up(t, &t->a, A, HOST, 10));
	assert_false(down(t, HOST, A, 10));
	dp_workers.send_ppp(t->dp, 5001, rd_make("\xff\x03\xc0\x21", 4));
	step(t);
	assert_int_equal(count_of(t, 5001).moved.us, 20000000);
	assert_int_equal(count_of(t, 5002).moved.us, 0);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(acl_both_ways), TEST(live_change), TEST(acl_refused),
		TEST(rates), TEST(super_packets), TEST(too_big), TEST(routes),
		TEST(routes6), TEST(moved),
	};

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
