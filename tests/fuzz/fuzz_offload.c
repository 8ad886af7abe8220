/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames with any vnet header: checksums and splits stay within the frame,
 * and all payload comes out.  Input: a struct pkt_vnet, then the frame.
 */

#include <stdlib.h>
#include <string.h>

#include "dp/offload.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
split(struct pkt *pkt, const struct inner *in)
{
	struct offload_split s;
	struct inner part;
	uint32_t len, sum = 0;

	if (offload_split(&s, pkt, in) != DROP_NONE)
		return;
	while ((len = offload_split_size(&s)) != 0) {
		uint8_t *out = malloc(len);

		offload_split_next(&s, out);
		if (inner_ip(out, len, &part) != DROP_NONE || part.len != len)
			abort();
		sum += len - s.head;
		free(out);
	}
	if (sum != in->len - s.head)
		abort();
}

static void
cut(struct pkt *pkt)
{
	struct pkt one;
	uint32_t at = 0, sum = 0;

	pkt->seg = pkt->vnet.gso_size;
	while (offload_cut(pkt, &at, &one))
		sum += one.len;
	if (sum != pkt->len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pkt pkt = { .via = PKT_TUN };
	struct inner in;
	uint8_t *p;

	if (size < sizeof(pkt.vnet) || size > 65536)
		return 0;
	memcpy(&pkt.vnet, data, sizeof(pkt.vnet));
	pkt.len = (uint32_t)(size - sizeof(pkt.vnet));
	p = malloc(pkt.len + 1);
	memcpy(p, data + sizeof(pkt.vnet), pkt.len);
	pkt.p = p;
	cut(&pkt);
	if (inner_ip(p, pkt.len, &in) == DROP_NONE) {
		split(&pkt, &in);
		(void)offload_csum(&pkt, &in);
	}
	free(p);
	return 0;
}
