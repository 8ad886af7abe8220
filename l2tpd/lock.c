/* SPDX-License-Identifier: BSD-2-Clause */
/* The run directory and its lock: see lock.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "l2tpd/lock.h"

#define MADE	"made"
#define PATIENCE	20	/* naps of 50 ms for a lock */
#define TRIES	8	/* the last holder may take the file away meanwhile */

/* Is the file that we locked still the one of that name? */
static bool
lock_is_file(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/*
 * A process that was killed may hold its lock for a moment after it is gone
 * from every list, until its last thread has left: have some patience.
 */
static int
lock_wait(int fd)
{
	static const struct timespec nap = { .tv_nsec = 50000000 };

	for (int i = 0; i < PATIENCE; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return -1;
		(void)nanosleep(&nap, NULL);
	}
	return flock(fd, LOCK_EX | LOCK_NB);
}

/* The descriptor stays open to the end of the process.  -1 with errno. */
static int
lock_file(const char *path)
{
	int fd, keep;

	for (int i = 0; i < TRIES; i++) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0644);
		if (fd < 0)
			return -1;
		if (lock_wait(fd) < 0) {
			keep = errno;
			(void)close(fd);
			errno = keep;
			return -1;
		}
		if (lock_is_file(fd, path))
			return fd;
		(void)close(fd);
	}
	errno = EWOULDBLOCK;
	return -1;
}

/* Did a killed run make the directory? */
static bool
lock_says_made(int fd)
{
	char text[64] = "";
	const char *line;

	if (read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	line = strchr(text, '\n');
	return line != NULL && strncmp(line + 1, MADE, strlen(MADE)) == 0;
}

static bool
lock_fail(const struct lock *l, const char *path, char *err, size_t err_size)
{
	int e = errno;

	(void)snprintf(err, err_size, "%s: %s", path, e == EWOULDBLOCK ?
	    "another l2tpd is running" : strerror(e));
	if (l->made)
		(void)rmdir(l->dir);
	return false;
}

bool
lock_take(struct lock *l, const char *run_dir, char *err, size_t err_size)
{
	int fd;

	*l = (struct lock){ .made = false };
	(void)snprintf(l->dir, sizeof(l->dir), "%s", run_dir);
	(void)snprintf(l->path, sizeof(l->path), "%s/l2tpd.pid", run_dir);
	l->made = mkdir(run_dir, 0755) == 0;
	/* Whatever the umask: the control socket in it is for a group. */
	if ((!l->made && errno != EEXIST) ||
	    (l->made && chmod(run_dir, 0755) < 0))
		return lock_fail(l, run_dir, err, err_size);
	fd = lock_file(l->path);
	if (fd < 0)
		return lock_fail(l, l->path, err, err_size);
	l->made |= lock_says_made(fd);
	(void)!ftruncate(fd, 0);
	(void)lseek(fd, 0, SEEK_SET);
	(void)dprintf(fd, "%ld\n%s", (long)getpid(), l->made ? MADE "\n" : "");
	return true;
}

void
lock_drop(const struct lock *l)
{
	(void)unlink(l->path);
	if (l->made)
		(void)rmdir(l->dir);
}
