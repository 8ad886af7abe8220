/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets in batches: see sock.h. */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/count.h"
#include "base/inet.h"
#include "io/addr.h"
#include "io/kernel.h"
#include "io/sock.h"

#define PROTO_ESP	50
#define ROOM		65536		/* bytes: no datagram is longer */
#define BUFFER_BYTES	(4 << 20)
#define CTL_ROOM	128		/* bytes of control messages */

struct sock_ctl {		/* aligned for struct cmsghdr */
	_Alignas(struct cmsghdr) uint8_t b[CTL_ROOM];
};

struct sock {
	int fd;
	struct sock_params params;
	struct endpoint local;
	bool trains_in, trains_out;
	count_t truncated, full, refused;
	uint8_t *mem;			/* owned; SOCK_BATCH of ROOM bytes;
					 * NULL: sends only */
	/* arrays of one call */
	struct mmsghdr msg[PKT_BATCH];
	struct iovec iov[PKT_BATCH];
	union sock_addr name[PKT_BATCH];
	struct sock_ctl ctl[PKT_BATCH];
	unsigned first[PKT_BATCH + 1];	/* packet of each message */
};

static int
sock_on(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/*
 * Packet info for the local address.  IP_PMTUDISC_OMIT: no DF, and forged
 * "fragmentation needed" changes nothing (threats N-35).
 */
static int
sock_options(int fd, const struct sock_params *p)
{
	int bytes = p->buffer_bytes == 0 ? BUFFER_BYTES : (int)p->buffer_bytes;
	bool v6 = p->addr.family == IP_V6;

	if (v6 ? sock_on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) != 0 :
	    sock_on(fd, IPPROTO_IP, IP_PKTINFO, 1) != 0)
		return -1;
	/* A raw socket knows one family only and does not take the option. */
	if (v6 && p->via != PKT_ESP &&
	    sock_on(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) != 0)
		return -1;
	if (p->share && p->via != PKT_ESP &&
	    sock_on(fd, SOL_SOCKET, SO_REUSEPORT, 1) != 0)
		return -1;
	if (v6)
		(void)sock_on(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
		    IPV6_PMTUDISC_OMIT);
	else
		(void)sock_on(fd, IPPROTO_IP, IP_MTU_DISCOVER,
		    IP_PMTUDISC_OMIT);
	if (sock_on(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) != 0)
		(void)sock_on(fd, SOL_SOCKET, SO_RCVBUF, bytes);
	if (sock_on(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes) != 0)
		(void)sock_on(fd, SOL_SOCKET, SO_SNDBUF, bytes);
	return 0;
}

int
sock_open(const struct sock_params *p)
{
	const struct endpoint at = { p->addr, p->via == PKT_ESP ? 0 : p->port };
	union sock_addr name;
	socklen_t len = sock_addr_make(&name, &at);
	int type = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int fd, keep;

	type |= p->via == PKT_ESP ? SOCK_RAW : SOCK_DGRAM;
	fd = socket(name.sa.sa_family, type, p->via == PKT_ESP ? PROTO_ESP : 0);
	if (fd < 0)
		return -1;
	if (sock_options(fd, p) == 0 && bind(fd, &name.sa, len) == 0)
		return fd;
	keep = errno;
	(void)close(fd);
	errno = keep;
	return -1;
}

size_t
sock_bytes(bool receives)
{
	return sizeof(struct sock) + (receives ? (size_t)SOCK_BATCH * ROOM : 0);
}

struct sock *
sock_new(int fd, const struct sock_params *p)
{
	struct sock *s = calloc(1, sizeof(*s));
	union sock_addr name = { 0 };
	socklen_t len = sizeof(name);

	if (s == NULL)
		return NULL;
	s->mem = malloc((size_t)SOCK_BATCH * ROOM);
	if (s->mem == NULL) {
		free(s);
		return NULL;
	}
	s->fd = fd;
	s->params = *p;
	if (getsockname(fd, &name.sa, &len) == 0)
		s->local = sock_addr_read(&name);
	if (p->via == PKT_ESP)
		s->local.port = 0;	/* the kernel puts the protocol there */
	if (p->trains && p->via != PKT_ESP) {
		s->trains_in = sock_on(fd, IPPROTO_UDP, UDP_GRO, 1) == 0;
		s->trains_out = sock_on(fd, IPPROTO_UDP, UDP_SEGMENT, 0) == 0;
	}
	return s;
}

struct sock *
sock_twin(const struct sock *s)
{
	struct sock *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
	if (t->fd < 0) {
		free(t);
		return NULL;
	}
	t->params = s->params;
	t->local = s->local;
	t->trains_out = s->trains_out;
	return t;
}

void
sock_free(struct sock *s)
{
	if (s == NULL)
		return;
	(void)close(s->fd);
	free(s->mem);
	free(s);
}

int
sock_fd(const struct sock *s)
{
	return s->fd;
}

bool
sock_is_raw(const struct sock *s)
{
	return s->params.via == PKT_ESP;
}

bool
sock_receives(const struct sock *s)
{
	return s->mem != NULL;
}

struct endpoint
sock_local(const struct sock *s)
{
	return s->local;
}

void
sock_count(const struct sock *s, struct sock_count *c)
{
	*c = (struct sock_count){
		.truncated = count_get(&s->truncated),
		.full = count_get(&s->full),
		.refused = count_get(&s->refused),
		.trains_in = s->trains_in, .trains_out = s->trains_out,
	};
}

bool
sock_fits(const struct sock *s, const struct endpoint *local)
{
	static const uint8_t any[16];

	if (local->addr.family != s->local.addr.family)
		return false;
	if (!sock_is_raw(s) && local->port != s->local.port)
		return false;
	return memcmp(s->local.addr.b, any, sizeof(any)) == 0 ||
	    ipaddr_eq(&s->local.addr, &local->addr);
}

/* Local address and GRO size from the control messages. */
static void
sock_read_ctl(struct msghdr *m, struct pkt *pkt)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(pkt->local.addr.b, &info.ipi_spec_dst, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(pkt->local.addr.b, &info.ipi6_addr, 16);
		} else if (c->cmsg_level == IPPROTO_UDP &&
		    c->cmsg_type == UDP_GRO) {
			int size;

			memcpy(&size, CMSG_DATA(c), sizeof(size));
			pkt->seg = (uint16_t)size;
		}
	}
}

/* An IPv4 raw socket gives the IP header too: leave p at the SPI. */
static bool
sock_skip_ip(struct pkt *pkt)
{
	uint32_t head;

	if (pkt->len < 20)
		return false;
	head = (pkt->p[0] & 0x0fu) * 4;
	if (head < 20 || head > pkt->len)
		return false;
	pkt->p = inet_at(pkt->p, head);
	pkt->len -= head;
	return true;
}

static bool
sock_take(struct sock *s, unsigned i, struct pkt *pkt)
{
	struct msghdr *m = &s->msg[i].msg_hdr;

	if ((m->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		count_add(&s->truncated, 1);
		return false;
	}
	*pkt = (struct pkt){
		.p = s->iov[i].iov_base, .len = s->msg[i].msg_len,
		.via = (uint8_t)s->params.via,
		.local = s->local, .remote = sock_addr_read(&s->name[i]),
	};
	sock_read_ctl(m, pkt);
	if (s->params.via != PKT_ESP)
		return true;
	pkt->remote.port = 0;
	return s->local.addr.family == IP_V6 || sock_skip_ip(pkt);
}

unsigned
sock_recv(struct sock *s, struct pkt *v, unsigned max)
{
	unsigned n = max < SOCK_BATCH ? max : SOCK_BATCH, kept = 0;
	int got;

	if (s->mem == NULL)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		s->iov[i] = (struct iovec){ inet_at(s->mem, (size_t)i * ROOM),
			ROOM };
		s->msg[i].msg_hdr = (struct msghdr){
			.msg_name = &s->name[i],
			.msg_namelen = sizeof(s->name[i]),
			.msg_iov = &s->iov[i], .msg_iovlen = 1,
			.msg_control = s->ctl[i].b, .msg_controllen = CTL_ROOM,
		};
	}
	got = recvmmsg(s->fd, s->msg, n, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		if (sock_take(s, (unsigned)i, &v[kept]))
			kept++;
	return kept;
}

/* Source address, and the size of a train's datagrams if it is one. */
static void
sock_write_ctl(struct msghdr *m, struct sock_ctl *ctl,
    const struct ipaddr *local, uint16_t train)
{
	struct cmsghdr *c;

	m->msg_control = ctl->b;
	m->msg_controllen = CTL_ROOM;
	memset(ctl, 0, sizeof(*ctl));
	c = CMSG_FIRSTHDR(m);
	m->msg_controllen = 0;
	if (local->family == IP_V4) {
		struct in_pktinfo info = { 0 };

		memcpy(&info.ipi_spec_dst, local->b, 4);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		m->msg_controllen += CMSG_SPACE(sizeof(info));
	} else if (local->family == IP_V6) {
		struct in6_pktinfo info = { 0 };

		memcpy(&info.ipi6_addr, local->b, 16);
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		m->msg_controllen += CMSG_SPACE(sizeof(info));
	}
	if (train != 0) {
		c = (struct cmsghdr *)(void *)&ctl->b[m->msg_controllen];
		c->cmsg_level = IPPROTO_UDP;
		c->cmsg_type = UDP_SEGMENT;
		c->cmsg_len = CMSG_LEN(sizeof(train));
		memcpy(CMSG_DATA(c), &train, sizeof(train));
		m->msg_controllen += CMSG_SPACE(sizeof(train));
	}
}

/* Messages for the n packets; returns how many they are. */
static unsigned
sock_lay_out(struct sock *s, struct pkt *const *v, unsigned n, bool trains)
{
	unsigned msgs = 0;

	for (unsigned i = 0, run; i < n; i += run) {
		struct msghdr *m = &s->msg[msgs].msg_hdr;
		struct endpoint to = v[i]->remote;

		if (sock_is_raw(s))
			to.port = 0;
		run = trains && v[i]->run > 1 ? v[i]->run : 1;
		if (run > n - i)
			run = n - i;
		for (unsigned k = i; k < i + run; k++)
			s->iov[k] = (struct iovec){ v[k]->p, v[k]->len };
		*m = (struct msghdr){
			.msg_name = &s->name[msgs],
			.msg_namelen = sock_addr_make(&s->name[msgs], &to),
			.msg_iov = &s->iov[i], .msg_iovlen = run,
		};
		sock_write_ctl(m, &s->ctl[msgs], &v[i]->local.addr,
		    run > 1 ? (uint16_t)v[i]->len : 0);
		s->first[msgs++] = i;
	}
	s->first[msgs] = n;
	return msgs;
}

/*
 * All messages in order.  Stops before a train that the kernel refuses, with
 * *stuck at its first packet; else *stuck is n.
 */
static unsigned
sock_push(struct sock *s, unsigned msgs, unsigned *stuck)
{
	unsigned at = 0, sent = 0;

	while (at < msgs) {
		unsigned size = s->first[at + 1] - s->first[at];
		int r = sendmmsg(s->fd, &s->msg[at], msgs - at, MSG_DONTWAIT);

		if (r > 0) {
			sent += s->first[at + (unsigned)r] - s->first[at];
			at += (unsigned)r;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == ENOBUFS || errno == EAGAIN) {
			count_add(&s->full, s->first[msgs] - s->first[at]);
			break;
		}
		if (size > 1) {
			/* EIO: no checksum offload on that route, for good;
			 * others (EINVAL, EMSGSIZE) may be this train's. */
			if (errno == EIO || errno == EOPNOTSUPP)
				s->trains_out = false;
			*stuck = s->first[at];
			return sent;
		}
		count_add(&s->refused, 1);
		at++;
	}
	*stuck = s->first[msgs];
	return sent;
}

unsigned
sock_send(struct sock *s, struct pkt *const *v, unsigned n)
{
	unsigned sent = 0, from = 0, stuck, run;

	if (n > PKT_BATCH)
		n = PKT_BATCH;
	while (from < n) {
		sent += sock_push(s, sock_lay_out(s, &v[from], n - from,
		    s->trains_out), &stuck);
		from += stuck;
		if (from == n)
			break;
		/* The refused train one by one, then on. */
		run = v[from]->run;
		if (run == 0 || run > n - from)
			run = n - from;
		sent += sock_push(s, sock_lay_out(s, &v[from], run, false),
		    &stuck);
		from += run;
	}
	return sent;
}

bool
sock_send_one(const struct sock *s, const struct endpoint *local,
    const struct endpoint *remote, struct rd head, struct rd data)
{
	struct sock_ctl ctl;
	union sock_addr name;
	size_t head_len = rd_left(&head), data_len = rd_left(&data);
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)rd_bytes(&head, head_len), head_len },
		{ (void *)(uintptr_t)rd_bytes(&data, data_len), data_len },
	};
	struct msghdr m = {
		.msg_name = &name,
		.msg_namelen = sock_addr_make(&name, remote),
		.msg_iov = iov, .msg_iovlen = 2,
	};

	sock_write_ctl(&m, &ctl, &local->addr, 0);
	return sendmsg(s->fd, &m, MSG_DONTWAIT) >= 0;
}
