/* SPDX-License-Identifier: BSD-2-Clause */
/* The limit of descriptors: see files.h. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "l2tpd/files.h"

static bool
limit_get(struct rlimit *r, size_t need, char *err, size_t err_size)
{
	if (getrlimit(RLIMIT_NOFILE, r) != 0) {
		(void)snprintf(err, err_size, "limit of descriptors: %s",
		    strerror(errno));
		return false;
	}
	if (r->rlim_max >= need)
		return true;
	(void)snprintf(err, err_size, "%zu descriptors are needed, at most "
	    "%llu may be had: raise the hard limit (RLIMIT_NOFILE)", need,
	    (unsigned long long)r->rlim_max);
	return false;
}

bool
files_may(size_t need, char *err, size_t err_size)
{
	struct rlimit r;

	return limit_get(&r, need, err, err_size);
}

bool
files_raise(size_t need, char *err, size_t err_size)
{
	struct rlimit r;

	if (!limit_get(&r, need, err, err_size))
		return false;
	if (r.rlim_cur >= need)
		return true;
	r.rlim_cur = need;
	if (setrlimit(RLIMIT_NOFILE, &r) == 0)
		return true;
	(void)snprintf(err, err_size, "limit of descriptors: %s",
	    strerror(errno));
	return false;
}
