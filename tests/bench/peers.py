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
    r.until(20, rig.reaches, "wireguard-go")


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
    r.until(20, rig.reaches, "openvpn")


SOFTETHER = "/usr/libexec/softether/vpnserver/vpnserver"
SOFTETHER_PSK = "nine-byte"      # it warns of more


def softether(rig):
    """SoftEther as L2TP/IPsec server, bridged to a TAP; the phone is ours."""
    need("softether-vpnserver", "softether-vpncmd")
    home = f"{rig.dir}/softether"
    os.makedirs(home)
    os.makedirs("/run/softether", exist_ok=True)
    rig.secrets(SOFTETHER_PSK)
    rig.start(rig.srv, SOFTETHER, "execsvc", cwd=home,
              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(*words, hub=()):
        return subprocess.run(
            ["ip", "netns", "exec", rig.srv, "vpncmd", "localhost:5555",
             "/SERVER", *hub, "/CMD", *words], check=False, timeout=60,
            stdout=subprocess.DEVNULL).returncode == 0

    r.until(30, lambda: ask("ServerInfoGet"), "softether")
    hub = ("/ADMINHUB:VPN",)
    for words, where in (
            (("HubCreate", "VPN", "/PASSWORD:x"), ()),
            (("UserCreate", r.USER, "/GROUP:none", "/REALNAME:none",
              "/NOTE:none"), hub),
            (("UserPasswordSet", r.USER, f"/PASSWORD:{r.PASSWORD}"), hub),
            (("SecureNatEnable",), hub), (("NatDisable",), hub),
            (("SecureNatHostSet", "/MAC:none", "/IP:10.80.0.253",
              "/MASK:255.255.0.0"), hub),
            (("DhcpSet", "/START:10.80.0.10", "/END:10.80.0.200",
              "/MASK:255.255.0.0", "/EXPIRE:7200", f"/GW:{GATEWAY}",
              "/DNS:none", "/DNS2:none", "/DOMAIN:none", "/LOG:no"), hub),
            (("BridgeCreate", "VPN", "/DEVICE:soft", "/TAP:yes"), ()),
            (("IPsecEnable", "/L2TP:yes", "/L2TPRAW:no", "/ETHERIP:no",
              f"/PSK:{SOFTETHER_PSK}", "/DEFAULTHUB:VPN"), ())):
        if not ask(*words, hub=where):
            raise r.Failed(f"softether: {words[0]}")
    r.until(10, lambda: "tap_soft" in inside(rig.srv, "ip", "-br", "link"),
            "its TAP")
    r.ip("-n", rig.srv, "addr", "add", f"{GATEWAY}/16", "dev", "tap_soft")
    r.ip("-n", rig.srv, "link", "set", "tap_soft", "up")
    rig.phone("aes256-sha1", "--ike", "aes256-sha1-modp2048")


STARTS = {"wireguard-go": wireguard_go, "openvpn": openvpn,
          "softether": softether}
