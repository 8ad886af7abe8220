/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who holds the pre-shared key and guesses passwords, as fast as he can, from
 * many addresses: threats.md 3.3, D-07.
 *
 *   guessers, honest users --- calls --- lns (real) --- RADIUS (here)
 *
 * IPsec, L2TP and LCP are over: paths and sessions are put where these would
 * have put them, and each session's question goes in where PPP asks it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lns/ask.h"
#include "lns/limits.h"
#include "lns/lns_int.h"
#include "lns/show.h"
#include "lns/users.h"
#include "radius/packet.h"

#define SECONDS		60
#define STEP_MS		1
#define SOURCES		200
#define GUESSES		1000	/* per second */
#define NAMES		1000
#define RATE		100	/* of questions to RADIUS */
#define ANSWER_MS	30
#define HONEST		2	/* users, each from an address of his own */
#define HONEST_MS	2000	/* between two logins of one */
#define SECRET		"a secret of the flood"
#define MAIL		4096
#define LOGINS		1024

struct mail {			/* an answer of the server on its way */
	mono_t at;
	uint32_t port;
	size_t n;
	uint8_t b[256];
};

struct honest {
	const char *name;
	uint32_t path, access;	/* 0: not logging in */
	mono_t began, next;
};

struct flood {
	struct lns_params p;
	struct rng rng;
	struct drops drops;
	struct lns *l;
	struct lns_out out;
	mono_t now;
	uint32_t ticket;
	uint32_t path[SOURCES];	/* of the guessers */
	struct honest honest[HONEST];
	struct mail mail[MAIL];
	unsigned mails;
	unsigned asked[SECONDS + 1];	/* of RADIUS, by second */
	unsigned guessed, calls_refused, honest_refused;
	uint64_t took_ms[LOGINS];
	unsigned logins;
};

static bool
no_count(struct dp *dp, uint32_t sess, struct dp_count *c)
{
	(void)dp;
	(void)sess;
	*c = (struct dp_count){ 0 };
	return false;
}

static void
no_sess(struct dp *dp, uint32_t sess)
{
	(void)dp;
	(void)sess;
}

static const struct dp_ops no_plane = {
	.sess_count = no_count, .sess_shut = no_sess, .sess_del = no_sess,
};

/* ---- RADIUS ---- */

static struct rd
secret_rd(void)
{
	return rd_make(SECRET, strlen(SECRET));
}

/* The honest users' passwords are their names; nobody else has one. */
static bool
is_right(const struct radius_packet *q)
{
	struct attr name, pw;
	struct secret s;
	bool ok;

	assert_true(attr_get(q->attrs, 0, ATTR_USER_NAME, &name));
	assert_true(attr_get(q->attrs, 0, ATTR_USER_PASSWORD, &pw));
	assert_true(radius_reveal(pw.value, q->auth, secret_rd(), &s));
	ok = rd_eq(name.value, s.b, s.len);
	wipe(&s, sizeof(s));
	return ok;
}

static void
server_take(struct flood *f, uint32_t port, struct rd packet)
{
	struct mail *m = &f->mail[f->mails++];
	struct radius_packet q;
	struct radius_build b;
	struct rd out;

	assert_true(f->mails <= MAIL);
	assert_int_equal(radius_decode(packet, &q), DROP_NONE);
	assert_int_equal(q.code, RADIUS_ACCESS_REQUEST);
	f->asked[f->now.us / 1000000]++;
	*m = (struct mail){ .at = mono_add_ms(f->now, ANSWER_MS),
		.port = port };
	radius_open(&b, m->b, sizeof(m->b), is_right(&q) ?
	    RADIUS_ACCESS_ACCEPT : RADIUS_ACCESS_REJECT, q.id, q.auth, true);
	assert_true(radius_close(&b, secret_rd(), &out));
	m->n = rd_left(&out);
}

static void
drain(struct flood *f)
{
	for (unsigned i = 0; i < f->out.n; i++)
		if (f->out.act[i].kind == LNS_RADIUS_SEND)
			server_take(f, f->out.act[i].port,
			    f->out.act[i].data);
	lns_out_reset(&f->out);
}

/* They take the same time, so they come in the order of the questions. */
static void
server_answer(struct flood *f)
{
	unsigned n = 0;

	while (n < f->mails && mono_due(f->mail[n].at, f->now)) {
		lns_input_radius(f->l, f->now, f->mail[n].port,
		    rd_make(f->mail[n].b, f->mail[n].n), &f->out);
		n++;
		for (unsigned i = 0; i < f->out.n; i++)
			assert_true(f->out.act[i].kind != LNS_SEND_UDP);
		drain(f);
	}
	f->mails -= n;
	memmove(f->mail, f->mail + n, f->mails * sizeof(f->mail[0]));
}

/* ---- sessions ---- */

static uint32_t
path_make(struct flood *f, uint32_t addr)
{
	uint32_t h = 0;
	struct path *p = pool_take(&f->l->paths, &h);

	assert_non_null(p);
	p->suite = (struct esp_suite){ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 };
	p->remote = (struct endpoint){ ipaddr_v4(addr), 4500 };
	p->login_by = p->idle_at = p->chore_at = p->step_at = p->join_by =
	    p->heard_at = MONO_NEVER;
	return h;
}

/* A call, if there may be one more: its session, which has just asked. */
static uint32_t
call(struct flood *f, uint32_t path, const char *user, const char *password)
{
	const struct path *p = pool_get(&f->l->paths, path);
	struct ppp_auth q = { .method = PPP_PAP, .ticket = ++f->ticket,
		.name_len = (uint8_t)strlen(user) };
	struct access *a;
	uint32_t h = 0;

	if (!limits_call(f->l, f->now, &p->remote) ||
	    (a = pool_take(&f->l->accesses, &h)) == NULL)
		return 0;
	a->path = path;
	a->state = ACC_LINK;
	a->login_by = a->interim_at = a->ends_at = a->look_at = a->up =
	    MONO_NEVER;
	f->l->ppp[pool_slot(h)] = ppp_new(&f->p.ppp, PPP_AUTHENTICATOR,
	    &f->rng, NULL);
	assert_non_null(f->l->ppp[pool_slot(h)]);
	memcpy(q.name, user, q.name_len);
	assert_true(secret_set(&q.password, password, strlen(password)));
	ask_put(f->l, f->now, h, &q);
	return h;
}

static void
hang_up(struct flood *f, uint32_t h)
{
	ask_drop(f->l, f->now, h);
	users_name(f->l, h, "");
	due_set(&f->l->access_due, pool_slot(h), MONO_NEVER);
	ppp_free(f->l->ppp[pool_slot(h)]);
	f->l->ppp[pool_slot(h)] = NULL;
	pool_give(&f->l->accesses, h);
}

static enum access_state
state_of(const struct flood *f, uint32_t h)
{
	const struct access *a = pool_get(&f->l->accesses, h);

	assert_non_null(a);
	return a->state;
}

/* ---- who dials ---- */

static const char *
guessed_name(unsigned n, char buf[16])
{
	(void)snprintf(buf, 16, n % NAMES == 0 ? "bob" : "user%u", n % NAMES);
	return buf;
}

/* Every guess is a call of its own; who got his answer hangs up. */
static void
guess(struct flood *f)
{
	uint32_t n = f->guessed++ * UINT32_C(2654435761) >> 8;
	char name[16];

	if (call(f, f->path[n % SOURCES], guessed_name(n / SOURCES, name),
	    "guess") == 0)
		f->calls_refused++;
	for (uint32_t i = 0; i < f->l->accesses.high; i++) {
		uint32_t h;
		const struct access *a = pool_at(&f->l->accesses, i, &h);
		bool honest = false;

		for (int k = 0; k < HONEST; k++)
			honest = honest || f->honest[k].access == h;
		if (a == NULL || honest || a->state == ACC_AUTH)
			continue;
		assert_int_equal(a->state, ACC_LINK);
		hang_up(f, h);
	}
}

/* Dials, again after half a second if that was refused, and hangs up. */
static void
honest_step(struct flood *f, struct honest *u)
{
	if (u->access == 0) {
		if (mono_before(f->now, u->next))
			return;
		u->access = call(f, u->path, u->name, u->name);
		if (u->access == 0)
			u->next = mono_add_ms(f->now, 500);
		f->honest_refused += u->access == 0;
		return;
	}
	if (state_of(f, u->access) == ACC_AUTH)
		return;
	if (state_of(f, u->access) == ACC_ADDR) {
		assert_true(f->logins < LOGINS);
		f->took_ms[f->logins++] = mono_since_ms(f->now, u->began);
		u->next = u->began = mono_add_ms(f->now, HONEST_MS);
	} else {
		f->honest_refused++;
		u->next = mono_add_ms(f->now, 500);
	}
	hang_up(f, u->access);
	u->access = 0;
}

static void
run(struct flood *f, unsigned seconds, bool guessing)
{
	mono_t end = mono_add_s(f->now, seconds);

	while (mono_before(f->now, end)) {
		for (unsigned i = 0; guessing && i < GUESSES * STEP_MS / 1000;
		    i++)
			guess(f);
		for (int k = 0; k < HONEST; k++)
			honest_step(f, &f->honest[k]);
		step(f->l, f->now, &f->out);
		drain(f);
		while (mono_due(lns_deadline(f->l), f->now)) {
			lns_expire(f->l, f->now, &f->out);
			drain(f);
		}
		f->now = mono_add_ms(f->now, STEP_MS);
		server_answer(f);
	}
}

static void
params(struct lns_params *p)
{
	lns_params_default(p);
	p->ppp.methods = PPP_PAP;
	p->login_rate = 200;
	p->login_burst = 1000;
	p->auth_rate = RATE;
	p->policy.local = AAA_LOCAL_NEVER;
	p->policy.auth_group = 0;
	p->radius.server_n = p->radius.group_n = 1;
	radius_server_default(&p->radius.server[0]);
	(void)snprintf(p->radius.server[0].name, RADIUS_NAME_MAX, "s");
	assert_true(secret_set(&p->radius.server[0].secret, SECRET,
	    strlen(SECRET)));
	p->radius.server[0].at[RADIUS_AUTH] = (struct endpoint){
		ipaddr_v4(0x0a090901), 1812 };
	(void)snprintf(p->radius.group[0].name, RADIUS_NAME_MAX, "g");
	p->radius.group[0].server_n = 1;
}

/* alice is nobody's target; bob is, but he is known where he dials from. */
static struct flood *
flood_new(void (*change)(struct lns_params *))
{
	static const char *const names[HONEST] = { "alice", "bob" };
	struct flood *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	rng_seeded(&f->rng, 7);
	params(&f->p);
	if (change != NULL)
		change(&f->p);
	f->now = mono_us(0);
	f->l = lns_new(&f->p, &f->rng, &f->drops, &no_plane, NULL);
	assert_non_null(f->l);
	for (uint32_t i = 0; i < SOURCES; i++)
		f->path[i] = path_make(f, 0x14000001 + (i << 8));
	for (uint32_t i = 0; i < HONEST; i++)
		f->honest[i] = (struct honest){ .name = names[i],
			.path = path_make(f, 0x1e000001 + (i << 8)),
			.next = mono_us(1000 * i) };
	return f;
}

static void
flood_free(struct flood *f)
{
	lns_free(f->l);
	free(f);
}

static int
by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
flood_expect(struct flood *f)
{
	unsigned most = 0, sum = 0;
	struct show_status s;
	uint64_t p95;

	for (unsigned i = 0; i <= SECONDS; i++) {
		most = f->asked[i] > most ? f->asked[i] : most;
		sum += f->asked[i];
	}
	show_status(f->l, &s);
	qsort(f->took_ms, f->logins, sizeof(f->took_ms[0]), by_time);
	assert_true(f->logins > 0);
	p95 = f->took_ms[(f->logins * 95 + 99) / 100 - 1];
	print_message("%u guesses, %u calls refused; RADIUS: %u asked, %u in"
	    " the worst second; %u honest logins, p95 %u ms, longest %u ms,"
	    " %u tries refused; %u lock-outs, %u logins refused by them\n",
	    f->guessed, f->calls_refused, sum, most, f->logins,
	    (unsigned)p95, (unsigned)f->took_ms[f->logins - 1],
	    f->honest_refused, (unsigned)s.lockouts, (unsigned)s.locked_out);
	assert_true(f->guessed >= (SECONDS - 2) * GUESSES);
	assert_true(most <= RATE + RATE / 10);
	assert_true(p95 < 5000);
	assert_true(f->logins >= HONEST * SECONDS * 1000 / (HONEST_MS + 5000));
}

static void
d07_guessers(void **state)
{
	struct flood *f = flood_new(NULL);

	(void)state;
	run(f, 1, false);
	run(f, SECONDS - 1, true);
	flood_expect(f);
	flood_free(f);
}

/* Nobody waits and nobody is locked out: the turns alone must do. */
static void
no_back_off(struct lns_params *p)
{
	p->auth_delay_s = p->auth_delay_max_s = 0;
	p->lockout_user = p->lockout_everywhere = p->lockout_source = 0;
}

static void
d07_turns_alone(void **state)
{
	struct flood *f = flood_new(no_back_off);

	(void)state;
	run(f, 1, false);
	run(f, SECONDS - 1, true);
	flood_expect(f);
	flood_free(f);
}

static void
locks_alone(struct lns_params *p)
{
	p->auth_delay_s = p->auth_delay_max_s = 0;
	p->lockout_source = 10;
}

/* When all the addresses are locked, RADIUS hears of honest users only. */
static void
d07_locked_out(void **state)
{
	struct flood *f = flood_new(locks_alone);
	struct show_status s;

	(void)state;
	run(f, 1, false);
	run(f, SECONDS - 1, true);
	flood_expect(f);
	show_status(f->l, &s);
	assert_int_equal(s.lockouts, SOURCES);
	assert_int_equal(s.locked, SOURCES);
	assert_true(s.locked_out > 0);
	for (unsigned i = SECONDS / 2; i < SECONDS; i++)
		assert_true(f->asked[i] <= HONEST);
	flood_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(d07_guessers),
		cmocka_unit_test(d07_turns_alone),
		cmocka_unit_test(d07_locked_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
