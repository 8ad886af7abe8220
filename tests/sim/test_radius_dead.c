/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * D-08 of threats.md: no RADIUS server for 24 hours while 5,000 phones are in
 * and reconnect in storms of 1,000.  A whole concentrator and whole phones on
 * the virtual clock; local users are the fallback.
 *
 *	test_radius_dead [PHONES]
 *
 * Without an argument a twentieth of that, which takes seconds.
 */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "lns/request.h"
#include "radius/packet.h"
#include "tests/sim/sim.h"

#define S		((uint64_t)SIM_SECOND)
#define MS		1000u
#define HOUR		(3600 * S)
#define PHONES		250
#define PHONES_MAX	5000
#define STORMS		5	/* a fifth of the phones is in each of them */
#define STORM_HOURS	5	/* from one to the next */
#define SESSIONS_MAX	(2 * PHONES_MAX + 2)
#define SECRET		"xyzzy5461"
#define REPEATED_S	60	/* a packet goes out again for so long */
#define UNIX		UINT64_C(1700000000)
#define RECORDS		20000	/* the caps of the spool */
#define RECORD_BYTES	(8u << 20)
#define PORTS		64
#define MAIL		1024	/* answers on their way: a power of two */

struct answer {
	uint32_t port;		/* 0: of the disk */
	uint64_t number;
	size_t n;
	uint8_t b[256];
};

struct world {
	struct sim *s;
	uint32_t phones, storm;
	uint32_t sessions;	/* in all, and number 0, which none has */
	mono_t now;
	struct answer mail[MAIL];
	unsigned first, next;
	bool dead;
	struct { uint32_t handle; enum radius_service service; } port[PORTS];
	unsigned accepts;
	/* by the serial number in Acct-Session-Id */
	uint8_t starts[SESSIONS_MAX], stops[SESSIONS_MAX];
	unsigned records, late;		/* late: with a delay of a minute or more */
	unsigned on_disk, on_disk_most;
	uint32_t delay_max;
	uint32_t closed[PHONES_MAX];	/* by its own user */
};

static struct rd
text_rd(const char *s)
{
	return rd_make(s, strlen(s));
}

/* ---- the server ---- */

static enum radius_service
service_of(const struct world *w, uint32_t handle)
{
	for (unsigned i = 0; i < PORTS; i++)
		if (w->port[i].handle == handle)
			return w->port[i].service;
	fail();
	return RADIUS_AUTH;
}

static void
port_set(struct world *w, uint32_t from, uint32_t to, enum radius_service sv)
{
	for (unsigned i = 0; i < PORTS; i++) {
		if (w->port[i].handle != from)
			continue;
		w->port[i].handle = to;
		w->port[i].service = sv;
		return;
	}
	fail();
}

static uint32_t
number(const struct radius_packet *q, uint8_t type)
{
	struct attr a;

	assert_true(attr_get(q->attrs, 0, type, &a));
	return attr_u32(&a);
}

/*
 * Once each, the Start first, and Acct-Delay-Time leads back to the event: from
 * when the packet was made, which is repeated as it is.
 */
static void
take_record(struct world *w, const struct radius_packet *q)
{
	uint32_t status = number(q, ATTR_ACCT_STATUS_TYPE);
	uint32_t delay = number(q, ATTR_ACCT_DELAY_TIME);
	uint64_t now = UNIX + w->now.us / SIM_SECOND;
	uint64_t was = number(q, ATTR_EVENT_TIMESTAMP) + (uint64_t)delay;
	char text[17] = { 0 };
	unsigned long serial;
	struct attr a;

	assert_in_range(was, now - REPEATED_S, now + 1);
	w->records++;
	w->late += delay >= 60;
	if (delay > w->delay_max)
		w->delay_max = delay;
	if (status == REQUEST_ON || status == REQUEST_OFF)
		return;
	assert_true(attr_get(q->attrs, 0, ATTR_ACCT_SESSION_ID, &a));
	assert_int_equal(rd_left(&a.value), 16);
	memcpy(text, a.value.p, 16);
	serial = strtoul(text + 8, NULL, 16);
	assert_in_range(serial, 1, w->sessions - 1);
	assert_int_equal(w->stops[serial], 0);
	if (status == REQUEST_START)
		assert_int_equal(w->starts[serial]++, 0);
	else
		assert_int_equal(w->starts[serial], 1);
	w->stops[serial] += status == REQUEST_STOP;
}

/* PAP: phone7 has password7. */
static void
check_login(struct world *w, const struct radius_packet *q)
{
	struct secret got;
	struct attr name, hidden;
	char want[32];
	struct rd r;

	assert_true(attr_get(q->attrs, 0, ATTR_USER_NAME, &name));
	assert_true(attr_get(q->attrs, 0, ATTR_USER_PASSWORD, &hidden));
	assert_true(radius_reveal(hidden.value, q->auth, text_rd(SECRET),
	    &got));
	r = name.value;
	rd_skip(&r, strlen("phone"));
	(void)snprintf(want, sizeof(want), "password%.*s", (int)rd_left(&r),
	    (const char *)r.p);
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.b, want, got.len);
	w->accepts++;
}

static struct answer *
mail_add(struct world *w)
{
	struct answer *m = &w->mail[w->next++ % MAIL];

	assert_true(w->next - w->first <= MAIL);
	*m = (struct answer){ .port = 0 };
	return m;
}

static void
server_take(struct world *w, const struct lns_act *act)
{
	bool acct = service_of(w, act->port) == RADIUS_ACCT;
	enum radius_code code = acct ? RADIUS_ACCOUNTING_RESPONSE :
	    RADIUS_ACCESS_ACCEPT;
	struct radius_packet q;
	struct radius_build b;
	struct answer *m;
	struct rd out;

	if (w->dead)
		return;
	assert_int_equal(radius_decode(act->data, &q), DROP_NONE);
	if (q.code == RADIUS_ACCOUNTING_REQUEST)
		take_record(w, &q);
	if (q.code == RADIUS_ACCESS_REQUEST)
		check_login(w, &q);
	m = mail_add(w);
	m->port = act->port;
	radius_open(&b, m->b, sizeof(m->b), code, q.id, q.auth, !acct);
	assert_true(radius_close(&b, text_rd(SECRET), &out));
	m->n = rd_left(&out);
}

static void
host(void *ctx, mono_t now, const struct lns_act *a)
{
	struct world *w = ctx;

	w->now = now;
	switch (a->kind) {
	case LNS_RADIUS_OPEN:
		port_set(w, 0, a->port, a->service);
		break;
	case LNS_RADIUS_CLOSE:
		port_set(w, a->port, 0, a->service);
		break;
	case LNS_RADIUS_SEND:
		server_take(w, a);
		break;
	case LNS_SPOOL_STORE:
		if (++w->on_disk > w->on_disk_most)
			w->on_disk_most = w->on_disk;
		mail_add(w)->number = a->number;
		break;
	case LNS_SPOOL_FORGET:
		w->on_disk--;
		break;
	case LNS_SEND_UDP:
	case LNS_ASK_DH:
	case LNS_DAE_SEND:
	case LNS_RADTEST:
	case LNS_ROUTE_ADD:
	case LNS_ROUTE_DEL:
		fail();
	}
}

static bool
host_next(void *ctx, struct lns *l, mono_t now, struct lns_out *out)
{
	struct world *w = ctx;
	struct answer m;

	if (w->first == w->next)
		return false;
	m = w->mail[w->first++ % MAIL];
	if (m.port == 0)
		lns_spool_stored(l, now, m.number, true, out);
	else
		lns_input_radius(l, now, m.port, rd_make(m.b, m.n), out);
	return true;
}

/* ---- the stage ---- */

static void
stage_radius(struct lns_params *p)
{
	struct radius_server_params *one = &p->radius.server[0];

	p->radius.server_n = p->radius.group_n = p->acct.group_n = 1;
	radius_server_default(one);
	(void)snprintf(one->name, sizeof(one->name), "one");
	assert_true(secret_set(&one->secret, SECRET, strlen(SECRET)));
	for (int k = 0; k < RADIUS_SERVICES; k++)
		one->at[k] = (struct endpoint){ ipaddr_v4(0x0a090901),
			(uint16_t)(1812 + k) };
	(void)snprintf(p->radius.group[0].name, RADIUS_NAME_MAX, "all");
	(void)snprintf(p->acct.group[0], ACCT_NAME_MAX, "all");
	p->radius.group[0].server_n = 1;
	p->policy.local = AAA_LOCAL_FALLBACK;
	p->policy.auth_group = p->policy.acct_group = 0;
	p->acct.records = RECORDS;
	p->acct.bytes = RECORD_BYTES;
	p->interim_s = 6 * 3600;
	(void)snprintf(p->nas_id, sizeof(p->nas_id), "nas1");
}

/* Nobody asks the silent whether they live, and no key ends within the week. */
static struct sim *
make(struct world *w)
{
	const uint32_t n = w->phones + 16;
	struct sim_stage st;

	assert_true(crypto_init());
	sim_stage_default(&st, 8);
	st.phones = n;
	st.dh_us = 100;
	st.queue = 65536;
	st.quality = (struct wire_quality){ .delay_us = 5 * MS };
	st.lns.paths = st.lns.sessions = 2 * n;
	st.lns.ike.limits.peers = 2 * n;
	st.lns.ike.limits.half_open = st.lns.ike.limits.dh_pending = n;
	st.lns.ike.limits.children = 4 * n;
	st.lns.l2tp.tunnels = st.lns.l2tp.sessions = 2 * n;
	st.lns.ike.dpd_idle_s = 0;
	st.lns.ike.p1_life_s = st.lns.ike.p2_life_s = 7 * 86400;
	st.lns.l2tp.hello_s = 0;
	st.lns.ppp.echo_s = 0;
	stage_radius(&st.lns);
	st.host = host;
	st.host_next = host_next;
	st.host_ctx = w;
	st.unix_ms = UNIX * 1000 + 1000;	/* the clock begins at 1 s */
	w->s = sim_new(&st);
	assert_non_null(w->s);
	for (uint32_t i = 0; i < w->phones; i++) {
		struct peer_kit *k;

		(void)sim_phone_add(w->s, SIM_OPEN);
		k = &sim_phone(w->s, i)->kit;
		k->dial.p1_n = 1;
		k->dial.p1_life_s = k->dial.p2_life_s = 7 * 86400;
		k->ike.p1_life_s = k->ike.p2_life_s = 7 * 86400;
		k->ike.dpd_idle_s = 0;
		k->l2tp.hello_s = 0;
		k->ppp.echo_s = 0;
		k->ppp.methods = PPP_PAP;
	}
	return w->s;
}

/* ---- what happens ---- */

static void
run(struct world *w, uint64_t us)
{
	if (!sim_run(w->s, us)) {
		sim_report(w->s, stderr);
		fail();
	}
}

/* Nobody is out but by his own wish. */
static void
all_in(struct world *w)
{
	struct sim_stats st;

	sim_stats(w->s, &st);
	for (uint32_t i = 0; i < w->phones; i++) {
		const struct sim_phone *p = sim_phone(w->s, i);

		if (!p->up || p->downs != w->closed[i])
			fail_msg("phone %u: up %d, %u times down: %s",
			    (unsigned)i, p->up, (unsigned)p->downs, p->reason);
	}
	assert_int_equal(st.up, w->phones);
	assert_int_equal(st.sessions, w->phones);
}

static struct acct_state
spool(const struct world *w)
{
	struct acct_state s;

	assert_true(show_acct(sim_lns(w->s), &s));
	assert_true(s.records <= RECORDS);
	assert_true(s.bytes <= RECORD_BYTES);
	assert_int_equal(s.refused + s.yielded + s.given_up, 0);
	assert_true(s.disk_ok);
	return s;
}

/* A thousand leave at once and are back within a second of each other. */
static void
storm(struct world *w, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		sim_do(w->s, SIM_CLOSE, i, 0);
		w->closed[i]++;
	}
	run(w, 20 * S);
	for (uint32_t i = first; i < first + n; i++)
		sim_plan(w->s, sim_draw(w->s, 0, SIM_SECOND), SIM_DIAL, i, 0);
	run(w, 60 * S);
}

static void
first_logins(struct world *w)
{
	for (uint32_t i = 0; i < w->phones; i++)
		sim_plan(w->s, i * 2 * (uint64_t)MS, SIM_DIAL, i, 0);
	run(w, 20 * S);
	all_in(w);
	assert_int_equal(w->accepts, w->phones);
	assert_int_equal(spool(w).records, 0);
	assert_int_equal(w->on_disk, 0);
	assert_int_equal(w->late, 0);
}

static void
day_without(struct world *w)
{
	w->dead = true;
	for (uint32_t hour = 0, k = 0; hour < 24; hour++) {
		if (hour % STORM_HOURS == 0) {
			storm(w, k++ * w->storm, w->storm);
			all_in(w);
			run(w, HOUR - 80 * S);
		} else {
			run(w, HOUR);
		}
		if (hour == 10)
			sim_do(w->s, SIM_FREEZE_SERVER, 0, 0);
		(void)spool(w);
	}
	all_in(w);
	assert_int_equal(w->accepts, w->phones);	/* of before */
	/*
	 * A Start and a Stop of each reconnect, and the newest Interim of each
	 * session.
	 */
	assert_in_range(spool(w).records, 2 * w->storm * STORMS + w->phones,
	    3 * w->storm * STORMS + w->phones);
	assert_int_equal(spool(w).unstored, 0);
	assert_int_equal(w->on_disk, spool(w).records);
	assert_true(w->on_disk_most <= RECORDS);
	assert_int_equal(w->records, w->phones + 1);	/* Starts, and On */
}

static void
each_once(const struct world *w, bool ended)
{
	unsigned starts = 0, stops = 0;

	for (unsigned i = 1; i < w->sessions; i++) {
		starts += w->starts[i];
		stops += w->stops[i];
		assert_int_equal(w->starts[i], 1);
	}
	assert_int_equal(starts, w->sessions - 1);
	assert_int_equal(stops, ended ? starts : starts - w->phones);
}

static void
d08_a_day_without_radius(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sim_stats st;
	unsigned waited;

	assert_non_null(w);
	w->phones = *(const uint32_t *)*state;
	w->storm = w->phones / STORMS;
	w->sessions = 2 * w->phones + 2;
	(void)make(w);
	first_logins(w);
	day_without(w);
	waited = spool(w).records;
	w->dead = false;
	run(w, 1800 * S);
	all_in(w);
	assert_int_equal(spool(w).records, 0);
	assert_int_equal(w->on_disk, 0);
	/* But Interims of the last minute. */
	assert_in_range(w->late, waited - w->phones / 50, waited);
	assert_in_range(w->delay_max, 24 * 3600 - 30, 24 * 3600 + 400);
	/* And the servers are asked again. */
	storm(w, 0, 1);
	all_in(w);
	assert_int_equal(w->accepts, w->phones + 1);
	each_once(w, false);
	for (uint32_t i = 0; i < w->phones; i++)
		sim_do(w->s, SIM_CLOSE, i, 0);
	run(w, 400 * S);
	each_once(w, true);
	assert_int_equal(spool(w).records, 0);
	sim_stats(w->s, &st);
	assert_int_equal(st.sessions + st.sas, 0);
	sim_free(w->s);
	free(w);
}

int
main(int argc, char **argv)
{
	uint32_t phones = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) :
	    PHONES;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(d08_a_day_without_radius, &phones),
	};

	if (phones < STORMS || phones > PHONES_MAX || phones % STORMS != 0) {
		(void)fprintf(stderr, "a multiple of %u, at most %u\n", STORMS,
		    PHONES_MAX);
		return 2;
	}

	return cmocka_run_group_tests(tests, NULL, NULL);
}
