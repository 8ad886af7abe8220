/* SPDX-License-Identifier: BSD-2-Clause */
/* A data packet: the payload stays inside, the header can be written. */

#include <stdlib.h>

#include "l2tp/data.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[DATA_HEAD_SEQ];
	struct wr w = wr_make(out, sizeof(out));
	struct rd r = rd_make(data, size);
	struct data_head h, again;

	if (data_decode(&r, &h) != DROP_NONE || h.control)
		return 0;
	if (rd_left(&r) == 0 || r.p < data || r.end > data + size)
		abort();
	data_encode(&w, &h);
	if (wr_used(&w) != data_head_len(&h))
		abort();
	r = wr_out(&w);
	if (data_decode(&r, &again) != DROP_L2TP_SHORT ||
	    again.tunnel_id != h.tunnel_id ||
	    again.session_id != h.session_id || again.ns != h.ns)
		abort();
	return 0;
}
