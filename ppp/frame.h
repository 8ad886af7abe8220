/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_FRAME_H
#define PPP_FRAME_H

/*
 * DOC: the head of a PPP frame: address, control, protocol.  Inline, because
 * every packet of every session passes here.
 *
 * Both heads are read whether or not their compression was negotiated (peers
 * compress what they were allowed to in an earlier negotiation); FF 03 and two
 * protocol bytes are always written (RFC 1661 §6.5, §6.6).
 */

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD	4	/* bytes of a head that we write */

enum frame_protocol {
	FRAME_IP = 0x0021,
	FRAME_IPV6 = 0x0057,
	FRAME_IPCP = 0x8021,
	FRAME_IPV6CP = 0x8057,
	FRAME_CCP = 0x80fd,
	FRAME_LCP = 0xc021,
	FRAME_PAP = 0xc023,
	FRAME_CHAP = 0xc223,
	FRAME_EAP = 0xc227
};

/*
 * Reads the head of the n bytes at b.  Returns its length, 0 if the frame ends
 * within it.  A number that RFC 1661 §2 does not allow (first byte odd in the
 * long form, second byte even) is returned as it stands: nobody knows it.
 */
static inline size_t
frame_parse(const uint8_t *b, size_t n, uint16_t *protocol)
{
	size_t at = 0;

	if (n >= 2 && b[0] == 0xff && b[1] == 0x03)
		at = 2;
	if (n <= at)
		return 0;
	if (b[at] & 1) {
		*protocol = b[at];
		return at + 1;
	}
	if (n < at + 2)
		return 0;
	*protocol = (uint16_t)(b[at] << 8 | b[at + 1]);
	return at + 2;
}

/* Writes the FRAME_HEAD bytes of the head. */
static inline void
frame_build(uint8_t *b, uint16_t protocol)
{
	b[0] = 0xff;
	b[1] = 0x03;
	b[2] = (uint8_t)(protocol >> 8);
	b[3] = (uint8_t)protocol;
}

#endif
