/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

/* DOC: IP addresses and address+port as plain values, both families alike. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum ip_family { IP_NONE = 0, IP_V4 = 4, IP_V6 = 6 };

struct ipaddr {
	uint8_t family;		/* enum ip_family */
	uint8_t b[16];		/* network order; rest zero for IPv4 */
};

struct endpoint {
	struct ipaddr addr;
	uint16_t port;		/* host order */
};

struct ipnet {			/* a prefix; what is behind its bits is zero */
	struct ipaddr addr;	/* IP_NONE: every address of both families */
	uint8_t bits;
};

#define IPADDR_STRLEN	46	/* with the NUL */
#define ENDPOINT_STRLEN	54	/* "[v6]:port" with the NUL */
#define IPNET_STRLEN	50	/* "v6/bits" with the NUL */

struct ipaddr	 ipaddr_v4(uint32_t host_order);
/* host order; 0 if not IPv4 */
uint32_t	 ipaddr_as_v4(const struct ipaddr *);
/* Reads 4 or 16 bytes; family IP_NONE if the reader went bad. */
struct ipaddr	 ipaddr_decode(struct rd *, enum ip_family);
void		 ipaddr_encode(struct wr *, const struct ipaddr *);
size_t		 ipaddr_len(const struct ipaddr *);	/* 0, 4 or 16 */
bool		 ipaddr_eq(const struct ipaddr *, const struct ipaddr *);
/* The address with all but its first `bits` cleared. */
struct ipaddr	 ipaddr_prefix(const struct ipaddr *, unsigned bits);
/* Text form, "-" for none; returns buf. */
const char	*ipaddr_str(const struct ipaddr *, char buf[IPADDR_STRLEN]);
bool		 ipaddr_parse(const char *, struct ipaddr *);

/* "10.0.0.0/8" or one address.  False: neither, or ones behind the prefix. */
bool		 ipnet_parse(const char *, struct ipnet *);
/* Text form, one address without its bits, "any" for all; returns buf. */
const char	*ipnet_str(const struct ipnet *, char buf[IPNET_STRLEN]);
/* Are the members such as ipnet_parse() makes them, or is it all? */
bool		 ipnet_ok(const struct ipnet *);
bool		 ipnet_has(const struct ipnet *, const struct ipaddr *);
/* Is there an address in both?  Then one of them has all of the other. */
bool		 ipnet_overlap(const struct ipnet *, const struct ipnet *);

bool		 endpoint_eq(const struct endpoint *, const struct endpoint *);
const char	*endpoint_str(const struct endpoint *,
	    char buf[ENDPOINT_STRLEN]);

#endif
