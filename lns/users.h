/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_USERS_H
#define LNS_USERS_H

/*
 * DOC: which access objects have which user name.
 *
 * The objects of one name form a list; its first one stands in the index and
 * counts those that proved the name, so that a name shared by very many costs
 * no more than one of its own.
 */

#include "lns/lns_int.h"

/* Gives the object a name (escaped; empty: none), unproven. */
void		users_name(struct lns *, uint32_t access, const char *user);
/* The name is his. */
void		users_prove(struct lns *, uint32_t access);
/* How many objects proved the name. */
uint32_t	users_proven(const struct lns *, const char *user);
/* All objects of a name, proven or not; 0 at the end. */
uint32_t	users_first(const struct lns *, const char *user);
uint32_t	users_next(const struct lns *, uint32_t access);
/* Fills the index again after a thaw. */
void		users_index(struct lns *, uint32_t access);

#endif
