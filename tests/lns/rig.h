/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_LNS_RIG_H
#define TESTS_LNS_RIG_H

/*
 * DOC: the clock, the mail between phones and concentrator, and the questions
 * that tests ask.  What it is made of is in phones.h.
 */

#include "tests/lns/phones.h"

/* ---- the clock and the queue ---- */

static void
rig_refreeze(struct rig *r)
{
	size_t n = lns_frozen_size(r->l);
	uint8_t *b = malloc(n);
	struct wr w = wr_make(b, n);
	struct rd rd;

	lns_freeze(r->l, &w);
	assert_false(w.bad);
	lns_free(r->l);
	rd = wr_out(&w);
	r->l = lns_thaw(&r->p, &r->rng, &r->drops, &rig_ops, r->dp, &rd);
	assert_non_null(r->l);
	assert_true(rd_done(&rd));
	free(b);
}

/* The kernel: a route is there once, and what is not there cannot go. */
static void
rig_route(struct rig *r, const struct lns_act *a)
{
	unsigned i = 0;

	while (i < r->route_n && (r->route[i].bits != a->net.bits ||
	    !ipaddr_eq(&r->route[i].addr, &a->net.addr)))
		i++;
	r->route_acts++;
	if (a->kind == LNS_ROUTE_DEL) {
		assert_true(i < r->route_n);
		r->route[i] = r->route[--r->route_n];
		return;
	}
	assert_true(i < RIG_ROUTES);
	r->route[i] = a->net;
	r->route_metric = a->metric;
	r->route_n += i == r->route_n;
}

/* Does what the concentrator's box says; answers make it grow. */
static void
rig_drain(struct rig *r)
{
	for (unsigned i = 0; i < r->out.n; i++) {
		const struct lns_act *a = &r->out.act[i];
		struct rd data = a->data;
		struct ike_dh dh;

		if (a->kind == LNS_ASK_DH) {
			dh = *a->dh;
			ike_dh_run(&dh, &r->rng);
			lns_dh_done(r->l, r->now, &dh, &r->out);
			continue;
		}
		if (a->kind == LNS_ROUTE_ADD || a->kind == LNS_ROUTE_DEL) {
			rig_route(r, a);
			continue;
		}
		if (a->kind != LNS_SEND_UDP) {
			assert_non_null(r->host);
			r->host(r, a);
			continue;
		}
		if (a->local.port == IKE_NATT_PORT)
			rd_skip(&data, 4);
		for (uint32_t k = 0; k < r->phones; k++)
			for (int e = 0; e < 2; e++)
				if (endpoint_eq(&r->phone[k].out[e], &a->remote))
					mail_add(r, TO_PHONE_IKE, k,
					    data)->port = a->local.port;
	}
	lns_out_reset(&r->out);
}

UNUSED static void
rig_note(struct rig *r, enum dp_note_kind kind, const struct mail *m)
{
	struct dp_note n = { .kind = kind, .path = m->path, .sa = m->sa,
		.sess = m->sess, .ids = m->ids, .remote = m->from,
		.data = rd_make(m->b, m->n) };

	lns_input_note(r->l, r->now, &n, &r->out);
	rig_drain(r);
}

static void
rig_to_server(struct rig *r, const struct mail *m)
{
	struct endpoint here = { ipaddr_v4(RIG_SERVER), m->port };

	if (r->freeze)
		rig_refreeze(r);
	if (m->way == TO_IKE) {
		lns_input_ike(r->l, r->now, &here, &m->from,
		    rd_make(m->b, m->n), &r->out);
		rig_drain(r);
		return;
	}
	if (m->first)
		rig_note(r, DP_SA_SEEN, m);
	/* Data of a session that its path does not have goes no further. */
	if (m->way == TO_L2TP || m->sess != 0)
		rig_note(r, m->way == TO_L2TP ? DP_L2TP : DP_PPP, m);
}

static void
rig_to_phone(struct rig *r, const struct mail *m)
{
	struct phone *p = &r->phone[m->phone];
	struct endpoint there = { ipaddr_v4(RIG_SERVER), m->port };
	struct rd data = rd_make(m->b, m->n), look = data;
	struct msg_head head;
	struct msg msg;

	if (p->deaf)
		return;
	switch (m->way) {
	case TO_PHONE_IKE:
		ike_input(p->ike, r->now, &p->in[m->port == IKE_NATT_PORT],
		    &there, data, &r->ike);
		break;
	case TO_PHONE_L2TP:
		if (msg_head_decode(&look, &head) == DROP_NONE &&
		    rd_left(&look) > 0 && msg_decode(look, &msg) == DROP_NONE)
			p->got[msg.type]++;
		l2tp_input(p->l2tp, r->now, 1, data, &r->l2tp);
		break;
	case TO_PHONE_PPP:
		if (p->ppp != NULL)
			ppp_input(p->ppp, r->now, data, &r->ppp);
		break;
	case TO_IKE:
	case TO_L2TP:
	case TO_PPP:
		return;
	}
	rig_phone_drain(r, m->phone);
}

/* Delivers all mail, and what follows from it. */
UNUSED static void
rig_pump(struct rig *r)
{
	while (r->q_n > 0 && !r->hold) {
		struct mail m = r->q[0];

		memmove(&r->q[0], &r->q[1], --r->q_n * sizeof(*r->q));
		if (r->eat != NULL && r->eat(r, &m))
			continue;
		if (m.way >= TO_IKE)
			rig_to_server(r, &m);
		else
			rig_to_phone(r, &m);
	}
}

static void
rig_phone_expire(struct rig *r, uint32_t i)
{
	struct phone *p = &r->phone[i];

	if (p->deaf)
		return;
	if (mono_due(ike_deadline(p->ike), r->now))
		ike_expire(p->ike, r->now, &r->ike);
	if (mono_due(l2tp_deadline(p->l2tp), r->now))
		l2tp_expire(p->l2tp, r->now, &r->l2tp);
	if (p->ppp != NULL && mono_due(ppp_deadline(p->ppp), r->now))
		ppp_expire(p->ppp, r->now, &r->ppp);
	rig_phone_drain(r, i);
}

static mono_t
rig_next(const struct rig *r)
{
	mono_t t = lns_deadline(r->l);

	if (r->host_next != NULL)
		t = mono_min(t, r->host_next(r));
	for (uint32_t i = 0; i < r->phones; i++) {
		const struct phone *p = &r->phone[i];

		if (p->deaf)
			continue;
		t = mono_min(t, ike_deadline(p->ike));
		t = mono_min(t, l2tp_deadline(p->l2tp));
		if (p->ppp != NULL)
			t = mono_min(t, ppp_deadline(p->ppp));
	}
	return t;
}

static void
rig_server_expire(struct rig *r)
{
	for (int turn = 0; mono_due(lns_deadline(r->l), r->now); turn++) {
		assert_true(turn < 10000);
		if (r->freeze)
			rig_refreeze(r);
		lns_expire(r->l, r->now, &r->out);
		rig_drain(r);
	}
}

/* Lets the time pass. */
UNUSED static void
rig_run(struct rig *r, uint64_t ms)
{
	mono_t end = mono_add_ms(r->now, ms);

	for (;;) {
		mono_t next;

		rig_pump(r);
		rig_server_expire(r);
		for (uint32_t i = 0; i < r->phones; i++)
			rig_phone_expire(r, i);
		if (r->host_run != NULL)
			r->host_run(r);
		if (r->q_n > 0 && !r->hold)
			continue;
		next = rig_next(r);
		if (mono_due(next, r->now))
			continue;
		if (!mono_before(next, end)) {
			r->now = end;
			return;
		}
		r->now = next;
	}
}

/* ---- commands and questions ---- */

UNUSED static void
rig_dial(struct rig *r, uint32_t i)
{
	struct phone *p = &r->phone[i];

	p->dial.local = p->in[0];
	p->dial.remote = (struct endpoint){ ipaddr_v4(RIG_SERVER), 500 };
	assert_true(ike_dial(p->ike, r->now, &p->dial, &r->ike) != 0);
	rig_phone_drain(r, i);
}

UNUSED static void
rig_login(struct rig *r, uint32_t i)
{
	rig_dial(r, i);
	rig_run(r, 3000);
	assert_true(r->phone[i].up);
}

UNUSED static void
rig_rekey(struct rig *r, uint32_t i, int phase)
{
	struct phone *p = &r->phone[i];

	if (phase == 1)
		ike_rekey_peer(p->ike, r->now, p->sa, &r->ike);
	else
		ike_rekey_child(p->ike, r->now, p->sa, &r->ike);
	rig_phone_drain(r, i);
	rig_pump(r);
}

/* Something through the phone's SA. */
UNUSED static void
rig_traffic(struct rig *r, uint32_t i)
{
	struct phone *p = &r->phone[i];
	static const uint8_t echo[] = { 0xff, 0x03, 0xc0, 0x21, 9, 1, 0, 8,
		0, 0, 0, 0 };

	phone_ppp(r, i, &(struct ppp_act){ .kind = PPP_SEND,
	    .data = rd_make(echo, sizeof(echo)) });
	assert_true(p->kids > 0);
	rig_pump(r);
}

/* The phone loses all it knew; its place in the network stays. */
UNUSED static void
rig_reset_phone(struct rig *r, uint32_t i)
{
	struct phone *p = &r->phone[i];

	ike_free(p->ike);
	l2tp_free(p->l2tp);
	ppp_free(p->ppp);
	p->ppp = NULL;
	p->kids = 0;
	p->sa = p->tunnel = p->session = 0;
	p->up = p->ppp_down = false;
	p->ike = ike_new(&p->ike_p, &p->rng, NULL);
	p->l2tp = l2tp_new(&p->l2tp_p, &p->rng, NULL);
	assert_non_null(p->ike);
	assert_non_null(p->l2tp);
}

UNUSED static void
rig_expect_log(const struct rig *r, const char *part)
{
	if (strstr(r->log, part) == NULL)
		fail_msg("no \"%s\" in\n%s", part, r->log);
}

UNUSED static unsigned
rig_count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

/* The newest attempt but `back`. */
UNUSED static struct attempt
rig_attempt(const struct rig *r, uint32_t back)
{
	struct attempt t = { 0 };
	uint32_t cursor = 0;

	for (uint32_t i = 0; i <= back; i++)
		assert_true(show_attempt(r->l, &cursor, &t));
	return t;
}

UNUSED static void
rig_expect_refused(const struct rig *r, const char *reason)
{
	struct attempt t = rig_attempt(r, 0);

	assert_int_equal(t.result, ATT_REFUSED);
	if (strstr(t.reason, reason) == NULL)
		fail_msg("reason is \"%s\", wanted \"%s\"", t.reason, reason);
}

UNUSED static uint32_t
rig_pool_used(const struct rig *r)
{
	struct show_pool p;
	uint32_t cursor = 0, used = 0;

	while (show_pool(r->l, &cursor, &p))
		used += p.used;
	return used;
}

/* Nothing is left of anybody, anywhere. */
UNUSED static void
rig_expect_empty(const struct rig *r)
{
	struct show_status s;

	show_status(r->l, &s);
	assert_int_equal(r->dp->sas, 0);
	assert_int_equal(r->dp->sessions, 0);
	assert_int_equal(r->dp->unknown, 0);
	assert_int_equal(s.paths, 0);
	assert_int_equal(s.sessions, 0);
	assert_int_equal(s.tunnels, 0);
	assert_int_equal(s.children, 0);
	assert_int_equal(s.peers, 0);
	assert_int_equal(rig_pool_used(r), 0);
	assert_true(lns_quiet(r->l));
}

/* ---- making ---- */

static void
rig_log_sink(void *ctx, enum log_level level, const char *line)
{
	struct rig *r = ctx;
	size_t at = strlen(r->log);

	(void)level;
	(void)snprintf(r->log + at, sizeof(r->log) - at, "%s\n", line);
}

static void
rig_phone_make(struct rig *r, uint32_t i)
{
	static const char psk[] = "a pre-shared key of this test";
	struct phone *p = &r->phone[i];
	struct ipaddr pub = ipaddr_v4(0x14000001 + (i << 8));

	rng_seeded(&p->rng, 1000 + i);
	ike_params_default(&p->ike_p, true);
	p->ike_p.limits.peers = 16;
	p->ike_p.limits.half_open = p->ike_p.limits.prefixes = 4;
	p->ike_p.limits.dh_pending = 4;
	p->ike_p.limits.children = 64;
	p->ike_p.dpd_idle_s = 0;
	l2tp_params_default(&p->l2tp_p);
	(void)snprintf(p->l2tp_p.host_name, L2TP_NAME_MAX, "phone%u", i);
	p->l2tp_p.tunnels = p->l2tp_p.sessions = 8;
	p->l2tp_p.tunnels_per_path = 8;
	ppp_params_default(&p->ppp_p);
	p->ppp_p.methods = PPP_MSCHAPV2 | PPP_CHAP_MD5 | PPP_PAP;
	p->ppp_p.echo_s = 0;
	strcpy(p->ppp_p.user, "alice");
	assert_true(secret_set(&p->ppp_p.password, "correct horse", 13));
	assert_true(secret_set(&p->dial.psk, psk, strlen(psk)));
	p->dial.p1[0] = (struct ike_p1){ CIPHER_AES256, HASH_SHA256, DH_ECP256 };
	p->dial.p1_n = 1;
	p->dial.p2[0] = (struct esp_suite){ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 };
	p->dial.p2_n = 1;
	p->dial.p1_life_s = p->dial.p2_life_s = 28800;
	p->dial.port = 1701;
	for (int e = 0; e < 2; e++) {
		uint16_t port = e ? IKE_NATT_PORT : IKE_PORT;

		p->in[e] = (struct endpoint){ ipaddr_v4(0x0a000002), port };
		p->out[e] = (struct endpoint){ pub, (uint16_t)(port + 10000) };
	}
	p->ike = ike_new(&p->ike_p, &p->rng, NULL);
	p->l2tp = l2tp_new(&p->l2tp_p, &p->rng, NULL);
	assert_non_null(p->ike);
	assert_non_null(p->l2tp);
}

static void
rig_params(struct rig *r, uint32_t phones)
{
	static const char psk[] = "a pre-shared key of this test";
	struct lns_params *p = &r->p;
	struct ike_limits *lim;

	lns_params_default(p);
	lim = &p->ike.limits;
	lim->peers = 4 * phones + 16;
	lim->half_open = lim->dh_pending = phones + 16;
	lim->children = 8 * phones + 16;
	lim->prefixes = 4096;
	lim->burst32 = lim->burst24 = lim->rate32 = lim->rate24 = 100000;
	lim->rate_all = 100000;
	assert_true(secret_set(&p->ike.psk[0], psk, strlen(psk)));
	p->ike.psk_n = 1;
	p->ppp.methods = PPP_MSCHAPV2 | PPP_CHAP_MD5 | PPP_PAP;
	p->ppp.echo_s = 0;
	p->l2tp.tunnels = p->l2tp.sessions = 2 * phones + 16;
	p->paths = p->sessions = 2 * phones + 16;
	p->attempts_kept = 2 * phones + 64;
	p->lockout_entries = 1024;	/* a sanitizer fills what it gives */
	p->radius.questions = 256;
	p->acct.records = 1024;
	p->acct.bytes = 1024 * 1024;
	p->pool_n = 1;
	strcpy(p->pool[0].name, "main");
	p->pool[0].range_n = 1;
	p->pool[0].range[0] = (struct addrpool_range){ 0x0a010002,
		0x0a010002 + 2 * phones + 15 };
	p->address = ipaddr_v4(0x0a010001);
	p->dns[0] = ipaddr_v4(0x08080808);
	r->users[0] = (struct aaa_user){ .name = "alice",
		.password = "correct horse", .password_len = 13 };
	r->users[1] = (struct aaa_user){ .name = "bob",
		.password = "battery staple", .password_len = 14,
		.address = ipaddr_v4(0x0a020005), .sessions = 1 };
	r->users[2] = (struct aaa_user){ .name = "carol", .has_nt = true };
	p->users = (struct aaa_users){ r->users, 3 };
}

UNUSED static struct rig *
rig_new(uint32_t phones)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	assert_true(crypto_init());
	r->now = mono_us(RIG_START);
	rng_seeded(&r->rng, 7);
	r->dp = calloc(1, sizeof(*r->dp));
	r->phone = calloc(phones, sizeof(*r->phone));
	assert_non_null(r->dp);
	assert_non_null(r->phone);
	r->dp->r = r;
	r->dp->refuse_sa = r->dp->refuse_sess = r->dp->refuse_open =
	    r->dp->refuse_join = r->dp->refuse_policy = -1;
	r->dp->count = (struct dp_count){ .rx_packets = 3, .rx_bytes = 300,
		.tx_packets = 4, .tx_bytes = 400 };
	rig_params(r, phones);
	r->phones = phones;
	for (uint32_t i = 0; i < phones; i++)
		rig_phone_make(r, i);
	log_sink_set(rig_log_sink, r, LOG_INFO_);
	return r;
}

/* Parameters may be changed between rig_new() and this. */
UNUSED static void
rig_start(struct rig *r)
{
	r->l = lns_new(&r->p, &r->rng, &r->drops, &rig_ops, r->dp);
	assert_non_null(r->l);
}

UNUSED static struct rig *
rig_begin(uint32_t phones)
{
	struct rig *r = rig_new(phones);

	rig_start(r);
	return r;
}

UNUSED static void
rig_free(struct rig *r)
{
	log_sink_set(NULL, NULL, LOG_INFO_);
	lns_free(r->l);
	for (uint32_t i = 0; i < r->phones; i++) {
		ike_free(r->phone[i].ike);
		l2tp_free(r->phone[i].l2tp);
		ppp_free(r->phone[i].ppp);
	}
	free(r->phone);
	free(r->dp);
	free(r->q);
	free(r);
}

UNUSED static void
rig_password(struct rig *r, uint32_t i, const char *user, const char *password)
{
	struct ppp_params *p = &r->phone[i].ppp_p;

	(void)snprintf(p->user, sizeof(p->user), "%s", user);
	assert_true(secret_set(&p->password, password, strlen(password)));
}

#endif
