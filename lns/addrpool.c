/* SPDX-License-Identifier: BSD-2-Clause */
/* Address pools: see addrpool.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lns/addrpool.h"

static bool
bit_get(const struct addrpool *p, uint32_t i)
{
	return p->taken[i / 64] >> (i % 64) & 1;
}

static void
bit_set(struct addrpool *p, uint32_t i)
{
	p->taken[i / 64] |= (uint64_t)1 << (i % 64);
}

static void
bit_clear(struct addrpool *p, uint32_t i)
{
	p->taken[i / 64] &= ~((uint64_t)1 << (i % 64));
}

static uint32_t
addrpool_size(const struct addrpool_params *p)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < p->range_n; k++)
		n += (uint32_t)(p->range[k].last - p->range[k].first + 1);
	return n;
}

static size_t
bits_bytes(uint32_t count)
{
	return ((size_t)count + 63) / 64 * sizeof(uint64_t);
}

size_t
addrpools_bytes(const struct addrpool_params *v, uint32_t n, size_t *count)
{
	size_t bytes = 0;

	*count = 0;
	for (uint32_t i = 0; i < n; i++) {
		*count += addrpool_size(&v[i]);
		bytes += bits_bytes(addrpool_size(&v[i]));
	}
	return bytes;
}

int
addrpools_init(struct addrpools *ps, const struct addrpool_params *v,
    uint32_t n)
{
	*ps = (struct addrpools){ .n = n };
	for (uint32_t i = 0; i < n; i++) {
		struct addrpool *p = &ps->v[i];

		(void)snprintf(p->name, sizeof(p->name), "%s", v[i].name);
		p->six = v[i].six;
		memcpy(p->range, v[i].range, sizeof(p->range));
		p->range_n = v[i].range_n;
		p->count = addrpool_size(&v[i]);
		if (p->count == 0)
			continue;
		p->taken = calloc(1, bits_bytes(p->count));
		if (p->taken == NULL) {
			addrpools_wipe(ps);
			return -1;
		}
	}
	return 0;
}

void
addrpools_wipe(struct addrpools *ps)
{
	for (uint32_t i = 0; i < ps->n; i++)
		free(ps->v[i].taken);
	*ps = (struct addrpools){ 0 };
}

int
addrpools_find(const struct addrpools *ps, const char *name)
{
	for (uint32_t i = 0; i < ps->n; i++)
		if (strcmp(ps->v[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* The address's place in the pool; false if it is outside. */
static bool
pool_place(const struct addrpool *p, const struct ipaddr *a, uint32_t *i)
{
	struct rd half = rd_make(a->b, 8);
	uint64_t v = p->six ? rd_u64(&half) : ipaddr_as_v4(a);
	uint32_t before = 0;

	if (a->family != (p->six ? IP_V6 : IP_V4))
		return false;
	for (uint32_t k = 0; k < p->range_n; k++) {
		const struct addrpool_range *r = &p->range[k];

		if (v >= r->first && v <= r->last) {
			*i = before + (uint32_t)(v - r->first);
			return true;
		}
		before += (uint32_t)(r->last - r->first + 1);
	}
	return false;
}

static struct ipaddr
pool_address(const struct addrpool *p, uint32_t i)
{
	struct ipaddr a = { .family = IP_V6 };
	struct wr half = wr_make(a.b, 8);
	uint32_t k = 0;

	while (i > p->range[k].last - p->range[k].first) {
		i -= (uint32_t)(p->range[k].last - p->range[k].first + 1);
		k++;
	}
	if (!p->six)
		return ipaddr_v4((uint32_t)p->range[k].first + i);
	wr_u64(&half, p->range[k].first + i);
	return a;
}

int
addrpools_of(const struct addrpools *ps, const struct ipaddr *a)
{
	uint32_t place;

	for (uint32_t i = 0; i < ps->n; i++)
		if (pool_place(&ps->v[i], a, &place))
			return (int)i;
	return -1;
}

void
addrpools_reserve(struct addrpools *ps, const struct ipaddr *a)
{
	for (uint32_t k = 0; k < ps->n; k++) {
		struct addrpool *p = &ps->v[k];
		uint32_t i;

		if (!pool_place(p, a, &i) || bit_get(p, i))
			continue;
		bit_set(p, i);
		p->kept_out++;
	}
}

struct ipaddr
addrpools_lease(struct addrpools *ps, uint32_t pool)
{
	struct addrpool *p = &ps->v[pool];

	for (uint32_t tried = 0; tried < p->count; tried++) {
		uint32_t i = p->next;

		p->next = i + 1 == p->count ? 0 : i + 1;
		if (bit_get(p, i))
			continue;
		bit_set(p, i);
		p->used++;
		return pool_address(p, i);
	}
	return (struct ipaddr){ .family = IP_NONE };
}

void
addrpools_retake(struct addrpools *ps, uint32_t pool, const struct ipaddr *a)
{
	uint32_t i;

	if (pool >= ps->n || !pool_place(&ps->v[pool], a, &i) ||
	    bit_get(&ps->v[pool], i))
		return;
	bit_set(&ps->v[pool], i);
	ps->v[pool].used++;
}

void
addrpools_release(struct addrpools *ps, uint32_t pool, const struct ipaddr *a)
{
	uint32_t i;

	if (pool >= ps->n || !pool_place(&ps->v[pool], a, &i) ||
	    !bit_get(&ps->v[pool], i))
		return;
	bit_clear(&ps->v[pool], i);
	ps->v[pool].used--;
}

void
addrpools_go_on(struct addrpools *ps, uint32_t pool, uint32_t next)
{
	if (pool < ps->n && next < ps->v[pool].count)
		ps->v[pool].next = next;
}
