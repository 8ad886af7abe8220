/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets, TUN device and routes of one phone: see host.h. */

#include <sys/types.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "l2tpload/host.h"

#define IP_PROTO_ESP	50
#define ADDR_GEN_NONE	"1"	/* IN6_ADDR_GEN_MODE_NONE */
#define BUFFER_BYTES	(4 << 20)	/* of a socket: bursts */

struct in6_ifreq {		/* <linux/ipv6.h>, which clashes with libc's */
	struct in6_addr ifr6_addr;
	uint32_t ifr6_prefixlen;
	int ifr6_ifindex;
};

/* ---- socket addresses ---- */

/* The kernel's form: the port is in network order. */
static socklen_t
to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct wr w;

	memset(ss, 0, sizeof(*ss));
	if (e->addr.family == IP_V6) {
		in6->sin6_family = AF_INET6;
		w = wr_make(&in6->sin6_port, 2);
		memcpy(&in6->sin6_addr, e->addr.b, 16);
	} else {
		in4->sin_family = AF_INET;
		w = wr_make(&in4->sin_port, 2);
		memcpy(&in4->sin_addr, e->addr.b, 4);
	}
	wr_u16(&w, e->port);
	return e->addr.family == IP_V6 ? sizeof(*in6) : sizeof(*in4);
}

static struct endpoint
from_sockaddr(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	struct endpoint e = { 0 };
	struct rd r;

	if (ss->ss_family == AF_INET6) {
		r = rd_make(&in6->sin6_addr, 16);
		e.addr = ipaddr_decode(&r, IP_V6);
		r = rd_make(&in6->sin6_port, 2);
	} else {
		r = rd_make(&in4->sin_addr, 4);
		e.addr = ipaddr_decode(&r, IP_V4);
		r = rd_make(&in4->sin_port, 2);
	}
	e.port = rd_u16(&r);
	return e;
}

static int
family_of(const struct ipaddr *a)
{
	return a->family == IP_V6 ? AF_INET6 : AF_INET;
}

static int
close_keeping_errno(int fd)
{
	int e = errno;

	(void)close(fd);
	errno = e;
	return -1;
}

/* ---- sockets ---- */

int
host_local(const struct ipaddr *remote, struct ipaddr *local)
{
	struct endpoint e = { *remote, 500 };
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(&e, &ss);
	int fd = socket(family_of(remote), SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&ss, len) != 0)
		return close_keeping_errno(fd);
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return close_keeping_errno(fd);
	*local = from_sockaddr(&ss).addr;
	(void)close(fd);
	return 0;
}

static int
bound(int type, int protocol, const struct endpoint *local)
{
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(local, &ss);
	int bytes = BUFFER_BYTES;
	int fd = socket(family_of(&local->addr),
	    type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	if (bind(fd, (struct sockaddr *)&ss, len) != 0)
		return close_keeping_errno(fd);
	return fd;
}

int
host_udp(const struct endpoint *local)
{
	return bound(SOCK_DGRAM, 0, local);
}

int
host_esp(const struct ipaddr *local)
{
	struct endpoint e = { *local, 0 };

	return bound(SOCK_RAW, IP_PROTO_ESP, &e);
}

/* A raw IPv4 socket gives the IP header, too; an IPv6 one does not. */
static struct rd
strip_ip(struct rd r)
{
	struct rd look = r;
	uint8_t first = rd_u8(&look);

	if (first >> 4 != 4)
		return r;
	rd_skip(&r, (size_t)(first & 15) * 4);
	return r;
}

unsigned
host_recv(int fd, bool esp, struct host_batch *b)
{
	struct sockaddr_storage from[HOST_BATCH];
	struct mmsghdr m[HOST_BATCH];
	struct iovec iov[HOST_BATCH];
	int n;

	memset(m, 0, sizeof(m));
	for (int i = 0; i < HOST_BATCH; i++) {
		iov[i] = (struct iovec){ b->b[i], HOST_BYTES };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = &from[i];
		m[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	n = recvmmsg(fd, m, HOST_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		b->v[i].remote = from_sockaddr(&from[i]);
		b->v[i].data = rd_make(b->b[i], m[i].msg_len);
		if (esp && from[i].ss_family == AF_INET)
			b->v[i].data = strip_ip(b->v[i].data);
		if (esp)
			b->v[i].remote.port = 0;
	}
	return n > 0 ? (unsigned)n : 0;
}

void
host_send(int fd, const struct host_gram *v, unsigned n)
{
	struct sockaddr_storage to[HOST_BATCH];
	struct mmsghdr m[HOST_BATCH];
	struct iovec iov[HOST_BATCH];
	unsigned done = 0;

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < n && i < HOST_BATCH; i++) {
		/* sendmmsg() reads only. */
		iov[i].iov_base = (void *)(uintptr_t)v[i].data.p;
		iov[i].iov_len = rd_left(&v[i].data);
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = &to[i];
		m[i].msg_hdr.msg_namelen = to_sockaddr(&v[i].remote, &to[i]);
	}
	while (done < n) {
		int k = sendmmsg(fd, m + done, n - done, MSG_DONTWAIT);

		done += k > 0 ? (unsigned)k : 1;
	}
}

/* ---- TUN ---- */

int
host_tun(char name[HOST_NAME])
{
	struct ifreq ifr = { 0 };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) != 0)
		return close_keeping_errno(fd);
	(void)snprintf(name, HOST_NAME, "%s", ifr.ifr_name);
	return fd;
}

static void
put_addr(struct sockaddr *sa, const struct ipaddr *a)
{
	struct endpoint e = { *a, 0 };
	struct sockaddr_storage ss;

	(void)to_sockaddr(&e, &ss);
	memcpy(sa, &ss, sizeof(struct sockaddr_in));
}

int
host_tun_up(const char *name, const struct ipaddr *ours,
    const struct ipaddr *peer, uint16_t mtu)
{
	struct ifreq ifr = { 0 };
	int rc = -1, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	put_addr(&ifr.ifr_addr, ours);
	if (ioctl(fd, SIOCSIFADDR, &ifr) != 0)
		goto out;
	put_addr(&ifr.ifr_dstaddr, peer);
	if (ioctl(fd, SIOCSIFDSTADDR, &ifr) != 0)
		goto out;
	ifr.ifr_mtu = mtu;
	if (ioctl(fd, SIOCSIFMTU, &ifr) != 0 ||
	    ioctl(fd, SIOCGIFFLAGS, &ifr) != 0)
		goto out;
	ifr.ifr_flags |= IFF_UP | IFF_RUNNING | IFF_POINTOPOINT | IFF_NOARP;
	rc = ioctl(fd, SIOCSIFFLAGS, &ifr);
out:
	(void)close_keeping_errno(fd);
	return rc;
}

int
host_tun_six(const char *name)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path),
	    "/proc/sys/net/ipv6/conf/%s/addr_gen_mode", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (write(fd, ADDR_GEN_NONE, 1) != 1)
		return close_keeping_errno(fd);
	return close(fd);
}

int
host_tun_link_local(const char *name, uint64_t ifid)
{
	struct in6_ifreq ifr = { .ifr6_prefixlen = 64 };
	struct wr w = wr_make(&ifr.ifr6_addr, 16);
	int rc, fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	wr_u64(&w, UINT64_C(0xfe80) << 48);
	wr_u64(&w, ifid);
	ifr.ifr6_ifindex = (int)if_nametoindex(name);
	rc = ioctl(fd, SIOCSIFADDR, &ifr);
	if (rc != 0 && errno == EEXIST)
		rc = 0;
	(void)close_keeping_errno(fd);
	return rc;
}

/* What an rtnetlink socket is asked to add; its answer is errno or 0. */
static int
netlink_ask(const void *request, size_t n)
{
	struct { struct nlmsghdr head; struct nlmsgerr err; } answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -1;
	if (send(fd, request, n, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.head))
		return close_keeping_errno(fd);
	(void)close(fd);
	errno = answer.head.nlmsg_type == NLMSG_ERROR ? -answer.err.error :
	    EPROTO;
	return errno == 0 ? 0 : -1;
}

int
host_tun_address(const char *name, const struct ipaddr *a)
{
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg addr;
		struct rtattr attr;
		uint8_t b[4];
	} r = {
		.head = { .nlmsg_len = sizeof(r), .nlmsg_type = RTM_NEWADDR,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
			    NLM_F_CREATE | NLM_F_REPLACE },
		.addr = { .ifa_family = AF_INET, .ifa_prefixlen = 32,
			.ifa_index = if_nametoindex(name) },
		.attr = { .rta_len = RTA_LENGTH(4), .rta_type = IFA_LOCAL },
	};

	memcpy(r.b, a->b, sizeof(r.b));
	return netlink_ask(&r, sizeof(r));
}

int
host_route(const char *name, const struct ipaddr *net, unsigned bits)
{
	struct rtentry rt = { .rt_flags = RTF_UP };
	struct ipaddr all = ipaddr_v4(UINT32_MAX);
	struct ipaddr mask = ipaddr_prefix(&all, bits);
	struct ipaddr dst = ipaddr_prefix(net, bits);
	char dev[HOST_NAME];
	int rc, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)snprintf(dev, sizeof(dev), "%s", name);
	put_addr(&rt.rt_dst, &dst);
	put_addr(&rt.rt_genmask, &mask);
	if (bits == 32)
		rt.rt_flags |= RTF_HOST;
	rt.rt_dev = dev;
	rc = ioctl(fd, SIOCADDRT, &rt);
	(void)close_keeping_errno(fd);
	return rc;
}

unsigned
host_tun_recv(int fd, struct host_batch *b)
{
	unsigned n = 0;

	while (n < HOST_BATCH) {
		ssize_t len = read(fd, b->b[n], HOST_BYTES);

		if (len <= 0)
			break;
		b->v[n].data = rd_make(b->b[n], (size_t)len);
		n++;
	}
	return n;
}

void
host_tun_send(int fd, struct rd packet)
{
	/* A full queue loses the packet; the host's TCP will notice. */
	ssize_t n = write(fd, packet.p, rd_left(&packet));

	(void)n;
}
