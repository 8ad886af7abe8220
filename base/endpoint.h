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

#define IPADDR_STRLEN	46	/* with the NUL */
#define ENDPOINT_STRLEN	54	/* "[v6]:port" with the NUL */

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

bool		 endpoint_eq(const struct endpoint *, const struct endpoint *);
const char	*endpoint_str(const struct endpoint *,
	    char buf[ENDPOINT_STRLEN]);

#endif
