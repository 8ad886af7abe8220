/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

/* DOC: the table of everything that may stand in the configuration file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum schema_type {		/* and the member's C type */
	SCHEMA_BOOL,		/* bool */
	SCHEMA_NUM,		/* uint32_t */
	SCHEMA_TIME,		/* uint32_t, in the row's unit: "s" or "ms" */
	SCHEMA_WORD,		/* uint32_t: index in words */
	SCHEMA_SET,		/* uint32_t: set of bits 1 << index; a list */
	SCHEMA_RATE,		/* uint64_t: bits per second; "10M" */
	SCHEMA_BYTES,		/* uint64_t; "10G" */
	SCHEMA_TEXT,		/* char[max + 1] */
	SCHEMA_ID,		/* struct conf_id */
	SCHEMA_ADDR,		/* struct ipaddr */
	SCHEMA_ADDRS,		/* struct conf_addrs; lists from here on */
	SCHEMA_RANGES,		/* struct conf_ranges; of a prefix its hosts */
	SCHEMA_BLOCKS,		/* struct conf_ranges; a prefix is all of it */
	SCHEMA_NETS,		/* struct conf_nets */
	SCHEMA_NETS6,		/* struct conf_nets; each a number of /64 */
	SCHEMA_SECRETS,		/* struct conf_secrets */
	SCHEMA_NAMES,		/* struct conf_names */
	SCHEMA_P1S,		/* struct conf_p1s */
	SCHEMA_P2S,		/* struct conf_p2s */
	SCHEMA_RULES		/* struct conf_rules */
};

#define SCHEMA_ROWS_MAX		160
#define SCHEMA_SECTIONS_MAX	16
#define SCHEMA_WORDS_MAX	4

struct schema_row {
	const char *section;	/* "" at the top level */
	const char *name;
	enum schema_type type;
	const char *unit;	/* "" if none */
	/* Of the value; of a text's bytes; of a list's length; for RATE and
	 * BYTES of thousands (0 is allowed besides: no limit). */
	uint32_t min, max;
	const char *def;	/* as in the file; NULL: zero or empty */
	size_t at;		/* of the member, in struct conf or the section's own */
	bool v4;		/* addresses: IPv4 only */
	bool reload;		/* a running daemon takes a change over */
	const char *words[SCHEMA_WORDS_MAX];	/* SCHEMA_WORD, SCHEMA_SET */
	const char *help;
};

struct schema_section {
	const char *name;
	bool titled;		/* may stand several times, each with a name */
	const char *help;
	/* Titled: where in struct conf, how large, and how many; the name is
	 * the first member of each. */
	size_t at, size, count_at;
	uint32_t max;
};

/* Rows in the order of the file; NULL past the end. */
const struct schema_row		*schema_row(size_t i);
const struct schema_section	*schema_section(size_t i);
/* SCHEMA_SECTIONS_MAX if there is none. */
size_t				 schema_section_find(const char *name);
/* SCHEMA_ROWS_MAX if there is none. */
size_t				 schema_find(const char *section,
				    const char *name);
bool				 schema_is_list(const struct schema_row *);

#endif
