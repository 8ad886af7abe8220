/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_USERS_H
#define LNS_USERS_H

/*
 * DOC: which access objects have which user name.
 *
 * The objects of one name form a list whose first one stands in the index, so
 * that a name shared by very many costs no more than one of its own.
 *
 * How many sessions somebody has is counted by account, not by name: a server
 * takes `alice', `ALICE' and `CORP\alice' for the same user and says so by
 * the User-Name of its answer.
 */

#include "lns/lns_int.h"

/* Gives the object a name (escaped; empty: none), unproven. */
void		users_name(struct lns *, uint32_t access, const char *user);
/*
 * The account of a name, of any case, among the users of a group of servers
 * (AAA_NO_GROUP: the local ones).  Never 0.
 */
uint64_t	users_who(const struct lns *, uint32_t group, struct rd name);
/* He is in, and his session counts for this account until its end. */
void		users_prove(struct lns *, uint32_t access, uint64_t who);
/* How many sessions an account has. */
uint32_t	users_proven(const struct lns *, uint64_t who);
/* All objects of a name, proven or not; 0 at the end. */
uint32_t	users_first(const struct lns *, const char *user);
uint32_t	users_next(const struct lns *, uint32_t access);
/* Fills the index again after a thaw. */
void		users_index(struct lns *, uint32_t access);

#endif
