dnl SPDX-License-Identifier: BSD-2-Clause
dnl Small helpers of configure.ac.

dnl L2TPD_SWITCH(NAME, HELP): --enable-NAME, default no; sets enable_NAME.
AC_DEFUN([L2TPD_SWITCH],
[AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2])],
    [AS_CASE([$enableval], [yes|no], [],
	[AC_MSG_ERROR([--enable-$1 takes no value])])],
    [enable_$1=no])])

dnl L2TPD_LIBRARY(VAR, MODULES, DEBIAN-PACKAGE): a library that must be there.
AC_DEFUN([L2TPD_LIBRARY],
[PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 is missing or too old (Debian package: $3)])])])

dnl L2TPD_OPTIONAL(VAR, MODULES, yes|no|auto, SWITCH): sets have_VAR and
dnl defines HAVE_VAR.
AC_DEFUN([L2TPD_OPTIONAL],
[AS_IF([test "x$3" != xno],
    [PKG_CHECK_MODULES([$1], [$2],
	[have_$1=yes
	AC_DEFINE([HAVE_$1], [1], [$2 is there])],
	[AS_IF([test "x$3" = xyes],
	    [AC_MSG_ERROR([--with-$4 was asked for, but $2 is missing])])])])])

dnl L2TPD_FLAG(VAR, FLAG): append FLAG to VAR if the compiler knows it.
AC_DEFUN([L2TPD_FLAG],
[AC_MSG_CHECKING([whether $CC takes $2])
l2tpd_save=$CFLAGS
CFLAGS="$CFLAGS -Werror $2"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes])
    $1="${$1} $2"],
    [AC_MSG_RESULT([no])])
CFLAGS=$l2tpd_save])

dnl L2TPD_LDFLAG(VAR, FLAG): the same for the linker.
AC_DEFUN([L2TPD_LDFLAG],
[AC_MSG_CHECKING([whether linking takes $2])
l2tpd_save=$LDFLAGS l2tpd_save_c=$CFLAGS
LDFLAGS="$LDFLAGS $2" CFLAGS="$CFLAGS -fPIE"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes])
    $1="${$1} $2"],
    [AC_MSG_RESULT([no])])
LDFLAGS=$l2tpd_save CFLAGS=$l2tpd_save_c])

dnl L2TPD_MUST_LINK(FLAG, MESSAGE): end here if a program does not link with it.
AC_DEFUN([L2TPD_MUST_LINK],
[l2tpd_save=$CFLAGS
CFLAGS="$CFLAGS $1"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [], [AC_MSG_ERROR([$2])])
CFLAGS=$l2tpd_save])
