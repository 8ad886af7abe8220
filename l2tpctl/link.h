/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPCTL_LINK_H
#define L2TPCTL_LINK_H

/* DOC: one question to the daemon over its socket, one answer. */

#include <jansson.h>
#include <stddef.h>

#define LINK_ANSWER_MAX	(256u << 20)	/* bytes */
#define LINK_TEXT_MAX	512

enum link_result {
	LINK_OK,		/* *data is the answer's data, the caller's */
	LINK_REFUSED,		/* text is what the daemon says */
	LINK_DOWN		/* no daemon, or none that we understand */
};

/*
 * Sends {"v":1,"cmd":cmd,"args":args} and waits for the answer, at most
 * timeout_s for each part of it.  `args` is borrowed and may be NULL.  `text`
 * explains all but LINK_OK; it is not escaped.
 */
enum link_result	link_ask(const char *path, const char *cmd,
			    json_t *args, unsigned timeout_s, json_t **data,
			    char *text, size_t n);

#endif
