/* SPDX-License-Identifier: BSD-2-Clause */
/* Floods from inside an SA and from strangers: threats.md 3.3, D-01, D-06. */

#include <stdlib.h>

#include "tests/sim/scenes.h"

#define MS		1000u
#define S		1000000u
#define INSIDE		10000	/* messages in the one second of a flood */
#define FLOOD_SECONDS	5
#define FLOOD_PPS	2000
#define MM1_SECONDS	60
#define MM1_PPS		50000
#define MM1_TALKERS	20	/* phones that are up all the time */
#define MM1_LOGINS	200	/* phones that dial in the flood */
#define HEADER		12	/* RFC 2661 §3.1 */

void
scene_stage_flood(struct sim_stage *st, struct rng *r)
{
	const uint32_t delay = rng_below(r, 30 * MS);

	scene_stage_exact(st, r);
	st->phones = 12;
	st->quality.delay_us = delay;
	st->quality.loss /= 4;
	/* Out of order, PPP discards what comes too early, and waits 3 s. */
	if (st->quality.loss == 0 && st->quality.late == 0)
		st->quality.jitter_us = 0;
	st->queue = 16384;
	st->freeze = 1;
	st->freeze_phone = 1;
}

/* ---- D-06: a phone that knows the key, in its own SA ---- */

/* The number-th message of a flood for the tunnel of this call. */
struct inside {
	size_t (*make)(uint8_t *buf, size_t size, const struct l2tp_call_info *,
	    uint32_t number);
};

static void
put_header(struct wr *w, size_t len, uint16_t tunnel, uint16_t ns, uint16_t nr)
{
	wr_u16(w, 0xc802);
	wr_u16(w, (uint16_t)len);
	wr_u16(w, tunnel);
	wr_u16(w, 0);
	wr_u16(w, ns);
	wr_u16(w, nr);
}

/* RFC 2661 §6.1 with the least AVPs; each asks for another tunnel id. */
static size_t
make_sccrq(uint8_t *buf, size_t size, const struct l2tp_call_info *call,
    uint32_t number)
{
	static const uint8_t avps[] = {
		0x80, 8, 0, 0, 0, 0, 0, 1,		/* SCCRQ */
		0x80, 8, 0, 0, 0, 2, 1, 0,		/* version 1.0 */
		0x80, 10, 0, 0, 0, 3, 0, 0, 0, 3,	/* framing */
		0x80, 10, 0, 0, 0, 7, 'e', 'v', 'i', 'l',
		0x80, 8, 0, 0, 0, 9,			/* tunnel id follows */
	};
	struct wr w = wr_make(buf, size);

	(void)call;
	put_header(&w, HEADER + sizeof(avps) + 2, 0, (uint16_t)(number % 4), 0);
	wr_bytes(&w, avps, sizeof(avps));
	wr_u16(&w, (uint16_t)(number % 60000 + 100));
	return wr_used(&w);
}

/*
 * The tunnel's own login took four messages from the phone and two from the
 * concentrator: a flood in sequence goes on from there, and never acknowledges.
 */
static size_t
make_in_tunnel(uint8_t *buf, size_t size, const struct l2tp_call_info *call,
    uint32_t number, struct rd avps)
{
	struct wr w = wr_make(buf, size);

	put_header(&w, HEADER + rd_left(&avps), call->peer_tunnel_id,
	    (uint16_t)(number + 4), 2);
	wr_rd(&w, avps);
	return wr_used(&w);
}

/* RFC 2661 §6.6: each asks for another session id. */
static size_t
make_icrq(uint8_t *buf, size_t size, const struct l2tp_call_info *call,
    uint32_t number)
{
	static const uint8_t avps[] = {
		0x80, 8, 0, 0, 0, 0, 0, 10,		/* ICRQ */
		0x80, 10, 0, 0, 0, 15, 0, 0, 0, 1,	/* serial number */
		0x80, 8, 0, 0, 0, 14,			/* session id follows */
	};
	uint8_t body[sizeof(avps) + 2];
	struct wr w = wr_make(body, sizeof(body));

	wr_bytes(&w, avps, sizeof(avps));
	wr_u16(&w, (uint16_t)(number % 60000 + 100));
	return make_in_tunnel(buf, size, call, number, wr_out(&w));
}

/* RFC 2661 §6.5 */
static size_t
make_hello(uint8_t *buf, size_t size, const struct l2tp_call_info *call,
    uint32_t number)
{
	static const uint8_t avps[] = { 0x80, 8, 0, 0, 0, 0, 0, 6 };

	return make_in_tunnel(buf, size, call, number,
	    rd_make(avps, sizeof(avps)));
}

/*
 * Phone 0 floods for a second while phone 5 dials.  The others do not notice;
 * what phone 0 holds stays within its share, and it is gone soon after.
 */
static void
flood_inside(struct sim *s, struct inside flood)
{
	struct l2tp_params defaults;
	struct l2tp_call_info call;
	struct sim_stats before, after;
	struct show_status status;
	uint8_t buf[64];

	l2tp_params_default(&defaults);
	for (uint32_t i = 0; i < 6; i++)
		(void)scene_phone(s, i == 0 ? SIM_OPEN : SIM_HOME);
	if (!scene_all_up(s, 5, 40 * S, 3))
		return;
	call = sim_phone(s, 0)->link.call;
	scene_talk(s, 5, 50 * MS);
	sim_do(s, SIM_TALK, 0, 0);
	sim_plan(s, S / 2, SIM_DIAL, 5, 0);
	scene_moments(s, 1, 5, 0, 5 * S, 2, 2);
	sim_stats(s, &before);
	for (uint32_t i = 0; i < INSIDE && !sim_broken(s); i++) {
		size_t n = flood.make(buf, sizeof(buf), &call, i);

		sim_phone_l2tp(s, 0, rd_make(buf, n));
		if (i % 10 == 9)
			(void)sim_run(s, MS);
		if (i == 99)
			sim_want(s, sim_drops(s, DROP_L2TP_TUNNEL) == 0,
			    "the flood does not hit its tunnel");
	}
	sim_stats(s, &after);
	show_status(sim_lns(s), &status);
	sim_want(s, status.tunnels <= 5 + defaults.tunnels_per_path,
	    "%u tunnels in a flood", status.tunnels);
	sim_want(s, status.sessions <= 5 + defaults.sessions_per_tunnel,
	    "%u sessions in a flood", status.sessions);
	sim_want(s, after.server_out_bytes - before.server_out_bytes <=
	    after.server_in_bytes - before.server_in_bytes,
	    "the flood is answered with more than it brings");
	(void)sim_run(s, 40 * S);
	sim_want(s, sim_phone(s, 5)->up, "a login during the flood failed: %s",
	    sim_phone(s, 5)->reason);
	sim_do(s, SIM_VANISH, 0, 0);
	sim_phone(s, 0)->packets = sim_phone(s, 0)->echoed = 1;
	scene_heard(s, 5, 1);
	for (uint32_t i = 1; i < 6; i++)
		sim_want(s, sim_phone(s, i)->ups == 1, "phone %u was thrown "
		    "out in the flood of another: %s", i,
		    sim_phone(s, i)->reason);
	(void)sim_run(s, 150 * (uint64_t)S);
	sim_stats(s, &after);
	sim_want(s, after.sessions == 5, "%u sessions, 5 expected when the "
	    "flooder is gone", after.sessions);
	scene_empty(s, 6);
}

void
scene_sccrq_flood(struct sim *s)
{
	flood_inside(s, (struct inside){ make_sccrq });
}

void
scene_icrq_flood(struct sim *s)
{
	flood_inside(s, (struct inside){ make_icrq });
}

void
scene_hello_flood(struct sim *s)
{
	flood_inside(s, (struct inside){ make_hello });
}

/* ---- D-01: spoofed MM1 from random sources ---- */

/* An MM1 as this phone would send it. */
static size_t
make_mm1(struct sim *s, uint32_t phone, uint8_t *buf, size_t size)
{
	struct peer_out *o = calloc(1, sizeof(*o));
	uint8_t iv[16] = { 0 };
	struct esp_crypt *crypt = esp_crypt_new(ESP_ENGINE_AUTO, iv);
	struct peer *p = peer_new(&sim_phone(s, phone)->kit.params, sim_rng(s),
	    crypt, NULL);
	size_t n = 0;

	if (o != NULL && p != NULL)
		peer_dial(p, sim_now(s), o);
	for (unsigned i = 0; o != NULL && i < o->n; i++) {
		struct rd r = o->act[i].data;

		if (o->act[i].kind != PEER_SEND || rd_left(&r) > size)
			continue;
		n = rd_left(&r);
		rd_copy(&r, buf, n);
	}
	peer_free(p);
	esp_crypt_free(crypt);
	free(o);
	return n;
}

/* One more, from anywhere, with a cookie of its own. */
static void
spoof_mm1(struct sim *s, uint8_t *mm1, size_t n)
{
	struct endpoint from = { ipaddr_v4(rng_u32(sim_rng(s))),
		(uint16_t)sim_draw(s, 1, 65535) };
	struct wr w = wr_make(mm1, 8);

	wr_u64(&w, rng_u64(sim_rng(s)) | 1);
	sim_spoof(s, &from, IKE_PORT, rd_make(mm1, n));
}

static void
want_no_more_out_than_in(struct sim *s, const struct sim_stats *before)
{
	struct sim_stats after;

	sim_stats(s, &after);
	sim_want(s, after.server_out_bytes - before->server_out_bytes <=
	    after.server_in_bytes - before->server_in_bytes,
	    "more bytes out than in");
}

static void
want_no_dh(struct sim *s, const struct sim_stats *before, uint64_t expected)
{
	struct sim_stats after;

	sim_stats(s, &after);
	sim_want(s, after.dh_server - before->dh_server == expected,
	    "a flood of MM1: %u exponentiations, %u expected",
	    (unsigned)(after.dh_server - before->dh_server),
	    (unsigned)expected);
}

/*
 * They cost no exponentiation and no phone its session; those that were here
 * before get in within 5 s, or in bad weather within 17.
 */
void
scene_half_open_flood(struct sim *s)
{
	struct sim_stats before, after;
	struct show_status status;
	uint8_t mm1[WIRE_MTU];
	size_t n;

	for (uint32_t i = 0; i < 12; i++)
		(void)scene_phone(s, SIM_HOME);
	if (!scene_all_up(s, 12, 40 * S, 3))
		return;
	for (uint32_t i = 6; i < 12; i++)
		sim_do(s, SIM_CLOSE, i, 0);
	(void)sim_run(s, 5 * S);
	n = make_mm1(s, 0, mm1, sizeof(mm1));
	scene_talk(s, 6, 50 * MS);
	scene_moments(s, 0, 6, 0, FLOOD_SECONDS * S, 2, 0);
	sim_stats(s, &before);
	for (uint32_t i = 0; i < FLOOD_PPS * FLOOD_SECONDS; i++) {
		spoof_mm1(s, mm1, n);
		if (i == FLOOD_PPS * (FLOOD_SECONDS - 1)) {
			want_no_dh(s, &before, 0);
			for (uint32_t k = 6; k < 12; k++)
				sim_plan(s, 0, SIM_DIAL, k, 0);
		}
		if (!sim_run(s, S / FLOOD_PPS))
			return;
	}
	scene_moments(s, 0, 6, 0, 3 * S, 0, 1);
	(void)sim_run(s, 4 * S);
	sim_stats(s, &after);
	sim_want(s, after.up >= (scene_exact(s) ? 12u : 6u),
	    "%u of 12 phones are up 5 s after the flood's victims dialled",
	    after.up);
	(void)sim_run(s, 12 * S);	/* what was lost is said again */
	sim_stats(s, &after);
	sim_want(s, after.up >= 12, "%u of 12 phones are up 17 s after the "
	    "flood's victims dialled", after.up);
	want_no_more_out_than_in(s, &before);
	show_status(sim_lns(s), &status);
	sim_want(s, status.half_open <= 64, "%u half-open records",
	    status.half_open);
	scene_heard(s, 6, 1);
	scene_empty(s, 12);
}

/* ---- D-01 at full size: run by name only ---- */

/* The limits are those of a real concentrator. */
void
scene_stage_mm1(struct sim_stage *st, struct rng *r)
{
	struct lns_params p;

	scene_stage_flood(st, r);
	st->quality = (struct wire_quality){
		.delay_us = rng_below(r, 30 * MS) };
	st->freeze = st->freeze_phone = 0;
	lns_params_default(&p);
	st->phones = MM1_TALKERS + MM1_LOGINS;
	st->dh_us = 330;
	st->queue = 65536;
	st->lns.ike.limits = p.ike.limits;
	st->lns.paths = st->lns.sessions = 1024;
	st->lns.l2tp.tunnels = st->lns.l2tp.sessions = 1024;
}

static void
mm1_pools(struct sim *s)
{
	struct ike_params p;
	struct show_status status;

	ike_params_default(&p, false);
	show_status(sim_lns(s), &status);
	sim_want(s, status.half_open <= p.limits.half_open &&
	    status.paths <= MM1_TALKERS + MM1_LOGINS &&
	    status.peers <= 4 * (MM1_TALKERS + MM1_LOGINS),
	    "%u half-open records, %u peers, %u paths in the flood",
	    status.half_open, status.peers, status.paths);
}

/* All dial once, one after the other; returns what a login costs, or 0. */
static uint64_t
mm1_first_logins(struct sim *s, uint32_t n)
{
	struct sim_stats before, after;

	sim_stats(s, &before);
	for (uint32_t i = 0; i < n; i++)
		(void)sim_phone_add(s, SIM_HOME);
	for (uint32_t i = 0; i < n; i++)
		sim_plan(s, i * 50 * MS, SIM_DIAL, i, 0);
	(void)sim_run(s, n * 50 * MS + 5 * S);
	sim_stats(s, &after);
	sim_want(s, after.up == n, "%u of %u phones are up before the flood",
	    after.up, n);
	sim_want(s, after.dh_server > before.dh_server, "logins are free?");
	return (after.dh_server - before.dh_server) / n;
}

/*
 * Half of those that dial come from another address of their prefix than the
 * one they logged in from before.
 */
static void
mm1_leave(struct sim *s, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < n; i++)
		sim_do(s, SIM_CLOSE, i, 0);
	(void)sim_run(s, 10 * S);
	for (uint32_t i = first; i < n; i++) {
		struct ipaddr other = ipaddr_v4(0x140000c8 + (i << 8));

		wire_nat_rebind(sim_wire(s), sim_phone(s, i)->nat,
		    i % 2 ? &other : NULL);
		sim_phone(s, i)->ups = 0;
		sim_plan(s, sim_draw(s, S, (MM1_SECONDS - 6) * S), SIM_DIAL, i,
		    0);
	}
}

/* 50,000 spoofed MM1 a second for a minute; 20 phones talk, 200 dial. */
void
scene_mm1_60s(struct sim *s)
{
	const uint32_t n = MM1_TALKERS + MM1_LOGINS;
	uint64_t each = mm1_first_logins(s, n);
	uint32_t in_time = 0;
	struct sim_stats before;
	uint8_t mm1[WIRE_MTU];
	size_t size = make_mm1(s, 0, mm1, sizeof(mm1));

	mm1_leave(s, MM1_TALKERS, n);
	scene_talk(s, MM1_TALKERS, 50 * MS);
	sim_stats(s, &before);
	for (uint32_t i = 0; i < MM1_SECONDS * MM1_PPS; i++) {
		spoof_mm1(s, mm1, size);
		if (!sim_run(s, S / MM1_PPS))
			return;
		if (i % MM1_PPS == 0)
			mm1_pools(s);
	}
	for (uint32_t i = MM1_TALKERS; i < n; i++) {
		const struct sim_phone *p = sim_phone(s, i);

		in_time += p->ups > 0 &&
		    mono_since_ms(p->came_up, p->dialled) <= 5000;
	}
	sim_want(s, in_time * 100 >= MM1_LOGINS * 95, "%u of %u logins from "
	    "known prefixes took 5 s at most", in_time, MM1_LOGINS);
	want_no_dh(s, &before, each * MM1_LOGINS);
	want_no_more_out_than_in(s, &before);
	scene_heard(s, MM1_TALKERS, 1);
	scene_empty(s, n);
}
