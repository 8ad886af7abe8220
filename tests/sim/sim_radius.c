/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS behind the concentrator: sockets, wire, disk.  See sim_radius.h. */

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_radius.h"

#define NAS_ADDR	0x0a090001	/* 10.9.0.1 */
#define SERVER_ADDR	0x0a09000b	/* 10.9.0.11 and following */
#define STRANGER	0x0a090063	/* no source of ours */
#define FIRST_PORT	20000	/* of our sockets */
#define QUEUE		256	/* datagrams under way */
#define DISK_US		50000	/* until a block is stored, at most */
#define FORGED		32	/* one answer in so many has a false twin */
#define END_S		900	/* until the last record is taken */
#define RETRY_CAP_MS	30000

/* ---- small things ---- */

uint32_t
rad_draw(struct sim *s, uint32_t lo, uint32_t hi)
{
	return lo + rng_below(&s->rad->rng, hi - lo + 1);
}

bool
rad_happens(struct sim *s, uint16_t n)
{
	return n != 0 && rng_below(&s->rad->rng, 1000) < n;
}

uint64_t
rad_unix_ms(const struct sim *s)
{
	return s->wall_ms + s->now.us / 1000;
}

/* Each its own: what goes to the wrong server is found out. */
struct rd
rad_secret(uint32_t server)
{
	static const char *const secrets[] = { "xyzzy5461", "another secret",
		"of the third" };

	return rd_make(secrets[server], strlen(secrets[server]));
}

uint32_t
rad_user(const struct sim *s, struct rd attrs)
{
	struct attr a;

	if (!attr_get(attrs, 0, ATTR_USER_NAME, &a))
		return UINT32_MAX;
	for (uint32_t i = 0; i < s->stage.phones; i++)
		if (rd_eq(a.value, s->name[i], strlen(s->name[i])))
			return i;
	return UINT32_MAX;
}

/* ---- sockets ---- */

static struct rad_socket *
socket_by_handle(struct sim_radius *r, uint32_t handle)
{
	for (unsigned i = 0; i < RAD_SOCKETS; i++)
		if (r->socket[i].handle == handle)
			return &r->socket[i];
	return NULL;
}

static struct rad_socket *
socket_by_port(struct sim_radius *r, uint16_t port)
{
	for (unsigned i = 0; i < RAD_SOCKETS; i++)
		if (r->socket[i].handle != 0 && r->socket[i].port == port)
			return &r->socket[i];
	return NULL;
}

static void
socket_open(struct sim *s, const struct lns_act *a)
{
	struct rad_socket *k = socket_by_handle(s->rad, 0);

	if (k == NULL || socket_by_handle(s->rad, a->port) != NULL)
		return sim_break(s, "RADIUS: a socket too many, or opened "
		    "twice");
	*k = (struct rad_socket){ .handle = a->port, .server = a->server,
		.service = a->service, .number = ++s->rad->sockets };
	k->port = (uint16_t)(FIRST_PORT + s->rad->sockets % 40000);
}

static void
socket_close(struct sim *s, const struct lns_act *a)
{
	struct rad_socket *k = socket_by_handle(s->rad, a->port);

	if (k == NULL)
		return sim_break(s, "RADIUS: a socket that is not open was "
		    "closed");
	*k = (struct rad_socket){ 0 };
}

/* ---- what the concentrator sends ---- */

/* Failed by what it was told before: probes, or else questions, unanswered. */
static uint32_t
failed_servers(const struct sim *s)
{
	uint32_t failed = 0;

	for (uint32_t i = 0; i < s->stage.radius.servers; i++) {
		const struct radius_server_params *p =
		    &s->stage.lns.radius.server[i];
		const struct rad_lane *l =
		    &s->rad->server[i].lane[RADIUS_AUTH];
		mono_t since = p->probe == RADIUS_PROBE_STATUS ? l->probed :
		    l->owed;

		if (since.us != MONO_NEVER.us &&
		    mono_since_ms(s->now, since) >= p->fail_ms)
			failed |= 1u << i;
	}
	return failed;
}

static const char *
watch_request(struct sim *s, const struct rad_socket *k,
    const struct radius_packet *q)
{
	struct records_ask ask = { .server = k->server, .socket = k->number,
		.failed = failed_servers(s),
		.any_order = s->stage.radius.share };

	switch (q->code) {
	case RADIUS_ACCESS_REQUEST:
		return records_asked(s->rad->books, &ask, q);
	case RADIUS_ACCOUNTING_REQUEST:
		return records_sent(s->rad->books, q);
	case RADIUS_STATUS_SERVER:
		return NULL;
	default:
		return "RADIUS: a packet that is no request was sent";
	}
}

/* Keeps a record until its acknowledgement comes. */
static void
flight_add(struct sim *s, const struct rad_socket *k,
    const struct radius_packet *q)
{
	struct sim_radius *r = s->rad;
	struct rd whole = q->whole;
	struct rad_flight *f;

	for (unsigned i = 0; i < RAD_FLIGHTS; i++) {
		f = &r->flight[i];
		if (f->socket == k->number && rd_eq(whole, f->b, f->n))
			return;
	}
	f = &r->flight[r->flights++ % RAD_FLIGHTS];
	f->socket = k->number;
	f->n = rd_left(&whole);
	if (f->n > sizeof(f->b))
		return sim_break(s, "RADIUS: a record larger than expected");
	rd_copy(&whole, f->b, f->n);
}

/* The newest record under this id is the one that was taken. */
static void
flight_taken(struct sim *s, const struct rad_socket *k, uint8_t id)
{
	struct sim_radius *r = s->rad;
	struct radius_packet q;

	for (unsigned n = 1; n <= RAD_FLIGHTS; n++) {
		struct rad_flight *f =
		    &r->flight[(r->flights - n) % RAD_FLIGHTS];

		if (f->socket != k->number || f->b[1] != id)
			continue;
		r->stats.acks++;
		if (radius_decode(rd_make(f->b, f->n), &q) == DROP_NONE)
			sim_fault(s, records_taken(r->books, &q));
		return;
	}
	sim_break(s, "I4: a record was taken that was not sent");
}

static void
send_request(struct sim *s, const struct lns_act *a)
{
	struct rad_socket *k = socket_by_handle(s->rad, a->port);
	struct endpoint from = { ipaddr_v4(NAS_ADDR), 0 };
	struct radius_packet q;
	struct rad_lane *l;

	if (k == NULL || radius_decode(a->data, &q) != DROP_NONE)
		return sim_break(s, "RADIUS: no socket, or no packet");
	trail_add(&s->trail, s->now, "srv radius SEND %u.%u id=%u %s len=%zu",
	    k->server, k->number, q.id, radius_code_str(q.code),
	    rd_left(&a->data));
	sim_fault(s, watch_request(s, k, &q));
	if (q.code == RADIUS_ACCOUNTING_REQUEST)
		flight_add(s, k, &q);
	l = &s->rad->server[k->server].lane[k->service];
	l->owed = mono_min(l->owed, s->now);
	if (q.code == RADIUS_STATUS_SERVER)
		l->probed = mono_min(l->probed, s->now);
	from.port = k->port;
	wire_send(s->rad->wire, s->now, s->rad->nas, WIRE_UDP, &from,
	    &s->rad->server[k->server].at[k->service], a->data);
}

/* ---- the disk, as the daemon has it: it answers later ---- */

static uint32_t
block_find(const struct sim_radius *r, uint64_t number)
{
	for (uint32_t i = 0; i < RAD_SPOOL; i++)
		if (r->block[i].number == number)
			return i;
	return RAD_SPOOL;
}

static void
block_drop(struct sim_radius *r, uint32_t i)
{
	free(r->block[i].b);
	r->block[i] = (struct rad_block){ 0 };
	due_set(&r->block_due, i, MONO_NEVER);
}

static void
spool_store(struct sim *s, const struct lns_act *a)
{
	struct sim_radius *r = s->rad;
	uint32_t i = block_find(r, a->number);
	struct rd data = a->data;

	if (i != RAD_SPOOL && r->block[i].n > 0)
		return sim_break(s, "block %llu is on disk already",
		    (unsigned long long)a->number);
	if (i == RAD_SPOOL)
		i = block_find(r, 0);
	if (i == RAD_SPOOL)
		return sim_break(s, "the disk is full");
	r->block[i] = (struct rad_block){ .number = a->number,
		.n = rd_left(&data), .b = malloc(rd_left(&data)) };
	if (r->block[i].b == NULL)
		return sim_break(s, "no memory for the disk");
	rd_copy(&data, r->block[i].b, r->block[i].n);
	due_set(&r->block_due, i, mono_add_us(s->now,
	    rad_draw(s, 0, DISK_US)));
}

static void
spool_done(struct sim *s, uint32_t i)
{
	struct rad_block *b = &s->rad->block[i];
	uint64_t number = b->number;
	bool ok = !rad_happens(s, s->stage.radius.disk_bad);

	if (ok) {
		s->rad->stats.stored++;
	} else {
		block_drop(s->rad, i);
		b->number = number;	/* it will be asked for again */
	}
	lns_spool_stored(s->lns, s->now, number, ok, &s->lns_out);
	sim_server_drain(s);
	sim_server_turn(s);
}

static void
spool_forget(struct sim *s, const struct lns_act *a)
{
	uint32_t i = block_find(s->rad, a->number);

	if (i == RAD_SPOOL)
		return sim_break(s, "block %llu is to be forgotten, but not "
		    "there", (unsigned long long)a->number);
	s->rad->stats.forgotten++;
	block_drop(s->rad, i);
}

void
sim_radius_act(struct sim *s, const struct lns_act *a)
{
	struct radius_packet p;

	if (s->rad == NULL)
		return sim_break(s, "RADIUS without servers");
	switch (a->kind) {
	case LNS_RADIUS_OPEN:
		socket_open(s, a);
		break;
	case LNS_RADIUS_CLOSE:
		socket_close(s, a);
		break;
	case LNS_RADIUS_SEND:
		send_request(s, a);
		break;
	case LNS_SPOOL_STORE:
		spool_store(s, a);
		break;
	case LNS_SPOOL_FORGET:
		spool_forget(s, a);
		break;
	case LNS_DAE_SEND:
		if (radius_decode(a->data, &p) == DROP_NONE)
			s->rad->dae_said = p.code;
		wire_send(s->rad->wire, s->now, s->rad->nas, WIRE_UDP,
		    &a->local, &a->remote, a->data);
		break;
	case LNS_SEND_UDP:
	case LNS_ASK_DH:
	case LNS_RADTEST:
	case LNS_ROUTE_ADD:
	case LNS_ROUTE_DEL:
		break;
	}
}

/* ---- what arrives ---- */

void
rad_send(struct sim *s, uint32_t server, uint16_t from_port,
    uint16_t to_port, struct rd data)
{
	struct endpoint to = { ipaddr_v4(NAS_ADDR), to_port };
	struct endpoint from = { server < SIM_SERVERS ?
		s->rad->server[server].at[0].addr : ipaddr_v4(STRANGER),
		from_port };

	wire_send(s->rad->wire, s->now, server < SIM_SERVERS ?
	    s->rad->server[server].host : s->rad->nas, WIRE_UDP, &from, &to,
	    data);
}

static void
answer_send(struct sim *s, uint32_t server, const struct rad_seen *k)
{
	uint8_t twin[RAD_REPLY];

	if (rad_draw(s, 1, FORGED) == 1) {	/* N-81 */
		memcpy(twin, k->b, k->n);
		twin[rad_draw(s, 4, (uint32_t)k->n - 1)] ^= 0x10;
		rad_send(s, server, (uint16_t)(RAD_PORT + k->service),
		    k->port, rd_make(twin, k->n));
	}
	rad_send(s, server, (uint16_t)(RAD_PORT + k->service), k->port,
	    rd_make(k->b, k->n));
}

/* The place of this request among those that the server remembers. */
static unsigned
seen_find(struct rad_server *v, uint16_t port, const struct radius_packet *q,
    bool *new)
{
	unsigned i;

	*new = false;
	for (i = 0; i < RAD_SEEN; i++) {
		const struct rad_seen *k = &v->seen[i];

		if (k->used && k->port == port && k->id == q->id &&
		    memcmp(k->auth, q->auth, sizeof(k->auth)) == 0)
			return i;
	}
	*new = true;
	i = v->next++ % RAD_SEEN;
	v->seen[i] = (struct rad_seen){ .used = true, .port = port,
		.id = q->id };
	memcpy(v->seen[i].auth, q->auth, sizeof(v->seen[i].auth));
	return i;
}

static bool
request_right(uint32_t server, const struct radius_packet *q)
{
	const struct attr_row *bad;
	struct attr first;
	struct attr_walk w = attr_walk(q->attrs);

	if (q->code == RADIUS_ACCOUNTING_REQUEST)
		return radius_request_ok(q, rad_secret(server)) &&
		    attr_columns_ok(q->attrs, ATTR_IN_ACCT, &bad);
	return attr_next(&w, &first) && first.vendor == 0 &&
	    first.type == ATTR_MESSAGE_AUTHENTICATOR &&
	    radius_message_auth(q, q->auth, rad_secret(server), true) ==
	    DROP_NONE && attr_columns_ok(q->attrs, ATTR_IN_REQUEST, &bad);
}

/* How long the server thinks: logins alone take time. */
static uint64_t
thinks_us(struct sim *s, const struct radius_packet *q)
{
	const struct sim_radius_stage *st = &s->stage.radius;

	if (q->code != RADIUS_ACCESS_REQUEST)
		return rad_draw(s, 100, 3000);
	return UINT64_C(1000) * rad_draw(s, st->slow_lo_ms, st->slow_hi_ms);
}

static void
server_input(struct sim *s, uint32_t server, const struct wire_got *g)
{
	struct rad_server *v = &s->rad->server[server];
	struct radius_packet q;
	struct rad_socket *k;
	unsigned i;
	bool new;

	if (g->remote.port == RAD_DAE_PORT)
		return rad_coa_answer(s, g);
	if (v->dead) {
		k = socket_by_port(s->rad, g->remote.port);
		if (!v->refuses || k == NULL)
			return;
		lns_radius_error(s->lns, s->now, k->handle, &s->lns_out);
		sim_server_drain(s);
		return sim_server_turn(s);
	}
	if (radius_decode(g->data, &q) != DROP_NONE ||
	    !request_right(server, &q))
		return sim_break(s, "server %u got a request that is not "
		    "right", server);
	if (v->mute && q.code == RADIUS_ACCOUNTING_REQUEST)
		return;
	i = seen_find(v, g->remote.port, &q, &new);
	if (new) {
		s->rad->stats.requests++;
		v->seen[i].service = (enum radius_service)(g->local.port -
		    RAD_PORT);
		rad_answer(s, server, &q, &v->seen[i]);
		due_set(&s->rad->answer_due, server * RAD_SEEN + i,
		    mono_add_us(s->now, thinks_us(s, &q)));
		return;
	}
	s->rad->stats.repeats++;
	if (v->seen[i].answered)
		answer_send(s, server, &v->seen[i]);
}

static uint64_t
delivered(const struct sim *s)
{
	struct acct_state st;

	return show_acct(s->lns, &st) ? st.delivered : 0;
}

/* Did the concentrator believe it? */
static bool
was_heard(const struct sim *s, const struct rad_socket *k)
{
	uint32_t cursor = k->server * RADIUS_SERVICES + k->service;
	struct show_radius r;

	return show_radius(s->lns, &cursor, &r) &&
	    r.health.heard.us == s->now.us;
}

static void
reply_input(struct sim *s, const struct wire_got *g)
{
	struct rad_socket *k = socket_by_port(s->rad, g->local.port);
	struct rad_socket was;
	uint64_t before = delivered(s);

	if (k == NULL || !endpoint_eq(&g->remote,
		&s->rad->server[k->server].at[k->service]))
		return;		/* closed meanwhile */
	was = *k;
	trail_add(&s->trail, s->now, "srv radius RECV %u.%u id=%u %s",
	    k->server, k->number, rd_left(&g->data) > 1 ? g->data.p[1] : 0,
	    radius_code_str(g->data.p[0]));
	lns_input_radius(s->lns, s->now, k->handle, g->data, &s->lns_out);
	if (delivered(s) != before)
		flight_taken(s, &was, g->data.p[1]);
	if (was_heard(s, &was))
		s->rad->server[was.server].lane[was.service] =
		    (struct rad_lane){ MONO_NEVER, MONO_NEVER };
	sim_server_drain(s);
	sim_server_turn(s);
}

static void
wire_input(struct sim *s)
{
	struct wire_got g;

	if (!wire_next(s->rad->wire, s->now, &g))
		return;
	if (g.host != s->rad->nas)
		server_input(s, g.host - s->rad->nas - 1, &g);
	else if (g.local.port == RAD_DAE_PORT)
		rad_coa_input(s, &g);
	else
		reply_input(s, &g);
}

/* ---- time ---- */

mono_t
sim_radius_deadline(const struct sim *s)
{
	const struct sim_radius *r = s->rad;

	return mono_min(mono_min(wire_deadline(r->wire),
	    due_first(&r->answer_due)),
	    mono_min(due_first(&r->block_due), due_first(&r->coa_due)));
}

void
sim_radius_expire(struct sim *s)
{
	struct sim_radius *r = s->rad;
	uint32_t slot;

	wire_input(s);
	if (due_next(&r->answer_due, s->now, &slot)) {
		struct rad_server *v = &r->server[slot / RAD_SEEN];
		struct rad_seen *k = &v->seen[slot % RAD_SEEN];

		due_set(&r->answer_due, slot, MONO_NEVER);
		if (!v->dead && k->n > 0) {
			k->answered = true;
			answer_send(s, slot / RAD_SEEN, k);
		}
	}
	if (due_next(&r->block_due, s->now, &slot)) {
		due_set(&r->block_due, slot, MONO_NEVER);
		spool_done(s, slot);
	}
	if (due_next(&r->coa_due, s->now, &slot))
		rad_coa_expire(s, slot);
}

void
sim_radius_do(struct sim *s, enum sim_do what, uint32_t i, uint32_t arg)
{
	struct rad_server *v = &s->rad->server[i % s->stage.radius.servers];

	switch (what) {
	case SIM_RADIUS_DEAD:
		v->dead = true;
		v->refuses = arg != 0;
		break;
	case SIM_RADIUS_MUTE:
		v->mute = true;
		break;
	case SIM_RADIUS_WELL:
		v->dead = v->mute = false;
		break;
	case SIM_DISCONNECT:
		rad_coa_send(s, RADIUS_DISCONNECT_REQUEST, i);
		break;
	case SIM_COA:
		rad_coa_send(s, RADIUS_COA_REQUEST, i);
		break;
	default:
		sim_break(s, "not a thing of RADIUS");
	}
}

/* ---- books ---- */

void
sim_radius_in(void *ctx, uint32_t sess, const struct ipaddr *addr)
{
	struct sim *s = ctx;

	if (s->rad != NULL)
		sim_fault(s, records_in(s->rad->books,
		    rad_unix_ms(s) / 1000, sess, addr));
}

void
sim_radius_out(void *ctx, uint32_t sess, const struct dp_count *count)
{
	struct sim *s = ctx;

	if (s->rad != NULL)
		records_out(s->rad->books, rad_unix_ms(s) / 1000, sess, count);
}

uint32_t
sim_radius_servers(const struct sim *s)
{
	return s->rad == NULL ? 0 : s->stage.radius.servers;
}

void
sim_radius_stats(const struct sim *s, struct sim_radius_stats *st)
{
	struct records_sum sum;

	*st = s->rad->stats;
	records_sum(s->rad->books, &sum);
	st->questions = sum.questions;
	st->starts = sum.starts;
	st->stops = sum.stops;
	st->interims = sum.interims;
}

/* ---- the end, and another beginning ---- */

static void
want_nothing_left(struct sim *s)
{
	uint32_t cursor = 0;
	struct show_radius r;

	while (show_radius(s->lns, &cursor, &r))
		sim_want(s, r.health.waiting == 0, "%u questions are left at "
		    "server %s", r.health.waiting, r.server);
	for (uint32_t i = 0; i < RAD_SPOOL; i++)
		sim_want(s, s->rad->block[i].number == 0, "block %llu is left "
		    "on disk", (unsigned long long)s->rad->block[i].number);
}

void
sim_radius_end(struct sim *s)
{
	if (s->rad == NULL)
		return;
	for (uint32_t i = 0; i < s->stage.radius.servers; i++)
		sim_do(s, SIM_RADIUS_WELL, i, 0);
	lns_shutdown(s->lns, s->now);
	for (unsigned i = 0; i < END_S / 10 && !sim_broken(s); i++) {
		(void)sim_run(s, 10 * SIM_SECOND);
		if (lns_quiet(s->lns))
			break;
	}
	sim_want(s, lns_quiet(s->lns), "I4: records wait for ever");
	want_nothing_left(s);
	sim_fault(s, records_end(s->rad->books));
}

static int
by_number(const void *a, const void *b)
{
	const struct rad_block *x = *(const struct rad_block *const *)a;
	const struct rad_block *y = *(const struct rad_block *const *)b;

	return (x->number > y->number) - (x->number < y->number);
}

static void
restore(struct sim *s)
{
	const struct rad_block *v[RAD_SPOOL];
	uint32_t n = 0;

	for (uint32_t i = 0; i < RAD_SPOOL; i++)
		if (s->rad->block[i].n > 0)
			v[n++] = &s->rad->block[i];
	qsort(v, n, sizeof(v[0]), by_number);
	for (uint32_t i = 0; i < n; i++) {
		if (!lns_spool_restore(s->lns, s->now, v[i]->number,
		    rd_make(v[i]->b, v[i]->n), &s->lns_out))
			sim_break(s, "block %llu did not come back",
			    (unsigned long long)v[i]->number);
		sim_server_drain(s);
	}
	trail_add(&s->trail, s->now, "srv RESTORED %u blocks", n);
}

void
sim_radius_power_cut(struct sim *s)
{
	struct acct_state st;

	if (s->rad == NULL)
		return;
	/* What no disk had would be lost, and nobody could be blamed. */
	for (unsigned i = 0; i < 60 && show_acct(s->lns, &st) &&
	    st.unstored > 0; i++)
		(void)sim_run(s, SIM_SECOND);
	sim_want(s, st.unstored == 0, "the disk does not get all records");
	lns_free(s->lns);
	memset(s->rad->socket, 0, sizeof(s->rad->socket));
	s->lns = lns_new(&s->stage.lns, &s->engines, &s->drops, &plane_ops,
	    plane_dp(s->plane));
	if (s->lns == NULL)
		return sim_break(s, "no memory for another beginning");
	records_restart(s->rad->books);
	restore(s);
	sim_radius_start(s);
}

void
sim_radius_start(struct sim *s)
{
	lns_wall(s->lns, s->now, rad_unix_ms(s));
	lns_start(s->lns, s->now, &s->lns_out);
	sim_server_drain(s);
}

/* ---- making ---- */

static void
server_params(struct sim *s, uint32_t i)
{
	const struct sim_radius_stage *st = &s->stage.radius;
	struct lns_params *p = &s->stage.lns;
	struct radius_server_params *v = &p->radius.server[i];
	struct dae_source *d = &p->dae.source[i];
	struct rd secret = rad_secret(i);

	radius_server_default(v);
	(void)snprintf(v->name, sizeof(v->name), "server%u", i);
	(void)secret_set(&v->secret, secret.p, rd_left(&secret));
	v->priority = st->share ? 0 : (uint8_t)i;
	if (st->no_probes && i + 1 == st->servers)
		v->probe = RADIUS_PROBE_NONE;
	for (int k = 0; k < RADIUS_SERVICES; k++)
		v->at[k] = (struct endpoint){ ipaddr_v4(SERVER_ADDR + i),
			(uint16_t)(RAD_PORT + k) };
	p->radius.group[0].server[i] = (uint8_t)i;
	*d = (struct dae_source){ .addr = v->at[0].addr, .bits = 32,
		.require_message_authenticator = true,
		.require_event_timestamp = true };
	(void)secret_set(&d->secret, secret.p, rd_left(&secret));
}

void
sim_radius_params(struct sim *s)
{
	static const char *const pools[] = { "pool" };
	const struct sim_radius_stage *st = &s->stage.radius;
	struct lns_params *p = &s->stage.lns;

	p->radius.server_n = p->dae.source_n = st->servers;
	p->radius.group_n = p->acct.group_n = 1;
	(void)snprintf(p->radius.group[0].name, RADIUS_NAME_MAX, "group");
	(void)snprintf(p->acct.group[0], ACCT_NAME_MAX, "group");
	p->radius.group[0].server_n = st->servers;
	for (uint32_t i = 0; i < st->servers; i++)
		server_params(s, i);
	p->radius.port_life = 16;
	p->acct.records = 512;
	p->acct.bytes = 512 * 1024;
	p->acct.retry_cap_ms = RETRY_CAP_MS;
	p->dae.remember = 256;
	p->dae.questions = 16;
	p->policy.local = st->fallback ? AAA_LOCAL_FALLBACK : AAA_LOCAL_NEVER;
	p->policy.auth_group = p->policy.acct_group = 0;
	p->names.pool = pools;
	p->names.pool_n = 1;
	p->take_address = st->take;
	p->ppp.methods |= PPP_EAP;
	(void)snprintf(p->nas_id, sizeof(p->nas_id), "sim");
}

bool
sim_radius_make(struct sim *s)
{
	const struct sim_radius_stage *st = &s->stage.radius;
	struct wire_limits limits = { QUEUE, SIM_SERVERS + 1, 1, 1 };
	struct sim_radius *r = s->rad = calloc(1, sizeof(*r));
	struct ipaddr nas = ipaddr_v4(NAS_ADDR);

	if (r == NULL)
		return false;
	rng_seeded(&r->rng, s->stage.seed ^ UINT64_C(0x5241444955530000));
	r->wire = wire_new(&limits, &r->rng);
	r->books = records_new();
	r->grant = calloc(s->stage.phones, sizeof(*r->grant));
	if (r->wire == NULL || r->books == NULL || r->grant == NULL ||
	    due_init(&r->answer_due, SIM_SERVERS * RAD_SEEN) != 0 ||
	    due_init(&r->block_due, RAD_SPOOL) != 0 ||
	    due_init(&r->coa_due, RAD_COA) != 0)
		return false;
	wire_quality_set(r->wire, &st->quality);
	r->nas = wire_host_add(r->wire, WIRE_TOP, &nas);
	for (uint32_t i = 0; i < st->servers; i++) {
		struct rad_server *v = &r->server[i];

		memcpy(v->at, s->stage.lns.radius.server[i].at, sizeof(v->at));
		v->host = wire_host_add(r->wire, WIRE_TOP, &v->at[0].addr);
		for (int k = 0; k < RADIUS_SERVICES; k++)
			v->lane[k] = (struct rad_lane){ MONO_NEVER,
				MONO_NEVER };
	}
	rad_grants(s);
	return true;
}

void
sim_radius_free(struct sim *s)
{
	struct sim_radius *r = s->rad;

	wire_free(r->wire);
	records_free(r->books);
	free(r->grant);
	for (uint32_t i = 0; i < RAD_SPOOL; i++)
		free(r->block[i].b);
	due_wipe(&r->answer_due);
	due_wipe(&r->block_due);
	due_wipe(&r->coa_due);
	free(r);
	s->rad = NULL;
}
