/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IO_KERNEL_H
#define IO_KERNEL_H

/* DOC: kernel constants that the headers of Debian 12 do not have yet. */

#ifndef TUN_F_USO4
#define TUN_F_USO4	0x20	/* UDP segmentation over IPv4, Linux 6.2 */
#define TUN_F_USO6	0x40
#endif

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif
#ifndef UDP_GRO
#define UDP_GRO		104
#endif

#endif
