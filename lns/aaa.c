/* SPDX-License-Identifier: BSD-2-Clause */
/* Local users answer the AAA question: see aaa.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "lns/aaa.h"

#define MSCHAP_E_AUTH_FAILURE	691	/* RFC 2759 §6 */
#define WAIT_MAX_S		300	/* for a user to answer a challenge */

const char *
aaa_why_str(enum aaa_why w)
{
	switch (w) {
	case AAA_OK:
		return "ok";
	case AAA_UNKNOWN_USER:
		return "unknown user";
	case AAA_WRONG_PASSWORD:
		return "wrong password";
	case AAA_NO_METHOD:
		return "the stored NT hash cannot answer this method: store the "
		    "password, or let the client use MS-CHAPv2";
	case AAA_BAD_NAME:
		return "empty or too long user name";
	case AAA_MORE:
		return "going on";
	case AAA_REJECTED:
		return "the RADIUS server refused";
	case AAA_CHALLENGED:
		return "the RADIUS server asked for what this method cannot "
		    "answer";
	case AAA_GRANT:
		return "the RADIUS server's answer cannot be obeyed";
	case AAA_BAD_ANSWER:
		return "the RADIUS server's answer lacks what the method needs";
	case AAA_UNREACHED:
		return "no RADIUS server answered";
	case AAA_NEEDS_RADIUS:
		return "EAP needs RADIUS";
	case AAA_WHY_COUNT:
		break;
	}
	return "unknown";
}

const char *
aaa_why_name(enum aaa_why w)
{
	static const char *const names[AAA_WHY_COUNT] = {
		[AAA_OK] = "ok",
		[AAA_MORE] = "going-on",
		[AAA_UNKNOWN_USER] = "unknown-user",
		[AAA_WRONG_PASSWORD] = "wrong-password",
		[AAA_NO_METHOD] = "no-method",
		[AAA_BAD_NAME] = "bad-name",
		[AAA_REJECTED] = "rejected",
		[AAA_CHALLENGED] = "challenged",
		[AAA_GRANT] = "grant",
		[AAA_BAD_ANSWER] = "bad-answer",
		[AAA_UNREACHED] = "unreached",
		[AAA_NEEDS_RADIUS] = "needs-radius",
	};

	return (unsigned)w < AAA_WHY_COUNT ? names[w] : "unknown";
}

static int
user_cmp(const void *a, const void *b)
{
	const struct aaa_user *x = a;
	const struct aaa_user *y = b;

	return strcmp(x->name, y->name);
}

bool
aaa_users_sort(struct aaa_user *v, uint32_t n, const char **twice)
{
	if (n > 0)
		qsort(v, n, sizeof(*v), user_cmp);
	for (uint32_t i = 1; i < n; i++) {
		if (strcmp(v[i - 1].name, v[i].name) == 0) {
			*twice = v[i].name;
			return false;
		}
	}
	return true;
}

/* Finds a name given as bytes; a name with a NUL inside is nobody's. */
static const struct aaa_user *
local_find(const struct aaa_users *us, struct rd name)
{
	char text[PPP_NAME_MAX + 1];
	struct aaa_user key = { .name = text };
	size_t n = rd_left(&name);

	if (n == 0 || n >= sizeof(text) || memchr(name.p, 0, n) != NULL ||
	    us->n == 0)
		return NULL;
	memcpy(text, name.p, n);
	text[n] = '\0';
	return bsearch(&key, us->v, us->n, sizeof(key), user_cmp);
}

/* The name without `DOMAIN\`. */
static struct rd
strip_domain(struct rd name)
{
	size_t n = rd_left(&name);
	const uint8_t *slash = n > 0 ? memrchr(name.p, '\\', n) : NULL;

	if (slash != NULL)
		rd_skip(&name, (size_t)(slash - name.p) + 1);
	return name;
}

/* The name without `@realm`. */
static struct rd
strip_realm(struct rd name)
{
	size_t n = rd_left(&name);
	const uint8_t *at = n > 0 ? memrchr(name.p, '@', n) : NULL;

	return at != NULL ? rd_sub(&name, (size_t)(at - name.p)) : name;
}

struct rd
aaa_bare(struct rd name)
{
	return strip_realm(strip_domain(name));
}

static const struct aaa_user *
lookup(const struct aaa_users *us, struct rd name)
{
	const struct aaa_user *u = local_find(us, name);

	if (u == NULL)
		u = local_find(us, strip_domain(name));
	if (u == NULL)
		u = local_find(us, aaa_bare(name));
	return u;
}

static struct rd
password_of(const struct aaa_user *u)
{
	return rd_make(u->password, u->password_len);
}

static enum aaa_why
check_pap(const struct aaa_user *u, const struct ppp_auth *q)
{
	uint8_t nt[16];
	bool ok;

	if (u->password != NULL)
		return q->password.len == u->password_len &&
		    secret_same(q->password.b, u->password, u->password_len)
		    ? AAA_OK : AAA_WRONG_PASSWORD;
	ok = ppp_nt_hash(rd_make(q->password.b, q->password.len), nt) &&
	    secret_same(nt, u->nt_hash, sizeof(nt));
	wipe(nt, sizeof(nt));
	return ok ? AAA_OK : AAA_WRONG_PASSWORD;
}

static enum aaa_why
check_chap(const struct aaa_user *u, const struct ppp_auth *q)
{
	uint8_t want[16];

	if (u->password == NULL)
		return AAA_NO_METHOD;
	if (q->response_len != sizeof(want))
		return AAA_WRONG_PASSWORD;
	ppp_chap_md5(q->id, password_of(u),
	    rd_make(q->challenge, q->challenge_len), want);
	return secret_same(want, q->response, sizeof(want)) ?
	    AAA_OK : AAA_WRONG_PASSWORD;
}

static enum aaa_why
check_mschapv2(const struct aaa_user *u, const struct ppp_auth *q,
    char success[43])
{
	struct rd name = strip_domain(rd_make(q->name, q->name_len));
	uint8_t nt[16];
	bool ok = true;

	if (u->password != NULL)
		ok = ppp_nt_hash(password_of(u), nt);
	else
		memcpy(nt, u->nt_hash, sizeof(nt));
	ok = ok && q->response_len == 49 && q->challenge_len == 16 &&
	    ppp_mschapv2_check(nt, q->challenge, q->response, name, success);
	wipe(nt, sizeof(nt));
	return ok ? AAA_OK : AAA_WRONG_PASSWORD;
}

static enum aaa_why
check(const struct aaa_user *u, const struct ppp_auth *q, char success[43])
{
	if (u->password == NULL && !u->has_nt)
		return AAA_NO_METHOD;
	switch (q->method) {
	case PPP_PAP:
		return check_pap(u, q);
	case PPP_CHAP_MD5:
		return check_chap(u, q);
	case PPP_MSCHAPV2:
		return check_mschapv2(u, q, success);
	case PPP_EAP:
		return AAA_NEEDS_RADIUS;
	}
	return AAA_NO_METHOD;
}

static bool
same_word(struct rd a, const char *b)
{
	size_t n = rd_left(&a);

	return n > 0 && strlen(b) == n &&
	    strncasecmp((const char *)a.p, b, n) == 0;
}

/* The realm of a name, as `REALM\user` or `user@realm`; n 0: none. */
static struct rd
realm_of(struct rd name)
{
	struct rd bare = strip_domain(name);
	struct rd user;

	if (rd_left(&bare) < rd_left(&name))
		return rd_make(name.p, rd_left(&name) - rd_left(&bare) - 1);
	user = strip_realm(name);
	if (rd_left(&user) == rd_left(&name))
		return rd_make(NULL, 0);
	return rd_make(name.p + rd_left(&user) + 1,
	    rd_left(&name) - rd_left(&user) - 1);
}

void
aaa_choose(const struct aaa_policy *p, const struct aaa_users *us,
    struct rd name, struct aaa_choice *c)
{
	struct rd realm = realm_of(name);
	const struct aaa_user *u = lookup(us, name);

	*c = (struct aaa_choice){ .auth_group = p->auth_group,
		.acct_group = p->acct_group, .user = name };
	for (uint32_t i = 0; i < p->realm_n; i++) {
		const struct aaa_realm *r = &p->realm[i];

		if (!same_word(realm, r->name))
			continue;
		/* Of a realm with servers of its own: not just any namesake. */
		u = local_find(us, name);
		c->auth_group = r->auth_group;
		c->acct_group = r->acct_group;
		if (r->strip)
			c->user = strip_realm(strip_domain(name));
		break;
	}
	c->local = c->auth_group == AAA_NO_GROUP ||
	    (p->local == AAA_LOCAL_FIRST && u != NULL);
	c->fallback = !c->local && p->local == AAA_LOCAL_FALLBACK;
}

/* Of ours, the peer hears the same for every reason. */
static void
refuse(struct ppp_verdict *v)
{
	v->ok = v->more = false;
	v->error = MSCHAP_E_AUTH_FAILURE;
	(void)snprintf(v->message, sizeof(v->message), "access denied");
}

void
aaa_wrong(struct ppp_verdict *v, bool local)
{
	*v = (struct ppp_verdict){ .retry = local };
	refuse(v);
}

void
aaa_local(const struct aaa_users *us, const struct profile_names *names,
    const struct ppp_auth *q, struct aaa_answer *a)
{
	const struct aaa_user *u;

	*a = (struct aaa_answer){ .why = AAA_BAD_NAME };
	if (q->method == PPP_EAP) {
		a->why = AAA_NEEDS_RADIUS;
	} else if (q->name_len > 0) {
		u = lookup(us, rd_make(q->name, q->name_len));
		a->why = u == NULL ? AAA_UNKNOWN_USER :
		    check(u, q, a->verdict.mschap_success);
		if (a->why == AAA_OK) {
			a->verdict.ok = true;
			a->profile.pool = u->pool;
			profile_from_group(names, u->group, &a->profile);
			a->profile.address = u->address;
			if (u->sessions != 0)
				a->profile.sessions = u->sessions;
			a->profile.user_len = (uint8_t)strnlen(u->name,
			    PROFILE_USER_MAX);
			memcpy(a->profile.user, u->name, a->profile.user_len);
			return;
		}
	}
	a->verdict.retry = true;
	refuse(&a->verdict);
}

/* ---- a reply of RADIUS ---- */

static void
text_of(struct aaa_answer *a, struct rd attrs)
{
	struct attr m;

	if (attr_get(attrs, 0, ATTR_REPLY_MESSAGE, &m))
		(void)log_escape_words(a->text, sizeof(a->text), m.value);
}

/* EAP-Message attributes, joined in order (RFC 3579 §3.1); none: length 0. */
static bool
eap_of(struct rd attrs, struct ppp_verdict *v)
{
	struct attr_walk w = attr_walk(attrs);
	struct wr out = wr_make(v->eap, sizeof(v->eap));
	struct attr a;

	while (attr_next(&w, &a))
		if (a.vendor == 0 && a.type == ATTR_EAP_MESSAGE)
			wr_rd(&out, a.value);
	v->eap_len = (uint16_t)wr_used(&out);
	return !out.bad;
}

/* RFC 2548 §2.3.3: the identifier, "S=" and 40 hex digits (decisions.md). */
static bool
success_of(struct rd attrs, uint8_t id, struct ppp_verdict *v)
{
	struct attr a;

	if (!attr_get(attrs, ATTR_MICROSOFT, ATTR_MS_CHAP2_SUCCESS, &a) ||
	    rd_left(&a.value) != 43 || a.value.p[0] != id ||
	    a.value.p[1] != 'S' || a.value.p[2] != '=')
		return false;
	for (int i = 3; i < 43; i++)
		if (strchr("0123456789ABCDEFabcdef", a.value.p[i]) == NULL ||
		    a.value.p[i] == '\0')
			return false;
	memcpy(v->mschap_success, a.value.p + 1, 42);
	v->mschap_success[42] = '\0';
	return true;
}

/* RFC 2548 §2.1.5: the identifier, then the text that the peer gets. */
static void
error_of(struct rd attrs, struct aaa_answer *a)
{
	struct attr e;

	if (!attr_get(attrs, ATTR_MICROSOFT, ATTR_MS_CHAP_ERROR, &e))
		return;
	rd_skip(&e.value, 1);
	if (ppp_mschap_error(e.value, &a->verdict) && a->text[0] == '\0')
		(void)log_escape_words(a->text, sizeof(a->text),
		    e.value);
}

static bool
radius_accept(const struct radius_act *r, const struct aaa_shown *q,
    const struct profile_names *names, struct aaa_answer *a)
{
	char note[PROFILE_WHY_MAX];

	if (q->method == PPP_MSCHAPV2 &&
	    !success_of(r->reply.attrs, q->id, &a->verdict)) {
		a->why = AAA_BAD_ANSWER;
		(void)snprintf(a->text, sizeof(a->text), "no MS-CHAP2-Success");
		return false;
	}
	if (!profile_read(r->reply.attrs, names, &a->profile, a->text, note)) {
		a->why = AAA_GRANT;
		return false;
	}
	(void)snprintf(a->text, sizeof(a->text), "%s", note);
	(void)snprintf(a->verdict.message, sizeof(a->verdict.message), "%s",
	    a->profile.message);
	a->why = AAA_OK;
	a->verdict.ok = true;
	return true;
}

/* False: the answer is a refusal, whatever the reply's code. */
static bool
radius_reply(const struct radius_act *r, const struct aaa_shown *q,
    const struct profile_names *names, struct aaa_answer *a)
{
	bool eap = q->method == PPP_EAP;
	struct attr wait;

	if (eap && !eap_of(r->reply.attrs, &a->verdict)) {
		a->why = AAA_BAD_ANSWER;
		(void)snprintf(a->text, sizeof(a->text),
		    "an EAP packet longer than the link takes");
		a->verdict.eap_len = 0;
		return false;
	}
	switch (r->reply.code) {
	case RADIUS_ACCESS_ACCEPT:
		return radius_accept(r, q, names, a);
	case RADIUS_ACCESS_CHALLENGE:
		text_of(a, r->reply.attrs);
		a->why = eap && a->verdict.eap_len > 0 ? AAA_MORE :
		    AAA_CHALLENGED;
		a->verdict.more = a->why == AAA_MORE;
		if (attr_get(r->reply.attrs, 0, ATTR_SESSION_TIMEOUT, &wait))
			a->verdict.wait_s = (uint16_t)(attr_u32(&wait) <
			    WAIT_MAX_S ? attr_u32(&wait) : WAIT_MAX_S);
		return a->verdict.more;
	default:
		a->why = AAA_REJECTED;
		text_of(a, r->reply.attrs);
		return false;
	}
}

void
aaa_radius(const struct radius_act *r, const struct aaa_shown *q,
    const struct profile_names *names, const struct profile *base,
    struct aaa_answer *a)
{
	char words[PROFILE_MESSAGE_MAX];

	*a = (struct aaa_answer){ .why = AAA_UNREACHED, .profile = *base };
	if (r->result != RADIUS_ANSWERED) {
		(void)snprintf(a->text, sizeof(a->text), "%s",
		    radius_result_str(r->result));
		refuse(&a->verdict);
		a->verdict.undecided = true;
		return;
	}
	if (radius_reply(r, q, names, a))
		return;
	refuse(&a->verdict);
	if (a->why != AAA_REJECTED)
		return;
	/* The server's words for the user, if it has any. */
	profile_message(r->reply.attrs, words);
	if (words[0] != '\0')
		(void)snprintf(a->verdict.message, sizeof(a->verdict.message),
		    "%s", words);
	if (q->method == PPP_MSCHAPV2)
		error_of(r->reply.attrs, a);
}
