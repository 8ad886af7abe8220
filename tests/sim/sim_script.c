/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scripted server thinks of a request: see sim_radius.h. */

#include <string.h>

#include "tests/sim/sim_radius.h"

#define FRAMED		0x0a410001	/* 10.65.0.1: outside the pool */
#define EAP_MD5_BYTES	22	/* header, type, length, challenge */
#define DAY_S		86400
#define LONG_IDLE_S	7200

/* ---- what is granted ---- */

static void
grant_address(struct sim *s, uint32_t i)
{
	struct rad_grant *g = &s->rad->grant[i];
	bool clash = s->stage.radius.clash;
	uint32_t at = clash ? SIM_POOL_FIRST + 1 + rad_draw(s, 0, 7) :
	    FRAMED + i;

	if (rad_draw(s, 0, 2) == 0)
		g->framed = ipaddr_v4(at);
}

void
rad_grants(struct sim *s)
{
	static const char *const names[] = { NULL, NULL, "pool", "elsewhere" };

	for (uint32_t i = 0; i < s->stage.phones; i++) {
		struct rad_grant *g = &s->rad->grant[i];

		grant_address(s, i);
		g->pool = names[rad_draw(s, 0, 3)];
		g->billed = rad_draw(s, 0, 3) == 0;
		g->classes = (uint8_t)rad_draw(s, 0, 2);
		g->session_s = rad_draw(s, 0, 1) * DAY_S;
		g->interim_s = rad_draw(s, 0, 1) * rad_draw(s, 60, 300);
		g->mbps = rad_draw(s, 0, 1) * rad_draw(s, 50, 100);
	}
}

static void
put_grants(struct sim *s, struct radius_build *b, uint32_t user,
    const struct radius_packet *q)
{
	const struct rad_grant *g = &s->rad->grant[user];
	uint8_t class_attrs[RECORDS_CLASS];
	char text[RECORDS_NAME] = "";
	struct radius_build c;

	radius_open_attrs(&c, class_attrs, sizeof(class_attrs));
	for (uint8_t i = 0; i < g->classes; i++) {
		(void)snprintf(text, sizeof(text), "class %u of phone%u", i,
		    user);
		radius_put_text(&c, ATTR_CLASS, text);
	}
	wr_rd(&b->w, wr_out(&c.w));
	(void)snprintf(text, sizeof(text), "billing-%u", user);
	if (g->billed)
		radius_put_text(b, ATTR_USER_NAME, text);
	if (g->framed.family != IP_NONE)
		radius_put_addr(b, ATTR_FRAMED_IP_ADDRESS, &g->framed);
	if (g->pool != NULL)
		radius_put_text(b, ATTR_FRAMED_POOL, g->pool);
	if (g->session_s != 0) {
		radius_put_u32(b, ATTR_SESSION_TIMEOUT, g->session_s);
		radius_put_u32(b, ATTR_IDLE_TIMEOUT, LONG_IDLE_S);
	}
	if (g->interim_s != 0)
		radius_put_u32(b, ATTR_ACCT_INTERIM_INTERVAL, g->interim_s);
	sim_fault(s, records_accepted(s->rad->books, q, wr_out(&c.w),
	    rd_make(text, g->billed ? strlen(text) : 0)));
	(void)snprintf(text, sizeof(text), "%uM/%uM", g->mbps, g->mbps);
	if (g->mbps != 0)
		radius_put_vendor(b, ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT,
		    text, strlen(text));
}

/* ---- proofs ---- */

struct judged {
	enum radius_code code;
	bool mschap;
	char success[44];	/* the identifier, then the text */
	uint8_t eap[EAP_MD5_BYTES];
	size_t eap_n;
	uint8_t state[5];
	size_t state_n;
};

static struct rd
password_of(const struct sim *s, uint32_t user)
{
	return rd_make(s->password[user], strlen(s->password[user]));
}

static bool
pap_right(struct rd password, const struct radius_packet *q, uint32_t server)
{
	struct secret shown;
	struct attr a;
	bool ok;

	ok = attr_get(q->attrs, 0, ATTR_USER_PASSWORD, &a) &&
	    radius_reveal(a.value, q->auth, rad_secret(server), &shown) &&
	    rd_eq(password, shown.b, shown.len);
	secret_wipe(&shown);
	return ok;
}

static bool
chap_right(struct rd password, const struct radius_packet *q)
{
	struct attr a, c;
	uint8_t want[16];

	if (!attr_get(q->attrs, 0, ATTR_CHAP_PASSWORD, &a) ||
	    !attr_get(q->attrs, 0, ATTR_CHAP_CHALLENGE, &c))
		return false;
	ppp_chap_md5(a.value.p[0], password, c.value, want);
	return memcmp(want, a.value.p + 1, sizeof(want)) == 0;
}

/* RFC 2548 §2.3.2, §2.3.3. */
static bool
mschapv2_right(struct rd password, const struct radius_packet *q,
    char success[44])
{
	uint8_t value[49] = { 0 }, nt[16];
	struct attr a, c, name;

	if (!attr_get(q->attrs, ATTR_MICROSOFT, ATTR_MS_CHAP2_RESPONSE, &a) ||
	    !attr_get(q->attrs, ATTR_MICROSOFT, ATTR_MS_CHAP_CHALLENGE, &c) ||
	    !attr_get(q->attrs, 0, ATTR_USER_NAME, &name) ||
	    rd_left(&a.value) != 50 || rd_left(&c.value) != 16 ||
	    !ppp_nt_hash(password, nt))
		return false;
	memcpy(value, a.value.p + 2, 48);
	success[0] = (char)a.value.p[0];
	return ppp_mschapv2_check(nt, c.value.p, value, name.value,
	    success + 1);
}

/* EAP-MD5, RFC 3748 §5.4: the second question brings this server's State. */
static void
eap_judge(struct sim *s, uint32_t server, struct rd password, bool known,
    const struct radius_packet *q, struct judged *j)
{
	const uint8_t state[5] = { 's', 't', 0, 1, (uint8_t)server };
	uint8_t challenge[16], want[16];
	struct attr m, st;
	bool has = attr_get(q->attrs, 0, ATTR_STATE, &st);
	struct rd e;

	memset(challenge, 0x5a + (int)server, sizeof(challenge));
	if (!attr_get(q->attrs, 0, ATTR_EAP_MESSAGE, &m) ||
	    rd_left(&m.value) < 5)
		return sim_break(s, "an EAP-Message without EAP");
	e = m.value;
	if (has != (e.p[4] != 1) || (has && !rd_eq(st.value, state, 5)))
		return sim_break(s, "State was carried into another "
		    "conversation, or lost");
	if (e.p[4] == 1) {
		j->code = RADIUS_ACCESS_CHALLENGE;
		memcpy(j->eap, (uint8_t[]){ 1, (uint8_t)(e.p[1] + 1), 0,
		    EAP_MD5_BYTES, 4, 16 }, 6);
		memcpy(j->eap + 6, challenge, 16);
		j->eap_n = EAP_MD5_BYTES;
		memcpy(j->state, state, 5);
		j->state_n = 5;
		return;
	}
	ppp_chap_md5(e.p[1], password, rd_make(challenge, 16), want);
	if (known && rd_left(&e) >= 22 && memcmp(want, e.p + 6, 16) == 0)
		j->code = RADIUS_ACCESS_ACCEPT;
	memcpy(j->eap, (uint8_t[]){ j->code == RADIUS_ACCESS_ACCEPT ? 3 : 4,
	    e.p[1], 0, 4 }, 4);
	j->eap_n = 4;
}

static void
judge(struct sim *s, uint32_t server, uint32_t user,
    const struct radius_packet *q, struct judged *j)
{
	bool known = user != UINT32_MAX, ok;
	struct rd password = known ? password_of(s, user) : rd_make("?", 1);

	*j = (struct judged){ .code = RADIUS_ACCESS_REJECT };
	if (attr_count(q->attrs, 0, ATTR_EAP_MESSAGE) > 0)
		return eap_judge(s, server, password, known, q, j);
	if (attr_count(q->attrs, 0, ATTR_CHAP_PASSWORD) > 0) {
		ok = chap_right(password, q);
	} else if (attr_count(q->attrs, ATTR_MICROSOFT,
	    ATTR_MS_CHAP_CHALLENGE) > 0) {
		j->mschap = true;
		ok = mschapv2_right(password, q, j->success);
	} else {
		ok = pap_right(password, q, server);
	}
	if (known && ok)
		j->code = RADIUS_ACCESS_ACCEPT;
}

/* ---- answers ---- */

static void
count(struct sim_radius_stats *st, enum radius_code code)
{
	st->accepts += code == RADIUS_ACCESS_ACCEPT;
	st->rejects += code == RADIUS_ACCESS_REJECT;
	st->challenges += code == RADIUS_ACCESS_CHALLENGE;
}

static void
access_answer(struct sim *s, uint32_t server, const struct radius_packet *q,
    struct rad_seen *seen, struct rd *out)
{
	uint32_t user = rad_user(s, q->attrs);
	struct radius_build b;
	struct judged j;

	judge(s, server, user, q, &j);
	count(&s->rad->stats, j.code);
	radius_open(&b, seen->b, sizeof(seen->b), j.code, q->id, q->auth,
	    true);
	if (j.eap_n > 0)
		radius_put(&b, ATTR_EAP_MESSAGE, j.eap, j.eap_n);
	if (j.state_n > 0)
		radius_put(&b, ATTR_STATE, j.state, j.state_n);
	if (j.code == RADIUS_ACCESS_ACCEPT && j.mschap)
		radius_put_vendor(&b, ATTR_MICROSOFT, ATTR_MS_CHAP2_SUCCESS,
		    j.success, 43);
	if (j.code == RADIUS_ACCESS_ACCEPT)
		put_grants(s, &b, user, q);
	if (!radius_close(&b, rad_secret(server), out))
		sim_break(s, "an answer that does not fit");
}

void
rad_answer(struct sim *s, uint32_t server, const struct radius_packet *q,
    struct rad_seen *seen)
{
	enum radius_code code = q->code == RADIUS_ACCOUNTING_REQUEST ||
	    seen->service == RADIUS_ACCT ? RADIUS_ACCOUNTING_RESPONSE :
	    RADIUS_ACCESS_ACCEPT;
	struct radius_build b;
	struct rd out = rd_make(NULL, 0);

	if (q->code == RADIUS_ACCESS_REQUEST) {
		access_answer(s, server, q, seen, &out);
	} else {
		radius_open(&b, seen->b, sizeof(seen->b), code, q->id, q->auth,
		    code == RADIUS_ACCESS_ACCEPT);
		if (!radius_close(&b, rad_secret(server), &out))
			sim_break(s, "an answer that does not fit");
	}
	seen->n = rd_left(&out);
}
