/* SPDX-License-Identifier: BSD-2-Clause */
/* Reliable delivery: see rel.h. */

#include "l2tp/rel.h"

/* a - b on the circle of 65536 numbers. */
static uint16_t
ahead(uint16_t a, uint16_t b)
{
	return (uint16_t)(a - b);
}

static uint64_t
interval_ms(const struct rel_params *p, unsigned tries)
{
	uint64_t ms = p->first_ms;

	while (tries-- > 0 && ms < p->cap_ms)
		ms *= 2;
	return ms < p->cap_ms ? ms : p->cap_ms;
}

static uint16_t
clamp_window(uint16_t w)
{
	return w > 0 ? w : 1;
}

void
rel_init(struct rel *l, uint16_t window)
{
	*l = (struct rel){
		.cwnd = 1,
		.window = clamp_window(window),
		.ssthresh = clamp_window(window),
		.timeout = MONO_NEVER,
	};
}

void
rel_window(struct rel *l, uint16_t window)
{
	l->window = clamp_window(window);
	l->ssthresh = l->window;
	if (l->cwnd > l->window)
		l->cwnd = l->window;
}

static void
give_chain(struct pool *slots, uint32_t handle)
{
	while (handle != 0) {
		const struct rel_slot *s = pool_get(slots, handle);
		uint32_t next = s != NULL ? s->next : 0;

		pool_give(slots, handle);
		handle = next;
	}
}

void
rel_wipe(struct rel *l, struct pool *slots)
{
	give_chain(slots, l->head);
	give_chain(slots, l->early);
	l->head = l->tail = l->early = 0;
	l->una = l->nxt = l->end = l->sent;
	l->kept = 0;
	l->ack_due = false;
	l->timeout = MONO_NEVER;
}

/*
 * RFC 2661 §5.8: the last received number and the 32767 before it are less
 * than or equal, so at a distance of 32768 and more it is a duplicate.
 */
enum rel_verdict
rel_judge(const struct rel *l, const struct rel_params *p, uint16_t ns,
    uint16_t nr)
{
	uint16_t d = ahead(ns, l->nr);
	uint16_t acks = ahead(nr, l->una);

	if (acks > ahead(l->sent, l->una) && acks < 0x8000)
		return REL_BAD_NR;
	if (d == 0)
		return REL_NEXT;
	if (d >= 0x8000)
		return REL_REPEAT;
	return d < p->early ? REL_EARLY : REL_FAR;
}

/* RFC 2661 Appendix A: one more per ack, then one more per window. */
static void
grow(struct rel *l)
{
	if (l->cwnd < l->ssthresh) {
		l->cwnd++;
	} else if (++l->credit >= l->cwnd) {
		l->credit = 0;
		l->cwnd++;
	}
	if (l->cwnd > l->window)
		l->cwnd = l->window;
}

void
rel_acked(struct rel *l, const struct rel_params *p, struct pool *slots,
    mono_t now, uint16_t nr)
{
	uint16_t n = ahead(nr, l->una);

	if (n == 0 || n > ahead(l->sent, l->una))
		return;
	if (ahead(l->nxt, l->una) < n)
		l->nxt = nr;		/* it had what was to be sent again */
	for (; n > 0 && l->head != 0; n--) {
		const struct rel_slot *s = pool_get(slots, l->head);
		uint32_t next = s != NULL ? s->next : 0;

		pool_give(slots, l->head);
		l->head = next;
	}
	if (l->head == 0)
		l->tail = 0;
	l->una = nr;
	l->tries = 0;
	grow(l);
	l->timeout = l->una == l->sent ? MONO_NEVER :
	    mono_add_ms(now, interval_ms(p, 0));
}

void
rel_took(struct rel *l)
{
	l->nr++;
	l->ack_due = true;
}

void
rel_repeated(struct rel *l)
{
	l->ack_due = true;
}

static struct rel_slot *
new_slot(struct pool *slots, uint16_t ns, uint16_t tag, struct rd body,
    uint32_t *handle)
{
	size_t len = rd_left(&body);
	struct rel_slot *s;

	if (len > REL_BODY_MAX || (s = pool_take(slots, handle)) == NULL)
		return NULL;
	s->ns = ns;
	s->tag = tag;
	s->len = (uint16_t)len;
	rd_copy(&body, s->body, len);
	return s;
}

bool
rel_keep(struct rel *l, struct pool *slots, uint16_t ns, uint16_t tag,
    struct rd body)
{
	struct rel_slot *prev = NULL;
	struct rel_slot *s;
	uint32_t at = l->early;
	uint32_t handle;

	while ((s = pool_get(slots, at)) != NULL &&
	    ahead(s->ns, l->nr) < ahead(ns, l->nr)) {
		prev = s;
		at = s->next;
	}
	if (s != NULL && s->ns == ns)
		return false;
	if ((s = new_slot(slots, ns, tag, body, &handle)) == NULL)
		return false;
	s->next = at;
	if (prev != NULL)
		prev->next = handle;
	else
		l->early = handle;
	l->kept++;
	return true;
}

bool
rel_has_ready(const struct rel *l, const struct pool *slots)
{
	const struct rel_slot *s = pool_get(slots, l->early);

	return s != NULL && s->ns == l->nr;
}

const struct rel_slot *
rel_ready(struct rel *l, struct pool *slots, uint32_t *handle)
{
	const struct rel_slot *s;

	if (!rel_has_ready(l, slots))
		return NULL;
	*handle = l->early;
	s = pool_get(slots, l->early);
	l->early = s->next;
	l->kept--;
	return s;
}

bool
rel_push(struct rel *l, const struct rel_params *p, struct pool *slots,
    uint16_t tag, struct rd body)
{
	struct rel_slot *last;
	uint32_t handle;

	if (ahead(l->end, l->una) >= p->queue ||
	    new_slot(slots, l->end, tag, body, &handle) == NULL)
		return false;
	if ((last = pool_get(slots, l->tail)) != NULL)
		last->next = handle;
	else
		l->head = handle;
	l->tail = handle;
	l->end++;
	return true;
}

bool
rel_may_send(const struct rel *l)
{
	return l->nxt != l->end && ahead(l->nxt, l->una) < l->cwnd;
}

const struct rel_slot *
rel_send(struct rel *l, const struct rel_params *p, const struct pool *slots,
    mono_t now, bool *again)
{
	uint32_t at = l->head;
	const struct rel_slot *s;

	if (!rel_may_send(l))
		return NULL;
	while ((s = pool_get(slots, at)) != NULL && s->ns != l->nxt)
		at = s->next;
	if (s == NULL)
		return NULL;
	*again = l->nxt != l->sent;
	l->nxt++;
	if (!*again)
		l->sent = l->nxt;
	l->ack_due = false;
	if (l->timeout.us == MONO_NEVER.us)
		l->timeout = mono_add_ms(now, interval_ms(p, l->tries));
	return s;
}

void
rel_ack_sent(struct rel *l)
{
	l->ack_due = false;
}

bool
rel_idle(const struct rel *l)
{
	return l->una == l->end;
}

void
rel_again(struct rel *l)
{
	l->nxt = l->una;
}

/* RFC 2661 Appendix A: half of cwnd is kept in ssthresh, cwnd is one. */
bool
rel_expire(struct rel *l, const struct rel_params *p, mono_t now)
{
	if (!mono_due(l->timeout, now))
		return false;
	l->timeout = MONO_NEVER;
	if (l->tries >= p->tries)
		return true;
	l->tries++;
	l->ssthresh = l->cwnd > 1 ? l->cwnd / 2 : 1;
	l->cwnd = 1;
	l->credit = 0;
	l->nxt = l->una;
	return false;
}

void
rel_retry(struct rel *l, const struct rel_params *p, mono_t now)
{
	l->tries = p->tries > 0 ? (uint16_t)(p->tries - 1) : 0;
	l->nxt = l->una;
	l->cwnd = 1;
	l->timeout = mono_add_ms(now, interval_ms(p, p->tries));
}
