/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * DOC: log lines.
 *
 * One line per life event: lower case, noun first, then key=value.  The sink
 * is the one piece of file-scope state in the tree besides the signal flag;
 * without a sink nothing is written, so pure code may log in tests.  Text
 * that came from a peer passes through log_escape() first.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum log_level { LOG_ERROR_, LOG_WARN_, LOG_INFO_, LOG_DEBUG_ };

typedef void log_sink_fn(void *ctx, enum log_level, const char *line);

/* Lines above `max` are dropped.  fn NULL turns logging off. */
void	log_sink_set(log_sink_fn *fn, void *ctx, enum log_level max);

#define log_error(...)	log_line(LOG_ERROR_, __VA_ARGS__)
#define log_warn(...)	log_line(LOG_WARN_, __VA_ARGS__)
#define log_info(...)	log_line(LOG_INFO_, __VA_ARGS__)
#define log_debug(...)	log_line(LOG_DEBUG_, __VA_ARGS__)

/* At most 1,024 bytes; the rest is cut. */
void	log_line(enum log_level, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Writes peer text as printable ASCII: other bytes, quotes, backslashes and
 * spaces become \xNN; cut with "..." to fit n bytes with the NUL.  Returns
 * buf.
 */
const char	*log_escape(char *buf, size_t n, struct rd text);
/* The same for what stands between quotes: spaces stay. */
const char	*log_escape_words(char *buf, size_t n, struct rd text);

#endif
