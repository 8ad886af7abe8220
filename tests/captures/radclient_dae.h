/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CAPTURES_RADCLIENT_DAE_H
#define TESTS_CAPTURES_RADCLIENT_DAE_H

/*
 * DOC: what radclient of FreeRADIUS 3.2.1 (Debian 12) sends, secret
 * "testing123", at the Unix time beside it.  Its own words for our answers were
 * those that stand here; 0: it got none.
 */

#include <stdint.h>

static const struct {
	uint64_t unix_s;
	const char *hex;
	unsigned answer, cause;
} radclient_dae[] = {
	/* with Proxy-State */
	{ 1795239672, "2b420030c8446589ae1105c688ef1904a58fec9701066e656d6f1b0600000258"
	    "37066b012ef820066761746521040102",
	    44, 0 },
	/* with Message-Authenticator */
	{ 1795239672, "2ba5003805a92713c7cc4d486f9014482e33263e01066e656d6f1b0600000258"
	    "37066b012ef850120804fb21b4be2f7e274ecfe11736ff2f",
	    44, 0 },
	/* a session that is not there */
	{ 1795239673, "28510043856adbf8d5ae9ed40cd3baa5d6dc8ce601076f746865722c10363535"
	    "323030303030303030303137066b012ef85012297ec54f1680ad804286333e75"
	    "0ae137",
	    42, 503 },
	/* an attribute that we cannot change */
	{ 1795239673, "2b760026c5f3d498f2431499abd3af7ea5a8fce301066e656d6f0c0600000578"
	    "37066b012ef8",
	    45, 401 },
	/* another NAS */
	{ 1795239673, "28730027009939c5e13f19704305a44cc4e15e4601066e656d6f20076f746865"
	    "7237066b012ef8",
	    42, 403 },
	/* Authorize Only */
	{ 1795239673, "2b4b00290a9961d2d7e892dd4fb87eb8a728225401066e656d6f060600000011"
	    "18031137066b012ef8",
	    45, 405 },
	/* no session */
	{ 1795239673, "28330020d83ff02d08fff113f15e2801d0acaf7a20066761746537066b012ef8",
	    42, 402 },
	/* 400 s old */
	{ 1795239673, "289b002087094635f9325780210fddb884b7c04b01066e656d6f37066b012d68",
	    0, 0 },
	/* no Event-Timestamp */
	{ 1795239674, "283a001ab4d6a4f83bc78074db26434bb2f1d2c101066e656d6f",
	    0, 0 },
	/* another secret */
	{ 1795239675, "284000202bb7120e546893d34e8e029751f3d28d01066e656d6f37066b012ef8",
	    0, 0 },
};

#endif
