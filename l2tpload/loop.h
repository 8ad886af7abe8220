/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_LOOP_H
#define L2TPLOAD_LOOP_H

/*
 * DOC: the host of many phones: three sockets for all of them, whose packets
 * carry each phone's own address (packet info both ways), and one timer.
 *
 * The network of the phones must belong to this host, as by
 * `ip route add local 10.64.0.0/16 dev lo'.
 */

#include "l2tpload/options.h"

/* The commands `login' and `tun'; the exit status.  The kit is changed. */
int	loop_login(const struct options *, struct peer_kit *);

#endif
