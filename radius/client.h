/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RADIUS_CLIENT_H
#define RADIUS_CLIENT_H

/*
 * DOC: the RADIUS client engine: servers, groups, questions, health.
 *
 * Pure.  The host opens connected sockets when told (RADIUS_OPEN), sends and
 * hands in what arrives.  A question names a group; the engine chooses the
 * server, hides the password for it, repeats unchanged (RFC 5080 §2.2.1) and
 * moves to the next server only when the server has failed its probe, never
 * because it is slow: one login is one push.
 *
 * A server and a service (authentication, accounting) make a lane: its ports,
 * its questions, its health.  A TLS server has one lane for both services.
 *
 * Files: client (the calls below), ask (one question), lane (health and
 * choice), port (sockets and packet ids), latency (of answers), out (the box),
 * client_int.h.
 *
 * Supported standards: RFC 2865, 2866, 2869 §5.14, 5080, 5997; RFC 6613, 6614
 * and RFC 9765 over a transport that the host provides.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/buf.h"
#include "base/count.h"
#include "base/endpoint.h"
#include "base/mono.h"
#include "base/rng.h"
#include "base/secret.h"
#include "radius/latency.h"
#include "radius/packet.h"

#define RADIUS_SERVERS_MAX	16
#define RADIUS_GROUPS_MAX	16
#define RADIUS_NAME_MAX		64
#define RADIUS_PORTS_MAX	16	/* of one lane */
#define RADIUS_ATTRS_BYTES	(RADIUS_PACKET_MAX - RADIUS_HEAD)

enum radius_service { RADIUS_AUTH, RADIUS_ACCT, RADIUS_SERVICES };
enum radius_transport { RADIUS_UDP, RADIUS_TLS };
enum radius_probe {
	RADIUS_PROBE_STATUS,	/* Status-Server, RFC 5997 */
	/* a server that answers nobody for fail_ms has failed */
	RADIUS_PROBE_NONE
};

struct radius_server_params {
	char name[RADIUS_NAME_MAX];
	enum radius_transport transport;
	/* Port 0: not this service.  TLS: the same for both. */
	struct endpoint at[RADIUS_SERVICES];
	struct secret secret;		/* not empty; TLS: "radsec" */
	/* In replies to Access-Request; off: warn hourly. */
	bool require_message_authenticator;
	enum radius_probe probe;
	uint8_t priority;	/* lower goes first; equal ones share */
	/* Repeats, RFC 5080 §2.2.1: 2000, 16000, with jitter. */
	uint32_t first_ms, cap_ms;
	/* No valid packet of the server for so long while an answer is owed:
	 * probe. */
	uint32_t quiet_ms;
	uint32_t fail_ms;	/* probes unanswered for so long: failed */
	/* No questions for so long; then a probe decides (or one question);
	 * and again after each. */
	uint32_t dead_ms;
	/* Sockets at most, 1 to RADIUS_PORTS_MAX; with 1 it is only replaced
	 * while idle. */
	uint32_t ports;
};

struct radius_group_params {
	char name[RADIUS_NAME_MAX];
	uint32_t server_n;
	uint8_t server[RADIUS_SERVERS_MAX];	/* in radius_params.server */
};

struct radius_params {		/* borrowed until the client is freed */
	uint32_t server_n, group_n;
	struct radius_server_params server[RADIUS_SERVERS_MAX];
	struct radius_group_params group[RADIUS_GROUPS_MAX];
	uint32_t questions;	/* most at once (4096) */
	uint32_t wait_ms;	/* for an answer, in all (90000) */
	/* Questions through one socket before it is replaced (1024). */
	uint32_t port_life;
	/* In Status-Server; may be empty. */
	char nas_identifier[RADIUS_NAME_MAX];
};
/* No servers, no groups; the numbers that stand in brackets. */
void	radius_params_default(struct radius_params *);
/* One server's numbers: probe by Status-Server, Message-Authenticator
 * required; no name, address or secret. */
void	radius_server_default(struct radius_server_params *);

struct radius_ask {
	enum radius_code code;	/* Access-Request or Accounting-Request */
	uint32_t group;
	uint64_t tag;		/* the caller's; comes back with RADIUS_DONE */
	/* Encoded, in clear, without Message-Authenticator, User-Password and
	 * Acct-Delay-Time; copied. */
	struct rd attrs;
	/* User-Password in clear; n 0: none; copied, wiped at the end. */
	struct rd password;
	int server;		/* this one (a State is its); -1: any */
	/* Accounting: when it happened, Unix time; adds Acct-Delay-Time;
	 * 0: none. */
	uint64_t event_ms;
	uint32_t wait_ms;	/* 0: params->wait_ms */
};

enum radius_result {
	RADIUS_ANSWERED,	/* reply is there and authentic */
	RADIUS_NO_SERVER,	/* all are down, or none has this service */
	RADIUS_TIMED_OUT,	/* the server lives but did not answer */
	/* No good reply, but some without Message-Authenticator. */
	RADIUS_NO_MESSAGE_AUTH,
	/* No good reply, but some with a wrong authenticator. */
	RADIUS_FORGED,
	RADIUS_BROKEN,		/* attributes did not fit */
	RADIUS_RESULT_COUNT
};
/* Plain words for an operator. */
const char	*radius_result_str(enum radius_result);

enum radius_act_kind {
	/* port, server, service: open a connected socket (TLS: a connection)
	 * under this handle.  UDP: RADIUS_SENDs may follow at once. */
	RADIUS_OPEN,
	RADIUS_CLOSE,	/* port; the handle means nothing any more */
	RADIUS_SEND,	/* port, data: one packet */
	/* tag, question, result, server (UINT32_MAX: none), took_us; reply
	 * and request_auth if RADIUS_ANSWERED */
	RADIUS_DONE,
	/* server, service, up, text: why.  A TLS server's service is
	 * RADIUS_AUTH and means both. */
	RADIUS_STATE
};

struct radius_act {
	enum radius_act_kind kind;
	uint32_t port;
	uint32_t server;
	enum radius_service service;
	struct rd data;		/* borrowed until the box is reset */
	uint64_t tag;
	uint32_t question;	/* what radius_client_ask() returned */
	enum radius_result result;
	struct radius_packet reply;	/* borrowed likewise */
	/* 16 bytes, to reveal salted values with the server's secret; NULL if
	 * reply.version_11: there they are in clear (RFC 9765). */
	const uint8_t *request_auth;
	uint64_t took_us;	/* since it was asked */
	bool up;
	const char *text;	/* borrowed likewise */
};

#define RADIUS_OUT_ACTS		32
#define RADIUS_OUT_BYTES	(8 * RADIUS_PACKET_MAX)

struct radius_out {		/* caller-owned; start with all zero */
	unsigned n;
	struct radius_act act[RADIUS_OUT_ACTS];
	size_t used;
	_Alignas(max_align_t) uint8_t arena[RADIUS_OUT_BYTES];
};
/* Wipes what held secrets. */
void	radius_out_reset(struct radius_out *);

/*
 * Every call below that takes a box leaves in it what fits; the rest waits
 * and the deadline is then in the past, so the host drains, resets and calls
 * radius_client_expire() as long as the deadline has come.  Only a packet
 * that comes in while the box has no room for its answer is lost, and
 * counted (radius-limit): hand in packets with an empty box.
 */
struct radius_client;

/*
 * params, rng, drops are borrowed until radius_client_free(); drops may be
 * NULL.  NULL: no memory, or params that make no sense (no secret, a number
 * out of range, a group of a server that is not there).
 */
struct radius_client *radius_client_new(const struct radius_params *,
	    struct rng *, struct drops *);
void	radius_client_free(struct radius_client *);
/* Sockets that a client of these params may have open at once. */
uint32_t radius_client_sockets(const struct radius_params *);
/* What a client of these params takes. */
void	radius_client_bounds(const struct radius_params *, bound_fn *, void *ctx);
/*
 * Unix time in ms at `now`; told at start and whenever the host likes.  If it
 * was set meanwhile, so are the times of the records under way.
 */
void	radius_client_wall(struct radius_client *, mono_t now,
	    uint64_t unix_ms);

/*
 * A question.  Its handle, or 0: table full (counted, radius-limit), or a code
 * or group that is none.  RADIUS_DONE may be in the box at once.
 */
uint32_t radius_client_ask(struct radius_client *, mono_t now,
	    const struct radius_ask *, struct radius_out *);
/* No DONE will come; the packet id stays in use until its answer or for
 * wait_ms. */
void	radius_client_cancel(struct radius_client *, mono_t now,
	    uint32_t question);
/* What its result would be if it ended now without an answer; RADIUS_TIMED_OUT
 * if nothing bad came. */
enum radius_result radius_client_so_far(const struct radius_client *,
	    uint32_t question);

/* Feed: one whole packet from the socket of this port. */
void	radius_client_input(struct radius_client *, mono_t now, uint32_t port,
	    struct rd packet, struct radius_out *);
/* UDP: the socket reported an error (ICMP): a reason to probe, no proof of
 * death. */
void	radius_client_port_error(struct radius_client *, mono_t now,
	    uint32_t port, struct radius_out *);
/* TLS: the connection is ready (version_11: RADIUS/1.1 was agreed). */
void	radius_client_port_up(struct radius_client *, mono_t now,
	    uint32_t port, bool version_11, struct radius_out *);
/*
 * TLS: the connection is lost, or could not be made.  UDP: the socket could
 * not be opened, or is gone.  The handle means nothing any more and no
 * RADIUS_CLOSE comes for it.  `why` is copied.  A TLS connection on which
 * nothing valid was heard counts as a failed server and its questions move;
 * else they go again to the same server once (new id).
 */
void	radius_client_port_down(struct radius_client *, mono_t now,
	    uint32_t port, const char *why, struct radius_out *);
void	radius_client_expire(struct radius_client *, mono_t now,
	    struct radius_out *);
mono_t	radius_client_deadline(const struct radius_client *);

struct radius_health {		/* one server, one service */
	bool up;		/* TLS: of both services together */
	const char *why;	/* it is up or down; borrowed; may be empty */
	uint32_t waiting;	/* questions sent or waiting to be */
	uint32_t ports;		/* TLS: of both services together */
	uint64_t asked, answered, repeated, timed_out, forged,
	    no_message_auth, moved, probes, probes_lost;
	uint64_t accepts, rejects, challenges;
	/* Of answers, since the question first went to this server. */
	struct radius_latency latency;
	mono_t heard;		/* last valid packet; MONO_NEVER: none yet */
};
/* False if there is no such server, or it has not this service. */
bool	radius_client_health(const struct radius_client *, uint32_t server,
	    enum radius_service, struct radius_health *);
/* Questions that are open. */
uint32_t radius_client_waiting(const struct radius_client *);

/*
 * Freeze to bytes and back; the same build, the same params.  Port handles
 * live on: a host that brings no sockets along calls
 * radius_client_port_down() for each one that radius_client_port_at() shows.
 */
size_t	radius_client_frozen_size(const struct radius_client *);
void	radius_client_freeze(const struct radius_client *, struct wr *);
struct radius_client *radius_client_thaw(const struct radius_params *,
	    struct rng *, struct drops *, struct rd *);
/* The i-th place of a port: its handle, server and service; 0: none here,
 * UINT32_MAX: no more places. */
uint32_t radius_client_port_at(const struct radius_client *, uint32_t i,
	    uint32_t *server, enum radius_service *);

#endif
