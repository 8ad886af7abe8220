/* SPDX-License-Identifier: BSD-2-Clause */
/* One AVP after the other: byte 0 is the message type. */

#include <stdlib.h>

#include "l2tp/avp.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_make(data, size);
	struct avp_set s = { 0 };
	unsigned msg = rd_u8(&r);
	uint8_t out[AVP_VALUE_MAX + AVP_HEAD];
	struct avp a;

	while (rd_left(&r) > 0 && avp_next(&r, &a) == DROP_NONE)
		(void)avp_take(msg, &a, &s);
	(void)avp_missing(msg, &s);
	for (enum avp_type t = 0; t < AVP_TYPES; t++) {
		struct wr w = wr_make(out, sizeof(out));

		if (!avp_has(&s, t))
			continue;
		avp_put(&w, t, &s);
		if (w.bad && t != AVP_RESULT_CODE)
			abort();
	}
	return 0;
}
