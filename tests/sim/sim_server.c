/* SPDX-License-Identifier: BSD-2-Clause */
/* The concentrator's side of the simulator: see sim.h. */

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_int.h"

static void
note_gram(struct sim *s, const char *who, const char *verb,
    const struct endpoint *far, enum wire_kind kind, uint16_t port,
    struct rd data)
{
	char buf[TRAIL_WIDTH], ep[ENDPOINT_STRLEN];
	struct rd r = data;
	uint32_t spi;

	(void)endpoint_str(far, ep);
	if (kind == WIRE_UDP && port == IKE_PORT) {
		trail_add(&s->trail, s->now, "%s ike %s %s %s", who, verb, ep,
		    trail_ike(buf, r));
		return;
	}
	spi = rd_u32(&r);
	if (kind == WIRE_UDP && rd_left(&data) == 1)
		trail_add(&s->trail, s->now, "%s keepalive %s %s", who, verb,
		    ep);
	else if (kind == WIRE_UDP && spi == 0)
		trail_add(&s->trail, s->now, "%s ike %s %s %s", who, verb, ep,
		    trail_ike(buf, r));
	else
		trail_add(&s->trail, s->now, "%s esp %s %s seq=%u len=%zu", who,
		    verb, ep, rd_u32(&r), rd_left(&data));
}

static void
server_send(struct sim *s, enum wire_kind kind, const struct endpoint *local,
    const struct endpoint *remote, struct rd data)
{
	struct rd ike = data;

	s->stats.server_out_bytes += rd_left(&data);
	if (sim_ike_of(kind, local->port, &ike))
		sim_fault(s, check_ike_out(s->check, &remote->addr, ike));
	else if (rd_left(&data) > 1)
		sim_fault(s, check_esp(s->check, 0, &remote->addr, data));
	note_gram(s, "srv", "SEND", remote, kind, local->port, data);
	wire_send(s->wire, s->now, s->server_host, kind, local, remote, data);
}

static void
drain_box(struct sim *s)
{
	for (unsigned i = 0; i < s->lns_out.n; i++) {
		const struct lns_act *a = &s->lns_out.act[i];

		switch (a->kind) {
		case LNS_SEND_UDP:
			if (sim_happens(s, s->refusal))
				break;
			server_send(s, WIRE_UDP, &a->local, &a->remote,
			    a->data);
			break;
		case LNS_ASK_DH:
			sim_job_add(s, true, 0, a->dh);
			break;
		case LNS_RADIUS_OPEN:
		case LNS_RADIUS_CLOSE:
		case LNS_RADIUS_SEND:
		case LNS_SPOOL_STORE:
		case LNS_SPOOL_FORGET:
		case LNS_DAE_SEND:
			if (s->stage.host != NULL)
				s->stage.host(s->stage.host_ctx, s->now, a);
			else
				sim_radius_act(s, a);
			break;
		case LNS_RADTEST:
			break;	/* nobody asks for one */
		case LNS_ROUTE_ADD:
		case LNS_ROUTE_DEL:
			break;	/* there is no kernel */
		}
	}
	lns_out_reset(&s->lns_out);
}

void
sim_server_drain(struct sim *s)
{
	do
		drain_box(s);
	while (s->stage.host_next != NULL && s->lns != NULL &&
	    s->stage.host_next(s->stage.host_ctx, s->lns, s->now,
	    &s->lns_out));
}

static struct phone *
phone_by_number(struct sim *s, uint32_t i)
{
	return i < s->phones ? &s->phone[i] : NULL;
}

/* The first half is that of the network which the phone was told. */
static bool
sim_own6(const struct phone *p, const struct ipaddr *a)
{
	return p->pub.prefix.family == IP_V6 &&
	    memcmp(p->pub.prefix.b, a->b, 8) == 0;
}

/* I1, and that nothing arrives twice; then the host behind echoes it. */
static void
behind(struct sim *s, struct rd packet)
{
	uint8_t buf[SIM_TALK_MAX + 64];
	struct phone *p;
	struct sim_talk t;
	size_t len = rd_left(&packet);
	char text[IPADDR_STRLEN];

	if (!sim_talk_decode(packet, &t) || t.down != 0)
		return sim_break(s, "I1: a packet nobody sent is on the TUN");
	p = phone_by_number(s, t.phone);
	if (p == NULL || p->pub.ups == 0 || p->pub.refused)
		return sim_break(s, "I1: packet of phone %u, which never "
		    "logged in, is on the TUN", t.phone);
	if (t.src.family == IP_V6 ? !sim_own6(p, &t.src) :
	    !ipaddr_eq(&t.src, &p->pub.link.net.ours))
		return sim_break(s, "I1: packet of phone %u is on the TUN from "
		    "%s, which is not its own", t.phone,
		    ipaddr_str(&t.src, text));
	if (sim_seen_twice(&p->behind, t.number))
		return sim_break(s, "I2: packet %u of phone %u came in twice",
		    t.number, t.phone);
	p->pub.reached++;
	t = (struct sim_talk){ t.dst, t.src, t.phone, t.number, 1 };
	len = sim_talk_encode(buf, sizeof(buf), &t, len);
	plane_tun(s->plane, rd_make(buf, len));
}

/* Runs the data plane and the concentrator until both are quiet. */
void
sim_server_turn(struct sim *s)
{
	struct plane_gram g;
	struct dp_note note;
	struct rd packet;
	bool more = true;

	while (more && !sim_broken(s)) {
		more = false;
		plane_run(s->plane, s->now);
		while (plane_next_note(s->plane, &note)) {
			char buf[TRAIL_WIDTH];

			more = true;
			if (note.kind == DP_L2TP)
				trail_add(&s->trail, s->now, "srv l2tp RECV %s",
				    trail_l2tp(buf, note.data));
			if (note.kind == DP_PPP)
				trail_add(&s->trail, s->now, "srv ppp RECV %s",
				    trail_ppp(buf, note.data));
			if (note.kind == DP_IKE)
				lns_input_ike(s->lns, s->now, &note.local,
				    &note.remote, note.data, &s->lns_out);
			else
				lns_input_note(s->lns, s->now, &note,
				    &s->lns_out);
			sim_server_drain(s);
		}
		while (plane_next_tun(s->plane, &packet)) {
			more = true;
			behind(s, packet);
		}
		while (plane_next_tx(s->plane, &g))
			server_send(s, g.kind, &g.local, &g.remote, g.data);
	}
}

void
sim_server_input(struct sim *s, const struct wire_got *g)
{
	struct rd ike = g->data;

	s->stats.server_in_bytes += rd_left(&g->data);
	note_gram(s, "srv", "RECV", &g->remote, g->kind, g->local.port,
	    g->data);
	if (sim_ike_of(g->kind, g->local.port, &ike))
		check_ike_in(s->check, &g->remote.addr, ike);
	if (g->kind == WIRE_UDP && g->local.port == IKE_PORT) {
		lns_input_ike(s->lns, s->now, &g->local, &g->remote, g->data,
		    &s->lns_out);
		sim_server_drain(s);
	} else {
		plane_rx(s->plane, g->kind, &g->local, &g->remote, g->data);
	}
	sim_server_turn(s);
}

void
sim_server_expire(struct sim *s)
{
	for (unsigned i = 0; mono_due(lns_deadline(s->lns), s->now); i++) {
		if (i == SIM_EXPIRE_TURNS)
			return sim_break(s, "I9: the concentrator's timer does "
			    "not advance");
		sim_fault(s, check_late(lns_deadline(s->lns), s->now,
		    s->awake));
		lns_expire(s->lns, s->now, &s->lns_out);
		sim_server_drain(s);
		sim_server_turn(s);
	}
}

void
sim_server_probe(struct sim *s)
{
	mono_t when = lns_deadline(s->lns);

	if (mono_due(when, s->now))
		return;
	lns_expire(s->lns, s->now, &s->lns_out);
	sim_fault(s, check_early(when, s->now, s->lns_out.n != 0,
	    lns_deadline(s->lns)));
}

/*
 * One SA pair after the other asks for numbers, as it does when it has used up
 * half of a block: so the concentrator says what it had reserved.
 */
static void
server_die(struct sim *s)
{
	uint32_t cursor = 0, first = 0;
	struct dp_note note = { .kind = DP_SEQ_LOW };

	s->died = s->now;
	s->stats.deaths++;
	plane_die(s->plane, s->stage.lns.seq_block);
	while (plane_dead(s->plane, &cursor, &note.path, &note.sa)) {
		lns_input_note(s->lns, s->now, &note, &s->lns_out);
		sim_server_drain(s);
	}
	if (plane_dead(s->plane, &first, &note.path, &note.sa))
		sim_break(s, "I2: SA pair %u was not reserved for after a "
		    "death", note.sa);
	trail_add(&s->trail, s->now, "srv DIED: %u SA pairs made anew",
	    plane_sas(s->plane));
}

void
sim_server_freeze(struct sim *s)
{
	mono_t when = lns_deadline(s->lns);
	size_t size = lns_frozen_size(s->lns);
	uint8_t *bytes = malloc(size);
	struct wr w = wr_make(bytes, bytes == NULL ? 0 : size);
	struct rd r;

	lns_freeze(s->lns, &w);
	if (w.bad) {
		free(bytes);
		return sim_break(s, "the frozen concentrator is larger than it "
		    "said");
	}
	lns_free(s->lns);
	r = wr_out(&w);
	s->lns = lns_thaw(&s->stage.lns, &s->engines, &s->drops, &plane_ops,
	    plane_dp(s->plane), &r);
	free(bytes);
	s->stats.freezes++;
	trail_add(&s->trail, s->now, "srv FROZEN %zu bytes", size);
	if (s->lns == NULL)
		return sim_break(s, "the concentrator did not thaw");
	sim_fault(s, check_thawed(when, lns_deadline(s->lns)));
	/* Seldom enough that what is under way is overtaken by one jump only. */
	if (mono_since_us(s->now, s->died) >= SIM_SECOND &&
	    sim_draw(s, 0, 1) != 0)
		server_die(s);
}

void
sim_server_told(void *ctx, bool ppp, struct rd data)
{
	struct sim *s = ctx;
	char buf[TRAIL_WIDTH];

	trail_add(&s->trail, s->now, "srv %s SEND %s", ppp ? "ppp" : "l2tp",
	    ppp ? trail_ppp(buf, data) : trail_l2tp(buf, data));
}

void
sim_server_keyed(void *ctx, const void *key, size_t len)
{
	struct sim *s = ctx;

	(void)keys_add(s->keys, key, len);
}

bool
sim_server_owned(void *ctx, uint32_t path)
{
	const struct sim *s = ctx;
	struct show_path p;

	return show_path(s->lns, path, &p) && p.isakmp_sas + p.tunnels > 0;
}

void
sim_server_logged(void *ctx, enum log_level level, const char *line)
{
	struct sim *s = ctx;

	(void)level;
	sim_shown(s, line, strlen(line));
}

static bool
session_shows(struct sim *s)
{
	struct show_session session;

	if (!show_session(s->lns, s->now, &s->session_shown, &session)) {
		s->session_shown = 0;
		return false;
	}
	sim_shown(s, &session, sizeof(session));
	return true;
}

static bool
attempt_shows(struct sim *s)
{
	struct attempt attempt;

	if (!show_attempt(s->lns, &s->attempt_shown, &attempt)) {
		s->attempt_shown = 0;
		return false;
	}
	sim_shown(s, &attempt, sizeof(attempt));
	return true;
}

/* Records are searched with all their bytes: whatever is shown of them. */
void
sim_server_shows(struct sim *s, bool all)
{
	struct show_status status;
	struct show_pool pool;
	uint32_t cursor = 0;

	if (s->lns == NULL)
		return;		/* it did not thaw */
	show_status(s->lns, &status);
	sim_fault(s, check_limits(&s->stage.lns, &status));
	if (show_pool(s->lns, &cursor, &pool))
		sim_fault(s, check_leases(&pool, s->stage.addresses,
		    status.sessions));
	if (!all) {
		(void)session_shows(s);
		(void)attempt_shows(s);
		return;
	}
	s->session_shown = s->attempt_shown = 0;
	while (session_shows(s))
		;
	while (attempt_shows(s))
		;
}
