# SPDX-License-Identifier: BSD-2-Clause
"""Other tunnels in the daemon's place, for --against: Debian's packages, set up
in the rig's namespaces and gone with it.  Each function starts both ends and
returns when the host behind answers; what the server costs is what runs in the
daemon's namespace.
"""

import os
import subprocess

import rig as r

PHONE, GATEWAY = "10.80.0.2", "10.80.0.1"


def need(*packages):
    """Debian packages, installed if they are missing."""
    for p in packages:
        out = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}",
                              p], check=False, capture_output=True, text=True)
        if out.stdout != "installed":
            r.say(f"installing {p}")
            subprocess.run(["apt-get", "install", "-y", "-qq",
                            "--no-install-recommends", p], check=True,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL,
                           env={**os.environ,
                                "DEBIAN_FRONTEND": "noninteractive"})


def inside(space, *words, **more):
    """A command in a namespace; its output."""
    return subprocess.run(["ip", "netns", "exec", space, *words], check=True,
                          stdout=subprocess.PIPE, text=True,
                          **more).stdout.strip()


def answers(rig):
    """Until the host behind is reached through the tunnel."""
    r.until(20, lambda: subprocess.run(
        ["ip", "netns", "exec", rig.net, "ping", "-qc1", "-W1", r.BEHIND],
        check=False, stdout=subprocess.DEVNULL).returncode == 0,
        "nobody behind the peer answers")


def wireguard_go(rig):
    """WireGuard in user space, ChaCha20-Poly1305."""
    need("wireguard-go", "wireguard-tools")
    tag = f"w{os.getpid() % 100000}"
    ends = {rig.srv: f"{tag}s", rig.net: f"{tag}c"}
    public = {}
    for space, name in ends.items():
        key = subprocess.run(["wg", "genkey"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        rig.write(name, key)
        public[space] = subprocess.run(
            ["wg", "pubkey"], input=key, check=True, stdout=subprocess.PIPE,
            text=True).stdout.strip()
        rig.start(space, "wireguard-go", "-f", name,
                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        r.until(10, lambda n=name: os.path.exists(
            f"/var/run/wireguard/{n}.sock"), "wireguard-go")
    inside(rig.srv, "wg", "set", ends[rig.srv], "private-key",
           f"{rig.dir}/{ends[rig.srv]}", "listen-port", "51820", "peer",
           public[rig.net], "allowed-ips", f"{PHONE}/32")
    inside(rig.net, "wg", "set", ends[rig.net], "private-key",
           f"{rig.dir}/{ends[rig.net]}", "peer", public[rig.srv], "endpoint",
           f"{r.SERVER}:51820", "allowed-ips", "0.0.0.0/0")
    for space, address in ((rig.srv, GATEWAY), (rig.net, PHONE)):
        r.ip("-n", space, "addr", "add", f"{address}/24", "dev", ends[space])
        r.ip("-n", space, "link", "set", ends[space], "mtu", "1400", "up")
    r.ip("-n", rig.net, "route", "add", "10.88.0.0/24", "dev", ends[rig.net])
    answers(rig)


def openvpn(rig):
    """OpenVPN with a static key, AES-256-CBC and HMAC-SHA1."""
    need("openvpn")
    key = f"{rig.dir}/openvpn.key"
    subprocess.run(["openvpn", "--genkey", "secret", key], check=True)
    both = ("--dev-type", "tun", "--proto", "udp", "--secret", key, "--cipher",
            "AES-256-CBC", "--auth", "SHA1", "--tun-mtu", "1400",
            "--port", "1194", "--verb", "0")
    rig.start(rig.srv, "openvpn", "--dev", "ovpn", "--ifconfig", GATEWAY,
              PHONE, *both, stdout=subprocess.DEVNULL,
              stderr=subprocess.DEVNULL)
    rig.start(rig.net, "openvpn", "--dev", "ovpn", "--ifconfig", PHONE,
              GATEWAY, "--remote", r.SERVER, "--route", "10.88.0.0",
              "255.255.255.0", *both, stdout=subprocess.DEVNULL,
              stderr=subprocess.DEVNULL)
    answers(rig)


STARTS = {"wireguard-go": wireguard_go, "openvpn": openvpn}
