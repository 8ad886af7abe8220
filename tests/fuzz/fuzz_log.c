/* SPDX-License-Identifier: BSD-2-Clause */
/* Peer text into a log line: the first byte is the room, the rest the text. */

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
sink(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	if (strlen(line) > 1023)
		abort();
	for (; *line != '\0'; line++) {
		if (*line < ' ' || *line > '~')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd text = rd_make(data, size);
	size_t room = (size_t)rd_u8(&text) * 8 + 1;
	char *buf = malloc(room);

	if (buf == NULL)
		abort();
	log_sink_set(sink, NULL, LOG_DEBUG_);
	log_info("peer name=%s", log_escape(buf, room, text));
	log_sink_set(NULL, NULL, LOG_DEBUG_);
	free(buf);
	return 0;
}
