/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator: see sim.h. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/udpencap.h"
#include "tests/sim/sim_int.h"

#define PLANS		16384	/* things planned at once */
#define JOBS		4096	/* Diffie-Hellman jobs under way */
#define BARE_S		60	/* more than an idle path: its goodbye */
#define SECRETS		4096	/* parts that are watched for */
#define WALL_MS		UINT64_C(1800000000000)	/* of the host at first */
#define ECHO_PORT	7

/* ---- saying what is wrong ---- */

void
sim_break(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->broken[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(s->broken, sizeof(s->broken), fmt, ap);
	va_end(ap);
	trail_add(&s->trail, s->now, "BROKEN %s", s->broken);
}

bool
sim_broken(const struct sim *s)
{
	return s->broken[0] != '\0';
}

uint64_t
sim_drops(const struct sim *s, enum drop why)
{
	uint64_t plane[DROP_COUNT] = { 0 };

	plane_drops(s->plane, plane);
	return count_get(&s->drops.n[why]) + plane[why];
}

void
sim_report(const struct sim *s, FILE *f)
{
	struct wire_stats w;

	trail_print(&s->trail, f);
	wire_stats(s->wire, &w);
	(void)fprintf(f, "wire: sent %llu arrived %llu lost %llu unknown %llu "
	    "filtered %llu overflow %llu\n", (unsigned long long)w.sent,
	    (unsigned long long)w.arrived, (unsigned long long)w.lost,
	    (unsigned long long)w.unknown, (unsigned long long)w.filtered,
	    (unsigned long long)w.overflow);
	for (unsigned i = 0; i < DROP_COUNT; i++) {
		uint64_t n = sim_drops(s, (enum drop)i);

		if (n != 0)
			(void)fprintf(f, "drop: %s %llu\n",
			    drop_str((enum drop)i), (unsigned long long)n);
	}
}

void
sim_shown(struct sim *s, const void *text, size_t len)
{
	sim_fault(s, keys_seen(s->keys, text, len));
}

void
sim_fault(struct sim *s, const char *why)
{
	if (why != NULL)
		sim_break(s, "%s", why);
}

uint32_t
sim_draw(struct sim *s, uint32_t lo, uint32_t hi)
{
	return lo + rng_below(&s->rng, hi - lo + 1);
}

bool
sim_happens(struct sim *s, uint16_t n)
{
	return n != 0 && rng_below(&s->rng, 1000) < n;
}

/* ---- what both sides need ---- */

/* Both ports carry IKE; the message without its marker, if it is one. */
bool
sim_ike_of(enum wire_kind kind, uint16_t port, struct rd *r)
{
	struct rd look = *r;

	if (kind == WIRE_ESP)
		return false;
	if (port == IKE_PORT)
		return true;
	if (udpencap_kind(look.p, rd_left(&look)) != UDPENCAP_IKE)
		return false;
	rd_skip(r, UDPENCAP_MARKER);
	return true;
}

bool
sim_talk_decode(struct rd r, struct sim_talk *t)
{
	struct rd look = r;
	enum ip_family family = rd_u8(&look) >> 4 == 6 ? IP_V6 : IP_V4;

	rd_skip(&r, family == IP_V6 ? 8 : 12);
	t->src = ipaddr_decode(&r, family);
	t->dst = ipaddr_decode(&r, family);
	rd_skip(&r, 8);
	t->phone = rd_u32(&r);
	t->number = rd_u32(&r);
	t->down = rd_u32(&r);
	return !r.bad;
}

static void
talk_head6(struct wr *w, const struct sim_talk *t, size_t len)
{
	wr_u32(w, UINT32_C(6) << 28);
	wr_u16(w, (uint16_t)(len - 40));
	wr_u16(w, 0x1140);			/* UDP, 64 hops */
	ipaddr_encode(w, &t->src);
	ipaddr_encode(w, &t->dst);
}

static struct wr
talk_head4(uint8_t *buf, size_t size, const struct sim_talk *t, size_t len)
{
	struct wr w = wr_make(buf, size);
	struct rd head;
	uint32_t sum = 0;

	for (int pass = 0; pass < 2; pass++) {
		w = wr_make(buf, size);
		wr_u16(&w, 0x4500);
		wr_u16(&w, (uint16_t)len);
		wr_u32(&w, 0);
		wr_u16(&w, 0x4011);		/* TTL 64, UDP */
		wr_u16(&w, (uint16_t)~sum);
		ipaddr_encode(&w, &t->src);
		ipaddr_encode(&w, &t->dst);
		if (pass == 1)
			break;
		/* RFC 791 §3.1: over the header with the field as zero. */
		head = rd_make(buf, 20);
		for (int i = 0; i < 10; i++)
			sum += i == 5 ? rd_u16(&head) * 0u : rd_u16(&head);
		sum = (sum & 0xffff) + (sum >> 16);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return w;
}

size_t
sim_talk_encode(uint8_t *buf, size_t size, const struct sim_talk *t,
    size_t len)
{
	struct wr w = wr_make(buf, size);

	if (t->src.family == IP_V6)
		talk_head6(&w, t, len);
	else
		w = talk_head4(buf, size, t, len);
	wr_u16(&w, ECHO_PORT);
	wr_u16(&w, ECHO_PORT);
	wr_u16(&w, (uint16_t)(len + 4 - wr_used(&w)));
	wr_u16(&w, 0);
	wr_u32(&w, t->phone);
	wr_u32(&w, t->number);
	wr_u32(&w, t->down);
	wr_zero(&w, len - wr_used(&w));
	return w.bad ? 0 : wr_used(&w);
}

bool
sim_seen_twice(struct sim_seen *s, uint32_t number)
{
	uint64_t *word = &s->bits[number % SIM_SEEN / 64];
	uint64_t bit = UINT64_C(1) << number % 64;
	bool twice;

	while (s->top <= number) {
		uint32_t next = s->top++ % SIM_SEEN;

		s->bits[next / 64] &= ~(UINT64_C(1) << next % 64);
	}
	if (s->top - number > SIM_SEEN)
		return false;		/* too old to tell */
	twice = *word & bit;
	*word |= bit;
	return twice;
}

/* ---- Diffie-Hellman ---- */

/* The server has one helper, each phone a processor of its own. */
void
sim_job_add(struct sim *s, bool server, uint32_t phone, const struct ike_dh *dh)
{
	mono_t when = mono_add_us(s->now, s->stage.dh_us);
	uint32_t handle;
	struct job *j = pool_take(&s->jobs, &handle);

	if (j == NULL)
		return;		/* shed: whoever asked will time out */
	if (server) {
		s->stats.dh_server++;
		if (mono_before(s->now, s->dh_free))
			when = mono_add_us(s->dh_free, s->stage.dh_us);
		s->dh_free = when;
	}
	j->server = server;
	j->phone = phone;
	j->dh = *dh;
	due_set(&s->job_due, pool_slot(handle), when);
}

static void
job_done(struct sim *s, uint32_t slot)
{
	uint32_t handle;
	struct job *j = pool_at(&s->jobs, slot, &handle);

	ike_dh_run(&j->dh, &s->engines);
	if (j->server) {
		lns_dh_done(s->lns, s->now, &j->dh, &s->lns_out);
		sim_server_drain(s);
		sim_server_turn(s);
	} else if (s->phone[j->phone].pub.peer != NULL) {
		peer_dh_done(s->phone[j->phone].pub.peer, s->now, &j->dh,
		    &s->peer_out);
		sim_phone_drain(s, j->phone);
	}
	pool_give(&s->jobs, handle);
}

/* ---- what the plan does ---- */

void
sim_do(struct sim *s, enum sim_do what, uint32_t i, uint32_t arg)
{
	static const char *const names[] = { "dial", "close", "rekey1",
		"rekey2", "rebind", "vanish", "anew", "pull", "talk",
		"freeze", "freeze phone", "dead", "mute", "well",
		"disconnect", "coa" };
	struct sim_phone *p = &s->phone[i].pub;

	trail_add(&s->trail, s->now, "%s%u DO %s %u",
	    what >= SIM_RADIUS_DEAD && what <= SIM_RADIUS_WELL ? "radius" :
	    "phone", i, names[what], arg);
	switch (what) {
	case SIM_DIAL:
		sim_phone_dial(s, i);
		break;
	case SIM_CLOSE:
	case SIM_REKEY1:
	case SIM_REKEY2:
		sim_phone_command(s, what, i);
		break;
	case SIM_REBIND:
		if (p->nat == 0)
			break;
		p->rebinds++;
		s->stats.rebinds++;
		wire_nat_rebind(s->wire, p->nat, NULL);
		break;
	case SIM_VANISH:
		sim_phone_forget(s, i);
		break;
	case SIM_ANEW:
		sim_phone_anew(s, i, arg);
		break;
	case SIM_PULL:
		sim_phone_forget(s, i);
		sim_phone_dial(s, i);
		break;
	case SIM_TALK:
		p->talk_us = arg;
		due_set(&s->talk_due, i, arg == 0 ? MONO_NEVER : s->now);
		break;
	case SIM_FREEZE_SERVER:
		sim_server_freeze(s);
		break;
	case SIM_FREEZE_PHONE:
		sim_phone_freeze(s, i);
		break;
	case SIM_RADIUS_DEAD:
	case SIM_RADIUS_MUTE:
	case SIM_RADIUS_WELL:
	case SIM_DISCONNECT:
	case SIM_COA:
		if (s->rad != NULL)
			sim_radius_do(s, what, i, arg);
		break;
	}
}

void
sim_plan(struct sim *s, uint64_t in_us, enum sim_do what, uint32_t phone,
    uint32_t arg)
{
	uint32_t handle;
	struct plan *p = pool_take(&s->plans, &handle);

	if (p == NULL)
		return sim_break(s, "too much is planned");
	*p = (struct plan){ what, phone, arg };
	due_set(&s->plan_due, pool_slot(handle), mono_add_us(s->now, in_us));
}

/* ---- time ---- */

static mono_t
next_event(const struct sim *s)
{
	mono_t t = mono_min(wire_deadline(s->wire), lns_deadline(s->lns));

	t = mono_min(t, due_first(&s->phone_due));
	t = mono_min(t, due_first(&s->talk_due));
	t = mono_min(t, due_first(&s->plan_due));
	if (s->rad != NULL)
		t = mono_min(t, sim_radius_deadline(s));
	return mono_min(t, due_first(&s->job_due));
}

/* I7: the lines that were added to the trail. */
static void
trail_look(struct sim *s)
{
	for (; s->told < s->trail.n; s->told++) {
		const char *line = s->trail.line[s->told % TRAIL_LINES];

		sim_shown(s, line, strlen(line));
	}
}

/* What must hold at any time. */
static void
look(struct sim *s)
{
	sim_server_probe(s);
	if (s->phones > 0)
		sim_phone_probe(s, rng_below(&s->rng, s->phones));
	sim_server_shows(s, false);
	sim_fault(s, plane_fault(s->plane, s->now));
	trail_look(s);
}

/* One thing of each sort that is due; the order is always the same. */
static void
one_event(struct sim *s)
{
	struct wire_got got;
	uint32_t slot;

	s->stats.events++;
	if (wire_next(s->wire, s->now, &got)) {
		if (got.host <= s->server_host6)
			sim_server_input(s, &got);
		else
			sim_phone_input(s, got.host - s->server_host6 - 1,
			    &got);
	}
	sim_server_expire(s);
	if (s->rad != NULL)
		sim_radius_expire(s);
	if (due_next(&s->phone_due, s->now, &slot))
		sim_phone_expire(s, slot);
	if (due_next(&s->job_due, s->now, &slot))
		job_done(s, slot);
	if (due_next(&s->talk_due, s->now, &slot))
		sim_phone_talk(s, slot);
	if (due_next(&s->plan_due, s->now, &slot)) {
		uint32_t handle;
		struct plan p = *(struct plan *)pool_at(&s->plans, slot,
		    &handle);

		pool_give(&s->plans, handle);
		sim_do(s, p.what, p.phone, p.arg);
	}
	if (sim_happens(s, s->stage.freeze))
		sim_server_freeze(s);
	if (s->phones > 0 && sim_happens(s, s->stage.freeze_phone))
		sim_phone_freeze(s, rng_below(&s->rng, s->phones));
	look(s);
}

static bool
run(struct sim *s, uint64_t us, uint32_t until_up)
{
	mono_t end = mono_add_us(s->now, us);

	while (!sim_broken(s) && (until_up == 0 || s->stats.up < until_up)) {
		mono_t t = next_event(s);

		if (mono_before(end, t)) {
			s->now = end;
			break;
		}
		if (mono_before(s->now, t))
			s->now = t;
		one_event(s);
	}
	sim_fault(s, plane_fault(s->plane, s->now));
	sim_server_shows(s, true);
	return !sim_broken(s);
}

bool
sim_run(struct sim *s, uint64_t us)
{
	return run(s, us, 0);
}

bool
sim_run_until_up(struct sim *s, uint64_t us, uint32_t phones)
{
	return run(s, us, phones);
}

void
sim_suspend(struct sim *s, uint64_t us)
{
	s->now = s->awake = mono_add_us(s->now, us);
	plane_stood(s->plane, us);
	trail_add(&s->trail, s->now, "SUSPENDED for %u s",
	    (unsigned)(us / SIM_SECOND));
}

/* I9: no timer follows the clock on the wall. */
void
sim_wall_step(struct sim *s, int64_t ms)
{
	mono_t before = lns_deadline(s->lns);

	s->wall_ms += (uint64_t)ms;
	trail_add(&s->trail, s->now, "WALL CLOCK steps %lld s",
	    (long long)(ms / 1000));
	lns_wall(s->lns, s->now, s->wall_ms + s->now.us / 1000);
	if (lns_deadline(s->lns).us != before.us)
		sim_break(s, "I9: a timer was moved by the clock on the wall");
}

void
sim_shortage(struct sim *s, uint16_t n)
{
	plane_shortage(s->plane, n);
}

void
sim_refuse(struct sim *s, uint16_t n)
{
	s->refusal = n;
	plane_refuse(s->plane, n);
}

void
sim_spoof(struct sim *s, const struct endpoint *from, uint16_t port,
    struct rd data)
{
	struct wire_got g = { .host = s->server_host, .kind = WIRE_UDP,
		.local = { ipaddr_v4(SIM_SERVER), port }, .remote = *from,
		.data = data };

	sim_server_input(s, &g);
}

/* ---- make ---- */

void
sim_stage_default(struct sim_stage *st, uint64_t seed)
{
	*st = (struct sim_stage){ .seed = seed, .phones = 4, .dh_us = 2000,
		.queue = 4096 };
	lns_params_default(&st->lns);
	st->lns.paths = 64;
	st->lns.sessions = 64;
	st->lns.attempts_kept = 64;
	st->lns.lockout_entries = 1024;
	st->lns.radius.questions = 64;
	st->lns.ike.limits.peers = 64;
	st->lns.ike.limits.half_open = 64;
	st->lns.ike.limits.prefixes = 1024;
	st->lns.ike.limits.dh_pending = 64;
	st->lns.ike.limits.children = 256;
	st->lns.l2tp.tunnels = 64;
	st->lns.l2tp.sessions = 64;
	st->lns.ppp.methods = PPP_MSCHAPV2 | PPP_CHAP_MD5 | PPP_PAP;
	st->quality = (struct wire_quality){ .delay_us = 15000,
		.jitter_us = 5000 };
}

static bool
make_users(struct sim *s)
{
	uint32_t n = s->stage.phones;
	const char *twice;

	s->users = calloc(n, sizeof(*s->users));
	s->name = calloc(n, sizeof(*s->name));
	s->password = calloc(n, sizeof(*s->password));
	if (s->users == NULL || s->name == NULL || s->password == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct aaa_user *u = &s->users[i];

		(void)snprintf(s->name[i], SIM_USER_TEXT, "phone%u", i);
		u->name = s->name[i];
		u->password = s->password[i];
		u->password_len = (uint32_t)snprintf(s->password[i],
		    SIM_USER_TEXT, "password%u", i);
	}
	if (!aaa_users_sort(s->users, n, &twice))
		return false;
	s->stage.lns.users = (struct aaa_users){ s->users, n };
	return true;
}

static void
make_lns_params(struct sim *s)
{
	struct lns_params *p = &s->stage.lns;
	static const char psk[] = "a key for the simulator";

	p->ike.psk_n = 1;
	(void)secret_set(&p->ike.psk[0], psk, sizeof(psk) - 1);
	p->address = ipaddr_v4(SIM_POOL_FIRST);
	p->dns[0] = ipaddr_v4(SIM_BEHIND);
	p->pool_n = 1;
	if (s->stage.addresses == 0)
		s->stage.addresses = s->stage.phones * 2 + 16;
	p->pool[0] = (struct addrpool_params){ .name = "pool", .range_n = 1,
		.range = { { SIM_POOL_FIRST + 1, SIM_POOL_FIRST +
		s->stage.addresses } } };
	if (s->stage.six)
		p->pool6[0] = (struct addrpool_params){ .name = "pool",
			.six = true, .range_n = 1,
			.range = { { SIM_NETS_FIRST, SIM_NETS_FIRST +
			s->stage.addresses - 1 } } };
}

static bool
make_world(struct sim *s)
{
	const struct sim_stage *st = &s->stage;
	struct wire_limits limits = { st->queue, st->phones + 2,
		st->phones + 1, st->phones * 8 + 64 };
	struct plane_params plane = { .sas = st->lns.ike.limits.children,
		.sessions = st->lns.sessions, .gateway = st->lns.address,
		.bare_us = UINT64_C(1000) * st->lns.idle_path_ms +
		(uint64_t)BARE_S * SIM_SECOND,
		.owned = sim_server_owned, .keyed = sim_server_keyed,
		.told = sim_server_told, .in = sim_radius_in,
		.out = sim_radius_out, .ctx = s };
	struct ipaddr addr = ipaddr_v4(SIM_SERVER);
	uint8_t iv[16];

	(void)rng_fill(&s->rng, iv, sizeof(iv));
	s->wire = wire_new(&limits, &s->rng);
	s->plane = plane_new(&plane, &s->engines);
	s->check = check_new(&s->rng, 1024 + st->phones * 8,
	    1024 + st->phones * 2);
	s->keys = keys_new(SECRETS);
	s->crypt = esp_crypt_new(ESP_ENGINE_AUTO, iv);
	s->phone = calloc(st->phones, sizeof(*s->phone));
	if (s->wire == NULL || s->plane == NULL || s->check == NULL ||
	    s->keys == NULL || s->crypt == NULL || s->phone == NULL ||
	    due_init(&s->phone_due, st->phones) != 0 ||
	    due_init(&s->talk_due, st->phones) != 0 ||
	    pool_init(&s->plans, sizeof(struct plan), PLANS) != 0 ||
	    due_init(&s->plan_due, PLANS) != 0 ||
	    pool_init(&s->jobs, sizeof(struct job), JOBS) != 0 ||
	    due_init(&s->job_due, JOBS) != 0)
		return false;
	wire_quality_set(s->wire, &st->quality);
	s->server_host = wire_host_add(s->wire, WIRE_TOP, &addr);
	(void)ipaddr_parse(SIM_SERVER6, &addr);
	s->server_host6 = wire_host_add(s->wire, WIRE_TOP, &addr);
	return true;
}

/* As many passwords as leave room for keys. */
static void
make_secrets(struct sim *s)
{
	const struct secret *psk = &s->stage.lns.ike.psk[0];

	(void)keys_add(s->keys, psk->b, psk->len);
	for (uint32_t i = 0; i < s->stage.phones && i < SECRETS / 4; i++)
		(void)keys_add(s->keys, s->password[i],
		    strlen(s->password[i]));
}

struct sim *
sim_new(const struct sim_stage *stage)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->stage = *stage;
	s->now = mono_us(SIM_SECOND);
	s->trail.all = stage->transcript;
	rng_seeded(&s->rng, stage->seed);
	rng_seeded(&s->engines, ~stage->seed);
	make_lns_params(s);
	if (stage->radius.servers > 0)
		sim_radius_params(s);
	if (make_users(s) && make_world(s) &&
	    (stage->radius.servers == 0 || sim_radius_make(s)))
		s->lns = lns_new(&s->stage.lns, &s->engines, &s->drops,
		    &plane_ops, plane_dp(s->plane));
	if (s->lns == NULL) {
		sim_free(s);
		return NULL;
	}
	make_secrets(s);
	log_sink_set(sim_server_logged, s, LOG_DEBUG_);
	s->wall_ms = WALL_MS;
	if (s->rad != NULL)
		sim_radius_start(s);
	else if (s->stage.host != NULL) {
		lns_wall(s->lns, s->now, s->stage.unix_ms);
		lns_start(s->lns, s->now, &s->lns_out);
		sim_server_drain(s);
	} else {
		lns_wall(s->lns, s->now, s->wall_ms + s->now.us / 1000);
	}
	return s;
}

void
sim_free(struct sim *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->phones; i++) {
		peer_free(s->phone[i].pub.peer);
		free(s->phone[i].last);
	}
	log_sink_set(NULL, NULL, LOG_ERROR_);
	lns_free(s->lns);
	if (s->rad != NULL)
		sim_radius_free(s);
	plane_free(s->plane);
	check_free(s->check);
	keys_free(s->keys);
	wire_free(s->wire);
	esp_crypt_free(s->crypt);
	pool_wipe(&s->plans);
	pool_wipe(&s->jobs);
	due_wipe(&s->plan_due);
	due_wipe(&s->job_due);
	due_wipe(&s->phone_due);
	due_wipe(&s->talk_due);
	free(s->users);
	free(s->name);
	free(s->password);
	free(s->phone);
	free(s);
}

uint32_t
sim_phones_planned(const struct sim *s)
{
	return s->stage.phones;
}

const struct sim_stage *
sim_staged(const struct sim *s)
{
	return &s->stage;
}

bool
sim_has_six(const struct sim *s)
{
	return s->stage.six;
}

mono_t
sim_now(const struct sim *s)
{
	return s->now;
}

struct rng *
sim_rng(struct sim *s)
{
	return &s->rng;
}

struct lns *
sim_lns(struct sim *s)
{
	return s->lns;
}

struct wire *
sim_wire(struct sim *s)
{
	return s->wire;
}

void
sim_stats(const struct sim *s, struct sim_stats *st)
{
	*st = s->stats;
	st->reserves = plane_reserves(s->plane);
	st->sas = plane_sas(s->plane);
	st->sessions = plane_sessions(s->plane);
}
