/* SPDX-License-Identifier: BSD-2-Clause */
/* One value of the configuration file: see value.h. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/value.h"

struct word {
	const char *text;
	unsigned value;
};

/* clang-format off */
static const struct word ciphers[] = {
	{ "aes256", CIPHER_AES256 }, { "aes192", CIPHER_AES192 },
	{ "aes128", CIPHER_AES128 }, { "3des", CIPHER_3DES }, { NULL, 0 },
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
/* The value is the transform and the key length together. */
#define ENC(enc, bits)	((unsigned)(enc) << 16 | (bits))
static const struct word encs[] = {
	{ "aes256", ENC(ESP_ENC_AES_CBC, 256) },
	{ "aes192", ENC(ESP_ENC_AES_CBC, 192) },
	{ "aes128", ENC(ESP_ENC_AES_CBC, 128) },
	{ "3des", ENC(ESP_ENC_3DES, 192) },
	{ "aes256gcm16", ENC(ESP_ENC_AES_GCM16, 256) },
	{ "aes192gcm16", ENC(ESP_ENC_AES_GCM16, 192) },
	{ "aes128gcm16", ENC(ESP_ENC_AES_GCM16, 128) }, { NULL, 0 },
};
static const struct word auths[] = {
	{ "sha1", ESP_AUTH_SHA1 }, { "sha256", ESP_AUTH_SHA256 },
	{ "sha384", ESP_AUTH_SHA384 }, { "sha512", ESP_AUTH_SHA512 }, { NULL, 0 },
};
static const struct word units[] = {	/* in milliseconds */
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	{ "d", 86400000 }, { NULL, 0 },
};
static const struct word scales[] = {
	{ "", 1 }, { "k", 1000 }, { "M", 1000000 }, { "G", 1000000000 },
	{ NULL, 0 },
};
/* clang-format on */

static void *
member(const struct schema_row *row, void *base)
{
	return (char *)base + row->at;
}

static const void *
member_const(const struct schema_row *row, const void *base)
{
	return (const char *)base + row->at;
}

/* The word of n bytes, or NULL. */
static const struct word *
word_find(const struct word *w, const char *text, size_t n)
{
	for (; w->text != NULL; w++)
		if (strlen(w->text) == n && memcmp(w->text, text, n) == 0)
			return w;
	return NULL;
}

static const char *
word_text(const struct word *w, unsigned value)
{
	for (; w->text != NULL; w++)
		if (w->value == value)
			return w->text;
	return "?";
}

/* Digits only: no sign, no blanks, no 0x. */
static bool
number(const char *text, const char **end, uint64_t *out)
{
	uint64_t v = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*end = p;
	*out = v;
	return p != text;
}

/* "10M": a number with a scale; 0, or between the row's bounds in thousands. */
static bool
scaled(const struct schema_row *row, const char *text, uint64_t *out)
{
	const struct word *w;
	const char *end;
	uint64_t v;

	if (!number(text, &end, &v))
		return false;
	w = word_find(scales, end, strlen(end));
	if (w == NULL)
		return false;
	v *= w->value;
	if (v != 0 && (v < row->min * UINT64_C(1000) ||
	    v > row->max * UINT64_C(1000)))
		return false;
	*out = v;
	return true;
}

static void
scaled_print(FILE *f, uint64_t v)
{
	const struct word *best = scales;

	for (const struct word *w = scales; w->text != NULL; w++)
		if (v > 0 && v % w->value == 0)
			best = w;
	(void)fprintf(f, "%llu%s", (unsigned long long)(v / best->value),
	    best->text);
}

static uint64_t
unit_ms(const struct schema_row *row)
{
	return word_find(units, row->unit, strlen(row->unit))->value;
}

/* The longest unit that divides the value. */
static void
time_print(FILE *f, const struct schema_row *row, uint32_t v)
{
	uint64_t ms = v * unit_ms(row);
	const struct word *best = units;

	for (const struct word *u = units; u->text != NULL; u++)
		if (ms > 0 && ms % u->value == 0)
			best = u;
	if (ms == 0)
		(void)fprintf(f, "0%s", row->unit);
	else
		(void)fprintf(f, "%llu%s",
		    (unsigned long long)(ms / best->value), best->text);
}

static void
expect_time(FILE *f, const struct schema_row *row)
{
	(void)fputs("a time from ", f);
	time_print(f, row, row->min);
	(void)fputs(" to ", f);
	time_print(f, row, row->max);
	(void)fputs(" (such as 500ms, 30s, 10m, 8h)", f);
}

static void
expect_scaled(FILE *f, const struct schema_row *row)
{
	(void)fputs("0, or a number from ", f);
	scaled_print(f, row->min * UINT64_C(1000));
	(void)fputs(" to ", f);
	scaled_print(f, row->max * UINT64_C(1000));
	(void)fputs(" (such as 512k, 10M, 1G)", f);
}

/* What would have been right, for the message. */
static void
expect(FILE *f, const struct schema_row *row)
{
	static const char *const forms[] = {
		[SCHEMA_BOOL] = "yes or no",
		[SCHEMA_ID] = "auto, an address, a host name or user@host",
		[SCHEMA_RANGES] = "an IPv4 range such as 10.9.0.10-10.9.0.250,"
		    " a prefix from /12 to /30 or one address",
		[SCHEMA_BLOCKS] = "an IPv4 range such as 10.9.0.10-10.9.0.20,"
		    " a prefix or one address",
		[SCHEMA_NETS] = "an IPv4 network such as 10.66.0.0/16, from /8"
		    " to /32, that clients can have",
		[SCHEMA_NETS6] = "an IPv6 network from /44 to /64 such as"
		    " 2001:db8:100::/48",
		[SCHEMA_P1S] = "cipher-hash-group such as"
		    " aes256-sha256-modp2048; ciphers aes256 aes192 aes128"
		    " 3des; hashes sha1 sha256 sha384 sha512; groups modp1024"
		    " modp1536 modp2048 modp3072 modp4096 ecp256 ecp384 ecp521",
		[SCHEMA_P2S] = "cipher-hash such as aes128-sha1, or"
		    " aes256gcm16 aes192gcm16 aes128gcm16; ciphers aes256"
		    " aes192 aes128 3des; hashes sha1 sha256 sha384 sha512",
	};

	(void)fputs("expected ", f);
	switch (row->type) {
	case SCHEMA_BOOL:
	case SCHEMA_ID:
	case SCHEMA_RANGES:
	case SCHEMA_BLOCKS:
	case SCHEMA_NETS:
	case SCHEMA_NETS6:
	case SCHEMA_P1S:
	case SCHEMA_P2S:
		(void)fputs(forms[row->type], f);
		break;
	case SCHEMA_RULES:	/* see complain() */
		break;
	case SCHEMA_NUM:
		(void)fprintf(f, "a number from %u to %u", row->min, row->max);
		break;
	case SCHEMA_TIME:
		expect_time(f, row);
		break;
	case SCHEMA_RATE:
	case SCHEMA_BYTES:
		expect_scaled(f, row);
		break;
	case SCHEMA_NAMES:
		(void)fprintf(f, "a name of 1 to %d characters",
		    CONF_NAME_MAX - 1);
		break;
	case SCHEMA_WORD:
	case SCHEMA_SET:
		(void)fputs("one of", f);
		for (size_t i = 0; i < SCHEMA_WORDS_MAX &&
		    row->words[i] != NULL; i++)
			(void)fprintf(f, " %s", row->words[i]);
		break;
	case SCHEMA_TEXT:
		(void)fprintf(f, "%u to %u characters, none of them a control"
		    " character", row->min, row->max);
		break;
	case SCHEMA_ADDR:
	case SCHEMA_ADDRS:
		(void)fprintf(f, "an %s address", row->v4 ? "IPv4" : "IP");
		break;
	case SCHEMA_SECRETS:
		(void)fprintf(f, "1 to %d characters, none of them a control"
		    " character", SECRET_MAX);
		break;
	}
}

/* Quotes a value for the message, cut and with odd bytes as dots. */
static void
got(FILE *f, const char *text)
{
	(void)fputs(", got \"", f);
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (i == 60) {
			(void)fputs("...", f);
			break;
		}
		(void)fputc(isprint((unsigned char)text[i]) ? text[i] : '.', f);
	}
	(void)fputc('"', f);
}

static void
complain(const struct schema_row *row, const char *text, char *err, size_t n)
{
	struct acl_rule rule;
	FILE *f;

	if (row->type == SCHEMA_RULES) {
		(void)acl_rule_parse(text, &rule, err, n);
		return;
	}
	f = fmemopen(err, n, "w");
	if (f == NULL) {
		(void)snprintf(err, n, "bad value");
		return;
	}
	expect(f, row);
	if (row->type != SCHEMA_SECRETS)
		got(f, text);
	(void)fclose(f);
	err[n - 1] = '\0';
}

static bool
plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool
set_bool(bool *m, const char *text)
{
	static const struct word words[] = {
		{ "yes", true }, { "true", true }, { "on", true },
		{ "no", false }, { "false", false }, { "off", false },
		{ NULL, 0 },
	};
	const struct word *w = word_find(words, text, strlen(text));

	if (w == NULL)
		return false;
	*m = w->value != 0;
	return true;
}

static bool
set_num(const struct schema_row *row, uint32_t *m, const char *text)
{
	const char *end;
	uint64_t v;

	if (!number(text, &end, &v) || *end != '\0' || v < row->min ||
	    v > row->max)
		return false;
	*m = (uint32_t)v;
	return true;
}

/* A number without a unit is in the row's own. */
static bool
set_time(const struct schema_row *row, uint32_t *m, const char *text)
{
	const struct word *u;
	const char *end;
	uint64_t v;

	if (!number(text, &end, &v))
		return false;
	u = word_find(units, *end != '\0' ? end : row->unit,
	    strlen(*end != '\0' ? end : row->unit));
	if (u == NULL || v * u->value % unit_ms(row) != 0)
		return false;
	v = v * u->value / unit_ms(row);
	if (v < row->min || v > row->max)
		return false;
	*m = (uint32_t)v;
	return true;
}

static bool
set_word(const struct schema_row *row, uint32_t *m, const char *text)
{
	for (uint32_t i = 0; i < SCHEMA_WORDS_MAX && row->words[i] != NULL; i++)
		if (strcmp(row->words[i], text) == 0) {
			*m = row->type == SCHEMA_SET ? *m | 1u << i : i;
			return true;
		}
	return false;
}

static bool
set_text(const struct schema_row *row, char *m, const char *text)
{
	size_t n = strlen(text);

	if (n < row->min || n > row->max || !plain(text))
		return false;
	memcpy(m, text, n + 1);
	return true;
}

static bool
set_id(const struct schema_row *row, struct conf_id *m, const char *text)
{
	struct conf_id id = { .kind = CONF_ID_FQDN };
	size_t n = strlen(text);

	if (strcmp(text, "auto") == 0)
		id.kind = CONF_ID_AUTO;
	else if (ipaddr_parse(text, &id.addr))
		id.kind = CONF_ID_ADDRESS;
	else if (n < row->min || n > row->max || !plain(text) ||
	    strchr(text, ' ') != NULL)
		return false;
	else if (strchr(text, '@') != NULL)
		id.kind = CONF_ID_USER_FQDN;
	if (id.kind == CONF_ID_FQDN || id.kind == CONF_ID_USER_FQDN)
		memcpy(id.text, text, n + 1);
	*m = id;
	return true;
}

static bool
set_addr(const struct schema_row *row, struct ipaddr *m, const char *text)
{
	struct ipaddr a;

	if (!ipaddr_parse(text, &a) || (row->v4 && a.family != IP_V4))
		return false;
	*m = a;
	return true;
}

static bool
add_addr(const struct schema_row *row, struct conf_addrs *m, const char *text)
{
	if (m->n >= row->max || !set_addr(row, &m->a[m->n], text))
		return false;
	m->n++;
	return true;
}

/* "a/n": all of it, or its hosts without the first, which is ours. */
static bool
prefix_range(const struct schema_row *row, uint32_t first, const char *bits,
    struct conf_range *out)
{
	bool hosts = row->type == SCHEMA_RANGES;
	uint64_t n, size;
	const char *end;

	if (!number(bits, &end, &n) || *end != '\0' || n > 32 ||
	    (hosts && (n < 12 || n > 30)))
		return false;
	size = UINT64_C(1) << (32 - n);
	if (first % size != 0)
		return false;
	out->first = ipaddr_v4(hosts ? first + 2 : first);
	out->last = ipaddr_v4((uint32_t)(first + size - (hosts ? 2 : 1)));
	return true;
}

static bool
add_range(const struct schema_row *row, struct conf_ranges *m, const char *text)
{
	char head[IPADDR_STRLEN];
	size_t n = strcspn(text, "-/");
	struct conf_range r;

	if (m->n >= row->max || n >= sizeof(head))
		return false;
	memcpy(head, text, n);
	head[n] = '\0';
	if (!set_addr(row, &r.first, head))
		return false;
	r.last = r.first;
	if (text[n] == '/' && !prefix_range(row, ipaddr_as_v4(&r.first),
	    text + n + 1, &r))
		return false;
	if (text[n] == '-' && !set_addr(row, &r.last, text + n + 1))
		return false;
	if (ipaddr_as_v4(&r.first) > ipaddr_as_v4(&r.last))
		return false;
	m->r[m->n++] = r;
	return true;
}

/* As the data plane takes them: none that no host outside can have. */
static bool
add_net(const struct schema_row *row, struct conf_nets *m, const char *text)
{
	static const struct ipnet never[] = {
		{ { IP_V4, { 0 } }, 8 },
		{ { IP_V4, { 127 } }, 8 },
		{ { IP_V4, { 224 } }, 3 },
	};
	struct ipnet net;

	if (m->n >= row->max || !ipnet_parse(text, &net) ||
	    net.addr.family != IP_V4 || net.bits < 8)
		return false;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (ipnet_overlap(&net, &never[i]))
			return false;
	m->net[m->n++] = net;
	return true;
}

static bool
add_net6(const struct schema_row *row, struct conf_nets *m, const char *text)
{
	struct ipnet net;

	if (m->n >= row->max || !ipnet_parse(text, &net) ||
	    net.addr.family != IP_V6 || net.bits < CONF_NET6_BITS_MIN ||
	    net.bits > 64)
		return false;
	m->net[m->n++] = net;
	return true;
}

static bool
add_secret(const struct schema_row *row, struct conf_secrets *m,
    const char *text)
{
	size_t n = strlen(text);

	if (m->n >= row->max || n == 0 || n > SECRET_MAX || !plain(text))
		return false;
	return secret_set(&m->s[m->n++], text, n);
}

static bool
add_p1(const struct schema_row *row, struct conf_p1s *m, const char *text)
{
	size_t a = strcspn(text, "-");
	size_t b = text[a] == '-' ? strcspn(text + a + 1, "-") : 0;
	const struct word *c, *h, *g;

	if (m->n >= row->max || text[a] == '\0' || text[a + 1 + b] == '\0')
		return false;
	c = word_find(ciphers, text, a);
	h = word_find(hashes, text + a + 1, b);
	g = word_find(groups, text + a + b + 2, strlen(text + a + b + 2));
	if (c == NULL || h == NULL || g == NULL)
		return false;
	m->p[m->n++] = (struct conf_p1){ .cipher = (uint8_t)c->value,
		.hash = (uint8_t)h->value, .group = (uint8_t)g->value };
	return true;
}

static bool
add_p2(const struct schema_row *row, struct conf_p2s *m, const char *text)
{
	size_t a = strcspn(text, "-");
	const struct word *e = word_find(encs, text, a);
	struct esp_suite s = { .auth = ESP_AUTH_NONE };
	const struct word *h;

	if (m->n >= row->max || e == NULL)
		return false;
	s.enc = (uint8_t)(e->value >> 16);
	s.key_bits = (uint16_t)(e->value & 0xffff);
	if (s.enc == ESP_ENC_AES_GCM16 && text[a] != '\0')
		return false;
	if (s.enc != ESP_ENC_AES_GCM16) {
		h = text[a] == '\0' ? NULL :
		    word_find(auths, text + a + 1, strlen(text + a + 1));
		if (h == NULL)
			return false;
		s.auth = (uint8_t)h->value;
	}
	m->p[m->n++] = s;
	return true;
}

static bool
add_rule(const struct schema_row *row, struct conf_rules *m, const char *text)
{
	char why[CONF_WHY_MAX];

	if (m->n >= row->max ||
	    !acl_rule_parse(text, &m->r[m->n], why, sizeof(why)))
		return false;
	m->n++;
	return true;
}

static bool
add_name(const struct schema_row *row, struct conf_names *m, const char *text)
{
	size_t n = strlen(text);

	if (m->n >= row->max || n == 0 || n >= CONF_NAME_MAX || !plain(text))
		return false;
	memcpy(m->v[m->n++], text, n + 1);
	return true;
}

static bool
set(const struct schema_row *row, void *m, const char *text)
{
	switch (row->type) {
	case SCHEMA_BOOL:
		return set_bool(m, text);
	case SCHEMA_NUM:
		return set_num(row, m, text);
	case SCHEMA_TIME:
		return set_time(row, m, text);
	case SCHEMA_WORD:
	case SCHEMA_SET:
		return set_word(row, m, text);
	case SCHEMA_TEXT:
		return set_text(row, m, text);
	case SCHEMA_ID:
		return set_id(row, m, text);
	case SCHEMA_ADDR:
		return set_addr(row, m, text);
	case SCHEMA_ADDRS:
		return add_addr(row, m, text);
	case SCHEMA_RANGES:
	case SCHEMA_BLOCKS:
		return add_range(row, m, text);
	case SCHEMA_NETS:
		return add_net(row, m, text);
	case SCHEMA_NETS6:
		return add_net6(row, m, text);
	case SCHEMA_SECRETS:
		return add_secret(row, m, text);
	case SCHEMA_NAMES:
		return add_name(row, m, text);
	case SCHEMA_RATE:
	case SCHEMA_BYTES:
		return scaled(row, text, m);
	case SCHEMA_P1S:
		return add_p1(row, m, text);
	case SCHEMA_P2S:
		return add_p2(row, m, text);
	case SCHEMA_RULES:
		return add_rule(row, m, text);
	}
	return false;
}

bool
value_set(const struct schema_row *row, void *base, const char *text,
    char *err, size_t n)
{
	if (schema_is_list(row) && row->type != SCHEMA_SET &&
	    value_count(row, base) >= row->max) {
		(void)snprintf(err, n, "expected at most %u values", row->max);
		return false;
	}
	if (set(row, member(row, base), text))
		return true;
	complain(row, text, err, n);
	return false;
}

static size_t
member_size(const struct schema_row *row)
{
	switch (row->type) {
	case SCHEMA_BOOL:
		return sizeof(bool);
	case SCHEMA_NUM:
	case SCHEMA_TIME:
	case SCHEMA_WORD:
	case SCHEMA_SET:
		return sizeof(uint32_t);
	case SCHEMA_TEXT:
		return row->max + 1;
	case SCHEMA_ID:
		return sizeof(struct conf_id);
	case SCHEMA_ADDR:
		return sizeof(struct ipaddr);
	case SCHEMA_ADDRS:
		return sizeof(struct conf_addrs);
	case SCHEMA_RANGES:
	case SCHEMA_BLOCKS:
		return sizeof(struct conf_ranges);
	case SCHEMA_NETS:
	case SCHEMA_NETS6:
		return sizeof(struct conf_nets);
	case SCHEMA_SECRETS:
		return sizeof(struct conf_secrets);
	case SCHEMA_NAMES:
		return sizeof(struct conf_names);
	case SCHEMA_RATE:
	case SCHEMA_BYTES:
		return sizeof(uint64_t);
	case SCHEMA_P1S:
		return sizeof(struct conf_p1s);
	case SCHEMA_P2S:
		return sizeof(struct conf_p2s);
	case SCHEMA_RULES:
		return sizeof(struct conf_rules);
	}
	return 0;
}

void
value_clear(const struct schema_row *row, void *base)
{
	memset(member(row, base), 0, member_size(row));
}

size_t
value_count(const struct schema_row *row, const void *base)
{
	const void *m = member_const(row, base);
	uint32_t n;

	switch (row->type) {
	case SCHEMA_BOOL:
	case SCHEMA_NUM:
	case SCHEMA_TIME:
	case SCHEMA_WORD:
	case SCHEMA_ID:
	case SCHEMA_RATE:
	case SCHEMA_BYTES:
		return 1;
	case SCHEMA_TEXT:
		return *(const char *)m != '\0';
	case SCHEMA_ADDR:
		return ((const struct ipaddr *)m)->family != IP_NONE;
	case SCHEMA_SET:
		memcpy(&n, m, sizeof(n));
		return (size_t)__builtin_popcount(n);
	case SCHEMA_ADDRS:
	case SCHEMA_RANGES:
	case SCHEMA_BLOCKS:
	case SCHEMA_NETS:
	case SCHEMA_NETS6:
	case SCHEMA_SECRETS:
	case SCHEMA_NAMES:
	case SCHEMA_P1S:
	case SCHEMA_P2S:
	case SCHEMA_RULES:
		memcpy(&n, m, sizeof(n));	/* `n` comes first in each */
		return n;
	}
	return 0;
}

void
value_quote(FILE *f, const void *text, size_t n)
{
	const unsigned char *p = text;

	(void)fputc('\'', f);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\'' || p[i] == '\\')
			(void)fputc('\\', f);
		(void)fputc(p[i], f);
	}
	(void)fputc('\'', f);
}

/* Double quotes where they mean just the same: they look more familiar. */
static void
print_text(FILE *f, const char *text, size_t n)
{
	if (memchr(text, '"', n) || memchr(text, '\\', n) ||
	    memchr(text, '$', n))
		value_quote(f, text, n);
	else
		(void)fprintf(f, "\"%.*s\"", (int)n, text);
}

static void
print_range(FILE *f, const struct conf_range *r)
{
	char a[IPADDR_STRLEN], b[IPADDR_STRLEN];

	(void)fprintf(f, "\"%s", ipaddr_str(&r->first, a));
	if (!ipaddr_eq(&r->first, &r->last))
		(void)fprintf(f, "-%s", ipaddr_str(&r->last, b));
	(void)fputc('"', f);
}

static void
print_p2(FILE *f, const struct esp_suite *s)
{
	(void)fprintf(f, "\"%s", word_text(encs, ENC(s->enc, s->key_bits)));
	if (s->enc != ESP_ENC_AES_GCM16)
		(void)fprintf(f, "-%s", word_text(auths, s->auth));
	(void)fputc('"', f);
}

/* The i-th item of a list. */
static void
print_item(const struct schema_row *row, const void *m, size_t i, FILE *f,
    bool secrets)
{
	const struct conf_secrets *sec = m;
	const struct conf_names *names = m;
	const struct conf_p1s *p1 = m;
	char a[IPADDR_STRLEN], net[IPNET_STRLEN], rule[ACL_RULE_STRLEN];

	switch (row->type) {
	case SCHEMA_ADDRS:
		(void)fprintf(f, "\"%s\"",
		    ipaddr_str(&((const struct conf_addrs *)m)->a[i], a));
		break;
	case SCHEMA_RANGES:
	case SCHEMA_BLOCKS:
		print_range(f, &((const struct conf_ranges *)m)->r[i]);
		break;
	case SCHEMA_NETS:
	case SCHEMA_NETS6:
		(void)fprintf(f, "\"%s\"", ipnet_str(
		    &((const struct conf_nets *)m)->net[i], net));
		break;
	case SCHEMA_SECRETS:
		if (secrets)
			print_text(f, (const char *)sec->s[i].b, sec->s[i].len);
		else
			(void)fputs("(hidden)", f);
		break;
	case SCHEMA_NAMES:
		print_text(f, names->v[i], strlen(names->v[i]));
		break;
	case SCHEMA_P1S:
		(void)fprintf(f, "\"%s-%s-%s\"",
		    word_text(ciphers, p1->p[i].cipher),
		    word_text(hashes, p1->p[i].hash),
		    word_text(groups, p1->p[i].group));
		break;
	case SCHEMA_P2S:
		print_p2(f, &((const struct conf_p2s *)m)->p[i]);
		break;
	case SCHEMA_RULES:
		(void)fprintf(f, "\"%s\"", acl_rule_str(
		    &((const struct conf_rules *)m)->r[i], rule));
		break;
	case SCHEMA_BOOL:
	case SCHEMA_NUM:
	case SCHEMA_TIME:
	case SCHEMA_WORD:
	case SCHEMA_SET:
	case SCHEMA_RATE:
	case SCHEMA_BYTES:
	case SCHEMA_TEXT:
	case SCHEMA_ID:
	case SCHEMA_ADDR:
		break;
	}
}

static void
print_list(const struct schema_row *row, const void *m, size_t n, FILE *f,
    bool secrets)
{
	(void)fputs(n == 1 ? "" : "{ ", f);
	for (size_t i = 0; i < n; i++) {
		(void)fputs(i > 0 ? ", " : "", f);
		print_item(row, m, i, f, secrets);
	}
	(void)fputs(n == 1 ? "" : " }", f);
}

static void
print_set(const struct schema_row *row, uint32_t set_, size_t n, FILE *f)
{
	const char *sep = "";

	(void)fputs(n == 1 ? "" : "{ ", f);
	for (uint32_t i = 0; i < SCHEMA_WORDS_MAX; i++)
		if ((set_ & 1u << i) != 0) {
			(void)fprintf(f, "%s%s", sep, row->words[i]);
			sep = ", ";
		}
	(void)fputs(n == 1 ? "" : " }", f);
}

static void
print_id(FILE *f, const struct conf_id *id)
{
	char a[IPADDR_STRLEN];

	if (id->kind == CONF_ID_AUTO)
		(void)fputs("auto", f);
	else if (id->kind == CONF_ID_ADDRESS)
		(void)fprintf(f, "\"%s\"", ipaddr_str(&id->addr, a));
	else
		print_text(f, id->text, strlen(id->text));
}

void
value_print(const struct schema_row *row, const void *base, FILE *f,
    bool secrets)
{
	const void *m = member_const(row, base);
	size_t n = value_count(row, base);
	char a[IPADDR_STRLEN];
	uint64_t wide;
	uint32_t v = 0;

	if (row->type >= SCHEMA_NUM && row->type <= SCHEMA_SET)
		memcpy(&v, m, sizeof(v));
	switch (row->type) {
	case SCHEMA_BOOL:
		(void)fputs(*(const bool *)m ? "yes" : "no", f);
		break;
	case SCHEMA_NUM:
		(void)fprintf(f, "%u", v);
		break;
	case SCHEMA_TIME:
		time_print(f, row, v);
		break;
	case SCHEMA_WORD:
		(void)fputs(row->words[v], f);
		break;
	case SCHEMA_SET:
		print_set(row, v, n, f);
		break;
	case SCHEMA_RATE:
	case SCHEMA_BYTES:
		memcpy(&wide, m, sizeof(wide));
		scaled_print(f, wide);
		break;
	case SCHEMA_TEXT:
		print_text(f, m, strlen(m));
		break;
	case SCHEMA_ID:
		print_id(f, m);
		break;
	case SCHEMA_ADDR:
		(void)fprintf(f, "\"%s\"", ipaddr_str(m, a));
		break;
	case SCHEMA_ADDRS:
	case SCHEMA_RANGES:
	case SCHEMA_BLOCKS:
	case SCHEMA_NETS:
	case SCHEMA_NETS6:
	case SCHEMA_SECRETS:
	case SCHEMA_NAMES:
	case SCHEMA_P1S:
	case SCHEMA_P2S:
	case SCHEMA_RULES:
		print_list(row, m, n, f, secrets);
		break;
	}
}
