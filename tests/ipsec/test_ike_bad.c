/* SPDX-License-Identifier: BSD-2-Clause */
/* Negative tests of threats.md 2.2, by number: first messages, N-01 to N-11. */

#include "tests/ipsec/ike_forge.h"

static void
n01_runts(void **state)
{
	struct world *w = up(1);
	struct world_packet p = { .to = SERVER };

	(void)state;
	for (int port = 500; port <= 4500; port += 4000) {
		p.src = p.dst = (struct endpoint){ w->nat_addr,
			(uint16_t)port };
		for (p.n = 0; p.n < 28; p.n++)
			assert_true(refused(w, &p));
	}
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_SHORT), 56);
	world_free(w);
}

static void
n02_length_lies(void **state)
{
	static const int64_t len[] = { 0, 27, -1, 1, INT64_C(0x80000000),
		INT64_C(0xffffffff) };
	struct world *w = before(2, 0);

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct world_packet p = w->q[0];
		uint32_t v = (uint32_t)(i == 2 || i == 3 ?
		    (int64_t)p.n + len[i] : len[i]);
		struct wr wr = wr_make(p.b + 24, 4);

		wr_u32(&wr, v);
		assert_true(refused(w, &p));
	}
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_LENGTH), 6);
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

static void
n03_payload_lengths(void **state)
{
	struct world *w = before(3, 0);
	struct world_packet p;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		p = w->q[0];
		p.b[30] = 0;
		p.b[31] = (uint8_t)i;
		assert_true(refused(w, &p));
	}
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_PAYLOAD_LENGTH), 4);
	p = w->q[0];
	p.b[31]++;
	assert_true(refused(w, &p));
	p = w->q[0];
	p.b[29] = 1;
	assert_true(refused(w, &p));
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_RESERVED), 1);
	p = w->q[0];
	p.b[28] = PL_SA;	/* its own type once more */
	assert_true(refused(w, &p));
	world_free(w);
}

static void
n04_many_payloads(void **state)
{
	static const unsigned count[] = { 20, 28, 1000, 16000 };
	struct world *w = world_new(4, false, false);
	static uint8_t buf[70000];
	struct endpoint a = { w->nat_addr, 500 }, b = { w->addr[SERVER], 500 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct world *c = before(40 + (uint64_t)i, 0);
		static struct forge f;
		struct isakmp_out o;
		struct rd msg;

		forge_open(&f, &c->q[0]);
		isakmp_out_init(&o, buf, sizeof(buf), &f.head);
		isakmp_out_add(&o, PL_SA, rd_make(f.part[0].b, f.part[0].n));
		for (unsigned k = 0; k < count[i]; k++)
			isakmp_out_add(&o, PL_VID, rd_make(NULL, 0));
		msg = isakmp_out_done(&o);
		assert_false(msg.bad);
		ike_input(w->s[SERVER].ike, w->now, &b, &a, msg, &w->out);
		world_take(w, SERVER);
		world_free(c);
	}
	assert_int_equal(w->s[SERVER].sent, 2);
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_PAYLOAD_COUNT), 2);
	world_free(w);
}

/* Every subset of the payloads of a clear message; those not needed may go. */
static void
subsets(uint64_t seed, unsigned at)
{
	struct world *w = before(seed, at);
	static struct forge whole, f;
	unsigned need = 0;

	forge_open(&whole, &w->q[0]);
	for (unsigned i = 0; i < whole.n; i++)
		if (isakmp_tab_cell(whole.part[i].type,
		    at == 0 ? MSG_MM1 : MSG_MM3) == 'R')
			need |= 1u << i;
	for (unsigned keep = 0; keep < 1u << whole.n; keep++) {
		struct world_packet p = w->q[0];

		if ((keep & need) == need)
			continue;
		f.head = whole.head;
		f.n = 0;
		for (unsigned i = 0; i < whole.n; i++)
			if ((keep & 1u << i) != 0)
				forge_add(&f, whole.part[i].type,
				    whole.part[i].b, whole.part[i].n);
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

static void
n05_missing_main(void **state)
{
	(void)state;
	subsets(5, 0);
	subsets(6, 2);
}

static void
n05_missing_mm5(void **state)
{
	struct world *w = before(7, 4);
	static struct forge whole, f;

	(void)state;
	forge_mm5_open(w, &w->q[0], &whole);
	assert_int_equal(whole.n, 3);	/* ID, HASH, N */
	for (unsigned keep = 0; keep < 8; keep++) {
		struct world_packet p = w->q[0];

		if ((keep & 3) == 3)
			continue;
		f.n = 0;
		for (unsigned i = 0; i < 3; i++)
			if ((keep & 1u << i) != 0)
				forge_add(&f, whole.part[i].type,
				    whole.part[i].b, whole.part[i].n);
		forge_mm5(w, &f, true, &p);
		assert_true(refused(w, &p));
	}
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

static void
n05_missing_quick(void **state)
{
	struct world *w = up(8);
	static struct forge whole, f;
	uint32_t msgid = 1000;

	(void)state;
	world_wait(w, 10000);
	forge_qm1(w, &whole);
	assert_int_equal(whole.n, 6);	/* SA, NONCE, ID, ID, NAT-OA, NAT-OA */
	for (unsigned keep = 0; keep < 1u << whole.n; keep++) {
		bool one_id = ((keep >> 2 & 1) ^ (keep >> 3 & 1)) != 0;
		struct world_packet p;

		if ((keep & 3) == 3 && !one_id)
			continue;
		f.n = 0;
		for (unsigned i = 0; i < whole.n; i++)
			if ((keep & 1u << i) != 0)
				forge_add(&f, whole.part[i].type,
				    whole.part[i].b, whole.part[i].n);
		forge_p2(w, &f, XCHG_QUICK, msgid++, &p);
		assert_true(refused(w, &p));
	}
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 1);
	forge_p2(w, &whole, XCHG_QUICK, msgid, &w->q[w->n]);
	world_give(w, &w->q[w->n]);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 2);
	world_free(w);
}

static void
n06_twice(void **state)
{
	static const uint8_t types[] = { PL_SA, PL_KE, PL_NONCE };
	static struct forge f;

	(void)state;
	for (unsigned at = 0; at <= 2; at += 2) {
		struct world *w = before(9 + at, at);

		for (int i = 0; i < 3; i++) {
			struct world_packet p = w->q[0];
			struct forge_part *part;

			forge_open(&f, &p);
			part = forge_find(&f, types[i]);
			if (part == NULL)
				continue;
			forge_add(&f, part->type, part->b, part->n);
			forge_plain(&f, &p);
			assert_true(refused(w, &p));
		}
		assert_int_equal(world_drops(w, SERVER,
		    DROP_IKE_PAYLOAD_TWICE), at == 0 ? 1 : 2);
		world_free(w);
	}
}

static void
n06_twice_protected(void **state)
{
	static const uint8_t types[] = { PL_SA, PL_NONCE, PL_ID };
	struct world *w = up(12);
	static struct forge whole, f;

	(void)state;
	world_wait(w, 10000);
	forge_qm1(w, &whole);
	for (uint32_t i = 0; i < 3; i++) {
		struct forge_part *part;
		struct world_packet p;

		f = whole;
		part = forge_find(&f, types[i]);
		forge_add(&f, part->type, part->b, part->n);
		forge_p2(w, &f, XCHG_QUICK, 2000 + i, &p);
		assert_true(refused(w, &p));
	}
	world_free(w);
}

static void
n07_foreign_types(void **state)
{
	struct world *w = before(13, 0);
	static struct forge f;

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct world_packet p = w->q[0];

		if (type == PL_CERT || type == PL_CR || type == PL_N ||
		    type == PL_VID || type == 0)
			continue;
		forge_open(&f, &p);
		forge_add(&f, (uint8_t)type, "12345678", 8);
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	/* Draft numbers are unknown where RFC 3947 was agreed. */
	world_step(w);
	world_step(w);
	for (unsigned type = 130; type < 133; type++) {
		struct world_packet p = w->q[0];

		forge_open(&f, &p);
		forge_add(&f, (uint8_t)type, "12345678901234567890", 20);
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

static void
n08_doi_and_situation(void **state)
{
	static const uint32_t doi[] = { 0, 2, 3, UINT32_MAX };
	static const uint32_t situation[] = { 0, 2, 4, 3, UINT32_MAX };
	struct world *w = before(14, 0);
	static struct forge f;
	struct world_packet p;

	(void)state;
	for (int i = 0; i < 9; i++) {
		struct wr wr;

		p = w->q[0];
		forge_open(&f, &p);
		wr = wr_make(f.part[0].b + (i < 4 ? 0 : 4), 4);
		wr_u32(&wr, i < 4 ? doi[i] : situation[i - 4]);
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_DOI), 9);
	for (size_t n = 0; n < 8; n++) {
		p = w->q[0];
		forge_open(&f, &p);
		f.part[0].n = n;
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	world_free(w);
}

/* ---- N-09: attributes, at the choice itself ---- */

static enum drop
choose_p1(const uint8_t *attrs, size_t n, int count, uint8_t id,
    uint8_t spi_size)
{
	uint8_t b[256];
	struct wr w = wr_make(b, sizeof(b));
	struct ike_params p;
	struct ike_p1_choice c;
	struct wr_len prop, t;

	world_params(&p, true);
	wr_u32(&w, 1);
	wr_u32(&w, 1);
	wr_u16(&w, 0);
	prop = wr_len16(&w);
	wr_u8(&w, 1);
	wr_u8(&w, 1);
	wr_u8(&w, spi_size);
	wr_u8(&w, (uint8_t)count);
	wr_zero(&w, spi_size < 32 ? spi_size : 0);
	wr_u16(&w, 0);
	t = wr_len16(&w);
	wr_u8(&w, 1);
	wr_u8(&w, id);
	wr_u16(&w, 0);
	wr_bytes(&w, attrs, n);
	wr_len_end(&w, t, 4);
	wr_len_end(&w, prop, 4);
	return ike_prop_p1(p.p1, p.p1_n, wr_out(&w), true, &c);
}

#define BASE	0x80, 1, 0, 7, 0x80, 2, 0, 4, 0x80, 3, 0, 1, 0x80, 4, 0, 14
#define KEY128	0x80, 14, 0, 128
#define P1(...)	choose_p1((const uint8_t[]){ __VA_ARGS__ }, \
    sizeof((const uint8_t[]){ __VA_ARGS__ }), 1, 1, 0)

static void
n09_attributes(void **state)
{
	static const uint8_t good[] = { BASE, KEY128 };

	(void)state;
	assert_int_equal(P1(BASE, KEY128), DROP_NONE);
	assert_int_equal(P1(BASE), DROP_NONE);	/* AES alone is 128 */
	/* life: TV, TLV of 4, 1 and 8 bytes; RFC 2408 allows any length */
	assert_int_equal(P1(BASE, 0x80, 11, 0, 1, 0x80, 12, 0x70, 0x80),
	    DROP_NONE);
	assert_int_equal(P1(BASE, 0x80, 11, 0, 1, 0, 12, 0, 4, 0, 0, 0x70, 0x80),
	    DROP_NONE);
	assert_int_equal(P1(BASE, 0x80, 11, 0, 1, 0, 12, 0, 1, 9), DROP_NONE);
	assert_int_equal(P1(BASE, 0x80, 11, 0, 1, 0, 12, 0, 8, 255, 255, 255,
	    255, 255, 255, 255, 255), DROP_NONE);
	/* kilobytes as well */
	assert_int_equal(P1(BASE, 0x80, 11, 0, 1, 0x80, 12, 1, 0, 0x80, 11, 0, 2,
	    0x80, 12, 1, 0), DROP_NONE);
	/* empty life, life without type, type without life, unknown type */
	assert_int_equal(P1(BASE, 0x80, 11, 0, 1, 0, 12, 0, 0),
	    DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, 0x80, 12, 0x70, 0x80), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, 0x80, 11, 0, 1), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, 0x80, 11, 0, 3, 0x80, 12, 1, 0),
	    DROP_IKE_NO_PROPOSAL);
	/* basic as variable */
	assert_int_equal(P1(0, 1, 0, 2, 0, 7, 0x80, 2, 0, 4, 0x80, 3, 0, 1, 0x80,
	    4, 0, 14), DROP_IKE_NO_PROPOSAL);
	/* key lengths */
	assert_int_equal(P1(BASE, 0x80, 14, 0, 0), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, 0x80, 14, 0, 7), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, 0x80, 14, 0, 127), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, 0x80, 14, 255, 255), DROP_IKE_NO_PROPOSAL);
	/* a key length beside 3DES; group attributes; unknown; twice, unequal */
	assert_int_equal(P1(0x80, 1, 0, 5, 0x80, 2, 0, 2, 0x80, 3, 0, 1, 0x80, 4,
	    0, 14, 0x80, 14, 0, 192), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, 0x80, 5, 0, 1), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, 0xff, 0xf0, 0, 1), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, KEY128, 0x80, 14, 1, 0), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(P1(BASE, KEY128, KEY128), DROP_NONE);
	/* TLV lengths past the end, and cut */
	assert_int_equal(P1(BASE, 0, 12, 255, 255, 0), DROP_IKE_ATTRIBUTE);
	assert_int_equal(P1(BASE, 0x80, 11, 0), DROP_IKE_ATTRIBUTE);
	/* counts, transform ids, SPI sizes */
	assert_int_equal(choose_p1(good, sizeof(good), 0, 1, 0),
	    DROP_IKE_PROPOSAL);
	assert_int_equal(choose_p1(good, sizeof(good), 2, 1, 0),
	    DROP_IKE_PROPOSAL);
	assert_int_equal(choose_p1(good, sizeof(good), 1, 2, 0),
	    DROP_IKE_NO_PROPOSAL);
	assert_int_equal(choose_p1(good, sizeof(good), 1, 1, 1), DROP_NONE);
	assert_int_equal(choose_p1(good, sizeof(good), 1, 1, 16), DROP_NONE);
	assert_int_equal(choose_p1(good, sizeof(good), 1, 1, 17),
	    DROP_IKE_PROPOSAL);
	assert_int_equal(choose_p1(good, sizeof(good), 1, 1, 255),
	    DROP_IKE_PROPOSAL);
}

/* N-26: nothing but pre-shared keys; and groups that nobody has. */
static void
n26_methods_and_groups(void **state)
{
	static const uint16_t methods[] = { 0, 2, 3, 4, 5, 64221, 65001, 65009 };
	static const uint16_t groups[] = { 0, 1, 3, 22, 26, 270, 1025, 65535 };

	(void)state;
	for (int i = 0; i < 8; i++) {
		uint8_t a[] = { BASE, KEY128 }, b[] = { BASE, KEY128 };

		a[10] = (uint8_t)(methods[i] >> 8);
		a[11] = (uint8_t)methods[i];
		assert_int_equal(choose_p1(a, sizeof(a), 1, 1, 0),
		    DROP_IKE_NO_PROPOSAL);
		b[14] = (uint8_t)(groups[i] >> 8);
		b[15] = (uint8_t)groups[i];
		assert_int_equal(choose_p1(b, sizeof(b), 1, 1, 0),
		    DROP_IKE_NO_PROPOSAL);
	}
}

static enum drop
choose_p2(uint8_t trans, const uint8_t *attrs, size_t n, uint8_t proto,
    uint8_t spi_size, uint32_t spi, bool natt)
{
	uint8_t b[256];
	struct wr w = wr_make(b, sizeof(b));
	struct ike_params p;
	struct ike_p2_choice c;
	struct wr_len prop, t;
	struct ike_p2_want want = { .udp = natt };

	world_params(&p, true);
	want.allowed = p.p2;
	want.n = p.p2_n;
	wr_u32(&w, 1);
	wr_u32(&w, 1);
	wr_u16(&w, 0);
	prop = wr_len16(&w);
	wr_u8(&w, 1);
	wr_u8(&w, proto);
	wr_u8(&w, spi_size);
	wr_u8(&w, 1);
	if (spi_size == 4)
		wr_u32(&w, spi);
	else
		wr_zero(&w, spi_size);
	wr_u16(&w, 0);
	t = wr_len16(&w);
	wr_u8(&w, 1);
	wr_u8(&w, trans);
	wr_u16(&w, 0);
	wr_bytes(&w, attrs, n);
	wr_len_end(&w, t, 4);
	wr_len_end(&w, prop, 4);
	return ike_prop_p2(&want, wr_out(&w), &c);
}

static void
n09_esp_transforms(void **state)
{
	uint8_t a[] = { 0x80, 4, 0, 2, 0x80, 6, 1, 0, 0x80, 5, 0, 2 };
	static const uint8_t bad_encap[] = { 0, 1, 3, 5 };

	(void)state;
	assert_int_equal(choose_p2(12, a, 12, 3, 4, 1000, false), DROP_NONE);
	for (unsigned t = 0; t < 256; t++)	/* GMAC 23, NULL 11, DES 2 ... */
		if (t != 12)
			assert_int_equal(choose_p2((uint8_t)t, a, 12, 3, 4,
			    1000, false), DROP_IKE_NO_PROPOSAL);
	for (unsigned s = 0; s < 40; s++)
		if (s != 4)
			assert_int_equal(choose_p2(12, a, 12, 3, (uint8_t)s,
			    0, false), DROP_IKE_NO_PROPOSAL);
	assert_int_equal(choose_p2(12, a, 12, 2, 4, 1000, false),
	    DROP_IKE_NO_PROPOSAL);
	assert_int_equal(choose_p2(12, a, 12, 3, 4, 0, false),
	    DROP_IKE_NO_PROPOSAL);
	assert_int_equal(choose_p2(12, a, 12, 3, 4, 255, false),
	    DROP_IKE_NO_PROPOSAL);
	for (int i = 0; i < 4; i++) {
		a[3] = bad_encap[i];
		assert_int_equal(choose_p2(12, a, 12, 3, 4, 1000, true),
		    DROP_IKE_NO_PROPOSAL);
	}
	a[3] = 4;
	assert_int_equal(choose_p2(12, a, 12, 3, 4, 1000, true), DROP_NONE);
	assert_int_equal(choose_p2(12, a, 12, 3, 4, 1000, false),
	    DROP_IKE_NO_PROPOSAL);
	a[2] = 0xf0;
	a[3] = 4;	/* 61444 */
	assert_int_equal(choose_p2(12, a, 12, 3, 4, 1000, true), DROP_NONE);
	a[3] = 3;	/* 61443: tunnel */
	assert_int_equal(choose_p2(12, a, 12, 3, 4, 1000, true),
	    DROP_IKE_NO_PROPOSAL);
	/* AES without authentication */
	a[2] = 0;
	a[3] = 2;
	assert_int_equal(choose_p2(12, a, 8, 3, 4, 1000, false),
	    DROP_IKE_NO_PROPOSAL);
}

static void
n10_bad_dh(void **state)
{
	struct world *w = world_new(15, true, false);
	struct ike_dial d;
	static struct forge f;
	struct world_packet p;
	size_t n;

	(void)state;
	world_dial_init(w, &d);
	d.p1[0].group = DH_MODP2048;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_step(w);
	world_step(w);
	forge_open(&f, &w->q[0]);
	n = forge_find(&f, PL_KE)->n;
	assert_int_equal(n, 256);
	for (int i = 0; i < 4; i++) {	/* 0, 1, all FF, FF..FE */
		struct forge_part *ke = forge_find(&f, PL_KE);

		memset(ke->b, i < 2 ? 0 : 0xff, n);
		ke->b[n - 1] = (uint8_t)(i == 1 ? 1 : i == 0 ? 0 : i == 2 ?
		    0xff : 0xfe);
		p = w->q[0];
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	for (int i = -1; i <= 1; i++) {
		forge_open(&f, &w->q[0]);
		forge_find(&f, PL_KE)->n = i == 0 ? 0 : n + (size_t)i;
		p = w->q[0];
		forge_plain(&f, &p);
		assert_true(refused(w, &p));
	}
	assert_int_equal(world_drops(w, SERVER, DROP_IKE_KE), 7);
	assert_int_equal(w->s[SERVER].jobs, 0);	/* no exponentiation */
	world_run(w);
	world_assert_up(w);
	world_free(w);
}

static void
n11_nonce_size(void **state)
{
	static const size_t size[] = { 0, 7, 257, 1000, 8, 256 };
	static struct forge f;

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct world *w = before(16, 2);
		struct world_packet p = w->q[0];
		unsigned sent = w->s[SERVER].sent;

		forge_open(&f, &p);
		forge_find(&f, PL_NONCE)->n = size[i];
		forge_plain(&f, &p);
		if (i < 4)
			assert_true(refused(w, &p));
		else
			world_give(w, &p);
		assert_int_equal(w->s[SERVER].sent, sent + (i >= 4));
		world_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n01_runts),
		cmocka_unit_test(n02_length_lies),
		cmocka_unit_test(n03_payload_lengths),
		cmocka_unit_test(n04_many_payloads),
		cmocka_unit_test(n05_missing_main),
		cmocka_unit_test(n05_missing_mm5),
		cmocka_unit_test(n05_missing_quick),
		cmocka_unit_test(n06_twice),
		cmocka_unit_test(n06_twice_protected),
		cmocka_unit_test(n07_foreign_types),
		cmocka_unit_test(n08_doi_and_situation),
		cmocka_unit_test(n09_attributes),
		cmocka_unit_test(n26_methods_and_groups),
		cmocka_unit_test(n09_esp_transforms),
		cmocka_unit_test(n10_bad_dh),
		cmocka_unit_test(n11_nonce_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
