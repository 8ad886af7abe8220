/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_ADDRPOOL_H
#define LNS_ADDRPOOL_H

/*
 * DOC: pools of IPv4 addresses for peers, or of IPv6 networks, and static ones.
 *
 * One address belongs to one session, wherever it comes from: a static address
 * inside a pool's range is taken out of that pool for good.  An address that
 * was given back is the last to be given out again.  Where a pool is `six`, an
 * address stands for the /64 that it begins.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

#define ADDRPOOLS_MAX	32
#define ADDRPOOL_NAME	64	/* bytes with the NUL */
#define ADDRPOOL_RANGES	32

struct addrpool_range {
	/* IPv4 in host order, or the first half of IPv6; both included. */
	uint64_t first, last;
};

struct addrpool_params {
	char name[ADDRPOOL_NAME];
	bool six;
	struct addrpool_range range[ADDRPOOL_RANGES];
	uint32_t range_n;
};

struct addrpool {
	char name[ADDRPOOL_NAME];
	bool six;
	struct addrpool_range range[ADDRPOOL_RANGES];
	uint32_t range_n;
	uint32_t count;		/* addresses of all ranges */
	uint32_t kept_out;	/* of them never given out */
	uint32_t used;
	uint32_t next;		/* where the search goes on */
	uint64_t *taken;	/* owned; a bit per address: leased or kept out */
};

struct addrpools {
	struct addrpool v[ADDRPOOLS_MAX];
	uint32_t n;
};

/* Bytes for n pools; *count: addresses in all of them. */
size_t	addrpools_bytes(const struct addrpool_params *, uint32_t n, size_t *count);
int	addrpools_init(struct addrpools *, const struct addrpool_params *, uint32_t n);
void	addrpools_wipe(struct addrpools *);

/* The pool's number, or -1. */
int	addrpools_find(const struct addrpools *, const char *name);
/* Keeps an address out of every pool: our own, a user's static one. */
void	addrpools_reserve(struct addrpools *, const struct ipaddr *);
/* A free address of the pool, IP_NONE if it has none. */
struct ipaddr	addrpools_lease(struct addrpools *, uint32_t pool);
/* Takes a given address, leased before or static; nothing if it is taken. */
void	addrpools_retake(struct addrpools *, uint32_t pool, const struct ipaddr *);
/* The pool that has this address in its ranges, or -1. */
int	addrpools_of(const struct addrpools *, const struct ipaddr *);
/* Where the search goes on (thaw); a place outside is ignored. */
void	addrpools_go_on(struct addrpools *, uint32_t pool, uint32_t next);
void	addrpools_release(struct addrpools *, uint32_t pool, const struct ipaddr *);

#endif
