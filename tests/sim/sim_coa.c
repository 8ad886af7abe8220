/* SPDX-License-Identifier: BSD-2-Clause */
/* CoA- and Disconnect-Requests at drawn moments: see sim_radius.h. */

#include <string.h>

#include "tests/sim/sim_radius.h"

#define FIRST_PORT	40000	/* of who asks */
#define AGAIN_S		3	/* a request is repeated, */
#define TRIES		4	/* so often, */
#define LOOK_S		60	/* and then its effect must be there */
#define OLD_S		1000	/* of a request of another day */
#define ODD		12	/* one in so many is not right */

/* ---- what is asked ---- */

static bool
find_target(struct sim *s, uint32_t phone, struct records_who *who)
{
	struct records_who w;

	for (uint32_t i = 0; records_alive(s->rad->books, i, &w); i++) {
		if (strcmp(w.user, s->name[phone]) != 0)
			continue;
		*who = w;
		return true;
	}
	return false;
}

static void
write_request(struct sim *s, struct rad_coa *c, uint8_t id,
    const struct ipaddr *addr)
{
	uint64_t unix_s = rad_unix_ms(s) / 1000;
	struct rd key = c->wrong ? rd_make("wrong", 5) : rad_secret(c->server);
	struct radius_build b;
	char rate[32];
	struct rd out;

	radius_open(&b, c->b, sizeof(c->b), c->code, id, NULL, true);
	radius_put_u32(&b, ATTR_EVENT_TIMESTAMP,
	    (uint32_t)(c->stale ? unix_s - OLD_S : unix_s));
	radius_put_text(&b, ATTR_ACCT_SESSION_ID, c->id);
	if (addr->family != IP_NONE && rad_draw(s, 0, 1) == 0)
		radius_put_addr(&b, ATTR_FRAMED_IP_ADDRESS, addr);
	(void)snprintf(rate, sizeof(rate), "%uM/%uM", c->mbps, c->mbps + 1);
	if (c->code == RADIUS_COA_REQUEST)
		radius_put_vendor(&b, ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT,
		    rate, strlen(rate));
	if (!radius_close(&b, key, &out))
		return sim_break(s, "a change that does not fit");
	c->n = rd_left(&out);
	memcpy(c->auth, c->b + 4, sizeof(c->auth));
}

void
rad_coa_send(struct sim *s, enum radius_code code, uint32_t phone)
{
	struct sim_radius *r = s->rad;
	uint32_t slot = r->coas % RAD_COA;
	struct rad_coa *c = &r->coa[slot];
	struct records_who who = { .id = "00000000deadbeef" };

	if (c->used)
		return;		/* enough are under way */
	r->coas++;
	(void)find_target(s, phone, &who);
	*c = (struct rad_coa){ .code = code, .used = true,
		.server = rad_draw(s, 0, s->stage.radius.servers - 1),
		.sess = who.sess, .mbps = rad_draw(s, 50, 90),
		.wrong = rad_draw(s, 1, ODD) == 1,
		.stale = rad_draw(s, 1, ODD) == 1,
		.stranger = rad_draw(s, 1, ODD) == 1 };
	memcpy(c->id, who.id, sizeof(c->id));
	write_request(s, c, (uint8_t)r->coas, &who.addr);
	rad_coa_expire(s, slot);
}

static bool
not_right(const struct rad_coa *c)
{
	return c->wrong || c->stale || c->stranger;
}

/* A minute later: what was said must have come true. */
static void
look_back(struct sim *s, const struct rad_coa *c)
{
	bool alive = records_is_alive(s->rad->books, c->id);

	if (c->code != RADIUS_DISCONNECT_REQUEST || c->said == 0 || !alive)
		return;
	sim_break(s, c->said == RADIUS_DISCONNECT_ACK ?
	    "session %s lives on after its Disconnect" :
	    "session %s lives, but could not be disconnected", c->id);
}

void
rad_coa_expire(struct sim *s, uint32_t slot)
{
	struct rad_coa *c = &s->rad->coa[slot];

	if (c->tries == TRIES) {
		look_back(s, c);
		c->used = false;
		due_set(&s->rad->coa_due, slot, MONO_NEVER);
		return;
	}
	c->tries++;
	rad_send(s, c->stranger ? SIM_SERVERS : c->server,
	    (uint16_t)(FIRST_PORT + slot), RAD_DAE_PORT,
	    rd_make(c->b, c->n));
	due_set(&s->rad->coa_due, slot, mono_add_s(s->now,
	    c->tries == TRIES ? LOOK_S : AGAIN_S));
}

/* ---- what it does ---- */

struct rates {
	uint32_t n;
	struct { uint32_t sess; uint64_t rx, tx; } v[RAD_COA];
};

static void
rates_take(const struct sim *s, struct rates *r)
{
	struct records_who who;

	r->n = 0;
	for (uint32_t i = 0; r->n < RAD_COA &&
	    records_alive(s->rad->books, i, &who); i++) {
		r->v[r->n].sess = who.sess;
		if (plane_rate(s->plane, who.sess, &r->v[r->n].rx,
		    &r->v[r->n].tx))
			r->n++;
	}
}

/* The rates of the one that was named, and of nobody else, have changed. */
static void
rates_compare(struct sim *s, const struct rad_coa *c,
    const struct rates *before)
{
	for (uint32_t i = 0; i < before->n; i++) {
		uint64_t rx = 0, tx = 0, want_rx = before->v[i].rx,
		    want_tx = before->v[i].tx;

		if (s->rad->dae_said == RADIUS_COA_ACK && !c->judged &&
		    before->v[i].sess == c->sess) {
			want_rx = c->mbps * UINT64_C(1000000);
			want_tx = (c->mbps + 1) * UINT64_C(1000000);
		}
		if (plane_rate(s->plane, before->v[i].sess, &rx, &tx) &&
		    (rx != want_rx || tx != want_tx))
			sim_break(s, "CoA for session %s: the rates of %08x "
			    "are not what they should be", c->id,
			    before->v[i].sess);
	}
}

static void
coa_judge(struct sim *s, struct rad_coa *c)
{
	enum radius_code said = s->rad->dae_said;
	bool alive = records_is_alive(s->rad->books, c->id);

	if (not_right(c)) {
		sim_want(s, said == 0, "N-85: %s got an answer", c->wrong ?
		    "who knows no secret" : c->stale ? "an old request" :
		    "a stranger");
		return;
	}
	if (said == 0)
		return;		/* too many at once: counted, not answered */
	if (c->said != 0) {
		sim_want(s, said == c->said, "a request that came again was "
		    "answered otherwise");
		return;
	}
	c->said = said;
	c->at = s->now;
	s->rad->stats.coa_acks += said == c->code + 1;
	s->rad->stats.coa_naks += said == c->code + 2;
	if (said == RADIUS_DISCONNECT_ACK && alive)
		records_disconnected(s->rad->books, c->id);
	sim_want(s, alive || said == c->code + 2, "%s for a session that is "
	    "not there: %s", radius_code_str(c->code), c->id);
}

void
rad_coa_input(struct sim *s, const struct wire_got *g)
{
	struct rad_coa *c;
	struct rates before;

	if (g->remote.port < FIRST_PORT ||
	    g->remote.port >= FIRST_PORT + RAD_COA)
		return;
	c = &s->rad->coa[g->remote.port - FIRST_PORT];
	/* A late twin of what stood in this place before. */
	if (rd_left(&g->data) != c->n || memcmp(g->data.p, c->b, c->n) != 0)
		return;
	trail_add(&s->trail, s->now, "srv radius RECV %s %s%s%s%s",
	    radius_code_str(c->code), c->id, c->wrong ? " wrong" : "",
	    c->stale ? " stale" : "", c->stranger ? " stranger" : "");
	rates_take(s, &before);
	s->rad->dae_said = (enum radius_code)0;
	lns_input_dae(s->lns, s->now, &g->local, &g->remote, g->data,
	    &s->lns_out);
	sim_server_drain(s);
	if (c->code == RADIUS_COA_REQUEST)
		rates_compare(s, c, &before);
	coa_judge(s, c);
	c->judged = c->said != 0;
	sim_server_turn(s);
}

/* The answer arrives where the request came from: it must be authentic. */
void
rad_coa_answer(struct sim *s, const struct wire_got *g)
{
	const struct rad_coa *c;
	struct radius_packet p;

	if (g->local.port < FIRST_PORT ||
	    g->local.port >= FIRST_PORT + RAD_COA)
		return;
	c = &s->rad->coa[g->local.port - FIRST_PORT];
	if (!c->used || radius_decode(g->data, &p) != DROP_NONE ||
	    p.id != c->b[1])
		return;
	sim_want(s, radius_response_ok(&p, c->auth, rad_secret(c->server)) &&
	    radius_message_auth(&p, c->auth, rad_secret(c->server), true) ==
	    DROP_NONE, "an answer to a change is not authentic");
}
