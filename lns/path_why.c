/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a path came to nothing, in words: see path_why.h. */

#include <stdio.h>

#include "lns/path_why.h"

/*
 * What the end of the last tunnel means for the attempt.  One that never was
 * up may have a successor on its way: only what no repetition can mend, or the
 * peer's own word, is the end.
 */
void
path_why_tunnel(struct lns *l, mono_t now, const struct path *p, bool was_up,
    const struct l2tp_end *end)
{
	char text[ATT_REASON_MAX];
	bool over = was_up;

	(void)snprintf(text, sizeof(text), "the L2TP tunnel ended: %s%s%s",
	    l2tp_why_str(end->why), end->text[0] != '\0' ? ": " : "",
	    end->text);
	switch (end->why) {
	case L2TP_WHY_PEER:
	case L2TP_WHY_REFUSED:
	case L2TP_WHY_PROTOCOL:
		over = true;
		break;
	case L2TP_WHY_CLOSED:
	case L2TP_WHY_TIMEOUT:
	case L2TP_WHY_SETUP:
	case L2TP_WHY_PATH:
	case L2TP_WHY_COUNT:
		break;
	}
	if (over)
		(void)attempt_end(&l->attempts, now, p->attempt, ATT_REFUSED,
		    "%s", text);
	else if (end->why != L2TP_WHY_CLOSED)
		attempt_note(&l->attempts, p->attempt, text);
}

void
path_why_idle(struct lns *l, mono_t now, const struct path *p)
{
	(void)attempt_end(&l->attempts, now, p->attempt, ATT_REFUSED, "%s",
	    p->children == 0 ? "IKE is up but no IPsec SA was agreed on" :
	    p->esp_seen ? "ESP arrives but no L2TP tunnel was opened" :
	    p->encap ? "IKE is up but no ESP came: UDP 4500 is blocked on the way" :
	    "IKE is up but no ESP came: IP protocol 50 is blocked on the way");
}
