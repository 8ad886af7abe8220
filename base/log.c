/* SPDX-License-Identifier: BSD-2-Clause */
/* The log sink and escaping: see log.h. */

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/log.h"

#define LINE_MAX_BYTES	1024

/* Set once before threads start; allowed file-scope state (log.h). */
static struct {
	log_sink_fn *fn;
	void *ctx;
	_Atomic int max;
} sink;

void
log_sink_set(log_sink_fn *fn, void *ctx, enum log_level max)
{
	sink.fn = fn;
	sink.ctx = ctx;
	atomic_store(&sink.max, (int)max);
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (sink.fn == NULL || (int)level > atomic_load(&sink.max))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sink.fn(sink.ctx, level, line);
}

static bool
is_plain(uint8_t c, bool blanks)
{
	if (c == ' ')
		return blanks;
	return c > ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Bytes of the whole text when escaped, without the NUL. */
static size_t
escaped_size(struct rd text, bool blanks)
{
	size_t n = 0;

	while (rd_left(&text) > 0)
		n += is_plain(rd_u8(&text), blanks) ? 1 : 4;
	return n;
}

static const char *
escape(char *buf, size_t n, struct rd text, bool blanks)
{
	static const char hex[] = "0123456789abcdef";
	bool whole = escaped_size(text, blanks) < n;
	size_t room = whole ? n - 1 : n > 4 ? n - 4 : 0;
	size_t at = 0;

	while (rd_left(&text) > 0) {
		uint8_t c = rd_u8(&text);

		if (at + (is_plain(c, blanks) ? 1 : 4) > room)
			break;
		if (is_plain(c, blanks)) {
			buf[at++] = (char)c;
			continue;
		}
		buf[at++] = '\\';
		buf[at++] = 'x';
		buf[at++] = hex[c >> 4];
		buf[at++] = hex[c & 15];
	}
	(void)snprintf(buf + at, n - at, "%s", whole ? "" : "...");
	return buf;
}

const char *
log_escape(char *buf, size_t n, struct rd text)
{
	return escape(buf, n, text, false);
}

const char *
log_escape_words(char *buf, size_t n, struct rd text)
{
	return escape(buf, n, text, true);
}
