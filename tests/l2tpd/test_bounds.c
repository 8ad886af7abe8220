/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bounds.h tells against what is made: the sockets and the helpers to the
 * byte and to the descriptor, behind a monitor that gives any socket; and the
 * sum over all rows, in print and in the log.  The engines' own rows are
 * compared beside the engines (tests/<folder>/test_bounds.c).
 */

#include <dirent.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "l2tpd/bounds.h"
#include "l2tpd/ctl.h"
#include "l2tpd/helper.h"
#include "l2tpd/spool.h"
#include "l2tpd/wires.h"
#include "tests/heap.h"
#include "tests/l2tpd/spool_room.h"

/* What wires.c asks of the monitor. */
int
priv_ask(struct priv *p, enum priv_what what, uint32_t n, uint16_t port,
    char *err, char *warn)
{
	(void)p;
	(void)what;
	(void)n;
	(void)port;
	err[0] = warn[0] = '\0';
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

struct sock_params
priv_sock(const struct priv_params *p, enum priv_what what, uint32_t n,
    uint16_t port)
{
	return (struct sock_params){ .addr = p->listen[n], .port = port,
		.via = what == PRIV_RAW ? PKT_ESP : PKT_IKE };
}

static size_t
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

static void
wires_of(unsigned workers, uint32_t addresses, bool raw)
{
	struct conf *c = calloc(1, sizeof(*c));
	struct priv_params p = { .conf = c, .listen_n = addresses };
	struct heap_claim claim = { .bytes = 0 };
	size_t files = open_files();
	char err[PRIV_TEXT] = "";
	struct wires *w;

	for (uint32_t i = 0; i < addresses; i++)
		p.listen[i].family = IP_V4;
	c->listener.protocol_50 = raw;
	wires_bounds(&p, workers, heap_claim_row, &claim);
	heap_watch();
	w = wires_open(NULL, &p, workers, err);
	assert_string_equal(err, "");
	assert_non_null(w);
	assert_int_equal(heap_live(), claim.bytes);
	assert_int_equal(open_files() - files, wires_files(&p, workers));
	wires_close(w);
	assert_int_equal(heap_live(), 0);
	free(c);
}

static void
sockets(void **state)
{
	(void)state;
	wires_of(1, 1, false);
	wires_of(1, 1, true);
	wires_of(3, 2, true);
	wires_of(2, 3, false);
}

static void
jobs(void **state)
{
	struct heap_claim c = { .want = "dh jobs" };
	struct ike_dh dh = { .sa = 1, .trusted = true }, no;
	struct helpers *h;
	unsigned n = 0;

	(void)state;
	helpers_bounds(20, heap_claim_row, &c);
	heap_watch();
	h = helpers_start(0, 20);	/* nobody takes a job away */
	assert_non_null(h);
	assert_int_equal(heap_live(), c.bytes);
	while (helpers_ask(h, mono_us(1), &dh, &no))
		n++;
	assert_int_equal(n, c.found.count);
	assert_int_equal(heap_live(), c.bytes);
	helpers_stop(h);
}

/* A spool with an empty directory; its thread does not run. */
static void
spool(void **state)
{
	struct spool_params p = { .size = 1 << 20, .entries = 100 };
	struct heap_claim c = { .want = "spool records" };
	size_t files = open_files();
	char err[SPOOL_TEXT] = "";
	struct spool *sp;
	struct room room;

	(void)state;
	room_make(&room);
	spool_bounds(p.entries, heap_claim_row, &c);
	assert_int_equal(c.found.count, 100);
	p.dir = room_fd(&room);
	heap_watch();
	sp = spool_open(&p, err);
	if (sp == NULL)
		fail_msg("%s", err);
	assert_int_equal(heap_live(), c.bytes);
	assert_true(open_files() - files <= SPOOL_FILES);
	spool_stop(sp);
	assert_int_equal(heap_live(), 0);
	room_drop(&room);
}

struct text {
	char b[16384];
	size_t n;
};

static void
on_line(void *ctx, enum log_level level, const char *line)
{
	struct text *t = ctx;
	int n = snprintf(t->b + t->n, sizeof(t->b) - t->n, "%s %s\n",
	    level == LOG_INFO_ ? "info" : "other", line);

	assert_true(n > 0 && (size_t)n < sizeof(t->b) - t->n);
	t->n += (size_t)n;
}

static void
fill(struct bounds *b, struct priv_params *priv, struct conf *c)
{
	struct lns_params *p = calloc(1, sizeof(*p));

	lns_params_default(p);
	priv->conf = c;
	priv->listen_n = 1;
	*b = (struct bounds){ .lns = p, .priv = priv, .dh_queue = 16,
		.dp = { .workers = 2, .sas = 100, .sessions = 50 } };
}

/* The rows as they are printed: the last number of each; the total's is last. */
static size_t
printed(const struct bounds *b, size_t *total, unsigned *rows)
{
	FILE *f = tmpfile();
	char line[256];
	size_t sum = 0, n;

	assert_non_null(f);
	bounds_print(b, f);
	rewind(f);
	*rows = 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *last = strrchr(line, ' ');

		if (line[0] == '\n' || strstr(line, "bytes each") != NULL)
			continue;
		assert_int_equal(line[0], '#');
		assert_non_null(last);
		n = strtoull(last, NULL, 10);
		if (strncmp(line, "# total", 7) == 0) {
			*total = n;
		} else if (strncmp(line, "# descriptors", 13) == 0) {
			assert_int_equal(n, bounds_files(b));
		} else {
			sum += n;
			++*rows;
		}
	}
	(void)fclose(f);
	return sum;
}

static void
sum(void **state)
{
	struct conf *c = calloc(1, sizeof(*c));
	struct heap_claim claim = { .bytes = 0 };
	struct text t = { .n = 0 };
	struct priv_params priv = { 0 };
	struct bounds b;
	unsigned rows;
	size_t total = 0;
	char want[64];

	(void)state;
	fill(&b, &priv, c);
	bounds_each(&b, heap_claim_row, &claim);
	assert_int_equal(bounds_bytes(&b), claim.bytes);
	assert_int_equal(printed(&b, &total, &rows), claim.bytes);
	assert_int_equal(total, claim.bytes);
	assert_int_equal(rows, claim.rows);
	log_sink_set(on_line, &t, LOG_INFO_);
	bounds_log(&b);
	(void)snprintf(want, sizeof(want),
	    "info memory bound bytes=%zu descriptors=%zu\n", total,
	    bounds_files(&b));
	assert_string_equal(t.b, want);
	t.n = 0;
	log_sink_set(on_line, &t, LOG_DEBUG_);
	bounds_log(&b);
	log_sink_set(NULL, NULL, LOG_ERROR_);
	rows = 0;
	for (const char *p = t.b; (p = strstr(p, "other memory bound name="))
	    != NULL; p++)
		rows++;
	assert_int_equal(rows, claim.rows);
	free((void *)(uintptr_t)b.lns);
	free(c);
}

/* RADIUS and its spool come with descriptors and rows of their own. */
static void
radius(void **state)
{
	struct conf *c = calloc(1, sizeof(*c));
	struct heap_claim a = { .want = "io CoA sockets" }, b = a;
	struct priv_params priv = { 0 };
	struct lns_params *p;
	struct bounds bounds;
	size_t files;

	(void)state;
	fill(&bounds, &priv, c);
	p = (struct lns_params *)(uintptr_t)bounds.lns;
	radius_params_default(&p->radius);
	acct_params_default(&p->acct);
	dae_params_default(&p->dae);
	bounds_each(&bounds, heap_claim_row, &a);
	assert_int_equal(a.found.count, 0);
	files = bounds_files(&bounds);
	p->radius.server_n = 1;
	radius_server_default(&p->radius.server[0]);
	p->radius.server[0].ports = 3;
	p->radius.server[0].at[RADIUS_AUTH].port = 1812;
	assert_int_equal(bounds_files(&bounds), files + 3);
	p->dae.source_n = 1;
	assert_int_equal(bounds_files(&bounds), files + 3 + 2);
	c->radius.coa_address.n = 1;
	assert_int_equal(bounds_files(&bounds), files + 3 + 1);
	c->radius.spool_records = 100;
	priv.spool_dir = "/nowhere";
	assert_int_equal(bounds_files(&bounds), files + 3 + 1 + SPOOL_FILES);
	bounds_each(&bounds, heap_claim_row, &b);
	assert_int_equal(b.found.count, 1);
	/* client, records, CoA, logins for trial; sockets, spool */
	assert_int_equal(b.rows, a.rows + 3 + 3 + 3 + 2 + 1 + 2);
	free(p);
	free(c);
}

/* No part is left out: each has rows of its own. */
static void
parts_row(void *ctx, const struct bound *b)
{
	static const char *const parts[] = { "ike ", "l2tp ", "ppp ", "lns ",
		"dp ", "io ", "dh " };
	unsigned *seen = ctx;

	for (unsigned i = 0; i < 7; i++)
		if (strncmp(b->name, parts[i], strlen(parts[i])) == 0)
			*seen |= 1u << i;
}

static void
parts(void **state)
{
	struct conf *c = calloc(1, sizeof(*c));
	struct priv_params priv = { 0 };
	struct bounds b;
	unsigned seen = 0;

	(void)state;
	fill(&b, &priv, c);
	bounds_each(&b, parts_row, &seen);
	assert_int_equal(seen, 0x7f);
	assert_true(bounds_files(&b) > wires_files(&priv, 2) + CTL_FILES);
	free((void *)(uintptr_t)b.lns);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets),
		cmocka_unit_test(jobs),
		cmocka_unit_test(spool),
		cmocka_unit_test(radius),
		cmocka_unit_test(sum),
		cmocka_unit_test(parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
