/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits facing the Internet: threats.md 3.2.  Three buckets before a record
 * is given, trust for prefixes with a login in the last 24 h, eviction from the
 * half-open pool.  All tables are fixed; strangers cannot choose places in them
 * because the hash is keyed.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/ike_int.h"

#define WAYS		4	/* rows of one set */
#define TRUST_S		(24 * 3600)
#define NOTIFY_RATE	10	/* errors to unverified addresses per second */
#define COSTLY_RATE	50
#define COSTLY_BURST	200
#define PFS_RATE	200
#define PFS_BURST	1000
#define EVICT_TRIES	16
#define RECENT_S	30

struct prefix_row {
	uint64_t tag;		/* keyed sum of the prefix; 0: free */
	mono_t used;		/* last asked */
	mono_t trusted;		/* until then */
	struct ike_bucket bucket;
};

struct limit_common {
	struct ike_bucket all, all_trusted, notify, costly, pfs, pfs_trusted;
};

struct ike_limit {
	struct limit_common c;
	uint32_t rows;		/* a power of two of sets, of WAYS rows each */
	struct prefix_row row[];
};

static uint32_t
rows_for(const struct ike_limits *l)
{
	uint32_t n = WAYS;

	while (n < l->prefixes && n < UINT32_MAX / 2)
		n *= 2;
	return n;
}

struct ike_limit *
ike_limit_new(const struct ike_limits *l)
{
	uint32_t n = rows_for(l);
	struct ike_limit *t = calloc(1, sizeof(*t) +
	    n * sizeof(struct prefix_row));

	if (t != NULL)
		t->rows = n;
	return t;
}

struct bound
ike_limit_bound(const struct ike_limits *l)
{
	uint32_t n = rows_for(l);

	return (struct bound){ "ike prefixes", n, sizeof(struct ike_limit) +
		n * sizeof(struct prefix_row) };
}

void
ike_limit_free(struct ike_limit *l)
{
	free(l);
}

bool
ike_bucket_take(struct ike_bucket *b, mono_t now, uint32_t rate, uint32_t burst)
{
	uint64_t since = mono_since_us(now, b->at);
	uint64_t back = rate != 0 && since > UINT64_MAX / rate ? UINT64_MAX :
	    since * rate / 1000;
	uint64_t full = (uint64_t)burst * 1000;
	uint64_t used = b->used > back ? b->used - back : 0;

	if (used + 1000 > full)
		return false;	/* time since `at` goes on counting */
	b->used = (uint32_t)(used + 1000);
	b->at = now;
	return true;
}

static uint64_t
prefix_tag(const struct ike *ike, const struct ipaddr *a, unsigned bits)
{
	struct ipaddr p = ipaddr_prefix(a, bits);
	uint8_t key[18];
	struct wr w = wr_make(key, sizeof(key));

	wr_u8(&w, (uint8_t)bits);
	wr_bytes(&w, p.b, sizeof(p.b));
	return hash_bytes(&ike->key, key, wr_used(&w)) | 1;
}

static struct prefix_row *
prefix_set(const struct ike *ike, uint64_t tag)
{
	struct ike_limit *l = ike->limit;

	return &l->row[(tag >> 32 & (l->rows / WAYS - 1)) * WAYS];
}

/* The row of a prefix, taking the one of its set that was idle longest. */
static struct prefix_row *
row_of(struct ike *ike, mono_t now, const struct ipaddr *a, unsigned bits)
{
	uint64_t tag = prefix_tag(ike, a, bits);
	struct prefix_row *set = prefix_set(ike, tag), *old = NULL;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].tag == tag)
			return &set[i];
		/* A trusted prefix gives way to nothing but its own end. */
		if (mono_before(now, set[i].trusted))
			continue;
		if (old == NULL || mono_before(set[i].used, old->used))
			old = &set[i];
	}
	if (old == NULL)
		old = &set[tag >> 48 & (WAYS - 1)];
	*old = (struct prefix_row){ .tag = tag, .used = now };
	return old;
}

static unsigned
host_bits(const struct ipaddr *a)
{
	return a->family == IP_V6 ? 64 : 32;
}

static unsigned
net_bits(const struct ipaddr *a)
{
	return a->family == IP_V6 ? 48 : 24;
}

static uint32_t
times(uint32_t n, bool trusted, uint32_t factor)
{
	uint64_t v = trusted ? (uint64_t)n * factor : n;

	return v > UINT32_MAX / 1000 ? UINT32_MAX / 1000 : (uint32_t)v;
}

bool
ike_limit_first(struct ike *ike, mono_t now, const struct ipaddr *a,
    bool *trusted)
{
	const struct ike_limits *l = &ike->p->limits;
	struct prefix_row *net = row_of(ike, now, a, net_bits(a));
	struct prefix_row *host = row_of(ike, now, a, host_bits(a));
	bool nt = mono_before(now, net->trusted);
	bool ht = mono_before(now, host->trusted);

	*trusted = nt;
	net->used = host->used = now;
	if (!ike_bucket_take(&host->bucket, now,
	    times(l->rate32, ht, l->trusted_factor),
	    times(l->burst32, ht, l->trusted_factor)))
		return false;
	if (!ike_bucket_take(&net->bucket, now,
	    times(l->rate24, nt, l->trusted_factor),
	    times(l->burst24, nt, l->trusted_factor)))
		return false;
	/* A flood of strangers must not use up what known prefixes need. */
	return ike_bucket_take(nt ? &ike->limit->c.all_trusted : &ike->limit->c.all,
	    now, l->rate_all, l->rate_all);
}

void
ike_limit_trust(struct ike *ike, mono_t now, const struct ipaddr *a)
{
	mono_t until = mono_add_s(now, TRUST_S);

	row_of(ike, now, a, net_bits(a))->trusted = until;
	row_of(ike, now, a, host_bits(a))->trusted = until;
}

void
ike_limit_share(const struct ike *ike, mono_t now, const struct ipaddr *a,
    struct ike_dh *job)
{
	uint64_t tag = prefix_tag(ike, a, net_bits(a));
	const struct prefix_row *set = prefix_set(ike, tag);

	/* The lowest bit is always set. */
	job->share = tag >> 1;
	for (int i = 0; i < WAYS; i++)
		if (set[i].tag == tag && mono_before(now, set[i].trusted))
			job->trusted = true;
}

bool
ike_limit_notify(struct ike *ike, mono_t now)
{
	return ike_bucket_take(&ike->limit->c.notify, now, NOTIFY_RATE,
	    NOTIFY_RATE);
}

bool
ike_limit_costly(struct ike *ike, mono_t now, bool take)
{
	struct ike_bucket b = ike->limit->c.costly;

	if (!ike_bucket_take(&b, now, COSTLY_RATE, COSTLY_BURST))
		return false;
	if (take)
		ike->limit->c.costly = b;
	return true;
}

bool
ike_limit_pfs(struct ike *ike, mono_t now, const struct ipaddr *a,
    uint8_t group)
{
	struct limit_common *c = &ike->limit->c;
	struct ike_dh job = { .trusted = false };

	if (ike_group_costly(group))
		return ike_limit_costly(ike, now, true);
	ike_limit_share(ike, now, a, &job);
	return ike_bucket_take(job.trusted ? &c->pfs_trusted : &c->pfs, now,
	    PFS_RATE, PFS_BURST);
}

/*
 * Random eviction: whoever floods replaces its own records for the most part,
 * and cannot pin the table.  A quarter is kept for known prefixes.
 */
struct ike_half *
ike_limit_half(struct ike *ike, bool trusted, uint32_t *h)
{
	struct pool *p = &ike->half;
	uint32_t room = trusted ? p->cap : p->cap - p->cap / 4;
	bool given = p->used < room;

	for (int i = 0; !given && i < EVICT_TRIES; i++) {
		uint32_t old;
		struct ike_half *x = pool_at(p, rng_below(ike->rng, p->high),
		    &old);

		if (x == NULL || (x->trusted && i < EVICT_TRIES / 2))
			continue;
		if (x->trusted && !trusted)
			continue;
		htab_del(&ike->half_by, pool_slot(old));
		due_set(&ike->half_due, pool_slot(old), MONO_NEVER);
		pool_give(p, old);
		given = true;	/* one for one, however many known ones */
	}
	return given ? pool_take(p, h) : NULL;
}

bool
ike_limit_recent(struct ike *ike, mono_t now, uint64_t sum)
{
	for (unsigned i = 0; i < IKE_RECENT; i++)
		if (ike->recent[i].sum == sum &&
		    mono_before(now, ike->recent[i].until))
			return true;
	ike->recent[ike->recent_at] = (struct ike_recent){ .sum = sum,
		.until = mono_add_s(now, RECENT_S) };
	ike->recent_at = (ike->recent_at + 1) % IKE_RECENT;
	return false;
}

/* Only rows in use are written: tag, place and the row. */
static size_t
rows_used(const struct ike_limit *l)
{
	size_t n = 0;

	for (uint32_t i = 0; i < l->rows; i++)
		n += l->row[i].tag != 0;
	return n;
}

size_t
ike_limit_frozen_size(const struct ike_limit *l)
{
	return sizeof(uint32_t) + sizeof(struct limit_common) +
	    rows_used(l) * (sizeof(uint32_t) + sizeof(struct prefix_row));
}

void
ike_limit_freeze(const struct ike_limit *l, struct wr *w)
{
	wr_u32(w, (uint32_t)rows_used(l));
	wr_bytes(w, &l->c, sizeof(l->c));
	for (uint32_t i = 0; i < l->rows; i++) {
		const struct prefix_row *row = &l->row[i];

		if (row->tag == 0)
			continue;
		wr_u32(w, i);
		wr_bytes(w, row, sizeof(*row));
	}
}

bool
ike_limit_thaw(struct ike_limit *l, struct rd *r)
{
	uint32_t n = rd_u32(r);

	rd_copy(r, &l->c, sizeof(l->c));
	while (n-- > 0 && !r->bad) {
		uint32_t i = rd_u32(r);

		if (i >= l->rows)
			return false;
		rd_copy(r, &l->row[i], sizeof(struct prefix_row));
	}
	return !r->bad;
}
