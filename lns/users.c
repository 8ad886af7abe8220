/* SPDX-License-Identifier: BSD-2-Clause */
/* Access objects by user name, and accounts: see users.h. */

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

/* ---- accounts ---- */

uint64_t
users_who(const struct lns *l, uint32_t group, struct rd name)
{
	uint8_t key[4 + PPP_NAME_MAX];
	struct wr w = wr_make(key, sizeof(key));

	wr_u32(&w, group);
	while (rd_left(&name) > 0 && wr_used(&w) < sizeof(key)) {
		uint8_t c = rd_u8(&name);

		wr_u8(&w, c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return hash_bytes(&l->hash, key, wr_used(&w)) | 1;
}

static struct account *
account_find(const struct lns *l, uint64_t who, uint32_t *handle)
{
	uint32_t i = htab_find(&l->account_by_who, who);

	for (; i != HTAB_NONE; i = htab_next(&l->account_by_who, i)) {
		struct account *c = pool_at(&l->accounts, i, handle);

		if (c != NULL && c->who == who)
			return c;
	}
	return NULL;
}

uint32_t
users_proven(const struct lns *l, uint64_t who)
{
	uint32_t h;
	const struct account *c = account_find(l, who, &h);

	return c != NULL ? c->n : 0;
}

/* There is a place: no more accounts than sessions. */
static void
account_add(struct lns *l, uint64_t who)
{
	uint32_t h;
	struct account *c = account_find(l, who, &h);

	if (c == NULL && (c = pool_take(&l->accounts, &h)) != NULL) {
		c->who = who;
		htab_add(&l->account_by_who, pool_slot(h), who);
	}
	if (c != NULL)
		c->n++;
}

static void
account_sub(struct lns *l, uint64_t who)
{
	uint32_t h;
	struct account *c = account_find(l, who, &h);

	if (c == NULL || --c->n > 0)
		return;
	htab_del(&l->account_by_who, pool_slot(h));
	pool_give(&l->accounts, h);
}

/* ---- names ---- */

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
		account_sub(l, a->who);
	if (next != NULL)
		next->user_prev = a->user_prev;
	if (prev != NULL) {
		prev->user_next = a->user_next;
	} else {
		htab_del(&l->access_by_user, pool_slot(access));
		if (next != NULL)
			htab_add(&l->access_by_user, pool_slot(a->user_next),
			    user_hash(l, a->user));
	}
	a->user_prev = a->user_next = 0;
	a->who = 0;
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
users_prove(struct lns *l, uint32_t access, uint64_t who)
{
	struct access *a = user_get(l, access);

	if (a->user[0] == '\0' || (a->proven && a->who == who))
		return;
	if (a->proven)
		account_sub(l, a->who);
	a->proven = true;
	a->who = who;
	account_add(l, who);
}

void
users_index(struct lns *l, uint32_t access)
{
	const struct access *a = user_get(l, access);

	if (a->user[0] != '\0' && a->user_prev == 0)
		htab_add(&l->access_by_user, pool_slot(access),
		    user_hash(l, a->user));
	if (a->proven)
		account_add(l, a->who);
}
