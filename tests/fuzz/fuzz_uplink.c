/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole datagrams through a worker.  The first byte says what the rest is: a
 * datagram as it stands (0), or what stands inside ESP: an UDP datagram (1),
 * an L2TP message (2), a PPP frame (3), an IPv4 (4) or an IPv6 packet (6) of a
 * phone whose keys are ours; or a frame from the TUN (5).  Nothing may reach
 * the TUN that does not come from the phone's address or network.
 */

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/inet.h"
#include "dp/worker.h"
#include "ipsec/esp.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRONT	128
#define PHONE	0x0a090001u

struct world {
	struct dp_io io;
	struct dp *dp;
	struct esp_crypt *crypt;
	struct esp_out out;
	struct dp_sa sa;
	uint8_t buf[FRONT + 4096];
	struct pkt in;
	unsigned waiting;	/* 1: a datagram, 2: a frame */
};

static unsigned
recv_udp(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct world *w = (struct world *)(void *)io;

	if (w->waiting != 1 || max == 0)
		return 0;
	w->waiting = 0;
	v[0] = w->in;
	return 1;
}

static unsigned
recv_tun(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct world *w = (struct world *)(void *)io;

	if (w->waiting != 2 || max == 0)
		return 0;
	w->waiting = 0;
	v[0] = w->in;
	return 1;
}

static unsigned
send_udp(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	(void)io;
	for (unsigned i = 0; i < n; i++)
		if (esp_spi(v[i]->p, v[i]->len) != 0x2000)
			abort();
	return n;
}

static unsigned
send_tun(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	(void)io;
	static const uint8_t own6[8] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1 };

	for (unsigned i = 0; i < n; i++) {
		if (v[i]->len >= 40 && v[i]->p[0] >> 4 == 6) {
			const uint8_t *dst = v[i]->p + 24;
			bool link = dst[0] == 0xff || (dst[0] == 0xfe &&
			    (dst[1] & 0xc0) == 0x80);

			/* "too big" goes to whoever sent the large packet */
			if (memcmp(v[i]->p + 8, own6, 8) != 0 ||
			    (link && (v[i]->p[6] != 58 || v[i]->p[40] != 2)))
				abort();
			continue;
		}
		if (v[i]->len < 20 || v[i]->p[0] >> 4 != 4)
			abort();
		/* the phone's, or our own "too big" */
		if (inet_u32(v[i]->p, 12) != PHONE &&
		    inet_u32(v[i]->p, 12) != 0x0a0900fe)
			abort();
	}
	return n;
}

static struct world *
world_new(void)
{
	static struct rng rng;
	const struct dp_params p = { .workers = 1, .sas = 4, .sessions = 4,
		.rng = &rng, .gateway4 = ipaddr_v4(0x0a0900fe) };
	const struct dp_sess sess = { .sess = 1, .path = 1, .tunnel_id = 11,
		.session_id = 22, .peer_tunnel_id = 1, .peer_session_id = 1 };
	const struct dp_net net = { .peer4 = ipaddr_v4(PHONE), .mtu = 576,
		.prefix6 = { { IP_V6, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1 } },
		64 } };
	struct world *w = calloc(1, sizeof(*w));

	crypto_init();
	rng_seeded(&rng, 1);
	w->io = (struct dp_io){ .recv_udp = recv_udp, .recv_tun = recv_tun,
		.send_udp = send_udp, .send_tun = send_tun };
	w->dp = dp_new(&p);
	dp_attach(w->dp, 0, &w->io);
	w->sa = (struct dp_sa){ .sa = 1, .path = 1, .spi_in = 0x1000,
		.spi_out = 0x2000, .encap = true, .port_here = 1701,
		.window = 64, .seq_limit = UINT32_MAX,
		.suite = { ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 128 },
		.local = { ipaddr_v4(0xc0000201), 4500 },
		.remote = { ipaddr_v4(0xc0000202), 4500 } };
	if (!dp_workers.sa_add(w->dp, &w->sa) ||
	    !dp_workers.sess_add(w->dp, &sess) ||
	    !dp_workers.sess_open(w->dp, 1, &net))
		abort();
	dp_workers.sa_use(w->dp, 1);
	w->crypt = esp_crypt_new(ESP_ENGINE_AUTO, (const uint8_t[16]){ 1 });
	if (!esp_out_init(&w->out, 0x1000, &w->sa.suite, w->sa.keys_in, 0,
	    UINT32_MAX))
		abort();
	return w;
}

/* Puts what belongs in front of the input, and seals it. */
static void
seal(struct world *w, unsigned depth, bool six, const uint8_t *data,
    size_t size)
{
	const uint8_t head[] = { 0x06, 0xa5, 0x06, 0xa5, 0, 0, 0, 0,
		0, 2, 0, 11, 0, 22, 0xff, 3, 0, six ? 0x57 : 0x21 };
	const size_t front[] = { 0, 8, 14, 18 };
	size_t n = front[depth - 1];
	struct esp_item it = { .sa.out = &w->out, .p = w->buf + FRONT,
		.len = (uint32_t)(n + size), .back = 1024 };

	memcpy(it.p, head, n);
	memcpy(it.p + n, data, size);
	if (n != 0)
		inet_put16(it.p, 4, (uint16_t)(n + size));
	esp_seal(w->crypt, &it, 1);
	if (it.drop != DROP_NONE)
		abort();
	w->in.p = it.p;
	w->in.len = it.len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* One for all inputs: a phone that goes on sending. */
	static struct world *w;
	struct dp_note note;
	unsigned kind;

	if (size < 1 || size > 2048)
		return 0;
	if (w == NULL)
		w = world_new();
	kind = data[0] % 7;
	w->in = (struct pkt){ .via = PKT_NATT, .local = w->sa.local,
		.remote = w->sa.remote, .p = w->buf + FRONT,
		.len = (uint32_t)size - 1 };
	if (kind >= 1 && kind <= 4)
		seal(w, kind, false, data + 1, size - 1);
	else if (kind == 6)
		seal(w, 4, true, data + 1, size - 1);
	else
		memcpy(w->in.p, data + 1, size - 1);
	w->waiting = 1;
	if (kind == 5) {
		w->waiting = 2;
		if (size > sizeof(w->in.vnet)) {
			memcpy(&w->in.vnet, data + 1, sizeof(w->in.vnet));
			w->in.p += sizeof(w->in.vnet);
			w->in.len -= (uint32_t)sizeof(w->in.vnet);
		}
	}
	(void)worker_step(w->dp, 0, mono_us(1));
	while (dp_take(w->dp, 0, &note))
		;
	return 0;
}
