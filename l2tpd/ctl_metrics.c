/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted, as metrics: see ctl_metrics.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l2tpd/ctl_metrics.h"
#include "lns/show.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION	"0"
#endif

#define SERVICES_MAX	(RADIUS_SERVERS_MAX * RADIUS_SERVICES)

#define LABEL(n, v)	((const struct metrics_label[]){ { n, v }, { NULL, NULL } })

static void
gauge(struct metrics *m, const char *name, const char *help, uint64_t v)
{
	metrics_family(m, METRICS_GAUGE, name, help);
	metrics_num(m, NULL, v);
}

static void
counter(struct metrics *m, const char *name, const char *help, uint64_t v)
{
	metrics_family(m, METRICS_COUNTER, name, help);
	metrics_num(m, NULL, v);
}

/* ---- the daemon ---- */

static void
put_daemon(struct metrics *m, const struct host *h,
    const struct show_status *s)
{
	metrics_family(m, METRICS_GAUGE, "l2tpd_build_info",
	    "Always 1; the version is the label.");
	metrics_num(m, LABEL("version", PACKAGE_VERSION), 1);
	gauge(m, "l2tpd_start_time_seconds", "Start, in Unix time.",
	    (uint64_t)host_wall(h->started));
	gauge(m, "l2tpd_stopping", "1 while saying goodbye to everybody.",
	    s->shutting_down);
	gauge(m, "l2tpd_workers", "Threads that move packets.",
	    dp_worker_count(h->dp));
	gauge(m, "l2tpd_memory_bound_bytes",
	    "What all tables take when they are full.", h->memory_bound);
}

static void
put_clients(struct metrics *m, const struct show_status *s)
{
	gauge(m, "l2tpd_half_open", "Dial-ins that have not proved to hear "
	    "us, or to hold the key.", s->half_open);
	gauge(m, "l2tpd_ike_peers", "IKE SAs established.", s->peers);
	gauge(m, "l2tpd_esp_pairs", "Pairs of ESP SAs.", s->children);
	gauge(m, "l2tpd_paths", "IPsec peers, each across rekeys and moves.",
	    s->paths);
	gauge(m, "l2tpd_tunnels", "L2TP control connections.", s->tunnels);
	gauge(m, "l2tpd_sessions", "Sessions, starting or up.", s->sessions);
	counter(m, "l2tpd_attempts", "Dial-ins.", s->attempts);
	counter(m, "l2tpd_logins", "Sessions that came up.", s->logins);
	metrics_family(m, METRICS_COUNTER, "l2tpd_refused",
	    "Dial-ins refused, by how far they came.");
	for (int i = 0; i < ATT_STAGES; i++)
		metrics_num(m, LABEL("stage",
		    attempt_stage_str((enum attempt_stage)i)),
		    s->refused_at[i]);
	metrics_family(m, METRICS_COUNTER, "l2tpd_auth_answers",
	    "Answers to the question who may come in, by their kind.");
	for (int i = 0; i < AAA_WHY_COUNT; i++)
		metrics_num(m, LABEL("answer", aaa_why_name((enum aaa_why)i)),
		    s->answers[i]);
}

/* ---- pools and drops ---- */

static void
put_pools(struct metrics *m, const struct host *h)
{
	struct show_pool p;
	uint32_t cursor = 0;

	metrics_family(m, METRICS_GAUGE, "l2tpd_pool_addresses",
	    "Addresses that can be given out.");
	while (show_pool(h->lns, &cursor, &p))
		metrics_num(m, LABEL("pool", p.name), p.size);
	metrics_family(m, METRICS_GAUGE, "l2tpd_pool_addresses_used",
	    "Addresses that are given out.");
	for (cursor = 0; show_pool(h->lns, &cursor, &p);)
		metrics_num(m, LABEL("pool", p.name), p.used);
}

static void
put_drops(struct metrics *m, const struct host *h)
{
	uint64_t n[DROP_COUNT] = { 0 };

	dp_drops(h->dp, n);
	metrics_family(m, METRICS_COUNTER, "l2tpd_drops",
	    "Packets and messages not used, by reason.");
	for (int i = DROP_NONE + 1; i < DROP_COUNT; i++)
		metrics_num(m, LABEL("reason", drop_str((enum drop)i)),
		    n[i] + count_get(&h->drops.n[i]));
}

/* ---- RADIUS ---- */

struct services {		/* all servers and what they are asked for */
	struct show_radius v[SERVICES_MAX];
	unsigned n;
};

/* The labels of a service, and one more if it has a name. */
static void
put_one(struct metrics *m, const struct show_radius *r, const char *name,
    const char *value, uint64_t v)
{
	struct metrics_label l[METRICS_LABELS_MAX] = {
		{ "server", r->server },
		{ "service", r->service == RADIUS_AUTH ? "auth" : "acct" },
		{ name, value },
	};

	metrics_num(m, l, v);
}

static void
put_radius_state(struct metrics *m, const struct services *s)
{
	metrics_family(m, METRICS_GAUGE, "l2tpd_radius_up",
	    "1 if the server is asked.");
	for (unsigned i = 0; i < s->n; i++)
		put_one(m, &s->v[i], NULL, NULL, s->v[i].health.up);
	metrics_family(m, METRICS_GAUGE, "l2tpd_radius_waiting",
	    "Questions sent or waiting to be.");
	for (unsigned i = 0; i < s->n; i++)
		put_one(m, &s->v[i], NULL, NULL, s->v[i].health.waiting);
	metrics_family(m, METRICS_GAUGE, "l2tpd_radius_sockets",
	    "Sockets open to the server.");
	for (unsigned i = 0; i < s->n; i++)
		put_one(m, &s->v[i], NULL, NULL, s->v[i].health.ports);
}

static void
put_radius_counts(struct metrics *m, const struct services *s)
{
	metrics_family(m, METRICS_COUNTER, "l2tpd_radius_questions",
	    "Questions put to the server.");
	for (unsigned i = 0; i < s->n; i++)
		put_one(m, &s->v[i], NULL, NULL, s->v[i].health.asked);
	metrics_family(m, METRICS_COUNTER, "l2tpd_radius_repeats",
	    "Packets sent again.");
	for (unsigned i = 0; i < s->n; i++)
		put_one(m, &s->v[i], NULL, NULL, s->v[i].health.repeated);
	metrics_family(m, METRICS_COUNTER, "l2tpd_radius_probes",
	    "Status-Server requests.");
	for (unsigned i = 0; i < s->n; i++)
		put_one(m, &s->v[i], NULL, NULL, s->v[i].health.probes);
	metrics_family(m, METRICS_COUNTER, "l2tpd_radius_answers",
	    "Authentic answers, by their kind.");
	for (unsigned i = 0; i < s->n; i++) {
		const struct radius_health *h = &s->v[i].health;

		put_one(m, &s->v[i], "answer", "accept", h->accepts);
		put_one(m, &s->v[i], "answer", "reject", h->rejects);
		put_one(m, &s->v[i], "answer", "challenge", h->challenges);
		put_one(m, &s->v[i], "answer", "accounting", h->answered -
		    h->accepts - h->rejects - h->challenges);
	}
}

static void
put_radius_failures(struct metrics *m, const struct services *s)
{
	metrics_family(m, METRICS_COUNTER, "l2tpd_radius_failures",
	    "What went wrong with the server, by kind: questions that timed "
	    "out or moved to another server, replies with a wrong "
	    "authenticator or without Message-Authenticator, probes lost.");
	for (unsigned i = 0; i < s->n; i++) {
		const struct radius_health *h = &s->v[i].health;

		put_one(m, &s->v[i], "kind", "timeout", h->timed_out);
		put_one(m, &s->v[i], "kind", "moved", h->moved);
		put_one(m, &s->v[i], "kind", "forged", h->forged);
		put_one(m, &s->v[i], "kind", "no-message-authenticator",
		    h->no_message_auth);
		put_one(m, &s->v[i], "kind", "probe-lost", h->probes_lost);
	}
}

static void
put_radius_latency(struct metrics *m, const struct services *s)
{
	uint32_t le_ms[RADIUS_LATENCY_BUCKETS];

	for (unsigned i = 0; i < RADIUS_LATENCY_BUCKETS; i++)
		le_ms[i] = radius_latency_le_ms(i);
	metrics_family(m, METRICS_HISTOGRAM, "l2tpd_radius_latency_seconds",
	    "Time from the first packet of a question to its answer.");
	for (unsigned i = 0; i < s->n; i++) {
		const struct show_radius *r = &s->v[i];
		const struct metrics_label l[METRICS_LABELS_MAX] = {
			{ "server", r->server },
			{ "service", r->service == RADIUS_AUTH ? "auth" :
			    "acct" },
		};

		metrics_histogram(m, l, le_ms, r->health.latency.n,
		    RADIUS_LATENCY_BUCKETS, r->health.latency.sum_us);
	}
}

static void
put_radius(struct metrics *m, const struct host *h)
{
	struct services s = { .n = 0 };
	uint32_t cursor = 0;

	while (s.n < SERVICES_MAX && show_radius(h->lns, &cursor, &s.v[s.n]))
		s.n++;
	if (s.n == 0)
		return;
	put_radius_state(m, &s);
	put_radius_counts(m, &s);
	put_radius_failures(m, &s);
	put_radius_latency(m, &s);
}

/* ---- accounting ---- */

static void
put_accounting(struct metrics *m, const struct host *h)
{
	struct acct_state s;

	if (!show_acct(h->lns, &s))
		return;
	gauge(m, "l2tpd_accounting_records", "Records kept until they are "
	    "acknowledged.", s.records);
	gauge(m, "l2tpd_accounting_in_flight", "Records sent and not yet "
	    "answered.", s.in_flight);
	gauge(m, "l2tpd_accounting_unstored", "Records that are not on disk.",
	    s.unstored);
	gauge(m, "l2tpd_accounting_orphans", "Records of server groups that "
	    "are not configured.", s.orphans);
	gauge(m, "l2tpd_accounting_bytes", "Bytes of the records kept.",
	    s.bytes);
	gauge(m, "l2tpd_accounting_oldest_time_seconds", "When the oldest "
	    "record kept happened, in Unix time; 0: none.",
	    s.oldest_event_ms / 1000);
	gauge(m, "l2tpd_accounting_disk_ok", "1 if the disk takes records.",
	    s.disk_ok);
	counter(m, "l2tpd_accounting_put", "New records.", s.put);
	counter(m, "l2tpd_accounting_restored", "Records found on disk at the "
	    "start.", s.restored);
	counter(m, "l2tpd_accounting_delivered", "Records acknowledged.",
	    s.delivered);
	counter(m, "l2tpd_accounting_replaced", "Interim records that a newer "
	    "one made needless.", s.replaced);
	counter(m, "l2tpd_accounting_retried", "Deliveries that failed.",
	    s.retried);
	metrics_family(m, METRICS_COUNTER, "l2tpd_accounting_lost",
	    "Records lost, by reason: no room for a new one, given up, made "
	    "way for others.");
	metrics_num(m, LABEL("reason", "refused"), s.refused);
	metrics_num(m, LABEL("reason", "given-up"), s.given_up);
	metrics_num(m, LABEL("reason", "yielded"), s.yielded);
}

/* ---- all of it ---- */

char *
ctl_metrics_text(struct host *h, enum metrics_form form)
{
	struct metrics m = { .form = form };
	struct show_status s;
	char *text = NULL;
	size_t n;
	bool ok;

	m.f = open_memstream(&text, &n);
	if (m.f == NULL)
		return NULL;
	show_status(h->lns, &s);
	put_daemon(&m, h, &s);
	put_clients(&m, &s);
	put_pools(&m, h);
	put_drops(&m, h);
	put_radius(&m, h);
	put_accounting(&m, h);
	ok = metrics_end(&m);
	if (fclose(m.f) == 0 && ok)
		return text;
	free(text);
	return NULL;
}

json_t *
ctl_metrics(struct host *h, const json_t *args, const char **err)
{
	const char *want = json_string_value(json_object_get(args, "format"));
	enum metrics_form form = METRICS_PROMETHEUS;
	json_t *o = NULL;
	char *text;

	if (want != NULL && strcmp(want, "openmetrics") == 0) {
		form = METRICS_OPENMETRICS;
	} else if (want != NULL && strcmp(want, "prometheus") != 0) {
		*err = "expected a format: prometheus or openmetrics";
		return NULL;
	}
	text = ctl_metrics_text(h, form);
	if (text != NULL)
		o = json_pack("{s:s, s:s}", "type", metrics_type(form), "text",
		    text);
	free(text);
	if (o == NULL)
		*err = "no memory";
	return o;
}
