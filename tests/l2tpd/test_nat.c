/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules as text, and in the kernel of a namespace. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l2tpd/nat.h"
#include "tests/l2tpd/space.h"

#define FORWARD	"/proc/sys/net/ipv4/ip_forward"
#define FORWARD6 "/proc/sys/net/ipv6/conf/all/forwarding"

struct world {
	bool there;
	char dir[32], file[64];
	struct nat nat;
};

static struct nat
example(void)
{
	return (struct nat){
		.interface = "l2tp9", .ranges = 2,
		.range = { { 0x0a4d000a, 0x0a4d00fa }, { 0x0a4e0007, 0x0a4e0007 } },
	};
}

static void
test_rules_text(void **state)
{
	struct nat nat = example();
	char text[4096];

	(void)state;
	assert_true(nat_rules(&nat, text, sizeof(text)));
	assert_non_null(strstr(text, "10.77.0.10-10.77.0.250, 10.78.0.7 }"));
	/* an older table goes first, in the same transaction */
	assert_ptr_equal(strstr(text, "add table inet l2tpd\ndelete table"), text);
	/* N-38: no translated port at or below 4500 */
	assert_non_null(strstr(text, "masquerade to :4501-65535"));
	/* N-39: from outside for an inner address */
	assert_non_null(strstr(text,
	    "iifname != { \"l2tp9\", \"lo\" } ip daddr @inner counter drop"));
	assert_non_null(strstr(text,
	    "iifname \"l2tp9\" oifname \"l2tp9\" counter drop"));
	/* IPv6 is not translated: without networks for it, nothing of it */
	assert_null(strstr(text, "ipv6"));
	nat.nets = 1;
	assert_true(nat_rules(&nat, text, sizeof(text)));
	assert_non_null(strstr(text, "iifname != \"l2tp9\" oifname \"l2tp9\" "
	    "meta nfproto ipv6 ct state != { established, related } "
	    "counter drop"));
	nat.nets = 0;
	nat.client_to_client = true;
	assert_true(nat_rules(&nat, text, sizeof(text)));
	assert_null(strstr(text, "oifname \"l2tp9\" counter drop"));
	assert_false(nat_rules(&nat, text, 256));
}

/* A killed run leaves both switches; the next one knows what they were. */
static void
test_six(void **state)
{
	struct world *w = *state;
	char err[256] = "", warn[256] = "";
	struct nat nat = example();

	if (!w->there)
		skip();
	nat.nets = 1;
	for (int run = 0; run < 2; run++) {
		assert_true(nat_on(&nat, w->file, err, sizeof(err), warn,
		    sizeof(warn)));
		assert_int_equal(space_flag(FORWARD), '1');
		assert_int_equal(space_flag(FORWARD6), '1');
	}
	nat_off(w->file);
	assert_int_equal(space_flag(FORWARD), '0');
	assert_int_equal(space_flag(FORWARD6), '0');
	assert_false(nat_left(w->file));
	/* Without networks it stays as it is. */
	assert_true(nat_on(&w->nat, w->file, err, sizeof(err), warn,
	    sizeof(warn)));
	assert_int_equal(space_flag(FORWARD6), '0');
	nat_off(w->file);
}

static void
test_on_and_off(void **state)
{
	struct world *w = *state;
	char err[256] = "", warn[256] = "", out[8192];

	if (!w->there)
		skip();
	assert_int_equal(space_flag(FORWARD), '0');
	assert_true(nat_on(&w->nat, w->file, err, sizeof(err), warn,
	    sizeof(warn)));
	assert_string_equal(warn, "");
	assert_int_equal(space_flag(FORWARD), '1');
	assert_true(nat_left(w->file));
	assert_true(space_output("nft list table inet l2tpd", out, sizeof(out)));
	assert_non_null(strstr(out, "10.77.0.10-10.77.0.250"));
	nat_off(w->file);
	assert_int_equal(space_flag(FORWARD), '0');
	assert_false(nat_left(w->file));
	assert_true(space_output("nft list ruleset", out, sizeof(out)));
	assert_string_equal(out, "");
}

static void
test_forwarding_was_on(void **state)
{
	struct world *w = *state;
	char err[256], warn[256], out[64];

	if (!w->there)
		skip();
	assert_true(space_output("echo 1 >" FORWARD, out, sizeof(out)));
	assert_true(nat_on(&w->nat, w->file, err, sizeof(err), warn,
	    sizeof(warn)));
	nat_off(w->file);
	assert_int_equal(space_flag(FORWARD), '1');
	assert_true(space_output("echo 0 >" FORWARD, out, sizeof(out)));
}

/* A run that is killed, then another: the first value is the true one. */
static void
test_after_a_kill(void **state)
{
	struct world *w = *state;
	char err[256], warn[256], out[8192];

	if (!w->there)
		skip();
	assert_true(nat_on(&w->nat, w->file, err, sizeof(err), warn,
	    sizeof(warn)));
	assert_true(space_output("nft add chain inet l2tpd rest", out,
	    sizeof(out)));
	assert_true(nat_on(&w->nat, w->file, err, sizeof(err), warn,
	    sizeof(warn)));
	assert_true(space_output("nft list table inet l2tpd", out, sizeof(out)));
	assert_null(strstr(out, "rest"));
	nat_off(w->file);
	assert_int_equal(space_flag(FORWARD), '0');
}

static void
test_other_tables_policy(void **state)
{
	struct world *w = *state;
	char err[256], warn[256], out[8192];

	if (!w->there)
		skip();
	assert_true(space_output("nft 'add table ip docker; add chain ip docker "
	    "way { type filter hook forward priority 0; policy drop; }'", out,
	    sizeof(out)));
	assert_true(nat_on(&w->nat, w->file, err, sizeof(err), warn,
	    sizeof(warn)));
	assert_non_null(strstr(warn, "docker/way"));
	nat_off(w->file);
	assert_true(space_output("nft list tables", out, sizeof(out)));
	assert_string_equal(out, "table ip docker\n");
	assert_true(space_output("nft delete table ip docker", out,
	    sizeof(out)));
}

static void
test_no_place_for_the_state(void **state)
{
	struct world *w = *state;
	char err[256] = "", warn[256], out[64];

	if (!w->there)
		skip();
	assert_false(nat_on(&w->nat, "/not/here/at-all", err, sizeof(err), warn,
	    sizeof(warn)));
	assert_non_null(strstr(err, "/not/here/at-all: No such file"));
	assert_int_equal(space_flag(FORWARD), '0');
	assert_true(space_output("nft list ruleset", out, sizeof(out)));
	assert_string_equal(out, "");
}

/* As many ranges as fit, none of them a neighbour of another. */
static void
test_most_ranges(void **state)
{
	struct world *w = *state;
	char err[256] = "", warn[256];

	if (!w->there)
		skip();
	w->nat.ranges = NAT_RANGES;
	for (uint32_t i = 0; i < NAT_RANGES; i++)
		w->nat.range[i] = (struct nat_range){
			0xc0000000 + 16 * i, 0xc0000000 + 16 * i + 10 };
	assert_true(nat_on(&w->nat, w->file, err, sizeof(err), warn,
	    sizeof(warn)));
	nat_off(w->file);
	w->nat = example();
}

static int
world_make(void **state)
{
	static struct world w = { .dir = "/tmp/l2tpd-nat-XXXXXX" };
	char out[64];

	w.nat = example();
	*state = &w;
	if (mkdtemp(w.dir) == NULL)
		return -1;
	(void)snprintf(w.file, sizeof(w.file), "%s/ip_forward", w.dir);
	w.there = space_enter() && space_output("echo 0 >" FORWARD
	    " && nft list ruleset", out, sizeof(out));
	return 0;
}

static int
world_end(void **state)
{
	struct world *w = *state;

	return rmdir(w->dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_text),
		cmocka_unit_test(test_on_and_off),
		cmocka_unit_test(test_six),
		cmocka_unit_test(test_forwarding_was_on),
		cmocka_unit_test(test_after_a_kill),
		cmocka_unit_test(test_other_tables_policy),
		cmocka_unit_test(test_no_place_for_the_state),
		cmocka_unit_test(test_most_ranges),
	};

	return cmocka_run_group_tests(tests, world_make, world_end);
}
