/* SPDX-License-Identifier: BSD-2-Clause */
/* The call tables against the RFC's. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "l2tp/session.h"
#include "tests/l2tp/rfc2661.h"
#include "tests/l2tp/table.h"

static const struct table_word states[] = {
	{ "wait-tunnel", 1 << SESS_WAIT_TUNNEL },
	{ "wait-reply", 1 << SESS_WAIT_REPLY },
	{ "wait-connect", 1 << SESS_WAIT_CONNECT },
	{ "established", 1 << SESS_ESTABLISHED },
	{ "idle", 1 << SESS_IDLE },
	{ NULL, 0 }
};

#define BOTH(e)	(1 << SESS_EV_##e##_OK | 1 << SESS_EV_##e##_BAD)
static const struct table_word events[] = {
	{ "Bearer Ring or Ready to indicate incoming conn.",
	    1 << SESS_EV_RING },
	{ "Bearer line drop or local close request", 1 << SESS_EV_CLOSE },
	{ "Local close request or Bearer line drop", 1 << SESS_EV_CLOSE },
	{ "Local Close request", 1 << SESS_EV_CLOSE },
	{ "tunnel-open", 1 << SESS_EV_TUNNEL_OPEN },
	{ "ICRQ, not acceptable", 1 << SESS_EV_ICRQ_BAD },
	{ "ICRQ, acceptable", 1 << SESS_EV_ICRQ_OK },
	{ "ICRP, Not acceptable", 1 << SESS_EV_ICRP_BAD },
	{ "ICRP, acceptable", 1 << SESS_EV_ICRP_OK },
	{ "ICCN not acceptable", 1 << SESS_EV_ICCN_BAD },
	{ "ICCN acceptable", 1 << SESS_EV_ICCN_OK },
	{ "ICRQ", BOTH(ICRQ) },
	{ "ICRP", BOTH(ICRP) },
	{ "ICCN", BOTH(ICCN) },
	{ "CDN", 1 << SESS_EV_CDN },
	{ "Receive", 0 },
	{ NULL, 0 }
};

static const struct table_word actions[] = {
	{ "Initiate local tunnel open", SESS_DO_TUNNEL_OPEN },
	{ "Send ICRQ", SESS_DO_SEND_ICRQ },
	{ "Send ICRP", SESS_DO_SEND_ICRP },
	{ "Send ICCN", SESS_DO_SEND_ICCN },
	{ "Prepare for data", SESS_DO_PREPARE },
	{ "Send CDN", SESS_DO_SEND_CDN },
	{ "Clean up", SESS_DO_CLEAN },
	{ NULL, 0 }
};

static void
same(enum l2tp_role role, const char *p)
{
	unsigned n;
	const struct sess_row *row = sess_rows(role, &n);

	for (; n > 0; n--, row++) {
		assert_int_equal(row->states, table_field(&p, states));
		assert_int_equal(row->events, table_field(&p, events));
		assert_int_equal(row->actions, table_field(&p, actions));
		assert_int_equal(1 << row->next, table_field(&p, states));
	}
	assert_int_equal(*p, '\0');
}

static void
tables_are_the_rfcs(void **state)
{
	(void)state;
	same(L2TP_LAC, rfc_lac);
	same(L2TP_LNS, rfc_lns);
	assert_string_equal(sess_state_str(SESS_WAIT_TUNNEL), "wait-tunnel");
	assert_string_equal(sess_state_str(SESS_STATES), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_the_rfcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
