/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_NAT_H
#define L2TPD_NAT_H

/*
 * DOC: `nat auto`: forwarding and address translation by one switch.
 *
 * Runs in the root monitor.  The rules stand in an nftables table of our own,
 * `inet l2tpd`, which replaces what a killed run left; ip_forward is set and
 * put back to what it was before the first run.  IPv6 is forwarded as it is,
 * where there are networks for it: clients reach what they like, and are reached
 * by what they have asked only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

#define NAT_RANGES	4096	/* after neighbours have been joined */
#define NAT_NETS	256

struct nat_range {
	uint32_t first, last;	/* IPv4, host order */
};

struct nat {			/* what the rules are made of */
	char interface[16];	/* the TUN */
	bool client_to_client;
	uint32_t ranges;	/* inner addresses of peers */
	struct nat_range range[NAT_RANGES];
	uint32_t nets;		/* IPv6 networks of peers */
	struct ipnet net[NAT_NETS];
};

/*
 * Sets all up.  `state` is the file that remembers the old ip_forward across
 * a kill; one with a 6 behind it, that of IPv6.  False and one line in err if it cannot be; nothing is changed
 * then.  `warn` gets a line if another table's forward chain drops.
 */
bool	nat_on(const struct nat *, const char *state, char *err, size_t err_size,
	    char *warn, size_t warn_size);
/* Did a killed run leave something? */
bool	nat_left(const char *state);
/* Takes away what nat_on() set up, or what an earlier run left. */
void	nat_off(const char *state);
/*
 * The rules as text for nft(8), with a line first that takes an older table
 * away.  False if the buffer is too small.
 */
bool	nat_rules(const struct nat *, char *buf, size_t size);

#endif
