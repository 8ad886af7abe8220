/* SPDX-License-Identifier: BSD-2-Clause */
/* Interface set-up by rtnetlink: see netif.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "l2tpd/netif.h"

#define MSG_BYTES	1024

/* Sends one request and waits for its answer: 0, or an errno. */
static int
netif_talk(struct nlmsghdr *nlh)
{
	char buf[8192];
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	int e = 0;
	ssize_t n = 0;

	if (nl == NULL)
		return errno;
	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		e = errno;
	else
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (e == 0 && (n < 0 || mnl_cb_run(buf, (size_t)n, 1,
	    mnl_socket_get_portid(nl), NULL, NULL) < 0))
		e = errno;
	mnl_socket_close(nl);
	return e;
}

static bool
netif_fail(const char *name, const char *what, int e, char *err,
    size_t err_size)
{
	(void)snprintf(err, err_size, "interface %s: %s: %s", name, what,
	    strerror(e));
	return false;
}

static int
netif_address(unsigned index, const struct ipaddr *addr)
{
	_Alignas(struct nlmsghdr) char buf[MSG_BYTES];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = RTM_NEWADDR;
	nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = addr->family == IP_V6 ? AF_INET6 : AF_INET;
	ifa->ifa_prefixlen = (uint8_t)(8 * ipaddr_len(addr));
	ifa->ifa_index = index;
	mnl_attr_put(nlh, IFA_LOCAL, ipaddr_len(addr), addr->b);
	mnl_attr_put(nlh, IFA_ADDRESS, ipaddr_len(addr), addr->b);
	return netif_talk(nlh);
}

static int
netif_link(unsigned index, uint32_t mtu)
{
	_Alignas(struct nlmsghdr) char buf[MSG_BYTES];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_NEWLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = (int)index;
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = IFF_UP;
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	mnl_attr_put_u32(nlh, IFLA_TXQLEN, 1000);
	return netif_talk(nlh);
}

bool
netif_up(const char *name, const struct ipaddr *addr, uint32_t mtu,
    char *err, size_t err_size)
{
	unsigned index = if_nametoindex(name);
	int e;

	if (index == 0)
		return netif_fail(name, "not there", errno, err, err_size);
	e = netif_link(index, mtu);
	if (e != 0)
		return netif_fail(name, "cannot be set up", e, err, err_size);
	e = netif_address(index, addr);
	if (e != 0)
		return netif_fail(name, "address", e, err, err_size);
	return true;
}

static int
netif_prefix(unsigned index, bool set, const struct ipnet *net,
    uint32_t metric)
{
	_Alignas(struct nlmsghdr) char buf[MSG_BYTES];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	bool six = net->addr.family == IP_V6;
	struct rtmsg *rt;

	nlh->nlmsg_type = set ? RTM_NEWROUTE : RTM_DELROUTE;
	nlh->nlmsg_flags = set ? NLM_F_CREATE | NLM_F_EXCL : 0;
	rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	rt->rtm_family = six ? AF_INET6 : AF_INET;
	rt->rtm_dst_len = net->bits;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = RTPROT_STATIC;
	rt->rtm_scope = six ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	rt->rtm_type = RTN_UNICAST;
	mnl_attr_put(nlh, RTA_DST, ipaddr_len(&net->addr), net->addr.b);
	mnl_attr_put_u32(nlh, RTA_OIF, index);
	if (metric != 0)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, metric);
	return netif_talk(nlh);
}

int
netif_net(const char *name, bool set, const struct ipnet *net, uint32_t metric)
{
	unsigned index = if_nametoindex(name);

	return index == 0 ? errno : netif_prefix(index, set, net, metric);
}

unsigned
netif_bits(uint32_t first, uint32_t last)
{
	uint64_t size = 1;
	unsigned bits = 32;

	while (bits > 0 && first % (2 * size) == 0 &&
	    first + 2 * size - 1 <= last) {
		size *= 2;
		bits--;
	}
	return bits;
}

bool
netif_nets(const char *name, const struct ipnet *net, uint32_t n, char *err,
    size_t err_size)
{
	char text[IPNET_STRLEN], what[IPNET_STRLEN + 8];

	for (uint32_t i = 0; i < n; i++) {
		int e = netif_net(name, true, &net[i], 0);

		if (e == 0)
			continue;
		(void)snprintf(what, sizeof(what), "route %s",
		    ipnet_str(&net[i], text));
		return netif_fail(name, what, e, err, err_size);
	}
	return true;
}

bool
netif_route(const char *name, uint32_t first, uint32_t last, char *err,
    size_t err_size)
{
	uint64_t at = first;

	while (at <= last) {
		const struct ipnet net = { ipaddr_v4((uint32_t)at),
			(uint8_t)netif_bits((uint32_t)at, last) };

		if (!netif_nets(name, &net, 1, err, err_size))
			return false;
		at += UINT64_C(1) << (32 - net.bits);
	}
	return true;
}
