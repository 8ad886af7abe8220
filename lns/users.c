/* SPDX-License-Identifier: BSD-2-Clause */
/* Access objects by user name: see users.h. */

#include <stdio.h>
#include <string.h>

#include "lns/users.h"

static struct access *
user_get(const struct lns *l, uint32_t access)
{
	return pool_get(&l->accesses, access);
}

static uint64_t
user_hash(const struct lns *l, const char *user)
{
	return hash_bytes(&l->hash, user, strlen(user));
}

uint32_t
users_first(const struct lns *l, const char *user)
{
	uint32_t i = htab_find(&l->access_by_user, user_hash(l, user));

	for (; i != HTAB_NONE; i = htab_next(&l->access_by_user, i)) {
		uint32_t h;
		const struct access *a = pool_at(&l->accesses, i, &h);

		if (a != NULL && strcmp(a->user, user) == 0)
			return h;
	}
	return 0;
}

uint32_t
users_next(const struct lns *l, uint32_t access)
{
	return user_get(l, access)->user_next;
}

uint32_t
users_proven(const struct lns *l, const char *user)
{
	const struct access *first = user_get(l, users_first(l, user));

	return first != NULL ? first->user_proven : 0;
}

static void
users_link(struct lns *l, uint32_t access, struct access *a)
{
	uint32_t first = users_first(l, a->user);
	struct access *f = user_get(l, first);
	struct access *second;

	if (f == NULL) {
		htab_add(&l->access_by_user, pool_slot(access),
		    user_hash(l, a->user));
		return;
	}
	second = user_get(l, f->user_next);
	a->user_prev = first;
	a->user_next = f->user_next;
	if (second != NULL)
		second->user_prev = access;
	f->user_next = access;
}

static void
users_unlink(struct lns *l, uint32_t access, struct access *a)
{
	struct access *prev = user_get(l, a->user_prev);
	struct access *next = user_get(l, a->user_next);

	if (a->proven)
		user_get(l, users_first(l, a->user))->user_proven--;
	if (next != NULL)
		next->user_prev = a->user_prev;
	if (prev != NULL) {
		prev->user_next = a->user_next;
	} else {
		htab_del(&l->access_by_user, pool_slot(access));
		if (next != NULL) {
			next->user_proven = a->user_proven;
			htab_add(&l->access_by_user, pool_slot(a->user_next),
			    user_hash(l, a->user));
		}
	}
	a->user_prev = a->user_next = a->user_proven = 0;
	a->proven = false;
}

void
users_name(struct lns *l, uint32_t access, const char *user)
{
	struct access *a = user_get(l, access);

	if (a->user[0] != '\0')
		users_unlink(l, access, a);
	(void)snprintf(a->user, sizeof(a->user), "%s", user);
	if (a->user[0] != '\0')
		users_link(l, access, a);
}

void
users_prove(struct lns *l, uint32_t access)
{
	struct access *a = user_get(l, access);

	if (a->proven || a->user[0] == '\0')
		return;
	a->proven = true;
	user_get(l, users_first(l, a->user))->user_proven++;
}

void
users_index(struct lns *l, uint32_t access)
{
	const struct access *a = user_get(l, access);

	if (a->user[0] != '\0' && a->user_prev == 0)
		htab_add(&l->access_by_user, pool_slot(access),
		    user_hash(l, a->user));
}
