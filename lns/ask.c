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
#include "lns/turn.h"
#include "lns/users.h"

#define MSCHAP_E_AUTH_FAILURE	691	/* RFC 2759 §6 */
#define MSCHAP_E_EXPIRED	648
#define TURN_S			30	/* to wait for it at most */

static const struct path *
ask_path(const struct lns *l, const struct access *a)
{
	return pool_get(&l->paths, a->path);
}

static void
ask_who(const struct lns *l, const struct access *a, struct aaa_choice *c,
    struct limits_who *who)
{
	aaa_choose(&l->params->policy, &l->params->users,
	    rd_make(a->name, a->name_len), c);
	limits_who(l, c, &ask_path(l, a)->remote, who);
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

/* Whose account it is: by the name that the answer gave, else the typed one. */
static uint64_t
account_of(const struct lns *l, const struct access *a,
    const struct profile *pr)
{
	return users_who(l, a->local ? AAA_NO_GROUP : a->auth_group,
	    pr->user_len > 0 ? rd_make(pr->user, pr->user_len) :
	    rd_make(a->name, a->name_len));
}

/* The limits that hold for a user who proved who he is. */
static bool
allowed(struct lns *l, mono_t now, struct access *a, const struct profile *pr)
{
	uint32_t max = pr->sessions > 0 ? pr->sessions :
	    l->params->sessions_per_user;

	if (max == 0 || a->proven ||
	    users_proven(l, account_of(l, a, pr)) < max)
		return true;
	(void)attempt_end(&l->attempts, now, a->attempt, ATT_REFUSED,
	    "user has %u sessions already, which is the limit", (unsigned)max);
	return false;
}

/* What his refusal costs him: see limits.h. */
static void
held_against(struct lns *l, mono_t now, const struct access *a,
    const struct aaa_answer *ans)
{
	struct limits_who who;
	struct aaa_choice c;

	/* An outage of ours is no failure of his. */
	if (ans->why == AAA_UNREACHED || ans->why == AAA_BAD_ANSWER)
		return;
	ask_who(l, a, &c, &who);
	if (ans->why == AAA_GRANT || a->changing ||
	    ans->verdict.error == MSCHAP_E_EXPIRED)
		limits_refused(l, now, &who);
	else
		limits_failed(l, now, &who);
}

static void
log_failed(const struct access *a, const char *why)
{
	log_info("login failed attempt=%" PRIu64 " user=%s method=%s reason=\"%s\"",
	    a->attempt, a->user[0] != '\0' ? a->user : "-",
	    ppp_method_str(a->method), why);
}

static void
refused(struct lns *l, mono_t now, struct access *a,
    const struct aaa_answer *ans)
{
	char why[PROFILE_WHY_MAX + 128];

	(void)snprintf(why, sizeof(why), "%s%s%s", aaa_why_str(ans->why),
	    ans->text[0] != '\0' ? ": " : "", ans->text);
	a->state = ACC_LINK;
	held_against(l, now, a, ans);
	log_failed(a, why);
	if (a->cause == PPP_CAUSE_NONE)
		attempt_note(&l->attempts, a->attempt, why);
}

static void
welcomed(struct lns *l, mono_t now, const struct access *a,
    const struct aaa_answer *ans)
{
	struct limits_who who;
	struct aaa_choice c;

	if (ans->text[0] != '\0')
		log_info("login note attempt=%" PRIu64 " user=%s note=\"%s\"",
		    a->attempt, a->user, ans->text);
	ask_who(l, a, &c, &who);
	limits_succeeded(l, now, &who);
}

/* What the answer means for the session; then the peer hears it. */
static void
settle(struct lns *l, mono_t now, uint32_t access, struct aaa_answer *ans)
{
	struct access *a = access_get(l, access);
	uint32_t ticket = a->ticket;

	l->answers[ans->why]++;
	if (ans->why == AAA_OK) {
		welcomed(l, now, a, ans);
		access_takeover(l, now, access, &ans->profile);
	}
	if (ans->why == AAA_OK && !allowed(l, now, a, &ans->profile)) {
		a->state = ACC_LINK;
		ans->verdict = (struct ppp_verdict){
			.error = MSCHAP_E_AUTH_FAILURE };
	} else if (ans->why == AAA_OK) {
		access_in(l, access, &ans->profile,
		    account_of(l, a, &ans->profile));
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
ask_left(struct lns *l, uint32_t access)
{
	const struct access *a = access_get(l, access);
	enum radius_result so_far;
	char why[PROFILE_WHY_MAX + 64];

	if (a->question == 0)
		return;
	so_far = radius_client_so_far(l->radius, a->question);
	if (so_far == RADIUS_TIMED_OUT)
		(void)snprintf(why, sizeof(why),
		    "the client left before RADIUS had answered");
	else
		(void)snprintf(why, sizeof(why), "%s: %s",
		    aaa_why_str(AAA_UNREACHED), radius_result_str(so_far));
	attempt_note(&l->attempts, a->attempt, why);
}

void
ask_drop(struct lns *l, mono_t now, uint32_t access)
{
	struct access *a = access_get(l, access);

	if (a->question != 0)
		radius_client_cancel(l->radius, now, a->question);
	a->question = 0;
	turn_drop(l, a->ask);
	a->ask = 0;
}

void
ask_broken_off(struct lns *l, mono_t now, uint32_t access)
{
	const struct access *a = access_get(l, access);
	struct limits_who who;
	struct aaa_choice c;

	if (a->state_len == 0 || a->question != 0 || l->shutting_down)
		return;
	ask_who(l, a, &c, &who);
	limits_failed(l, now, &who);
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
	a->auth_group = c->auth_group;
	a->acct_group = c->acct_group;
	a->question = ask_send(l, now, access, q, c);
	if (a->question == 0) {
		settle_no(l, now, access, "too many questions to RADIUS are open");
		return;
	}
	turn_spend(l, now);
	/* No local user can answer EAP (aaa_local). */
	if (c->fallback && q->method != PPP_EAP)
		(void)turn_keep(l, now, access, q, ASK_OUT, MONO_NEVER, 0);
	clock_stands(l, now, a, mono_add_ms(now, l->params->radius.wait_ms));
}

/* Asks RADIUS, or waits for its turn. */
static void
ask_in_turn(struct lns *l, mono_t now, uint32_t access,
    const struct ppp_auth *q, const struct aaa_choice *c,
    const struct limits_who *who)
{
	mono_t due = mono_add_s(now, TURN_S);

	if (turn_free(l, now))
		ask_radius(l, now, access, q, c);
	else if (turn_keep(l, now, access, q, ASK_TURN, due,
	    limits_share(l, now, who)))
		clock_stands(l, now, access_get(l, access), due);
	else
		settle_no(l, now, access, "too many logins wait for RADIUS");
}

/* The peer hears that the password is wrong, whether it is or not. */
static void
settle_locked(struct lns *l, mono_t now, uint32_t access,
    const struct limits_who *who, const char *why, bool local)
{
	struct access *a = access_get(l, access);
	struct ppp_verdict no;

	l->locked_out++;
	drop_count(l->drops, DROP_LNS_LOCKED);
	limits_refused(l, now, who);
	a->state = ACC_LINK;
	a->state_len = 0;
	log_failed(a, why);
	attempt_note(&l->attempts, a->attempt, why);
	aaa_wrong(&no, local);
	ppp_auth_done(access_link(l, access), now, a->ticket, &no, l->ppp_out);
}

/* Nobody keeps it back any more. */
static void
ask_now(struct lns *l, mono_t now, uint32_t access, const struct ppp_auth *q)
{
	struct access *a = access_get(l, access);
	char why[LIMITS_WHY_MAX];
	struct limits_who who;
	struct aaa_choice c;

	ask_who(l, a, &c, &who);
	a->acct_group = c.acct_group;
	if (limits_locked(l, now, &who, why))
		settle_locked(l, now, access, &who, why, c.local);
	else if (c.local || rd_left(&c.user) == 0)
		settle_locally(l, now, access, q);
	else if (rd_left(&c.user) > ATTR_VALUE_MAX)
		settle_no(l, now, access, "a user name longer than RADIUS takes");
	else if (q->method == PPP_PAP && q->password.len == 0)
		settle_no(l, now, access, "empty password");
	else
		ask_in_turn(l, now, access, q, &c, &who);
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
	struct limits_who who;
	struct aaa_choice c;
	mono_t at;

	a->state = ACC_AUTH;
	a->method = q->method;
	a->chap_id = q->id;
	a->changing = q->change_len > 0;
	ask_drop(l, now, access);
	a->ticket = q->ticket;
	if (!ask_name(l, access, q)) {
		settle_no(l, now, access, NULL);
		return;
	}
	ask_who(l, a, &c, &who);
	at = limits_answer_at(l, now, &who);
	/* A conversation that goes on is no new attempt. */
	if (!mono_before(now, at) || a->state_len > 0) {
		ask_now(l, now, access, q);
		return;
	}
	if (!turn_keep(l, now, access, q, ASK_DELAY, at,
	    limits_share(l, now, &who))) {
		settle_no(l, now, access, "too many answers are being kept back");
		return;
	}
	clock_stands(l, now, a, at);
}

/* Takes it off its place; NULL if its session is gone. */
static struct access *
ask_take(struct lns *l, uint32_t ask, struct ask *k)
{
	const struct ask *kept = pool_get(&l->asks, ask);
	struct access *a;

	if (kept == NULL)
		return NULL;
	*k = *kept;
	turn_drop(l, ask);
	a = access_get(l, k->access);
	if (a != NULL)
		a->ask = 0;
	return a;
}

void
ask_put_late(struct lns *l, mono_t now, uint32_t ask)
{
	struct ask k = { .access = 0 };
	struct access *a = ask_take(l, ask, &k);

	if (a != NULL) {
		if (k.wait == ASK_DELAY) {
			ask_now(l, now, k.access, &k.q);
		} else {
			clock_goes_on(l, now, a);
			settle_no(l, now, k.access, k.wait == ASK_SHED ?
			    "too many logins wait for RADIUS" :
			    "no turn to ask RADIUS came in time");
		}
		access_stepped(l, now, k.access);
	}
	wipe(&k, sizeof(k));
}

void
ask_put_turn(struct lns *l, mono_t now, uint32_t ask)
{
	struct ask k = { .access = 0 };
	struct access *a = ask_take(l, ask, &k);
	struct limits_who who;
	struct aaa_choice c;
	char why[LIMITS_WHY_MAX];

	if (a != NULL) {
		ask_who(l, a, &c, &who);
		if (limits_locked(l, now, &who, why)) {
			clock_goes_on(l, now, a);
			settle_locked(l, now, k.access, &who, why, false);
		} else {
			ask_radius(l, now, k.access, &k.q, &c);
		}
		access_stepped(l, now, k.access);
	}
	wipe(&k, sizeof(k));
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

void
ask_base_profile(const struct lns *l, struct rd name, struct profile *p)
{
	struct aaa_choice c;

	*p = (struct profile){ .pool = l->params->pool_default };
	profile_from_group(&l->params->names, l->params->group_default, p);
	aaa_choose(&l->params->policy, &l->params->users, name, &c);
	if (rd_left(&c.user) >= rd_left(&name))
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
	/* A server that lives but is slow is no reason: he may yet confirm. */
	if (k != NULL && r->result == RADIUS_NO_SERVER) {
		log_warn("radius fallback attempt=%" PRIu64 " user=%s reason=\"%s\"",
		    a->attempt, a->user, radius_result_str(r->result));
		settle_locally(l, now, access, &k->q);
	} else {
		q = (struct aaa_shown){ a->method, a->chap_id };
		ask_base_profile(l, rd_make(a->name, a->name_len), &base);
		aaa_radius(r, &q, &l->params->names, &base, &ans);
		keep_state(a, r, ans.why == AAA_MORE);
		settle(l, now, access, &ans);
		wipe(&ans, sizeof(ans));
	}
	if (access_get(l, access) != NULL)
		ask_drop(l, now, access);
	access_stepped(l, now, access);
}
