/* SPDX-License-Identifier: BSD-2-Clause */
/* Disconnect- and CoA-Requests: see change.h. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/account.h"
#include "lns/change.h"
#include "lns/path.h"
#include "lns/users.h"

#define CHANGE_MOST	64	/* sessions of one request */

static const struct dae_attr changes[] = {
	{ 0, ATTR_FILTER_ID }, { 0, ATTR_SESSION_TIMEOUT },
	{ 0, ATTR_IDLE_TIMEOUT }, { 0, ATTR_ACCT_INTERIM_INTERVAL },
	{ 0, ATTR_CLASS },
	{ ATTR_WISPR, ATTR_WISPR_BANDWIDTH_MAX_UP },
	{ ATTR_WISPR, ATTR_WISPR_BANDWIDTH_MAX_DOWN },
	{ ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT },
	{ ATTR_MIKROTIK, ATTR_MIKROTIK_RECV_LIMIT },
	{ ATTR_MIKROTIK, ATTR_MIKROTIK_RECV_LIMIT_GIGAWORDS },
	{ ATTR_MIKROTIK, ATTR_MIKROTIK_XMIT_LIMIT },
	{ ATTR_MIKROTIK, ATTR_MIKROTIK_XMIT_LIMIT_GIGAWORDS },
	{ ATTR_MIKROTIK, ATTR_MIKROTIK_TOTAL_LIMIT },
	{ ATTR_MIKROTIK, ATTR_MIKROTIK_TOTAL_LIMIT_GIGAWORDS },
	{ ATTR_L2TPD, ATTR_L2TPD_RATE_UP }, { ATTR_L2TPD, ATTR_L2TPD_RATE_DOWN },
	{ ATTR_L2TPD, ATTR_L2TPD_QUOTA_UP },
	{ ATTR_L2TPD, ATTR_L2TPD_QUOTA_DOWN },
	{ ATTR_L2TPD, ATTR_L2TPD_QUOTA_TOTAL },
};

#define CHANGES		(sizeof(changes) / sizeof(changes[0]))

_Static_assert(CHANGES <= DAE_CHANGES_MAX, "DAE_CHANGES_MAX");

struct match {			/* what identifies the sessions that are meant */
	struct rd attrs;
	uint32_t n;
	bool more;		/* than there is room for */
	uint32_t access[CHANGE_MOST];
};

void
change_params(struct dae_params *p)
{
	memcpy(p->change, changes, sizeof(changes));
	p->change_n = CHANGES;
}

static bool
text_is(const struct attr *a, const char *text)
{
	return rd_eq(a->value, text, strlen(text));
}

static bool
session_fits(const struct lns *l, mono_t now, const struct access *a,
    const struct attr *at)
{
	const struct path *p = pool_get(&l->paths, a->path);
	struct account_text text;
	struct request_facts f;
	struct ipaddr addr;

	account_facts(l, now, a, &text, &f);
	switch (at->type) {
	case ATTR_USER_NAME:
		return rd_eq(at->value, a->name, a->name_len) ||
		    (a->profile.user_len > 0 &&
		    rd_eq(at->value, a->profile.user, a->profile.user_len));
	case ATTR_NAS_PORT:
		return attr_u32(at) == a->nas_port;
	case ATTR_FRAMED_IP_ADDRESS:
		addr = attr_addr(at);
		return ipaddr_eq(&addr, &a->address);
	case ATTR_CALLING_STATION_ID:
	case ATTR_CALLED_STATION_ID: {
		char here[IPADDR_STRLEN];

		return text_is(at, ipaddr_str(at->type ==
		    ATTR_CALLED_STATION_ID ? &p->local.addr :
		    &p->remote.addr, here));
	}
	case ATTR_ACCT_SESSION_ID:
		return text_is(at, f.session);
	case ATTR_ACCT_MULTI_SESSION_ID:
		return text_is(at, f.multi);
	default:
		return true;	/* names the NAS, or is to be changed */
	}
}

static void
match_one(const struct lns *l, mono_t now, uint32_t access, struct match *m)
{
	const struct access *a = access_get(l, access);
	struct attr_walk w = attr_walk(m->attrs);
	struct attr at;

	if (a == NULL || !a->proven || a->state == ACC_ENDING)
		return;
	while (attr_next(&w, &at))
		if (at.vendor == 0 && !session_fits(l, now, a, &at))
			return;
	if (m->n == CHANGE_MOST)
		m->more = true;
	else
		m->access[m->n++] = access;
}

/* "%08x%08x": our start and the session's serial; 0: not one of ours. */
static uint32_t
serial_of(const struct lns *l, const struct attr *a)
{
	char text[17];
	struct rd v = a->value;
	uint64_t n;

	if (rd_left(&v) != 16)
		return 0;
	rd_copy(&v, text, 16);
	text[16] = '\0';
	n = strtoull(text, NULL, 16);
	return n >> 32 == l->boot ? (uint32_t)n : 0;
}

static void
match_serial(const struct lns *l, mono_t now, const struct attr *a,
    struct match *m)
{
	uint32_t serial = serial_of(l, a);
	uint32_t h;

	for (uint32_t i = htab_find(&l->access_by_serial, serial);
	    serial != 0 && i != HTAB_NONE;
	    i = htab_next(&l->access_by_serial, i))
		if (pool_at(&l->accesses, i, &h) != NULL)
			match_one(l, now, h, m);
}

/* Those of one name; the name as it is logged, log_escape() having cut it. */
static void
match_user(const struct lns *l, mono_t now, const struct attr *a,
    struct match *m)
{
	char user[ATT_USER_MAX];

	(void)log_escape(user, sizeof(user), a->value);
	for (uint32_t h = users_first(l, user); h != 0 && !m->more;
	    h = users_next(l, h))
		match_one(l, now, h, m);
}

/*
 * By what is indexed: session id, address, name; else by looking at all.  A
 * name that the server itself returned is not indexed.
 */
static void
match(const struct lns *l, mono_t now, struct match *m)
{
	struct attr a;
	uint32_t h;

	if (attr_get(m->attrs, 0, ATTR_ACCT_SESSION_ID, &a)) {
		match_serial(l, now, &a, m);
		return;
	}
	if (attr_get(m->attrs, 0, ATTR_FRAMED_IP_ADDRESS, &a)) {
		struct ipaddr addr = attr_addr(&a);

		match_one(l, now, access_holder(l, &addr), m);
		return;
	}
	if (attr_get(m->attrs, 0, ATTR_USER_NAME, &a))
		match_user(l, now, &a, m);
	if (m->n > 0)
		return;
	for (uint32_t i = 0; i < l->accesses.high && !m->more; i++)
		if (pool_at(&l->accesses, i, &h) != NULL)
			match_one(l, now, h, m);
}

static enum dae_cause
disconnect(struct lns *l, mono_t now, const struct match *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		const struct access *a = access_get(l, m->access[i]);

		if (a == NULL)	/* gone with one before it */
			continue;
		log_info("disconnect by radius attempt=%" PRIu64 " user=%s",
		    a->attempt, a->user);
		access_dismiss(l, now, m->access[i], CAUSE_ADMIN_RESET);
	}
	return DAE_DONE;
}

static bool
changes_it(const struct attr *a)
{
	for (size_t i = 0; i < CHANGES; i++)
		if (changes[i].vendor == a->vendor && changes[i].type == a->type)
			return true;
	return false;
}

/* Only what is to be changed: the rest says whose session it is. */
static struct rd
wishes(struct rd attrs, uint8_t *buf, size_t n)
{
	struct attr_walk w = attr_walk(attrs);
	struct radius_build b;
	struct attr a;

	radius_open_attrs(&b, buf, n);
	while (attr_next(&w, &a)) {
		if (!changes_it(&a))
			continue;
		if (a.vendor == 0)
			radius_put(&b, a.type, a.value.p, rd_left(&a.value));
		else
			radius_put_vendor(&b, a.vendor, a.type, a.value.p,
			    rd_left(&a.value));
	}
	return wr_out(&b.w);
}

/* What the sessions had goes back to the first n of them. */
static void
change_back(struct lns *l, const struct match *m, const struct profile *was,
    uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct access *a = access_get(l, m->access[i]);

		a->profile = was[i];
		if (a->state == ACC_UP)
			(void)access_policy(l, m->access[i]);
	}
}

/* Gives each its new profile, and the data plane what follows from it. */
static enum dae_cause
change_all(struct lns *l, const struct match *m, struct rd attrs,
    struct profile *was)
{
	char why[PROFILE_WHY_MAX], note[PROFILE_WHY_MAX];

	for (uint32_t i = 0; i < m->n; i++) {
		struct access *a = access_get(l, m->access[i]);
		bool ok;

		was[i] = a->profile;
		ok = profile_read(attrs, &l->params->names, &a->profile, why,
		    note);
		if (!ok)
			log_info("change refused reason=\"%s\"", why);
		/* One that is not up yet will come up with it. */
		if (ok && (a->state != ACC_UP || access_policy(l, m->access[i])))
			continue;
		change_back(l, m, was, i + 1);
		return ok ? DAE_NO_RESOURCES : DAE_INVALID_VALUE;
	}
	return DAE_DONE;
}

/* RFC 5176 §2.3: all of them or none. */
static enum dae_cause
change(struct lns *l, mono_t now, const struct match *m)
{
	uint8_t buf[RADIUS_PACKET_MAX];
	struct rd attrs = wishes(m->attrs, buf, sizeof(buf));
	struct profile *was;
	enum dae_cause cause;

	if (rd_left(&attrs) == 0)
		return DAE_MISSING_ATTRIBUTE;
	was = calloc(m->n, sizeof(*was));
	if (was == NULL)
		return DAE_NO_RESOURCES;
	cause = change_all(l, m, attrs, was);
	free(was);
	for (uint32_t i = 0; cause == DAE_DONE && i < m->n; i++) {
		const struct access *a = access_get(l, m->access[i]);

		log_info("change by radius attempt=%" PRIu64 " user=%s",
		    a->attempt, a->user);
		if (a->state != ACC_UP)
			continue;
		account_changed(l, now, m->access[i]);
		access_stepped(l, now, m->access[i]);
	}
	return cause;
}

void
change_ask(struct lns *l, mono_t now, const struct dae_act *q)
{
	struct match m = { .attrs = q->attrs };
	enum dae_cause cause;

	match(l, now, &m);
	if (m.n == 0)
		cause = DAE_NO_SESSION;
	else if (m.more)
		cause = DAE_MULTIPLE_SESSIONS;
	else if (q->code == RADIUS_DISCONNECT_REQUEST)
		cause = disconnect(l, now, &m);
	else
		cause = change(l, now, &m);
	dae_answer(l->dae, now, q->question, cause, l->dae_out);
}
