/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_RADWIRES_H
#define L2TPD_RADWIRES_H

/*
 * DOC: the sockets to RADIUS servers.
 *
 * The RADIUS client says which to open, by handle; they are connected UDP
 * sockets with a source port of the kernel's (random) choice, or TLS connections
 * (radsec.h).  A connected socket hears its server alone, and tells of ICMP
 * errors.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "radius/client.h"

struct host;
struct radwires;

struct radwires	*radwires_new(struct host *);
void		 radwires_free(struct radwires *);
/* False: it could not be opened; why is a static text or of strerror(). */
bool		 radwires_open(struct radwires *, uint32_t port,
		    uint32_t server, enum radius_service, const char **why);
void		 radwires_close(struct radwires *, uint32_t port);
/* What does not go out is repeated by the client. */
void		 radwires_send(struct radwires *, uint32_t port, struct rd packet);

#endif
