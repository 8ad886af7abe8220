/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_ATTEMPT_H
#define LNS_ATTEMPT_H

/*
 * DOC: explained attempts.
 *
 * Each dial-in is one record from its first IKE packet on, named by the
 * attempt id that IKE gives.  The last ones are kept, so that the status
 * socket can say how far a phone came and, in plain words, why not farther.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "base/mono.h"

enum attempt_stage {		/* in the order of a login */
	ATT_MM1,		/* first packet seen */
	ATT_MM3,		/* the peer answers from its address */
	ATT_MM5,		/* encrypted identity arrived */
	ATT_IKE,		/* phase 1 done */
	ATT_QUICK,		/* phase 2 begun */
	ATT_ESP_READY,		/* phase 2 done */
	ATT_ESP,		/* first authentic ESP packet */
	ATT_TUNNEL,		/* L2TP control connection up */
	ATT_CALL,		/* L2TP call up */
	ATT_LCP,		/* PPP link up */
	ATT_AUTH,		/* logged in */
	ATT_UP,			/* has its address */
	ATT_STAGES
};

enum attempt_result { ATT_GOING, ATT_SUCCESS, ATT_REFUSED };

#define ATT_REASON_MAX	320	/* bytes with the NUL */
#define ATT_USER_MAX	128

struct attempt {
	uint64_t id;		/* 0: free */
	mono_t began, ended;
	struct endpoint remote;	/* first seen; follows the peer until up */
	enum attempt_stage stage;
	enum attempt_result result;
	char user[ATT_USER_MAX];	/* escaped; empty until known */
	char reason[ATT_REASON_MAX];	/* plain words; empty while going */
};

struct attempts {
	struct attempt *v;	/* owned; ring by id */
	uint32_t cap;
	uint64_t last;		/* highest id seen */
	uint64_t refused;	/* in all */
	uint64_t refused_at[ATT_STAGES];	/* of them, by how far they came */
};

size_t	attempts_bytes(uint32_t kept);
int	attempts_init(struct attempts *, uint32_t kept);
void	attempts_wipe(struct attempts *);

void	attempt_begin(struct attempts *, mono_t now, uint64_t id,
	    const struct endpoint *remote);
/* Stages only rise; an attempt that ended stays as it is (see attempt_again). */
void	attempt_stage(struct attempts *, uint64_t id, enum attempt_stage);
void	attempt_user(struct attempts *, uint64_t id, const char *escaped);
/*
 * Notes a reason that will stand if the attempt is refused later for whatever
 * follows from it ("wrong password", then the client hangs up).
 */
void	attempt_note(struct attempts *, uint64_t id, const char *why);
/*
 * Ends the attempt with its reason (a noted one goes first) and, if it is
 * refused, logs one line and counts.  Only the first call has an effect; the
 * answer tells whether this was it.
 */
bool	attempt_end(struct attempts *, mono_t now, uint64_t id, enum attempt_result,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/*
 * Ends the attempt without a line or a count: anybody can send a first packet
 * from any address, and as many as he likes.
 */
void	attempt_lapse(struct attempts *, mono_t now, uint64_t id, const char *why);

/*
 * What ended well was only the beginning: a renewal of phase 1 that turns out
 * to be a dial-in.  Nothing happens to a refused one.
 */
void	attempt_resume(struct attempts *, uint64_t id);

/*
 * A further login begins over the SAs of a dial-in that ended, well or not: the
 * record is of that one from now on.
 */
void	attempt_again(struct attempts *, mono_t now, uint64_t id);

/* The record, borrowed until the next change; NULL if it is no longer kept. */
const struct attempt	*attempt_find(const struct attempts *, uint64_t id);
const char	*attempt_stage_str(enum attempt_stage);
const char	*attempt_result_str(enum attempt_result);

#endif
