/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DP_WORKER_INT_H
#define DP_WORKER_INT_H

/* What one worker holds, and the steps that its files share. */

#include "base/ring.h"
#include "dp/inner.h"
#include "dp/merge.h"
#include "dp/tables.h"
#include "dp/worker.h"

#define HEARD_GRAIN_US	1000000	/* how exact "last heard" is */
#define ICMP_BURST	32	/* too-big messages at once, per worker */
#define ICMP_PER_S	200	/* and in the long run */

struct worker {
	_Alignas(64) struct dp *dp;
	unsigned index;
	struct dp_io *io;
	mono_t now;
	bool entered;
	bool punted;
	_Atomic bool asleep;
	struct esp_crypt *crypt;	/* owned */
	struct drops drops;
	struct {
		count_t udp_in, udp_out, esp_in, esp_out, tun_in, tun_out;
		count_t handed;
	} load;
	/* rings; owned */
	struct ring *punt, *ike;	/* to control */
	struct ring *send;		/* from control */
	struct ring *over[DP_WORKERS_MAX]; /* from each other worker */
	bool wake[DP_WORKERS_MAX];	/* handed something over in this step */
	/* control's: SAs of our paths, deleted, last words not yet gone */
	struct sa *linger_first, *linger_last;
	/* too-big messages that may still be sent, in microseconds */
	uint64_t icmp_credit_us;
	mono_t icmp_at;
	/* arrays of one step */
	struct pkt got[PKT_BATCH];	/* as received */
	struct pkt up[PKT_BATCH];	/* one datagram each */
	struct pkt down[PKT_BATCH];	/* one slot each */
	unsigned down_n;
	struct esp_item item[PKT_BATCH];
	struct batch batch;
	struct merge merge;
	uint8_t *slots;			/* owned; PKT_BATCH of PKT_SLOT bytes */
	uint8_t *scratch;		/* owned; one split packet */
};

struct dp {
	struct tables tables;
	unsigned workers;
	bool peer_to_peer, reverse;
	struct ipaddr gateway4, gateway6;
	struct drops control_drops;
	struct ring *taken[DP_WORKERS_MAX]; /* of the note being looked at */
	struct worker worker[];
};

/* In the send ring, and then the bytes. */
struct send_head {
	uint32_t path;
	bool ppp;		/* a frame: the L2TP header is to be written */
	bool sequencing;
	uint16_t tunnel_id, session_id;	/* ours, to find Ns */
	uint16_t peer_tunnel_id, peer_session_id;
};

/* In the hand-over ring, and then the frame. */
struct over_head {
	struct pkt_vnet vnet;
};

/* Counts a reason; true if the packet is dropped. */
static inline bool
worker_drops(struct worker *w, enum drop why)
{
	drop_count(&w->drops, why);
	return why != DROP_NONE;
}

/* Something came or went; 0 would mean never. */
static inline void
worker_note_time(const struct worker *w, count_t *last)
{
	uint64_t now = w->now.us == 0 ? 1 : w->now.us, then = count_get(last);

	if (then == 0 || now >= then + HEARD_GRAIN_US)
		atomic_store_explicit(last, now, memory_order_relaxed);
}

/* A copy of note and data into a punt ring; false and counted: full. */
bool		 worker_punt(struct worker *, struct ring *,
		    const struct dp_note *, struct rd data);
/* An outbound packet's slot, empty, with free bytes around; never NULL. */
struct pkt	*worker_slot(struct worker *);

/* uplink.c: n datagrams at w->up. */
void		 uplink_run(struct worker *, unsigned n);

/* downlink.c: what control sends, then frames; then all that is in slots. */
bool		 downlink_control(struct worker *);
void		 downlink_frame(struct worker *, struct pkt *frame);
void		 downlink_flush(struct worker *);

#endif
