/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_WIRE_H
#define TESTS_SIM_WIRE_H

/*
 * DOC: a network in virtual time.
 *
 * Hosts hang below NAT boxes, NAT boxes below each other, and the top is the
 * Internet.  A datagram is given to the wire with the addresses its sender
 * sees; every NAT box on its way up rewrites the source, the network delays,
 * loses, overtakes or doubles it, and on arrival every NAT box on the way down
 * rewrites the destination.  Two hosts may have the same private address as
 * long as they sit below different boxes.
 *
 *	             Internet (WIRE_TOP)
 *	            /        \
 *	    server 192.0.2.1  NAT 203.0.113.1
 *	                     /               \
 *	           NAT 100.64.0.2      NAT 100.64.0.3
 *	               |                     |
 *	        phone 10.0.0.2        phone 10.0.0.2
 *
 * Everything random comes from the caller's generator and every tie is broken
 * by the order of sending: the same seed gives the same run.  The queue is
 * bounded; what does not fit is lost and counted.
 *
 * The boxes behave like Linux masquerading: one mapping per inside and remote
 * endpoint, the port kept if it is free, strangers kept out, and a mapping
 * forgotten after an idle time (RFC 4787 calls this address-and-port-dependent
 * mapping and filtering).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/endpoint.h"
#include "base/mono.h"
#include "base/rng.h"

#define WIRE_MTU	2048	/* bytes of the largest datagram carried */
#define WIRE_TOP	0	/* the Internet, as a parent */

enum wire_kind {
	WIRE_UDP,
	WIRE_ESP		/* IP protocol 50: ports are 0 */
};

struct wire_quality {		/* drawn anew for each datagram */
	uint32_t delay_us;	/* one way */
	uint32_t jitter_us;	/* 0 .. jitter on top; overtakes by itself */
	uint16_t loss;		/* per thousand */
	uint16_t dup;		/* per thousand: comes twice */
	uint16_t late;		/* per thousand: held back by late_us */
	uint32_t late_us;
};

struct wire_limits {
	uint32_t queue;		/* datagrams under way */
	uint32_t hosts;
	uint32_t nats;
	uint32_t maps;		/* NAT mappings in all */
};

struct wire_got {		/* one arrival */
	uint32_t host;
	enum wire_kind kind;
	struct endpoint local;	/* as the host sees them */
	struct endpoint remote;
	struct rd data;		/* borrowed until the next call */
};

struct wire_stats {
	uint64_t sent;
	uint64_t arrived;
	uint64_t lost;		/* by the network's quality */
	uint64_t doubled;
	uint64_t overtaken;	/* held back */
	uint64_t overflow;	/* the queue was full */
	uint64_t unknown;	/* nobody has that address */
	uint64_t filtered;	/* a NAT box has no mapping for it */
	uint64_t too_big;
};

struct wire;

/* rng is borrowed until wire_free().  NULL when memory is short. */
struct wire	*wire_new(const struct wire_limits *, struct rng *);
void		 wire_free(struct wire *);

/* A NAT box below `parent` (WIRE_TOP or another box); 0 at the limit. */
uint32_t	 wire_nat_add(struct wire *, uint32_t parent,
		    const struct ipaddr *outer, uint32_t idle_s);
/* A host below `parent`; 0 at the limit. */
uint32_t	 wire_host_add(struct wire *, uint32_t parent,
		    const struct ipaddr *);

void		 wire_quality_set(struct wire *, const struct wire_quality *);
/*
 * The box forgets all mappings; new ones get other ports, and with `outer`
 * another address.  What is under way to the old ones is lost.
 */
void		 wire_nat_rebind(struct wire *, uint32_t nat,
		    const struct ipaddr *outer);

/* The host moves: another box, another address (Wi-Fi to mobile network). */
void		 wire_host_move(struct wire *, uint32_t host, uint32_t parent,
		    const struct ipaddr *);

/* Copies the bytes.  `local` has the host's own address. */
void		 wire_send(struct wire *, mono_t now, uint32_t host,
		    enum wire_kind, const struct endpoint *local,
		    const struct endpoint *remote, struct rd data);
/* Changes one byte of one of the datagrams under way; nothing without any. */
void		 wire_corrupt(struct wire *, uint32_t nth, uint32_t at,
		    uint8_t change);
/* The next datagram that has arrived by `now`; false if there is none. */
bool		 wire_next(struct wire *, mono_t now, struct wire_got *);
mono_t		 wire_deadline(const struct wire *);	/* MONO_NEVER if idle */

void		 wire_stats(const struct wire *, struct wire_stats *);

#endif
