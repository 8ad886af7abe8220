/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_RECV_H
#define L2TP_RECV_H

/*
 * DOC: what came in: finds its tunnel, puts it in order, decides whether it
 * is acceptable and hands the event to the machine it belongs to.
 */

#include "l2tp/l2tp_int.h"

void	recv_packet(struct l2tp *, mono_t now, uint32_t path, struct rd data,
	    struct l2tp_out *);

#endif
