/* SPDX-License-Identifier: BSD-2-Clause */
/* The status socket: see ctl.h. */

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/secret.h"
#include "l2tpd/ctl_metrics.h"
#include "l2tpd/ctl_radtest.h"
#include "l2tpd/host.h"
#include "lns/radtest.h"
#include "lns/show.h"

#define REQUEST_MAX	65536	/* bytes of a line */
#define IDLE_S		300
#define STALL_S		10	/* an answer must get away in so long */
#define AGAIN_S		1	/* after a client that could not be let in */

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION	"0"
#endif

struct ctl_client {
	struct ctl *ctl;		/* borrowed */
	struct bufferevent *bev;	/* owned; NULL: free */
	mono_t heard;			/* its last request */
	uint32_t test;			/* it waits for; 0: for nothing */
	bool ended;			/* it says nothing more */
};

struct ctl {
	struct host *host;		/* borrowed */
	struct evconnlistener *listener;
	struct event *again;		/* owned; to listen on */
	bool shut;			/* the last one was not let in */
	struct ctl_client client[CTL_CLIENTS_MAX];
};

static json_t *
json_addr(const struct ipaddr *a)
{
	char s[IPADDR_STRLEN];

	return json_string(ipaddr_str(a, s));
}

static json_t *
json_endpoint(const struct endpoint *e)
{
	char s[ENDPOINT_STRLEN];

	return json_string(endpoint_str(e, s));
}

static json_t *
json_id(uint32_t id)
{
	char s[17];

	(void)snprintf(s, sizeof(s), "%016x", id);
	return json_string(s);
}

static void
put(json_t *o, const char *key, json_t *v)
{
	(void)json_object_set_new(o, key, v);
}

static void
put_n(json_t *o, const char *key, uint64_t v)
{
	put(o, key, json_integer((json_int_t)v));
}

static const char *
family_of(const struct show_session *s)
{
	if (strcmp(s->vendor_name, "Microsoft") == 0)
		return "windows";
	if (strcmp(s->vendor_name, "MikroTik") == 0)
		return "mikrotik";
	if (strcmp(s->vendor_name, "xelerance.com") == 0)
		return "linux";
	if (strcmp(s->host_name, "anonymous") == 0)
		return "android";
	return "unknown";
}

static json_t *
json_session(const struct show_session *s)
{
	json_t *o = json_object();
	char suite[24], prefix[IPNET_STRLEN];

	put(o, "id", json_id(s->session));
	put(o, "user", json_string(s->user));
	put(o, "address", json_addr(&s->address));
	put(o, "prefix", json_string(s->prefix.addr.family == IP_NONE ? "-" :
	    ipnet_str(&s->prefix, prefix)));
	put(o, "ipv4", json_boolean(s->v4));
	put(o, "ipv6", json_boolean(s->v6));
	put(o, "client", json_endpoint(&s->remote));
	put(o, "local", json_endpoint(&s->local));
	put(o, "host", json_string(s->host_name));
	put(o, "family", json_string(family_of(s)));
	put(o, "method", json_string(ppp_method_str(s->method)));
	put(o, "state", json_string(s->up ? "up" : "starting"));
	put(o, "cipher", json_string(esp_suite_str(&s->suite, suite)));
	put(o, "encap", json_string(s->encap ? "udp" : "esp"));
	put_n(o, "up_s", s->up_s);
	put_n(o, "rx_bytes", s->count.rx_bytes);
	put_n(o, "tx_bytes", s->count.tx_bytes);
	put_n(o, "rx_packets", s->count.rx_packets);
	put_n(o, "tx_packets", s->count.tx_packets);
	put_n(o, "acl_drops", s->count.acl_drops);
	put_n(o, "rate_drops", s->count.rate_drops);
	put_n(o, "attempt", s->attempt);
	put(o, "path", json_id(s->path));
	put_n(o, "tunnel_id", s->tunnel_id);
	put_n(o, "session_id", s->session_id);
	put_n(o, "mtu", s->mtu);
	return o;
}

static json_t *
cmd_sessions(struct host *h, const json_t *args, const char **err)
{
	json_t *list = json_array();
	struct show_session s;
	uint32_t cursor = 0;

	(void)args;
	(void)err;
	while (show_session(h->lns, host_now(), &cursor, &s))
		(void)json_array_append_new(list, json_session(&s));
	return list;
}

/* The session's handle from its id in hex; false if it is none. */
static bool
arg_id(const json_t *args, uint32_t *id)
{
	const char *s = json_string_value(json_object_get(args, "id"));
	unsigned long long v;

	if (s == NULL || s[0] == '\0' ||
	    s[strspn(s, "0123456789abcdefABCDEF")] != '\0')
		return false;
	v = strtoull(s, NULL, 16);
	*id = (uint32_t)v;
	return v <= UINT32_MAX;
}

static json_t *
session_ike(const struct show_session *s)
{
	static const char *const ciphers[CIPHER_ALGS] = {
		[CIPHER_3DES] = "3des", [CIPHER_AES128] = "aes128",
		[CIPHER_AES192] = "aes192", [CIPHER_AES256] = "aes256",
	};
	char text[64];

	(void)snprintf(text, sizeof(text), "%s-%s-%s",
	    s->p1.cipher < CIPHER_ALGS ? ciphers[s->p1.cipher] : "-",
	    hash_str(s->p1.hash), dh_str(s->p1.group));
	return json_string(text);
}

static json_t *
cmd_session(struct host *h, const json_t *args, const char **err)
{
	struct show_session s;
	uint32_t id;
	json_t *o;

	if (!arg_id(args, &id) ||
	    !show_session_one(h->lns, host_now(), id, &s)) {
		*err = "no such session";
		return NULL;
	}
	o = json_session(&s);
	put(o, "ike", session_ike(&s));
	put(o, "vendor", json_string(s.vendor_name));
	return o;
}

static json_t *
json_pools(struct host *h)
{
	json_t *list = json_array();
	struct show_pool p;
	uint32_t cursor = 0;

	while (show_pool(h->lns, &cursor, &p)) {
		json_t *o = json_object();

		put(o, "name", json_string(p.name));
		put_n(o, "size", p.size);
		put_n(o, "used", p.used);
		put_n(o, "size6", p.size6);
		put_n(o, "used6", p.used6);
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *
cmd_status(struct host *h, const json_t *args, const char **err)
{
	struct show_status s;
	json_t *o = json_object();
	const char *why;

	(void)args;
	(void)err;
	show_status(h->lns, &s);
	put(o, "version", json_string(PACKAGE_VERSION));
	put_n(o, "uptime_s", mono_since_ms(host_now(), h->started) / 1000);
	put(o, "engine", json_string(dp_engine(h->dp, &why)));
	put(o, "engine_why", json_string(why));
	put_n(o, "workers", dp_worker_count(h->dp));
	put_n(o, "half_open", s.half_open);
	put_n(o, "peers", s.peers);
	put_n(o, "children", s.children);
	put_n(o, "paths", s.paths);
	put_n(o, "tunnels", s.tunnels);
	put_n(o, "sessions", s.sessions);
	put_n(o, "attempts", s.attempts);
	put_n(o, "logins_total", s.logins);
	put_n(o, "refused_total", s.refused);
	put_n(o, "failures_total", s.failed);
	put_n(o, "lockouts_total", s.lockouts);
	put_n(o, "refused_while_locked_total", s.locked_out);
	put_n(o, "locked", s.locked);
	put_n(o, "logins_waiting", s.waiting);
	put_n(o, "memory_bound_bytes", h->memory_bound);
	put(o, "stopping", json_boolean(s.shutting_down));
	put(o, "pools", json_pools(h));
	return o;
}

static json_t *
json_attempt(const struct attempt *a, mono_t now)
{
	json_t *o = json_object();

	put_n(o, "attempt", a->id);
	put(o, "when", json_integer(host_wall(a->began)));
	put(o, "client", json_endpoint(&a->remote));
	put(o, "stage", json_string(attempt_stage_str(a->stage)));
	put(o, "result", json_string(attempt_result_str(a->result)));
	put(o, "reason", json_string(a->reason));
	put(o, "user", json_string(a->user));
	put_n(o, "took_ms", mono_since_ms(
	    a->result == ATT_GOING ? now : a->ended, a->began));
	return o;
}

static json_t *
cmd_attempts(struct host *h, const json_t *args, const char **err)
{
	json_t *list = json_array();
	struct attempt a;
	uint32_t cursor = 0;

	(void)args;
	(void)err;
	while (show_attempt(h->lns, &cursor, &a))
		(void)json_array_append_new(list, json_attempt(&a, host_now()));
	return list;
}

static json_t *
cmd_drops(struct host *h, const json_t *args, const char **err)
{
	uint64_t n[DROP_COUNT] = { 0 };
	json_t *o = json_object();

	(void)args;
	(void)err;
	dp_drops(h->dp, n);
	for (int i = DROP_NONE + 1; i < DROP_COUNT; i++)
		put_n(o, drop_str((enum drop)i),
		    n[i] + count_get(&h->drops.n[i]));
	return o;
}

static json_t *
json_latency(const struct radius_latency *l)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < RADIUS_LATENCY_BUCKETS; i++) {
		uint32_t le = radius_latency_le_ms(i);
		json_t *o = json_object();

		put(o, "up_to_ms", le != RADIUS_LATENCY_ANY ?
		    json_integer(le) : json_null());
		put_n(o, "answers", l->n[i]);
		(void)json_array_append_new(list, o);
	}
	return list;
}

/* Rounded up: an answer took some time. */
static json_t *
json_percentile(const struct radius_latency *l, unsigned percent)
{
	return json_integer((json_int_t)((radius_latency_percentile(l,
	    percent) + 999) / 1000));
}

static json_t *
json_radius(const struct show_radius *r, mono_t now)
{
	const struct radius_health *a = &r->health;
	json_t *o = json_object();

	put(o, "server", json_string(r->server));
	put(o, "service", json_string(r->service == RADIUS_AUTH ? "auth" :
	    "acct"));
	put(o, "state", json_string(a->up ? "up" : "down"));
	put(o, "reason", json_string(a->why));
	put_n(o, "waiting", a->waiting);
	put_n(o, "sockets", a->ports);
	put_n(o, "asked", a->asked);
	put_n(o, "answered", a->answered);
	put_n(o, "accepts", a->accepts);
	put_n(o, "rejects", a->rejects);
	put_n(o, "challenges", a->challenges);
	put_n(o, "repeated", a->repeated);
	put_n(o, "timed_out", a->timed_out);
	put_n(o, "forged", a->forged);
	put_n(o, "no_message_authenticator", a->no_message_auth);
	put_n(o, "moved", a->moved);
	put_n(o, "probes", a->probes);
	put_n(o, "probes_lost", a->probes_lost);
	put_n(o, "mean_ms", a->answered > 0 ?
	    a->latency.sum_us / 1000 / a->answered : 0);
	put(o, "p50_ms", json_percentile(&a->latency, 50));
	put(o, "p99_ms", json_percentile(&a->latency, 99));
	put(o, "latency", json_latency(&a->latency));
	put(o, "heard_s", a->heard.us == UINT64_MAX ? json_null() :
	    json_integer((json_int_t)(mono_since_ms(now, a->heard) / 1000)));
	return o;
}

static json_t *
cmd_radius(struct host *h, const json_t *args, const char **err)
{
	json_t *list = json_array();
	struct show_radius r;
	uint32_t cursor = 0;

	(void)args;
	(void)err;
	while (show_radius(h->lns, &cursor, &r))
		(void)json_array_append_new(list, json_radius(&r, host_now()));
	return list;
}

static json_t *
cmd_accounting(struct host *h, const json_t *args, const char **err)
{
	struct acct_state s;
	json_t *o;

	(void)args;
	if (!show_acct(h->lns, &s)) {
		*err = "there is no RADIUS server";
		return NULL;
	}
	o = json_object();
	put_n(o, "records", s.records);
	put_n(o, "in_flight", s.in_flight);
	put_n(o, "unstored", s.unstored);
	put_n(o, "orphans", s.orphans);
	put_n(o, "bytes", s.bytes);
	put(o, "oldest", s.oldest_event_ms == 0 ? json_null() :
	    json_integer((json_int_t)(s.oldest_event_ms / 1000)));
	put_n(o, "put_total", s.put);
	put_n(o, "restored_total", s.restored);
	put_n(o, "delivered_total", s.delivered);
	put_n(o, "replaced_total", s.replaced);
	put_n(o, "retried_total", s.retried);
	put_n(o, "lost_total", s.refused + s.given_up + s.yielded);
	put(o, "disk_ok", json_boolean(s.disk_ok));
	return o;
}

static json_t *
cmd_kill(struct host *h, const json_t *args, const char **err)
{
	const char *user = json_string_value(json_object_get(args, "user"));
	json_t *o;
	uint32_t id, n = 0;

	if (user != NULL)
		n = lns_kill_user(h->lns, host_now(), user);
	else if (arg_id(args, &id))
		n = lns_kill(h->lns, host_now(), id);
	if (n == 0) {
		*err = "no such session";
		return NULL;
	}
	log_info("kill sessions=%u", n);
	host_kick(h);
	o = json_object();
	put_n(o, "killed", n);
	return o;
}

static json_t *
cmd_locks(struct host *h, const json_t *args, const char **err)
{
	json_t *list = json_array();
	struct show_lock s;
	uint32_t cursor = 0;

	(void)args;
	(void)err;
	while (show_lock(h->lns, host_now(), &cursor, &s)) {
		json_t *o = json_object();

		put(o, "kind", json_string(s.kind));
		put(o, "user", json_string(s.user));
		put(o, "source", json_string(s.source));
		put_n(o, "failures", s.failures);
		put_n(o, "sources", s.sources);
		put_n(o, "since", s.since);
		put_n(o, "until", s.until);
		(void)json_array_append_new(list, o);
	}
	return list;
}

/* What a client sent goes into the log escaped. */
static json_t *
cmd_unlock(struct host *h, const json_t *args, const char **err)
{
	const json_t *name = json_object_get(args, "name");
	bool all = json_is_true(json_object_get(args, "all"));
	char text[128] = "all";
	json_t *o;
	uint32_t n;

	if (all == json_is_string(name)) {
		*err = "expected a name, or all";
		return NULL;
	}
	if (!all)
		(void)log_escape(text, sizeof(text),
		    rd_make(json_string_value(name), json_string_length(name)));
	n = lns_unlock(h->lns, all ? NULL : json_string_value(name));
	if (n == 0 && !all) {
		*err = "nobody is locked out under this name";
		return NULL;
	}
	log_info("unlock name=%s locks=%u", text, n);
	host_kick(h);
	o = json_object();
	put_n(o, "unlocked", n);
	return o;
}

static json_t *
cmd_metrics(struct host *h, const json_t *args, const char **err)
{
	return ctl_metrics(h, args, err);
}

static json_t *
cmd_version(struct host *h, const json_t *args, const char **err)
{
	json_t *o = json_object();

	(void)h;
	(void)args;
	(void)err;
	put(o, "version", json_string(PACKAGE_VERSION));
	return o;
}

/* Each makes the answer's data, or NULL and says why. */
static const struct {
	const char *name;
	json_t *(*run)(struct host *, const json_t *args, const char **err);
} commands[] = {
	{ "status", cmd_status },
	{ "sessions", cmd_sessions },
	{ "session", cmd_session },
	{ "attempts", cmd_attempts },
	{ "radius", cmd_radius },
	{ "accounting", cmd_accounting },
	{ "drops", cmd_drops },
	{ "kill", cmd_kill },
	{ "locks", cmd_locks },
	{ "unlock", cmd_unlock },
	{ "metrics", cmd_metrics },
	{ "version", cmd_version },
};

/* The command that is answered later; its client waits for the test. */
static void
run_later(struct ctl_client *cl, const json_t *req, const char **err)
{
	struct host *h = cl->ctl->host;

	cl->test = ctl_radtest_begin(h, json_object_get(req, "args"), err);
	if (cl->test != 0)
		host_kick(h);	/* which may answer at once */
}

static json_t *
ctl_run(struct ctl_client *cl, const json_t *req, const char **err)
{
	struct host *h = cl->ctl->host;
	const char *cmd = json_string_value(json_object_get(req, "cmd"));

	if (json_integer_value(json_object_get(req, "v")) != 1 || cmd == NULL) {
		*err = "expected {\"v\":1,\"cmd\":...}";
		return NULL;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, cmd) == 0)
			return commands[i].run(h,
			    json_object_get(req, "args"), err);
	if (strcmp(cmd, "radius-test") == 0) {
		*err = NULL;
		run_later(cl, req, err);
	} else {
		*err = "unknown command";
	}
	return NULL;
}

/* Takes the data over; NULL: refused. */
static void
ctl_say(struct bufferevent *bev, json_t *data, const char *err)
{
	json_t *ans = json_object();
	char *text;

	put(ans, "v", json_integer(1));
	put(ans, "ok", json_boolean(data != NULL));
	if (data != NULL)
		put(ans, "data", data);
	else
		put(ans, "error", json_string(err));
	text = json_dumps(ans, JSON_COMPACT);
	if (text != NULL) {
		(void)bufferevent_write(bev, text, strlen(text));
		(void)bufferevent_write(bev, "\n", 1);
	}
	free(text);
	json_decref(ans);
}

static void
ctl_answer(struct ctl_client *cl, const char *line, size_t n)
{
	json_t *req = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	const char *err = "not a JSON object";
	json_t *data = json_is_object(req) ? ctl_run(cl, req, &err) : NULL;

	if (data != NULL || err != NULL)
		ctl_say(cl->bev, data, err);
	json_decref(req);
}

void
ctl_radtest(struct ctl *c, uint32_t test)
{
	struct host *h = c != NULL ? c->host : NULL;

	for (int i = 0; h != NULL && i < CTL_CLIENTS_MAX; i++) {
		struct ctl_client *cl = &c->client[i];

		if (cl->bev == NULL || cl->test != test)
			continue;
		ctl_say(cl->bev, ctl_radtest_answer(h, test), "no memory");
		cl->test = 0;
		radtest_end(h->lns, host_now(), test);
		return;
	}
}

static void
client_close(struct ctl_client *cl)
{
	if (cl->test != 0)
		radtest_end(cl->ctl->host->lns, host_now(), cl->test);
	cl->test = 0;
	bufferevent_free(cl->bev);
	cl->bev = NULL;
}

/*
 * The next line without its end, the caller's, to be wiped; NULL: there is no
 * whole one yet.  There may be a password in it, so none of it stays behind.
 */
static char *
line_take(struct evbuffer *in, size_t *n)
{
	struct evbuffer_ptr end = evbuffer_search_eol(in, NULL, NULL,
	    EVBUFFER_EOL_LF);
	struct evbuffer_iovec part;
	size_t left, k;
	char *line;

	if (end.pos < 0)
		return NULL;
	*n = (size_t)end.pos;
	line = malloc(*n + 1);
	if (line != NULL)
		(void)evbuffer_copyout(in, line, *n);
	for (left = *n + 1; left > 0 &&
	    evbuffer_peek(in, (ssize_t)left, NULL, &part, 1) > 0; left -= k) {
		k = part.iov_len < left ? part.iov_len : left;
		wipe(part.iov_base, k);
		(void)evbuffer_drain(in, k);
	}
	return line;
}

/* New bytes are there, or all of the last answer is away. */
static void
client_read(struct bufferevent *bev, void *arg)
{
	struct ctl_client *cl = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct evbuffer *unsent = bufferevent_get_output(bev);
	size_t n;
	char *line;

	/* One answer at a time: the rest waits until this one is away. */
	while (cl->test == 0 && evbuffer_get_length(unsent) == 0 &&
	    (line = line_take(in, &n)) != NULL) {
		cl->heard = host_now();
		ctl_answer(cl, line, n);
		wipe(line, n);
		free(line);
	}
	if (cl->test == 0 && evbuffer_get_length(unsent) == 0 &&
	    (cl->ended || evbuffer_get_length(in) >= REQUEST_MAX))
		client_close(cl);
}

/* Has it gone for good, rather than only closed its sending side? */
static bool
client_gone(struct bufferevent *bev)
{
	struct pollfd p = { .fd = bufferevent_getfd(bev) };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0;
}

static void
client_event(struct bufferevent *bev, short what, void *arg)
{
	struct ctl_client *cl = arg;

	if ((what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) ||
	    (cl->test != 0 && client_gone(bev))) {
		client_close(cl);
		return;
	}
	if (!(what & BEV_EVENT_EOF))
		return;
	/* It may still want the answers to what it has asked. */
	cl->ended = true;
	client_read(bev, cl);
}

/* A free place, or that of the client which was silent longest. */
static struct ctl_client *
client_place(struct ctl *c)
{
	struct ctl_client *oldest = &c->client[0];

	for (int i = 0; i < CTL_CLIENTS_MAX; i++) {
		if (c->client[i].bev == NULL)
			return &c->client[i];
		if (mono_before(c->client[i].heard, oldest->heard))
			oldest = &c->client[i];
	}
	client_close(oldest);
	return oldest;
}

/* The kernel's word, not the client's; the socket's mode has let it in. */
static void
client_name(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0)
		log_debug("control client pid=%ld uid=%lu", (long)who.pid,
		    (unsigned long)who.uid);
}

static void
client_new(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *sa, int len, void *arg)
{
	static const struct timeval idle = { .tv_sec = IDLE_S };
	static const struct timeval stall = { .tv_sec = STALL_S };
	struct ctl *c = arg;
	struct ctl_client *cl = client_place(c);

	(void)listener;
	(void)sa;
	(void)len;
	*cl = (struct ctl_client){ .ctl = c, .heard = host_now() };
	c->shut = false;
	client_name(fd);
	cl->bev = bufferevent_socket_new(c->host->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	if (cl->bev == NULL) {
		drop_count(&c->host->drops, DROP_CTL_ACCEPT);
		evutil_closesocket(fd);
		return;
	}
	/* The write callback looks for the next request when all is away. */
	bufferevent_setcb(cl->bev, client_read, client_read, client_event, cl);
	bufferevent_setwatermark(cl->bev, EV_READ, 0, REQUEST_MAX);
	bufferevent_set_timeouts(cl->bev, &idle, &stall);
	bufferevent_enable(cl->bev, EV_READ | EV_WRITE);
}

/*
 * No descriptor or no memory: who is connected stays, new clients wait at the
 * socket (threats.md D-13).  It would be readable all the time, so nobody looks
 * for a second; one line for as long as that goes on.
 */
static void
client_failed(struct evconnlistener *listener, void *arg)
{
	static const struct timeval again = { .tv_sec = AGAIN_S };
	struct ctl *c = arg;

	if (!c->shut)
		log_warn("control client not let in reason=\"%s\"",
		    strerror(EVUTIL_SOCKET_ERROR()));
	c->shut = true;
	drop_count(&c->host->drops, DROP_CTL_ACCEPT);
	(void)evconnlistener_disable(listener);
	(void)event_add(c->again, &again);
}

static void
client_again(evutil_socket_t fd, short what, void *arg)
{
	struct ctl *c = arg;

	(void)fd;
	(void)what;
	(void)evconnlistener_enable(c->listener);
}

struct ctl *
ctl_start(struct host *h, int listen_fd)
{
	struct ctl *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	json_set_alloc_funcs(malloc, wipe_free);	/* passwords, too */
	c->host = h;
	c->listener = evconnlistener_new(h->base, client_new, c,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, listen_fd);
	c->again = evtimer_new(h->base, client_again, c);
	if (c->listener == NULL || c->again == NULL) {
		ctl_stop(c);
		return NULL;
	}
	evconnlistener_set_error_cb(c->listener, client_failed);
	return c;
}

void
ctl_stop(struct ctl *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < CTL_CLIENTS_MAX; i++)
		if (c->client[i].bev != NULL)
			client_close(&c->client[i]);
	if (c->listener != NULL)
		evconnlistener_free(c->listener);
	if (c->again != NULL)
		event_free(c->again);
	free(c);
}
