/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quick mode, both roles: RFC 2409 §5.5; ESP in transport mode for UDP 1701
 * (RFC 3193), with perfect forward secrecy when the peer sends KE.
 */

#include <string.h>

#include "ipsec/ike_int.h"

#define L2TP_PORT	1701
#define PROTO_UDP	17
#define NONCE_OWN	32
#define NONCE_MIN	16
#define QM_RATE		1	/* per second and SA, threats 3.2.6 */
#define QM_BURST	5

struct qm_msg {			/* a QM1 or QM2, verified into locals */
	struct ike_p2_in p;
	uint8_t iv[CIPHER_BLOCK_MAX];
	struct rd nonce, ke, idi, idr;
	bool ids, natoa;
	uint16_t port_i, port_r;
	struct ike_p2_choice choice;
};

static void
qm_due(struct ike *ike, uint32_t h, const struct ike_qm *q)
{
	due_set(&ike->qm_due, pool_slot(h), mono_min(q->until, q->rtx.next));
}

static uint64_t
qm_sum(const struct ike *ike, uint32_t sa, uint32_t msgid)
{
	uint32_t key[2] = { sa, msgid };

	return hash_bytes(&ike->key, key, sizeof(key));
}

void
ike_quick_index(struct ike *ike, uint32_t h)
{
	const struct ike_qm *q = pool_get(&ike->qm, h);

	htab_add(&ike->qm_by, pool_slot(h), qm_sum(ike, q->sa, q->msgid));
	qm_due(ike, h, q);
}

static struct ike_qm *
qm_find(const struct ike *ike, uint32_t sa, uint32_t msgid, uint32_t *h)
{
	uint32_t i = htab_find(&ike->qm_by, qm_sum(ike, sa, msgid));

	for (; i != HTAB_NONE; i = htab_next(&ike->qm_by, i)) {
		struct ike_qm *q = pool_at(&ike->qm, i, h);

		if (q->sa == sa && q->msgid == msgid)
			return q;
	}
	return NULL;
}

void
ike_quick_drop(struct ike *ike, uint32_t h)
{
	struct ike_qm *q = pool_get(&ike->qm, h);
	struct ike_pair *p;
	struct ike_sa *s;

	if (q == NULL)
		return;
	p = pool_get(&ike->pair, q->child);
	if (p != NULL)
		p->qm = 0;
	s = pool_get(&ike->sa, q->sa);
	if (s != NULL)
		s->qm_n--;
	htab_del(&ike->qm_by, pool_slot(h));
	due_set(&ike->qm_due, pool_slot(h), MONO_NEVER);
	pool_give(&ike->qm, h);
}

static struct ike_qm *
qm_new(struct ike *ike, uint32_t sa_h, struct ike_sa *s, uint32_t msgid,
    const struct ike_way *way, uint32_t *h)
{
	struct ike_qm *q;

	if (s->qm_n >= ike->p->limits.qm_in_flight)
		return NULL;
	q = pool_take(&ike->qm, h);
	if (q == NULL)
		return NULL;
	s->qm_n++;
	q->sa = sa_h;
	q->msgid = msgid;
	q->way = *way;
	q->way.initiator = s->way.initiator;
	q->rtx.next = MONO_NEVER;
	htab_add(&ike->qm_by, pool_slot(*h), qm_sum(ike, sa_h, msgid));
	return q;
}

/* ---- reading ---- */

/*
 * IDs name UDP between two hosts: an exact address or a name, never a subnet;
 * our side is port 1701 or any (clients.md 18).
 */
static enum drop
id_read(struct rd body, bool ours, uint16_t *port)
{
	struct isakmp_id id;
	enum drop d = isakmp_id_decode(body, &id);

	if (d != DROP_NONE)
		return d;
	if (id.type != IKE_ID_IPV4 && id.type != IKE_ID_IPV6 &&
	    id.type != IKE_ID_FQDN && id.type != IKE_ID_USER_FQDN)
		return DROP_IKE_ID;
	if (id.proto != PROTO_UDP || rd_left(&body) > IKE_IDB_MAX)
		return DROP_IKE_ID;
	if (ours && id.port != L2TP_PORT && id.port != 0)
		return DROP_IKE_ID;
	*port = id.port;
	return DROP_NONE;
}

static enum drop
ids_read(struct qm_msg *m)
{
	const struct isakmp_pl *i = isakmp_chain_find(&m->p.c, PL_ID, NULL);
	const struct isakmp_pl *r;
	enum drop d;

	m->port_i = m->port_r = L2TP_PORT;
	m->idi = m->idr = rd_make(NULL, 0);
	m->ids = i != NULL;
	if (i == NULL)
		return DROP_NONE;
	r = isakmp_chain_find(&m->p.c, PL_ID, i);
	m->idi = i->body;
	m->idr = r->body;
	d = id_read(m->idi, false, &m->port_i);
	if (d == DROP_NONE)
		d = id_read(m->idr, true, &m->port_r);
	return d;
}

/* Payloads of QM1 and QM2 alike, after the hash was found right. */
static enum drop
qm_read(struct qm_msg *m, enum isakmp_message type)
{
	const struct isakmp_pl *pl = NULL;
	enum drop d = isakmp_chain_check(&m->p.c, type);
	unsigned natoa = 0;

	if (d != DROP_NONE)
		return d;
	m->nonce = isakmp_chain_find(&m->p.c, PL_NONCE, NULL)->body;
	if (rd_left(&m->nonce) < ISAKMP_NONCE_MIN ||
	    rd_left(&m->nonce) > ISAKMP_NONCE_MAX)
		return DROP_IKE_NONCE;
	pl = isakmp_chain_find(&m->p.c, PL_KE, NULL);
	m->ke = pl != NULL ? pl->body : rd_make(NULL, 0);
	for (pl = NULL; (pl = isakmp_chain_find(&m->p.c, PL_NATOA, pl)) != NULL;) {
		struct ipaddr a;

		if (++natoa > 2 || isakmp_natoa_decode(pl->body, &a) !=
		    DROP_NONE)
			return DROP_IKE_ID;
	}
	m->natoa = natoa > 0;
	return DROP_NONE;
}

static enum drop
qm_choose(const struct ike_sa *s, const struct ike_in *in, struct qm_msg *m,
    const struct esp_suite *allowed, unsigned n)
{
	struct ike_p2_want w = { .allowed = allowed, .n = n, .udp = s->natt,
		.udp_port = in->way.local.port == IKE_NATT_PORT,
		.sha1_first = (s->hints & IKE_HINT_GROUP2_ONLY) != 0 ||
		    m->port_i == 0,
		.ke = rd_left(&m->ke) > 0, .ke_len = rd_left(&m->ke) };
	enum drop d = ike_prop_p2(&w, m->p.c.pl[1].body, &m->choice);

	if (d == DROP_NONE && w.ke &&
	    !dh_public_ok((enum dh_group)m->choice.group, m->ke))
		return DROP_IKE_KE;
	return d;
}

/* What both roles keep of an agreed proposal. */
static void
qm_take_choice(struct ike_qm *q, const struct ike_sa *s,
    const struct qm_msg *m)
{
	const struct ike_p2_choice *c = &m->choice;
	struct rd trans = c->trans, ke = m->ke;

	q->suite = c->suite;
	q->spi_out = c->spi;
	q->prop = c->prop;
	q->encap = s->natt || c->encap != ENCAP_TRANSPORT;
	q->life_s = c->life_s;
	q->life_kb = c->life_kb;
	q->group = rd_left(&ke) > 0 ? (uint8_t)c->group : 0;
	q->natoa = m->natoa;
	q->trans_len = (uint16_t)rd_left(&trans);
	rd_copy(&trans, q->trans, q->trans_len);
	rd_copy(&ke, q->peer, rd_left(&ke));
}

/* ---- children ---- */

static void
child_announce(struct ike *ike, struct ike_qm *q, const struct ike_child *c,
    struct ike_out *out)
{
	struct ike_pair *p = pool_get(&ike->pair, q->child);
	struct ike_act *a = ike_out_act(out, IKE_SA_IN, p->attempt, p->owner);
	struct ike_child *copy = ike_out_alloc(out, sizeof(*copy));

	q->announced = true;
	if (a == NULL || copy == NULL)
		return;
	*copy = *c;
	a->child = q->child;
	a->sa_pair = copy;
	a->local = q->way.local;
	a->remote = q->way.remote;
}

/* KEYMAT for both directions, RFC 2409 §5.5. */
static bool
child_keys(const struct ike_qm *q, const struct ike_sa *s, struct rd shared,
    struct ike_child *c)
{
	size_t n = esp_suite_keymat(&q->suite);
	struct rd ni = rd_make(q->ni, q->ni_len);
	struct rd nr = rd_make(q->nr, q->nr_len);

	*c = (struct ike_child){ .spi_in = q->spi_in, .spi_out = q->spi_out,
		.suite = q->suite, .encap = q->encap,
		.local = q->way.local, .remote = q->way.remote,
		.port_here = q->port_here, .port_there = q->port_there,
		.life_s = q->life_s, .life_kb = q->life_kb };
	return ike_keys_keymat(s->p1.hash, s->d, shared, q->spi_in, ni, nr,
	    c->keys_in, n) &&
	    ike_keys_keymat(s->p1.hash, s->d, shared, q->spi_out, ni, nr,
	    c->keys_out, n);
}

/* The pair comes into being; false when there is no room. */
static bool
child_make(struct ike *ike, mono_t now, uint32_t qh, struct ike_qm *q,
    struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, q->sa);
	uint32_t h = ike_pair_new(ike, now, q->sa, s, out);
	struct ike_pair *p = pool_get(&ike->pair, h);

	if (p == NULL)
		return false;
	p->spi_in = q->spi_in;
	p->spi_out = q->spi_out;
	p->way = q->way;
	p->qm = qh;
	p->until = mono_add_s(now, ike->p->p2_life_s);
	q->child = h;
	ike_pair_index(ike, h);
	return true;
}

static void
qm_fail(struct ike *ike, uint32_t sa_h, const struct ike_sa *s,
    enum ike_why why, const char *text, struct ike_out *out)
{
	ike->refused++;
	ike_out_fail(out, s->attempt, sa_h, &s->way, why, text);
}

static bool
hash3_make(struct ike_qm *q, const struct ike_sa *s)
{
	return ike_keys_hash(s->p1.hash, s->a, true, q->msgid,
	    rd_make(q->ni, q->ni_len), rd_make(q->nr, q->nr_len), q->hash3);
}

/* ---- responder ---- */

static struct rd
qm2_build(struct ike_qm *q, const struct ike_sa *s, uint8_t *iv)
{
	struct isakmp_out o;

	ike_p2_begin(&o, q->out, sizeof(q->out), s, XCHG_QUICK, q->msgid);
	ike_prop_p2_encode(&o, q->prop, q->spi_in,
	    rd_make(q->trans, q->trans_len));
	isakmp_out_add(&o, PL_NONCE, rd_make(q->nr, q->nr_len));
	if (q->group != 0)
		isakmp_out_add(&o, PL_KE, rd_make(q->pub,
		    dh_public_size((enum dh_group)q->group)));
	if (q->ids) {
		isakmp_out_add(&o, PL_ID, rd_make(q->idi, q->idi_len));
		isakmp_out_add(&o, PL_ID, rd_make(q->idr, q->idr_len));
	}
	if (q->natoa) {
		/* RFC 3947 §5.2: both ends as this side sees them. */
		ike_natt_oa_add(&o, s->vid, &q->way.remote.addr);
		ike_natt_oa_add(&o, s->vid, &q->way.local.addr);
	}
	return ike_p2_end(&o, s, q->msgid, rd_make(q->ni, q->ni_len), iv);
}

/*
 * The inbound SA is told before QM2 leaves: the peer may send on it as soon as
 * it has QM2.
 */
static void
qm2_finish(struct ike *ike, mono_t now, uint32_t qh, struct ike_qm *q,
    struct rd shared, struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, q->sa);
	struct ike_child child;
	struct rd msg = qm2_build(q, s, q->iv);

	if (msg.bad || !hash3_make(q, s) || !child_keys(q, s, shared, &child) ||
	    !child_make(ike, now, qh, q, out)) {
		ike_drop(ike, DROP_IKE_LIMIT);
		ike_quick_drop(ike, qh);
	} else {
		q->out_len = (uint16_t)rd_left(&msg);
		q->state = QM_R_QM2_SENT;
		q->until = mono_add_s(now, IKE_QM_LIFE_S);
		qm_due(ike, qh, q);
		child_announce(ike, q, &child, out);
		ike_out_send(out, s->attempt, q->sa, &q->way, msg);
	}
	wipe(&child, sizeof(child));
}

static void
qm_share_ask(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_qm *q,
    const struct ike_sa *s)
{
	struct ike_dh *job = ike_ask_dh(ike, in->out, s->attempt, h,
	    DH_TAG_QUICK, q->group);

	q->asked = in->now;
	if (job == NULL)
		return;
	ike_limit_share(ike, in->now, &q->way.remote.addr, job);
	job->have_peer = true;
	job->peer_len = (uint16_t)dh_public_size((enum dh_group)q->group);
	memcpy(job->peer, q->peer, job->peer_len);
}

static void
qm1_accept(struct ike *ike, struct ike_in *in, uint32_t sa_h, struct ike_sa *s,
    struct qm_msg *m)
{
	struct ike_qm *q;
	uint32_t h, spi = ike_pair_spi(ike);
	size_t nr_len = rd_left(&m->nonce) < NONCE_MIN ? NONCE_MIN :
	    rd_left(&m->nonce);
	uint8_t nr[ISAKMP_NONCE_MAX];

	if (spi == 0 || !ike_fill(ike, nr, nr_len))
		return;
	q = qm_new(ike, sa_h, s, in->head.msgid, &in->way, &h);
	if (q == NULL) {
		ike_drop(ike, DROP_IKE_LIMIT);
		return;
	}
	ike_ring_put(s->qm_ring, IKE_QM_RING, &s->qm_at, in->head.msgid);
	q->req = in->sum;
	memcpy(q->iv, m->iv, sizeof(q->iv));
	qm_take_choice(q, s, m);
	q->spi_in = spi;
	q->ids = m->ids;
	q->idi_len = (uint16_t)rd_left(&m->idi);
	rd_copy(&m->idi, q->idi, q->idi_len);
	q->idr_len = (uint16_t)rd_left(&m->idr);
	rd_copy(&m->idr, q->idr, q->idr_len);
	q->port_here = m->port_r != 0 ? m->port_r : L2TP_PORT;
	q->port_there = m->port_i;
	q->ni_len = (uint16_t)rd_left(&m->nonce);
	rd_copy(&m->nonce, q->ni, q->ni_len);
	q->nr_len = (uint16_t)nr_len;
	memcpy(q->nr, nr, nr_len);
	if (m->port_i == 0)
		s->hints |= IKE_HINT_QM_PORT0;
	q->until = mono_add_s(in->now, IKE_QM_LIFE_S);
	qm_due(ike, h, q);
	ike_out_stage(in->out, s->attempt, sa_h, &q->way, IKE_STAGE_QM1);
	if (q->group == 0) {
		qm2_finish(ike, in->now, h, q, rd_make(NULL, 0), in->out);
		return;
	}
	q->state = QM_R_SHARE;
	qm_share_ask(ike, in, h, q, s);
}

/* A refusal that the peer may read: it has proven who it is. */
static void
qm1_refuse(struct ike *ike, struct ike_in *in, uint32_t sa_h, struct ike_sa *s,
    const struct qm_msg *m, enum drop d)
{
	struct isakmp_n n = { .doi = ISAKMP_DOI_IPSEC, .proto = PROTO_ESP,
		.type = N_NO_PROPOSAL_CHOSEN, .spi = rd_make(NULL, 0),
		.data = rd_make(NULL, 0) };
	char text[IKE_TEXT_MAX] =
	    "the client asks for something other than UDP port 1701";
	enum ike_why why = IKE_WHY_P2_ID;

	ike_drop(ike, d);
	if (d != DROP_IKE_ID && d != DROP_IKE_NO_PROPOSAL)
		return;
	if (d == DROP_IKE_ID) {
		n.type = N_INVALID_ID;
	} else {
		why = IKE_WHY_P2_PROPOSAL;
		ike_prop_p2_explain(ike->p, m->p.c.pl[1].body, text);
	}
	ike_ring_put(s->qm_ring, IKE_QM_RING, &s->qm_at, in->head.msgid);
	ike_info_notify(ike, sa_h, s, &s->way, &n, in->out);
	qm_fail(ike, sa_h, s, why, text, in->out);
}

static void
qm1_in(struct ike *ike, struct ike_in *in, uint32_t sa_h, struct ike_sa *s)
{
	struct qm_msg m;
	uint8_t want[HASH_MAX];
	enum drop d = DROP_NONE;

	if (ike_ring_has(s->qm_ring, IKE_QM_RING, in->head.msgid))
		d = DROP_IKE_REPEAT;
	else if (!ike_p2_iv(s, in->head.msgid, m.iv))
		d = DROP_IKE_DECRYPT;
	if (d == DROP_NONE)
		d = ike_p2_open(s, in, m.iv, &m.p);
	if (d == DROP_NONE && (!ike_keys_hash(s->p1.hash, s->a, false,
	    in->head.msgid, rd_make(NULL, 0), m.p.rest, want) ||
	    !ike_keys_prove(m.p.hash, want, hash_size(s->p1.hash)).ok))
		d = DROP_IKE_HASH;
	if (d == DROP_NONE)
		d = qm_read(&m, MSG_QM1);
	if (d == DROP_NONE && !ike_bucket_take(&s->qm_bucket, in->now, QM_RATE,
	    QM_BURST))
		d = DROP_IKE_LIMIT;
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	d = ids_read(&m);
	if (d == DROP_NONE)
		d = qm_choose(s, in, &m, ike->p->p2, ike->p->p2_n);
	/* What the switch keeps out of phase 1 is no group for PFS either. */
	if (d == DROP_NONE && rd_left(&m.ke) > 0 &&
	    m.choice.group == DH_MODP1024 && !ike->p->allow_legacy_dh)
		d = DROP_IKE_NO_PROPOSAL;
	if (d == DROP_NONE && rd_left(&m.ke) > 0 &&
	    !ike_limit_pfs(ike, in->now, &in->way.remote.addr,
	    (uint8_t)m.choice.group)) {
		ike_drop(ike, DROP_IKE_LIMIT);
		return;
	}
	if (d == DROP_NONE)
		qm1_accept(ike, in, sa_h, s, &m);
	else
		qm1_refuse(ike, in, sa_h, s, &m, d);
}

/* HASH(3) covers our own nonce: this message cannot be a recording. */
static void
qm3_in(struct ike *ike, struct ike_in *in, uint32_t qh, struct ike_qm *q,
    uint32_t sa_h, struct ike_sa *s)
{
	struct ike_p2_in p;
	uint8_t iv[CIPHER_BLOCK_MAX];
	uint32_t child = q->child;
	enum drop d;

	memcpy(iv, q->iv, sizeof(iv));
	d = ike_p2_open(s, in, iv, &p);
	if (d == DROP_NONE && !ike_keys_prove(p.hash, q->hash3,
	    hash_size(s->p1.hash)).ok)
		d = DROP_IKE_HASH;
	if (d == DROP_NONE)
		d = isakmp_chain_check(&p.c, MSG_QM3);
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	ike_quick_drop(ike, qh);
	ike_sa_fresh(ike, in->now, sa_h, s, &in->way, in->out);
	ike_out_stage(in->out, s->attempt, sa_h, &s->way, IKE_STAGE_CHILD);
	ike_pair_proven(ike, child, in->out);
}

/* ---- initiator ---- */

static void
host_id(uint8_t *b, uint16_t *len, const struct ipaddr *a, uint16_t port)
{
	struct wr w = wr_make(b, IKE_IDB_MAX);

	wr_u8(&w, a->family == IP_V6 ? IKE_ID_IPV6 : IKE_ID_IPV4);
	wr_u8(&w, PROTO_UDP);
	wr_u16(&w, port);
	ipaddr_encode(&w, a);
	*len = (uint16_t)wr_used(&w);
}

static void
qm1_send(struct ike *ike, mono_t now, uint32_t h, struct ike_qm *q,
    struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, q->sa);
	const struct ike_dial *d = pool_get(&ike->dial, s->dial);
	struct ike_p2_offer f = { .suite = d->p2, .n = d->p2_n,
		.spi = q->spi_in, .life_s = d->p2_life_s,
		.life_kb = d->p2_life_kb, .group = d->pfs_group,
		.encap = !s->natt ? ENCAP_TRANSPORT :
		    ike_natt_draft(s->vid) ? ENCAP_UDP_TRANSPORT_DRAFT :
		    ENCAP_UDP_TRANSPORT };
	struct isakmp_out o;
	struct rd msg;

	if (!ike_p2_iv(s, q->msgid, q->iv))
		return;
	ike_p2_begin(&o, q->out, sizeof(q->out), s, XCHG_QUICK, q->msgid);
	ike_prop_p2_offer(&o, &f);
	isakmp_out_add(&o, PL_NONCE, rd_make(q->ni, q->ni_len));
	if (q->group != 0)
		isakmp_out_add(&o, PL_KE, rd_make(q->pub,
		    dh_public_size((enum dh_group)q->group)));
	isakmp_out_add(&o, PL_ID, rd_make(q->idi, q->idi_len));
	isakmp_out_add(&o, PL_ID, rd_make(q->idr, q->idr_len));
	if (s->natt) {
		ike_natt_oa_add(&o, s->vid, &q->way.local.addr);
		ike_natt_oa_add(&o, s->vid, &q->way.remote.addr);
	}
	msg = ike_p2_end(&o, s, q->msgid, rd_make(NULL, 0), q->iv);
	q->out_len = msg.bad ? 0 : (uint16_t)rd_left(&msg);
	q->state = QM_I_QM1_SENT;
	q->until = mono_add_s(now, 60);
	ike_rtx_start(&q->rtx, now);
	qm_due(ike, h, q);
	ike_out_send(out, s->attempt, q->sa, &q->way, msg);
}

void
ike_quick_start(struct ike *ike, mono_t now, uint32_t sa_h,
    struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, sa_h);
	const struct ike_dial *d;
	struct ike_qm *q;
	uint32_t h, msgid = rng_u32(ike->rng);

	if (s == NULL || !s->up || (d = pool_get(&ike->dial, s->dial)) == NULL)
		return;
	if (msgid == 0)
		msgid = 1;
	q = qm_new(ike, sa_h, s, msgid, &s->way, &h);
	if (q == NULL) {
		qm_fail(ike, sa_h, s, IKE_WHY_LIMIT,
		    "too many quick modes at once", out);
		return;
	}
	q->spi_in = ike_pair_spi(ike);
	q->ni_len = NONCE_OWN;
	q->group = d->pfs_group;
	host_id(q->idi, &q->idi_len, &s->way.local.addr, d->port);
	host_id(q->idr, &q->idr_len, &s->way.remote.addr, L2TP_PORT);
	q->port_here = d->port;
	q->port_there = L2TP_PORT;
	if (q->spi_in == 0 || !ike_fill(ike, q->ni, q->ni_len)) {
		ike_quick_drop(ike, h);
		return;
	}
	if (q->group == 0) {
		qm1_send(ike, now, h, q, out);
		return;
	}
	q->state = QM_I_PAIR;
	q->until = mono_add_s(now, 60);
	qm_due(ike, h, q);
	(void)ike_ask_dh(ike, out, s->attempt, h, DH_TAG_QUICK, q->group);
}

/*
 * The exchange is over for us; its last message stays with the SA, for the
 * repeats of QM2 that its loss would bring.
 */
static void
qm3_finish(struct ike *ike, mono_t now, uint32_t qh, struct ike_qm *q,
    struct rd shared, struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, q->sa);
	uint32_t sa_h = q->sa, child_h;
	struct ike_way way = q->way;
	struct ike_child child;
	struct isakmp_out o;
	struct rd msg;

	ike_p2_begin(&o, q->out, IKE_MM6_MAX, s, XCHG_QUICK, q->msgid);
	if (!hash3_make(q, s) || !child_keys(q, s, shared, &child) ||
	    !child_make(ike, now, qh, q, out)) {
		ike_drop(ike, DROP_IKE_LIMIT);
		ike_quick_drop(ike, qh);
		wipe(&child, sizeof(child));
		return;
	}
	msg = ike_p2_end_hash(&o, s, q->hash3, q->iv);
	s->req = q->req;
	s->done_msgid = q->msgid;
	s->repeats = 0;
	s->mm_len = msg.bad ? 0 : (uint16_t)rd_left(&msg);
	rd_copy(&msg, s->mm, s->mm_len);
	child_announce(ike, q, &child, out);
	wipe(&child, sizeof(child));
	child_h = q->child;
	ike_quick_drop(ike, qh);
	ike_out_send(out, s->attempt, sa_h, &way, rd_make(s->mm, s->mm_len));
	ike_out_stage(out, s->attempt, sa_h, &way, IKE_STAGE_CHILD);
	ike_pair_proven(ike, child_h, out);
}

static void
qm2_accept(struct ike *ike, struct ike_in *in, uint32_t qh, struct ike_qm *q,
    struct ike_sa *s, const struct qm_msg *m)
{
	struct rd nonce = m->nonce;
	struct ike_dh *job;

	q->req = in->sum;
	memcpy(q->iv, m->iv, sizeof(q->iv));
	qm_take_choice(q, s, m);
	q->nr_len = (uint16_t)rd_left(&nonce);
	rd_copy(&nonce, q->nr, q->nr_len);
	q->rtx.next = MONO_NEVER;
	ike_sa_fresh(ike, in->now, q->sa, s, &in->way, in->out);
	if (q->group == 0) {
		qm3_finish(ike, in->now, qh, q, rd_make(NULL, 0), in->out);
		return;
	}
	q->state = QM_I_SHARE;
	qm_due(ike, qh, q);
	job = ike_ask_dh(ike, in->out, s->attempt, qh, DH_TAG_QUICK, q->group);
	if (job == NULL)
		return;
	job->have_peer = job->have_priv = true;
	job->peer_len = (uint16_t)dh_public_size((enum dh_group)q->group);
	memcpy(job->peer, q->peer, job->peer_len);
	memcpy(job->pub, q->pub, job->peer_len);
	memcpy(job->priv, q->priv, sizeof(job->priv));
}

static void
qm2_in(struct ike *ike, struct ike_in *in, uint32_t qh, struct ike_qm *q,
    struct ike_sa *s)
{
	const struct ike_dial *dial = pool_get(&ike->dial, s->dial);
	struct qm_msg m;
	uint8_t want[HASH_MAX];
	struct isakmp_prop p;
	struct rd sa;
	enum drop d;

	memcpy(m.iv, q->iv, sizeof(m.iv));
	d = ike_p2_open(s, in, m.iv, &m.p);
	if (d == DROP_NONE && (!ike_keys_hash(s->p1.hash, s->a, false,
	    in->head.msgid, rd_make(q->ni, q->ni_len), m.p.rest, want) ||
	    !ike_keys_prove(m.p.hash, want, hash_size(s->p1.hash)).ok))
		d = DROP_IKE_HASH;
	if (d == DROP_NONE)
		d = qm_read(&m, MSG_QM2);
	if (d == DROP_NONE && (rd_left(&m.ke) > 0) != (q->group != 0))
		d = DROP_IKE_KE;
	m.port_i = L2TP_PORT;
	if (d == DROP_NONE)
		d = qm_choose(s, in, &m, dial->p2, dial->p2_n);
	if (d == DROP_NONE) {
		sa = m.p.c.pl[1].body;
		if (isakmp_sa_decode(&sa) != DROP_NONE ||
		    isakmp_prop_next(&sa, &p) != DROP_NONE ||
		    !rd_done(&sa) || p.n != 1 ||
		    (q->group != 0 && m.choice.group != q->group))
			d = DROP_IKE_PROPOSAL;
	}
	if (d != DROP_NONE) {
		ike_drop(ike, d);
		return;
	}
	qm2_accept(ike, in, qh, q, s, &m);
}

/* ---- dispatch ---- */

/* The same answer, or a job once more that was shed or lost in a restart. */
static void
qm_repeat(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_qm *q,
    const struct ike_sa *s)
{
	ike_drop(ike, DROP_IKE_REPEAT);
	if (q->repeats >= IKE_REPEATS)
		return;
	if (q->state == QM_R_QM2_SENT) {
		q->repeats++;
		ike_out_send(in->out, s->attempt, q->sa, &q->way,
		    rd_make(q->out, q->out_len));
	} else if (q->state == QM_R_SHARE && mono_due(
	    mono_add_s(q->asked, IKE_DH_PATIENCE_S), in->now)) {
		q->repeats++;
		qm_share_ask(ike, in, h, q, s);
	}
}

/* QM2 once more, after its exchange is over: QM3 was lost. */
static void
qm3_repeat(struct ike *ike, struct ike_in *in, uint32_t h, struct ike_sa *s)
{
	ike_drop(ike, DROP_IKE_REPEAT);
	if (in->sum != s->req || s->repeats >= IKE_REPEATS)
		return;
	s->repeats++;
	ike_out_send(in->out, s->attempt, h, &s->way,
	    rd_make(s->mm, s->mm_len));
}

void
ike_quick_input(struct ike *ike, struct ike_in *in, uint32_t h,
    struct ike_sa *s)
{
	uint32_t qh;
	struct ike_qm *q;

	if ((in->head.flags & ISAKMP_FLAG_E) == 0) {
		ike_drop(ike, DROP_IKE_PLAIN);
		return;
	}
	if (in->head.msgid == 0) {
		ike_drop(ike, DROP_IKE_MSGID);
		return;
	}
	q = qm_find(ike, h, in->head.msgid, &qh);
	if (q == NULL && in->head.msgid == s->done_msgid) {
		qm3_repeat(ike, in, h, s);
		return;
	}
	if (q == NULL) {
		qm1_in(ike, in, h, s);
		return;
	}
	if (in->sum == q->req) {
		qm_repeat(ike, in, qh, q, s);
		return;
	}
	switch ((enum ike_qm_state)q->state) {
	case QM_R_QM2_SENT:
		qm3_in(ike, in, qh, q, h, s);
		break;
	case QM_I_QM1_SENT:
		qm2_in(ike, in, qh, q, s);
		break;
	case QM_I_PAIR:
	case QM_I_SHARE:
	case QM_R_SHARE:
		ike_drop(ike, DROP_IKE_STATE);
		break;
	}
}

void
ike_quick_dh(struct ike *ike, mono_t now, const struct ike_dh *job,
    struct ike_out *out)
{
	struct ike_qm *q = pool_get(&ike->qm, job->sa);
	struct rd shared = rd_make(job->shared,
	    dh_shared_size((enum dh_group)job->group));

	if (q == NULL || job->group != q->group)
		return;
	if (!job->ok) {
		ike_drop(ike, DROP_IKE_DH_QUEUE);
		q->asked = mono_us(0);	/* a repeat of QM1 asks again */
		if (q->state != QM_R_SHARE)
			ike_quick_drop(ike, job->sa);
		return;
	}
	switch ((enum ike_qm_state)q->state) {
	case QM_R_SHARE:
		memcpy(q->pub, job->pub, sizeof(q->pub));
		qm2_finish(ike, now, job->sa, q, shared, out);
		break;
	case QM_I_PAIR:
		memcpy(q->pub, job->pub, sizeof(q->pub));
		memcpy(q->priv, job->priv, sizeof(q->priv));
		qm1_send(ike, now, job->sa, q, out);
		break;
	case QM_I_SHARE:
		qm3_finish(ike, now, job->sa, q, shared, out);
		break;
	case QM_I_QM1_SENT:
	case QM_R_QM2_SENT:
		break;
	}
}

/* A pair whose proof never came goes with its exchange. */
static void
qm_end(struct ike *ike, uint32_t h, struct ike_qm *q, struct ike_out *out)
{
	const struct ike_pair *p = pool_get(&ike->pair, q->child);
	struct ike_sa *s = pool_get(&ike->sa, q->sa);
	uint32_t child = q->child, sa_h = q->sa;
	bool proven = p != NULL && p->proven;

	ike_quick_drop(ike, h);
	if (proven)
		return;
	ike_pair_gone(ike, child, IKE_WHY_TIMEOUT, out);
	if (s != NULL && s->child_n == 0)
		qm_fail(ike, sa_h, s, IKE_WHY_TIMEOUT,
		    "the peer went silent during phase 2", out);
}

void
ike_quick_expire(struct ike *ike, mono_t now, uint32_t h, struct ike_qm *q,
    struct ike_out *out)
{
	const struct ike_sa *s = pool_get(&ike->sa, q->sa);

	/* A machine that stood still heard nothing: the wait begins again. */
	if (mono_stood(q->until, now))
		q->until = mono_add_s(now, IKE_QM_LIFE_S);
	if (mono_due(q->until, now) || s == NULL ||
	    (mono_due(q->rtx.next, now) && !ike_rtx_again(&q->rtx, now))) {
		qm_end(ike, h, q, out);
		return;
	}
	if (q->state == QM_I_QM1_SENT)
		ike_out_send(out, s->attempt, q->sa, &q->way,
		    rd_make(q->out, q->out_len));
	qm_due(ike, h, q);
}

void
ike_quick_refused(struct ike *ike, uint32_t sa_h, uint16_t notify,
    struct ike_out *out)
{
	struct ike_sa *s = pool_get(&ike->sa, sa_h);

	for (uint32_t i = 0; s->qm_n > 0 && i < ike->qm.high; i++) {
		uint32_t h;
		struct ike_qm *q = pool_at(&ike->qm, i, &h);

		if (q == NULL || q->sa != sa_h || q->state != QM_I_QM1_SENT)
			continue;
		ike_quick_drop(ike, h);
		qm_fail(ike, sa_h, s, IKE_WHY_REFUSED,
		    isakmp_notify_str(notify), out);
		return;
	}
}
