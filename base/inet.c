/* SPDX-License-Identifier: BSD-2-Clause */
/* Internet checksum: see inet.h. */

#include <string.h>

#include "base/inet.h"

/*
 * RFC 1071 §2 (B): the sum is the same in either byte order but for a swap at
 * the end, so words are added as the machine reads them, eight bytes a step.
 */
uint32_t
inet_sum(const uint8_t *p, size_t n, uint32_t sum)
{
	uint64_t acc, lo = 0, hi = 0;
	uint8_t pair[2];
	uint16_t word;

	for (; n >= 8; n -= 8, p += 8) {
		uint32_t w[2];

		memcpy(w, p, 8);
		lo += w[0];
		hi += w[1];
	}
	acc = lo + hi;
	for (; n >= 2; n -= 2, p += 2) {
		memcpy(&word, p, 2);
		acc += word;
	}
	if (n == 1) {
		pair[0] = p[0];
		pair[1] = 0;
		memcpy(&word, pair, 2);
		acc += word;
	}
	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	word = (uint16_t)acc;
	memcpy(pair, &word, 2);
	acc = (uint64_t)sum + inet_u16(pair, 0);
	return (uint32_t)((acc & 0xffff) + (acc >> 16));
}

uint32_t
inet_sum_pseudo(const uint8_t *src, const uint8_t *dst, size_t addr_len,
    uint8_t proto, uint32_t len)
{
	uint32_t sum = (len >> 16) + (len & 0xffff) + proto;

	sum = inet_sum(src, addr_len, sum);
	return inet_sum(dst, addr_len, sum);
}

uint16_t
inet_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t
inet_adjust(uint16_t field, uint16_t a, uint16_t b)
{
	return inet_fold((uint32_t)(uint16_t)~field + (uint16_t)~a + b);
}
