/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proposals: our preference over the peer's whole offer (RFC 2409 §5, RFC 2407
 * §4.5).  A transform with anything we do not know is not acceptable; it never
 * spoils the others.
 */

#include <stdio.h>
#include <string.h>

#include "ipsec/ike_int.h"

#define KEY_IKE		1	/* transform id of phase 1, RFC 2407 §4.4.2 */
#define AUTH_PSK	1
#define TRANS_HEAD	8
#define PARTS_MAX	64	/* transforms considered in one offer */

struct number {
	uint8_t ours;
	uint16_t wire;
	uint16_t bits;
};

static const struct number p1_ciphers[] = {
	{ CIPHER_3DES, 5, 0 },
	{ CIPHER_AES128, 7, 128 },
	{ CIPHER_AES192, 7, 192 },
	{ CIPHER_AES256, 7, 256 },
};

static const struct number p1_hashes[] = {
	{ HASH_SHA1, 2, 0 },
	{ HASH_SHA256, 4, 0 },
	{ HASH_SHA384, 5, 0 },
	{ HASH_SHA512, 6, 0 },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

struct attrs {			/* what a transform says, both phases */
	bool bad;
	uint32_t v[16];		/* by attribute type; 0: absent */
	uint32_t life_s;
	uint64_t life_kb;
};

struct p1_part {		/* a phase-1 transform that we understand */
	struct ike_p1 p1;
	bool usable;
	struct rd trans;
	uint8_t prop;
};

static const char *const cipher_names[CIPHER_ALGS] = {
	"3des", "aes128", "aes192", "aes256"
};

static const char *
p1_hash_str(uint8_t h)
{
	switch ((enum hash_alg)h) {
	case HASH_MD5:
		return "md5";
	case HASH_SHA1:
		return "sha1";
	case HASH_SHA256:
		return "sha256";
	case HASH_SHA384:
		return "sha384";
	case HASH_SHA512:
		return "sha512";
	case HASH_MD4:
	case HASH_ALGS:
		break;
	}
	return "?";
}

static const char *
group_str(unsigned g, char buf[12])
{
	static const struct {
		unsigned g;
		const char *name;
	} names[] = {
		{ 1, "modp768" }, { 2, "modp1024" }, { 5, "modp1536" },
		{ 14, "modp2048" }, { 15, "modp3072" }, { 16, "modp4096" },
		{ 17, "modp6144" }, { 18, "modp8192" }, { 19, "ecp256" },
		{ 20, "ecp384" }, { 21, "ecp521" },
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].g == g)
			return names[i].name;
	(void)snprintf(buf, 12, "group%u", g & 0xffff);
	return buf;
}

const char *
ike_p1_str(const struct ike_p1 *p, char buf[40])
{
	char g[12];

	(void)snprintf(buf, 40, "%s-%s-%s",
	    p->cipher < CIPHER_ALGS ? cipher_names[p->cipher] : "?",
	    p1_hash_str(p->hash), group_str(p->group, g));
	return buf;
}

bool
ike_group_costly(uint8_t group)
{
	return group == DH_MODP3072 || group == DH_MODP4096 ||
	    group == DH_ECP384 || group == DH_ECP521;
}

/* A life duration may be of any length; it saturates. */
static uint64_t
life_value(const struct isakmp_attr *a)
{
	struct rd r = a->body;
	uint64_t v = 0;

	if (a->tv)
		return a->value;
	while (rd_left(&r) > 0)
		v = v >> 56 != 0 ? UINT64_MAX : v << 8 | rd_u8(&r);
	return v;
}

/*
 * One duration of a life.  RFC 2407 §4.5.2: the same once more is parsed, two
 * values conflict.
 */
static void
life_read(struct attrs *s, uint16_t type, const struct isakmp_attr *a)
{
	uint64_t v = life_value(a);

	if (type == LIFE_SECONDS && v > UINT32_MAX)
		v = UINT32_MAX;
	s->bad = type == 0 || (!a->tv && rd_left(&a->body) == 0);
	if (type == LIFE_SECONDS) {
		s->bad = s->bad || (s->life_s != 0 && s->life_s != v);
		s->life_s = (uint32_t)v;
	} else {
		s->bad = s->bad || (s->life_kb != 0 && s->life_kb != v);
		s->life_kb = v;
	}
}

/*
 * RFC 2407 §4.5: a life type is followed by its duration; basic attributes are
 * never sent as variable.  The same attribute twice with two values: no.
 */
static void
attrs_read(struct rd r, uint16_t type_attr, uint16_t life_attr, struct attrs *s)
{
	uint16_t life_type = 0;

	*s = (struct attrs){ 0 };
	while (rd_left(&r) > 0 && !s->bad) {
		struct isakmp_attr a;

		if (isakmp_attr_next(&r, &a) != DROP_NONE) {
			s->bad = true;
		} else if (a.type == life_attr) {
			life_read(s, life_type, &a);
			life_type = 0;
		} else if (a.type == type_attr) {
			s->bad = !a.tv || life_type != 0 ||
			    (a.value != LIFE_SECONDS && a.value != LIFE_KB);
			life_type = a.value;
		} else {
			s->bad = !a.tv || a.type >= 16 || a.value == 0 ||
			    (s->v[a.type] != 0 && s->v[a.type] != a.value);
			if (!s->bad)
				s->v[a.type] = a.value;
		}
	}
	s->bad = s->bad || life_type != 0;
}

/* Only these attributes, or the transform is not ours. */
static bool
attrs_only(const struct attrs *s, const uint8_t *types, size_t n)
{
	for (unsigned i = 0; i < 16; i++)
		if (s->v[i] != 0 && memchr(types, (int)i, n) == NULL)
			return false;
	return true;
}

static bool
p1_read(const struct isakmp_trans *t, struct p1_part *p)
{
	static const uint8_t known[] = { P1_ENC, P1_HASH, P1_AUTH, P1_GROUP,
		P1_KEY_LEN };
	struct attrs s;
	uint32_t bits;
	bool cipher = false, hash = false;

	attrs_read(t->attrs, P1_LIFE_TYPE, P1_LIFE, &s);
	p->trans = t->whole;
	p->p1 = (struct ike_p1){ .cipher = CIPHER_ALGS, .hash = HASH_ALGS };
	p->p1.group = s.v[P1_GROUP] <= UINT8_MAX ? (uint8_t)s.v[P1_GROUP] : 0;
	/* AES without a key length is 128 (clients.md 7.1.3). */
	bits = s.v[P1_KEY_LEN] != 0 || s.v[P1_ENC] != 7 ? s.v[P1_KEY_LEN] : 128;
	for (size_t i = 0; i < COUNT(p1_ciphers); i++)
		if (p1_ciphers[i].wire == s.v[P1_ENC] &&
		    p1_ciphers[i].bits == bits) {
			p->p1.cipher = p1_ciphers[i].ours;
			cipher = true;
		}
	for (size_t i = 0; i < COUNT(p1_hashes); i++)
		if (p1_hashes[i].wire == s.v[P1_HASH]) {
			p->p1.hash = p1_hashes[i].ours;
			hash = true;
		}
	if (s.v[P1_HASH] == 1)
		p->p1.hash = HASH_MD5;
	return !s.bad && cipher && hash && t->id == KEY_IKE &&
	    s.v[P1_AUTH] == AUTH_PSK && dh_known(s.v[P1_GROUP]) &&
	    attrs_only(&s, known, sizeof(known)) &&
	    rd_left(&t->whole) <= IKE_TRANS_MAX;
}

/*
 * All transforms of a phase-1 offer: exactly one proposal (RFC 2409 §5), whose
 * SPI may have 0 to 16 bytes and means nothing (RFC 2408 §3.5).
 */
static enum drop
p1_parts(struct rd r, struct p1_part *part, unsigned *n)
{
	struct isakmp_prop p;
	enum drop d = isakmp_sa_check(r);

	*n = 0;
	if (d == DROP_NONE)
		d = isakmp_sa_decode(&r);
	if (d == DROP_NONE)
		d = isakmp_prop_next(&r, &p);
	if (d != DROP_NONE)
		return d;
	if (rd_left(&r) > 0 || p.proto != PROTO_ISAKMP || rd_left(&p.spi) > 16)
		return DROP_IKE_PROPOSAL;
	while (rd_left(&p.transforms) > 0 && *n < PARTS_MAX) {
		struct isakmp_trans t;

		d = isakmp_trans_next(&p.transforms, &t);
		if (d != DROP_NONE)
			return d;
		part[*n].usable = p1_read(&t, &part[*n]);
		part[(*n)++].prop = p.number;
	}
	return DROP_NONE;
}

static bool
p1_same(const struct ike_p1 *a, const struct ike_p1 *b)
{
	return a->cipher == b->cipher && a->hash == b->hash &&
	    a->group == b->group;
}

static const struct p1_part *
p1_choose(const struct ike_p1 *allowed, unsigned n, const struct p1_part *part,
    unsigned parts, bool costly)
{
	for (unsigned i = 0; i < n; i++) {
		if (!costly && ike_group_costly(allowed[i].group))
			continue;
		for (unsigned j = 0; j < parts; j++)
			if (part[j].usable && p1_same(&allowed[i], &part[j].p1))
				return &part[j];
	}
	return NULL;
}

enum drop
ike_prop_p1(const struct ike_p1 *allowed, unsigned n, struct rd sa_body,
    bool costly, struct ike_p1_choice *c)
{
	struct p1_part part[PARTS_MAX];
	const struct p1_part *best;
	unsigned parts;
	enum drop d = p1_parts(sa_body, part, &parts);

	if (d != DROP_NONE)
		return d;
	best = p1_choose(allowed, n, part, parts, costly);
	if (best == NULL && !costly &&
	    p1_choose(allowed, n, part, parts, true) != NULL)
		return DROP_IKE_LIMIT;
	if (best == NULL)
		return DROP_IKE_NO_PROPOSAL;
	c->p1 = best->p1;
	c->prop = best->prop;
	c->trans = best->trans;
	c->group2_only = true;
	for (unsigned i = 0; i < parts; i++)
		if (part[i].p1.group != DH_MODP1024)
			c->group2_only = false;
	return DROP_NONE;
}

/* One transform as it came, but marked as the last (RFC 2408 §4.2). */
static void
trans_echo(struct wr *w, struct rd trans)
{
	(void)rd_u8(&trans);
	wr_u8(w, PL_NONE);
	wr_rd(w, rd_rest(&trans));
}

static void
sa_head(struct wr *w)
{
	wr_u32(w, ISAKMP_DOI_IPSEC);
	wr_u32(w, ISAKMP_SIT_IDENTITY);
}

void
ike_prop_p1_encode(struct isakmp_out *o, const struct ike_p1_choice *c)
{
	struct wr_len len;

	isakmp_out_begin(o, PL_SA);
	sa_head(&o->w);
	wr_u8(&o->w, PL_NONE);
	wr_u8(&o->w, 0);
	len = wr_len16(&o->w);
	wr_u8(&o->w, c->prop);
	wr_u8(&o->w, PROTO_ISAKMP);
	wr_u8(&o->w, 0);
	wr_u8(&o->w, 1);
	trans_echo(&o->w, c->trans);
	wr_len_end(&o->w, len, ISAKMP_GENERIC);
	isakmp_out_end(o);
}

static struct wr_len
trans_begin(struct wr *w, bool last, unsigned number, uint8_t id)
{
	struct wr_len len;

	wr_u8(w, last ? PL_NONE : PL_TRANSFORM);
	wr_u8(w, 0);
	len = wr_len16(w);
	wr_u8(w, (uint8_t)number);
	wr_u8(w, id);
	wr_u16(w, 0);
	return len;
}

static const struct number *
number_of(const struct number *t, size_t n, uint8_t ours)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].ours == ours)
			return &t[i];
	return NULL;
}

static void
life_put(struct wr *w, uint16_t type_attr, uint16_t life_attr, uint16_t type,
    uint64_t v)
{
	if (v == 0)
		return;
	isakmp_attr_tv(w, type_attr, type);
	if (v <= INT16_MAX)
		isakmp_attr_tv(w, life_attr, (uint16_t)v);
	else
		isakmp_attr_u32(w, life_attr,
		    v > UINT32_MAX ? UINT32_MAX : (uint32_t)v);
}

bool
ike_prop_p1_offer(struct isakmp_out *o, const struct ike_p1 *p1, unsigned n,
    uint32_t life_s)
{
	struct wr_len prop, len;

	isakmp_out_begin(o, PL_SA);
	sa_head(&o->w);
	wr_u8(&o->w, PL_NONE);
	wr_u8(&o->w, 0);
	prop = wr_len16(&o->w);
	wr_u8(&o->w, 1);
	wr_u8(&o->w, PROTO_ISAKMP);
	wr_u8(&o->w, 0);
	wr_u8(&o->w, (uint8_t)n);
	for (unsigned i = 0; i < n; i++) {
		const struct number *c = number_of(p1_ciphers,
		    COUNT(p1_ciphers), p1[i].cipher);
		const struct number *h = number_of(p1_hashes,
		    COUNT(p1_hashes), p1[i].hash);

		if (c == NULL || h == NULL)
			return false;
		len = trans_begin(&o->w, i + 1 == n, i + 1, KEY_IKE);
		isakmp_attr_tv(&o->w, P1_ENC, c->wire);
		if (c->bits != 0)
			isakmp_attr_tv(&o->w, P1_KEY_LEN, c->bits);
		isakmp_attr_tv(&o->w, P1_HASH, h->wire);
		isakmp_attr_tv(&o->w, P1_GROUP, p1[i].group);
		isakmp_attr_tv(&o->w, P1_AUTH, AUTH_PSK);
		life_put(&o->w, P1_LIFE_TYPE, P1_LIFE, LIFE_SECONDS, life_s);
		wr_len_end(&o->w, len, ISAKMP_GENERIC);
	}
	wr_len_end(&o->w, prop, ISAKMP_GENERIC);
	isakmp_out_end(o);
	return n > 0;
}

/* Adds a word if it and an ellipsis fit. */
static void
text_add(char text[IKE_TEXT_MAX], size_t limit, const char *word)
{
	size_t n = strlen(text);

	if (n > 4 && strcmp(text + n - 4, " ...") == 0)
		return;
	if (n + strlen(word) + 6 > limit)
		word = "...";
	(void)snprintf(text + n, IKE_TEXT_MAX - n, "%s%s", n > 0 ? " " : "",
	    word);
}

static bool
p1_listed(const struct p1_part *part, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (p1_same(&part[i].p1, &part[at].p1))
			return true;
	return false;
}

enum ike_why
ike_prop_p1_explain(const struct ike_params *p, struct rd sa_body,
    char text[IKE_TEXT_MAX])
{
	struct p1_part part[PARTS_MAX];
	unsigned parts;
	char buf[40];
	enum ike_why why = IKE_WHY_NO_PROPOSAL;

	text[0] = '\0';
	if (p1_parts(sa_body, part, &parts) != DROP_NONE)
		parts = 0;
	text_add(text, IKE_TEXT_MAX, "offered");
	for (unsigned i = 0; i < parts; i++) {
		if (!p1_listed(part, i))
			text_add(text, IKE_TEXT_MAX * 2 / 3,
			    ike_p1_str(&part[i].p1, buf));
		if (part[i].usable && !p->allow_legacy_dh &&
		    (part[i].p1.group == DH_MODP1024 ||
		    part[i].p1.cipher == CIPHER_3DES))
			why = IKE_WHY_LEGACY_DH;
	}
	if (strlen(text) + 10 < IKE_TEXT_MAX)
		(void)strcat(text, "; allowed");
	for (unsigned i = 0; i < p->p1_n; i++)
		text_add(text, IKE_TEXT_MAX, ike_p1_str(&p->p1[i], buf));
	return why;
}

/* Phase 2. */

struct p2_part {
	struct esp_suite suite;
	bool usable;
	uint16_t encap, group;
	uint32_t life_s;
	uint64_t life_kb;
	struct rd trans;
	uint8_t prop;
	uint32_t spi;
};

static bool
p2_encap_ok(const struct ike_p2_want *w, uint16_t encap)
{
	switch (encap) {
	case ENCAP_TRANSPORT:
		return true;
	case ENCAP_UDP_TRANSPORT:
	case ENCAP_UDP_TRANSPORT_DRAFT:
		return w->udp || w->udp_port;
	default:
		return false;
	}
}

static bool
p2_read(const struct ike_p2_want *w, const struct isakmp_trans *t,
    struct p2_part *p)
{
	static const uint8_t known[] = { P2_GROUP, P2_ENCAP, P2_AUTH,
		P2_KEY_LEN };
	struct attrs s;
	uint32_t bits;

	attrs_read(t->attrs, P2_LIFE_TYPE, P2_LIFE, &s);
	bits = s.v[P2_KEY_LEN];
	if (t->id == ESP_ENC_3DES)
		bits = bits == 0 ? 192 : 0;	/* RFC 2407 §4.5: none here */
	else if (bits == 0)
		bits = 128;
	p->suite = (struct esp_suite){ .enc = t->id,
		.auth = s.v[P2_AUTH] <= UINT8_MAX ? (uint8_t)s.v[P2_AUTH] :
		    UINT8_MAX, .key_bits = (uint16_t)bits };
	p->encap = (uint16_t)s.v[P2_ENCAP];
	p->group = (uint16_t)s.v[P2_GROUP];
	p->life_s = s.life_s;
	p->life_kb = s.life_kb;
	p->trans = t->whole;
	if (s.bad || !attrs_only(&s, known, sizeof(known)) ||
	    rd_left(&t->whole) > IKE_TRANS_MAX ||
	    !esp_suite_ok(&p->suite) || !p2_encap_ok(w, p->encap))
		return false;
	/* RFC 2409 §5.5: with KE the group stands in every transform. */
	if (!w->ke)
		return p->group == 0;
	return dh_known(p->group) &&
	    dh_public_size((enum dh_group)p->group) == w->ke_len;
}

/* Is the proposal alone under its number?  RFC 2408 §4.2: else an AND unit. */
static bool
prop_alone(struct rd r, uint8_t number)
{
	struct isakmp_prop p;
	unsigned n = 0;

	while (rd_left(&r) > 0 && isakmp_prop_next(&r, &p) == DROP_NONE)
		n += p.number == number;
	return n == 1;
}

static enum drop
p2_parts(const struct ike_p2_want *w, struct rd r, struct p2_part *part,
    unsigned *n)
{
	struct rd all;
	enum drop d = isakmp_sa_check(r);

	*n = 0;
	if (d == DROP_NONE)
		d = isakmp_sa_decode(&r);
	all = r;
	while (d == DROP_NONE && rd_left(&r) > 0) {
		struct isakmp_prop p;
		struct isakmp_trans t;
		uint32_t spi;
		bool ok;

		d = isakmp_prop_next(&r, &p);
		if (d != DROP_NONE)
			break;
		ok = p.proto == PROTO_ESP && rd_left(&p.spi) == 4 &&
		    prop_alone(all, p.number);
		spi = ok ? rd_u32(&p.spi) : 0;
		while (d == DROP_NONE && rd_left(&p.transforms) > 0 &&
		    *n < PARTS_MAX) {
			d = isakmp_trans_next(&p.transforms, &t);
			if (d != DROP_NONE)
				break;
			/* RFC 4303 §2.1: SPIs up to 255 are reserved. */
			part[*n].usable = p2_read(w, &t, &part[*n]) && ok &&
			    spi > 255;
			part[*n].prop = p.number;
			part[(*n)++].spi = spi;
		}
		if (*n == PARTS_MAX)
			break;
	}
	return d;
}

static bool
suite_same(const struct esp_suite *a, const struct esp_suite *b)
{
	return a->enc == b->enc && a->auth == b->auth &&
	    a->key_bits == b->key_bits;
}

static const struct p2_part *
p2_choose(const struct ike_p2_want *w, const struct p2_part *part,
    unsigned parts, bool sha256)
{
	for (unsigned i = 0; i < w->n; i++) {
		if (!sha256 && w->allowed[i].auth == ESP_AUTH_SHA256)
			continue;
		for (unsigned j = 0; j < parts; j++)
			if (part[j].usable &&
			    suite_same(&w->allowed[i], &part[j].suite))
				return &part[j];
	}
	return NULL;
}

enum drop
ike_prop_p2(const struct ike_p2_want *w, struct rd sa_body,
    struct ike_p2_choice *c)
{
	struct p2_part part[PARTS_MAX];
	const struct p2_part *best = NULL;
	unsigned parts;
	enum drop d = p2_parts(w, sa_body, part, &parts);

	if (d != DROP_NONE)
		return d;
	if (w->sha1_first)
		best = p2_choose(w, part, parts, false);
	if (best == NULL)
		best = p2_choose(w, part, parts, true);
	if (best == NULL)
		return DROP_IKE_NO_PROPOSAL;
	*c = (struct ike_p2_choice){ .suite = best->suite, .prop = best->prop,
		.spi = best->spi, .trans = best->trans, .encap = best->encap,
		.group = best->group, .life_s = best->life_s,
		.life_kb = best->life_kb };
	return DROP_NONE;
}

static struct wr_len
p2_prop_begin(struct wr *w, uint8_t number, uint32_t spi, unsigned n)
{
	struct wr_len len;

	sa_head(w);
	wr_u8(w, PL_NONE);
	wr_u8(w, 0);
	len = wr_len16(w);
	wr_u8(w, number);
	wr_u8(w, PROTO_ESP);
	wr_u8(w, 4);
	wr_u8(w, (uint8_t)n);
	wr_u32(w, spi);
	return len;
}

void
ike_prop_p2_encode(struct isakmp_out *o, uint8_t prop, uint32_t spi,
    struct rd trans)
{
	struct wr_len len;

	isakmp_out_begin(o, PL_SA);
	len = p2_prop_begin(&o->w, prop, spi, 1);
	trans_echo(&o->w, trans);
	wr_len_end(&o->w, len, ISAKMP_GENERIC);
	isakmp_out_end(o);
}

void
ike_prop_p2_offer(struct isakmp_out *o, const struct ike_p2_offer *f)
{
	struct wr_len prop, len;

	isakmp_out_begin(o, PL_SA);
	prop = p2_prop_begin(&o->w, 1, f->spi, f->n);
	for (unsigned i = 0; i < f->n; i++) {
		const struct esp_suite *s = &f->suite[i];

		len = trans_begin(&o->w, i + 1 == f->n, i + 1, s->enc);
		life_put(&o->w, P2_LIFE_TYPE, P2_LIFE, LIFE_SECONDS, f->life_s);
		life_put(&o->w, P2_LIFE_TYPE, P2_LIFE, LIFE_KB, f->life_kb);
		if (f->group != 0)
			isakmp_attr_tv(&o->w, P2_GROUP, f->group);
		isakmp_attr_tv(&o->w, P2_ENCAP, f->encap);
		if (s->enc != ESP_ENC_3DES)
			isakmp_attr_tv(&o->w, P2_KEY_LEN, s->key_bits);
		if (s->auth != ESP_AUTH_NONE)
			isakmp_attr_tv(&o->w, P2_AUTH, s->auth);
		wr_len_end(&o->w, len, ISAKMP_GENERIC);
	}
	wr_len_end(&o->w, prop, ISAKMP_GENERIC);
	isakmp_out_end(o);
}

void
ike_prop_p2_explain(const struct ike_params *p, struct rd sa_body,
    char text[IKE_TEXT_MAX])
{
	struct ike_p2_want any = { .udp = true };
	struct p2_part part[PARTS_MAX];
	unsigned parts;
	char buf[24];
	char word[40];

	text[0] = '\0';
	if (p2_parts(&any, sa_body, part, &parts) != DROP_NONE)
		parts = 0;
	text_add(text, IKE_TEXT_MAX, "offered");
	for (unsigned i = 0; i < parts; i++) {
		bool known = esp_suite_ok(&part[i].suite);

		if (known)
			(void)snprintf(word, sizeof(word), "%s%s",
			    esp_suite_str(&part[i].suite, buf),
			    part[i].encap == ENCAP_TUNNEL ? "/tunnel" : "");
		else
			(void)snprintf(word, sizeof(word), "esp%u/%u/%u",
			    part[i].suite.enc, part[i].suite.key_bits,
			    part[i].suite.auth);
		text_add(text, IKE_TEXT_MAX * 2 / 3, word);
	}
	if (strlen(text) + 10 < IKE_TEXT_MAX)
		(void)strcat(text, "; allowed");
	for (unsigned i = 0; i < p->p2_n; i++)
		text_add(text, IKE_TEXT_MAX, esp_suite_str(&p->p2[i], buf));
}
