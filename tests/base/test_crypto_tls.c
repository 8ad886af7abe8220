/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our end of TLS against OpenSSL's server, in memory: certificates are made
 * here, and whoever is not to be trusted is refused for the reason it deserves.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/crypto_tls.h"

#define DAY	(24L * 3600)

static const struct {
	const char *file, *issuer, *alt, *usage;
	long from, until;	/* seconds from now */
} certs[] = {
	{ "ca", "ca", NULL, NULL, -DAY, DAY },
	{ "evil", "evil", NULL, NULL, -DAY, DAY },
	{ "server", "ca", "DNS:radius.example,IP:192.0.2.7,IP:2001:db8::7",
	    "serverAuth", -DAY, DAY },
	{ "wild", "ca", "DNS:*.corp.example", "serverAuth", -DAY, DAY },
	{ "broad", "ca", "DNS:*.example", "serverAuth", -DAY, DAY },
	{ "partly", "ca", "DNS:rad*.corp.example", "serverAuth", -DAY, DAY },
	{ "expired", "ca", "DNS:radius.example", "serverAuth", -2 * DAY, -DAY },
	{ "early", "ca", "DNS:radius.example", "serverAuth", DAY, 2 * DAY },
	{ "other", "ca", "DNS:mail.example", "serverAuth", -DAY, DAY },
	{ "forged", "evil", "DNS:radius.example", "serverAuth", -DAY, DAY },
	{ "self", "self", "DNS:radius.example", "serverAuth", -DAY, DAY },
	{ "purpose", "ca", "DNS:radius.example", "clientAuth", -DAY, DAY },
	{ "client", "ca", "DNS:nas.example", "clientAuth", -DAY, DAY },
};
#define CERTS	(sizeof(certs) / sizeof(certs[0]))

static char dir[] = "/tmp/test_crypto_tls.XXXXXX";
static EVP_PKEY *keys[CERTS];
static X509 *x509s[CERTS];

static const char *
path(char *buf, const char *name, const char *kind)
{
	(void)snprintf(buf, 128, "%s/%s.%s", dir, name, kind);
	return buf;
}

static size_t
cert_index(const char *name)
{
	for (size_t i = 0; i < CERTS; i++)
		if (strcmp(certs[i].file, name) == 0)
			return i;
	fail_msg("no certificate %s", name);
	return 0;
}

static void
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = value == NULL ? NULL :
	    X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	if (value == NULL)
		return;
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void
cert_make(size_t i)
{
	size_t by = cert_index(certs[i].issuer);
	bool ca = certs[i].alt == NULL;
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	char buf[128];
	FILE *f;

	keys[i] = EVP_EC_gen("P-256");
	x509s[i] = x;
	assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), (long)i + 1);
	X509_gmtime_adj(X509_getm_notBefore(x), certs[i].from);
	X509_gmtime_adj(X509_getm_notAfter(x), certs[i].until);
	X509_set_pubkey(x, keys[i]);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)certs[i].file, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x509s[by]));
	extend(x, NID_basic_constraints, ca ? "critical,CA:TRUE" : "CA:FALSE");
	extend(x, NID_subject_alt_name, certs[i].alt);
	extend(x, NID_ext_key_usage, certs[i].usage);
	assert_true(X509_sign(x, keys[by], EVP_sha256()) > 0);
	f = fopen(path(buf, certs[i].file, "pem"), "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	(void)fclose(f);
	f = fopen(path(buf, certs[i].file, "key"), "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, keys[i], NULL, NULL, 0, NULL,
	    NULL), 1);
	(void)fclose(f);
}

/* Files that are none of what they should be. */
static void
odd_files(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	char buf[128];
	FILE *f = fopen(path(buf, "junk", "pem"), "w");

	assert_non_null(f);
	(void)fputs("nothing of the kind\n", f);
	(void)fclose(f);
	f = fopen(path(buf, "locked", "key"), "w");
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, keys[0],
	    EVP_aes_128_cbc(), "pass", 4, NULL, NULL), 1);
	(void)fclose(f);
	f = fopen(path(buf, "rsa", "key"), "w");
	assert_int_equal(PEM_write_PrivateKey(f, rsa, NULL, NULL, 0, NULL,
	    NULL), 1);
	(void)fclose(f);
	EVP_PKEY_free(rsa);
}

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	for (size_t i = 0; i < CERTS; i++)
		cert_make(i);
	odd_files();
	return 0;
}

static int
teardown(void **state)
{
	static const char *const odd[][2] = {
		{ "junk", "pem" }, { "locked", "key" }, { "rsa", "key" }
	};
	char buf[128];

	(void)state;
	for (size_t i = 0; i < CERTS; i++) {
		(void)unlink(path(buf, certs[i].file, "pem"));
		(void)unlink(path(buf, certs[i].file, "key"));
		X509_free(x509s[i]);
		EVP_PKEY_free(keys[i]);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		(void)unlink(path(buf, odd[i][0], odd[i][1]));
	return rmdir(dir);
}

/* ---- two ends and the wire between them ---- */

struct ends {
	struct tls_client *client;
	struct tls_conn *ours;
	SSL_CTX *ctx;
	SSL *theirs;
	BIO *in, *out;
	size_t piece;		/* bytes at a time; 0: as they come */
	const char *alpn;	/* what the server answers; NULL: nothing */
	unsigned hello;		/* ClientHellos with ALPN it has seen */
};

static int
choose(SSL *s, const unsigned char **out, unsigned char *n,
    const unsigned char *in, unsigned in_n, void *arg)
{
	static const char both[] = "\012radius/1.1\012radius/1.0";
	struct ends *e = arg;

	(void)s;
	e->hello++;
	assert_int_equal(in_n, sizeof(both) - 1);
	assert_memory_equal(in, both, in_n);
	if (e->alpn == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	if (e->alpn[0] == '\0')
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = (const unsigned char *)e->alpn;
	*n = (unsigned char)strlen(e->alpn);
	return SSL_TLSEXT_ERR_OK;
}

static struct tls_client *
client(const char *name, bool radius_11)
{
	char ca[128], cert[128], key[128], err[256] = "";
	struct tls_params p = {
		.ca = path(ca, "ca", "pem"), .cert = path(cert, "client", "pem"),
		.key = path(key, "client", "key"), .name = name,
		.radius_11 = radius_11,
	};
	struct tls_client *c = tls_client_new(&p, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(c);
	return c;
}

static void
ends_make(struct ends *e, const char *cert, const char *name, bool radius_11)
{
	size_t i = cert_index(cert);
	char ca[128];

	e->client = client(name, radius_11);
	e->ours = tls_new(e->client);
	assert_non_null(e->ours);
	e->ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(e->ctx, 0);
	assert_int_equal(SSL_CTX_set_min_proto_version(e->ctx, TLS1_VERSION),
	    1);
	SSL_CTX_use_certificate(e->ctx, x509s[i]);
	SSL_CTX_use_PrivateKey(e->ctx, keys[i]);
	SSL_CTX_load_verify_file(e->ctx, path(ca, "ca", "pem"));
	SSL_CTX_set_verify(e->ctx, SSL_VERIFY_PEER |
	    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_alpn_select_cb(e->ctx, choose, e);
}

static void
ends_connect(struct ends *e)
{
	e->theirs = SSL_new(e->ctx);
	e->in = BIO_new(BIO_s_mem());
	e->out = BIO_new(BIO_s_mem());
	SSL_set_bio(e->theirs, e->in, e->out);
	SSL_set_accept_state(e->theirs);
}

static void
ends_free(struct ends *e)
{
	tls_free(e->ours);
	tls_client_free(e->client);
	SSL_free(e->theirs);
	SSL_CTX_free(e->ctx);
}

/* One direction of the wire; false: nothing went. */
static bool
carry_out(struct ends *e)
{
	struct rd out = tls_unsent(e->ours);
	size_t n = rd_left(&out);

	if (e->piece > 0 && n > e->piece)
		n = e->piece;
	if (n == 0)
		return false;
	assert_int_equal(BIO_write(e->in, out.p, (int)n), n);
	tls_sent(e->ours, n);
	return true;
}

static bool
carry_in(struct ends *e)
{
	uint8_t b[20000];
	int n = BIO_read(e->out, b, e->piece > 0 ? (int)e->piece :
	    (int)sizeof(b));

	if (n <= 0)
		return false;
	(void)tls_input(e->ours, rd_make(b, (size_t)n));
	return true;
}

static void
shake(struct ends *e)
{
	bool moved = true;

	for (int i = 0; moved && i < 100000; i++) {
		moved = carry_out(e);
		(void)SSL_do_handshake(e->theirs);
		moved |= carry_in(e);
	}
}

static void
dial(struct ends *e, const char *cert, const char *name)
{
	*e = (struct ends){ .piece = 0 };
	ends_make(e, cert, name, false);
	ends_connect(e);
	shake(e);
}

/* ---- the tests ---- */

static void
says_hello_and_goodbye(void **state)
{
	static const size_t pieces[] = { 0, 1, 7, 1000 };
	uint8_t b[64];
	struct ends e;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		e = (struct ends){ .piece = pieces[i] };
		ends_make(&e, "server", "radius.example", false);
		assert_int_equal(tls_state(e.ours), TLS_SHAKING);
		assert_false(tls_write(e.ours, rd_make("early", 5)));
		assert_int_equal(tls_read(e.ours, b, sizeof(b)), 0);
		ends_connect(&e);
		shake(&e);
		assert_int_equal(tls_state(e.ours), TLS_READY);
		assert_string_equal(tls_version(e.ours), "TLSv1.3");
		assert_non_null(strstr(tls_cipher(e.ours), "TLS_"));
		assert_false(tls_radius_11(e.ours));
		assert_int_equal(e.hello, 0);
		assert_string_equal(SSL_get_servername(e.theirs,
		    TLSEXT_NAMETYPE_host_name), "radius.example");

		assert_true(tls_write(e.ours, rd_make("question", 8)));
		assert_true(tls_write(e.ours, rd_make(NULL, 0)));
		while (carry_out(&e))
			;
		assert_int_equal(SSL_read(e.theirs, b, sizeof(b)), 8);
		assert_memory_equal(b, "question", 8);
		assert_int_equal(SSL_write(e.theirs, "the answer", 10), 10);
		while (carry_in(&e))
			;
		assert_int_equal(tls_read(e.ours, b, 3), 3);
		assert_int_equal(tls_read(e.ours, b + 3, sizeof(b) - 3), 7);
		assert_memory_equal(b, "the answer", 10);
		assert_int_equal(tls_read(e.ours, b, sizeof(b)), 0);
		assert_int_equal(tls_state(e.ours), TLS_READY);

		(void)SSL_shutdown(e.theirs);
		while (carry_in(&e))
			;
		assert_int_equal(tls_read(e.ours, b, sizeof(b)), 0);
		assert_int_equal(tls_state(e.ours), TLS_CLOSED);
		assert_false(tls_write(e.ours, rd_make("late", 4)));
		tls_bye(e.ours);
		while (carry_out(&e))
			;
		assert_int_equal(SSL_shutdown(e.theirs), 1);
		ends_free(&e);
	}
}

static void
what_waits_is_kept_in_order(void **state)
{
	static uint8_t b[1000], got[1000];
	size_t sent = 0;
	struct ends e;

	(void)state;
	dial(&e, "server", "radius.example");
	for (int i = 0; i < 300; i++) {		/* much more than one BIO_read */
		struct rd out;

		memset(b, i, sizeof(b));
		assert_true(tls_write(e.ours, rd_make(b, sizeof(b))));
		out = tls_unsent(e.ours);
		sent += rd_left(&out) > 5000 && i % 7 == 0;
		if (rd_left(&out) > 5000 && i % 7 == 0) {
			assert_int_equal(BIO_write(e.in, out.p, 4999), 4999);
			tls_sent(e.ours, 4999);
		}
	}
	assert_true(sent > 10);
	while (carry_out(&e))
		;
	for (int i = 0; i < 300; i++) {
		size_t n = 0;

		while (n < sizeof(got)) {
			int r = SSL_read(e.theirs, got + n,
			    (int)(sizeof(got) - n));

			assert_true(r > 0);
			n += (size_t)r;
		}
		memset(b, i, sizeof(b));
		assert_memory_equal(got, b, sizeof(b));
	}
	ends_free(&e);
}

static void
names_that_fit(void **state)
{
	static const char *const good[][2] = {
		{ "server", "radius.example" }, { "server", "RADIUS.Example" },
		{ "server", "192.0.2.7" }, { "server", "2001:db8::7" },
		{ "wild", "radius.corp.example" },
	};
	struct ends e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		dial(&e, good[i][0], good[i][1]);
		assert_string_equal(tls_why(e.ours), "");
		assert_int_equal(tls_state(e.ours), TLS_READY);
		ends_free(&e);
	}
}

static void
n87_certificates_refused(void **state)
{
	static const char *const bad[][3] = {
		{ "other", "radius.example", "hostname mismatch" },
		{ "server", "example", "hostname mismatch" },
		{ "server", "192.0.2.8", "IP address mismatch" },
		{ "wild", "a.b.corp.example", "hostname mismatch" },
		{ "broad", "radius.example", "hostname mismatch" },
		{ "wild", "192.0.2.7", "IP address mismatch" },
		{ "partly", "radius.corp.example", "hostname mismatch" },
		{ "expired", "radius.example", "certificate has expired" },
		{ "early", "radius.example", "certificate is not yet valid" },
		{ "forged", "radius.example",
		    "unable to get local issuer certificate" },
		{ "self", "radius.example", "self-signed certificate" },
		{ "purpose", "radius.example", "unsuitable certificate purpose" },
	};
	char why[TLS_WHY_MAX];
	uint8_t b[8];
	struct ends e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		dial(&e, bad[i][0], bad[i][1]);
		(void)snprintf(why, sizeof(why), "its certificate: %s",
		    bad[i][2]);
		assert_string_equal(tls_why(e.ours), why);
		assert_int_equal(tls_state(e.ours), TLS_FAILED);
		assert_false(tls_write(e.ours, rd_make("x", 1)));
		assert_int_equal(tls_read(e.ours, b, sizeof(b)), 0);
		assert_int_equal(tls_input(e.ours, rd_make("x", 1)),
		    TLS_FAILED);
		/* The server is told. */
		assert_int_not_equal(SSL_is_init_finished(e.theirs), 1);
		ends_free(&e);
	}
}

static void
n87_old_versions_refused(void **state)
{
	struct ends e = { .piece = 0 };

	(void)state;
	ends_make(&e, "server", "radius.example", false);
	assert_int_equal(SSL_CTX_set_max_proto_version(e.ctx, TLS1_1_VERSION),
	    1);
	ends_connect(&e);
	shake(&e);
	assert_int_equal(tls_state(e.ours), TLS_FAILED);
	assert_string_equal(tls_why(e.ours), "it refused us: protocol version");
	ends_free(&e);

	e = (struct ends){ .piece = 0 };
	ends_make(&e, "server", "radius.example", false);
	assert_int_equal(SSL_CTX_set_max_proto_version(e.ctx, TLS1_2_VERSION),
	    1);
	ends_connect(&e);
	shake(&e);
	assert_int_equal(tls_state(e.ours), TLS_READY);
	assert_string_equal(tls_version(e.ours), "TLSv1.2");
	ends_free(&e);

	/* With RADIUS/1.1 on offer, 1.2 is old. */
	e = (struct ends){ .piece = 0 };
	ends_make(&e, "server", "radius.example", true);
	assert_int_equal(SSL_CTX_set_max_proto_version(e.ctx, TLS1_2_VERSION),
	    1);
	ends_connect(&e);
	shake(&e);
	assert_int_equal(tls_state(e.ours), TLS_FAILED);
	ends_free(&e);
}

/* A ServerHello of TLS 1.1, by a server that minds no version of ours. */
static void
n87_old_server_hello(void **state)
{
	static const uint8_t hello[] = {
		22, 3, 2, 0, 42,
		2, 0, 0, 38, 3, 2,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		0, 0xc0, 0x13, 0
	};
	struct tls_client *c = client("radius.example", false);
	struct tls_conn *t = tls_new(c);

	(void)state;
	assert_int_equal(tls_input(t, rd_make(hello, sizeof(hello))),
	    TLS_FAILED);
	assert_string_equal(tls_why(t), "TLS: unsupported protocol");
	tls_free(t);
	t = tls_new(c);
	assert_int_equal(tls_input(t, rd_make("SSH-2.0-OpenSSH_9.2p1\r\n", 23)),
	    TLS_FAILED);
	assert_string_equal(tls_why(t), "TLS: wrong version number");
	tls_bye(t);
	tls_free(t);
	tls_client_free(c);
}

/* TLS 1.3: the handshake is done for us before the server looks. */
static void
our_certificate_refused(void **state)
{
	struct ends e = { .piece = 0 };
	uint8_t b[8];
	char ca[128];

	(void)state;
	ends_make(&e, "server", "radius.example", false);
	SSL_CTX_set_cert_store(e.ctx, X509_STORE_new());
	SSL_CTX_load_verify_file(e.ctx, path(ca, "evil", "pem"));
	ends_connect(&e);
	shake(&e);
	assert_int_equal(tls_read(e.ours, b, sizeof(b)), 0);
	assert_int_equal(tls_state(e.ours), TLS_FAILED);
	assert_string_equal(tls_why(e.ours), "it refused us: unknown CA");
	ends_free(&e);
}

static void
n87_alpn(void **state)
{
	static const struct {
		const char *answer;
		enum tls_state state;
		bool radius_11;
		const char *why;
	} cases[] = {
		{ "radius/1.1", TLS_READY, true, "" },
		{ "radius/1.0", TLS_READY, false, "" },
		{ NULL, TLS_READY, false, "" },
		/* OpenSSL sees to it itself, or we do: in other words. */
		{ "radius/2.0", TLS_FAILED, false, NULL },
		{ "h2", TLS_FAILED, false, NULL },
		{ "", TLS_FAILED, false,
		    "it refused us: no application protocol" },
	};
	struct ends e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		e = (struct ends){ .alpn = cases[i].answer };
		ends_make(&e, "server", "radius.example", true);
		ends_connect(&e);
		shake(&e);
		assert_int_equal(e.hello, 1);
		assert_string_equal(tls_why(e.ours), cases[i].why != NULL ?
		    cases[i].why : tls_why(e.ours));
		assert_int_equal(tls_state(e.ours), cases[i].state);
		assert_int_equal(tls_radius_11(e.ours), cases[i].radius_11);
		ends_free(&e);
	}
}

static void
junk_in_the_middle(void **state)
{
	uint8_t junk[64] = { 23, 3, 3, 0, 40, 1 }, b[8];
	struct ends e;

	(void)state;
	dial(&e, "server", "radius.example");
	assert_int_equal(tls_input(e.ours, rd_make(NULL, 0)), TLS_READY);
	(void)tls_input(e.ours, rd_make(junk, sizeof(junk)));
	assert_int_equal(tls_read(e.ours, b, sizeof(b)), 0);
	assert_int_equal(tls_state(e.ours), TLS_FAILED);
	assert_string_equal(tls_why(e.ours),
	    "TLS: decryption failed or bad record mac");
	ends_free(&e);
}

static void
files_that_are_wrong(void **state)
{
	static const struct {
		const char *ca, *cert, *key, *key_kind, *option, *why;
	} cases[] = {
		{ "none", "client", "client", "key", "tls-ca",
		    "No such file or directory" },
		{ "junk", "client", "client", "key", "tls-ca",
		    "no certificate or crl found" },
		{ "ca", "none", "client", "key", "tls-cert",
		    "No such file or directory" },
		{ "ca", "junk", "client", "key", "tls-cert",
		    "there is none in PEM form" },
		{ "ca", "client", "none", "key", "tls-key",
		    "No such file or directory" },
		{ "ca", "client", "junk", "pem", "tls-key",
		    "there is none in PEM form" },
		{ "ca", "client", "server", "key", "tls-key",
		    "it is not the key of" },
		{ "ca", "client", "rsa", "key", "tls-key",
		    "it is not the key of" },
		{ "ca", "client", "locked", "key", "tls-key",
		    "it is encrypted" },
	};
	char ca[128], cert[128], key[128], err[256], start[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tls_params p = {
			.ca = path(ca, cases[i].ca, "pem"),
			.cert = path(cert, cases[i].cert, "pem"),
			.key = path(key, cases[i].key, cases[i].key_kind),
			.name = "radius.example",
		};
		const char *file = strcmp(cases[i].option, "tls-ca") == 0 ? ca :
		    strcmp(cases[i].option, "tls-cert") == 0 ? cert : key;

		assert_null(tls_client_new(&p, err, sizeof(err)));
		(void)snprintf(start, sizeof(start), "%s %s: %s",
		    cases[i].option, file, cases[i].why);
		err[strlen(start) < sizeof(err) ? strlen(start) : 0] = '\0';
		assert_string_equal(err, start);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_hello_and_goodbye),
		cmocka_unit_test(what_waits_is_kept_in_order),
		cmocka_unit_test(names_that_fit),
		cmocka_unit_test(n87_certificates_refused),
		cmocka_unit_test(n87_old_versions_refused),
		cmocka_unit_test(n87_old_server_hello),
		cmocka_unit_test(our_certificate_refused),
		cmocka_unit_test(n87_alpn),
		cmocka_unit_test(junk_in_the_middle),
		cmocka_unit_test(files_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
