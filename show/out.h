/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHOW_OUT_H
#define SHOW_OUT_H

/*
 * DOC: one record, written in several forms.
 *
 * Whoever has something to show describes it once: objects, lists and typed
 * fields in their order.  A writer makes text for people (out_text.c: aligned
 * columns, colours on a terminal) or JSON (out_json.c) of it.  Text that came
 * from a peer never reaches a terminal raw: what is not printable ASCII is
 * escaped, in text as \xNN and in JSON as \uNNNN.
 *
 * In text, an object is a block of "name  value" lines, and a list of objects a
 * table with a column per field name, in the order they first come.  What a
 * table's row contains besides plain fields is left out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define OUT_DEPTH_MAX	16	/* objects and lists inside each other */

enum out_mood {			/* how text looks on a terminal */
	OUT_PLAIN,
	OUT_GOOD,
	OUT_BAD,
	OUT_FAINT
};

struct out;

struct out_ops {
	void (*object)(struct out *, const char *name);
	void (*list)(struct out *, const char *name);
	void (*end)(struct out *);
	void (*text)(struct out *, const char *name, const char *text, size_t n,
	    enum out_mood);
	void (*num)(struct out *, const char *name, int64_t);
	void (*real)(struct out *, const char *name, double);
	void (*truth)(struct out *, const char *name, bool);
	void (*bytes)(struct out *, const char *name, uint64_t);
	void (*span)(struct out *, const char *name, uint64_t s);
	void (*when)(struct out *, const char *name, int64_t unix_s);
	bool (*finish)(struct out *);
	void (*free)(struct out *);
};

struct out {			/* head of each writer's own struct */
	const struct out_ops *ops;
	bool everything;	/* wants fields that people need not see, too */
};

/*
 * Make.  The stream is borrowed until out_free(); NULL without memory.
 * `colour` is for a terminal only: the caller asks isatty().
 */
struct out	*out_text_new(FILE *, bool colour);
struct out	*out_json_new(FILE *);

/*
 * Feed.  `name` is NULL for the top-level value and for what stands in a list.
 * Each object and list is ended; too deep ones are left out.
 */
void	out_object(struct out *, const char *name);
void	out_list(struct out *, const char *name);
void	out_end(struct out *);
void	out_text(struct out *, const char *name, const char *text);
void	out_textn(struct out *, const char *name, const char *text, size_t n,
	    enum out_mood);
void	out_num(struct out *, const char *name, int64_t);
void	out_real(struct out *, const char *name, double);
void	out_bool(struct out *, const char *name, bool);
void	out_bytes(struct out *, const char *name, uint64_t);	/* "1.2 MB" */
void	out_span(struct out *, const char *name, uint64_t s);	/* "3h04m" */
void	out_when(struct out *, const char *name, int64_t unix_s); /* UTC */

/* End: writes what is left.  False if memory or the stream failed. */
bool	out_finish(struct out *);
void	out_free(struct out *);		/* NULL is fine */

/* The forms that people read; buf takes OUT_FORM_MAX bytes and is returned. */
#define OUT_FORM_MAX	32
const char	*out_form_bytes(uint64_t, char buf[OUT_FORM_MAX]);
const char	*out_form_span(uint64_t s, char buf[OUT_FORM_MAX]);
const char	*out_form_when(int64_t unix_s, char buf[OUT_FORM_MAX]);
/* Printable ASCII; the rest as \xNN.  Owned by the caller; NULL: no memory. */
char		*out_escape(const char *text, size_t n);

#endif
