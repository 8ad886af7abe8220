/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_RADIUS_H
#define TESTS_SIM_RADIUS_H

/*
 * DOC: scripted RADIUS servers behind the concentrator.
 *
 *	lns  -- sockets --  wire of its own  --  server 0 .. 2   users, grants
 *	 |                                            |
 *	 +-- spool (a disk)      CoA, Disconnect  <---+
 *
 * Files: sim_radius.c (sockets, wire, disk, time), sim_script.c (what a server
 * thinks of a request), sim_coa.c (changes from outside).  Randomness is a
 * generator of its own: the same seed without servers runs as ever.
 */

#include "tests/sim/records.h"
#include "tests/sim/sim_int.h"

#define RAD_SOCKETS	128	/* open at once */
#define RAD_SEEN	64	/* requests that a server remembers */
#define RAD_REPLY	512	/* bytes of an answer at most */
#define RAD_RECORD	1024	/* bytes of a record at most */
#define RAD_FLIGHTS	256	/* records that may be acknowledged yet */
#define RAD_SPOOL	1024	/* blocks on disk */
#define RAD_COA		64	/* changes under way */
#define RAD_PORT	1812	/* of authentication; the next one's records */
#define RAD_DAE_PORT	3799

struct rad_socket {
	uint32_t handle;	/* of the concentrator; 0: free */
	uint32_t server;
	enum radius_service service;
	uint16_t port;		/* ours */
	uint32_t number;	/* never used again */
};

struct rad_seen {		/* a request, and the answer to it */
	uint16_t port;		/* it came from */
	uint8_t id, auth[RADIUS_AUTH_BYTES];
	enum radius_service service;
	bool used, answered;
	size_t n;
	uint8_t b[RAD_REPLY];
};

struct rad_lane {		/* what the concentrator can know of a service */
	mono_t owed;		/* the oldest packet since it was heard; NEVER */
	mono_t probed;		/* the oldest Status-Server of them; NEVER */
};

struct rad_server {
	uint32_t host;
	struct endpoint at[RADIUS_SERVICES];
	bool dead;		/* takes nothing */
	bool refuses;		/* and its machine says so (ICMP) */
	bool mute;		/* acknowledges no record */
	struct rad_lane lane[RADIUS_SERVICES];
	struct rad_seen seen[RAD_SEEN];
	unsigned next;		/* in seen */
};

struct rad_grant {		/* what a user gets */
	struct ipaddr framed;	/* IP_NONE: from the pool */
	const char *pool;	/* NULL: no Framed-Pool */
	bool billed;		/* under another User-Name */
	uint8_t classes;
	uint32_t session_s, interim_s;
	uint32_t mbps;		/* 0: no limit */
};

struct rad_block {		/* on disk, or on its way there */
	uint64_t number;
	size_t n;		/* bytes; 0: the disk did not take it */
	uint8_t *b;		/* owned */
};

struct rad_flight {		/* a record on its way */
	uint32_t socket;
	size_t n;
	uint8_t b[RAD_RECORD];
};

struct rad_coa {
	enum radius_code code;
	bool used, wrong, stale, stranger, judged;
	uint8_t tries;
	enum radius_code said;	/* the first answer; 0: none */
	mono_t at;		/* when it was */
	char id[RECORDS_ID];
	uint32_t server, sess, mbps;
	uint8_t auth[RADIUS_AUTH_BYTES];
	size_t n;
	uint8_t b[RAD_REPLY];
};

struct sim_radius {
	struct rng rng;
	struct wire *wire;
	struct records *books;
	uint32_t nas;			/* our host on that wire */
	struct rad_socket socket[RAD_SOCKETS];
	uint32_t sockets;		/* ever */
	struct rad_server server[SIM_SERVERS];
	struct due answer_due;		/* server * RAD_SEEN + place */
	struct rad_grant *grant;	/* owned; one for each phone */
	struct rad_flight flight[RAD_FLIGHTS];
	unsigned flights;		/* ever */
	struct rad_block block[RAD_SPOOL];
	struct due block_due;
	struct rad_coa coa[RAD_COA];
	struct due coa_due;
	unsigned coas;			/* ever */
	enum radius_code dae_said;	/* the concentrator's last answer; 0 */
	struct sim_radius_stats stats;
};

/* ---- sim_radius.c ---- */
uint32_t rad_draw(struct sim *, uint32_t lo, uint32_t hi);
bool	 rad_happens(struct sim *, uint16_t per_thousand);
uint64_t rad_unix_ms(const struct sim *);
struct rd rad_secret(uint32_t server);
/* From a server to the concentrator. */
void	 rad_send(struct sim *, uint32_t server, uint16_t from_port,
	    uint16_t to_port, struct rd data);
/* The user's number, from the name of a request; UINT32_MAX: none. */
uint32_t rad_user(const struct sim *, struct rd attrs);

/* ---- sim_script.c ---- */
/* What each user is granted. */
void	 rad_grants(struct sim *);
/* A request that is new to this server: the answer, written to *seen. */
void	 rad_answer(struct sim *, uint32_t server, const struct radius_packet *,
	    struct rad_seen *);

/* ---- sim_coa.c ---- */
/* One that a server of ours, or somebody else, sends about the phone. */
void	 rad_coa_send(struct sim *, enum radius_code, uint32_t phone);
void	 rad_coa_expire(struct sim *, uint32_t slot);
/* A request has arrived at the concentrator; its answer at the server. */
void	 rad_coa_input(struct sim *, const struct wire_got *);
void	 rad_coa_answer(struct sim *, const struct wire_got *);

#endif
