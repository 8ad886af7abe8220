/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One whole life of a phone as text, compared with tests/golden/login.ok.
 * GOLDEN_UPDATE=1 in the environment writes the file anew: read the difference
 * before it is committed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/sim.h"

#define LINES_MAX	65536

static void
golden_path(char *path, size_t n)
{
	const char *top = getenv("top_srcdir");

	(void)snprintf(path, n, "%s/tests/golden/login.ok",
	    top != NULL ? top : ".");
}

/*
 *	phone 10.0.0.x -- NAT 20.0.0.1 -- 192.0.2.1 concentrator -- host behind
 *
 * Dials, sends ten packets, rekeys both phases, hangs up.
 */
static void
whole_life(FILE *transcript)
{
	struct sim_stage stage;
	struct sim *s;
	uint32_t i;

	sim_stage_default(&stage, 1);
	stage.phones = 1;
	stage.quality = (struct wire_quality){ .delay_us = 10000 };
	stage.transcript = transcript;
	s = sim_new(&stage);
	assert_non_null(s);
	i = sim_phone_add(s, SIM_HOME);
	sim_phone(s, i)->kit.ppp.methods = PPP_MSCHAPV2;
	sim_do(s, SIM_DIAL, i, 0);
	assert_true(sim_run_until_up(s, 20 * (uint64_t)SIM_SECOND, 1));
	sim_plan(s, SIM_SECOND, SIM_TALK, i, 100000);
	sim_plan(s, 2 * SIM_SECOND - 1, SIM_TALK, i, 0);
	sim_plan(s, 3 * SIM_SECOND, SIM_REKEY2, i, 0);
	sim_plan(s, 8 * SIM_SECOND, SIM_REKEY1, i, 0);
	sim_plan(s, 12 * SIM_SECOND, SIM_CLOSE, i, 0);
	assert_true(sim_run(s, 60 * (uint64_t)SIM_SECOND));
	assert_in_range(sim_phone(s, i)->packets, 8, 10);
	assert_int_equal(sim_phone(s, i)->echoed,
	    sim_phone(s, i)->packets);
	assert_true(lns_quiet(sim_lns(s)));
	sim_free(s);
}

/* Numbers that are drawn at random say nothing: the words go. */
static void
coarse(char *line)
{
	static const char *const words[] = { " tid=", " sid=", " id=" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char *at = strstr(line, words[i]);
		size_t n = at == NULL ? 0 : 1 + strcspn(at + 1, " \n");

		if (at != NULL)
			memmove(at, at + n, strlen(at + n) + 1);
	}
}

static char *
next_line(FILE *f, char *line, size_t n)
{
	if (fgets(line, (int)n, f) == NULL)
		return NULL;
	coarse(line);
	return line;
}

static void
write_golden(FILE *transcript, const char *path)
{
	FILE *ok = fopen(path, "we");
	char line[256];

	assert_non_null(ok);
	while (next_line(transcript, line, sizeof(line)) != NULL)
		(void)fputs(line, ok);
	(void)fclose(ok);
	rewind(transcript);
}

static void
login_reads_as_before(void **state)
{
	char path[4096], want[256], got[256];
	FILE *transcript = tmpfile(), *ok;
	unsigned line = 0;

	(void)state;
	assert_non_null(transcript);
	golden_path(path, sizeof(path));
	whole_life(transcript);
	rewind(transcript);
	if (getenv("GOLDEN_UPDATE") != NULL)
		write_golden(transcript, path);
	ok = fopen(path, "re");
	assert_non_null(ok);
	for (;;) {
		char *w = next_line(ok, want, sizeof(want));
		char *g = next_line(transcript, got, sizeof(got));

		line++;
		if (w == NULL && g == NULL)
			break;
		if (w == NULL || g == NULL || strcmp(want, got) != 0)
			fail_msg("line %u:\n  want %s  got  %s", line,
			    w != NULL ? want : "nothing\n",
			    g != NULL ? got : "nothing\n");
	}
	assert_in_range(line, 30, LINES_MAX);
	(void)fclose(ok);
	(void)fclose(transcript);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_reads_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
