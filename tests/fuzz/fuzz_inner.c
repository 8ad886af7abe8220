/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets from inside a session: whatever passes the check is clamped,
 * fragmented and answered without leaving its bytes.  Input: two bytes of MTU,
 * then the packet.
 */

#include <stdlib.h>
#include <string.h>

#include "base/inet.h"
#include "dp/inner.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fragments(const uint8_t *p, const struct inner *in, uint16_t mtu)
{
	uint8_t *out = malloc(mtu);
	struct inner_frag f = inner_frag(p, in, mtu);
	struct inner part;
	uint32_t n, sum = 0;

	while ((n = inner_frag_next(&f, out)) != 0) {
		if (n > mtu || inner_ip(out, n, &part) != DROP_NONE ||
		    part.len != n)
			abort();
		sum += n - part.head;
	}
	if (mtu >= in->head + 8 && sum != in->len - in->head)
		abort();
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ipaddr from4 = ipaddr_v4(0x0a000001);
	const struct ipaddr from6 = { .family = IP_V6, .b = { 0x20, 1 } };
	uint8_t out[INNER_ICMP_MAX], *p;
	struct inner in, again;
	uint16_t mtu, port;
	uint32_t payload, len;

	if (size < 2 || size > 65536)
		return 0;
	mtu = (uint16_t)(68 + inet_u16(data, 0) % 1900);
	size -= 2;
	p = malloc(size + 1);
	memcpy(p, data + 2, size);
	if (inner_udp(p, size, 1701, 0, &port, &payload) == DROP_NONE &&
	    payload + INNER_UDP_HEAD > size)
		abort();
	if (inner_ip(p, size, &in) == DROP_NONE) {
		if (in.len > size || in.head > in.len)
			abort();
		inner_clamp(p, &in, mtu);
		if (inner_ip(p, size, &again) != DROP_NONE ||
		    again.len != in.len)
			abort();
		if (in.src.family == IP_V4)
			fragments(p, &in, mtu);
		len = inner_too_big(p, &in, mtu, in.src.family == IP_V6 ?
		    &from6 : &from4, out);
		if (len > sizeof(out) ||
		    (len != 0 && inner_ip(out, len, &again) != DROP_NONE))
			abort();
	}
	free(p);
	return 0;
}
