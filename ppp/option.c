/* SPDX-License-Identifier: BSD-2-Clause */
/* Negotiation of options: see option.h. */

#include <string.h>

#include "ppp/option.h"

#define OPTION_HEAD	2	/* type and length, both counted in length */

enum drop
option_next(struct rd *r, uint8_t *type, struct rd *value)
{
	uint8_t len;

	*type = rd_u8(r);
	len = rd_u8(r);
	/* A length below 2 wraps to a huge one, which rd_sub() refuses. */
	*value = rd_sub(r, (size_t)len - OPTION_HEAD);
	return r->bad ? DROP_PPP_OPTION : DROP_NONE;
}

static int
option_row_of(const struct option_table *t, uint8_t type)
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		if (t->row[i].type == type)
			return (int)i;
	return -1;
}

/* The value as a number; false if its length is not one of the row's. */
static bool
option_value(const struct option_row *row, struct rd value, uint64_t *out)
{
	size_t n = rd_left(&value);

	*out = 0;
	if (n < row->min || n > row->max)
		return false;
	while (rd_left(&value) > 0)
		*out = *out << 8 | rd_u8(&value);
	return true;
}

/*
 * Writes one option.  A row whose length varies (Authentication-Protocol) has
 * as many bytes as its number needs.
 */
static void
option_write(struct wr *w, const struct option_row *row, uint64_t value)
{
	unsigned n = row->min;

	while (n < row->max && value >> 8 * n != 0)
		n++;
	wr_u8(w, row->type);
	wr_u8(w, (uint8_t)(n + OPTION_HEAD));
	while (n-- > 0)
		wr_u8(w, (uint8_t)(value >> 8 * n));
}

static void
option_write_raw(struct wr *w, uint8_t type, struct rd value)
{
	wr_u8(w, type);
	wr_u8(w, (uint8_t)(rd_left(&value) + OPTION_HEAD));
	wr_rd(w, value);
}

struct judging {		/* of one Configure-Request */
	const struct ppp *ppp;
	const struct option_table *table;
	bool firm;
	uint16_t seen;		/* rows */
	struct wr nak, rej;
};

/* One option.  An unknown one, or one that comes twice, is rejected. */
static void
option_judge_one(struct judging *j, struct option_set *want, uint8_t type,
    struct rd raw)
{
	int i = option_row_of(j->table, type);
	const struct option_row *row;
	enum option_verdict v;
	uint64_t value;
	bool fits;

	if (i < 0 || (j->seen >> i & 1)) {
		option_write_raw(&j->rej, type, raw);
		return;
	}
	row = &j->table->row[i];
	j->seen = (uint16_t)(j->seen | 1u << i);
	fits = option_value(row, raw, &value);
	v = row->judge(j->ppp, fits, &value);
	/* RFC 1661 §4.6, Max-Failure: no more Naks. */
	if (v == OPTION_NAK && j->firm && !row->never_rej)
		v = OPTION_REJ;
	switch (v) {
	case OPTION_ACK:
		option_put(want, (unsigned)i, value);
		break;
	case OPTION_NAK:
		option_write(&j->nak, row, value);
		break;
	case OPTION_REJ:
		option_write_raw(&j->rej, type, raw);
		break;
	}
}

/* RFC 1661 §5.3: options that the peer did not list may be appended. */
static void
option_judge_missing(struct judging *j)
{
	const struct option_row *row;
	uint64_t value;
	unsigned i;

	for (i = 0; i < j->table->n; i++) {
		row = &j->table->row[i];
		if (row->missing != NULL && !(j->seen >> i & 1) &&
		    row->missing(j->ppp, &value))
			option_write(&j->nak, row, value);
	}
}

enum drop
option_judge(const struct ppp *p, const struct option_table *t,
    struct rd options, bool firm, struct option_set *want,
    enum option_verdict *verdict, struct wr *reply)
{
	/* Each row is in a Nak at most once. */
	uint8_t nak_buf[OPTION_ROWS * (OPTION_HEAD + OPTION_BYTES)];
	struct judging j = { .ppp = p, .table = t, .firm = firm };
	enum drop why;
	struct rd raw;
	uint8_t type;

	memset(want, 0, sizeof(*want));
	j.nak = wr_make(nak_buf, sizeof(nak_buf));
	j.rej = *reply;
	while (rd_left(&options) > 0) {
		why = option_next(&options, &type, &raw);
		if (why != DROP_NONE)
			return why;
		option_judge_one(&j, want, type, raw);
	}
	option_judge_missing(&j);
	*verdict = OPTION_ACK;
	if (wr_used(&j.rej) > wr_used(reply) || j.rej.bad) {
		*verdict = OPTION_REJ;
		*reply = j.rej;
	} else if (wr_used(&j.nak) > 0) {
		*verdict = OPTION_NAK;
		wr_rd(reply, wr_out(&j.nak));
	}
	return reply->bad ? DROP_PPP_LENGTH : DROP_NONE;
}

void
option_request(const struct option_table *t, const struct option_set *ours,
    struct wr *w)
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		if (option_has(ours, i))
			option_write(w, &t->row[i], ours->val[i]);
}

enum drop
option_acked(const struct option_table *t, const struct option_set *ours,
    struct rd options)
{
	uint8_t buf[OPTION_ROWS * (OPTION_HEAD + OPTION_BYTES)];
	struct wr w = wr_make(buf, sizeof(buf));

	option_request(t, ours, &w);
	return rd_eq(options, buf, wr_used(&w)) ? DROP_NONE : DROP_PPP_OPTION;
}

enum drop
option_rejected(const struct option_table *t, struct option_set *ours,
    struct rd options)
{
	enum drop why;
	uint64_t value;
	struct rd raw;
	uint8_t type;
	int i, last = -1;

	if (rd_left(&options) == 0)
		return DROP_PPP_OPTION;
	while (rd_left(&options) > 0) {
		why = option_next(&options, &type, &raw);
		if (why != DROP_NONE)
			return why;
		/* RFC 1661 §5.4: a part of our list, in our order. */
		i = option_row_of(t, type);
		if (i <= last || !option_has(ours, (unsigned)i) ||
		    !option_value(&t->row[i], raw, &value) ||
		    value != ours->val[i])
			return DROP_PPP_OPTION;
		option_drop(ours, (unsigned)i);
		last = i;
	}
	return DROP_NONE;
}

enum drop
option_naked(const struct ppp *p, const struct option_table *t,
    struct option_set *ours, struct rd options)
{
	struct option_set asked = *ours;
	enum drop why;
	uint64_t value;
	struct rd raw;
	uint8_t type;
	int i, last = -1;

	if (rd_left(&options) == 0)
		return DROP_PPP_OPTION;
	while (rd_left(&options) > 0) {
		why = option_next(&options, &type, &raw);
		if (why != DROP_NONE)
			return why;
		i = option_row_of(t, type);
		/* RFC 1661 §5.3: hints to ask for more; we do not. */
		if (i < 0 || !option_has(&asked, (unsigned)i))
			continue;
		if (i <= last || !option_value(&t->row[i], raw, &value))
			return DROP_PPP_OPTION;
		t->row[i].nak(p, ours, (unsigned)i, value);
		last = i;
	}
	return DROP_NONE;
}

uint8_t
option_first(struct rd options)
{
	return rd_u8(&options);
}

bool
option_lost(const struct option_table *t, const struct option_set *then,
    const struct option_set *now)
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		if (t->row[i].must && option_has(then, i) &&
		    !option_has(now, i))
			return true;
	return false;
}

bool
option_same(const struct option_table *t, const struct option_set *a,
    const struct option_set *b)
{
	unsigned i;

	if (a->have != b->have)
		return false;
	for (i = 0; i < t->n; i++)
		if (option_has(a, i) && a->val[i] != b->val[i])
			return false;
	return true;
}
