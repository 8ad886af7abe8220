/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules and a packet: the compiled rules decide as the slow reading of them
 * does (tests/dp/acl_oracle.h).  Input: a direction, the number of rules, 20
 * bytes for each, then the packet.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dp/acl.h"
#include "tests/dp/acl_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * An address is two bytes in front of zeros, or, so that rules meet packets,
 * the start of the packet's own.
 */
static struct ipnet
take_net(struct rd *r, const struct rd *packet)
{
	uint8_t kind = rd_u8(r), bits = rd_u8(r);
	size_t at = kind & 4 ? (kind & 1 ? 8 : 12) : (kind & 1 ? 24 : 16);
	struct ipnet net = { .bits = 0 };
	struct rd p = *packet;

	net.addr.b[0] = rd_u8(r);
	net.addr.b[1] = rd_u8(r);
	if ((kind & 3) == 2)
		return (struct ipnet){ .bits = 0 };
	net.addr.family = kind & 1 ? IP_V6 : IP_V4;
	net.bits = (uint8_t)(bits % (kind & 1 ? 129 : 33));
	if (kind & 8) {
		rd_skip(&p, at);
		rd_copy(&p, net.addr.b, kind & 1 ? 16 : 4);
	}
	net.addr = ipaddr_prefix(&net.addr, net.bits);
	return net;
}

static struct acl_ports
take_ports(struct rd *r)
{
	uint16_t first = rd_u16(r);

	return (struct acl_ports){ first, rd_u16(r) };
}

static struct acl_rule
take_rule(struct rd *r, const struct rd *packet)
{
	uint8_t head = rd_u8(r), proto = rd_u8(r);
	struct acl_rule rule = {
		.permit = head & 1, .dir = (uint8_t)(head >> 1 & 3),
		.proto = head & 8 ? ACL_RULE_ANY : proto,
		.type = head & 16 ? rd_u8(r) : ACL_RULE_ANY,
		.sport = { 0, 65535 }, .dport = { 0, 65535 },
	};

	rule.src = take_net(r, packet);
	rule.dst = take_net(r, packet);
	if (head & 32)
		rule.sport = take_ports(r);
	if (head & 64)
		rule.dport = take_ports(r);
	return rule;
}

static void
compare(const struct acl_rule *rules, uint32_t n, bool down, const uint8_t *p,
    size_t len)
{
	struct acl *acl = acl_new(rules, n);
	struct oracle_pkt o;
	struct inner in;

	for (uint32_t i = 0; i < n; i++)
		if (!acl_rule_ok(&rules[i])) {
			if (acl != NULL)
				abort();
			return;
		}
	if (acl == NULL)
		abort();
	if (inner_ip(p, len, &in) == DROP_NONE) {
		if (!oracle_read(p, len, &o) ||
		    acl_permits(acl, down ? ACL_TO_CLIENT : ACL_FROM_CLIENT, p,
		    &in) != oracle_permits(rules, n, down, p, &o))
			abort();
	}
	acl_free(acl);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_make(data, size), packet = r;
	struct acl_rule rules[ACL_RULES_MAX];
	bool down = rd_u8(&r) & 1;
	uint32_t n = 1 + rd_u8(&r) % ACL_RULES_MAX;
	uint8_t *p;
	size_t len;

	rd_skip(&packet, 2 + (size_t)n * 20);
	if (packet.bad)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		struct rd one = rd_sub(&r, 20);

		rules[i] = take_rule(&one, &packet);
	}
	len = rd_left(&packet);
	p = malloc(len + 1);
	rd_copy(&packet, p, len);
	compare(rules, n, down, p, len);
	free(p);
	return 0;
}
