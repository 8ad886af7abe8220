/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole dial-in, stateful: the input is a list of things that happen to a
 * concentrator and two phones on a simulated network.  Bytes under way change,
 * time moves, strangers send, a phone that knows the key misbehaves inside its
 * own SA, everybody is frozen and thawed.  The invariants of the simulator
 * must hold, and when all phones are gone nothing of them may be left.
 *
 *	op, then its bytes:
 *	0 time (1: half ms)		5 datagram (port, length, bytes)
 *	1 corrupt (nth, at, change)	6 control in the SA (length, bytes)
 *	2 a phone does (what)		7 PPP frame in the SA (length, bytes)
 *	3 time (1: seconds)
 *	4 quality (loss, dup)
 */

#include <stdlib.h>

#include "base/crypto.h"
#include "ppp/frame.h"
#include "tests/sim/sim.h"

#define PHONES		2
#define STEPS_MAX	64
#define SECONDS_MAX	600	/* a run never takes longer */
#define GONE_S		900	/* then nothing is left of vanished phones */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	struct sim *s;
	struct rd r;
	uint64_t seconds;
};

static void
some_time(struct run *u, uint64_t us)
{
	u->seconds += us / SIM_SECOND;
	if (u->seconds < SECONDS_MAX)
		(void)sim_run(u->s, us);
}

static void
corrupt(struct run *u)
{
	uint8_t nth = rd_u8(&u->r), change;
	uint16_t at = rd_u16(&u->r);

	change = rd_u8(&u->r);
	wire_corrupt(sim_wire(u->s), nth, at, change);
}

static void
phone_does(struct run *u)
{
	uint8_t what = rd_u8(&u->r);

	sim_do(u->s, (enum sim_do)(what / PHONES % (SIM_FREEZE_PHONE + 1)),
	    what % PHONES, 50000);
}

static void
quality(struct run *u)
{
	struct wire_quality q = { .delay_us = 1000, .jitter_us = 500 };

	q.loss = rd_u8(&u->r);
	q.dup = rd_u8(&u->r);
	wire_quality_set(sim_wire(u->s), &q);
}

static struct rd
some_bytes(struct run *u)
{
	size_t n = rd_u8(&u->r), left = rd_left(&u->r);

	return rd_sub(&u->r, n < left ? n : left);
}

static void
stranger(struct run *u)
{
	const struct endpoint from = { ipaddr_v4(0x14000001), 500 };
	uint16_t port = rd_u8(&u->r) & 1 ? IKE_NATT_PORT : IKE_PORT;

	sim_spoof(u->s, &from, port, some_bytes(u));
}

/* The T bit is set here: a data message could be a packet of the phone's. */
static void
control(struct run *u)
{
	uint8_t buf[256];
	struct rd r = some_bytes(u);
	size_t n = rd_left(&r);

	rd_copy(&r, buf, n);
	if (n > 0)
		buf[0] |= 0x80;
	sim_phone_l2tp(u->s, 0, rd_make(buf, n));
}

/* All but IP packets: those would be the phone's own, and rightly delivered. */
static void
frame(struct run *u)
{
	struct rd r = some_bytes(u);
	uint16_t protocol = 0;

	if (rd_left(&r) == 0 ||
	    frame_parse(r.p, rd_left(&r), &protocol) == 0 ||
	    protocol == FRAME_IP)
		return;
	sim_phone_frame(u->s, 0, r);
}

static void
step(struct run *u)
{
	switch (rd_u8(&u->r) & 7) {
	case 0:
		some_time(u, rd_u8(&u->r) * UINT64_C(500));
		break;
	case 1:
		corrupt(u);
		break;
	case 2:
		phone_does(u);
		break;
	case 3:
		some_time(u, rd_u8(&u->r) * (uint64_t)SIM_SECOND);
		break;
	case 4:
		quality(u);
		break;
	case 5:
		stranger(u);
		break;
	case 6:
		control(u);
		break;
	case 7:
		frame(u);
		break;
	}
}

static struct sim *
make_sim(void)
{
	struct sim_stage stage;
	struct sim *s;

	(void)crypto_init();
	sim_stage_default(&stage, 1);
	stage.phones = PHONES;
	stage.queue = 256;
	stage.quality = (struct wire_quality){ .delay_us = 1000 };
	s = sim_new(&stage);
	if (s == NULL)
		abort();
	for (uint32_t i = 0; i < PHONES; i++) {
		(void)sim_phone_add(s, SIM_HOME);
		sim_phone(s, i)->kit.dial.p1_n = 1;
	}
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run u = { .s = make_sim(), .r = rd_make(data, size) };
	struct sim_stats st;

	sim_do(u.s, SIM_DIAL, 0, 0);
	for (int i = 0; i < STEPS_MAX && rd_left(&u.r) > 0; i++)
		step(&u);
	for (uint32_t i = 0; i < PHONES; i++)
		sim_do(u.s, SIM_VANISH, i, 0);
	(void)sim_run(u.s, GONE_S * (uint64_t)SIM_SECOND);
	sim_stats(u.s, &st);
	sim_want(u.s, st.sas + st.sessions == 0, "%u SA pairs and %u sessions "
	    "are left", st.sas, st.sessions);
	sim_want(u.s, lns_quiet(sim_lns(u.s)), "the concentrator is not quiet");
	if (sim_broken(u.s)) {
		sim_report(u.s, stderr);
		abort();
	}
	sim_free(u.s);
	return 0;
}
