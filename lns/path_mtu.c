/* SPDX-License-Identifier: BSD-2-Clause */
/* How large a packet may be inside: see path.h. */

#include "lns/path.h"

#define UDP_HEAD	8
#define L2TP_DATA_HEAD	6	/* flags, tunnel, session */
#define L2TP_SEQ_HEAD	4
#define PPP_HEAD	4	/* FF 03 and a two-byte protocol */

uint16_t
path_mtu(const struct lns *l, const struct path *p)
{
	size_t block = esp_suite_block(&p->suite);
	size_t over = (p->remote.addr.family == IP_V6 ? 40 : 20) +
	    (p->encap ? UDP_HEAD : 0) +
	    8 + esp_suite_iv(&p->suite) + esp_suite_icv(&p->suite);
	size_t text = l->params->outer_mtu > over ?
	    (l->params->outer_mtu - over) / block * block : 0;
	size_t inside = 2 + UDP_HEAD + L2TP_DATA_HEAD + L2TP_SEQ_HEAD + PPP_HEAD;

	return text > inside ? (uint16_t)(text - inside) : 0;
}
