/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_TRAFFIC_H
#define L2TPLOAD_TRAFFIC_H

/*
 * DOC: datagrams of many phones to a host behind the concentrator, which sends
 * them back (`l2tpload echo'), and what becomes of them.
 *
 * It stands in the data plane where a TUN would be: the wires are another io's.
 * Each datagram carries its phone's number, its own number and the moment when
 * it left, so that loss and delay are known, and whether anybody gets what is
 * another one's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"
#include "dp/worker.h"

#define TRAFFIC_IMIX	0	/* as a size: 64, 576 and 1,400 as 7 : 4 : 1 */
#define TRAFFIC_MIN	64	/* bytes of an IP packet */
#define TRAFFIC_MAX	1400

struct traffic_params {
	struct endpoint to;	/* IPv4 */
	uint32_t phones;
	uint32_t size;		/* of IP packets, or TRAFFIC_IMIX */
	uint32_t pps;		/* of all phones, one way */
	uint32_t seconds;
};

struct traffic;
/* The wires are borrowed.  NULL: no memory. */
struct traffic	*traffic_new(const struct traffic_params *,
		    struct dp_io *wires);
void		 traffic_free(struct traffic *);
struct dp_io	*traffic_io(struct traffic *);	/* borrowed until freed */

/* This phone sends from here when it is its turn. */
void		 traffic_phone(struct traffic *, uint32_t i,
		    const struct ipaddr *);
void		 traffic_start(struct traffic *, mono_t now);
/* The clock of the next step. */
void		 traffic_now(struct traffic *, mono_t now);
/* All are sent, and a second has passed for the last to come back. */
bool		 traffic_over(const struct traffic *);

struct traffic_report {
	uint64_t sent, sent_bytes;	/* IP */
	uint64_t received, received_bytes;
	uint64_t foreign;	/* with another phone's number, or none of ours */
	uint64_t late;		/* numbers that rose and fell */
	uint64_t span_us;	/* from the first to the last that was sent */
	uint32_t p50_us, p90_us, p99_us, max_us;	/* there and back */
};
void		 traffic_report(const struct traffic *,
		    struct traffic_report *);

#endif
