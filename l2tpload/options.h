/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPLOAD_OPTIONS_H
#define L2TPLOAD_OPTIONS_H

/* DOC: the command line of l2tpload. */

#include <stdbool.h>
#include <stdint.h>

#include "l2tpload/host.h"
#include "l2tpload/peer.h"
#include "l2tpload/traffic.h"

#define OPTIONS_ROUTES	16
#define OPTIONS_PHONES	100000	/* at most */

enum options_command {
	OPTIONS_DIAL = 1,	/* one phone; bits, for the table of options */
	OPTIONS_LOGIN = 2,	/* many */
	OPTIONS_CARRY = 4,	/* many, whose packets go through a TUN */
	OPTIONS_TRAFFIC = 8,	/* many, with datagrams of our own */
	OPTIONS_ECHO = 16	/* the host behind for that */
};

struct options_route {
	struct ipaddr net;
	unsigned bits;
};

struct options {
	enum options_command command;
	struct ipaddr server;
	struct ipaddr bind;		/* IP_NONE: as the routes say */
	bool with_tun;
	char tun[HOST_NAME];		/* empty: the kernel chooses */
	struct options_route route[OPTIONS_ROUTES];
	unsigned routes;
	uint32_t hold_s;		/* 0: until a signal */
	bool hold;
	struct ipaddr ping;		/* IP_NONE: none */
	uint32_t pings;
	uint32_t ping_ms;		/* between two */
	bool json;
	/* of login, tun and traffic */
	uint32_t phones;
	uint32_t rate;			/* dial-ins per second */
	struct ipnet from;		/* where they stand; IPv4 */
	struct traffic_params traffic;
	uint32_t port;			/* of echo */
};

/*
 * Fills the options and the phone's kit.  False: `why` says in one line what
 * is wrong.
 */
bool	options_read(int argc, char **argv, struct options *, struct peer_kit *,
	    char *why, size_t n);
/*
 * Makes OpenSSL ready for what this kit does.  False: `why` says what is
 * missing.
 */
bool	options_crypto(const struct peer_kit *, char *why, size_t n);
extern const char options_usage[];

#endif
