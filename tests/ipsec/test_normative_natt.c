/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Normative lines of threats.md 4.2 and requirements of clients.md 7 by number
 * that no other test proves: see tests/normative.txt.
 */

#include "tests/ipsec/ike_read.h"

static const uint8_t dpd_vid[16] = { 0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1,
	0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00 };
static const uint8_t natt_vid[16] = { 0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58,
	0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f };

static unsigned
count_vid(const struct forge *f, const uint8_t vid[16])
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->n; i++)
		n += f->part[i].type == PL_VID && f->part[i].n == 16 &&
		    memcmp(f->part[i].b, vid, 16) == 0;
	return n;
}

static void
forget_vid(struct forge *f, const uint8_t vid[16])
{
	for (unsigned i = f->n; i-- > 0;)
		if (f->part[i].type == PL_VID &&
		    memcmp(f->part[i].b, vid, 16) == 0)
			forge_del(f, i);
}

/*
 * 53, 61, clients.md 6, 14: MM2 is SA and vendor ids; one for NAT-T, the best
 * that was offered; DPD's for those who sent it, and they alone are probed.
 */
static void
r53_vendor_ids_of_mm2(void **state)
{
	static struct forge f;

	(void)state;
	for (unsigned dpd = 0; dpd < 2; dpd++) {
		struct world *w = before(9, 0);
		unsigned sent;

		forge_open(&f, &w->q[0]);
		assert_int_equal(count_vid(&f, dpd_vid), 1);
		if (dpd == 0)
			forget_vid(&f, dpd_vid);
		forge_plain(&f, &w->q[0]);
		assert_true(world_step(w));
		forge_open(&f, &w->q[0]);
		assert_int_equal(f.n, 2 + dpd);
		assert_int_equal(f.part[0].type, PL_SA);
		assert_int_equal(count_vid(&f, natt_vid), 1);
		assert_int_equal(count_vid(&f, dpd_vid), dpd);
		world_run(w);
		world_assert_up(w);
		sent = w->s[SERVER].sent;
		w->s[CLIENT].p.dpd_idle_s = 0;
		world_wait(w, 1200 * 1000);
		assert_int_equal(w->s[SERVER].sent > sent, dpd);
		assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], 0);
		world_free(w);
	}
}

/* 54: every probe is answered with its own number, old ones as well. */
static void
r54_probes_are_answered(void **state)
{
	static const uint32_t seq[] = { 0x01020304, 0x01020305, 0x01020305, 7,
		UINT32_MAX };
	struct world *w = up(10);

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		struct world_packet p;

		world_wait(w, 2000);
		w->n = 0;
		forge_dpd(w, N_R_U_THERE, seq[i], 80 + i, &p);
		world_give(w, &p);
		assert_int_equal(w->n, 1);
		assert_int_equal(read_dpd(w, &w->q[0], N_R_U_THERE_ACK),
		    seq[i]);
	}
	world_free(w);
}

static struct world_packet probe[8];
static unsigned probes;

/* The client hears nothing and says nothing. */
static bool
hook_probes(struct world *w, struct world_packet *p)
{
	(void)w;
	if (p->to == CLIENT && probes < 8)
		probe[probes++] = *p;
	return false;
}

/* 21, 56: random start, high bit clear, one more each; a message id for each. */
static void
r56_own_probes(void **state)
{
	uint32_t first[2] = { 0, 0 };

	(void)state;
	for (uint64_t i = 0; i < 2; i++) {
		struct world *w = up(11 + i);
		uint32_t ids[8];

		probes = 0;
		w->hook = hook_probes;
		world_wait(w, 100 * 1000);
		assert_in_range(probes, 3, 8);
		first[i] = read_dpd(w, &probe[0], N_R_U_THERE);
		for (unsigned k = 0; k < probes; k++) {
			uint32_t seq = read_dpd(w, &probe[k], N_R_U_THERE);

			assert_true(seq >> 31 == 0);
			assert_int_equal(seq, first[i] + k);
			memcpy(&ids[k], probe[k].b + 20, 4);
			for (unsigned j = 0; j < k; j++)
				assert_int_not_equal(ids[k], ids[j]);
		}
		world_free(w);
	}
	assert_int_not_equal(first[0], first[1]);
}

/* 57: an answer with another number, or about another SA, is none. */
static void
r57_wrong_answers(void **state)
{
	(void)state;
	for (unsigned right = 0; right < 2; right++) {
		struct world *w = up(13);
		struct world_packet p;
		uint32_t seq;

		probes = 0;
		w->hook = hook_probes;
		while (probes == 0)
			world_wait(w, 1000);
		seq = read_dpd(w, &probe[0], N_R_U_THERE);
		forge_dpd(w, N_R_U_THERE_ACK, seq + 1, 90, &p);
		world_give(w, &p);
		forge_dpd(w, N_R_U_THERE_ACK, seq - 1, 91, &p);
		world_give(w, &p);
		assert_int_equal(world_drops(w, SERVER, DROP_IKE_DPD_SEQ), 2);
		forge_sa(w)->cky_r[0] ^= 1;	/* in the SPI ... */
		forge_dpd(w, N_R_U_THERE_ACK, seq, 92, &p);
		forge_sa(w)->cky_r[0] ^= 1;
		p.b[8] ^= 1;			/* ... not in the header */
		world_give(w, &p);
		assert_int_equal(world_drops(w, SERVER, DROP_IKE_NOTIFY), 1);
		if (right != 0) {
			forge_dpd(w, N_R_U_THERE_ACK, seq, 93, &p);
			world_give(w, &p);
		}
		w->hook = hook_probes;
		world_wait(w, 90 * 1000);
		assert_int_equal(w->s[SERVER].acts[IKE_PEER_GONE], !right);
		world_free(w);
	}
}

static bool
hook_floated(struct world *w, struct world_packet *p)
{
	if (p->to == CLIENT && w->seen >= (w->arg != 0 ? 1 : 5)) {
		assert_true(p->marker);
		assert_int_equal(p->src.port, 4500);
	}
	return true;
}

/* 62, 63: behind the marker from 4500 on; also from the first message on. */
static void
r63_begins_on_4500(void **state)
{
	(void)state;
	for (unsigned begin = 0; begin < 2; begin++) {
		struct world *w = world_new(14, true, false);
		struct ike_dial d;

		w->hook = hook_floated;
		w->arg = begin;
		world_dial_init(w, &d);
		if (begin != 0)
			d.local.port = d.remote.port = 4500;
		assert_int_not_equal(world_dial(w, &d), 0);
		world_run(w);
		world_assert_up(w);
		assert_true(w->s[SERVER].kid[0].encap);
		assert_int_equal(w->s[SERVER].peer.local.port, 4500);
		assert_int_equal(w->s[SERVER].peer.remote.port, 5500);
		ike_close(w->s[SERVER].ike, w->now, w->s[SERVER].sa, &w->out);
		world_take(w, SERVER);
		world_run(w);
		world_free(w);
	}
}

/* 64: MM5 once more, but on port 500. */
static void
r64_main_mode_after_the_float(void **state)
{
	struct world *w = before(15, 4);
	struct world_packet mm5 = w->q[0];

	(void)state;
	world_run(w);
	world_assert_up(w);
	mm5.src.port = 1500;
	mm5.dst.port = 500;
	assert_true(refused(w, &mm5));
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_SOURCE), 1);
	world_free(w);
}

/* clients.md 7: MM4 has the hash of the peer's address first, then ours. */
static void
c7_nat_detection_of_mm4(void **state)
{
	struct world *w = before(16, 2);
	struct endpoint them = w->q[0].src, us = w->q[0].dst;
	static struct forge f;
	uint8_t want[HASH_MAX];

	(void)state;
	assert_true(world_step(w));
	forge_open(&f, &w->q[0]);
	assert_int_equal(f.n, 4);
	assert_int_equal(f.part[0].type, PL_KE);
	assert_int_equal(f.part[1].type, PL_NONCE);
	for (unsigned i = 2; i < 4; i++) {
		assert_int_equal(f.part[i].type, PL_NATD);
		assert_true(ike_natt_hash(HASH_SHA256, f.head.cky_i,
		    f.head.cky_r, i == 2 ? &them : &us, want));
		assert_int_equal(f.part[i].n, 32);
		assert_memory_equal(f.part[i].b, want, 32);
	}
	world_free(w);
}

/* 66, clients.md 19: both addresses for those who sent theirs, else none. */
static void
r66_original_addresses(void **state)
{
	static const uint8_t v4[8] = { 1, 0, 0, 0, 10, 0, 0, 2 };
	static const uint8_t v6[20] = { 5, 0, 0, 0, 0x20, 1, 0xd, 0xb8 };
	uint32_t msgid = 100;

	(void)state;
	for (unsigned n = 0; n <= 3; n++) {
		static struct forge whole, f;
		struct world *w = before_qm1(17, &whole);
		struct world_packet qm1, qm2;
		unsigned sent = w->s[SERVER].sent;

		whole.n = 4;
		for (unsigned i = 0; i < n; i++)
			forge_add(&whole, PL_NATOA, i == 1 ? v6 : v4,
			    i == 1 ? 20 : 8);
		if (n == 3) {
			forge_p2(w, &whole, XCHG_QUICK, msgid, &qm1);
			world_give(w, &qm1);
			assert_int_equal(w->s[SERVER].sent, sent);
			world_free(w);
			continue;
		}
		ask(w, &whole, msgid++, &qm1, &qm2);
		open_qm2(w, &qm1, &qm2, &f);
		assert_int_equal(f.n, n > 0 ? 7 : 5);
		if (n > 0) {
			assert_int_equal(f.part[5].type, PL_NATOA);
			assert_memory_equal(f.part[5].b,
			    "\1\0\0\0\xc6\x33\x64\x07", 8);
			assert_memory_equal(f.part[6].b,
			    "\1\0\0\0\xcb\0\x71\1", 8);
		}
		world_free(w);
	}
}

/* clients.md 17: one message id of two clients behind one NAT. */
static void
c17_equal_message_ids(void **state)
{
	static struct forge f;
	struct world *w = before_qm1(18, &f);
	struct world_packet qm1, qm2;
	struct ike_dial d;
	unsigned kids;

	(void)state;
	ask(w, &f, 1, &qm1, &qm2);
	assert_int_equal(w->s[SERVER].kids, 2);
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_wait(w, 10000);
	w->n = 0;
	forge_qm1(w, &f);
	kids = w->s[SERVER].kids;
	ask(w, &f, 1, &qm1, &qm2);
	assert_int_equal(w->s[SERVER].kids, kids + 1);
	world_free(w);
}

/* clients.md 18: no identities mean the outer addresses and UDP 1701. */
static void
c18_absent_identities(void **state)
{
	static struct forge whole, f;
	struct world *w = before_qm1(19, &whole);
	struct world_packet qm1, qm2;

	(void)state;
	whole.n = 2;
	ask(w, &whole, 1, &qm1, &qm2);
	open_qm2(w, &qm1, &qm2, &f);
	assert_int_equal(f.n, 3);	/* none come back */
	assert_int_equal(w->s[SERVER].kid[1].port_here, 1701);
	assert_int_equal(w->s[SERVER].kid[1].port_there, 1701);
	world_free(w);
}

/*
 * N-14 and 67: a child that lost its ISAKMP SA moves with its path, so that
 * its peer can still delete it from where it is now.
 */
static void
r67_orphans_move_as_well(void **state)
{
	struct endpoint to = { ipaddr_v4(0xc6336463), 9999 };

	(void)state;
	for (unsigned moved = 0; moved < 2; moved++) {
		struct world *w = up(20);
		struct world_side *s = &w->s[SERVER];

		ike_rekey_peer(w->s[CLIENT].ike, w->now, w->s[CLIENT].sa,
		    &w->out);
		world_take(w, CLIENT);
		world_run(w);
		assert_int_equal(s->acts[IKE_PEER_GONE], 1);
		ike_moved(s->ike, w->now, s->sa, &s->peer.local, &to);
		if (moved != 0)
			ike_child_moved(s->ike, s->kid_h[0], &s->peer.local,
			    &to);
		ike_child_close(w->s[CLIENT].ike, w->now,
		    w->s[CLIENT].kid_h[0], &w->out);
		world_take(w, CLIENT);
		world_run(w);
		assert_int_equal(s->acts[IKE_CHILD_GONE], moved);
		world_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r53_vendor_ids_of_mm2),
		cmocka_unit_test(r54_probes_are_answered),
		cmocka_unit_test(r56_own_probes),
		cmocka_unit_test(r57_wrong_answers),
		cmocka_unit_test(r63_begins_on_4500),
		cmocka_unit_test(r64_main_mode_after_the_float),
		cmocka_unit_test(r66_original_addresses),
		cmocka_unit_test(r67_orphans_move_as_well),
		cmocka_unit_test(c7_nat_detection_of_mm4),
		cmocka_unit_test(c17_equal_message_ids),
		cmocka_unit_test(c18_absent_identities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
