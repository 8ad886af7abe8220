/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorder writes down what it is asked. */

#include "dp/record.h"
#include "tests/dp/rig.h"

static void
lines(void **state)
{
	struct dp *dp = record_new(1);
	struct rig_phone a, b;
	struct dp_count count;
	struct rd sent;
	uint8_t big[100] = { 0 };

	(void)state;
	rig_phone_init(&a, 1);
	rig_phone_init(&b, 2);
	assert_true(dp_recorder.sa_add(dp, &a.sa));
	assert_false(dp_recorder.sa_add(dp, &a.sa));
	assert_false(dp_recorder.sa_add(dp, &b.sa));
	assert_int_equal(record_sas(dp), 1);
	record_clear(dp);
	dp_recorder.sa_use(dp, 1001);
	dp_recorder.sa_reserve(dp, 1001, 77);
	dp_recorder.sa_move(dp, 1001, &b.sa.local, &b.sa.remote);
	assert_true(dp_recorder.sa_join(dp, 1001, 7));
	assert_false(dp_recorder.sa_join(dp, 1002, 7));
	assert_int_equal(dp_recorder.sa_heard(dp, 1001).us, 0);
	assert_true(dp_recorder.sess_add(dp, &a.sess));
	assert_true(dp_recorder.sess_open(dp, 5001, &a.net));
	assert_false(dp_recorder.sess_open(dp, 5002, &a.net));
	assert_true(dp_recorder.sess_count(dp, 5001, &count));
	dp_recorder.send_l2tp(dp, 1, rd_make("\xc8\x02", 2));
	dp_recorder.send_ppp(dp, 5001, rd_make("\xc0\x21", 2));
	sent = record_sent(dp);
	assert_true(rd_eq(sent, "\xc0\x21", 2));
	dp_recorder.sess_shut(dp, 5001);
	dp_recorder.sess_del(dp, 5001);
	dp_recorder.sess_del(dp, 5001);
	dp_recorder.sa_del(dp, 1001);
	dp_recorder.sa_del(dp, 1001);
	assert_int_equal(record_sas(dp), 0);
	assert_int_equal(record_sessions(dp), 0);
	assert_string_equal(record_text(dp),
	    "sa-use sa=1001\n"
	    "sa-reserve sa=1001 limit=77\n"
	    "sa-move sa=1001 198.51.100.1:4500 203.0.113.1:40002\n"
	    "sa-join sa=1001 path=7\n"
	    "sa-join sa=1002 path=7 unknown\n"
	    "sess-add sess=5001 path=1 ours=11/22 peer=1/1\n"
	    "sess-open sess=5001 10.9.0.1 mtu=1400\n"
	    "sess-open sess=5002 10.9.0.1 mtu=1400 unknown\n"
	    "send-l2tp path=1 c802\n"
	    "send-ppp sess=5001 c021\n"
	    "sess-shut sess=5001\n"
	    "sess-del sess=5001\n"
	    "sess-del sess=5001 unknown\n"
	    "sa-del sa=1001\n"
	    "sa-del sa=1001 unknown\n");
	/* It never ends: old lines go. */
	for (unsigned i = 0; i < 20000; i++)
		dp_recorder.send_l2tp(dp, 1, rd_make(big, sizeof(big)));
	assert_int_equal(rd_left(&(struct rd){ 0 }), 0);
	assert_non_null(strstr(record_text(dp), "0000...\n"));
	record_free(dp);
	record_free(NULL);
	rig_phone_wipe(&a);
	rig_phone_wipe(&b);
}

/* What the workers refuse is refused (test_routes compares at random). */
static void
policies(void **state)
{
	struct dp *dp = record_new(2);
	struct dp_policy po = { .acl = 3, .rx_bps = 1000000,
		.tx_bps = 8000000, .tx_burst = 65536 };
	struct acl_rule rule[2];
	struct rig_phone a;
	char why[100];

	(void)state;
	rig_phone_init(&a, 1);
	assert_true(dp_recorder.sess_add(dp, &a.sess));
	record_clear(dp);
	assert_false(dp_recorder.sess_policy(dp, 5001, &po));
	assert_true(acl_rule_parse("deny both any from any to any", &rule[0],
	    why, sizeof(why)));
	rule[1] = rule[0];
	assert_true(dp_recorder.acl_set(dp, 3, rule, 2));
	assert_true(dp_recorder.sess_policy(dp, 5001, &po));
	assert_true(dp_recorder.sess_policy(dp, 5001, NULL));
	assert_false(dp_recorder.sess_policy(dp, 5003, NULL));
	rule[1].dir = 0;
	assert_false(dp_recorder.acl_set(dp, 3, rule, 2));
	assert_false(dp_recorder.acl_set(dp, 65, rule, 1));
	assert_true(dp_recorder.acl_set(dp, 3, NULL, 0));
	assert_false(dp_recorder.sess_policy(dp, 5001, &po));
	po = (struct dp_policy){ .rx_bps = 1 };
	assert_false(dp_recorder.sess_policy(dp, 5001, &po));
	assert_string_equal(record_text(dp),
	    "sess-policy sess=5001 acl=3 rx=1000000/0 tx=8000000/65536"
	    " refused\n"
	    "acl-set acl=3 rules=2\n"
	    "sess-policy sess=5001 acl=3 rx=1000000/0 tx=8000000/65536\n"
	    "sess-policy sess=5001 none\n"
	    "sess-policy sess=5003 none unknown\n"
	    "acl-set acl=3 rules=2 refused\n"
	    "acl-set acl=65 rules=1 refused\n"
	    "acl-set acl=3 gone\n"
	    "sess-policy sess=5001 acl=3 rx=1000000/0 tx=8000000/65536"
	    " refused\n"
	    "sess-policy sess=5001 acl=0 rx=1/0 tx=0/0 refused\n");
	record_free(dp);
	rig_phone_wipe(&a);
}

static void
routes(void **state)
{
	struct dp *dp = record_new(2);
	struct rig_phone a, b;

	(void)state;
	rig_phone_init(&a, 1);
	rig_phone_init(&b, 2);
	assert_true(dp_recorder.sess_add(dp, &a.sess));
	assert_true(dp_recorder.sess_add(dp, &b.sess));
	record_clear(dp);
	assert_true(ipnet_parse("10.8.0.0/24", &a.net.route[0]));
	assert_true(ipnet_parse("2001:db8::/64", &a.net.route[1]));
	a.net.route_n = 2;
	assert_true(dp_recorder.sess_open(dp, 5001, &a.net));
	assert_false(dp_recorder.sess_open(dp, 5002, &a.net));
	assert_false(dp_recorder.sess_route_ok(dp, 5002, &a.net.route[0]));
	assert_true(dp_recorder.sess_route_ok(dp, 5001, &a.net.route[0]));
	dp_recorder.sess_del(dp, 5001);
	assert_true(dp_recorder.sess_open(dp, 5002, &a.net));
	assert_string_equal(record_text(dp),
	    "sess-open sess=5001 10.9.0.1 mtu=1400 route=10.8.0.0/24"
	    " route=2001:db8::/64\n"
	    "sess-open sess=5002 10.9.0.1 mtu=1400 route=10.8.0.0/24"
	    " route=2001:db8::/64 refused\n"
	    "sess-del sess=5001\n"
	    "sess-open sess=5002 10.9.0.1 mtu=1400 route=10.8.0.0/24"
	    " route=2001:db8::/64\n");
	record_free(dp);
	rig_phone_wipe(&a);
	rig_phone_wipe(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(policies),
		cmocka_unit_test(routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
