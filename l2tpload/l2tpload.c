/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * l2tpload: the host of one phone (l2tpload/peer.h): sockets, a TUN device and
 * one libevent timer; that of many is loop.c.  See l2tpload(8).
 */

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>

#include "l2tpload/echo.h"
#include "l2tpload/host.h"
#include "l2tpload/loop.h"
#include "l2tpload/options.h"
#include "l2tpload/peer.h"
#include "l2tpload/progress.h"

#define PING_WAIT_MS	2000	/* for the last answers */
#define PING_BYTES	84	/* IPv4 20, ICMP 8, and what ping(8) sends */
#define WIRES		4

enum wire { W_IKE, W_NATT, W_ESP, W_TUN };

struct load {
	struct options o;
	struct peer_kit kit;
	struct rng rng;
	struct esp_crypt *crypt;
	struct peer *peer;
	struct peer_out out;
	struct host_batch batch;
	struct host_gram queue[HOST_BATCH];	/* of one socket, to be sent */
	unsigned queued;
	int queue_fd;
	struct event_base *base;
	struct event *timer, *ping_timer, *end_timer;
	struct event *term, *intr, *wire_ev[WIRES];
	int fd[WIRES];
	mono_t began, up_at;
	struct peer_up link;
	struct ipaddr prefix;	/* that we were told; IP_NONE: none */
	bool six;		/* IPV6CP was open */
	bool tun_ready;
	bool up;		/* now */
	bool was_up;
	bool ended;		/* PEER_DOWN came */
	bool leaving;		/* the farewell was our own wish */
	char why[PEER_TEXT_MAX + 128];
	struct peer_stats stats;
	uint32_t ping_sent, ping_got;
	uint64_t ping_us;	/* sum of round trips */
	uint64_t ping_max_us;
};

/* ---- time and words ---- */

static void __attribute__((format(printf, 2, 3)))
give_up(struct load *l, const char *fmt, ...)
{
	va_list ap;

	if (l->why[0] == '\0') {
		va_start(ap, fmt);
		(void)vsnprintf(l->why, sizeof(l->why), fmt, ap);
		va_end(ap);
	}
	l->ended = true;
	if (l->base != NULL)
		(void)event_base_loopbreak(l->base);
}

static void
after_ms(struct event *ev, uint64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	(void)event_add(ev, &tv);
}

/* ---- what the phone wants ---- */

static void
queue_flush(struct load *l)
{
	if (l->queued > 0 && l->queue_fd >= 0)
		host_send(l->queue_fd, l->queue, l->queued);
	l->queued = 0;
}

static void
queue_send(struct load *l, const struct peer_act *a)
{
	int fd = a->encap == PEER_ESP ? l->fd[W_ESP] :
	    a->local.port == IKE_PORT ? l->fd[W_IKE] : l->fd[W_NATT];

	if (fd != l->queue_fd || l->queued == HOST_BATCH)
		queue_flush(l);
	l->queue_fd = fd;
	l->queue[l->queued].remote = a->remote;
	if (a->encap == PEER_ESP)
		l->queue[l->queued].remote.port = 0;
	l->queue[l->queued++].data = a->data;
}

/* RFC 792: an echo reply to one of ours.  The time is in the packet. */
static bool
take_pong(struct load *l, struct rd r)
{
	struct rd head = r;
	uint64_t us;
	uint8_t first = rd_u8(&head);

	rd_skip(&head, 8);
	if (l->o.pings == 0 || rd_u8(&head) != 1)	/* ICMP */
		return false;
	rd_skip(&r, (size_t)(first & 15) * 4);
	if (rd_u8(&r) != 0)				/* Echo Reply */
		return false;
	rd_skip(&r, 3);
	if (rd_u16(&r) != (uint16_t)getpid())
		return false;
	rd_skip(&r, 2);
	us = mono_since_us(progress_now(), mono_us(rd_u64(&r)));
	if (r.bad)
		return false;
	l->ping_got++;
	l->ping_us += us;
	if (us > l->ping_max_us)
		l->ping_max_us = us;
	return true;
}

/* RFC 4861 §4.2, §4.6.2: the prefix of an advertisement, for our own report. */
static void
take_advert(struct load *l, struct rd r)
{
	struct rd option;
	char text[IPADDR_STRLEN];
	uint8_t type, units;

	if (rd_u8(&r) >> 4 != 6)
		return;
	rd_skip(&r, 5);
	if (rd_u8(&r) != 58)			/* ICMPv6 */
		return;
	rd_skip(&r, 33);
	if (rd_u8(&r) != 134)			/* Router Advertisement */
		return;
	rd_skip(&r, 15);
	while (rd_left(&r) > 0) {
		type = rd_u8(&r);
		units = rd_u8(&r);
		option = rd_sub(&r, (size_t)units * 8 - 2);
		if (r.bad)
			return;
		if (type != 3 || l->prefix.family != IP_NONE)
			continue;
		rd_skip(&option, 14);
		l->prefix = ipaddr_decode(&option, IP_V6);
		progress_say(l->began, "advertised prefix=%s/64",
		    ipaddr_str(&l->prefix, text));
	}
}

static struct ipaddr
link_local(uint64_t ifid)
{
	struct ipaddr a = { .family = IP_V6 };
	struct wr w = wr_make(a.b, sizeof(a.b));

	wr_u64(&w, UINT64_C(0xfe80) << 48);
	wr_u64(&w, ifid);
	return a;
}

static void
open_tun_six(struct load *l)
{
	if (host_tun_link_local(l->o.tun, l->link.net6.ours) != 0)
		give_up(l, "cannot give the TUN device %s its IPv6 address: %s",
		    l->o.tun, strerror(errno));
}

static void
came_up_six(struct load *l, const struct peer_up *up)
{
	struct ipaddr ours = link_local(up->net6.ours);
	struct ipaddr peers = link_local(up->net6.peers);
	char a[IPADDR_STRLEN], b[IPADDR_STRLEN];

	l->link = *up;
	l->six = true;
	progress_say(l->began, "ipv6 address=%s gateway=%s", ipaddr_str(&ours, a),
	    ipaddr_str(&peers, b));
	if (l->tun_ready)
		open_tun_six(l);
}

static void
open_tun(struct load *l)
{
	const struct ppp_net *net = &l->link.net;

	if (l->kit.ppp.ipv6 && host_tun_six(l->o.tun) != 0)
		return give_up(l, "cannot set up IPv6 of the TUN device %s: %s",
		    l->o.tun, strerror(errno));
	if (host_tun_up(l->o.tun, &net->ours, &net->peers, l->link.mtu) != 0)
		return give_up(l, "cannot set up the TUN device %s: %s",
		    l->o.tun, strerror(errno));
	for (unsigned i = 0; i < l->o.routes; i++)
		if (host_route(l->o.tun, &l->o.route[i].net,
			l->o.route[i].bits) != 0)
			return give_up(l, "cannot set route %u through %s: %s",
			    i + 1, l->o.tun, strerror(errno));
	progress_say(l->began, "tun %s ready", l->o.tun);
	l->tun_ready = true;
	if (l->six)
		open_tun_six(l);
}

static void
came_up(struct load *l, const struct peer_up *up)
{
	char a[IPADDR_STRLEN], b[IPADDR_STRLEN], c[IPADDR_STRLEN], suite[24];
	bool again = l->was_up;

	l->link = *up;
	l->up = true;
	l->was_up = true;
	progress_say(l->began, "connected address=%s gateway=%s dns=%s mtu=%u esp=%s "
	    "encapsulation=%s", ipaddr_str(&up->net.ours, a),
	    ipaddr_str(&up->net.peers, b), ipaddr_str(&up->net.dns[0], c),
	    up->mtu, esp_suite_str(&up->suite, suite),
	    up->natt ? "udp" : "none");
	if (again)
		return;
	l->up_at = progress_now();
	if (l->o.with_tun)
		open_tun(l);
	if (l->o.pings > 0)
		after_ms(l->ping_timer, 1);
	else if (l->o.hold && l->o.hold_s > 0)
		after_ms(l->end_timer, l->o.hold_s * UINT64_C(1000));
}

static void
went_down(struct load *l, const char *text)
{
	l->up = false;
	if (!l->leaving || !l->was_up)
		give_up(l, "%s", text);
	progress_say(l->began, "ended: %s", text);
	l->ended = true;
	(void)event_base_loopbreak(l->base);
}

static void
one_act(struct load *l, const struct peer_act *a)
{
	switch (a->kind) {
	case PEER_SEND:
		queue_send(l, a);
		break;
	case PEER_UP6:
		came_up_six(l, a->up);
		break;
	case PEER_IP:
		take_advert(l, a->data);
		if (!take_pong(l, a->data) && l->fd[W_TUN] >= 0)
			host_tun_send(l->fd[W_TUN], a->data);
		break;
	case PEER_STAGE:
		if (a->stage != PEER_CONNECTED)
			progress_say(l->began, "%s", peer_stage_str(a->stage));
		break;
	case PEER_UP:
		came_up(l, a->up);
		break;
	case PEER_DOWN:
		went_down(l, a->text);
		break;
	case PEER_ASK_DH:
		break;		/* answered below, when the box is free */
	}
}

/* Jobs are copied out first: answering them needs the box. */
static void
load_drain(struct load *l)
{
	struct ike_dh job[4];
	unsigned jobs;

	do {
		jobs = 0;
		for (unsigned i = 0; i < l->out.n; i++) {
			if (l->out.act[i].kind == PEER_ASK_DH && jobs < 4)
				job[jobs++] = *l->out.act[i].dh;
			one_act(l, &l->out.act[i]);
		}
		queue_flush(l);
		peer_stats(l->peer, &l->stats);
		peer_out_reset(&l->out);
		for (unsigned i = 0; i < jobs; i++) {
			ike_dh_run(&job[i], &l->rng);
			peer_dh_done(l->peer, progress_now(), &job[i], &l->out);
		}
		wipe(job, sizeof(job));
	} while (jobs > 0);
}

static void
load_rearm(struct load *l)
{
	mono_t when = peer_deadline(l->peer), now = progress_now();
	uint64_t us = mono_since_us(when, now);
	struct timeval tv = { .tv_sec = (time_t)(us / 1000000),
		.tv_usec = (suseconds_t)(us % 1000000) };

	if (when.us == UINT64_MAX)
		(void)event_del(l->timer);
	else
		(void)event_add(l->timer, &tv);
}

/* ---- events ---- */

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct load *l = ctx;

	(void)fd;
	(void)what;
	peer_expire(l->peer, progress_now(), &l->out);
	load_drain(l);
	load_rearm(l);
}

static void
input_wire(struct load *l, enum wire w)
{
	struct peer_gram g[HOST_BATCH];
	unsigned n = host_recv(l->fd[w], w == W_ESP, &l->batch), done = 0;

	for (unsigned i = 0; i < n; i++)
		g[i] = (struct peer_gram){
			.encap = w == W_ESP ? PEER_ESP : PEER_UDP,
			.local = { l->kit.params.local.addr,
			    w == W_ESP ? 0 : w == W_IKE ? IKE_PORT :
			    IKE_NATT_PORT },
			.remote = l->batch.v[i].remote,
			.data = l->batch.v[i].data };
	while (done < n) {
		done += peer_input(l->peer, progress_now(), g + done, n - done,
		    &l->out);
		load_drain(l);
	}
}

static void
input_tun(struct load *l)
{
	struct rd packet[HOST_BATCH];
	unsigned n = host_tun_recv(l->fd[W_TUN], &l->batch), done = 0;

	for (unsigned i = 0; i < n; i++)
		packet[i] = l->batch.v[i].data;
	while (done < n) {
		done += peer_tun(l->peer, progress_now(), packet + done, n - done,
		    &l->out);
		load_drain(l);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct load *l = ctx;

	(void)what;
	if (l->ended)
		return;
	for (int w = W_IKE; w < W_TUN; w++)
		if (fd == l->fd[w])
			input_wire(l, (enum wire)w);
	if (fd == l->fd[W_TUN])
		input_tun(l);
	if (!l->ended)
		load_rearm(l);
}

static void
leave(struct load *l)
{
	l->leaving = true;
	peer_close(l->peer, progress_now(), &l->out);
	load_drain(l);
	load_rearm(l);
}

/* The second signal does not wait for the farewell. */
static void
on_signal(evutil_socket_t fd, short what, void *ctx)
{
	struct load *l = ctx;

	(void)fd;
	(void)what;
	if (!l->was_up)
		give_up(l, "interrupted before the phone was connected");
	else if (l->leaving)
		give_up(l, "interrupted twice");
	else
		leave(l);
}

static void
on_end(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	leave(ctx);
}

/* RFC 1071 over the ICMP message. */
static uint16_t
icmp_sum(struct rd r)
{
	uint32_t sum = 0;

	while (rd_left(&r) > 1)
		sum += rd_u16(&r);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~(sum + (sum >> 16));
}

static void
icmp_echo(struct wr *w, uint32_t number, mono_t now, uint16_t sum)
{
	wr_u16(w, 0x0800);		/* Echo, code 0 */
	wr_u16(w, sum);
	wr_u16(w, (uint16_t)getpid());
	wr_u16(w, (uint16_t)number);
	wr_u64(w, now.us);
	wr_zero(w, PING_BYTES - 20 - 16);
}

static void
ip_head(struct wr *w, const struct load *l, uint16_t sum)
{
	wr_u16(w, 0x4500);
	wr_u16(w, PING_BYTES);
	wr_u32(w, 0);
	wr_u16(w, 0x4001);		/* TTL 64, ICMP */
	wr_u16(w, sum);
	ipaddr_encode(w, &l->link.net.ours);
	ipaddr_encode(w, &l->o.ping);
}

/* Both parts are written twice: to be summed, and with their sum. */
static struct rd
make_ping(struct load *l, uint8_t buf[PING_BYTES], mono_t now)
{
	uint8_t part[PING_BYTES];
	struct wr w = wr_make(buf, PING_BYTES), p = wr_make(part, sizeof(part));

	ip_head(&p, l, 0);
	ip_head(&w, l, icmp_sum(wr_out(&p)));
	p = wr_make(part, sizeof(part));
	icmp_echo(&p, ++l->ping_sent, now, 0);
	icmp_echo(&w, l->ping_sent, now, icmp_sum(wr_out(&p)));
	return wr_out(&w);
}

static void
on_ping(evutil_socket_t fd, short what, void *ctx)
{
	struct load *l = ctx;
	uint8_t buf[PING_BYTES];
	mono_t now = progress_now();
	struct rd packet;

	(void)fd;
	(void)what;
	if (l->ping_sent == l->o.pings) {
		progress_say(l->began, "ping sent=%u received=%u",
		    l->ping_sent, l->ping_got);
		if (!l->o.hold)
			leave(l);
		else if (l->o.hold_s > 0)
			after_ms(l->end_timer, l->o.hold_s * UINT64_C(1000));
		return;
	}
	packet = make_ping(l, buf, now);
	(void)peer_tun(l->peer, now, &packet, 1, &l->out);
	load_drain(l);
	load_rearm(l);
	after_ms(l->ping_timer, l->ping_sent == l->o.pings ? PING_WAIT_MS :
	    l->o.ping_ms);
}

/* ---- start and end ---- */

static bool
open_wires(struct load *l)
{
	struct endpoint e = { l->o.bind, IKE_PORT };
	char text[ENDPOINT_STRLEN];

	if (e.addr.family == IP_NONE &&
	    host_local(&l->o.server, &e.addr) != 0) {
		give_up(l, "no route to the server: %s", strerror(errno));
		return false;
	}
	l->kit.params.local = e;
	l->kit.params.remote = (struct endpoint){ l->o.server, IKE_PORT };
	for (int w = W_IKE; w <= W_NATT; w++) {
		e.port = w == W_IKE ? IKE_PORT : IKE_NATT_PORT;
		l->fd[w] = host_udp(&e);
		if (l->fd[w] >= 0)
			continue;
		give_up(l, "cannot use UDP %s: %s", endpoint_str(&e, text),
		    strerror(errno));
		return false;
	}
	l->fd[W_ESP] = host_esp(&e.addr);
	if (l->fd[W_ESP] < 0) {
		give_up(l, "cannot use IP protocol 50: %s", strerror(errno));
		return false;
	}
	if (l->o.with_tun && (l->fd[W_TUN] = host_tun(l->o.tun)) < 0) {
		give_up(l, "cannot make a TUN device: %s", strerror(errno));
		return false;
	}
	return true;
}

static bool
open_events(struct load *l)
{
	l->base = event_base_new();
	if (l->base == NULL)
		return false;
	l->timer = evtimer_new(l->base, on_timer, l);
	l->ping_timer = evtimer_new(l->base, on_ping, l);
	l->end_timer = evtimer_new(l->base, on_end, l);
	l->term = evsignal_new(l->base, SIGTERM, on_signal, l);
	l->intr = evsignal_new(l->base, SIGINT, on_signal, l);
	if (l->timer == NULL || l->ping_timer == NULL ||
	    l->end_timer == NULL || l->term == NULL || l->intr == NULL)
		return false;
	(void)event_add(l->term, NULL);
	(void)event_add(l->intr, NULL);
	for (int w = 0; w < WIRES; w++) {
		if (l->fd[w] < 0)
			continue;
		l->wire_ev[w] = event_new(l->base, l->fd[w],
		    EV_READ | EV_PERSIST, on_readable, l);
		if (l->wire_ev[w] == NULL)
			return false;
		(void)event_add(l->wire_ev[w], NULL);
	}
	return true;
}

static bool
open_phone(struct load *l)
{
	uint8_t iv[16];
	char why[256];

	if (!options_crypto(&l->kit, why, sizeof(why))) {
		give_up(l, "%s", why);
		return false;
	}
	rng_system(&l->rng);
	if (!rng_fill(&l->rng, iv, sizeof(iv))) {
		give_up(l, "the system gives no randomness");
		return false;
	}
	l->crypt = esp_crypt_new(ESP_ENGINE_AUTO, iv);
	l->peer = l->crypt == NULL ? NULL :
	    peer_new(&l->kit.params, &l->rng, l->crypt, NULL);
	if (l->peer == NULL)
		give_up(l, "out of memory");
	return l->peer != NULL;
}

static void
load_close(struct load *l)
{
	struct event *all[] = { l->timer, l->ping_timer, l->end_timer,
		l->term, l->intr };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != NULL)
			event_free(all[i]);
	for (int w = 0; w < WIRES; w++) {
		if (l->wire_ev[w] != NULL)
			event_free(l->wire_ev[w]);
		if (l->fd[w] >= 0)
			(void)close(l->fd[w]);
	}
	if (l->base != NULL)
		event_base_free(l->base);
	peer_free(l->peer);
	esp_crypt_free(l->crypt);
}

static json_t *
json_ping(const struct load *l)
{
	return json_pack("{s:i, s:i, s:f, s:f}", "sent", (int)l->ping_sent,
	    "received", (int)l->ping_got, "rtt_avg_ms", l->ping_got == 0 ? 0.0 :
	    (double)l->ping_us / l->ping_got / 1000.0, "rtt_max_ms",
	    (double)l->ping_max_us / 1000.0);
}

static void
json_six(const struct load *l, json_t *j)
{
	struct ipaddr ours = link_local(l->link.net6.ours);
	char a[IPADDR_STRLEN], b[IPADDR_STRLEN];

	(void)json_object_update_new(j, json_pack("{s:s, s:s}",
	    "ipv6_link_local", ipaddr_str(&ours, a),
	    "ipv6_prefix", ipaddr_str(&l->prefix, b)));
}

static void
print_json(const struct load *l, bool ok)
{
	char ours[IPADDR_STRLEN], peer[IPADDR_STRLEN], dns[IPADDR_STRLEN];
	char suite[24];
	const struct ppp_net *net = &l->link.net;
	json_t *j = json_pack("{s:b, s:s}", "ok", ok, "reason", l->why);

	if (l->was_up)
		(void)json_object_update_new(j, json_pack(
		    "{s:s, s:s, s:s, s:i, s:s, s:b, s:I, s:I, s:I, s:I, s:I, "
		    "s:I, s:i, s:i}",
		    "address", ipaddr_str(&net->ours, ours),
		    "gateway", ipaddr_str(&net->peers, peer),
		    "dns", ipaddr_str(&net->dns[0], dns),
		    "mtu", (int)l->link.mtu,
		    "esp", esp_suite_str(&l->link.suite, suite),
		    "natt", l->link.natt,
		    "login_ms", (json_int_t)mono_since_ms(l->up_at, l->began),
		    "up_ms", (json_int_t)mono_since_ms(progress_now(), l->up_at),
		    "rx_packets", (json_int_t)l->stats.rx_packets,
		    "rx_bytes", (json_int_t)l->stats.rx_bytes,
		    "tx_packets", (json_int_t)l->stats.tx_packets,
		    "tx_bytes", (json_int_t)l->stats.tx_bytes,
		    "rekeys_phase1", (int)l->stats.rekeys1,
		    "rekeys_phase2", (int)l->stats.rekeys2));
	if (l->six)
		json_six(l, j);
	if (l->o.pings > 0)
		(void)json_object_set_new(j, "ping", json_ping(l));
	(void)json_dumpf(j, stdout, JSON_COMPACT |
	    JSON_REAL_PRECISION(6));
	(void)printf("\n");
	json_decref(j);
}

static int
load_run(struct load *l)
{
	bool ok;

	l->began = progress_now();
	if (open_phone(l) && open_wires(l)) {
		if (open_events(l)) {
			peer_dial(l->peer, l->began, &l->out);
			load_drain(l);
			load_rearm(l);
			while (!l->ended && event_base_loop(l->base,
			    EVLOOP_ONCE) == 0)
				;
		} else {
			give_up(l, "libevent cannot be used");
		}
	}
	if (l->o.pings > 0 && l->ping_got == 0 && l->why[0] == '\0')
		(void)snprintf(l->why, sizeof(l->why), "connected, but no ping "
		    "was answered");
	ok = l->was_up && l->why[0] == '\0';
	if (!ok)
		(void)fprintf(stderr, "l2tpload: %s\n", l->why);
	if (l->o.json)
		print_json(l, ok);
	load_close(l);
	return ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof(*l));
	char why[256];
	int rc;

	if (l == NULL) {
		(void)fprintf(stderr, "l2tpload: out of memory\n");
		return 1;
	}
	for (int w = 0; w < WIRES; w++)
		l->fd[w] = -1;
	l->queue_fd = -1;
	if (options_read(argc, argv, &l->o, &l->kit, why, sizeof(why))) {
		rc = l->o.command == OPTIONS_DIAL ? load_run(l) :
		    l->o.command == OPTIONS_ECHO ? echo_run(&l->o) :
		    loop_login(&l->o, &l->kit);
	} else {
		(void)fprintf(stderr, "l2tpload: %s\n%s", why, options_usage);
		rc = 2;
	}
	wipe(l, sizeof(*l));
	free(l);
	return rc;
}
