/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the configuration file: see schema.h. */

#include <string.h>

#include "conf/conf.h"
#include "conf/schema.h"

#define AT(m)		offsetof(struct conf, m)
#define POOL_AT(m)	offsetof(struct conf_pool, m)
#define TEXT(m)		(sizeof(((struct conf *)NULL)->m) - 1)
#define DAY		86400

static const struct schema_section sections[] = {
	{ "", false, "" },
	{ "listener", false, "Where the outside world reaches us." },
	{ "ipsec", false, "Keys, policy and limits of IKE and ESP." },
	{ "l2tp", false, "The control connections inside IPsec." },
	{ "ppp", false, "How clients log in and what they are told." },
	{ "pool", true, "Addresses for clients." },
	{ "users", false, "Who may log in." },
	{ "limits", false, "How many, and how often." },
};

/* clang-format off */
static const struct schema_row rows[] = {
/*	section	    name		   type		   unit  min	max	default		member	*/
{ "", "run-dir",		SCHEMA_TEXT,	"",	1, TEXT(run_dir),	"/run/l2tpd",	AT(run_dir), false, false, { 0 },
	"Directory for the control socket and the pid file." },
{ "", "user",			SCHEMA_TEXT,	"",	1, TEXT(user),		"l2tpd",	AT(user), false, false, { 0 },
	"System user that the daemon runs as once it has its sockets." },
{ "", "group",			SCHEMA_TEXT,	"",	0, TEXT(group),		NULL,		AT(group), false, false, { 0 },
	"System group; the user's own when not given.  Its members may use the control socket." },
{ "", "control-socket",		SCHEMA_TEXT,	"",	0, 107,			NULL,		AT(control_socket), false, false, { 0 },
	"Path of the control socket; l2tpd.sock in run-dir when not given." },
{ "", "interface",		SCHEMA_TEXT,	"",	1, TEXT(interface),	"l2tp0",	AT(interface), false, false, { 0 },
	"Name of the TUN device." },
{ "", "log-level",		SCHEMA_WORD,	"",	0, 0,			"info",		AT(log_level), false, true, { "error", "warn", "info", "debug" },
	"Least important kind of message to log." },
{ "", "workers",		SCHEMA_NUM,	"",	0, 64,			"0",		AT(workers), false, false, { 0 },
	"Threads that move packets; 0 means one per core." },
{ "", "nat",			SCHEMA_WORD,	"",	0, 0,			"off",		AT(nat), false, false, { "off", "auto" },
	"With auto, forwarding is switched on and clients leave under this host's address; undone at exit." },
{ "", "client-to-client",	SCHEMA_BOOL,	"",	0, 0,			"no",		AT(client_to_client), false, true, { 0 },
	"May clients reach each other?" },
{ "", "outer-mtu",		SCHEMA_NUM,	"bytes", 1280, 9216,		"1500",		AT(outer_mtu), false, false, { 0 },
	"Largest IP packet on the way to clients; the size inside the tunnel follows from it." },

{ "listener", "address",	SCHEMA_ADDRS,	"",	0, CONF_ADDRS_MAX,	NULL,		AT(listener.address), false, false, { 0 },
	"Addresses to listen on, IPv4 and IPv6; all of the host when not given." },
{ "listener", "protocol-50",	SCHEMA_BOOL,	"",	0, 0,			"yes",		AT(listener.protocol_50), false, false, { 0 },
	"Also serve clients without a NAT in between, whose ESP comes without UDP." },
{ "listener", "id",		SCHEMA_ID,	"",	1, CONF_NAME_MAX - 1,	"auto",		AT(listener.id), false, true, { 0 },
	"Our identity in IKE: auto (the address that was dialled), an address, a host name or user@host." },

{ "ipsec", "psk",		SCHEMA_SECRETS,	"",	0, CONF_SECRETS_MAX,	NULL,		AT(ipsec.psk), false, true, { 0 },
	"Pre-shared key; several are tried in turn, so that a key can be changed gently." },
{ "ipsec", "psk-file",		SCHEMA_TEXT,	"",	0, TEXT(ipsec.psk_file), NULL,		AT(ipsec.psk_file), false, true, { 0 },
	"File with further keys, one per line." },
{ "ipsec", "allow-weak-psk",	SCHEMA_BOOL,	"",	0, 0,			"no",		AT(ipsec.allow_weak_psk), false, true, { 0 },
	"Accept a key shorter than 20 characters, with a warning at each start." },
{ "ipsec", "allow-legacy-dh",	SCHEMA_BOOL,	"",	0, 0,			"no",		AT(ipsec.allow_legacy_dh), false, true, { 0 },
	"Accept Diffie-Hellman group 2 and 3DES, which Android up to version 12 needs." },
{ "ipsec", "phase1",		SCHEMA_P1S,	"",	0, CONF_P1_MAX,		NULL,		AT(ipsec.phase1), false, true, { 0 },
	"Combinations for IKE, best first, such as aes256-sha256-modp2048; the built-in list when not given." },
{ "ipsec", "phase2",		SCHEMA_P2S,	"",	0, CONF_P2_MAX,		NULL,		AT(ipsec.phase2), false, true, { 0 },
	"Combinations for ESP, best first, such as aes256gcm16 or aes128-sha1; the built-in list when not given." },
{ "ipsec", "phase1-lifetime",	SCHEMA_TIME,	"s",	300, 7 * DAY,		"8h",		AT(ipsec.phase1_life_s), false, true, { 0 },
	"Hard limit of the life of an IKE security association." },
{ "ipsec", "phase2-lifetime",	SCHEMA_TIME,	"s",	120, 7 * DAY,		"8h",		AT(ipsec.phase2_life_s), false, true, { 0 },
	"Hard limit of the life of an ESP security association." },
{ "ipsec", "dpd-interval",	SCHEMA_TIME,	"s",	5, 3600,		"30s",		AT(ipsec.dpd_s), false, true, { 0 },
	"Ask a silent client whether it is there after this time." },
{ "ipsec", "dpd-tries",		SCHEMA_NUM,	"",	1, 20,			"4",		AT(ipsec.dpd_tries), false, true, { 0 },
	"Unanswered questions after which a client is gone." },
{ "ipsec", "replay-window",	SCHEMA_NUM,	"packets", 64, 1024,		"1024",		AT(ipsec.replay_window), false, true, { 0 },
	"How far packets may overtake each other; a multiple of 64." },
{ "ipsec", "max-peers",		SCHEMA_NUM,	"",	1, 1000000,		"20000",	AT(ipsec.max_peers), false, false, { 0 },
	"Most IKE security associations." },
{ "ipsec", "max-half-open",	SCHEMA_NUM,	"",	16, 1000000,		"16384",	AT(ipsec.max_half_open), false, false, { 0 },
	"Most dial-ins that have not yet shown that they hear our answers (1 KB each)." },
{ "ipsec", "max-dh-pending",	SCHEMA_NUM,	"",	16, 1000000,		"4096",		AT(ipsec.max_dh_pending), false, false, { 0 },
	"Most dial-ins between key exchange and identity (3 KB each)." },
{ "ipsec", "max-children",	SCHEMA_NUM,	"",	1, 1000000,		"40000",	AT(ipsec.max_children), false, false, { 0 },
	"Most pairs of ESP security associations." },
{ "ipsec", "address-burst",	SCHEMA_NUM,	"",	1, 1000000,		"20",		AT(ipsec.address_burst), false, true, { 0 },
	"Dial-ins at once from one address (IPv6: one /64)." },
{ "ipsec", "address-rate",	SCHEMA_NUM,	"per second", 1, 1000000,	"2",		AT(ipsec.address_rate), false, true, { 0 },
	"Dial-ins from one address in the long run." },
{ "ipsec", "network-burst",	SCHEMA_NUM,	"",	1, 1000000,		"200",		AT(ipsec.network_burst), false, true, { 0 },
	"Dial-ins at once from one /24 (IPv6: one /48)." },
{ "ipsec", "network-rate",	SCHEMA_NUM,	"per second", 1, 1000000,	"20",		AT(ipsec.network_rate), false, true, { 0 },
	"Dial-ins from one network in the long run." },
{ "ipsec", "total-rate",	SCHEMA_NUM,	"per second", 1, 1000000,	"2000",		AT(ipsec.total_rate), false, true, { 0 },
	"Dial-ins from everywhere." },
{ "ipsec", "trusted-factor",	SCHEMA_NUM,	"",	1, 10000,		"100",		AT(ipsec.trusted_factor), false, true, { 0 },
	"How much more a network may that had a successful login in the last 24 hours." },

{ "l2tp", "host-name",		SCHEMA_TEXT,	"",	1, TEXT(l2tp.host_name), "l2tpd",	AT(l2tp.host_name), false, true, { 0 },
	"Our name in L2TP and CHAP." },
{ "l2tp", "hello-interval",	SCHEMA_TIME,	"s",	0, 3600,		"60s",		AT(l2tp.hello_s), false, true, { 0 },
	"Send a Hello on a silent control connection after this time; 0 for never." },
{ "l2tp", "receive-window",	SCHEMA_NUM,	"messages", 1, 64,		"8",		AT(l2tp.receive_window), false, true, { 0 },
	"Control messages that a client may send ahead." },
{ "l2tp", "max-tunnels",	SCHEMA_NUM,	"",	1, 1000000,		"20000",	AT(l2tp.max_tunnels), false, false, { 0 },
	"Most control connections." },
{ "l2tp", "max-sessions",	SCHEMA_NUM,	"",	1, 1000000,		"20000",	AT(l2tp.max_sessions), false, false, { 0 },
	"Most calls in them." },
{ "l2tp", "tunnels-per-peer",	SCHEMA_NUM,	"",	1, 64,			"2",		AT(l2tp.tunnels_per_peer), false, true, { 0 },
	"Most control connections of one client." },
{ "l2tp", "sessions-per-tunnel", SCHEMA_NUM,	"",	1, 1024,		"1",		AT(l2tp.sessions_per_tunnel), false, true, { 0 },
	"Most calls in one control connection." },
{ "l2tp", "retransmit-first",	SCHEMA_TIME,	"ms",	100, 10000,		"1s",		AT(l2tp.retransmit_first_ms), false, true, { 0 },
	"Repeat an unanswered control message after this time; then twice as long each time." },
{ "l2tp", "retransmit-cap",	SCHEMA_TIME,	"ms",	8000, 60000,		"8s",		AT(l2tp.retransmit_cap_ms), false, true, { 0 },
	"Longest time between two repeats." },
{ "l2tp", "retransmit-tries",	SCHEMA_NUM,	"",	1, 20,			"5",		AT(l2tp.retransmit_tries), false, true, { 0 },
	"Repeats after which a client is gone." },

{ "ppp", "methods",		SCHEMA_SET,	"",	1, 3,			"mschapv2",	AT(ppp.methods), false, true, { "pap", "chap-md5", "mschapv2" },
	"Ways to log in that are allowed; the strongest is offered first." },
{ "ppp", "mru",			SCHEMA_NUM,	"bytes", 576, 9000,		"1400",		AT(ppp.mru), false, true, { 0 },
	"Largest packet inside a tunnel." },
{ "ppp", "echo-interval",	SCHEMA_TIME,	"s",	0, 3600,		"30s",		AT(ppp.echo_s), false, true, { 0 },
	"Send an LCP echo when a client is silent for this time; 0 for never." },
{ "ppp", "echo-failures",	SCHEMA_NUM,	"",	1, 20,			"4",		AT(ppp.echo_failures), false, true, { 0 },
	"Unanswered echoes after which a client is gone." },
{ "ppp", "auth-tries",		SCHEMA_NUM,	"",	1, 10,			"3",		AT(ppp.auth_tries), false, true, { 0 },
	"Wrong passwords in one session." },
{ "ppp", "dns",			SCHEMA_ADDRS,	"",	0, 2,			NULL,		AT(ppp.dns), true, true, { 0 },
	"Name servers for clients." },
{ "ppp", "wins",		SCHEMA_ADDRS,	"",	0, 2,			NULL,		AT(ppp.wins), true, true, { 0 },
	"NetBIOS name servers for clients." },
{ "ppp", "local-address",	SCHEMA_ADDR,	"",	0, 0,			NULL,		AT(ppp.local_address), true, false, { 0 },
	"Our address inside every tunnel; the one before the first of the first pool when not given." },

{ "pool", "range",		SCHEMA_RANGES,	"",	1, CONF_RANGES_MAX,	NULL,		POOL_AT(range), true, true, { 0 },
	"Addresses to give out: 10.9.0.10-10.9.0.250, one address, or a prefix such as 10.9.0.0/24, which leaves out its first two addresses and its last." },
{ "pool", "exclude",		SCHEMA_BLOCKS,	"",	0, CONF_RANGES_MAX,	NULL,		POOL_AT(exclude), true, true, { 0 },
	"Addresses of the range not to give out; a prefix means all of it." },

{ "users", "file",		SCHEMA_TEXT,	"",	1, TEXT(users.file),	NULL,		AT(users.file), false, true, { 0 },
	"File of local users." },
{ "users", "pool",		SCHEMA_TEXT,	"",	0, TEXT(users.pool),	NULL,		AT(users.pool), false, true, { 0 },
	"Pool for users without one of their own; the first pool when not given." },

{ "limits", "sessions",		SCHEMA_NUM,	"",	1, 1000000,		"20000",	AT(limits.sessions), false, true, { 0 },
	"Most clients logged in." },
{ "limits", "sessions-per-user", SCHEMA_NUM,	"",	0, 1000000,		"0",		AT(limits.sessions_per_user), false, true, { 0 },
	"Most sessions under one name; 0 for no limit." },
{ "limits", "login-burst",	SCHEMA_NUM,	"",	1, 1000000,		"1000",		AT(limits.login_burst), false, true, { 0 },
	"Passwords to check at once." },
{ "limits", "login-rate",	SCHEMA_NUM,	"per second", 1, 1000000,	"200",		AT(limits.login_rate), false, true, { 0 },
	"Passwords to check in the long run." },
{ "limits", "login-timeout",	SCHEMA_TIME,	"s",	5, 600,			"30s",		AT(limits.login_s), false, true, { 0 },
	"Time to log in once the tunnel is being set up." },
{ "limits", "auth-delay",	SCHEMA_TIME,	"s",	0, 60,			"1s",		AT(limits.auth_delay_s), false, true, { 0 },
	"Answer a wrong password so much later; twice as long each further time." },
{ "limits", "auth-delay-max",	SCHEMA_TIME,	"s",	0, 600,			"60s",		AT(limits.auth_delay_max_s), false, true, { 0 },
	"Longest such delay." },
{ "limits", "attempts",		SCHEMA_NUM,	"",	16, 100000,		"1000",		AT(limits.attempts), false, false, { 0 },
	"Dial-ins to remember for l2tpctl attempts." },
};
/* clang-format on */

#define ROWS		(sizeof(rows) / sizeof(rows[0]))
#define SECTIONS	(sizeof(sections) / sizeof(sections[0]))

_Static_assert(ROWS <= SCHEMA_ROWS_MAX, "SCHEMA_ROWS_MAX");
_Static_assert(SECTIONS <= SCHEMA_SECTIONS_MAX, "SCHEMA_SECTIONS_MAX");

const struct schema_row *
schema_row(size_t i)
{
	return i < ROWS ? &rows[i] : NULL;
}

const struct schema_section *
schema_section(size_t i)
{
	return i < SECTIONS ? &sections[i] : NULL;
}

size_t
schema_find(const char *section, const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].section, section) == 0 &&
		    strcmp(rows[i].name, name) == 0)
			return i;
	return SCHEMA_ROWS_MAX;
}

bool
schema_is_list(const struct schema_row *r)
{
	return r->type == SCHEMA_SET || r->type >= SCHEMA_ADDRS;
}
