/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_RING_H
#define BASE_RING_H

/*
 * DOC: a ring of records between two threads, one that puts and one that
 * takes.  Records are bytes of any length up to half the ring, each in one
 * piece and aligned to 8.  No lock, no allocation after ring_new(), and a full
 * ring refuses: the caller counts the loss.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* Bytes that ring_new() asks for. */
size_t		 ring_bytes(size_t bytes);
/* `bytes` is rounded up to a power of two, at least 256.  NULL: no memory. */
struct ring	*ring_new(size_t bytes);
void		 ring_free(struct ring *);

/*
 * The putting thread.  ring_room() yields n bytes to be filled, or NULL if
 * they do not fit now; ring_put() publishes the first n of them.  A room that
 * is not put is forgotten by the next ring_room().
 */
void		*ring_room(struct ring *, size_t n);
void		 ring_put(struct ring *, size_t n);
/* A moment in the ring's life: everything that was put so far. */
uint64_t	 ring_mark(const struct ring *);

/*
 * The taking thread.  ring_peek() yields the oldest record and its length, or
 * NULL; it is borrowed until ring_drop() gives its place back.
 */
void		*ring_peek(struct ring *, size_t *n);
void		 ring_drop(struct ring *);

/* Any thread.  Has everything before the mark been dropped?  Is it empty? */
bool		 ring_passed(const struct ring *, uint64_t mark);
bool		 ring_empty(const struct ring *);

#endif
