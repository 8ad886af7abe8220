/* SPDX-License-Identifier: BSD-2-Clause */
/* The books beside RADIUS must bark: see tests/sim/records.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lns/request.h"
#include "tests/sim/records.h"

#define SESS	0x00300002u	/* slot 2 */
#define PORT	2
#define ID	"6b49d20100000001"

struct words {			/* what a record says; 0: the usual */
	const char *id, *name, *class;
	uint32_t port, addr, authentic, event, in, cause;
};

static struct records *r;
static uint8_t buf[RADIUS_PACKET_MAX];

static int
setup(void **state)
{
	(void)state;
	r = records_new();
	return r == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	records_free(r);
	return 0;
}

static struct radius_packet
close_packet(struct radius_build *b)
{
	struct radius_packet p;
	struct rd out;

	assert_true(radius_close(b, rd_make("s", 1), &out));
	assert_int_equal(radius_decode(out, &p), DROP_NONE);
	return p;
}

static struct radius_packet
record(enum request_status status, const struct words *w)
{
	struct ipaddr addr = ipaddr_v4(w->addr != 0 ? w->addr : 0x0a400001);
	const char *class = w->class != NULL ? w->class : "c";
	struct radius_build b;

	radius_open(&b, buf, sizeof(buf), RADIUS_ACCOUNTING_REQUEST, 1, NULL,
	    false);
	radius_put_u32(&b, ATTR_ACCT_STATUS_TYPE, status);
	radius_put_u32(&b, ATTR_EVENT_TIMESTAMP, w->event != 0 ? w->event :
	    status * 100);
	if (status != REQUEST_ON && status != REQUEST_OFF) {
		radius_put_text(&b, ATTR_ACCT_SESSION_ID,
		    w->id != NULL ? w->id : ID);
		radius_put_text(&b, ATTR_USER_NAME,
		    w->name != NULL ? w->name : "alice");
		radius_put_u32(&b, ATTR_NAS_PORT,
		    w->port != 0 ? w->port : PORT);
		radius_put_addr(&b, ATTR_FRAMED_IP_ADDRESS, &addr);
		radius_put_u32(&b, ATTR_ACCT_AUTHENTIC,
		    w->authentic != 0 ? w->authentic : 1);
		radius_put_u32(&b, ATTR_ACCT_INPUT_OCTETS, w->in);
		if (w->cause != 0)
			radius_put_u32(&b, ATTR_ACCT_TERMINATE_CAUSE,
			    w->cause);
		radius_put_text(&b, ATTR_CLASS, class);
	}
	return close_packet(&b);
}

static const char *
sent(enum request_status status, struct words w)
{
	struct radius_packet p = record(status, &w);

	return records_sent(r, &p);
}

static const char *
taken(enum request_status status, struct words w)
{
	struct radius_packet p = record(status, &w);

	return records_taken(r, &p);
}

static void
barks(const char *said, const char *words)
{
	if (said == NULL || strstr(said, words) == NULL)
		fail_msg("said \"%s\", wanted \"%s\"",
		    said != NULL ? said : "nothing", words);
}

#define passed(status, ...) do { \
	assert_null(sent(status, (struct words){ __VA_ARGS__ })); \
	assert_null(taken(status, (struct words){ __VA_ARGS__ })); \
	} while (0)

/* An Access-Request; the challenge tells two of them apart. */
static struct radius_packet
question(const char *id, const char *challenge, uint8_t number)
{
	static uint8_t q[RADIUS_PACKET_MAX];
	const uint8_t auth[RADIUS_AUTH_BYTES] = { number };
	char sixteen[17];
	struct radius_build b;
	struct radius_packet p;
	struct rd out;

	radius_open(&b, q, sizeof(q), RADIUS_ACCESS_REQUEST, number, auth,
	    true);
	radius_put_text(&b, ATTR_USER_NAME, "alice");
	if (id != NULL)
		radius_put_text(&b, ATTR_ACCT_SESSION_ID, id);
	if (challenge != NULL)
		(void)snprintf(sixteen, sizeof(sixteen), "%-16s", challenge);
	if (challenge != NULL)
		radius_put_text(&b, ATTR_CHAP_CHALLENGE, sixteen);
	else
		radius_put_password(&b, rd_make("pw", 2), rd_make("s", 1));
	assert_true(radius_close(&b, rd_make("s", 1), &out));
	assert_int_equal(radius_decode(out, &p), DROP_NONE);
	return p;
}

static const char *
asked(const char *challenge, uint8_t number, struct records_ask to)
{
	struct radius_packet p = question(ID, challenge, number);

	return records_asked(r, &to, &p);
}

static void
accept_it(void)
{
	struct radius_packet p = question(ID, "ch", 1);
	struct records_ask to = { 0 };
	static const uint8_t class[] = { ATTR_CLASS, 3, 'c' };

	assert_null(records_asked(r, &to, &p));
	assert_null(records_accepted(r, &p, rd_make(class, 3),
	    rd_make(NULL, 0)));
}

static void
let_in(void)
{
	struct ipaddr addr = ipaddr_v4(0x0a400001);

	accept_it();
	passed(REQUEST_ON, 0);
	assert_null(records_in(r, REQUEST_START * 100, SESS, &addr));
}

static void
leave(uint64_t bytes)
{
	struct dp_count c = { .rx_bytes = bytes };

	records_out(r, REQUEST_STOP * 100, SESS, &c);
}

static void
one_of_each(void **state)
{
	struct records_who who;

	(void)state;
	let_in();
	passed(REQUEST_START, 0);
	assert_true(records_alive(r, 0, &who));
	assert_int_equal(who.sess, SESS);
	assert_false(records_alive(r, 1, &who));
	passed(REQUEST_INTERIM, .event = 150, .in = 7);
	barks(records_end(r), "not over");
	leave(9);
	assert_false(records_is_alive(r, ID));
	barks(records_end(r), "no Stop");
	assert_null(sent(REQUEST_STOP, (struct words){ .in = 9 }));
	barks(records_end(r), "no Stop");
	assert_null(taken(REQUEST_STOP, (struct words){ .in = 9 }));
	barks(records_end(r), "Off did not arrive");
	passed(REQUEST_OFF, 0);
	assert_null(records_end(r));
}

static void
nobody_else_has_a_start(void **state)
{
	struct ipaddr addr = ipaddr_v4(0x0a400001);

	(void)state;
	barks(sent(REQUEST_START, (struct words){ 0 }), "no server accepted");
	accept_it();
	barks(sent(REQUEST_START, (struct words){ 0 }), "before Accounting-On");
	passed(REQUEST_ON, 0);
	barks(sent(REQUEST_START, (struct words){ 0 }), "not let in");
	assert_null(records_in(r, REQUEST_START * 100, SESS, &addr));
	barks(sent(REQUEST_START, (struct words){ .port = 3 }), "not let in");
	barks(sent(REQUEST_START, (struct words){ .addr = 1 }), "not let in");
	barks(sent(REQUEST_START, (struct words){ .event = 9 }), "not let in");
	barks(sent(REQUEST_START, (struct words){ .id = "other" }),
	    "no server accepted");
	passed(REQUEST_START, 0);
	barks(records_end(r), "not over");
}

static void
who_was_let_in_has_a_start(void **state)
{
	(void)state;
	let_in();
	leave(0);
	passed(REQUEST_OFF, 0);
	barks(records_end(r), "no Start");
}

static void
a_start_is_of_one_session(void **state)
{
	struct words other = { .id = "other", .authentic = 2 };

	(void)state;
	let_in();
	passed(REQUEST_START, 0);
	barks(sent(REQUEST_START, other), "not let in");
}

static void
each_is_taken_once(void **state)
{
	(void)state;
	let_in();
	assert_null(sent(REQUEST_START, (struct words){ 0 }));
	assert_null(sent(REQUEST_START, (struct words){ 0 }));
	assert_null(taken(REQUEST_START, (struct words){ 0 }));
	barks(sent(REQUEST_START, (struct words){ 0 }), "after it was taken");
	barks(taken(REQUEST_START, (struct words){ 0 }), "taken twice");
	barks(sent(REQUEST_START, (struct words){ .event = 101 }),
	    "second Start");
	barks(sent(REQUEST_ON, (struct words){ 0 }), "after it was taken");
	barks(taken(REQUEST_STOP, (struct words){ .id = "other" }),
	    "never sent");
}

static void
in_their_order(void **state)
{
	(void)state;
	let_in();
	barks(sent(REQUEST_STOP, (struct words){ 0 }), "before Start");
	assert_null(sent(REQUEST_START, (struct words){ 0 }));
	barks(sent(REQUEST_INTERIM, (struct words){ .event = 110 }),
	    "overtook");
	assert_null(taken(REQUEST_START, (struct words){ 0 }));
	assert_null(sent(REQUEST_INTERIM, (struct words){ .event = 110 }));
	/* A newer one takes its place, but no Stop does. */
	assert_null(sent(REQUEST_INTERIM, (struct words){ .event = 120 }));
	assert_null(taken(REQUEST_INTERIM, (struct words){ .event = 110 }));
	leave(0);
	barks(sent(REQUEST_STOP, (struct words){ 0 }), "overtook");
	assert_null(taken(REQUEST_INTERIM, (struct words){ .event = 120 }));
	barks(sent(REQUEST_OFF, (struct words){ 0 }), "overtook a Stop");
	passed(REQUEST_STOP, 0);
	barks(sent(REQUEST_INTERIM, (struct words){ .event = 250 }),
	    "after Stop");
	barks(sent(REQUEST_ON, (struct words){ .event = 999 }),
	    "out of order");
	records_restart(r);
	assert_null(sent(REQUEST_ON, (struct words){ .event = 999 }));
	barks(sent(REQUEST_OFF, (struct words){ 0 }), "out of order");
}

static void
octets_are_the_data_planes(void **state)
{
	(void)state;
	let_in();
	passed(REQUEST_START, 0);
	passed(REQUEST_INTERIM, .event = 110, .in = 50);
	barks(sent(REQUEST_INTERIM, (struct words){ .event = 120, .in = 49 }),
	    "sank");
	barks(sent(REQUEST_STOP, (struct words){ .in = 60 }), "still in");
	leave(60);
	barks(sent(REQUEST_STOP, (struct words){ .in = 61 }), "other octets");
	barks(sent(REQUEST_STOP, (struct words){ .in = 60, .event = 201 }),
	    "another time");
	passed(REQUEST_STOP, .in = 60);
}

static void
what_was_granted_comes_back(void **state)
{
	(void)state;
	let_in();
	barks(sent(REQUEST_START, (struct words){ .name = "bob" }),
	    "another name");
	records_free(r);
	r = records_new();
	assert_non_null(r);
	let_in();
	barks(sent(REQUEST_START, (struct words){ .class = "d" }), "Class");
	records_free(r);
	r = records_new();
	assert_non_null(r);
	let_in();
	passed(REQUEST_START, 0);
	barks(sent(REQUEST_INTERIM, (struct words){ .event = 110, .port = 7 }),
	    "NAS-Port");
	barks(sent(REQUEST_INTERIM, (struct words){ .event = 110, .addr = 7 }),
	    "I3");
}

static void
disconnects_are_told(void **state)
{
	(void)state;
	let_in();
	passed(REQUEST_START, 0);
	leave(0);
	barks(sent(REQUEST_STOP, (struct words){
		.cause = CAUSE_ADMIN_RESET }), "nobody named");
	records_disconnected(r, ID);
	barks(sent(REQUEST_STOP, (struct words){
		.cause = CAUSE_USER_REQUEST }), "does not tell");
	passed(REQUEST_STOP, .cause = CAUSE_ADMIN_RESET);
}

static void
one_login_is_one_question(void **state)
{
	struct records_ask a = { .server = 0, .socket = 1 };
	struct records_ask other = { .server = 0, .socket = 2 };
	struct records_ask b = { .server = 1, .socket = 3 };
	struct radius_packet nameless;
	struct records_sum sum;

	(void)state;
	assert_null(asked("one", 1, a));
	assert_null(asked("one", 1, a));
	barks(asked("one", 2, a), "two questions");
	barks(asked("one", 1, other), "two questions");
	barks(asked("one", 1, b), "second server");
	b.failed = 2;
	barks(asked("one", 1, b), "second server");
	b.failed = 1;
	assert_null(asked("one", 1, b));
	/* Back again only if that one has failed as well. */
	barks(asked("one", 3, a), "second server");
	assert_null(asked("two", 2, a));
	nameless = question(NULL, "ch", 1);
	barks(records_asked(r, &a, &nameless), "without an Acct-Session-Id");
	records_sum(r, &sum);
	assert_int_equal(sum.questions, 3);
}

/* Two of PAP are alike; another server is another server. */
static void
pap_is_told_apart_by_its_server(void **state)
{
	struct records_ask a = { .server = 0, .socket = 1 };
	struct records_ask b = { .server = 1, .socket = 2 };

	(void)state;
	assert_null(asked(NULL, 1, a));
	assert_null(asked(NULL, 2, a));
	barks(asked(NULL, 3, b), "second server");
	b.any_order = true;
	assert_null(asked(NULL, 3, b));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(one_of_each),
		T(nobody_else_has_a_start),
		T(who_was_let_in_has_a_start),
		T(a_start_is_of_one_session),
		T(each_is_taken_once),
		T(in_their_order),
		T(octets_are_the_data_planes),
		T(what_was_granted_comes_back),
		T(disconnects_are_told),
		T(one_login_is_one_question),
		T(pap_is_told_apart_by_its_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
