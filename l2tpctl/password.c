/* SPDX-License-Identifier: BSD-2-Clause */
/* A password from a file or a terminal: see password.h. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "l2tpctl/password.h"

static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP };

#define SIGNALS	(sizeof(signals) / sizeof(signals[0]))

/* It has done its work when read() returns EINTR. */
static void
on_signal(int sig)
{
	(void)sig;
}

/* Byte by byte: what stands behind the line is not ours. */
static bool
read_line(int fd, struct secret *s, const char **why)
{
	uint8_t buf[SECRET_MAX + 1];
	size_t n = 0;
	ssize_t got;
	bool ok;

	while ((got = read(fd, &buf[n], 1)) == 1 && buf[n] != '\n' &&
	    n < SECRET_MAX)
		n++;
	ok = got >= 0 && n > 0 && (got == 0 || buf[n] == '\n') &&
	    secret_set(s, buf, n);
	if (got < 0)
		*why = errno == EINTR ? "given up" :
		    "the password cannot be read";
	else if (n == 0)
		*why = "no password";
	else if (!ok)
		*why = "the password is too long";
	wipe(buf, sizeof(buf));
	return ok;
}

static bool
read_hidden(int fd, const struct termios *was, struct secret *s,
    const char **why)
{
	struct termios quiet = *was;
	bool ok;

	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0) {
		*why = "the terminal cannot be kept from echoing";
		return false;
	}
	ok = read_line(fd, s, why);
	(void)tcsetattr(fd, TCSAFLUSH, was);
	return ok;
}

bool
password_read(int fd, FILE *prompt, struct secret *s, const char **why)
{
	struct sigaction act = { .sa_handler = on_signal }, old[SIGNALS];
	struct termios was;
	bool ok;

	secret_wipe(s);
	if (tcgetattr(fd, &was) != 0)
		return read_line(fd, s, why);
	(void)fputs("password: ", prompt);
	(void)fflush(prompt);
	/* Without SA_RESTART: read() returns. */
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &act, &old[i]);
	ok = read_hidden(fd, &was, s, why);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &old[i], NULL);
	(void)fputc('\n', prompt);
	return ok;
}
