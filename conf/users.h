/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_USERS_H
#define CONF_USERS_H

/*
 * DOC: the file of local users, one line each:
 *
 *	alice  password "wonder land"  address 10.9.0.7  pool office
 *	carol  password "1865 11 26"   group guests
 *	bob    nthash 8846f7eaee8fb117ad06bdd830b7586c  sessions 2
 *
 * Words are separated by blanks; a word with blanks in it, or one that begins
 * with # or a quote, stands in double quotes, inside which \" and \\ mean the
 * character itself.  All is UTF-8.  A # where a word would begin starts a comment.
 * The name comes first, then either password or nthash, then options.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

#define USERS_MAX	(1u << 18)
#define USERS_FILE_MAX	(64u << 20)	/* bytes */
#define USERS_NAME_MAX	253		/* bytes; what RADIUS can carry */
#define USERS_NTHASH	16		/* bytes */

struct user {			/* pointers are borrowed from the table */
	const char *name;
	const char *password;	/* NULL if only the hash is known */
	const char *pool;	/* "" if none is named */
	const char *group;	/* likewise */
	uint32_t name_len;	/* bytes */
	uint32_t password_len;
	uint8_t nthash[USERS_NTHASH];	/* MD4 of the UTF-16LE password */
	bool has_nthash;
	struct ipaddr address;	/* IP_NONE if not fixed */
	uint32_t sessions;	/* most at once; 0: as limits say */
	uint32_t line;		/* in the file */
};

struct users;

/* NULL and report->error if a line is wrong; the caller owns the table. */
struct users	*users_load(const char *path, struct conf_report *report);
struct users	*users_load_text(const char *name, const char *text, size_t n,
		    struct conf_report *report);
/* Wipes the passwords; NULL is fine. */
void		 users_free(struct users *);
/*
 * Do the users fit the configuration: their pools exist, no fixed address is
 * our own?  False and report->error if not.
 */
bool		 users_check(const struct users *, const struct conf *,
		    struct conf_report *report);

/* By exact bytes; NULL if there is none.  Borrowed until users_free(). */
const struct user	*users_find(const struct users *, const void *name,
			    size_t n);
size_t			 users_count(const struct users *);
const struct user	*users_at(const struct users *, size_t i);
/*
 * Whose fixed address is this?  Such an address is not given to others, even
 * if it lies in a pool's range.  NULL if nobody's.
 */
const struct user	*users_by_address(const struct users *,
			    const struct ipaddr *);

#endif
