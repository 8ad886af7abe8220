/* SPDX-License-Identifier: BSD-2-Clause */
/* Many phones as a table: see crowd.h. */

#include <stdlib.h>
#include <string.h>

#include "l2tpload/crowd.h"

#define NET_BITS	24
#define HOSTS		254	/* of a /24: .1 to .254 */

static uint32_t
nets_of(const struct ipnet *from)
{
	return from->bits >= NET_BITS ? 1 :
	    (uint32_t)1 << (NET_BITS - from->bits);
}

/* In a network smaller than a /24, first and last address are left out. */
static uint32_t
hosts_of(const struct ipnet *from)
{
	uint32_t all = (uint32_t)1 << (32 - from->bits);

	if (from->bits <= NET_BITS)
		return HOSTS;
	return all <= 2 ? 0 : all - 2;
}

uint32_t
crowd_room(const struct ipnet *from)
{
	uint64_t room;

	if (from->addr.family != IP_V4 || from->bits == 0 || from->bits > 31)
		return 0;
	room = (uint64_t)nets_of(from) * hosts_of(from);
	return room > UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t)room;
}

bool
crowd_init(struct crowd *c, const struct ipnet *from, uint32_t n)
{
	*c = (struct crowd){ .from = *from, .n = n, .nets = nets_of(from),
		.first = MONO_NEVER };
	if (c->nets > n)
		c->nets = n;
	c->phone = calloc(n, sizeof(*c->phone));
	c->in[CROWD_WAITING] = n;
	return c->phone != NULL;
}

void
crowd_wipe(struct crowd *c)
{
	free(c->phone);
	memset(c, 0, sizeof(*c));
}

struct ipaddr
crowd_address(const struct crowd *c, uint32_t i)
{
	return ipaddr_v4(ipaddr_as_v4(&c->from.addr) +
	    (i % c->nets << (32 - NET_BITS)) + 1 + i / c->nets);
}

uint32_t
crowd_find(const struct crowd *c, const struct ipaddr *a)
{
	uint32_t at, net, host;

	if (a->family != IP_V4 || !ipnet_has(&c->from, a))
		return CROWD_NOBODY;
	at = ipaddr_as_v4(a) - ipaddr_as_v4(&c->from.addr);
	net = at >> (32 - NET_BITS);
	host = at & 255;
	if (net >= c->nets || host == 0 ||
	    (uint64_t)(host - 1) * c->nets + net >= c->n)
		return CROWD_NOBODY;
	return (host - 1) * c->nets + net;
}

void
crowd_move(struct crowd *c, uint32_t i, mono_t now, enum crowd_state state)
{
	struct crowd_phone *p = &c->phone[i];

	c->in[p->state]--;
	c->in[state]++;
	p->state = state;
	if (state == CROWD_DIALLING) {
		p->dialled = now;
		c->first = mono_min(c->first, now);
	}
	if (state == CROWD_UP) {
		p->login_us = (uint32_t)mono_since_us(now, p->dialled);
		c->ups++;
		c->last = mono_max(c->last, now);
	}
}

bool
crowd_decided(const struct crowd *c)
{
	return c->in[CROWD_WAITING] + c->in[CROWD_DIALLING] == 0;
}

bool
crowd_over(const struct crowd *c)
{
	return c->in[CROWD_DIALLING] + c->in[CROWD_UP] +
	    c->in[CROWD_LEAVING] == 0;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static bool
was_up(enum crowd_state s)
{
	return s == CROWD_UP || s == CROWD_LEAVING || s == CROWD_GONE ||
	    s == CROWD_LOST;
}

bool
crowd_times(const struct crowd *c, struct crowd_times *t)
{
	uint32_t *us, n = 0;

	*t = (struct crowd_times){ 0 };
	if (c->ups == 0)
		return true;
	us = calloc(c->n, sizeof(*us));
	if (us == NULL)
		return false;
	for (uint32_t i = 0; i < c->n; i++)
		if (was_up(c->phone[i].state))
			us[n++] = c->phone[i].login_us;
	qsort(us, n, sizeof(*us), compare);
	t->p50_us = us[(n - 1) / 2];
	t->p90_us = us[(uint64_t)(n - 1) * 90 / 100];
	t->p99_us = us[(uint64_t)(n - 1) * 99 / 100];
	t->max_us = us[n - 1];
	t->storm_us = mono_since_us(c->last, c->first);
	free(us);
	return true;
}
