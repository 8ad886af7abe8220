/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_RECORDS_H
#define TESTS_SIM_RECORDS_H

/*
 * DOC: the books beside RADIUS: I4 of threats.md 6.6.
 *
 *	data plane  -- who was let in, with which address, what he moved -->
 *	wire        -- questions, records, which of them were taken   -->  books
 *	servers     -- whom they accepted, what they granted          -->
 *
 * Who was let in has one Start and one Stop, taken once each and in this order
 * under one Acct-Session-Id; nobody else has any.  What a record says is what
 * the data plane and the server know.  One login is one question, at one server
 * unless that one has failed.  Each check answers NULL or what is wrong.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/endpoint.h"
#include "dp/dp.h"
#include "radius/packet.h"

#define RECORDS_ID	20	/* of an Acct-Session-Id, with the NUL */
#define RECORDS_NAME	64
#define RECORDS_CLASS	128	/* bytes of Class attributes, encoded */

struct records;

struct records	*records_new(void);	/* NULL when memory is short */
void		 records_free(struct records *);

/*
 * ---- the data plane: a session is let in, once, and is over; with no address
 * if IPv6 came first, and then once more ----
 */
const char	*records_in(struct records *, uint64_t unix_s, uint32_t sess,
		    const struct ipaddr *);
void		 records_out(struct records *, uint64_t unix_s, uint32_t sess,
		    const struct dp_count *);

/* ---- questions ---- */

struct records_ask {
	uint32_t server, socket;	/* a socket is never used again */
	uint32_t failed;	/* bit i: server i has failed just now */
	bool any_order;		/* servers share: PAP cannot be told apart */
};
/* An Access-Request leaves. */
const char	*records_asked(struct records *, const struct records_ask *,
		    const struct radius_packet *);
/*
 * A server accepts the session; its Class attributes, encoded, and the name
 * (n 0: that of the question) that all records have from now on.
 */
const char	*records_accepted(struct records *,
		    const struct radius_packet *question, struct rd class_attrs,
		    struct rd name);

/* ---- records ---- */

/* An Accounting-Request leaves. */
const char	*records_sent(struct records *, const struct radius_packet *);
/* The concentrator took the acknowledgement of it. */
const char	*records_taken(struct records *, const struct radius_packet *);
/* Everybody has left and Accounting-Off is out. */
const char	*records_end(const struct records *);
/* The concentrator begins anew, and says so by another On. */
void		 records_restart(struct records *);

/* ---- ended from outside ---- */

struct records_who {
	char id[RECORDS_ID];
	char user[RECORDS_NAME];	/* as he was asked for */
	uint32_t sess;		/* of the data plane */
	struct ipaddr addr;
};
/* The i-th session that is in and has told of itself; false: no more. */
bool		 records_alive(const struct records *, uint32_t i,
		    struct records_who *);
bool		 records_is_alive(const struct records *, const char *id);
/* A Disconnect-Request for this session was acknowledged. */
void		 records_disconnected(struct records *, const char *id);

struct records_sum {
	uint32_t ins, outs, starts, stops, interims, questions;
};
void		 records_sum(const struct records *, struct records_sum *);

#endif
