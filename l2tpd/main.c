/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * l2tpd: options, the order of the start, and its unwinding.
 *
 * Everything that can be wrong is found before anything is changed: first the
 * files, then the user, the lock, the ports; the interface, its routes and the
 * forwarding rules come last, and the root monitor takes them back.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/log.h"
#include "conf/load.h"
#include "conf/print.h"
#include "l2tpd/apply.h"
#include "l2tpd/bounds.h"
#include "l2tpd/detach.h"
#include "l2tpd/files.h"
#include "l2tpd/host.h"
#include "l2tpd/lock.h"
#include "l2tpd/loop.h"
#include "l2tpd/priv.h"
#include "l2tpd/radsec.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION	"0"
#endif
#ifndef L2TPD_SYSCONFDIR
#define L2TPD_SYSCONFDIR	"/etc/l2tpd"
#endif

#define EXIT_CONFIG	2	/* the configuration or the command line is wrong */
#define DH_QUEUE	256

struct options {
	const char *file;
	bool foreground, check;
};

struct start {			/* what the configuration became */
	struct options opt;
	struct conf *conf;
	struct users *users;
	struct lns_params *params;
	struct radsec_keys keys;
	struct nat nat;
	struct priv_params priv;
	struct bounds bounds;
	struct lock lock;
};

static bool
usage(void)
{
	(void)fputs("usage: l2tpd [-fnv] [-c file]\n", stderr);
	return false;
}

static bool
options_get(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .file = L2TPD_SYSCONFDIR "/l2tpd.conf" };
	while ((c = getopt(argc, argv, "c:fnv")) != -1) {
		switch (c) {
		case 'c':
			o->file = optarg;
			break;
		case 'f':
			o->foreground = true;
			break;
		case 'n':
			o->check = true;
			break;
		case 'v':
			(void)puts("l2tpd " PACKAGE_VERSION);
			exit(0);
		default:	/* getopt has said what */
			return usage();
		}
	}
	return optind == argc ? true : usage();
}

static bool
start_fail(const char *text)
{
	(void)fprintf(stderr, "l2tpd: %s\n", text);
	return false;
}

/* Files to parameters.  Nothing on the machine is touched. */
static bool
start_read(struct start *s)
{
	struct conf_report report = { .error = "" };
	char err[CONF_TEXT_MAX] = "";

	if (!crypto_init())
		return start_fail("OpenSSL cannot be initialised");
	s->conf = conf_load(s->opt.file, &report);
	if (s->conf == NULL)
		return start_fail(report.error);
	for (uint32_t i = 0; i < report.warnings; i++)
		(void)fprintf(stderr, "l2tpd: warning: %s\n", report.warning[i]);
	if (s->conf->users.file[0] != '\0') {
		s->users = users_load(s->conf->users.file, &report);
		if (s->users == NULL ||
		    !users_check(s->users, s->conf, &report))
			return start_fail(report.error);
	}
	s->params = apply_params(s->conf, s->users, err, sizeof(err));
	if (s->params == NULL)
		return start_fail(err);
	if (!apply_nat(s->conf, s->users, &s->nat, err, sizeof(err)) ||
	    !radsec_keys_read(s->conf, &s->keys, err, sizeof(err)))
		return start_fail(err);
	return true;
}

static bool
family_there(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Where records wait for RADIUS; NULL if there are none or they need no disk. */
static const char *
spool_dir_of(const struct conf *c)
{
	bool acct = c->radius.acct_index != CONF_NONE;

	for (uint32_t i = 0; i < c->realms; i++)
		acct = acct || c->realm[i].acct_index != CONF_NONE;
	return acct && c->radius.spool_dir[0] != '\0' ? c->radius.spool_dir :
	    NULL;
}

/* The addresses to listen on: as configured, or any of both families. */
static void
start_listen(struct start *s)
{
	const struct conf_addrs *a = &s->conf->listener.address;
	struct priv_params *p = &s->priv;

	p->conf = s->conf;
	p->nat = &s->nat;
	p->lock = &s->lock;
	p->spool_dir = spool_dir_of(s->conf);
	for (uint32_t i = 0; i < a->n; i++)
		p->listen[p->listen_n++] = a->a[i];
	if (a->n > 0)
		return;
	if (family_there(AF_INET))
		p->listen[p->listen_n++].family = IP_V4;
	if (family_there(AF_INET6))
		p->listen[p->listen_n++].family = IP_V6;
}

static unsigned
worker_count(const struct conf *c)
{
	long n = c->workers != 0 ? (long)c->workers :
	    sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > DP_WORKERS_MAX ? DP_WORKERS_MAX : (unsigned)n;
}

/* What all of it may come to.  After start_listen(). */
static void
start_bounds(struct start *s)
{
	s->bounds = (struct bounds){
		.lns = s->params, .priv = &s->priv, .dh_queue = DH_QUEUE,
		.dp = apply_dp(s->conf, s->params, worker_count(s->conf)),
	};
}

static bool
host_make_dp(struct host *h, struct start *s, unsigned workers)
{
	struct dp_params p = s->bounds.dp;

	p.rng = &h->rng;
	h->dp = dp_new(&p);
	if (h->dp == NULL)
		return start_fail("data plane: out of memory");
	for (unsigned i = 0; i < workers; i++)
		dp_attach(h->dp, i, port_io(wires_ports(h->wires)[i]));
	h->lns = lns_new(h->params, &h->rng, &h->drops, &dp_workers, h->dp);
	return h->lns != NULL || start_fail("concentrator: out of memory");
}

/* Access rules to the data plane, and what RADIUS sends by itself. */
static bool
host_radius(struct host *h)
{
	const struct conf *c = h->conf;
	struct endpoint at = { 0 };
	char text[ENDPOINT_STRLEN];

	for (uint32_t i = 0; i < c->acls; i++)
		if (!dp_workers.acl_set(h->dp, i + 1, c->acl[i].rule.r,
		    c->acl[i].rule.n))
			return start_fail("access rules: out of memory");
	if (h->params->dae.source_n == 0)
		return true;
	h->coa = coa_open(h, &at);
	if (h->coa != NULL)
		return true;
	(void)fprintf(stderr, "l2tpd: CoA port %s: %s\n",
	    endpoint_str(&at, text), strerror(errno));
	return false;
}

/* The spool's directory is the daemon's; only making it needs privileges. */
static bool
host_spool(struct host *h, struct priv *priv, char *err)
{
	const struct conf_radius *r = &h->conf->radius;
	char warn[PRIV_TEXT] = "";
	struct spool_params p = { .size = r->spool_size,
		.entries = r->spool_records };

	if (spool_dir_of(h->conf) == NULL)
		return true;
	p.dir = priv_ask(priv, PRIV_SPOOL, 0, 0, err, warn);
	if (p.dir < 0)
		return false;
	h->spool = spool_open(&p, err);
	return h->spool != NULL;
}

/* Everything that needs the monitor, in the order given at the top. */
static bool
host_claim(struct host *h, struct start *s, struct priv *priv,
    unsigned workers, int *ctl)
{
	char err[PRIV_TEXT] = "", warn[PRIV_TEXT] = "";

	h->wires = wires_open(priv, &s->priv, workers, err);
	if (h->wires == NULL ||
	    (*ctl = priv_ask(priv, PRIV_CTL, 0, 0, err, warn)) < 0 ||
	    priv_ask(priv, PRIV_NETIF, 0, 0, err, warn) < 0 ||
	    priv_ask(priv, PRIV_NAT, 0, 0, err, warn) < 0 ||
	    !host_spool(h, priv, err))
		return start_fail(err);
	if (warn[0] != '\0')
		log_warn("%s", warn);
	if (!priv_drop(s->conf, err))
		return start_fail(err);
	return true;
}

static void
host_free(struct host *h)
{
	ctl_stop(h->ctl);
	threads_stop(h->threads);
	helpers_stop(h->helpers);
	lns_free(h->lns);
	coa_close(h->coa);
	loop_wipe(h);
	if (h->spool != NULL)
		spool_stop(h->spool);
	if (h->dp != NULL)
		dp_free(h->dp);
	wires_close(h->wires);
}

static bool
host_start(struct host *h, struct start *s, struct priv *priv)
{
	unsigned workers = s->bounds.dp.workers;
	struct loop_fds fds = { .monitor = priv_fd(priv) };
	int ctl = -1;

	h->conf = s->conf;
	h->keys = &s->keys;
	h->priv = priv;
	h->foreground = s->opt.foreground;
	h->params = s->params;
	h->started = host_now();
	h->memory_bound = bounds_bytes(&s->bounds);
	rng_system(&h->rng);
	fds.punt = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!host_claim(h, s, priv, workers, &ctl))
		return false;
	h->helpers = helpers_start(workers, DH_QUEUE);
	if (fds.punt < 0 || h->helpers == NULL ||
	    !host_make_dp(h, s, workers) || !loop_init(h, &fds))
		return start_fail("out of memory");
	if (!host_radius(h))
		return false;
	h->threads = threads_start(h->dp, wires_ports(h->wires), fds.punt);
	h->ctl = h->threads != NULL ? ctl_start(h, ctl) : NULL;
	return h->ctl != NULL || start_fail("cannot start threads");
}

/* Tells the starter, through the monitor: then both let go of the terminal. */
static bool
daemon_ready(struct host *h, struct start *s, struct priv *priv)
{
	char err[PRIV_TEXT] = "", warn[PRIV_TEXT];
	const char *why, *engine = dp_engine(h->dp, &why);

	log_info("ready version=%s workers=%u engine=%s (%s) users=%u",
	    PACKAGE_VERSION, dp_worker_count(h->dp), engine, why,
	    (unsigned)s->params->users.n);
	bounds_log(&s->bounds);
	if (priv_ask(priv, PRIV_READY, 0, 0, err, warn) < 0)
		return start_fail(err);
	if (!s->opt.foreground)
		detach_done((enum log_level)s->conf->log_level);
	return true;
}

/* The daemon proper: the monitor's child. */
static int
daemon_run(struct start *s, struct priv *priv)
{
	struct host *h = calloc(1, sizeof(*h));
	bool ok = h != NULL && host_start(h, s, priv) &&
	    daemon_ready(h, s, priv);

	if (ok) {
		ok = loop_run(h) || start_fail("cannot run");
		log_info("stopped");
	}
	if (h != NULL)
		host_free(h);
	free(h);
	return ok ? 0 : 1;
}

/* False and the words: this machine has no such engine. */
static bool
engine_may(const struct start *s, char err[PRIV_TEXT])
{
	const char *why = esp_crypt_why_not(s->bounds.dp.engine);

	if (why != NULL)
		(void)snprintf(err, PRIV_TEXT, "esp-engine: %s", why);
	return why == NULL;
}

/* What can be known before anything is touched. */
static bool
start_may(const struct start *s)
{
	char err[PRIV_TEXT];

	if (geteuid() != 0)
		return start_fail("must be started by root");
	return (priv_user(s->conf, err) && engine_may(s, err) &&
	    files_raise(bounds_files(&s->bounds), err, sizeof(err))) ||
	    start_fail(err);
}

static int
start_run(struct start *s)
{
	struct rlimit no_core = { 0, 0 };
	char err[CONF_TEXT_MAX];
	struct priv *priv;
	int status;

	start_listen(s);
	start_bounds(s);
	if (!start_may(s))
		return 1;
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(SIGPIPE, SIG_IGN);
	s->priv.ready = -1;
	if (!s->opt.foreground && !detach_start(&s->priv.ready)) {
		(void)start_fail(strerror(errno));
		return 1;
	}
	if (!lock_take(&s->lock, s->conf->run_dir, err, sizeof(err))) {
		(void)start_fail(err);
		return 1;
	}
	priv = priv_start(&s->priv);
	if (priv == NULL) {
		(void)start_fail(strerror(errno));
		lock_drop(&s->lock);
		return 1;
	}
	status = daemon_run(s, priv);
	free(priv);
	return status;
}

/* The configuration is good; will it start here? */
static int
start_print(struct start *s)
{
	char err[PRIV_TEXT];

	start_listen(s);
	start_bounds(s);
	if (!priv_user(s->conf, err))
		(void)fprintf(stderr, "l2tpd: warning: %s\n", err);
	if (!engine_may(s, err))
		(void)fprintf(stderr, "l2tpd: warning: %s\n", err);
	if (!files_may(bounds_files(&s->bounds), err, sizeof(err)))
		(void)fprintf(stderr, "l2tpd: warning: %s\n", err);
	conf_print(s->conf, stdout, false);
	bounds_print(&s->bounds, stdout);
	return 0;
}

static void
start_free(struct start *s)
{
	radsec_keys_free(&s->keys);
	apply_free(s->params);
	users_free(s->users);
	conf_free(s->conf);
}

int
main(int argc, char **argv)
{
	struct start s = { .opt = { .file = NULL } };
	int status = EXIT_CONFIG;

	if (!options_get(&s.opt, argc, argv))
		return EXIT_CONFIG;
	if (start_read(&s)) {
		detach_log((enum log_level)s.conf->log_level);
		status = s.opt.check ? start_print(&s) : start_run(&s);
	}
	start_free(&s);
	return status;
}
