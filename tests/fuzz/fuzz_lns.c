/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The concentrator over the recorder: the input is a list of what came from
 * the network, the data plane and the operator.  Its generator is seeded, so a
 * recorded login plays again, and changes of it begin deep inside.
 *
 *	op, then its bytes (numbers are big-endian):
 *	0 time (4: microseconds)
 *	1 datagram (1: port 4500, 4 + 2: from, 2: length, bytes)
 *	2 note (1: kind, 4: path, 4: sa, 4: sess, 2: length, bytes; of a
 *	  DP_SA_SEEN 1: control, 2 + 2: tunnel and session, or nothing)
 *	3 freeze and thaw
 *	4 kill (4: session)
 *	5 kill all of a user
 *	6 shut down
 *
 * However it goes: what was given to the data plane is taken back once, and
 * after a shutdown nothing is left.
 */

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "dp/record.h"
#include "lns/lns.h"
#include "lns/show.h"

#define STEPS_MAX	400
#define TURNS_MAX	10000

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	struct lns_params p;
	struct aaa_user user;
	struct rng rng;
	struct drops drops;
	struct dp *dp;
	struct lns *l;
	struct lns_out out;
	mono_t now;
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
drain(struct run *u)
{
	for (unsigned i = 0; i < u->out.n; i++) {
		struct ike_dh dh;

		if (u->out.act[i].kind != LNS_ASK_DH)
			continue;
		dh = *u->out.act[i].dh;
		ike_dh_run(&dh, &u->rng);
		lns_dh_done(u->l, u->now, &dh, &u->out);
	}
	lns_out_reset(&u->out);
	must(strstr(record_text(u->dp), " unknown") == NULL);
	record_clear(u->dp);
}

static void
expire(struct run *u)
{
	for (int i = 0; mono_due(lns_deadline(u->l), u->now); i++) {
		must(i < TURNS_MAX);
		lns_expire(u->l, u->now, &u->out);
		drain(u);
	}
}

static void
datagram(struct run *u, struct rd *r)
{
	struct endpoint here = { ipaddr_v4(0xcb007101), 500 }, from = { 0 };
	struct rd data;

	if (rd_u8(r) & 1)
		here.port = IKE_NATT_PORT;
	from.addr = ipaddr_v4(rd_u32(r));
	from.port = rd_u16(r);
	data = rd_sub(r, rd_u16(r));
	if (!r->bad)
		lns_input_ike(u->l, u->now, &here, &from, data, &u->out);
}

/* As the data plane would: only of what it has. */
static void
note(struct run *u, struct rd *r)
{
	struct dp_note n = { .kind = rd_u8(r) % (DP_SEQ_LOW + 1) };

	n.path = rd_u32(r);
	n.sa = rd_u32(r);
	n.sess = rd_u32(r);
	n.remote = (struct endpoint){ ipaddr_v4(0x14000001 + (n.sess & 3)),
	    4500 };
	n.local = (struct endpoint){ ipaddr_v4(0xcb007101), 4500 };
	n.data = rd_sub(r, rd_u16(r));
	if (n.kind == DP_SA_SEEN && rd_left(&n.data) > 0) {
		n.ids.control = rd_u8(&n.data) & 1;
		n.ids.tunnel_id = rd_u16(&n.data);
		n.ids.session_id = rd_u16(&n.data);
		n.ids.l2tp = !n.data.bad;
		n.data = rd_make(NULL, 0);
	}
	if (!r->bad)
		lns_input_note(u->l, u->now, &n, &u->out);
}

static void
freeze(struct run *u)
{
	size_t n = lns_frozen_size(u->l);
	uint8_t *b = malloc(n);
	struct wr w = wr_make(b, n);
	struct rd r;

	must(b != NULL);
	lns_freeze(u->l, &w);
	must(!w.bad);
	lns_free(u->l);
	r = wr_out(&w);
	u->l = lns_thaw(&u->p, &u->rng, &u->drops, &dp_recorder, u->dp, &r);
	must(u->l != NULL && rd_done(&r));
	free(b);
}

static void
step(struct run *u, struct rd *r)
{
	switch (rd_u8(r) % 7) {
	case 0:
		u->now = mono_add_us(u->now, rd_u32(r) & 0x7ffffff);
		expire(u);
		break;
	case 1:
		datagram(u, r);
		break;
	case 2:
		note(u, r);
		break;
	case 3:
		freeze(u);
		break;
	case 4:
		(void)lns_kill(u->l, u->now, rd_u32(r));
		break;
	case 5:
		(void)lns_kill_user(u->l, u->now, "alice");
		break;
	case 6:
		lns_shutdown(u->l, u->now);
		break;
	}
	drain(u);
}

/* The same as in tests/lns/rig.h, whose recordings the seeds are. */
static void
make(struct run *u)
{
	static const char psk[] = "a pre-shared key of this test";
	struct lns_params *p = &u->p;
	struct ike_limits *lim;

	must(crypto_init());
	rng_seeded(&u->rng, 7);
	u->now = mono_us(1000000);
	lns_params_default(p);
	lim = &p->ike.limits;
	lim->peers = 20;
	lim->half_open = lim->dh_pending = 17;
	lim->children = 24;
	lim->prefixes = 4096;
	lim->burst32 = lim->burst24 = lim->rate32 = lim->rate24 = 100000;
	lim->rate_all = 100000;
	must(secret_set(&p->ike.psk[0], psk, strlen(psk)));
	p->ike.psk_n = 1;
	p->ppp.methods = PPP_MSCHAPV2 | PPP_CHAP_MD5 | PPP_PAP;
	p->ppp.echo_s = 0;
	p->l2tp.tunnels = p->l2tp.sessions = 18;
	p->paths = p->sessions = 18;
	p->attempts_kept = 66;
	p->lockout_entries = 64;
	p->pool_n = 1;
	strcpy(p->pool[0].name, "main");
	p->pool[0].range_n = 1;
	p->pool[0].range[0] = (struct addrpool_range){ 0x0a010002, 0x0a010013 };
	p->address = ipaddr_v4(0x0a010001);
	p->dns[0] = ipaddr_v4(0x08080808);
	u->user = (struct aaa_user){ .name = "alice",
		.password = "correct horse", .password_len = 13 };
	p->users = (struct aaa_users){ &u->user, 1 };
	u->dp = record_new(16);
	must(u->dp != NULL);
	u->l = lns_new(p, &u->rng, &u->drops, &dp_recorder, u->dp);
	must(u->l != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run *u = calloc(1, sizeof(*u));
	struct rd r = rd_make(data, size);
	struct show_pool pool;
	uint32_t cursor = 0;

	must(u != NULL);
	make(u);
	for (int i = 0; i < STEPS_MAX && rd_left(&r) > 0; i++)
		step(u, &r);
	lns_shutdown(u->l, u->now);
	for (int i = 0; i < 500; i++) {
		expire(u);
		u->now = mono_add_s(u->now, 1);
	}
	must(lns_quiet(u->l));
	must(record_sas(u->dp) == 0 && record_sessions(u->dp) == 0);
	while (show_pool(u->l, &cursor, &pool))
		must(pool.used == 0);
	lns_free(u->l);
	record_free(u->dp);
	free(u);
	return 0;
}
