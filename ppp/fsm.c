/* SPDX-License-Identifier: BSD-2-Clause */
/* The automaton: see fsm.h. */

#include <stddef.h>

#include "ppp/fsm.h"

/* clang-format off */
#define D(acts, next)	{ (acts), (next) }	/* do, then go */
#define G(next)		{ 0, (next) }		/* go */
#define NO		{ FSM_NONE, 0 }		/* "-": cannot happen here */

#define TLU	FSM_TLU
#define TLD	FSM_TLD
#define TLS	FSM_TLS
#define TLF	FSM_TLF
#define IRC	FSM_IRC
#define ZRC	FSM_ZRC
#define SCR	FSM_SCR
#define SCA	FSM_SCA
#define SCN	FSM_SCN
#define STR	FSM_STR
#define STA	FSM_STA
#define SCJ	FSM_SCJ
#define SER	FSM_SER
#define R	FSM_NOTE_R
#define P	FSM_NOTE_P
#define X	FSM_NOTE_X

/* RFC 1661 §4.1: same rows, same columns, same letters. */
static const struct fsm_cell table[FSM_EVENTS][FSM_STATES] = {
/*                  0         1             2             3                  4            5            6             7             8             9
 *                  Initial   Starting      Closed        Stopped            Closing      Stopping     Req-Sent      Ack-Rcvd      Ack-Sent      Opened */
[FSM_UP]        = { G(2),     D(IRC|SCR,6), NO,           NO,                NO,          NO,          NO,           NO,           NO,           NO                },
[FSM_DOWN]      = { NO,       NO,           G(0),         D(TLS,1),          G(0),        G(1),        G(1),         G(1),         G(1),         D(TLD,1)          },
[FSM_OPEN]      = { D(TLS,1), G(1),         D(IRC|SCR,6), D(R,3),            D(R,5),      D(R,5),      G(6),         G(7),         G(8),         D(R,9)            },
[FSM_CLOSE]     = { G(0),     D(TLF,0),     G(2),         G(2),              G(4),        G(4),        D(IRC|STR,4), D(IRC|STR,4), D(IRC|STR,4), D(TLD|IRC|STR,4)  },

[FSM_TO_PLUS]   = { NO,       NO,           NO,           NO,                D(STR,4),    D(STR,5),    D(SCR,6),     D(SCR,6),     D(SCR,8),     NO                },
[FSM_TO_MINUS]  = { NO,       NO,           NO,           NO,                D(TLF,2),    D(TLF,3),    D(TLF|P,3),   D(TLF|P,3),   D(TLF|P,3),   NO                },

[FSM_RCR_PLUS]  = { NO,       NO,           D(STA,2),     D(IRC|SCR|SCA,8),  G(4),        G(5),        D(SCA,8),     D(SCA|TLU,9), D(SCA,8),     D(TLD|SCR|SCA,8)  },
[FSM_RCR_MINUS] = { NO,       NO,           D(STA,2),     D(IRC|SCR|SCN,6),  G(4),        G(5),        D(SCN,6),     D(SCN,7),     D(SCN,6),     D(TLD|SCR|SCN,6)  },
[FSM_RCA]       = { NO,       NO,           D(STA,2),     D(STA,3),          G(4),        G(5),        D(IRC,7),     D(SCR|X,6),   D(IRC|TLU,9), D(TLD|SCR|X,6)    },
[FSM_RCN]       = { NO,       NO,           D(STA,2),     D(STA,3),          G(4),        G(5),        D(IRC|SCR,6), D(SCR|X,6),   D(IRC|SCR,8), D(TLD|SCR|X,6)    },

[FSM_RTR]       = { NO,       NO,           D(STA,2),     D(STA,3),          D(STA,4),    D(STA,5),    D(STA,6),     D(STA,6),     D(STA,6),     D(TLD|ZRC|STA,5)  },
[FSM_RTA]       = { NO,       NO,           G(2),         G(3),              D(TLF,2),    D(TLF,3),    G(6),         G(6),         G(8),         D(TLD|SCR,6)      },

[FSM_RUC]       = { NO,       NO,           D(SCJ,2),     D(SCJ,3),          D(SCJ,4),    D(SCJ,5),    D(SCJ,6),     D(SCJ,7),     D(SCJ,8),     D(SCJ,9)          },
[FSM_RXJ_PLUS]  = { NO,       NO,           G(2),         G(3),              G(4),        G(5),        G(6),         G(6),         G(8),         G(9)              },
[FSM_RXJ_MINUS] = { NO,       NO,           D(TLF,2),     D(TLF,3),          D(TLF,2),    D(TLF,3),    D(TLF,3),     D(TLF,3),     D(TLF,3),     D(TLD|IRC|STR,5)  },

[FSM_RXR]       = { NO,       NO,           G(2),         G(3),              G(4),        G(5),        G(6),         G(7),         G(8),         D(SER,9)          },
};

static const char *const state_names[FSM_STATES] = {
	"Initial", "Starting", "Closed", "Stopped", "Closing",
	"Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened"
};

static const char *const event_names[FSM_EVENTS] = {
	"Up", "Down", "Open", "Close", "TO+", "TO-", "RCR+", "RCR-", "RCA",
	"RCN", "RTR", "RTA", "RUC", "RXJ+", "RXJ-", "RXR"
};
/* clang-format on */

void
fsm_init(struct fsm *f)
{
	*f = (struct fsm){ .state = FSM_INITIAL, .timer = MONO_NEVER };
}

struct fsm_cell
fsm_cell(enum fsm_event event, enum fsm_state state)
{
	struct fsm_cell c = table[event][state];

	if (c.acts & FSM_NONE)
		c.next = (uint8_t)state;
	return c;
}

/*
 * RFC 1661 §4.6: the counter starts from Max-Terminate or Max-Configure, as
 * the request that follows it, and each request sent takes one.
 */
static void
fsm_count(struct fsm *f, uint32_t acts, const struct ppp_params *params)
{
	if (acts & FSM_IRC)
		f->restart = acts & FSM_STR ? params->max_terminate :
		    params->max_configure;
	if (acts & FSM_ZRC)
		f->restart = 0;
	if ((acts & (FSM_SCR | FSM_STR)) && f->restart > 0)
		f->restart--;
}

static bool
fsm_waits(uint8_t state)
{
	return state >= FSM_CLOSING && state <= FSM_ACK_SENT;
}

uint32_t
fsm_run(struct fsm *f, enum fsm_event event, const struct ppp_params *params,
    mono_t now)
{
	struct fsm_cell c = fsm_cell(event, f->state);

	if (c.acts & FSM_NONE)
		return 0;
	fsm_count(f, c.acts, params);
	/*
	 * RFC 1661 §4.4: zrc makes the automaton pause, so it too starts the
	 * timer; in all other ways the timer runs on.
	 */
	if (c.acts & (FSM_SCR | FSM_STR | FSM_ZRC))
		f->timer = mono_add_ms(now, params->restart_ms);
	if (!fsm_waits(c.next))
		f->timer = MONO_NEVER;
	f->state = c.next;
	return c.acts;
}

enum fsm_event
fsm_timeout(const struct fsm *f)
{
	return f->restart > 0 ? FSM_TO_PLUS : FSM_TO_MINUS;
}

const char *
fsm_state_str(enum fsm_state state)
{
	return (unsigned)state < FSM_STATES ? state_names[state] : "?";
}

const char *
fsm_event_str(enum fsm_event event)
{
	return (unsigned)event < FSM_EVENTS ? event_names[event] : "?";
}

const char *
fsm_action_str(enum fsm_action action)
{
	switch (action) {
	case FSM_TLD:
		return "tld";
	case FSM_IRC:
		return "irc";
	case FSM_ZRC:
		return "zrc";
	case FSM_SCR:
		return "scr";
	case FSM_SCA:
		return "sca";
	case FSM_SCN:
		return "scn";
	case FSM_STR:
		return "str";
	case FSM_STA:
		return "sta";
	case FSM_SCJ:
		return "scj";
	case FSM_SER:
		return "ser";
	case FSM_TLU:
		return "tlu";
	case FSM_TLS:
		return "tls";
	case FSM_TLF:
		return "tlf";
	case FSM_NONE:
	case FSM_NOTE_R:
	case FSM_NOTE_P:
	case FSM_NOTE_X:
		break;
	}
	return NULL;
}
