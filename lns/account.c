/* SPDX-License-Identifier: BSD-2-Clause */
/* Time, volume and accounting records: see account.h. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/account.h"
#include "lns/path.h"

#define USAGE_LOOK_S	5	/* how often a volume is looked at */
#define JITTER_PERCENT	10	/* of an interval, either way */

uint64_t
account_unix_ms(const struct lns *l, mono_t now)
{
	return l->wall_ms + now.us / 1000;
}

static const char *
family(uint32_t hints)
{
	if ((hints & IKE_HINT_MS) != 0)
		return "windows";
	if ((hints & IKE_HINT_APPLE) != 0)
		return "apple";
	if ((hints & IKE_HINT_STRONGSWAN) != 0)
		return "strongswan";
	if ((hints & IKE_HINT_GROUP2_ONLY) != 0)
		return "android";
	return "";
}

/* The configured address of ours, or the one that was dialled. */
static struct ipaddr
nas_addr(const struct lns *l, const struct path *p)
{
	if (l->params->nas_addr.family != IP_NONE || p == NULL)
		return l->params->nas_addr;
	return p->local.addr;
}

void
account_facts(const struct lns *l, mono_t now, const struct access *a,
    struct account_text *text, struct request_facts *f)
{
	const struct path *p = pool_get(&l->paths, a->path);
	char suite[24];

	(void)snprintf(text->info, sizeof(text->info), "L2TP/IPsec %s%s",
	    esp_suite_str(&p->suite, suite), p->encap ? " natt" : "");
	*f = (struct request_facts){
		.user = rd_make(a->name, a->name_len),
		.nas_id = l->params->nas_id,
		.nas_addr = nas_addr(l, p),
		.nas_port = a->nas_port,
		.here = p->local.addr,
		.there = p->remote.addr,
		.connect_info = text->info,
		.family = family(p->hints),
		.attempt = a->attempt,
		.unix_ms = account_unix_ms(l, now),
	};
	(void)snprintf(f->session, sizeof(f->session), "%08x%08x",
	    (unsigned)l->boot, (unsigned)a->serial);
	(void)snprintf(f->multi, sizeof(f->multi), "%08x-%" PRIx64,
	    (unsigned)l->boot, p->attempt);
}

/* ---- records ---- */

static void
put(struct lns *l, mono_t now, enum acct_kind kind, uint32_t group,
    uint64_t session, const struct radius_build *b)
{
	struct acct_record r = {
		.kind = kind,
		.group = group,
		.session = session,
		.event_ms = account_unix_ms(l, now),
		.attrs = wr_out(&b->w),
	};

	/* Refused for want of room: the queue counts it and says so. */
	if (!r.attrs.bad)
		(void)acct_put(l->acct, now, &r, l->acct_out);
}

static bool
gets_records(const struct lns *l, uint32_t group)
{
	return l->acct != NULL && group < l->params->radius.group_n;
}

void
account_nas(struct lns *l, mono_t now, enum request_status status)
{
	const struct aaa_policy *policy = &l->params->policy;
	bool told[RADIUS_GROUPS_MAX] = { false };
	struct request_facts f = { .nas_id = l->params->nas_id,
		.nas_addr = nas_addr(l, NULL),
		.unix_ms = account_unix_ms(l, now) };
	uint8_t buf[512];
	struct radius_build b;

	(void)snprintf(f.session, sizeof(f.session), "%08x00000000",
	    (unsigned)l->boot);
	for (uint32_t i = 0; i <= policy->realm_n; i++) {
		uint32_t group = i == 0 ? policy->acct_group :
		    policy->realm[i - 1].acct_group;

		if (!gets_records(l, group) || told[group])
			continue;
		told[group] = true;
		radius_open_attrs(&b, buf, sizeof(buf));
		request_account_nas(&b, status, &f);
		put(l, now, status == REQUEST_ON ? ACCT_ON : ACCT_OFF, group, 0,
		    &b);
	}
}

static void
record(struct lns *l, mono_t now, uint32_t access, enum request_status status,
    enum request_cause cause)
{
	static const enum acct_kind kinds[] = {
		[REQUEST_START] = ACCT_START, [REQUEST_STOP] = ACCT_STOP,
		[REQUEST_INTERIM] = ACCT_INTERIM,
	};
	const struct access *a = access_get(l, access);
	struct request_usage u = {
		.address = a->address,
		.prefix = a->prefix,
		.ifid = a->net6.peers,
		.class_attrs = rd_make(a->profile.class_attrs,
		    a->profile.class_len),
		.local = a->local,
		.seconds = mono_since_ms(now, a->up) / 1000,
		.cause = cause,
	};
	struct request_facts f;
	struct account_text text;
	uint8_t buf[REQUEST_ATTRS_MAX];
	struct radius_build b;

	if (!gets_records(l, a->acct_group))
		return;
	account_facts(l, now, a, &text, &f);
	/* RFC 2865 §5.1: the name that the server returned. */
	if (a->profile.user_len > 0)
		f.user = rd_make(a->profile.user, a->profile.user_len);
	(void)l->ops->sess_count(l->dp, access, &u.count);
	radius_open_attrs(&b, buf, sizeof(buf));
	request_account(&b, status, &f, &u);
	put(l, now, kinds[status], a->acct_group,
	    (uint64_t)l->boot << 32 | a->serial, &b);
}

/* ---- what is due ---- */

static mono_t
next_interim(struct lns *l, mono_t now, const struct access *a)
{
	uint64_t ms = (uint64_t)(a->profile.interim_s != 0 ?
	    a->profile.interim_s : l->params->interim_s) * 1000;
	uint64_t span = ms * 2 * JITTER_PERCENT / 100;
	uint32_t dice = 0;

	if (ms == 0 || !gets_records(l, a->acct_group))
		return MONO_NEVER;
	(void)rng_fill(l->rng, &dice, sizeof(dice));
	return mono_add_ms(now, ms - span / 2 +
	    (span > 0 ? dice % span : 0));
}

static bool
has_quota(const struct profile *p)
{
	return p->rx_max != 0 || p->tx_max != 0 || p->total_max != 0;
}

void
account_changed(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);
	const struct profile *p = &a->profile;

	a->ends_at = p->session_s != 0 ? mono_add_s(a->up, p->session_s) :
	    MONO_NEVER;
	a->look_at = MONO_NEVER;
	if (p->idle_s != 0)
		a->look_at = mono_add_s(now, p->idle_s);
	if (has_quota(p))
		a->look_at = mono_min(a->look_at,
		    mono_add_s(now, USAGE_LOOK_S));
	if (a->interim_at.us == UINT64_MAX ||
	    p->interim_s != a->interim_s)
		a->interim_at = next_interim(l, now, a);
	a->interim_s = p->interim_s;
}

mono_t
account_deadline(const struct access *a)
{
	return mono_min(a->interim_at, mono_min(a->ends_at, a->look_at));
}

void
account_start(struct lns *l, mono_t now, uint32_t access)
{
	account_changed(l, now, access);
	record(l, now, access, REQUEST_START, CAUSE_NONE);
}

const char *
account_cause_str(enum request_cause cause)
{
	switch (cause) {
	case CAUSE_IDLE_TIMEOUT:
		return "idle for too long";
	case CAUSE_SESSION_TIMEOUT:
		return "the session's time is over";
	case CAUSE_ADMIN_RESET:
		return "ended by command";
	case CAUSE_ADMIN_REBOOT:
		return "shutting down";
	case CAUSE_NAS_REQUEST:
		return "volume used up";
	default:
		return NULL;
	}
}

/* RFC 2866 §5.10, from what is known of the end. */
static enum request_cause
cause_of(const struct lns *l, const struct access *a,
    const struct l2tp_end *end)
{
	const struct path *p = pool_get(&l->paths, a->path);

	if (a->stop_cause != CAUSE_NONE)
		return a->stop_cause;
	switch (a->cause) {
	case PPP_CAUSE_PEER:
		return CAUSE_USER_REQUEST;
	case PPP_CAUSE_ECHO:
	case PPP_CAUSE_LOOP:
		return CAUSE_LOST_CARRIER;
	case PPP_CAUSE_CLOSED:
		return CAUSE_NAS_REQUEST;
	case PPP_CAUSE_NONE:
		break;
	default:
		return CAUSE_USER_ERROR;
	}
	switch (end->why) {
	case L2TP_WHY_PEER:
		return CAUSE_USER_REQUEST;
	case L2TP_WHY_PATH:	/* it deleted its SAs, or was not heard */
		return p != NULL && p->deleted ? CAUSE_USER_REQUEST :
		    CAUSE_LOST_CARRIER;
	case L2TP_WHY_TIMEOUT:
		return CAUSE_LOST_CARRIER;
	case L2TP_WHY_CLOSED:
		return CAUSE_NAS_REQUEST;
	default:
		return CAUSE_NAS_ERROR;
	}
}

void
account_stop(struct lns *l, mono_t now, uint32_t access,
    const struct l2tp_end *end)
{
	struct access *a = access_get(l, access);

	if (a->up.us == UINT64_MAX)
		return;
	record(l, now, access, REQUEST_STOP, cause_of(l, a, end));
}

static bool
over_volume(const struct profile *p, const struct dp_count *c)
{
	return (p->rx_max != 0 && c->rx_bytes >= p->rx_max) ||
	    (p->tx_max != 0 && c->tx_bytes >= p->tx_max) ||
	    (p->total_max != 0 && c->rx_bytes + c->tx_bytes >= p->total_max);
}

/* Volume and silence; when neither ends it, when to look again. */
static enum request_cause
look(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);
	const struct profile *p = &a->profile;
	struct dp_count c = { 0 };
	mono_t from;

	(void)l->ops->sess_count(l->dp, access, &c);
	if (over_volume(p, &c))
		return CAUSE_NAS_REQUEST;
	a->look_at = has_quota(p) ? mono_add_s(now, USAGE_LOOK_S) : MONO_NEVER;
	if (p->idle_s == 0)
		return CAUSE_NONE;
	from = mono_before(a->up, c.moved) ? c.moved : a->up;
	if (mono_since_ms(now, from) >= (uint64_t)p->idle_s * 1000)
		return CAUSE_IDLE_TIMEOUT;
	a->look_at = mono_min(a->look_at, mono_add_s(from, p->idle_s));
	return CAUSE_NONE;
}

const char *
account_expire(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);
	enum request_cause end = CAUSE_NONE;

	if (mono_due(a->ends_at, now))
		end = CAUSE_SESSION_TIMEOUT;
	else if (mono_due(a->look_at, now))
		end = look(l, now, access);
	if (end != CAUSE_NONE) {
		a->stop_cause = end;
		a->ends_at = a->look_at = a->interim_at = MONO_NEVER;
		return account_cause_str(end);
	}
	if (mono_due(a->interim_at, now)) {
		a->interim_at = next_interim(l, now, a);
		record(l, now, access, REQUEST_INTERIM, CAUSE_NONE);
	}
	return NULL;
}

void
account_done(struct lns *l, mono_t now, const struct radius_act *r)
{
	static const enum acct_verdict verdicts[RADIUS_RESULT_COUNT] = {
		[RADIUS_ANSWERED] = ACCT_ACKED,
		[RADIUS_NO_SERVER] = ACCT_FAILED,
		[RADIUS_TIMED_OUT] = ACCT_IGNORED,
		[RADIUS_NO_MESSAGE_AUTH] = ACCT_IGNORED,
		[RADIUS_FORGED] = ACCT_IGNORED,
		[RADIUS_BROKEN] = ACCT_BROKEN,
	};

	acct_done(l->acct, now, r->tag, verdicts[r->result], l->acct_out);
}
