/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of RADIUS frozen and thawed, ended and changed from outside. */

#include "lns/change.h"
#include "tests/lns/radius_rig.h"

/* ---- freezing ---- */

static struct rig *
two_of(enum ppp_method m, enum aaa_local_use use)
{
	struct rig *r = servers_new(1);
	struct radius_build *g =
	    &servers_user(r, "alice", "correct horse")->grants;

	r->p.policy.local = use;
	radius_put_text(g, ATTR_CLASS, "a class");
	radius_put_u32(g, ATTR_SESSION_TIMEOUT, 1000);
	radius_put_u32(g, ATTR_IDLE_TIMEOUT, 900);
	radius_put_u32(g, ATTR_ACCT_INTERIM_INTERVAL, 300);
	phone_method(r, 0, m);
	servers_start(r);
	return r;
}

static void
whole_session(struct rig *r)
{
	rig_dial(r, 0);
	rig_run(r, 20000);
	assert_true(r->phone[0].up);
	rig_run(r, 970000);
	assert_true(r->phone[0].up);
	rig_run(r, 40000);
	assert_false(r->phone[0].up);
	rig_run(r, 2000);
	assert_int_equal(servers_count(r, REQUEST_ON), 1);
	assert_int_equal(servers_count(r, REQUEST_START), 1);
	assert_int_equal(servers_count(r, REQUEST_INTERIM), 3);
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	kept_is(servers_kept(r, REQUEST_STOP, 0), ATTR_CLASS, "a class");
	assert_int_equal(kept_u32(servers_kept(r, REQUEST_STOP, 0),
	    ATTR_ACCT_TERMINATE_CAUSE), CAUSE_SESSION_TIMEOUT);
	lns_shutdown(r->l, r->now);
	rig_run(r, 10000);
	assert_int_equal(servers_count(r, REQUEST_OFF), 1);
	rig_expect_empty(r);
}

static bool
keeps_up(struct rig *r, const struct mail *m)
{
	(void)m;
	r->dp->count.moved = r->now;
	return false;
}

static void
frozen_before_everything(void **state)
{
	static const enum ppp_method m[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2, PPP_EAP };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct rig *r = two_of(m[i], AAA_LOCAL_FALLBACK);

		r->freeze = true;
		r->dp->count.moved = mono_add_s(r->now, 500);
		r->servers->server[0].delay_ms = 5000;
		whole_session(r);
		servers_end(r);
	}
}

static bool
freeze_at(struct rig *r, const struct mail *m)
{
	(void)keeps_up(r, m);
	if (m->way >= TO_IKE && r->arg-- == 0)
		rig_refreeze(r);
	return false;
}

/* Once, at each input of an EAP login in turn. */
static void
frozen_once_at_each_step(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 36; n++) {
		struct rig *r = two_of(PPP_EAP, AAA_LOCAL_NEVER);

		r->arg = n;
		r->eat = freeze_at;
		rig_login(r, 0);
		assert_int_equal(servers_count(r, 0), 2);
		assert_int_equal(r->servers->eap_rounds, 1);
		rig_run(r, 1000);
		assert_int_equal(servers_count(r, REQUEST_START), 1);
		servers_end(r);
	}
}

/* While the question is out; the fallback's copy of it survives as well. */
static void
frozen_while_radius_is_asked(void **state)
{
	struct rig *r = two_of(PPP_MSCHAPV2, AAA_LOCAL_FALLBACK);

	(void)state;
	r->servers->server[0].hold = true;
	rig_dial(r, 0);
	rig_run(r, 1000);
	rig_refreeze(r);
	servers_release(r);
	rig_run(r, 2000);
	assert_true(r->phone[0].up);
	assert_int_equal(servers_count(r, 0), 1);
	servers_end(r);

	r = two_of(PPP_MSCHAPV2, AAA_LOCAL_FALLBACK);
	servers_die(r, true);
	rig_dial(r, 0);
	rig_run(r, 1000);
	rig_refreeze(r);
	rig_run(r, 100000);
	assert_true(r->phone[0].up);
	rig_expect_log(r, "radius fallback attempt=1");
	servers_end(r);
}

static void
cut_bytes_do_not_thaw(void **state)
{
	struct rig *r = two_of(PPP_MSCHAPV2, AAA_LOCAL_FALLBACK);
	size_t n = 0;
	uint8_t *b;
	struct wr w;

	(void)state;
	servers_die(r, true);
	rig_dial(r, 0);
	rig_run(r, 1000);
	n = lns_frozen_size(r->l);
	b = malloc(n);
	assert_non_null(b);
	w = wr_make(b, n);
	lns_freeze(r->l, &w);
	assert_false(w.bad);
	n = wr_used(&w);
	for (size_t i = 0; i < 200; i++) {
		struct rd rd = rd_make(b, n * i / 200);

		assert_null(lns_thaw(&r->p, &r->rng, &r->drops, &rig_ops,
		    r->dp, &rd));
	}
	free(b);
	servers_end(r);
}

/* ---- Disconnect and CoA ---- */

static struct rig *
logged_in(uint32_t phones, bool frozen)
{
	struct rig *r = servers_new(phones);

	(void)servers_user(r, "alice", "correct horse");
	(void)servers_user(r, "dora", "explore");
	r->freeze = frozen;
	if (phones > 2)
		rig_password(r, 2, "dora", "explore");
	servers_start(r);
	for (uint32_t i = 0; i < phones; i++)
		rig_login(r, i);
	return r;
}

static void
disconnect_by_id(void **state)
{
	(void)state;
	for (int frozen = 0; frozen < 2; frozen++) {
		struct rig *r = logged_in(2, frozen);
		uint8_t buf[RADIUS_PACKET_MAX];
		struct radius_build b;
		uint32_t cause;
		struct rd id = kept_get(servers_kept(r, REQUEST_START, 0), 0,
		    ATTR_ACCT_SESSION_ID);

		coa_open(r, &b, buf, RADIUS_DISCONNECT_REQUEST);
		radius_put(&b, ATTR_ACCT_SESSION_ID, id.p, rd_left(&id));
		assert_int_equal(coa_send(r, &b, &cause),
		    RADIUS_DISCONNECT_ACK);
		assert_int_equal(cause, 0);
		rig_run(r, 10000);
		assert_true(r->phone[0].up);
		assert_false(r->phone[1].up);
		assert_int_equal(servers_count(r, REQUEST_STOP), 1);
		assert_int_equal(kept_u32(servers_kept(r, REQUEST_STOP, 0),
		    ATTR_ACCT_TERMINATE_CAUSE), CAUSE_ADMIN_RESET);
		rig_expect_log(r, "disconnect by radius attempt=2 user=alice");
		servers_end(r);
	}
}

/* The phone dials anew before its old session is gone: that one's cause stays. */
static void
disconnected_and_then_taken_over(void **state)
{
	struct rig *r = logged_in(1, false);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause;

	(void)state;
	r->phone[0].deaf = true;
	coa_open(r, &b, buf, RADIUS_DISCONNECT_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_DISCONNECT_ACK);
	assert_int_equal(servers_count(r, REQUEST_STOP), 0);
	r->phone[0].deaf = false;
	rig_reset_phone(r, 0);
	/* From its place INITIAL-CONTACT would end the old session before. */
	r->phone[0].out[0].port += 7;
	r->phone[0].out[1].port += 7;
	rig_login(r, 0);
	rig_run(r, 1000);
	assert_int_equal(servers_count(r, REQUEST_START), 2);
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	assert_int_equal(kept_u32(servers_kept(r, REQUEST_STOP, 0),
	    ATTR_ACCT_TERMINATE_CAUSE), CAUSE_ADMIN_RESET);
	servers_end(r);
}

/* All that are given must fit; then all of them are meant. */
static void
disconnect_names_more_than_one(void **state)
{
	struct rig *r = logged_in(3, false);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause;

	(void)state;
	coa_open(r, &b, buf, RADIUS_DISCONNECT_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	radius_put_text(&b, ATTR_CALLING_STATION_ID, "20.0.2.1");
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_DISCONNECT_NAK);
	assert_int_equal(cause, DAE_NO_SESSION);
	coa_open(r, &b, buf, RADIUS_DISCONNECT_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_DISCONNECT_ACK);
	rig_run(r, 10000);
	assert_false(r->phone[0].up);
	assert_false(r->phone[1].up);
	assert_true(r->phone[2].up);
	servers_end(r);
}

/* What each identifying attribute finds: one session, or none at all. */
static void
each_identity_finds_its_session(void **state)
{
	static const struct {
		uint8_t type;
		const char *text;
		uint32_t v;
		bool fits;
	} c[] = {
		{ ATTR_USER_NAME, "alice", 0, true },
		{ ATTR_USER_NAME, "billing", 0, true },
		{ ATTR_USER_NAME, "alic", 0, false },
		{ ATTR_NAS_PORT, NULL, 0, true },
		{ ATTR_NAS_PORT, NULL, 1, false },
		{ ATTR_FRAMED_IP_ADDRESS, NULL, 0x0a010002, true },
		{ ATTR_FRAMED_IP_ADDRESS, NULL, 0x0a010003, false },
		{ ATTR_CALLING_STATION_ID, "20.0.0.1", 0, true },
		{ ATTR_CALLING_STATION_ID, "20.0.0.2", 0, false },
		{ ATTR_CALLED_STATION_ID, "203.0.113.1", 0, true },
		{ ATTR_CALLED_STATION_ID, "20.0.0.1", 0, false },
		{ ATTR_ACCT_SESSION_ID, "6553f10000000001", 0, true },
		{ ATTR_ACCT_SESSION_ID, "6553f10000000002", 0, false },
		{ ATTR_ACCT_SESSION_ID, "6553f10000000000", 0, false },
		{ ATTR_ACCT_SESSION_ID, "6553f10100000001", 0, false },
		{ ATTR_ACCT_SESSION_ID, "6553F10000000001", 0, false },
		{ ATTR_ACCT_SESSION_ID, "1", 0, false },
		{ ATTR_ACCT_MULTI_SESSION_ID, "6553f100-1", 0, true },
		{ ATTR_ACCT_MULTI_SESSION_ID, "6553f100-2", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct rig *r = servers_begin(PPP_PAP);
		uint8_t buf[RADIUS_PACKET_MAX];
		struct radius_build b;
		uint32_t cause;
		enum radius_code code;

		radius_put_text(&r->servers->user[0].grants, ATTR_USER_NAME,
		    "billing");
		rig_login(r, 0);
		coa_open(r, &b, buf, RADIUS_DISCONNECT_REQUEST);
		if (c[i].text != NULL)
			radius_put_text(&b, c[i].type, c[i].text);
		else
			radius_put_u32(&b, c[i].type, c[i].v);
		code = coa_send(r, &b, &cause);
		rig_run(r, 10000);
		assert_int_equal(r->phone[0].up, !c[i].fits);
		assert_int_equal(code, c[i].fits ? RADIUS_DISCONNECT_ACK :
		    RADIUS_DISCONNECT_NAK);
		assert_int_equal(cause, c[i].fits ? 0 : DAE_NO_SESSION);
		servers_end(r);
	}
}

/* Who has not proved who he is, or is leaving, is nobody's to end. */
static void
only_the_proven_are_found(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause;

	(void)state;
	r->servers->server[0].hold = true;
	rig_dial(r, 0);
	rig_run(r, 1000);
	assert_int_equal(r->dp->sessions, 1);
	coa_open(r, &b, buf, RADIUS_DISCONNECT_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_DISCONNECT_NAK);
	assert_int_equal(cause, DAE_NO_SESSION);
	servers_end(r);
}

static void
coa_changes_rates_and_limits(void **state)
{
	(void)state;
	for (int frozen = 0; frozen < 2; frozen++) {
		struct rig *r = logged_in(3, frozen);
		uint8_t buf[RADIUS_PACKET_MAX];
		struct radius_build b;
		uint32_t cause;
		unsigned slow = 0;

		coa_open(r, &b, buf, RADIUS_COA_REQUEST);
		radius_put_text(&b, ATTR_USER_NAME, "alice");
		radius_put_vendor(&b, ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT,
		    "1M/2M", 5);
		radius_put_u32(&b, ATTR_SESSION_TIMEOUT, 60);
		radius_put_text(&b, ATTR_CLASS, "new class");
		assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_ACK);
		for (unsigned i = 0; i < r->dp->sessions; i++)
			slow += r->dp->sess[i].policy.rx_bps == 1000000 &&
			    r->dp->sess[i].policy.tx_bps == 2000000;
		assert_int_equal(slow, 2);
		rig_expect_log(r, "change by radius attempt=1 user=alice");
		rig_run(r, 70000);
		assert_false(r->phone[0].up);
		assert_false(r->phone[1].up);
		assert_true(r->phone[2].up);
		kept_is(servers_kept(r, REQUEST_STOP, 0), ATTR_CLASS,
		    "new class");
		assert_int_equal(kept_u32(servers_kept(r, REQUEST_STOP, 0),
		    ATTR_ACCT_TERMINATE_CAUSE), CAUSE_SESSION_TIMEOUT);
		servers_end(r);
	}
}

/* And back to none: the data plane forgets the policy. */
static void
coa_takes_a_policy_away(void **state)
{
	struct rig *r = logged_in(1, false);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause;

	(void)state;
	for (int i = 0; i < 2; i++) {
		coa_open(r, &b, buf, RADIUS_COA_REQUEST);
		radius_put_text(&b, ATTR_USER_NAME, "alice");
		radius_put_vendor(&b, ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT,
		    i == 0 ? "1M" : "0/0", i == 0 ? 2 : 3);
		assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_ACK);
		assert_int_equal(r->dp->sess[0].policy.rx_bps,
		    i == 0 ? 1000000 : 0);
	}
	assert_int_equal(rig_count(r->dp->text, "sess-policy"), 2);
	servers_end(r);
}

/* All or none: a value that cannot be obeyed changes nothing. */
static void
coa_refused_changes_nothing(void **state)
{
	struct rig *r = logged_in(2, false);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause;

	(void)state;
	coa_open(r, &b, buf, RADIUS_COA_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	radius_put_u32(&b, ATTR_SESSION_TIMEOUT, 5);
	radius_put_text(&b, ATTR_FILTER_ID, "nowhere");
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_NAK);
	assert_int_equal(cause, DAE_INVALID_VALUE);
	rig_expect_log(r, "change refused reason=\"the server granted an "
	    "unknown filter nowhere\"");
	rig_run(r, 20000);
	assert_true(r->phone[0].up && r->phone[1].up);

	/* Nothing in it to change. */
	coa_open(r, &b, buf, RADIUS_COA_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_NAK);
	assert_int_equal(cause, DAE_MISSING_ATTRIBUTE);

	/* No room in the data plane. */
	r->dp->refuse_policy = 0;
	coa_open(r, &b, buf, RADIUS_COA_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	radius_put_vendor(&b, ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT, "1M",
	    2);
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_NAK);
	assert_int_equal(cause, DAE_NO_RESOURCES);
	servers_end(r);
}

/* More than one request may name is refused as a whole. */
static void
n85_too_many_sessions_at_once(void **state)
{
	struct rig *r = servers_new(65);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause;

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	for (uint32_t i = 0; i < 65; i++)
		rig_login(r, i);
	for (int i = 0; i < 2; i++) {
		coa_open(r, &b, buf, RADIUS_DISCONNECT_REQUEST);
		if (i == 0)
			radius_put_text(&b, ATTR_USER_NAME, "alice");
		else
			radius_put_text(&b, ATTR_CALLED_STATION_ID,
			    "203.0.113.1");
		assert_int_equal(coa_send(r, &b, &cause),
		    RADIUS_DISCONNECT_NAK);
		assert_int_equal(cause, DAE_MULTIPLE_SESSIONS);
	}
	rig_run(r, 5000);
	assert_int_equal(r->dp->sessions, 65);
	servers_end(r);
}

/* A session that is logged in but has no address yet comes up changed. */
static bool
eat_ipcp(struct rig *r, const struct mail *m)
{
	return r->arg != 0 && m->way == TO_PPP && m->b[2] == 0x80 &&
	    m->b[3] == 0x21;
}

static void
coa_before_the_address(void **state)
{
	struct rig *r = servers_begin(PPP_PAP);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause;

	(void)state;
	r->arg = 1;
	r->eat = eat_ipcp;
	rig_dial(r, 0);
	rig_run(r, 1000);
	coa_open(r, &b, buf, RADIUS_COA_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	radius_put_vendor(&b, ATTR_MIKROTIK, ATTR_MIKROTIK_RATE_LIMIT, "3M",
	    2);
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_ACK);
	assert_int_equal(rig_count(r->dp->text, "sess-policy"), 0);
	r->arg = 0;
	rig_run(r, 10000);
	assert_true(r->phone[0].up);
	assert_int_equal(r->dp->sess[0].policy.rx_bps, 3000000);
	servers_end(r);
}

/* ---- servers and sockets ---- */

/* State goes back to the server that gave it, though two share the load. */
static void
eap_stays_with_its_server(void **state)
{
	struct rig *r = servers_new(10);
	unsigned used[SERVERS] = { 0 };

	(void)state;
	r->p.radius.group[0].server_n = 2;
	r->p.radius.group[0].server[1] = 1;
	(void)servers_user(r, "alice", "correct horse");
	for (uint32_t i = 0; i < 10; i++)
		phone_method(r, i, PPP_EAP);
	servers_start(r);
	for (uint32_t i = 0; i < 10; i++) {
		rig_login(r, i);
		assert_int_equal(servers_count(r, 0), 2 * i + 2);
		assert_int_equal(servers_kept(r, 0, 0)->server,
		    servers_kept(r, 0, 1)->server);
		used[servers_kept(r, 0, 0)->server]++;
	}
	assert_true(used[0] > 0 && used[1] > 0);
	servers_end(r);
}

static void
tls_host(struct rig *r, const struct lns_act *a)
{
	if (a->kind == LNS_RADIUS_OPEN)
		r->arg = a->port;
	servers_host(r, a);
}

/* The host's connection is there a moment after it was asked for. */
static void
connections_come(struct rig *r, unsigned seconds)
{
	for (unsigned i = 0; i < 10 * seconds; i++) {
		uint32_t port = r->arg;

		r->arg = 0;
		rig_run(r, 100);
		if (port == 0)
			continue;
		lns_radius_up(r->l, r->now, port, false, &r->out);
		rig_drain(r);
	}
}

static void
radsec_connection_comes_and_goes(void **state)
{
	struct rig *r = servers_new(1);
	uint32_t port;

	(void)state;
	r->p.radius.server[0].transport = RADIUS_TLS;
	r->p.radius.server[0].at[RADIUS_ACCT] =
	    r->p.radius.server[0].at[RADIUS_AUTH];
	(void)servers_user(r, "alice", "correct horse");
	phone_method(r, 0, PPP_PAP);
	r->host = tls_host;
	servers_start(r);
	port = r->arg;
	assert_true(port != 0);
	assert_int_equal(r->servers->kepts, 0);
	connections_come(r, 1);
	assert_int_equal(servers_count(r, REQUEST_ON), 1);
	rig_login(r, 0);
	rig_run(r, 100);
	assert_int_equal(servers_count(r, REQUEST_START), 1);
	/* It breaks; another one is opened, and the record goes over it. */
	servers_port(r, &(struct lns_act){ .port = port }, false);
	lns_radius_down(r->l, r->now, port, "reset by peer", &r->out);
	rig_drain(r);
	ppp_close(r->phone[0].ppp, r->now, PPP_CAUSE_CLOSED, "", &r->ppp);
	rig_phone_drain(r, 0);
	connections_come(r, 60);
	assert_int_equal(servers_count(r, REQUEST_STOP), 1);
	servers_end(r);
}

/* ICMP says that nobody listens: the probe finds out, and the login is told. */
static void
refusing_host(struct rig *r, const struct lns_act *a)
{
	servers_host(r, a);
	if (a->kind == LNS_RADIUS_SEND && r->servers->server[0].dead)
		lns_radius_error(r->l, r->now, a->port, &r->out);
}

static void
refused_ports_are_found_out(void **state)
{
	struct rig *r = servers_new(1);
	struct show_radius s;
	uint32_t cursor = 0, lanes = 0, up = 0;

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	phone_method(r, 0, PPP_PAP);
	servers_start(r);
	r->host = refusing_host;
	servers_die(r, true);
	rig_dial(r, 0);
	rig_run(r, 100000);
	rig_expect_refused(r, "no RADIUS server answered");
	while (show_radius(r->l, &cursor, &s)) {
		lanes++;
		up += s.health.up;
		assert_string_equal(s.server, lanes <= 2 ? "s0" : "s1");
	}
	assert_int_equal(lanes, 4);
	assert_int_equal(up, 3);
	assert_int_equal(r->servers->kepts, 1);
	servers_end(r);
}

/* Nothing of RADIUS is lost when the host's box is full: it waits. */
static void
a_full_box_loses_nothing(void **state)
{
	struct rig *r = servers_new(1);

	(void)state;
	(void)servers_user(r, "alice", "correct horse");
	rig_start(r);
	lns_wall(r->l, r->now, SERVERS_UNIX * 1000);
	r->out.n = LNS_OUT_ACTS;
	lns_start(r->l, r->now, &r->out);
	assert_int_equal(lns_deadline(r->l).us, 0);
	lns_expire(r->l, r->now, &r->out);
	assert_int_equal(r->out.n, LNS_OUT_ACTS);
	assert_int_equal(lns_deadline(r->l).us, 0);
	lns_out_reset(&r->out);
	rig_run(r, 100);
	assert_int_equal(servers_count(r, REQUEST_ON), 1);
	rig_login(r, 0);
	servers_end(r);
}

/* An Interim interval by CoA holds at once; 0 is the configuration's. */
static void
coa_changes_the_interim(void **state)
{
	struct rig *r = logged_in(1, false);
	uint8_t buf[RADIUS_PACKET_MAX];
	struct radius_build b;
	uint32_t cause;

	(void)state;
	rig_run(r, 1000000);
	assert_int_equal(servers_count(r, REQUEST_INTERIM), 0);
	coa_open(r, &b, buf, RADIUS_COA_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	radius_put_u32(&b, ATTR_ACCT_INTERIM_INTERVAL, 600);
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_ACK);
	rig_run(r, 670000);
	assert_int_equal(servers_count(r, REQUEST_INTERIM), 1);
	coa_open(r, &b, buf, RADIUS_COA_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	radius_put_u32(&b, ATTR_ACCT_INTERIM_INTERVAL, 100);
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_ACK);
	rig_run(r, 111000);
	assert_int_equal(servers_count(r, REQUEST_INTERIM), 2);
	coa_open(r, &b, buf, RADIUS_COA_REQUEST);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	radius_put_u32(&b, ATTR_ACCT_INTERIM_INTERVAL, 0);
	assert_int_equal(coa_send(r, &b, &cause), RADIUS_COA_ACK);
	rig_run(r, 1000000);
	assert_int_equal(servers_count(r, REQUEST_INTERIM), 2);
	servers_end(r);
}

/* ---- storms ---- */

/*
 * D-08 small: the servers are dead for a day, who is in stays in, who comes is
 * told; after it every record comes once, with its delay.
 */
static void
d08_servers_dead_for_a_day(void **state)
{
	struct rig *r = servers_new(20);
	struct acct_state s;

	(void)state;
	r->p.interim_s = 3600;
	r->p.ike.p1_life_s = r->p.ike.p2_life_s = 200000;
	for (uint32_t i = 0; i < 20; i++) {
		struct phone *p = &r->phone[i];

		p->ike_p.p1_life_s = p->ike_p.p2_life_s = 200000;
		p->dial.p1_life_s = p->dial.p2_life_s = 200000;
	}
	(void)servers_user(r, "alice", "correct horse");
	servers_start(r);
	for (uint32_t i = 0; i < 15; i++)
		rig_login(r, i);
	servers_die(r, true);
	for (int hour = 0; hour < 24; hour++) {
		if (hour % 4 == 0)
			for (uint32_t i = 15; i < 20; i++) {
				rig_reset_phone(r, i);
				rig_dial(r, i);
			}
		rig_run(r, 3600 * 1000);
	}
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(r->phone[i].up, i < 15);
	assert_true(show_acct(r->l, &s));
	/* A newer Interim replaces the older one that waits. */
	assert_in_range(s.records, 15, 30);
	for (uint32_t i = 0; i < 15; i++) {
		ppp_close(r->phone[i].ppp, r->now, PPP_CAUSE_CLOSED, "",
		    &r->ppp);
		rig_phone_drain(r, i);
	}
	rig_run(r, 10000);
	servers_die(r, false);
	rig_run(r, 120000);
	assert_int_equal(servers_count(r, REQUEST_START), 15);
	assert_int_equal(servers_count(r, REQUEST_STOP), 15);
	for (unsigned i = 0; i < 15; i++)
		assert_in_range(servers_kept(r, REQUEST_STOP, i)->delay, 1,
		    131);
	assert_true(show_acct(r->l, &s));
	assert_int_equal(s.records, 0);
	for (uint32_t i = 15; i < 20; i++) {
		rig_reset_phone(r, i);
		rig_login(r, i);
	}
	servers_end(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frozen_before_everything),
		cmocka_unit_test(frozen_once_at_each_step),
		cmocka_unit_test(frozen_while_radius_is_asked),
		cmocka_unit_test(cut_bytes_do_not_thaw),
		cmocka_unit_test(disconnect_by_id),
		cmocka_unit_test(disconnected_and_then_taken_over),
		cmocka_unit_test(disconnect_names_more_than_one),
		cmocka_unit_test(each_identity_finds_its_session),
		cmocka_unit_test(only_the_proven_are_found),
		cmocka_unit_test(coa_changes_rates_and_limits),
		cmocka_unit_test(coa_takes_a_policy_away),
		cmocka_unit_test(coa_refused_changes_nothing),
		cmocka_unit_test(n85_too_many_sessions_at_once),
		cmocka_unit_test(coa_before_the_address),
		cmocka_unit_test(eap_stays_with_its_server),
		cmocka_unit_test(radsec_connection_comes_and_goes),
		cmocka_unit_test(refused_ports_are_found_out),
		cmocka_unit_test(a_full_box_loses_nothing),
		cmocka_unit_test(coa_changes_the_interim),
		cmocka_unit_test(d08_servers_dead_for_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
