/* SPDX-License-Identifier: BSD-2-Clause */
/* IPV6CP: see ipv6cp.h. */

#include "ppp/ipv6cp.h"

#define IFID_UNIVERSAL	(UINT64_C(2) << 56)	/* bit u, RFC 4291 App. A */
#define IFID_DRAWS	4	/* until it differs from another one */

/*
 * RFC 5072 §4.1: random ones have bit u cleared.  Never zero, never `not`; 0 if
 * there is no randomness.
 */
static uint64_t
ipv6cp_draw(const struct ppp *p, uint64_t not)
{
	uint64_t v = 0;

	for (int i = 0; i < IFID_DRAWS; i++) {
		if (!rng_fill(p->rng, &v, sizeof(v)))
			return 0;
		v &= ~IFID_UNIVERSAL;
		if (v != 0 && v != not)
			return v;
	}
	return 0;
}

/* Ours as it stands in our request; 0: the peer has rejected it. */
static uint64_t
ipv6cp_ours(const struct ppp *p)
{
	const struct option_set *o = &p->ipv6cp.ours;

	return option_has(o, IPV6CP_IFID) ? o->val[IPV6CP_IFID] : 0;
}

/*
 * RFC 5072 §4.1: neither zero nor ours; two zeros are rejected.  Where the owner
 * has said which one it must be, no other.
 */
static enum option_verdict
ipv6cp_judge_ifid(const struct ppp *p, bool fits, uint64_t *value)
{
	uint64_t ours = ipv6cp_ours(p);
	bool free = p->role == PPP_PEER || p->addr.ifid == 0;

	if (fits && *value == 0 && ours == 0)
		return OPTION_REJ;
	if (fits && *value != 0 && *value != ours &&
	    (free || *value == p->addr.ifid))
		return OPTION_ACK;
	*value = p->ifid_peers;
	return OPTION_NAK;
}

/* RFC 5072 §4.1: whoever gives addresses wants to know the identifier. */
static bool
ipv6cp_ifid_missing(const struct ppp *p, uint64_t *value)
{
	*value = p->ifid_peers;
	return p->role == PPP_AUTHENTICATOR;
}

/*
 * RFC 5072 §4.1: we take what is suggested.  If it is what we have suggested or
 * agreed to ourselves, the link may be looped back, and chance decides.
 */
static void
ipv6cp_nak_ifid(const struct ppp *p, struct option_set *ours, unsigned row,
    uint64_t value)
{
	const struct option_set *peer = &p->ipv6cp.peer;
	bool taken = value == 0 || value == p->ifid_peers ||
	    (option_has(peer, IPV6CP_IFID) && value == peer->val[IPV6CP_IFID]);

	if (taken)
		value = ipv6cp_draw(p, p->ifid_peers);
	if (value != 0)
		option_put(ours, row, value);
}

static struct cp *
ipv6cp_state(struct ppp *p)
{
	return &p->ipv6cp;
}

static void
ipv6cp_reset(struct ppp *p)
{
	struct cp *c = &p->ipv6cp;

	c->naks_sent = 0;
	c->rounds = 0;
	c->ours = (struct option_set){ 0 };
	option_put(&c->ours, IPV6CP_IFID, p->ifid);
}

/* IPv6-Compression-Protocol (2) is not here, so rejected. */
/* clang-format off */
static const struct option_row ipv6cp_rows[] = {
/*		    type min max must   never  judge		  nak		   missing */
[IPV6CP_IFID]	= { 1,	 8, 8,	false, true,  ipv6cp_judge_ifid,  ipv6cp_nak_ifid, ipv6cp_ifid_missing },
};
/* clang-format on */

const struct cp_def ipv6cp_def = {
	.protocol = FRAME_IPV6CP,
	.state = ipv6cp_state,
	.reset = ipv6cp_reset,
	.table = { ipv6cp_rows, sizeof(ipv6cp_rows) / sizeof(ipv6cp_rows[0]) },
};

bool
ipv6cp_init(struct ppp *p)
{
	uint64_t must = p->role == PPP_AUTHENTICATOR ? p->addr.ifid : 0;

	if (p->ifid == 0 || p->ifid == must)
		p->ifid = ipv6cp_draw(p, must);
	p->ifid_peers = must != 0 ? must : ipv6cp_draw(p, p->ifid);
	p->ipv6cp.peer = (struct option_set){ 0 };
	ipv6cp_reset(p);
	return p->ifid != 0 && p->ifid_peers != 0;
}

void
ipv6cp_result(const struct ppp *p, struct ppp_net6 *net)
{
	const struct option_set *peer = &p->ipv6cp.peer;
	uint64_t ours = ipv6cp_ours(p);

	net->ours = ours != 0 ? ours : p->ifid;
	net->peers = option_has(peer, IPV6CP_IFID) ?
	    peer->val[IPV6CP_IFID] : 0;
}
