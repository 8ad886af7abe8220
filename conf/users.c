/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of local users: see users.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/htab.h"
#include "base/secret.h"
#include "conf/load_int.h"
#include "conf/users.h"

struct users {
	char *text;		/* owned; the words of all users, unquoted */
	size_t text_n;
	char *file;		/* owned; its name, for users_check() */
	struct user *user;	/* owned */
	uint32_t n;
	struct htab by_name;	/* slot: index in user */
	struct htab by_address;
};

struct line {			/* one line being read */
	char *p, *end;
	uint32_t nr;
	const char *file;
	struct conf_report *report;
};

struct word {			/* empty if text is NULL */
	char *text;		/* with a NUL behind it */
	size_t n;
};

/* Only the file's owner chooses names in it: the key need not be secret. */
static const struct hash_key key = { { 0x6c327470, 0x75736572 } };

static bool fail(const struct line *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static bool
fail(const struct line *l, const char *fmt, ...)
{
	char why[CONF_WHY_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	(void)snprintf(l->report->error, CONF_TEXT_MAX, "%s:%u: %s", l->file,
	    l->nr, why);
	return false;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * RFC 3629 §4.  The NT hash of a password in another encoding cannot be
 * computed, so its owner would be refused for ever.
 */
static bool
is_utf8(const char *p, const char *end)
{
	while (p < end) {
		unsigned char c = (unsigned char)*p++, low = 0x80, high = 0xbf;
		int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0x80 ? 1 : 0;

		if (c > 0xf4 || (c >= 0x80 && c < 0xc2) || end - p < more)
			return false;
		if (c == 0xe0)
			low = 0xa0;
		else if (c == 0xf0)
			low = 0x90;
		else if (c == 0xed)
			high = 0x9f;
		else if (c == 0xf4)
			high = 0x8f;
		for (; more > 0; more--, p++, low = 0x80, high = 0xbf)
			if ((unsigned char)*p < low ||
			    (unsigned char)*p > high)
				return false;
	}
	return true;
}

/* Takes the quotes off where the word stands. */
static bool
quoted(struct line *l, struct word *w)
{
	char *to = l->p++;

	w->text = to;
	while (l->p < l->end && *l->p != '"') {
		if (*l->p == '\\' && ++l->p < l->end && *l->p != '"' &&
		    *l->p != '\\')
			return fail(l, "expected \\\" or \\\\ after a backslash"
			    " in quotes");
		if (l->p < l->end)
			*to++ = *l->p++;
	}
	if (l->p >= l->end)
		return fail(l, "expected a closing quote");
	l->p++;
	if (l->p < l->end && !blank(*l->p))
		return fail(l, "expected a blank after a closing quote");
	*to = '\0';
	w->n = (size_t)(to - w->text);
	return true;
}

/* The next word, or none at the end or before a comment. */
static bool
next(struct line *l, struct word *w)
{
	*w = (struct word){ 0 };
	while (l->p < l->end && blank(*l->p))
		l->p++;
	if (l->p >= l->end || *l->p == '#')
		return true;
	if (*l->p == '"')
		return quoted(l, w);
	/* U+2018 to U+201F, which word processors make of quotes. */
	if (*l->p == '\'' || (l->end - l->p >= 3 &&
	    memcmp(l->p, "\xe2\x80", 2) == 0 &&
	    ((unsigned char)l->p[2] & 0xf8) == 0x98))
		return fail(l, "expected plain double quotes around a word"
		    " that begins with a quote");
	w->text = l->p;
	while (l->p < l->end && !blank(*l->p))
		l->p++;
	w->n = (size_t)(l->p - w->text);
	if (l->p < l->end)
		l->p++;
	w->text[w->n] = '\0';	/* over the blank, or the end of the line */
	return true;
}

static bool
hex_digit(char c, uint8_t *v)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	if (at == NULL)
		return false;
	*v = (uint8_t)(at - digits < 16 ? at - digits : at - digits - 6);
	return true;
}

static bool
set_nthash(struct user *u, const struct word *w)
{
	uint8_t hi, lo;

	if (w->n != sizeof(u->nthash) * 2)
		return false;
	for (size_t i = 0; i < sizeof(u->nthash); i++) {
		if (!hex_digit(w->text[2 * i], &hi) ||
		    !hex_digit(w->text[2 * i + 1], &lo))
			return false;
		u->nthash[i] = (uint8_t)(hi << 4 | lo);
	}
	u->has_nthash = true;
	return true;
}

static bool
set_address(struct user *u, const struct word *w)
{
	struct ipaddr a;
	uint32_t v;

	if (!ipaddr_parse(w->text, &a) || a.family != IP_V4)
		return false;
	v = ipaddr_as_v4(&a);
	if (v >> 24 == 0 || v >> 24 == 127 || v >> 24 >= 224)
		return false;
	u->address = a;
	return true;
}

static bool
set_sessions(struct user *u, const struct word *w)
{
	uint32_t v = 0;

	for (const char *p = w->text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || v > 100000)
			return false;
		v = v * 10 + (uint32_t)(*p - '0');
	}
	u->sessions = v;
	return v >= 1 && v <= 1000000;
}

enum option {
	OPT_PASSWORD,
	OPT_NTHASH,
	OPT_ADDRESS,
	OPT_POOL,
	OPT_GROUP,
	OPT_SESSIONS
};

static const struct {
	const char *name;
	const char *expect;
} options[] = {
	[OPT_PASSWORD] = { "password", "1 to 255 characters" },
	[OPT_NTHASH] = { "nthash", "32 hexadecimal digits" },
	[OPT_ADDRESS] = { "address", "the IPv4 address of a host" },
	[OPT_POOL] = { "pool", "the name of a pool" },
	[OPT_GROUP] = { "group", "the name of a group" },
	[OPT_SESSIONS] = { "sessions", "a number from 1 to 1000000" },
};

#define OPTIONS	(sizeof(options) / sizeof(options[0]))

static bool
set_option(struct user *u, enum option o, const struct word *w)
{
	switch (o) {
	case OPT_PASSWORD:
		u->password = w->text;
		u->password_len = (uint32_t)w->n;
		return w->n > 0 && w->n <= SECRET_MAX;
	case OPT_NTHASH:
		return set_nthash(u, w);
	case OPT_ADDRESS:
		return set_address(u, w);
	case OPT_POOL:
		u->pool = w->text;
		return w->n > 0 && w->n < CONF_NAME_MAX;
	case OPT_GROUP:
		u->group = w->text;
		return w->n > 0 && w->n < CONF_NAME_MAX;
	case OPT_SESSIONS:
		return set_sessions(u, w);
	}
	return false;
}

static bool
take_option(struct line *l, struct user *u, const struct word *name,
    unsigned *seen)
{
	struct word value;
	size_t o = 0;

	while (o < OPTIONS && strcmp(options[o].name, name->text) != 0)
		o++;
	if (o == OPTIONS)
		return fail(l, "expected password, nthash, address, pool,"
		    " group or sessions");
	if ((*seen & 1u << o) != 0)
		return fail(l, "%s stands there twice", options[o].name);
	*seen |= 1u << o;
	if (!next(l, &value))
		return false;
	if (value.text == NULL || !set_option(u, (enum option)o, &value))
		return fail(l, "expected %s after %s", options[o].expect,
		    options[o].name);
	return true;
}

/* One line into `u`; name NULL if there is nobody in it. */
static bool
take_line(struct line *l, struct user *u)
{
	struct word w;
	unsigned seen = 0;

	*u = (struct user){ .pool = "", .group = "", .line = l->nr };
	for (const char *p = l->p; p < l->end; p++)
		if (((unsigned char)*p < ' ' && !blank(*p)) || *p == 0x7f)
			return fail(l, "expected text, found a control"
			    " character");
	if (!is_utf8(l->p, l->end))
		return fail(l, "expected text in UTF-8");
	if (!next(l, &w))
		return false;
	if (w.text == NULL)
		return true;
	if (w.n == 0 || w.n > USERS_NAME_MAX)
		return fail(l, "expected a name of 1 to %d bytes",
		    USERS_NAME_MAX);
	u->name = w.text;
	u->name_len = (uint32_t)w.n;
	for (;;) {
		if (!next(l, &w))
			return false;
		if (w.text == NULL)
			break;
		if (!take_option(l, u, &w, &seen))
			return false;
	}
	if (u->password == NULL && !u->has_nthash)
		return fail(l, "expected password or nthash after the name");
	if (u->password != NULL && u->has_nthash)
		return fail(l, "expected password or nthash, not both");
	return true;
}

static uint64_t
address_hash(const struct ipaddr *a)
{
	return hash_bytes(&key, a->b, ipaddr_len(a));
}

static bool
add(struct users *us, const struct line *l, const struct user *u)
{
	const struct user *old = users_find(us, u->name, u->name_len);

	if (old != NULL)
		return fail(l, "this name is already in line %u", old->line);
	if (u->address.family != IP_NONE) {
		old = users_by_address(us, &u->address);
		if (old != NULL)
			return fail(l, "this address is already in line %u",
			    old->line);
		htab_add(&us->by_address, us->n, address_hash(&u->address));
	}
	htab_add(&us->by_name, us->n, hash_bytes(&key, u->name, u->name_len));
	us->user[us->n++] = *u;
	return true;
}

static bool
take_lines(struct users *us, const char *file, struct conf_report *report)
{
	struct line l = { .file = file, .report = report };
	char *at = us->text, *end = us->text + us->text_n;
	struct user u;

	while (at < end) {
		char *nl = memchr(at, '\n', (size_t)(end - at));

		l.p = at;
		l.end = nl != NULL ? nl : end;
		l.nr++;
		at = l.end + 1;
		*l.end = '\0';
		if (!take_line(&l, &u) ||
		    (u.name != NULL && !add(us, &l, &u)))
			return false;
	}
	return true;
}

static size_t
count_lines(const char *text, size_t n)
{
	size_t lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

/* Lines that name nobody cost a slot too: the bound is on lines. */
static struct users *
make(const char *name, const char *text, size_t n, struct conf_report *report)
{
	struct users *us = calloc(1, sizeof(*us));
	size_t lines = count_lines(text, n);

	if (lines > USERS_MAX) {
		(void)snprintf(report->error, CONF_TEXT_MAX, "%s: expected at"
		    " most %u lines", name, USERS_MAX);
		free(us);
		return NULL;
	}
	if (us != NULL) {
		us->text = malloc(n + 1);
		us->text_n = n;
		us->file = strdup(name);
		us->user = calloc(lines, sizeof(*us->user));
	}
	if (us == NULL || us->text == NULL || us->file == NULL ||
	    us->user == NULL ||
	    htab_init(&us->by_name, (uint32_t)lines) != 0 ||
	    htab_init(&us->by_address, (uint32_t)lines) != 0) {
		(void)snprintf(report->error, CONF_TEXT_MAX, "%s: out of"
		    " memory", name);
		users_free(us);
		return NULL;
	}
	memcpy(us->text, text, n);
	us->text[n] = '\0';
	return us;
}

struct users *
users_load_text(const char *name, const char *text, size_t n,
    struct conf_report *report)
{
	struct users *us;

	*report = (struct conf_report){ .error = "" };
	if (memchr(text, '\0', n) != NULL) {
		(void)snprintf(report->error, CONF_TEXT_MAX, "%s: expected"
		    " text, found a NUL byte", name);
		return NULL;
	}
	us = make(name, text, n, report);
	if (us != NULL && !take_lines(us, name, report)) {
		users_free(us);
		return NULL;
	}
	return us;
}

struct users *
users_load(const char *path, struct conf_report *report)
{
	struct conf_report first = { .error = "" };
	struct users *us;
	bool open_to_all;
	size_t n;
	char *text = file_read(path, USERS_FILE_MAX, &n, &open_to_all,
	    first.error, sizeof(first.error));

	if (text == NULL) {
		*report = first;
		return NULL;
	}
	us = users_load_text(path, text, n, report);
	file_free(text, n);
	if (us != NULL && open_to_all)
		(void)snprintf(report->warning[report->warnings++],
		    CONF_TEXT_MAX, "%s holds passwords and can be read by"
		    " everybody", path);
	return us;
}

void
users_free(struct users *us)
{
	if (us == NULL)
		return;
	file_free(us->text, us->text_n);
	if (us->user != NULL)
		wipe(us->user, us->n * sizeof(*us->user));
	free(us->user);
	free(us->file);
	htab_wipe(&us->by_name);
	htab_wipe(&us->by_address);
	free(us);
}

bool
users_check(const struct users *us, const struct conf *c,
    struct conf_report *report)
{
	struct line l = { .file = us->file, .report = report };

	*report = (struct conf_report){ .error = "" };
	for (uint32_t i = 0; i < us->n; i++) {
		const struct user *u = &us->user[i];
		uint32_t p = 0, g = 0;

		l.nr = u->line;
		while (p < c->pools && strcmp(c->pool[p].name, u->pool) != 0)
			p++;
		if (u->pool[0] != '\0' && p == c->pools)
			return fail(&l, "there is no pool %s", u->pool);
		if (u->pool[0] != '\0' && c->pool[p].range.n == 0)
			return fail(&l, "pool %s has no range", u->pool);
		while (g < c->user_groups && strcmp(c->user_group[g].name, u->group) != 0)
			g++;
		if (u->group[0] != '\0' && g == c->user_groups)
			return fail(&l, "there is no group %s", u->group);
		if (ipaddr_eq(&u->address, &c->ppp.local))
			return fail(&l, "this is our own address inside the"
			    " tunnels (ppp.local-address)");
	}
	return true;
}

const struct user *
users_find(const struct users *us, const void *name, size_t n)
{
	uint32_t i = htab_find(&us->by_name, hash_bytes(&key, name, n));

	for (; i != HTAB_NONE; i = htab_next(&us->by_name, i))
		if (us->user[i].name_len == n &&
		    memcmp(us->user[i].name, name, n) == 0)
			return &us->user[i];
	return NULL;
}

size_t
users_count(const struct users *us)
{
	return us->n;
}

const struct user *
users_at(const struct users *us, size_t i)
{
	return i < us->n ? &us->user[i] : NULL;
}

const struct user *
users_by_address(const struct users *us, const struct ipaddr *a)
{
	uint32_t i = htab_find(&us->by_address, address_hash(a));

	for (; i != HTAB_NONE; i = htab_next(&us->by_address, i))
		if (ipaddr_eq(&us->user[i].address, a))
			return &us->user[i];
	return NULL;
}
