/* SPDX-License-Identifier: BSD-2-Clause */
/* Into the background: see detach.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "l2tpd/detach.h"

static void
sink_stderr(void *ctx, enum log_level level, const char *line)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	(void)ctx;
	(void)fprintf(stderr, "l2tpd: %s: %s\n", names[level], line);
}

static void
sink_syslog(void *ctx, enum log_level level, const char *line)
{
	static const int prio[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

	(void)ctx;
	syslog(prio[level], "%s", line);
}

void
detach_log(enum log_level level)
{
	log_sink_set(sink_stderr, NULL, level);
}

/* The starter: the daemon's word, or its status. */
static void __attribute__((noreturn))
starter_wait(int from, pid_t daemon)
{
	int status = 0;
	char byte;

	if (read(from, &byte, 1) == 1)
		_exit(0);
	while (waitpid(daemon, &status, 0) < 0 && errno == EINTR)
		continue;
	_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ?
	    WEXITSTATUS(status) : 1);
}

bool
detach_start(int *ready)
{
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return false;
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return false;
	if (pid > 0) {
		close(pair[1]);
		starter_wait(pair[0], pid);
	}
	(void)setsid();
	close(pair[0]);
	*ready = pair[1];
	return true;
}

void
detach_tell(int ready)
{
	if (ready < 0)
		return;
	(void)!write(ready, "", 1);
	close(ready);
}

void
detach_done(enum log_level level)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	openlog("l2tpd", LOG_PID, LOG_DAEMON);
	log_sink_set(sink_syslog, NULL, level);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);
	if (null > 2)
		close(null);
	(void)!chdir("/");
}
