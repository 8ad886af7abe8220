/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a segment: see spool_seg.h. */

#include "base/crc.h"
#include "l2tpd/spool_seg.h"

#define MAGIC		"l2tpacct"
#define MAGIC_LEN	8
#define VERSION		1
#define MARK		0xacc7e27au
#define FRONT		12	/* mark, length, CRC */
#define BODY		9	/* type and number */

void
spool_seg_put_head(struct wr *w, uint64_t id)
{
	const uint8_t *start = w->p;

	wr_bytes(w, MAGIC, MAGIC_LEN);
	wr_u32(w, VERSION);
	wr_u64(w, id);
	if (!w->bad)
		wr_u32(w, crc32c(0, start, SPOOL_SEG_HEAD - 4));
}

static void
put(struct wr *w, enum spool_seg_type type, uint64_t number, struct rd block)
{
	uint32_t len = (uint32_t)(BODY + rd_left(&block));
	uint8_t front[FRONT], body[BODY];
	struct wr f = wr_make(front, sizeof(front));
	struct wr b = wr_make(body, sizeof(body));
	uint32_t crc;

	wr_u32(&f, MARK);
	wr_u32(&f, len);
	wr_u8(&b, (uint8_t)type);
	wr_u64(&b, number);
	crc = crc32c(0, front + 4, 4);
	crc = crc32c(crc, body, sizeof(body));
	wr_u32(&f, crc32c(crc, block.p, rd_left(&block)));
	/* All or nothing: a writer that is full takes no front alone. */
	if (wr_left(w) < FRONT + len)
		w->bad = true;
	wr_bytes(w, front, sizeof(front));
	wr_bytes(w, body, sizeof(body));
	wr_rd(w, block);
}

void
spool_seg_put_store(struct wr *w, uint64_t number, struct rd block)
{
	put(w, SPOOL_SEG_STORE, number, block);
}

void
spool_seg_put_forget(struct wr *w, uint64_t number)
{
	put(w, SPOOL_SEG_FORGET, number, rd_make(NULL, 0));
}

struct spool_seg_walk
spool_seg_walk(struct rd all)
{
	struct spool_seg_walk w = { .all = all };
	struct rd r = all, head = rd_sub(&r, SPOOL_SEG_HEAD), magic;
	uint32_t crc = head.bad ? 0 : crc32c(0, head.p, SPOOL_SEG_HEAD - 4);
	uint32_t version;

	magic = rd_sub(&head, MAGIC_LEN);
	version = rd_u32(&head);
	w.id = rd_u64(&head);
	w.head_ok = rd_eq(magic, MAGIC, MAGIC_LEN) && version == VERSION &&
	    rd_u32(&head) == crc && rd_done(&head);
	if (w.head_ok)
		w.at = w.good = SPOOL_SEG_HEAD;
	return w;
}

/* Is there a whole entry at `at`? */
static bool
entry_at(const struct spool_seg_walk *w, size_t at, struct spool_seg_entry *e)
{
	struct rd r = w->all, body;
	uint32_t len, crc, sum;
	uint8_t len_bytes[4];
	struct wr lw = wr_make(len_bytes, sizeof(len_bytes));

	rd_skip(&r, at);
	if (rd_u32(&r) != MARK)
		return false;
	len = rd_u32(&r);
	crc = rd_u32(&r);
	if (len < BODY || len > BODY + SPOOL_BLOCK_MAX)
		return false;
	body = rd_sub(&r, len);
	if (body.bad)
		return false;
	wr_u32(&lw, len);
	sum = crc32c(0, len_bytes, sizeof(len_bytes));
	if (crc32c(sum, body.p, len) != crc)
		return false;
	e->type = (enum spool_seg_type)rd_u8(&body);
	e->number = rd_u64(&body);
	e->block = rd_rest(&body);
	e->at = at;
	e->size = FRONT + len;
	return e->type == SPOOL_SEG_STORE ||
	    (e->type == SPOOL_SEG_FORGET && rd_left(&e->block) == 0);
}

bool
spool_seg_next(struct spool_seg_walk *w, struct spool_seg_entry *e)
{
	size_t end = rd_left(&w->all);

	for (size_t at = w->at; at < end; at++) {
		if (!entry_at(w, at, e))
			continue;
		w->damaged += at != w->good;
		w->at = w->good = at + e->size;
		return true;
	}
	w->at = end;
	return false;
}
