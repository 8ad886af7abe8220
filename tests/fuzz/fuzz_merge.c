/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any packets merged into frames for the TUN: no byte is lost, and a frame is
 * what its packets were.  Input: 16 bits of length and a packet, again and
 * again; those that are no IP packets are left out, as in the worker.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/inet.h"
#include "dp/merge.h"
#include "dp/offload.h"

#define PACKET_MAX	2048

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct work {
	struct merge m;
	struct batch b;
	struct pkt pkt[PKT_BATCH];
	uint32_t len[PKT_BATCH];
	uint8_t *was[PKT_BATCH], *now[PKT_BATCH];
	uint8_t frame[MERGE_BYTES + 1];
};

static void
take(struct work *w, struct rd *in)
{
	size_t n = rd_u16(in);
	struct rd r = rd_sub(in, n > rd_left(in) ? rd_left(in) : n);
	unsigned i = w->b.n;
	struct inner ip;

	n = rd_left(&r);
	if (n == 0 || n > PACKET_MAX)
		return;
	w->was[i] = malloc(n);
	w->now[i] = malloc(n);
	rd_copy(&r, w->was[i], n);
	memcpy(w->now[i], w->was[i], n);
	if (inner_ip(w->now[i], n, &ip) != DROP_NONE) {
		free(w->was[i]);
		free(w->now[i]);
		return;
	}
	w->len[i] = ip.len;
	w->pkt[i] = (struct pkt){ .p = w->now[i], .len = ip.len, .run = 1 };
	w->b.v[i] = &w->pkt[i];
	w->b.n++;
}

static void
check_frame(struct work *w, unsigned at)
{
	struct pkt one = *w->b.v[at];
	struct offload_split s;
	struct inner in;
	uint32_t n = 0;

	for (unsigned k = 0; k < w->b.v[at]->run; k++) {
		const struct pkt *part = w->b.v[at + k];

		if (n + part->len > MERGE_BYTES)
			abort();
		memcpy(w->frame + n, part->p, part->len);
		n += part->len;
	}
	one.p = w->frame;
	one.len = n;
	if (inner_ip(one.p, n, &in) != DROP_NONE || in.len != n ||
	    offload_split(&s, &one, &in) != DROP_NONE)
		abort();
	for (unsigned k = 0; k < w->b.v[at]->run; k++) {
		size_t i = (size_t)(w->b.v[at + k] - w->pkt);
		uint8_t *out = malloc(w->len[i]);

		if (offload_split_size(&s) != w->len[i])
			abort();
		offload_split_next(&s, out);
		/* Of IPv4 the id may differ, and with it the checksum. */
		if (out[0] >> 4 == 4) {
			memcpy(out + 4, w->was[i] + 4, 2);
			memcpy(out + 10, w->was[i] + 10, 2);
		}
		if (memcmp(out, w->was[i], w->len[i]) != 0)
			abort();
		free(out);
	}
}

static void
check(struct work *w)
{
	unsigned all = 0;

	for (unsigned i = 0; i < w->b.n; i += w->b.v[i]->run) {
		size_t k = (size_t)(w->b.v[i] - w->pkt);

		if (w->b.v[i]->run == 0)
			abort();
		all += w->b.v[i]->run;
		if (w->b.v[i]->run > 1)
			check_frame(w, i);
		else if (memcmp(w->b.v[i]->p, w->was[k], w->len[k]) != 0)
			abort();
	}
	if (all != w->b.n)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct work *w = calloc(1, sizeof(*w));
	struct rd in = rd_make(data, size);

	while (rd_left(&in) > 2 && w->b.n < PKT_BATCH)
		take(w, &in);
	merge_batch(&w->m, &w->b, true);
	check(w);
	for (unsigned i = 0; i < w->b.n; i++) {
		free(w->was[i]);
		free(w->now[i]);
	}
	free(w);
	return 0;
}
