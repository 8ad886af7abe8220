/* SPDX-License-Identifier: BSD-2-Clause */
/* Two links that log in to each other. */

#include "tests/ppp/rig.h"

static void
login(uint8_t methods)
{
	struct rig *r = rig_new(7, methods);

	rig_start(r, true, true);
	rig_run(r, 20000, true);
	assert_true(r->a.up);
	assert_true(r->p.up);
	assert_int_equal(r->a.method, methods);
	assert_int_equal(r->p.acts[PPP_AUTH_OK], 1);
	/* EAP: Identity, the answer, and that the proof was right. */
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], methods == PPP_EAP ? 3 : 1);
	assert_int_equal(r->a.acts[PPP_ASK_ADDR], 1);
	assert_true(ipaddr_eq(&r->a.net.peers, &r->addr.peers));
	assert_true(ipaddr_eq(&r->a.net.ours, &r->addr.ours));
	assert_true(ipaddr_eq(&r->p.net.ours, &r->addr.peers));
	assert_true(ipaddr_eq(&r->p.net.peers, &r->addr.ours));
	assert_true(ipaddr_eq(&r->p.net.dns[0], &r->addr.dns[0]));
	assert_true(ipaddr_eq(&r->p.net.dns[1], &r->addr.dns[1]));
	assert_int_equal(r->p.net.wins[0].family, IP_NONE);
	assert_int_equal(r->a.net.peer_mru, 1400);
	assert_true(mono_since_ms(r->now, mono_us(1000000)) < 1000);
	rig_close(r, &r->a, PPP_CAUSE_CLOSED, "bye");
	rig_run(r, 10000, false);
	assert_true(r->a.down);
	assert_true(r->p.down);
	assert_int_equal(r->a.cause, PPP_CAUSE_CLOSED);
	assert_int_equal(r->p.cause, PPP_CAUSE_PEER);
	assert_string_equal(r->p.text, "bye");
	rig_free(r);
}

static void
login_pap(void **state)
{
	(void)state;
	login(PPP_PAP);
}

static void
login_chap_md5(void **state)
{
	(void)state;
	login(PPP_CHAP_MD5);
}

static void
login_eap(void **state)
{
	(void)state;
	login(PPP_EAP);
}

static void
login_mschapv2(void **state)
{
	(void)state;
	login(PPP_MSCHAPV2);
}

/* 20 % loss and reordering, all methods, many seeds: everybody gets in. */
static void
login_lossy(void **state)
{
	static const uint8_t methods[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2, PPP_EAP };
	unsigned seed;
	struct rig *r;

	(void)state;
	for (seed = 1; seed <= 320; seed++) {
		r = rig_new(seed, methods[seed % 4]);
		r->loss = 20;
		r->jitter_ms = 300;
		r->freeze = seed / 4 % 2 == 1;
		rig_start(r, true, true);
		rig_run(r, 180000, true);
		if (!r->a.up || !r->p.up)
			fail_msg("seed %u: a %d %s, p %d %s", seed, r->a.up,
			    ppp_cause_str(r->a.cause), r->p.up,
			    ppp_cause_str(r->p.cause));
		assert_true(r->a.most_acts <= 8 && r->p.most_acts <= 8);
		assert_true(r->a.most_bytes <= 6144 && r->p.most_bytes <= 6144);
		rig_close(r, &r->p, PPP_CAUSE_CLOSED, "bye");
		rig_run(r, 600000, false);
		assert_true(r->a.down);
		assert_true(r->p.down);
		rig_free(r);
	}
}

static void
login_frozen(void **state)
{
	unsigned seed;
	struct rig *r;

	(void)state;
	for (seed = 1; seed <= 60; seed++) {
		r = rig_new(seed, PPP_MSCHAPV2);
		r->freeze = true;
		rig_start(r, true, true);
		rig_run(r, 5000, true);
		assert_true(r->a.up && r->p.up);
		rig_refreeze(r, &r->a);
		assert_true(ppp_authenticated(r->a.ppp));
		/* An hour of silence but for the echo. */
		rig_run(r, 3600000, false);
		assert_true(r->a.up && r->p.up);
		rig_free(r);
	}
}

static void
wrong_password(void **state)
{
	static const uint8_t methods[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2, PPP_EAP };
	struct rig *r;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		r = rig_new(5, methods[i]);
		secret_set(&r->p.params.password, "nope", 4);
		rig_start(r, true, true);
		rig_run(r, 20000, false);
		assert_int_equal(r->p.cause, PPP_CAUSE_AUTH);
		assert_int_equal(r->a.acts[PPP_NET_UP], 0);
		assert_int_equal(r->p.acts[PPP_NET_UP], 0);
		assert_int_equal(r->p.acts[PPP_AUTH_OK], 0);
		if (methods[i] >= PPP_MSCHAPV2)
			assert_non_null(strstr(r->p.text, "E=691"));
		rig_free(r);
	}
}

/* Domain in the name: sent whole, hashed without. */
static void
domain_user(void **state)
{
	struct rig *r = rig_new(5, PPP_MSCHAPV2);

	(void)state;
	r->user = "CORP\\alice";
	strcpy(r->p.params.user, r->user);
	rig_start(r, true, true);
	rig_run(r, 20000, true);
	assert_true(r->a.up && r->p.up);
	rig_free(r);
}

/* The peer may do only what we do not: the reason is plain on both sides. */
static void
no_method_in_common(void **state)
{
	struct rig *r = rig_new(5, PPP_MSCHAPV2);

	(void)state;
	r->p.params.methods = PPP_PAP;
	rig_start(r, true, true);
	rig_run(r, 60000, false);
	assert_int_equal(r->a.cause, PPP_CAUSE_NO_METHOD);
	assert_int_equal(r->p.cause, PPP_CAUSE_PEER);
	rig_free(r);

	/* The best of what both do. */
	r = rig_new(5, PPP_PAP | PPP_CHAP_MD5 | PPP_MSCHAPV2);
	r->p.params.methods = PPP_PAP | PPP_CHAP_MD5;
	rig_start(r, true, true);
	rig_run(r, 20000, true);
	assert_true(r->a.up && r->p.up);
	assert_int_equal(r->a.method, PPP_CHAP_MD5);
	rig_free(r);
}

/* ---- a corrupted byte: used, or nothing has changed ---- */

static unsigned probes, refused;

static uint8_t *
frozen(const struct rig_end *e, const struct ppp *p)
{
	uint8_t *b = malloc(ppp_frozen_size(p));
	struct wr w = wr_make(b, ppp_frozen_size(p));

	(void)e;
	ppp_freeze(p, &w);
	return b;
}

static bool
was_dropped(const struct drops *d)
{
	return count_get(&d->n[DROP_PPP_SHORT]) +
	    count_get(&d->n[DROP_PPP_LENGTH]) +
	    count_get(&d->n[DROP_PPP_OPTION]) +
	    count_get(&d->n[DROP_PPP_ID]) + count_get(&d->n[DROP_PPP_PHASE]) +
	    count_get(&d->n[DROP_PPP_MAGIC]) +
	    count_get(&d->n[DROP_PPP_AUTH]) > 0;
}

static void
probe_one(struct rig *r, const struct rig_end *e, const uint8_t *before,
    const uint8_t *b, size_t n)
{
	static struct ppp_out out;
	struct drops drops = { 0 };
	struct rng rng = e->rng;
	struct rd rd = rd_make(before, ppp_frozen_size(e->ppp));
	struct ppp *p = ppp_thaw(&e->params, &rng, &drops, &rd);
	uint8_t *after;
	unsigned i;

	assert_non_null(p);
	ppp_out_reset(&out);
	ppp_input(p, r->now, rd_make(b, n), &out);
	probes++;
	for (i = 0; i < out.n; i++)
		if (out.act[i].kind == PPP_NET_UP && e == &r->a)
			assert_true(ppp_authenticated(p));
	/* Our own magic in a request is remembered, and answered. */
	if (was_dropped(&drops) && !(out.n == 1 &&
	    count_get(&drops.n[DROP_PPP_MAGIC]) == 1)) {
		refused++;
		after = frozen(e, p);
		assert_memory_equal(before, after, ppp_frozen_size(p));
		free(after);
		assert_int_equal(out.n, 0);
	}
	ppp_free(p);
}

static void
probe(struct rig *r, struct rig_end *e, const void *frame, size_t n)
{
	uint8_t *before = frozen(e, e->ppp), b[RIG_FRAME];
	size_t i;
	unsigned x;

	for (i = 0; i < n; i++)
		for (x = 1; x < 256; x += n > 40 ? 5 : 1) {
			memcpy(b, frame, n);
			b[i] = (uint8_t)(b[i] ^ x);
			probe_one(r, e, before, b, n);
		}
	for (i = 0; i < n; i++)
		probe_one(r, e, before, frame, i);
	free(before);
}

static void
corrupted_bytes(void **state)
{
	static const uint8_t methods[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2, PPP_EAP };
	struct rig *r;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		r = rig_new(13, methods[i]);
		r->probe = probe;
		rig_start(r, true, true);
		rig_run(r, 20000, true);
		assert_true(r->a.up && r->p.up);
		rig_run(r, 31000, false);	/* echo */
		rig_close(r, &r->a, PPP_CAUSE_CLOSED, "bye");
		rig_run(r, 10000, false);
		rig_free(r);
	}
	assert_true(probes > 10000);
	assert_true(refused > 1000);
}

/* Bytes that are no frozen link, or one that was changed. */
static void
thaw_refuses_of(uint8_t method)
{
	struct rig *r = rig_new(13, method);
	struct ppp_out *out = &r->out;
	uint8_t *good;
	struct ppp *p;
	struct rd rd;
	size_t i, n;

	rig_start(r, true, true);
	rig_run(r, 20000, true);
	n = ppp_frozen_size(r->a.ppp);
	good = frozen(&r->a, r->a.ppp);
	for (i = 0; i < n; i++) {
		rd = rd_make(good, i);
		assert_null(ppp_thaw(&r->a.params, &r->a.rng, NULL, &rd));
	}
	for (i = 0; i < n; i++) {
		good[i] ^= 0xff;
		rd = rd_make(good, n);
		p = ppp_thaw(&r->a.params, &r->a.rng, NULL, &rd);
		if (p != NULL) {
			ppp_out_reset(out);
			ppp_expire(p, mono_us(UINT64_MAX - 1), out);
			ppp_input(p, r->now, rd_make("\xc0\x21\x09\x01\0\4",
			    6), out);
			ppp_out_reset(out);
			ppp_close(p, r->now, PPP_CAUSE_CLOSED, "x", out);
			ppp_out_reset(out);
			ppp_free(p);
		}
		good[i] ^= 0xff;
	}
	free(good);
	rig_free(r);
}

static void
thaw_refuses(void **state)
{
	(void)state;
	thaw_refuses_of(PPP_PAP);
	thaw_refuses_of(PPP_EAP);
}

/* A box without room: nothing is done, and the deadline stays due. */
static void
full_box(void **state)
{
	struct rig *r = rig_new(13, PPP_PAP);
	struct ppp_verdict v = { .ok = true };
	mono_t due;

	(void)state;
	rig_start(r, true, false);
	due = ppp_deadline(r->a.ppp);
	r->out.n = PPP_OUT_ACTS - 7;
	ppp_expire(r->a.ppp, due, &r->out);
	ppp_input(r->a.ppp, due, rd_make("\xc0\x21\x01\x01\0\4", 6),
	    &r->out);
	ppp_close(r->a.ppp, due, PPP_CAUSE_CLOSED, "", &r->out);
	ppp_auth_done(r->a.ppp, due, r->a.auth.ticket, &v, &r->out);
	ppp_addr_done(r->a.ppp, due, &r->addr, &r->out);
	assert_int_equal(r->out.n, PPP_OUT_ACTS - 7);
	assert_int_equal(ppp_deadline(r->a.ppp).us, due.us);
	ppp_out_reset(&r->out);
	ppp_expire(r->a.ppp, due, &r->out);
	assert_int_equal(r->out.n, 1);
	ppp_out_reset(&r->out);
	/* Too early, and a second start: nothing. */
	ppp_expire(r->a.ppp, r->now, &r->out);
	ppp_lower_up(r->a.ppp, r->now, &r->out);
	assert_int_equal(r->out.n, 0);
	rig_free(r);
}

/* What held secrets is gone after a reset. */
static void
box_is_wiped(void **state)
{
	struct rig *r = rig_new(13, PPP_PAP);
	size_t i;

	(void)state;
	r->late_auth = true;
	rig_start(r, true, true);
	rig_run(r, 10000, false);
	assert_int_equal(r->a.acts[PPP_ASK_AUTH], 1);
	assert_int_equal(r->a.auth.password.len, 13);
	for (i = 0; i < PPP_OUT_BYTES; i++)
		assert_int_equal(r->out.arena[i], 0);
	rig_free(r);
}

static void
names(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < PPP_CAUSE_COUNT; i++)
		assert_string_not_equal(ppp_cause_str(i), "?");
	assert_string_equal(ppp_cause_str(PPP_CAUSE_COUNT), "?");
	assert_string_equal(ppp_cause_str(PPP_CAUSE_NO_METHOD), "no-method");
	assert_string_equal(ppp_method_str(PPP_PAP), "pap");
	assert_string_equal(ppp_method_str(PPP_CHAP_MD5), "chap-md5");
	assert_string_equal(ppp_method_str(PPP_MSCHAPV2), "mschapv2");
	assert_string_equal(ppp_method_str(PPP_EAP), "eap");
	assert_string_equal(ppp_method_str(0), "none");
	assert_string_equal(ppp_phase_str(PPP_DEAD), "dead");
	assert_string_equal(ppp_phase_str(PPP_ESTABLISH), "establish");
	assert_string_equal(ppp_phase_str(PPP_AUTHENTICATE), "authenticate");
	assert_string_equal(ppp_phase_str(PPP_NETWORK), "network");
	assert_string_equal(ppp_phase_str(PPP_TERMINATE), "terminate");
	assert_string_equal(ppp_phase_str(9), "?");
	ppp_free(NULL);
}

/* 100,000 of them: what EAP needs is there only if it is allowed. */
static void
sizes(void **state)
{
	struct rig *r = rig_new(5, PPP_MSCHAPV2 | PPP_PAP);

	(void)state;
	rig_start(r, true, false);
	assert_true(ppp_frozen_size(r->a.ppp) < 2048);
	/* Allowed since then: this link cannot, so it does not say so. */
	r->a.params.methods |= PPP_EAP;
	say(r, &r->a, 0xc021, 3, rig_take(r, &r->a).b[5], "0304c227");
	heard(r, &r->a, "ff03c021 01 ?? 0012 01040578 0304c023 "
	    "0506????????");
	rig_free(r);
	r = rig_new(5, PPP_EAP);
	rig_start(r, true, false);
	assert_true(ppp_frozen_size(r->a.ppp) < 2048 + PPP_EAP_MAX);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_pap),
		cmocka_unit_test(login_chap_md5),
		cmocka_unit_test(login_mschapv2),
		cmocka_unit_test(login_eap),
		cmocka_unit_test(login_lossy),
		cmocka_unit_test(login_frozen),
		cmocka_unit_test(wrong_password),
		cmocka_unit_test(domain_user),
		cmocka_unit_test(no_method_in_common),
		cmocka_unit_test(corrupted_bytes),
		cmocka_unit_test(thaw_refuses),
		cmocka_unit_test(full_box),
		cmocka_unit_test(box_is_wiped),
		cmocka_unit_test(names),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
