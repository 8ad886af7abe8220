/* SPDX-License-Identifier: BSD-2-Clause */
/* TUN queues, in a network namespace of our own. */

#include <linux/udp.h>

#include "tests/io/netns.h"

struct fixture {
	bool allowed;
};

static int
setup(void **state)
{
	static struct fixture f;

	f.allowed = netns_enter();
	*state = &f;
	return 0;
}

static struct tun *
make(void **state, struct tun_params *p, bool offload)
{
	const struct fixture *f = *state;
	struct tun *t = f->allowed ? netns_tun(p, offload) : NULL;

	if (t == NULL)
		skip();
	return t;
}

static void
both_ways(void **state)
{
	struct tun_params p = { .name = "ltest%d" };
	struct tun *t = make(state, &p, false);
	uint8_t b[128];
	struct pkt in, out = { .p = b }, *v = &out;

	assert_string_equal(p.name, "ltest0");
	out.len = (uint32_t)netns_ping(b, 0x0a090001, 0x0a0900fe, 50);
	assert_int_equal(tun_send(t, &v, 1), 1);
	assert_true(netns_frame(t, &in));
	assert_int_equal(in.len, out.len);
	assert_int_equal(in.via, PKT_TUN);
	assert_int_equal(in.p[9], 1);
	assert_int_equal(in.p[20], 0);	/* echo reply */
	assert_int_equal(inet_u32(in.p, 16), 0x0a090001);
	/* An IP version that is none: the kernel refuses, the rest goes. */
	b[0] = 0;
	assert_int_equal(tun_send(t, &v, 1), 0);
	assert_int_equal(tun_recv(t, &in, 0), 0);
	tun_free(t);
	tun_free(NULL);
}

/* A datagram whose checksum is left to us, and one of many segments. */
static void
offloads(void **state)
{
	struct tun_params p = { .name = "ltest%d" };
	struct tun *t = make(state, &p, true);
	static uint8_t big[12000];
	int fd = netns_udp(), size = 1000;
	struct pkt in;
	uint32_t at = 0;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i / 100);
	assert_int_equal(netns_sendto(fd, 0x0a090001, 9, big, 100), 100);
	assert_true(netns_frame(t, &in));
	assert_int_equal(in.vnet.flags & VNET_F_NEEDS_CSUM, VNET_F_NEEDS_CSUM);
	assert_int_equal(in.vnet.csum_start, 20);
	assert_int_equal(in.vnet.csum_offset, 6);
	/* the field has the sum of the pseudo-header */
	assert_int_equal(inet_u16(in.p, 26), (uint16_t)~inet_fold(
	    inet_sum_pseudo(in.p + 12, in.p + 16, 4, 17, 108)));

	assert_int_equal(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size,
	    sizeof(size)), 0);
	assert_int_equal(netns_sendto(fd, 0x0a090001, 9, big, 11500), 11500);
	while (at < 11500) {
		assert_true(netns_frame(t, &in));
		/* whole, or cut by a kernel without UDP offload for TUNs */
		if (in.vnet.gso_type != VNET_GSO_NONE) {
			assert_int_equal(in.vnet.gso_type, VNET_GSO_UDP_L4);
			assert_int_equal(in.vnet.gso_size, 1000);
		}
		assert_memory_equal(in.p + 28, big + at, in.len - 28);
		at += in.len - 28;
	}
	assert_int_equal(at, 11500);
	close(fd);
	tun_free(t);
}

static void
queues(void **state)
{
	struct tun_params p = { .name = "ltest%d", .multi = true };
	struct tun *t = make(state, &p, false);
	int second = tun_open(&p);
	struct tun_params other = { .name = "lo" };

	assert_true(second >= 0);
	close(second);
	assert_int_equal(tun_open(&other), -1);	/* not a TUN */
	tun_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways), cmocka_unit_test(offloads),
		cmocka_unit_test(queues),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
