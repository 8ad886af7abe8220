/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_CTL_METRICS_H
#define L2TPD_CTL_METRICS_H

/*
 * DOC: what the daemon counts, for a monitoring system.
 *
 * Each family is described once, here.  Labels are bounded: they are names from
 * the configuration or from tables of ours, never from a peer.
 */

#include <jansson.h>

#include "l2tpd/host.h"
#include "show/metrics.h"

/* The whole text, the caller's; NULL: no memory. */
char	*ctl_metrics_text(struct host *, enum metrics_form);
/* The same as the answer of a command. */
json_t	*ctl_metrics(struct host *, const json_t *args, const char **err);

#endif
