/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RADIUS client with hostile servers, driven by a byte stream.  Head: how
 * the servers are (bits below), their number.  Then records:
 *	0 kind8		a question: bit 0 accounting, bit 1 to server 0 only
 *	1 n16		n * 10 ms pass
 *	2 back8 code8 pos8 xor8
 *			a reply to the back-th last packet sent: honest, but
 *			byte pos is changed if xor is not 0
 *	3 port8 len8 bytes
 *			these bytes come in
 *	4 port8		the socket has an error
 *	5 port8		the connection is ready
 *	6 port8		the socket is lost
 *	7		freeze and thaw
 *	8 q8		a question is cancelled
 *
 * However it goes: a question ends at most once; it is answered only if the
 * honest reply came, unchanged, to a request that was sent for it; there are
 * never more sockets than allowed; nothing is due for ever.
 */

#include <stdlib.h>
#include <string.h>

#include "radius/client.h"

#define SENT	64		/* packets remembered */
#define ASKS	256
#define PORTS	2		/* of one lane */
#define HANDLES	32
#define KEY	"testing123"
#define HOUR_MS	3600000

enum {				/* head */
	HEAD_TLS = 1,
	HEAD_VERSION_11 = 2,
	HEAD_NO_PROBES = 4,
	HEAD_UNSIGNED = 8,	/* replies need no Message-Authenticator */
	HEAD_SHARE = 16
};

struct sent {
	uint32_t port;
	size_t n;
	uint8_t b[256];
};

struct world {
	struct radius_params params;
	struct radius_client *c;
	struct rng rng;
	struct drops drops;
	mono_t now;
	uint64_t passed;	/* ms */
	uint8_t head;
	struct sent sent[SENT];
	unsigned sents;
	uint32_t port[HANDLES];		/* open ones, 0 if none */
	bool ready[HANDLES];
	uint32_t question[ASKS];
	bool honest[ASKS], over[ASKS];
	unsigned asks;
	struct radius_out out;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static unsigned
port_find(const struct world *w, uint32_t handle)
{
	unsigned i = 0;

	while (i < HANDLES && w->port[i] != handle)
		i++;
	return i;
}

static void
opened(struct world *w, const struct radius_act *a)
{
	unsigned i = port_find(w, 0), n = 0;

	must(i < HANDLES && port_find(w, a->port) == HANDLES);
	w->port[i] = a->port;
	w->ready[i] = (w->head & HEAD_TLS) == 0;
	for (unsigned k = 0; k < HANDLES; k++)
		n += w->port[k] != 0;
	must(n <= w->params.server_n * RADIUS_SERVICES * PORTS);
}

static void
sent(struct world *w, const struct radius_act *a)
{
	struct sent *s = &w->sent[w->sents++ % SENT];
	unsigned i = port_find(w, a->port);
	struct rd data = a->data;

	must(i < HANDLES && w->ready[i]);
	s->port = a->port;
	s->n = rd_left(&data);
	must(s->n >= RADIUS_HEAD && s->n <= sizeof(s->b));
	rd_copy(&data, s->b, s->n);
}

static void
drain(struct world *w)
{
	for (unsigned i = 0; i < w->out.n; i++) {
		const struct radius_act *a = &w->out.act[i];
		unsigned at;

		switch (a->kind) {
		case RADIUS_OPEN:
			opened(w, a);
			break;
		case RADIUS_CLOSE:
			at = port_find(w, a->port);
			must(at < HANDLES);
			w->port[at] = 0;
			break;
		case RADIUS_SEND:
			sent(w, a);
			break;
		case RADIUS_DONE:
			must(a->tag < w->asks && !w->over[a->tag]);
			w->over[a->tag] = true;
			must(a->result != RADIUS_ANSWERED ||
			    w->honest[a->tag] ||
			    (w->head & HEAD_VERSION_11) != 0);
			break;
		case RADIUS_STATE:
			must(memchr(a->text, 0, 96) != NULL);
			break;
		}
	}
	radius_out_reset(&w->out);
}

static void
settle(struct world *w)
{
	unsigned turns = 0;

	drain(w);
	while (mono_due(radius_client_deadline(w->c), w->now)) {
		radius_client_expire(w->c, w->now, &w->out);
		drain(w);
		must(++turns < 1000);
	}
}

static void
pass(struct world *w, uint64_t ms)
{
	mono_t end = mono_add_ms(w->now, ms), t;
	unsigned turns = 0;

	w->passed += ms;

	while (mono_before(t = radius_client_deadline(w->c), end)) {
		if (mono_before(w->now, t))
			w->now = t;
		settle(w);
		/* No storm: 11 minutes, a few hundred questions. */
		must(++turns < 200000);
	}
	w->now = end;
	settle(w);
}

/* The name tells a request's question. */
static void
ask(struct world *w, uint8_t kind)
{
	uint8_t attrs[] = { ATTR_USER_NAME, 3, 0 };
	struct radius_ask a = {
		.code = (kind & 1) != 0 ? RADIUS_ACCOUNTING_REQUEST :
		    RADIUS_ACCESS_REQUEST,
		.tag = w->asks,
		.attrs = rd_make(attrs, sizeof(attrs)),
		.password = rd_make("secret", (kind & 1) != 0 ? 0 : 6),
		.server = (kind & 2) != 0 ? 0 : -1,
		.event_ms = 1,
	};

	if (w->asks >= ASKS)
		return;
	attrs[2] = (uint8_t)w->asks;
	w->question[w->asks++] = radius_client_ask(w->c, w->now, &a, &w->out);
	settle(w);
}

static bool
fits(enum radius_code asked, enum radius_code code)
{
	if (asked == RADIUS_ACCOUNTING_REQUEST)
		return code == RADIUS_ACCOUNTING_RESPONSE;
	return code == RADIUS_ACCESS_ACCEPT || code == RADIUS_ACCESS_REJECT ||
	    code == RADIUS_ACCESS_CHALLENGE;
}

static void
reply(struct world *w, uint8_t back, uint8_t code, uint8_t pos, uint8_t x)
{
	const struct sent *s = &w->sent[(w->sents - 1 - back % SENT) % SENT];
	bool v11 = (w->head & HEAD_VERSION_11) != 0;
	struct rd req = rd_make(s->b, s->n), out;
	struct radius_packet q;
	struct radius_build b;
	struct attr name;
	uint8_t buf[128];

	if (w->sents == 0 || s->n == 0 || port_find(w, s->port) == HANDLES)
		return;
	must((v11 ? radius_decode_11(req, &q) : radius_decode(req, &q)) ==
	    DROP_NONE);
	if (v11)
		radius_open_11(&b, buf, sizeof(buf), (enum radius_code)code,
		    q.token);
	else
		radius_open(&b, buf, sizeof(buf), (enum radius_code)code,
		    q.id, q.auth, (w->head & HEAD_UNSIGNED) == 0);
	radius_put_text(&b, ATTR_REPLY_MESSAGE, "hello");
	must(radius_close(&b, rd_make(KEY, strlen(KEY)), &out));
	if (x == 0 && fits(q.code, (enum radius_code)code) &&
	    attr_get(q.attrs, 0, ATTR_USER_NAME, &name))
		w->honest[*name.value.p] = true;
	buf[pos % rd_left(&out)] ^= x;
	radius_client_input(w->c, w->now, s->port, out, &w->out);
	settle(w);
}

static void
thaw(struct world *w)
{
	size_t n = radius_client_frozen_size(w->c);
	uint8_t *b = malloc(n);
	struct wr wr = wr_make(b, n);
	struct rd r;

	must(b != NULL);
	radius_client_freeze(w->c, &wr);
	r = wr_out(&wr);
	must(rd_left(&r) == n);
	radius_client_free(w->c);
	w->c = radius_client_thaw(&w->params, &w->rng, &w->drops, &r);
	must(w->c != NULL && rd_done(&r));
	free(b);
	settle(w);
}

static void
on_port(struct world *w, uint8_t op, uint8_t which, struct rd data)
{
	unsigned i = which % HANDLES;
	uint32_t port = w->port[i];

	if (port == 0)
		return;
	if (op == 3) {
		radius_client_input(w->c, w->now, port, data, &w->out);
	} else if (op == 4) {
		radius_client_port_error(w->c, w->now, port, &w->out);
	} else if (op == 5) {
		w->ready[i] = true;
		radius_client_port_up(w->c, w->now, port,
		    (w->head & HEAD_VERSION_11) != 0, &w->out);
	} else {
		w->port[i] = 0;
		radius_client_port_down(w->c, w->now, port, "lost", &w->out);
	}
	settle(w);
}

static void
start(struct world *w, uint8_t head, uint8_t servers)
{
	struct radius_params *p = &w->params;

	w->head = (head & HEAD_TLS) != 0 ? head :
	    (uint8_t)(head & ~HEAD_VERSION_11);
	w->now = mono_us(1000);
	rng_seeded(&w->rng, 1);
	radius_params_default(p);
	p->questions = 32;
	p->port_life = 8;
	p->group_n = 1;
	p->server_n = p->group[0].server_n = 1 + servers % 3;
	for (uint32_t i = 0; i < p->server_n; i++) {
		struct radius_server_params *s = &p->server[i];

		radius_server_default(s);
		s->ports = PORTS;
		s->transport = (head & HEAD_TLS) != 0 ? RADIUS_TLS :
		    RADIUS_UDP;
		s->probe = (head & HEAD_NO_PROBES) != 0 ? RADIUS_PROBE_NONE :
		    RADIUS_PROBE_STATUS;
		s->require_message_authenticator =
		    (head & HEAD_UNSIGNED) == 0;
		s->priority = (head & HEAD_SHARE) != 0 ? 0 : (uint8_t)i;
		must(secret_set(&s->secret, KEY, strlen(KEY)));
		s->at[0].port = s->at[1].port = 1812;
		p->group[0].server[i] = (uint8_t)i;
	}
	w->c = radius_client_new(p, &w->rng, &w->drops);
	must(w->c != NULL);
	radius_client_wall(w->c, w->now, 1700000000000);
}

static void
record(struct world *w, struct rd *r)
{
	uint8_t op = rd_u8(r) % 9, b[4] = { 0 };

	if (op == 0) {
		ask(w, rd_u8(r));
	} else if (op == 1) {
		pass(w, rd_u16(r) * UINT64_C(10));
	} else if (op == 2) {
		rd_copy(r, b, sizeof(b));
		reply(w, b[0], b[1], b[2], b[3]);
	} else if (op == 3) {
		b[0] = rd_u8(r);
		b[1] = rd_u8(r);
		on_port(w, op, b[0], rd_sub(r, b[1] < rd_left(r) ? b[1] :
		    rd_left(r)));
	} else if (op <= 6) {
		on_port(w, op, rd_u8(r), rd_make(NULL, 0));
	} else if (op == 7) {
		thaw(w);
	} else {
		b[0] = rd_u8(r);
		radius_client_cancel(w->c, w->now, w->question[b[0]]);
		settle(w);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_make(data, size < 4096 ? size : 4096);
	struct world *w = calloc(1, sizeof(*w));
	uint8_t head = rd_u8(&r);
	unsigned records = 0;

	must(w != NULL);
	start(w, head, rd_u8(&r));
	while (rd_left(&r) > 0 && records++ < 400 && w->passed < HOUR_MS)
		record(w, &r);
	/* In the end each question has ended. */
	pass(w, 100000);
	must(radius_client_waiting(w->c) == 0);
	radius_client_free(w->c);
	free(w);
	return 0;
}
