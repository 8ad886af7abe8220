/* SPDX-License-Identifier: BSD-2-Clause */
/* Back-off, lock-out and the rate of calls: see limits.h. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "lns/account.h"
#include "lns/limits.h"

#define FORGET_S	300	/* the delay, after the last one */

const char *
limits_kind_str(enum fail_kind k)
{
	switch (k) {
	case FAIL_USER:
		return "user";
	case FAIL_SOURCE:
		return "source";
	case FAIL_PAIR:
		return "pair";
	case FAIL_KINDS:
		break;
	}
	return "unknown";
}

/* ---- who ---- */

static struct ipaddr
source_of(const struct ipaddr *a)
{
	return ipaddr_prefix(a, a->family == IP_V6 ? 64 : 32);
}

static const char *
source_str(const struct ipaddr *prefix, char buf[IPNET_STRLEN])
{
	struct ipnet net = { *prefix, prefix->family == IP_V6 ? 64 : 32 };

	return ipnet_str(&net, buf);
}

static uint64_t
key_of(const struct lns *l, enum fail_kind kind, uint32_t group, struct rd name,
    const struct ipaddr *prefix)
{
	uint8_t buf[32 + PPP_NAME_MAX];
	struct wr w = wr_make(buf, sizeof(buf));

	wr_u8(&w, (uint8_t)kind);
	wr_u32(&w, group);
	wr_u8(&w, prefix->family);
	wr_bytes(&w, prefix->b, sizeof(prefix->b));
	while (rd_left(&name) > 0 && wr_used(&w) < sizeof(buf)) {
		uint8_t c = rd_u8(&name);

		wr_u8(&w, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c);
	}
	return hash_bytes(&l->hash, buf, wr_used(&w)) | 1;
}

static bool
is_nobody(struct rd bare)
{
	static const char anonymous[] = "anonymous";
	size_t n = rd_left(&bare);

	return n == 0 || (n == sizeof(anonymous) - 1 &&
	    strncasecmp((const char *)bare.p, anonymous, n) == 0);
}

void
limits_who(const struct lns *l, const struct aaa_choice *c,
    const struct endpoint *remote, struct limits_who *who)
{
	static const struct ipaddr everywhere = { .family = IP_NONE };
	uint32_t group = c->local ? AAA_NO_GROUP : c->auth_group;
	struct rd bare = aaa_bare(c->user);

	*who = (struct limits_who){ .prefix = source_of(&remote->addr) };
	who->key[FAIL_SOURCE] = key_of(l, FAIL_SOURCE, 0, rd_make(NULL, 0),
	    &who->prefix);
	if (is_nobody(bare))
		return;
	(void)log_escape(who->user, sizeof(who->user), bare);
	who->spelled = key_of(l, FAIL_KINDS, group, c->user, &everywhere);
	who->key[FAIL_USER] = key_of(l, FAIL_USER, group, bare, &everywhere);
	who->key[FAIL_PAIR] = key_of(l, FAIL_PAIR, group, bare, &who->prefix);
}

static struct fail *
entry(const struct lns *l, const struct limits_who *who, enum fail_kind k)
{
	return fails_find(&l->fails, who->key[k]);
}

static bool
is_locked(const struct fail *f, mono_t now)
{
	return f != NULL && f->class == FAIL_LOCKED && mono_before(now, f->until);
}

static bool
is_proven(const struct fail *pair, mono_t now)
{
	return pair != NULL && pair->proven && mono_since_ms(now,
	    pair->proven_at) < (uint64_t)LIMITS_PROVEN_S * 1000;
}

/* Do its failures still count? */
static bool
in_window(const struct lns *l, const struct fail *f, mono_t now)
{
	return f->failures > 0 && mono_since_ms(now, f->since) <
	    (uint64_t)l->params->lockout_window_s * 1000;
}

/* ---- questions ---- */

/* The first that holds, the narrowest first; NULL: none does. */
static const struct fail *
lock_of(const struct lns *l, mono_t now, const struct limits_who *who)
{
	const struct fail *pair = entry(l, who, FAIL_PAIR);
	const struct fail *user = entry(l, who, FAIL_USER);
	const struct fail *source = entry(l, who, FAIL_SOURCE);

	if (is_locked(pair, now))
		return pair;
	if (is_proven(pair, now))
		return NULL;
	if (is_locked(user, now))
		return user;
	return is_locked(source, now) ? source : NULL;
}

mono_t
limits_answer_at(const struct lns *l, mono_t now, const struct limits_who *who)
{
	const struct fail *pair = entry(l, who, FAIL_PAIR);
	mono_t at = now;

	if (pair != NULL)
		at = mono_max(at, pair->answer_at);
	if (lock_of(l, now, who) != NULL)
		at = mono_max(at, mono_add_s(now, l->params->auth_delay_s));
	for (int k = 0; k < FAIL_PAIR && !is_proven(pair, now); k++) {
		const struct fail *f = entry(l, who, (enum fail_kind)k);

		if (f != NULL)
			at = mono_max(at, f->answer_at);
	}
	return at;
}

uint64_t
limits_share(const struct lns *l, mono_t now, const struct limits_who *who)
{
	return is_proven(entry(l, who, FAIL_PAIR), now) ?
	    who->key[FAIL_PAIR] : who->key[FAIL_SOURCE];
}

uint32_t
limits_locks(const struct lns *l)
{
	return l->fails.n[FAIL_LOCKED];
}

/*
 * A command that an operator may copy into his shell: a name is another's
 * text, and stands in it only if it means nothing there.
 */
static void
unlock_command(char *buf, size_t n, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/";
	bool ok = name[0] != '\0' && name[strspn(name, plain)] == '\0';

	(void)snprintf(buf, n, "l2tpctl %s%s", ok ? "unlock " : "locks",
	    ok ? name : "");
}

bool
limits_locked(const struct lns *l, mono_t now, const struct limits_who *who,
    char why[LIMITS_WHY_MAX])
{
	const struct fail *f = lock_of(l, now, who);
	char from[IPNET_STRLEN + 16] = "", source[IPNET_STRLEN];
	char command[ATT_USER_MAX + 16];
	uint64_t minute;

	if (f == NULL)
		return false;
	(void)source_str(&who->prefix, source);
	if (f->kind == FAIL_PAIR)
		(void)snprintf(from, sizeof(from), " from %s", source);
	else if (f->kind == FAIL_USER)
		(void)snprintf(from, sizeof(from), " from %" PRIu32 " sources",
		    f->sources);
	unlock_command(command, sizeof(command),
	    f->kind == FAIL_SOURCE ? source : f->user);
	minute = account_unix_ms(l, f->until) / 60000;
	(void)snprintf(why, LIMITS_WHY_MAX, "%s locked out after %" PRIu32
	    " failed logins%s until %02u:%02u UTC: %s",
	    f->kind == FAIL_SOURCE ? "source" : "user", f->locked_by, from,
	    (unsigned)(minute / 60 % 24), (unsigned)(minute % 60), command);
	return true;
}

/* ---- what happened ---- */

static enum fail_class
class_of(const struct fail *f)
{
	if (f->failures > 1)
		return FAIL_OFTEN;
	return f->proven ? FAIL_PROVEN : FAIL_ONCE;
}

static struct fail *
entry_take(struct lns *l, mono_t now, const struct limits_who *who,
    enum fail_kind k)
{
	uint64_t keep_us = UINT64_C(1000000) *
	    (l->params->lockout_window_s > FORGET_S ?
	    l->params->lockout_window_s : FORGET_S);
	struct fail *f = fails_take(&l->fails, now,
	    mono_us(now.us > keep_us ? now.us - keep_us : 0), who->key[k]);

	f->kind = k;
	if (k != FAIL_SOURCE)
		memcpy(f->user, who->user, sizeof(f->user));
	if (k != FAIL_USER)
		f->prefix = who->prefix;
	return f;
}

static void
back_off(const struct lns *l, mono_t now, struct fail *f)
{
	uint64_t wait_s;

	if (mono_since_ms(now, f->answer_at) > FORGET_S * 1000)
		f->tries = 0;
	wait_s = (uint64_t)l->params->auth_delay_s <<
	    (f->tries < 16 ? f->tries : 16);
	if (wait_s > l->params->auth_delay_max_s)
		wait_s = l->params->auth_delay_max_s;
	f->tries++;
	f->answer_at = mono_add_s(now, wait_s);
}

static void
count_failure(const struct lns *l, mono_t now, struct fail *f)
{
	if (!in_window(l, f, now)) {
		f->since = now;
		f->failures = f->sources = 0;
	}
	f->failures++;
}

/* Locks it if that was the last failure allowed, and keeps its place in order. */
static void
settle_entry(struct lns *l, mono_t now, struct fail *f, uint32_t most)
{
	char source[IPNET_STRLEN];

	if (is_locked(f, now))
		return;
	if (most == 0 || f->failures < most) {
		fails_touch(&l->fails, now, f, class_of(f));
		return;
	}
	f->locked_by = f->failures;
	f->locked_at = now;
	f->until = mono_add_s(now, l->params->lockout_s);
	f->failures = 0;
	f->proven = false;
	fails_touch(&l->fails, now, f, FAIL_LOCKED);
	l->lockouts++;
	log_warn("lockout kind=%s user=%s source=%s failures=%" PRIu32
	    " for_s=%" PRIu32, limits_kind_str(f->kind),
	    f->user[0] != '\0' ? f->user : "-",
	    f->kind == FAIL_USER ? "-" : source_str(&f->prefix, source),
	    f->locked_by, l->params->lockout_s);
}

/* A source counts once in a window of the user's, however often it is locked. */
static void
failed_user(struct lns *l, mono_t now, const struct limits_who *who)
{
	struct fail *f = entry_take(l, now, who, FAIL_USER);
	struct fail *pair = entry(l, who, FAIL_PAIR);

	count_failure(l, now, f);
	if (pair == NULL || f->failures == 1 ||
	    pair->counted.us != f->since.us) {
		f->sources++;
		back_off(l, now, f);
	}
	if (pair != NULL)
		pair->counted = f->since;
	settle_entry(l, now, f, f->sources < LIMITS_SOURCES ? 0 :
	    l->params->lockout_everywhere);
}

void
limits_failed(struct lns *l, mono_t now, const struct limits_who *who)
{
	bool proven = false;
	struct fail *f;

	l->failed++;
	if (who->key[FAIL_PAIR] != 0) {
		f = entry_take(l, now, who, FAIL_PAIR);
		proven = is_proven(f, now);
		count_failure(l, now, f);
		f->spelled = who->spelled;
		back_off(l, now, f);
		settle_entry(l, now, f, l->params->lockout_user);
	}
	f = entry_take(l, now, who, FAIL_SOURCE);
	count_failure(l, now, f);
	back_off(l, now, f);
	settle_entry(l, now, f, l->params->lockout_source);
	if (who->key[FAIL_USER] != 0 && !proven)
		failed_user(l, now, who);
}

void
limits_refused(struct lns *l, mono_t now, const struct limits_who *who)
{
	enum fail_kind k = who->key[FAIL_PAIR] != 0 ? FAIL_PAIR : FAIL_SOURCE;

	back_off(l, now, entry_take(l, now, who, k));
}

/* Takes back from `f` what the pair had added to it. */
static void
take_back(struct lns *l, struct fail *f, uint32_t failures, uint32_t tries,
    mono_t since)
{
	if (f == NULL || f->class == FAIL_LOCKED || mono_before(since, f->since))
		return;
	f->failures -= failures < f->failures ? failures : f->failures;
	f->tries -= tries < f->tries ? tries : f->tries;
	if (f->sources > 0)
		f->sources--;
	if (f->tries == 0)
		f->answer_at = mono_us(0);
	if (f->tries == 0 && f->failures == 0)
		fails_drop(&l->fails, f);
}

void
limits_succeeded(struct lns *l, mono_t now, const struct limits_who *who)
{
	struct fail *f;

	if (who->key[FAIL_PAIR] == 0)
		return;
	f = entry_take(l, now, who, FAIL_PAIR);
	f->proven = true;
	f->proven_at = now;
	if (f->failures > 0 && f->spelled == who->spelled) {
		take_back(l, entry(l, who, FAIL_USER), f->failures, 1,
		    f->since);
		take_back(l, entry(l, who, FAIL_SOURCE), f->failures, f->tries,
		    f->since);
		f->failures = 0;
	}
	if (f->failures == 0) {
		f->tries = 0;
		f->answer_at = mono_us(0);
	}
	if (f->class != FAIL_LOCKED)
		fails_touch(&l->fails, now, f, class_of(f));
}

/* ---- the end of locks ---- */

mono_t
limits_deadline(const struct lns *l)
{
	const struct fail *f = fails_first_locked(&l->fails);

	return f != NULL ? f->until : MONO_NEVER;
}

void
limits_expire(struct lns *l, mono_t now)
{
	struct fail *f = fails_first_locked(&l->fails);
	char source[IPNET_STRLEN];

	if (f == NULL || mono_before(now, f->until))
		return;
	log_info("lockout ended kind=%s user=%s source=%s",
	    limits_kind_str(f->kind), f->user[0] != '\0' ? f->user : "-",
	    f->kind == FAIL_USER ? "-" : source_str(&f->prefix, source));
	f->sources = 0;
	fails_touch(&l->fails, now, f, class_of(f));
}

/* ---- unlocking ---- */

struct named {			/* what an operator named; one may be nothing */
	const char *name;	/* as it stands */
	struct rd bare;		/* and without domain and realm */
	struct ipaddr prefix;
};

static bool
is_named(const struct fail *f, const struct named *by)
{
	if (f->kind != FAIL_SOURCE && (strcasecmp(f->user, by->name) == 0 ||
	    (strlen(f->user) == rd_left(&by->bare) && strncasecmp(f->user,
	    (const char *)by->bare.p, rd_left(&by->bare)) == 0)))
		return true;
	return by->prefix.family != IP_NONE && f->kind != FAIL_USER &&
	    ipaddr_eq(&f->prefix, &by->prefix);
}

/* That he has logged in from there is no failure, and is kept. */
static void
entry_forgive(struct lns *l, struct fail *f)
{
	if (!f->proven) {
		fails_drop(&l->fails, f);
		return;
	}
	f->failures = f->tries = 0;
	f->answer_at = mono_us(0);
	fails_touch(&l->fails, f->touched, f, FAIL_PROVEN);
}

uint32_t
lns_unlock(struct lns *l, const char *name)
{
	struct named by = { .name = name };
	struct ipnet net;
	uint32_t n = 0;

	if (name != NULL)
		by.bare = aaa_bare(rd_make(name, strlen(name)));
	if (name != NULL && ipnet_parse(name, &net))
		by.prefix = source_of(&net.addr);
	for (uint32_t i = 0; i < l->fails.pool.high; i++) {
		struct fail *f = pool_at(&l->fails.pool, i, NULL);

		if (f == NULL || (name != NULL && !is_named(f, &by)))
			continue;
		n += f->class == FAIL_LOCKED;
		entry_forgive(l, f);
	}
	return n;
}

/* ---- calls ---- */

/* A token bucket in microseconds: how far ahead of the rate the calls are. */
bool
limits_call(struct lns *l, mono_t now, const struct endpoint *remote)
{
	struct ipaddr prefix = source_of(&remote->addr);
	const struct fail *f = fails_find(&l->fails, key_of(l, FAIL_SOURCE, 0,
	    rd_make(NULL, 0), &prefix));
	uint32_t rate = l->params->login_rate;
	uint64_t step_us, room_us;

	if (rate == 0)
		return true;
	step_us = 1000000 / rate;
	room_us = step_us * l->params->login_burst;
	if (f != NULL && (in_window(l, f, now) || is_locked(f, now)))
		room_us /= 2;
	if (mono_before(l->calls_full, now))
		l->calls_full = now;
	if (mono_since_us(l->calls_full, now) > room_us)
		return false;
	l->calls_full = mono_add_us(l->calls_full, step_us);
	return true;
}
