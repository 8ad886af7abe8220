/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets over the loopback interface. */

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sock.h"

static struct sock *
make(const char *addr, enum pkt_via via, bool trains)
{
	struct sock_params p = { .via = via, .trains = trains };
	int fd;

	assert_true(ipaddr_parse(addr, &p.addr));
	fd = sock_open(&p);
	if (fd < 0)
		return NULL;
	return sock_new(fd, &p);
}

static struct endpoint
end(const char *addr, uint16_t port)
{
	struct endpoint e = { .port = port };

	assert_true(ipaddr_parse(addr, &e.addr));
	return e;
}

static unsigned
recv_some(struct sock *s, struct pkt *v)
{
	struct pollfd p = { .fd = sock_fd(s), .events = POLLIN };

	(void)poll(&p, 1, 2000);
	return sock_recv(s, v, PKT_BATCH);
}

/* A hundred datagrams there, one by one or as trains; all come, in order. */
static void
exchange(const char *addr, const char *from, bool trains)
{
	static uint8_t bytes[100][1400];
	struct sock *a = make(addr, PKT_NATT, trains);
	struct sock *b = make(addr, PKT_NATT, trains);
	struct pkt out[100], in[PKT_BATCH], *v[100];
	struct sock_count count;
	unsigned got = 0, tries = 0;

	assert_non_null(a);
	assert_non_null(b);
	for (unsigned i = 0; i < 100; i++) {
		memset(bytes[i], (int)i, sizeof(bytes[i]));
		out[i] = (struct pkt){
			.p = bytes[i], .len = i == 99 ? 700 : 1400,
			.local = end(from, sock_local(a).port),
			.remote = end(from, sock_local(b).port),
			.run = i % 40 == 0 ? (i < 80 ? 40 : 20) : 0,
		};
		v[i] = &out[i];
	}
	assert_int_equal(sock_send(a, v, 100), 100);
	while (got < 100 && tries++ < 50) {
		unsigned n = recv_some(b, in);

		for (unsigned i = 0; i < n; i++) {
			uint32_t seg = in[i].seg == 0 ? in[i].len : in[i].seg;

			assert_int_equal(in[i].via, PKT_NATT);
			assert_true(endpoint_eq(&in[i].local,
			    &out[0].remote));
			assert_true(endpoint_eq(&in[i].remote,
			    &out[0].local));
			for (uint32_t at = 0; at < in[i].len; at += seg)
				assert_int_equal(in[i].p[at], got++);
		}
	}
	assert_int_equal(got, 100);
	sock_count(a, &count);
	assert_int_equal(count.refused + count.full, 0);
	sock_count(b, &count);
	assert_int_equal(count.truncated, 0);
	sock_free(a);
	sock_free(b);
}

static void
v4_single(void **state)
{
	(void)state;
	exchange("0.0.0.0", "127.0.0.3", false);
}

static void
v4_trains(void **state)
{
	(void)state;
	exchange("0.0.0.0", "127.0.0.3", true);
	exchange("127.0.0.4", "127.0.0.4", true);
}

static void
v6(void **state)
{
	struct sock *probe = make("::1", PKT_NATT, false);

	(void)state;
	if (probe == NULL)
		skip();
	sock_free(probe);
	exchange("::", "::1", false);
	exchange("::1", "::1", true);
}

/* The reply leaves from the address that was dialled. */
static void
dialled_address(void **state)
{
	struct sock *server = make("0.0.0.0", PKT_IKE, false);
	struct sock *client = make("127.0.0.1", PKT_IKE, false);
	struct endpoint to = end("127.0.0.9", sock_local(server).port);
	struct endpoint me = sock_local(client);
	struct pkt in[PKT_BATCH];

	(void)state;
	assert_true(sock_send_one(client, &me, &to, rd_make("", 0),
	    rd_make("ping", 4)));
	assert_int_equal(recv_some(server, in), 1);
	assert_int_equal(in[0].via, PKT_IKE);
	assert_true(endpoint_eq(&in[0].local, &to));
	assert_true(sock_fits(server, &in[0].local));
	assert_false(sock_fits(client, &in[0].local));
	assert_true(sock_send_one(server, &in[0].local, &in[0].remote,
	    rd_make("\0\0\0\0", 4), rd_make("pong", 4)));
	assert_int_equal(recv_some(client, in), 1);
	assert_int_equal(in[0].len, 8);
	assert_memory_equal(in[0].p, "\0\0\0\0pong", 8);
	assert_true(endpoint_eq(&in[0].remote, &to));
	sock_free(server);
	sock_free(client);
}

/* Errors at sending cost one packet, not the batch. */
static void
send_errors(void **state)
{
	struct sock *a = make("127.0.0.1", PKT_NATT, true);
	struct sock *b = make("127.0.0.1", PKT_NATT, false);
	static uint8_t big[66000];
	struct pkt out[5], in[PKT_BATCH], *v[5];
	struct sock_count count;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		out[i] = (struct pkt){ .p = big, .len = 10, .run = 1,
			.local = sock_local(a), .remote = sock_local(b) };
		v[i] = &out[i];
	}
	out[1].len = sizeof(big);	/* no datagram is that long */
	out[2].run = 2;			/* a train that the kernel refuses: */
	out[2].len = 65000;		/* longer than the MTU's room in all */
	out[3].len = 600;
	assert_int_equal(sock_send(a, v, 5), 4);
	sock_count(a, &count);
	assert_int_equal(count.refused, 1);
	assert_int_equal(recv_some(b, in), 4);
	assert_int_equal(in[1].len, 65000);
	assert_int_equal(in[2].len, 600);
	sock_free(a);
	sock_free(b);
}

static void
twin(void **state)
{
	struct sock *a = make("127.0.0.1", PKT_NATT, false);
	struct sock *t = sock_twin(a);
	struct sock *b = make("127.0.0.1", PKT_NATT, false);
	struct pkt in[PKT_BATCH], out = { .p = (uint8_t[]){ 7 }, .len = 1,
		.local = sock_local(a), .remote = sock_local(b), .run = 1 };
	struct pkt *v = &out;
	struct endpoint from = sock_local(a);

	(void)state;
	assert_true(sock_receives(a));
	assert_false(sock_receives(t));
	assert_false(sock_is_raw(t));
	assert_int_equal(sock_send(t, &v, 1), 1);
	assert_int_equal(recv_some(b, in), 1);
	assert_true(endpoint_eq(&in[0].remote, &from));
	assert_int_equal(sock_recv(t, in, 1), 0);
	sock_free(a);
	sock_free(t);
	sock_free(b);
	sock_free(NULL);
}

static void
open_errors(void **state)
{
	struct sock_params p = { .via = PKT_NATT };
	struct sock *a = make("127.0.0.1", PKT_NATT, false);

	(void)state;
	p.addr = sock_local(a).addr;
	p.port = sock_local(a).port;
	assert_int_equal(sock_open(&p), -1);
	assert_int_equal(errno, EADDRINUSE);
	sock_free(a);
	p.share = true;
	p.port = 0;
	a = sock_new(sock_open(&p), &p);
	p.port = sock_local(a).port;
	sock_free(sock_new(sock_open(&p), &p));	/* two share a port */
	sock_free(a);
	p.addr = ipaddr_v4(0xc0000201);	/* not ours */
	p.port = 0;
	assert_int_equal(sock_open(&p), -1);
	assert_int_equal(errno, EADDRNOTAVAIL);
}

/* Protocol 50 over the loopback: p stands at the SPI. */
static void
raw(void **state)
{
	static uint8_t esp[40] = { 0, 0, 0x12, 0x34, 0, 0, 0, 1 };
	const char *const addr[] = { "127.0.0.1", "::1" };
	struct pkt in[PKT_BATCH], out, *v = &out;
	unsigned done = 0;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct sock *s = make(addr[i], PKT_ESP, true);

		if (s == NULL)
			continue;
		assert_true(sock_is_raw(s));
		out = (struct pkt){ .p = esp, .len = sizeof(esp), .run = 1,
			.local = end(addr[i], 500),
			.remote = end(addr[i], 500) };
		assert_true(sock_fits(s, &out.local));
		assert_int_equal(sock_send(s, &v, 1), 1);
		assert_int_equal(recv_some(s, in), 1);
		assert_int_equal(in[0].len, sizeof(esp));
		assert_memory_equal(in[0].p, esp, sizeof(esp));
		assert_int_equal(in[0].via, PKT_ESP);
		assert_true(ipaddr_eq(&in[0].local.addr, &out.local.addr));
		assert_true(ipaddr_eq(&in[0].remote.addr, &out.local.addr));
		assert_int_equal(in[0].remote.port + in[0].local.port, 0);
		sock_free(s);
		done++;
	}
	if (done == 0)
		skip();		/* needs privileges */
}

/* RFC 3948 §2.1: a datagram without a checksum is one like any other. */
static void
r69_no_udp_checksum(void **state)
{
	struct sock *b = make("127.0.0.1", PKT_NATT, false);
	struct endpoint to = sock_local(b);
	int off = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in name = { .sin_family = AF_INET };
	struct pkt in[PKT_BATCH];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &off,
	    sizeof(off)), 0);
	memcpy(&name.sin_addr, to.addr.b, 4);
	((uint8_t *)&name.sin_port)[0] = (uint8_t)(to.port >> 8);
	((uint8_t *)&name.sin_port)[1] = (uint8_t)to.port;
	assert_int_equal(sendto(fd, "hello", 5, 0, (struct sockaddr *)&name,
	    sizeof(name)), 5);
	assert_int_equal(recv_some(b, in), 1);
	assert_int_equal(in[0].len, 5);
	assert_memory_equal(in[0].p, "hello", 5);
	(void)close(fd);
	sock_free(b);
}

/*
 * RFC 4303 §3.4.1: a fragment is not offered to ESP.  The kernel puts it
 * together before a raw socket sees it: one alone never comes, two are one.
 */
static void
r79_fragments_of_protocol_50(void **state)
{
	static uint8_t esp[40] = { 0, 0, 0x12, 0x35, 0, 0, 0, 1 };
	struct sock *s = make("127.0.0.1", PKT_ESP, false);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct pkt in[PKT_BATCH];

	(void)state;
	if (s == NULL || fd < 0)
		skip();		/* needs privileges */
	memcpy(&to.sin_addr, "\x7f\0\0\1", 4);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t ip[44] = { 0x45, 0, 0, 0, 0x4d, (uint8_t)getpid(),
			i == 0 ? 0x20 : 0, i == 0 ? 0 : 3, 64, 50, 0, 0,
			127, 0, 0, 1, 127, 0, 0, 1 };
		size_t n = i == 0 ? 24 : 16;

		memcpy(ip + 20, esp + (i == 0 ? 0 : 24), n);
		assert_int_equal(sendto(fd, ip, 20 + n, 0,
		    (struct sockaddr *)&to, sizeof(to)), 20 + n);
		if (i == 0)
			assert_int_equal(sock_recv(s, in, PKT_BATCH), 0);
	}
	assert_int_equal(recv_some(s, in), 1);
	assert_int_equal(in[0].len, sizeof(esp));
	assert_memory_equal(in[0].p, esp, sizeof(esp));
	(void)close(fd);
	sock_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v4_single), cmocka_unit_test(v4_trains),
		cmocka_unit_test(v6), cmocka_unit_test(dialled_address),
		cmocka_unit_test(send_errors), cmocka_unit_test(twin),
		cmocka_unit_test(open_errors), cmocka_unit_test(raw),
		cmocka_unit_test(r69_no_udp_checksum),
		cmocka_unit_test(r79_fragments_of_protocol_50),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
