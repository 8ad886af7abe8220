/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as Prometheus and OpenMetrics want them: see metrics.h. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "show/metrics.h"
#include "show/out.h"

const char *
metrics_type(enum metrics_form form)
{
	return form == METRICS_OPENMETRICS ?
	    "application/openmetrics-text; version=1.0.0; charset=utf-8" :
	    "text/plain; version=0.0.4; charset=utf-8";
}

static const char *
kind_str(enum metrics_kind k)
{
	switch (k) {
	case METRICS_COUNTER:
		return "counter";
	case METRICS_GAUGE:
		return "gauge";
	case METRICS_HISTOGRAM:
		return "histogram";
	}
	return "unknown";
}

/* The older format escapes no quote in help. */
static void
put_escaped(FILE *f, const char *text, bool quotes)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\' || (*text == '"' && quotes))
			(void)fputc('\\', f);
		(void)fputc(*text, f);
	}
}

void
metrics_family(struct metrics *m, enum metrics_kind kind, const char *name,
    const char *help)
{
	/* A counter's family has the samples' name in one, not in the other. */
	bool om = m->form == METRICS_OPENMETRICS;
	const char *end = kind == METRICS_COUNTER && !om ? "_total" : "";

	m->kind = kind;
	m->name = name;
	(void)fprintf(m->f, "# HELP %s%s ", name, end);
	put_escaped(m->f, help, om);
	(void)fprintf(m->f, "\n# TYPE %s%s %s\n", name, end, kind_str(kind));
}

/* A value comes from the configuration: it may hold anything. */
static void
put_label(FILE *f, const char *name, const char *value, bool first)
{
	char *safe = out_escape(value, strlen(value));

	(void)fprintf(f, "%s%s=\"", first ? "{" : ",", name);
	put_escaped(f, safe != NULL ? safe : "", true);
	(void)fputc('"', f);
	free(safe);
}

/* A sample up to its value; `le` NULL: it is in no bucket. */
static void
put_head(const struct metrics *m, const char *suffix,
    const struct metrics_label *l, const char *le)
{
	unsigned n = 0;

	(void)fprintf(m->f, "%s%s", m->name, suffix);
	for (; l != NULL && n < METRICS_LABELS_MAX && l[n].name != NULL; n++)
		put_label(m->f, l[n].name, l[n].value, n == 0);
	if (le != NULL)
		put_label(m->f, "le", le, n++ == 0);
	(void)fputs(n > 0 ? "} " : " ", m->f);
}

void
metrics_num(struct metrics *m, const struct metrics_label *labels,
    uint64_t value)
{
	put_head(m, m->kind == METRICS_COUNTER ? "_total" : "", labels, NULL);
	(void)fprintf(m->f, "%" PRIu64 "\n", value);
}

/*
 * Milliseconds as seconds, with no more digits than it takes, but one behind
 * the point: so OpenMetrics wants them, and whoever compares them as texts.
 */
static const char *
seconds(uint32_t ms, char buf[16])
{
	int n = snprintf(buf, 16, "%u.%03u", (unsigned)(ms / 1000),
	    (unsigned)(ms % 1000));

	while (n > 2 && buf[n - 1] == '0' && buf[n - 2] != '.')
		buf[--n] = '\0';
	return buf;
}

void
metrics_histogram(struct metrics *m, const struct metrics_label *labels,
    const uint32_t *le_ms, const uint64_t *count, unsigned buckets,
    uint64_t sum_us)
{
	uint64_t all = 0;
	char buf[16];

	for (unsigned i = 0; i < buckets; i++) {
		all += count[i];
		put_head(m, "_bucket", labels, i + 1 < buckets ?
		    seconds(le_ms[i], buf) : "+Inf");
		(void)fprintf(m->f, "%" PRIu64 "\n", all);
	}
	put_head(m, "_sum", labels, NULL);
	(void)fprintf(m->f, "%" PRIu64 ".%06u\n", sum_us / 1000000,
	    (unsigned)(sum_us % 1000000));
	put_head(m, "_count", labels, NULL);
	(void)fprintf(m->f, "%" PRIu64 "\n", all);
}

bool
metrics_end(struct metrics *m)
{
	if (m->form == METRICS_OPENMETRICS)
		(void)fputs("# EOF\n", m->f);
	return fflush(m->f) == 0 && !ferror(m->f);
}
