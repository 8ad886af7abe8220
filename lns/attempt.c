/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of dial-ins: see attempt.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lns/attempt.h"

static const char *const stage_names[ATT_STAGES] = {
	[ATT_MM1] = "first packet",
	[ATT_MM3] = "key exchange",
	[ATT_MM5] = "identity",
	[ATT_IKE] = "ike up",
	[ATT_QUICK] = "quick mode",
	[ATT_ESP_READY] = "esp ready",
	[ATT_ESP] = "esp seen",
	[ATT_TUNNEL] = "l2tp tunnel",
	[ATT_CALL] = "l2tp call",
	[ATT_LCP] = "ppp link",
	[ATT_AUTH] = "authenticated",
	[ATT_UP] = "up",
};

const char *
attempt_stage_str(enum attempt_stage s)
{
	return (unsigned)s < ATT_STAGES ? stage_names[s] : "unknown";
}

const char *
attempt_result_str(enum attempt_result r)
{
	switch (r) {
	case ATT_GOING:
		return "going";
	case ATT_SUCCESS:
		return "up";
	case ATT_REFUSED:
		return "refused";
	}
	return "unknown";
}

static uint32_t
attempts_cap(uint32_t kept)
{
	return kept > 0 ? kept : 1;
}

size_t
attempts_bytes(uint32_t kept)
{
	return attempts_cap(kept) * sizeof(struct attempt);
}

int
attempts_init(struct attempts *a, uint32_t kept)
{
	*a = (struct attempts){ .cap = attempts_cap(kept) };
	a->v = calloc(a->cap, sizeof(*a->v));
	return a->v != NULL ? 0 : -1;
}

void
attempts_wipe(struct attempts *a)
{
	free(a->v);
	*a = (struct attempts){ 0 };
}

static struct attempt *
attempt_at(const struct attempts *a, uint64_t id)
{
	struct attempt *t = &a->v[id % a->cap];

	return id != 0 && t->id == id ? t : NULL;
}

const struct attempt *
attempt_find(const struct attempts *a, uint64_t id)
{
	return attempt_at(a, id);
}

void
attempt_begin(struct attempts *a, mono_t now, uint64_t id,
    const struct endpoint *remote)
{
	if (id == 0)
		return;
	a->v[id % a->cap] = (struct attempt){
		.id = id, .began = now, .remote = *remote,
	};
	if (id > a->last)
		a->last = id;
}

void
attempt_stage(struct attempts *a, uint64_t id, enum attempt_stage stage)
{
	struct attempt *t = attempt_at(a, id);

	if (t != NULL && t->result == ATT_GOING && stage > t->stage)
		t->stage = stage;
}

void
attempt_user(struct attempts *a, uint64_t id, const char *escaped)
{
	struct attempt *t = attempt_at(a, id);

	if (t != NULL && t->result == ATT_GOING)
		(void)snprintf(t->user, sizeof(t->user), "%s", escaped);
}

void
attempt_note(struct attempts *a, uint64_t id, const char *why)
{
	struct attempt *t = attempt_at(a, id);

	if (t != NULL && t->result == ATT_GOING)
		(void)snprintf(t->reason, sizeof(t->reason), "%s", why);
}

void
attempt_resume(struct attempts *a, uint64_t id)
{
	struct attempt *t = attempt_at(a, id);

	if (t == NULL || t->result != ATT_SUCCESS)
		return;
	t->result = ATT_GOING;
	t->ended = mono_us(0);
	t->reason[0] = '\0';
}

void
attempt_again(struct attempts *a, mono_t now, uint64_t id)
{
	struct attempt *t = attempt_at(a, id);

	if (t == NULL || t->result == ATT_GOING)
		return;
	*t = (struct attempt){
		.id = id, .began = now, .remote = t->remote, .stage = ATT_ESP,
	};
}

/* A peer's words stand in it: they must not end the quotes of the log line. */
static void
reason_tame(char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '"')
			*s = '\'';
}

bool
attempt_end(struct attempts *a, mono_t now, uint64_t id,
    enum attempt_result result, const char *fmt, ...)
{
	struct attempt *t = attempt_at(a, id);
	char from[ENDPOINT_STRLEN];
	va_list ap;

	if (t == NULL || t->result != ATT_GOING)
		return false;
	if (result == ATT_SUCCESS || t->reason[0] == '\0') {
		va_start(ap, fmt);
		(void)vsnprintf(t->reason, sizeof(t->reason), fmt, ap);
		va_end(ap);
	}
	reason_tame(t->reason);
	t->ended = now;
	t->result = result;
	if (result != ATT_REFUSED)
		return true;
	a->refused++;
	a->refused_at[t->stage]++;
	log_info("refused attempt=%" PRIu64 " client=%s user=%s stage=\"%s\" "
	    "reason=\"%s\"", id, endpoint_str(&t->remote, from),
	    t->user[0] != '\0' ? t->user : "-", attempt_stage_str(t->stage),
	    t->reason);
	return true;
}

void
attempt_lapse(struct attempts *a, mono_t now, uint64_t id, const char *why)
{
	struct attempt *t = attempt_at(a, id);

	if (t == NULL || t->result != ATT_GOING)
		return;
	attempt_note(a, id, why);
	t->ended = now;
	t->result = ATT_REFUSED;
}
