/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_CONF_H
#define CONF_CONF_H

/*
 * DOC: the configuration file as one checked, immutable struct.
 *
 * conf/ knows no protocol: l2tpd/apply.c turns this struct into the parameters
 * of the engines.  One table (conf/schema.c) says what may stand in the file;
 * the parser, the validator, the printer and the test of the man page read it.
 * What conf_load() returns has passed every check of a single option and every
 * check between options, so nobody asks again.
 *
 * Files: schema.c (the table), value.c (text to member and back), check.c
 * (rules between options), load.c (file to struct conf), print.c (and back),
 * users.c (the file of local users), check_radius.c (rules of RADIUS).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/acl_rule.h"
#include "base/crypto.h"
#include "base/crypto_esp.h"
#include "base/endpoint.h"
#include "base/secret.h"

#define CONF_PATH_MAX		256	/* bytes with the NUL; names likewise */
#define CONF_NAME_MAX		64
#define CONF_WARNINGS_MAX	16
#define CONF_TEXT_MAX		1024	/* bytes of a message, with the NUL */
#define CONF_WHY_MAX		640	/* and of its part about one option */
#define CONF_POOLS_MAX		32
#define CONF_ADDRS_MAX		16
#define CONF_RANGES_MAX		32
#define CONF_NETS_MAX		8
#define CONF_SECRETS_MAX	8
#define CONF_SERVERS_MAX	16	/* RADIUS servers, and groups of them */
#define CONF_REALMS_MAX		32
#define CONF_GROUPS_MAX		32	/* of users */
#define CONF_ACLS_MAX		32
#define CONF_LIST_MAX		16	/* names in one list */
#define CONF_RADIUS_SECRET_MIN	16	/* characters; fewer is weak */
#define CONF_P1_MAX		24
#define CONF_P2_MAX		24
#define CONF_PSK_MIN		20	/* characters; fewer is weak */
#define CONF_POOL_ADDRS_MAX	(1u << 20)	/* addresses in all pools */
#define CONF_NET6_BITS_MIN	44	/* of an IPv6 network: 2^20 of /64 */
#define CONF_POOL_NETS_MAX	(1u << 20)	/* of /64 in all pools */
#define CONF_MTU6		1280	/* least for IPv6 */

enum conf_nat { CONF_NAT_OFF, CONF_NAT_AUTO };

enum conf_log { CONF_LOG_ERROR, CONF_LOG_WARN, CONF_LOG_INFO, CONF_LOG_DEBUG };

enum conf_method {		/* bits of conf_ppp.methods */
	CONF_METHOD_PAP = 1 << 0,
	CONF_METHOD_CHAP_MD5 = 1 << 1,
	CONF_METHOD_MSCHAPV2 = 1 << 2,
	CONF_METHOD_EAP = 1 << 3
};

enum conf_transport { CONF_RADIUS_UDP, CONF_RADIUS_TLS };

enum conf_probe { CONF_PROBE_STATUS, CONF_PROBE_NONE };

enum conf_local { CONF_LOCAL_FIRST, CONF_LOCAL_FALLBACK, CONF_LOCAL_NEVER };

enum conf_taken { CONF_TAKEN_REFUSE, CONF_TAKEN_TAKE_OVER };

enum conf_unknown { CONF_UNKNOWN_REFUSE, CONF_UNKNOWN_IGNORE };

struct conf_addrs {
	uint32_t n;
	struct ipaddr a[CONF_ADDRS_MAX];
};

struct conf_range {		/* first <= last, same family */
	struct ipaddr first, last;
};

struct conf_ranges {
	uint32_t n;
	struct conf_range r[CONF_RANGES_MAX];
};

struct conf_nets {
	uint32_t n;
	struct ipnet net[CONF_NETS_MAX];
};

struct conf_secrets {
	uint32_t n;
	struct secret s[CONF_SECRETS_MAX];
};

struct conf_rules {
	uint32_t n;
	struct acl_rule r[ACL_RULES_MAX];
};

struct conf_names {
	uint32_t n;
	char v[CONF_LIST_MAX][CONF_NAME_MAX];
};

struct conf_p1 {		/* one phase-1 combination */
	uint8_t cipher;		/* enum cipher_alg */
	uint8_t hash;		/* enum hash_alg */
	uint8_t group;		/* enum dh_group */
};

struct conf_p1s {
	uint32_t n;
	struct conf_p1 p[CONF_P1_MAX];
};

struct conf_p2s {
	uint32_t n;
	struct esp_suite p[CONF_P2_MAX];
};

enum conf_id_kind {
	CONF_ID_AUTO,		/* the address that was dialled */
	CONF_ID_ADDRESS,
	CONF_ID_FQDN,
	CONF_ID_USER_FQDN
};

struct conf_id {
	uint32_t kind;		/* enum conf_id_kind */
	struct ipaddr addr;
	char text[CONF_NAME_MAX];	/* names only */
};

struct conf_listener {
	struct conf_addrs address;	/* empty: every address of the host */
	bool protocol_50;	/* ESP without UDP, too */
	struct conf_id id;	/* what we call ourselves in IKE */
};

struct conf_ipsec {
	struct conf_secrets psk;	/* as written in the file */
	char psk_file[CONF_PATH_MAX];
	struct conf_secrets keys;	/* psk and what psk_file holds */
	uint32_t weak_keys;	/* bit i: keys.s[i] is weak, but allowed */
	bool allow_weak_psk;
	bool allow_legacy_dh;	/* group 2 and 3DES */
	struct conf_p1s phase1;	/* empty: the built-in list */
	struct conf_p2s phase2;
	uint32_t phase1_life_s, phase2_life_s;
	uint32_t dpd_s, dpd_tries;
	uint32_t replay_window;	/* packets */
	uint32_t max_peers, max_half_open, max_dh_pending, max_children;
	uint32_t address_burst, address_rate;	/* per /32 or /64 */
	uint32_t network_burst, network_rate;	/* per /24 or /48 */
	uint32_t total_rate;
	uint32_t trusted_factor;
};

struct conf_l2tp {
	char host_name[CONF_NAME_MAX];
	uint32_t hello_s;
	uint32_t receive_window;	/* control messages */
	uint32_t max_tunnels, max_sessions;
	uint32_t tunnels_per_peer, sessions_per_tunnel;
	uint32_t retransmit_first_ms, retransmit_cap_ms, retransmit_tries;
};

struct conf_ppp {
	uint32_t methods;	/* set of enum conf_method, never empty */
	uint32_t mru;
	uint32_t echo_s, echo_failures;
	uint32_t restart_ms;
	uint32_t max_configure, max_terminate, max_failure;
	uint32_t auth_tries;
	struct conf_addrs dns, wins;	/* at most two IPv4 addresses each */
	struct conf_addrs dns6;		/* at most two, IPv6 */
	struct ipaddr local_address;	/* as written; IP_NONE: automatic */
	struct ipaddr local;	/* ours inside every tunnel, always set */
};

struct conf_pool {		/* one of range and prefix6 may be empty */
	char name[CONF_NAME_MAX];
	struct conf_ranges range;
	struct conf_ranges exclude;
	struct conf_nets prefix6;	/* 44 to 64 bits each */
	uint32_t size;		/* addresses that can be given out */
};

struct conf_acl {		/* what Filter-Id names */
	char name[CONF_NAME_MAX];
	struct conf_rules rule;	/* at least one */
};

struct conf_server {		/* of RADIUS */
	char name[CONF_NAME_MAX];
	uint32_t transport;	/* enum conf_transport */
	struct ipaddr address;
	uint32_t auth_port, acct_port;	/* 0: not this service */
	struct conf_secrets secret;	/* as written in the file: at most one */
	char secret_file[CONF_PATH_MAX];
	struct secret key;	/* the one that holds, always set */
	bool require_message_authenticator;
	uint32_t probe;		/* enum conf_probe */
	uint32_t priority;	/* lower goes first */
	uint32_t timeout_ms, timeout_cap_ms;	/* of repeats */
	uint32_t quiet_ms, fail_ms, dead_ms;
	uint32_t sockets;
	bool coa;		/* it may change sessions of ours */
	bool coa_require_message_authenticator;
	char tls_ca[CONF_PATH_MAX], tls_cert[CONF_PATH_MAX];
	char tls_key[CONF_PATH_MAX];
	char tls_name[CONF_PATH_MAX];	/* in its certificate; empty: its address */
	bool tls_version_11;	/* offer RADIUS/1.1 */
};

struct conf_server_group {
	char name[CONF_NAME_MAX];
	struct conf_names server;
	uint8_t index[CONF_LIST_MAX];	/* in conf.server, one per name */
};

struct conf_realm {
	char name[CONF_NAME_MAX];
	char auth[CONF_NAME_MAX], acct[CONF_NAME_MAX];	/* empty: as radius says */
	uint32_t auth_index, acct_index;	/* in conf.server_group; or NONE */
	bool strip;
};

struct conf_group {		/* of users: what they are granted */
	char name[CONF_NAME_MAX];
	char pool[CONF_NAME_MAX];
	uint32_t pool_index;	/* in conf.pool; or NONE */
	char acl[CONF_NAME_MAX];
	uint32_t acl_index;	/* in conf.acl; or NONE */
	struct conf_addrs dns, wins;
	uint32_t sessions;	/* 0: as limits say */
	uint32_t session_s, idle_s, interim_s;	/* 0: none; as radius says */
	uint64_t rate_up, rate_down;	/* bits per second; 0: any */
	uint64_t quota;		/* bytes both ways; 0: any */
	uint32_t mtu;		/* bytes; 0: no wish */
	struct conf_nets route;	/* behind each of them; IPv4 */
};

#define CONF_NONE	UINT32_MAX	/* index of what is not there */

struct conf_radius {
	char auth[CONF_NAME_MAX], acct[CONF_NAME_MAX];	/* server groups */
	uint32_t auth_index, acct_index;	/* in conf.server_group; or NONE */
	uint32_t local_users;	/* enum conf_local */
	uint32_t wait_s;	/* for an answer, in all */
	uint32_t questions;	/* open at once */
	uint32_t interim_s;	/* 0: none */
	char nas_identifier[CONF_NAME_MAX];
	struct ipaddr nas_address;	/* IP_NONE: the one dialled */
	char default_group[CONF_NAME_MAX];	/* of users */
	uint32_t default_group_index;	/* in conf.user_group; or NONE */
	uint32_t taken_address;	/* enum conf_taken */
	uint32_t unknown_filter;	/* enum conf_unknown */
	char spool_dir[CONF_PATH_MAX];	/* empty: memory only */
	uint64_t spool_size;	/* bytes */
	uint32_t spool_records;
	struct conf_addrs coa_address;
	uint32_t coa_port;
	bool coa_require_timestamp;
	uint32_t coa_rate;	/* per second and source */
};

struct conf_users {
	char file[CONF_PATH_MAX];
	char pool[CONF_NAME_MAX];	/* for users without one of their own */
	uint32_t pool_index;	/* in conf.pool */
};

struct conf_limits {
	uint32_t sessions;
	uint32_t sessions_per_user;	/* 0: no limit */
	uint32_t login_burst, login_rate;	/* PPP logins, per second */
	uint32_t login_s;	/* from SCCRQ to PPP authenticated */
	uint32_t auth_delay_s, auth_delay_max_s;	/* wrong password */
	uint32_t auth_rate;	/* logins asked of RADIUS per second; 0: any */
	uint32_t lockout_user, lockout_everywhere, lockout_source; /* 0: off */
	uint32_t lockout_window_s, lockout_s;
	uint32_t lockout_entries;
	uint32_t attempts;	/* dial-ins kept for `l2tpctl attempts` */
};

struct conf {
	char run_dir[CONF_PATH_MAX];
	char user[CONF_NAME_MAX];
	char group[CONF_NAME_MAX];	/* empty: the user's own */
	char control_socket[CONF_PATH_MAX];	/* empty: run_dir/l2tpd.sock */
	char interface[16];	/* of the TUN device */
	uint32_t log_level;	/* enum conf_log */
	uint32_t workers;	/* 0: one per core */
	uint32_t esp_engine;	/* enum esp_engine */
	bool offload;
	uint32_t nat;		/* enum conf_nat */
	bool client_to_client;
	uint32_t outer_mtu;	/* bytes */
	struct conf_listener listener;
	struct conf_ipsec ipsec;
	struct conf_l2tp l2tp;
	struct conf_ppp ppp;
	uint32_t pools;
	struct conf_pool pool[CONF_POOLS_MAX];
	uint32_t acls;
	struct conf_acl acl[CONF_ACLS_MAX];
	struct conf_users users;
	struct conf_radius radius;
	uint32_t servers, server_groups, realms, user_groups;
	struct conf_server server[CONF_SERVERS_MAX];
	struct conf_server_group server_group[CONF_SERVERS_MAX];
	struct conf_realm realm[CONF_REALMS_MAX];
	struct conf_group user_group[CONF_GROUPS_MAX];
	struct conf_limits limits;
};

/* What there is to say about a file. */
struct conf_report {
	char error[CONF_TEXT_MAX];	/* "file:line: what was expected" */
	uint32_t warnings;
	char warning[CONF_WARNINGS_MAX][CONF_TEXT_MAX];
};

#endif
