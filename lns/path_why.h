/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LNS_PATH_WHY_H
#define LNS_PATH_WHY_H

/* DOC: what the attempt record says of a path that came to nothing. */

#include "lns/lns_int.h"

/* The path's last tunnel ended; was_up: it was open before. */
void	path_why_tunnel(struct lns *, mono_t now, const struct path *,
	    bool was_up, const struct l2tp_end *);
/* It waited in vain for a tunnel. */
void	path_why_idle(struct lns *, mono_t now, const struct path *);

#endif
