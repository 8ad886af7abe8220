/* SPDX-License-Identifier: BSD-2-Clause */
/* A control packet: what decodes must come out the same when written. */

#include <stdlib.h>

#include "l2tp/msg.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[65536];
	struct wr w = wr_make(out, sizeof(out));
	struct rd r = rd_make(data, size);
	struct msg_head h;
	struct msg m, again;

	if (msg_head_decode(&r, &h) != DROP_NONE ||
	    msg_decode(r, &m) != DROP_NONE || !m.known)
		return 0;
	if (m.type == MSG_STOPCCN || m.type == MSG_CDN)
		return 0;		/* taken even if incomplete */
	if (m.type == MSG_OCRQ || m.type == MSG_WEN || m.type == MSG_SLI)
		return 0;		/* read only: not all values are kept */
	for (enum avp_type t = 1; t < AVP_TYPES; t++)
		if (avp_row(t) != NULL && avp_row(t)->shape == AVP_SKIP)
			m.v.has &= ~((uint64_t)1 << t);
	if (!msg_encode(&w, &m))
		abort();
	if (msg_decode(wr_out(&w), &again) != DROP_NONE ||
	    again.type != m.type || again.v.has != m.v.has ||
	    again.v.tunnel_id != m.v.tunnel_id ||
	    again.v.session_id != m.v.session_id)
		abort();
	return 0;
}
