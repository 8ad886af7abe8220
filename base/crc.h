/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CRC_H
#define BASE_CRC_H

/* DOC: CRC32C (RFC 3720 Appendix B.4): finds what a disk or a crash damaged. */

#include <stddef.h>
#include <stdint.h>

/* Of n bytes that follow those with the sum `crc`; 0 for the first. */
uint32_t	crc32c(uint32_t crc, const void *, size_t n);

#endif
