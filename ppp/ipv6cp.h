/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_IPV6CP_H
#define PPP_IPV6CP_H

/*
 * DOC: IPV6CP: interface identifiers (RFC 5072).
 *
 * Each end has 64 bits from which it makes its link-local address; neither may
 * be zero, and they must differ.  Everything else about IPv6 is said in IPv6
 * itself.
 */

#include "ppp/cp.h"

enum ipv6cp_row {		/* rows of its option table */
	IPV6CP_IFID
};

extern const struct cp_def ipv6cp_def;

/*
 * Draws the identifiers that we ask for and suggest, before the protocol is
 * opened.  False: no randomness.
 */
bool		ipv6cp_init(struct ppp *);
/* What was agreed, for PPP_NET6_UP. */
void		ipv6cp_result(const struct ppp *, struct ppp_net6 *);

#endif
