/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_WORKER_H
#define DP_WORKER_H

/*
 * DOC: the data plane: N workers, each a loop body over a struct dp_io.
 *
 * A thread calls worker_enter(), then again and again worker_step(), which
 * takes what is there, walks it through uplink and downlink in batches and
 * announces quiescence; between steps it may rest (worker_rest, worker_rise)
 * and block on its descriptors.  A simulation calls dp_workers' functions,
 * worker_step(dp, 0, now) and dp_take() from one thread and never enters.
 * Time is the caller's; nothing here reads a clock, sleeps, logs or, once
 * dp_new() is done, allocates per packet.
 *
 * Outbound order is a law: all packets of one SA leave in rising sequence
 * order, because the path's owner alone seals for it: what the control side
 * sends reaches it by its send ring, frames read by other workers by the
 * hand-over rings.
 *
 * Files: worker.c (this), uplink.c, downlink.c, inner.c, offload.c, merge.c,
 * tables.c;
 * policy.c (per session) with acl.c and meter.c, routes.c.
 * Supported standards: RFC 3948, 4303 (with ipsec/), RFC 2661 §5.4 data
 * messages, RFC 3193; IPv4 fragmentation of RFC 791, RFC 1191, 4443.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/rng.h"
#include "dp/dp.h"
#include "dp/pkt.h"

#define DP_WORKERS_MAX	64

/*
 * One worker's wire: sockets and a TUN queue, or a simulated one.  Functions
 * take at most `max` packets and return how many; what p names is the io
 * side's and stays until the next call of the same function.  A NULL member
 * is a wire that is not there.
 */
struct dp_io {
	/*
	 * pkt.p, len, seg, via, local, remote.  via is PKT_NATT or PKT_IKE; for
	 * raw PKT_ESP, p at the SPI.
	 */
	unsigned (*recv_udp)(struct dp_io *, struct pkt *v, unsigned max);
	unsigned (*recv_raw)(struct dp_io *, struct pkt *v, unsigned max);
	/* pkt.p, len, vnet.  The bytes are changed. */
	unsigned (*recv_tun)(struct dp_io *, struct pkt *v, unsigned max);
	/*
	 * Send in array order; return how many went.  local is the address to
	 * send from.  pkt.run tells trains and frames (see there).
	 */
	unsigned (*send_udp)(struct dp_io *, struct pkt *const *v, unsigned n);
	unsigned (*send_raw)(struct dp_io *, struct pkt *const *v, unsigned n);
	unsigned (*send_tun)(struct dp_io *, struct pkt *const *v, unsigned n);
	/* Ends the worker's blocking wait; called by other threads. */
	void (*wake)(struct dp_io *);
	/* send_tun takes frames of many TCP packets, of many UDP datagrams. */
	bool merge_tcp, merge_udp;
};

struct dp_params {
	unsigned workers;		/* 1 .. DP_WORKERS_MAX */
	uint32_t sas, sessions;		/* capacity of the tables */
	uint32_t routes;		/* of all sessions; 0: 4096 */
	enum esp_engine engine;
	bool peer_to_peer;		/* sessions may reach each other */
	/*
	 * This stands for the peers (a load generator): a packet from the TUN
	 * is a session's by its source, and one from a session is good if its
	 * destination is the session's.
	 */
	bool reverse;
	struct ipaddr gateway4, gateway6; /* ICMP errors come from here */
	struct rng *rng;		/* used in dp_new() only */
	/* Bytes of each ring; 0 is the default. */
	uint32_t punt_bytes, ike_bytes, send_bytes, over_bytes;
};

extern const struct dp_ops dp_workers;

/*
 * Everything that dp_new() would make and its tables when they are full.
 * Without OpenSSL's contexts, and what was deleted and waits for the workers to
 * pass.
 */
void		 dp_bounds(const struct dp_params *, bound_fn *each, void *ctx);
/* NULL: no memory, no randomness, or not this engine here. */
struct dp	*dp_new(const struct dp_params *);
/* No worker thread may run any more.  Waits until all is reclaimed. */
void		 dp_free(struct dp *);
unsigned	 dp_worker_count(const struct dp *);
/* Of the workers' ESP: its name and, in *why, why it is this one. */
const char	*dp_engine(const struct dp *, const char **why);
/* Before the worker's first step; the io is borrowed until dp_free(). */
void		 dp_attach(struct dp *, unsigned worker, struct dp_io *);

/*
 * Control thread: the next note of a worker; those of authenticated origin
 * first.  note->data is borrowed until the next dp_take() of this worker.
 */
bool		 dp_take(struct dp *, unsigned worker, struct dp_note *);

/* Any thread: drops of all workers and of control, added up. */
void		 dp_drops(const struct dp *, uint64_t n[DROP_COUNT]);

struct dp_load {		/* of one worker */
	uint64_t udp_in, udp_out;	/* datagrams, protocol 50 included */
	uint64_t esp_in, esp_out;	/* packets: authentic, sealed */
	uint64_t tun_in, tun_out;	/* frames, packets */
	uint64_t handed;		/* frames given to another worker */
};
void		 dp_load(const struct dp *, unsigned worker, struct dp_load *);

/* The worker's thread, before the first and after the last step. */
void		 worker_enter(struct dp *, unsigned worker);
void		 worker_leave(struct dp *, unsigned worker);

#define WORKER_BUSY	1	/* something was done: there may be more */
#define WORKER_PUNTED	2	/* there are notes for control: wake it */

/* One batch from each source.  Returns WORKER_* bits. */
unsigned	 worker_step(struct dp *, unsigned worker, mono_t now);
/*
 * Before blocking.  False: something is in a ring, step again.  After true,
 * worker_rise() comes before the next step.
 */
bool		 worker_rest(struct dp *, unsigned worker);
void		 worker_rise(struct dp *, unsigned worker);

#endif
