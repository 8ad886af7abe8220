/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_L2TPD_SPACE_H
#define TESTS_L2TPD_SPACE_H

/* A network namespace with its own /proc/sys, for what only root may do. */

#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* False: not allowed here, so what needs it is skipped. */
static inline bool
space_enter(void)
{
	return unshare(CLONE_NEWNET) == 0;
}

static inline bool
space_up(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_flags = IFF_UP };
	bool ok;

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ok = ioctl(fd, SIOCSIFFLAGS, &ifr) == 0;
	close(fd);
	return ok;
}

/* The first byte of a file, or 0. */
static inline char
space_flag(const char *path)
{
	FILE *f = fopen(path, "r");
	int c = f != NULL ? fgetc(f) : 0;

	if (f != NULL)
		(void)fclose(f);
	return c > 0 ? (char)c : '\0';
}

/* All that a command prints, in `out`; false if it fails. */
static inline bool
space_output(const char *command, char *out, size_t size)
{
	FILE *p = popen(command, "r");
	size_t n;

	if (p == NULL)
		return false;
	n = fread(out, 1, size - 1, p);
	out[n] = '\0';
	return pclose(p) == 0;
}

#endif
