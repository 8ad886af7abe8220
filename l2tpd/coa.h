/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_COA_H
#define L2TPD_COA_H

/*
 * DOC: the sockets for CoA- and Disconnect-Requests.
 *
 * They are there only if some server may send such (coa = yes).  An answer
 * leaves from the address that was asked.
 */

#include "base/buf.h"
#include "base/endpoint.h"

struct host;
struct coa;

/* NULL and the address in *at, with errno, if one cannot be opened. */
struct coa	*coa_open(struct host *, struct endpoint *at);
void		 coa_close(struct coa *);
void		 coa_send(struct coa *, const struct endpoint *local,
		    const struct endpoint *remote, struct rd data);

#endif
