/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the configuration file: see schema.h. */

#include <string.h>

#include "conf/conf.h"
#include "conf/schema.h"

#define AT(m)		offsetof(struct conf, m)
#define IN(s, m)	offsetof(struct conf_##s, m)
#define MANY(s, v, n)	AT(v), sizeof(struct conf_##s), AT(n), \
	sizeof(((struct conf *)NULL)->v) / sizeof(struct conf_##s)
#define TEXT(m)		(sizeof(((struct conf *)NULL)->m) - 1)
#define DAY		86400

static const struct schema_section sections[] = {
	{ .name = "", .help = "" },
	{ .name = "listener", .help = "Where the outside world reaches us." },
	{ .name = "ipsec", .help = "Keys, policy and limits of IKE and ESP." },
	{ .name = "l2tp", .help = "The control connections inside IPsec." },
	{ .name = "ppp", .help = "How clients log in and what they are told." },
	{ "pool", true, "Addresses for clients.", MANY(pool, pool, pools) },
	{ "user-group", true, "What a group of users is granted.",
	    MANY(group, user_group, user_groups) },
	{ "acl", true, "Access rules, which Filter-Id names.",
	    MANY(acl, acl, acls) },
	{ .name = "users", .help = "Who may log in." },
	{ "server", true, "A RADIUS server.",
	    MANY(server, server, servers) },
	{ "server-group", true, "RADIUS servers that stand in for each other.",
	    MANY(server_group, server_group, server_groups) },
	{ "realm", true, "Whose servers the users of a realm or domain have.",
	    MANY(realm, realm, realms) },
	{ .name = "radius", .help = "Authentication and accounting by RADIUS." },
	{ .name = "limits", .help = "How many, and how often." },
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
{ "", "esp-engine",		SCHEMA_WORD,	"",	0, 0,			"auto",		AT(esp_engine), false, false, { "auto", "openssl", "ipsec-mb" },
	"What encrypts: many packets at a time (ipsec-mb), one (openssl), or the faster one that this machine can run." },
{ "", "offload",		SCHEMA_BOOL,	"",	0, 0,			"yes",		AT(offload), false, false, { 0 },
	"Exchange many packets at a time with the kernel, where it can; switch it off only to find a fault." },
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
	"Accept a key shorter than 20 characters, with a warning at each start and each hour." },
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

{ "ppp", "methods",		SCHEMA_SET,	"",	1, 4,			"mschapv2",	AT(ppp.methods), false, true, { "pap", "chap-md5", "mschapv2", "eap" },
	"Ways to log in that are allowed; the strongest is offered first.  eap is passed on to a RADIUS server: no local user can use it." },
{ "ppp", "mru",			SCHEMA_NUM,	"bytes", 576, 9000,		"1400",		AT(ppp.mru), false, true, { 0 },
	"Largest packet inside a tunnel." },
{ "ppp", "echo-interval",	SCHEMA_TIME,	"s",	0, 3600,		"30s",		AT(ppp.echo_s), false, true, { 0 },
	"Send an LCP echo when a client is silent for this time; 0 for never." },
{ "ppp", "echo-failures",	SCHEMA_NUM,	"",	1, 20,			"4",		AT(ppp.echo_failures), false, true, { 0 },
	"Unanswered echoes after which a client is gone." },
{ "ppp", "restart",		SCHEMA_TIME,	"ms",	500, 30000,		"3s",		AT(ppp.restart_ms), false, true, { 0 },
	"Repeat an unanswered PPP request after this time." },
{ "ppp", "max-configure",	SCHEMA_NUM,	"",	1, 60,			"10",		AT(ppp.max_configure), false, true, { 0 },
	"Configure-Requests without an answer after which a link is given up." },
{ "ppp", "max-terminate",	SCHEMA_NUM,	"",	1, 10,			"2",		AT(ppp.max_terminate), false, true, { 0 },
	"Terminate-Requests without an answer after which a link is gone." },
{ "ppp", "max-failure",		SCHEMA_NUM,	"",	1, 60,			"5",		AT(ppp.max_failure), false, true, { 0 },
	"Unacceptable requests that are answered with a counter-proposal, before the option is rejected." },
{ "ppp", "auth-tries",		SCHEMA_NUM,	"",	1, 10,			"3",		AT(ppp.auth_tries), false, true, { 0 },
	"Wrong passwords in one session." },
{ "ppp", "dns",			SCHEMA_ADDRS,	"",	0, 2,			NULL,		AT(ppp.dns), true, true, { 0 },
	"Name servers for clients." },
{ "ppp", "dns6",		SCHEMA_ADDRS,	"",	0, 2,			NULL,		AT(ppp.dns6), false, true, { 0 },
	"Name servers for clients with IPv6, by their IPv6 addresses." },
{ "ppp", "wins",		SCHEMA_ADDRS,	"",	0, 2,			NULL,		AT(ppp.wins), true, true, { 0 },
	"NetBIOS name servers for clients." },
{ "ppp", "local-address",	SCHEMA_ADDR,	"",	0, 0,			NULL,		AT(ppp.local_address), true, false, { 0 },
	"Our address inside every tunnel; the one before the first of the first pool when not given." },

{ "pool", "range",		SCHEMA_RANGES,	"",	1, CONF_RANGES_MAX,	NULL,		IN(pool, range), true, true, { 0 },
	"Addresses to give out: 10.9.0.10-10.9.0.250, one address, or a prefix such as 10.9.0.0/24, which leaves out its first two addresses and its last." },
{ "pool", "exclude",		SCHEMA_BLOCKS,	"",	0, CONF_RANGES_MAX,	NULL,		IN(pool, exclude), true, true, { 0 },
	"Addresses of the range not to give out; a prefix means all of it." },
{ "pool", "prefix6",		SCHEMA_NETS6,	"",	0, CONF_NETS_MAX,	NULL,		IN(pool, prefix6), false, true, { 0 },
	"IPv6 networks, such as 2001:db8:100::/48, of which each session gets a /64; no IPv6 when not given." },

{ "user-group", "pool",		SCHEMA_TEXT,	"",	0, CONF_NAME_MAX - 1,	NULL,		IN(group, pool), false, true, { 0 },
	"Pool of their addresses; as without a group when not given." },
{ "user-group", "acl",		SCHEMA_TEXT,	"",	0, CONF_NAME_MAX - 1,	NULL,		IN(group, acl), false, true, { 0 },
	"Access rules that hold for them; none when not given." },
{ "user-group", "dns",		SCHEMA_ADDRS,	"",	0, 2,			NULL,		IN(group, dns), true, true, { 0 },
	"Name servers for them." },
{ "user-group", "wins",		SCHEMA_ADDRS,	"",	0, 2,			NULL,		IN(group, wins), true, true, { 0 },
	"NetBIOS name servers for them." },
{ "user-group", "sessions",		SCHEMA_NUM,	"",	0, 1000000,		"0",		IN(group, sessions), false, true, { 0 },
	"Most sessions of each of them; 0 for what limits say." },
{ "user-group", "session-timeout",	SCHEMA_TIME,	"s",	0, 30 * DAY,		"0",		IN(group, session_s), false, true, { 0 },
	"End a session after this time; 0 for never." },
{ "user-group", "idle-timeout",	SCHEMA_TIME,	"s",	0, 30 * DAY,		"0",		IN(group, idle_s), false, true, { 0 },
	"End a session without packets for this time; 0 for never." },
{ "user-group", "interim-interval",	SCHEMA_TIME,	"s",	0, DAY,			"0",		IN(group, interim_s), false, true, { 0 },
	"Time between two accounting records; 0 for what radius says." },
{ "user-group", "rate-up",		SCHEMA_RATE,	"bits per second", 8, 100000000, "0",		IN(group, rate_up), false, true, { 0 },
	"Most bits per second from each of their sessions, such as 10M; 0 for no limit." },
{ "user-group", "rate-down",		SCHEMA_RATE,	"bits per second", 8, 100000000, "0",		IN(group, rate_down), false, true, { 0 },
	"Most bits per second to each of their sessions; 0 for no limit." },
{ "user-group", "quota",		SCHEMA_BYTES,	"bytes", 1, UINT32_MAX,		"0",		IN(group, quota), false, true, { 0 },
	"End a session after so many bytes both ways, such as 10G; 0 for no limit." },
{ "user-group", "mtu",		SCHEMA_NUM,	"bytes", 0, 9000,		"0",		IN(group, mtu), false, true, { 0 },
	"Largest packet to them, from 576 on; 0 for what fits." },
{ "user-group", "route",	SCHEMA_NETS,	"",	0, CONF_NETS_MAX,	NULL,		IN(group, route), true, true, { 0 },
	"Networks behind each of them, such as 10.66.0.0/16; for a group of one user, as a network can be behind one session only." },

{ "acl", "rule",		SCHEMA_RULES,	"",	1, ACL_RULES_MAX,	NULL,		IN(acl, rule), false, true, { 0 },
	"What may pass, such as \"permit from-client tcp from any to 10.0.0.0/8 port 80-443\": the first rule that fits a packet decides, and what none fits is denied." },

{ "users", "file",		SCHEMA_TEXT,	"",	1, TEXT(users.file),	NULL,		AT(users.file), false, true, { 0 },
	"File of local users." },
{ "users", "pool",		SCHEMA_TEXT,	"",	0, TEXT(users.pool),	NULL,		AT(users.pool), false, true, { 0 },
	"Pool for users without one of their own; the first pool when not given." },

{ "server", "transport",	SCHEMA_WORD,	"",	0, 0,			"udp",		IN(server, transport), false, true, { "udp", "tls" },
	"How it is reached: udp, or tls (RadSec)." },
{ "server", "address",		SCHEMA_ADDR,	"",	0, 0,			NULL,		IN(server, address), false, true, { 0 },
	"Its address, IPv4 or IPv6." },
{ "server", "auth-port",	SCHEMA_NUM,	"",	0, 65535,		"1812",		IN(server, auth_port), false, true, { 0 },
	"Its port for authentication; 0 if it has none; 2083 for tls when not given." },
{ "server", "acct-port",	SCHEMA_NUM,	"",	0, 65535,		"1813",		IN(server, acct_port), false, true, { 0 },
	"Its port for accounting; 0 if it has none; for tls the same as auth-port." },
{ "server", "secret",		SCHEMA_SECRETS,	"",	0, 1,			NULL,		IN(server, secret), false, true, { 0 },
	"Secret shared with it; radsec for tls when not given." },
{ "server", "secret-file",	SCHEMA_TEXT,	"",	0, CONF_PATH_MAX - 1,	NULL,		IN(server, secret_file), false, true, { 0 },
	"File whose first line is the secret." },
{ "server", "require-message-authenticator", SCHEMA_BOOL, "", 0, 0,		"yes",		IN(server, require_message_authenticator), false, true, { 0 },
	"Drop its answers without Message-Authenticator, which can be forged (CVE-2024-3596)." },
{ "server", "probe",		SCHEMA_WORD,	"",	0, 0,			"status-server", IN(server, probe), false, true, { "status-server", "none" },
	"How to find out whether a silent server lives." },
{ "server", "priority",		SCHEMA_NUM,	"",	0, 255,			"1",		IN(server, priority), false, true, { 0 },
	"Servers with the lowest number are asked first; equal ones share the load." },
{ "server", "timeout",		SCHEMA_TIME,	"ms",	500, 10000,		"2s",		IN(server, timeout_ms), false, true, { 0 },
	"Repeat an unanswered question after this time; then twice as long each time." },
{ "server", "timeout-cap",	SCHEMA_TIME,	"ms",	1000, 60000,		"16s",		IN(server, timeout_cap_ms), false, true, { 0 },
	"Longest time between two repeats." },
{ "server", "quiet-time",	SCHEMA_TIME,	"ms",	1000, 60000,		"3s",		IN(server, quiet_ms), false, true, { 0 },
	"Probe a server that owes an answer and says nothing for this time." },
{ "server", "fail-time",	SCHEMA_TIME,	"ms",	2000, 120000,		"10s",		IN(server, fail_ms), false, true, { 0 },
	"A server whose probes are unanswered for this time has failed; its questions go to the next." },
{ "server", "dead-time",	SCHEMA_TIME,	"ms",	1000, 3600000,		"60s",		IN(server, dead_ms), false, true, { 0 },
	"Ask nothing of a failed server for this time." },
{ "server", "sockets",		SCHEMA_NUM,	"",	1, 16,			"4",		IN(server, sockets), false, true, { 0 },
	"Most sockets to it, about 240 questions each." },
{ "server", "coa",		SCHEMA_BOOL,	"",	0, 0,			"no",		IN(server, coa), false, true, { 0 },
	"Obey its CoA- and Disconnect-Requests." },
{ "server", "coa-require-message-authenticator", SCHEMA_BOOL, "", 0, 0,	"no",		IN(server, coa_require_message_authenticator), false, true, { 0 },
	"Drop such requests without Message-Authenticator." },
{ "server", "tls-ca",		SCHEMA_TEXT,	"",	0, CONF_PATH_MAX - 1,	NULL,		IN(server, tls_ca), false, true, { 0 },
	"File of the authorities that may have signed its certificate." },
{ "server", "tls-cert",		SCHEMA_TEXT,	"",	0, CONF_PATH_MAX - 1,	NULL,		IN(server, tls_cert), false, true, { 0 },
	"File of our certificate with its chain." },
{ "server", "tls-key",		SCHEMA_TEXT,	"",	0, CONF_PATH_MAX - 1,	NULL,		IN(server, tls_key), false, true, { 0 },
	"File of its private key." },
{ "server", "tls-name",		SCHEMA_TEXT,	"",	0, CONF_PATH_MAX - 1,	NULL,		IN(server, tls_name), false, true, { 0 },
	"Name that the server's certificate must have; its address when not given." },
{ "server", "tls-radius-1.1",	SCHEMA_BOOL,	"",	0, 0,			"no",		IN(server, tls_version_11), false, true, { 0 },
	"Offer RADIUS/1.1 (RFC 9765); TLS 1.3 alone then." },

{ "server-group", "server",	SCHEMA_NAMES,	"",	1, CONF_LIST_MAX,	NULL,		IN(server_group, server), false, true, { 0 },
	"Names of its servers." },

{ "realm", "auth",		SCHEMA_TEXT,	"",	0, CONF_NAME_MAX - 1,	NULL,		IN(realm, auth), false, true, { 0 },
	"Server group that authenticates user@realm and REALM\\user; as radius says when not given." },
{ "realm", "acct",		SCHEMA_TEXT,	"",	0, CONF_NAME_MAX - 1,	NULL,		IN(realm, acct), false, true, { 0 },
	"Server group that gets their accounting; as radius says when not given." },
{ "realm", "strip",		SCHEMA_BOOL,	"",	0, 0,			"no",		IN(realm, strip), false, true, { 0 },
	"Send the name without the realm; not for MS-CHAPv2 with user@realm, whose hash covers it." },

{ "radius", "auth",		SCHEMA_TEXT,	"",	0, CONF_NAME_MAX - 1,	NULL,		AT(radius.auth), false, true, { 0 },
	"Server group that authenticates; local users alone when not given." },
{ "radius", "acct",		SCHEMA_TEXT,	"",	0, CONF_NAME_MAX - 1,	NULL,		AT(radius.acct), false, true, { 0 },
	"Server group that gets accounting; none when not given." },
{ "radius", "local-users",	SCHEMA_WORD,	"",	0, 0,			"first",	AT(radius.local_users), false, true, { "first", "fallback", "never" },
	"Local users beside RADIUS: answered first, only when no server can be reached, or never." },
{ "radius", "wait",		SCHEMA_TIME,	"s",	5, 300,			"90s",		AT(radius.wait_s), false, true, { 0 },
	"Longest wait for an answer, as when the user must confirm on his telephone." },
{ "radius", "questions",	SCHEMA_NUM,	"",	16, 1000000,		"4096",		AT(radius.questions), false, false, { 0 },
	"Most questions that may be open at once." },
{ "radius", "interim-interval",	SCHEMA_TIME,	"s",	0, DAY,			"10m",		AT(radius.interim_s), false, true, { 0 },
	"Time between two accounting records of a session, at least 60s; 0 for none." },
{ "radius", "nas-identifier",	SCHEMA_TEXT,	"",	1, CONF_NAME_MAX - 1,	"l2tpd",	AT(radius.nas_identifier), false, true, { 0 },
	"What we call ourselves." },
{ "radius", "nas-address",	SCHEMA_ADDR,	"",	0, 0,			NULL,		AT(radius.nas_address), false, true, { 0 },
	"NAS-IP-Address or NAS-IPv6-Address; the address dialled when not given." },
{ "radius", "default-group",	SCHEMA_TEXT,	"",	0, CONF_NAME_MAX - 1,	NULL,		AT(radius.default_group), false, true, { 0 },
	"Group of users whom RADIUS accepts without naming one." },
{ "radius", "taken-address",	SCHEMA_WORD,	"",	0, 0,			"refuse",	AT(radius.taken_address), false, true, { "refuse", "take-over" },
	"When an address or IPv6 network that a user must have is in use: refuse him, or end the other session." },
{ "radius", "unknown-filter",	SCHEMA_WORD,	"",	0, 0,			"refuse",	AT(radius.unknown_filter), false, true, { "refuse", "ignore" },
	"When Filter-Id names no acl of this file." },
{ "radius", "spool-dir",	SCHEMA_TEXT,	"",	0, CONF_PATH_MAX - 1,	"/var/spool/l2tpd", AT(radius.spool_dir), false, false, { 0 },
	"Directory that keeps accounting records until they are acknowledged; \"\" keeps them in memory only." },
{ "radius", "spool-size",	SCHEMA_BYTES,	"bytes", 1000, 10000000,	"256M",		AT(radius.spool_size), false, false, { 0 },
	"Most bytes of records kept." },
{ "radius", "spool-records",	SCHEMA_NUM,	"",	100, 1000000,		"100000",	AT(radius.spool_records), false, false, { 0 },
	"Most records kept." },
{ "radius", "coa-address",	SCHEMA_ADDRS,	"",	0, CONF_ADDRS_MAX,	NULL,		AT(radius.coa_address), false, false, { 0 },
	"Addresses to listen on for CoA- and Disconnect-Requests; all when not given and a server has coa = yes." },
{ "radius", "coa-port",		SCHEMA_NUM,	"",	1, 65535,		"3799",		AT(radius.coa_port), false, false, { 0 },
	"UDP port of these addresses." },
{ "radius", "coa-require-event-timestamp", SCHEMA_BOOL, "", 0, 0,		"no",		AT(radius.coa_require_timestamp), false, true, { 0 },
	"Refuse such requests without Event-Timestamp, which could be replayed." },
{ "radius", "coa-rate",		SCHEMA_NUM,	"per second", 1, 100000,	"100",		AT(radius.coa_rate), false, true, { 0 },
	"Most such requests of one server." },

{ "limits", "sessions",		SCHEMA_NUM,	"",	1, 1000000,		"20000",	AT(limits.sessions), false, true, { 0 },
	"Most clients logged in." },
{ "limits", "sessions-per-user", SCHEMA_NUM,	"",	0, 1000000,		"0",		AT(limits.sessions_per_user), false, true, { 0 },
	"Most sessions under one name; 0 for no limit." },
{ "limits", "login-burst",	SCHEMA_NUM,	"",	1, 1000000,		"1000",		AT(limits.login_burst), false, true, { 0 },
	"Passwords to check at once." },
{ "limits", "login-rate",	SCHEMA_NUM,	"per second", 1, 1000000,	"200",		AT(limits.login_rate), false, true, { 0 },
	"Passwords to check in the long run." },
{ "limits", "login-timeout",	SCHEMA_TIME,	"s",	5, 600,			"30s",		AT(limits.login_s), false, true, { 0 },
	"Time to log in once the tunnel is being set up, and again when its last call has ended." },
{ "limits", "auth-delay",	SCHEMA_TIME,	"s",	0, 60,			"1s",		AT(limits.auth_delay_s), false, true, { 0 },
	"Answer a wrong password so much later; twice as long each further time." },
{ "limits", "auth-delay-max",	SCHEMA_TIME,	"s",	0, 600,			"60s",		AT(limits.auth_delay_max_s), false, true, { 0 },
	"Longest such delay." },
{ "limits", "auth-rate",	SCHEMA_NUM,	"per second", 0, 1000000,	"200",		AT(limits.auth_rate), false, true, { 0 },
	"Most questions about logins that RADIUS is asked, each source in its turn; 0 for any number." },
{ "limits", "lockout-user",	SCHEMA_NUM,	"",	0, 1000000,		"10",		AT(limits.lockout_user), false, true, { 0 },
	"Failed logins of a user from one source after which he is refused from there; 0 for never." },
{ "limits", "lockout-everywhere", SCHEMA_NUM,	"",	0, 1000000,		"50",		AT(limits.lockout_everywhere), false, true, { 0 },
	"Failed logins of a user from at least five sources after which he is refused from every source that he has not logged in from lately; 0 for never." },
{ "limits", "lockout-source",	SCHEMA_NUM,	"",	0, 1000000,		"50",		AT(limits.lockout_source), false, true, { 0 },
	"Failed logins from one source after which everybody is refused from there who has not logged in from there lately; 0 for never." },
{ "limits", "lockout-window",	SCHEMA_TIME,	"s",	1, DAY,			"15m",		AT(limits.lockout_window_s), false, true, { 0 },
	"Time within which these failures count." },
{ "limits", "lockout-time",	SCHEMA_TIME,	"s",	1, DAY,			"15m",		AT(limits.lockout_s), false, true, { 0 },
	"How long they are refused." },
{ "limits", "lockout-entries",	SCHEMA_NUM,	"",	64, 1000000,		"16384",	AT(limits.lockout_entries), false, false, { 0 },
	"Users and sources to remember." },
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
schema_section_find(const char *name)
{
	for (size_t i = 0; i < SECTIONS; i++)
		if (strcmp(sections[i].name, name) == 0)
			return i;
	return SCHEMA_SECTIONS_MAX;
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
