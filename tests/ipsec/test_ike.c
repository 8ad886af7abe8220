/* SPDX-License-Identifier: BSD-2-Clause */
/* Two engines log in to each other. */

#include "tests/ipsec/ike_world.h"

static void
login_plain(void **state)
{
	struct world *w = world_new(1, false, false);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_false(w->s[SERVER].kid[0].encap);
	assert_false(w->s[SERVER].peer.natt);
	assert_int_equal(w->s[SERVER].stage, IKE_STAGE_CHILD);
	assert_int_equal(w->s[SERVER].peer.id.type, IKE_ID_IPV4);
	assert_int_equal(w->s[SERVER].peer.id.len, 4);
	assert_true(w->s[SERVER].peer.initial_contact);
	assert_int_equal(w->s[SERVER].kid[0].life_s, 3600);
	assert_int_equal(w->s[SERVER].kid[0].life_kb, 250000);
	assert_int_equal(w->s[SERVER].peer.hints,
	    IKE_HINT_DPD | IKE_HINT_RFC3947);
	world_free(w);
}

static void
login_natt(void **state)
{
	struct world *w = world_new(2, true, false);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_true(w->s[SERVER].kid[0].encap);
	assert_true(w->s[SERVER].peer.nat_there);
	assert_false(w->s[SERVER].peer.nat_here);
	assert_true(w->s[CLIENT].peer.nat_here);
	assert_int_equal(w->s[SERVER].peer.remote.port, 5500);
	assert_int_equal(w->s[SERVER].peer.local.port, 4500);
	world_free(w);
}

static void
login_forced_natt(void **state)
{
	struct world *w = world_new(3, false, false);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	d.force_natt = true;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_true(w->s[SERVER].kid[0].encap);
	assert_int_equal(w->s[CLIENT].peer.remote.port, 4500);
	world_free(w);
}

static void
login_ipv6(void **state)
{
	struct world *w = world_new(4, false, false);
	struct ike_dial d;

	(void)state;
	assert_true(ipaddr_parse("2001:db8::2", &w->addr[CLIENT]));
	assert_true(ipaddr_parse("2001:db8:1::1", &w->addr[SERVER]));
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_int_equal(w->s[SERVER].peer.id.type, IKE_ID_IPV6);
	assert_int_equal(w->s[SERVER].peer.id.len, 16);
	world_free(w);
}

static const uint8_t all_groups[] = {
	DH_MODP1024, DH_MODP1536, DH_MODP2048, DH_MODP3072, DH_MODP4096,
	DH_ECP256, DH_ECP384, DH_ECP521
};

static void
login_with(const struct ike_p1 *p1, const struct esp_suite *p2, uint8_t pfs,
    bool nat)
{
	struct world *w = world_new(p1->group + 100u * pfs, nat, true);
	struct ike_dial d;

	world_dial_init(w, &d);
	d.p1[0] = *p1;
	d.p2[0] = *p2;
	d.pfs_group = pfs;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_memory_equal(&w->s[SERVER].peer.p1, p1, sizeof(*p1));
	assert_int_equal(w->s[SERVER].kid[0].suite.enc, p2->enc);
	assert_int_equal(w->s[SERVER].kid[0].suite.auth, p2->auth);
	assert_int_equal(w->s[SERVER].jobs, pfs != 0 ? 2 : 1);
	world_free(w);
}

static void
all_groups_log_in(void **state)
{
	const struct esp_suite p2 = { ESP_ENC_AES_GCM16, ESP_AUTH_NONE, 128 };

	(void)state;
	for (size_t i = 0; i < sizeof(all_groups); i++) {
		struct ike_p1 p1 = { CIPHER_AES128, HASH_SHA1, all_groups[i] };

		login_with(&p1, &p2, 0, false);
	}
}

static void
all_groups_pfs(void **state)
{
	const struct ike_p1 p1 = { CIPHER_AES128, HASH_SHA1, DH_ECP256 };
	const struct esp_suite p2 = { ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 128 };

	(void)state;
	for (size_t i = 0; i < sizeof(all_groups); i++)
		login_with(&p1, &p2, all_groups[i], true);
}

static void
all_ciphers_and_hashes(void **state)
{
	static const uint8_t hashes[] = { HASH_SHA1, HASH_SHA256, HASH_SHA384,
		HASH_SHA512 };
	const struct esp_suite p2 = { ESP_ENC_3DES, ESP_AUTH_SHA1, 192 };

	(void)state;
	for (uint8_t c = 0; c < CIPHER_ALGS; c++)
		for (size_t h = 0; h < sizeof(hashes); h++) {
			struct ike_p1 p1 = { c, hashes[h], DH_ECP256 };

			login_with(&p1, &p2, 0, true);
		}
}

static void
all_suites(void **state)
{
	const struct ike_p1 p1 = { CIPHER_AES256, HASH_SHA512, DH_ECP256 };
	struct ike_params p;

	(void)state;
	world_params(&p, true);
	for (unsigned i = 0; i < p.p2_n; i++)
		login_with(&p1, &p.p2[i], 0, false);
}

/* The server's order decides, not the client's (clients.md 4). */
static void
our_preference(void **state)
{
	struct world *w = world_new(5, false, true);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	d.p1_n = 0;
	for (size_t i = 0; i < sizeof(all_groups); i++)
		d.p1[d.p1_n++] = (struct ike_p1){ CIPHER_AES128, HASH_SHA1,
			all_groups[i] };
	d.p1[d.p1_n++] = (struct ike_p1){ CIPHER_AES256, HASH_SHA1, DH_ECP256 };
	d.p2[0] = (struct esp_suite){ ESP_ENC_3DES, ESP_AUTH_SHA1, 192 };
	d.p2[1] = (struct esp_suite){ ESP_ENC_AES_CBC, ESP_AUTH_SHA256, 256 };
	d.p2[2] = (struct esp_suite){ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 };
	d.p2_n = 3;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_int_equal(w->s[SERVER].peer.p1.group, DH_ECP256);
	assert_int_equal(w->s[SERVER].peer.p1.cipher, CIPHER_AES256);
	assert_int_equal(w->s[SERVER].kid[0].suite.auth, ESP_AUTH_SHA256);
	world_free(w);
}

/* Android cuts SHA2-256 to 96 bits: SHA1 wins when its list is seen. */
static void
android_gets_sha1(void **state)
{
	struct world *w = world_new(6, true, true);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	d.p1[0] = (struct ike_p1){ CIPHER_AES256, HASH_SHA256, DH_MODP1024 };
	d.p2[0] = (struct esp_suite){ ESP_ENC_AES_CBC, ESP_AUTH_SHA256, 256 };
	d.p2[1] = (struct esp_suite){ ESP_ENC_AES_CBC, ESP_AUTH_SHA1, 256 };
	d.p2_n = 2;
	d.port = 0;
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_int_equal(w->s[SERVER].kid[0].suite.auth, ESP_AUTH_SHA1);
	assert_true((w->s[SERVER].peer.hints & IKE_HINT_GROUP2_ONLY) != 0);
	assert_int_equal(w->s[SERVER].kid[0].port_there, 0);
	assert_int_equal(w->s[SERVER].kid[0].port_here, 1701);
	world_free(w);
}

/* One of eight keys fits; the last one is found as well. */
static void
psk_trial(void **state)
{
	struct ike_dial d;

	(void)state;
	for (unsigned fit = 0; fit < IKE_PSK_MAX; fit++) {
		struct world *w = world_new(7 + fit, true, false);
		char key[] = "the key of somebody number 0";

		for (unsigned i = 0; i < IKE_PSK_MAX; i++) {
			key[sizeof(key) - 2] = (char)('0' + i);
			assert_true(secret_set(&w->s[SERVER].p.psk[i], key,
			    sizeof(key) - 1));
		}
		w->s[SERVER].p.psk_n = IKE_PSK_MAX;
		w->s[CLIENT].p.psk[0] = w->s[SERVER].p.psk[fit];
		world_dial_init(w, &d);
		assert_int_not_equal(world_dial(w, &d), 0);
		world_run(w);
		world_assert_up(w);
		assert_int_equal(w->s[SERVER].peer.psk, fit);
		world_free(w);
	}
}

static void
psk_wrong(void **state)
{
	struct world *w = world_new(20, true, false);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	assert_true(secret_set(&d.psk, "another key of good length", 26));
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_FAIL], 1);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_PSK);
	assert_int_equal(w->s[SERVER].stage, IKE_STAGE_MM5);
	world_wait(w, 90000);
	assert_int_equal(w->s[SERVER].acts[IKE_FAIL], 1);	/* told once */
	assert_int_equal(w->s[SERVER].acts[IKE_PEER_UP], 0);
	assert_int_equal(w->s[CLIENT].acts[IKE_FAIL], 1);
	assert_int_equal(w->s[CLIENT].why, IKE_WHY_TIMEOUT);
	assert_int_equal(w->s[CLIENT].acts[IKE_PEER_GONE], 1);
	assert_true(ike_deadline(w->s[SERVER].ike).us == UINT64_MAX);
	assert_true(ike_deadline(w->s[CLIENT].ike).us == UINT64_MAX);
	world_free(w);
}

static void
no_proposal_explained(void **state)
{
	struct world *w = world_new(21, false, false);
	struct ike_dial d;
	struct ike_stats st;

	(void)state;
	w->s[SERVER].p.p1_n = 1;
	w->s[SERVER].p.p1[0] = (struct ike_p1){ CIPHER_AES256, HASH_SHA512,
		DH_MODP2048 };
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(w->s[SERVER].acts[IKE_ATTEMPT], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_FAIL], 1);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_NO_PROPOSAL);
	assert_string_equal(w->s[SERVER].text, "offered aes256-sha256-ecp256; "
	    "allowed aes256-sha512-modp2048");
	ike_stats(w->s[SERVER].ike, &st);
	assert_int_equal(st.half_open, 0);
	world_wait(w, 90000);
	assert_int_equal(w->s[SERVER].acts[IKE_FAIL], 2);	/* per 30 s */
	assert_int_equal(w->s[CLIENT].why, IKE_WHY_REFUSED);
	assert_string_equal(w->s[CLIENT].text, "NO-PROPOSAL-CHOSEN");
	world_free(w);
}

static void
legacy_explained(void **state)
{
	struct world *w = world_new(22, false, false);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	d.p1[0] = (struct ike_p1){ CIPHER_AES256, HASH_SHA1, DH_MODP1024 };
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_LEGACY_DH);
	assert_non_null(strstr(w->s[SERVER].text, "aes256-sha1-modp1024"));
	assert_non_null(strstr(w->s[SERVER].text, "; allowed "));
	world_free(w);
}

static void
p2_proposal_explained(void **state)
{
	struct world *w = world_new(23, false, false);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	d.p2[0] = (struct esp_suite){ ESP_ENC_3DES, ESP_AUTH_SHA1, 192 };
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_int_equal(w->s[SERVER].why, IKE_WHY_P2_PROPOSAL);
	assert_non_null(strstr(w->s[SERVER].text, "offered 3des-sha1;"));
	assert_int_equal(w->s[CLIENT].why, IKE_WHY_REFUSED);
	assert_int_equal(w->s[SERVER].kids, 0);
	world_free(w);
}

static void
own_identity(void **state)
{
	struct world *w = world_new(24, true, false);
	struct ike_dial d;

	(void)state;
	w->s[SERVER].p.id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 15,
		.b = "vpn.example.org" };
	world_dial_init(w, &d);
	d.id = (struct ike_id){ .type = IKE_ID_KEY_ID, .len = 64 };
	memset(d.id.b, 'x', 64);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_int_equal(w->s[CLIENT].peer.id.type, IKE_ID_FQDN);
	assert_memory_equal(w->s[CLIENT].peer.id.b, "vpn.example.org", 15);
	assert_int_equal(w->s[SERVER].peer.id.len, 64);
	world_free(w);
}

/* MM1 without the RFC's vendor ID: the best draft is spoken (clients.md 6). */
static bool
hook_spoil_vid(struct world *w, struct world_packet *p)
{
	static const uint8_t rfc[4] = { 0x4a, 0x13, 0x1c, 0x81 };
	static const uint8_t d03[4] = { 0x7d, 0x94, 0x19, 0xa6 };
	static const uint8_t d02n[4] = { 0x90, 0xcb, 0x80, 0x91 };
	const uint8_t *v[] = { rfc, d03, d02n };

	if (w->seen == 1)
		for (size_t i = 0; i + 4 <= p->n; i++)
			for (unsigned k = 0; k < w->arg; k++)
				if (memcmp(&p->b[i], v[k], 4) == 0)
					p->b[i] ^= 0xff;
	return true;
}

static void
natt_drafts(void **state)
{
	struct ike_dial d;

	(void)state;
	for (unsigned spoil = 1; spoil <= 3; spoil++) {
		struct world *w = world_new(25 + spoil, true, false);

		w->hook = hook_spoil_vid;
		w->arg = spoil;
		world_dial_init(w, &d);
		assert_int_not_equal(world_dial(w, &d), 0);
		world_run(w);
		world_assert_up(w);
		assert_true(w->s[SERVER].kid[0].encap);
		world_free(w);
	}
}

/* Every datagram twice: one answer each, no second child. */
static bool
hook_twice(struct world *w, struct world_packet *p)
{
	world_give(w, p);
	return true;
}

static void
duplicates(void **state)
{
	struct world *w = world_new(30, true, false);
	struct ike_dial d;

	(void)state;
	w->hook = hook_twice;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_IN], 1);
	assert_int_equal(w->s[SERVER].acts[IKE_ATTEMPT], 1);
	assert_int_equal(w->s[SERVER].jobs, 1);
	world_free(w);
}

/* Every third packet is lost. */
static bool
hook_lose_third(struct world *w, struct world_packet *p)
{
	(void)p;
	return w->seen % 3 != 0;
}

static void
lossy(void **state)
{
	struct world *w = world_new(31, true, false);
	struct ike_dial d;

	(void)state;
	w->hook = hook_lose_third;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_wait(w, 15000);
	assert_int_equal(w->s[CLIENT].acts[IKE_SA_OUT], 1);
	if (w->s[SERVER].acts[IKE_SA_OUT] == 0) {
		/* QM3 was lost; the client's first ESP says the same. */
		ike_esp_seen(w->s[SERVER].ike, w->now,
		    w->s[SERVER].kid_h[0], &w->out);
		world_take(w, SERVER);
	}
	world_wait(w, 60000);
	assert_int_equal(w->s[SERVER].acts[IKE_CHILD_GONE], 0);
	world_assert_up(w);
	world_free(w);
}

/* QM2 twice, as when QM3 was lost: the same QM3 again, ten times at most. */
static bool
hook_many_qm2(struct world *w, struct world_packet *p)
{
	if (w->seen == 8)
		for (int i = 0; i < 15; i++)
			world_give(w, p);
	return true;
}

static void
qm3_repeated(void **state)
{
	struct world *w = world_new(33, true, false);
	struct ike_dial d;

	(void)state;
	w->hook = hook_many_qm2;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	world_assert_up(w);
	assert_int_equal(w->s[CLIENT].sent, 5 + 10);
	assert_int_equal(w->s[SERVER].acts[IKE_SA_OUT], 1);
	world_free(w);
}

/* The whole login as a text; what both sides did, in order. */
static void
transcript(void **state)
{
	struct world *w = world_new(32, true, false);
	struct ike_dial d;

	(void)state;
	world_dial_init(w, &d);
	assert_int_not_equal(world_dial(w, &d), 0);
	world_run(w);
	assert_string_equal(w->s[SERVER].log,
	    "ATTEMPT STAGE SEND "		/* MM1 -> MM2 */
	    "STAGE ASK_DH SEND "		/* MM3 -> MM4 */
	    "STAGE SEND STAGE PEER_UP "		/* MM5 -> MM6 */
	    "STAGE SA_IN SEND "			/* QM1 -> QM2 */
	    "STAGE SA_OUT ");			/* QM3 */
	assert_string_equal(w->s[CLIENT].log,
	    "SEND ASK_DH SEND ASK_DH SEND STAGE PEER_UP SEND "
	    "SA_IN SEND STAGE SA_OUT ");
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_plain),
		cmocka_unit_test(login_natt),
		cmocka_unit_test(login_forced_natt),
		cmocka_unit_test(login_ipv6),
		cmocka_unit_test(all_groups_log_in),
		cmocka_unit_test(all_groups_pfs),
		cmocka_unit_test(all_ciphers_and_hashes),
		cmocka_unit_test(all_suites),
		cmocka_unit_test(our_preference),
		cmocka_unit_test(android_gets_sha1),
		cmocka_unit_test(psk_trial),
		cmocka_unit_test(psk_wrong),
		cmocka_unit_test(no_proposal_explained),
		cmocka_unit_test(legacy_explained),
		cmocka_unit_test(p2_proposal_explained),
		cmocka_unit_test(own_identity),
		cmocka_unit_test(natt_drafts),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(lossy),
		cmocka_unit_test(qm3_repeated),
		cmocka_unit_test(transcript),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
