#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# ./quickstart --once on a Debian 12 that has nothing but its smallest set of
# packages: all that it needs it installs itself.  The root is a folder, with
# mounts and process numbers of its own; its packages come from where this
# machine gets its own.
. "$(dirname "$0")/../lib.sh"
begin
R=$OUT/root
# The mounts below are another namespace's: there is nothing behind R here.
trap 'rm -rf --one-file-system "$R"; finish' EXIT

from=()
for f in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
	[ ! -s "$f" ] || from+=("$f")
done
expect "a root of $(uname -m) with the smallest set" \
	timeout -k 10 400 mmdebstrap --quiet --variant=minbase bookworm "$R" \
	"${from[@]}" 2>"$OUT/mmdebstrap.log"
has() { find "$R/usr/bin" "$R/usr/sbin" -name "$1" | grep -q .; }
expect "it has a shell" has bash
for p in gcc make python3 ip nft openssl; do
	expect "it has no $p" eval "! has $p"
done
# What stands in a release: nothing that was made here.
copy_tree() {
	mkdir "$R/l2tpd" &&
		tar -C "$TOP" --exclude-vcs --exclude=./.check \
		--exclude=./.quickstart --exclude=./build --exclude=./configure \
		--exclude=./autom4te.cache --exclude=Makefile.in -c . |
		tar -C "$R/l2tpd" -x
}
expect "the tree is copied into it" copy_tree

# bare SECONDS COMMAND...: inside.  It ends with all that it started.  The root
# has to be a mount, or ip netns cannot change what its mounts pass on.
bare() {
	local limit=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands
	timeout -k 20 "$limit" unshare -m -p -f --kill-child sh -c '
		mount --bind "$1" "$1" && cd "$1" &&
		mount -t proc proc "$1/proc" && mount -t sysfs sysfs "$1/sys" &&
		mount --rbind /dev "$1/dev" && mount -t tmpfs run "$1/run" &&
		exec chroot "$@"' sh "$R" env -i HOME=/root TERM=dumb \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
links() { ip -o link | cut -d : -f 2; }
before=$(links)
first() { bare 500 /l2tpd/quickstart --once >"$OUT/quickstart" 2>&1; }
second() { bare 150 /l2tpd/quickstart --once >"$OUT/again" 2>&1; }
expect "quickstart --once: status 0" first
said() { grep -q -- "$1" "$OUT/quickstart"; }
expect "it installed a compiler" said '==> installing.* gcc'
expect "it built" said '^built l2tpd'
expect "its phone was in" said '5 packets transmitted, 5 received'
expect "the proof is complete" said 'proof complete'
[ $bad = 0 ] || tail -n 12 "$OUT/quickstart" | sed 's/^/    | /'
expect "once more: status 0" second
expect "its proof, too" grep -q 'proof complete' "$OUT/again"
expect "there was nothing left to install" eval "! grep -q installing '$OUT/again'"
expect "this machine has the links that it had" test "$(links)" = "$before"
