/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many phones in one process: see loop.h.  What they send is copied into a
 * queue for each socket, so that the packets of many phones leave in one call.
 */

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <jansson.h>

#include "base/due.h"
#include "io/sock.h"
#include "l2tpload/crowd.h"
#include "l2tpload/loop.h"
#include "l2tpload/plane.h"
#include "l2tpload/progress.h"

#define WIRES		3
#define BUFFER_BYTES	(32u << 20)	/* of a socket: storms */
#define TURN		64		/* phones, packets in one go */
#define TELL_MS		1000		/* between two lines of progress */
#define TELL_PHONES	16		/* each by its own, if not more */
#define TICK_US		1000		/* of datagrams that are due */
#define JOBS		4

struct queue {			/* what one socket is to send */
	unsigned n;
	struct pkt pkt[PKT_BATCH];
	struct pkt *v[PKT_BATCH];
	uint8_t b[PKT_BATCH][PKT_SLOT];
};

struct caller {			/* one phone */
	struct peer_params params;
	struct peer *peer;	/* NULL: not dialled yet, or over */
};

struct loop {
	const struct options *o;
	struct peer_kit *kit;
	struct rng rng;
	struct esp_crypt *crypt;
	struct peer_out out;
	struct crowd crowd;
	struct caller *caller;
	struct due due;
	struct plane *plane;		/* NULL: no packets but our own */
	struct traffic *traffic;	/* the plane's; NULL: none */
	struct sock *sock[WIRES];	/* by enum pkt_via; the plane's, if any */
	struct event *wire[WIRES], *tun;
	struct queue queue[WIRES];
	struct event_base *base;
	struct event *timer, *term, *intr;
	mono_t began, tell_at;
	uint32_t dialled;	/* so many have begun */
	bool decided;		/* and it was told */
	bool leaving, hurried;
	mono_t leave_at;	/* MONO_NEVER: not all are decided */
	uint32_t left;		/* so many were told to leave */
	struct plane_count moved;	/* before they left */
	json_t *failures;
	char why[256];		/* the run itself failed */
};

/* ---- time and words ---- */

static bool __attribute__((format(printf, 2, 3)))
give_up(struct loop *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	return false;
}

static void
tell(const struct loop *l)
{
	const uint32_t *in = l->crowd.in;

	progress_say(l->began, "dialled=%u up=%u dialling=%u failed=%u "
	    "lost=%u left=%u", l->dialled, in[CROWD_UP], in[CROWD_DIALLING],
	    in[CROWD_FAILED], in[CROWD_LOST], in[CROWD_GONE]);
}

/* ---- sending ---- */

static void
queue_flush(struct loop *l, int w)
{
	struct queue *q = &l->queue[w];

	/* What the socket does not take is lost, as in a network. */
	if (q->n > 0)
		(void)sock_send(l->sock[w], q->v, q->n);
	q->n = 0;
}

static void
flush_all(struct loop *l)
{
	for (int w = 0; w < WIRES; w++)
		queue_flush(l, w);
}

static void
queue_send(struct loop *l, const struct peer_act *a)
{
	int w = a->encap == PEER_ESP ? PKT_ESP :
	    a->local.port == IKE_PORT ? PKT_IKE : PKT_NATT;
	struct queue *q = &l->queue[w];
	struct rd r = a->data;
	size_t n = rd_left(&r);
	unsigned at;

	if (q->n == PKT_BATCH)
		queue_flush(l, w);
	if (n > PKT_SLOT) {
		(void)sock_send_one(l->sock[w], &a->local, &a->remote,
		    rd_make(NULL, 0), r);
		return;
	}
	at = q->n++;
	rd_copy(&r, q->b[at], n);
	q->pkt[at] = (struct pkt){ .p = q->b[at], .len = (uint32_t)n,
		.via = (uint8_t)w, .local = a->local, .remote = a->remote };
	q->v[at] = &q->pkt[at];
}

/* ---- what a phone wants ---- */

/* Its text came from the concentrator: only what can be printed stays. */
static void
note_failure(struct loop *l, uint32_t i, const struct peer_act *a)
{
	struct ipaddr addr = crowd_address(&l->crowd, i);
	bool lost = l->crowd.phone[i].state == CROWD_LOST;
	char where[IPADDR_STRLEN], text[PEER_TEXT_MAX];

	(void)ipaddr_str(&addr, where);
	(void)snprintf(text, sizeof(text), "%s", a->text);
	for (char *p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	progress_say(l->began, "phone %u %s %s: %s", i, where,
	    lost ? "lost" : "failed", text);
	(void)json_array_append_new(l->failures, json_pack(
	    "{s:i, s:s, s:b, s:s, s:s}", "phone", (int)i, "address", where,
	    "lost", lost, "stage", peer_stage_str(a->stage), "reason", text));
}

static void
went_down(struct loop *l, uint32_t i, mono_t now, const struct peer_act *a)
{
	switch (l->crowd.phone[i].state) {
	case CROWD_LEAVING:
		crowd_move(&l->crowd, i, now, CROWD_GONE);
		return;
	case CROWD_UP:
		crowd_move(&l->crowd, i, now, CROWD_LOST);
		break;
	case CROWD_DIALLING:
		crowd_move(&l->crowd, i, now, CROWD_FAILED);
		break;
	case CROWD_WAITING:
	case CROWD_GONE:
	case CROWD_FAILED:
	case CROWD_LOST:
	case CROWD_STATES:
		return;
	}
	note_failure(l, i, a);
}

/* For a plane that has no address for it the phone is of no use. */
static void
came_up(struct loop *l, uint32_t i, mono_t now, const struct peer_up *up)
{
	char why[160], addr[IPADDR_STRLEN];

	if (l->crowd.phone[i].state != CROWD_DIALLING)
		return;
	crowd_move(&l->crowd, i, now, CROWD_UP);
	if (l->plane == NULL)
		return;
	if (!plane_up(l->plane, i, up, why, sizeof(why))) {
		(void)give_up(l, "phone %u: %s", i, why);
		l->hurried = true;
	} else if (l->crowd.n <= TELL_PHONES) {
		progress_say(l->began, "phone %u address=%s mtu=%u", i,
		    ipaddr_str(&up->net.ours, addr), up->mtu);
	}
}

static void
one_act(struct loop *l, uint32_t i, mono_t now, const struct peer_act *a)
{
	switch (a->kind) {
	case PEER_SEND:
		queue_send(l, a);
		break;
	case PEER_UP:
		came_up(l, i, now, a->up);
		break;
	case PEER_DOWN:
		went_down(l, i, now, a);
		break;
	case PEER_UP6:
	case PEER_IP:
	case PEER_STAGE:
	case PEER_ASK_DH:
		break;
	}
}

/* Jobs are copied out first: answering them needs the box. */
static void
drain(struct loop *l, uint32_t i)
{
	struct peer *p = l->caller[i].peer;
	struct ike_dh job[JOBS];
	unsigned jobs;

	do {
		mono_t now = progress_now();

		jobs = 0;
		for (unsigned k = 0; k < l->out.n; k++) {
			if (l->out.act[k].kind == PEER_ASK_DH && jobs < JOBS)
				job[jobs++] = *l->out.act[k].dh;
			one_act(l, i, now, &l->out.act[k]);
		}
		peer_out_reset(&l->out);
		for (unsigned k = 0; k < jobs; k++) {
			ike_dh_run(&job[k], &l->rng);
			peer_dh_done(p, progress_now(), &job[k], &l->out);
		}
		wipe(job, sizeof(job));
	} while (jobs > 0);
	due_set(&l->due, i, peer_deadline(p));
	if (peer_stage(p) != PEER_DEAD)
		return;
	peer_free(p);
	l->caller[i].peer = NULL;
	due_set(&l->due, i, MONO_NEVER);
}

static void
dial(struct loop *l, uint32_t i)
{
	struct caller *c = &l->caller[i];
	mono_t now = progress_now();

	c->params = l->kit->params;
	c->params.local = (struct endpoint){ crowd_address(&l->crowd, i),
		IKE_PORT };
	c->params.remote = (struct endpoint){ l->o->server, IKE_PORT };
	crowd_move(&l->crowd, i, now, CROWD_DIALLING);
	c->peer = peer_new(&c->params, &l->rng, l->crypt, NULL);
	if (c->peer == NULL) {
		const struct peer_act a = { .stage = PEER_IDLE,
			.text = "out of memory" };

		went_down(l, i, now, &a);
		return;
	}
	if (l->plane != NULL) {
		const struct peer_plane plane = plane_of(l->plane, i);

		peer_set_plane(c->peer, &plane);
	}
	peer_dial(c->peer, now, &l->out);
	drain(l, i);
}

/* Who still dials gives up, and has failed. */
static void
leave(struct loop *l, uint32_t i)
{
	if (l->caller[i].peer == NULL)
		return;
	if (l->crowd.phone[i].state == CROWD_UP)
		crowd_move(&l->crowd, i, progress_now(), CROWD_LEAVING);
	peer_close(l->caller[i].peer, progress_now(), &l->out);
	drain(l, i);
}

/* ---- what comes ---- */

static void
input(struct loop *l, const struct peer_gram *g)
{
	uint32_t i = crowd_find(&l->crowd, &g->local.addr);

	if (i == CROWD_NOBODY || l->caller[i].peer == NULL)
		return;
	(void)peer_input(l->caller[i].peer, progress_now(), g, 1, &l->out);
	drain(l, i);
}

static void
input_note(struct loop *l, const struct dp_note *note)
{
	const struct peer_gram g = { .encap = PEER_IKE, .local = note->local,
		.remote = note->remote, .data = note->data };
	uint32_t i = note->path - 1;

	if (note->kind == DP_IKE)
		return input(l, &g);
	if (i >= l->crowd.n || l->caller[i].peer == NULL)
		return;
	peer_note(l->caller[i].peer, progress_now(), note, &l->out);
	drain(l, i);
}

/* Packets both ways, and what they tell the phones. */
static void
carry(struct loop *l)
{
	struct dp_note note;
	bool more = l->plane != NULL;

	for (unsigned k = 0; more && k < TURN; k++) {
		more = plane_step(l->plane, progress_now());
		while (plane_take(l->plane, &note))
			input_note(l, &note);
	}
}

/* ---- the clock ---- */

/* So many dial-ins, or farewells, are due after this time. */
static uint32_t
paced(const struct loop *l, mono_t now, mono_t since)
{
	uint64_t n = mono_since_us(now, since) * l->o->rate / 1000000 + 1;

	return n < l->crowd.n ? (uint32_t)n : l->crowd.n;
}

static mono_t
paced_next(const struct loop *l, mono_t since, uint32_t done)
{
	if (done >= l->crowd.n)
		return MONO_NEVER;
	return mono_add_us(since, ((uint64_t)done * 1000000 +
	    l->o->rate - 1) / l->o->rate);
}

static void
leave_begin(struct loop *l, mono_t now)
{
	if (l->plane != NULL)
		plane_count(l->plane, &l->moved);
	l->leaving = true;
	l->leave_at = now;
	l->dialled = l->crowd.n;
}

static void
step(struct loop *l, mono_t now)
{
	uint32_t due, i;

	due = l->leaving ? 0 : paced(l, now, l->began);
	for (unsigned k = 0; k < TURN && l->dialled < due; k++)
		dial(l, l->dialled++);
	if (!l->leaving && !l->decided && crowd_decided(&l->crowd)) {
		l->decided = true;
		tell(l);
		if (l->traffic != NULL)
			traffic_start(l->traffic, now);
		/* Without --hold they leave at once; --hold 0 stays. */
		if (!l->o->hold || l->o->hold_s > 0)
			l->leave_at = mono_add_s(now, l->o->hold_s);
	}
	if (!l->leaving && (mono_due(l->leave_at, now) ||
	    (l->traffic != NULL && traffic_over(l->traffic))))
		leave_begin(l, now);
	due = l->leaving ? paced(l, now, l->leave_at) : 0;
	for (unsigned k = 0; k < TURN && l->left < due; k++)
		leave(l, l->left++);
	for (unsigned k = 0; k < TURN && due_next(&l->due, now, &i); k++) {
		peer_expire(l->caller[i].peer, now, &l->out);
		drain(l, i);
	}
	if (mono_due(l->tell_at, now)) {
		tell(l);
		l->tell_at = mono_add_ms(now, TELL_MS);
	}
	carry(l);
	flush_all(l);
}

static void
rearm(struct loop *l)
{
	mono_t when = mono_min(l->tell_at, due_first(&l->due));
	struct timeval tv;
	uint64_t us;

	if (!l->leaving)
		when = mono_min(when, mono_min(l->leave_at,
		    paced_next(l, l->began, l->dialled)));
	else
		when = mono_min(when, paced_next(l, l->leave_at, l->left));
	us = mono_since_us(when, progress_now());
	if (l->traffic != NULL && us > TICK_US)
		us = TICK_US;
	tv = (struct timeval){ .tv_sec = (time_t)(us / 1000000),
		.tv_usec = (suseconds_t)(us % 1000000) };
	(void)event_add(l->timer, &tv);
	if (l->hurried || (crowd_over(&l->crowd) &&
	    (l->leaving || l->crowd.in[CROWD_WAITING] == 0)))
		(void)event_base_loopbreak(l->base);
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	step(ctx, progress_now());
	rearm(ctx);
}


static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *l = ctx;
	struct pkt v[TURN];

	(void)what;
	for (int w = 0; w < WIRES && l->plane == NULL; w++) {
		unsigned n = fd == sock_fd(l->sock[w]) ?
		    sock_recv(l->sock[w], v, TURN) : 0;

		for (unsigned k = 0; k < n; k++) {
			const struct peer_gram g = {
				.encap = w == PKT_ESP ? PEER_ESP : PEER_UDP,
				.local = v[k].local, .remote = v[k].remote,
				.data = rd_make(v[k].p, v[k].len),
			};

			input(l, &g);
		}
	}
	carry(l);
	flush_all(l);
	rearm(l);
}

/* The second signal does not wait for the farewells. */
static void
on_signal(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *l = ctx;

	(void)fd;
	(void)what;
	if (l->leaving)
		l->hurried = true;
	else
		leave_begin(l, progress_now());
	rearm(l);
}

/* ---- start and end ---- */

static bool
open_wires(struct loop *l)
{
	static const char *const names[WIRES] = { "UDP port 500",
		"UDP port 4500", "IP protocol 50" };

	for (int w = 0; w < WIRES; w++) {
		const struct sock_params p = { .addr.family = IP_V4,
			.port = w == PKT_IKE ? IKE_PORT : IKE_NATT_PORT,
			.via = (enum pkt_via)w, .buffer_bytes = BUFFER_BYTES,
			.trains = w == PKT_NATT && l->plane != NULL };
		int fd = sock_open(&p);

		l->sock[w] = fd < 0 ? NULL : sock_new(fd, &p);
		if (l->sock[w] == NULL)
			return give_up(l, "cannot use %s: %s", names[w],
			    strerror(errno));
		if (l->plane != NULL)
			(void)plane_add(l->plane, l->sock[w]);
	}
	return true;
}

static bool
open_events(struct loop *l)
{
	l->base = event_base_new();
	if (l->base == NULL)
		return false;
	l->timer = evtimer_new(l->base, on_timer, l);
	l->term = evsignal_new(l->base, SIGTERM, on_signal, l);
	l->intr = evsignal_new(l->base, SIGINT, on_signal, l);
	if (l->timer == NULL || l->term == NULL || l->intr == NULL)
		return false;
	(void)event_add(l->term, NULL);
	(void)event_add(l->intr, NULL);
	for (int w = 0; w < WIRES; w++) {
		l->wire[w] = event_new(l->base, sock_fd(l->sock[w]),
		    EV_READ | EV_PERSIST, on_readable, l);
		if (l->wire[w] == NULL)
			return false;
		(void)event_add(l->wire[w], NULL);
	}
	if (l->plane == NULL || plane_tun_fd(l->plane) < 0)
		return true;
	l->tun = event_new(l->base, plane_tun_fd(l->plane),
	    EV_READ | EV_PERSIST, on_readable, l);
	return l->tun != NULL && event_add(l->tun, NULL) == 0;
}

static bool
loop_open(struct loop *l)
{
	uint8_t iv[16];

	if (!options_crypto(l->kit, l->why, sizeof(l->why)))
		return false;
	rng_system(&l->rng);
	if (!rng_fill(&l->rng, iv, sizeof(iv)))
		return give_up(l, "the system gives no randomness");
	l->crypt = esp_crypt_new(ESP_ENGINE_AUTO, iv);
	l->caller = calloc(l->o->phones, sizeof(*l->caller));
	l->failures = json_array();
	if (l->crypt == NULL || l->caller == NULL || l->failures == NULL ||
	    due_init(&l->due, l->o->phones) != 0 ||
	    !crowd_init(&l->crowd, &l->o->from, l->o->phones))
		return give_up(l, "out of memory");
	if (l->o->command != OPTIONS_LOGIN && (l->plane = plane_open(l->o,
	    &l->rng, l->why, sizeof(l->why))) == NULL)
		return false;
	if (l->plane != NULL)
		l->traffic = plane_traffic(l->plane);
	if (!open_wires(l))
		return false;
	return open_events(l) || give_up(l, "libevent cannot be used");
}

static void
loop_close(struct loop *l)
{
	struct event *all[] = { l->timer, l->term, l->intr, l->tun };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != NULL)
			event_free(all[i]);
	for (int w = 0; w < WIRES; w++) {
		if (l->wire[w] != NULL)
			event_free(l->wire[w]);
		if (l->plane == NULL)
			sock_free(l->sock[w]);
	}
	if (l->base != NULL)
		event_base_free(l->base);
	for (uint32_t i = 0; l->caller != NULL && i < l->o->phones; i++)
		peer_free(l->caller[i].peer);
	free(l->caller);
	plane_close(l->plane);
	due_wipe(&l->due);
	crowd_wipe(&l->crowd);
	esp_crypt_free(l->crypt);
	json_decref(l->failures);
}

static double
ms(uint32_t us)
{
	return us / 1000.0;
}

/* Of the phones that are still there, and of the wires in all. */
static json_t *
carried(const struct loop *l)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "rx_packets", (json_int_t)l->moved.rx_packets,
	    "rx_bytes", (json_int_t)l->moved.rx_bytes,
	    "tx_packets", (json_int_t)l->moved.tx_packets,
	    "tx_bytes", (json_int_t)l->moved.tx_bytes,
	    "udp_in", (json_int_t)l->moved.udp_in,
	    "udp_out", (json_int_t)l->moved.udp_out,
	    "tun_in", (json_int_t)l->moved.tun_in,
	    "tun_out", (json_int_t)l->moved.tun_out);
}

static json_t *
there_and_back(const struct loop *l)
{
	struct traffic_report r;
	double s;

	traffic_report(l->traffic, &r);
	s = r.span_us > 0 ? (double)r.span_us / 1e6 : 1.0;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, "
	    "s:{s:f, s:f, s:f, s:f}}", "sent", (json_int_t)r.sent,
	    "sent_bytes", (json_int_t)r.sent_bytes,
	    "received", (json_int_t)r.received,
	    "received_bytes", (json_int_t)r.received_bytes,
	    "foreign", (json_int_t)r.foreign, "late", (json_int_t)r.late,
	    "seconds", s, "sent_per_s", (double)r.sent / s, "loss",
	    r.sent > 0 ? 1.0 - (double)r.received / (double)r.sent : 0.0,
	    "rtt_ms", "p50", ms(r.p50_us), "p90", ms(r.p90_us), "p99",
	    ms(r.p99_us), "max", ms(r.max_us));
}

static void
print_json(const struct loop *l, bool ok)
{
	const struct crowd *c = &l->crowd;
	struct crowd_times t;
	double storm_s;
	json_t *j;

	(void)crowd_times(c, &t);
	storm_s = (double)t.storm_us / 1e6;
	j = json_pack("{s:b, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:f, s:f, "
	    "s:{s:f, s:f, s:f, s:f}, s:O?}", "ok", ok, "reason", l->why,
	    "phones", (int)c->n, "networks", (int)c->nets, "rate",
	    (int)l->o->rate, "logins", (int)c->ups, "failed",
	    (int)c->in[CROWD_FAILED], "lost", (int)c->in[CROWD_LOST],
	    "storm_s", storm_s, "logins_per_s", storm_s > 0 ?
	    c->ups / storm_s : 0.0, "login_ms", "p50", ms(t.p50_us), "p90",
	    ms(t.p90_us), "p99", ms(t.p99_us), "max", ms(t.max_us),
	    "failures", l->failures);
	if (l->plane != NULL)
		(void)json_object_set_new(j, "carried", carried(l));
	if (l->traffic != NULL)
		(void)json_object_set_new(j, "traffic", there_and_back(l));
	(void)json_dumpf(j, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	(void)printf("\n");
	json_decref(j);
}

static bool
loop_run(struct loop *l)
{
	const struct crowd *c = &l->crowd;

	l->tell_at = mono_add_ms(l->began, TELL_MS);
	step(l, l->began);
	rearm(l);
	(void)event_base_dispatch(l->base);
	flush_all(l);
	if (l->why[0] != '\0')
		return false;
	if (c->ups < c->n)
		return give_up(l, "%u of %u phones did not log in",
		    c->n - c->ups, c->n);
	if (c->in[CROWD_LOST] > 0)
		return give_up(l, "%u of %u phones were lost",
		    c->in[CROWD_LOST], c->n);
	return true;
}

int
loop_login(const struct options *o, struct peer_kit *kit)
{
	struct loop *l = calloc(1, sizeof(*l));
	bool ok;

	if (l == NULL) {
		(void)fprintf(stderr, "l2tpload: out of memory\n");
		return 1;
	}
	l->o = o;
	l->kit = kit;
	l->leave_at = MONO_NEVER;
	l->began = progress_now();
	ok = loop_open(l) && loop_run(l);
	if (!ok)
		(void)fprintf(stderr, "l2tpload: %s\n", l->why);
	if (o->json)
		print_json(l, ok);
	loop_close(l);
	wipe(l, sizeof(*l));
	free(l);
	return ok ? 0 : 1;
}
