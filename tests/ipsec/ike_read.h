/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_IPSEC_IKE_READ_H
#define TESTS_IPSEC_IKE_READ_H

/*
 * DOC: what the server says, read byte by byte with the client's keys, so that
 * a mistake that both roles share is seen.
 */

#include "tests/ipsec/ike_forge.h"

/* The reply to a QM1: its IV is the last block of that. */
static inline void
open_qm2(const struct world *w, const struct world_packet *qm1,
    const struct world_packet *qm2, struct forge *f)
{
	static uint8_t plain[IKE_PLAIN_MAX];
	const struct ike_sa *s = forge_sa(w);
	size_t block = cipher_block_size(s->p1.cipher);
	uint8_t iv[CIPHER_BLOCK_MAX];
	struct rd body;

	memcpy(iv, qm1->b + qm1->n - block, block);
	assert_int_equal(isakmp_head_decode(rd_make(qm2->b, qm2->n), &f->head,
	    &body), DROP_NONE);
	assert_int_equal(f->head.xchg, XCHG_QUICK);
	forge_take(f, ike_keys_open(s->p1.cipher, s->key, iv, body, plain),
	    f->head.next, true);
}

static inline void
open_info(const struct world *w, const struct world_packet *p, struct forge *f)
{
	static uint8_t plain[IKE_PLAIN_MAX];
	const struct ike_sa *s = forge_sa(w);
	uint8_t iv[CIPHER_BLOCK_MAX];
	struct rd body;

	assert_int_equal(isakmp_head_decode(rd_make(p->b, p->n), &f->head,
	    &body), DROP_NONE);
	assert_int_equal(f->head.xchg, XCHG_INFO);
	assert_int_equal(f->head.flags, ISAKMP_FLAG_E);
	assert_int_not_equal(f->head.msgid, 0);
	assert_true(ike_p2_iv(s, f->head.msgid, iv));
	forge_take(f, ike_keys_open(s->p1.cipher, s->key, iv, body, plain),
	    f->head.next, true);
	/* clients.md 15: HASH and one payload. */
	assert_int_equal(f->n, 2);
	assert_int_equal(f->part[0].type, PL_HASH);
}

static inline void
put_cookies(const struct world *w, uint8_t b[16])
{
	memcpy(b, forge_sa(w)->cky_i, 8);
	memcpy(b + 8, forge_sa(w)->cky_r, 8);
}

/* A dead peer detection notify of the client's. */
static inline void
forge_dpd(const struct world *w, uint16_t type, uint32_t seq, uint32_t msgid,
    struct world_packet *p)
{
	static struct forge f;
	uint8_t b[28];
	struct wr wr = wr_make(b, sizeof(b));

	wr_u32(&wr, ISAKMP_DOI_IPSEC);
	wr_u8(&wr, PROTO_ISAKMP);
	wr_u8(&wr, 16);
	wr_u16(&wr, type);
	put_cookies(w, b + 8);
	(void)wr_room(&wr, 16);
	wr_u32(&wr, seq);
	f.n = 0;
	forge_add(&f, PL_N, b, sizeof(b));
	forge_p2(w, &f, XCHG_INFO, msgid, p);
}

/* Its sequence number; the rest is as RFC 3706 §5.3 wants it. */
static inline uint32_t
read_dpd(const struct world *w, const struct world_packet *p, uint16_t type)
{
	static struct forge f;
	uint8_t cookies[16];
	struct rd r;

	open_info(w, p, &f);
	put_cookies(w, cookies);
	assert_int_equal(f.part[1].type, PL_N);
	assert_int_equal(f.part[1].n, 28);
	r = rd_make(f.part[1].b, 28);
	assert_int_equal(rd_u32(&r), ISAKMP_DOI_IPSEC);
	assert_int_equal(rd_u8(&r), PROTO_ISAKMP);
	assert_int_equal(rd_u8(&r), 16);
	assert_int_equal(rd_u16(&r), type);
	assert_memory_equal(r.p, cookies, 16);
	rd_skip(&r, 16);
	return rd_u32(&r);
}

/* A second quick mode of the client's, its parts in `f`. */
static inline struct world *
before_qm1(uint64_t seed, struct forge *f)
{
	struct world *w = up(seed);

	world_wait(w, 10000);
	w->n = 0;
	forge_qm1(w, f);
	return w;
}

/* Gives QM1 of these parts; the server's answer, whatever it is, in `reply`. */
static inline void
ask(struct world *w, const struct forge *f, uint32_t msgid,
    struct world_packet *qm1, struct world_packet *reply)
{
	unsigned n = w->n;

	forge_p2(w, f, XCHG_QUICK, msgid, qm1);
	world_give(w, qm1);
	assert_int_equal(w->n, n + 1);
	*reply = w->q[--w->n];
}

#endif
