/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_OPTION_H
#define PPP_OPTION_H

/*
 * DOC: negotiation of Configuration Options, driven by a const table.
 *
 * Every option that LCP, IPCP and IPV6CP know has a value of at most eight
 * bytes, so a side's options are a set of bits and an array of numbers, one
 * place per row of the table.  Rows stand in the order in which we ask for them.  All
 * functions are pure: they work on copies, which the caller commits.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/drop.h"

#define OPTION_ROWS	6	/* most rows a table has */
#define OPTION_BYTES	8	/* of the longest value */

struct ppp;

struct option_set {
	uint16_t have;			/* bit i: row i is in the set */
	uint64_t val[OPTION_ROWS];
};

enum option_verdict { OPTION_ACK, OPTION_NAK, OPTION_REJ };

struct option_row {
	uint8_t type;
	uint8_t min, max;	/* bytes of the value on the wire */
	bool must;		/* we cannot go on if the peer refuses ours */
	bool never_rej;		/* Nak it however often it comes */
	/*
	 * The peer asks for *value; `fits` is false if its length was wrong
	 * (then ACK is no answer).  For a NAK *value becomes the suggestion.
	 */
	enum option_verdict (*judge)(const struct ppp *, bool fits,
	    uint64_t *value);
	/* The peer suggests another value for ours: change it or drop it. */
	void (*nak)(const struct ppp *, struct option_set *ours, unsigned row,
	    uint64_t value);
	/* NULL, or: the peer left it out; true if it is to be suggested. */
	bool (*missing)(const struct ppp *, uint64_t *value);
};

struct option_table {
	const struct option_row *row;
	unsigned n;
};

/* Reads one option.  DROP_PPP_OPTION if its length cannot be. */
enum drop	 option_next(struct rd *, uint8_t *type, struct rd *value);

/*
 * Judges the options of a Configure-Request (RFC 1661 §5.1-5.4).  *verdict is
 * the answer; `reply` is filled with the options of a Nak or Reject; `want` is
 * what an Ack would agree to.  With `firm` set Naks become Rejects
 * (Max-Failure).  A drop reason if the list cannot be read or the answer does
 * not fit.
 */
enum drop	 option_judge(const struct ppp *, const struct option_table *,
		    struct rd options, bool firm, struct option_set *want,
		    enum option_verdict *verdict, struct wr *reply);

/* Writes the options that we ask for. */
void		 option_request(const struct option_table *,
		    const struct option_set *, struct wr *);

/*
 * Checks the peer's answer to that request.  An Ack must be the same bytes; a
 * Reject a part of them in the same order; a Nak may carry other values and
 * further options, but keeps our order.  `ours` is changed to what we ask for
 * next, and is to be thrown away if a drop reason comes back.
 */
enum drop	 option_acked(const struct option_table *,
		    const struct option_set *ours, struct rd options);
enum drop	 option_rejected(const struct option_table *,
		    struct option_set *ours, struct rd options);
enum drop	 option_naked(const struct ppp *, const struct option_table *,
		    struct option_set *ours, struct rd options);

/* The type of the first option of a list, 0 if there is none. */
uint8_t		 option_first(struct rd options);

/* Did `then` ask for an option that we must have and `now` does not? */
bool		 option_lost(const struct option_table *,
		    const struct option_set *then,
		    const struct option_set *now);

bool		 option_same(const struct option_table *,
		    const struct option_set *, const struct option_set *);

static inline bool
option_has(const struct option_set *s, unsigned row)
{
	return s->have >> row & 1;
}

static inline void
option_put(struct option_set *s, unsigned row, uint64_t value)
{
	s->have = (uint16_t)(s->have | 1u << row);
	s->val[row] = value;
}

static inline void
option_drop(struct option_set *s, unsigned row)
{
	s->have = (uint16_t)(s->have & ~(1u << row));
}

#endif
