/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_ACCOUNT_H
#define LNS_ACCOUNT_H

/*
 * DOC: a session's time and volume: limits that end it, records that tell of it.
 *
 * Start goes out when the addresses are agreed, Interim at its interval (with
 * jitter, so that a thousand phones that came at once do not report at once),
 * Stop with the last counters and a cause; On and Off frame the whole.  What
 * happens to a record then is the accounting queue's matter (radius/acct.h).
 */

#include "lns/lns_int.h"
#include "lns/request.h"

#define ACCOUNT_INFO_MAX	64

struct account_text {		/* backs the strings of struct request_facts */
	char info[ACCOUNT_INFO_MAX];
};

/* Unix time in ms, as the host told it. */
uint64_t account_unix_ms(const struct lns *, mono_t now);
/* Who and where a session is.  Borrows from `a`, its path and the text. */
void	account_facts(const struct lns *, mono_t now, const struct access *,
	    struct account_text *, struct request_facts *);

/* Accounting-On or -Off to every group of servers that gets records. */
void	account_nas(struct lns *, mono_t now, enum request_status);
/* The session is up, or it has ended. */
void	account_start(struct lns *, mono_t now, uint32_t access);
void	account_stop(struct lns *, mono_t now, uint32_t access,
	    const struct l2tp_end *);
/* In words, static; NULL: what ended it says it better. */
const char *account_cause_str(enum request_cause);
/* When to look again at the session's limits and its interval. */
mono_t	account_deadline(const struct access *);
/* Looks; the words for an end that is due, or NULL. */
const char *account_expire(struct lns *, mono_t now, uint32_t access);
/* The profile has changed: the limits are counted anew from the session's start. */
void	account_changed(struct lns *, mono_t now, uint32_t access);

/* A record's delivery was tried. */
void	account_done(struct lns *, mono_t now, const struct radius_act *);

#endif
