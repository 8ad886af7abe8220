/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: see options.h and l2tpload(8). */

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "l2tpload/crowd.h"
#include "l2tpload/options.h"

const char options_usage[] =
    "usage: l2tpload dial --server ADDR --psk-file F --user U "
    "--password-file F\n"
    "           [--auth eap-mschapv2|eap-md5|mschapv2|chap-md5|pap]\n"
    "           [--new-password-file F] [--bind ADDR] [--natt]\n"
    "           [--ike aes256-sha256-modp2048[,...]] "
    "[--esp aes256-sha1[,...]]\n"
    "           [--ipv6] [--tun NAME] [--route NET/BITS]... [--hold SECONDS]\n"
    "           [--patience SECONDS]\n"
    "           [--ping HOST COUNT] [--ping-interval MS]\n"
    "           [--rekey PHASE1_S,PHASE2_S] [--json]\n"
    "       l2tpload login --server ADDR --psk-file F --user U "
    "--password-file F\n"
    "           --from NET/BITS --phones N [--rate PER_SECOND]\n"
    "           [--auth METHOD] [--natt] [--ike LIST] [--esp LIST]\n"
    "           [--hold SECONDS] [--patience SECONDS]\n"
    "           [--rekey PHASE1_S,PHASE2_S] [--json]\n"
    "       l2tpload tun --server ADDR --psk-file F --user U "
    "--password-file F\n"
    "           --from NET/BITS [--phones N] [--rate PER_SECOND]\n"
    "           [--tun NAME] [--route NET/BITS]...\n"
    "           [--auth METHOD] [--natt] [--ike LIST] [--esp LIST]\n"
    "           [--hold SECONDS] [--patience SECONDS]\n"
    "           [--rekey PHASE1_S,PHASE2_S] [--json]\n"
    "       l2tpload traffic --server ADDR --psk-file F --user U "
    "--password-file F\n"
    "           --from NET/BITS [--phones N] [--rate PER_SECOND]\n"
    "           --to ADDR --port PORT [--size BYTES|imix] "
    "[--pps PER_SECOND]\n"
    "           [--seconds SECONDS] [--auth METHOD] [--natt] [--ike LIST]\n"
    "           [--esp LIST] [--patience SECONDS]\n"
    "           [--rekey PHASE1_S,PHASE2_S] [--json]\n"
    "       l2tpload echo --bind ADDR --port PORT\n";

struct word {
	const char *text;
	unsigned value;
};

static const struct word commands[] = {
	{ "dial", OPTIONS_DIAL }, { "login", OPTIONS_LOGIN },
	{ "tun", OPTIONS_CARRY }, { "traffic", OPTIONS_TRAFFIC },
	{ "echo", OPTIONS_ECHO }, { NULL, 0 },
};

static const struct word ciphers[] = {
	{ "3des", CIPHER_3DES }, { "aes128", CIPHER_AES128 },
	{ "aes192", CIPHER_AES192 }, { "aes256", CIPHER_AES256 }, { NULL, 0 },
};

static const struct word hashes[] = {
	{ "sha1", HASH_SHA1 }, { "sha256", HASH_SHA256 },
	{ "sha384", HASH_SHA384 }, { "sha512", HASH_SHA512 }, { NULL, 0 },
};

static const struct word groups[] = {
	{ "modp1024", DH_MODP1024 }, { "modp1536", DH_MODP1536 },
	{ "modp2048", DH_MODP2048 }, { "modp3072", DH_MODP3072 },
	{ "modp4096", DH_MODP4096 }, { "ecp256", DH_ECP256 },
	{ "ecp384", DH_ECP384 }, { "ecp521", DH_ECP521 }, { NULL, 0 },
};

static const struct word methods[] = {
	{ "pap", PPP_PAP }, { "chap-md5", PPP_CHAP_MD5 },
	{ "mschapv2", PPP_MSCHAPV2 }, { NULL, 0 },
};

/* And inside EAP. */
static const struct word eap_methods[] = {
	{ "eap-md5", PPP_CHAP_MD5 }, { "eap-mschapv2", PPP_MSCHAPV2 },
	{ NULL, 0 },
};

struct reading {
	struct options *o;
	struct peer_kit *k;
	char *why;
	size_t n;
	bool psk, user, password;
};

static bool __attribute__((format(printf, 2, 3)))
wrong(struct reading *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->why, r->n, fmt, ap);
	va_end(ap);
	return false;
}

static bool
word_find(const struct word *w, const char *text, size_t len, unsigned *value)
{
	for (; w->text != NULL; w++)
		if (strlen(w->text) == len && memcmp(w->text, text, len) == 0) {
			*value = w->value;
			return true;
		}
	return false;
}

static bool
number(const char *text, unsigned long max, uint32_t *n)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    v > max)
		return false;
	*n = (uint32_t)v;
	return true;
}

/* cipher-hash-group */
static bool
one_p1(const char *t, size_t len, struct ike_p1 *p1)
{
	const char *a = memchr(t, '-', len), *b;
	unsigned c, h, g;

	b = a == NULL ? NULL : memchr(a + 1, '-', len - (size_t)(a + 1 - t));
	if (b == NULL || !word_find(ciphers, t, (size_t)(a - t), &c) ||
	    !word_find(hashes, a + 1, (size_t)(b - a - 1), &h) ||
	    !word_find(groups, b + 1, len - (size_t)(b + 1 - t), &g))
		return false;
	*p1 = (struct ike_p1){ (uint8_t)c, (uint8_t)h, (uint8_t)g };
	return true;
}

/* All suites there are, compared by their names. */
static bool
one_p2(const char *t, size_t len, struct esp_suite *out)
{
	static const uint8_t encs[] = { ESP_ENC_3DES, ESP_ENC_AES_CBC,
		ESP_ENC_AES_GCM16 };
	static const uint8_t auths[] = { ESP_AUTH_NONE, ESP_AUTH_SHA1,
		ESP_AUTH_SHA256, ESP_AUTH_SHA384, ESP_AUTH_SHA512 };
	char name[24];

	for (unsigned i = 0; i < sizeof(encs) * sizeof(auths) * 3; i++) {
		struct esp_suite s = { encs[i % 3], auths[i / 3 % 5],
			(uint16_t)(128 + i / 15 * 64) };

		if (!esp_suite_ok(&s))
			continue;
		(void)esp_suite_str(&s, name);
		if (strlen(name) == len && memcmp(name, t, len) == 0) {
			*out = s;
			return true;
		}
	}
	return false;
}

static bool
proposals(struct reading *r, const char *t, bool ike)
{
	struct ike_dial *d = &r->k->dial;
	unsigned n = 0;
	const char *first = t;

	for (; *t != '\0'; n++) {
		size_t len = strcspn(t, ",");

		if (n == (ike ? IKE_P1_MAX : IKE_P2_MAX))
			return wrong(r, "%s: too many", first);
		if (ike ? !one_p1(t, len, &d->p1[n]) :
		    !one_p2(t, len, &d->p2[n]))
			return wrong(r, "%.*s is not known; expected something "
			    "like %s", (int)len, t, ike ?
			    "aes256-sha256-modp2048" : "aes256-sha1");
		t += len + (t[len] == ',');
	}
	if (n == 0)
		return wrong(r, "an empty list of ciphers");
	if (ike)
		d->p1_n = (uint8_t)n;
	else
		d->p2_n = (uint8_t)n;
	return true;
}

/* The first line of a file. */
static bool
secret_file(struct reading *r, const char *path, struct secret *s)
{
	char line[SECRET_MAX + 2];
	FILE *f = fopen(path, "re");
	bool ok;

	if (f == NULL)
		return wrong(r, "%s: %s", path, strerror(errno));
	ok = fgets(line, sizeof(line), f) != NULL;
	(void)fclose(f);
	if (!ok)
		return wrong(r, "%s is empty", path);
	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0' || !secret_set(s, line, strlen(line)))
		return wrong(r, "%s: expected 1 to %u bytes in its first line",
		    path, SECRET_MAX);
	wipe(line, sizeof(line));
	return true;
}

static bool
route(struct reading *r, const char *t)
{
	struct options_route *ro = &r->o->route[r->o->routes];
	char net[IPADDR_STRLEN];
	const char *slash = strchr(t, '/');
	uint32_t bits = 32;

	if (r->o->routes == OPTIONS_ROUTES)
		return wrong(r, "more than %u routes", OPTIONS_ROUTES);
	(void)snprintf(net, sizeof(net), "%.*s",
	    slash == NULL ? (int)strlen(t) : (int)(slash - t), t);
	if (!ipaddr_parse(net, &ro->net) || ro->net.family != IP_V4 ||
	    (slash != NULL && !number(slash + 1, 32, &bits)))
		return wrong(r, "--route %s: expected something like "
		    "10.0.0.0/8", t);
	ro->bits = bits;
	r->o->routes++;
	return true;
}

static bool
address(struct reading *r, const char *name, const char *t, struct ipaddr *a)
{
	if (ipaddr_parse(t, a))
		return true;
	return wrong(r, "%s %s: expected an IP address", name, t);
}

static bool
user(struct reading *r, const char *t)
{
	if (strlen(t) > PPP_NAME_MAX || *t == '\0')
		return wrong(r, "--user: expected 1 to %u bytes", PPP_NAME_MAX);
	(void)snprintf(r->k->ppp.user, sizeof(r->k->ppp.user), "%s", t);
	r->user = true;
	return true;
}

static bool
method(struct reading *r, const char *t)
{
	struct ppp_params *p = &r->k->ppp;
	unsigned m;

	if (word_find(eap_methods, t, strlen(t), &m)) {
		p->methods = PPP_EAP;
		p->eap = (uint8_t)m;
		return true;
	}
	if (!word_find(methods, t, strlen(t), &m))
		return wrong(r, "--auth %s: expected eap-mschapv2, eap-md5, "
		    "mschapv2, chap-md5 or pap", t);
	p->methods = (uint8_t)m;
	return true;
}

static bool
rekey(struct reading *r, const char *t)
{
	char first[16];
	size_t len = strcspn(t, ",");

	(void)snprintf(first, sizeof(first), "%.*s", (int)len, t);
	if (t[len] != ',' ||
	    !number(first, 86400, &r->k->params.rekey1_s) ||
	    !number(t + len + 1, 86400, &r->k->params.rekey2_s))
		return wrong(r, "--rekey %s: expected two numbers of seconds, "
		    "such as 60,30; 0 is never", t);
	return true;
}

static bool
patience(struct reading *r, const char *t)
{
	uint32_t s;

	if (!number(t, 3600, &s) || s == 0)
		return wrong(r, "--patience %s: expected 1 to 3600 seconds", t);
	r->k->params.setup_ms = s * 1000;
	return true;
}

/* HOST is the option's argument, COUNT the word after it. */
static bool
ping(struct reading *r, const char *host, int argc, char **argv)
{
	if (!address(r, "--ping", host, &r->o->ping))
		return false;
	if (r->o->ping.family != IP_V4 || optind >= argc ||
	    !number(argv[optind], 1000000, &r->o->pings) || r->o->pings == 0)
		return wrong(r, "--ping: expected an IPv4 address and a count");
	optind++;
	return true;
}

static bool
from(struct reading *r, const char *t)
{
	if (ipnet_parse(t, &r->o->from) && r->o->from.addr.family == IP_V4)
		return true;
	return wrong(r, "--from %s: expected something like 10.64.0.0/16", t);
}

static bool
size(struct reading *r, const char *t)
{
	struct traffic_params *p = &r->o->traffic;

	if (strcmp(t, "imix") == 0)
		p->size = TRAFFIC_IMIX;
	else if (!number(t, TRAFFIC_MAX, &p->size) || p->size < TRAFFIC_MIN)
		return wrong(r, "--size %s: expected %u to %u bytes, or imix",
		    t, TRAFFIC_MIN, TRAFFIC_MAX);
	return true;
}

/* A number that is not 0. */
static bool
count(struct reading *r, const char *name, const char *t, unsigned long max,
    uint32_t *n)
{
	return (number(t, max, n) && *n > 0) ||
	    wrong(r, "--%s %s: expected 1 to %lu", name, t, max);
}

enum { OPT_SERVER = 256, OPT_PSK, OPT_USER, OPT_PASSWORD,
	OPT_NEW_PASSWORD, OPT_AUTH, OPT_BIND, OPT_IPV6, OPT_TUN, OPT_ROUTE,
	OPT_NATT, OPT_IKE, OPT_ESP, OPT_HOLD, OPT_PATIENCE, OPT_PING,
	OPT_INTERVAL, OPT_REKEY, OPT_JSON, OPT_PHONES, OPT_RATE, OPT_FROM,
	OPT_TO, OPT_PORT, OPT_SIZE, OPT_PPS, OPT_SECONDS };

static const struct option longs[] = {
	{ "server", required_argument, NULL, OPT_SERVER },
	{ "psk-file", required_argument, NULL, OPT_PSK },
	{ "user", required_argument, NULL, OPT_USER },
	{ "password-file", required_argument, NULL, OPT_PASSWORD },
	{ "new-password-file", required_argument, NULL, OPT_NEW_PASSWORD },
	{ "auth", required_argument, NULL, OPT_AUTH },
	{ "bind", required_argument, NULL, OPT_BIND },
	{ "ipv6", no_argument, NULL, OPT_IPV6 },
	{ "tun", required_argument, NULL, OPT_TUN },
	{ "route", required_argument, NULL, OPT_ROUTE },
	{ "natt", no_argument, NULL, OPT_NATT },
	{ "ike", required_argument, NULL, OPT_IKE },
	{ "esp", required_argument, NULL, OPT_ESP },
	{ "hold", required_argument, NULL, OPT_HOLD },
	{ "patience", required_argument, NULL, OPT_PATIENCE },
	{ "ping", required_argument, NULL, OPT_PING },
	{ "ping-interval", required_argument, NULL, OPT_INTERVAL },
	{ "rekey", required_argument, NULL, OPT_REKEY },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "phones", required_argument, NULL, OPT_PHONES },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "to", required_argument, NULL, OPT_TO },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "pps", required_argument, NULL, OPT_PPS },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ NULL, 0, NULL, 0 },
};

/* What only one of the commands knows. */
static bool
is_foreign(enum options_command command, int c)
{
	switch (c) {
	case OPT_NEW_PASSWORD:
	case OPT_IPV6:
	case OPT_PING:
	case OPT_INTERVAL:
		return command != OPTIONS_DIAL;
	case OPT_BIND:
		return command != OPTIONS_DIAL && command != OPTIONS_ECHO;
	case OPT_TUN:
	case OPT_ROUTE:
		return command != OPTIONS_DIAL && command != OPTIONS_CARRY;
	case OPT_PHONES:
	case OPT_RATE:
	case OPT_FROM:
		return command == OPTIONS_DIAL || command == OPTIONS_ECHO;
	case OPT_TO:
	case OPT_SIZE:
	case OPT_PPS:
	case OPT_SECONDS:
		return command != OPTIONS_TRAFFIC;
	case OPT_PORT:
		return command != OPTIONS_TRAFFIC && command != OPTIONS_ECHO;
	case OPT_HOLD:
		return command == OPTIONS_TRAFFIC || command == OPTIONS_ECHO;
	}
	return command == OPTIONS_ECHO;
}

static const char *
option_name(int c)
{
	for (const struct option *o = longs; o->name != NULL; o++)
		if (o->val == c)
			return o->name;
	return "";
}

/* What is only for many phones, and for the host behind them. */
static bool
one_of_many(struct reading *r, int c, const char *arg)
{
	switch (c) {
	case OPT_PHONES:
		return count(r, "phones", arg, OPTIONS_PHONES,
		    &r->o->phones);
	case OPT_RATE:
		return (number(arg, 100000, &r->o->rate) && r->o->rate > 0) ||
		    wrong(r, "--rate %s: expected 1 to 100000 per second",
		    arg);
	case OPT_FROM:
		return from(r, arg);
	case OPT_TO:
		return address(r, "--to", arg, &r->o->traffic.to.addr);
	case OPT_PORT:
		return count(r, "port", arg, UINT16_MAX, &r->o->port);
	case OPT_SIZE:
		return size(r, arg);
	case OPT_PPS:
		return count(r, "pps", arg, 100000000,
		    &r->o->traffic.pps);
	case OPT_SECONDS:
		return count(r, "seconds", arg, 86400,
		    &r->o->traffic.seconds);
	}
	return wrong(r, "unknown option, or one without its argument");
}

static bool
one(struct reading *r, int c, const char *arg, int argc, char **argv)
{
	if (is_foreign(r->o->command, c))
		return wrong(r, "--%s is not for this command", option_name(c));
	switch (c) {
	case OPT_SERVER:
		return address(r, "--server", arg, &r->o->server);
	case OPT_BIND:
		return address(r, "--bind", arg, &r->o->bind);
	case OPT_PSK:
		r->psk = true;
		return secret_file(r, arg, &r->k->dial.psk);
	case OPT_PASSWORD:
		r->password = true;
		return secret_file(r, arg, &r->k->ppp.password);
	case OPT_NEW_PASSWORD:
		return secret_file(r, arg, &r->k->ppp.new_password);
	case OPT_USER:
		return user(r, arg);
	case OPT_AUTH:
		return method(r, arg);
	case OPT_IPV6:
		r->k->ppp.ipv6 = true;
		return true;
	case OPT_TUN:
		r->o->with_tun = true;
		if (strlen(arg) >= HOST_NAME)
			return wrong(r, "--tun %s: the name is too long", arg);
		(void)snprintf(r->o->tun, HOST_NAME, "%s", arg);
		return true;
	case OPT_ROUTE:
		return route(r, arg);
	case OPT_NATT:
		r->k->dial.force_natt = true;
		return true;
	case OPT_IKE:
	case OPT_ESP:
		return proposals(r, arg, c == OPT_IKE);
	case OPT_HOLD:
		r->o->hold = true;
		return number(arg, 86400 * 365, &r->o->hold_s) ||
		    wrong(r, "--hold %s: expected seconds", arg);
	case OPT_PATIENCE:
		return patience(r, arg);
	case OPT_PING:
		return ping(r, arg, argc, argv);
	case OPT_INTERVAL:
		return (number(arg, 60000, &r->o->ping_ms) &&
		    r->o->ping_ms > 0) ||
		    wrong(r, "--ping-interval %s: expected milliseconds", arg);
	case OPT_REKEY:
		return rekey(r, arg);
	case OPT_JSON:
		r->o->json = true;
		return true;
	}
	return one_of_many(r, c, arg);
}

static bool
complete_login(struct reading *r)
{
	if (r->o->phones == 0)
		return wrong(r, "--phones is missing");
	if (r->o->from.addr.family == IP_NONE)
		return wrong(r, "--from is missing");
	if (r->o->server.family != IP_V4)
		return wrong(r, "this command needs an IPv4 server");
	if (crowd_room(&r->o->from) < r->o->phones)
		return wrong(r, "--from has room for %u phones only",
		    (unsigned)crowd_room(&r->o->from));
	return true;
}

static bool
complete_traffic(struct reading *r)
{
	struct traffic_params *p = &r->o->traffic;

	if (p->to.addr.family != IP_V4)
		return wrong(r, "--to is missing, or not IPv4");
	if (r->o->port == 0)
		return wrong(r, "--port is missing");
	p->to.port = (uint16_t)r->o->port;
	p->phones = r->o->phones;
	return true;
}

static bool
complete_echo(struct reading *r)
{
	if (r->o->bind.family == IP_NONE)
		return wrong(r, "--bind is missing");
	return r->o->port != 0 || wrong(r, "--port is missing");
}

static bool
complete(struct reading *r)
{
	if (r->o->command == OPTIONS_ECHO)
		return complete_echo(r);
	if (r->o->server.family == IP_NONE)
		return wrong(r, "--server is missing");
	if (!r->psk)
		return wrong(r, "--psk-file is missing");
	if (!r->user)
		return wrong(r, "--user is missing");
	if (!r->password)
		return wrong(r, "--password-file is missing");
	if (r->o->bind.family != IP_NONE &&
	    r->o->bind.family != r->o->server.family)
		return wrong(r, "--bind and --server are of different "
		    "families");
	if (r->o->routes > 0 && !r->o->with_tun)
		return wrong(r, "--route needs --tun");
	if (r->o->command == OPTIONS_TRAFFIC && !complete_traffic(r))
		return false;
	return r->o->command == OPTIONS_DIAL || complete_login(r);
}

bool
options_read(int argc, char **argv, struct options *o, struct peer_kit *k,
    char *why, size_t n)
{
	struct reading r = { .o = o, .k = k, .why = why, .n = n };
	unsigned word;
	int c;

	*o = (struct options){ .ping_ms = 200, .rate = 100,
		.traffic = { .pps = 1000, .seconds = 10 } };
	peer_kit_default(k);
	if (argc < 2 || !word_find(commands, argv[1], strlen(argv[1]), &word))
		return wrong(&r, "the first word must be dial, login, tun, "
		    "traffic or echo");
	o->command = (enum options_command)word;
	o->with_tun = o->command == OPTIONS_CARRY;
	o->hold = o->command == OPTIONS_CARRY ||
	    o->command == OPTIONS_TRAFFIC;
	o->phones = o->hold ? 1 : 0;
	opterr = 0;
	optind = 2;
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1)
		if (!one(&r, c, optarg, argc, argv))
			return false;
	if (optind < argc)
		return wrong(&r, "%s is one word too many", argv[optind]);
	return complete(&r);
}

bool
options_crypto(const struct peer_kit *k, char *why, size_t n)
{
	bool mschapv2 = k->ppp.methods & PPP_MSCHAPV2 ||
	    (k->ppp.methods & PPP_EAP && k->ppp.eap & PPP_MSCHAPV2);

	if (!crypto_init())
		(void)snprintf(why, n, "OpenSSL cannot be used");
	else if (mschapv2 && !crypto_legacy())
		(void)snprintf(why, n, "MS-CHAPv2 needs OpenSSL's legacy "
		    "provider, which is missing: install it, or use --auth "
		    "chap-md5");
	else
		return true;
	return false;
}
