/* SPDX-License-Identifier: BSD-2-Clause */
/* The spool's directory: see spool_dir.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l2tpd/spool_dir.h"

static bool
dir_empty(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *at;
	bool empty = d != NULL;

	while (empty && (at = readdir(d)) != NULL)
		empty = strcmp(at->d_name, ".") == 0 ||
		    strcmp(at->d_name, "..") == 0;
	if (d != NULL)
		closedir(d);
	else if (again >= 0)
		close(again);
	return empty;
}

static bool
dir_take(int fd, bool made, uid_t uid, gid_t gid, const char **why)
{
	struct stat st;

	*why = NULL;
	if (fstat(fd, &st) < 0)
		return false;
	if (!made && st.st_uid != uid && (st.st_uid != 0 || !dir_empty(fd))) {
		*why = "it is there and belongs to another user";
		return false;
	}
	return fchown(fd, uid, gid) == 0 && fchmod(fd, 0700) == 0;
}

int
spool_dir_open(const char *path, uid_t uid, gid_t gid, char *err,
    size_t err_size)
{
	const char *why = NULL;
	bool made = mkdir(path, 0700) == 0;
	int fd = -1;

	if (made || errno == EEXIST)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
		    O_NOFOLLOW);
	if (fd >= 0 && dir_take(fd, made, uid, gid, &why))
		return fd;
	(void)snprintf(err, err_size, "spool directory %s: %s", path,
	    why != NULL ? why : strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}
