/* SPDX-License-Identifier: BSD-2-Clause */
/* The AAA question of a session: see ask.h. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lns/access.h"
#include "lns/account.h"
#include "lns/ask.h"
#include "lns/limits.h"
#include "lns/path.h"
#include "lns/users.h"

#define MSCHAP_E_AUTH_FAILURE	691	/* RFC 2759 §6 */

static const struct path *
ask_path(const struct lns *l, const struct access *a)
{
	return pool_get(&l->paths, a->path);
}

/* ---- clocks ---- */

/*
 * The login's clocks stand while the answer is ours to give: from now until
 * `at`, but no moment of it twice, however often the peer begins anew.
 */
static void
clock_stands(struct lns *l, mono_t now, struct access *a, mono_t at)
{
	mono_t from = mono_before(now, a->stands_until) ? a->stands_until : now;
	uint64_t us = mono_since_us(at, from);

	a->login_by = mono_add_us(a->login_by, us);
	path_login_wait(l, a->path, us);
	if (mono_before(a->stands_until, at))
		a->stands_until = at;
}

/* The answer came early: what it did not need is taken back. */
static void
clock_goes_on(struct lns *l, mono_t now, struct access *a)
{
	uint64_t us = mono_since_us(a->stands_until, now);

	if (us == 0)
		return;
	if (a->login_by.us != UINT64_MAX)
		a->login_by.us -= us;
	path_login_go_on(l, a->path, us);
	a->stands_until = now;
}

/* ---- the answer ---- */

/* The limits that hold for a user who proved who he is. */
static bool
allowed(struct lns *l, mono_t now, struct access *a, const struct profile *pr)
{
	uint32_t max = pr->sessions > 0 ? pr->sessions :
	    l->params->sessions_per_user;

	if (max == 0 || a->proven || users_proven(l, a->user) < max)
		return true;
	(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
	    "user has %u sessions already, which is the limit", (unsigned)max);
	return false;
}

static void
refused(struct lns *l, mono_t now, struct access *a,
    const struct aaa_answer *ans)
{
	char why[PROFILE_WHY_MAX + 128];
	const struct path *p = ask_path(l, a);

	(void)snprintf(why, sizeof(why), "%s%s%s", aaa_why_str(ans->why),
	    ans->text[0] != '\0' ? ": " : "", ans->text);
	a->state = ACC_LINK;
	/* An outage of ours is no failure of his. */
	if (ans->why != AAA_UNREACHED && ans->why != AAA_BAD_ANSWER)
		limits_failed(l, now, a->user, &p->remote);
	log_info("login failed attempt=%" PRIu64 " user=%s method=%s reason=\"%s\"",
	    a->attempt, a->user[0] != '\0' ? a->user : "-",
	    ppp_method_str(a->method), why);
	if (a->cause == PPP_CAUSE_NONE)
		attempt_note(&l->attempts, a->attempt, why);
}

/* What the answer means for the session; then the peer hears it. */
static void
settle(struct lns *l, mono_t now, uint32_t access, struct aaa_answer *ans)
{
	struct access *a = access_get(l, access);
	uint32_t ticket = a->ticket;

	if (ans->why == AAA_OK) {
		if (ans->text[0] != '\0')
			log_info("login note attempt=%" PRIu64 " user=%s note=\"%s\"",
			    a->attempt, a->user, ans->text);
		limits_succeeded(l, a->user, &ask_path(l, a)->remote);
		access_takeover(l, now, access, &ans->profile);
	}
	if (ans->why == AAA_OK && !allowed(l, now, a, &ans->profile)) {
		a->state = ACC_LINK;
		ans->verdict = (struct ppp_verdict){
			.error = MSCHAP_E_AUTH_FAILURE };
	} else if (ans->why == AAA_OK) {
		access_in(l, access, &ans->profile);
	} else if (ans->why != AAA_MORE) {
		refused(l, now, a, ans);
	}
	ppp_auth_done(access_link(l, access), now, ticket, &ans->verdict,
	    l->ppp_out);
}

static void
settle_locally(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_auth *q)
{
	struct aaa_answer ans;

	access_get(l, access)->local = true;
	aaa_local(&l->params->users, &l->params->names, q, &ans);
	settle(l, now, access, &ans);
	wipe(&ans, sizeof(ans));
}

/* No without a word about why; the attempt record has it.  Nobody was asked. */
static void
settle_no(struct lns *l, mono_t now, uint32_t access, const char *note)
{
	static const struct ppp_verdict no = { .undecided = true,
		.error = MSCHAP_E_AUTH_FAILURE };
	struct access *a = access_get(l, access);

	a->state = ACC_LINK;
	if (note != NULL)
		attempt_note(&l->attempts, a->attempt, note);
	ppp_auth_done(access_link(l, access), now, a->ticket, &no, l->ppp_out);
}

/* ---- the question ---- */

void
ask_drop(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);

	if (a->question != 0)
		radius_client_cancel(l->radius, now, a->question);
	a->question = 0;
	if (a->ask == 0)
		return;
	due_set(&l->ask_due, pool_slot(a->ask), MONO_NEVER);
	pool_give(&l->asks, a->ask);
	a->ask = 0;
}

/* Keeps a copy of the question; NULL when the table is full. */
static struct ask *
ask_keep(struct lns *l, uint32_t access, const struct ppp_auth *q, mono_t due)
{
	struct access *a = access_get(l, access);
	struct ask *k = pool_take(&l->asks, &a->ask);

	if (k == NULL) {
		drop_count(l->drops, DROP_LNS_LIMIT);
		return NULL;
	}
	*k = (struct ask){ .access = access, .due = due, .q = *q };
	due_set(&l->ask_due, pool_slot(a->ask), due);
	return k;
}

/* Which server continues a conversation: the one whose State we hold. */
static int
ask_server(const struct access *a)
{
	return a->state_len > 0 ? a->server : -1;
}

static uint32_t
ask_send(struct lns *l, mono_t now, uint32_t access, const struct ppp_auth *q,
    const struct aaa_choice *c)
{
	const struct access *a = access_get(l, access);
	uint8_t buf[REQUEST_ATTRS_MAX];
	struct request_facts f;
	struct account_text text;
	struct radius_build b;
	struct radius_ask ra = {
		.code = RADIUS_ACCESS_REQUEST,
		.group = c->auth_group,
		.tag = (uint64_t)access << 32 | q->ticket,
		.server = ask_server(a),
	};
	uint32_t question;

	account_facts(l, now, a, &text, &f);
	f.user = c->user;
	f.state = rd_make(a->radius_state, a->state_len);
	f.mtu = q->method == PPP_EAP ? q->eap_mtu :
	    path_mtu(l, ask_path(l, a));
	radius_open_attrs(&b, buf, sizeof(buf));
	request_access(&b, &f, q);
	ra.attrs = wr_out(&b.w);
	if (q->method == PPP_PAP)
		ra.password = rd_make(q->password.b, q->password.len);
	question = ra.attrs.bad ? 0 :
	    radius_client_ask(l->radius, now, &ra, l->radius_out);
	wipe(buf, sizeof(buf));
	return question;
}

static void
ask_radius(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_auth *q, const struct aaa_choice *c)
{
	struct access *a = access_get(l, access);

	a->local = false;
	a->acct_group = c->acct_group;
	a->question = ask_send(l, now, access, q, c);
	if (a->question == 0) {
		settle_no(l, now, access, "too many questions to RADIUS are open");
		return;
	}
	/* No local user can answer EAP (aaa_local). */
	if (c->fallback && q->method != PPP_EAP)
		(void)ask_keep(l, access, q, MONO_NEVER);
	clock_stands(l, now, a, mono_add_ms(now, l->params->radius.wait_ms));
}

/* Nobody keeps it back any more. */
static void
ask_now(struct lns *l, mono_t now, uint32_t access, const struct ppp_auth *q)
{
	struct access *a = access_get(l, access);
	struct aaa_choice c;

	aaa_choose(&l->params->policy, &l->params->users,
	    rd_make(q->name, q->name_len), &c);
	a->acct_group = c.acct_group;
	if (c.local || rd_left(&c.user) == 0)
		settle_locally(l, now, access, q);
	else if (rd_left(&c.user) > ATTR_VALUE_MAX)
		settle_no(l, now, access, "a user name longer than RADIUS takes");
	else if (q->method == PPP_PAP && q->password.len == 0)
		settle_no(l, now, access, "empty password");
	else
		ask_radius(l, now, access, q, &c);
}

/*
 * Remembers the name, also as log-safe text; one user, one spelling.  False:
 * the session was another user's, and stays his.
 */
static bool
ask_name(struct lns *l, uint32_t access, const struct ppp_auth *q)
{
	struct access *a = access_get(l, access);
	char user[ATT_USER_MAX];

	(void)log_escape(user, sizeof(user), rd_make(q->name, q->name_len));
	if (strcmp(user, a->user) == 0)
		return true;
	if (a->proven)
		return false;
	a->name_len = q->name_len;
	memcpy(a->name, q->name, q->name_len);
	users_name(l, access, user);
	attempt_user(&l->attempts, a->attempt, user);
	return true;
}

void
ask_put(struct lns *l, mono_t now, uint32_t access, const struct ppp_auth *q)
{
	struct access *a = access_get(l, access);
	mono_t at;

	a->state = ACC_AUTH;
	a->method = q->method;
	a->chap_id = q->id;
	ask_drop(l, now, access);
	a->ticket = q->ticket;
	if (!ask_name(l, access, q)) {
		settle_no(l, now, access, NULL);
		return;
	}
	at = limits_answer_at(l, now, a->user, &ask_path(l, a)->remote);
	/* A conversation that goes on is no new attempt. */
	if (!mono_before(now, at) || a->state_len > 0) {
		ask_now(l, now, access, q);
		return;
	}
	if (ask_keep(l, access, q, at) == NULL) {
		settle_no(l, now, access, "too many answers are being kept back");
		return;
	}
	clock_stands(l, now, a, at);
}

void
ask_put_late(struct lns *l, mono_t now, uint32_t ask)
{
	struct ask *k = pool_get(&l->asks, ask);
	struct ppp_auth q;
	uint32_t access;

	if (k == NULL)
		return;
	access = k->access;
	q = k->q;
	pool_give(&l->asks, ask);
	if (access_get(l, access) != NULL) {
		access_get(l, access)->ask = 0;
		ask_now(l, now, access, &q);
		access_stepped(l, now, access);
	}
	wipe(&q, sizeof(q));
}

/* State is kept for the next question of the conversation, RFC 2865 §5.24. */
static void
keep_state(struct access *a, const struct radius_act *r, bool more)
{
	struct attr s;

	a->state_len = 0;
	if (!more || !attr_get(r->reply.attrs, 0, ATTR_STATE, &s))
		return;
	a->state_len = (uint8_t)rd_left(&s.value);
	memcpy(a->radius_state, s.value.p, a->state_len);
	a->server = (int)r->server;
}

/* The records name the user as the question did, if the answer does not. */
static void
base_profile(const struct lns *l, const struct access *a, struct profile *p)
{
	struct aaa_choice c;

	*p = (struct profile){ .pool = l->params->pool_default };
	profile_from_group(&l->params->names, l->params->group_default, p);
	aaa_choose(&l->params->policy, &l->params->users,
	    rd_make(a->name, a->name_len), &c);
	if (rd_left(&c.user) >= a->name_len)
		return;
	p->user_len = (uint8_t)rd_left(&c.user);
	memcpy(p->user, c.user.p, p->user_len);
}

void
ask_answered(struct lns *l, mono_t now, const struct radius_act *r)
{
	uint32_t access = (uint32_t)(r->tag >> 32);
	struct access *a = access_get(l, access);
	struct aaa_shown q;
	struct profile base;
	struct aaa_answer ans;
	const struct ask *k;

	if (a == NULL || a->question == 0 || a->ticket != (uint32_t)r->tag)
		return;
	a->question = 0;
	clock_goes_on(l, now, a);
	k = pool_get(&l->asks, a->ask);
	if (k != NULL && r->result != RADIUS_ANSWERED) {
		log_warn("radius fallback attempt=%" PRIu64 " user=%s reason=\"%s\"",
		    a->attempt, a->user, radius_result_str(r->result));
		settle_locally(l, now, access, &k->q);
	} else {
		q = (struct aaa_shown){ a->method, a->chap_id };
		base_profile(l, a, &base);
		aaa_radius(r, &q, &l->params->names, &base, &ans);
		keep_state(a, r, ans.why == AAA_MORE);
		settle(l, now, access, &ans);
		wipe(&ans, sizeof(ans));
	}
	if (access_get(l, access) != NULL)
		ask_drop(l, now, access);
	access_stepped(l, now, access);
}
