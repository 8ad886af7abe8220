/* SPDX-License-Identifier: BSD-2-Clause */
/* The control connection table against the RFC's. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "l2tp/tunnel.h"
#include "tests/l2tp/rfc2661.h"
#include "tests/l2tp/table.h"

static const struct table_word states[] = {
	{ "wait-ctl-reply", 1 << TUN_WAIT_REPLY },
	{ "wait-ctl-conn", 1 << TUN_WAIT_CONN },
	{ "established", 1 << TUN_ESTABLISHED },
	{ "idle", 1 << TUN_IDLE },
	{ NULL, 0 }
};

#define BOTH(e)	(1 << TUN_EV_##e##_OK | 1 << TUN_EV_##e##_BAD)
static const struct table_word events[] = {
	{ "SCCRQ, lose tie-breaker", 1 << TUN_EV_TIE_LOST },
	{ "SCCRQ, not acceptable", 1 << TUN_EV_SCCRQ_BAD },
	{ "SCCRQ, acceptable", 1 << TUN_EV_SCCRQ_OK },
	{ "SCCRP, not acceptable", 1 << TUN_EV_SCCRP_BAD },
	{ "SCCRP, acceptable", 1 << TUN_EV_SCCRP_OK },
	{ "SCCCN, not acceptable", 1 << TUN_EV_SCCCN_BAD },
	{ "SCCCN, acceptable", 1 << TUN_EV_SCCCN_OK },
	{ "SCCRQ", BOTH(SCCRQ) },
	{ "SCCRP", BOTH(SCCRP) },
	{ "SCCCN", BOTH(SCCCN) },
	{ "StopCCN", 1 << TUN_EV_STOPCCN },
	{ "Local Open request", 1 << TUN_EV_OPEN },
	{ "Admin Tunnel Close", 1 << TUN_EV_CLOSE },
	{ "(new call)", 0 },
	{ "Receive", 0 },
	{ NULL, 0 }
};

static const struct table_word actions[] = {
	{ "Send tunnel-open event to waiting sessions", TUN_DO_TELL_OPEN },
	{ "Send SCCRQ", TUN_DO_SEND_SCCRQ },
	{ "Send SCCRP", TUN_DO_SEND_SCCRP },
	{ "Send SCCCN", TUN_DO_SEND_SCCCN },
	{ "Send StopCCN", TUN_DO_SEND_STOPCCN },
	{ "Clean up", TUN_DO_CLEAN },
	{ "Re-queue SCCRQ for idle state", TUN_DO_REQUEUE },
	{ NULL, 0 }
};

static void
table_is_the_rfcs(void **state)
{
	const char *p = rfc_tunnel;
	unsigned n, rfc;
	const struct tun_row *row = tun_rows(&n, &rfc);

	(void)state;
	for (unsigned i = 0; i < rfc; i++, row++) {
		assert_int_equal(row->states, table_field(&p, states));
		assert_int_equal(row->events, table_field(&p, events));
		assert_int_equal(row->actions, table_field(&p, actions));
		assert_int_equal(1 << row->next, table_field(&p, states));
	}
	assert_int_equal(*p, '\0');
	assert_int_equal(n - rfc, 3);
}

/* No state has two rows for one event; the setter's names are the RFC's. */
static void
one_row_per_event(void **state)
{
	unsigned n, rfc;
	const struct tun_row *row = tun_rows(&n, &rfc);

	(void)state;
	for (unsigned s = 0; s < TUN_STATES; s++)
		for (unsigned e = 0; e < TUN_EVENTS; e++) {
			unsigned hits = 0;

			for (unsigned i = 0; i < n; i++)
				hits += (row[i].states >> s & 1) &&
				    (row[i].events >> e & 1);
			assert_true(hits <= 1);
		}
	assert_string_equal(tun_state_str(TUN_WAIT_CONN), "wait-ctl-conn");
	assert_string_equal(tun_state_str(TUN_STATES), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_the_rfcs),
		cmocka_unit_test(one_row_per_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
