/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uplink: UDP 4500 or protocol 50 -> ESP -> UDP 1701 -> L2TP -> PPP -> TUN.
 *
 * Each step walks the batch; a packet that goes no further leaves it.
 */

#include "base/inet.h"
#include "dp/worker_int.h"
#include "ipsec/udpencap.h"
#include "l2tp/data.h"
#include "ppp/frame.h"

#define TELL_US		1000000	/* in such a time one SA may cause */
#define TELL_MAX	1000	/* so many notes to control */

static void
up_punt_ike(struct worker *w, const struct pkt *pkt, size_t skip)
{
	const struct dp_note note = {
		.kind = DP_IKE, .local = pkt->local, .remote = pkt->remote
	};
	struct rd data = rd_make(pkt->p, pkt->len);

	rd_skip(&data, skip);
	(void)worker_punt(w, w->ike, &note, data);
}

/* What the datagram is, RFC 3948 §2.  ESP stays. */
static void
up_kind(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];

		if (pkt->via == PKT_ESP) {
			b->v[kept++] = pkt;
			continue;
		}
		if (pkt->via == PKT_IKE) {
			up_punt_ike(w, pkt, 0);
			continue;
		}
		switch (udpencap_kind(pkt->p, pkt->len)) {
		case UDPENCAP_ESP:
			b->v[kept++] = pkt;
			break;
		case UDPENCAP_IKE:
			up_punt_ike(w, pkt, UDPENCAP_MARKER);
			break;
		case UDPENCAP_KEEPALIVE:
			drop_count(&w->drops, DROP_UDP_KEEPALIVE);
			break;
		case UDPENCAP_SHORT:
			drop_count(&w->drops, DROP_UDP_SHORT);
			break;
		}
	}
	b->n = kept;
}

/* The SA by its SPI, and by the wire it is for.  No reply to strangers. */
static void
up_sa(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];

		pkt->sa = tables_spi(&w->dp->tables, esp_spi(pkt->p, pkt->len));
		if (pkt->sa == NULL)
			drop_count(&w->drops, DROP_ESP_SPI);
		else if (pkt->sa->encap != (pkt->via == PKT_NATT))
			drop_count(&w->drops, DROP_ESP_ENCAP);
		else
			b->v[kept++] = pkt;
	}
	b->n = kept;
}

/* Verify, decrypt.  Stays: what was authentic, dummies included. */
static void
up_open(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++)
		w->item[i] = (struct esp_item){
			.sa.in = &b->v[i]->sa->in,
			.p = b->v[i]->p, .len = b->v[i]->len,
		};
	esp_open(w->crypt, w->item, b->n);
	for (unsigned i = 0; i < b->n; i++) {
		const struct esp_item *it = &w->item[i];
		struct pkt *pkt = b->v[i];

		drop_count(&w->drops, it->drop);
		if (it->drop != DROP_NONE && it->drop != DROP_ESP_DUMMY)
			continue;
		pkt->p = it->p;
		pkt->len = it->len;
		pkt->advanced = it->advanced;
		pkt->drop = it->drop;
		b->v[kept++] = pkt;
	}
	count_add(&w->load.esp_in, kept);
	b->n = kept;
}

/*
 * The ring to control is everybody's: one phone must not fill it (threats
 * D-06).  Two workers at once may let a few more through.
 */
static bool
up_may_tell(const struct worker *w, struct sa *sa)
{
	uint64_t since = atomic_load_explicit(&sa->told_us,
	    memory_order_relaxed);

	if (mono_since_us(w->now, mono_us(since)) >= TELL_US) {
		atomic_store_explicit(&sa->told_us, w->now.us,
		    memory_order_relaxed);
		atomic_store_explicit(&sa->told_n, 0, memory_order_relaxed);
	}
	return atomic_fetch_add_explicit(&sa->told_n, 1,
	    memory_order_relaxed) < TELL_MAX;
}

static void
up_tell(struct worker *w, struct sa *sa, const struct dp_note *note,
    struct rd data)
{
	if (up_may_tell(w, sa))
		(void)worker_punt(w, w->punt, note, data);
	else
		drop_count(&w->drops, DROP_PUNT_RATE);
}

/*
 * RFC 3947 §4 lets the peer move; threats N-31: only a packet that advances
 * the window moves it, so that a copy sent from elsewhere cannot.
 */
static void
up_follow(struct worker *w, const struct pkt *pkt)
{
	struct sa *sa = pkt->sa;
	struct sa_ends ends = tables_peer_get(&sa->peer);
	struct dp_note note = {
		.kind = DP_SA_MOVED, .sa = sa->handle,
		.path = tables_sa_path(sa)->id
	};

	if (sa->encap && pkt->advanced &&
	    !endpoint_eq(&ends.remote, &pkt->remote)) {
		ends.remote = pkt->remote;
		if (pkt->local.addr.family != IP_NONE)
			ends.local = pkt->local;
		tables_peer_set(&sa->peer, &ends);
		atomic_fetch_or_explicit(&sa->flags, SA_OWES_MOVED,
		    memory_order_relaxed);
	}
	if ((atomic_load_explicit(&sa->flags, memory_order_relaxed) &
	    SA_OWES_MOVED) == 0)
		return;
	note.local = ends.local;
	note.remote = ends.remote;
	if (up_may_tell(w, sa) &&
	    worker_punt(w, w->punt, &note, rd_make(NULL, 0)))
		atomic_fetch_and_explicit(&sa->flags, ~(uint32_t)SA_OWES_MOVED,
		    memory_order_relaxed);
}

/*
 * What the packet names, whether that is there or not: control decides by it
 * which path the SA belongs to.
 */
static struct dp_ids
up_ids(const struct pkt *pkt)
{
	const struct sa *sa = pkt->sa;
	uint16_t there = (uint16_t)atomic_load_explicit(&sa->port_there,
	    memory_order_relaxed), from;
	uint32_t payload;
	struct data_head h;

	if (pkt->drop != DROP_NONE || inner_udp(pkt->p, pkt->len,
	    sa->port_here, there, &from, &payload) != DROP_NONE ||
	    !data_ids(rd_make(inet_at(pkt->p, INNER_UDP_HEAD), payload), &h))
		return (struct dp_ids){ .l2tp = false };
	return (struct dp_ids){ .l2tp = true, .control = h.control,
		.tunnel_id = h.tunnel_id, .session_id = h.session_id };
}

static void
up_first(struct worker *w, const struct pkt *pkt)
{
	struct sa *sa = pkt->sa;
	struct dp_note note = { .kind = DP_SA_SEEN, .sa = sa->handle };
	uint32_t told;

	if ((atomic_load_explicit(&sa->flags, memory_order_relaxed) &
	    SA_TOLD_SEEN) != 0)
		return;
	told = atomic_fetch_or_explicit(&sa->flags, SA_TOLD_SEEN,
	    memory_order_relaxed);
	note.path = tables_sa_path(sa)->id;
	note.ids = up_ids(pkt);
	if ((told & SA_TOLD_SEEN) == 0 &&
	    !worker_punt(w, w->punt, &note, rd_make(NULL, 0)))
		atomic_fetch_and_explicit(&sa->flags, ~(uint32_t)SA_TOLD_SEEN,
		    memory_order_relaxed);
}

/* The peer lives, and where.  Dummies end here. */
static void
up_move(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];
		struct sa *sa = pkt->sa;

		worker_note_time(w, &sa->heard_us);
		up_first(w, pkt);
		up_follow(w, pkt);
		if (pkt->drop == DROP_NONE)
			b->v[kept++] = pkt;
	}
	b->n = kept;
}

/*
 * The SA's selector.  Its port may be open until the first packet, whose
 * port it then keeps.
 */
static enum drop
up_selector(struct pkt *pkt, uint32_t *payload)
{
	struct sa *sa = pkt->sa;
	struct path *path = tables_sa_path(sa);
	uint32_t there = atomic_load_explicit(&sa->port_there,
	    memory_order_relaxed);
	uint16_t from;
	enum drop why = inner_udp(pkt->p, pkt->len, sa->port_here,
	    (uint16_t)there, &from, payload);

	if (why != DROP_NONE)
		return why;
	if (there == 0 && !atomic_compare_exchange_strong(&sa->port_there,
	    &there, from) && there != from)
		return DROP_INNER_SELECTOR;
	if (atomic_load_explicit(&path->port_there,
	    memory_order_relaxed) != from)
		atomic_store_explicit(&path->port_there, from,
		    memory_order_relaxed);
	return DROP_NONE;
}

static void
up_udp(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];
		uint32_t payload;

		if (worker_drops(w, up_selector(pkt, &payload)))
			continue;
		pkt->p = inet_at(pkt->p, INNER_UDP_HEAD);
		pkt->len = payload;
		b->v[kept++] = pkt;
	}
	b->n = kept;
}

static void
up_punt_l2tp(struct worker *w, const struct pkt *pkt)
{
	const struct dp_note note = {
		.kind = DP_L2TP, .path = tables_sa_path(pkt->sa)->id,
		.sa = pkt->sa->handle,
		.local = pkt->local, .remote = pkt->remote,
	};

	up_tell(w, pkt->sa, &note, rd_make(pkt->p, pkt->len));
}

/* Control messages go to control with their path; data stays. */
static void
up_l2tp(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];
		struct rd r = rd_make(pkt->p, pkt->len);
		struct data_head h;

		if (worker_drops(w, data_decode(&r, &h)))
			continue;
		if (h.control) {
			up_punt_l2tp(w, pkt);
			continue;
		}
		pkt->tunnel = h.tunnel_id;
		pkt->session = h.session_id;
		pkt->p = inet_at(pkt->p, (size_t)(r.p - pkt->p));
		pkt->len = (uint32_t)rd_left(&r);
		b->v[kept++] = pkt;
	}
	b->n = kept;
}

/* N-34: ids mean something only within the path that they came in on. */
static void
up_sess(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];

		pkt->sess = tables_ids(&w->dp->tables,
		    tables_sa_path(pkt->sa)->id, pkt->tunnel, pkt->session);
		if (pkt->sess == NULL) {
			drop_count(&w->drops, DROP_L2TP_SESSION);
			continue;
		}
		worker_note_time(w, &pkt->sess->count[w->index].heard_us);
		b->v[kept++] = pkt;
	}
	b->n = kept;
}

static void
up_punt_ppp(struct worker *w, const struct pkt *pkt)
{
	const struct dp_note note = {
		.kind = DP_PPP, .path = pkt->sess->path_id,
		.sa = pkt->sa->handle, .sess = pkt->sess->handle,
	};

	up_tell(w, pkt->sa, &note, rd_make(pkt->p, pkt->len));
}

/* IP of an open session stays; all other protocols go to control. */
static void
up_ppp(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];
		uint16_t protocol;
		size_t head = frame_parse(pkt->p, pkt->len, &protocol);

		if (head == 0) {
			drop_count(&w->drops, DROP_PPP_SHORT);
			continue;
		}
		if (protocol != FRAME_IP && protocol != FRAME_IPV6) {
			up_punt_ppp(w, pkt);
			continue;
		}
		pkt->net = atomic_load_explicit(&pkt->sess->net,
		    memory_order_acquire);
		if (pkt->net == NULL) {
			drop_count(&w->drops, DROP_PPP_PHASE);
			continue;
		}
		pkt->v6 = protocol == FRAME_IPV6;
		pkt->p = inet_at(pkt->p, head);
		pkt->len -= (uint32_t)head;
		b->v[kept++] = pkt;
	}
	b->n = kept;
}

/* Is it in a network behind the session, and given to no other? */
static bool
up_routed(const struct worker *w, const struct pkt *pkt,
    const struct ipaddr *src)
{
	const struct net *whose;

	if (pkt->net->route_n == 0)
		return false;
	whose = tables_net(&w->dp->tables, src);
	return whose != NULL && whose->sess == pkt->sess;
}

/* Is it the peer's own address, or in its own IPv6 network? */
static bool
up_own(const struct net *net, const struct ipaddr *src)
{
	if (src->family == IP_V4)
		return ipaddr_eq(src, &net->peer4);
	return net->prefix6.addr.family != IP_NONE &&
	    ipnet_has(&net->prefix6, src);
}

/*
 * N-36: only from the address and network that were given or from the networks
 * behind them, and not to other sessions.
 */
static enum drop
up_allowed(const struct worker *w, const struct pkt *pkt,
    const struct inner *in)
{
	const struct ipaddr *own = w->dp->reverse ? &in->dst : &in->src;

	if ((in->src.family == IP_V6) != pkt->v6)
		return DROP_IP_VERSION;
	if (pkt->v6 ? !pkt->net->route6 : pkt->net->peer4.family == IP_NONE)
		return DROP_IP_FAMILY;
	if (!up_own(pkt->net, own) && !up_routed(w, pkt, own))
		return DROP_IP_SOURCE;
	if (!w->dp->peer_to_peer &&
	    tables_net(&w->dp->tables, &in->dst) != NULL)
		return DROP_IP_PEER;
	return DROP_NONE;
}

/* The rules and the rate of sessions that have any. */
static enum drop
up_policy(const struct worker *w, const struct pkt *pkt,
    const struct inner *in)
{
	struct policy *po = atomic_load_explicit(&pkt->sess->policy,
	    memory_order_acquire);
	enum drop why;

	if (po == NULL)
		return DROP_NONE;
	why = policy_acl(po, &w->dp->tables, pkt->sess, ACL_FROM_CLIENT,
	    pkt->p, in);
	return why != DROP_NONE ? why : policy_rate(po, pkt->sess,
	    ACL_FROM_CLIENT, w->now, in->len);
}

/*
 * IPv6 that goes no further than this link, RFC 4291 §2.5.6 and §2.7: none of
 * it may get behind us.
 */
static bool
up_is_link(const struct inner *in)
{
	static const struct ipaddr none = { .family = IP_V6 };

	return inner_link_local(&in->src) || inner_link_local(&in->dst) ||
	    in->dst.b[0] == 0xff || ipaddr_eq(&in->src, &none);
}

/* Control answers Router Solicitations; the rest is of no use. */
static void
up_link(struct worker *w, struct pkt *pkt, const struct inner *in)
{
	if (!pkt->net->route6) {
		drop_count(&w->drops, DROP_IP_FAMILY);
		return;
	}
	if (pkt->net->prefix6.addr.family == IP_NONE ||
	    in->proto != INNER_PROTO_ICMP6 || in->fragment ||
	    in->len == in->head || pkt->p[in->head] != INNER_ICMP6_SOLICIT) {
		drop_count(&w->drops, DROP_IP_LINK);
		return;
	}
	/* Its own PPP head, shorter perhaps, was there, behind L2TP's. */
	pkt->p = inet_front(pkt->p, FRAME_HEAD);
	pkt->len = in->len + FRAME_HEAD;
	frame_build(pkt->p, FRAME_IPV6);
	up_punt_ppp(w, pkt);
}

static void
up_ip(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];
		struct inner in;

		if (worker_drops(w, inner_ip(pkt->p, pkt->len, &in)))
			continue;
		if (pkt->v6 && in.src.family == IP_V6 && up_is_link(&in)) {
			up_link(w, pkt, &in);
			continue;
		}
		if (worker_drops(w, up_allowed(w, pkt, &in)) ||
		    worker_drops(w, up_policy(w, pkt, &in)))
			continue;
		inner_clamp(pkt->p, &in, pkt->net->mtu);
		pkt->len = in.len;
		b->v[kept++] = pkt;
	}
	b->n = kept;
}

static void
up_out(struct worker *w, struct batch *b)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];
		struct sess_count *c = &pkt->sess->count[w->index];

		count_add(&c->rx_packets, 1);
		count_add(&c->rx_bytes, pkt->len);
		worker_note_time(w, &c->moved_us);
		pkt->vnet = (struct pkt_vnet){ 0 };
		pkt->run = 1;
	}
	if (w->io->merge_tcp)
		merge_batch(&w->merge, b, w->io->merge_udp);
	if (b->n != 0 && w->io->send_tun != NULL)
		sent = w->io->send_tun(w->io, b->v, b->n);
	count_add(&w->load.tun_out, sent);
	count_add(&w->drops.n[DROP_TUN_WRITE], b->n - sent);
}

void
uplink_run(struct worker *w, unsigned n)
{
	struct batch *b = &w->batch;

	b->n = n;
	for (unsigned i = 0; i < n; i++)
		b->v[i] = &w->up[i];
	up_kind(w, b);
	up_sa(w, b);
	up_open(w, b);
	up_move(w, b);
	up_udp(w, b);
	up_l2tp(w, b);
	up_sess(w, b);
	up_ppp(w, b);
	up_ip(w, b);
	up_out(w, b);
}
