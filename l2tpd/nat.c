/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwarding and translation: see nat.h. */

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <nftables/libnftables.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l2tpd/nat.h"

#define FORWARD_FILE	"/proc/sys/net/ipv4/ip_forward"
#define FORWARD6_FILE	"/proc/sys/net/ipv6/conf/all/forwarding"
#define STATE_MAX	512	/* bytes of a state file's name */
#define RULES_MAX	(NAT_RANGES * 40 + 2048)

/*
 * Exists or not, afterwards it is gone: the first line makes the second one
 * valid.
 */
#define TABLE_GONE	"add table inet l2tpd\ndelete table inet l2tpd\n"

/* Text that grows in a fixed buffer; `full` sticks. */
struct text {
	char *buf;
	size_t size, n;
	bool full;
};

static void __attribute__((format(printf, 2, 3)))
text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->n, t->size - t->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->size - t->n)
		t->full = true;
	else
		t->n += (size_t)n;
}

static void
text_ranges(struct text *t, const struct nat *nat)
{
	for (uint32_t i = 0; i < nat->ranges; i++) {
		struct ipaddr a = ipaddr_v4(nat->range[i].first);
		struct ipaddr b = ipaddr_v4(nat->range[i].last);
		char x[IPADDR_STRLEN], y[IPADDR_STRLEN];

		text_add(t, "%s%s", i > 0 ? ", " : "", ipaddr_str(&a, x));
		if (nat->range[i].first != nat->range[i].last)
			text_add(t, "-%s", ipaddr_str(&b, y));
	}
}

/*
 * Translated ports stay above 4500, so that no client can take the place of
 * somebody's IKE or L2TP port in the connection table (CVE-2021-3773).  What
 * comes from outside for an inner address is nobody's answer: translation has
 * not happened yet at this priority (CVE-2019-14899).  IPv6 is not translated,
 * so there an answer is told from the rest by its connection.
 */
bool
nat_rules(const struct nat *nat, char *buf, size_t size)
{
	struct text t = { .buf = buf, .size = size };

	text_add(&t, TABLE_GONE "table inet l2tpd {\n set inner {\n"
	    "  type ipv4_addr; flags interval; auto-merge;\n  elements = { ");
	text_ranges(&t, nat);
	text_add(&t, " }\n }\n chain pre {\n"
	    "  type filter hook prerouting priority raw; policy accept;\n"
	    "  iifname != { \"%s\", \"lo\" } ip daddr @inner counter drop\n }\n",
	    nat->interface);
	text_add(&t, " chain forward {\n"
	    "  type filter hook forward priority filter; policy accept;\n");
	if (!nat->client_to_client)
		text_add(&t, "  iifname \"%s\" oifname \"%s\" counter drop\n",
		    nat->interface, nat->interface);
	if (nat->nets > 0)
		text_add(&t, "  iifname != \"%s\" oifname \"%s\" "
		    "meta nfproto ipv6 ct state != { established, related } "
		    "counter drop\n", nat->interface, nat->interface);
	text_add(&t, " }\n chain post {\n"
	    "  type nat hook postrouting priority srcnat; policy accept;\n"
	    "  ip saddr @inner oifname != \"%s\" meta l4proto { tcp, udp } "
	    "masquerade to :4501-65535\n"
	    "  ip saddr @inner oifname != \"%s\" masquerade\n }\n}\n",
	    nat->interface, nat->interface);
	return !t.full;
}

static bool
nft_run(const char *cmd, char *err, size_t err_size)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *said;
	bool ok;

	if (ctx == NULL) {
		(void)snprintf(err, err_size, "nftables: out of memory");
		return false;
	}
	(void)nft_ctx_buffer_error(ctx);
	(void)nft_ctx_buffer_output(ctx);
	ok = nft_run_cmd_from_buffer(ctx, cmd) == 0;
	said = nft_ctx_get_error_buffer(ctx);
	if (!ok)
		(void)snprintf(err, err_size, "nftables: %.*s",
		    said != NULL ? (int)strcspn(said, "\n") : 6,
		    said != NULL ? said : "failed");
	nft_ctx_free(ctx);
	return ok;
}

/* Does a chain of another table drop what is forwarded by default? */
static void
chain_check(const json_t *chain, char *warn, size_t size)
{
	const char *table = json_string_value(json_object_get(chain, "table"));
	const char *name = json_string_value(json_object_get(chain, "name"));
	const char *hook = json_string_value(json_object_get(chain, "hook"));
	const char *policy = json_string_value(json_object_get(chain, "policy"));

	if (table == NULL || name == NULL || hook == NULL || policy == NULL ||
	    strcmp(table, "l2tpd") == 0 || strcmp(hook, "forward") != 0 ||
	    strcmp(policy, "drop") != 0)
		return;
	(void)snprintf(warn, size, "the firewall's chain %s/%s drops what is "
	    "forwarded by default: allow the interface of l2tpd there",
	    table, name);
}

static void
forward_check(char *warn, size_t size)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	const json_t *item;
	json_t *root;
	size_t i;

	if (ctx == NULL)
		return;
	nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_JSON);
	(void)nft_ctx_buffer_output(ctx);
	(void)nft_ctx_buffer_error(ctx);
	if (nft_run_cmd_from_buffer(ctx, "list chains") == 0) {
		root = json_loads(nft_ctx_get_output_buffer(ctx), 0, NULL);
		json_array_foreach(json_object_get(root, "nftables"), i, item)
			chain_check(json_object_get(item, "chain"), warn, size);
		json_decref(root);
	}
	nft_ctx_free(ctx);
}

/* One digit and a newline, or -1. */
static int
flag_read(const char *path)
{
	char c = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, &c, 1);
	close(fd);
	return n == 1 && c >= '0' && c <= '9' ? c - '0' : -1;
}

static bool
flag_write(const char *path, int v)
{
	char c[2] = { (char)('0' + v), '\n' };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	if (fd < 0)
		return false;
	n = write(fd, c, sizeof(c));
	return close(fd) == 0 && n == (ssize_t)sizeof(c);
}

static bool
nat_apply(const struct nat *nat, char *err, size_t err_size)
{
	char *rules = malloc(RULES_MAX);
	bool ok = false;

	if (rules == NULL || !nat_rules(nat, rules, RULES_MAX))
		(void)snprintf(err, err_size, "too many address ranges for nat");
	else
		ok = nft_run(rules, err, err_size);
	free(rules);
	return ok;
}

static const char *
state6(const char *state, char buf[STATE_MAX])
{
	(void)snprintf(buf, STATE_MAX, "%s6", state);
	return buf;
}

bool
nat_left(const char *state)
{
	char six[STATE_MAX];

	return flag_read(state) >= 0 || flag_read(state6(state, six)) >= 0;
}

static void
forward_back(const char *flag, const char *state)
{
	int old = flag_read(state);

	if (old >= 0 && old != flag_read(flag))
		(void)flag_write(flag, old);
	(void)unlink(state);
}

void
nat_off(const char *state)
{
	char err[256], six[STATE_MAX];

	(void)nft_run(TABLE_GONE, err, sizeof(err));
	forward_back(FORWARD_FILE, state);
	forward_back(FORWARD6_FILE, state6(state, six));
}

/* The old value stays what it was before a killed run. */
static bool
forward_remember(const char *flag, const char *state, char *err,
    size_t err_size)
{
	int now = flag_read(flag);

	if (now >= 0 && (flag_read(state) >= 0 || flag_write(state, now)))
		return true;
	(void)snprintf(err, err_size, "%s, %s: %s", flag, state,
	    strerror(errno));
	return false;
}

static bool
forward_on(const char *flag, char *err, size_t err_size)
{
	if (flag_read(flag) == 1 || flag_write(flag, 1))
		return true;
	(void)snprintf(err, err_size, "%s: %s", flag, strerror(errno));
	return false;
}

/* Remembered first: whatever ends us, the next run knows. */
bool
nat_on(const struct nat *nat, const char *state, char *err, size_t err_size,
    char *warn, size_t warn_size)
{
	char six[STATE_MAX];

	warn[0] = '\0';
	if (!forward_remember(FORWARD_FILE, state, err, err_size) ||
	    (nat->nets > 0 && !forward_remember(FORWARD6_FILE,
	    state6(state, six), err, err_size)))
		return false;
	if (!nat_apply(nat, err, err_size) ||
	    !forward_on(FORWARD_FILE, err, err_size) ||
	    (nat->nets > 0 && !forward_on(FORWARD6_FILE, err, err_size))) {
		nat_off(state);
		return false;
	}
	forward_check(warn, warn_size);
	return true;
}
