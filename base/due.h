/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_DUE_H
#define BASE_DUE_H

/*
 * DOC: a deadline heap over the slots of a pool: each slot has at most one
 * deadline; the earliest is found at once.  No allocation after init; rebuilt
 * from the pool after a thaw.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"

struct due {
	mono_t *when;		/* owned; per slot; valid while in the heap */
	uint32_t *heap;		/* owned; slots, earliest first */
	uint32_t *pos;		/* owned; per slot: place in heap + 1, or 0 */
	uint32_t slots;
	uint32_t used;
};

/* Bytes that due_init() asks for. */
size_t	due_bytes(uint32_t slots);
int	due_init(struct due *, uint32_t slots);
void	due_wipe(struct due *);
void	due_clear(struct due *);

/* Sets, moves or (with MONO_NEVER) removes the slot's deadline. */
void	due_set(struct due *, uint32_t slot, mono_t);
/* The earliest deadline, MONO_NEVER if none. */
mono_t	due_first(const struct due *);
/* Removes and yields one slot whose deadline has come; false if none has. */
bool	due_next(struct due *, mono_t now, uint32_t *slot);

#endif
