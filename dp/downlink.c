/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Downlink: TUN -> PPP -> L2TP -> UDP 1701 -> ESP -> UDP 4500 or protocol 50.
 *
 * Frames are cut into slots one by one; what is in the slots walks the
 * remaining steps together when they are full or the input is at its end.
 * Only the path's owner comes here with a packet, so numbers rise in the
 * order of the slots.
 */

#include <string.h>

#include "base/inet.h"
#include "dp/offload.h"
#include "dp/worker_int.h"
#include "l2tp/data.h"
#include "ppp/frame.h"

/* To the worker that seals for this path.  True: it is not us. */
static bool
down_hand_over(struct worker *w, const struct pkt *frame,
    const struct path *path)
{
	struct ring *ring;
	struct over_head head = { frame->vnet };
	uint8_t *room;

	if (path->owner == w->index)
		return false;
	ring = w->dp->worker[path->owner].over[w->index];
	room = ring_room(ring, sizeof(head) + frame->len);
	if (room == NULL) {
		drop_count(&w->drops, DROP_RING_FULL);
		return true;
	}
	memcpy(room, &head, sizeof(head));
	memcpy(inet_at(room, sizeof(head)), frame->p, frame->len);
	ring_put(ring, sizeof(head) + frame->len);
	w->wake[path->owner] = true;
	count_add(&w->load.handed, 1);
	return true;
}

/* A bucket of ICMP_BURST messages, filled at ICMP_PER_S. */
static bool
down_may_answer(struct worker *w)
{
	const uint64_t price = 1000000 / ICMP_PER_S;

	w->icmp_credit_us += mono_since_us(w->now, w->icmp_at);
	w->icmp_at = w->now;
	if (w->icmp_credit_us > ICMP_BURST * price)
		w->icmp_credit_us = ICMP_BURST * price;
	if (w->icmp_credit_us < price)
		return false;
	w->icmp_credit_us -= price;
	return true;
}

/* The packet does not fit and may not be cut: say so to its sender. */
static void
down_too_big(struct worker *w, const struct pkt *frame, const struct inner *in,
    uint16_t mtu)
{
	const struct ipaddr *from = in->src.family == IP_V6 ?
	    &w->dp->gateway6 : &w->dp->gateway4;
	uint8_t icmp[INNER_ICMP_MAX];
	struct pkt answer = { .p = icmp, .via = PKT_TUN };
	struct pkt *const one = &answer;

	drop_count(&w->drops, DROP_IP_TOO_BIG);
	if (from->family == IP_NONE)
		from = &in->dst;
	if (w->io->send_tun == NULL || !down_may_answer(w))
		return;
	answer.len = inner_too_big(frame->p, in, mtu, from, icmp);
	if (answer.len != 0 && w->io->send_tun(w->io, &one, 1) != 1)
		drop_count(&w->drops, DROP_TUN_WRITE);
}

static struct pkt *
down_slot(struct worker *w, const struct net *net, uint32_t len)
{
	struct pkt *pkt = worker_slot(w);

	pkt->len = len;
	pkt->back = PKT_SLOT - PKT_HEAD - len;
	pkt->net = net;
	pkt->sess = net->sess;
	return pkt;
}

static void
down_fragments(struct worker *w, const struct net *net, const uint8_t *p,
    const struct inner *in)
{
	struct inner_frag f = inner_frag(p, in, net->mtu);

	for (;;) {
		struct pkt *pkt = down_slot(w, net, 0);

		pkt->len = inner_frag_next(&f, pkt->p);
		if (pkt->len == 0)
			break;
		pkt->back = PKT_SLOT - PKT_HEAD - pkt->len;
	}
	w->down_n--;		/* the slot after the last fragment */
}

/*
 * The rate, asked for a frame before it is cut, and not for one that does not
 * fit.  Only the path's owner comes here.
 */
static enum drop
down_rate(const struct worker *w, const struct pkt *frame,
    const struct net *net, uint32_t bytes)
{
	return frame->policy == NULL ? DROP_NONE : policy_rate(frame->policy,
	    net->sess, ACL_TO_CLIENT, w->now, bytes);
}

/* One packet that is whole: into a slot, or into several. */
static enum drop
down_whole(struct worker *w, struct pkt *frame, const struct inner *in,
    const struct net *net)
{
	enum drop why = offload_csum(frame, in);

	if (why != DROP_NONE)
		return why;
	if (in->len > net->mtu && in->df) {
		down_too_big(w, frame, in, net->mtu);
		return DROP_NONE;
	}
	why = down_rate(w, frame, net, in->len);
	if (why != DROP_NONE)
		return why;
	inner_clamp(frame->p, in, net->mtu);
	if (in->len <= net->mtu)
		memcpy(down_slot(w, net, in->len)->p, frame->p, in->len);
	else
		down_fragments(w, net, frame->p, in);
	return DROP_NONE;
}

/* A TSO or UDP GSO frame: each packet into a slot, or into several. */
static enum drop
down_split(struct worker *w, const struct pkt *frame, const struct inner *in,
    const struct net *net)
{
	struct offload_split s;
	struct inner part;
	uint32_t len;
	enum drop why = offload_split(&s, frame, in);

	if (why != DROP_NONE)
		return why;
	if (offload_split_size(&s) > net->mtu && in->df) {
		down_too_big(w, frame, in, net->mtu);
		return DROP_NONE;
	}
	why = down_rate(w, frame, net, offload_split_bytes(&s));
	if (why != DROP_NONE)
		return why;
	while ((len = offload_split_size(&s)) != 0) {
		if (len <= net->mtu) {
			offload_split_next(&s, down_slot(w, net, len)->p);
			continue;
		}
		offload_split_next(&s, w->scratch);
		why = inner_ip(w->scratch, len, &part);
		if (why != DROP_NONE)
			return why;
		down_fragments(w, net, w->scratch, &part);
	}
	return DROP_NONE;
}

/* What came from the TUN: whose is it, and how many packets does it make? */
void
downlink_frame(struct worker *w, struct pkt *frame)
{
	struct inner in;
	const struct net *net;

	if (worker_drops(w, inner_ip(frame->p, frame->len, &in)))
		return;
	net = tables_net(&w->dp->tables, w->dp->reverse ? &in.src : &in.dst);
	if (net == NULL) {
		drop_count(&w->drops, DROP_IP_DEST);
		return;
	}
	if (down_hand_over(w, frame, net->sess->path))
		return;
	frame->policy = atomic_load_explicit(&net->sess->policy,
	    memory_order_acquire);
	if (frame->policy != NULL && worker_drops(w, policy_acl(frame->policy,
	    &w->dp->tables, net->sess, ACL_TO_CLIENT, frame->p, &in)))
		return;
	(void)worker_drops(w, frame->vnet.gso_type == VNET_GSO_NONE ?
	    down_whole(w, frame, &in, net) : down_split(w, frame, &in, net));
}

/* With `counter` the packet carries Ns, RFC 2661 §5.4. */
static void
down_l2tp_head(struct pkt *pkt, uint16_t tunnel, uint16_t session,
    struct sess *counter)
{
	struct data_head h = {
		.tunnel_id = tunnel, .session_id = session,
		.sequenced = counter != NULL,
	};
	size_t n = data_head_len(&h);
	struct wr w;

	if (counter != NULL)
		h.ns = counter->ns++;
	pkt->p = inet_front(pkt->p, n);
	pkt->len += (uint32_t)n;
	w = wr_make(pkt->p, n);
	data_encode(&w, &h);
}

/* One record of the send ring into a slot. */
static enum drop
down_send(struct worker *w, const struct send_head *head, struct rd bytes)
{
	const struct path *path = tables_path(&w->dp->tables, head->path);
	size_t n = rd_left(&bytes);
	struct pkt *pkt;

	if (path == NULL)
		return DROP_ESP_NO_SA;
	if (n > PKT_INNER_MAX)
		return DROP_ESP_ROOM;
	pkt = worker_slot(w);
	rd_copy(&bytes, pkt->p, n);
	pkt->len = (uint32_t)n;
	pkt->back = PKT_SLOT - PKT_HEAD - pkt->len;
	pkt->sa = atomic_load_explicit(&path->out, memory_order_acquire);
	if (!head->ppp)
		return DROP_NONE;
	pkt->sess = tables_ids(&w->dp->tables, head->path, head->tunnel_id,
	    head->session_id);
	down_l2tp_head(pkt, head->peer_tunnel_id, head->peer_session_id,
	    head->sequencing ? pkt->sess : NULL);
	return DROP_NONE;
}

bool
downlink_control(struct worker *w)
{
	struct send_head head;
	bool any = false;
	void *p;
	size_t n;

	while ((p = ring_peek(w->send, &n)) != NULL) {
		struct rd r = rd_make(p, n);

		rd_copy(&r, &head, sizeof(head));
		(void)worker_drops(w, down_send(w, &head, r));
		/* The SA that the slot names stays to the step's end, even if
		 * control deletes it as soon as the record is gone. */
		ring_drop(w->send);
		any = true;
	}
	return any;
}

/* PPP and L2TP in front of IP; the SA that the path uses now. */
static void
down_head(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];

		if (pkt->net != NULL) {
			struct sess *s = pkt->sess;
			uint16_t protocol;
			struct sess_count *c = &s->count[w->index];

			count_add(&c->tx_packets, 1);
			count_add(&c->tx_bytes, pkt->len);
			worker_note_time(w, &c->moved_us);
			protocol = pkt->p[0] >> 4 == 4 ? FRAME_IP : FRAME_IPV6;
			pkt->p = inet_front(pkt->p, FRAME_HEAD);
			pkt->len += FRAME_HEAD;
			frame_build(pkt->p, protocol);
			down_l2tp_head(pkt, s->peer_tunnel_id,
			    s->peer_session_id, s->sequencing ? s : NULL);
			pkt->sa = atomic_load_explicit(&s->path->out,
			    memory_order_acquire);
		}
		if (pkt->sa == NULL)
			drop_count(&w->drops, DROP_ESP_NO_SA);
		else
			b->v[kept++] = pkt;
	}
	b->n = kept;
}

/* The peer's inner port: the SA's, else what the path had before a rekey. */
static uint16_t
down_port(const struct sa *sa)
{
	uint32_t port = atomic_load_explicit(&sa->port_there,
	    memory_order_relaxed);

	if (port == 0)
		port = atomic_load_explicit(&tables_sa_path(sa)->port_there,
		    memory_order_relaxed);
	return port == 0 ? sa->port_here : (uint16_t)port;
}

static void
down_udp(struct batch *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		struct pkt *pkt = b->v[i];
		const struct sa *sa = pkt->sa;
		struct sa_ends ends = tables_peer_get(&sa->peer);
		uint32_t payload = pkt->len;

		pkt->local = ends.local;
		pkt->remote = ends.remote;
		pkt->via = sa->encap ? PKT_NATT : PKT_ESP;
		pkt->p = inet_front(pkt->p, INNER_UDP_HEAD);
		pkt->len += INNER_UDP_HEAD;
		inner_udp_write(pkt->p, payload, sa->port_here, down_port(sa),
		    &ends.local.addr, &ends.remote.addr);
	}
}

/*
 * Half of the reserved numbers are used: ask for more, once a block.  A note
 * that does not fit is owed, even when the block is used up.
 */
static void
down_low(struct worker *w, struct sa *sa, uint32_t seq)
{
	const struct dp_note note = {
		.kind = DP_SEQ_LOW, .sa = sa->handle,
		.path = tables_sa_path(sa)->id
	};
	uint32_t limit = atomic_load_explicit(&sa->out.seq_limit,
	    memory_order_relaxed);

	if (limit != sa->limit_known) {
		sa->limit_known = limit;
		sa->low_at = seq > limit ? seq : seq + (limit - seq) / 2;
	}
	if (limit != UINT32_MAX && seq >= sa->low_at &&
	    worker_punt(w, w->punt, &note, rd_make(NULL, 0)))
		sa->low_at = UINT32_MAX;
}

static void
down_seal(struct worker *w, struct batch *b)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->n; i++)
		w->item[i] = (struct esp_item){
			.sa.out = &b->v[i]->sa->out,
			.p = b->v[i]->p, .len = b->v[i]->len,
			.back = b->v[i]->back,
		};
	esp_seal(w->crypt, w->item, b->n);
	for (unsigned i = 0; i < b->n; i++) {
		const struct esp_item *it = &w->item[i];
		struct pkt *pkt = b->v[i];

		if (it->drop == DROP_NONE || it->drop == DROP_ESP_SEQ_USED)
			down_low(w, pkt->sa, pkt->sa->out.seq);
		if (worker_drops(w, it->drop))
			continue;
		pkt->p = it->p;
		pkt->len = it->len;
		b->v[kept++] = pkt;
	}
	count_add(&w->load.esp_out, kept);
	b->n = kept;
}

/* Those of the batch that leave by this wire, in their order. */
static void
down_send_via(struct worker *w, const struct batch *b, enum pkt_via via,
    unsigned (*send)(struct dp_io *, struct pkt *const *, unsigned))
{
	struct pkt *v[PKT_BATCH];
	unsigned n = 0, sent = 0;

	for (unsigned i = 0; i < b->n; i++)
		if (b->v[i]->via == via)
			v[n++] = b->v[i];
	if (n == 0)
		return;
	if (via == PKT_NATT)
		offload_trains(v, n);
	if (send != NULL)
		sent = send(w->io, v, n);
	count_add(&w->load.udp_out, sent);
	count_add(&w->drops.n[DROP_UDP_SEND], n - sent);
}

void
downlink_flush(struct worker *w)
{
	struct batch *b = &w->batch;

	b->n = w->down_n;
	for (unsigned i = 0; i < b->n; i++)
		b->v[i] = &w->down[i];
	if (b->n != 0) {
		down_head(w, b);
		down_udp(b);
		down_seal(w, b);
		down_send_via(w, b, PKT_NATT, w->io->send_udp);
		down_send_via(w, b, PKT_ESP, w->io->send_raw);
	}
	w->down_n = 0;
}
