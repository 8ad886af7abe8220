/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_LIMITS_H
#define LNS_LIMITS_H

/*
 * DOC: what failed logins cost: back-off and lock-out; and how many calls may
 * begin in a second.
 *
 * Whoever guesses passwords holds the pre-shared key already, since all the
 * clients share it; so the one who guesses may be anybody, and he must neither
 * get many guesses nor be able to shut out whom he likes.  Three things are
 * counted, in a bounded table (fails.h): a user from one source (a pair), a
 * source (the /32 or /64 of the client's outer address), and a user as such.
 *
 *   back-off   After each failure the next answer for that pair and for that
 *              source waits 1, 2, 4 ... s; for that user from elsewhere it
 *              waits so for each source that fails, not for each failure.
 *   pair       lockout_user failures: the user is refused from that source,
 *              and nowhere else.
 *   user       lockout_everywhere failures from LIMITS_SOURCES sources or
 *              more: he is refused from every source but those from which he
 *              has logged in within LIMITS_PROVEN_S.  One who guesses from one
 *              address, or a few, can thus not lock a user out at all, except
 *              beside himself; one with many keeps him from new places only.
 *   source     lockout_source failures: everybody is refused from there, but
 *              again not who has logged in from there.  So a guesser behind
 *              the NAT of a company keeps nobody out who works there.
 *
 * A source that a user has logged in from is spared his other delays, too;
 * only the pair's own count ends that.  His success takes back what the pair
 * had added, and no more: an account of one's own does not wash off guesses
 * at others.
 *
 * A locked login is refused after the wait that a wrong password would have,
 * with the same words, and nobody is asked: right and wrong password are told
 * alike.  It counts as no failure and does not prolong the lock.  The
 * counts of one window begin with its first failure.
 *
 * What counts is a server's or the file's "no", each retry in a session and
 * each EAP conversation that the peer broke off, since what it learned in it
 * we cannot know.  What does not: a wrong pre-shared key (there is no user
 * yet), an outage, an answer that we could not obey, and everything about a
 * change of an expired password.
 *
 * Users are told apart by the name without domain and realm, in any case,
 * because servers may or may not look at these, and by who answers for them;
 * else each spelling would be worth its own number of guesses.  An empty name
 * and "anonymous", which EAP shows for everybody (RFC 7542 §2.4), are nobody:
 * they count for their source only.
 */

#include "lns/fails.h"
#include "lns/lns_int.h"

#define LIMITS_SOURCES	5
#define LIMITS_PROVEN_S	(7 * 86400)
#define LIMITS_WHY_MAX	352

struct limits_who {		/* who logs in, and from where */
	char user[ATT_USER_MAX];	/* bare, escaped; empty: nobody */
	struct ipaddr prefix;
	uint64_t spelled;
	uint64_t key[FAIL_KINDS];	/* 0: this is not counted */
};

void	limits_who(const struct lns *, const struct aaa_choice *,
	    const struct endpoint *remote, struct limits_who *);

/* Ask.  When may a question of this one be answered? */
mono_t	limits_answer_at(const struct lns *, mono_t now,
	    const struct limits_who *);
/* Is he to be refused?  Then `why` says so to an operator. */
bool	limits_locked(const struct lns *, mono_t now, const struct limits_who *,
	    char why[LIMITS_WHY_MAX]);
/* With whom he shares his turn (turn.h): all of his source, or he alone. */
uint64_t limits_share(const struct lns *, mono_t now,
	    const struct limits_who *);
uint32_t limits_locks(const struct lns *);	/* that hold now */

/* Feed. */
void	limits_failed(struct lns *, mono_t now, const struct limits_who *);
/* Refused for another reason than a failure: only the pair waits for it. */
void	limits_refused(struct lns *, mono_t now, const struct limits_who *);
void	limits_succeeded(struct lns *, mono_t now, const struct limits_who *);
/*
 * May one more call begin now (calls per second over all)?  The second half
 * of the burst is for sources that have not failed.
 */
bool	limits_call(struct lns *, mono_t now, const struct endpoint *remote);

/* Locks end. */
mono_t	limits_deadline(const struct lns *);
void	limits_expire(struct lns *, mono_t now);

const char	*limits_kind_str(enum fail_kind);

#endif
