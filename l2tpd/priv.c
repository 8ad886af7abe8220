/* SPDX-License-Identifier: BSD-2-Clause */
/* The root monitor: see priv.h.  Each request has a do_x here. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "l2tpd/detach.h"
#include "l2tpd/netif.h"
#include "l2tpd/priv.h"
#include "l2tpd/spool_dir.h"

#define KILL_S	8	/* a child that was told to end has this long */

/*
 * A sanitizer looks at its own process at the end, and starts a program to
 * name what it found: builds with one stay visible to themselves.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED	1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED	1
#endif
#ifndef SANITIZED
#define SANITIZED	0
#endif

struct priv {
	int fd;
};

struct priv_request {
	uint32_t what;		/* enum priv_what */
	uint32_t n;
	uint16_t port;
	struct kroute route;
};

struct priv_reply {
	bool ok;
	bool has_fd;
	char err[PRIV_TEXT], warn[PRIV_TEXT];
};

struct monitor {
	const struct priv_params *params;
	pid_t child;
	int fd;
	int signals;
	unsigned queues;		/* of the TUN interface, opened */
	bool nat_is_on;
	struct kroutes *routes;		/* owned */
	struct stat ctl;		/* the control socket; st_ino 0: none */
	char ctl_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char nat_state[CONF_PATH_MAX + 16];
};

struct sock_params
priv_sock(const struct priv_params *p, enum priv_what what, uint32_t n,
    uint16_t port)
{
	bool natt = what == PRIV_UDP && port == 4500;

	return (struct sock_params){
		.addr = p->listen[n],
		.port = what == PRIV_UDP ? port : 0,
		.via = what == PRIV_RAW ? PKT_ESP : natt ? PKT_NATT : PKT_IKE,
		.share = natt,
		.trains = natt && p->conf->offload,
	};
}

struct tun_params
priv_tun(const struct priv_params *p)
{
	struct tun_params t = { .multi = true };

	(void)snprintf(t.name, sizeof(t.name), "%s", p->conf->interface);
	return t;
}

static int
do_sock(struct monitor *m, const struct priv_request *q, struct priv_reply *a)
{
	enum priv_what what = (enum priv_what)q->what;
	struct endpoint at = { .port = q->port };
	struct sock_params sp;
	char text[ENDPOINT_STRLEN];
	int fd;

	if (q->n >= m->params->listen_n ||
	    (what == PRIV_UDP && q->port != 500 && q->port != 4500)) {
		(void)snprintf(a->err, sizeof(a->err), "request refused");
		return -1;
	}
	sp = priv_sock(m->params, what, q->n, q->port);
	fd = sock_open(&sp);
	at.addr = sp.addr;
	if (fd < 0)
		(void)snprintf(a->err, sizeof(a->err), "%s %s: %s",
		    what == PRIV_RAW ? "IP protocol 50 on" : "UDP",
		    endpoint_str(&at, text), strerror(errno));
	return fd;
}

static int
do_tun(struct monitor *m, struct priv_reply *a)
{
	struct tun_params t = priv_tun(m->params);
	int fd;

	if (m->queues == 0 && if_nametoindex(t.name) != 0) {
		(void)snprintf(a->err, sizeof(a->err),
		    "TUN interface %s: there is an interface of that name",
		    t.name);
		return -1;
	}
	fd = tun_open(&t);
	m->queues += fd >= 0;
	if (fd < 0)
		(void)snprintf(a->err, sizeof(a->err),
		    "TUN interface %s: %s%s", m->params->conf->interface,
		    strerror(errno),
		    errno == ENOENT || errno == ENODEV || errno == ENXIO ?
		    " (is /dev/net/tun there?)" :
		    errno == EBUSY ? " (in use by another program)" : "");
	return fd;
}

static bool
do_netif(struct monitor *m, struct priv_reply *a)
{
	const struct conf *c = m->params->conf;
	const struct nat *n = m->params->nat;

	if (!netif_up(c->interface, &c->ppp.local, c->ppp.mru, a->err,
	    sizeof(a->err)))
		return false;
	for (uint32_t i = 0; i < n->ranges; i++)
		if (!netif_route(c->interface, n->range[i].first,
		    n->range[i].last, a->err, sizeof(a->err)))
			return false;
	return netif_nets(c->interface, n->net, n->nets, a->err,
	    sizeof(a->err));
}

/* Off: what a killed run left is taken back all the same. */
static bool
do_nat(struct monitor *m, struct priv_reply *a)
{
	if (m->params->conf->nat == CONF_NAT_AUTO) {
		m->nat_is_on = nat_on(m->params->nat, m->nat_state, a->err,
		    sizeof(a->err), a->warn, sizeof(a->warn));
		return m->nat_is_on;
	}
	if (nat_left(m->nat_state)) {
		nat_off(m->nat_state);
		(void)snprintf(a->warn, sizeof(a->warn),
		    "forwarding that a killed run had set up is taken back");
	}
	return true;
}

/* False with errno: there is something that is not a dead socket. */
static bool
ctl_clear(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd;
	bool alive;

	if (lstat(sun->sun_path, &st) < 0)
		return errno == ENOENT;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	alive = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0;
	close(fd);
	if (!alive)
		return unlink(sun->sun_path) == 0;
	errno = EADDRINUSE;
	return false;
}

/* Owner and mode say who may ask: root, and the group of the configuration. */
static bool
ctl_bind(struct monitor *m, int fd, const struct sockaddr_un *sun)
{
	const struct conf *c = m->params->conf;
	const struct group *g = c->group[0] != '\0' ? getgrnam(c->group) : NULL;
	const struct passwd *u = getpwnam(c->user);
	gid_t gid = g != NULL ? g->gr_gid : u != NULL ? u->pw_gid : 0;
	mode_t old = umask(0117);
	bool ok = bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0;

	(void)umask(old);
	if (!ok || lstat(sun->sun_path, &m->ctl) < 0)
		return false;
	return chown(sun->sun_path, 0, gid) == 0 && listen(fd, 128) == 0;
}

static int
do_ctl(struct monitor *m, struct priv_reply *a)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = -1;

	errno = ENAMETOOLONG;
	memcpy(sun.sun_path, m->ctl_path, sizeof(sun.sun_path));
	if (sun.sun_path[0] != '\0')
		fd = socket(AF_UNIX,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && ctl_clear(&sun) && ctl_bind(m, fd, &sun))
		return fd;
	(void)snprintf(a->err, sizeof(a->err), "control socket %s: %s",
	    m->ctl_path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Who the daemon is to be; false and one line in err. */
static bool
ids_find(const struct conf *c, uid_t *uid, gid_t *gid, char *err)
{
	const struct passwd *pw = getpwnam(c->user);
	const struct group *gr = c->group[0] != '\0' ? getgrnam(c->group) : NULL;

	if (pw == NULL || (c->group[0] != '\0' && gr == NULL)) {
		(void)snprintf(err, PRIV_TEXT, "%s %.64s: no such %s on this system",
		    pw == NULL ? "user" : "group",
		    pw == NULL ? c->user : c->group,
		    pw == NULL ? "user" : "group");
		return false;
	}
	*uid = pw->pw_uid;
	*gid = gr != NULL ? gr->gr_gid : pw->pw_gid;
	if (*uid != 0)
		return true;
	(void)snprintf(err, PRIV_TEXT, "user %.64s: the daemon must not be "
	    "root; give it a user of its own", c->user);
	return false;
}

static int
do_spool(const struct monitor *m, struct priv_reply *a)
{
	uid_t uid;
	gid_t gid;

	if (m->params->spool_dir == NULL) {
		(void)snprintf(a->err, sizeof(a->err), "request refused");
		return -1;
	}
	if (!ids_find(m->params->conf, &uid, &gid, a->err))
		return -1;
	return spool_dir_open(m->params->spool_dir, uid, gid, a->err,
	    sizeof(a->err));
}

/* They go away with the interface: nothing is left to undo. */
static bool
do_route(struct monitor *m, const struct priv_request *q, struct priv_reply *a)
{
	return q->what == PRIV_ROUTE_ADD ?
	    kroutes_add(m->routes, &q->route, a->err, sizeof(a->err)) :
	    kroutes_del(m->routes, &q->route, a->err, sizeof(a->err));
}

static void
do_ready(struct monitor *m)
{
	if (m->params->ready < 0)
		return;
	detach_tell(m->params->ready);
	detach_done((enum log_level)m->params->conf->log_level);
}

/* Does what is asked; the descriptor to hand over, or -1. */
static int
monitor_do(struct monitor *m, const struct priv_request *q,
    struct priv_reply *a)
{
	int fd = -1;

	switch ((enum priv_what)q->what) {
	case PRIV_UDP:
	case PRIV_RAW:
		fd = do_sock(m, q, a);
		break;
	case PRIV_TUN:
		fd = do_tun(m, a);
		break;
	case PRIV_CTL:
		fd = do_ctl(m, a);
		break;
	case PRIV_SPOOL:
		fd = do_spool(m, a);
		break;
	case PRIV_NETIF:
		a->ok = do_netif(m, a);
		return -1;
	case PRIV_NAT:
		a->ok = do_nat(m, a);
		return -1;
	case PRIV_READY:
		do_ready(m);
		a->ok = true;
		return -1;
	case PRIV_ROUTE_ADD:
	case PRIV_ROUTE_DEL:
		a->ok = do_route(m, q, a);
		return -1;
	}
	a->ok = a->has_fd = fd >= 0;
	return fd;
}

/* One message each way over the pair; a descriptor may ride along. */
union fd_ride {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int))];
};

static bool
pipe_send(int to, const void *p, size_t n, int fd)
{
	union fd_ride ride = { .buf = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)p, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *c;

		m.msg_control = ride.buf;
		m.msg_controllen = sizeof(ride.buf);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(to, &m, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool
pipe_recv(int from, void *p, size_t n, int *fd)
{
	union fd_ride ride = { .buf = { 0 } };
	struct iovec iov = { .iov_base = p, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = ride.buf, .msg_controllen = sizeof(ride.buf) };
	const struct cmsghdr *c;
	ssize_t got;

	*fd = -1;
	do
		got = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)n)
		return false;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return true;
}

/* Serves one request; false when the child is gone. */
static bool
monitor_serve(struct monitor *m)
{
	struct priv_request q;
	struct priv_reply a = { .ok = false };
	int fd, ignored;
	bool ok;

	if (!pipe_recv(m->fd, &q, sizeof(q), &ignored))
		return false;
	if (ignored >= 0)
		close(ignored);
	fd = monitor_do(m, &q, &a);
	ok = pipe_send(m->fd, &a, sizeof(a), fd);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Only what is ours: another may have taken the place meanwhile. */
static void
monitor_undo_ctl(struct monitor *m)
{
	struct stat st;

	if (m->ctl.st_ino != 0 && lstat(m->ctl_path, &st) == 0 &&
	    st.st_ino == m->ctl.st_ino && st.st_dev == m->ctl.st_dev)
		(void)unlink(m->ctl_path);
}

static void
monitor_undo(struct monitor *m)
{
	if (m->nat_is_on)
		nat_off(m->nat_state);
	monitor_undo_ctl(m);
	lock_drop(m->params->lock);
}

/* True with the exit status when the child has ended. */
static bool
monitor_reap(struct monitor *m, int *status)
{
	int st = 0;

	if (waitpid(m->child, &st, WNOHANG) != m->child)
		return false;
	if (WIFSIGNALED(st))
		log_error("the daemon was ended by signal %d", WTERMSIG(st));
	*status = WIFSIGNALED(st) ? 1 : WEXITSTATUS(st);
	return true;
}

/* Signals meant for the daemon go on to it; it has KILL_S to end. */
static void
monitor_signal(struct monitor *m)
{
	struct signalfd_siginfo si;

	if (read(m->signals, &si, sizeof(si)) != (ssize_t)sizeof(si) ||
	    si.ssi_signo == SIGCHLD)
		return;
	if (si.ssi_signo == SIGALRM) {
		log_error("the daemon did not end within %d s", KILL_S);
		(void)kill(m->child, SIGKILL);
		return;
	}
	(void)kill(m->child, (int)si.ssi_signo);
	if (si.ssi_signo != SIGHUP)
		(void)alarm(KILL_S);
}

static void __attribute__((noreturn))
monitor_run(struct monitor *m)
{
	struct pollfd p[2] = {
		{ .fd = m->fd, .events = POLLIN },
		{ .fd = m->signals, .events = POLLIN },
	};
	int status = 1;

	while (!monitor_reap(m, &status)) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents != 0)
			monitor_signal(m);
		if (p[0].revents != 0 && !monitor_serve(m)) {
			p[0].fd = -1;		/* its end is near */
			(void)alarm(KILL_S);
		}
	}
	monitor_undo(m);
	free(m->routes);
	exit(status);
}

static void
monitor_names(struct monitor *m, const struct conf *c)
{
	int n;

	if (c->control_socket[0] != '\0')
		n = snprintf(m->ctl_path, sizeof(m->ctl_path), "%s",
		    c->control_socket);
	else
		n = snprintf(m->ctl_path, sizeof(m->ctl_path), "%s/l2tpd.sock",
		    c->run_dir);
	if (n < 0 || (size_t)n >= sizeof(m->ctl_path))
		m->ctl_path[0] = '\0';
	(void)snprintf(m->nat_state, sizeof(m->nat_state), "%s/ip_forward",
	    c->run_dir);
}

/* What the monitor reads from its descriptor instead of dying of it. */
static void
monitor_signals(sigset_t *set)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD,
		SIGALRM };

	(void)sigemptyset(set);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		(void)sigaddset(set, sigs[i]);
}

/* The child is a group of its own: a terminal's Ctrl-C comes once only. */
static struct priv *
child_begin(struct priv *p, int fd, const sigset_t *old)
{
	(void)setpgid(0, 0);
	(void)sigprocmask(SIG_SETMASK, old, NULL);
	p->fd = fd;
	return p;
}

struct priv *
priv_start(const struct priv_params *params)
{
	struct monitor m = { .params = params,
		.routes = calloc(1, sizeof(*m.routes)) };
	struct priv *p = calloc(1, sizeof(*p));
	sigset_t set, old;
	int pair[2];

	if (p == NULL || m.routes == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		free(m.routes);
		free(p);
		return NULL;
	}
	monitor_signals(&set);
	(void)sigprocmask(SIG_BLOCK, &set, &old);
	(void)fflush(NULL);
	m.child = fork();
	if (m.child < 0) {
		(void)sigprocmask(SIG_SETMASK, &old, NULL);
		close(pair[0]);
		close(pair[1]);
		free(m.routes);
		free(p);
		return NULL;
	}
	if (m.child == 0) {
		close(pair[0]);
		free(m.routes);
		return child_begin(p, pair[1], &old);
	}
	close(pair[1]);
	free(p);
	m.fd = pair[0];
	monitor_names(&m, params->conf);
	kroutes_init(m.routes, params->conf, params->nat, params->listen,
	    params->listen_n);
	m.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	monitor_run(&m);
}

static int
ask(const struct priv *p, const struct priv_request *q, char *err, char *warn)
{
	struct priv_reply a;
	int fd;

	if (!pipe_send(p->fd, q, sizeof(*q), -1) ||
	    !pipe_recv(p->fd, &a, sizeof(a), &fd)) {
		(void)snprintf(err, PRIV_TEXT, "the root monitor is gone");
		return -1;
	}
	memcpy(err, a.err, PRIV_TEXT);
	memcpy(warn, a.warn, PRIV_TEXT);
	err[PRIV_TEXT - 1] = warn[PRIV_TEXT - 1] = '\0';
	if (!a.ok || a.has_fd != (fd >= 0)) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return a.has_fd ? fd : 0;
}

int
priv_ask(struct priv *p, enum priv_what what, uint32_t n, uint16_t port,
    char *err, char *warn)
{
	struct priv_request q = { .what = (uint32_t)what, .n = n, .port = port };

	return ask(p, &q, err, warn);
}

bool
priv_route(struct priv *p, bool set, const struct kroute *r, char *err)
{
	struct priv_request q = { .what = set ? PRIV_ROUTE_ADD : PRIV_ROUTE_DEL,
		.route = *r };
	char warn[PRIV_TEXT];

	return ask(p, &q, err, warn) >= 0;
}

int
priv_fd(const struct priv *p)
{
	return p->fd;
}

/* A program that cannot start another cannot be made to start a shell. */
static bool
forbid_exec(void)
{
	uint32_t act = SANITIZED ? SCMP_ACT_ERRNO(EPERM) :
	    SCMP_ACT_KILL_PROCESS;
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	bool ok;

	if (ctx == NULL)
		return false;
	ok = seccomp_rule_add(ctx, act, SCMP_SYS(execve), 0) == 0 &&
	    seccomp_rule_add(ctx, act, SCMP_SYS(execveat), 0) == 0 &&
	    seccomp_load(ctx) == 0;
	seccomp_release(ctx);
	return ok;
}

bool
priv_user(const struct conf *c, char *err)
{
	uid_t uid;
	gid_t gid;

	return ids_find(c, &uid, &gid, err);
}

bool
priv_drop(const struct conf *c, char *err)
{
	uid_t uid;
	gid_t gid;

	if (!ids_find(c, &uid, &gid, err))
		return false;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, SANITIZED, 0, 0, 0) < 0 || !forbid_exec()) {
		(void)snprintf(err, PRIV_TEXT, "cannot drop privileges: %s",
		    strerror(errno));
		return false;
	}
	return true;
}
