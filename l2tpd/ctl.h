/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_CTL_H
#define L2TPD_CTL_H

/*
 * DOC: the status socket: newline-delimited JSON over a Unix stream socket.
 *
 *   {"v":1,"cmd":"sessions","args":{...}}
 *   {"v":1,"ok":true,"data":...}  or  {"v":1,"ok":false,"error":"..."}
 *
 * Who may connect is decided by the socket's mode and owner.  Connections,
 * request length and unsent answers are bounded: a client that does not read
 * is closed, one too many takes the place of the one that was silent longest,
 * and nobody else notices.  Answers come at once, but for a login for trial,
 * which its client waits for, or gives up by closing.  doc/status-socket.md describes every answer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_CLIENTS_MAX	64
/* Descriptors: all clients, one more at the door, the door. */
#define CTL_FILES	(CTL_CLIENTS_MAX + 2)

struct host;
struct ctl;

/* Serves an open listening socket, which it then owns.  NULL: no memory. */
struct ctl	*ctl_start(struct host *, int listen_fd);
/* This login for trial has ended: who waits for it is told.  c NULL: nobody. */
void		 ctl_radtest(struct ctl *, uint32_t test);
void		 ctl_stop(struct ctl *);

#endif
