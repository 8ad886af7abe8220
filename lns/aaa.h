/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_AAA_H
#define LNS_AAA_H

/*
 * DOC: the AAA contract: a question of a subscriber, an answer with a profile.
 *
 * Neither side of it knows L2TP: another front end may ask the same question.
 * Who answers is policy (aaa_choose): local users at once (aaa_local), or a
 * group of RADIUS servers, whose reply becomes the same answer (aaa_radius).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "base/secret.h"
#include "lns/profile.h"
#include "ppp/ppp.h"
#include "radius/client.h"

#define AAA_REALMS_MAX	32
#define AAA_NO_GROUP	UINT32_MAX

struct aaa_user {		/* the bytes are borrowed */
	const char *name;	/* with a NUL */
	const char *password;	/* NULL: only the hash is known */
	uint32_t password_len;	/* bytes */
	bool has_nt;
	uint8_t nt_hash[16];
	struct ipaddr address;	/* static; IP_NONE: from the pool */
	uint32_t pool;		/* number in lns_params.pool */
	uint32_t sessions;	/* most at once; 0: as lns_params says */
	uint32_t group;		/* number in lns_params.group, from 1; 0: none */
};

/* Sorted by name (strcmp), names unique. */
struct aaa_users {
	const struct aaa_user *v;
	uint32_t n;
};

/* Sorts in place; false, and *twice the name, if a name comes twice. */
bool	aaa_users_sort(struct aaa_user *, uint32_t n, const char **twice);

enum aaa_local_use {		/* when there are RADIUS servers, too */
	AAA_LOCAL_FIRST,	/* who is in the file is answered from it */
	AAA_LOCAL_FALLBACK,	/* when no server can be reached */
	AAA_LOCAL_NEVER
};

struct aaa_realm {
	char name[PROFILE_NAME_MAX];	/* of `user@realm` or `REALM\user`, any case */
	uint32_t auth_group, acct_group;	/* of servers; AAA_NO_GROUP: none */
	bool strip;		/* send the name without it */
};

struct aaa_policy {
	enum aaa_local_use local;
	uint32_t auth_group, acct_group;	/* for names without a listed realm */
	uint32_t realm_n;
	struct aaa_realm realm[AAA_REALMS_MAX];
};

struct aaa_choice {
	bool local;		/* answered from the file, now */
	bool fallback;		/* from the file if no server can be reached */
	uint32_t auth_group, acct_group;
	struct rd user;		/* the name as a server is told, borrowed */
};

enum aaa_why {
	AAA_OK,
	AAA_MORE,		/* EAP goes on */
	AAA_UNKNOWN_USER,
	AAA_WRONG_PASSWORD,
	AAA_NO_METHOD,		/* what is stored cannot answer this method */
	AAA_BAD_NAME,
	AAA_REJECTED,		/* the RADIUS server said no */
	AAA_CHALLENGED,		/* it asked what this method cannot answer */
	AAA_GRANT,		/* it granted what we do not do: `text` */
	AAA_BAD_ANSWER,		/* its answer lacks what the method needs */
	AAA_UNREACHED,		/* no server answered: `text` */
	AAA_NEEDS_RADIUS,	/* EAP: no local user can answer */
	AAA_WHY_COUNT
};
const char	*aaa_why_str(enum aaa_why);	/* plain words for an operator */
const char	*aaa_why_name(enum aaa_why);	/* stable, such as "wrong-password" */

struct aaa_answer {
	enum aaa_why why;
	char text[PROFILE_WHY_MAX];	/* escaped; more about why, or a note; may be empty */
	struct ppp_verdict verdict;	/* what the peer is told; why stays here */
	struct profile profile;
};

/* Who is to answer for this name?  RFC 7542 realms and Windows domains alike. */
void	aaa_choose(const struct aaa_policy *, const struct aaa_users *,
	    struct rd name, struct aaa_choice *);

/* The name without `DOMAIN\` and without `@realm`; may be empty. */
struct rd aaa_bare(struct rd name);

/*
 * Checks a question against the local users.  The name is looked up as it
 * came, then without `DOMAIN\`, then without `@realm`; the MS-CHAPv2 hash
 * takes the name without its domain (RFC 2759 §8.2).  EAP is refused.
 */
void	aaa_local(const struct aaa_users *, const struct profile_names *,
	    const struct ppp_auth *, struct aaa_answer *);

/*
 * What a peer is told whose password is wrong: by the file of users, or by a
 * RADIUS server that has no words of its own.
 */
void	aaa_wrong(struct ppp_verdict *, bool local);

struct aaa_shown {		/* of the question, while its answer is awaited */
	enum ppp_method method;
	uint8_t id;		/* CHAP identifier: MS-CHAP2-Success repeats it */
};

/*
 * A RADIUS_DONE as answer.  Its profile begins as `base` says.  A reply that
 * grants what we do not do counts as a reject (RFC 2865 §1.1).
 */
void	aaa_radius(const struct radius_act *, const struct aaa_shown *,
	    const struct profile_names *, const struct profile *base,
	    struct aaa_answer *);

#endif
