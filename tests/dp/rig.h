/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_DP_RIG_H
#define TESTS_DP_RIG_H

/*
 * A wire in memory for one worker, and a phone at its other end that seals
 * and opens with the mirrored keys.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/inet.h"
#include "dp/worker.h"
#include "ipsec/esp.h"

#define RIG_PKTS	512
#define RIG_BYTES	65600

struct rig_pkt {
	uint8_t via;
	uint16_t seg, run;
	uint32_t len;
	struct pkt_vnet vnet;
	struct endpoint local, remote;
	uint8_t b[RIG_BYTES];
};

struct rig_queue {
	unsigned n;
	struct rig_pkt *v;	/* RIG_PKTS of them */
};

struct rig_io {
	struct dp_io io;
	struct rig_queue udp_in, raw_in, tun_in, udp_out, raw_out, tun_out;
	unsigned wakes;
	bool refuse;		/* sends fail */
};

static inline unsigned
rig_recv(struct rig_queue *q, struct pkt *v, unsigned max)
{
	unsigned n = q->n < max ? q->n : max;

	assert_int_equal(n, q->n);
	for (unsigned i = 0; i < n; i++)
		v[i] = (struct pkt){
			.p = q->v[i].b, .len = q->v[i].len,
			.via = q->v[i].via, .seg = q->v[i].seg,
			.vnet = q->v[i].vnet,
			.local = q->v[i].local, .remote = q->v[i].remote,
		};
	q->n = 0;
	return n;
}

static inline struct rig_pkt *
rig_put(struct rig_queue *q, const void *p, size_t n)
{
	struct rig_pkt *r = &q->v[q->n++];

	assert_true(q->n <= RIG_PKTS && n <= RIG_BYTES);
	memset(r, 0, offsetof(struct rig_pkt, b));
	memcpy(r->b, p, n);
	r->len = (uint32_t)n;
	return r;
}

static inline unsigned
rig_send(struct rig_io *io, struct rig_queue *q, struct pkt *const *v,
    unsigned n)
{
	if (io->refuse)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		struct rig_pkt *r = rig_put(q, v[i]->p, v[i]->len);

		r->via = v[i]->via;
		r->run = v[i]->run;
		r->vnet = v[i]->vnet;
		r->local = v[i]->local;
		r->remote = v[i]->remote;
	}
	return n;
}

static inline unsigned
rig_recv_udp(struct dp_io *io, struct pkt *v, unsigned max)
{
	return rig_recv(&((struct rig_io *)io)->udp_in, v, max);
}

static inline unsigned
rig_recv_raw(struct dp_io *io, struct pkt *v, unsigned max)
{
	return rig_recv(&((struct rig_io *)io)->raw_in, v, max);
}

static inline unsigned
rig_recv_tun(struct dp_io *io, struct pkt *v, unsigned max)
{
	return rig_recv(&((struct rig_io *)io)->tun_in, v, max);
}

static inline unsigned
rig_send_udp(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	struct rig_io *r = (struct rig_io *)io;

	return rig_send(r, &r->udp_out, v, n);
}

static inline unsigned
rig_send_raw(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	struct rig_io *r = (struct rig_io *)io;

	return rig_send(r, &r->raw_out, v, n);
}

static inline unsigned
rig_send_tun(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	struct rig_io *r = (struct rig_io *)io;

	return rig_send(r, &r->tun_out, v, n);
}

static inline void
rig_wake(struct dp_io *io)
{
	((struct rig_io *)io)->wakes++;
}

static inline struct rig_io *
rig_io_new(void)
{
	struct rig_io *r = calloc(1, sizeof(*r));
	struct rig_queue *q[] = { &r->udp_in, &r->raw_in, &r->tun_in,
		&r->udp_out, &r->raw_out, &r->tun_out };

	r->io = (struct dp_io){
		.recv_udp = rig_recv_udp, .recv_raw = rig_recv_raw,
		.recv_tun = rig_recv_tun, .send_udp = rig_send_udp,
		.send_raw = rig_send_raw, .send_tun = rig_send_tun,
		.wake = rig_wake,
	};
	for (unsigned i = 0; i < 6; i++)
		q[i]->v = calloc(RIG_PKTS, sizeof(struct rig_pkt));
	return r;
}

static inline void
rig_io_free(struct rig_io *r)
{
	struct rig_queue *q[] = { &r->udp_in, &r->raw_in, &r->tun_in,
		&r->udp_out, &r->raw_out, &r->tun_out };

	for (unsigned i = 0; i < 6; i++)
		free(q[i]->v);
	free(r);
}

static inline struct endpoint
rig_end(const char *addr, uint16_t port)
{
	struct endpoint e = { .port = port };

	assert_true(ipaddr_parse(addr, &e.addr));
	return e;
}

/* One phone: its SA pair as the daemon sees it, and the mirror of it. */
struct rig_phone {
	struct dp_sa sa;
	struct dp_sess sess;
	struct dp_net net;
	struct esp_in in;
	struct esp_out out;
	uint16_t port;		/* inner UDP source */
	bool l_bit, s_bit, no_acfc;
};

static const struct esp_suite rig_suite = { ESP_ENC_AES_CBC, ESP_AUTH_SHA1,
	256 };

static inline void
rig_phone_rekey(struct rig_phone *ph, uint32_t sa, uint32_t spi)
{
	if (ph->in.key != NULL) {
		esp_in_wipe(&ph->in);
		esp_out_wipe(&ph->out);
	}
	ph->sa.sa = sa;
	ph->sa.spi_in = spi;
	ph->sa.spi_out = spi ^ 0x80000000u;
	for (unsigned i = 0; i < ESP_KEYMAT_MAX; i++) {
		ph->sa.keys_in[i] = (uint8_t)(i * 7 + spi);
		ph->sa.keys_out[i] = (uint8_t)(i * 5 + spi + 1);
	}
	assert_true(esp_in_init(&ph->in, ph->sa.spi_out, &ph->sa.suite,
	    ph->sa.keys_out, 64));
	assert_true(esp_out_init(&ph->out, ph->sa.spi_in, &ph->sa.suite,
	    ph->sa.keys_in, 0, 1u << 30));
}

/* Phone `n` of path n: 203.0.113.n:40000+n, session 10.9.x.y. */
static inline void
rig_phone_init(struct rig_phone *ph, uint32_t n)
{
	*ph = (struct rig_phone){
		.sa = {
			.path = n, .suite = rig_suite, .encap = true,
			.local = rig_end("198.51.100.1", 4500),
			.remote = rig_end("203.0.113.1", (uint16_t)(40000 + n)),
			.port_here = 1701, .port_there = 1701, .window = 64,
			.seq_limit = 1u << 30,
		},
		.sess = {
			.sess = 5000 + n, .path = n,
			.tunnel_id = 11, .session_id = 22,
			.peer_tunnel_id = 1, .peer_session_id = 1,
		},
		.net = { .peer4 = ipaddr_v4(0x0a090000 + n), .mtu = 1400 },
		.port = 1701,
	};
	rig_phone_rekey(ph, 1000 + n, 0x1000 + n);
}

static inline void
rig_phone_wipe(struct rig_phone *ph)
{
	esp_in_wipe(&ph->in);
	esp_out_wipe(&ph->out);
}

/* Adds the phone to the data plane, open for IP. */
static inline void
rig_phone_add(struct rig_phone *ph, struct dp *dp)
{
	assert_true(dp_workers.sa_add(dp, &ph->sa));
	dp_workers.sa_use(dp, ph->sa.sa);
	assert_true(dp_workers.sess_add(dp, &ph->sess));
	assert_true(dp_workers.sess_open(dp, ph->sess.sess, &ph->net));
}

static inline struct esp_crypt *
rig_crypt(void)
{
	static const uint8_t seed[16] = { 1, 2, 3 };

	return esp_crypt_new(ESP_ENGINE_AUTO, seed);
}

/* A datagram for the inner UDP port 1701, sealed; into the daemon's queue. */
static inline struct rig_pkt *
rig_phone_udp(struct rig_phone *ph, struct rig_io *io, struct esp_crypt *c,
    uint16_t from, uint16_t to, const void *p, size_t n)
{
	static uint8_t buf[RIG_BYTES];
	struct esp_item it = { .sa.out = &ph->out, .p = buf + 64,
		.len = (uint32_t)n + 8, .back = 1024 };
	struct rig_pkt *r;

	inet_put16(it.p, 0, from);
	inet_put16(it.p, 2, to);
	inet_put16(it.p, 4, (uint16_t)(n + 8));
	inet_put16(it.p, 6, 0xdead);	/* never verified */
	memcpy(it.p + 8, p, n);
	esp_seal(c, &it, 1);
	assert_int_equal(it.drop, DROP_NONE);
	r = rig_put(ph->sa.encap ? &io->udp_in : &io->raw_in, it.p, it.len);
	r->via = ph->sa.encap ? PKT_NATT : PKT_ESP;
	r->local = ph->sa.local;
	r->remote = ph->sa.remote;
	return r;
}

/* A PPP frame (with head) in a data message. */
static inline struct rig_pkt *
rig_phone_ppp(struct rig_phone *ph, struct rig_io *io, struct esp_crypt *c,
    const void *frame, size_t n)
{
	static uint8_t buf[RIG_BYTES];
	struct wr w = wr_make(buf, sizeof(buf));

	wr_u16(&w, (uint16_t)(2 | (ph->l_bit ? 0x4000 : 0) |
	    (ph->s_bit ? 0x0800 : 0)));
	if (ph->l_bit)
		wr_u16(&w, (uint16_t)(8 + n + (ph->s_bit ? 4 : 0)));
	wr_u16(&w, ph->sess.tunnel_id);
	wr_u16(&w, ph->sess.session_id);
	if (ph->s_bit)
		wr_u32(&w, 0);
	wr_bytes(&w, frame, n);
	return rig_phone_udp(ph, io, c, ph->port, 1701, buf, wr_used(&w));
}

static inline struct rig_pkt *
rig_phone_ip(struct rig_phone *ph, struct rig_io *io, struct esp_crypt *c,
    const void *ip, size_t n)
{
	static uint8_t buf[RIG_BYTES];

	memcpy(buf, "\xff\x03\x00\x21", 4);
	memcpy(buf + 4, ip, n);
	return rig_phone_ppp(ph, io, c, buf, n + 4);
}

/* Opens what the daemon sent; yields the L2TP message.  NULL: refused. */
static inline uint8_t *
rig_phone_open(struct rig_phone *ph, struct esp_crypt *c, struct rig_pkt *r,
    uint32_t *len)
{
	struct esp_item it = { .sa.in = &ph->in, .p = r->b, .len = r->len };

	esp_open(c, &it, 1);
	if (it.drop != DROP_NONE)
		return NULL;
	assert_int_equal(inet_u16(it.p, 0), 1701);
	assert_int_equal(inet_u16(it.p, 4), it.len);
	*len = it.len - 8;
	return it.p + 8;
}

/* A plain IPv4 packet with right checksums: UDP ports 7 to 9. */
static inline size_t
rig_ip4(uint8_t *b, uint32_t src, uint32_t dst, size_t payload, bool df)
{
	size_t n = 28 + payload;

	memset(b, 0, 28);
	b[0] = 0x45;
	inet_put16(b, 2, (uint16_t)n);
	inet_put16(b, 4, 0x1234);
	inet_put16(b, 6, df ? 0x4000 : 0);
	b[8] = 64;
	b[9] = 17;
	inet_put32(b, 12, src);
	inet_put32(b, 16, dst);
	inet_put16(b, 10, inet_fold(inet_sum(b, 20, 0)));
	inet_put16(b, 20, 7);
	inet_put16(b, 22, 9);
	inet_put16(b, 24, (uint16_t)(8 + payload));
	for (size_t i = 0; i < payload; i++)
		b[28 + i] = (uint8_t)(i * 3 + payload);
	inet_put16(b, 26, inet_fold(inet_sum(b + 20, 8 + payload,
	    inet_sum_pseudo(b + 12, b + 16, 4, 17, (uint32_t)(8 + payload)))));
	return n;
}

static inline struct dp *
rig_dp(unsigned workers, bool peers)
{
	static struct rng rng;
	struct dp_params p = {
		.workers = workers, .sas = 4096, .sessions = 2048,
		.peer_to_peer = peers, .rng = &rng,
		.gateway4 = ipaddr_v4(0x0a0900fe),
	};
	struct dp *dp;

	rng_seeded(&rng, 42);
	dp = dp_new(&p);
	assert_non_null(dp);
	return dp;
}

static inline uint64_t
rig_drop(const struct dp *dp, enum drop why)
{
	uint64_t n[DROP_COUNT];

	dp_drops(dp, n);
	return n[why];
}

#endif
