/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins for trial: see radtest.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lns/account.h"
#include "lns/ask.h"
#include "lns/radtest_int.h"

#define PUMP_ROUNDS	64	/* of frames to and fro between two answers */

enum { EAP_NAK = 3, EAP_MD5 = 4, EAP_MSCHAPV2 = 26 };	/* RFC 3748 §5 */

enum side { ASKER, PHONE, SIDES };	/* the authenticator, the phone */

struct radtest {
	uint32_t self;		/* its number; 0: free */
	bool done;		/* the answer is complete */
	bool told;		/* and whoever waits knows */
	mono_t began;
	uint32_t group;
	int only;		/* server; -1: any of the group */
	uint32_t question;	/* RADIUS's handle; 0: none is out */
	uint32_t ticket;	/* PPP's */
	uint8_t id;		/* of the packet it came in */
	uint8_t user_len, user[ATTR_VALUE_MAX];	/* as the servers are told */
	int server;		/* whose State this is; -1: none's */
	uint8_t state_len, state[ATTR_VALUE_MAX];
	bool declined;		/* EAP: we said that we do not speak that */
	bool spoken;		/* EAP: we answered a method */
	bool in;		/* the phone's side is content */
	char down[128];		/* why a side gave up; empty: it has not */
	struct ppp_params params[SIDES];
	struct ppp *ppp[SIDES];	/* owned */
	struct ppp_out box[SIDES];
	struct radtest_answer answer;
};

const char *
radtest_result_str(enum radtest_result r)
{
	switch (r) {
	case RADTEST_ACCEPTED:
		return "accepted";
	case RADTEST_REFUSED:
		return "refused";
	case RADTEST_CHALLENGED:
		return "challenged";
	case RADTEST_NO_ANSWER:
		return "no answer";
	case RADTEST_UNUSABLE:
		return "not usable";
	}
	return "?";
}

/* ---- life ---- */

void
radtest_bounds(bound_fn *each, void *ctx)
{
	const struct bound tests = { "radius tests", RADTESTS,
		RADTESTS * sizeof(struct radtest) };
	struct ppp_params p;

	each(ctx, &tests);
	ppp_params_default(&p);
	p.methods = PPP_EAP;	/* the largest */
	ppp_bounds(&p, RADTESTS * SIDES, each, ctx);
}

bool
radtest_init(struct lns *l)
{
	l->tests = calloc(RADTESTS, sizeof(struct radtest));
	return l->tests != NULL;
}

static void
clear(struct radtest *t)
{
	ppp_free(t->ppp[ASKER]);
	ppp_free(t->ppp[PHONE]);
	wipe(t, sizeof(*t));
}

void
radtest_wipe(struct lns *l)
{
	for (int i = 0; l->tests != NULL && i < RADTESTS; i++)
		clear(&l->tests[i]);
	free(l->tests);
	l->tests = NULL;
}

static struct radtest *
find(const struct lns *l, uint32_t self)
{
	for (int i = 0; self != 0 && l->tests != NULL && i < RADTESTS; i++)
		if (l->tests[i].self == self)
			return &l->tests[i];
	return NULL;
}

static struct radtest *
place(struct lns *l)
{
	for (int i = 0; i < RADTESTS; i++) {
		struct radtest *t = &l->tests[i];

		if (t->self != 0)
			continue;
		if (++l->test_last == 0)
			l->test_last = 1;
		t->self = l->test_last;
		return t;
	}
	return NULL;
}

/* ---- words ---- */

static void
say(struct radtest *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds to what is to be said about the answer. */
static void
say(struct radtest *t, const char *fmt, ...)
{
	size_t n = strlen(t->answer.why);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->answer.why + n, sizeof(t->answer.why) - n, fmt, ap);
	va_end(ap);
}

/* IANA's numbers of EAP methods, as people call them. */
static const char *
eap_name(uint8_t type, char buf[16])
{
	static const struct { uint8_t type; const char *name; } names[] = {
		{ 4, "MD5" }, { 5, "OTP" }, { 6, "GTC" }, { 13, "TLS" },
		{ 18, "SIM" }, { 21, "TTLS" }, { 23, "AKA" }, { 25, "PEAP" },
		{ 26, "MSCHAPv2" }, { 43, "FAST" }, { 50, "AKA'" },
		{ 52, "PWD" }, { 55, "TEAP" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	(void)snprintf(buf, 16, "type %u", (unsigned)type);
	return buf;
}

/* Remembers what method a Request of the server is of; once each in a row. */
static void
offered(struct radtest *t, const struct ppp_verdict *v)
{
	char *all = t->answer.offers, buf[16];
	size_t n = strlen(all), len;
	const char *name;

	/* Identity and Notification are no methods. */
	if (v->eap_len < 5 || v->eap[4] < EAP_MD5)
		return;
	name = eap_name(v->eap[4], buf);
	len = strlen(name);
	if (n >= len && strcmp(all + n - len, name) == 0)
		return;
	(void)snprintf(all + n, RADTEST_OFFERS_MAX - n, "%s%s",
	    n > 0 ? ", " : "", name);
}

/* How the servers of the group do; what an operator asks next. */
static void
say_servers(const struct lns *l, struct radtest *t)
{
	const struct radius_group_params *g =
	    &l->params->radius.group[t->group];
	uint32_t n = t->only >= 0 ? 1 : g->server_n;
	bool silent = true;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t s = t->only >= 0 ? (uint32_t)t->only : g->server[i];
		struct radius_health h;

		if (!radius_client_health(l->radius, s, RADIUS_AUTH, &h))
			continue;
		silent = silent && h.heard.us == UINT64_MAX;
		say(t, "; %s is %s%s%s%s", l->params->radius.server[s].name,
		    h.up ? "up" : "down", h.why[0] != '\0' ? " (" : "", h.why,
		    h.why[0] != '\0' ? ")" : "");
	}
	if (silent)
		say(t, "; nothing valid has come from there since the start: "
		    "does it run, is our address among its clients, and is the "
		    "secret the same?  With another secret most servers drop "
		    "what we send and say nothing");
}

/* No answer that is authentic. */
static void
say_result(const struct lns *l, struct radtest *t, enum radius_result r)
{
	t->answer.result = RADTEST_UNUSABLE;
	switch (r) {
	case RADIUS_NO_MESSAGE_AUTH:
		say(t, "the server's answers carry no Message-Authenticator, "
		    "and without one an answer can be forged (CVE-2024-3596): "
		    "renew the server or make it add one; if neither can be, "
		    "require-message-authenticator = no in its section");
		return;
	case RADIUS_FORGED:
		say(t, "the server's answers have a wrong authenticator: the "
		    "secret there is another one than here");
		return;
	case RADIUS_NO_SERVER:
	case RADIUS_TIMED_OUT:
		t->answer.result = RADTEST_NO_ANSWER;
		say(t, "%s", radius_result_str(r));
		say_servers(l, t);
		return;
	case RADIUS_ANSWERED:
	case RADIUS_BROKEN:
	case RADIUS_RESULT_COUNT:
		break;
	}
	say(t, "%s", radius_result_str(r));
}

/* RFC 2759 §6; 691 is what a plain refusal says, too. */
static const char *
mschap_error_str(uint16_t error)
{
	switch (error) {
	case 646:
		return "not at this hour";
	case 647:
		return "the account is disabled";
	case 648:
		return "the password has expired; a phone that can is asked "
		    "for a new one";
	case 649:
		return "no permission to dial in";
	default:
		return "the server's own log knows why";
	}
}

static void
say_refused(struct radtest *t, const struct aaa_answer *ans)
{
	t->answer.result = RADTEST_REFUSED;
	if (t->declined && !t->spoken) {
		t->answer.result = RADTEST_CHALLENGED;
		say(t, "the server offers EAP by %s, which a real client must "
		    "try: this test speaks MSCHAPv2 and MD5 only and asked for "
		    "those, and the server would not; the password was not "
		    "looked at", t->answer.offers);
		return;
	}
	say(t, "%s", mschap_error_str(ans->verdict.error));
}

/* An authentic answer, read as a login's. */
static void
say_answer(struct radtest *t, const struct aaa_answer *ans)
{
	bool ended = t->down[0] != '\0';

	switch (ans->why) {
	case AAA_OK:
		t->answer.result = t->in ? RADTEST_ACCEPTED : RADTEST_UNUSABLE;
		t->answer.granted = ans->profile;
		if (!t->in)
			say(t, "the server accepts, but a phone would hang up: "
			    "%s", ended ? t->down : "it is not content");
		else if (ans->text[0] != '\0')
			say(t, "%s", ans->text);
		return;
	case AAA_MORE:
		t->answer.result = RADTEST_UNUSABLE;
		say(t, "EAP did not go on: %s", ended ? t->down :
		    "our client has no answer to the server's request");
		return;
	case AAA_REJECTED:
		say_refused(t, ans);
		return;
	case AAA_CHALLENGED:
		t->answer.result = RADTEST_CHALLENGED;
		say(t, "%s", aaa_why_str(ans->why));
		return;
	default:
		t->answer.result = RADTEST_UNUSABLE;
		say(t, "%s%s%s", aaa_why_str(ans->why),
		    ans->text[0] != '\0' ? ": " : "", ans->text);
	}
}

/* ---- the end ---- */

/* The name as it was given. */
static struct rd
typed(const struct radtest *t)
{
	return rd_make(t->params[PHONE].user, strlen(t->params[PHONE].user));
}

/* One line, so that nobody guesses passwords here unseen. */
static void
finish(struct lns *l, mono_t now, struct radtest *t)
{
	const struct radtest_answer *a = &t->answer;
	char user[ATT_USER_MAX];

	t->done = true;
	t->answer.took_us = mono_since_us(now, t->began);
	log_info("radius test user=%s method=%s result=\"%s\" server=%s "
	    "took_ms=%" PRIu64, log_escape(user, sizeof(user), typed(t)),
	    ppp_method_str(a->method),
	    radtest_result_str(a->result),
	    a->server < l->params->radius.server_n ?
	    l->params->radius.server[a->server].name : "-", a->took_us / 1000);
	ppp_free(t->ppp[ASKER]);
	ppp_free(t->ppp[PHONE]);
	t->ppp[ASKER] = t->ppp[PHONE] = NULL;
	wipe(t->params, sizeof(t->params));
	wipe(t->box, sizeof(t->box));
}

static void
fail(struct lns *l, mono_t now, struct radtest *t, const char *why)
{
	t->answer.result = RADTEST_UNUSABLE;
	say(t, "%s", why);
	finish(l, now, t);
}

bool
radtest_untold(const struct lns *l)
{
	for (int i = 0; l->tests != NULL && i < RADTESTS; i++)
		if (l->tests[i].done && !l->tests[i].told)
			return true;
	return false;
}

void
radtest_tell(struct lns *l, struct lns_out *o)
{
	for (int i = 0; l->tests != NULL && i < RADTESTS; i++) {
		struct radtest *t = &l->tests[i];

		if (!t->done || t->told || o->n == LNS_OUT_ACTS)
			continue;
		t->told = true;
		o->act[o->n++] = (struct lns_act){ .kind = LNS_RADTEST,
			.number = t->self };
	}
}

/* ---- the exchange ---- */

/* What is left of the longest wait; at least something. */
static uint32_t
wait_left(const struct lns *l, mono_t now, const struct radtest *t)
{
	uint64_t gone = mono_since_ms(now, t->began);
	uint32_t all = l->params->radius.wait_ms;

	return gone < all ? all - (uint32_t)gone : 1;
}

/* The question as a login's, but for what only a session has. */
static uint32_t
put_question(struct lns *l, mono_t now, struct radtest *t,
    const struct ppp_auth *q)
{
	struct request_facts f = {
		.user = rd_make(t->user, t->user_len),
		.nas_id = l->params->nas_id,
		.nas_addr = l->params->nas_addr,
		.connect_info = "radius test",
		.family = "",
		.mtu = q->method == PPP_EAP ? q->eap_mtu : t->params[ASKER].mru,
		.unix_ms = account_unix_ms(l, now),
		.state = rd_make(t->state, t->state_len),
	};
	struct radius_ask ra = {
		.code = RADIUS_ACCESS_REQUEST,
		.group = t->group,
		.tag = t->self,
		.server = t->state_len > 0 ? t->server : t->only,
		.wait_ms = wait_left(l, now, t),
	};
	uint8_t buf[REQUEST_ATTRS_MAX];
	struct radius_build b;
	uint32_t question;

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
asked(struct lns *l, mono_t now, struct radtest *t, const struct ppp_auth *q)
{
	uint8_t type = q->method == PPP_EAP && q->eap_len > 4 ? q->eap[4] : 0;

	t->declined = t->declined || type == EAP_NAK;
	t->spoken = t->spoken || type == EAP_MD5 || type == EAP_MSCHAPV2;
	t->ticket = q->ticket;
	t->id = q->id;
	t->answer.rounds++;
	t->question = put_question(l, now, t, q);
}

/* One action of a side; what it says goes to the other. */
static void
act(struct lns *l, mono_t now, struct radtest *t, enum side side,
    const struct ppp_act *a)
{
	enum side other = side == ASKER ? PHONE : ASKER;

	switch (a->kind) {
	case PPP_SEND:
		ppp_input(t->ppp[other], now, a->data, &t->box[other]);
		break;
	case PPP_ASK_AUTH:
		asked(l, now, t, a->auth);
		break;
	case PPP_AUTH_OK:
		t->in = true;
		break;
	case PPP_DOWN:
		if (t->down[0] == '\0')
			(void)snprintf(t->down, sizeof(t->down), "%s",
			    a->text[0] != '\0' ? a->text :
			    ppp_cause_str(a->cause));
		break;
	case PPP_LCP_UP:
	case PPP_ASK_ADDR:	/* it goes no farther than this */
	case PPP_NET_UP:
	case PPP_NET_DOWN:
	case PPP_NET6_UP:
	case PPP_NET6_DOWN:
	case PPP_IP6:
	case PPP_NOTE:
		break;
	}
}

/* The two talk until one waits for us, or there is no more to say. */
static void
pump(struct lns *l, mono_t now, struct radtest *t)
{
	for (int i = 0; i < PUMP_ROUNDS && !t->in &&
	    (t->box[ASKER].n > 0 || t->box[PHONE].n > 0); i++) {
		enum side side = t->box[ASKER].n > 0 ? ASKER : PHONE;

		for (unsigned k = 0; k < t->box[side].n; k++)
			act(l, now, t, side, &t->box[side].act[k]);
		ppp_out_reset(&t->box[side]);
	}
}

/* State is given back in the next question, RFC 2865 §5.24. */
static void
keep_state(struct radtest *t, const struct radius_act *r)
{
	struct attr s;

	t->state_len = 0;
	if (!attr_get(r->reply.attrs, 0, ATTR_STATE, &s))
		return;
	t->state_len = (uint8_t)rd_left(&s.value);
	memcpy(t->state, s.value.p, t->state_len);
	t->server = (int)r->server;
}

static void
take_answer(struct lns *l, mono_t now, struct radtest *t,
    const struct radius_act *r, struct aaa_answer *ans)
{
	struct aaa_shown shown = { t->answer.method, t->id };
	struct profile base;
	struct attr m;

	ask_base_profile(l, typed(t), &base);
	aaa_radius(r, &shown, &l->params->names, &base, ans);
	if (attr_get(r->reply.attrs, 0, ATTR_REPLY_MESSAGE, &m))
		(void)log_escape(t->answer.message,
		    sizeof(t->answer.message), m.value);
	if (t->answer.method == PPP_EAP && ans->why == AAA_MORE)
		offered(t, &ans->verdict);
	if (ans->why != AAA_OK && ans->why != AAA_MORE)
		return;
	keep_state(t, r);
	ppp_auth_done(t->ppp[ASKER], now, t->ticket, &ans->verdict,
	    &t->box[ASKER]);
	pump(l, now, t);
}

void
radtest_answered(struct lns *l, mono_t now, const struct radius_act *r)
{
	struct radtest *t = find(l, (uint32_t)r->tag);
	struct aaa_answer ans;

	if (t == NULL || t->done || t->question != r->question)
		return;
	t->question = 0;
	t->answer.server = r->server;
	if (r->result != RADIUS_ANSWERED) {
		say_result(l, t, r->result);
		finish(l, now, t);
		return;
	}
	take_answer(l, now, t, r, &ans);
	if (ans.why != AAA_MORE || t->question == 0) {
		say_answer(t, &ans);
		finish(l, now, t);
	}
	wipe(&ans, sizeof(ans));
}

/* ---- the beginning ---- */

static int
server_of(const struct lns *l, const char *name)
{
	const struct radius_params *p = &l->params->radius;

	for (uint32_t i = 0; i < p->server_n; i++)
		if (strcmp(p->server[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* Who is to be asked; NULL, or why nobody can be. */
static const char *
choose(const struct lns *l, const struct radtest_ask *a, struct radtest *t)
{
	struct aaa_choice c;

	aaa_choose(&l->params->policy, &l->params->users, a->user, &c);
	t->only = t->server = -1;
	if (a->server != NULL) {
		t->only = server_of(l, a->server);
		if (t->only < 0)
			return "no such server";
		/* Whichever: it does not choose, and the server is named. */
		t->group = c.auth_group < l->params->radius.group_n ?
		    c.auth_group : 0;
	} else if (c.local) {
		return "a local user answers to this name: RADIUS is not asked";
	} else {
		t->group = c.auth_group;
	}
	if (t->group >= l->params->radius.group_n)
		return "no servers are configured for this name";
	if (rd_left(&c.user) == 0 || rd_left(&c.user) > ATTR_VALUE_MAX)
		return "nothing is left of the name, or it is too long";
	t->user_len = (uint8_t)rd_left(&c.user);
	memcpy(t->user, c.user.p, t->user_len);
	return NULL;
}

/* Both ends of a link that agrees on this method and nothing else. */
static bool
link_up(struct lns *l, mono_t now, struct radtest *t,
    const struct radtest_ask *a)
{
	struct ppp_params *asks = &t->params[ASKER];
	struct ppp_params *phone = &t->params[PHONE];

	*asks = l->params->ppp;
	asks->methods = (uint8_t)a->method;
	*phone = *asks;
	phone->eap = PPP_CHAP_MD5 | PPP_MSCHAPV2;
	memcpy(phone->user, a->user.p, rd_left(&a->user));
	phone->user[rd_left(&a->user)] = '\0';
	(void)secret_set(&phone->password, a->password.p,
	    rd_left(&a->password));
	t->ppp[ASKER] = ppp_new(asks, PPP_AUTHENTICATOR, l->rng, NULL);
	t->ppp[PHONE] = ppp_new(phone, PPP_PEER, l->rng, NULL);
	if (t->ppp[ASKER] == NULL || t->ppp[PHONE] == NULL)
		return false;
	ppp_lower_up(t->ppp[ASKER], now, &t->box[ASKER]);
	ppp_lower_up(t->ppp[PHONE], now, &t->box[PHONE]);
	pump(l, now, t);
	return true;
}

static const char *
ask_wrong(const struct lns *l, const struct radtest_ask *a)
{
	size_t user = rd_left(&a->user), password = rd_left(&a->password);

	if (l->radius == NULL)
		return "there is no RADIUS server";
	if (user == 0 || user > PPP_NAME_MAX ||
	    memchr(a->user.p, 0, user) != NULL)
		return "no name, or one that no phone can send";
	if (password == 0 || password > SECRET_MAX)
		return "no password, or too long a one";
	return NULL;
}

uint32_t
radtest_begin(struct lns *l, mono_t now, const struct radtest_ask *a,
    const char **why)
{
	struct radtest *t;

	*why = ask_wrong(l, a);
	if (*why != NULL)
		return 0;
	t = place(l);
	if (t == NULL) {
		*why = "too many tests are running: try again in a moment";
		return 0;
	}
	t->began = now;
	t->answer.method = a->method;
	t->answer.server = UINT32_MAX;
	*why = choose(l, a, t);
	if (*why == NULL && !link_up(l, now, t, a))
		*why = "no memory";
	if (*why != NULL) {
		clear(t);
		return 0;
	}
	if (t->question == 0)
		fail(l, now, t, t->answer.rounds > 0 ?
		    "the question could not be put: too many are open, or it "
		    "does not fit" : "our own client did not get that far");
	return t->self;
}

const struct radtest_answer *
radtest_answer(const struct lns *l, uint32_t test)
{
	const struct radtest *t = find(l, test);

	return t != NULL && t->done ? &t->answer : NULL;
}

void
radtest_end(struct lns *l, mono_t now, uint32_t test)
{
	struct radtest *t = find(l, test);

	if (t == NULL)
		return;
	if (t->question != 0)
		radius_client_cancel(l->radius, now, t->question);
	clear(t);
}
