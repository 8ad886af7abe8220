/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections to RADIUS servers over loopback: framing, bounds, and the ends.
 * TLS is none here (crypto_tls has tests of its own): the server's first byte
 * makes the connection ready, `!' anywhere makes it fail.  The concentrator
 * notes what it is told.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "l2tpd/host.h"
#include "l2tpd/radsec.h"

#define ROOM	(2 * RADSEC_UNSENT_MAX)
#define PORT	7		/* our handle */
#define SECONDS	20		/* nothing here takes as long */

/* ---- a TLS that hides nothing ---- */

struct tls_conn {
	uint8_t in[65536], out[ROOM];
	size_t in_n, out_n;
	enum tls_state state;
};

static struct tls_conn *made;

struct tls_conn *
tls_new(const struct tls_client *c)
{
	(void)c;
	made = calloc(1, sizeof(*made));
	return made;
}

void
tls_free(struct tls_conn *t)
{
	free(t);
}

enum tls_state
tls_input(struct tls_conn *t, struct rd bytes)
{
	size_t n = rd_left(&bytes);

	if (t->state == TLS_SHAKING && n > 0) {
		t->state = TLS_READY;
		rd_skip(&bytes, 1);
		n--;
	}
	assert_true(t->in_n + n <= sizeof(t->in));
	rd_copy(&bytes, t->in + t->in_n, n);
	t->in_n += n;
	if (memchr(t->in, '!', t->in_n) != NULL)
		t->state = TLS_FAILED;
	return t->state;
}

size_t
tls_read(struct tls_conn *t, void *p, size_t n)
{
	if (t->state != TLS_READY)
		return 0;
	if (n > t->in_n)
		n = t->in_n;
	memcpy(p, t->in, n);
	memmove(t->in, t->in + n, t->in_n - n);
	t->in_n -= n;
	return n;
}

bool
tls_write(struct tls_conn *t, struct rd text)
{
	size_t n = rd_left(&text);

	assert_true(t->out_n + n <= sizeof(t->out));
	rd_copy(&text, t->out + t->out_n, n);
	t->out_n += n;
	return t->state == TLS_READY;
}

void
tls_bye(struct tls_conn *t)
{
	assert_true(tls_write(t, rd_make("bye", 3)));
}

enum tls_state
tls_state(const struct tls_conn *t)
{
	return t->state;
}

const char *
tls_why(const struct tls_conn *t)
{
	(void)t;
	return "TLS: it failed";
}

struct rd
tls_unsent(struct tls_conn *t)
{
	return rd_make(t->out, t->out_n);
}

void
tls_sent(struct tls_conn *t, size_t n)
{
	memmove(t->out, t->out + n, t->out_n - n);
	t->out_n -= n;
}

const char *
tls_version(const struct tls_conn *t)
{
	(void)t;
	return "none";
}

const char *
tls_cipher(const struct tls_conn *t)
{
	(void)t;
	return "none";
}

bool
tls_radius_11(const struct tls_conn *t)
{
	(void)t;
	return true;
}

struct tls_client *
tls_client_new(const struct tls_params *p, char *err, size_t n)
{
	(void)p;
	(void)err;
	(void)n;
	return NULL;
}

void
tls_client_free(struct tls_client *c)
{
	(void)c;
}

/* ---- a concentrator that takes notes ---- */

static struct {
	struct radsec *rs;
	unsigned ups, downs, packets;
	size_t last;		/* bytes of the last packet */
	bool close_at_packet;
	char why[128];
} seen;

mono_t
host_now(void)
{
	return mono_us(1);
}

void
host_drain(struct host *h)
{
	(void)h;
	if (seen.close_at_packet && seen.packets > 0)
		(void)radsec_close(seen.rs, PORT);
}

void
host_kick(struct host *h)
{
	(void)h;
}

void
lns_radius_up(struct lns *l, mono_t now, uint32_t port, bool version_11,
    struct lns_out *o)
{
	(void)l;
	(void)now;
	(void)o;
	assert_int_equal(port, PORT);
	assert_true(version_11);
	seen.ups++;
}

void
lns_radius_down(struct lns *l, mono_t now, uint32_t port, const char *why,
    struct lns_out *o)
{
	(void)l;
	(void)now;
	(void)o;
	assert_int_equal(port, PORT);
	(void)strncpy(seen.why, why, sizeof(seen.why) - 1);
	seen.downs++;
}

void
lns_input_radius(struct lns *l, mono_t now, uint32_t port, struct rd packet,
    struct lns_out *o)
{
	(void)l;
	(void)now;
	(void)o;
	assert_int_equal(port, PORT);
	seen.last = rd_left(&packet);
	seen.packets++;
}

/* ---- one connection ---- */

struct world {
	struct host host;
	struct conf conf;
	struct radsec_keys keys;
	struct radsec *rs;
	struct endpoint at;
	int listener, peer;
};

static void
turn(struct world *w)
{
	struct timeval tv = { .tv_usec = 10000 };

	assert_int_equal(event_base_loopexit(w->host.base, &tv), 0);
	assert_true(event_base_loop(w->host.base, 0) >= 0);
}

/* Until a count gets there. */
static void
until(struct world *w, const unsigned *count, unsigned n)
{
	for (int i = 0; *count < n && i < SECONDS * 100; i++)
		turn(w);
	assert_int_equal(*count, n);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);
	int little = 4096;

	memset(&seen, 0, sizeof(seen));
	w->host.conf = &w->conf;
	w->host.keys = &w->keys;
	w->host.base = event_base_new();
	w->rs = seen.rs = radsec_new(&w->host);
	w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	w->peer = -1;
	(void)setsockopt(w->listener, SOL_SOCKET, SO_RCVBUF, &little,
	    sizeof(little));
	if (bind(w->listener, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
	    listen(w->listener, 1) != 0 ||
	    getsockname(w->listener, (struct sockaddr *)&sin, &n) != 0)
		return -1;
	w->at.addr = ipaddr_v4(0x7f000001);
	w->at.port = ntohs(sin.sin_port);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	radsec_free(w->rs);
	event_base_free(w->host.base);
	close(w->listener);
	if (w->peer >= 0)
		close(w->peer);
	free(w);
	return 0;
}

static void
dial(struct world *w)
{
	struct pollfd p = { .fd = w->listener, .events = POLLIN };
	const char *why = "";

	assert_true(radsec_open(w->rs, PORT, 0, &w->at, &why));
	assert_int_equal(poll(&p, 1, SECONDS * 1000), 1);
	w->peer = accept(w->listener, NULL, NULL);
	assert_true(w->peer >= 0);
}

static void
peer_says(const struct world *w, const void *p, size_t n)
{
	assert_int_equal(send(w->peer, p, n, MSG_NOSIGNAL), n);
}

static void
dial_up(struct world *w)
{
	dial(w);
	peer_says(w, "R", 1);
	until(w, &seen.ups, 1);
}

/* ---- the tests ---- */

static void
packets_both_ways(void **state)
{
	struct world *w = *state;
	uint8_t two[60] = { 2, 1, 0, 20 }, got[64];

	two[20] = 2;
	two[23] = 40;
	dial(w);
	assert_true(radsec_send(w->rs, PORT, rd_make("too early", 9)));
	assert_int_equal(w->host.drops.n[DROP_UDP_SEND], 1);
	assert_false(radsec_send(w->rs, PORT + 1, rd_make("?", 1)));
	peer_says(w, "R", 1);
	until(w, &seen.ups, 1);
	assert_true(radsec_send(w->rs, PORT, rd_make("question", 8)));
	assert_int_equal(recv(w->peer, got, sizeof(got), 0), 8);
	assert_memory_equal(got, "question", 8);
	peer_says(w, two, 50);
	until(w, &seen.packets, 1);
	assert_int_equal(seen.last, 20);
	peer_says(w, two + 50, 10);
	until(w, &seen.packets, 2);
	assert_int_equal(seen.last, 40);
	assert_true(radsec_close(w->rs, PORT));
	assert_int_equal(recv(w->peer, got, sizeof(got), 0), 3);
	assert_memory_equal(got, "bye", 3);
	assert_int_equal(recv(w->peer, got, sizeof(got), 0), 0);
	assert_false(radsec_close(w->rs, PORT));
	assert_int_equal(seen.downs, 0);
}

/* The handle may be given up while its packets are handed in. */
static void
closed_by_an_answer(void **state)
{
	struct world *w = *state;
	uint8_t three[60] = { 2, 1, 0, 20 };

	memcpy(three + 20, three, 20);
	memcpy(three + 40, three, 20);
	dial_up(w);
	seen.close_at_packet = true;
	peer_says(w, three, sizeof(three));
	until(w, &seen.packets, 1);
	turn(w);
	assert_int_equal(seen.packets, 1);
	assert_int_equal(seen.downs, 0);
}

static void
n87_reads_nothing(void **state)
{
	static uint8_t packet[RADIUS_PACKET_MAX];
	struct world *w = *state;
	size_t sent = 0;

	dial_up(w);
	/* What the kernel takes on both sides is its matter: at most 64 MB. */
	for (int i = 0; i < 16384 && seen.downs == 0; i++) {
		assert_true(radsec_send(w->rs, PORT, rd_make(packet,
		    sizeof(packet))));
		if (w->host.drops.n[DROP_UDP_SEND] > 0)
			break;
		assert_true(made->out_n <= RADSEC_UNSENT_MAX +
		    2 * sizeof(packet));
		sent++;
	}
	assert_true(sent >= RADSEC_UNSENT_MAX / sizeof(packet));
	/* It is told from an event, not from within the call. */
	assert_int_equal(seen.downs, 0);
	until(w, &seen.downs, 1);
	assert_string_equal(seen.why, "it does not read what is sent to it");
	assert_false(radsec_send(w->rs, PORT, rd_make(packet, 20)));
}

static void
n87_impossible_length(void **state)
{
	struct world *w = *state;

	dial_up(w);
	peer_says(w, "\002\001\000\023 and what follows", 20);
	until(w, &seen.downs, 1);
	assert_string_equal(seen.why,
	    "it sent a packet of an impossible length");
	assert_int_equal(w->host.drops.n[DROP_RADIUS_LENGTH], 1);
	assert_int_equal(seen.packets, 0);
}

/* It goes away with a question of ours unread. */
static void
peer_resets(struct world *w)
{
	struct linger hard = { .l_onoff = 1 };

	assert_int_equal(setsockopt(w->peer, SOL_SOCKET, SO_LINGER, &hard,
	    sizeof(hard)), 0);
	close(w->peer);
}

static void
ends_that_differ(void **state)
{
	struct world *w = *state;
	uint8_t packet[20] = { 2, 1, 0, 20 };
	const char *why;

	dial_up(w);
	peer_says(w, packet, sizeof(packet));
	until(w, &seen.packets, 1);
	close(w->peer);
	until(w, &seen.downs, 1);
	assert_string_equal(seen.why, "it closed the connection");

	dial(w);
	close(w->peer);
	until(w, &seen.downs, 2);
	assert_string_equal(seen.why,
	    "it closed the connection during the TLS handshake");

	dial(w);
	peer_says(w, "R", 1);
	until(w, &seen.ups, 2);
	close(w->peer);
	until(w, &seen.downs, 3);
	assert_string_equal(seen.why,
	    "it closed the connection unasked: does it take our certificate?");

	dial(w);
	peer_says(w, "R!", 2);
	until(w, &seen.downs, 4);
	assert_string_equal(seen.why, "TLS: it failed");
	close(w->peer);

	dial(w);
	peer_says(w, "R", 1);
	until(w, &seen.ups, 3);
	peer_resets(w);
	until(w, &seen.downs, 5);
	assert_string_equal(seen.why,
	    "it closed the connection unasked: does it take our certificate?");

	dial(w);
	peer_says(w, "R", 1);
	until(w, &seen.ups, 4);
	peer_says(w, packet, sizeof(packet));
	until(w, &seen.packets, 2);
	peer_resets(w);
	until(w, &seen.downs, 6);
	assert_string_equal(seen.why, "Connection reset by peer");
	w->peer = -1;

	close(w->listener);
	w->listener = -1;
	if (radsec_open(w->rs, PORT, 0, &w->at, &why))
		until(w, &seen.downs, 7);
	else
		(void)strncpy(seen.why, why, sizeof(seen.why) - 1);
	assert_string_equal(seen.why, "Connection refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packets_both_ways, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(closed_by_an_answer, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(n87_reads_nothing, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(n87_impossible_length, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(ends_that_differ, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
