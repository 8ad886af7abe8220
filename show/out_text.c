/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer for people: see out.h.
 *
 * Lines can only be aligned when all of them are known.  So a block of fields
 * and a table are collected as rows of cells, and written when they end or
 * when something else begins.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "show/out.h"

#define COLUMNS_MAX	24
#define GAP		2	/* blanks between columns */
#define INDENT		2	/* blanks per level */

struct cell {
	char *text;		/* owned; NULL: nothing */
	enum out_mood mood;
	bool right;		/* a number: aligned to the right */
};

struct rows {
	char *name[COLUMNS_MAX];	/* owned; of a table's columns */
	size_t columns;
	struct cell *cell;	/* owned; rows * COLUMNS_MAX, as needed */
	size_t n, cap;		/* rows */
};

enum level_kind { LEVEL_OBJECT, LEVEL_LIST, LEVEL_ROW };

struct text_out {
	struct out out;		/* first */
	FILE *f;
	bool colour;
	bool failed;
	bool written;		/* something stands above: a gap comes first */
	enum level_kind level[OUT_DEPTH_MAX];
	size_t depth;
	size_t skip;		/* levels that are left out */
	struct rows rows;	/* of the innermost block or table */
};

static struct text_out *
self(struct out *o)
{
	return (struct text_out *)o;
}

static void
rows_wipe(struct rows *r)
{
	for (size_t i = 0; i < r->columns; i++)
		free(r->name[i]);
	for (size_t i = 0; i < r->n * COLUMNS_MAX; i++)
		free(r->cell[i].text);
	free(r->cell);
	*r = (struct rows){ 0 };
}

static bool
rows_add(struct rows *r)
{
	struct cell *more;
	size_t cap = r->cap == 0 ? 16 : r->cap * 2;

	if (r->n == r->cap) {
		more = reallocarray(r->cell, cap * COLUMNS_MAX, sizeof(*more));
		if (more == NULL)
			return false;
		r->cell = more;
		r->cap = cap;
	}
	memset(&r->cell[r->n * COLUMNS_MAX], 0,
	    COLUMNS_MAX * sizeof(*r->cell));
	r->n++;
	return true;
}

/* The column of this name, made if it is new; COLUMNS_MAX: no room. */
static size_t
rows_column(struct rows *r, const char *name)
{
	size_t i = 0;

	while (i < r->columns && strcmp(r->name[i], name) != 0)
		i++;
	if (i < r->columns || i == COLUMNS_MAX)
		return i;
	r->name[i] = strdup(name);
	if (r->name[i] == NULL)
		return COLUMNS_MAX;
	r->columns++;
	return i;
}

static const char *
mood_code(enum out_mood mood)
{
	switch (mood) {
	case OUT_PLAIN:
		return NULL;
	case OUT_GOOD:
		return "\033[32m";
	case OUT_BAD:
		return "\033[31m";
	case OUT_FAINT:
		return "\033[2m";
	}
	return NULL;
}

static void
pad(struct text_out *t, size_t n)
{
	(void)fprintf(t->f, "%*s", (int)n, "");
}

/* A cell in its column; the last one of a line is not padded behind. */
static void
write_cell(struct text_out *t, const struct cell *c, size_t width, bool last)
{
	const char *text = c->text != NULL ? c->text : "-";
	size_t n = strlen(text), blanks = width > n ? width - n : 0;
	const char *code = t->colour ? mood_code(c->mood) : NULL;

	if (c->right)
		pad(t, blanks);
	(void)fprintf(t->f, "%s%s%s", code != NULL ? code : "", text,
	    code != NULL ? "\033[0m" : "");
	if (!last)
		pad(t, (c->right ? 0 : blanks) + GAP);
}

static size_t
column_width(const struct rows *r, size_t column, bool head, bool *right)
{
	size_t w = head ? strlen(r->name[column]) : 0;

	*right = false;
	for (size_t i = 0; i < r->n; i++) {
		const struct cell *c = &r->cell[i * COLUMNS_MAX + column];
		size_t n = c->text != NULL ? strlen(c->text) : 1;

		*right = *right || c->right;
		w = n > w ? n : w;
	}
	return w;
}

static void
write_table(struct text_out *t)
{
	struct rows *r = &t->rows;
	size_t width[COLUMNS_MAX];
	bool right[COLUMNS_MAX];

	for (size_t k = 0; k < r->columns; k++)
		width[k] = column_width(r, k, true, &right[k]);
	for (size_t k = 0; k < r->columns; k++) {
		struct cell head = { .text = r->name[k], .mood = OUT_FAINT,
			.right = right[k] };

		write_cell(t, &head, width[k], k + 1 == r->columns);
	}
	(void)fputc('\n', t->f);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->columns; k++)
			write_cell(t, &r->cell[i * COLUMNS_MAX + k], width[k],
			    k + 1 == r->columns);
		(void)fputc('\n', t->f);
	}
}

/* Each row is a name and a value. */
static void
write_block(struct text_out *t, size_t indent)
{
	struct rows *r = &t->rows;
	bool right;
	size_t width = column_width(r, 0, false, &right);

	for (size_t i = 0; i < r->n; i++) {
		struct cell value = r->cell[i * COLUMNS_MAX + 1];

		value.right = false;
		pad(t, indent * INDENT);
		write_cell(t, &r->cell[i * COLUMNS_MAX], width, false);
		write_cell(t, &value, 0, true);
		(void)fputc('\n', t->f);
	}
}

static bool
in_table(const struct text_out *t)
{
	return t->depth > 0 && t->level[t->depth - 1] != LEVEL_OBJECT;
}

/* Writes the fields of an object that were collected so far. */
static void
flush_block(struct text_out *t)
{
	if (t->rows.n > 0) {
		write_block(t, t->depth > 0 ? t->depth - 1 : 0);
		t->written = true;
	}
	rows_wipe(&t->rows);
}

static void
title(struct text_out *t, const char *name)
{
	if (t->written)
		(void)fputc('\n', t->f);
	if (name != NULL) {
		char *safe = out_escape(name, strlen(name));

		(void)fprintf(t->f, "%s\n", safe != NULL ? safe : "?");
		free(safe);
	}
}

static void
push(struct text_out *t, enum level_kind kind)
{
	t->level[t->depth++] = kind;
}

static void
text_object(struct out *o, const char *name)
{
	struct text_out *t = self(o);

	if (t->skip > 0 || t->depth == OUT_DEPTH_MAX ||
	    (t->depth > 0 && t->level[t->depth - 1] == LEVEL_ROW)) {
		t->skip++;
		return;
	}
	if (in_table(t)) {
		if (!rows_add(&t->rows))
			t->failed = true;
		push(t, LEVEL_ROW);
		return;
	}
	flush_block(t);
	if (t->depth > 0 || t->written)
		title(t, name);
	push(t, LEVEL_OBJECT);
}

static void
text_list(struct out *o, const char *name)
{
	struct text_out *t = self(o);

	if (t->skip > 0 || t->depth == OUT_DEPTH_MAX || in_table(t)) {
		t->skip++;
		return;
	}
	flush_block(t);
	if (t->depth > 0 || t->written)
		title(t, name);
	push(t, LEVEL_LIST);
}

static void
text_end(struct out *o)
{
	struct text_out *t = self(o);

	if (t->skip > 0) {
		t->skip--;
		return;
	}
	if (t->depth == 0) {
		t->failed = true;
		return;
	}
	switch (t->level[t->depth - 1]) {
	case LEVEL_OBJECT:
		flush_block(t);
		break;
	case LEVEL_LIST:
		if (t->rows.n > 0)
			write_table(t);
		else
			(void)fputs("(none)\n", t->f);
		t->written = true;
		rows_wipe(&t->rows);
		break;
	case LEVEL_ROW:
		break;
	}
	t->depth--;
}

/* Takes `text` over; it is safe to show. */
static void
put(struct text_out *t, const char *name, char *text, enum out_mood mood,
    bool right)
{
	struct cell *row;
	char *safe = NULL;
	size_t column = 1;

	if (text == NULL)
		t->failed = true;
	if (t->skip > 0 || text == NULL) {
		free(text);
		return;
	}
	safe = out_escape(name != NULL ? name : "value",
	    strlen(name != NULL ? name : "value"));
	if (safe == NULL)
		goto failed;
	if (in_table(t) && t->level[t->depth - 1] == LEVEL_LIST &&
	    !rows_add(&t->rows))
		goto failed;
	if (in_table(t))
		column = rows_column(&t->rows, safe);
	else if (!rows_add(&t->rows))
		goto failed;
	if (column == COLUMNS_MAX || t->rows.n == 0)
		goto failed;
	row = &t->rows.cell[(t->rows.n - 1) * COLUMNS_MAX];
	if (!in_table(t)) {
		row[0] = (struct cell){ .text = safe, .mood = OUT_FAINT };
		safe = NULL;
	}
	free(row[column].text);
	row[column] = (struct cell){ .text = text, .mood = mood,
		.right = right };
	free(safe);
	return;
failed:
	t->failed = true;
	free(safe);
	free(text);
}

static void
text_text(struct out *o, const char *name, const char *text, size_t n,
    enum out_mood mood)
{
	put(self(o), name, n > 0 ? out_escape(text, n) : strdup("-"), mood,
	    false);
}

static void
text_num(struct out *o, const char *name, int64_t v)
{
	char buf[OUT_FORM_MAX];

	(void)snprintf(buf, sizeof(buf), "%" PRId64, v);
	put(self(o), name, strdup(buf), OUT_PLAIN, true);
}

static void
text_real(struct out *o, const char *name, double v)
{
	char buf[64];

	(void)snprintf(buf, sizeof(buf), "%g", v);
	put(self(o), name, strdup(buf), OUT_PLAIN, true);
}

static void
text_truth(struct out *o, const char *name, bool v)
{
	put(self(o), name, strdup(v ? "yes" : "no"), OUT_PLAIN, false);
}

static void
text_bytes(struct out *o, const char *name, uint64_t v)
{
	char buf[OUT_FORM_MAX];

	put(self(o), name, strdup(out_form_bytes(v, buf)), OUT_PLAIN, true);
}

static void
text_span(struct out *o, const char *name, uint64_t s)
{
	char buf[OUT_FORM_MAX];

	put(self(o), name, strdup(out_form_span(s, buf)), OUT_PLAIN, true);
}

static void
text_when(struct out *o, const char *name, int64_t unix_s)
{
	char buf[OUT_FORM_MAX];

	put(self(o), name, strdup(out_form_when(unix_s, buf)), OUT_PLAIN,
	    false);
}

static bool
text_finish(struct out *o)
{
	struct text_out *t = self(o);

	flush_block(t);
	return !t->failed && t->depth == 0 && fflush(t->f) == 0 &&
	    !ferror(t->f);
}

static void
text_free(struct out *o)
{
	rows_wipe(&self(o)->rows);
	free(self(o));
}

static const struct out_ops text_ops = {
	.object = text_object,
	.list = text_list,
	.end = text_end,
	.text = text_text,
	.num = text_num,
	.real = text_real,
	.truth = text_truth,
	.bytes = text_bytes,
	.span = text_span,
	.when = text_when,
	.finish = text_finish,
	.free = text_free,
};

struct out *
out_text_new(FILE *f, bool colour)
{
	struct text_out *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->out = (struct out){ .ops = &text_ops, .everything = false };
	t->f = f;
	t->colour = colour;
	return &t->out;
}
