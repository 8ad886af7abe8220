/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames for the TUN: whatever packets come, the frames that are made of them,
 * split again, are just these packets, and none overtakes one of its flow.
 */

#include "tests/std.h"

#include "dp/merge.h"
#include "dp/offload.h"
#include "tests/dp/flows.h"

static struct flows f;
static struct merge m;
static struct batch b;

static void
merge_all(bool udp)
{
	b.n = f.n;
	for (unsigned i = 0; i < f.n; i++)
		b.v[i] = &f.pkt[i];
	merge_batch(&m, &b, udp);
	assert_int_equal(b.n, f.n);
}

static unsigned
place_of(const struct pkt *pkt)
{
	return (unsigned)(pkt - f.pkt);
}

/* The frame that begins at v[at], in one piece. */
static struct pkt
whole(unsigned at, uint8_t *out)
{
	struct pkt one = *b.v[at];

	one.p = out;
	one.len = 0;
	for (unsigned k = 0; k < b.v[at]->run; k++) {
		memcpy(out + one.len, b.v[at + k]->p, b.v[at + k]->len);
		one.len += b.v[at + k]->len;
	}
	return one;
}

/* With DF and an id that stays the same, split frames have rising ones. */
static void
same_packet(const uint8_t *was, uint8_t *now, uint32_t len)
{
	if (was[0] >> 4 == 4 && (was[6] & 0x40) != 0) {
		inet_put16(now, 4, inet_u16(was, 4));
		inet_put16(now, 10, inet_u16(was, 10));
	}
	assert_memory_equal(now, was, len);
}

static void
expect_split(unsigned at)
{
	static uint8_t frame[70000], part[70000];
	struct pkt one = whole(at, frame);
	struct offload_split s;
	struct inner in;

	assert_true(one.len <= MERGE_BYTES);
	assert_int_equal(inner_ip(one.p, one.len, &in), DROP_NONE);
	assert_int_equal(in.len, one.len);
	if (one.p[0] >> 4 == 4)
		assert_int_equal(inet_fold(inet_sum(one.p, 20, 0)), 0);
	assert_int_equal(offload_split(&s, &one, &in), DROP_NONE);
	for (unsigned k = 0; k < b.v[at]->run; k++) {
		unsigned i = place_of(b.v[at + k]);

		assert_int_equal(offload_split_size(&s), f.len[i]);
		offload_split_next(&s, part);
		same_packet(f.was[i], part, f.len[i]);
	}
	assert_int_equal(offload_split_size(&s), 0);
}

/* All packets once, whole, each flow's in order; how many frames? */
static unsigned
expect_all(void)
{
	unsigned last[FLOWS] = { 0 }, frames = 0;
	bool seen[PKT_BATCH] = { false };

	for (unsigned i = 0, run; i < b.n; i += run) {
		run = b.v[i]->run;
		assert_in_range(run, 1, b.n - i);
		frames++;
		if (run == 1) {
			unsigned at = place_of(b.v[i]);

			assert_int_equal(b.v[i]->len, f.len[at]);
			assert_memory_equal(b.v[i]->p, f.was[at], f.len[at]);
			assert_int_equal(b.v[i]->vnet.gso_type, 0);
			assert_int_equal(b.v[i]->vnet.flags, 0);
		} else {
			expect_split(i);
		}
		for (unsigned k = i; k < i + run; k++) {
			unsigned at = place_of(b.v[k]);

			assert_false(seen[at]);
			seen[at] = true;
			assert_true(last[f.of[at]] <= at);
			last[f.of[at]] = at;
			assert_int_equal(b.v[k]->run, k == i ? run : 0);
		}
	}
	return frames;
}

static void
random_flows(void **state)
{
	unsigned packets = 0, frames = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		flows_begin(&f, seed, seed % 4 == 0);
		for (int k = 0; k < 4; k++) {
			flows_batch(&f, 1 + rng_below(&f.rng, PKT_BATCH));
			merge_all(seed % 3 != 0);
			packets += f.n;
			frames += expect_all();
		}
	}
	/* It does something, too. */
	assert_true(frames < packets / 2);
}

/* A batch of one flow's packets of 1,000 bytes payload, nothing special. */
static void
plain(bool v6, bool tcp, unsigned n)
{
	flows_begin(&f, 1, true);
	for (unsigned i = 0; i < n; i++) {
		struct flow *w = &f.flow[(v6 ? 1 : 0) + (tcp ? 0 : 2)];
		uint32_t ip = v6 ? 40 : 20;

		w->size = 1000;
		w->fixed_id = false;
		do {
			w->seq = 5000 + 1000 * i;
			w->id = (uint16_t)i;
			f.len[i] = flows_packet(&f, w, f.b[i]);
		} while (f.len[i] - ip != (tcp ? 1032 : 1008) ||
		    (tcp && f.b[i][ip + 13] != 0x10));
		memcpy(f.was[i], f.b[i], FLOW_BYTES);
		f.of[i] = w->n;
		f.pkt[i] = (struct pkt){ .p = f.b[i], .len = f.len[i] };
	}
	f.n = n;
}

/* Its checksum after a change. */
static void
resum(unsigned i, bool v6, bool tcp)
{
	uint8_t *p = f.b[i];
	uint32_t ip = v6 ? 40 : 20, n = f.len[i] - ip, sum;

	sum = v6 ? inet_sum_pseudo(p + 8, p + 24, 16, p[6], n) :
	    inet_sum_pseudo(p + 12, p + 16, 4, p[9], n);
	inet_put16(p, ip + (tcp ? 16 : 6), 0);
	inet_put16(p, ip + (tcp ? 16 : 6),
	    inet_fold(inet_sum(p + ip, n, sum)));
	if (!v6) {
		inet_put16(p, 10, 0);
		inet_put16(p, 10, inet_fold(inet_sum(p, 20, 0)));
	}
	memcpy(f.was[i], p, FLOW_BYTES);
}

static void
plain_flows(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 4; kind++) {
		bool v6 = kind & 1, tcp = kind < 2;

		plain(v6, tcp, 40);
		merge_all(true);
		assert_int_equal(expect_all(), 1);
		assert_int_equal(b.v[0]->vnet.gso_size, 1000);
		plain(v6, tcp, 200);
		merge_all(true);
		/* 65,535 bytes, 64 datagrams */
		assert_int_equal(expect_all(), 4);
		plain(v6, tcp, 40);
		merge_all(false);
		assert_int_equal(expect_all(), tcp ? 1 : 40);
	}
}

/* One thing is different in packet 5 of ten: how many frames are there? */
static void
rules(void **state)
{
	static const struct {
		const char *what;
		unsigned at;		/* byte, from the upper header if TCP */
		uint8_t flip;
		bool upper, bad_sum, other_flow;
		unsigned frames;
	} row[] = {
		{ "nothing", 0, 0, false, false, false, 1 },
		{ "class", 1, 0x04, false, false, false, 3 },
		{ "ECN", 1, 0x01, false, false, false, 3 },
		{ "TTL", 8, 1, false, false, false, 3 },
		{ "DF", 6, 0x40, false, false, false, 3 },
		{ "a fragment", 6, 0x20, false, false, false, 3 },
		{ "source", 15, 1, false, false, true, 3 },
		{ "destination", 19, 1, false, false, true, 3 },
		{ "source port", 1, 1, true, false, true, 3 },
		{ "destination port", 3, 1, true, false, true, 3 },
		{ "a hole", 7, 1, true, false, false, 3 },
		{ "acknowledgement", 11, 1, true, false, false, 3 },
		{ "reserved bit", 12, 1, true, false, false, 3 },
		{ "FIN", 13, 0x01, true, false, false, 2 },
		{ "SYN", 13, 0x02, true, false, false, 3 },
		{ "RST", 13, 0x04, true, false, false, 3 },
		{ "PSH", 13, 0x08, true, false, false, 2 },
		{ "URG", 13, 0x20, true, false, false, 3 },
		{ "ECE", 13, 0x40, true, false, false, 3 },
		{ "CWR", 13, 0x80, true, false, false, 3 },
		{ "window", 15, 1, true, false, false, 3 },
		{ "urgent pointer", 19, 1, true, false, false, 3 },
		{ "an option", 27, 1, true, false, false, 3 },
		{ "a wrong checksum", 40, 1, true, true, false, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		unsigned frames;

		plain(false, true, 10);
		f.b[5][row[i].at + (row[i].upper ? 20 : 0)] ^= row[i].flip;
		if (row[i].bad_sum)
			memcpy(f.was[5], f.b[5], FLOW_BYTES);
		else
			resum(5, false, true);
		f.of[5] = row[i].other_flow ? FLOWS - 1 : f.of[5];
		merge_all(true);
		frames = 0;
		for (unsigned k = 0; k < b.n; k++)
			frames += b.v[k]->run != 0;
		if (frames != row[i].frames)
			fail_msg("%s: %u frames", row[i].what, frames);
		(void)expect_all();
	}
}

/* 17 flows in turns: as many frames, each with all of its flow. */
static void
in_turns(void **state)
{
	(void)state;
	plain(false, true, 240);
	for (unsigned i = 0; i < 240; i++) {
		unsigned k = i % 12;

		f.b[i][15] = (uint8_t)(100 + k);
		inet_put32(f.b[i], 24, 7000 + 1000 * (i / 12));
		inet_put16(f.b[i], 4, (uint16_t)(i / 12));
		resum(i, false, true);
		f.of[i] = (uint8_t)k;
	}
	merge_all(true);
	assert_in_range(expect_all(), 12, 24);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_flows),
		cmocka_unit_test(plain_flows),
		cmocka_unit_test(rules),
		cmocka_unit_test(in_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
