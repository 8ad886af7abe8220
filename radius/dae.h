/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_DAE_H
#define RADIUS_DAE_H

/*
 * DOC: dynamic authorization: who may end or change a session from outside.
 *
 * Pure.  A datagram that is right in every respect becomes a question
 * (DAE_ASK); the concentrator finds the sessions, does it and answers
 * (dae_answer), at once or later.  What comes from nobody we know, is forged,
 * old or too much gets no answer at all; a request from a listed source that
 * cannot be obeyed as it stands gets a NAK with the cause, and no question is
 * asked.  A packet that comes again gets the same answer again and is never
 * asked twice, from whichever port it comes: a packet is known by its source
 * address and authenticator for as long as its Event-Timestamp could be
 * current.
 *
 * Supported standards: RFC 5176 (Dynamic Authorization Server) without
 * "Authorize Only", which is refused (NAK 405).  Framed-IP-Address may identify
 * a session in a Disconnect-Request, as §3 has it (the table of §3.6 has not).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/buf.h"
#include "base/count.h"
#include "base/endpoint.h"
#include "base/mono.h"
#include "base/rng.h"
#include "base/secret.h"
#include "radius/packet.h"

#define DAE_SOURCES_MAX	32
#define DAE_CHANGES_MAX	64
#define DAE_IDENTS_MAX	16
#define DAE_NAS_MAX	16	/* addresses of ours */
#define DAE_ID_MAX	64	/* NAS-Identifier with NUL */

/* Error-Cause, RFC 5176 §3.5; 0 is success. */
enum dae_cause {
	DAE_DONE = 0,
	DAE_RESIDUAL_REMOVED = 201,
	DAE_INVALID_EAP = 202,
	DAE_UNSUPPORTED_ATTRIBUTE = 401,
	DAE_MISSING_ATTRIBUTE = 402,
	DAE_NAS_MISMATCH = 403,
	DAE_INVALID_REQUEST = 404,
	DAE_UNSUPPORTED_SERVICE = 405,
	DAE_UNSUPPORTED_EXTENSION = 406,
	DAE_INVALID_VALUE = 407,
	DAE_PROHIBITED = 501,
	DAE_NOT_ROUTABLE = 502,
	DAE_NO_SESSION = 503,
	DAE_NOT_REMOVABLE = 504,
	DAE_PROXY_ERROR = 505,
	DAE_NO_RESOURCES = 506,
	DAE_REQUEST_INITIATED = 507,
	DAE_MULTIPLE_SESSIONS = 508
};
const char	*dae_cause_str(unsigned cause);	/* "unknown" if it is none */

/* The table of what may stand in requests, row by row, as RFC 5176 §3.6 has it
 * (see above for what we change); false past the end. */
bool	dae_row(size_t i, uint8_t *type, enum attr_use *coa, enum attr_use *dm);

struct dae_source {
	struct ipaddr addr;
	uint8_t bits;		/* of addr that count; 32 or 128: one host */
	struct secret secret;	/* not empty */
	bool require_message_authenticator;
	bool require_event_timestamp;
};

struct dae_attr {
	uint32_t vendor;	/* 0: standard */
	uint8_t type;
};

struct dae_params {		/* borrowed until the engine is freed */
	uint32_t source_n;
	struct dae_source source[DAE_SOURCES_MAX];	/* first match counts */
	/*
	 * By what the concentrator finds sessions (User-Name, NAS-Port,
	 * Framed-IP-Address, Called- and Calling-Station-Id, Acct-Session-Id,
	 * Acct-Multi-Session-Id), and what it can change.  Anything else but
	 * for what identifies the NAS is a NAK 401.  A Disconnect-Request may
	 * hold of the changes only Class, Acct-Terminate-Cause and
	 * Reply-Message.
	 */
	uint32_t ident_n;
	struct dae_attr ident[DAE_IDENTS_MAX];
	uint32_t change_n;
	struct dae_attr change[DAE_CHANGES_MAX];
	/* What the request may call us: NAK 403 otherwise.  The address it
	 * came to is right, too.  Empty, no addresses: not compared, the
	 * concentrator may. */
	char nas_id[DAE_ID_MAX];
	uint32_t nas_n;
	struct ipaddr nas[DAE_NAS_MAX];
	uint32_t window_s;	/* Event-Timestamp, either way (300) */
	uint32_t remember;	/* requests remembered at once (16384) */
	uint32_t questions;	/* without an answer yet, most at once (64) */
	uint32_t answer_ms;	/* then it is a NAK 506 (10000) */
	/* Per source, requests a second and at once: authentic new ones
	 * (100, 200); any at all, before a digest is computed (2000, 2000). */
	uint32_t rate, burst;
	uint32_t look_rate, look_burst;
};
/* What stands in brackets; no sources, no changes. */
void	dae_params_default(struct dae_params *);

enum dae_act_kind {
	/* question, code, source, remote, attrs: answer with dae_answer() */
	DAE_ASK,
	/* local, remote, data: one datagram from this socket of ours */
	DAE_SEND
};

struct dae_act {
	enum dae_act_kind kind;
	uint32_t question;	/* handle */
	enum radius_code code;	/* Disconnect-Request or CoA-Request */
	uint32_t source;	/* number in params */
	struct endpoint local, remote;
	/* All of the request, values checked (attr_check()), with at least one
	 * attribute that identifies a session; for attr_walk().  Borrowed until
	 * the box is reset. */
	struct rd attrs;
	struct rd data;		/* borrowed likewise */
	/* Of a new NAK that the engine gave by itself, for the log; else
	 * DAE_DONE. */
	enum dae_cause cause;
};

#define DAE_OUT_ACTS	16
#define DAE_OUT_BYTES	(8 * RADIUS_PACKET_MAX)

struct dae_out {		/* caller-owned; start with all zero */
	unsigned n;
	struct dae_act act[DAE_OUT_ACTS];
	size_t used;
	uint8_t arena[DAE_OUT_BYTES];
};
void	dae_out_reset(struct dae_out *);

/*
 * Hand in datagrams with an empty box; one that finds no room for its answer
 * is lost, and counted (dae-limit).  The other calls leave what fits, and the
 * deadline in the past for the rest.
 */
struct dae;

/* params, rng, drops are borrowed; drops may be NULL.  NULL: no memory, or
 * params that make no sense. */
struct dae *dae_new(const struct dae_params *, struct rng *, struct drops *);
void	dae_free(struct dae *);
/* What an engine of these params takes. */
void	dae_bounds(const struct dae_params *, bound_fn *, void *ctx);

/* A datagram that came to `local`; unix_s: the time now. */
void	dae_input(struct dae *, mono_t now, uint64_t unix_s,
	    const struct endpoint *local, const struct endpoint *remote,
	    struct rd datagram, struct dae_out *);
/*
 * The answer to DAE_ASK: DAE_DONE or a cause of 200 to 299 is an ACK (without
 * a cause: RFC 5176 §3.6 has none there), any other a NAK with it.  A handle
 * that has been answered is ignored.
 */
void	dae_answer(struct dae *, mono_t now, uint32_t question,
	    enum dae_cause, struct dae_out *);
void	dae_expire(struct dae *, mono_t now, struct dae_out *);
mono_t	dae_deadline(const struct dae *);

struct dae_state {
	uint32_t questions, remembered;
	uint64_t requests;	/* authentic and new */
	uint64_t repeats;	/* of them, answered again or still open */
	uint64_t acks, naks;	/* new answers */
	uint64_t silent;	/* got no answer: see the drop counters dae-* */
};
void	dae_state(const struct dae *, struct dae_state *);

/* Freeze to bytes and back; the same build, the same params. */
size_t	dae_frozen_size(const struct dae *);
void	dae_freeze(const struct dae *, struct wr *);
struct dae *dae_thaw(const struct dae_params *, struct rng *, struct drops *,
	    struct rd *);

#endif
