/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_RADSEC_H
#define L2TPD_RADSEC_H

/*
 * DOC: TLS connections to RADIUS servers (RadSec, RFC 6614; RADIUS/1.1, RFC
 * 9765).
 *
 * The RADIUS client says which to open, by handle; it is told when one is
 * ready and when one is lost, and why.  Nothing here waits: connecting and
 * shaking hands have RADSEC_UP_S together, and what a server does not read is
 * bounded.  A server that reads but never answers is the client's to notice.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/crypto_tls.h"
#include "conf/conf.h"

#define RADSEC_UP_S		10
#define RADSEC_UNSENT_MAX	(256 * 1024)	/* bytes */

/* One per server of the configuration that is reached by TLS; or NULL. */
struct radsec_keys {
	struct tls_client *server[CONF_SERVERS_MAX];
};

/*
 * Reads the certificates and keys of all servers, as root.  False, and one
 * line in err (n bytes): "server NAME: tls-cert FILE: ...".
 */
bool	radsec_keys_read(const struct conf *, struct radsec_keys *, char *err,
	    size_t n);
void	radsec_keys_free(struct radsec_keys *);

struct host;
struct radsec;

/* The host's keys are borrowed. */
struct radsec	*radsec_new(struct host *);
/* Says goodbye and closes all; nobody is told. */
void	radsec_free(struct radsec *);
/*
 * Begins to connect; lns_radius_up() or lns_radius_down() follows.  False: it
 * could not begin; why is a static text or of strerror().
 */
bool	radsec_open(struct radsec *, uint32_t port, uint32_t server,
	    const struct endpoint *, const char **why);
/* False: there is no connection under this handle. */
bool	radsec_close(struct radsec *, uint32_t port);
/* What does not go out is repeated by the client.  False: as above. */
bool	radsec_send(struct radsec *, uint32_t port, struct rd packet);

#endif
