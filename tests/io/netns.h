/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_IO_NETNS_H
#define TESTS_IO_NETNS_H

/* A network namespace of the test's own, and a TUN interface in it. */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/inet.h"
#include "io/tun.h"

/* False: not allowed here, so the tests that need it are skipped. */
static inline bool
netns_enter(void)
{
	return unshare(CLONE_NEWNET) == 0 ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static inline void
netns_address(struct ifreq *ifr, uint32_t addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	inet_put32((uint8_t *)&sin.sin_addr, 0, addr);
	memcpy(&ifr->ifr_addr, &sin, sizeof(sin));
}

/* Up, with an address and a netmask of 24 bits. */
static inline void
netns_up(const char *name, uint32_t addr, int mtu)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	memcpy(ifr.ifr_name, name, strlen(name));
	if (addr != 0) {
		netns_address(&ifr, addr);
		assert_int_equal(ioctl(fd, SIOCSIFADDR, &ifr), 0);
		netns_address(&ifr, 0xffffff00);
		assert_int_equal(ioctl(fd, SIOCSIFNETMASK, &ifr), 0);
		ifr.ifr_mtu = mtu;
		assert_int_equal(ioctl(fd, SIOCSIFMTU, &ifr), 0);
	}
	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &ifr), 0);
	ifr.ifr_flags |= IFF_UP;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	close(fd);
}

/* A TUN with 10.9.0.254/24 and MTU 1400; NULL if there can be none. */
static inline struct tun *
netns_tun(struct tun_params *p, bool offload)
{
	int fd = tun_open(p);

	if (fd < 0)
		return NULL;
	netns_up(p->name, 0x0a0900fe, 1400);
	return tun_new(fd, offload);
}

/* The next frame from 10.9.0.254 that is not the kernel's own chatter. */
static inline bool
netns_frame(struct tun *t, struct pkt *pkt)
{
	struct pollfd p = { .fd = tun_fd(t), .events = POLLIN };

	while (poll(&p, 1, 2000) > 0) {
		if (tun_recv(t, pkt, 1) == 1 && pkt->len > 20 &&
		    pkt->p[0] >> 4 == 4 && inet_u32(pkt->p, 12) == 0x0a0900fe)
			return true;
	}
	return false;
}

static inline int
netns_udp(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static inline ssize_t
netns_sendto(int fd, uint32_t addr, uint16_t port, const void *p, size_t n)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	inet_put32((uint8_t *)&sin.sin_addr, 0, addr);
	inet_put16((uint8_t *)&sin.sin_port, 0, port);
	return sendto(fd, p, n, 0, (struct sockaddr *)&sin, sizeof(sin));
}

/* An ICMP echo request. */
static inline size_t
netns_ping(uint8_t *b, uint32_t src, uint32_t dst, size_t payload)
{
	size_t n = 28 + payload;

	memset(b, 0, n);
	b[0] = 0x45;
	inet_put16(b, 2, (uint16_t)n);
	b[8] = 64;
	b[9] = 1;
	inet_put32(b, 12, src);
	inet_put32(b, 16, dst);
	inet_put16(b, 10, inet_fold(inet_sum(b, 20, 0)));
	b[20] = 8;
	inet_put16(b, 24, 77);
	memset(inet_at(b, 28), 'p', payload);
	inet_put16(b, 22, inet_fold(inet_sum(b + 20, 8 + payload, 0)));
	return n;
}

#endif
