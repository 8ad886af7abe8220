/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's calls, and what comes in: see client.h. */

#include <stdlib.h>
#include <string.h>

#include "radius/client_int.h"

#define FROZEN_MAGIC	0x52616432	/* changes with the structs */

void
radius_params_default(struct radius_params *p)
{
	*p = (struct radius_params){
		.questions = 4096,
		.wait_ms = 90000,
		.port_life = 1024,
	};
}

void
radius_server_default(struct radius_server_params *s)
{
	*s = (struct radius_server_params){
		.require_message_authenticator = true,
		.probe = RADIUS_PROBE_STATUS,
		.first_ms = 2000,
		.cap_ms = 16000,
		.quiet_ms = 5000,
		.fail_ms = 8000,
		.dead_ms = 20000,
		.ports = 4,
	};
}

const char *
radius_result_str(enum radius_result r)
{
	switch (r) {
	case RADIUS_ANSWERED:
		return "answered";
	case RADIUS_NO_SERVER:
		return "no server is up";
	case RADIUS_TIMED_OUT:
		return "the server did not answer in time";
	case RADIUS_NO_MESSAGE_AUTH:
		return "the server's answers carry no Message-Authenticator";
	case RADIUS_FORGED:
		return "only answers with a wrong authenticator came: "
		    "is the secret right?";
	case RADIUS_BROKEN:
		return "the request does not fit into a packet";
	case RADIUS_RESULT_COUNT:
		break;
	}
	return "?";
}

/* ---- life ---- */

static bool
server_ok(const struct radius_server_params *s)
{
	/* RFC 2865 §3: the secret must not be empty. */
	return s->secret.len > 0 && s->ports >= 1 &&
	    s->ports <= RADIUS_PORTS_MAX && s->first_ms > 0 &&
	    s->cap_ms >= s->first_ms && s->quiet_ms > 0 && s->fail_ms > 0 &&
	    s->dead_ms > 0 && s->transport <= RADIUS_TLS &&
	    s->probe <= RADIUS_PROBE_NONE;
}

static bool
params_ok(const struct radius_params *p)
{
	bool ok = p->server_n <= RADIUS_SERVERS_MAX &&
	    p->group_n <= RADIUS_GROUPS_MAX && p->questions > 0 &&
	    p->questions <= POOL_SLOTS_MAX && p->wait_ms > 0 &&
	    p->port_life > 0 &&
	    memchr(p->nas_identifier, 0, RADIUS_NAME_MAX) != NULL;

	for (uint32_t i = 0; ok && i < p->server_n; i++)
		ok = server_ok(&p->server[i]);
	for (uint32_t i = 0; ok && i < p->group_n; i++) {
		ok = p->group[i].server_n <= RADIUS_SERVERS_MAX;
		for (uint32_t j = 0; ok && j < p->group[i].server_n; j++)
			ok = p->group[i].server[j] < p->server_n;
	}
	return ok;
}

/* Has the server a lane for this service?  By TLS there is one for both. */
static bool
serves(const struct radius_server_params *s, enum radius_service service)
{
	if (s->transport == RADIUS_TLS)
		return service == RADIUS_AUTH &&
		    (s->at[RADIUS_AUTH].port != 0 ||
		    s->at[RADIUS_ACCT].port != 0);
	return s->at[service].port != 0;
}

uint32_t
radius_client_sockets(const struct radius_params *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->server_n; i++) {
		const struct radius_server_params *s = &p->server[i];

		n += serves(s, RADIUS_AUTH) ? s->ports : 0;
		n += serves(s, RADIUS_ACCT) ? s->ports : 0;
	}
	return n;
}

static uint32_t
ports_cap(const struct radius_params *p)
{
	uint32_t n = radius_client_sockets(p);

	return n > 0 ? n : 1;
}

/* The lanes that there are. */
static void
init_lanes(struct radius_client *c)
{
	for (uint8_t i = 0; i < LANES; i++) {
		const struct radius_server_params *s = lane_server(c, i);
		struct lane *l = &c->lane[i];
		unsigned service = i % RADIUS_SERVICES;

		c->health[i].heard = MONO_NEVER;
		if (i / RADIUS_SERVICES >= c->params->server_n)
			continue;
		l->used = serves(s, (enum radius_service)service);
		l->up = l->told_up = l->used;
	}
}

void
radius_client_bounds(const struct radius_params *p, bound_fn *each, void *ctx)
{
	uint32_t ports = ports_cap(p);
	const struct bound rows[] = {
		{ "radius client", 1, sizeof(struct radius_client) },
		{ "radius sockets", ports,
		    pool_bytes(sizeof(struct port), ports) +
		    due_bytes(ports * PORT_IDS) },
		{ "radius questions", p->questions,
		    pool_bytes(sizeof(struct question), p->questions) +
		    due_bytes(p->questions) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		each(ctx, &rows[i]);
}

struct radius_client *
radius_client_new(const struct radius_params *p, struct rng *rng,
    struct drops *drops)
{
	struct radius_client *c;
	uint32_t ports;

	if (!params_ok(p) || (c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->params = p;
	c->rng = rng;
	c->drops = drops;
	ports = ports_cap(p);
	init_lanes(c);
	if (pool_init(&c->ports, sizeof(struct port), ports) == 0 &&
	    pool_init(&c->questions, sizeof(struct question),
	    p->questions) == 0 && due_init(&c->due, p->questions) == 0 &&
	    due_init(&c->late, ports * PORT_IDS) == 0)
		return c;
	radius_client_free(c);
	return NULL;
}

void
radius_client_free(struct radius_client *c)
{
	if (c == NULL)
		return;
	pool_wipe(&c->ports);
	pool_wipe(&c->questions);
	due_wipe(&c->due);
	due_wipe(&c->late);
	wipe(c, sizeof(*c));
	free(c);
}

void
radius_client_wall(struct radius_client *c, mono_t now, uint64_t unix_ms)
{
	const uint64_t step = unix_ms - c->wall_ms -
	    mono_since_ms(now, c->wall_at);

	for (uint32_t i = 0; c->wall_ms != 0 && i < c->questions.high; i++) {
		struct question *q = pool_at(&c->questions, i, NULL);

		if (q != NULL && q->event_ms != 0)
			q->event_ms += step;
	}
	c->wall_at = now;
	c->wall_ms = unix_ms;
}

/* ---- what is due ---- */

static void
run(struct radius_client *c, mono_t now, struct radius_out *o)
{
	uint32_t slot;

	radius_port_flush(c, o);
	radius_port_expire(c, now);
	for (uint8_t i = 0; i < LANES; i++)
		lane_step(c, now, i, o);
	while (radius_out_room(o) && due_next(&c->due, now, &slot)) {
		struct question *q = pool_at(&c->questions, slot, NULL);

		if (q != NULL)
			ask_step(c, now, q, o);
	}
	radius_port_flush(c, o);
	lane_flush(c, o);
}

void
radius_client_expire(struct radius_client *c, mono_t now,
    struct radius_out *o)
{
	run(c, now, o);
}

mono_t
radius_client_deadline(const struct radius_client *c)
{
	mono_t t = mono_min(due_first(&c->due), due_first(&c->late));

	if (c->closing > 0)
		return mono_us(0);
	for (uint8_t i = 0; i < LANES; i++) {
		if (c->lane[i].up != c->lane[i].told_up)
			return mono_us(0);
		t = mono_min(t, lane_deadline(c, i));
	}
	return t;
}

uint32_t
radius_client_ask(struct radius_client *c, mono_t now,
    const struct radius_ask *a, struct radius_out *o)
{
	uint32_t self = ask_new(c, now, a);

	if (self == 0)
		drop_count(c->drops, DROP_RADIUS_LIMIT);
	run(c, now, o);
	return self;
}

void
radius_client_cancel(struct radius_client *c, mono_t now, uint32_t question)
{
	struct question *q = pool_get(&c->questions, question);

	if (q == NULL)
		return;
	ask_leave(c, now, q);
	due_set(&c->due, pool_slot(question), MONO_NEVER);
	pool_give(&c->questions, question);
}

enum radius_result
radius_client_so_far(const struct radius_client *c, uint32_t question)
{
	const struct question *q = pool_get(&c->questions, question);

	return q != NULL ? ask_so_far(q) : RADIUS_TIMED_OUT;
}

/* ---- what comes in ---- */

/* RFC 2865 §4, RFC 2866 §4.2, RFC 5997 §3. */
static bool
answers(const struct radius_client *c, const struct port *p,
    const struct slot *s, enum radius_code code)
{
	bool acct = p->lane % RADIUS_SERVICES == RADIUS_ACCT;

	if (s->code == RADIUS_ACCESS_REQUEST)
		return code == RADIUS_ACCESS_ACCEPT ||
		    code == RADIUS_ACCESS_REJECT ||
		    code == RADIUS_ACCESS_CHALLENGE;
	if (s->code == RADIUS_ACCOUNTING_REQUEST)
		return code == RADIUS_ACCOUNTING_RESPONSE;
	if (lane_tls(c, p->lane))
		return code == RADIUS_ACCESS_ACCEPT ||
		    code == RADIUS_ACCOUNTING_RESPONSE;
	return code == (acct ? RADIUS_ACCOUNTING_RESPONSE :
	    RADIUS_ACCESS_ACCEPT);
}

/*
 * CVE-2024-3596: without a Message-Authenticator the digest of a reply can be
 * forged by one who chooses part of the request.  Where it is not required, a
 * Proxy-State that we did not send (RFC 2865 §5.33) is the trace of it.
 */
static enum drop
check_message_auth(const struct radius_client *c, const struct port *p,
    const struct slot *s, const struct radius_packet *pk)
{
	const struct radius_server_params *server = lane_server(c, p->lane);
	bool required = server->require_message_authenticator &&
	    s->code == RADIUS_ACCESS_REQUEST;
	enum drop why = radius_message_auth(pk, s->auth,
	    rd_make(server->secret.b, server->secret.len), required);

	if (why == DROP_NONE &&
	    attr_count(pk->attrs, 0, ATTR_MESSAGE_AUTHENTICATOR) == 0 &&
	    attr_count(pk->attrs, 0, ATTR_PROXY_STATE) > 0)
		why = DROP_RADIUS_MESSAGE_AUTH;
	return why;
}

/* All checks of a packet; its slot's number. */
static enum drop
check(const struct radius_client *c, const struct port *p, struct rd packet,
    struct radius_packet *pk, uint8_t *id)
{
	const struct secret *key = &lane_server(c, p->lane)->secret;
	enum drop why = p->version_11 ? radius_decode_11(packet, pk) :
	    radius_decode(packet, pk);
	const struct slot *s;

	if (why != DROP_NONE)
		return why;
	*id = p->version_11 ? (uint8_t)pk->token : pk->id;
	s = &p->slot[*id];
	if (s->state == SLOT_FREE ||
	    (p->version_11 && pk->token != s->token))
		return DROP_RADIUS_ID;
	if (!p->version_11 && !radius_response_ok(pk, s->auth,
	    rd_make(key->b, key->len)))
		return DROP_RADIUS_AUTH;
	if (!answers(c, p, s, pk->code))
		return DROP_RADIUS_ANSWER;
	return p->version_11 ? DROP_NONE : check_message_auth(c, p, s, pk);
}

/* What is told to the operator when no good answer follows. */
static void
note_bad(struct radius_client *c, const struct port *p,
    const struct radius_packet *pk, uint8_t id, enum drop why)
{
	const struct slot *s = &p->slot[id];
	struct question *q = pool_get(&c->questions, s->question);
	struct radius_health *h = q == NULL ? &c->health[p->lane] :
	    lane_health(c, p->lane / RADIUS_SERVICES, q->service);
	bool missing = why == DROP_RADIUS_MESSAGE_AUTH &&
	    attr_count(pk->attrs, 0, ATTR_MESSAGE_AUTHENTICATOR) == 0;

	h->no_message_auth += missing;
	h->forged += !missing;
	if (q != NULL && missing)
		q->no_message_auth = true;
	else if (q != NULL)
		q->forged = true;
}

static void
accept(struct radius_client *c, mono_t now, struct port *p,
    const struct radius_packet *pk, uint8_t id, struct radius_out *o)
{
	const struct slot *s = &p->slot[id];
	struct question *q = pool_get(&c->questions, s->question);

	lane_heard(c, now, p);
	if (s->state == SLOT_ASKED && q != NULL) {
		ask_answer(c, now, q, pk, o);
		return;
	}
	if (s->state == SLOT_LATE)
		drop_count(c->drops, DROP_RADIUS_LATE);
	radius_port_give(c, now, p, id);
}

void
radius_client_input(struct radius_client *c, mono_t now, uint32_t port,
    struct rd packet, struct radius_out *o)
{
	struct port *p = pool_get(&c->ports, port);
	struct radius_packet pk = { 0 };
	uint8_t id = 0;
	enum drop why;

	if (p == NULL || p->closing || !p->ready) {
		drop_count(c->drops, DROP_RADIUS_PORT);
		return;
	}
	if (!radius_out_room(o)) {
		drop_count(c->drops, DROP_RADIUS_LIMIT);
		return;
	}
	why = check(c, p, packet, &pk, &id);
	drop_count(c->drops, why);
	if (why == DROP_NONE)
		accept(c, now, p, &pk, id, o);
	else if (rd_left(&pk.whole) > 0 &&	/* it could be decoded */
	    (why == DROP_RADIUS_AUTH || why == DROP_RADIUS_MESSAGE_AUTH))
		note_bad(c, p, &pk, id, why);
	run(c, now, o);
}

/* ---- ports ---- */

void
radius_client_port_error(struct radius_client *c, mono_t now, uint32_t port,
    struct radius_out *o)
{
	const struct port *p = pool_get(&c->ports, port);

	if (p != NULL)
		lane_suspect(c, now, p->lane);
	run(c, now, o);
}

void
radius_client_port_up(struct radius_client *c, mono_t now, uint32_t port,
    bool version_11, struct radius_out *o)
{
	struct port *p = pool_get(&c->ports, port);
	struct lane *l;

	if (p != NULL && !p->ready && !p->closing) {
		l = &c->lane[p->lane];
		p->ready = true;
		p->version_11 = version_11;
		l->quiet = now;
		if (!l->up && lane_server(c, p->lane)->probe ==
		    RADIUS_PROBE_NONE)
			lane_up(c, now, p->lane, "connected");
		else if (!l->up)
			l->try_at = now;
		lane_wake(c, now, p->lane, PORT_IDS);
	}
	run(c, now, o);
}

/* Its questions are asked once more, elsewhere. */
static void
lose(struct radius_client *c, mono_t now, struct port *p)
{
	for (unsigned id = 0; id < PORT_IDS; id++) {
		struct question *q;

		if (p->slot[id].state == SLOT_ASKED &&
		    (q = pool_get(&c->questions, p->slot[id].question)) !=
		    NULL)
			ask_again(c, now, q);
	}
	radius_port_drop(c, p);
}

/* Is there another connection of the lane that works? */
static bool
another(const struct radius_client *c, const struct port *p)
{
	const struct lane *l = &c->lane[p->lane];

	for (unsigned i = 0; i < l->port_n; i++) {
		const struct port *o = pool_get(&c->ports, l->port[i]);

		if (o != NULL && o != p && o->ready && !o->closing)
			return true;
	}
	return false;
}

void
radius_client_port_down(struct radius_client *c, mono_t now, uint32_t port,
    const char *why, struct radius_out *o)
{
	struct port *p = pool_get(&c->ports, port);
	uint8_t lane;
	bool fails;

	if (p == NULL) {
		run(c, now, o);
		return;
	}
	lane = p->lane;
	fails = lane_tls(c, lane) && !p->closing && !p->heard &&
	    !another(c, p);
	if (!p->closing && !p->heard)
		c->lane[lane].open_at = mono_add_ms(now, REOPEN_MS);
	if (fails)
		lane_fail(c, now, lane, why);
	lose(c, now, p);
	if (!lane_tls(c, lane))
		lane_suspect(c, now, lane);
	run(c, now, o);
}

/* ---- asking ---- */

bool
radius_client_health(const struct radius_client *c, uint32_t server,
    enum radius_service service, struct radius_health *h)
{
	const struct radius_server_params *s;
	const struct lane *l;

	if (server >= c->params->server_n || service >= RADIUS_SERVICES)
		return false;
	s = &c->params->server[server];
	if (s->at[service].port == 0)
		return false;
	*h = c->health[server * RADIUS_SERVICES + service];
	l = &c->lane[server * RADIUS_SERVICES +
	    (s->transport == RADIUS_TLS ? RADIUS_AUTH : service)];
	h->up = l->up;
	h->why = l->why;
	h->waiting = l->sent.n + l->waiting.n;
	h->ports = l->port_n;
	return true;
}

uint32_t
radius_client_waiting(const struct radius_client *c)
{
	return c->questions.used;
}

uint32_t
radius_client_port_at(const struct radius_client *c, uint32_t i,
    uint32_t *server, enum radius_service *service)
{
	const struct port *p = pool_at(&c->ports, i, NULL);

	if (i >= c->ports.high)
		return UINT32_MAX;
	if (p == NULL || p->closing)
		return 0;
	*server = p->lane / RADIUS_SERVICES;
	*service = p->lane % RADIUS_SERVICES;
	return p->self;
}

/* ---- freeze and thaw ---- */

size_t
radius_client_frozen_size(const struct radius_client *c)
{
	return 4 + 8 + 8 + 4 + sizeof(c->lane) + sizeof(c->health) +
	    pool_frozen_size(&c->ports) + pool_frozen_size(&c->questions);
}

void
radius_client_freeze(const struct radius_client *c, struct wr *w)
{
	wr_u32(w, FROZEN_MAGIC);
	wr_u64(w, c->wall_at.us);
	wr_u64(w, c->wall_ms);
	wr_u32(w, c->closing);
	wr_bytes(w, c->lane, sizeof(c->lane));
	wr_bytes(w, c->health, sizeof(c->health));
	pool_freeze(&c->ports, w);
	pool_freeze(&c->questions, w);
}

struct radius_client *
radius_client_thaw(const struct radius_params *p, struct rng *rng,
    struct drops *drops, struct rd *r)
{
	struct radius_client *c = radius_client_new(p, rng, drops);
	bool ok, used[LANES];

	if (c == NULL)
		return NULL;
	for (unsigned i = 0; i < LANES; i++)
		used[i] = c->lane[i].used;
	ok = rd_u32(r) == FROZEN_MAGIC;
	c->wall_at = mono_us(rd_u64(r));
	c->wall_ms = rd_u64(r);
	c->closing = rd_u32(r);
	rd_copy(r, c->lane, sizeof(c->lane));
	rd_copy(r, c->health, sizeof(c->health));
	ok = ok && pool_thaw(&c->ports, r) && pool_thaw(&c->questions, r);
	if (ok && radius_thaw(c, used))
		return c;
	radius_client_free(c);
	return NULL;
}
