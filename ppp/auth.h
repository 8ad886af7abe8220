/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PPP_AUTH_H
#define PPP_AUTH_H

/*
 * DOC: the authentication phase: runs the agreed method, asks, never decides.
 *
 * pap.c, chap.c and eap.c speak the methods in both roles and report;
 * auth_settle() is the only function that calls a link authenticated.
 */

#include "ppp/cp.h"

#define AUTH_WAIT_TRIES	30	/* peer role: times restart_ms for an answer */

enum auth_result {
	AUTH_GOING,
	AUTH_PASSED,
	AUTH_REFUSED,		/* the credentials, or the server's proof */
	AUTH_SILENT,		/* no answer from the peer */
	AUTH_NO_OWNER,		/* no answer from our owner */
	AUTH_NO_RANDOM
};

/*
 * When to send again.  The peer is quicker than the authenticator: an answer
 * sent again must arrive before the challenge is replaced by a new one.
 */
static inline mono_t
auth_again(const struct ppp *p, mono_t now)
{
	uint32_t ms = p->params->restart_ms;

	return mono_add_ms(now, p->role == PPP_PEER ? ms / 3 * 2 : ms);
}

/* Is the protocol one that the agreed method lets in? */
bool		 auth_takes(const struct ppp *, uint16_t protocol);
/*
 * Opens a question to the owner under a new ticket, with what all methods
 * fill in; the caller adds the rest.  NULL: no room, and nothing has changed.
 */
struct ppp_auth	*auth_ask(struct ppp *, uint8_t id, mono_t now,
		    struct ppp_out *);
/* Keeps the peer's name for this and later questions; it fits. */
void		 auth_name(struct ppp *, struct rd name);
/* LCP is open and `method` agreed (not 0). */
enum auth_result auth_open(struct ppp *, uint8_t method, mono_t now,
		    struct ppp_out *);
/* LCP left Opened: forget everything, above all `ok`. */
void		 auth_close(struct ppp *);
enum auth_result auth_input(struct ppp *, uint16_t protocol, struct rd packet,
		    mono_t now, struct ppp_out *, enum drop *why);
enum auth_result auth_expire(struct ppp *, mono_t now, struct ppp_out *);
mono_t		 auth_deadline(const struct ppp *);
enum auth_result auth_answer(struct ppp *, const struct ppp_verdict *,
		    mono_t now, struct ppp_out *);
/* The success may have been lost: say it again to a peer that is silent. */
void		 auth_remind(struct ppp *, struct ppp_out *);

/* pap.c */
enum pap_code { PAP_REQ = 1, PAP_ACK, PAP_NAK };
void		 pap_send_request(struct ppp *, struct ppp_out *);
enum auth_result pap_input(struct ppp *, const struct cp_pkt *, mono_t now,
		    struct ppp_out *, enum drop *why);
void		 pap_reply(struct ppp *, bool ok, const char *message,
		    struct ppp_out *);

/* chap.c */
enum chap_code {
	CHAP_CHALLENGE = 1,
	CHAP_RESPONSE,
	CHAP_SUCCESS,
	CHAP_FAILURE,
	CHAP_CHANGE = 7		/* MS-CHAPv2, RFC 2759 §7 */
};
/* A new challenge under a new id; false: no randomness. */
bool		 chap_send_challenge(struct ppp *, struct ppp_out *);
/* Sends the answer to the open challenge (once more). */
void		 chap_send_response(struct ppp *, struct ppp_out *);
enum auth_result chap_input(struct ppp *, const struct cp_pkt *, mono_t now,
		    struct ppp_out *, enum drop *why);
/* Answers the response; true if the peer may try again. */
bool		 chap_reply(struct ppp *, const struct ppp_verdict *, bool ok,
		    struct ppp_out *);
/* Sends the stored answer once more. */
void		 chap_repeat(struct ppp *, struct ppp_out *);
/*
 * Peer role, MS-CHAPv2: the Value that answers this challenge under the
 * password and the proof that must come back.  AUTH_GOING, or why not.
 */
enum auth_result chap_answer(struct ppp *, const struct secret *password,
		    const uint8_t challenge[16], uint8_t value[49],
		    char expect[43]);
/* Is it the proof that we expect?  Hex digits in either case. */
bool		 chap_proof(const struct auth *, struct rd text);

/* eap.c */
enum eap_code {			/* RFC 3748 §4 */
	EAP_REQUEST = 1,
	EAP_RESPONSE,
	EAP_SUCCESS,
	EAP_FAILURE
};
enum eap_type {			/* RFC 3748 §5 */
	EAP_IDENTITY = 1,
	EAP_NOTIFICATION,
	EAP_NAK,
	EAP_MD5,
	EAP_MSCHAPV2 = 26
};
/* Authenticator: asks who it is. */
void		 eap_send_identity(struct ppp *, struct ppp_out *);
/* Sends once more what is kept: Request, Response, Success or Failure. */
void		 eap_repeat(struct ppp *, struct ppp_out *);
/* RFC 3748 §4.3: when to send the Request again; NEVER: often enough. */
mono_t		 eap_again(const struct ppp *, mono_t now);
enum auth_result eap_input(struct ppp *, const struct cp_pkt *, mono_t now,
		    struct ppp_out *, enum drop *why);
/* Sends what the owner's verdict holds; the result is the verdict's.  Nothing
 * is sent for one that is undecided. */
enum auth_result eap_reply(struct ppp *, const struct ppp_verdict *, mono_t now,
		    struct ppp_out *);

#endif
