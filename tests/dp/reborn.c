/* SPDX-License-Identifier: BSD-2-Clause */
/* SAs made anew: see reborn.h. */

#include "dp/worker_int.h"
#include "tests/dp/reborn.h"

/* What lay in shared memory, or comes with the next packet. */
static void
keep(struct sa *sa, const struct sa *old)
{
	sa->in.replay = old->in.replay;
	sa->flags = old->flags;
	sa->heard_us = old->heard_us;
	sa->used = old->used;
}

bool
reborn_sa(struct dp *dp, const struct dp_sa *d)
{
	struct tables *t = &dp->tables;
	struct sa *old = tables_sa(t, d->sa), *sa;
	struct path *path;
	struct sa_ends ends;
	struct dp_sa n = *d;

	if (old == NULL)
		return false;
	path = tables_sa_path(old);
	ends = tables_peer_get(&old->peer);
	n.path = path->id;
	n.local = ends.local;
	n.remote = ends.remote;
	n.port_there = (uint16_t)old->port_there;
	tables_sa_close(t, old);
	sa = tables_sa_add(t, &n);
	if (sa != NULL) {
		keep(sa, old);
		if (path->out == old)
			tables_sa_use(sa);
	}
	tables_sa_del(t, old);
	return sa != NULL;
}
