/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_LNS_RADIUS_RIG_H
#define TESTS_LNS_RADIUS_RIG_H

/*
 * DOC: scripted RADIUS servers behind the rig's concentrator, and its disk.
 *
 * A server knows users with passwords, checks what came as a real one would,
 * and adds the attributes that the test gave the user.  It may be dead, slow,
 * lose packets, keep its answers back, or say what it ought not.  Everything
 * that was new to it is kept.
 */

#include "lns/request.h"
#include "radius/packet.h"
#include "tests/lns/rig.h"

#define SERVERS		2
#define SERVERS_SECRET	"xyzzy5461"
#define SERVERS_UNIX	UINT64_C(1700000000)	/* at the rig's start, seconds */
#define SERVERS_USERS	8
#define SERVERS_KEPT	1024
#define SERVERS_MAIL	512
#define SERVERS_TESTS	16

enum twist {			/* what is wrong with an answer */
	TWIST_NONE,
	TWIST_NO_SUCCESS,	/* Accept without MS-CHAP2-Success */
	TWIST_SHORT_SUCCESS,
	TWIST_NO_HEX_SUCCESS,
	TWIST_OTHER_IDENT,
	TWIST_EXPIRED,		/* MS-CHAP-Error, E=648 */
	TWIST_ERROR,		/* MS-CHAP-Error, E=646, with a text */
	TWIST_REJECT,
	TWIST_CHALLENGE,
	TWIST_EAP_LONG,		/* more than a link takes */
	TWIST_EAP_NONE,		/* Challenge without a packet */
	TWIST_EAP_PEAP,		/* another method than MD5, and no other */
	TWIST_FALSE_SUCCESS,	/* MS-CHAP2-Success of who does not know it */
	TWIST_UNSIGNED,		/* no Message-Authenticator */
	TWIST_SECRET		/* signed with another secret */
};

struct server_user {
	char name[64];
	char password[64];
	enum twist twist;
	uint8_t buf[2048];
	struct radius_build grants;	/* what an Accept adds */
	struct radius_build more;	/* what any other answer adds */
	uint8_t more_buf[1024];
};

struct server {
	bool dead;
	unsigned lose;		/* the next so many packets */
	bool hold;		/* answers to Access-Requests wait for servers_release() */
	uint64_t delay_ms;	/* of answers to Access-Requests */
	bool unsigned_;		/* no Message-Authenticator in its answers */
	bool other_secret;	/* than ours */
	unsigned repeats;
};

struct kept {			/* a request that was new */
	uint32_t server;
	mono_t at;
	uint32_t delay;		/* Acct-Delay-Time */
	size_t n;
	uint8_t b[RADIUS_PACKET_MAX];
	struct secret password;
};

struct answer {			/* on its way */
	mono_t at;
	uint32_t port;
	bool held;
	size_t n;
	uint8_t b[RADIUS_PACKET_MAX];
};

struct servers {
	struct server server[SERVERS];
	struct server_user user[SERVERS_USERS];
	uint32_t users;
	struct kept *kept;
	unsigned kepts;
	struct answer *answer;
	unsigned answers;
	struct { uint32_t handle, server; enum radius_service service; }
	    port[64];
	uint8_t eap_challenge[16];
	unsigned eap_rounds;
	/* the disk */
	bool disk_bad;
	unsigned stored, forgotten;
	/* CoA: the last answer */
	unsigned dae_sent;
	size_t dae_n;
	uint8_t dae[RADIUS_PACKET_MAX];
	uint8_t dae_id;
	/* logins for trial that have ended */
	unsigned tested;
	uint32_t test[SERVERS_TESTS];
};

static struct rd
text_rd(const char *s)
{
	return rd_make(s, strlen(s));
}

static struct rd
servers_secret(void)
{
	return text_rd(SERVERS_SECRET);
}

/* ---- users ---- */

UNUSED static struct server_user *
servers_user(struct rig *r, const char *name, const char *password)
{
	struct server_user *u = &r->servers->user[r->servers->users++];

	assert_true(r->servers->users <= SERVERS_USERS);
	(void)snprintf(u->name, sizeof(u->name), "%s", name);
	(void)snprintf(u->password, sizeof(u->password), "%s", password);
	radius_open_attrs(&u->grants, u->buf, sizeof(u->buf));
	radius_open_attrs(&u->more, u->more_buf, sizeof(u->more_buf));
	return u;
}

static struct server_user *
servers_find(struct servers *s, struct rd attrs)
{
	struct attr a;

	assert_true(attr_get(attrs, 0, ATTR_USER_NAME, &a));
	for (uint32_t i = 0; i < s->users; i++)
		if (rd_eq(a.value, s->user[i].name, strlen(s->user[i].name)))
			return &s->user[i];
	return NULL;
}

/* ---- proofs ---- */

static bool
server_pap(const struct server_user *u, const struct radius_packet *q)
{
	struct secret s;
	struct attr a;

	return attr_get(q->attrs, 0, ATTR_USER_PASSWORD, &a) &&
	    radius_reveal(a.value, q->auth, servers_secret(), &s) &&
	    s.len == strlen(u->password) &&
	    memcmp(s.b, u->password, s.len) == 0;
}

static bool
server_chap(const struct server_user *u, const struct radius_packet *q)
{
	struct attr a, c;
	uint8_t want[16];

	if (!attr_get(q->attrs, 0, ATTR_CHAP_PASSWORD, &a) ||
	    !attr_get(q->attrs, 0, ATTR_CHAP_CHALLENGE, &c))
		return false;
	ppp_chap_md5(a.value.p[0], text_rd(u->password), c.value, want);
	return rd_left(&a.value) == 17 && memcmp(want, a.value.p + 1, 16) == 0;
}

/* RFC 2548 §2.3.2, §2.3.3: the 50 bytes are ident, flags and the Value. */
static bool
server_mschapv2(const struct server_user *u, const struct radius_packet *q,
    char success[44])
{
	uint8_t value[49], nt[16];
	struct attr a, c, name;

	if (!attr_get(q->attrs, ATTR_MICROSOFT, ATTR_MS_CHAP2_RESPONSE, &a) ||
	    !attr_get(q->attrs, ATTR_MICROSOFT, ATTR_MS_CHAP_CHALLENGE, &c) ||
	    !attr_get(q->attrs, 0, ATTR_USER_NAME, &name))
		return false;
	assert_int_equal(rd_left(&a.value), 50);
	assert_int_equal(rd_left(&c.value), 16);
	memcpy(value, a.value.p + 2, 48);
	value[48] = 0;
	assert_true(ppp_nt_hash(text_rd(u->password), nt));
	success[0] = (char)a.value.p[0];
	return ppp_mschapv2_check(nt, c.value.p, value, name.value,
	    success + 1);
}

/* ---- answers ---- */

static struct answer *
servers_post(struct rig *r, bool hold, uint32_t port, uint64_t delay_ms)
{
	struct answer *m = &r->servers->answer[r->servers->answers++];

	assert_true(r->servers->answers <= SERVERS_MAIL);
	*m = (struct answer){ .port = port, .held = hold,
		.at = mono_add_ms(r->now, delay_ms) };
	return m;
}

static void
put_all(struct radius_build *b, const struct radius_build *from)
{
	wr_rd(&b->w, wr_out(&from->w));
}

static void
put_success(struct radius_build *b, enum twist t, const char success[44])
{
	char s[44];
	size_t n = 43;

	memcpy(s, success, sizeof(s));
	switch (t) {
	case TWIST_NO_SUCCESS:
		return;
	case TWIST_SHORT_SUCCESS:
		n = 42;
		break;
	case TWIST_NO_HEX_SUCCESS:
		s[20] = 'x';
		break;
	case TWIST_OTHER_IDENT:
		s[0]++;
		break;
	case TWIST_FALSE_SUCCESS:
		s[20] = s[20] == '0' ? '1' : '0';
		break;
	default:
		break;
	}
	radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_CHAP2_SUCCESS, s, n);
}

/* Ident, then the text (RFC 2548 §2.1.5). */
static void
put_error(struct radius_build *b, enum twist t)
{
	static const char expired[] =
	    "\1E=648 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=expired";
	static const char other[] = "\1E=646 R=0 V=3 M=not now";

	if (t == TWIST_EXPIRED)
		radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_CHAP_ERROR,
		    expired, strlen(expired));
	if (t == TWIST_ERROR)
		radius_put_vendor(b, ATTR_MICROSOFT, ATTR_MS_CHAP_ERROR, other,
		    strlen(other));
}

struct verdict {
	enum radius_code code;
	bool mschap;
	char success[44];
	uint8_t eap[4096];
	size_t eap_n;
	uint8_t state[4];
	size_t state_n;
};

/* A Start (RFC 5216 §3.1) instead of the challenge; the head stays. */
static void
server_peap(struct verdict *v)
{
	v->eap[3] = 6;
	v->eap[4] = 25;
	v->eap[5] = 0x20;
	v->eap_n = 6;
}

/* EAP-MD5 (RFC 3748 §5.4) in two rounds: the second must bring our State. */
static void
server_eap(struct servers *s, const struct server_user *u,
    const struct radius_packet *q, struct verdict *v)
{
	struct attr m, st;
	struct rd e;
	uint8_t want[16];

	assert_true(attr_get(q->attrs, 0, ATTR_EAP_MESSAGE, &m));
	e = m.value;
	assert_true(rd_left(&e) >= 5);
	if (e.p[4] == 1) {		/* Identity */
		assert_false(attr_get(q->attrs, 0, ATTR_STATE, &st));
		v->code = RADIUS_ACCESS_CHALLENGE;
		v->eap[0] = 1;
		v->eap[1] = (uint8_t)(e.p[1] + 1);
		v->eap[3] = 22;
		v->eap[4] = 4;		/* MD5-Challenge */
		v->eap[5] = 16;
		memcpy(v->eap + 6, s->eap_challenge, 16);
		v->eap_n = 22;
		memcpy(v->state, "st\0\1", 4);
		v->state_n = 4;
		if (u->twist == TWIST_EAP_PEAP)
			server_peap(v);
		return;
	}
	assert_true(attr_get(q->attrs, 0, ATTR_STATE, &st));
	assert_true(rd_eq(st.value, "st\0\1", 4));
	if (u->twist == TWIST_EAP_PEAP) {
		assert_int_equal(e.p[4], 3);	/* Nak */
		memcpy(v->eap, (uint8_t[]){ 4, e.p[1], 0, 4 }, 4);
		v->eap_n = 4;
		return;
	}
	assert_int_equal(e.p[4], 4);
	ppp_chap_md5(e.p[1], text_rd(u->password),
	    rd_make(s->eap_challenge, 16), want);
	v->code = memcmp(want, e.p + 6, 16) == 0 ? RADIUS_ACCESS_ACCEPT :
	    RADIUS_ACCESS_REJECT;
	v->eap[0] = v->code == RADIUS_ACCESS_ACCEPT ? 3 : 4;
	v->eap[1] = e.p[1];
	v->eap[3] = 4;
	v->eap_n = 4;
	s->eap_rounds++;
}

static void
server_judge(struct servers *s, const struct server_user *u,
    const struct radius_packet *q, struct verdict *v)
{
	bool ok = false;

	*v = (struct verdict){ .code = RADIUS_ACCESS_REJECT };
	if (u == NULL)
		return;
	if (attr_count(q->attrs, 0, ATTR_EAP_MESSAGE) > 0) {
		server_eap(s, u, q, v);
	} else if (attr_count(q->attrs, 0, ATTR_CHAP_PASSWORD) > 0) {
		ok = server_chap(u, q);
	} else if (attr_count(q->attrs, ATTR_MICROSOFT,
	    ATTR_MS_CHAP2_CPW) > 0) {
		v->mschap = true;
		ok = true;		/* what it holds, the test looks at */
		(void)snprintf(v->success, sizeof(v->success), "%cS=%040d", 0, 0);
		v->success[0] = (char)s->kept[s->kepts - 1].b[1];
	} else if (attr_count(q->attrs, ATTR_MICROSOFT,
	    ATTR_MS_CHAP_CHALLENGE) > 0) {
		v->mschap = true;
		ok = server_mschapv2(u, q, v->success);
	} else {
		ok = server_pap(u, q);
	}
	if (ok)
		v->code = RADIUS_ACCESS_ACCEPT;
	switch (u->twist) {
	case TWIST_EXPIRED:
	case TWIST_ERROR:
	case TWIST_REJECT:
		v->code = RADIUS_ACCESS_REJECT;
		break;
	case TWIST_CHALLENGE:
		v->code = RADIUS_ACCESS_CHALLENGE;
		v->state_n = 4;
		memcpy(v->state, "what", 4);
		break;
	case TWIST_EAP_LONG:
		v->eap_n = 1600;
		break;
	case TWIST_EAP_NONE:
		v->eap_n = 0;
		break;
	default:
		break;
	}
}

static void
server_access(struct rig *r, struct server *s, uint32_t port,
    const struct radius_packet *q)
{
	struct server_user *u = servers_find(r->servers, q->attrs);
	struct answer *m = servers_post(r, s->hold, port,
	    s->delay_ms);
	struct radius_build b;
	struct verdict v;
	struct rd out;

	server_judge(r->servers, u, q, &v);
	radius_open(&b, m->b, sizeof(m->b), v.code, q->id, q->auth,
	    !s->unsigned_ && (u == NULL || u->twist != TWIST_UNSIGNED));
	for (size_t at = 0; at < v.eap_n; at += 253)
		radius_put(&b, ATTR_EAP_MESSAGE, v.eap + at,
		    v.eap_n - at < 253 ? v.eap_n - at : 253);
	if (v.state_n > 0)
		radius_put(&b, ATTR_STATE, v.state, v.state_n);
	if (v.code == RADIUS_ACCESS_ACCEPT) {
		if (v.mschap)
			put_success(&b, u->twist, v.success);
		put_all(&b, &u->grants);
	} else if (u != NULL) {
		put_error(&b, u->twist);
		put_all(&b, &u->more);
	}
	assert_true(radius_close(&b, s->other_secret ||
	    (u != NULL && u->twist == TWIST_SECRET) ? text_rd("not it") :
	    servers_secret(), &out));
	m->n = rd_left(&out);
}

static void
server_plain(struct rig *r, uint32_t port, const struct radius_packet *q,
    enum radius_code code)
{
	struct answer *m = servers_post(r, false, port, 0);
	struct radius_build b;
	struct rd out;

	radius_open(&b, m->b, sizeof(m->b), code, q->id, q->auth, false);
	assert_true(radius_close(&b, servers_secret(), &out));
	m->n = rd_left(&out);
}

/* ---- what arrives ---- */

/* False: it came before; Acct-Delay-Time apart it is what it was. */
static bool
servers_keep(struct rig *r, uint32_t server, const struct radius_packet *q)
{
	struct servers *s = r->servers;
	struct rd w = q->whole;
	struct attr a;

	for (unsigned i = 0; i < s->kepts; i++)
		if (s->kept[i].server == server &&
		    s->kept[i].n == rd_left(&w) &&
		    memcmp(s->kept[i].b, w.p, s->kept[i].n) == 0) {
			s->server[server].repeats++;
			return false;
		}
	assert_true(s->kepts < SERVERS_KEPT);
	s->kept[s->kepts] = (struct kept){ .server = server, .at = r->now,
		.n = rd_left(&w) };
	if (attr_get(q->attrs, 0, ATTR_ACCT_DELAY_TIME, &a))
		s->kept[s->kepts].delay = attr_u32(&a);
	memcpy(s->kept[s->kepts++].b, w.p, rd_left(&w));
	return true;
}

static void
servers_take(struct rig *r, const struct lns_act *a)
{
	struct server *s = &r->servers->server[a->server];
	enum radius_service service = RADIUS_AUTH;
	struct radius_packet q;
	const struct attr_row *bad = NULL;

	for (unsigned i = 0; i < 64; i++)
		if (r->servers->port[i].handle == a->port) {
			s = &r->servers->server[r->servers->port[i].server];
			service = r->servers->port[i].service;
		}
	assert_int_equal(radius_decode(a->data, &q), DROP_NONE);
	if (q.code == RADIUS_ACCOUNTING_REQUEST) {
		assert_true(radius_request_ok(&q, servers_secret()));
		assert_true(attr_columns_ok(q.attrs, ATTR_IN_ACCT, &bad));
	} else {
		assert_int_equal(radius_message_auth(&q, q.auth,
		    servers_secret(), true), DROP_NONE);
		assert_true(attr_columns_ok(q.attrs, ATTR_IN_REQUEST, &bad));
	}
	if (s->dead)
		return;
	if (s->lose > 0) {
		s->lose--;
		return;
	}
	if (q.code == RADIUS_STATUS_SERVER) {
		server_plain(r, a->port, &q, service == RADIUS_ACCT ?
		    RADIUS_ACCOUNTING_RESPONSE : RADIUS_ACCESS_ACCEPT);
		return;
	}
	if (!servers_keep(r, (uint32_t)(s - r->servers->server), &q))
		return;
	if (q.code == RADIUS_ACCOUNTING_REQUEST)
		server_plain(r, a->port, &q, RADIUS_ACCOUNTING_RESPONSE);
	else
		server_access(r, s, a->port, &q);
}

static void
servers_port(struct rig *r, const struct lns_act *a, bool open)
{
	uint32_t want = open ? 0 : a->port;

	for (unsigned i = 0; i < 64; i++) {
		if (r->servers->port[i].handle != want)
			continue;
		r->servers->port[i].handle = open ? a->port : 0;
		r->servers->port[i].server = a->server;
		r->servers->port[i].service = a->service;
		return;
	}
	fail();
}

static void
servers_host(struct rig *r, const struct lns_act *a)
{
	struct servers *s = r->servers;

	switch (a->kind) {
	case LNS_SEND_UDP:
	case LNS_ASK_DH:
		break;
	case LNS_RADIUS_OPEN:
	case LNS_RADIUS_CLOSE:
		servers_port(r, a, a->kind == LNS_RADIUS_OPEN);
		break;
	case LNS_RADIUS_SEND:
		servers_take(r, a);
		break;
	case LNS_SPOOL_STORE:
		s->stored += !s->disk_bad;
		lns_spool_stored(r->l, r->now, a->number, !s->disk_bad, &r->out);
		break;
	case LNS_SPOOL_FORGET:
		s->forgotten++;
		break;
	case LNS_DAE_SEND:
		s->dae_sent++;
		s->dae_n = rd_left(&a->data);
		memcpy(s->dae, a->data.p, s->dae_n);
		break;
	case LNS_RADTEST:
		assert_true(s->tested < SERVERS_TESTS);
		s->test[s->tested++] = (uint32_t)a->number;
		break;
	case LNS_ROUTE_ADD:	/* rig_drain() has taken them */
	case LNS_ROUTE_DEL:
		break;
	}
}

static mono_t
servers_next(const struct rig *r)
{
	mono_t t = MONO_NEVER;

	for (unsigned i = 0; i < r->servers->answers; i++)
		if (!r->servers->answer[i].held)
			t = mono_min(t, r->servers->answer[i].at);
	return t;
}

/* Hands in the answers that are due, in the order they were given. */
static void
servers_run(struct rig *r)
{
	struct servers *s = r->servers;
	unsigned i = 0;

	while (i < s->answers) {
		struct answer m = s->answer[i];

		if (m.held || !mono_due(m.at, r->now)) {
			i++;
			continue;
		}
		memmove(&s->answer[i], &s->answer[i + 1],
		    (--s->answers - i) * sizeof(m));
		if (r->freeze)
			rig_refreeze(r);
		lns_input_radius(r->l, r->now, m.port, rd_make(m.b, m.n),
		    &r->out);
		rig_drain(r);
	}
}

/* The answers kept back go, and no more are. */
UNUSED static void
servers_release(struct rig *r)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		r->servers->server[i].hold = false;
	for (unsigned i = 0; i < r->servers->answers; i++) {
		r->servers->answer[i].held = false;
		r->servers->answer[i].at = r->now;
	}
}

UNUSED static void
servers_die(struct rig *r, bool dead)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		r->servers->server[i].dead = dead;
}

/* ---- what was asked ---- */

static struct radius_packet
kept_packet(const struct kept *k)
{
	struct radius_packet q;

	assert_int_equal(radius_decode(rd_make(k->b, k->n), &q), DROP_NONE);
	return q;
}

static uint32_t
kept_status(const struct kept *k)
{
	struct radius_packet q = kept_packet(k);
	struct attr a;

	return attr_get(q.attrs, 0, ATTR_ACCT_STATUS_TYPE, &a) ?
	    attr_u32(&a) : 0;
}

/* How many requests came with this status; 0: Access-Requests. */
UNUSED static unsigned
servers_count(const struct rig *r, uint32_t status)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->servers->kepts; i++)
		n += kept_status(&r->servers->kept[i]) == status;
	return n;
}

/* The newest but `back` of this status. */
UNUSED static const struct kept *
servers_kept(const struct rig *r, uint32_t status, unsigned back)
{
	for (unsigned i = r->servers->kepts; i > 0; i--)
		if (kept_status(&r->servers->kept[i - 1]) == status &&
		    back-- == 0)
			return &r->servers->kept[i - 1];
	fail_msg("no request of status %u", (unsigned)status);
	return NULL;
}

UNUSED static struct rd
kept_get(const struct kept *k, uint32_t vendor, uint8_t type)
{
	struct radius_packet q = kept_packet(k);
	struct attr a;

	if (!attr_get(q.attrs, vendor, type, &a))
		fail_msg("no attribute %u/%u", (unsigned)vendor,
		    (unsigned)type);
	return a.value;
}

UNUSED static uint32_t
kept_u32(const struct kept *k, uint8_t type)
{
	struct rd v = kept_get(k, 0, type);

	return rd_u32(&v);
}

UNUSED static void
kept_is(const struct kept *k, uint8_t type, const char *text)
{
	struct rd v = kept_get(k, 0, type);

	if (!rd_eq(v, text, strlen(text)))
		fail_msg("attribute %u is \"%.*s\", wanted \"%s\"",
		    (unsigned)type, (int)rd_left(&v), (const char *)v.p, text);
}

UNUSED static bool
kept_has(const struct kept *k, uint32_t vendor, uint8_t type)
{
	struct radius_packet q = kept_packet(k);

	return attr_count(q.attrs, vendor, type) > 0;
}

/* ---- making ---- */

static void
servers_params(struct lns_params *p)
{
	static const struct ipaddr source = { .family = IP_V4,
		.b = { 10, 9, 9, 1 } };

	p->radius.server_n = SERVERS;
	p->radius.group_n = p->acct.group_n = 2;
	for (uint32_t i = 0; i < SERVERS; i++) {
		struct radius_server_params *s = &p->radius.server[i];

		radius_server_default(s);
		(void)snprintf(s->name, sizeof(s->name), "s%u", (unsigned)i);
		assert_true(secret_set(&s->secret, SERVERS_SECRET,
		    strlen(SERVERS_SECRET)));
		for (int k = 0; k < RADIUS_SERVICES; k++)
			s->at[k] = (struct endpoint){
				ipaddr_v4(0x0a090901 + i),
				(uint16_t)(1812 + k) };
		(void)snprintf(p->radius.group[i].name, RADIUS_NAME_MAX,
		    "g%u", (unsigned)i);
		(void)snprintf(p->acct.group[i], ACCT_NAME_MAX, "g%u",
		    (unsigned)i);
		p->radius.group[i].server_n = 1;
		p->radius.group[i].server[0] = (uint8_t)i;
	}
	p->policy.local = AAA_LOCAL_NEVER;
	p->policy.auth_group = p->policy.acct_group = 0;
	strcpy(p->nas_id, "nas1");
	p->dae.source_n = 1;
	p->dae.source[0].addr = source;
	p->dae.source[0].bits = 32;
	assert_true(secret_set(&p->dae.source[0].secret, SERVERS_SECRET,
	    strlen(SERVERS_SECRET)));
	p->interim_s = 0;
}

/*
 * A rig with two servers: group 0 is server 0, group 1 server 1.  Parameters
 * may be changed between this and servers_start().
 */
UNUSED static struct rig *
servers_new(uint32_t phones)
{
	struct rig *r = rig_new(phones);

	r->servers = calloc(1, sizeof(*r->servers));
	assert_non_null(r->servers);
	r->servers->kept = calloc(SERVERS_KEPT, sizeof(struct kept));
	r->servers->answer = calloc(SERVERS_MAIL, sizeof(struct answer));
	assert_non_null(r->servers->kept);
	assert_non_null(r->servers->answer);
	memset(r->servers->eap_challenge, 0x5a, 16);
	r->host = servers_host;
	r->host_next = servers_next;
	r->host_run = servers_run;
	servers_params(&r->p);
	return r;
}

UNUSED static void
servers_start(struct rig *r)
{
	rig_start(r);
	lns_wall(r->l, r->now, SERVERS_UNIX * 1000);
	lns_start(r->l, r->now, &r->out);
	rig_drain(r);
	rig_run(r, 0);
}

UNUSED static void
servers_end(struct rig *r)
{
	free(r->servers->kept);
	free(r->servers->answer);
	free(r->servers);
	rig_free(r);
}

UNUSED static void
phone_method(struct rig *r, uint32_t i, enum ppp_method m)
{
	r->p.ppp.methods |= (uint8_t)m;
	r->phone[i].ppp_p.methods = (uint8_t)m;
	r->phone[i].ppp_p.eap = PPP_CHAP_MD5;
}

/* A rig with "alice", whose phone uses this method; started. */
UNUSED static struct rig *
servers_begin(enum ppp_method m)
{
	struct rig *r = servers_new(1);

	(void)servers_user(r, "alice", "correct horse");
	phone_method(r, 0, m);
	servers_start(r);
	return r;
}

/* ---- CoA ---- */

UNUSED static void
coa_open(struct rig *r, struct radius_build *b, uint8_t *buf,
    enum radius_code code)
{
	radius_open(b, buf, RADIUS_PACKET_MAX, code, r->servers->dae_id++,
	    NULL, true);
	radius_put_u32(b, ATTR_EVENT_TIMESTAMP, (uint32_t)(SERVERS_UNIX +
	    (r->now.us - RIG_START) / 1000000));
}

/* Sends it; the answer's code, and its Error-Cause (0: none). */
UNUSED static enum radius_code
coa_send(struct rig *r, struct radius_build *b, uint32_t *cause)
{
	struct endpoint here = { ipaddr_v4(RIG_SERVER), 3799 };
	struct endpoint there = { ipaddr_v4(0x0a090901), 40000 };
	unsigned before = r->servers->dae_sent;
	struct radius_packet q;
	struct attr a;
	struct rd out;

	assert_true(radius_close(b, servers_secret(), &out));
	if (r->freeze)
		rig_refreeze(r);
	lns_input_dae(r->l, r->now, &here, &there, out, &r->out);
	rig_drain(r);
	assert_int_equal(r->servers->dae_sent, before + 1);
	assert_int_equal(radius_decode(rd_make(r->servers->dae,
	    r->servers->dae_n), &q), DROP_NONE);
	*cause = attr_get(q.attrs, 0, ATTR_ERROR_CAUSE, &a) ? attr_u32(&a) : 0;
	return q.code;
}

#endif
