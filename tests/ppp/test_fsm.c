/* SPDX-License-Identifier: BSD-2-Clause */
/* The automaton against the table of RFC 1661 §4.1, transcribed as text. */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <stdio.h>
#include <string.h>

#include "ppp/fsm.h"

/* clang-format off */
static const char left[] =
" Up   |    2     irc,scr/6     -         -         -         -\n"
" Down |    -         -         0       tls/1       0         1\n"
" Open |  tls/1       1     irc,scr/6     3r        5r        5r\n"
" Close|    0       tlf/0       2         2         4         4\n"
"  TO+ |    -         -         -         -       str/4     str/5\n"
"  TO- |    -         -         -         -       tlf/2     tlf/3\n"
" RCR+ |    -         -       sta/2 irc,scr,sca/8   4         5\n"
" RCR- |    -         -       sta/2 irc,scr,scn/6   4         5\n"
" RCA  |    -         -       sta/2     sta/3       4         5\n"
" RCN  |    -         -       sta/2     sta/3       4         5\n"
" RTR  |    -         -       sta/2     sta/3     sta/4     sta/5\n"
" RTA  |    -         -         2         3       tlf/2     tlf/3\n"
" RUC  |    -         -       scj/2     scj/3     scj/4     scj/5\n"
" RXJ+ |    -         -         2         3         4         5\n"
" RXJ- |    -         -       tlf/2     tlf/3     tlf/2     tlf/3\n"
" RXR  |    -         -         2         3         4         5\n";

static const char right[] =
" Up   |    -         -         -           -\n"
" Down |    1         1         1         tld/1\n"
" Open |    6         7         8           9r\n"
" Close|irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4\n"
"  TO+ |  scr/6     scr/6     scr/8         -\n"
"  TO- | tlf/3p    tlf/3p    tlf/3p         -\n"
" RCR+ |  sca/8   sca,tlu/9   sca/8   tld,scr,sca/8\n"
" RCR- |  scn/6     scn/7     scn/6   tld,scr,scn/6\n"
" RCA  |  irc/7     scr/6x  irc,tlu/9   tld,scr/6x\n"
" RCN  |irc,scr/6   scr/6x  irc,scr/8   tld,scr/6x\n"
" RTR  |  sta/6     sta/6     sta/6   tld,zrc,sta/5\n"
" RTA  |    6         6         8       tld,scr/6\n"
" RUC  |  scj/6     scj/7     scj/8       scj/9\n"
" RXJ+ |    6         6         8           9\n"
" RXJ- |  tlf/3     tlf/3     tlf/3   tld,irc,str/5\n"
" RXR  |    6         7         8         ser/9\n";
/* clang-format on */

static void
cell_text(enum fsm_event e, enum fsm_state s, char *out, size_t n)
{
	struct fsm_cell c = fsm_cell(e, s);
	const char *name;
	size_t at = 0;
	unsigned i;

	if (c.acts & FSM_NONE) {
		assert_int_equal(c.next, s);
		snprintf(out, n, "-");
		return;
	}
	for (i = 0; i < 13; i++) {
		if (!(c.acts & 1u << i))
			continue;
		name = fsm_action_str((enum fsm_action)(1u << i));
		at += (size_t)snprintf(out + at, n - at, "%s%s",
		    at != 0 ? "," : "", name);
	}
	snprintf(out + at, n - at, "%s%u%s%s%s", at != 0 ? "/" : "", c.next,
	    c.acts & FSM_NOTE_R ? "r" : "", c.acts & FSM_NOTE_P ? "p" : "",
	    c.acts & FSM_NOTE_X ? "x" : "");
}

static void
compare(const char *table, unsigned first, unsigned states)
{
	char copy[2048], text[64], *line, *save, *cell, *inner;
	unsigned e = 0, s;

	snprintf(copy, sizeof(copy), "%s", table);
	for (line = strtok_r(copy, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save), e++) {
		cell = strtok_r(line, " |", &inner);
		assert_string_equal(cell, fsm_event_str(e));
		for (s = 0; s < states; s++) {
			cell = strtok_r(NULL, " |", &inner);
			assert_non_null(cell);
			cell_text(e, first + s, text, sizeof(text));
			if (strcmp(cell, text) != 0)
				fail_msg("%s in %s: RFC %s, ours %s",
				    fsm_event_str(e),
				    fsm_state_str(first + s), cell, text);
		}
	}
	assert_int_equal(e, FSM_EVENTS);
}

static void
table_as_in_rfc(void **state)
{
	(void)state;
	compare(left, FSM_INITIAL, 6);
	compare(right, FSM_REQ_SENT, 4);
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(fsm_state_str(FSM_INITIAL), "Initial");
	assert_string_equal(fsm_state_str(FSM_OPENED), "Opened");
	assert_string_equal(fsm_state_str(FSM_STATES), "?");
	assert_string_equal(fsm_event_str(FSM_EVENTS), "?");
	assert_null(fsm_action_str(FSM_NOTE_R));
	assert_null(fsm_action_str(FSM_NOTE_P));
	assert_null(fsm_action_str(FSM_NOTE_X));
	assert_null(fsm_action_str(FSM_NONE));
}

/* RFC 1661 §4.6: Max-Configure requests, Max-Terminate requests, then done. */
static void
counters_and_timer(void **state)
{
	struct ppp_params c = { .restart_ms = 3000, .max_configure = 10,
		.max_terminate = 2 };
	mono_t now = mono_us(5);
	struct fsm f;
	unsigned n = 0;

	(void)state;
	fsm_init(&f);
	assert_int_equal(fsm_run(&f, FSM_OPEN, &c, now), FSM_TLS);
	assert_int_equal(f.timer.us, MONO_NEVER.us);
	assert_int_equal(fsm_run(&f, FSM_UP, &c, now), FSM_IRC | FSM_SCR);
	for (n = 1; fsm_timeout(&f) == FSM_TO_PLUS; n++) {
		assert_int_equal(f.timer.us, mono_add_ms(now, 3000).us);
		now = f.timer;
		assert_int_equal(fsm_run(&f, FSM_TO_PLUS, &c, now), FSM_SCR);
	}
	assert_int_equal(n, 10);
	assert_true(fsm_run(&f, FSM_TO_MINUS, &c, now) & FSM_TLF);
	assert_int_equal(f.state, FSM_STOPPED);
	assert_int_equal(f.timer.us, MONO_NEVER.us);

	f.state = FSM_OPENED;
	assert_int_equal(fsm_run(&f, FSM_CLOSE, &c, now),
	    FSM_TLD | FSM_IRC | FSM_STR);
	for (n = 1; fsm_timeout(&f) == FSM_TO_PLUS; n++)
		fsm_run(&f, FSM_TO_PLUS, &c, now);
	assert_int_equal(n, 2);
	assert_int_equal(fsm_run(&f, FSM_TO_MINUS, &c, now), FSM_TLF);
	assert_int_equal(f.state, FSM_CLOSED);
}

/* RFC 1661 §4.4: after a Terminate-Request one period of quiet. */
static void
zero_restart_count_pauses(void **state)
{
	struct ppp_params c = { .restart_ms = 3000, .max_configure = 10 };
	mono_t now = mono_us(5);
	struct fsm f;

	(void)state;
	fsm_init(&f);
	f.state = FSM_OPENED;
	f.restart = 9;
	assert_int_equal(fsm_run(&f, FSM_RTR, &c, now),
	    FSM_TLD | FSM_ZRC | FSM_STA);
	assert_int_equal(f.timer.us, mono_add_ms(now, 3000).us);
	assert_int_equal(fsm_timeout(&f), FSM_TO_MINUS);
	assert_int_equal(fsm_run(&f, FSM_TO_MINUS, &c, f.timer), FSM_TLF);
	assert_int_equal(f.state, FSM_STOPPED);
}

/* "-" cells change nothing. */
static void
impossible_events(void **state)
{
	struct ppp_params c = { .restart_ms = 3000, .max_configure = 10 };
	struct fsm f, before;

	(void)state;
	fsm_init(&f);
	before = f;
	assert_int_equal(fsm_run(&f, FSM_RCR_PLUS, &c, mono_us(1)), 0);
	assert_memory_equal(&f, &before, sizeof(f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_as_in_rfc),
		cmocka_unit_test(names),
		cmocka_unit_test(counters_and_timer),
		cmocka_unit_test(zero_restart_count_pauses),
		cmocka_unit_test(impossible_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
