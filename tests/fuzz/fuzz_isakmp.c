/* SPDX-License-Identifier: BSD-2-Clause */
/* Every decoder of ISAKMP over one datagram, as clear and as decrypted text. */

#include "ipsec/ike_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
sa_all(struct rd body)
{
	static struct ike_params p;
	struct ike_p1_choice c1;
	struct ike_p2_choice c2;
	struct ike_p2_want w = { .udp = true };
	char text[IKE_TEXT_MAX];

	if (p.p1_n == 0)
		ike_params_default(&p, true);
	w.allowed = p.p2;
	w.n = p.p2_n;
	(void)isakmp_sa_check(body);
	(void)ike_prop_p1(p.p1, p.p1_n, body, true, &c1);
	(void)ike_prop_p1(p.p1, p.p1_n, body, false, &c1);
	(void)ike_prop_p2(&w, body, &c2);
	w.ke = w.sha1_first = true;
	w.ke_len = 256;
	(void)ike_prop_p2(&w, body, &c2);
	(void)ike_prop_p1_explain(&p, body, text);
	ike_prop_p2_explain(&p, body, text);
}

static void
payload(const struct isakmp_pl *pl)
{
	struct isakmp_n n;
	struct isakmp_d d;
	struct isakmp_id id;
	struct ipaddr a;

	(void)isakmp_n_decode(pl->body, &n);
	(void)isakmp_d_decode(pl->body, &d);
	(void)isakmp_id_decode(pl->body, &id);
	(void)isakmp_natoa_decode(pl->body, &a);
	if (pl->type == PL_SA)
		sa_all(pl->body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct isakmp_head h;
	struct isakmp_chain c;
	struct ike_vids v;
	struct rd body;
	struct rd all = rd_make(data, size);

	if (isakmp_head_decode(all, &h, &body) != DROP_NONE) {
		/* the rest all the same, as if the header were right */
		rd_skip(&all, ISAKMP_HEAD);
		if (all.bad)
			return 0;
		body = all;
		h.next = data[16];
	}
	for (int i = 0; i < 4; i++) {
		if (isakmp_chain_decode(body, h.next, i % 2 != 0, i / 2 != 0,
		    &c) != DROP_NONE)
			continue;
		for (int m = 0; m < MSG_COUNT; m++)
			(void)isakmp_chain_check(&c, (enum isakmp_message)m);
		ike_natt_vids(&c, &v);
		for (unsigned k = 0; k < c.n; k++)
			payload(&c.pl[k]);
	}
	return 0;
}
