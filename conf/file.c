/* SPDX-License-Identifier: BSD-2-Clause */
/* A small file as text, whole: see load_int.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "conf/load_int.h"

void
file_free(char *text, size_t n)
{
	if (text == NULL)
		return;
	wipe(text, n);
	free(text);
}

/* Reads until the end or until `size` bytes are there; -1 with errno. */
static ssize_t
read_all(int fd, char *buf, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, buf + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static char *
read_fd(int fd, const char *path, size_t max, size_t *n, char *err,
    size_t err_n)
{
	struct stat st;
	ssize_t got;
	char *text;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)snprintf(err, err_n, "%s: expected a plain file", path);
		return NULL;
	}
	if (st.st_size < 0 || (uint64_t)st.st_size > max) {
		(void)snprintf(err, err_n, "%s: expected at most %zu bytes",
		    path, max);
		return NULL;
	}
	text = calloc(1, (size_t)st.st_size + 1);
	got = text == NULL ? -1 : read_all(fd, text, (size_t)st.st_size);
	if (got < 0) {
		(void)snprintf(err, err_n, "%s: %s", path, strerror(errno));
		file_free(text, (size_t)st.st_size);
		return NULL;
	}
	*n = (size_t)got;
	return text;
}

/* Some editors put the bytes of U+FEFF before the first line. */
static size_t
without_mark(char *text, size_t n)
{
	if (n < 3 || memcmp(text, "\xef\xbb\xbf", 3) != 0)
		return n;
	memmove(text, text + 3, n - 3);
	wipe(text + n - 3, 3);
	return n - 3;
}

char *
file_read(const char *path, size_t max, size_t *n, bool *open_to_all,
    char *err, size_t err_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *text;

	if (fd < 0) {
		(void)snprintf(err, err_n, "%s: %s", path, strerror(errno));
		return NULL;
	}
	*open_to_all = fstat(fd, &st) == 0 && (st.st_mode & S_IROTH) != 0;
	text = read_fd(fd, path, max, n, err, err_n);
	(void)close(fd);
	if (text != NULL)
		*n = without_mark(text, *n);
	if (text != NULL && memchr(text, '\0', *n) != NULL) {
		(void)snprintf(err, err_n, "%s: expected text, found a NUL"
		    " byte", path);
		file_free(text, *n);
		return NULL;
	}
	return text;
}
