/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Negative tests of threats.md that need a whole concentrator: what phones
 * call themselves, and floods inside one SA (D-06) beside those of SCCRQ.
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
#include "base/log.h"
#include "tests/sim/sim.h"

#define PHONES		6
#define HOSTILE		"%n%s%p$(id)`x`\n\033[31m\"\\"
#define LINES_MAX	400

static struct sim *
stage(uint64_t seed, enum sim_place place)
{
	struct sim_stage st;
	struct sim *s;

	assert_true(crypto_init());
	sim_stage_default(&st, seed);
	st.phones = PHONES;
	s = sim_new(&st);
	assert_non_null(s);
	for (uint32_t i = 0; i < PHONES; i++) {
		(void)sim_phone_add(s, place);
		sim_phone(s, i)->kit.dial.p1_n = 1;
	}
	return s;
}

static void
finish(struct sim *s)
{
	if (sim_broken(s))
		sim_report(s, stderr);
	assert_false(sim_broken(s));
	sim_free(s);
}

static void
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > 0x7e)
			fail_msg("byte %02x in a text", (unsigned char)*s);
}

/* ---- N-24 ---- */

struct lines {
	unsigned n, logins, failed;
};

static void
take_line(void *ctx, enum log_level level, const char *line)
{
	struct lines *l = ctx;

	(void)level;
	l->n++;
	l->logins += strncmp(line, "login attempt=", 14) == 0;
	l->failed += strncmp(line, "login failed ", 13) == 0;
	printable(line);
	/* escaped: what could end a quoted value is not there as it came */
	assert_null(strstr(line, "`x`\n"));
	assert_null(strstr(line, "\033"));
	assert_null(strstr(line, "\"\\\""));
}

static void
hostile(struct sim *s, uint32_t i, bool user)
{
	struct peer_kit *k = &sim_phone(s, i)->kit;

	k->dial.id = (struct ike_id){ .type = IKE_ID_FQDN,
		.len = sizeof(HOSTILE) - 1, .b = HOSTILE };
	(void)snprintf(k->l2tp.host_name, sizeof(k->l2tp.host_name), "%s",
	    HOSTILE);
	(void)snprintf(k->l2tp.vendor_name, sizeof(k->l2tp.vendor_name), "%s",
	    HOSTILE);
	if (!user)
		return;
	sim_phone(s, i)->refused = true;
	(void)snprintf(k->ppp.user, sizeof(k->ppp.user), "%s", HOSTILE);
}

/* Names of every layer: one line per event, escaped; records as well. */
static void
n24_whatever_they_are_called(void **state)
{
	struct sim *s = stage(24, SIM_HOME);
	struct lines lines = { 0 };
	struct show_session ss;
	struct attempt a;
	uint32_t cursor = 0;
	unsigned named = 0;

	(void)state;
	log_sink_set(take_line, &lines, LOG_DEBUG_);
	for (uint32_t i = 0; i < 4; i++) {
		hostile(s, i, i % 2 == 1);
		sim_do(s, SIM_DIAL, i, 0);
	}
	(void)sim_run(s, 60 * (uint64_t)SIM_SECOND);
	assert_true(sim_phone(s, 0)->up && sim_phone(s, 2)->up);
	assert_false(sim_phone(s, 1)->up || sim_phone(s, 3)->up);
	while (show_session(sim_lns(s), sim_now(s), &cursor, &ss)) {
		printable(ss.user);
		printable(ss.host_name);
		printable(ss.vendor_name);
		assert_non_null(strstr(ss.host_name, "%n%s%p$(id)`x`\\x0a"));
	}
	cursor = 0;
	while (show_attempt(sim_lns(s), &cursor, &a)) {
		printable(a.user);
		printable(a.reason);
		named += strstr(a.user, "%n%s%p$(id)`x`\\x0a\\x1b") != NULL;
	}
	log_sink_set(NULL, NULL, LOG_DEBUG_);
	assert_int_equal(named, 2);
	assert_int_equal(lines.logins, 2);
	assert_true(lines.failed >= 2);
	assert_true(lines.n < LINES_MAX);
	finish(s);
}

/* ---- D-06, N-47: floods inside one's own SA ---- */

static size_t
control(uint8_t *buf, size_t size, uint8_t type, uint16_t tunnel, uint16_t ns)
{
	struct wr w = wr_make(buf, size);
	bool icrq = type == 10;

	wr_u16(&w, 0xc802);
	wr_u16(&w, icrq ? 38 : 20);
	wr_u16(&w, tunnel);
	wr_u16(&w, 0);
	wr_u16(&w, ns);
	wr_u16(&w, 0);
	wr_bytes(&w, (const uint8_t[]){ 0x80, 8, 0, 0, 0, 0, 0, type }, 8);
	if (icrq) {
		wr_bytes(&w, "\x80\x08\0\0\0\x0e", 6);
		wr_u16(&w, (uint16_t)(ns + 1));
		wr_bytes(&w, "\x80\x0a\0\0\0\x0f\0\0\0\1", 10);
	}
	return wr_used(&w);
}

/* What the phone's tunnel is called here. */
static uint16_t
tunnel_of(struct sim *s, uint32_t phone)
{
	struct show_session ss;
	uint32_t cursor = 0;
	char name[16];

	(void)snprintf(name, sizeof(name), "phone%u", phone);
	while (show_session(sim_lns(s), sim_now(s), &cursor, &ss))
		if (strcmp(ss.user, name) == 0)
			return ss.tunnel_id;
	fail_msg("%s has no session", name);
	return 0;
}

/*
 * A phone that is in sends 10,000 of these a second: its own calls and tunnel
 * may go, nobody else's; no more bytes come out than went in.
 */
static void
inside_flood(uint8_t type, uint64_t seed)
{
	struct sim *s = stage(seed, SIM_OPEN);
	struct sim_stats before, after;
	struct show_status status;
	uint8_t buf[64];
	uint16_t tunnel;

	for (uint32_t i = 0; i < PHONES; i++)
		sim_do(s, SIM_DIAL, i, 0);
	assert_true(sim_run_until_up(s, 40 * (uint64_t)SIM_SECOND, PHONES));
	for (uint32_t i = 1; i < PHONES; i++)
		sim_do(s, SIM_TALK, i, 50000);
	(void)sim_run(s, SIM_SECOND);
	tunnel = tunnel_of(s, 0);
	sim_phone(s, 0)->refused = false;
	sim_stats(s, &before);
	for (uint32_t i = 0; i < 10000 && !sim_broken(s); i++) {
		size_t n = control(buf, sizeof(buf), type, tunnel,
		    (uint16_t)(i % 64));

		sim_phone_l2tp(s, 0, rd_make(buf, n));
		if (i % 10 == 9)
			(void)sim_run(s, 1000);
	}
	sim_stats(s, &after);
	assert_true(after.server_out_bytes - before.server_out_bytes <=
	    after.server_in_bytes - before.server_in_bytes);
	show_status(sim_lns(s), &status);
	assert_true(status.tunnels <= PHONES + 1);
	assert_true(status.sessions <= PHONES);
	(void)sim_run(s, 5 * (uint64_t)SIM_SECOND);
	for (uint32_t i = 1; i < PHONES; i++) {
		const struct sim_phone *p = sim_phone(s, i);

		assert_true(p->up);
		assert_int_equal(p->downs, 0);
		assert_true(p->echoed + 5 >= p->packets);
	}
	finish(s);
}

static void
d06_icrq(void **state)
{
	(void)state;
	inside_flood(10, 6);
}

static void
d06_hello(void **state)
{
	(void)state;
	inside_flood(6, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n24_whatever_they_are_called),
		cmocka_unit_test(d06_icrq),
		cmocka_unit_test(d06_hello),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
