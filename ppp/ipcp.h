/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_IPCP_H
#define PPP_IPCP_H

/* DOC: IPCP: address (RFC 1332) and name servers (RFC 1877). */

#include "ppp/cp.h"

enum ipcp_row {			/* rows of its option table */
	IPCP_ADDR,
	IPCP_DNS1,
	IPCP_WINS1,
	IPCP_DNS2,
	IPCP_WINS2
};

extern const struct cp_def ipcp_def;

/* The address that a Configure-Request asks for; IP_NONE if it is none. */
struct ipaddr	ipcp_wanted(struct rd packet);
/* What was agreed, for PPP_NET_UP. */
void		ipcp_result(const struct ppp *, struct ppp_net *);
/* Do we have an address?  The peer role asks before it calls itself up. */
bool		ipcp_usable(const struct ppp *);

#endif
