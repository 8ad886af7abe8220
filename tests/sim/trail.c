/* SPDX-License-Identifier: BSD-2-Clause */
/* Text of a simulated run: see trail.h. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tests/sim/trail.h"

struct name {
	unsigned number;
	const char *text;
};

static const struct name exchanges[] = {
	{ 2, "main" }, { 4, "aggressive" }, { 5, "info" }, { 32, "quick" },
};

/* RFC 2661 §3.2 */
static const struct name controls[] = {
	{ 1, "sccrq" }, { 2, "sccrp" }, { 3, "scccn" }, { 4, "stopccn" },
	{ 6, "hello" }, { 7, "ocrq" }, { 8, "ocrp" }, { 9, "occn" },
	{ 10, "icrq" }, { 11, "icrp" }, { 12, "iccn" }, { 14, "cdn" },
	{ 15, "wen" }, { 16, "sli" },
};

static const struct name protocols[] = {
	{ 0x0021, "ip" }, { 0x8021, "ipcp" }, { 0x8057, "ipv6cp" },
	{ 0x80fd, "ccp" }, { 0xc021, "lcp" }, { 0xc023, "pap" },
	{ 0xc223, "chap" },
};

static const struct name cp_codes[] = {		/* RFC 1661 §5 */
	{ 1, "conf-req" }, { 2, "conf-ack" }, { 3, "conf-nak" },
	{ 4, "conf-rej" }, { 5, "term-req" }, { 6, "term-ack" },
	{ 7, "code-rej" }, { 8, "prot-rej" }, { 9, "echo-req" },
	{ 10, "echo-rep" }, { 11, "discard" }, { 12, "ident" },
};

static const struct name pap_codes[] = {	/* RFC 1334 §2.2 */
	{ 1, "request" }, { 2, "ack" }, { 3, "nak" },
};

static const struct name chap_codes[] = {	/* RFC 1994 §4 */
	{ 1, "challenge" }, { 2, "response" }, { 3, "success" },
	{ 4, "failure" },
};

#define NAME(table, n) name_of(table, sizeof(table) / sizeof(table[0]), n)

static const char *
name_of(const struct name *t, size_t n, unsigned number)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].number == number)
			return t[i].text;
	return "?";
}

void
trail_add(struct trail *t, mono_t now, const char *fmt, ...)
{
	char *line = t->line[t->n++ % TRAIL_LINES];
	int head = snprintf(line, TRAIL_WIDTH, "%6u.%03u ",
	    (unsigned)(now.us / 1000000), (unsigned)(now.us / 1000 % 1000));
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line + head, TRAIL_WIDTH - (size_t)head, fmt, ap);
	va_end(ap);
	if (t->all != NULL)
		(void)fprintf(t->all, "%s\n", line);
}

void
trail_print(const struct trail *t, FILE *f)
{
	unsigned first = t->n > TRAIL_LINES ? t->n - TRAIL_LINES : 0;

	for (unsigned i = first; i < t->n; i++)
		(void)fprintf(f, "%s\n", t->line[i % TRAIL_LINES]);
}

/* RFC 2408 §3.1 */
const char *
trail_ike(char *buf, struct rd r)
{
	size_t len = rd_left(&r);
	uint8_t exchange, flags;

	rd_skip(&r, 18);
	exchange = rd_u8(&r);
	flags = rd_u8(&r);
	if (r.bad)
		(void)snprintf(buf, TRAIL_WIDTH, "short len=%zu", len);
	else
		(void)snprintf(buf, TRAIL_WIDTH, "%s%s len=%zu",
		    NAME(exchanges, exchange), flags & 1 ? " enc" : "", len);
	return buf;
}

/* RFC 2661 §3.1, §4.1: the message type is the first AVP. */
const char *
trail_l2tp(char *buf, struct rd r)
{
	uint16_t tid, sid, ns, nr, type = 0;
	bool zlb;

	rd_skip(&r, 4);
	tid = rd_u16(&r);
	sid = rd_u16(&r);
	ns = rd_u16(&r);
	nr = rd_u16(&r);
	zlb = rd_left(&r) == 0;
	rd_skip(&r, 6);
	type = rd_u16(&r);
	(void)snprintf(buf, TRAIL_WIDTH, "%s tid=%u sid=%u ns=%u nr=%u",
	    zlb ? "zlb" : NAME(controls, type), tid, sid, ns, nr);
	return buf;
}

const char *
trail_ppp(char *buf, struct rd r)
{
	struct rd look = r;
	uint16_t proto;
	uint8_t code, id;
	const char *what;

	if (rd_u16(&look) == 0xff03)
		rd_skip(&r, 2);
	proto = rd_u16(&r);
	code = rd_u8(&r);
	id = rd_u8(&r);
	if (proto == 0xc023)
		what = NAME(pap_codes, code);
	else if (proto == 0xc223)
		what = NAME(chap_codes, code);
	else
		what = NAME(cp_codes, code);
	(void)snprintf(buf, TRAIL_WIDTH, "%s %s id=%u len=%zu",
	    NAME(protocols, proto), what, id, rd_left(&r) + 2);
	return buf;
}
