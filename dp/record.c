/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorder: see record.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dp/policy.h"
#include "dp/record.h"
#include "dp/routes.h"

#define TEXT_MAX	(1u << 20)	/* bytes; older lines go at once */
#define SENT_MAX	4096
#define SENT_SHOWN	48		/* bytes of a message in its line */

struct record_ids {		/* handles that are in use */
	uint32_t n;
	uint32_t *v;		/* owned; room for cap */
};

struct record_net {		/* of the session with the same place */
	bool open;
	struct dp_net net;
};

struct record {
	uint32_t cap;
	struct record_net *nets;	/* owned; room for cap */
	bool acl[DP_ACLS_MAX + 1];	/* is it set? */
	struct record_ids sas, sessions;
	size_t len;
	size_t sent_len;
	uint8_t sent[SENT_MAX];
	char text[TEXT_MAX];
};

static struct record *
record_of(const struct dp *dp)
{
	return (struct record *)(uintptr_t)dp;
}

/* Its place, or ids->n. */
static uint32_t
record_place(const struct record_ids *ids, uint32_t id)
{
	uint32_t i = 0;

	while (i < ids->n && ids->v[i] != id)
		i++;
	return i;
}

static bool
record_has(const struct record_ids *ids, uint32_t id)
{
	return record_place(ids, id) < ids->n;
}

static bool
record_add(const struct record *r, struct record_ids *ids, uint32_t id)
{
	if (ids->n == r->cap || record_has(ids, id))
		return false;
	ids->v[ids->n++] = id;
	return true;
}

static bool
record_remove(struct record_ids *ids, uint32_t id)
{
	uint32_t i = record_place(ids, id);

	if (i == ids->n)
		return false;
	ids->v[i] = ids->v[--ids->n];
	return true;
}

static void __attribute__((format(printf, 2, 3)))
record_line(struct record *r, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (r->len + 512 > TEXT_MAX)
		r->len = 0;
	va_start(ap, fmt);
	n = vsnprintf(&r->text[r->len], TEXT_MAX - r->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		r->len += (size_t)n;
}

static const char *
record_known(bool known)
{
	return known ? "" : " unknown";
}

static void
record_bytes(struct record *r, struct rd data)
{
	r->sent_len = rd_left(&data);
	if (r->sent_len > SENT_MAX)
		r->sent_len = SENT_MAX;
	rd_copy(&data, r->sent, r->sent_len);
	for (size_t i = 0; i < r->sent_len && i < SENT_SHOWN; i++)
		record_line(r, "%02x", r->sent[i]);
	record_line(r, r->sent_len > SENT_SHOWN ? "...\n" : "\n");
}

struct dp *
record_new(uint32_t cap)
{
	struct record *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->cap = cap;
	r->sas.v = calloc(cap, sizeof(uint32_t));
	r->sessions.v = calloc(cap, sizeof(uint32_t));
	r->nets = calloc(cap, sizeof(r->nets[0]));
	if (r->sas.v != NULL && r->sessions.v != NULL && r->nets != NULL)
		return (struct dp *)r;
	record_free((struct dp *)r);
	return NULL;
}

void
record_free(struct dp *dp)
{
	struct record *r = record_of(dp);

	if (r == NULL)
		return;
	free(r->sas.v);
	free(r->sessions.v);
	free(r->nets);
	free(r);
}

const char *
record_text(const struct dp *dp)
{
	return record_of(dp)->text;
}

void
record_clear(struct dp *dp)
{
	struct record *r = record_of(dp);

	r->len = r->sent_len = 0;
	r->text[0] = '\0';
}

struct rd
record_sent(const struct dp *dp)
{
	return rd_make(record_of(dp)->sent, record_of(dp)->sent_len);
}

uint32_t
record_sas(const struct dp *dp)
{
	return record_of(dp)->sas.n;
}

uint32_t
record_sessions(const struct dp *dp)
{
	return record_of(dp)->sessions.n;
}

static bool
record_sa_add(struct dp *dp, const struct dp_sa *d)
{
	struct record *r = record_of(dp);
	char suite[24], remote[ENDPOINT_STRLEN];
	bool ok = record_add(r, &r->sas, d->sa);

	record_line(r, "sa-add sa=%u path=%u in=%08x out=%08x %s %s %s "
	    "port=%u seq=%u..%u%s\n", d->sa, d->path, d->spi_in, d->spi_out,
	    esp_suite_str(&d->suite, suite), d->encap ? "udp" : "esp",
	    endpoint_str(&d->remote, remote), d->port_there, d->seq_out,
	    d->seq_limit, ok ? "" : " refused");
	return ok;
}

static void
record_sa_use(struct dp *dp, uint32_t sa)
{
	struct record *r = record_of(dp);

	record_line(r, "sa-use sa=%u%s\n", sa,
	    record_known(record_has(&r->sas, sa)));
}

static bool
record_sa_join(struct dp *dp, uint32_t sa, uint32_t path)
{
	struct record *r = record_of(dp);
	bool ok = record_has(&r->sas, sa);

	record_line(r, "sa-join sa=%u path=%u%s\n", sa, path,
	    record_known(ok));
	return ok;
}

static void
record_sa_del(struct dp *dp, uint32_t sa)
{
	struct record *r = record_of(dp);

	record_line(r, "sa-del sa=%u%s\n", sa,
	    record_known(record_remove(&r->sas, sa)));
}

static void
record_sa_move(struct dp *dp, uint32_t sa, const struct endpoint *local,
    const struct endpoint *remote)
{
	struct record *r = record_of(dp);
	char from[ENDPOINT_STRLEN], to[ENDPOINT_STRLEN];

	record_line(r, "sa-move sa=%u %s %s%s\n", sa,
	    endpoint_str(local, from), endpoint_str(remote, to),
	    record_known(record_has(&r->sas, sa)));
}

static void
record_sa_reserve(struct dp *dp, uint32_t sa, uint32_t seq_limit)
{
	struct record *r = record_of(dp);

	record_line(r, "sa-reserve sa=%u limit=%u%s\n", sa, seq_limit,
	    record_known(record_has(&r->sas, sa)));
}

static mono_t
record_sa_heard(struct dp *dp, uint32_t sa)
{
	(void)dp;
	(void)sa;
	return mono_us(0);
}

static bool
record_sess_add(struct dp *dp, const struct dp_sess *d)
{
	struct record *r = record_of(dp);
	bool ok = record_add(r, &r->sessions, d->sess);

	record_line(r, "sess-add sess=%u path=%u ours=%u/%u peer=%u/%u%s%s\n",
	    d->sess, d->path, d->tunnel_id, d->session_id, d->peer_tunnel_id,
	    d->peer_session_id, d->sequencing ? " sequencing" : "",
	    ok ? "" : " refused");
	return ok;
}

/* As tables_route_ok() and the look-up of addresses, by a plain walk. */
static bool
record_route_ok(const struct record *r, uint32_t place, const struct ipnet *to)
{
	if (!routes_usable(to))
		return false;
	for (uint32_t i = 0; i < r->sessions.n; i++) {
		const struct dp_net *n = &r->nets[i].net;

		if (i == place || !r->nets[i].open)
			continue;
		if (ipnet_has(to, &n->peer4) ||
		    (n->prefix6.addr.family != IP_NONE &&
		    ipnet_overlap(to, &n->prefix6)))
			return false;
		for (uint32_t k = 0; k < n->route_n; k++)
			if (ipnet_overlap(to, &n->route[k]))
				return false;
	}
	return true;
}

static bool
record_net_ok(const struct record *r, uint32_t place, const struct dp_net *d)
{
	const unsigned v4 = d->peer4.family, v6 = d->prefix6.addr.family;

	if ((v4 != IP_V4 && v4 != IP_NONE) || (v6 != IP_V6 && v6 != IP_NONE) ||
	    (v4 == IP_NONE && v6 == IP_NONE) || d->route_n > DP_ROUTES_MAX)
		return false;
	if (v6 != IP_NONE && !record_route_ok(r, place, &d->prefix6))
		return false;
	for (uint32_t i = 0; v4 != IP_NONE && i < r->sessions.n; i++)
		if (i != place && r->nets[i].open &&
		    ipaddr_eq(&r->nets[i].net.peer4, &d->peer4))
			return false;
	for (uint32_t i = 0; i < d->route_n; i++)
		if (!record_route_ok(r, place, &d->route[i]))
			return false;
	return true;
}

static bool
record_sess_open(struct dp *dp, uint32_t sess, const struct dp_net *d)
{
	struct record *r = record_of(dp);
	uint32_t place = record_place(&r->sessions, sess);
	bool known = place < r->sessions.n;
	bool ok = known && record_net_ok(r, place, d);
	char addr[IPADDR_STRLEN], net[IPNET_STRLEN];

	record_line(r, "sess-open sess=%u %s mtu=%u", sess,
	    ipaddr_str(&d->peer4, addr), d->mtu);
	if (d->prefix6.addr.family != IP_NONE)
		record_line(r, " prefix=%s", ipnet_str(&d->prefix6, net));
	for (uint32_t i = 0; i < d->route_n && i < DP_ROUTES_MAX; i++)
		record_line(r, " route=%s", ipnet_str(&d->route[i], net));
	record_line(r, "%s%s\n", record_known(known),
	    known && !ok ? " refused" : "");
	if (ok)
		r->nets[place] = (struct record_net){ true, *d };
	return ok;
}

static bool
record_sess_route_ok(struct dp *dp, uint32_t sess, const struct ipnet *to)
{
	const struct record *r = record_of(dp);
	uint32_t place = record_place(&r->sessions, sess);

	return place < r->sessions.n && record_route_ok(r, place, to);
}

static void
record_sess_shut(struct dp *dp, uint32_t sess)
{
	struct record *r = record_of(dp);
	uint32_t place = record_place(&r->sessions, sess);

	if (place < r->sessions.n)
		r->nets[place].open = false;
	record_line(r, "sess-shut sess=%u%s\n", sess,
	    record_known(place < r->sessions.n));
}

static void
record_sess_del(struct dp *dp, uint32_t sess)
{
	struct record *r = record_of(dp);
	uint32_t place = record_place(&r->sessions, sess);
	bool known = record_remove(&r->sessions, sess);

	if (known) {
		r->nets[place] = r->nets[r->sessions.n];
		r->nets[r->sessions.n].open = false;
	}
	record_line(r, "sess-del sess=%u%s\n", sess, record_known(known));
}

static bool
record_sess_policy(struct dp *dp, uint32_t sess, const struct dp_policy *d)
{
	struct record *r = record_of(dp);
	bool known = record_has(&r->sessions, sess);
	bool ok = known && (d == NULL || (policy_ok(d) &&
	    (d->acl == 0 || r->acl[d->acl])));

	record_line(r, "sess-policy sess=%u ", sess);
	if (d == NULL)
		record_line(r, "none");
	else
		record_line(r, "acl=%u rx=%llu/%u tx=%llu/%u", d->acl,
		    (unsigned long long)d->rx_bps, d->rx_burst,
		    (unsigned long long)d->tx_bps, d->tx_burst);
	record_line(r, "%s%s\n", record_known(known),
	    known && !ok ? " refused" : "");
	return ok;
}

static bool
record_acl_set(struct dp *dp, uint32_t acl, const struct acl_rule *rules,
    uint32_t n)
{
	struct record *r = record_of(dp);
	bool ok = acl > 0 && acl <= DP_ACLS_MAX && n <= ACL_RULES_MAX;

	for (uint32_t i = 0; ok && i < n; i++)
		ok = acl_rule_ok(&rules[i]);
	if (n == 0)
		record_line(r, "acl-set acl=%u gone%s\n", acl,
		    ok ? "" : " refused");
	else
		record_line(r, "acl-set acl=%u rules=%u%s\n", acl, n,
		    ok ? "" : " refused");
	if (ok)
		r->acl[acl] = n != 0;
	return ok;
}

static bool
record_sess_count(struct dp *dp, uint32_t sess, struct dp_count *count)
{
	*count = (struct dp_count){ 0 };
	return record_has(&record_of(dp)->sessions, sess);
}

static void
record_send_l2tp(struct dp *dp, uint32_t path, struct rd control)
{
	struct record *r = record_of(dp);

	record_line(r, "send-l2tp path=%u ", path);
	record_bytes(r, control);
}

static void
record_send_ppp(struct dp *dp, uint32_t sess, struct rd frame)
{
	struct record *r = record_of(dp);

	record_line(r, "send-ppp sess=%u%s ", sess,
	    record_known(record_has(&r->sessions, sess)));
	record_bytes(r, frame);
}

const struct dp_ops dp_recorder = {
	.sa_add = record_sa_add,
	.sa_use = record_sa_use,
	.sa_join = record_sa_join,
	.sa_del = record_sa_del,
	.sa_move = record_sa_move,
	.sa_reserve = record_sa_reserve,
	.sa_heard = record_sa_heard,
	.sess_add = record_sess_add,
	.sess_open = record_sess_open,
	.sess_shut = record_sess_shut,
	.sess_del = record_sess_del,
	.sess_count = record_sess_count,
	.sess_route_ok = record_sess_route_ok,
	.sess_policy = record_sess_policy,
	.acl_set = record_acl_set,
	.send_l2tp = record_send_l2tp,
	.send_ppp = record_send_ppp,
};
