/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins for trial over the status socket: see ctl_radtest.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "l2tpd/ctl_radtest.h"
#include "lns/radtest.h"
#include "show/out.h"

#define WORDS_MAX	192	/* bytes of one grant */

/* ---- the question ---- */

/* A text of the arguments; n 0: it is not there. */
static struct rd
text_of(const json_t *args, const char *key)
{
	const json_t *v = json_object_get(args, key);

	return rd_make(json_string_value(v), json_string_length(v));
}

/* 0: there is no such method. */
static enum ppp_method
method_of(const char *name)
{
	static const enum ppp_method all[] = { PPP_PAP, PPP_CHAP_MD5,
		PPP_MSCHAPV2, PPP_EAP };

	for (size_t i = 0; name != NULL && i < sizeof(all) / sizeof(all[0]);
	    i++)
		if (strcmp(name, ppp_method_str(all[i])) == 0)
			return all[i];
	return 0;
}

uint32_t
ctl_radtest_begin(struct host *h, const json_t *args, const char **why)
{
	struct radtest_ask a = {
		.user = text_of(args, "user"),
		.password = text_of(args, "password"),
		.method = method_of(json_string_value(json_object_get(args,
		    "method"))),
		.server = json_string_value(json_object_get(args, "server")),
	};

	if (a.method == 0) {
		*why = "expected a method: pap, chap-md5, mschapv2 or eap";
		return 0;
	}
	return radtest_begin(h->lns, host_now(), &a, why);
}

/* ---- what is granted ---- */

static void
word(json_t *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
word(json_t *list, const char *fmt, ...)
{
	char text[WORDS_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)json_array_append_new(list, json_string(text));
}

static void
words_address(const struct host *h, const struct profile *p, json_t *list)
{
	char text[IPADDR_STRLEN];

	if (p->address.family != IP_NONE)
		word(list, "address %s", ipaddr_str(&p->address, text));
	else if (p->pool < h->params->names.pool_n)
		word(list, "an address of the pool %s",
		    h->params->names.pool[p->pool]);
	if (p->prefix.family != IP_NONE)
		word(list, "the IPv6 network %s/64",
		    ipaddr_str(&p->prefix, text));
	else if (p->pool6 > 0 && p->pool6 <= h->params->names.pool_n)
		word(list, "an IPv6 network of the pool %s",
		    h->params->names.pool[p->pool6 - 1]);
	if (p->ifid != 0)
		word(list, "the interface identifier %016" PRIx64, p->ifid);
	for (uint32_t i = 0; i < p->route_n; i++)
		word(list, "the network %s/%u behind the client",
		    ipaddr_str(&p->route[i].addr, text),
		    (unsigned)p->route[i].bits);
	for (int i = 0; i < 2; i++) {
		if (p->dns[i].family != IP_NONE)
			word(list, "name server %s",
			    ipaddr_str(&p->dns[i], text));
		if (p->wins[i].family != IP_NONE)
			word(list, "WINS server %s",
			    ipaddr_str(&p->wins[i], text));
	}
	if (p->mtu != 0)
		word(list, "packets to the client of at most %u bytes",
		    (unsigned)p->mtu);
}

static void
words_access(const struct host *h, const struct profile *p, json_t *list)
{
	const struct profile_names *names = &h->params->names;

	if (p->group > 0 && p->group <= names->group_n)
		word(list, "the group %s", names->group[p->group - 1].name);
	if (p->acl > 0 && p->acl <= names->acl_n)
		word(list, "the access rules %s", names->acl[p->acl - 1]);
	if (p->sessions != 0)
		word(list, "at most %u sessions", (unsigned)p->sessions);
}

static void
word_span(json_t *list, const char *what, uint32_t s)
{
	char text[OUT_FORM_MAX];

	if (s != 0)
		word(list, "%s %s", what, out_form_span(s, text));
}

/* In the largest unit that says it exactly. */
static void
word_rate(json_t *list, const char *what, uint64_t bps)
{
	static const char *const units[] = { "", "k", "M", "G" };
	unsigned u = 0;

	for (; bps != 0 && bps % 1000 == 0 && u < 3; u++)
		bps /= 1000;
	if (bps != 0)
		word(list, "%llu %sbit/s %s", (unsigned long long)bps,
		    units[u], what);
}

static void
word_volume(json_t *list, const char *what, uint64_t bytes)
{
	char text[OUT_FORM_MAX];

	if (bytes != 0)
		word(list, "%s %s", out_form_bytes(bytes, text), what);
}

static json_t *
words(const struct host *h, const struct profile *p)
{
	json_t *list = json_array();
	char user[4 * PROFILE_USER_MAX / 3];

	words_address(h, p, list);
	words_access(h, p, list);
	word_span(list, "ends after", p->session_s);
	word_span(list, "ends when idle for", p->idle_s);
	word_span(list, "a record each", p->interim_s);
	word_rate(list, "from the client", p->rx_bps);
	word_rate(list, "to the client", p->tx_bps);
	word_volume(list, "from the client in all", p->rx_max);
	word_volume(list, "to the client in all", p->tx_max);
	word_volume(list, "both ways in all", p->total_max);
	if (p->user_len > 0)
		word(list, "accounted as %s", log_escape(user, sizeof(user),
		    rd_make(p->user, p->user_len)));
	if (p->class_len > 0)
		word(list, "Class, kept for the records");
	return list;
}

/* ---- the answer ---- */

json_t *
ctl_radtest_answer(const struct host *h, uint32_t test)
{
	const struct radius_params *rp = &h->params->radius;
	const struct radtest_answer *a = radtest_answer(h->lns, test);
	json_t *o;

	if (a == NULL)
		return NULL;
	o = json_pack("{s:s, s:s, s:I, s:i, s:s, s:s, s:s}",
	    "method", ppp_method_str(a->method),
	    "result", radtest_result_str(a->result),
	    "took_ms", (json_int_t)(a->took_us / 1000),
	    "rounds", (int)a->rounds,
	    "reason", a->why,
	    "message", a->message,
	    "offers", a->offers);
	(void)json_object_set_new(o, "server", a->server < rp->server_n ?
	    json_string(rp->server[a->server].name) : json_null());
	(void)json_object_set_new(o, "granted",
	    a->result == RADTEST_ACCEPTED ? words(h, &a->granted) :
	    json_array());
	return o;
}
