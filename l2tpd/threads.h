/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef L2TPD_THREADS_H
#define L2TPD_THREADS_H

/* DOC: the worker threads: each steps one worker of the data plane. */

#include "io/port.h"

struct threads;

/*
 * Starts one thread per worker of the data plane; worker i rests in port i.
 * `punt_fd` becomes readable when a worker has notes for the control thread.
 * NULL with errno.
 */
struct threads	*threads_start(struct dp *, struct port *const *, int punt_fd);
void		 threads_stop(struct threads *);	/* joins all */

#endif
