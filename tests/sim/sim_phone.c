/* SPDX-License-Identifier: BSD-2-Clause */
/* The phones' side of the simulator: see sim.h. */

#include <stdlib.h>
#include <string.h>

#include "base/inet.h"
#include "tests/sim/sim_int.h"

#define NAT_IDLE_S	180
#define ICMP6		58
#define SOLICIT		133
#define ADVERT		134
#define FORGED		32	/* one packet in so many has a false source */

static void
phone_send(struct sim *s, uint32_t i, const struct peer_act *a)
{
	struct sim_phone *p = &s->phone[i].pub;
	enum wire_kind kind = a->encap == PEER_ESP ? WIRE_ESP : WIRE_UDP;
	struct rd ike = a->data;

	if (!sim_ike_of(kind, a->local.port, &ike) && rd_left(&a->data) > 1)
		sim_fault(s, check_esp(s->check, i + 1, &a->remote.addr,
		    a->data));
	wire_send(s->wire, s->now, p->host, kind, &a->local, &a->remote,
	    a->data);
}

static void
phone_down(struct sim *s, uint32_t i, const struct peer_act *a)
{
	struct sim_phone *p = &s->phone[i].pub;

	p->up = false;
	p->downs++;
	p->failed_at = a->stage;
	(void)snprintf(p->reason, sizeof(p->reason), "%s", a->text);
	sim_shown(s, a->text, strlen(a->text));
	trail_add(&s->trail, s->now, "phone%u DOWN %s", i, a->text);
}

static void
phone_up(struct sim *s, uint32_t i, const struct peer_act *a)
{
	struct sim_phone *p = &s->phone[i].pub;
	char addr[IPADDR_STRLEN];

	p->link = *a->up;
	p->came_up = s->now;
	p->ups++;
	p->up = true;
	trail_add(&s->trail, s->now, "phone%u UP %s mtu=%u", i,
	    ipaddr_str(&p->link.net.ours, addr), p->link.mtu);
	if (p->refused)
		sim_break(s, "phone %u got in with a wrong secret", i);
	if (p->talk_us != 0) {
		s->phone[i].talk_at = s->now;
		due_set(&s->talk_due, i, s->now);
	}
}

/*
 * A host's part of RFC 4861 and 4862, written from the RFCs alone: it asks, and
 * takes the prefix option of the answer.
 */
static void
phone_solicit(struct sim *s, uint32_t i)
{
	struct phone *p = &s->phone[i];
	uint8_t b[48] = { 0x60, 0, 0, 0, 0, 8, ICMP6, 255, 0xfe, 0x80 };
	struct wr w = wr_make(b + 16, 8);
	struct rd packet = rd_make(b, sizeof(b));

	wr_u64(&w, p->pub.link.net6.ours);
	b[24] = 0xff;
	b[25] = b[39] = 2;		/* all routers */
	b[40] = SOLICIT;
	inet_put16(b, 42, inet_fold(inet_sum(b + 8, 40, ICMP6 + 8)));
	(void)peer_tun(p->pub.peer, s->now, &packet, 1, &s->peer_out);
}

/* Is it an advertisement?  Then its prefix is ours. */
static bool
phone_advert(struct sim *s, uint32_t i, struct rd packet)
{
	struct sim_phone *p = &s->phone[i].pub;
	char text[IPADDR_STRLEN];
	const uint8_t *b = packet.p;

	if (rd_left(&packet) < 88 || b[0] >> 4 != 6 || b[6] != ICMP6 ||
	    b[40] != ADVERT)
		return false;
	sim_want(s, b[7] == 255 && inet_fold(inet_sum(b + 8,
	    rd_left(&packet) - 8, ICMP6 + (uint32_t)rd_left(&packet) - 40)) ==
	    0, "phone %u: an advertisement that a host would not take", i);
	sim_want(s, b[56] == 3 && b[57] == 4 && b[58] == 64 && b[59] == 0x40,
	    "phone %u: an advertisement without its prefix", i);
	rd_skip(&packet, 72);
	p->prefix = ipaddr_decode(&packet, IP_V6);
	p->told = true;
	trail_add(&s->trail, s->now, "phone%u ADVERT %s", i,
	    ipaddr_str(&p->prefix, text));
	return true;
}

static void
phone_packet(struct sim *s, uint32_t i, struct rd packet)
{
	struct phone *p = &s->phone[i];
	struct sim_talk t;

	if (phone_advert(s, i, packet))
		return;
	if (!sim_talk_decode(packet, &t) || t.down != 1 || t.phone != i)
		return sim_break(s, "phone %u got a packet that is not its own",
		    i);
	if (sim_seen_twice(&p->back, t.number))
		return sim_break(s, "I2: echo %u came to phone %u twice",
		    t.number, i);
	p->pub.echoed++;
}

void
sim_phone_drain(struct sim *s, uint32_t i)
{
	struct sim_phone *p = &s->phone[i].pub;
	bool was_up = p->up, ask = false;

	for (unsigned k = 0; k < s->peer_out.n; k++) {
		const struct peer_act *a = &s->peer_out.act[k];

		switch (a->kind) {
		case PEER_SEND:
			phone_send(s, i, a);
			break;
		case PEER_IP:
			phone_packet(s, i, a->data);
			break;
		case PEER_ASK_DH:
			sim_job_add(s, false, i, a->dh);
			break;
		case PEER_STAGE:
			trail_add(&s->trail, s->now, "phone%u stage %s", i,
			    peer_stage_str(a->stage));
			break;
		case PEER_UP:
			phone_up(s, i, a);
			break;
		case PEER_UP6:
			p->link.net6 = a->up->net6;
			ask = true;
			break;
		case PEER_DOWN:
			phone_down(s, i, a);
			break;
		}
	}
	peer_out_reset(&s->peer_out);
	if (ask && p->peer != NULL) {
		phone_solicit(s, i);
		for (unsigned k = 0; k < s->peer_out.n; k++)
			phone_send(s, i, &s->peer_out.act[k]);
		peer_out_reset(&s->peer_out);
	}
	if (p->up && !peer_is_up(p->peer))
		p->up = false;
	s->stats.up += (uint32_t)p->up - (uint32_t)was_up;
	due_set(&s->phone_due, i, peer_deadline(p->peer));
	if (peer_stage(p->peer) == PEER_DEAD) {
		peer_free(p->peer);
		p->peer = NULL;
	}
}

/* Remembers an ESP packet, if this is a run in which phones are frozen. */
static void
phone_note(struct sim *s, uint32_t i, const struct wire_got *g)
{
	struct phone *p = &s->phone[i];
	struct rd r = g->data;

	if (s->stage.freeze_phone == 0 || rd_left(&r) <= 1 ||
	    sim_ike_of(g->kind, g->local.port, &r))
		return;
	if (p->last == NULL)
		p->last = calloc(1, sizeof(*p->last));
	if (p->last == NULL)
		return;
	p->last->got = *g;
	p->last->len = rd_left(&r);
	rd_copy(&r, p->last->b, p->last->len);
}

static void
phone_take(struct sim *s, uint32_t i, const struct wire_got *g)
{
	struct peer_gram gram = { .encap = g->kind == WIRE_ESP ? PEER_ESP :
		PEER_UDP, .local = g->local, .remote = g->remote,
		.data = g->data };

	if (peer_input(s->phone[i].pub.peer, s->now, &gram, 1,
		&s->peer_out) != 1)
		sim_break(s, "phone %u took no datagram into an empty box", i);
}

void
sim_phone_input(struct sim *s, uint32_t i, const struct wire_got *g)
{
	if (s->phone[i].pub.peer == NULL)
		return;
	phone_note(s, i, g);
	phone_take(s, i, g);
	sim_phone_drain(s, i);
}

void
sim_phone_expire(struct sim *s, uint32_t i)
{
	for (unsigned n = 0; s->phone[i].pub.peer != NULL &&
	    mono_due(peer_deadline(s->phone[i].pub.peer), s->now); n++) {
		if (n == SIM_EXPIRE_TURNS)
			return sim_break(s, "I9: the timer of phone %u does "
			    "not advance", i);
		sim_fault(s, check_late(peer_deadline(s->phone[i].pub.peer),
		    s->now, s->awake));
		peer_expire(s->phone[i].pub.peer, s->now, &s->peer_out);
		sim_phone_drain(s, i);
	}
}

/* N-36: every source that is not in the phone's own network. */
static void
phone_forge6(struct sim *s, struct ipaddr *src)
{
	static const char *const others[] = { "fe80::1", "::1", "ff02::1",
		"::", "2001:db8:ffff::1" };
	uint32_t k = sim_draw(s, 0, 7);

	if (k < sizeof(others) / sizeof(others[0]))
		(void)ipaddr_parse(others[k], src);
	else
		src->b[7] ^= (uint8_t)sim_draw(s, 1, 7);
}

/* The next packet with its number, or one with a false source. */
static void
phone_sources(struct sim *s, struct phone *p, struct sim_talk *t, bool six)
{
	bool forged = sim_draw(s, 1, FORGED) == 1;
	struct wr w;

	t->dst = ipaddr_v4(SIM_BEHIND);
	t->src = p->pub.link.net.ours;
	if (six) {
		(void)ipaddr_parse(SIM_BEHIND6, &t->dst);
		t->src = p->pub.prefix;
		w = wr_make(t->src.b + 8, 8);
		wr_u64(&w, p->pub.link.net6.ours);
	}
	if (!forged)
		t->number = p->pub.packets++;
	else if (six)
		phone_forge6(s, &t->src);
	else			/* somebody else's address */
		t->src = ipaddr_v4(ipaddr_as_v4(&t->src) + sim_draw(s, 1, 3));
}

void
sim_phone_probe(struct sim *s, uint32_t i)
{
	struct peer *p = s->phone[i].pub.peer;
	mono_t when;

	if (p == NULL)
		return;
	when = peer_deadline(p);
	if (mono_due(when, s->now))
		return;
	peer_expire(p, s->now, &s->peer_out);
	sim_fault(s, check_early(when, s->now, s->peer_out.n != 0,
	    peer_deadline(p)));
}

void
sim_phone_talk(struct sim *s, uint32_t i)
{
	struct phone *p = &s->phone[i];
	uint8_t buf[SIM_TALK_MAX];
	struct sim_talk t = { .phone = i };
	struct rd packet;
	size_t len;
	bool six;

	if (p->pub.talk_us == 0)
		return;
	p->talk_at = mono_add_us(s->now, p->pub.talk_us);
	due_set(&s->talk_due, i, p->talk_at);
	if (p->pub.peer == NULL || !peer_is_up(p->pub.peer))
		return;
	six = p->pub.told && peer_is_up6(p->pub.peer) &&
	    sim_draw(s, 0, 1) == 1;
	phone_sources(s, p, &t, six);
	len = sim_draw(s, six ? SIM_TALK_MIN6 : SIM_TALK_MIN, p->pub.link.mtu < SIM_TALK_MAX ?
	    p->pub.link.mtu : SIM_TALK_MAX);
	packet = rd_make(buf, sim_talk_encode(buf, sizeof(buf), &t, len));
	(void)peer_tun(p->pub.peer, s->now, &packet, 1, &s->peer_out);
	sim_phone_drain(s, i);
}

/* The network doubles the newest ESP packet: false if there is none. */
static bool
phone_again(struct sim *s, uint32_t i)
{
	struct sim_last *l = s->phone[i].last;

	if (l == NULL || l->len == 0)
		return false;
	l->got.data = rd_make(l->b, l->len);
	phone_take(s, i, &l->got);
	return true;
}

/* NULL: it is larger than it said; else to be freed. */
static uint8_t *
phone_bytes(const struct peer *p, size_t *size)
{
	uint8_t *bytes;
	struct wr w;

	*size = peer_frozen_size(p);
	bytes = malloc(*size);
	w = wr_make(bytes, bytes == NULL ? 0 : *size);
	peer_freeze(p, &w);
	*size = wr_used(&w);
	if (!w.bad)
		return bytes;
	free(bytes);
	return NULL;
}

/* I2: what came before the freeze is known after it, too. */
static void
phone_replay(struct sim *s, uint32_t i, const uint8_t *before, size_t size)
{
	uint8_t *after;
	size_t n;

	if (!phone_again(s, i))
		return;
	after = phone_bytes(s->phone[i].pub.peer, &n);
	if (after == NULL || s->peer_out.n != 0 || n != size ||
	    memcmp(before, after, n) != 0)
		sim_break(s, "I2: phone %u took an ESP packet twice, once "
		    "before and once after a freeze", i);
	free(after);
	peer_out_reset(&s->peer_out);
}

void
sim_phone_freeze(struct sim *s, uint32_t i)
{
	struct sim_phone *p = &s->phone[i].pub;
	size_t size;
	uint8_t *bytes;
	struct rd r;
	mono_t when;

	if (p->peer != NULL && phone_again(s, i))
		sim_phone_drain(s, i);
	if (p->peer == NULL)
		return;
	when = peer_deadline(p->peer);
	bytes = phone_bytes(p->peer, &size);
	if (bytes == NULL)
		return sim_break(s, "a frozen phone is larger than it said");
	peer_free(p->peer);
	r = rd_make(bytes, size);
	p->peer = peer_thaw(&p->kit.params, &s->engines, s->crypt, NULL, &r);
	s->stats.phone_freezes++;
	trail_add(&s->trail, s->now, "phone%u FROZEN %zu bytes", i, size);
	if (p->peer == NULL)
		sim_break(s, "phone %u did not thaw", i);
	else
		phone_replay(s, i, bytes, size);
	free(bytes);
	if (p->peer == NULL)
		return;
	sim_fault(s, check_thawed(when, peer_deadline(p->peer)));
	due_set(&s->phone_due, i, peer_deadline(p->peer));
}

void
sim_phone_forget(struct sim *s, uint32_t i)
{
	struct sim_phone *p = &s->phone[i].pub;

	s->stats.up -= p->up;
	p->up = false;
	peer_free(p->peer);
	p->peer = NULL;
	due_set(&s->phone_due, i, MONO_NEVER);
}

void
sim_phone_anew(struct sim *s, uint32_t i, uint32_t wait_ms)
{
	struct peer *p = s->phone[i].pub.peer;

	if (p == NULL)
		return;
	peer_anew(p, s->now, wait_ms);
	if (s->phone[i].last != NULL)
		s->phone[i].last->len = 0;
	due_set(&s->phone_due, i, peer_deadline(p));
}

void
sim_phone_dial(struct sim *s, uint32_t i)
{
	struct sim_phone *p = &s->phone[i].pub;

	if (p->peer != NULL)
		return;
	p->told = false;
	p->peer = peer_new(&p->kit.params, &s->engines, s->crypt, NULL);
	if (p->peer == NULL)
		return sim_break(s, "no memory for phone %u", i);
	p->dialled = s->now;
	if (s->phone[i].last != NULL)
		s->phone[i].last->len = 0;
	peer_dial(p->peer, s->now, &s->peer_out);
	sim_phone_drain(s, i);
}

void
sim_phone_command(struct sim *s, enum sim_do what, uint32_t i)
{
	struct sim_phone *p = &s->phone[i].pub;

	if (p->peer == NULL)
		return;
	if (what == SIM_CLOSE) {
		peer_close(p->peer, s->now, &s->peer_out);
	} else {
		p->rekeys++;
		s->stats.rekeys += peer_is_up(p->peer);
		peer_rekey(p->peer, s->now, what == SIM_REKEY1 ? 1 : 2,
		    &s->peer_out);
	}
	sim_phone_drain(s, i);
}

void
sim_phone_l2tp(struct sim *s, uint32_t i, struct rd control)
{
	if (s->phone[i].pub.peer == NULL)
		return;
	peer_send_l2tp(s->phone[i].pub.peer, control, &s->peer_out);
	sim_phone_drain(s, i);
}

void
sim_phone_frame(struct sim *s, uint32_t i, struct rd frame)
{
	if (s->phone[i].pub.peer == NULL)
		return;
	peer_send_frame(s->phone[i].pub.peer, frame, &s->peer_out);
	sim_phone_drain(s, i);
}

/* Each phone in a /24 of its own. */
static struct ipaddr
outer_address(uint32_t i)
{
	return ipaddr_v4(0x14000001 + ((i & 0xffff) << 8) + (i >> 16));
}

static void
place_phone(struct sim *s, struct sim_phone *p, uint32_t i)
{
	struct ipaddr outer = outer_address(i), home = ipaddr_v4(0x0a000002);
	struct ipaddr common = ipaddr_v4(0x64000001);
	struct ipaddr middle = ipaddr_v4(0x64400002 + i);
	struct wr w;

	switch (p->place) {
	case SIM_OPEN:
		home = outer;
		p->host = wire_host_add(s->wire, WIRE_TOP, &home);
		break;
	case SIM_SIX:
		(void)ipaddr_parse(SIM_SERVER6, &p->kit.params.remote.addr);
		home = p->kit.params.remote.addr;
		w = wr_make(home.b + 8, 4);
		wr_u32(&w, i + 1);
		p->host = wire_host_add(s->wire, WIRE_TOP, &home);
		break;
	case SIM_HOME:
		home = ipaddr_v4(0x0a000002 + sim_draw(s, 0, 200));
		p->nat = wire_nat_add(s->wire, WIRE_TOP, &outer, NAT_IDLE_S);
		p->host = wire_host_add(s->wire, p->nat, &home);
		break;
	case SIM_TWIN:
		if (s->common_nat == 0)
			s->common_nat = wire_nat_add(s->wire, WIRE_TOP, &common,
			    NAT_IDLE_S);
		p->nat = wire_nat_add(s->wire, s->common_nat, &middle,
		    NAT_IDLE_S);
		p->host = wire_host_add(s->wire, p->nat, &home);
		break;
	}
	p->kit.params.local = (struct endpoint){ home, IKE_PORT };
}

uint32_t
sim_phone_add(struct sim *s, enum sim_place place)
{
	uint32_t i = s->phones++;
	struct sim_phone *p = &s->phone[i].pub;
	char password[SIM_USER_TEXT];
	int len;

	p->place = place;
	peer_kit_default(&p->kit);
	p->kit.params.remote = (struct endpoint){ ipaddr_v4(SIM_SERVER),
		IKE_PORT };
	place_phone(s, p, i);
	p->kit.dial.psk = s->stage.lns.ike.psk[0];
	(void)snprintf(p->kit.ppp.user, sizeof(p->kit.ppp.user), "phone%u", i);
	len = snprintf(password, sizeof(password), "password%u", i);
	(void)secret_set(&p->kit.ppp.password, password, (size_t)len);
	return i;
}

struct sim_phone *
sim_phone(struct sim *s, uint32_t i)
{
	return &s->phone[i].pub;
}

void
sim_phone_spoil(struct sim *s, uint32_t i, bool psk)
{
	struct sim_phone *p = &s->phone[i].pub;

	p->refused = true;
	if (psk)
		p->kit.dial.psk.b[0] ^= 1;
	else
		p->kit.ppp.password.b[0] ^= 1;
}
