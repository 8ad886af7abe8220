/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_LIFE_H
#define L2TP_LIFE_H

/*
 * DOC: tunnels from birth to oblivion: ids, the two indexes, the limits per
 * path, deadlines, and settling after each input.
 */

#include "l2tp/l2tp_int.h"

#define LIFE_LINGER_MAX	8	/* ended tunnels kept for one path */

/* The tunnel that `path` knows by our id, or NULL; ended ones included. */
struct tunnel	*life_find(const struct l2tp *, uint32_t path, uint16_t id);
/* All tunnels of a path, one after the other; NULL at the end.  The next one
 * is to be asked for before this one may go. */
struct tunnel	*life_first(const struct l2tp *, uint32_t path);
struct tunnel	*life_next(const struct l2tp *, const struct tunnel *);

/* How many of the path's tunnels have not ended. */
unsigned	 life_count(const struct l2tp *, uint32_t path);
/* May the path send a new SCCRQ now?  *bucket: what its tunnel is to carry. */
bool		 life_rate(const struct l2tp *, mono_t now, uint32_t path,
		    mono_t *bucket);

/* A tunnel in state idle with a random id; NULL if memory or the random
 * source gives none. */
struct tunnel	*life_new(struct l2tp *, mono_t now, uint32_t path,
		    enum l2tp_role);
/* Indexes a tunnel that came out of a thaw. */
void		 life_index(struct l2tp *, struct tunnel *, mono_t when);
/* Ends it without a word to the peer. */
void		 life_quiet(struct l2tp *, struct tunnel *, mono_t now,
		    const struct cause *);
/* Sends and tells what is due; sets its deadline, or forgets the tunnel. */
void		 life_settle(struct l2tp *, struct tunnel *, mono_t now,
		    struct l2tp_out *);
mono_t		 life_deadline(const struct l2tp *, const struct tunnel *);

#endif
