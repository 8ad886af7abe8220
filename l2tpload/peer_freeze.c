/* SPDX-License-Identifier: BSD-2-Clause */
/* A peer as bytes, and back: see peer.h. */

#include "l2tpload/peer_int.h"

size_t
peer_frozen_size(const struct peer *p)
{
	return sizeof(p->s) + ike_frozen_size(p->ike) +
	    l2tp_frozen_size(p->l2tp) +
	    (p->ppp != NULL ? ppp_frozen_size(p->ppp) : 0);
}

void
peer_freeze(const struct peer *p, struct wr *w)
{
	struct peer_state s = p->s;

	peer_sa_freeze(p, &s);
	wr_bytes(w, &s, sizeof(s));
	ike_freeze(p->ike, w);
	l2tp_freeze(p->l2tp, w);
	if (p->ppp != NULL)
		ppp_freeze(p->ppp, w);
	wipe(&s, sizeof(s));
}

struct peer *
peer_thaw(const struct peer_params *params, struct rng *rng,
    struct esp_crypt *crypt, struct drops *drops, struct rd *r)
{
	struct peer *p = peer_make(params, rng, crypt, drops);

	if (p == NULL)
		return NULL;
	rd_copy(r, &p->s, sizeof(p->s));
	if (peer_sa_thaw(p)) {
		p->ike = ike_thaw(params->ike, rng, drops, r);
		p->l2tp = l2tp_thaw(params->l2tp, rng, drops, r);
		if (p->s.have_ppp)
			p->ppp = ppp_thaw(params->ppp, rng, drops, r);
	}
	if (p->ike == NULL || p->l2tp == NULL ||
	    (p->s.have_ppp && p->ppp == NULL) || r->bad) {
		peer_free(p);
		return NULL;
	}
	return p;
}
