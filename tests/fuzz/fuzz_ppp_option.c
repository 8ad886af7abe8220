/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Option lists of LCP, IPCP and IPV6CP: the first byte chooses table, role, patience
 * and the use, the rest is the list.
 */

#include <stdlib.h>
#include <string.h>

#include "ppp/ipcp.h"
#include "ppp/ipv6cp.h"
#include "ppp/lcp.h"

#define LIMIT	300	/* bytes of the answer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* A request: what is acked must judge the same once more, written by us. */
static void
judge(const struct ppp *p, const struct option_table *t, struct rd options,
    bool firm)
{
	uint8_t buf[LIMIT], again[LIMIT];
	struct wr w = wr_make(buf, sizeof(buf)), w2 = wr_make(again, LIMIT);
	struct wr w3 = wr_make(buf, sizeof(buf));
	struct option_set want, same;
	enum option_verdict verdict;

	if (option_judge(p, t, options, firm, &want, &verdict, &w) != DROP_NONE)
		return;
	must(!w.bad && wr_used(&w) <= LIMIT);
	must((verdict == OPTION_ACK) == (wr_used(&w) == 0));
	if (verdict != OPTION_ACK)
		return;
	option_request(t, &want, &w2);
	must(option_judge(p, t, wr_out(&w2), firm, &same, &verdict, &w3) ==
	    DROP_NONE);
	must(verdict == OPTION_ACK && option_same(t, &want, &same));
}

/* An answer to ours: whatever it says, we ask for nothing new. */
static void
answer(const struct ppp *p, const struct option_table *t,
    const struct option_set *ours, struct rd options)
{
	struct option_set next = *ours;

	if (option_rejected(t, &next, options) == DROP_NONE)
		must((next.have & ~ours->have) == 0 && next.have != ours->have);
	next = *ours;
	if (option_naked(p, t, &next, options) == DROP_NONE)
		must((next.have & ~ours->have) == 0);
	(void)option_acked(t, ours, options);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cp_def *def;
	struct ppp_params params;
	struct rng rng;
	struct ppp *p;
	struct rd r;
	uint8_t how;

	if (size < 1)
		return 0;
	how = data[0];
	ppp_params_default(&params);
	params.methods = PPP_PAP | PPP_MSCHAPV2;
	rng_seeded(&rng, 1);
	p = ppp_new(&params, how & 1 ? PPP_PEER : PPP_AUTHENTICATOR, &rng,
	    NULL);
	if (p == NULL || !lcp_init(p))
		abort();
	p->addr.peers = ipaddr_v4(0x0a000102);
	p->addr.ours = ipaddr_v4(0x0a000001);
	p->addr.dns[0] = ipaddr_v4(0x08080808);
	ipcp_def.reset(p);
	p->addr.ifid = how & 16 ? 0x42 : 0;
	if (!ipv6cp_init(p))
		abort();
	def = how & 8 ? &ipv6cp_def : how & 2 ? &ipcp_def : &lcp_def;
	r = rd_make(data + 1, size - 1);
	judge(p, &def->table, r, how & 4);
	answer(p, &def->table, &def->state(p)->ours, r);
	ppp_free(p);
	return 0;
}
