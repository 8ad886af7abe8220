/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Retransmission by the one who asks: RFC 2408 §5.1 wants back-off and a retry
 * counter.  No jitter: a run can be repeated.
 */

#include "ipsec/ike_int.h"

#define RTX_FIRST_MS	1000
#define RTX_MAX_MS	8000
#define RTX_SENDS	7

static uint64_t
rtx_wait(unsigned sent)
{
	uint64_t ms = RTX_FIRST_MS;

	for (unsigned i = 1; i < sent && ms < RTX_MAX_MS; i++)
		ms *= 2;
	return ms;
}

void
ike_rtx_start(struct ike_rtx *r, mono_t now)
{
	r->sent = 1;
	r->next = mono_add_ms(now, rtx_wait(1));
}

bool
ike_rtx_again(struct ike_rtx *r, mono_t now)
{
	if (r->sent >= RTX_SENDS)
		return false;
	r->sent++;
	r->next = mono_add_ms(now, rtx_wait(r->sent));
	return true;
}
