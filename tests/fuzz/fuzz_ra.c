/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet that may be a Router Solicitation.  One that is accepted is, by a
 * second reading: version, hop limit, type, and the options to its end.
 */

#include <stdlib.h>

#include "lns/ra.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len, at = 48;

	if (ra_solicited(rd_make(data, size)) != DROP_NONE)
		return 0;
	must(size >= 48 && data[0] >> 4 == 6 && data[6] == 58 &&
	    data[7] == 255 && data[40] == 133 && data[41] == 0);
	len = (size_t)data[4] << 8 | data[5];
	must(len >= 8 && 40 + len <= size);
	while (at < 40 + len) {
		must(40 + len - at >= 8 && data[at + 1] != 0);
		at += data[at + 1] * (size_t)8;
	}
	must(at == 40 + len);
	return 0;
}
