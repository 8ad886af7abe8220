/* SPDX-License-Identifier: BSD-2-Clause */
/* A peer whose packets a data plane of the host's carries: see peer.h. */

#include <string.h>

#include "l2tpload/peer_int.h"

void
peer_set_plane(struct peer *p, const struct peer_plane *plane)
{
	p->plane = *plane;
}

uint32_t
peer_plane_sa(const struct peer *p, int i)
{
	return p->plane.number * PEER_SAS + (uint32_t)i;
}

bool
peer_plane_sa_add(const struct peer *p, int i)
{
	const struct ike_child *c = &p->s.sa[i].c;
	struct dp_sa d = { .sa = peer_plane_sa(p, i), .path = p->plane.number,
		.spi_in = c->spi_in, .spi_out = c->spi_out, .suite = c->suite,
		.encap = c->encap, .local = c->local, .remote = c->remote,
		.port_here = PEER_L2TP_PORT, .port_there = PEER_L2TP_PORT,
		.window = p->params->window, .seq_limit = UINT32_MAX };
	bool ok;

	if (c->port_there != 0)
		d.port_there = c->port_there;
	memcpy(d.keys_in, c->keys_in, sizeof(d.keys_in));
	memcpy(d.keys_out, c->keys_out, sizeof(d.keys_out));
	ok = p->plane.ops->sa_add(p->plane.dp, &d);
	wipe(&d, sizeof(d));
	return ok;
}

uint32_t
peer_plane_child(const struct peer *p, uint32_t handle)
{
	uint32_t i = handle - peer_plane_sa(p, 0);

	return i < PEER_SAS ? p->s.sa[i].child : 0;
}

void
peer_plane_call(struct peer *p, bool up)
{
	const struct l2tp_call_info *c = &p->s.call;
	const struct dp_sess d = { .sess = p->plane.number,
		.path = p->plane.number, .tunnel_id = c->tunnel_id,
		.session_id = c->session_id,
		.peer_tunnel_id = c->peer_tunnel_id,
		.peer_session_id = c->peer_session_id,
		.sequencing = c->sequencing };

	if (p->plane.ops == NULL)
		return;
	/* Without room for it PPP will not come to its end. */
	if (up)
		(void)p->plane.ops->sess_add(p->plane.dp, &d);
	else
		p->plane.ops->sess_del(p->plane.dp, p->plane.number);
}

void
peer_plane_link(struct peer *p, bool up)
{
	const struct dp_net n = { .peer4 = p->s.net.ours,
		.mtu = peer_mtu(p) };

	if (p->plane.ops == NULL)
		return;
	if (up)
		(void)p->plane.ops->sess_open(p->plane.dp, p->plane.number,
		    &n);
	else
		p->plane.ops->sess_shut(p->plane.dp, p->plane.number);
}

void
peer_plane_send(struct peer *p, enum peer_what what, struct rd data)
{
	if (what == PEER_CONTROL)
		p->plane.ops->send_l2tp(p->plane.dp, p->plane.number, data);
	else if (what == PEER_FRAME)
		p->plane.ops->send_ppp(p->plane.dp, p->plane.number, data);
}
