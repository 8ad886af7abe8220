/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_CHANGE_H
#define LNS_CHANGE_H

/*
 * DOC: sessions ended or changed from outside (RFC 5176).
 *
 * dae (radius/dae.h) has found the request authentic and fresh; here it meets
 * the sessions that all of its identifying attributes fit.  A Disconnect ends
 * them; a CoA changes all of them or none.
 */

#include "lns/lns_int.h"

/* The attributes that a CoA-Request may change, for dae_params. */
void	change_params(struct dae_params *);
/* Answers one DAE_ASK. */
void	change_ask(struct lns *, mono_t now, const struct dae_act *);

#endif
