/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_PPP_H
#define PPP_PPP_H

/*
 * DOC: one PPP link, both ends.
 *
 * Pure: no I/O, no clock, no callbacks.  Frames begin with FF 03 when sent and
 * may come with or without.  The link authenticates the peer (or answers as
 * the peer) and negotiates the network protocols; who may enter and with which
 * address is asked of the owner.  A struct ppp is one flat block of memory
 * without pointers to others.
 *
 * EAP is relayed: we ask for the Identity, then the owner says what goes to the
 * peer; this end knows no method.  The peer's role speaks EAP-MD5 and
 * EAP-MSCHAPv2.
 *
 * IPv4 and IPv6 come and go apart from each other: the link ends when neither is
 * left.  IPv6 is spoken where it was allowed (ppp_ipv6_set()) and the owner has
 * it to give, else refused by Protocol-Reject.
 *
 * Supported standards: RFC 1661, 1332, 1334, 1877, 1994, 2759, 3748, 3579 (§2),
 * 5072, 1570 (§2.1 identification); deviations in doc/deviations.md.
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

#define PPP_NAME_MAX	254	/* bytes of a user name */
#define PPP_EAP_MAX	1500	/* bytes of an EAP packet */
#define PPP_CHANGE	582	/* bytes of a Change-Password, RFC 2759 §7 */

enum ppp_role { PPP_AUTHENTICATOR, PPP_PEER };

enum ppp_method {		/* bits, so that a set is a mask */
	PPP_PAP = 1 << 0,
	PPP_CHAP_MD5 = 1 << 1,
	PPP_MSCHAPV2 = 1 << 2,
	PPP_EAP = 1 << 3
};
/* "pap", "chap-md5", "mschapv2", "eap" */
const char	*ppp_method_str(enum ppp_method);

struct ppp_params {		/* borrowed until the link is freed */
	uint16_t mru;		/* what we ask for, and the most we accept to send */
	uint8_t methods;	/* set of ppp_method; strongest is offered first */
	char host_name[64];	/* CHAP name we send */
	uint32_t restart_ms;	/* RFC 1661 §4.6: 3000 */
	uint8_t max_configure;	/* 10 */
	uint8_t max_terminate;	/* 2 */
	uint8_t max_failure;	/* 5 */
	uint8_t auth_tries;	/* 3 */
	uint32_t auth_wait_ms;	/* for the owner's answer to ASK_AUTH: 95000 */
	uint32_t echo_s;	/* LCP echo when idle; 0 off */
	uint8_t echo_lost;	/* link is dead after so many unanswered */
	bool ipv6;		/* IPV6CP is allowed, unless ppp_ipv6_set() */
	/* Peer role: who we are. */
	char user[PPP_NAME_MAX + 1];
	struct secret password;
	struct secret new_password;	/* if it has expired; MS-CHAPv2 only */
	uint8_t eap;		/* PPP_CHAP_MD5, PPP_MSCHAPV2: inside EAP */
};
void	ppp_params_default(struct ppp_params *);

enum ppp_cause {
	PPP_CAUSE_NONE,
	PPP_CAUSE_PEER,		/* Terminate-Request came; text */
	PPP_CAUSE_CLOSED,	/* our command */
	PPP_CAUSE_LCP,		/* LCP did not converge */
	PPP_CAUSE_NO_METHOD,	/* no authentication method in common */
	PPP_CAUSE_AUTH,		/* refused */
	PPP_CAUSE_AUTH_TIMEOUT,	/* the peer did not answer the challenge */
	PPP_CAUSE_IPCP,		/* no network protocol came up */
	PPP_CAUSE_ECHO,		/* no answer to echo */
	PPP_CAUSE_LOOP,		/* our own magic came back */
	PPP_CAUSE_NO_ADDRESS,	/* the owner has none */
	PPP_CAUSE_RANDOM,
	PPP_CAUSE_COUNT
};
const char	*ppp_cause_str(enum ppp_cause);

#define PPP_TEXT_MAX	128	/* bytes of a text, with the NUL */

/* PPP_ASK_AUTH: what the peer showed.  Nothing here is verified. */
struct ppp_auth {
	enum ppp_method method;
	uint32_t ticket;		/* another one for each question */
	uint8_t id;			/* of the packet that it came in */
	uint8_t name_len;
	uint8_t name[PPP_NAME_MAX];	/* EAP: Identity; the same all along */
	uint8_t challenge[16];		/* ours; CHAP methods */
	uint8_t challenge_len;
	uint8_t response[50];		/* MD5: 16; MS-CHAPv2: 49 (RFC 2759 §4) */
	uint8_t response_len;
	struct secret password;		/* PAP */
	uint16_t eap_mtu;		/* EAP: largest packet the link takes */
	uint16_t eap_len;
	uint8_t eap[PPP_EAP_MAX];	/* EAP: the Response, from its code on */
	/*
	 * MS-CHAPv2, after E=648: no response, but the fields of a
	 * Change-Password as they came (RFC 2759 §7); 0: none.
	 */
	uint16_t change_len;
	uint8_t change[PPP_CHANGE];
};

/* The owner's answer to PPP_ASK_AUTH. */
struct ppp_verdict {
	bool ok;
	/*
	 * EAP, not ok: `eap` is a Request, whose Response is the next question.
	 * One that is malformed or too large for the link ends the login.
	 */
	bool more;
	/* EAP, not ok: nobody has decided.  The link ends without a Failure, as
	 * none is made up on a timeout (RFC 3579 §2.1, RFC 3748 §2). */
	bool undecided;
	bool retry;			/* may the peer try again (MS-CHAPv2 R=1)? */
	bool has_challenge;		/* MS-CHAPv2 C= of the server; else ours */
	uint16_t error;			/* MS-CHAPv2 E=: 691, 646, 647, 648, 649 */
	uint16_t wait_s;		/* EAP, more: for the peer, at least */
	uint8_t challenge[16];
	char mschap_success[43];	/* "S=" and 40 hex digits, with the NUL; if ok */
	char message[128];		/* for the peer; may be empty */
	/*
	 * EAP: for the peer, as the server sent it.  At the end a Success or
	 * Failure that agrees with `ok`, or ours is sent (RFC 3579 §2.6.3).
	 */
	uint16_t eap_len;
	uint8_t eap[PPP_EAP_MAX];
};

/* The owner's answer to PPP_ASK_ADDR; family IP_NONE: there is none. */
struct ppp_addr {
	struct ipaddr ours, peers;
	struct ipaddr dns[2], wins[2];	/* IP_NONE: reject the option */
	bool ipv6;			/* there is IPv6 for the peer, too */
	uint64_t ifid;			/* that it must have; 0: as it likes */
};

struct ppp_net {		/* with PPP_NET_UP */
	struct ipaddr ours, peers;
	struct ipaddr dns[2], wins[2];	/* peer role: what we were given */
	uint16_t peer_mru;	/* the most we may send, PPP payload bytes */
};

struct ppp_net6 {		/* with PPP_NET6_UP: interface identifiers */
	uint64_t ours, peers;	/* 0: the peer told none */
};

enum ppp_phase { PPP_DEAD, PPP_ESTABLISH, PPP_AUTHENTICATE, PPP_NETWORK, PPP_TERMINATE };
const char	*ppp_phase_str(enum ppp_phase);

enum ppp_act_kind {
	PPP_SEND,		/* data: a whole frame with FF 03 */
	PPP_LCP_UP,		/* method agreed: auth->method */
	PPP_ASK_AUTH,		/* auth; wiped with the box */
	PPP_AUTH_OK,		/* peer role: the other side let us in */
	PPP_ASK_ADDR,		/* want: the address the peer asked for, if any */
	PPP_NET_UP,		/* net */
	PPP_NET_DOWN,		/* IPCP left Opened: no packets until the next NET_UP */
	PPP_NET6_UP,		/* net6 */
	PPP_NET6_DOWN,		/* IPV6CP left Opened */
	PPP_IP6,		/* data: an IPv6 packet that came as a frame */
	PPP_NOTE,		/* text: identification of the peer, escaped */
	PPP_DOWN		/* cause, text: the link may be freed once drained */
};

struct ppp_act {
	enum ppp_act_kind kind;
	enum ppp_cause cause;
	struct rd data;			/* borrowed until the box is reset */
	const char *text;		/* escaped; "" if none */
	const struct ppp_auth *auth;
	const struct ppp_net *net;
	const struct ppp_net6 *net6;
	struct ipaddr want;
};

#define PPP_OUT_ACTS	24
#define PPP_OUT_BYTES	12288

struct ppp_out {		/* caller-owned */
	unsigned n;
	struct ppp_act act[PPP_OUT_ACTS];
	size_t used;
	_Alignas(max_align_t) uint8_t arena[PPP_OUT_BYTES];
};
void	ppp_out_reset(struct ppp_out *);	/* wipes what held secrets */

struct ppp;

/* So many links. */
void		 ppp_bounds(const struct ppp_params *, uint32_t links,
		    bound_fn *each, void *ctx);
/* NULL when memory is short.  params, rng, drops are borrowed until ppp_free(). */
struct ppp	*ppp_new(const struct ppp_params *, enum ppp_role, struct rng *,
		    struct drops *);
void		 ppp_free(struct ppp *);

/*
 * What this link asks for instead of params->mru; before ppp_lower_up() only.
 * Held between 128 and params->mru.
 */
void	ppp_mru_set(struct ppp *, uint16_t mru);

/* May IPV6CP be spoken?  Before the network phase; the owner gives it or not. */
void	ppp_ipv6_set(struct ppp *, bool may);

/* Feed. */
void	ppp_lower_up(struct ppp *, mono_t now, struct ppp_out *);
void	ppp_input(struct ppp *, mono_t now, struct rd frame, struct ppp_out *);
void	ppp_expire(struct ppp *, mono_t now, struct ppp_out *);
mono_t	ppp_deadline(const struct ppp *);
/* Network packets came over the link: the peer lives, echo can wait. */
void	ppp_heard(struct ppp *, mono_t now);

/*
 * Answers to PPP_ASK_AUTH and PPP_ASK_ADDR.  May come later, or never; under
 * the ticket of a question that is not the open one it is ignored.
 */
void	ppp_auth_done(struct ppp *, mono_t now, uint32_t ticket,
	    const struct ppp_verdict *, struct ppp_out *);
void	ppp_addr_done(struct ppp *, mono_t now, const struct ppp_addr *, struct ppp_out *);

/* Sends an IPv6 packet; nothing happens unless IPV6CP is open. */
void	ppp_send_ip6(struct ppp *, struct rd packet, struct ppp_out *);

/* Command: Terminate-Request with the text; PPP_DOWN follows in time. */
void	ppp_close(struct ppp *, mono_t now, enum ppp_cause, const char *text, struct ppp_out *);

/* Ask. */
enum ppp_phase	 ppp_phase(const struct ppp *);
/*
 * Why it is not up by now, as a reason for giving up: plain words, such as
 * "gave up in LCP: the peer did not answer".
 */
void		 ppp_explain(const struct ppp *, char text[PPP_TEXT_MAX]);
bool		 ppp_authenticated(const struct ppp *);
/* The most we may send, PPP payload bytes; once LCP is open. */
uint16_t	 ppp_peer_mru(const struct ppp *);

/*
 * Pure computations of the methods, for whoever holds the passwords.
 * RFC 1994 §4.1 and RFC 2759 §8; `name` is without its domain.
 */
void	ppp_chap_md5(uint8_t id, struct rd password, struct rd challenge, uint8_t out[16]);
bool	ppp_nt_hash(struct rd password_utf8, uint8_t out[16]);
/* `response` is the 49 bytes of the Value; true if they fit the NT hash. */
bool	ppp_mschapv2_check(const uint8_t nt_hash[16], const uint8_t challenge[16],
	    const uint8_t response[49], struct rd name, char success[43]);
/*
 * The text of an MS-CHAP-Error or of a Failure (RFC 2759 §6) into error,
 * retry, challenge and message; false, and nothing changed, without an E=.
 */
bool	ppp_mschap_error(struct rd text, struct ppp_verdict *);

/* Freeze to bytes and back; the same build, the same params. */
size_t		 ppp_frozen_size(const struct ppp *);
void		 ppp_freeze(const struct ppp *, struct wr *);
struct ppp	*ppp_thaw(const struct ppp_params *, struct rng *, struct drops *, struct rd *);

#endif
