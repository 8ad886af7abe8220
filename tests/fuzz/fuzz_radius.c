/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any datagram is refused or decodes to a packet whose attributes can be
 * walked, revealed and put together again to the same bytes.
 */

#include <stdlib.h>
#include <string.h>

#include "radius/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
walk(const struct radius_packet *p, struct rd key)
{
	struct attr_walk w = attr_walk(p->attrs);
	struct secret s;
	struct attr a;
	size_t n = 0;

	while (attr_next(&w, &a)) {
		if (attr_check(&a) != DROP_NONE || ++n > RADIUS_ATTRS_MAX)
			abort();
		if (a.row == NULL)
			continue;
		if (a.row->kind == ATTR_PASSWORD)
			(void)radius_reveal(a.value, p->auth, key, &s);
		if (a.row->kind == ATTR_SALTED)
			(void)radius_salt_reveal(a.value, p->auth, key, &s);
	}
	if (w.why != DROP_NONE)
		abort();
}

static void
walk_11(const struct radius_packet *p)
{
	struct attr_walk w = attr_walk(p->attrs);
	struct attr a;

	while (attr_next(&w, &a))
		if (attr_check_11(&a) != DROP_NONE)
			abort();
	if (w.why != DROP_NONE || !p->version_11)
		abort();
}

/* Puts the same attributes into a new packet. */
static void
build(const struct radius_packet *p, struct rd key)
{
	uint8_t buf[RADIUS_PACKET_MAX];
	struct attr_walk w = attr_walk(p->attrs);
	struct radius_build b;
	struct rd attrs = p->attrs, out;
	struct radius_packet again;
	struct attr a;

	radius_open(&b, buf, sizeof(buf), RADIUS_ACCESS_ACCEPT, p->id, p->auth,
	    false);
	while (attr_next(&w, &a)) {
		if (rd_left(&a.value) == 0 || a.vendor != 0)
			return;	/* empty ones are not sent; vendors' repack */
		radius_put(&b, a.type, a.value.p, rd_left(&a.value));
	}
	if (!radius_close(&b, key, &out) ||
	    radius_decode(out, &again) != DROP_NONE ||
	    !rd_eq(again.attrs, attrs.p, rd_left(&attrs)) ||
	    !radius_response_ok(&again, p->auth, key))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd key = rd_make("testing123", 10);
	struct radius_packet p;
	const struct attr_row *bad;

	if (radius_decode_11(rd_make(data, size), &p) == DROP_NONE)
		walk_11(&p);
	if (radius_decode(rd_make(data, size), &p) != DROP_NONE)
		return 0;
	walk(&p, key);
	(void)radius_message_auth(&p, p.auth, key, true);
	(void)radius_request_ok(&p, key);
	(void)attr_columns_ok(p.attrs, ATTR_IN_ACCEPT, &bad);
	build(&p, key);
	return 0;
}
