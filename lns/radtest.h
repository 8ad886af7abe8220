/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_RADTEST_H
#define LNS_RADTEST_H

/*
 * DOC: a login for trial: what would RADIUS say to this name and password?
 *
 * Two ends of a PPP link are set against each other in memory, one that asks
 * who it is, as for a phone, and one that answers, as a phone does.  What the
 * first wants to know is asked of the servers that the name belongs to, by the
 * same questions as a login's, and the answer is read as a login's; so it is
 * accepted only if the phone would believe it, too.  There is no session, no
 * address is taken, nothing is accounted, and a failure counts for nobody's
 * back-off.
 *
 * One method a test.  EAP is spoken as far as our own client can: MD5 and
 * MSCHAPv2; what else the server offers is named and declined.  A test ends
 * after the longest wait for an answer, whatever happens.  It belongs to
 * whoever waits for it and does not outlive a freeze.
 */

#include "lns/lns.h"

#define RADTESTS		4	/* at once */
#define RADTEST_WHY_MAX		640
#define RADTEST_OFFERS_MAX	96

enum radtest_result {
	RADTEST_ACCEPTED,
	RADTEST_REFUSED,
	/* The server wants what this method, or our client, cannot give. */
	RADTEST_CHALLENGED,
	RADTEST_NO_ANSWER,
	/* There was one, but no login would come of it. */
	RADTEST_UNUSABLE
};
const char	*radtest_result_str(enum radtest_result);

struct radtest_ask {		/* all borrowed until return */
	struct rd user;		/* as a phone would send it */
	struct rd password;
	enum ppp_method method;
	/* The name of the server to be asked; NULL: as for a login. */
	const char *server;
};

struct radtest_answer {
	enum ppp_method method;
	enum radtest_result result;
	uint32_t server;	/* that was asked last; UINT32_MAX: none */
	uint64_t took_us;
	uint32_t rounds;	/* questions; EAP has several */
	/* What was wrong, and the remedy; a note if accepted.  May be empty. */
	char why[RADTEST_WHY_MAX];
	char message[PROFILE_WHY_MAX];	/* Reply-Message, escaped */
	char offers[RADTEST_OFFERS_MAX];	/* EAP types, "PEAP, MSCHAPv2" */
	struct profile granted;	/* if accepted */
};

/*
 * Begins one; LNS_RADTEST tells that it has ended.  Its number, or 0 and why:
 * a constant.
 */
uint32_t radtest_begin(struct lns *, mono_t now, const struct radtest_ask *,
	    const char **why);
/* The answer, borrowed until radtest_end(); NULL: not yet, or no such test. */
const struct radtest_answer *radtest_answer(const struct lns *,
	    uint32_t test);
/* Whoever waited has the answer, or waits no longer. */
void	radtest_end(struct lns *, mono_t now, uint32_t test);

#endif
