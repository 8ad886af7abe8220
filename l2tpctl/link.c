/* SPDX-License-Identifier: BSD-2-Clause */
/* One question, one answer: see link.h. */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/secret.h"
#include "l2tpctl/link.h"

#define CHUNK	(64u * 1024)

struct answer {
	char *text;		/* owned */
	size_t n, cap;
};

static int
link_connect(const char *path, char *text, size_t n)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		(void)snprintf(text, n, "%s: the path is too long", path);
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) != 0) {
		(void)snprintf(text, n, errno == EACCES ? "%s: %s: only root"
		    " and the daemon's group may ask it" :
		    "no daemon at %s: %s", path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	return fd;
}

static bool
wait_for(int fd, short what, unsigned timeout_s)
{
	struct pollfd p = { .fd = fd, .events = what };
	int rc;

	do
		rc = poll(&p, 1, (int)timeout_s * 1000);
	while (rc < 0 && errno == EINTR);
	return rc > 0;
}

static bool
link_send(int fd, const char *p, size_t n, unsigned timeout_s)
{
	while (n > 0) {
		ssize_t sent;

		if (!wait_for(fd, POLLOUT, timeout_s))
			return false;
		sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno != EINTR)
			return false;
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		}
	}
	return true;
}

static bool
answer_room(struct answer *a)
{
	size_t cap = a->cap == 0 ? CHUNK : a->cap * 2;
	char *more;

	if (a->n < a->cap)
		return true;
	if (cap > LINK_ANSWER_MAX)
		return false;
	more = realloc(a->text, cap);
	if (more == NULL)
		return false;
	a->text = more;
	a->cap = cap;
	return true;
}

/* Up to the end of the line, which is cut off. */
static bool
link_receive(int fd, struct answer *a, unsigned timeout_s)
{
	for (;;) {
		ssize_t got;
		char *nl;

		if (!answer_room(a) || !wait_for(fd, POLLIN, timeout_s))
			return false;
		got = recv(fd, a->text + a->n, a->cap - a->n, 0);
		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		if (got < 0)
			continue;
		nl = memchr(a->text + a->n, '\n', (size_t)got);
		a->n += (size_t)got;
		if (nl != NULL) {
			a->n = (size_t)(nl - a->text);
			return true;
		}
	}
}

static enum link_result
understand(const struct answer *a, json_t **data, char *text, size_t n)
{
	json_t *top = json_loadb(a->text, a->n, 0, NULL);
	const json_t *ok = json_object_get(top, "ok");
	json_t *part = json_object_get(top, "data");
	const char *error = json_string_value(json_object_get(top, "error"));
	enum link_result rc = LINK_DOWN;

	(void)snprintf(text, n, "the daemon's answer is not understood");
	if (json_integer_value(json_object_get(top, "v")) == 1) {
		if (json_is_true(ok) && part != NULL) {
			*data = json_incref(part);
			rc = LINK_OK;
		} else if (json_is_false(ok)) {
			(void)snprintf(text, n, "%s", error != NULL ? error :
			    "refused");
			rc = LINK_REFUSED;
		}
	}
	json_decref(top);
	return rc;
}

static char *
question(const char *cmd, json_t *args)
{
	json_t *q = json_pack("{s:i, s:s}", "v", 1, "cmd", cmd);
	char *line;

	if (args != NULL)
		(void)json_object_set(q, "args", args);
	line = json_dumps(q, JSON_COMPACT);
	json_decref(q);
	return line;
}

enum link_result
link_ask(const char *path, const char *cmd, json_t *args, unsigned timeout_s,
    json_t **data, char *text, size_t n)
{
	int fd = link_connect(path, text, n);
	char *line = fd >= 0 ? question(cmd, args) : NULL;
	struct answer a = { 0 };
	enum link_result rc = LINK_DOWN;

	*data = NULL;
	if (line != NULL) {
		(void)snprintf(text, n, "no answer from the daemon at %s",
		    path);
		if (link_send(fd, line, strlen(line), timeout_s) &&
		    link_send(fd, "\n", 1, timeout_s) &&
		    link_receive(fd, &a, timeout_s))
			rc = understand(&a, data, text, n);
	}
	free(a.text);
	wipe_free(line);	/* it may hold a password */
	if (fd >= 0)
		(void)close(fd);
	return rc;
}
