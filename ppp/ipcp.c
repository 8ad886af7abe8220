/* SPDX-License-Identifier: BSD-2-Clause */
/* IPCP: see ipcp.h. */

#include "ppp/ipcp.h"

/*
 * The authenticator hands out the peer's address and goes on suggesting it
 * (a rejected option 3 ends the login of every known client); the peer role
 * takes any address of the other side.
 */
static enum option_verdict
ipcp_judge_addr(const struct ppp *p, bool fits, uint64_t *value)
{
	uint32_t assigned = ipaddr_as_v4(&p->addr.peers);

	if (p->role == PPP_PEER)
		return fits && *value != 0 ? OPTION_ACK : OPTION_REJ;
	if (fits && *value == assigned)
		return OPTION_ACK;
	*value = assigned;
	return OPTION_NAK;
}

/* RFC 1332 §3.3: a peer that does not ask is told its address in a Nak. */
static bool
ipcp_addr_missing(const struct ppp *p, uint64_t *value)
{
	*value = ipaddr_as_v4(&p->addr.peers);
	return p->role == PPP_AUTHENTICATOR;
}

static enum option_verdict
ipcp_judge_server(const struct ppp *p, const struct ipaddr *server, bool fits,
    uint64_t *value)
{
	uint32_t v4 = ipaddr_as_v4(server);

	if (p->role == PPP_PEER || v4 == 0)
		return OPTION_REJ;
	if (fits && *value == v4)
		return OPTION_ACK;
	*value = v4;
	return OPTION_NAK;
}

static enum option_verdict
ipcp_judge_dns1(const struct ppp *p, bool fits, uint64_t *value)
{
	return ipcp_judge_server(p, &p->addr.dns[0], fits, value);
}

static enum option_verdict
ipcp_judge_dns2(const struct ppp *p, bool fits, uint64_t *value)
{
	return ipcp_judge_server(p, &p->addr.dns[1], fits, value);
}

static enum option_verdict
ipcp_judge_wins1(const struct ppp *p, bool fits, uint64_t *value)
{
	return ipcp_judge_server(p, &p->addr.wins[0], fits, value);
}

static enum option_verdict
ipcp_judge_wins2(const struct ppp *p, bool fits, uint64_t *value)
{
	return ipcp_judge_server(p, &p->addr.wins[1], fits, value);
}

/*
 * The peer role takes what it is told.  The authenticator's address is not
 * for the peer to choose: it stops telling it.
 */
static void
ipcp_nak_value(const struct ppp *p, struct option_set *ours, unsigned row,
    uint64_t value)
{
	if (p->role == PPP_PEER)
		option_put(ours, row, value);
	else
		option_drop(ours, row);
}

static struct cp *
ipcp_state(struct ppp *p)
{
	return &p->ipcp;
}

/* A peer that comes back asks for what it had. */
static void
ipcp_reset(struct ppp *p)
{
	struct option_set *o = &p->ipcp.ours;
	unsigned i;

	p->ipcp.naks_sent = 0;
	p->ipcp.rounds = 0;
	if (p->role == PPP_AUTHENTICATOR) {
		*o = (struct option_set){ 0 };
		if (p->addr.ours.family == IP_V4)
			option_put(o, IPCP_ADDR, ipaddr_as_v4(&p->addr.ours));
		return;
	}
	for (i = IPCP_ADDR; i <= IPCP_WINS2; i++)
		option_put(o, i, option_has(o, i) ? o->val[i] : 0);
}

/*
 * IP-Addresses (1) and IP-Compression-Protocol (2) are not here, so rejected.
 * Our own address may be refused; the peer role cannot do without one, which
 * ipcp_usable() sees to.
 */
/* clang-format off */
static const struct option_row ipcp_rows[] = {
/*		   type min max must   never  judge		nak		missing */
[IPCP_ADDR]	= { 3,	 4, 4,	false, true,  ipcp_judge_addr,	ipcp_nak_value,	ipcp_addr_missing },
[IPCP_DNS1]	= { 129, 4, 4,	false, false, ipcp_judge_dns1,	ipcp_nak_value,	NULL },
[IPCP_WINS1]	= { 130, 4, 4,	false, false, ipcp_judge_wins1,	ipcp_nak_value,	NULL },
[IPCP_DNS2]	= { 131, 4, 4,	false, false, ipcp_judge_dns2,	ipcp_nak_value,	NULL },
[IPCP_WINS2]	= { 132, 4, 4,	false, false, ipcp_judge_wins2,	ipcp_nak_value,	NULL },
};
/* clang-format on */

const struct cp_def ipcp_def = {
	.protocol = FRAME_IPCP,
	.state = ipcp_state,
	.reset = ipcp_reset,
	.table = { ipcp_rows, sizeof(ipcp_rows) / sizeof(ipcp_rows[0]) },
};

static struct ipaddr
ipcp_value(const struct option_set *s, unsigned row)
{
	struct ipaddr none = { .family = IP_NONE };

	if (!option_has(s, row) || s->val[row] == 0)
		return none;
	return ipaddr_v4((uint32_t)s->val[row]);
}

struct ipaddr
ipcp_wanted(struct rd packet)
{
	struct ipaddr none = { .family = IP_NONE };
	struct cp_pkt k;
	struct rd value;
	uint8_t type;
	uint32_t v4;

	if (cp_decode(packet, &k) != DROP_NONE || k.code != CP_CONF_REQ)
		return none;
	while (rd_left(&k.body) > 0 &&
	    option_next(&k.body, &type, &value) == DROP_NONE) {
		if (type != ipcp_rows[IPCP_ADDR].type || rd_left(&value) != 4)
			continue;
		v4 = rd_u32(&value);
		return v4 != 0 ? ipaddr_v4(v4) : none;
	}
	return none;
}

void
ipcp_result(const struct ppp *p, struct ppp_net *net)
{
	const struct option_set *o = &p->ipcp.ours;

	if (p->role == PPP_AUTHENTICATOR) {
		net->ours = p->addr.ours;
		net->peers = p->addr.peers;
		return;
	}
	net->ours = ipcp_value(o, IPCP_ADDR);
	net->peers = ipcp_value(&p->ipcp.peer, IPCP_ADDR);
	net->dns[0] = ipcp_value(o, IPCP_DNS1);
	net->dns[1] = ipcp_value(o, IPCP_DNS2);
	net->wins[0] = ipcp_value(o, IPCP_WINS1);
	net->wins[1] = ipcp_value(o, IPCP_WINS2);
}

bool
ipcp_usable(const struct ppp *p)
{
	return p->role == PPP_AUTHENTICATOR ? p->addr_known :
	    ipcp_value(&p->ipcp.ours, IPCP_ADDR).family != IP_NONE;
}
