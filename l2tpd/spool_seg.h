/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_SPOOL_SEG_H
#define L2TPD_SPOOL_SEG_H

/*
 * DOC: the bytes of one segment file of the spool.
 *
 *	head	"l2tpacct", version, number of the segment, CRC32C of these
 *	entry	mark, length, CRC32C of length and body; body: type, record
 *		number and, for STORE, the block
 *
 * Entries are only ever appended.  A reader that meets bytes that are no entry
 * looks for the next mark behind which a whole entry stands, so damage costs
 * what it hit and no more; what follows the last entry is a torn end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define SPOOL_SEG_HEAD		24	/* bytes */
#define SPOOL_SEG_ENTRY		21	/* bytes of an entry but its block */
#define SPOOL_BLOCK_MAX		8192

enum spool_seg_type { SPOOL_SEG_STORE = 1, SPOOL_SEG_FORGET = 2 };

struct spool_seg_entry {
	enum spool_seg_type type;
	uint64_t number;
	struct rd block;	/* borrowed; empty for FORGET */
	size_t at, size;	/* the whole entry in the file */
};

struct spool_seg_walk {		/* borrows the bytes */
	struct rd all;
	size_t at;
	bool head_ok;
	uint64_t id;		/* of the head, if it is right */
	uint32_t damaged;	/* stretches that were skipped */
	size_t good;		/* end of the last whole entry, or of the head */
};

void	spool_seg_put_head(struct wr *, uint64_t id);
void	spool_seg_put_store(struct wr *, uint64_t number, struct rd block);
void	spool_seg_put_forget(struct wr *, uint64_t number);

struct spool_seg_walk	spool_seg_walk(struct rd all);
/* False when no whole entry is left; what is behind `good` is torn. */
bool	spool_seg_next(struct spool_seg_walk *, struct spool_seg_entry *);

#endif
