/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CRYPTO_TLS_H
#define BASE_CRYPTO_TLS_H

/*
 * DOC: the client's end of TLS, as a pure computation on bytes.
 *
 * A connection takes what came from the wire (tls_input), yields what is to go
 * there (tls_unsent), and between them the text in clear (tls_read, tls_write).
 * TLS 1.2 or 1.3.  The peer's certificate must lead to one of the authorities,
 * be valid now, be a server's, and carry the expected name (RFC 6614 §2.3).
 * Revocation lists are not read, and sessions are not resumed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define TLS_WHY_MAX	96	/* bytes of a reason, with the NUL */

struct tls_params {		/* borrowed for the call */
	/* PEM files: authorities; our certificate and those between it and
	 * its authority; our private key, not encrypted. */
	const char *ca, *cert, *key;
	/* In the peer's certificate: a host name, or an address as text. */
	const char *name;
	/* RFC 9765: offer "radius/1.1" and "radius/1.0", and TLS 1.3 alone. */
	bool radius_11;
};

/* What all connections to one peer share. */
struct tls_client;

/*
 * Reads the files.  NULL, with the option and the file that are wrong and why
 * in err (n bytes): "tls-cert FILE: ...".
 */
struct tls_client *tls_client_new(const struct tls_params *, char *err,
	    size_t n);
void	tls_client_free(struct tls_client *);

enum tls_state {
	TLS_SHAKING,		/* handshake under way */
	TLS_READY,
	TLS_CLOSED,		/* the peer said goodbye */
	TLS_FAILED		/* tls_why() tells */
};

struct tls_conn;

/* The first bytes to send are there at once.  NULL: no memory. */
struct tls_conn	*tls_new(const struct tls_client *);
void	tls_free(struct tls_conn *);
/* From the wire, any number of bytes. */
enum tls_state	tls_input(struct tls_conn *, struct rd);
/*
 * The next of what came in, at most n bytes; 0: no more for now, or the
 * connection ended: tls_state() tells.
 */
size_t	tls_read(struct tls_conn *, void *, size_t n);
/* All of it is taken, if the state is TLS_READY and stays so; else false. */
bool	tls_write(struct tls_conn *, struct rd);
/* Says goodbye, if a handshake was done; then there is something to send. */
void	tls_bye(struct tls_conn *);
enum tls_state	tls_state(const struct tls_conn *);
/* Why it failed, in words about the peer: "its certificate: ..."; no NULL. */
const char	*tls_why(const struct tls_conn *);

/* For the wire: all that waits, borrowed until the next call. */
struct rd	tls_unsent(struct tls_conn *);
/* The first n bytes of it went out. */
void	tls_sent(struct tls_conn *, size_t n);

/* Once ready: "TLSv1.3", the cipher's name, and was RADIUS/1.1 agreed? */
const char	*tls_version(const struct tls_conn *);
const char	*tls_cipher(const struct tls_conn *);
bool	tls_radius_11(const struct tls_conn *);

#endif
