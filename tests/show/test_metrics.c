/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of metrics, in both formats. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "show/metrics.h"

/* One of each kind, with what must be escaped. */
static char *
all(enum metrics_form form)
{
	static const uint32_t le_ms[4] = { 1, 20, 1500, 0 };
	static const uint64_t count[4] = { 2, 0, 3, 1 };
	static const struct metrics_label nasty[METRICS_LABELS_MAX] = {
		{ "pool", "a \"b\"\\c\nd\xff" }, { "x", "" } };
	static const struct metrics_label server[METRICS_LABELS_MAX] = {
		{ "server", "one" }, { "service", "auth" } };
	static const struct metrics_label four[METRICS_LABELS_MAX] = {
		{ "a", "1" }, { "b", "2" }, { "c", "3" }, { "d", "4" } };
	struct metrics m = { .form = form };
	char *text;
	size_t n;

	m.f = open_memstream(&text, &n);
	assert_non_null(m.f);
	metrics_family(&m, METRICS_GAUGE, "l2tpd_sessions", "Sessions.");
	metrics_num(&m, NULL, 0);
	metrics_family(&m, METRICS_COUNTER, "l2tpd_bytes",
	    "A \"quote\" and a \\.");
	metrics_num(&m, nasty, UINT64_MAX);
	metrics_num(&m, four, 1);
	metrics_family(&m, METRICS_HISTOGRAM, "l2tpd_latency_seconds", "Time.");
	metrics_histogram(&m, server, le_ms, count, 4, 12000345);
	metrics_histogram(&m, NULL, le_ms, count, 1, 0);
	assert_true(metrics_end(&m));
	assert_int_equal(fclose(m.f), 0);
	return text;
}

#define HISTOGRAM \
	"# HELP l2tpd_latency_seconds Time.\n" \
	"# TYPE l2tpd_latency_seconds histogram\n" \
	"l2tpd_latency_seconds_bucket{server=\"one\",service=\"auth\"," \
	    "le=\"0.001\"} 2\n" \
	"l2tpd_latency_seconds_bucket{server=\"one\",service=\"auth\"," \
	    "le=\"0.02\"} 2\n" \
	"l2tpd_latency_seconds_bucket{server=\"one\",service=\"auth\"," \
	    "le=\"1.5\"} 5\n" \
	"l2tpd_latency_seconds_bucket{server=\"one\",service=\"auth\"," \
	    "le=\"+Inf\"} 6\n" \
	"l2tpd_latency_seconds_sum{server=\"one\",service=\"auth\"}" \
	    " 12.000345\n" \
	"l2tpd_latency_seconds_count{server=\"one\",service=\"auth\"} 6\n" \
	"l2tpd_latency_seconds_bucket{le=\"+Inf\"} 2\n" \
	"l2tpd_latency_seconds_sum 0.000000\n" \
	"l2tpd_latency_seconds_count 2\n"

#define SAMPLES \
	"l2tpd_bytes_total{pool=\"a \\\"b\\\"\\\\c\\\\x0ad\\\\xff\"," \
	    "x=\"\"} 18446744073709551615\n" \
	"l2tpd_bytes_total{a=\"1\",b=\"2\",c=\"3\",d=\"4\"} 1\n"

static void
prometheus(void **state)
{
	char *text = all(METRICS_PROMETHEUS);

	(void)state;
	assert_string_equal(text,
	    "# HELP l2tpd_sessions Sessions.\n"
	    "# TYPE l2tpd_sessions gauge\n"
	    "l2tpd_sessions 0\n"
	    "# HELP l2tpd_bytes_total A \"quote\" and a \\\\.\n"
	    "# TYPE l2tpd_bytes_total counter\n"
	    SAMPLES HISTOGRAM);
	free(text);
}

static void
openmetrics(void **state)
{
	char *text = all(METRICS_OPENMETRICS);

	(void)state;
	assert_string_equal(text,
	    "# HELP l2tpd_sessions Sessions.\n"
	    "# TYPE l2tpd_sessions gauge\n"
	    "l2tpd_sessions 0\n"
	    "# HELP l2tpd_bytes A \\\"quote\\\" and a \\\\.\n"
	    "# TYPE l2tpd_bytes counter\n"
	    SAMPLES HISTOGRAM
	    "# EOF\n");
	free(text);
}

/* Whole seconds have a digit behind the point. */
static void
bounds(void **state)
{
	static const uint32_t le_ms[3] = { 1000, 90000, 0 };
	static const uint64_t count[3] = { 0, 0, 0 };
	struct metrics m = { .form = METRICS_OPENMETRICS };
	char *text;
	size_t n;

	(void)state;
	m.f = open_memstream(&text, &n);
	assert_non_null(m.f);
	metrics_family(&m, METRICS_HISTOGRAM, "x", "X.");
	metrics_histogram(&m, NULL, le_ms, count, 3, 0);
	assert_int_equal(fclose(m.f), 0);
	assert_non_null(strstr(text, "x_bucket{le=\"1.0\"} 0\n"));
	assert_non_null(strstr(text, "x_bucket{le=\"90.0\"} 0\n"));
	free(text);
	assert_non_null(strstr(metrics_type(METRICS_OPENMETRICS),
	    "application/openmetrics-text; version=1.0.0"));
	assert_non_null(strstr(metrics_type(METRICS_PROMETHEUS),
	    "text/plain; version=0.0.4"));
}

/* A stream that takes nothing is told of. */
static void
full(void **state)
{
	struct metrics m = { .f = fopen("/dev/full", "w") };

	(void)state;
	assert_non_null(m.f);
	metrics_family(&m, METRICS_GAUGE, "x", "X.");
	metrics_num(&m, NULL, 1);
	assert_false(metrics_end(&m));
	(void)fclose(m.f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prometheus),
		cmocka_unit_test(openmetrics),
		cmocka_unit_test(bounds),
		cmocka_unit_test(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
