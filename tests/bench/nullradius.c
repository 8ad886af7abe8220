/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A RADIUS server that does as little as one can and be believed: it checks
 * what came (Message-Authenticator, Request Authenticator, password), says
 * Access-Accept or Accounting-Response with right authenticators, and keeps
 * nothing.  With a delay it keeps back each Access-Accept so long.
 *
 *	nullradius ADDRESS SECRET PASSWORD [DELAY_MS]
 *
 * UDP 1812 and 1813 of the address; PAP and MS-CHAPv2; every user has the
 * password.  "ready" when it listens; ends with SIGTERM or SIGINT, then prints
 * one JSON object of what it was asked.  For tests/bench only.
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "base/crypto.h"
#include "io/sock.h"
#include "ppp/ppp.h"
#include "radius/packet.h"

#define WIRES		2	/* authentication, accounting */
#define DELAYED		65536	/* answers kept back; a power of two */
#define ANSWER_BYTES	512
#define BUFFER_BYTES	(16u << 20)

struct answer {
	mono_t at;
	struct endpoint local, remote;
	uint32_t n;
	uint8_t b[ANSWER_BYTES];
};

struct null {
	struct sock *sock[WIRES];
	struct secret secret, password;
	uint8_t nt[16];
	uint64_t delay_ms;
	struct answer *late;		/* a ring of DELAYED */
	uint32_t first, next;
	/* counts */
	unsigned access, accounting, status, rejects, bad, late_max;
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "nullradius: %s\n", what);
	exit(1);
}

static mono_t
clock_now(void)
{
	struct timespec t;

	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "no clock");
	return mono_us((uint64_t)t.tv_sec * 1000000 +
	    (uint64_t)t.tv_nsec / 1000);
}

static struct rd
rd_of(const struct secret *s)
{
	return rd_make(s->b, s->len);
}

/* RFC 2548 §2.3.2, §2.3.3: the 50 bytes are ident, flags and the Value. */
static bool
mschapv2_ok(const struct null *n, const struct radius_packet *q,
    char success[44])
{
	struct attr response, challenge, name;
	uint8_t value[49] = { 0 };

	if (!attr_get(q->attrs, ATTR_MICROSOFT, ATTR_MS_CHAP2_RESPONSE,
		&response) || rd_left(&response.value) != 50 ||
	    !attr_get(q->attrs, ATTR_MICROSOFT, ATTR_MS_CHAP_CHALLENGE,
		&challenge) || rd_left(&challenge.value) != 16 ||
	    !attr_get(q->attrs, 0, ATTR_USER_NAME, &name))
		return false;
	memcpy(value, response.value.p + 2, 48);
	success[0] = (char)response.value.p[0];
	return ppp_mschapv2_check(n->nt, challenge.value.p, value, name.value,
	    success + 1);
}

static bool
pap_ok(const struct null *n, const struct radius_packet *q)
{
	struct attr hidden;
	struct secret s;

	return attr_get(q->attrs, 0, ATTR_USER_PASSWORD, &hidden) &&
	    radius_reveal(hidden.value, q->auth, rd_of(&n->secret), &s) &&
	    s.len == n->password.len &&
	    memcmp(s.b, n->password.b, s.len) == 0;
}

static bool
answer_access(struct null *n, const struct radius_packet *q, struct answer *a,
    struct rd *out)
{
	bool mschapv2 = attr_count(q->attrs, ATTR_MICROSOFT,
	    ATTR_MS_CHAP_CHALLENGE) > 0;
	char success[44];
	bool ok = mschapv2 ? mschapv2_ok(n, q, success) : pap_ok(n, q);
	struct radius_build b;

	n->access++;
	n->rejects += !ok;
	radius_open(&b, a->b, sizeof(a->b), ok ? RADIUS_ACCESS_ACCEPT :
	    RADIUS_ACCESS_REJECT, q->id, q->auth, true);
	if (ok && mschapv2)
		radius_put_vendor(&b, ATTR_MICROSOFT, ATTR_MS_CHAP2_SUCCESS,
		    success, 43);
	return radius_close(&b, rd_of(&n->secret), out);
}

static bool
answer_plain(struct null *n, const struct radius_packet *q, struct answer *a,
    enum radius_code code, struct rd *out)
{
	struct radius_build b;

	radius_open(&b, a->b, sizeof(a->b), code, q->id, q->auth,
	    code == RADIUS_ACCESS_ACCEPT);
	return radius_close(&b, rd_of(&n->secret), out);
}

/* False: nothing is to be said to it. */
static bool
answer(struct null *n, int wire, const struct pkt *p, struct answer *a,
    bool *delay)
{
	struct radius_packet q;
	struct rd out;
	bool ok = false;

	*a = (struct answer){ .local = p->local, .remote = p->remote };
	*delay = false;
	if (radius_decode(rd_make(p->p, p->len), &q) != DROP_NONE)
		return false;
	if (q.code == RADIUS_ACCOUNTING_REQUEST) {
		n->accounting++;
		ok = radius_request_ok(&q, rd_of(&n->secret)) &&
		    answer_plain(n, &q, a, RADIUS_ACCOUNTING_RESPONSE, &out);
	} else if (radius_message_auth(&q, q.auth, rd_of(&n->secret), true) !=
	    DROP_NONE) {
		return false;
	} else if (q.code == RADIUS_STATUS_SERVER) {
		n->status++;
		ok = answer_plain(n, &q, a, wire == 0 ? RADIUS_ACCESS_ACCEPT :
		    RADIUS_ACCOUNTING_RESPONSE, &out);
	} else if (q.code == RADIUS_ACCESS_REQUEST) {
		*delay = n->delay_ms > 0;
		ok = answer_access(n, &q, a, &out);
	}
	a->n = ok ? (uint32_t)rd_left(&out) : 0;
	return ok;
}

static void
send_all(struct null *n, int wire, struct answer *v, unsigned count)
{
	struct pkt pkt[SOCK_BATCH], *p[SOCK_BATCH];

	for (unsigned i = 0; i < count; i++) {
		pkt[i] = (struct pkt){ .p = v[i].b, .len = v[i].n,
			.local = v[i].local, .remote = v[i].remote };
		p[i] = &pkt[i];
	}
	if (count > 0)
		(void)sock_send(n->sock[wire], p, count);
}

static void
keep_back(struct null *n, const struct answer *a)
{
	struct answer *slot = &n->late[n->next % DELAYED];

	if (n->next - n->first == DELAYED)
		return;		/* as lost; it is asked again */
	*slot = *a;
	slot->at = mono_add_ms(clock_now(), n->delay_ms);
	n->next++;
	if (n->next - n->first > n->late_max)
		n->late_max = n->next - n->first;
}

static void
readable(struct null *n, int wire)
{
	struct pkt v[SOCK_BATCH];
	struct answer out[SOCK_BATCH];
	unsigned got = sock_recv(n->sock[wire], v, SOCK_BATCH), count = 0;

	for (unsigned i = 0; i < got; i++) {
		bool delay;

		if (!answer(n, wire, &v[i], &out[count], &delay))
			n->bad++;
		else if (delay)
			keep_back(n, &out[count]);
		else
			count++;
	}
	send_all(n, wire, out, count);
}

/* All that is due; milliseconds until the next, -1 if there is none. */
static int
release(struct null *n)
{
	while (n->first != n->next) {
		struct answer *a = &n->late[n->first % DELAYED];
		mono_t now = clock_now();

		if (!mono_due(a->at, now))
			return (int)(mono_since_us(a->at, now) / 1000) + 1;
		send_all(n, 0, a, 1);
		n->first++;
	}
	return -1;
}

static void
open_wire(struct null *n, int wire, const char *address)
{
	struct sock_params p = { .via = PKT_IKE,
		.port = (uint16_t)(1812 + wire), .buffer_bytes = BUFFER_BYTES };
	int fd;

	must(ipaddr_parse(address, &p.addr), "not an address");
	fd = sock_open(&p);
	must(fd >= 0, "its port cannot be used");
	n->sock[wire] = sock_new(fd, &p);
	must(n->sock[wire] != NULL, "out of memory");
}

static int
open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0, "no signals");
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int
main(int argc, char **argv)
{
	struct null *n = calloc(1, sizeof(*n));
	struct pollfd fd[WIRES + 1];

	must(argc == 4 || argc == 5,
	    "usage: nullradius ADDRESS SECRET PASSWORD [DELAY_MS]");
	must(n != NULL && crypto_init() && crypto_legacy(), "no crypto");
	must(secret_set(&n->secret, argv[2], strlen(argv[2])) &&
	    secret_set(&n->password, argv[3], strlen(argv[3])) &&
	    ppp_nt_hash(rd_of(&n->password), n->nt), "a secret is too long");
	n->delay_ms = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
	n->late = calloc(DELAYED, sizeof(*n->late));
	must(n->late != NULL, "out of memory");
	fd[WIRES] = (struct pollfd){ .fd = open_signals(), .events = POLLIN };
	for (int w = 0; w < WIRES; w++) {
		open_wire(n, w, argv[1]);
		fd[w] = (struct pollfd){ .fd = sock_fd(n->sock[w]),
			.events = POLLIN };
	}
	(void)printf("ready\n");
	(void)fflush(stdout);
	while (fd[WIRES].revents == 0) {
		if (poll(fd, WIRES + 1, release(n)) < 0)
			continue;
		for (int w = 0; w < WIRES; w++)
			if (fd[w].revents != 0)
				readable(n, w);
	}
	(void)printf("{\"access\":%u,\"rejects\":%u,\"accounting\":%u,"
	    "\"status\":%u,\"bad\":%u,\"delayed_max\":%u}\n", n->access,
	    n->rejects, n->accounting, n->status, n->bad, n->late_max);
	for (int w = 0; w < WIRES; w++)
		sock_free(n->sock[w]);
	free(n->late);
	free(n);
	return 0;
}
