/* SPDX-License-Identifier: BSD-2-Clause */
/* TUN queues: see tun.h. */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/inet.h"
#include "io/kernel.h"
#include "io/tun.h"

#define FRAME_MAX	65600		/* bytes, a little more than a packet */
#define ARENA		(1u << 20)	/* bytes of frames in one receive */

struct tun {
	int fd;
	uint8_t *mem;		/* owned; ARENA bytes */
	bool tcp, udp;		/* it knows frames of many packets */
	struct iovec iov[PKT_BATCH + 1];
};

/*
 * What the kernel may leave to us, as much as it knows of: then we may leave
 * the same to it.
 */
static void
tun_offload(struct tun *t)
{
	static const unsigned long tries[] = {
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN |
		    TUN_F_USO4 | TUN_F_USO6,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
		TUN_F_CSUM,
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if (ioctl(t->fd, TUNSETOFFLOAD, tries[i]) != 0)
			continue;
		t->tcp = (tries[i] & TUN_F_TSO4) != 0;
		t->udp = (tries[i] & TUN_F_USO4) != 0;
		return;
	}
}

int
tun_open(struct tun_params *p)
{
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), keep;
	int size = sizeof(struct pkt_vnet);
	struct ifreq ifr = { 0 };

	if (fd < 0)
		return -1;
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
	if (p->multi)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	memcpy(ifr.ifr_name, p->name, TUN_NAME_MAX - 1);
	if (ioctl(fd, TUNSETIFF, &ifr) == 0 &&
	    ioctl(fd, TUNSETVNETHDRSZ, &size) == 0) {
		memcpy(p->name, ifr.ifr_name, TUN_NAME_MAX);
		p->name[TUN_NAME_MAX - 1] = '\0';
		return fd;
	}
	keep = errno;
	(void)close(fd);
	errno = keep;
	return -1;
}

size_t
tun_bytes(void)
{
	return sizeof(struct tun) + ARENA;
}

struct tun *
tun_new(int fd, bool offload)
{
	struct tun *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fd = fd;
	t->mem = malloc(ARENA);
	if (t->mem == NULL) {
		free(t);
		return NULL;
	}
	if (offload)
		tun_offload(t);
	return t;
}

void
tun_free(struct tun *t)
{
	if (t == NULL)
		return;
	(void)close(t->fd);
	free(t->mem);
	free(t);
}

int
tun_fd(const struct tun *t)
{
	return t->fd;
}

bool
tun_merges(const struct tun *t, bool udp)
{
	return udp ? t->udp : t->tcp;
}

unsigned
tun_recv(struct tun *t, struct pkt *v, unsigned max)
{
	size_t at = 0;
	unsigned n = 0;

	while (n < max && ARENA - at >= FRAME_MAX) {
		struct pkt *pkt = &v[n];
		struct iovec iov[2] = {
			{ &pkt->vnet, sizeof(pkt->vnet) },
			{ inet_at(t->mem, at), FRAME_MAX },
		};
		ssize_t got;

		*pkt = (struct pkt){ .p = iov[1].iov_base, .via = PKT_TUN };
		got = readv(t->fd, iov, 2);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < (ssize_t)sizeof(pkt->vnet))
			break;
		pkt->len = (uint32_t)((size_t)got - sizeof(pkt->vnet));
		at += ((size_t)pkt->len + 63) & ~(size_t)63;
		n++;
	}
	return n;
}

unsigned
tun_send(struct tun *t, struct pkt *const *v, unsigned n)
{
	struct iovec *iov = t->iov;
	unsigned sent = 0;

	for (unsigned i = 0, run; i < n; i += run) {
		run = v[i]->run > 1 ? v[i]->run : 1;
		if (run > n - i)
			run = n - i;
		iov[0] = (struct iovec){ &v[i]->vnet, sizeof(v[i]->vnet) };
		for (unsigned k = 0; k < run; k++)
			iov[k + 1] = (struct iovec){ v[i + k]->p,
				v[i + k]->len };
		if (writev(t->fd, iov, (int)run + 1) >= 0)
			sent += run;
		else if (errno == EINTR)
			run = 0;
	}
	return sent;
}
