/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHOW_METRICS_H
#define SHOW_METRICS_H

/*
 * DOC: numbers for a monitoring system: the text format of Prometheus (0.0.4)
 * and OpenMetrics 1.0.
 *
 * Whoever has numbers names a family, then gives its samples.  The two formats
 * differ in how a counter's family is named, in what is escaped and in the last
 * line; nobody but this file knows.  Families are not gathered: those of one
 * name are given once, with all their samples.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum metrics_form { METRICS_PROMETHEUS, METRICS_OPENMETRICS };
/* The MIME type of the text. */
const char	*metrics_type(enum metrics_form);

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

#define METRICS_LABELS_MAX	4

struct metrics_label {		/* borrowed */
	const char *name;	/* NULL: the end, unless there are four */
	const char *value;	/* what is not printable ASCII is escaped */
};

struct metrics {		/* the caller's; zero but for these */
	FILE *f;		/* borrowed */
	enum metrics_form form;
	enum metrics_kind kind;	/* of the family */
	const char *name;	/* likewise; borrowed until the next one */
};

/* Names have no "_total"; a name with a unit ends in it ("_bytes"). */
void	metrics_family(struct metrics *, enum metrics_kind, const char *name,
	    const char *help);
/* Labels may be NULL: none. */
void	metrics_num(struct metrics *, const struct metrics_label *, uint64_t);
/* A histogram's buckets, each with its own count (not the sum of those
 * below), bounds in ms; the last has none.  Shown in seconds. */
void	metrics_histogram(struct metrics *, const struct metrics_label *,
	    const uint32_t *le_ms, const uint64_t *count, unsigned buckets,
	    uint64_t sum_us);
/* The last line; false: the stream failed. */
bool	metrics_end(struct metrics *);

#endif
