/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IO_ADDR_H
#define IO_ADDR_H

/* DOC: endpoints as the kernel wants them, and back. */

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/endpoint.h"

union sock_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The length to give to the kernel; an endpoint without a family is 0.0.0.0. */
socklen_t	 sock_addr_make(union sock_addr *, const struct endpoint *);
/* Family IP_NONE if it is of another family. */
struct endpoint	 sock_addr_read(const union sock_addr *);

#endif
