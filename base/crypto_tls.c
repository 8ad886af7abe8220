/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS by OpenSSL between two memory BIOs: see crypto_tls.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/crypto_tls.h"

/* ALPN, RFC 9765 §3.1: each name behind its length. */
#define RADIUS_11	"radius/1.1"
#define RADIUS_10	"radius/1.0"
#define NAME_LEN	(sizeof(RADIUS_11) - 1)
static const unsigned char offer[] = "\012" RADIUS_11 "\012" RADIUS_10;

struct tls_client {
	SSL_CTX *ctx;
	char *sni;		/* NULL: an address has none (RFC 6066 §3) */
	bool radius_11;
};

struct tls_conn {
	SSL *ssl;
	BIO *in, *out;		/* the SSL's */
	enum tls_state state;
	bool offered, radius_11;
	char why[TLS_WHY_MAX];
};

/* The oldest entry of OpenSSL's queue: what went wrong, not who called whom. */
static const char *
error_text(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	return text != NULL ? text : "unknown error";
}

/* ---- files ---- */

/* OpenSSL asks the terminal unless told otherwise. */
static int
no_passphrase(char *buf, int size, int rw, void *arg)
{
	bool *encrypted = arg;

	(void)buf;
	(void)size;
	(void)rw;
	if (encrypted != NULL)
		*encrypted = true;
	return -1;
}

/* What went wrong with a file: a missing one is named as the system does. */
static bool
file_bad(char *err, size_t n, const char *option, const char *file)
{
	unsigned long e = ERR_peek_error();
	const char *why = error_text();

	if (ERR_SYSTEM_ERROR(e))
		why = strerror(ERR_GET_REASON(e));
	else if ((ERR_GET_LIB(e) == ERR_LIB_PEM &&
	    ERR_GET_REASON(e) == PEM_R_NO_START_LINE) ||
	    ERR_GET_LIB(e) == ERR_LIB_OSSL_DECODER)
		why = "there is none in PEM form";
	(void)snprintf(err, n, "%s %s: %s", option, file, why);
	return false;
}

static bool
read_key(SSL_CTX *ctx, const struct tls_params *p, char *err, size_t n)
{
	bool encrypted = false, read;

	SSL_CTX_set_default_passwd_cb_userdata(ctx, &encrypted);
	ERR_clear_error();
	read = SSL_CTX_use_PrivateKey_file(ctx, p->key, SSL_FILETYPE_PEM) == 1;
	SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
	/* Of another kind than the certificate's: only the second call sees it. */
	if (read && SSL_CTX_check_private_key(ctx) == 1)
		return true;
	if (encrypted)
		(void)snprintf(err, n, "tls-key %s: it is encrypted: expected"
		    " a key without a passphrase", p->key);
	else if (read || ERR_GET_REASON(ERR_peek_last_error()) ==
	    X509_R_KEY_VALUES_MISMATCH)
		(void)snprintf(err, n, "tls-key %s: it is not the key of %s",
		    p->key, p->cert);
	else
		return file_bad(err, n, "tls-key", p->key);
	return false;
}

static bool
read_files(SSL_CTX *ctx, const struct tls_params *p, char *err, size_t n)
{
	ERR_clear_error();
	if (SSL_CTX_load_verify_file(ctx, p->ca) != 1)
		return file_bad(err, n, "tls-ca", p->ca);
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, p->cert) != 1)
		return file_bad(err, n, "tls-cert", p->cert);
	return read_key(ctx, p, err, n);
}

/* RFC 6614 §2.3; a whole label may be a wildcard, a part of one may not. */
static bool
set_name(struct tls_client *c, const char *name)
{
	X509_VERIFY_PARAM *v = SSL_CTX_get0_param(c->ctx);

	X509_VERIFY_PARAM_set_hostflags(v,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_ip_asc(v, name) == 1)
		return true;
	c->sni = strdup(name);
	return c->sni != NULL && X509_VERIFY_PARAM_set1_host(v, name, 0) == 1;
}

static bool
client_set(struct tls_client *c, const struct tls_params *p)
{
	SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_default_passwd_cb(c->ctx, no_passphrase);
	SSL_CTX_set_options(c->ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
	(void)SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(c->ctx, p->radius_11 ?
	    TLS1_3_VERSION : TLS1_2_VERSION) != 1)
		return false;
	/* This one returns 0 if it is well. */
	if (p->radius_11 && SSL_CTX_set_alpn_protos(c->ctx, offer,
	    sizeof(offer) - 1) != 0)
		return false;
	c->radius_11 = p->radius_11;
	return set_name(c, p->name);
}

struct tls_client *
tls_client_new(const struct tls_params *p, char *err, size_t n)
{
	struct tls_client *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->ctx = SSL_CTX_new(TLS_client_method());
	if (c == NULL || c->ctx == NULL || !client_set(c, p)) {
		(void)snprintf(err, n, "tls-name %s: %s", p->name,
		    error_text());
		tls_client_free(c);
		return NULL;
	}
	if (!read_files(c->ctx, p, err, n)) {
		tls_client_free(c);
		return NULL;
	}
	return c;
}

void
tls_client_free(struct tls_client *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ctx);
	free(c->sni);
	free(c);
}

/* ---- one connection ---- */

/* The certificate first: OpenSSL's own words for it are too general. */
static void
fail(struct tls_conn *t)
{
	long bad = SSL_get_verify_result(t->ssl);
	int reason = ERR_GET_REASON(ERR_peek_error());

	t->state = TLS_FAILED;
	if (bad != X509_V_OK)
		(void)snprintf(t->why, sizeof(t->why), "its certificate: %s",
		    X509_verify_cert_error_string(bad));
	else if (reason >= SSL_AD_REASON_OFFSET)
		(void)snprintf(t->why, sizeof(t->why), "it refused us: %s",
		    SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
	else
		(void)snprintf(t->why, sizeof(t->why), "TLS: %s",
		    error_text());
}

/* What a call that returned `r` means: nothing yet, the end, or a failure. */
static void
note(struct tls_conn *t, int r)
{
	switch (SSL_get_error(t->ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return;
	case SSL_ERROR_ZERO_RETURN:
		t->state = TLS_CLOSED;
		return;
	default:
		fail(t);
	}
}

/*
 * OpenSSL takes whatever name the server chose: one that was not offered, or
 * one where none was, is no agreement (RFC 7301 §3.1).  None at all: RADIUS/1.0
 * (RFC 9765 §3.3.1).
 */
static bool
agreed(struct tls_conn *t)
{
	const unsigned char *name;
	unsigned n;

	SSL_get0_alpn_selected(t->ssl, &name, &n);
	if (n == 0)
		return true;
	t->radius_11 = n == NAME_LEN && memcmp(name, RADIUS_11, n) == 0;
	return t->offered && (t->radius_11 ||
	    (n == NAME_LEN && memcmp(name, RADIUS_10, n) == 0));
}

static void
shake(struct tls_conn *t)
{
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(t->ssl);
	if (r != 1) {
		note(t, r);
		return;
	}
	t->state = TLS_READY;
	if (agreed(t))
		return;
	t->state = TLS_FAILED;
	(void)snprintf(t->why, sizeof(t->why),
	    "it chose a protocol (ALPN) that is none of ours");
}

struct tls_conn *
tls_new(const struct tls_client *c)
{
	struct tls_conn *t = calloc(1, sizeof(*t));
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	if (t != NULL)
		t->ssl = SSL_new(c->ctx);
	if (in == NULL || out == NULL || t == NULL || t->ssl == NULL) {
		BIO_free(in);
		BIO_free(out);
		tls_free(t);
		return NULL;
	}
	(void)BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(t->ssl, in, out);
	t->in = in;
	t->out = out;
	t->offered = c->radius_11;
	SSL_set_connect_state(t->ssl);
	if (c->sni != NULL && SSL_set_tlsext_host_name(t->ssl, c->sni) != 1) {
		tls_free(t);
		return NULL;
	}
	shake(t);
	return t;
}

void
tls_free(struct tls_conn *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	free(t);
}

enum tls_state
tls_input(struct tls_conn *t, struct rd bytes)
{
	size_t n = rd_left(&bytes), wrote;

	if (t->state == TLS_FAILED || n == 0)
		return t->state;
	if (BIO_write_ex(t->in, bytes.p, n, &wrote) != 1 || wrote != n) {
		fail(t);
		return t->state;
	}
	if (t->state == TLS_SHAKING)
		shake(t);
	return t->state;
}

size_t
tls_read(struct tls_conn *t, void *p, size_t n)
{
	size_t got = 0;

	if (t->state != TLS_READY)
		return 0;
	ERR_clear_error();
	if (SSL_read_ex(t->ssl, p, n, &got) == 1)
		return got;
	note(t, 0);
	return 0;
}

bool
tls_write(struct tls_conn *t, struct rd text)
{
	size_t n = rd_left(&text), wrote;

	if (t->state != TLS_READY)
		return false;
	ERR_clear_error();
	if (n == 0 || SSL_write_ex(t->ssl, text.p, n, &wrote) == 1)
		return true;
	fail(t);
	return false;
}

void
tls_bye(struct tls_conn *t)
{
	ERR_clear_error();
	if (t->state == TLS_READY || t->state == TLS_CLOSED)
		(void)SSL_shutdown(t->ssl);
}

enum tls_state
tls_state(const struct tls_conn *t)
{
	return t->state;
}

const char *
tls_why(const struct tls_conn *t)
{
	return t->why;
}

struct rd
tls_unsent(struct tls_conn *t)
{
	char *p = NULL;
	long n = BIO_get_mem_data(t->out, &p);

	return rd_make(p, n > 0 ? (size_t)n : 0);
}

void
tls_sent(struct tls_conn *t, size_t n)
{
	uint8_t away[4096];
	size_t got;

	while (n > 0 && BIO_read_ex(t->out, away,
	    n < sizeof(away) ? n : sizeof(away), &got) == 1)
		n -= got;
}

const char *
tls_version(const struct tls_conn *t)
{
	return SSL_get_version(t->ssl);
}

const char *
tls_cipher(const struct tls_conn *t)
{
	return SSL_get_cipher_name(t->ssl);
}

bool
tls_radius_11(const struct tls_conn *t)
{
	return t->radius_11;
}
