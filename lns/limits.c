/* SPDX-License-Identifier: BSD-2-Clause */
/* Delays after failed logins: see limits.h. */

#include <string.h>

#include "lns/limits.h"

#define FORGET_S	300	/* after the last failure */

static uint64_t
key_user(const struct lns *l, const char *user)
{
	return hash_bytes(&l->hash, user, strlen(user)) | 1;
}

static uint64_t
key_prefix(const struct lns *l, const struct endpoint *remote)
{
	unsigned bits = remote->addr.family == IP_V6 ? 64 : 32;
	struct ipaddr p = ipaddr_prefix(&remote->addr, bits);

	return hash_bytes(&l->hash, &p, sizeof(p)) | 1;
}

/* One of a few places for a key: small, bounded, the oldest gives way. */
static struct failure *
failure_at(const struct lns *l, uint64_t key)
{
	struct failure *f = &l->failures[key % FAILURES & ~(uint64_t)3];
	struct failure *old = f;

	for (int i = 0; i < 4; i++) {
		if (f[i].key == key)
			return &f[i];
		if (mono_before(f[i].until, old->until))
			old = &f[i];
	}
	return old;
}

static mono_t
failure_until(const struct lns *l, uint64_t key)
{
	const struct failure *f = failure_at(l, key);

	return f->key == key ? f->until : mono_us(0);
}

mono_t
limits_answer_at(const struct lns *l, mono_t now, const char *user,
    const struct endpoint *remote)
{
	mono_t u = failure_until(l, key_user(l, user));
	mono_t p = failure_until(l, key_prefix(l, remote));
	mono_t at = mono_before(u, p) ? p : u;

	return mono_before(now, at) ? at : now;
}

static void
failure_add(struct lns *l, mono_t now, uint64_t key)
{
	struct failure *f = failure_at(l, key);
	uint64_t wait_s;

	if (f->key != key || mono_since_ms(now, f->until) > FORGET_S * 1000)
		*f = (struct failure){ .key = key };
	wait_s = (uint64_t)l->params->auth_delay_s <<
	    (f->count < 16 ? f->count : 16);
	if (wait_s > l->params->auth_delay_max_s)
		wait_s = l->params->auth_delay_max_s;
	f->count++;
	f->until = mono_add_s(now, wait_s);
}

void
limits_failed(struct lns *l, mono_t now, const char *user,
    const struct endpoint *remote)
{
	failure_add(l, now, key_user(l, user));
	failure_add(l, now, key_prefix(l, remote));
}

void
limits_succeeded(struct lns *l, const char *user,
    const struct endpoint *remote)
{
	uint64_t keys[2] = { key_user(l, user), key_prefix(l, remote) };

	for (int i = 0; i < 2; i++) {
		struct failure *f = failure_at(l, keys[i]);

		if (f->key == keys[i])
			*f = (struct failure){ 0 };
	}
}

/* A token bucket in microseconds: how far ahead of the rate the calls are. */
bool
limits_call(struct lns *l, mono_t now)
{
	uint32_t rate = l->params->login_rate;
	uint64_t step_us, room_us;

	if (rate == 0)
		return true;
	step_us = 1000000 / rate;
	room_us = step_us * l->params->login_burst;
	if (mono_before(l->calls_full, now))
		l->calls_full = now;
	if (mono_since_us(l->calls_full, now) > room_us)
		return false;
	l->calls_full = mono_add_us(l->calls_full, step_us);
	return true;
}
