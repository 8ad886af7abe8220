/* SPDX-License-Identifier: BSD-2-Clause */
/* What all writers share: see out.h. */

#include <stdlib.h>
#include <string.h>

#include "show/out.h"

void
out_object(struct out *o, const char *name)
{
	o->ops->object(o, name);
}

void
out_list(struct out *o, const char *name)
{
	o->ops->list(o, name);
}

void
out_end(struct out *o)
{
	o->ops->end(o);
}

void
out_text(struct out *o, const char *name, const char *text)
{
	o->ops->text(o, name, text, strlen(text), OUT_PLAIN);
}

void
out_textn(struct out *o, const char *name, const char *text, size_t n,
    enum out_mood mood)
{
	o->ops->text(o, name, text, n, mood);
}

void
out_num(struct out *o, const char *name, int64_t v)
{
	o->ops->num(o, name, v);
}

void
out_real(struct out *o, const char *name, double v)
{
	o->ops->real(o, name, v);
}

void
out_bool(struct out *o, const char *name, bool v)
{
	o->ops->truth(o, name, v);
}

void
out_bytes(struct out *o, const char *name, uint64_t v)
{
	o->ops->bytes(o, name, v);
}

void
out_span(struct out *o, const char *name, uint64_t s)
{
	o->ops->span(o, name, s);
}

void
out_when(struct out *o, const char *name, int64_t unix_s)
{
	o->ops->when(o, name, unix_s);
}

bool
out_finish(struct out *o)
{
	return o->ops->finish(o);
}

void
out_free(struct out *o)
{
	if (o != NULL)
		o->ops->free(o);
}

const char *
out_form_bytes(uint64_t v, char buf[OUT_FORM_MAX])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB",
		"EB" };
	uint64_t rest = 0;
	size_t u = 0;

	while (v >= 1000) {
		rest = v % 1000;
		v /= 1000;
		u++;
	}
	if (u > 0 && v < 100)
		(void)snprintf(buf, OUT_FORM_MAX, "%u.%u %s", (unsigned)v,
		    (unsigned)(rest / 100), units[u]);
	else
		(void)snprintf(buf, OUT_FORM_MAX, "%u %s", (unsigned)v,
		    units[u]);
	return buf;
}

const char *
out_form_span(uint64_t s, char buf[OUT_FORM_MAX])
{
	unsigned long long d = s / 86400;
	unsigned h = (unsigned)(s / 3600 % 24), m = (unsigned)(s / 60 % 60);

	if (d > 0)
		(void)snprintf(buf, OUT_FORM_MAX, "%llud%02uh", d, h);
	else if (h > 0)
		(void)snprintf(buf, OUT_FORM_MAX, "%uh%02um", h, m);
	else if (m > 0)
		(void)snprintf(buf, OUT_FORM_MAX, "%um%02us", m,
		    (unsigned)(s % 60));
	else
		(void)snprintf(buf, OUT_FORM_MAX, "%us", (unsigned)s);
	return buf;
}

/*
 * The Gregorian calendar without a time zone: years begin in March here, so
 * that the leap day comes last, and 400 years are 146,097 days.
 */
const char *
out_form_when(int64_t unix_s, char buf[OUT_FORM_MAX])
{
	uint64_t days, era, day, year, of_year, month;
	unsigned s;

	if (unix_s < 0 || unix_s >= INT64_C(253402300800)) {	/* year 10000 */
		(void)snprintf(buf, OUT_FORM_MAX, "-");
		return buf;
	}
	s = (unsigned)(unix_s % 86400);
	days = (uint64_t)(unix_s / 86400) + 719468;	/* since 0000-03-01 */
	era = days / 146097;
	day = days % 146097;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	of_year = day - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;	/* 0 is March */
	day = of_year - (153 * month + 2) / 5 + 1;
	year += era * 400 + (month >= 10 ? 1 : 0);
	month = (month + 2) % 12 + 1;
	(void)snprintf(buf, OUT_FORM_MAX, "%04u-%02u-%02u %02u:%02u:%02uZ",
	    (unsigned)(year % 10000), (unsigned)(month % 100),
	    (unsigned)(day % 100), s / 3600 % 24, s / 60 % 60, s % 60);
	return buf;
}

char *
out_escape(const char *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char *buf = n < SIZE_MAX / 4 ? malloc(n * 4 + 1) : NULL;
	size_t at = 0;

	if (buf == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= ' ' && c < 0x7f) {
			buf[at++] = (char)c;
			continue;
		}
		buf[at++] = '\\';
		buf[at++] = 'x';
		buf[at++] = hex[c >> 4];
		buf[at++] = hex[c & 15];
	}
	buf[at] = '\0';
	return buf;
}
