/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control thread: see loop.h.
 *
 * Whatever happens ends the same way: the concentrator's actions are carried
 * out, what is due is run, and the one timer is set to the next deadline.
 */

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "l2tpd/loop.h"
#include "l2tpd/wires.h"

#define NOTES_PER_TURN	512	/* of one worker, before others get their turn */
#define TURNS_MAX	64	/* of what is due, before the sockets are looked at */
#define STOP_S		4	/* to say goodbye to everybody */

mono_t
host_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return mono_us((uint64_t)ts.tv_sec * 1000000 +
	    (uint64_t)ts.tv_nsec / 1000);
}

int64_t
host_wall(mono_t t)
{
	return (int64_t)time(NULL) -
	    (int64_t)(mono_since_us(host_now(), t) / 1000000);
}

uint64_t
host_unix_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* What it adds goes behind what host_drain() is walking through. */
static void
host_radius_open(struct host *h, const struct lns_act *a)
{
	uint32_t port = a->port;
	const char *why;

	if (!radwires_open(h->radwires, port, a->server, a->service, &why))
		lns_radius_down(h->lns, host_now(), port, why, h->out);
}

static void
host_dh(struct host *h, const struct ike_dh *dh)
{
	struct ike_dh no;

	if (helpers_ask(h->helpers, host_now(), dh, &no))
		return;
	/* Its actions go behind those that host_drain() is walking through. */
	lns_dh_done(h->lns, host_now(), &no, h->out);
	wipe(&no, sizeof(no));
}

/* One of another's hand stays: it is said, and the session goes on. */
static void
host_route(struct host *h, const struct lns_act *a)
{
	struct kroute r = { .net = a->net, .metric = a->metric };
	char err[PRIV_TEXT] = "", net[IPNET_STRLEN];
	bool set = a->kind == LNS_ROUTE_ADD;

	if (!priv_route(h->priv, set, &r, err) && !h->stopping)
		log_warn("route not %s attempt=%" PRIu64 " route=%s "
		    "reason=\"%s\"", set ? "set" : "taken away", a->number,
		    ipnet_str(&a->net, net), err);
}

/* Carries the actions out; an answer may add others behind them. */
void
host_drain(struct host *h)
{
	for (unsigned i = 0; i < h->out->n; i++) {
		const struct lns_act *a = &h->out->act[i];

		switch (a->kind) {
		case LNS_SEND_UDP:
			if (!wires_send(h->wires, &a->local, &a->remote, a->data))
				drop_count(&h->drops, DROP_UDP_SEND);
			break;
		case LNS_ASK_DH:
			host_dh(h, a->dh);
			break;
		case LNS_RADIUS_OPEN:
			host_radius_open(h, a);
			break;
		case LNS_RADIUS_CLOSE:
			radwires_close(h->radwires, a->port);
			break;
		case LNS_RADIUS_SEND:
			radwires_send(h->radwires, a->port, a->data);
			break;
		case LNS_SPOOL_STORE:
			if (h->spool == NULL ||
			    !spool_store(h->spool, a->number, a->data))
				lns_spool_stored(h->lns, host_now(), a->number,
				    h->spool == NULL, h->out);
			break;
		case LNS_SPOOL_FORGET:
			if (h->spool != NULL)
				spool_forget(h->spool, a->number);
			break;
		case LNS_DAE_SEND:
			coa_send(h->coa, &a->local, &a->remote, a->data);
			break;
		case LNS_RADTEST:
			ctl_radtest(h->ctl, (uint32_t)a->number);
			break;
		case LNS_ROUTE_ADD:
		case LNS_ROUTE_DEL:
			host_route(h, a);
			break;
		}
	}
	lns_out_reset(h->out);
}

static void
host_arm(struct host *h)
{
	mono_t now = host_now();
	mono_t due = lns_deadline(h->lns);
	struct timeval tv = { 0 };
	uint64_t us;

	if (h->stopping)
		due = mono_min(due, h->stop_by);
	if (due.us == UINT64_MAX) {
		event_del(h->timer);
		return;
	}
	us = mono_since_us(due, now);
	tv.tv_sec = (time_t)(us / 1000000);
	tv.tv_usec = (suseconds_t)(us % 1000000);
	event_add(h->timer, &tv);
}

void
host_kick(struct host *h)
{
	lns_wall(h->lns, host_now(), host_unix_ms());
	host_drain(h);
	for (int i = 0; i < TURNS_MAX &&
	    mono_due(lns_deadline(h->lns), host_now()); i++) {
		lns_expire(h->lns, host_now(), h->out);
		host_drain(h);
	}
	if (h->stopping && (lns_quiet(h->lns) ||
	    mono_due(h->stop_by, host_now())))
		event_base_loopbreak(h->base);
	host_arm(h);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	host_kick(arg);
}

/* True if the worker may have more. */
static bool
take_notes(struct host *h, unsigned worker)
{
	struct dp_note note;
	int n = 0;

	while (n < NOTES_PER_TURN && dp_take(h->dp, worker, &note)) {
		lns_input_note(h->lns, host_now(), &note, h->out);
		host_drain(h);
		n++;
	}
	return n == NOTES_PER_TURN;
}

static void
on_punt(evutil_socket_t fd, short what, void *arg)
{
	struct host *h = arg;
	uint64_t count;
	bool more = false;

	(void)what;
	(void)!read(fd, &count, sizeof(count));
	for (unsigned i = 0; i < dp_worker_count(h->dp); i++)
		more |= take_notes(h, i);
	if (more)
		event_active(h->punt_ready, EV_READ, 0);
	host_kick(h);
}

static void
on_helper(evutil_socket_t fd, short what, void *arg)
{
	struct host *h = arg;
	struct ike_dh dh;

	(void)fd;
	(void)what;
	while (helpers_answer(h->helpers, &dh)) {
		lns_dh_done(h->lns, host_now(), &dh, h->out);
		host_drain(h);
	}
	wipe(&dh, sizeof(dh));
	host_kick(h);
}

static void
on_spool(evutil_socket_t fd, short what, void *arg)
{
	struct host *h = arg;
	uint64_t number;
	bool ok;

	(void)fd;
	(void)what;
	while (spool_answer(h->spool, &number, &ok)) {
		lns_spool_stored(h->lns, host_now(), number, ok, h->out);
		host_drain(h);
	}
	host_kick(h);
}

static void
host_stop(struct host *h, const char *why)
{
	if (h->stopping) {
		event_base_loopbreak(h->base);
		return;
	}
	log_info("stopping reason=\"%s\"", why);
	h->stopping = true;
	h->stop_by = mono_add_s(host_now(), STOP_S);
	lns_shutdown(h->lns, host_now());
	host_kick(h);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	host_stop(arg, sig == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void
on_hangup(evutil_socket_t sig, short what, void *arg)
{
	struct host *h = arg;

	(void)sig;
	(void)what;
	if (h->foreground)
		host_stop(h, "SIGHUP");
	else
		log_warn("sighup ignored: a changed configuration needs a "
		    "new start");
}

static void
on_monitor(evutil_socket_t fd, short what, void *arg)
{
	struct host *h = arg;

	(void)fd;
	(void)what;
	event_del(h->monitor_gone);
	host_stop(h, "the root monitor is gone");
}

bool
loop_init(struct host *h, const struct loop_fds *fds)
{
	h->base = event_base_new();
	h->out = calloc(1, sizeof(*h->out));
	h->radwires = radwires_new(h);
	if (h->base == NULL || h->out == NULL || h->radwires == NULL)
		return false;
	h->timer = evtimer_new(h->base, on_timer, h);
	h->sig_term = evsignal_new(h->base, SIGTERM, on_signal, h);
	h->sig_int = evsignal_new(h->base, SIGINT, on_signal, h);
	h->sig_hup = evsignal_new(h->base, SIGHUP, on_hangup, h);
	h->punt_ready = event_new(h->base, fds->punt, EV_READ | EV_PERSIST,
	    on_punt, h);
	h->helper_ready = event_new(h->base, helpers_fd(h->helpers),
	    EV_READ | EV_PERSIST, on_helper, h);
	h->monitor_gone = event_new(h->base, fds->monitor,
	    EV_READ | EV_PERSIST, on_monitor, h);
	return h->timer != NULL && h->sig_term != NULL && h->sig_int != NULL &&
	    h->sig_hup != NULL && h->punt_ready != NULL && h->helper_ready != NULL &&
	    h->monitor_gone != NULL &&
	    event_add(h->sig_term, NULL) == 0 &&
	    event_add(h->sig_int, NULL) == 0 &&
	    event_add(h->sig_hup, NULL) == 0 &&
	    event_add(h->punt_ready, NULL) == 0 &&
	    event_add(h->helper_ready, NULL) == 0 &&
	    event_add(h->monitor_gone, NULL) == 0;
}

/* Records that an earlier run could not deliver go first. */
static bool
loop_spool(struct host *h)
{
	uint64_t number;
	struct rd block;

	if (h->spool == NULL)
		return true;
	while (spool_next(h->spool, &number, &block)) {
		(void)lns_spool_restore(h->lns, host_now(), number, block,
		    h->out);
		host_drain(h);
	}
	h->spool_ready = event_new(h->base, spool_fd(h->spool),
	    EV_READ | EV_PERSIST, on_spool, h);
	return h->spool_ready != NULL &&
	    event_add(h->spool_ready, NULL) == 0 && spool_start(h->spool);
}

bool
loop_run(struct host *h)
{
	lns_wall(h->lns, host_now(), host_unix_ms());
	if (!loop_spool(h))
		return false;
	lns_start(h->lns, host_now(), h->out);
	host_kick(h);
	return event_base_dispatch(h->base) >= 0;
}

static void
event_drop(struct event *e)
{
	if (e != NULL)
		event_free(e);
}

void
loop_wipe(struct host *h)
{
	event_drop(h->timer);
	event_drop(h->sig_term);
	event_drop(h->sig_int);
	event_drop(h->sig_hup);
	event_drop(h->punt_ready);
	event_drop(h->helper_ready);
	event_drop(h->monitor_gone);
	event_drop(h->spool_ready);
	radwires_free(h->radwires);
	if (h->base != NULL)
		event_base_free(h->base);
	if (h->out != NULL)
		lns_out_reset(h->out);
	free(h->out);
}
