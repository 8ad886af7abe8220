/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader of the spool: any bytes are a segment file.  What it yields is
 * whole, in order, and written again to the same bytes; each block is then
 * given to an accounting queue, as a start does.
 */

#include <stdlib.h>
#include <string.h>

#include "l2tpd/spool_seg.h"
#include "radius/acct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same_again(struct rd all, const struct spool_seg_entry *e)
{
	static const size_t room = SPOOL_SEG_ENTRY + SPOOL_BLOCK_MAX;
	uint8_t *b = malloc(room);
	struct wr w = wr_make(b, room);

	if (e->type == SPOOL_SEG_STORE)
		spool_seg_put_store(&w, e->number, e->block);
	else
		spool_seg_put_forget(&w, e->number);
	rd_skip(&all, e->at);
	if (w.bad || wr_used(&w) != e->size || rd_left(&all) < e->size ||
	    memcmp(b, all.p, e->size) != 0)
		abort();
	free(b);
}

static void
restore(struct acct *a, struct acct_out *o, const struct spool_seg_entry *e)
{
	struct acct_state before, after;

	acct_state(a, &before);
	if (!acct_restore(a, mono_us(1), e->number, e->block, o)) {
		acct_state(a, &after);
		if (after.records != before.records)
			abort();
	}
	for (unsigned i = 0; i < o->n; i++)
		if (o->act[i].kind == ACCT_SEND)
			acct_done(a, mono_us(1), o->act[i].number,
			    (enum acct_verdict)(e->number % 4), o);
	acct_out_reset(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct acct_params p;
	struct acct_out *o = calloc(1, sizeof(*o));
	struct spool_seg_walk w;
	struct spool_seg_entry e;
	struct rng rng;
	struct acct *a;
	size_t end = 0;

	acct_params_default(&p);
	p.records = 16;
	p.bytes = 16384;
	p.group_n = 1;
	(void)strcpy(p.group[0], "one");
	rng_seeded(&rng, 1);
	a = acct_new(&p, &rng, NULL);
	w = spool_seg_walk(rd_make(data, size));
	while (spool_seg_next(&w, &e)) {
		if (e.at < end || w.good != e.at + e.size || w.good > size)
			abort();
		end = w.good;
		same_again(rd_make(data, size), &e);
		if (e.type == SPOOL_SEG_STORE)
			restore(a, o, &e);
	}
	if (w.good != (end > 0 ? end : w.head_ok ? SPOOL_SEG_HEAD : 0))
		abort();
	acct_free(a);
	free(o);
	return 0;
}
