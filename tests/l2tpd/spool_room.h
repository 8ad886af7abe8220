/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_L2TPD_SPOOL_ROOM_H
#define TESTS_L2TPD_SPOOL_ROOM_H

/* DOC: a directory for a spool under test, on the disk or on a tiny tmpfs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

struct room {
	char path[64];
	bool mounted;
};

static inline void
room_make(struct room *r)
{
	*r = (struct room){ .path = "/tmp/l2tpd-spool-XXXXXX" };
	assert_non_null(mkdtemp(r->path));
}

static inline int
room_fd(const struct room *r)
{
	int fd = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* How many files; the path of the i-th by name, if there is one, in `path`. */
static inline unsigned
room_files(const struct room *r, unsigned i, char path[400])
{
	struct dirent **name;
	int n = scandir(r->path, &name, NULL, alphasort);
	unsigned files = 0;

	assert_true(n >= 0);
	for (int at = 0; at < n; at++) {
		if (name[at]->d_name[0] != '.' && files++ == i &&
		    path != NULL)
			(void)snprintf(path, 400, "%s/%s", r->path,
			    name[at]->d_name);
		free(name[at]);
	}
	free(name);
	return files;
}

static inline void
room_clear(const struct room *r)
{
	char path[400];

	while (room_files(r, 0, path) > 0)
		assert_int_equal(unlink(path), 0);
}

static inline void
room_drop(struct room *r)
{
	if (r->mounted)
		(void)umount2(r->path, MNT_DETACH);
	else
		room_clear(r);
	(void)rmdir(r->path);
}

/* A file system of so many bytes there; false: not allowed to mount. */
static inline bool
room_tiny(struct room *r, unsigned bytes)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "size=%u", bytes);
	r->mounted = unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("tmpfs", r->path, "tmpfs", 0, text) == 0;
	return r->mounted;
}

static inline size_t
room_read(const char *path, uint8_t *b, size_t n)
{
	FILE *f = fopen(path, "rb");
	size_t got;

	assert_non_null(f);
	got = fread(b, 1, n, f);
	(void)fclose(f);
	return got;
}

static inline void
room_write(const char *path, const uint8_t *b, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(b, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

#endif
