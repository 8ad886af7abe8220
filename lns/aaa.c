/* SPDX-License-Identifier: BSD-2-Clause */
/* Local users answer the AAA question: see aaa.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lns/aaa.h"

#define MSCHAP_E_AUTH_FAILURE	691	/* RFC 2759 §6 */

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
	case AAA_NEEDS_RADIUS:
		return "EAP needs RADIUS";
	case AAA_WHY_COUNT:
		break;
	}
	return "unknown";
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

static const struct aaa_user *
lookup(const struct aaa_users *us, struct rd name)
{
	const struct aaa_user *u = local_find(us, name);

	if (u == NULL)
		u = local_find(us, strip_domain(name));
	if (u == NULL)
		u = local_find(us, strip_realm(strip_domain(name)));
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

void
aaa_local(const struct aaa_users *us, const struct ppp_auth *q,
    struct aaa_answer *a)
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
			a->profile.address = u->address;
			a->profile.pool = u->pool;
			a->profile.sessions = u->sessions;
			return;
		}
	}
	/* The peer hears the same for every reason. */
	a->verdict.retry = true;
	a->verdict.error = MSCHAP_E_AUTH_FAILURE;
	(void)snprintf(a->verdict.message, sizeof(a->verdict.message),
	    "access denied");
}
