/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands: see cmd.h. */

#include <string.h>
#include <time.h>

#include "l2tpctl/cmd.h"

#define ID_DIGITS	16	/* of a session id in hex */

/* clang-format off */
static const struct cmd cmds[] = {
	{ "status", NULL, "how the daemon is doing", CMD_RECORD, {
		{ "version", "version", CMD_AS_IS },
		{ "uptime_s", "up for", CMD_SPAN },
		{ "stopping", "stopping", CMD_AS_IS },
		{ "engine", "cipher engine", CMD_AS_IS },
		{ "engine_why", "why that one", CMD_AS_IS },
		{ "workers", "workers", CMD_AS_IS },
		{ "half_open", "half-open dial-ins", CMD_AS_IS },
		{ "peers", "IKE peers", CMD_AS_IS },
		{ "children", "ESP pairs", CMD_AS_IS },
		{ "tunnels", "L2TP tunnels", CMD_AS_IS },
		{ "sessions", "sessions", CMD_AS_IS },
		{ "attempts", "dial-ins in all", CMD_AS_IS },
		{ "logins_total", "logins in all", CMD_AS_IS },
		{ "refused_total", "refused in all", CMD_AS_IS },
		{ "failures_total", "failed logins", CMD_AS_IS },
		{ "lockouts_total", "lock-outs in all", CMD_AS_IS },
		{ "refused_while_locked_total", "refused by them", CMD_AS_IS },
		{ "locked", "lock-outs now", CMD_AS_IS },
		{ "logins_waiting", "logins waiting", CMD_AS_IS },
		{ "memory_bound_bytes", "memory at most", CMD_BYTES },
		{ "pools", "pools", CMD_AS_IS } } },
	{ "sessions", NULL, "who is logged in", CMD_TABLE, {
		{ "id", "id", CMD_AS_IS },
		{ "user", "user", CMD_AS_IS },
		{ "address", "address", CMD_AS_IS },
		{ "client", "client", CMD_AS_IS },
		{ "family", "family", CMD_AS_IS },
		{ "method", "method", CMD_AS_IS },
		{ "state", "state", CMD_MOOD },
		{ "up_s", "up for", CMD_SPAN },
		{ "rx_bytes", "received", CMD_BYTES },
		{ "tx_bytes", "sent", CMD_BYTES } } },
	{ "session", "ID", "everything about one of them", CMD_RECORD, {
		{ "id", "id", CMD_AS_IS },
		{ "user", "user", CMD_AS_IS },
		{ "state", "state", CMD_MOOD },
		{ "address", "address inside", CMD_AS_IS },
		{ "prefix", "IPv6 network", CMD_AS_IS },
		{ "client", "client", CMD_AS_IS },
		{ "local", "dialled", CMD_AS_IS },
		{ "host", "host name", CMD_AS_IS },
		{ "vendor", "vendor", CMD_AS_IS },
		{ "family", "family", CMD_AS_IS },
		{ "method", "login by", CMD_AS_IS },
		{ "up_s", "up for", CMD_SPAN },
		{ "rx_bytes", "received", CMD_BYTES },
		{ "rx_packets", "packets received", CMD_AS_IS },
		{ "tx_bytes", "sent", CMD_BYTES },
		{ "tx_packets", "packets sent", CMD_AS_IS },
		{ "acl_drops", "dropped by rules", CMD_AS_IS },
		{ "rate_drops", "dropped by rate", CMD_AS_IS },
		{ "mtu", "MTU inside", CMD_AS_IS },
		{ "ike", "IKE", CMD_AS_IS },
		{ "cipher", "cipher", CMD_AS_IS },
		{ "encap", "encapsulation", CMD_AS_IS },
		{ "attempt", "attempt", CMD_AS_IS },
		{ "path", "path", CMD_AS_IS },
		{ "tunnel_id", "tunnel id", CMD_AS_IS },
		{ "session_id", "session id", CMD_AS_IS } } },
	{ "attempts", NULL, "the last dial-ins and how they ended", CMD_TABLE, {
		{ "attempt", "attempt", CMD_AS_IS },
		{ "when", "when", CMD_WHEN },
		{ "client", "client", CMD_AS_IS },
		{ "user", "user", CMD_AS_IS },
		{ "stage", "stage", CMD_AS_IS },
		{ "result", "result", CMD_MOOD },
		{ "reason", "reason", CMD_AS_IS } } },
	{ "radius", NULL, "RADIUS servers and how they do", CMD_TABLE, {
		{ "server", "server", CMD_AS_IS },
		{ "service", "service", CMD_AS_IS },
		{ "state", "state", CMD_MOOD },
		{ "waiting", "waiting", CMD_AS_IS },
		{ "asked", "asked", CMD_AS_IS },
		{ "answered", "answered", CMD_AS_IS },
		{ "repeated", "repeated", CMD_AS_IS },
		{ "timed_out", "timed out", CMD_AS_IS },
		{ "forged", "forged", CMD_AS_IS },
		{ "p50_ms", "p50 ms", CMD_AS_IS },
		{ "p99_ms", "p99 ms", CMD_AS_IS },
		{ "reason", "reason", CMD_AS_IS } } },
	{ "radius test", "USER [METHOD]", "log in for trial", CMD_RECORD, {
		{ "method", "method", CMD_AS_IS },
		{ "result", "result", CMD_MOOD },
		{ "took_ms", "after ms", CMD_AS_IS },
		{ "server", "server", CMD_AS_IS },
		{ "offers", "EAP offered", CMD_AS_IS },
		{ "message", "it says", CMD_AS_IS },
		{ "reason", "reason", CMD_AS_IS },
		{ "granted", "granted", CMD_AS_IS } } },
	{ "accounting", NULL, "records on their way to RADIUS", CMD_RECORD, {
		{ "records", "records kept", CMD_AS_IS },
		{ "in_flight", "in flight", CMD_AS_IS },
		{ "unstored", "not on disk yet", CMD_AS_IS },
		{ "orphans", "of groups that are gone", CMD_AS_IS },
		{ "bytes", "their bytes", CMD_BYTES },
		{ "oldest", "oldest", CMD_WHEN },
		{ "delivered_total", "delivered in all", CMD_AS_IS },
		{ "retried_total", "deliveries that failed", CMD_AS_IS },
		{ "lost_total", "given up or refused", CMD_AS_IS },
		{ "disk_ok", "disk takes them", CMD_AS_IS } } },
	{ "drops", NULL, "packets and messages not used, by reason", CMD_COUNTS, {
		{ NULL, NULL, CMD_AS_IS } } },
	{ "kill", "ID|USER", "end a session, or all of a user", CMD_RECORD, {
		{ "killed", "sessions ended", CMD_AS_IS } } },
	{ "locks", NULL, "who is locked out after failed logins", CMD_TABLE, {
		{ "kind", "kind", CMD_AS_IS },
		{ "user", "user", CMD_AS_IS },
		{ "source", "source", CMD_AS_IS },
		{ "failures", "failures", CMD_AS_IS },
		{ "sources", "sources", CMD_AS_IS },
		{ "since", "since", CMD_WHEN },
		{ "until", "until", CMD_WHEN } } },
	{ "unlock", "NAME|ADDRESS|--all", "let them log in again", CMD_RECORD, {
		{ "unlocked", "locks ended", CMD_AS_IS } } },
	{ "metrics", NULL, "numbers for a monitoring system", CMD_TEXT, {
		{ NULL, NULL, CMD_AS_IS } } },
	{ "version", NULL, "of the daemon", CMD_RECORD, {
		{ "version", "version", CMD_AS_IS } } },
};
/* clang-format on */

const struct cmd *
cmd_at(size_t i)
{
	return i < sizeof(cmds) / sizeof(cmds[0]) ? &cmds[i] : NULL;
}

const struct cmd *
cmd_find(const char *name)
{
	const struct cmd *c;

	for (size_t i = 0; (c = cmd_at(i)) != NULL; i++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static bool
is_id(const char *s)
{
	return strlen(s) == ID_DIGITS &&
	    strspn(s, "0123456789abcdefABCDEF") == ID_DIGITS;
}

bool
cmd_takes_all(const struct cmd *c)
{
	return c->arg != NULL && strstr(c->arg, CMD_ALL) != NULL;
}

json_t *
cmd_args(const struct cmd *c, const char *arg)
{
	if (c->arg == NULL || arg == NULL)
		return NULL;
	if (strcmp(arg, CMD_ALL) == 0)
		return json_pack("{s:b}", "all", 1);
	if (cmd_takes_all(c))
		return json_pack("{s:s}", "name", arg);
	return json_pack("{s:s}",
	    strcmp(c->arg, "ID") == 0 || is_id(arg) ? "id" : "user", arg);
}

/* All of a value, as it came; depth is bounded by the writer and the parser. */
static void
show_all(struct out *o, const char *name, const json_t *v, unsigned depth)
{
	const char *key;
	json_t *part;
	size_t i;

	if (depth > OUT_DEPTH_MAX)
		return;
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		out_object(o, name);
		/* the macro wants an object that it may change; it does not */
		json_object_foreach((json_t *)(uintptr_t)v, key, part)
			show_all(o, key, part, depth + 1);
		out_end(o);
		break;
	case JSON_ARRAY:
		out_list(o, name);
		json_array_foreach(v, i, part)
			show_all(o, NULL, part, depth + 1);
		out_end(o);
		break;
	case JSON_STRING:
		out_textn(o, name, json_string_value(v), json_string_length(v),
		    OUT_PLAIN);
		break;
	case JSON_INTEGER:
		out_num(o, name, json_integer_value(v));
		break;
	case JSON_REAL:
		out_real(o, name, json_real_value(v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		out_bool(o, name, json_is_true(v));
		break;
	case JSON_NULL:
		out_text(o, name, "");
		break;
	}
}

static enum out_mood
mood(const char *text)
{
	static const char *const good[] = { "up", "accepted", NULL };
	static const char *const bad[] = { "refused", "failed", "down",
		"no answer", "not usable", NULL };

	for (size_t i = 0; good[i] != NULL; i++)
		if (strcmp(good[i], text) == 0)
			return OUT_GOOD;
	for (size_t i = 0; bad[i] != NULL; i++)
		if (strcmp(bad[i], text) == 0)
			return OUT_BAD;
	return OUT_PLAIN;
}

static uint64_t
unsigned_of(const json_t *v)
{
	return json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
}

/* In the time of the place where the one who asks sits. */
static void
show_when(struct out *o, const char *label, int64_t unix_s)
{
	time_t t = (time_t)unix_s;
	char buf[OUT_FORM_MAX];
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		out_when(o, label, unix_s);
	else
		out_text(o, label, buf);
}

static void
show_field(struct out *o, const struct cmd_field *f, const json_t *v)
{
	bool text = f->kind == CMD_MOOD && json_is_string(v);

	if (f->kind == CMD_AS_IS || (!text && !json_is_integer(v))) {
		show_all(o, f->label, v, 0);
		return;
	}
	switch (f->kind) {
	case CMD_BYTES:
		out_bytes(o, f->label, unsigned_of(v));
		break;
	case CMD_SPAN:
		out_span(o, f->label, unsigned_of(v));
		break;
	case CMD_WHEN:
		show_when(o, f->label, json_integer_value(v));
		break;
	case CMD_MOOD:
		if (text)
			out_textn(o, f->label, json_string_value(v),
			    json_string_length(v), mood(json_string_value(v)));
		else
			show_all(o, f->label, v, 0);
		break;
	case CMD_AS_IS:
		break;
	}
}

/* Lists within a record come last, where they do not tear it apart. */
static void
show_record(struct out *o, const struct cmd *c, const json_t *data)
{
	out_object(o, NULL);
	for (int lists = 0; lists < 2; lists++)
		for (size_t i = 0; i < CMD_FIELDS_MAX &&
		    c->field[i].key != NULL; i++) {
			const json_t *v = json_object_get(data,
			    c->field[i].key);
			bool list = json_is_array(v) || json_is_object(v);

			if (v != NULL && list == (lists != 0))
				show_field(o, &c->field[i], v);
		}
	out_end(o);
}

static bool
show_table(struct out *o, const struct cmd *c, const json_t *data)
{
	const json_t *row;
	bool ok = true;
	size_t i;

	out_list(o, NULL);
	json_array_foreach(data, i, row) {
		if (json_is_object(row))
			show_record(o, c, row);
		else
			ok = false;
	}
	out_end(o);
	return ok;
}

static void
show_counts(struct out *o, const json_t *data)
{
	const char *key;
	json_t *v;

	out_list(o, NULL);
	json_object_foreach((json_t *)(uintptr_t)data, key, v) {
		if (json_is_integer(v) && json_integer_value(v) == 0)
			continue;
		out_object(o, NULL);
		out_text(o, "reason", key);
		show_all(o, "count", v, 0);
		out_end(o);
	}
	out_end(o);
}

bool
cmd_show(const struct cmd *c, const json_t *data, struct out *o)
{
	bool fits = c->shape == CMD_TABLE ? json_is_array(data) :
	    json_is_object(data);

	if (!fits)
		return false;
	if (o->everything) {
		show_all(o, NULL, data, 0);
		return true;
	}
	switch (c->shape) {
	case CMD_RECORD:
		show_record(o, c, data);
		break;
	case CMD_TABLE:
		return show_table(o, c, data);
	case CMD_COUNTS:
		show_counts(o, data);
		break;
	case CMD_TEXT:
		return false;
	}
	return true;
}
