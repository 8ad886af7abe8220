/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ACL_RULE_H
#define BASE_ACL_RULE_H

/*
 * DOC: one access rule, as value and as text.  conf/ reads rules, dp/ obeys
 * them (dp/acl.h says how).
 *
 *	permit from-client tcp from any to 10.0.0.0/8 port 80-443
 *	permit to-client icmp from 10.0.0.0/8 to any type 0
 *	deny both any from any to any
 *
 * ACTION DIRECTION PROTOCOL from NET [port N[-M]] to NET [port N[-M]] [type N]
 *
 * PROTOCOL is a name, a number or any; NET an address, a prefix or any, where
 * 0.0.0.0/0 and ::/0 are all of one family.  `from` and `to` are source and
 * destination of the packet, in either direction.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

#define ACL_RULES_MAX	64	/* of one ACL */
#define ACL_RULE_STRLEN	192	/* with the NUL */
#define ACL_RULE_ANY	(-1)	/* protocol, type */

enum acl_dir {			/* bits */
	ACL_FROM_CLIENT = 1,
	ACL_TO_CLIENT = 2,
	ACL_BOTH = 3
};

struct acl_ports {		/* 0 to 65535: any */
	uint16_t first, last;
};

struct acl_rule {
	bool permit;
	uint8_t dir;		/* enum acl_dir */
	int16_t proto;		/* 0 to 255, ACL_RULE_ANY */
	int16_t type;		/* ICMP, ICMPv6; else ACL_RULE_ANY */
	struct ipnet src, dst;
	struct acl_ports sport, dport; /* of protocols that have ports */
};

/*
 * False, with what was expected in `why` (n bytes, always ended by a NUL), if
 * the text is no rule; *rule is then unchanged.
 */
bool		 acl_rule_parse(const char *text, struct acl_rule *rule,
		    char *why, size_t n);
/* The canonical text, which means the same rule; returns buf. */
const char	*acl_rule_str(const struct acl_rule *,
		    char buf[ACL_RULE_STRLEN]);
/* Are the members such as acl_rule_parse() makes them? */
bool		 acl_rule_ok(const struct acl_rule *);
/* Has the rule ports or a type to look at behind the IP header? */
bool		 acl_rule_deep(const struct acl_rule *);
/* TCP, UDP, UDP-Lite, DCCP and SCTP begin with source and destination port. */
bool		 acl_rule_has_ports(int proto);

#endif
