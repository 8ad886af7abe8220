/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and descriptors at the bounds: see bounds.h. */

#include "base/log.h"
#include "l2tpd/bounds.h"
#include "l2tpd/ctl.h"
#include "l2tpd/helper.h"
#include "l2tpd/spool.h"
#include "l2tpd/wires.h"

/*
 * Standard input, output and error, the lock, the monitor's pipe, syslog, two
 * event descriptors, epoll, libevent's pair for signals.
 */
#define FILES_LOOP	11
/* What libraries open for a moment, and what we were started with. */
#define FILES_SPARE	21

/* Sockets that hear CoA- and Disconnect-Requests: see coa.c. */
static uint32_t
coa_sockets(const struct bounds *b)
{
	const struct conf_addrs *a = &b->priv->conf->radius.coa_address;

	if (b->lns->radius.server_n == 0 || b->lns->dae.source_n == 0)
		return 0;
	return a->n > 0 ? a->n : 2;
}

static size_t
radius_files(const struct bounds *b)
{
	return radius_client_sockets(&b->lns->radius) + coa_sockets(b) +
	    (b->priv->spool_dir != NULL ? SPOOL_FILES : 0);
}

void
bounds_each(const struct bounds *b, bound_fn *each, void *ctx)
{
	const struct bound coa = { "io CoA sockets", coa_sockets(b),
		coa_sockets(b) * sock_bytes(true) };

	lns_bounds(b->lns, each, ctx);
	dp_bounds(&b->dp, each, ctx);
	wires_bounds(b->priv, b->dp.workers, each, ctx);
	helpers_bounds(b->dh_queue, each, ctx);
	if (coa.count > 0)
		each(ctx, &coa);
	if (b->priv->spool_dir != NULL)
		spool_bounds(b->priv->conf->radius.spool_records, each, ctx);
}

static void
add_row(void *ctx, const struct bound *b)
{
	size_t *sum = ctx;

	*sum += b->bytes;
}

size_t
bounds_bytes(const struct bounds *b)
{
	size_t sum = 0;

	bounds_each(b, add_row, &sum);
	return sum;
}

size_t
bounds_files(const struct bounds *b)
{
	return wires_files(b->priv, b->dp.workers) + radius_files(b) +
	    CTL_FILES + FILES_LOOP + FILES_SPARE;
}

/* Indexes are rounded up as a whole, so this is rounded up, too. */
static size_t
bytes_each(const struct bound *b)
{
	return (b->bytes + b->count - 1) / b->count;
}

static void
print_row(void *ctx, const struct bound *b)
{
	(void)fprintf(ctx, "# %-22s %9zu %12zu %14zu\n", b->name, b->count,
	    bytes_each(b), b->bytes);
}

void
bounds_print(const struct bounds *b, FILE *f)
{
	(void)fprintf(f, "\n# %-22s %9s %12s %14s\n", "memory at the bounds",
	    "at most", "bytes each", "bytes");
	bounds_each(b, print_row, f);
	(void)fprintf(f, "# %-22s %9s %12s %14zu\n", "total", "", "",
	    bounds_bytes(b));
	(void)fprintf(f, "# %-22s %9zu\n", "descriptors", bounds_files(b));
}

static void
log_row(void *ctx, const struct bound *b)
{
	(void)ctx;
	log_debug("memory bound name=\"%s\" count=%zu each=%zu bytes=%zu",
	    b->name, b->count, bytes_each(b), b->bytes);
}

void
bounds_log(const struct bounds *b)
{
	log_info("memory bound bytes=%zu descriptors=%zu", bounds_bytes(b),
	    bounds_files(b));
	bounds_each(b, log_row, NULL);
}
