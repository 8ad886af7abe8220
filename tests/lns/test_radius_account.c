/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounting records and the limits that end a session. */

#include "tests/lns/radius_rig.h"

static void
hang_up(struct rig *r, uint32_t i)
{
	ppp_close(r->phone[i].ppp, r->now, PPP_CAUSE_CLOSED, "", &r->ppp);
	rig_phone_drain(r, i);
	rig_run(r, 5000);
}

static uint32_t
stop_cause(const struct rig *r)
{
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	return kept_u32(servers_kept(r, REQUEST_STOP, 0),
	    ATTR_ACCT_TERMINATE_CAUSE);
}

/* The same value in all three. */
static void
same_everywhere(const struct rig *r, uint8_t type)
{
	struct rd v = kept_get(servers_kept(r, 0, 0), 0, type);

	assert_true(rd_left(&v) > 0);
	for (int i = 0; i < 2; i++) {
		const struct kept *k = servers_kept(r, i == 0 ?
		    REQUEST_START : REQUEST_STOP, 0);

		assert_true(rd_eq(kept_get(k, 0, type), v.p, rd_left(&v)));
	}
}

static void
records_of_a_session(void **state)
{
	static const uint8_t same[] = { ATTR_ACCT_SESSION_ID, ATTR_NAS_PORT,
		ATTR_NAS_IDENTIFIER, ATTR_CALLING_STATION_ID,
		ATTR_CALLED_STATION_ID, ATTR_NAS_IP_ADDRESS,
		ATTR_CONNECT_INFO };
	struct rig *r = servers_begin(PPP_MSCHAPV2);
	const struct kept *k;

	(void)state;
	rig_login(r, 0);
	rig_run(r, 60000);
	r->dp->count = (struct dp_count){ .rx_packets = 10,
		.rx_bytes = (UINT64_C(3) << 32) + 7, .tx_packets = 20,
		.tx_bytes = 0xffffffff };
	hang_up(r, 0);
	assert_int_equal(servers_count(r, REQUEST_START), 1);
	assert_int_equal(stop_cause(r), CAUSE_USER_REQUEST);
	for (size_t i = 0; i < sizeof(same); i++)
		same_everywhere(r, same[i]);
	k = servers_kept(r, REQUEST_START, 0);
	kept_is(k, ATTR_USER_NAME, "alice");
	kept_is(k, ATTR_NAS_IDENTIFIER, "nas1");
	kept_is(k, ATTR_CALLING_STATION_ID, "20.0.0.1");
	kept_is(k, ATTR_CALLED_STATION_ID, "203.0.113.1");
	assert_int_equal(kept_u32(k, ATTR_ACCT_AUTHENTIC), 1);
	assert_int_equal(kept_u32(k, ATTR_EVENT_TIMESTAMP), SERVERS_UNIX);
	assert_int_equal(kept_u32(k, ATTR_FRAMED_IP_ADDRESS), 0x0a010002);
	assert_false(kept_has(k, 0, ATTR_ACCT_SESSION_TIME));
	assert_false(kept_has(k, 0, ATTR_ACCT_TERMINATE_CAUSE));
	k = servers_kept(r, REQUEST_STOP, 0);
	assert_in_range(kept_u32(k, ATTR_ACCT_SESSION_TIME), 62, 70);
	assert_int_equal(kept_u32(k, ATTR_ACCT_INPUT_OCTETS), 7);
	assert_int_equal(kept_u32(k, ATTR_ACCT_INPUT_GIGAWORDS), 3);
	assert_int_equal(kept_u32(k, ATTR_ACCT_OUTPUT_OCTETS), 0xffffffff);
	assert_false(kept_has(k, 0, ATTR_ACCT_OUTPUT_GIGAWORDS));
	assert_int_equal(kept_u32(k, ATTR_ACCT_INPUT_PACKETS), 10);
	assert_int_equal(kept_u32(k, ATTR_ACCT_OUTPUT_PACKETS), 20);
	servers_end(r);
}

/* Two sessions: two ids, and neither that of the other run. */
static void
session_ids_are_never_the_same(void **state)
{
	struct rig *r = servers_new(2);
	struct rd a, b;

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	rig_login(r, 0);
	rig_login(r, 1);
	a = kept_get(servers_kept(r, REQUEST_START, 0), 0,
	    ATTR_ACCT_SESSION_ID);
	b = kept_get(servers_kept(r, REQUEST_START, 1), 0,
	    ATTR_ACCT_SESSION_ID);
	assert_true(rd_eq(a, "6553f10000000002", 16));
	assert_true(rd_eq(b, "6553f10000000001", 16));
	servers_end(r);
}

/* RFC 2865 §5.25 and §5.1: Class comes back as it was, the name as given. */
static void
class_is_echoed_in_order(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);
	struct radius_build *g = &r->servers->user[0].grants;

	(void)state;
	radius_put(g, ATTR_CLASS, "zz\0first", 8);
	radius_put_text(g, ATTR_USER_NAME, "alice-of-billing");
	radius_put(g, ATTR_CLASS, "aa-second", 9);
	rig_login(r, 0);
	hang_up(r, 0);
	for (int i = 0; i < 2; i++) {
		const struct kept *k = servers_kept(r, i == 0 ?
		    REQUEST_START : REQUEST_STOP, 0);
		struct radius_packet q = kept_packet(k);
		struct attr_walk w = attr_walk(q.attrs);
		struct attr a;
		int n = 0;

		kept_is(k, ATTR_USER_NAME, "alice-of-billing");
		while (attr_next(&w, &a)) {
			if (a.vendor != 0 || a.type != ATTR_CLASS)
				continue;
			assert_true(n == 0 ? rd_eq(a.value, "zz\0first", 8) :
			    rd_eq(a.value, "aa-second", 9));
			n++;
		}
		assert_int_equal(n, 2);
	}
	kept_is(servers_kept(r, 0, 0), ATTR_USER_NAME, "alice");
	servers_end(r);
}

static void
on_at_start_off_at_the_end(void **state)
{
	struct rig *r = servers_new(3);
	const struct kept *k;

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	assert_int_equal(r->servers->kepts, 1);
	k = servers_kept(r, REQUEST_ON, 0);
	kept_is(k, ATTR_NAS_IDENTIFIER, "nas1");
	for (uint32_t i = 0; i < 3; i++)
		rig_login(r, i);
	rig_run(r, 1000);
	assert_int_equal(servers_count(r, REQUEST_START), 3);
	lns_shutdown(r->l, r->now);
	assert_false(lns_quiet(r->l));
	rig_run(r, 10000);
	assert_int_equal(servers_count(r, REQUEST_STOP), 3);
	assert_int_equal(servers_count(r, REQUEST_OFF), 1);
	/* Off is the last of all. */
	k = &r->servers->kept[r->servers->kepts - 1];
	assert_int_equal(kept_status(k), REQUEST_OFF);
	assert_int_equal(kept_u32(k, ATTR_ACCT_TERMINATE_CAUSE),
	    CAUSE_ADMIN_REBOOT);
	rig_expect_empty(r);
	/* What was put on disk has been taken off it. */
	assert_int_equal(r->servers->stored, r->servers->forgotten);
	servers_end(r);
}

/* Nobody to tell: On and Off wait for no one's login, quiet comes later. */
static void
off_waits_for_a_server(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);

	(void)state;
	rig_login(r, 0);
	servers_die(r, true);
	lns_shutdown(r->l, r->now);
	rig_run(r, 60000);
	assert_int_equal(r->dp->sessions, 0);
	assert_false(lns_quiet(r->l));
	servers_die(r, false);
	rig_run(r, 600000);
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	assert_int_equal(servers_count(r, REQUEST_OFF), 1);
	rig_expect_empty(r);
	servers_end(r);
}

/* The records wait, and go out soon after the server is there again. */
static void
records_go_when_the_server_is_back(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);
	mono_t back;

	(void)state;
	rig_login(r, 0);
	servers_die(r, true);
	hang_up(r, 0);
	rig_run(r, 3 * 3600 * 1000);
	servers_die(r, false);
	back = r->now;
	rig_run(r, 400000);
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	rig_expect_log(r, "radius server=s0 service=acct state=up");
	assert_in_range(mono_since_ms(servers_kept(r, REQUEST_STOP, 0)->at,
	    back), 0, 61000);
	assert_in_range(servers_kept(r, REQUEST_STOP, 0)->delay, 10795,
	    10800 + 70);
	servers_end(r);
}

/* ---- what the disk had ---- */

static void
restored_records_are_delivered(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);
	uint8_t block[8] = "damaged";

	(void)state;
	assert_false(lns_spool_restore(r->l, r->now, 900,
	    rd_make(block, sizeof(block)), &r->out));
	rig_drain(r);
	servers_end(r);

	/* Without accounting there is nobody for it. */
	r = rig_begin(1);
	assert_false(lns_spool_restore(r->l, r->now, 900,
	    rd_make(block, sizeof(block)), &r->out));
	rig_free(r);
}

static struct {
	size_t n;
	uint8_t b[ACCT_BLOCK_MAX];
} block;

static void
keep_block(struct rig *r, const struct lns_act *a)
{
	if (a->kind == LNS_SPOOL_STORE) {
		block.n = rd_left(&a->data);
		memcpy(block.b, a->data.p, block.n);
	}
	servers_host(r, a);
}

/* One of a group that is gone gives way, and is named in no line as another's. */
static void
orphans_that_give_way_are_told(void **state)
{
	struct rig *r = servers_new(1);

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	r->host = keep_block;
	servers_start(r);
	servers_end(r);
	assert_true(block.n > 0);

	r = servers_new(1);
	(void)servers_user(r, "alice", "correct horse");
	strcpy(r->p.acct.group[0], "renamed");
	r->p.acct.records = 1;
	rig_start(r);
	assert_true(lns_spool_restore(r->l, r->now, 1,
	    rd_make(block.b, block.n), &r->out));
	rig_drain(r);
	lns_start(r->l, r->now, &r->out);
	rig_drain(r);
	rig_run(r, 1000);
	rig_expect_log(r, "accounting record lost kind=on group=- reason=\"its "
	    "server group is not configured");
	assert_int_equal(servers_count(r, REQUEST_ON), 1);
	servers_end(r);
}

static void
a_full_disk_loses_nothing(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);
	struct acct_state s;

	(void)state;
	r->servers->disk_bad = true;
	rig_login(r, 0);
	servers_die(r, true);
	hang_up(r, 0);
	rig_run(r, 60000);
	assert_true(show_acct(r->l, &s));
	assert_false(s.disk_ok);
	r->servers->disk_bad = false;
	servers_die(r, false);
	rig_run(r, 600000);
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	assert_true(show_acct(r->l, &s));
	assert_int_equal(s.records, 0);
	servers_end(r);
}

/* ---- limits ---- */

static struct rig *
limited(uint8_t type, uint32_t v)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);

	radius_put_u32(&r->servers->user[0].grants, type, v);
	rig_login(r, 0);
	return r;
}

static void
session_timeout(void **state)
{
	struct rig *r = limited(ATTR_SESSION_TIMEOUT, 120);

	(void)state;
	rig_run(r, 116000);
	assert_true(r->phone[0].up);
	rig_run(r, 10000);
	assert_false(r->phone[0].up);
	assert_int_equal(stop_cause(r), CAUSE_SESSION_TIMEOUT);
	assert_in_range(kept_u32(servers_kept(r, REQUEST_STOP, 0),
	    ATTR_ACCT_SESSION_TIME), 120, 121);
	servers_end(r);
}

static void
idle_timeout(void **state)
{
	struct rig *r = limited(ATTR_IDLE_TIMEOUT, 60);

	(void)state;
	/* Something moves every 40 s. */
	for (int i = 0; i < 5; i++) {
		rig_run(r, 40000);
		r->dp->count.moved = r->now;
		assert_true(r->phone[0].up);
	}
	rig_run(r, 55000);
	assert_true(r->phone[0].up);
	rig_run(r, 10000);
	assert_false(r->phone[0].up);
	assert_int_equal(stop_cause(r), CAUSE_IDLE_TIMEOUT);
	servers_end(r);
}

static void
quota(uint8_t type, uint64_t rx, uint64_t tx)
{
	struct rig *r = servers_begin(PPP_MSCHAPV2);
	uint8_t v[8] = { 0, 0, 0, 1, 0, 0, 0, 0 };	/* 4 GiB */

	radius_put_vendor(&r->servers->user[0].grants, ATTR_L2TPD, type, v, 8);
	/* An Idle-Timeout beside it does not make the looks rarer. */
	radius_put_u32(&r->servers->user[0].grants, ATTR_IDLE_TIMEOUT, 3600);
	rig_login(r, 0);
	r->dp->count.rx_bytes = rx - 1;
	r->dp->count.tx_bytes = tx;
	rig_run(r, 60000);
	assert_true(r->phone[0].up);
	r->dp->count.rx_bytes = rx;
	if (type == ATTR_L2TPD_QUOTA_DOWN) {
		assert_true(r->phone[0].up);
		r->dp->count.tx_bytes++;
	}
	rig_run(r, 12000);
	assert_false(r->phone[0].up);
	assert_int_equal(stop_cause(r), CAUSE_NAS_REQUEST);
	servers_end(r);
}

static void
quota_up_down_and_total(void **state)
{
	uint64_t g = UINT64_C(1) << 32;

	(void)state;
	quota(ATTR_L2TPD_QUOTA_UP, g, 5 * g);
	quota(ATTR_L2TPD_QUOTA_DOWN, 5 * g, g - 1);
	quota(ATTR_L2TPD_QUOTA_TOTAL, g / 2, g / 2);
}

/* Ten phones that came at once report at different moments, 10 % around. */
static void
interim_with_jitter(void **state)
{
	struct rig *r = servers_new(10);
	unsigned seen = 0, first = 0, moments = 0;
	mono_t last = mono_us(0);

	(void)state;
	radius_put_u32(&servers_user(r, "alice", "correct horse")->grants,
	    ATTR_ACCT_INTERIM_INTERVAL, 600);
	servers_start(r);
	for (uint32_t i = 0; i < 10; i++)
		rig_dial(r, i);
	rig_run(r, 2000);
	rig_run(r, 538000 - 2000);
	assert_int_equal(servers_count(r, REQUEST_START), 10);
	assert_int_equal(servers_count(r, REQUEST_INTERIM), 0);
	rig_run(r, 125000);
	for (unsigned i = 0; i < r->servers->kepts; i++) {
		const struct kept *k = &r->servers->kept[i];

		if (kept_status(k) != REQUEST_INTERIM)
			continue;
		first += seen++ == 0;
		moments += mono_before(last, k->at);
		last = k->at;
		assert_in_range(kept_u32(k, ATTR_ACCT_SESSION_TIME), 537, 662);
		assert_false(kept_has(k, 0, ATTR_ACCT_TERMINATE_CAUSE));
	}
	assert_int_equal(seen, 10);
	assert_int_equal(first, 1);
	assert_true(moments >= 8);
	/* And again. */
	rig_run(r, 600000);
	assert_in_range(servers_count(r, REQUEST_INTERIM), 15, 20);
	servers_end(r);
}

static void
interim_of_the_configuration(void **state)
{
	struct rig *r = servers_new(1);

	(void)state;
	r->p.interim_s = 300;
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	rig_login(r, 0);
	rig_run(r, 1000000);
	assert_in_range(servers_count(r, REQUEST_INTERIM), 3, 3);
	servers_end(r);
}

/* A link that begins anew is asked for anew, and the new grants hold. */
static void
limits_of_the_second_answer_hold(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);

	(void)state;
	rig_login(r, 0);
	rig_run(r, 50000);
	radius_put_u32(&r->servers->user[0].grants, ATTR_SESSION_TIMEOUT, 100);
	ppp_free(r->phone[0].ppp);
	r->phone[0].ppp = ppp_new(&r->phone[0].ppp_p, PPP_PEER,
	    &r->phone[0].rng, NULL);
	r->phone[0].up = false;
	ppp_lower_up(r->phone[0].ppp, r->now, &r->ppp);
	rig_phone_drain(r, 0);
	rig_run(r, 10000);
	assert_true(r->phone[0].up);
	assert_int_equal(servers_count(r, 0), 2);
	assert_int_equal(servers_count(r, REQUEST_START), 1);
	rig_run(r, 30000);
	assert_true(r->phone[0].up);
	rig_run(r, 12000);
	assert_false(r->phone[0].up);
	assert_int_equal(stop_cause(r), CAUSE_SESSION_TIMEOUT);
	servers_end(r);
}

/* ---- causes ---- */

static void
causes_of_an_end(void **state)
{
	struct rig *r;

	(void)state;
	/* Commanded by the operator. */
	r = servers_begin(PPP_PAP);
	rig_login(r, 0);
	assert_int_equal(lns_kill_user(r->l, r->now, "alice"), 1);
	rig_run(r, 10000);
	assert_int_equal(stop_cause(r), CAUSE_ADMIN_RESET);
	servers_end(r);

	/* The phone is gone without a word: no answer to our echo. */
	r = servers_new(1);
	r->p.ppp.echo_s = 10;
	r->p.ppp.echo_lost = 3;
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	rig_login(r, 0);
	r->phone[0].deaf = true;
	rig_run(r, 200000);
	assert_int_equal(stop_cause(r), CAUSE_LOST_CARRIER);
	servers_end(r);

	/* L2TP's Hello finds nobody. */
	r = servers_begin(PPP_PAP);
	rig_login(r, 0);
	r->phone[0].deaf = true;
	rig_run(r, 600000);
	assert_int_equal(stop_cause(r), CAUSE_LOST_CARRIER);
	servers_end(r);

	/* CDN of the phone's L2TP. */
	r = servers_begin(PPP_PAP);
	rig_login(r, 0);
	l2tp_call_close(r->phone[0].l2tp, r->now, r->phone[0].session, 3, 0, "",
	    &r->l2tp);
	rig_phone_drain(r, 0);
	rig_run(r, 5000);
	assert_int_equal(stop_cause(r), CAUSE_USER_REQUEST);
	servers_end(r);
}

/* The session at the end of the daemon, too, has a cause of its own. */
static void
shutdown_is_told_as_such(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);

	(void)state;
	rig_login(r, 0);
	lns_shutdown(r->l, r->now);
	rig_run(r, 10000);
	assert_int_equal(stop_cause(r), CAUSE_ADMIN_REBOOT);
	rig_expect_log(r, "reason=\"shutting down\"");
	servers_end(r);
}

/*
 * The clock on the wall is set while a session is up and, later, while its Stop
 * waits for a server: the sessions' times and the delay go on as time does, and
 * Event-Timestamp says what the clock says.
 */
static void
d14_wall_clock_steps(void **state)
{
	static const int64_t hour = 3600;
	const int64_t steps[] = { hour, -hour, 24 * 365 * hour,
		-24 * 365 * hour };
	struct rig *r = servers_new(1);
	int64_t wall = SERVERS_UNIX;	/* at the rig's time 0 */
	uint64_t began;

	(void)state;
	r->p.interim_s = 600;
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	wall -= (int64_t)(r->now.us / 1000000);
	rig_login(r, 0);
	began = r->now.us / 1000000;
	for (int k = 0; k < 4; k++) {
		mono_t deadline = lns_deadline(r->l);

		wall += steps[k];
		lns_wall(r->l, r->now, (uint64_t)wall * 1000 +
		    r->now.us / 1000);
		assert_int_equal(lns_deadline(r->l).us, deadline.us);
		rig_run(r, 350000);
	}
	assert_int_equal(servers_count(r, REQUEST_INTERIM), 2);
	assert_in_range(kept_u32(servers_kept(r, REQUEST_INTERIM, 1),
	    ATTR_ACCT_SESSION_TIME), 540, 662);
	/* The second one came after the year forward. */
	assert_in_range(kept_u32(servers_kept(r, REQUEST_INTERIM, 0),
	    ATTR_EVENT_TIMESTAMP), SERVERS_UNIX + 1000, SERVERS_UNIX +
	    24 * 365 * hour + 1500);
	servers_die(r, true);
	assert_true(lns_kill_user(r->l, r->now, "alice") == 1);
	rig_run(r, 60000);
	wall += 24 * 365 * hour;
	lns_wall(r->l, r->now, (uint64_t)wall * 1000 + r->now.us / 1000);
	rig_run(r, 60000);
	servers_die(r, false);
	rig_run(r, 600000);
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	assert_in_range(kept_u32(servers_kept(r, REQUEST_STOP, 0),
	    ATTR_ACCT_SESSION_TIME), 1398, 1410);
	/* Two minutes and what the server's rest takes; not a year. */
	assert_in_range(servers_kept(r, REQUEST_STOP, 0)->delay, 100, 700);
	assert_true(r->now.us / 1000000 - began < 3000);
	servers_end(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_a_session),
		cmocka_unit_test(session_ids_are_never_the_same),
		cmocka_unit_test(class_is_echoed_in_order),
		cmocka_unit_test(on_at_start_off_at_the_end),
		cmocka_unit_test(off_waits_for_a_server),
		cmocka_unit_test(records_go_when_the_server_is_back),
		cmocka_unit_test(restored_records_are_delivered),
		cmocka_unit_test(orphans_that_give_way_are_told),
		cmocka_unit_test(a_full_disk_loses_nothing),
		cmocka_unit_test(session_timeout),
		cmocka_unit_test(idle_timeout),
		cmocka_unit_test(quota_up_down_and_total),
		cmocka_unit_test(interim_with_jitter),
		cmocka_unit_test(interim_of_the_configuration),
		cmocka_unit_test(limits_of_the_second_answer_hold),
		cmocka_unit_test(causes_of_an_end),
		cmocka_unit_test(shutdown_is_told_as_such),
		cmocka_unit_test(d14_wall_clock_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
