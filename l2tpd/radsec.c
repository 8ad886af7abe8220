/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS connections to RADIUS servers: see radsec.h. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "io/addr.h"
#include "l2tpd/host.h"
#include "l2tpd/loop.h"
#include "l2tpd/radsec.h"
#include "radius/stream.h"

#define CONNS_MAX	(RADIUS_SERVERS_MAX * RADIUS_PORTS_MAX)
#define INPUT_MAX	16384	/* bytes of one connection in one turn */
/* Room for OpenSSL's words and ours. */
#define WHY_MAX		(TLS_WHY_MAX + 32)

enum stage { CONNECTING, SHAKING, READY };

struct conn {
	struct radsec *all;
	uint32_t port;		/* handle; 0: free */
	uint32_t server;
	enum stage stage;
	bool heard;		/* a packet, ever */
	int fd;
	struct tls_conn *tls;
	struct event *readable, *writable;
	struct event *timer;	/* until it is ready; then: it has failed */
	char failed[WHY_MAX];	/* noticed while sending; the timer tells */
	struct radius_stream stream;
};

struct radsec {
	struct host *host;
	/* Why the last connection to each server was lost, as logged. */
	char said[CONF_SERVERS_MAX][WHY_MAX];
	struct conn conn[CONNS_MAX];
};

/* ---- keys ---- */

bool
radsec_keys_read(const struct conf *c, struct radsec_keys *k, char *err,
    size_t n)
{
	char why[CONF_TEXT_MAX], address[IPADDR_STRLEN];

	*k = (struct radsec_keys){ .server = { NULL } };
	for (uint32_t i = 0; i < c->servers; i++) {
		const struct conf_server *s = &c->server[i];
		struct tls_params p = {
			.ca = s->tls_ca, .cert = s->tls_cert, .key = s->tls_key,
			.name = s->tls_name, .radius_11 = s->tls_version_11,
		};

		if (s->transport != CONF_RADIUS_TLS)
			continue;
		if (s->tls_name[0] == '\0')
			p.name = ipaddr_str(&s->address, address);
		k->server[i] = tls_client_new(&p, why, sizeof(why));
		if (k->server[i] == NULL) {
			(void)snprintf(err, n, "server %s: %s", s->name, why);
			radsec_keys_free(k);
			return false;
		}
	}
	return true;
}

void
radsec_keys_free(struct radsec_keys *k)
{
	for (size_t i = 0; i < CONF_SERVERS_MAX; i++)
		tls_client_free(k->server[i]);
	*k = (struct radsec_keys){ .server = { NULL } };
}

/* ---- the end of a connection ---- */

static struct conn *
conn_find(struct radsec *rs, uint32_t port)
{
	for (size_t i = 0; i < CONNS_MAX; i++)
		if (rs->conn[i].port == port)
			return &rs->conn[i];
	return NULL;
}

static void
event_drop(struct event *e)
{
	if (e != NULL)
		event_free(e);
}

static void
conn_shut(struct conn *c)
{
	event_drop(c->readable);
	event_drop(c->writable);
	event_drop(c->timer);
	tls_free(c->tls);
	if (c->fd >= 0)
		close(c->fd);
	wipe(c->stream.buf, sizeof(c->stream.buf));
	*c = (struct conn){ .port = 0 };
}

/* A server that stays down says so once, not at each attempt. */
static void
tell_lost(struct conn *c, const char *why)
{
	struct radsec *rs = c->all;
	char *said = rs->said[c->server];

	if (strcmp(said, why) == 0)
		return;
	(void)snprintf(said, WHY_MAX, "%s", why);
	log_warn("radsec server=%s state=lost reason=\"%s\"",
	    rs->host->conf->server[c->server].name, why);
}

/* Only from an event: what the concentrator answers is carried out here. */
static void
conn_lost(struct conn *c, const char *why)
{
	struct host *h = c->all->host;
	uint32_t port = c->port;
	char text[WHY_MAX];

	(void)snprintf(text, sizeof(text), "%s", why);
	tell_lost(c, text);
	conn_shut(c);
	lns_radius_down(h->lns, host_now(), port, text, h->out);
	host_drain(h);
}

/* While the concentrator's actions are carried out: it is told later. */
static void
conn_fail_later(struct conn *c, const char *why)
{
	(void)snprintf(c->failed, sizeof(c->failed), "%s", why);
	event_active(c->timer, EV_TIMEOUT, 0);
}

static const char *
conn_late(const struct conn *c)
{
	return c->stage == CONNECTING ? "no TCP connection in time" :
	    "no TLS handshake in time";
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct host *h = c->all->host;

	(void)fd;
	(void)what;
	conn_lost(c, c->failed[0] != '\0' ? c->failed : conn_late(c));
	host_kick(h);
}

/*
 * With TLS 1.3 a server looks at our certificate after we are ready, and not
 * each tells what it thinks of it: FreeRADIUS 3.2 just closes.  If a question
 * of ours is on its way then, that shows as a reset.
 */
static const char *
conn_closed(const struct conn *c, int error)
{
	if (c->stage == READY && !c->heard && (error == 0 ||
	    error == ECONNRESET))
		return "it closed the connection unasked: "
		    "does it take our certificate?";
	return error != 0 ? strerror(error) : c->stage != READY ?
	    "it closed the connection during the TLS handshake" :
	    "it closed the connection";
}

/* ---- bytes ---- */

/* Sends what the socket takes; the rest when it can be written.  NULL, or why
 * the connection is lost. */
static const char *
conn_flush(struct conn *c)
{
	struct rd out;

	while (out = tls_unsent(c->tls), rd_left(&out) > 0) {
		ssize_t n = send(c->fd, out.p, rd_left(&out),
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			tls_sent(c->tls, (size_t)n);
		else if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return NULL;	/* reading tells why: an alert */
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return strerror(errno);
		else if (rd_left(&out) > RADSEC_UNSENT_MAX)
			return "it does not read what is sent to it";
		else
			return event_add(c->writable, NULL) == 0 ? NULL :
			    "out of memory";
	}
	return NULL;
}

/* Text in clear to packets.  The answer to one may close the connection: its
 * handle tells.  NULL, or why it is lost. */
static const char *
conn_packets(struct conn *c, uint32_t port, struct rd in)
{
	struct host *h = c->all->host;
	enum radius_stream_got got;
	struct rd packet;

	while (c->port == port) {
		got = radius_stream_next(&c->stream, &in, &packet);
		if (got == RADIUS_STREAM_MORE)
			return NULL;
		if (got == RADIUS_STREAM_BAD) {
			drop_count(&h->drops, DROP_RADIUS_LENGTH);
			return "it sent a packet of an impossible length";
		}
		c->heard = true;
		lns_input_radius(h->lns, host_now(), port, packet, h->out);
		host_drain(h);
	}
	return NULL;
}

static void
conn_up(struct conn *c)
{
	struct radsec *rs = c->all;
	struct host *h = rs->host;
	bool version_11 = tls_radius_11(c->tls);

	event_del(c->timer);
	c->stage = READY;
	rs->said[c->server][0] = '\0';
	log_info("radsec server=%s state=connected tls=%s cipher=%s radius=%s",
	    h->conf->server[c->server].name, tls_version(c->tls),
	    tls_cipher(c->tls), version_11 ? "1.1" : "1.0");
	lns_radius_up(h->lns, host_now(), c->port, version_11, h->out);
	host_drain(h);
}

static const char *
conn_read(struct conn *c)
{
	uint8_t text[RADIUS_PACKET_MAX];
	uint32_t port = c->port;
	const char *why = NULL;
	size_t n;

	while (why == NULL && c->port == port &&
	    (n = tls_read(c->tls, text, sizeof(text))) > 0)
		why = conn_packets(c, port, rd_make(text, n));
	wipe(text, sizeof(text));
	return why;
}

/* After input: alerts go out, a handshake may be done, packets are taken. */
static void
conn_turn(struct conn *c)
{
	uint32_t port = c->port;
	const char *why = conn_flush(c);

	if (why == NULL && c->stage == SHAKING && tls_state(c->tls) == TLS_READY)
		conn_up(c);
	if (why == NULL && c->port == port && c->stage == READY)
		why = conn_read(c);
	if (c->port != port)
		return;
	if (tls_state(c->tls) == TLS_FAILED)
		why = tls_why(c->tls);
	else if (why == NULL && tls_state(c->tls) == TLS_CLOSED)
		why = conn_closed(c, 0);
	if (why != NULL) {
		(void)conn_flush(c);
		conn_lost(c, why);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct host *h = c->all->host;
	uint8_t bytes[INPUT_MAX];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		(void)tls_input(c->tls, rd_make(bytes, (size_t)n));
		conn_turn(c);
	} else {
		conn_lost(c, conn_closed(c, n < 0 ? errno : 0));
	}
	host_kick(h);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct host *h = c->all->host;
	int error = 0;
	socklen_t n = sizeof(error);
	const char *why = NULL;

	(void)what;
	if (c->stage == CONNECTING) {
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
			error = errno;
		if (error == 0 && event_add(c->readable, NULL) != 0)
			error = ENOMEM;
		if (error == 0)
			c->stage = SHAKING;
		else
			why = strerror(error);
	}
	if (why == NULL)
		why = conn_flush(c);
	if (why != NULL)
		conn_lost(c, why);
	host_kick(h);
}

/* ---- what the RADIUS client wants ---- */

/* NULL, or why it cannot begin. */
static const char *
conn_begin(struct conn *c, const struct endpoint *to)
{
	static const struct timeval up = { .tv_sec = RADSEC_UP_S };
	struct host *h = c->all->host;
	union sock_addr sa;
	socklen_t n = sock_addr_make(&sa, to);
	int on = 1;

	c->fd = socket(sa.sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return strerror(errno);
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->tls = tls_new(h->keys->server[c->server]);
	c->readable = event_new(h->base, c->fd, EV_READ | EV_PERSIST,
	    on_readable, c);
	c->writable = event_new(h->base, c->fd, EV_WRITE, on_writable, c);
	c->timer = evtimer_new(h->base, on_timer, c);
	if (c->tls == NULL || c->readable == NULL || c->writable == NULL ||
	    c->timer == NULL || event_add(c->timer, &up) != 0 ||
	    event_add(c->writable, NULL) != 0)
		return "out of memory";
	if (connect(c->fd, &sa.sa, n) != 0 && errno != EINPROGRESS)
		return strerror(errno);
	return NULL;
}

bool
radsec_open(struct radsec *rs, uint32_t port, uint32_t server,
    const struct endpoint *to, const char **why)
{
	struct conn *c = conn_find(rs, 0);

	*why = "too many connections";
	if (c == NULL)
		return false;
	c->all = rs;
	c->port = port;
	c->server = server;
	c->fd = -1;
	*why = conn_begin(c, to);
	if (*why == NULL)
		return true;
	tell_lost(c, *why);
	conn_shut(c);
	return false;
}

static void
conn_bye(struct conn *c)
{
	if (c->stage == READY && c->failed[0] == '\0') {
		tls_bye(c->tls);
		(void)conn_flush(c);
	}
	conn_shut(c);
}

bool
radsec_close(struct radsec *rs, uint32_t port)
{
	struct conn *c = conn_find(rs, port);

	if (c == NULL)
		return false;
	/* The client has less patience than we have. */
	if (c->stage != READY)
		tell_lost(c, conn_late(c));
	conn_bye(c);
	return true;
}

bool
radsec_send(struct radsec *rs, uint32_t port, struct rd packet)
{
	struct conn *c = conn_find(rs, port);
	const char *why;

	if (c == NULL)
		return false;
	if (c->stage != READY || c->failed[0] != '\0') {
		drop_count(&rs->host->drops, DROP_UDP_SEND);
		return true;
	}
	why = tls_write(c->tls, packet) ? conn_flush(c) : tls_why(c->tls);
	if (why != NULL)
		conn_fail_later(c, why);
	return true;
}

struct radsec *
radsec_new(struct host *h)
{
	struct radsec *rs = calloc(1, sizeof(*rs));

	if (rs != NULL)
		rs->host = h;
	return rs;
}

void
radsec_free(struct radsec *rs)
{
	if (rs == NULL)
		return;
	for (size_t i = 0; i < CONNS_MAX; i++)
		if (rs->conn[i].port != 0)
			conn_bye(&rs->conn[i]);
	free(rs);
}
