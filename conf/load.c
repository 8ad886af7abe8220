/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a file to a struct conf: see load.h.
 *
 * libconfuse reads the syntax.  Every option is given to it as a pointer with
 * a parse function of ours, which puts the text straight into the struct: so
 * each complaint carries the line that the scanner is in.  The library hands
 * its callbacks no pointer of the caller's; the last option of each section,
 * which cannot be set from a file, carries ours.
 */

#include <confuse.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "conf/load_int.h"
#include "conf/value.h"

#define CONTEXT		"(context)"
/*
 * The library takes the end of the file for the end of a section or comment.
 * So a last option of our own is put behind the text: it must be seen, and at
 * the top level.
 */
#define END		"(end of file)"
/*
 * Keys pass through the scanner's buffer for strings, which is freed as it is.
 * A long string in front of the text makes it large enough not to move later,
 * and a comment behind it is what makes the scanner clear it.
 */
#define LONG32		"................................"
#define LONG128		LONG32 LONG32 LONG32 LONG32
#define LONG		LONG128 LONG128 LONG128 LONG128
#define START		"(start of file)"
#define START_TEXT	"\"" START "\" = \"" LONG "\" "
#define END_LINE	"\n\"" END "\" = yes\n#\n"

_Static_assert(sizeof(LONG) > SECRET_MAX, "a key may be longer");

static void
fail_at(struct load *l, uint32_t line, const char *section, const char *name,
    const char *why)
{
	const char *dot = section[0] != '\0' && name[0] != '\0' ? "." : "";
	const char *colon = section[0] != '\0' || name[0] != '\0' ? ": " : "";
	char *err = l->report->error;

	if (err[0] != '\0')
		return;
	if (line > 0)
		(void)snprintf(err, CONF_TEXT_MAX, "%s:%u: %s%s%s%s%s",
		    l->file, line, section, dot, name, colon, why);
	else
		(void)snprintf(err, CONF_TEXT_MAX, "%s: %s%s%s%s%s", l->file,
		    section, dot, name, colon, why);
}

size_t
load_slot(const char *section, size_t i)
{
	const struct schema_section *s;
	size_t at = 1;

	if (i == LOAD_NONE)
		return 0;
	for (size_t k = 0; (s = schema_section(k)) != NULL; k++) {
		if (strcmp(s->name, section) == 0)
			return s->titled ? at + i : 0;
		at += s->max;
	}
	return 0;
}

bool
load_fail(struct load *l, size_t i, const char *section, const char *name,
    const char *fmt, ...)
{
	size_t row = schema_find(section, name);
	char why[CONF_WHY_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	fail_at(l, row < SCHEMA_ROWS_MAX ?
	    l->line[load_slot(section, i)][row] : 0, section, name, why);
	return false;
}

void
load_warn(struct load *l, const char *fmt, ...)
{
	struct conf_report *r = l->report;
	va_list ap;

	if (r->warnings >= CONF_WARNINGS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(r->warning[r->warnings++], CONF_TEXT_MAX, fmt, ap);
	va_end(ap);
}

static const char *
section_name(const cfg_t *cfg)
{
	return strcmp(cfg->name, "root") == 0 ? "" : cfg->name;
}

static struct load *
context(const cfg_t *cfg)
{
	for (const cfg_opt_t *o = cfg->opts; o->name != NULL; o++)
		if (strcmp(o->name, CONTEXT) == 0)
			return (struct load *)o->simple_value.ptr;
	return NULL;
}

/* What the options of a section are, after a complaint about an unknown one. */
static void
list_options(const char *section, char *buf, size_t n)
{
	size_t at = strlen(buf);
	const struct schema_section *s;
	const struct schema_row *r;

	for (size_t i = 0; (r = schema_row(i)) != NULL; i++)
		if (strcmp(r->section, section) == 0 && at < n)
			at += (size_t)snprintf(buf + at, n - at, " %s",
			    r->name);
	if (section[0] != '\0')
		return;
	for (size_t i = 1; (s = schema_section(i)) != NULL; i++)
		if (at < n)
			at += (size_t)snprintf(buf + at, n - at, " %s",
			    s->name);
}

static void complain(cfg_t *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

/* Called by the library; its own texts are about syntax. */
static void
complain(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct load *l = context(cfg);
	char why[CONF_WHY_MAX];

	if (l == NULL || fmt == NULL)
		return;
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	for (char *p = why; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '.';
	if (strstr(why, "'" END "'") != NULL) {
		(void)snprintf(why, sizeof(why), "expected a closing brace"
		    " before the end of the file");
	} else if (strncmp(fmt, "no such option", 14) == 0) {
		(void)strncat(why, "; expected one of",
		    sizeof(why) - strlen(why) - 1);
		list_options(section_name(cfg), why, sizeof(why));
	}
	fail_at(l, (uint32_t)cfg->line, section_name(cfg), "", why);
}

static char *
item_at(struct conf *c, const struct schema_section *s, size_t i)
{
	return (char *)c + s->at + i * s->size;
}

static void set_defaults(const char *section, void *base);

/* The section of this kind and name, made if it is new; NULL if too many. */
static void *
item_of(struct load *l, const struct schema_section *s, const char *name,
    size_t *i)
{
	char *count_at = (char *)l->conf + s->count_at;
	uint32_t n;

	memcpy(&n, count_at, sizeof(n));
	for (*i = 0; *i < n; (*i)++)
		if (strcmp(item_at(l->conf, s, *i), name) == 0)
			return item_at(l->conf, s, *i);
	if (n == s->max)
		return NULL;
	n++;
	memcpy(count_at, &n, sizeof(n));
	(void)snprintf(item_at(l->conf, s, *i), CONF_NAME_MAX, "%s", name);
	set_defaults(s->name, item_at(l->conf, s, *i));
	return item_at(l->conf, s, *i);
}

static bool
title_ok(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < CONF_NAME_MAX && strspn(name, "abcdefghijklmnop"
	    "qrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

/* The struct that the options of this section live in, or NULL. */
static void *
base_of(struct load *l, const cfg_t *cfg, size_t *slot)
{
	const struct schema_section *s =
	    schema_section(schema_section_find(section_name(cfg)));
	char why[64];
	void *base;
	size_t i = 0;

	*slot = 0;
	if (cfg->title == NULL || s == NULL)
		return l->conf;
	if (!title_ok(cfg->title)) {
		fail_at(l, (uint32_t)cfg->line, s->name, "", "expected a name of"
		    " 1 to 63 letters, digits, dots, dashes and underscores");
		return NULL;
	}
	base = item_of(l, s, cfg->title, &i);
	if (base == NULL) {
		(void)snprintf(why, sizeof(why), "expected at most %u of them",
		    s->max);
		fail_at(l, (uint32_t)cfg->line, s->name, "", why);
	}
	*slot = load_slot(s->name, i);
	return base;
}

/* The parse function of every option: text straight into the struct. */
static int
take(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	struct load *l = context(cfg);
	size_t row_n = schema_find(section_name(cfg), opt->name), slot;
	const struct schema_row *row = schema_row(row_n);
	char err[CONF_WHY_MAX];
	uint32_t *line;
	void *base;

	*(void **)result = NULL;
	if (l == NULL || row == NULL) {
		if (l != NULL)
			fail_at(l, (uint32_t)cfg->line, "", "",
			    "no such option");
		return -1;
	}
	base = base_of(l, cfg, &slot);
	if (base == NULL)
		return -1;
	line = &l->line[slot][row_n];
	if (*line > 0 && !schema_is_list(row)) {
		(void)snprintf(err, sizeof(err), "already given in line %u",
		    *line);
		fail_at(l, (uint32_t)cfg->line, row->section, row->name, err);
		return -1;
	}
	if (*line == 0)
		value_clear(row, base);	/* drops the default */
	*line = (uint32_t)cfg->line;
	if (!value_set(row, base, text, err, sizeof(err))) {
		fail_at(l, *line, row->section, row->name, err);
		return -1;
	}
	return 0;
}

/* The parse function of what stands in front of the text. */
static int
take_start(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	(void)cfg;
	(void)opt;
	(void)text;
	*(void **)result = NULL;
	return 0;
}

/* The parse function of what stands behind the text. */
static int
take_end(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	struct load *l = context(cfg);

	(void)opt;
	(void)text;
	*(void **)result = NULL;
	if (l != NULL)
		l->ended = true;
	return 0;
}

/* A section's options for the library; no section has all rows. */
static void
options(struct load *l, const char *section, cfg_opt_t *o)
{
	const struct schema_row *r;

	for (size_t i = 0; (r = schema_row(i)) != NULL; i++) {
		if (strcmp(r->section, section) != 0)
			continue;
		*o++ = (cfg_opt_t){ .name = r->name, .type = CFGT_PTR,
			.flags = CFGF_NODEFAULT |
			    (schema_is_list(r) ? CFGF_LIST : 0),
			.parsecb = take };
	}
	*o++ = (cfg_opt_t){ .name = CONTEXT, .type = CFGT_PTR,
		.flags = CFGF_NODEFAULT, .parsecb = take,
		.simple_value.ptr = (void **)l };
	*o = (cfg_opt_t)CFG_END();
}

struct tree {			/* all options, while cfg_init() runs */
	cfg_opt_t top[SCHEMA_ROWS_MAX + SCHEMA_SECTIONS_MAX];
	cfg_opt_t sub[SCHEMA_SECTIONS_MAX][SCHEMA_ROWS_MAX];
};

static cfg_t *
make_parser(struct load *l)
{
	struct tree *t = calloc(1, sizeof(*t));
	const struct schema_section *s;
	cfg_opt_t *o;
	cfg_t *cfg;

	if (t == NULL)
		return NULL;
	options(l, "", t->top);
	for (o = t->top; o->name != NULL; o++)
		;
	*o++ = (cfg_opt_t){ .name = START, .type = CFGT_PTR,
		.flags = CFGF_NODEFAULT, .parsecb = take_start };
	*o++ = (cfg_opt_t){ .name = END, .type = CFGT_PTR,
		.flags = CFGF_NODEFAULT, .parsecb = take_end };
	for (size_t i = 1; (s = schema_section(i)) != NULL; i++) {
		options(l, s->name, t->sub[i]);
		*o++ = (cfg_opt_t){ .name = s->name, .type = CFGT_SEC,
			.subopts = t->sub[i], .flags = s->titled ?
			    CFGF_TITLE | CFGF_MULTI | CFGF_NO_TITLE_DUPES :
			    CFGF_NONE };
	}
	*o = (cfg_opt_t)CFG_END();
	cfg = cfg_init(t->top, CFGF_NONE);
	free(t);
	if (cfg != NULL)
		(void)cfg_set_error_function(cfg, complain);
	return cfg;
}

/* The defaults are in the table as text, so they are set like the rest. */
static void
set_defaults(const char *section, void *base)
{
	const struct schema_row *r;
	char err[CONF_WHY_MAX];

	for (size_t i = 0; (r = schema_row(i)) != NULL; i++)
		if (r->def != NULL && strcmp(r->section, section) == 0)
			(void)value_set(r, base, r->def, err, sizeof(err));
}

static void
set_all_defaults(struct conf *c)
{
	const struct schema_section *s;

	for (size_t i = 0; (s = schema_section(i)) != NULL; i++)
		if (!s->titled)
			set_defaults(s->name, c);
}

/* A titled section without any option has not been seen by take(). */
static bool
see_titled(struct load *l, cfg_t *cfg)
{
	const struct schema_section *s;
	size_t slot;

	for (size_t k = 0; (s = schema_section(k)) != NULL; k++)
		for (unsigned i = 0; s->titled && i < cfg_size(cfg, s->name); i++)
			if (base_of(l, cfg_getnsec(cfg, s->name, i),
			    &slot) == NULL)
				return false;
	return true;
}

static bool
parse_stream(struct load *l, FILE *f)
{
	cfg_t *cfg = make_parser(l);
	bool ok;

	if (cfg == NULL) {
		fail_at(l, 0, "", "", "out of memory");
		return false;
	}
	ok = cfg_parse_fp(cfg, f) == CFG_SUCCESS && see_titled(l, cfg);
	if (!ok)
		fail_at(l, (uint32_t)cfg->line, "", "", "cannot be read:"
		    " expected name = value or a section");
	if (ok && !l->ended) {
		fail_at(l, 0, "", "", "expected the end of a comment before"
		    " the end of the file");
		ok = false;
	}
	(void)cfg_free(cfg);
	return ok;
}

/*
 * What libraries free until the next call is overwritten by the allocator: the
 * scanner and stdio have buffers of their own.  (Small pieces escape glibc's
 * way of doing it, see LONG.)
 */
static void
freed_is_wiped(bool on)
{
#ifdef M_PERTURB
	(void)mallopt(M_PERTURB, on ? 0xff : 0);
#else
	(void)on;
#endif
}

static bool
parse(struct load *l, const char *text, size_t n)
{
	struct wr w = { 0 };
	size_t all = sizeof(START_TEXT) - 1 + n + sizeof(END_LINE) - 1;
	char *copy = malloc(all);
	FILE *f = NULL;
	bool ok = false;

	freed_is_wiped(true);
	if (copy != NULL) {
		w = wr_make(copy, all);
		wr_bytes(&w, START_TEXT, sizeof(START_TEXT) - 1);
		wr_bytes(&w, text, n);
		wr_bytes(&w, END_LINE, sizeof(END_LINE) - 1);
		f = fmemopen(copy, all, "r");
	}
	if (f != NULL) {
		ok = parse_stream(l, f);
		(void)fclose(f);
	} else {
		fail_at(l, 0, "", "", "out of memory");
	}
	file_free(copy, all);
	freed_is_wiped(false);
	return ok;
}

struct conf *
conf_load_text(const char *name, const char *text, size_t n,
    struct conf_report *report)
{
	struct load *l = calloc(1, sizeof(*l));
	struct conf *c = calloc(1, sizeof(*c));
	bool ok = false;

	*report = (struct conf_report){ .error = "" };
	if (l == NULL || c == NULL) {
		(void)snprintf(report->error, CONF_TEXT_MAX, "%s: out of"
		    " memory", name);
		goto out;
	}
	*l = (struct load){ .file = name, .conf = c, .report = report };
	set_all_defaults(c);
	if (memchr(text, '\0', n) != NULL)
		fail_at(l, 0, "", "", "expected text, found a NUL byte");
	else if (n == 0)
		fail_at(l, 0, "", "", "the file is empty");
	else
		ok = parse(l, text, n) && check_conf(l);
out:
	free(l);
	if (ok)
		return c;
	conf_free(c);
	return NULL;
}

static bool
holds_secret(const struct conf *c)
{
	bool has = c->ipsec.psk.n > 0;

	for (uint32_t i = 0; i < c->servers; i++)
		has = has || c->server[i].secret.n > 0;
	return has;
}

struct conf *
conf_load(const char *path, struct conf_report *report)
{
	struct conf_report first = { .error = "" };
	bool open_to_all;
	struct conf *c;
	size_t n;
	char *text = file_read(path, CONF_FILE_MAX, &n, &open_to_all,
	    first.error, sizeof(first.error));

	if (text == NULL) {
		*report = first;
		return NULL;
	}
	c = conf_load_text(path, text, n, report);
	file_free(text, n);
	if (c != NULL && open_to_all && holds_secret(c) &&
	    report->warnings < CONF_WARNINGS_MAX)
		(void)snprintf(report->warning[report->warnings++],
		    CONF_TEXT_MAX, "%s holds secrets and can be read by"
		    " everybody", path);
	return c;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	wipe(c, sizeof(*c));
	free(c);
}
