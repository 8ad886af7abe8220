/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON writer: see out.h. */

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "show/out.h"

struct json_out {
	struct out out;		/* first */
	FILE *f;
	json_t *top;		/* owned */
	json_t *in[OUT_DEPTH_MAX];	/* borrowed from top */
	size_t depth;
	size_t skip;		/* levels too deep to be kept */
	bool failed;
};

static struct json_out *
self(struct out *o)
{
	return (struct json_out *)o;
}

/* Puts a new value where it belongs; takes it over. */
static void
put(struct json_out *j, const char *name, json_t *v)
{
	json_t *in = j->depth > 0 ? j->in[j->depth - 1] : NULL;
	int rc = -1;

	if (j->skip > 0) {
		json_decref(v);
		return;
	}
	if (v != NULL && in == NULL && j->top == NULL) {
		j->top = v;
		rc = 0;
	} else if (v != NULL && json_is_array(in)) {
		rc = json_array_append_new(in, v);
	} else if (v != NULL && json_is_object(in)) {
		rc = json_object_set_new(in, name != NULL ? name : "", v);
	} else {
		json_decref(v);
	}
	if (rc != 0)
		j->failed = true;
}

static void
open_level(struct json_out *j, const char *name, json_t *v)
{
	if (j->skip > 0 || j->depth == OUT_DEPTH_MAX) {
		j->skip++;
		json_decref(v);
		return;
	}
	put(j, name, v);
	j->in[j->depth++] = v;
	if (j->failed)		/* v may be gone */
		j->in[j->depth - 1] = NULL;
}

static void
json_out_object(struct out *o, const char *name)
{
	open_level(self(o), name, json_object());
}

static void
json_out_list(struct out *o, const char *name)
{
	open_level(self(o), name, json_array());
}

static void
json_out_end(struct out *o)
{
	struct json_out *j = self(o);

	if (j->skip > 0)
		j->skip--;
	else if (j->depth > 0)
		j->depth--;
	else
		j->failed = true;
}

/* What is no UTF-8 is written with its odd bytes escaped. */
static void
json_out_text(struct out *o, const char *name, const char *text, size_t n,
    enum out_mood mood)
{
	json_t *v = json_stringn(text, n);
	char *plain;

	(void)mood;
	if (v == NULL) {
		plain = out_escape(text, n);
		v = plain != NULL ? json_string(plain) : NULL;
		free(plain);
	}
	put(self(o), name, v);
}

static void
json_out_num(struct out *o, const char *name, int64_t v)
{
	put(self(o), name, json_integer(v));
}

static void
json_out_real(struct out *o, const char *name, double v)
{
	put(self(o), name, json_real(v));
}

static void
json_out_truth(struct out *o, const char *name, bool v)
{
	put(self(o), name, json_boolean(v));
}

static void
json_out_unsigned(struct out *o, const char *name, uint64_t v)
{
	put(self(o), name, json_integer(v < INT64_MAX ? (json_int_t)v :
	    INT64_MAX));
}

static bool
json_out_finish(struct out *o)
{
	struct json_out *j = self(o);

	if (j->failed || j->depth > 0 || j->top == NULL)
		return false;
	return json_dumpf(j->top, j->f, JSON_INDENT(2) | JSON_ENSURE_ASCII |
	    JSON_ENCODE_ANY) == 0 && fputc('\n', j->f) != EOF &&
	    fflush(j->f) == 0;
}

static void
json_out_free(struct out *o)
{
	struct json_out *j = self(o);

	json_decref(j->top);
	free(j);
}

static const struct out_ops json_ops = {
	.object = json_out_object,
	.list = json_out_list,
	.end = json_out_end,
	.text = json_out_text,
	.num = json_out_num,
	.real = json_out_real,
	.truth = json_out_truth,
	.bytes = json_out_unsigned,
	.span = json_out_unsigned,
	.when = json_out_num,
	.finish = json_out_finish,
	.free = json_out_free,
};

struct out *
out_json_new(FILE *f)
{
	struct json_out *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->out = (struct out){ .ops = &json_ops, .everything = true };
	j->f = f;
	return &j->out;
}
