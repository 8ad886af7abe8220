/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An SA from another port of the same address: does it join the older path?
 *
 *   phone                                    lns
 *     | login; then silence                   |  path 1
 *     | MM, QM from another port              |  path 2, young: sends nothing
 *     | ESP: tunnel and session of path 1 --> |  path 1 again
 */

#include "lns/access.h"
#include "lns/join.h"
#include "lns/path.h"
#include "tests/lns/rig.h"

#define SILENT	10000		/* milliseconds: join.h */
#define YOUNG	30000

static struct show_status
status(const struct rig *r)
{
	struct show_status s;

	show_status(r->l, &s);
	return s;
}

/* The phone says and hears nothing for so long. */
static void
silence(struct rig *r, uint32_t ms)
{
	for (uint32_t i = 0; i < r->phones; i++)
		r->phone[i].deaf = true;
	rig_run(r, ms);
	for (uint32_t i = 0; i < r->phones; i++)
		r->phone[i].deaf = false;
}

/* The phone's NAT gives it other ports. */
static void
other_ports(struct rig *r, uint32_t i)
{
	r->phone[i].out[0].port += 7;
	r->phone[i].out[1].port += 7;
}

/* It loses its SAs, and its mapping; its call it still has. */
static void
anew(struct rig *r, uint32_t i)
{
	struct phone *p = &r->phone[i];

	ike_free(p->ike);
	p->ike = ike_new(&p->ike_p, &p->rng, NULL);
	assert_non_null(p->ike);
	p->kids = 0;
	p->sa = 0;
	other_ports(r, i);
	rig_dial(r, i);
	rig_pump(r);
	assert_int_equal(p->kids, 1);
}

/* The data plane tells: phone 0's first pair is where the phone is now. */
static void
esp_follows(struct rig *r)
{
	const struct mail m = { .path = r->dp->sa[0].d.path,
		.sa = r->dp->sa[0].d.sa, .from = r->phone[0].out[1] };

	rig_note(r, DP_SA_MOVED, &m);
	rig_run(r, 10);
}

/* Phone 0 deletes its old pair before the new one carried anything. */
static void
expect_replaced(struct rig *r)
{
	struct phone *p = &r->phone[0];

	assert_int_equal(p->kids, 2);
	ike_child_close(p->ike, r->now, p->kid[0].child, &r->ike);
	rig_phone_drain(r, 0);
	rig_pump(r);
	assert_int_equal(r->dp->sas, 1);
	rig_traffic(r, 0);
	rig_run(r, 10);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(status(r).logins, 1);
	assert_int_equal(status(r).sessions, 1);
	assert_true(p->up);
	assert_int_equal(p->ups, 1);
	assert_int_equal(r->dp->unknown, 0);
}

/* A frame that names these ids of ours; they differ by so much from its own. */
static void
traffic(struct rig *r, uint32_t i, uint16_t tunnel, uint16_t session)
{
	struct l2tp_call_info *c = &r->phone[i].call;

	c->peer_tunnel_id ^= tunnel;
	c->peer_session_id ^= session;
	rig_traffic(r, i);
	c->peer_tunnel_id ^= tunnel;
	c->peer_session_id ^= session;
}

/* A control message for the tunnel: a ZLB. */
static void
control(struct rig *r, uint32_t i, uint16_t tunnel, uint16_t session)
{
	uint8_t b[12];
	struct wr w = wr_make(b, sizeof(b));

	wr_u32(&w, 0xc802000c);
	wr_u16(&w, tunnel);
	wr_u16(&w, session);
	wr_u32(&w, 0);
	phone_control(r, i, wr_out(&w));
	rig_pump(r);
}

static void
expect_joined(struct rig *r, uint32_t i)
{
	const struct phone *p = &r->phone[i];
	struct show_session s;
	uint32_t cursor = 0;

	assert_int_equal(r->dp->joins, 1);
	assert_int_equal(status(r).paths, r->phones);
	assert_int_equal(status(r).sessions, r->phones);
	assert_int_equal(status(r).logins, r->phones);
	assert_true(p->up);
	assert_int_equal(p->ups, 1);
	assert_int_equal(rig_attempt(r, 0).result, ATT_SUCCESS);
	assert_non_null(strstr(rig_attempt(r, 0).reason,
	    "phase 1 renewed for attempt"));
	while (show_session(r->l, r->now, &cursor, &s) &&
	    s.tunnel_id != p->call.peer_tunnel_id)
		;
	assert_int_equal(s.remote.port, p->out[1].port);
	for (unsigned k = 0; k < r->dp->sas; k++) {
		const struct dp_sa *d = &r->dp->sa[k].d;

		assert_int_equal(d->remote.port == p->out[1].port,
		    d->path == s.path);
	}
	assert_int_equal(r->dp->unknown, 0);
	assert_int_equal(count_get(&r->drops.n[DROP_LNS_PATH]), 0);
}

static void
expect_apart(const struct rig *r)
{
	assert_int_equal(r->dp->joins, 0);
	assert_int_equal(status(r).paths, r->phones + 1);
	assert_int_equal(r->dp->unknown, 0);
}

/* ---- it joins ---- */

static void
joins_by_data(struct rig *r)
{
	rig_login(r, 0);
	silence(r, SILENT);
	anew(r, 0);
	assert_int_equal(status(r).paths, 2);
	assert_int_equal(r->dp->uses, 1);	/* the young one sends nothing */
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_joined(r, 0);
	/* Both ways, for an hour: the phone's HELLOs are acknowledged. */
	for (int k = 0; k < 60; k++) {
		rig_run(r, 70000);
		rig_traffic(r, 0);
	}
	assert_int_not_equal(r->phone[0].tunnel, 0);
	expect_joined(r, 0);
	assert_true(lns_kill_user(r->l, r->now, "alice") == 1);
	rig_run(r, 10);
	assert_int_equal(r->phone[0].got[MSG_STOPCCN], 1);
	rig_expect_empty(r);
	rig_free(r);
}

static void
joins_by_its_ids(void **state)
{
	(void)state;
	joins_by_data(rig_begin(1));
}

static void
joins_in_spite_of_freezes(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	r->freeze = true;
	joins_by_data(r);
}

static void
joins_by_a_control_message(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	silence(r, SILENT);
	anew(r, 0);
	control(r, 0, r->phone[0].call.peer_tunnel_id, 0);
	rig_run(r, 10);
	expect_joined(r, 0);
	/* The message itself came to its tunnel: no other drop. */
	assert_int_equal(count_get(&r->drops.n[DROP_L2TP_TUNNEL]), 0);
	rig_free(r);
}

/* The ISAKMP SA was deleted: then it need not have been silent. */
static void
joins_after_a_delete(void **state)
{
	struct rig *r = rig_begin(1);
	struct phone *p = &r->phone[0];

	(void)state;
	rig_login(r, 0);
	p->out[0].port += 7;
	p->out[1].port += 7;
	rig_rekey(r, 0, 1);		/* deletes the old one */
	assert_int_equal(status(r).peers, 1);
	assert_int_equal(status(r).paths, 2);
	rig_rekey(r, 0, 2);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_joined(r, 0);
	assert_int_equal(r->dp->sas, 2);
	rig_free(r);
}

/*
 * Phase 1 is renewed from another port first, the old pair's packet comes from
 * there then: the new pair is the old path's, however late it is made.
 */
static void
joins_when_the_path_follows(void **state)
{
	struct rig *r = rig_begin(1);
	struct phone *p = &r->phone[0];
	struct mail m = { 0 };

	(void)state;
	rig_login(r, 0);
	p->out[0].port += 7;
	p->out[1].port += 7;
	rig_rekey(r, 0, 1);
	assert_int_equal(status(r).paths, 2);
	m.path = r->dp->sa[0].d.path;
	m.sa = r->dp->sa[0].d.sa;
	m.from = p->out[1];
	m.from.port++;			/* not there */
	rig_note(r, DP_SA_MOVED, &m);
	rig_run(r, 10);
	assert_int_equal(status(r).paths, 2);
	m.from = p->out[1];
	rig_note(r, DP_SA_MOVED, &m);
	rig_run(r, 10);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(status(r).peers, 1);
	assert_non_null(strstr(rig_attempt(r, 0).reason,
	    "phase 1 renewed for attempt"));
	for (int k = 0; k < 3; k++) {
		rig_run(r, 50000);
		rig_traffic(r, 0);
	}
	rig_rekey(r, 0, 2);
	rig_traffic(r, 0);
	rig_run(r, 10);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(status(r).logins, 1);
	assert_true(p->up);
	assert_int_equal(p->ups, 1);
	assert_int_equal(r->dp->unknown, 0);
	assert_int_equal(r->dp->joins, 0);
	for (unsigned k = 0; k < r->dp->sas; k++)
		assert_int_equal(r->dp->sa[k].d.path, m.path);
	rig_free(r);
}

static uint32_t
path_without_esp(const struct rig *r, struct endpoint *local)
{
	uint32_t h;

	for (uint32_t i = 0; i < r->l->paths.high; i++) {
		const struct path *p = pool_at(&r->l->paths, i, &h);

		if (p == NULL || p->children > 0)
			continue;
		*local = p->local;
		return h;
	}
	fail_msg("there is none");
	return 0;
}

/* The path's ESP is at the new port first, then come the ISAKMP SA's packets. */
static void
joins_when_ike_follows(void **state)
{
	struct rig *r = rig_begin(1);
	struct endpoint here;
	uint32_t bare;

	(void)state;
	rig_login(r, 0);
	other_ports(r, 0);
	rig_rekey(r, 0, 1);
	assert_int_equal(status(r).paths, 2);
	other_ports(r, 0);
	esp_follows(r);
	assert_int_equal(status(r).paths, 2);
	bare = path_without_esp(r, &here);
	path_moved(r->l, r->now, bare, &here, &r->phone[0].out[1], 0);
	rig_run(r, 10);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(status(r).peers, 1);
	rig_rekey(r, 0, 2);
	expect_replaced(r);
	rig_free(r);
}

/*
 * Phase 1 is renewed from another port, and a pair made; then the path's old ESP
 * comes from there.
 */
static void
joins_with_its_pair(void **state)
{
	struct rig *r = rig_begin(1);
	uint32_t path;

	(void)state;
	rig_login(r, 0);
	path = r->dp->sa[0].d.path;
	other_ports(r, 0);
	rig_rekey(r, 0, 1);
	rig_rekey(r, 0, 2);
	assert_int_equal(status(r).paths, 2);
	assert_int_equal(r->dp->joins, 0);
	esp_follows(r);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(r->dp->joins, 1);
	assert_int_equal(r->dp->sa[1].d.path, path);
	expect_replaced(r);
	rig_free(r);
}

/* Phase 1 is renewed from another port, and the new pair made long after. */
static struct rig *
late_pair(void)
{
	struct rig *r = rig_begin(1);
	struct phone *p = &r->phone[0];

	rig_login(r, 0);
	silence(r, SILENT);
	p->out[0].port += 7;
	p->out[1].port += 7;
	rig_rekey(r, 0, 1);
	silence(r, YOUNG + 10000);
	rig_rekey(r, 0, 2);
	assert_int_equal(status(r).paths, 2);
	return r;
}

/* It is waited for from the pair on, not from phase 1 on. */
static void
joins_by_a_late_pair(void **state)
{
	struct rig *r = late_pair();

	(void)state;
	silence(r, YOUNG - 1000);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_joined(r, 0);
	rig_free(r);
}

/* D-14: what was in flight is heard first, however late it is. */
static void
joins_though_the_machine_stood_still(void **state)
{
	struct rig *r = late_pair();

	(void)state;
	r->now = mono_add_s(r->now, 600);
	r->phone[0].deaf = true;
	rig_run(r, 10);
	r->phone[0].deaf = false;
	assert_int_equal(status(r).paths, 2);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_joined(r, 0);
	rig_free(r);
}

/* What came between phase 1 and the first packet is no reason against it. */
static void
joins_until_its_time_is_over(void **state)
{
	(void)state;
	for (unsigned late = 0; late < 2; late++) {
		struct rig *r = rig_begin(1);

		rig_login(r, 0);
		silence(r, SILENT);
		anew(r, 0);
		rig_run(r, YOUNG + late);
		assert_int_equal(r->dp->uses, 1 + late);
		traffic(r, 0, 0, 0);
		rig_run(r, 10);
		if (late)
			expect_apart(r);
		else
			expect_joined(r, 0);
		rig_free(r);
	}
}

static void
put_behind_one_nat(struct rig *r)
{
	for (uint32_t i = 1; i < r->phones; i++)
		for (int e = 0; e < 2; e++) {
			r->phone[i].out[e].addr = r->phone[0].out[e].addr;
			r->phone[i].out[e].port += (uint16_t)(100 * i);
		}
}

/* Twins: the same identity, private and public address. */
static void
each_twin_to_its_own(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct rig *r = rig_begin(3);

		put_behind_one_nat(r);
		for (uint32_t k = 0; k < 3; k++)
			rig_login(r, k);
		silence(r, SILENT);
		anew(r, i);
		traffic(r, i, 0, 0);
		rig_run(r, 10);
		expect_joined(r, i);
		rig_free(r);
	}
}

/* The phone's old SAs may come to more than a path has room for. */
static bool
eat_info(struct rig *r, const struct mail *m)
{
	(void)r;
	return m->way == TO_IKE && m->n > 18 && m->b[18] == 5;
}

static void
room_is_made(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	r->eat = eat_info;
	for (int k = 0; k < 3; k++) {
		rig_rekey(r, 0, 1);
		rig_run(r, 100);
	}
	for (int k = 0; k < 7; k++) {
		rig_rekey(r, 0, 2);
		rig_traffic(r, 0);
		rig_run(r, 5000);
	}
	assert_int_equal(status(r).peers, 4);
	assert_int_equal(r->dp->sas, 8);
	silence(r, SILENT);
	anew(r, 0);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	assert_int_equal(r->dp->joins, 1);
	assert_int_equal(status(r).paths, 1);
	assert_int_equal(status(r).peers, 4);
	assert_true(r->dp->sas <= 8);
	assert_int_equal(status(r).children, r->dp->sas);
	assert_int_equal(status(r).sessions, 1);
	assert_int_equal(r->dp->unknown, 0);
	r->phone[0].deaf = true;
	rig_run(r, 400000);
	rig_expect_empty(r);
	rig_free(r);
}

/* ---- it does not ---- */

/* One login, silence, and an SA from another port. */
static struct rig *
young(void)
{
	struct rig *r = rig_begin(1);

	rig_login(r, 0);
	silence(r, SILENT);
	anew(r, 0);
	return r;
}

/* Right ids come too late now: the first packet decided. */
static void
expect_decided(struct rig *r)
{
	expect_apart(r);
	assert_int_equal(r->dp->uses, 2);
	traffic(r, 0, 0, 0);
	control(r, 0, r->phone[0].call.peer_tunnel_id, 0);
	rig_run(r, 10);
	expect_apart(r);
	assert_int_equal(status(r).sessions, 1);
	rig_free(r);
}

static void
n34_wrong_ids(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 5; k++) {
		struct rig *r = young();
		const struct l2tp_call_info *c = &r->phone[0].call;

		if (k < 3)
			traffic(r, 0, k != 0, k != 1);
		else if (k == 3)
			control(r, 0, c->peer_tunnel_id ^ 1, 0);
		else
			control(r, 0, c->peer_tunnel_id, c->peer_session_id ^ 1);
		expect_decided(r);
	}
}

/* A dummy, or what is no L2TP at all. */
static void
n34_first_packet_without_ids(void **state)
{
	struct rig *r = young();
	struct mail m = { .sa = r->dp->sa[1].d.sa, .path = r->dp->sa[1].d.path };

	(void)state;
	rig_note(r, DP_SA_SEEN, &m);
	expect_decided(r);
}

/* Its note was lost: what comes first is what decides. */
static void
n34_message_without_note(void **state)
{
	struct rig *r = young();
	struct mail m = { .sa = r->dp->sa[1].d.sa,
		.path = r->dp->sa[1].d.path };

	(void)state;
	rig_note(r, DP_L2TP, &m);
	expect_decided(r);
}

/* One wrong guess, and the path cannot be joined any more. */
/* After wrong guesses the right ids are of no use any more. */
static void
guesses(unsigned n, bool by_tunnel, unsigned joins)
{
	struct rig *r = young();

	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	assert_int_equal(r->dp->joins, 1);
	silence(r, SILENT);
	for (unsigned k = 0; k < n; k++) {
		anew(r, 0);
		if (by_tunnel)
			control(r, 0, r->phone[0].call.peer_tunnel_id ^ 1u, 0);
		else
			traffic(r, 0, 1, 0);
	}
	anew(r, 0);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	assert_int_equal(r->dp->joins, joins);
	assert_int_equal(status(r).sessions, 1);
	rig_free(r);
}

static void
n34_one_guess_at_a_tunnel(void **state)
{
	(void)state;
	guesses(1, true, 1);
}

static void
n34_eight_guesses_at_a_call(void **state)
{
	(void)state;
	guesses(7, false, 2);
	guesses(8, false, 1);
}

/* Wrong ids are nobody's guess who could not be joined anyway. */
static void
guesses_at_a_living_path_do_not_count(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	anew(r, 0);
	traffic(r, 0, 0, 1);
	silence(r, SILENT);
	anew(r, 0);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	assert_int_equal(r->dp->joins, 1);
	rig_free(r);
}

static void
not_while_esp_comes(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	silence(r, SILENT);
	rig_traffic(r, 0);
	silence(r, SILENT - 1);
	anew(r, 0);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_decided(r);
}

/* Quick mode and DPD are life as well. */
static void
not_while_ike_comes(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	silence(r, SILENT);
	rig_rekey(r, 0, 2);
	silence(r, SILENT - 1);
	anew(r, 0);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_decided(r);
}

static void
not_with_another_identity(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	silence(r, SILENT);
	r->phone[0].dial.id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 4,
		.b = "else" };
	anew(r, 0);
	assert_int_equal(r->dp->uses, 2);	/* it never was young */
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_decided(r);
}

static void
not_from_another_address(void **state)
{
	struct rig *r = rig_begin(1);

	(void)state;
	rig_login(r, 0);
	silence(r, SILENT);
	for (int e = 0; e < 2; e++)
		r->phone[0].out[e].addr = ipaddr_v4(0x14000063);
	anew(r, 0);
	assert_int_equal(r->dp->uses, 2);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_decided(r);
}

/* It was there when phase 1 ended, and went somewhere else. */
static void
not_when_it_moved_away(void **state)
{
	struct rig *r = young();
	struct mail m = { .sa = r->dp->sa[1].d.sa, .path = r->dp->sa[1].d.path,
		.from = { ipaddr_v4(0x14000063), 4500 } };

	(void)state;
	rig_note(r, DP_SA_MOVED, &m);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_decided(r);
}

/* Nobody can tell which of the twins a tunnel id means that both have. */
static void
not_when_two_are_meant(void **state)
{
	struct rig *r = rig_begin(2);

	(void)state;
	put_behind_one_nat(r);
	rig_login(r, 0);
	rig_login(r, 1);
	silence(r, SILENT);
	for (uint32_t i = 0; i < r->l->accesses.high; i++) {
		struct access *a = pool_at(&r->l->accesses, i, NULL);

		if (a != NULL)
			a->call.tunnel_id = 4711;
	}
	anew(r, 0);
	control(r, 0, 4711, 0);
	rig_run(r, 10);
	expect_apart(r);
	rig_free(r);
}

/* A phone that dials anew is taken over by its login, as ever. */
static void
a_new_dial_is_a_takeover(void **state)
{
	struct rig *r = rig_begin(1);
	struct path *older;

	(void)state;
	rig_login(r, 0);
	silence(r, SILENT);
	rig_reset_phone(r, 0);
	r->phone[0].out[0].port += 7;
	r->phone[0].out[1].port += 7;
	older = pool_get(&r->l->paths, r->dp->sa[0].d.path);
	rig_dial(r, 0);
	rig_pump(r);
	assert_int_equal(older->guesses, 0);
	rig_run(r, 3000);
	assert_true(r->phone[0].up);
	assert_int_equal(r->dp->joins, 0);
	assert_int_equal(status(r).logins, 2);
	assert_int_equal(status(r).sessions, 1);
	assert_int_equal(status(r).paths, 1);
	rig_expect_log(r, "taken over");
	rig_free(r);
}

/* Anything else on the young path makes it one of its own. */
static void
not_with_a_second_child(void **state)
{
	struct rig *r = young();

	(void)state;
	rig_rekey(r, 0, 2);
	assert_int_equal(r->dp->uses, 2);
	expect_decided(r);
}

static void
not_with_a_second_phase_1(void **state)
{
	struct rig *r = young();

	(void)state;
	r->eat = eat_info;
	rig_rekey(r, 0, 1);
	assert_int_equal(r->dp->uses, 2);
	expect_decided(r);
}

static void
not_without_its_isakmp_sa(void **state)
{
	struct rig *r = young();
	const struct path *p;

	(void)state;
	p = pool_get(&r->l->paths, r->dp->sa[1].d.path);
	path_sa_gone(r->l, r->now, p->sa[0], IKE_WHY_EXPIRED);
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_decided(r);
}

static void
not_without_the_data_plane(void **state)
{
	struct rig *r = young();

	(void)state;
	r->dp->refuse_join = 0;
	traffic(r, 0, 0, 0);
	rig_run(r, 10);
	expect_decided(r);
}

/* What comes before the first step of the farewell lets the phone hear it. */
static void
shut_down_while_young(void **state)
{
	struct rig *r = young();

	(void)state;
	lns_shutdown(r->l, r->now);
	traffic(r, 0, 0, 0);
	rig_run(r, 5000);
	assert_int_equal(r->dp->joins, 1);
	assert_int_equal(r->phone[0].got[MSG_STOPCCN], 1);
	rig_expect_empty(r);
	rig_free(r);
	/* Without it the young path goes at once, with Deletes. */
	r = young();
	lns_shutdown(r->l, r->now);
	rig_run(r, 1);
	assert_int_equal(r->phone[0].esp_deletes, 1);
	rig_run(r, 5000);
	rig_expect_empty(r);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_by_its_ids),
		cmocka_unit_test(joins_in_spite_of_freezes),
		cmocka_unit_test(joins_by_a_control_message),
		cmocka_unit_test(joins_after_a_delete),
		cmocka_unit_test(joins_when_the_path_follows),
		cmocka_unit_test(joins_when_ike_follows),
		cmocka_unit_test(joins_with_its_pair),
		cmocka_unit_test(joins_by_a_late_pair),
		cmocka_unit_test(joins_though_the_machine_stood_still),
		cmocka_unit_test(joins_until_its_time_is_over),
		cmocka_unit_test(each_twin_to_its_own),
		cmocka_unit_test(room_is_made),
		cmocka_unit_test(n34_wrong_ids),
		cmocka_unit_test(n34_first_packet_without_ids),
		cmocka_unit_test(n34_message_without_note),
		cmocka_unit_test(n34_one_guess_at_a_tunnel),
		cmocka_unit_test(n34_eight_guesses_at_a_call),
		cmocka_unit_test(guesses_at_a_living_path_do_not_count),
		cmocka_unit_test(not_while_esp_comes),
		cmocka_unit_test(not_while_ike_comes),
		cmocka_unit_test(not_with_another_identity),
		cmocka_unit_test(not_from_another_address),
		cmocka_unit_test(not_when_it_moved_away),
		cmocka_unit_test(not_when_two_are_meant),
		cmocka_unit_test(a_new_dial_is_a_takeover),
		cmocka_unit_test(not_with_a_second_child),
		cmocka_unit_test(not_with_a_second_phase_1),
		cmocka_unit_test(not_without_its_isakmp_sa),
		cmocka_unit_test(not_without_the_data_plane),
		cmocka_unit_test(shut_down_while_young),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
