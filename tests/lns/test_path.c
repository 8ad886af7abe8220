/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths: what joins them, what ends them, and when. */

#include "lns/lns_int.h"
#include "lns/path.h"
#include "tests/lns/rig.h"

static struct show_status
status(const struct rig *r)
{
	struct show_status s;

	show_status(r->l, &s);
	return s;
}

static uint32_t
session_handle(const struct rig *r)
{
	struct show_session s = { 0 };
	uint32_t cursor = 0;

	(void)show_session(r->l, r->now, &cursor, &s);
	return s.session;
}

/* ---- joining ---- */

static void
rekey_of_phase_1_joins(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	rig_rekey(r, 0, 1);
	rig_run(r, 1000);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(status(r).sessions, 1);
	assert_int_equal(rig_attempt(r, 0).result, ATT_SUCCESS);
	assert_string_equal(rig_attempt(r, 0).reason,
	    "phase 1 renewed for attempt 1");
	rig_rekey(r, 0, 2);
	rig_run(r, 1000);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(r->dp->adds, 2);
	rig_free(r);
}

/* A dial from another port, or with another identity, is another path. */
static void
strangers_do_not_join(void **state)
{
	struct rig *r = rig_begin(3);

	(void)state;
	r->phone[1].out[0] = r->phone[0].out[0];
	r->phone[1].out[1] = r->phone[0].out[1];
	r->phone[1].out[0].port++;	/* the same identity and address */
	r->phone[1].out[1].port++;
	rig_login(r, 0);
	rig_login(r, 1);
	assert_int_equal(status(r).paths, 2);
	r->phone[2].dial.id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 4,
		.b = "else" };
	rig_login(r, 2);
	assert_int_equal(status(r).paths, 3);
	assert_int_equal(r->dp->sessions, 3);
	rig_free(r);
}

static void
other_identity_from_the_same_place(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	rig_reset_phone(r, 0);
	r->phone[0].dial.id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 4,
		.b = "else" };
	r->phone[0].no_l2tp = true;
	rig_dial(r, 0);
	rig_run(r, 100);
	assert_int_equal(status(r).paths, 2);
	rig_free(r);
}

/* INITIAL-CONTACT in message 5: the old path goes without a word. */
static void
contact_in_mm5(void **state)
{
	struct rig *r = rig_begin(1);
	uint32_t path;

	(void)state;
	rig_login(r, 0);
	path = r->dp->sa[0].d.path;
	rig_reset_phone(r, 0);
	rig_dial(r, 0);
	rig_run(r, 3000);
	assert_true(r->phone[0].up);
	assert_int_equal(r->phone[0].esp_deletes, 0);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(status(r).peers, 1);
	assert_int_equal(r->dp->sas, 1);
	assert_int_not_equal(r->dp->sa[0].d.path, path);
	assert_int_equal(rig_attempt(r, 0).result, ATT_SUCCESS);
	assert_int_equal(rig_pool_used(r), 1);
	assert_int_equal(r->dp->unknown, 0);
	rig_free(r);
}

/* The phone's Informationals (Deletes) are lost. */
static bool
eat_info(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_IKE && m->n > 18 && m->b[18] == 5;
}

/* The phone forgets its call, but not that it was here before. */
static void
forget_call(struct rig *r)
{
	struct phone *p = &r->phone[0];

	l2tp_free(p->l2tp);
	ppp_free(p->ppp);
	p->ppp = NULL;
	p->tunnel = p->session = 0;
	p->up = false;
	p->l2tp = l2tp_new(&p->l2tp_p, &p->rng, NULL);
	assert_non_null(p->l2tp);
}

/* A phone that dials anew and anew, and never says what became of the old. */
static void
redials_without_a_word_are_bounded(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	r->eat = eat_info;
	for (int i = 0; i < 14; i++) {
		forget_call(r);
		rig_rekey(r, 0, 1);
		rig_rekey(r, 0, 2);
		rig_run(r, 35000);
		assert_true(r->phone[0].up);
		assert_int_equal(status(r).paths, 1);
		assert_true(status(r).peers <= 4);
		assert_true(r->dp->sas <= 8);
		assert_int_equal(status(r).children, r->dp->sas);
		assert_int_equal(r->dp->sessions, 1);
		assert_int_equal(rig_pool_used(r), 1);
	}
	assert_int_equal(r->dp->unknown, 0);
	r->phone[0].deaf = true;
	rig_run(r, 400000);
	rig_expect_empty(r);
	rig_free(r);
}

/* The engine tells of an Informational under the path's newest SA. */
static void
say_contact(struct rig *r)
{
	const struct path *p = NULL;

	for (uint32_t i = 0; p == NULL && i < r->l->paths.high; i++)
		p = pool_at(&r->l->paths, i, NULL);
	assert_non_null(p);
	path_contact(r->l, r->now, p->sa[0]);
	path_contact(r->l, r->now, 4711);
	step(r->l, r->now, &r->out);
	rig_drain(r);
	rig_pump(r);
}

/* An Informational with INITIAL-CONTACT: what was before it is forgotten. */
static void
contact_later(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	rig_rekey(r, 0, 2);
	say_contact(r);		/* nothing is older */
	rig_run(r, 100);
	assert_int_equal(r->dp->sas, 2);
	r->eat = eat_info;
	forget_call(r);
	rig_rekey(r, 0, 1);
	rig_run(r, 100);
	r->eat = NULL;
	assert_int_equal(status(r).peers, 2);
	assert_int_equal(status(r).sessions, 1);
	say_contact(r);
	rig_run(r, 100);
	assert_int_equal(status(r).peers, 1);
	assert_int_equal(status(r).children, 0);
	assert_int_equal(status(r).sessions, 0);
	assert_int_equal(r->dp->sas, 0);
	assert_int_equal(r->dp->unknown, 0);
	/* And it dials anew on the same path. */
	rig_rekey(r, 0, 2);
	rig_run(r, 5000);
	assert_true(r->phone[0].up);
	assert_int_equal(status(r).paths, 1);
	rig_free(r);
}

/* It may come after quick mode and SCCRQ: the new call must not suffer. */
static void
contact_overtaken(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	r->eat = eat_info;
	forget_call(r);
	rig_rekey(r, 0, 1);
	rig_rekey(r, 0, 2);
	rig_run(r, 5000);
	assert_true(r->phone[0].up);
	r->eat = NULL;
	say_contact(r);
	rig_run(r, 1000);
	assert_true(r->phone[0].up);
	assert_int_equal(status(r).sessions, 1);
	assert_int_equal(status(r).peers, 1);
	assert_int_equal(r->dp->sas, 1);
	rig_free(r);
}

static void
contact_with_nothing_before(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	rig_rekey(r, 0, 1);
	rig_run(r, 2000);
	rig_rekey(r, 0, 2);
	rig_run(r, 2000);
	say_contact(r);
	rig_run(r, 2000);
	assert_true(r->phone[0].up);
	assert_int_equal(status(r).sessions, 1);
	rig_free(r);
}

/* ---- SAs that come and go ---- */

static void
children_are_bounded(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	for (int i = 0; i < 14; i++) {
		rig_rekey(r, 0, 2);
		rig_traffic(r, 0);
		rig_run(r, 40000);
		assert_true(r->dp->sas <= 8);
		assert_int_equal(status(r).sessions, 1);
	}
	assert_int_equal(r->dp->unknown, 0);
	rig_free(r);
}

static void
isakmp_deleted_while_esp_lives(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	/* The rekey's initiator deletes the old SA; then the new one expires. */
	r->p.ike.p1_life_s = 100;
	rig_rekey(r, 0, 1);
	for (int i = 0; i < 12; i++) {
		rig_run(r, 20000);
		rig_traffic(r, 0);
	}
	assert_int_equal(status(r).peers, 0);
	assert_int_equal(status(r).sessions, 1);
	assert_int_equal(r->dp->sas, 1);
	/* The same phone dials anew: it is the same path. */
	rig_reset_phone(r, 0);
	rig_dial(r, 0);
	rig_run(r, 5000);
	assert_int_equal(status(r).paths, 1);
	rig_free(r);
}

/* I8: the ISAKMP SA is gone and no tunnel is there: 60 s. */
static void
i8_orphans_live_a_minute(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	r->p.ike.p1_life_s = 10;
	rig_start(r);
	r->phone[0].no_l2tp = true;
	rig_dial(r, 0);
	rig_run(r, 30000);
	assert_int_equal(status(r).peers, 0);
	assert_int_equal(r->dp->sas, 1);
	rig_run(r, 29999);
	assert_int_equal(r->dp->sas, 1);
	rig_run(r, 2);
	assert_int_equal(r->dp->sas, 0);
	rig_expect_empty(r);
	rig_free(r);
}

static void
dead_peer(void **state)
{
	struct rig *r = rig_new(1);

	(void)state;
	r->p.l2tp.hello_s = 0;
	rig_start(r);
	rig_login(r, 0);
	r->phone[0].deaf = true;
	rig_run(r, 150000);
	rig_expect_log(r, "peer dead attempt=1");
	rig_expect_log(r, "logout attempt=1 user=alice");
	rig_expect_empty(r);
	rig_free(r);
}

static void
life_in_the_data_plane_counts(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	r->phone[0].deaf = true;
	for (int i = 0; i < 60; i++) {
		r->dp->sa[0].heard = r->now;
		rig_run(r, 10000);
	}
	assert_int_equal(status(r).sessions, 1);
	rig_run(r, 200000);
	rig_expect_empty(r);
	rig_free(r);
}

/* ---- idle paths and their reasons ---- */

static void
idle_without_esp(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->phone[0].no_l2tp = true;
	rig_dial(r, 0);
	rig_run(r, 61000);
	rig_expect_refused(r, "no ESP came: UDP 4500 is blocked");
	rig_expect_empty(r);
	rig_free(r);
}

static void
idle_without_protocol_50(void **state)
{
	struct rig *r = rig_begin(1);
	struct phone *p = &r->phone[0];

	(void)state;
	p->no_l2tp = true;
	for (int e = 0; e < 2; e++)
		p->in[e] = p->out[e] = (struct endpoint){
			ipaddr_v4(0x14000001), e ? 4500 : 500 };
	rig_dial(r, 0);
	rig_run(r, 61000);
	rig_expect_refused(r, "no ESP came: IP protocol 50 is blocked");
	rig_expect_empty(r);
	rig_free(r);
}

static void
idle_with_esp(void **state)
{
	struct rig *r = rig_begin(1);
	struct mail m = { 0 };

	(void)state;
	r->phone[0].no_l2tp = true;
	rig_dial(r, 0);
	rig_run(r, 100);
	m.sa = r->dp->sa[0].d.sa;
	m.path = r->dp->sa[0].d.path;
	rig_note(r, DP_SA_SEEN, &m);
	rig_run(r, 61000);
	rig_expect_refused(r, "ESP arrives but no L2TP tunnel was opened");
	rig_expect_empty(r);
	rig_free(r);
}

static bool
eat_quick(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_IKE && m->n > 18 && m->b[18] == 32;
}

static void
idle_without_quick_mode(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->eat = eat_quick;
	rig_dial(r, 0);
	rig_run(r, 61000);
	rig_expect_refused(r, "no IPsec SA was agreed on");
	rig_expect_empty(r);
	rig_free(r);
}

/* ---- the ladder ---- */

static bool
eat_answers(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_PPP || m->way == TO_L2TP;
}

static bool
eat_ppp(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_PPP;
}

/*
 *   phone                         lns
 *     | <-- LCP Terminate-Request  |  0 ms
 *     |     (no answer)            |
 *     | <-- StopCCN, Deletes       |  1500 ms
 */
static void
ladder_in_time(void **state)
{
	struct rig *r = rig_begin(1);
	struct phone *p = &r->phone[0];

	(void)state;
	rig_login(r, 0);
	r->eat = eat_ppp;
	assert_true(lns_kill(r->l, r->now, session_handle(r)));
	rig_run(r, 1500);	/* up to it, not including */
	assert_int_equal(p->got[MSG_STOPCCN], 0);
	assert_int_equal(p->esp_deletes, 0);
	assert_int_equal(r->dp->sas, 1);
	rig_run(r, 1);
	assert_int_equal(p->got[MSG_STOPCCN], 1);
	assert_int_equal(p->esp_deletes, 1);
	assert_int_equal(p->sa, 0);
	rig_expect_empty(r);
	rig_free(r);
}

/* An answering phone is gone at once: Terminate-Ack, CDN, StopCCN, Deletes. */
static void
ladder_with_answers(void **state)
{
	struct rig *r = rig_begin(1);
	struct phone *p = &r->phone[0];

	(void)state;
	rig_login(r, 0);
	assert_int_equal(lns_kill_user(r->l, r->now, "alice"), 1);
	rig_run(r, 10);
	assert_int_equal(p->got[MSG_CDN], 1);
	assert_int_equal(p->got[MSG_STOPCCN], 1);
	assert_int_equal(p->esp_deletes, 1);
	rig_expect_log(r, "reason=\"ended by command\"");
	rig_expect_empty(r);
	assert_int_equal(lns_kill_user(r->l, r->now, "alice"), 0);
	rig_free(r);
}

static void
killed_twice_is_killed_once(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	r->eat = eat_answers;
	assert_true(lns_kill(r->l, r->now, session_handle(r)));
	rig_run(r, 700);
	assert_true(lns_kill(r->l, r->now, session_handle(r)));
	lns_shutdown(r->l, r->now);
	rig_run(r, 2000);
	rig_expect_empty(r);
	rig_free(r);
}

#define MANY	500

static void
many_shut_down_in_five_seconds(void **state)
{
	struct rig *r = rig_begin(MANY);
	bool deaf = false;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		rig_dial(r, i);
		rig_pump(r);
	}
	rig_run(r, 2000);
	assert_int_equal(r->dp->sessions, MANY);
	for (uint32_t i = 0; i < MANY; i++, deaf = !deaf)
		r->phone[i].deaf = deaf;
	lns_shutdown(r->l, r->now);
	rig_run(r, 5000);
	rig_expect_empty(r);
	for (uint32_t i = 0; i < MANY; i += 2)
		assert_int_equal(r->phone[i].esp_deletes, 1);
	assert_true(status(r).shutting_down);
	r->phone[0].kids = 0;
	rig_reset_phone(r, 0);
	rig_dial(r, 0);
	rig_run(r, 1000);
	rig_expect_refused(r, "shutting down");
	assert_int_equal(status(r).paths, 0);
	rig_free(r);
}

/* ---- moves ---- */

static void
moved_by_esp(void **state)
{
	struct rig *r = rig_begin(2);
	struct mail m = { 0 };

	(void)state;
	rig_login(r, 0);
	rig_login(r, 1);
	rig_rekey(r, 0, 2);
	m.sa = r->dp->sa[0].d.sa;
	m.path = r->dp->sa[0].d.path;
	m.from = (struct endpoint){ ipaddr_v4(0x15000001), 777 };
	rig_note(r, DP_SA_MOVED, &m);
	rig_note(r, DP_SA_MOVED, &m);		/* twice is once */
	rig_expect_log(r, "peer moved attempt=1 from=20.0.0.1:14500 "
	    "to=21.0.0.1:777");
	assert_int_equal(rig_count(r->log, "peer moved"), 1);
	assert_int_equal(r->dp->moves, 1);	/* the other child */
	/* Onto the endpoint of another path: both live on. */
	m.from = r->phone[1].out[1];
	rig_note(r, DP_SA_MOVED, &m);
	assert_int_equal(status(r).paths, 2);
	m.from = (struct endpoint){ ipaddr_v4(0x15000001), 778 };
	rig_note(r, DP_SA_MOVED, &m);
	/* The other one is still found at its place. */
	rig_rekey(r, 1, 1);
	rig_run(r, 100);
	assert_int_equal(status(r).paths, 2);
	assert_int_equal(status(r).sessions, 2);
	m.path = 12345;
	rig_note(r, DP_SA_MOVED, &m);
	rig_free(r);
}

static void
moved_by_ike(void **state)
{
	struct rig *r = rig_begin(1);
	struct show_session s;

	(void)state;
	rig_login(r, 0);
	r->phone[0].out[1].port = 999;
	rig_rekey(r, 0, 2);
	rig_run(r, 100);
	rig_expect_log(r, "to=20.0.0.1:999");
	assert_true(show_session_one(r->l, r->now, session_handle(r), &s));
	assert_int_equal(s.remote.port, 999);
	/* All children were moved with it, and the path is found there. */
	for (unsigned i = 0; i < r->dp->sas; i++)
		assert_int_equal(r->dp->sa[i].d.remote.port, 999);
	rig_rekey(r, 0, 1);
	rig_run(r, 100);
	assert_int_equal(status(r).paths, 1);
	rig_free(r);
}

/* From IPv4 to IPv6 and to another address of ours: all of it, and the MTU. */
static void
moved_to_another_family(void **state)
{
	struct rig *r = rig_begin(1);
	struct endpoint us = { .port = 4500 }, them = { .port = 4711 };
	struct dp_note n = { .kind = DP_SA_MOVED };
	struct show_session s;
	uint16_t mtu;

	(void)state;
	assert_true(ipaddr_parse("2001:db8::1", &us.addr));
	assert_true(ipaddr_parse("2001:db8::2", &them.addr));
	r->p.outer_mtu = 1400;
	rig_login(r, 0);
	rig_rekey(r, 0, 2);
	assert_int_equal(r->dp->sas, 2);
	mtu = r->dp->sess[0].net.mtu;
	n.sa = r->dp->sa[0].d.sa;
	n.path = r->dp->sa[0].d.path;
	/* Ends of two families: nobody could be answered. */
	n.remote = them;
	lns_input_note(r->l, r->now, &n, &r->out);
	n.local = r->dp->sa[0].d.local;
	lns_input_note(r->l, r->now, &n, &r->out);
	assert_int_equal(r->dp->moves, 0);
	n.local = us;
	lns_input_note(r->l, r->now, &n, &r->out);
	rig_drain(r);
	assert_int_equal(r->dp->moves, 1);	/* the other child */
	assert_true(endpoint_eq(&r->dp->sa[1].d.local, &us));
	assert_true(endpoint_eq(&r->dp->sa[1].d.remote, &them));
	assert_true(show_session_one(r->l, r->now, session_handle(r), &s));
	assert_true(endpoint_eq(&s.local, &us));
	assert_true(endpoint_eq(&s.remote, &them));
	assert_true(r->dp->sess[0].net.mtu <= mtu - 16);
	/* And what IKE says goes that way. */
	r->phone[0].deaf = true;
	assert_true(lns_kill(r->l, r->now, session_handle(r)));
	for (int i = 0; i < 100 && r->out.n == 0; i++) {
		r->now = mono_add_ms(r->now, 100);
		lns_expire(r->l, r->now, &r->out);
	}
	assert_true(r->out.n > 0);
	assert_int_equal(r->out.act[0].kind, LNS_SEND_UDP);
	assert_true(endpoint_eq(&r->out.act[0].local, &us));
	assert_true(endpoint_eq(&r->out.act[0].remote, &them));
	lns_out_reset(&r->out);
	rig_free(r);
}

/*
 * A child whose ISAKMP SA has expired moves with its path: under the next
 * SA its peer can delete it from where it is now.
 */
static void
n14_orphan_is_deleted_after_a_move(void **state)
{
	struct rig *r = rig_new(1);
	struct phone *p = &r->phone[0];
	struct mail m = { 0 };

	(void)state;
	r->p.ike.p1_life_s = 100;
	rig_start(r);
	rig_login(r, 0);
	for (int i = 0; i < 6; i++) {
		rig_run(r, 20000);
		rig_traffic(r, 0);
	}
	assert_int_equal(status(r).peers, 0);
	assert_int_equal(r->dp->sas, 1);
	m.sa = r->dp->sa[0].d.sa;
	m.path = r->dp->sa[0].d.path;
	p->out[1].port++;
	m.from = p->out[1];
	rig_note(r, DP_SA_MOVED, &m);
	rig_rekey(r, 0, 1);
	rig_run(r, 1000);
	rig_rekey(r, 0, 2);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(r->dp->sas, 2);
	assert_int_equal(p->kids, 2);
	ike_child_close(p->ike, r->now, p->kid[0].child, &r->ike);
	rig_phone_drain(r, 0);
	rig_pump(r);
	assert_int_equal(r->dp->sas, 1);
	assert_int_not_equal(r->dp->sa[0].d.sa, m.sa);
	assert_int_equal(status(r).sessions, 1);
	rig_free(r);
}

/* RFC 3193 §3.1: the peer ends its tunnel; the SAs follow, with Deletes. */
static void
r90_tunnel_end_takes_the_sas_along(void **state)
{
	struct rig *r = rig_begin(1);
	struct phone *p = &r->phone[0];

	(void)state;
	rig_login(r, 0);
	l2tp_tunnel_close(p->l2tp, r->now, p->tunnel, 6, 0, "", &r->l2tp);
	rig_phone_drain(r, 0);
	rig_run(r, 1000);
	assert_int_equal(status(r).sessions, 0);
	assert_int_equal(p->esp_deletes, 0);
	rig_run(r, 61000);
	assert_int_equal(p->esp_deletes, 1);
	assert_int_equal(p->sa, 0);
	assert_int_equal(p->why, IKE_WHY_DELETED);
	rig_expect_empty(r);
	rig_free(r);
}

/*
 * A phone that dials anew from its place without INITIAL-CONTACT joins its
 * path: what follows is told under the new attempt, what ends under the old.
 */
static void
redial_on_a_path_has_its_own_attempt(void **state)
{
	struct rig *r = rig_begin(1);
	struct attempt t;

	(void)state;
	rig_login(r, 0);
	rig_expect_log(r, "login attempt=1 user=alice");
	r->eat = eat_info;
	forget_call(r);
	rig_rekey(r, 0, 1);
	t = rig_attempt(r, 0);
	assert_int_equal(t.id, 2);
	assert_int_equal(t.result, ATT_SUCCESS);
	rig_rekey(r, 0, 2);
	rig_run(r, 5000);
	assert_true(r->phone[0].up);
	assert_int_equal(status(r).paths, 1);
	rig_expect_log(r, "logout attempt=1 user=alice");
	rig_expect_log(r, "login attempt=2 user=alice");
	assert_int_equal(rig_count(r->log, "login attempt=1"), 1);
	t = rig_attempt(r, 0);
	assert_int_equal(t.id, 2);
	assert_int_equal(t.result, ATT_SUCCESS);
	assert_int_equal(t.stage, ATT_UP);
	assert_string_equal(t.reason, "logged in");
	assert_string_equal(t.user, "alice");
	/* A renewal after that is one. */
	r->eat = NULL;
	rig_rekey(r, 0, 1);
	rig_run(r, 1000);
	assert_string_equal(rig_attempt(r, 0).reason,
	    "phase 1 renewed for attempt 2");
	rig_free(r);
}

/* The same, and the login fails: it is the new attempt that was refused. */
static void
redial_on_a_path_is_refused_as_itself(void **state)
{
	struct rig *r = rig_begin(1);
	struct attempt t;

	(void)state;
	rig_login(r, 0);
	r->eat = eat_info;
	forget_call(r);
	assert_true(secret_set(&r->phone[0].ppp_p.password, "wrong", 5));
	rig_rekey(r, 0, 1);
	rig_rekey(r, 0, 2);
	rig_run(r, 40000);
	assert_false(r->phone[0].up);
	t = rig_attempt(r, 0);
	assert_int_equal(t.id, 2);
	assert_int_equal(t.result, ATT_REFUSED);
	assert_int_equal(rig_attempt(r, 1).result, ATT_SUCCESS);
	rig_expect_log(r, "refused attempt=2 ");
	rig_free(r);
}

/* ---- notes ---- */

static void
sequence_numbers_are_reserved(void **state)
{
	struct rig *r = rig_new(1);
	struct mail m = { 0 };

	(void)state;
	r->p.seq_block = 0x60000000;
	rig_start(r);
	rig_login(r, 0);
	m.sa = r->dp->sa[0].d.sa;
	m.path = r->dp->sa[0].d.path;
	rig_note(r, DP_SEQ_LOW, &m);
	assert_int_equal(r->dp->sa[0].limit, 0xc0000000u);
	rig_note(r, DP_SEQ_LOW, &m);
	assert_int_equal(r->dp->sa[0].limit, UINT32_MAX);
	rig_note(r, DP_SEQ_LOW, &m);
	assert_int_equal(r->dp->sa[0].limit, UINT32_MAX);
	m.sa = 0;
	rig_note(r, DP_SEQ_LOW, &m);
	m.sa = 4711;
	rig_note(r, DP_SEQ_LOW, &m);
	m.path = 4711;
	rig_note(r, DP_SEQ_LOW, &m);
	rig_note(r, DP_SA_SEEN, &m);
	assert_int_equal(r->dp->reserves, 3);
	rig_free(r);
}

static void
notes_about_what_is_gone(void **state)
{
	struct rig *r = rig_begin(1);
	struct mail m = { .path = 77, .sess = 77, .n = 4 };

	(void)state;
	rig_note(r, DP_L2TP, &m);
	assert_int_equal(count_get(&r->drops.n[DROP_LNS_PATH]), 1);
	rig_note(r, DP_PPP, &m);
	assert_int_equal(count_get(&r->drops.n[DROP_L2TP_SESSION]), 1);
	rig_note(r, DP_IKE, &m);
	rig_expect_empty(r);
	rig_free(r);
}

/* ---- limits and short memory ---- */

static void
peers_at_their_limit(void **state)
{
	struct rig *r = rig_new(2);

	(void)state;
	r->p.paths = 1;
	rig_start(r);
	rig_login(r, 0);
	rig_dial(r, 1);
	rig_run(r, 1000);
	rig_expect_refused(r, "peer limit reached");
	assert_int_equal(status(r).peers, 1);
	assert_int_equal(r->phone[1].why, IKE_WHY_DELETED);
	rig_free(r);
}

static void
no_room_for_an_sa(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->dp->refuse_sa = 0;
	r->phone[0].no_l2tp = true;
	rig_dial(r, 0);
	rig_run(r, 500);
	rig_expect_refused(r, "too many SAs, or out of memory");
	assert_int_equal(status(r).children, 0);
	assert_int_equal(r->dp->unknown, 0);
	rig_run(r, 61000);
	rig_expect_empty(r);
	rig_free(r);
}

/* A rekey that finds no room leaves the session as it is. */
static void
no_room_for_a_rekey(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	r->dp->refuse_sa = 0;
	rig_rekey(r, 0, 2);
	rig_run(r, 500);
	assert_int_equal(r->dp->sas, 1);
	assert_int_equal(status(r).children, 1);
	assert_int_equal(status(r).sessions, 1);
	rig_free(r);
}

/* A rekey with another suite changes what fits. */
static void
mtu_follows_a_rekey(void **state)
{
	static const struct esp_suite suite[2] = {
		{ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 },
		{ ESP_ENC_AES_CBC, ESP_AUTH_SHA512, 256 },
	};
	struct rig *r = rig_new(1);

	(void)state;
	memcpy(r->phone[0].dial.p2, suite, sizeof(suite));
	r->phone[0].dial.p2_n = 2;
	r->p.outer_mtu = 1400;
	r->p.ike.p2[0] = suite[0];
	r->p.ike.p2_n = 1;
	rig_start(r);
	rig_login(r, 0);
	assert_int_equal(r->dp->sess[0].net.mtu, 1304);
	r->p.ike.p2[0] = suite[1];
	rig_rekey(r, 0, 2);
	rig_traffic(r, 0);
	assert_int_equal(r->dp->sess[0].net.mtu, 1288);
	assert_true(r->dp->sess[0].open);
	/* Back again, and no memory for it: the session ends. */
	r->p.ike.p2[0] = suite[0];
	r->dp->refuse_open = 0;
	rig_run(r, 40000);
	rig_rekey(r, 0, 2);
	rig_traffic(r, 0);
	rig_run(r, 5000);
	assert_int_equal(r->dp->sessions, 0);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rekey_of_phase_1_joins),
		cmocka_unit_test(strangers_do_not_join),
		cmocka_unit_test(other_identity_from_the_same_place),
		cmocka_unit_test(contact_in_mm5),
		cmocka_unit_test(redials_without_a_word_are_bounded),
		cmocka_unit_test(contact_later),
		cmocka_unit_test(contact_overtaken),
		cmocka_unit_test(contact_with_nothing_before),
		cmocka_unit_test(children_are_bounded),
		cmocka_unit_test(isakmp_deleted_while_esp_lives),
		cmocka_unit_test(i8_orphans_live_a_minute),
		cmocka_unit_test(dead_peer),
		cmocka_unit_test(life_in_the_data_plane_counts),
		cmocka_unit_test(idle_without_esp),
		cmocka_unit_test(idle_without_protocol_50),
		cmocka_unit_test(idle_with_esp),
		cmocka_unit_test(idle_without_quick_mode),
		cmocka_unit_test(ladder_in_time),
		cmocka_unit_test(ladder_with_answers),
		cmocka_unit_test(killed_twice_is_killed_once),
		cmocka_unit_test(many_shut_down_in_five_seconds),
		cmocka_unit_test(moved_by_esp),
		cmocka_unit_test(moved_by_ike),
		cmocka_unit_test(moved_to_another_family),
		cmocka_unit_test(n14_orphan_is_deleted_after_a_move),
		cmocka_unit_test(r90_tunnel_end_takes_the_sas_along),
		cmocka_unit_test(redial_on_a_path_has_its_own_attempt),
		cmocka_unit_test(redial_on_a_path_is_refused_as_itself),
		cmocka_unit_test(sequence_numbers_are_reserved),
		cmocka_unit_test(notes_about_what_is_gone),
		cmocka_unit_test(peers_at_their_limit),
		cmocka_unit_test(no_room_for_an_sa),
		cmocka_unit_test(no_room_for_a_rekey),
		cmocka_unit_test(mtu_follows_a_rekey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
