/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads of frames: all forms are read, one is written. */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "ppp/frame.h"

static void
n72_heads(void **state)
{
	static const struct {
		uint8_t b[6];
		size_t n, head;
		uint16_t protocol;
	} t[] = {
		{ { 0xff, 0x03, 0xc0, 0x21, 1 }, 5, 4, FRAME_LCP },
		{ { 0xc0, 0x21, 1 }, 3, 2, FRAME_LCP },
		{ { 0xff, 0x03, 0x00, 0x21 }, 4, 4, FRAME_IP },
		{ { 0xff, 0x03, 0x21 }, 3, 3, FRAME_IP },
		{ { 0x00, 0x21, 0x45 }, 3, 2, FRAME_IP },
		{ { 0x21, 0x45 }, 2, 1, FRAME_IP },
		{ { 0x57 }, 1, 1, FRAME_IPV6 },
		{ { 0x80, 0xfd }, 2, 2, FRAME_CCP },
		/* Not the all-stations address and UI: a protocol. */
		{ { 0xff, 0x04 }, 2, 1, 0xff },
		/* Second byte even: nobody's number. */
		{ { 0x80, 0x20 }, 2, 2, 0x8020 },
		/* Too short. */
		{ { 0 }, 0, 0, 0 },
		{ { 0xc0 }, 1, 0, 0 },
		{ { 0xff, 0x03 }, 2, 0, 0 },
		{ { 0xff, 0x03, 0xc0 }, 3, 0, 0 },
	};
	uint16_t protocol;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		protocol = 0;
		assert_int_equal(frame_parse(t[i].b, t[i].n, &protocol),
		    t[i].head);
		assert_int_equal(protocol, t[i].protocol);
	}
}

static void
build(void **state)
{
	static const uint8_t want[FRAME_HEAD] = { 0xff, 0x03, 0x00, 0x57 };
	uint8_t b[FRAME_HEAD];
	uint16_t protocol = 0;

	(void)state;
	frame_build(b, FRAME_IPV6);
	assert_memory_equal(b, want, sizeof(b));
	assert_int_equal(frame_parse(b, sizeof(b), &protocol), FRAME_HEAD);
	assert_int_equal(protocol, FRAME_IPV6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n72_heads),
		cmocka_unit_test(build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
