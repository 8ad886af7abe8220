/* SPDX-License-Identifier: BSD-2-Clause */
/* What a phone of our days would offer: see peer.h. */

#include "l2tpload/peer_int.h"

void
peer_kit_default(struct peer_kit *k)
{
	*k = (struct peer_kit){ 0 };
	k->params = (struct peer_params){ .ike = &k->ike, .dial = &k->dial,
		.l2tp = &k->l2tp, .ppp = &k->ppp, .mtu_outer = 1500,
		.window = 64, .setup_ms = 60000 };
	ike_params_default(&k->ike, true);
	k->ike.limits.peers = 4;
	k->ike.limits.half_open = k->ike.limits.prefixes = 4;
	k->ike.limits.dh_pending = 4;
	k->ike.limits.children = PEER_SAS;
	k->ike.limits.children_per_peer = PEER_SAS;
	k->ike.keepalive_s = PEER_KEEPALIVE_S;
	k->dial.p1[0] = (struct ike_p1){ CIPHER_AES256, HASH_SHA256,
		DH_ECP256 };
	k->dial.p1[1] = (struct ike_p1){ CIPHER_AES256, HASH_SHA256,
		DH_MODP2048 };
	k->dial.p1_n = 2;
	k->dial.p2[0] = (struct esp_suite){ ESP_ENC_AES_CBC, ESP_AUTH_SHA1,
		256 };
	k->dial.p2_n = 1;
	k->dial.p1_life_s = 28800;
	k->dial.p2_life_s = 3600;
	k->dial.port = PEER_L2TP_PORT;
	l2tp_params_default(&k->l2tp);
	k->l2tp.tunnels = 4;
	k->l2tp.sessions = 4;
	ppp_params_default(&k->ppp);
	k->ppp.methods = PPP_MSCHAPV2 | PPP_CHAP_MD5 | PPP_PAP;
}
