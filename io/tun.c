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
};

/* What the kernel may leave to us, as much as it knows of. */
static int
tun_offload(int fd)
{
	static const unsigned long tries[] = {
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN |
		    TUN_F_USO4 | TUN_F_USO6,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
		TUN_F_CSUM,
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		if (ioctl(fd, TUNSETOFFLOAD, tries[i]) == 0)
			return 0;
	return -1;
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
	    ioctl(fd, TUNSETVNETHDRSZ, &size) == 0 &&
	    (!p->offload || tun_offload(fd) == 0)) {
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
tun_new(int fd)
{
	struct tun *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fd = fd;
	t->mem = malloc(ARENA);
	if (t->mem != NULL)
		return t;
	free(t);
	return NULL;
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
	unsigned sent = 0;

	for (unsigned i = 0; i < n; i++) {
		struct iovec iov[2] = {
			{ &v[i]->vnet, sizeof(v[i]->vnet) },
			{ v[i]->p, v[i]->len },
		};

		if (writev(t->fd, iov, 2) >= 0)
			sent++;
		else if (errno == EINTR)
			i--;
	}
	return sent;
}
