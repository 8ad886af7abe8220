/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 100,000 packets each way without a single allocation in the process.
 * Counted by the sanitizer's hooks where there is one, else by functions of
 * our own around those of libc.  With GCM: OpenSSL's HMAC makes a digest state
 * inside at each packet (see base/crypto_esp_openssl.c), which is not ours.
 */

#include "tests/dp/rig.h"

static _Atomic unsigned long allocations;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOOKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HOOKS 1
#endif
#endif

#ifdef HOOKS
int	__sanitizer_install_malloc_and_free_hooks(
	    void (*)(const volatile void *, size_t),
	    void (*)(const volatile void *));

static void
on_malloc(const volatile void *p, size_t n)
{
	(void)p;
	(void)n;
	allocations++;
}

static void
on_free(const volatile void *p)
{
	(void)p;
}

static void
watch(void)
{
	assert_true(__sanitizer_install_malloc_and_free_hooks(on_malloc,
	    on_free) > 0);
}
#else
void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);
void	*malloc(size_t);
void	*calloc(size_t, size_t);
void	*realloc(void *, size_t);

void *
malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}

static void
watch(void)
{
}
#endif

/* The same packets again and again: numbers and ICVs are made anew. */
static void
none(void **state)
{
	struct dp *dp = rig_dp(1, false);
	struct rig_io *io = rig_io_new();
	struct esp_crypt *c = rig_crypt();
	struct rig_phone ph;
	struct dp_note note;
	const struct dp_policy policy = { .acl = 1, .rx_bps = DP_RATE_MAX,
		.tx_bps = DP_RATE_MAX };
	struct acl_rule rule[2];
	char why[100];
	uint8_t ip[1400];
	unsigned long before, after;
	void *volatile probe;
	size_t n;

	(void)state;
	watch();
	before = allocations;
	probe = malloc(10);
	assert_true(allocations > before);	/* the counter works */
	free(probe);
	dp_attach(dp, 0, &io->io);
	rig_phone_init(&ph, 1);
	ph.sa.suite = (struct esp_suite){ ESP_ENC_AES_GCM16, ESP_AUTH_NONE,
		128 };
	rig_phone_rekey(&ph, 1001, 0x1001);
	rig_phone_add(&ph, dp);
	/* Each packet walks past a rule and draws from a meter. */
	assert_true(acl_rule_parse("deny both udp from any port 99 to any",
	    &rule[0], why, sizeof(why)));
	assert_true(acl_rule_parse("permit both any from any to any",
	    &rule[1], why, sizeof(why)));
	assert_true(dp_workers.acl_set(dp, 1, rule, 2));
	assert_true(dp_workers.sess_policy(dp, ph.sess.sess, &policy));
	before = 0;
	for (unsigned round = 0; round < 1000; round++) {
		for (unsigned i = 0; i < 100; i++) {
			n = rig_ip4(ip, 0x0a090001, 0x08080808, i, true);
			rig_phone_ip(&ph, io, c, ip, n);
			n = rig_ip4(ip, 0x08080808, 0x0a090001, i, true);
			rig_put(&io->tun_in, ip, n);
		}
		dp_workers.send_l2tp(dp, 1, rd_make("hello", 5));
		(void)worker_step(dp, 0, mono_us(round));
		assert_int_equal(io->tun_out.n, 100);
		assert_int_equal(io->udp_out.n, 101);
		io->tun_out.n = io->udp_out.n = 0;
		while (dp_take(dp, 0, &note))
			;
		if (round == 0)
			before = allocations;	/* contexts made once */
	}
	after = allocations;
	assert_int_equal(after, before);
	dp_free(dp);
	rig_io_free(io);
	rig_phone_wipe(&ph);
	esp_crypt_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(none) };

	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
