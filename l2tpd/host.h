/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_HOST_H
#define L2TPD_HOST_H

/*
 * DOC: what the files of the daemon's control thread share.
 *
 * The host owns the concentrator, its data plane and everything around them;
 * loop.c runs it, ctl.c shows it.  Only the control thread touches it, but for
 * what dp/ and helper.c say of theirs.
 */

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/count.h"
#include "base/rng.h"
#include "conf/conf.h"
#include "conf/users.h"
#include "dp/worker.h"
#include "l2tpd/ctl.h"
#include "l2tpd/coa.h"
#include "l2tpd/helper.h"
#include "l2tpd/priv.h"
#include "l2tpd/radsec.h"
#include "l2tpd/radwires.h"
#include "l2tpd/spool.h"
#include "l2tpd/threads.h"
#include "l2tpd/wires.h"
#include "lns/lns.h"

struct host {
	const struct conf *conf;	/* borrowed */
	const struct radsec_keys *keys;	/* borrowed */
	struct priv *priv;		/* borrowed */
	struct lns_params *params;	/* owned */
	struct rng rng;
	struct drops drops;		/* of the control thread */
	struct lns *lns;		/* owned, as are all below */
	struct dp *dp;
	struct wires *wires;
	struct radwires *radwires;
	struct coa *coa;		/* NULL: nobody may change sessions */
	struct spool *spool;		/* NULL: records are kept in memory */
	struct threads *threads;
	struct helpers *helpers;
	struct ctl *ctl;
	struct event_base *base;
	struct event *timer, *sig_term, *sig_int, *sig_hup;
	struct event *helper_ready, *punt_ready, *monitor_gone, *spool_ready;
	struct lns_out *out;
	mono_t started;
	size_t memory_bound;		/* bytes when every table is full */
	mono_t stop_by;			/* shutting down: not longer than this */
	bool stopping;
	bool foreground;		/* on a terminal: SIGHUP is its end */
};

/* The clock of all our threads: nobody else asks the kernel. */
mono_t	host_now(void);
/* Unix time in milliseconds. */
uint64_t host_unix_ms(void);
/* Wall clock of a moment, seconds since the epoch. */
int64_t	host_wall(mono_t);
/* Carries out what the concentrator wants; its box is empty then. */
void	host_drain(struct host *);
/* After a command: runs what became due and sets the timer anew. */
void	host_kick(struct host *);

#endif
