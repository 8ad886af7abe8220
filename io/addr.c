/* SPDX-License-Identifier: BSD-2-Clause */
/* Socket addresses: see addr.h. */

#include <string.h>

#include "base/inet.h"
#include "io/addr.h"

socklen_t
sock_addr_make(union sock_addr *a, const struct endpoint *e)
{
	*a = (union sock_addr){ 0 };
	if (e->addr.family == IP_V6) {
		a->v6.sin6_family = AF_INET6;
		memcpy(&a->v6.sin6_addr, e->addr.b, 16);
		inet_put16((uint8_t *)&a->v6.sin6_port, 0, e->port);
		return sizeof(a->v6);
	}
	a->v4.sin_family = AF_INET;
	memcpy(&a->v4.sin_addr, e->addr.b, 4);
	inet_put16((uint8_t *)&a->v4.sin_port, 0, e->port);
	return sizeof(a->v4);
}

struct endpoint
sock_addr_read(const union sock_addr *a)
{
	struct endpoint e = { 0 };

	if (a->sa.sa_family == AF_INET) {
		e.addr.family = IP_V4;
		memcpy(e.addr.b, &a->v4.sin_addr, 4);
		e.port = inet_u16((const uint8_t *)&a->v4.sin_port, 0);
	} else if (a->sa.sa_family == AF_INET6) {
		e.addr.family = IP_V6;
		memcpy(e.addr.b, &a->v6.sin6_addr, 16);
		e.port = inet_u16((const uint8_t *)&a->v6.sin6_port, 0);
	}
	return e;
}
