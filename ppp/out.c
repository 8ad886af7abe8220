/* SPDX-License-Identifier: BSD-2-Clause */
/* The out-box and the frames in it: see ppp.h and ppp_int.h. */

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "ppp/ppp_int.h"

/* One input adds at most this much; a test holds us to it. */
#define STEP_ACTS	8
#define STEP_BYTES	6144

void
ppp_out_reset(struct ppp_out *out)
{
	wipe(out->arena, out->used);
	memset(out->act, 0, out->n * sizeof(out->act[0]));
	out->n = 0;
	out->used = 0;
}

bool
ppp_out_room(const struct ppp_out *out)
{
	return PPP_OUT_ACTS - out->n >= STEP_ACTS &&
	    PPP_OUT_BYTES - out->used >= STEP_BYTES;
}

void *
ppp_out_take(struct ppp_out *out, size_t n)
{
	size_t a = alignof(max_align_t);
	size_t at = (out->used + a - 1) / a * a;

	if (at > PPP_OUT_BYTES || n > PPP_OUT_BYTES - at)
		return NULL;
	out->used = at + n;
	memset(&out->arena[at], 0, n);
	return &out->arena[at];
}

struct ppp_act *
ppp_out_add(struct ppp_out *out, enum ppp_act_kind kind)
{
	struct ppp_act *a;

	if (out->n == PPP_OUT_ACTS)
		return NULL;
	a = &out->act[out->n++];
	*a = (struct ppp_act){ .kind = kind, .text = "" };
	return a;
}

struct wr
ppp_frame_begin(struct ppp_out *out, uint16_t protocol, size_t max)
{
	size_t left = PPP_OUT_BYTES - out->used;
	struct wr w;
	uint8_t *head;

	if (max + FRAME_HEAD < left)
		left = max + FRAME_HEAD;
	w = wr_make(&out->arena[out->used], left);
	head = wr_room(&w, FRAME_HEAD);
	if (head != NULL)
		frame_build(head, protocol);
	return w;
}

void
ppp_frame_end(struct ppp_out *out, struct wr *w)
{
	struct ppp_act *a;

	if (w->bad)
		return;
	a = ppp_out_add(out, PPP_SEND);
	if (a == NULL)
		return;
	a->data = wr_out(w);
	out->used += wr_used(w);
}

struct ppp_packet
ppp_packet_begin(struct ppp_out *out, uint16_t protocol, uint8_t code,
    uint8_t id, size_t max)
{
	struct ppp_packet k;

	k.w = ppp_frame_begin(out, protocol, max);
	wr_u8(&k.w, code);
	wr_u8(&k.w, id);
	k.len = wr_len16(&k.w);
	return k;
}

void
ppp_packet_end(struct ppp_out *out, struct ppp_packet *k)
{
	wr_len_end(&k->w, k->len, 4);
	ppp_frame_end(out, &k->w);
}

void
ppp_escape(char out[PPP_TEXT_MAX], struct rd r)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;
	uint8_t c;

	while (rd_left(&r) > 0 && n + 5 <= PPP_TEXT_MAX) {
		c = rd_u8(&r);
		if (c >= 0x20 && c < 0x7f && c != '\\') {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
}

const char *
ppp_out_text(struct ppp_out *out, const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = ppp_out_take(out, n);

	if (copy == NULL)
		return "";
	memcpy(copy, text, n);
	return copy;
}
