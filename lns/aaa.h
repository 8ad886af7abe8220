/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_AAA_H
#define LNS_AAA_H

/*
 * DOC: the AAA contract: a question of a subscriber, an answer with a profile.
 *
 * Neither side of it knows L2TP: another front end may ask the same question.
 * Local users answer at once (aaa_local); a RADIUS client answers the same
 * struct later.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "base/secret.h"
#include "ppp/ppp.h"

struct aaa_user {		/* the bytes are borrowed */
	const char *name;	/* with a NUL */
	const char *password;	/* NULL: only the hash is known */
	uint32_t password_len;	/* bytes */
	bool has_nt;
	uint8_t nt_hash[16];
	struct ipaddr address;	/* static; IP_NONE: from the pool */
	uint32_t pool;		/* number in lns_params.pool */
	uint32_t sessions;	/* most at once; 0: as lns_params says */
};

/* Sorted by name (strcmp), names unique. */
struct aaa_users {
	const struct aaa_user *v;
	uint32_t n;
};

/* Sorts in place; false, and *twice the name, if a name comes twice. */
bool	aaa_users_sort(struct aaa_user *, uint32_t n, const char **twice);

enum aaa_why {
	AAA_OK,
	AAA_UNKNOWN_USER,
	AAA_WRONG_PASSWORD,
	AAA_NO_METHOD,		/* what is stored cannot answer this method */
	AAA_BAD_NAME,
	AAA_NEEDS_RADIUS,	/* EAP: no local user can answer */
	AAA_WHY_COUNT
};
const char	*aaa_why_str(enum aaa_why);	/* plain words for an operator */

struct aaa_profile {
	struct ipaddr address;	/* IP_NONE: from the pool */
	uint32_t pool;
	uint32_t sessions;	/* most at once; 0: as lns_params says */
};

struct aaa_answer {
	enum aaa_why why;
	struct ppp_verdict verdict;	/* what the peer is told; why stays here */
	struct aaa_profile profile;
};

/*
 * Checks a question against the local users.  The name is looked up as it
 * came, then without `DOMAIN\`, then without `@realm`; the MS-CHAPv2 hash
 * takes the name without its domain (RFC 2759 §8.2).  EAP is refused.
 */
void	aaa_local(const struct aaa_users *, const struct ppp_auth *,
	    struct aaa_answer *);

#endif
