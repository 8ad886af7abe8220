/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Merged frames against the kernel: written to one TUN and routed to another,
 * which takes single packets only, they come out as the packets that they were
 * made of; and so they do when the other takes them whole and we split them.
 *
 *	flows -> merge -> TUN a -> [kernel: forwards, segments] -> TUN b
 */

#include <stdio.h>

#include "dp/merge.h"
#include "dp/offload.h"
#include "tests/dp/flows.h"
#include "tests/io/netns.h"

static struct flows f;
static struct merge m;
static struct batch b;

struct fixture {
	struct tun *from, *whole, *single;	/* NULL: not allowed here */
};

static bool
words(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");
	bool ok = out != NULL && fputs(text, out) >= 0;

	return out != NULL && fclose(out) == 0 && ok;
}

static struct tun *
wire(const char *name, bool offload, const char *net4, const char *net6)
{
	struct tun_params p = { .multi = true };
	char line[300];
	int fd;

	(void)snprintf(p.name, sizeof(p.name), "%s", name);
	fd = tun_open(&p);
	(void)snprintf(line, sizeof(line), "ip link set dev %s up mtu 1400 && "
	    "ip addr add %s dev %s && ip addr add %s dev %s nodad", name, net4,
	    name, net6, name);
	if (fd < 0 || system(line) != 0)
		return NULL;
	return tun_new(fd, offload);
}

static int
setup(void **state)
{
	static struct fixture x;

	*state = &x;
	if (!netns_enter() ||
	    !words("/proc/sys/net/ipv4/ip_forward", "1\n") ||
	    !words("/proc/sys/net/ipv6/conf/all/forwarding", "1\n"))
		return 0;
	netns_up("lo", 0, 0);
	x.from = wire("a", true, "10.9.0.254/24", "fd09::fe/64");
	x.whole = wire("b", true, "10.8.0.254/24", "fd08::fe/64");
	x.single = wire("c", false, "10.7.0.254/24", "fd07::fe/64");
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *x = *state;

	tun_free(x->from);
	tun_free(x->whole);
	tun_free(x->single);
	return 0;
}

/* To b as they are, or to c: another destination, checksums kept right. */
static void
aim(bool single)
{
	for (unsigned i = 0; i < f.n && single; i++) {
		uint8_t *p = f.b[i];
		bool v6 = p[0] >> 4 == 6;
		uint32_t at = v6 ? 40 + (p[6] == INNER_PROTO_TCP ? 16 : 6) :
		    20 + (p[9] == INNER_PROTO_TCP ? 16 : 6);
		uint16_t was = inet_u16(p, v6 ? 24 : 16);
		uint16_t now = v6 ? 0xfd07 : 0x0a07;

		inet_put16(p, v6 ? 24 : 16, now);
		inet_put16(p, at, inet_adjust(inet_u16(p, at), was, now));
		if (!v6)
			inet_put16(p, 10, inet_adjust(inet_u16(p, 10), was,
			    now));
	}
	for (unsigned i = 0; i < f.n; i++)
		memcpy(f.was[i], f.b[i], FLOW_BYTES);
}

/* What a router changes, and the id that DF makes void. */
static void
same_packet(const uint8_t *was, uint8_t *now, uint32_t len)
{
	if (was[0] >> 4 == 6) {
		now[7]++;
	} else {
		assert_int_equal(inet_fold(inet_sum(now, 20, 0)), 0);
		now[8]++;
		inet_put16(now, 10, inet_u16(was, 10));
		if ((was[6] & 0x40) != 0)
			inet_put16(now, 4, inet_u16(was, 4));
	}
	assert_memory_equal(now, was, len);
}

struct heard {
	unsigned n;
	unsigned next[FLOWS];	/* place of the flow's next packet */
	unsigned frames;
};

static unsigned
next_of(uint8_t flow, unsigned at)
{
	while (at < f.n && f.of[at] != flow)
		at++;
	return at;
}

static void
hear_one(struct heard *h, uint8_t *p, uint32_t len)
{
	uint8_t flow = p[0] >> 4 == 6 ? p[23] : p[15];
	unsigned at;

	assert_in_range(flow, 0, FLOWS - 1);
	at = next_of(flow, h->next[flow]);
	assert_true(at < f.n);
	assert_int_equal(len, f.len[at]);
	same_packet(f.was[at], p, len);
	h->next[flow] = at + 1;
	h->n++;
}

static void
hear_frame(struct heard *h, struct pkt *pkt)
{
	static uint8_t out[70000];
	struct offload_split s;
	struct inner in;
	uint32_t len;

	h->frames++;
	assert_int_equal(inner_ip(pkt->p, pkt->len, &in), DROP_NONE);
	if (pkt->vnet.gso_type == VNET_GSO_NONE) {
		assert_int_equal(offload_csum(pkt, &in), DROP_NONE);
		hear_one(h, pkt->p, pkt->len);
		return;
	}
	assert_int_equal(offload_split(&s, pkt, &in), DROP_NONE);
	while ((len = offload_split_size(&s)) != 0) {
		offload_split_next(&s, out);
		hear_one(h, out, len);
	}
}

/* The kernel's own chatter apart: its addresses end in 254 or are fe80::. */
static bool
is_ours(const struct pkt *pkt)
{
	if (pkt->p[0] >> 4 == 6)
		return pkt->p[8] == 0xfd && pkt->p[9] == 9 &&
		    pkt->p[23] < FLOWS;
	return inet_u32(pkt->p, 12) - 0x0a090000u < FLOWS;
}

static void
hear(struct heard *h, struct tun *t)
{
	static struct pkt v[PKT_BATCH];
	struct pollfd p = { .fd = tun_fd(t), .events = POLLIN };

	while (h->n < f.n && poll(&p, 1, 5000) > 0) {
		unsigned n = tun_recv(t, v, PKT_BATCH);

		for (unsigned i = 0; i < n; i++)
			if (is_ours(&v[i]))
				hear_frame(h, &v[i]);
	}
	assert_int_equal(h->n, f.n);
}

static void
through_the_kernel(struct fixture *x, bool single)
{
	struct tun *to = single ? x->single : x->whole;
	unsigned frames = 0, packets = 0;

	if (x->from == NULL || to == NULL)
		skip();
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct heard h = { 0 };

		flows_begin(&f, seed, true);
		flows_batch(&f, 200);
		aim(single);
		b.n = f.n;
		for (unsigned i = 0; i < f.n; i++)
			b.v[i] = &f.pkt[i];
		merge_batch(&m, &b, tun_merges(x->from, true));
		assert_int_equal(tun_send(x->from, b.v, b.n), f.n);
		hear(&h, to);
		frames += h.frames;
		packets += f.n;
	}
	assert_true(single ? frames == packets : frames < packets / 2);
}

static void
kernel_segments(void **state)
{
	through_the_kernel(*state, true);
}

static void
we_segment(void **state)
{
	through_the_kernel(*state, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_segments),
		cmocka_unit_test(we_segment),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
