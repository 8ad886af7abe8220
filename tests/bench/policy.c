/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a policy costs: packets with and without one through the whole of one
 * worker (AES-256-CBC, HMAC-SHA1), in turns, in one run.
 *
 *	make tests/bench/policy && tests/bench/policy [ROUNDS]
 *
 * One line of JSON: nanoseconds of CPU for a packet of 64 and of 1,400 bytes
 * with no policy; its ratio to that with a rate, with 1 and with 64 rules (of
 * which the last fits) and a rate, and with that and 1,000 routes of other
 * sessions.  Smallest of the rounds each.  Not part of ./check: clocks belong
 * here.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/crypto.h"
#include "base/inet.h"
#include "base/rng.h"
#include "dp/worker.h"
#include "ipsec/esp.h"

#define BATCH	256
#define SLOT	2048
#define STEPS	64		/* of a batch, for one measurement */
#define PHONE	0x0a090001u
#define HOST	0x08080808u
#define ROUTES	1000

struct bench {
	struct dp_io io;
	struct dp *dp;
	struct esp_crypt *crypt;
	struct esp_out out;	/* the phone's */
	uint64_t us;
	unsigned udp_n, tun_n;	/* packets waiting */
	unsigned sent;
	struct pkt udp[BATCH], tun[BATCH];
	uint8_t udp_b[BATCH][SLOT], tun_b[BATCH][SLOT];
};

enum kind { NONE, RATE, RULE_1, RULES_64, WITH_ROUTES, KINDS };

static const char *const kind_names[KINDS] = { "none", "rate", "rules_1",
	"rules_64", "rules_64_routes" };

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "policy: %s\n", what);
	exit(1);
}

static unsigned
give(struct pkt *v, const struct pkt *from, unsigned *n)
{
	unsigned got = *n;

	memcpy(v, from, got * sizeof(*v));
	*n = 0;
	return got;
}

static unsigned
recv_udp(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct bench *b = (struct bench *)(void *)io;

	(void)max;
	return give(v, b->udp, &b->udp_n);
}

static unsigned
recv_tun(struct dp_io *io, struct pkt *v, unsigned max)
{
	struct bench *b = (struct bench *)(void *)io;

	(void)max;
	return give(v, b->tun, &b->tun_n);
}

static unsigned
send_any(struct dp_io *io, struct pkt *const *v, unsigned n)
{
	(void)v;
	((struct bench *)(void *)io)->sent += n;
	return n;
}

static uint32_t
udp4(uint8_t *p, uint32_t src, uint32_t dst, uint32_t len)
{
	memset(p, 0, len);
	p[0] = 0x45;
	inet_put16(p, 2, (uint16_t)len);
	p[8] = 64;
	p[9] = 17;
	inet_put32(p, 12, src);
	inet_put32(p, 16, dst);
	inet_put16(p, 10, inet_fold(inet_sum(p, 20, 0)));
	inet_put16(p, 20, 40000);
	inet_put16(p, 22, 443);
	inet_put16(p, 24, (uint16_t)(len - 20));
	return len;
}

/* A batch each way. */
static void
fill(struct bench *b, bool up, uint32_t len)
{
	struct esp_item item[BATCH];

	for (unsigned i = 0; i < BATCH && !up; i++)
		b->tun[i] = (struct pkt){ .p = b->tun_b[i], .via = PKT_TUN,
			.len = udp4(b->tun_b[i], HOST, PHONE, len) };
	b->tun_n = up ? 0 : BATCH;
	b->udp_n = up ? BATCH : 0;
	if (!up)
		return;
	for (unsigned i = 0; i < BATCH; i++) {
		uint8_t *p = b->udp_b[i] + 128;

		inet_put16(p, 0, 1701);
		inet_put16(p, 2, 1701);
		inet_put16(p, 4, (uint16_t)(18 + len));
		inet_put16(p, 6, 0);
		memcpy(p + 8, "\x00\x02\x00\x0b\x00\x16\xff\x03\x00\x21", 10);
		(void)udp4(p + 18, PHONE, HOST, len);
		item[i] = (struct esp_item){ .sa.out = &b->out, .p = p,
			.len = 18 + len, .back = 256 };
	}
	esp_seal(b->crypt, item, BATCH);
	for (unsigned i = 0; i < BATCH; i++)
		b->udp[i] = (struct pkt){ .p = item[i].p, .len = item[i].len,
			.via = PKT_NATT };
}

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0, "no clock");
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Nanoseconds of one packet. */
static double
measure(struct bench *b, bool up, uint32_t len)
{
	struct dp_note note;
	uint64_t ns = 0, before;

	b->sent = 0;
	for (unsigned i = 0; i < STEPS; i++) {
		fill(b, up, len);
		b->us += 1000;
		before = cpu_ns();
		(void)worker_step(b->dp, 0, mono_us(b->us));
		ns += cpu_ns() - before;
		while (dp_take(b->dp, 0, &note))
			;
	}
	must(b->sent == STEPS * BATCH, "a packet was lost");
	return (double)ns / (STEPS * BATCH);
}

static void
set_rules(struct bench *b, uint32_t number, uint32_t n)
{
	struct acl_rule r[ACL_RULES_MAX];
	char text[100], why[100];

	for (uint32_t i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text), "deny both udp from"
		    " 10.9.0.0/24 to 10.%u.0.0/16 port 443", (unsigned)i);
		if (i == n - 1)
			(void)snprintf(text, sizeof(text),
			    "permit both any from any to any");
		must(acl_rule_parse(text, &r[i], why, sizeof(why)), why);
	}
	must(dp_workers.acl_set(b->dp, number, r, n), "no ACL");
}

static void
choose(struct bench *b, enum kind kind)
{
	struct dp_policy po = { .rx_bps = DP_RATE_MAX, .tx_bps = DP_RATE_MAX };

	if (kind == RULE_1)
		po.acl = 1;
	if (kind == RULES_64 || kind == WITH_ROUTES)
		po.acl = 2;
	must(dp_workers.sess_policy(b->dp, 1, kind == NONE ? NULL : &po),
	    "no policy");
	for (uint32_t i = 0; i < ROUTES; i++) {
		struct dp_net net = { .peer4 = ipaddr_v4(0x0a0a0000 + i),
			.mtu = 1400, .route_n = kind == WITH_ROUTES };

		/* Of six lengths. */
		net.route[0].bits = (uint8_t)(24 + i % 6);
		net.route[0].addr = ipaddr_v4(0x0b000000 + (i << 8));
		must(dp_workers.sess_open(b->dp, 100 + i, &net), "no route");
	}
}

static void
make(struct bench *b, struct rng *rng)
{
	struct dp_params params = { .workers = 1, .sas = 4,
		.sessions = ROUTES + 1, .rng = rng };
	struct dp_sa sa = { .sa = 1, .path = 1, .spi_in = 0x1001,
		.spi_out = 0x1002, .encap = true, .port_here = 1701,
		.port_there = 1701, .window = 1024, .seq_limit = UINT32_MAX,
		.suite = { ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 } };
	struct dp_sess sess = { .sess = 1, .path = 1, .tunnel_id = 11,
		.session_id = 22, .peer_tunnel_id = 1, .peer_session_id = 1 };
	const struct dp_net net = { .peer4 = ipaddr_v4(PHONE), .mtu = 1400 };
	static const uint8_t seed[16] = { 1 };

	rng_seeded(rng, 1);
	b->io = (struct dp_io){ .recv_udp = recv_udp, .recv_tun = recv_tun,
		.send_udp = send_any, .send_tun = send_any };
	b->dp = dp_new(&params);
	b->crypt = esp_crypt_new(ESP_ENGINE_AUTO, seed);
	must(b->dp != NULL && b->crypt != NULL, "no memory");
	must(esp_out_init(&b->out, sa.spi_in, &sa.suite, sa.keys_in, 0,
	    UINT32_MAX), "no key");
	dp_attach(b->dp, 0, &b->io);
	must(dp_workers.sa_add(b->dp, &sa), "no SA");
	dp_workers.sa_use(b->dp, 1);
	must(dp_workers.sess_add(b->dp, &sess) &&
	    dp_workers.sess_open(b->dp, 1, &net), "no session");
	for (uint32_t i = 0; i < ROUTES; i++) {
		sess.sess = 100 + i;
		sess.session_id = (uint16_t)(100 + i);
		must(dp_workers.sess_add(b->dp, &sess), "no session");
	}
	set_rules(b, 1, 1);
	set_rules(b, 2, ACL_RULES_MAX);
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 64, 1400 };
	int rounds = argc > 1 ? atoi(argv[1]) : 30;
	double best[2][2][KINDS] = { { { 0 } } };
	struct bench *b = calloc(1, sizeof(*b));
	struct rng rng;

	crypto_init();
	must(b != NULL && rounds > 0, "expected a number of rounds");
	make(b, &rng);
	for (int round = 0; round < rounds; round++)
		for (unsigned k = 0; k < KINDS; k++) {
			choose(b, k);
			for (unsigned i = 0; i < 4; i++) {
				double *at = &best[i / 2][i % 2][k];
				double ns = measure(b, i / 2 == 0,
				    sizes[i % 2]);

				if (*at <= 0 || ns < *at)
					*at = ns;
			}
		}
	(void)printf("{");
	for (unsigned i = 0; i < 4; i++) {
		const double *at = best[i / 2][i % 2];

		(void)printf("%s\"%s_%u\": {\"none_ns\": %.1f", i == 0 ? "" :
		    ", ", i / 2 == 0 ? "up" : "down", sizes[i % 2], at[NONE]);
		for (unsigned k = RATE; k < KINDS; k++)
			(void)printf(", \"%s\": %.3f", kind_names[k],
			    at[NONE] / at[k]);
		(void)printf("}");
	}
	(void)printf("}\n");
	dp_free(b->dp);
	esp_crypt_free(b->crypt);
	esp_out_wipe(&b->out);
	free(b);
	return 0;
}
