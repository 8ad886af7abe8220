/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TP_CTL_H
#define L2TP_CTL_H

/*
 * DOC: between the machines and the out-box: queues messages of a tunnel,
 * keeps end records, and turns what is due into actions while there is room.
 */

#include "l2tp/l2tp_int.h"
#include "l2tp/msg.h"

/* Repetition and queues as the parameters say now, not as they were. */
struct rel_params ctl_rel(const struct l2tp *);

/* Queues a message; `session` is the peer's id for the header.  Marks the
 * tunnel broken if that fails. */
void	ctl_queue(struct l2tp *, struct tunnel *, uint16_t session,
	    const struct msg *);
/* Adds a result code with its text to a message. */
void	ctl_put_result(struct msg *, const struct cause *);

/* Keeps a cause; the text is cut to fit.  Without a slot only text is lost. */
void	ctl_end_set(struct l2tp *, struct ending *, const struct cause *);
void	ctl_end_wipe(struct l2tp *, struct ending *);

/* Keeps, fetches and forgets what is known of the peer until it is told. */
void	ctl_info_set(struct l2tp *, struct tunnel *,
	    const struct l2tp_tunnel_info *);
void	ctl_info_get(const struct l2tp *, const struct tunnel *,
	    struct l2tp_tunnel_info *);
void	ctl_info_wipe(struct l2tp *, struct tunnel *);

/*
 * Sends what the window allows, then an acknowledgement if one is still due,
 * then tells what there is to tell, in that order: an ICCN is acknowledged
 * before its call is told, so before its first PPP frame.  Sets t->late if
 * the box is full.  Ended sessions that were told are gone afterwards.
 */
void	ctl_flush(struct l2tp *, struct tunnel *, mono_t now,
	    struct l2tp_out *);

#endif
