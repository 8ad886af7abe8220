# SPDX-License-Identifier: BSD-2-Clause
"""What the benches share: a network of namespaces, the daemon in it, phones,
and what a process costs.

    phones (net) ---veth--- the daemon (srv) ---veth--- servers (aaa)
    10.64.0.0/16   198.51.100.0/24          10.88.0.0/24

The phones are l2tpload in one process.  All that is made is gone at the end of
the `with'; every wait has a bound.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SERVER, PHONES = "198.51.100.1", "10.64.0.0/16"
BEHIND = "10.88.0.2"		# a host behind the daemon, where servers stand
PSK, USER, PASSWORD = "a-key-of-more-than-20-characters", "alice", "wonderland"
CONF = """run-dir = "{dir}/run"
user = nobody
group = nogroup
listener {{ address = {server} }}
ipsec {{ psk-file = "{dir}/psk" }}
pool main {{ range = "10.80.0.0/16" }}
users {{ file = "{dir}/users" }}
{more}
"""


class Failed(Exception):
    """A bench that cannot go on."""


def say(text):
    """A word for who waits; figures go elsewhere."""
    print(text, file=sys.stderr, flush=True)


def until(seconds, question, what):
    """Wait until the question is answered by something true."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def ip(*words):
    """ip(8)."""
    subprocess.run(["ip", *words], check=True)


class Costs:
    """What all processes of a namespace have taken so far."""

    def __init__(self, space):
        self.cpu_s, self.rss_kb, self.fds = 0.0, 0, 0
        tick = os.sysconf("SC_CLK_TCK")
        for pid in pids(space):
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                part = f.read().rpartition(")")[2].split()
            self.cpu_s += (int(part[11]) + int(part[12])) / tick
            with open(f"/proc/{pid}/status", encoding="ascii") as f:
                for row in f:
                    if row.startswith("VmRSS:"):
                        self.rss_kb += int(row.split()[1])
            self.fds += len(os.listdir(f"/proc/{pid}/fd"))


def pids(space):
    """The processes in a namespace."""
    out = subprocess.run(["ip", "netns", "pids", space], check=False,
                         stdout=subprocess.PIPE, text=True).stdout
    return [int(p) for p in out.split()]


class Ctl:
    """A client of the status socket, for one thread."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.s.settimeout(10)
        self.s.connect(path)
        self.f = self.s.makefile("r", encoding="utf-8")

    def ask(self, command):
        """The data of its answer."""
        self.s.sendall(json.dumps({"v": 1, "cmd": command}).encode() + b"\n")
        answer = json.loads(self.f.readline())
        if not answer["ok"]:
            raise Failed(f"{command}: {answer['error']}")
        return answer["data"]

    def close(self):
        """No more questions."""
        self.f.close()
        self.s.close()


class Sampler(threading.Thread):
    """Calls a function over and over; keeps (moment, what it returned)."""

    def __init__(self, function, pause_s):
        super().__init__()
        self.function, self.pause_s = function, pause_s
        self.samples, self.over = [], threading.Event()

    def run(self):
        while not self.over.wait(self.pause_s):
            self.samples.append((time.monotonic(), self.function()))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *what):
        self.over.set()
        self.join()


class Rig:
    """The network and what runs in it."""

    def __init__(self, build):
        self.build = build
        tag = f"b{os.getpid()}"
        self.net, self.srv, self.aaa = (f"{tag}-{n}"
                                        for n in ("net", "srv", "aaa"))
        self.spaces, self.running = [], []
        self.temporary = tempfile.TemporaryDirectory()
        self.dir = self.temporary.name
        self.daemon = None

    def __enter__(self):
        try:
            self._network()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *what):
        # A second signal would leave what is not yet removed.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for p in reversed(self.running):
            self.stop(p)
        for space in self.spaces:
            for pid in pids(space):
                os.kill(pid, signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", space], check=False)
        self.temporary.cleanup()

    def _network(self):
        os.chmod(self.dir, 0o755)
        for space in (self.net, self.srv, self.aaa):
            ip("netns", "add", space)
            self.spaces.append(space)
            ip("-n", space, "link", "set", "lo", "up")
        for a, a_addr, b, b_addr, name in (
                (self.net, "198.51.100.2/24", self.srv, f"{SERVER}/24", "wan"),
                (self.srv, "10.88.0.1/24", self.aaa, "10.88.0.2/24", "aaa")):
            ip("link", "add", name, "netns", a, "type", "veth", "peer", "name",
               name, "netns", b)
            for space, addr in ((a, a_addr), (b, b_addr)):
                ip("-n", space, "addr", "add", addr, "dev", name)
                ip("-n", space, "link", "set", name, "up")
        ip("-n", self.net, "route", "add", "local", PHONES, "dev", "lo")
        ip("-n", self.srv, "route", "add", PHONES, "via", "198.51.100.2")

    def write(self, name, text, mode=0o600):
        """A file in the rig's folder; its path."""
        path = f"{self.dir}/{name}"
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def start(self, space, *words, **more):
        """A process in a namespace, ended with the rig."""
        p = subprocess.Popen(["ip", "netns", "exec", space, *words], text=True,
                             **more)
        self.running.append(p)
        return p

    def stop(self, p):
        """End it, politely at first; what it said on a pipe."""
        if p in self.running:
            self.running.remove(p)
        if p.poll() is None:
            p.terminate()
        try:
            return p.communicate(timeout=15)[0]
        except subprocess.TimeoutExpired:
            p.kill()
            return p.communicate()[0]

    def secrets(self, psk):
        """What phones read."""
        self.write("psk", psk + "\n")
        self.write("password", PASSWORD + "\n")

    def daemon_start(self, more):
        """The daemon, with further lines of configuration."""
        self.secrets(PSK)
        self.write("users", f'{USER} password "{PASSWORD}"\n')
        conf = self.write("l2tpd.conf", CONF.format(
            dir=self.dir, server=SERVER, more=more))
        with open(f"{self.dir}/l2tpd.log", "w", encoding="utf-8") as log:
            self.daemon = self.start(
                self.srv, f"{self.build}/l2tpd/l2tpd", "-f", "-c", conf,
                stdout=log, stderr=log)
        until(15, self._answers, "l2tpd does not answer")

    def _answers(self):
        if self.daemon.poll() is not None:
            with open(f"{self.dir}/l2tpd.log", encoding="utf-8") as f:
                raise Failed("l2tpd ended: " + f.read()[-500:])
        try:
            self.ctl().close()
            return True
        except OSError:
            return False

    def ctl(self):
        """A new client of its status socket."""
        return Ctl(f"{self.dir}/run/l2tpd.sock")

    def daemon_stop(self):
        """It leaves by itself."""
        self.stop(self.daemon)
        self.daemon = None

    def forward(self):
        """The daemon's machine forwards to the servers' network and back."""
        ip("-n", self.aaa, "route", "add", "10.80.0.0/16", "via", "10.88.0.1")
        subprocess.run(["ip", "netns", "exec", self.srv, "sysctl", "-qw",
                        "net.ipv4.ip_forward=1"], check=True)

    def reaches(self):
        """Does the host behind answer a phone?"""
        return subprocess.run(
            ["ip", "netns", "exec", self.net, "ping", "-qc1", "-W1", BEHIND],
            check=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0

    def phone(self, suite, *more):
        """One phone with a TUN; it is up when this returns."""
        p = self.start(self.net, f"{self.build}/l2tpload/l2tpload", "tun",
                       "--server", SERVER, "--psk-file", f"{self.dir}/psk",
                       "--user", USER, "--password-file",
                       f"{self.dir}/password", "--from", PHONES, "--tun",
                       "phone", "--route", "10.88.0.0/24", "--natt", "--esp",
                       suite, *more, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        until(20, lambda: p.poll() is not None or self.reaches(),
              "the phone reaches nobody")
        if p.poll() is not None:
            raise Failed("the phone did not get in")

    def echo(self):
        """What l2tpload traffic talks to; it runs until the rig ends."""
        self.start(self.aaa, f"{self.build}/l2tpload/l2tpload", "echo",
                   "--bind", BEHIND, "--port", "7000")

    def traffic(self, phones, size, pps, seconds, suite):
        """l2tpload traffic: its JSON object, with what the daemon took.

        cpu_s is of the middle of the time, share its part of one core.
        """
        ctl = self.ctl()
        p = self.start(self.net, f"{self.build}/l2tpload/l2tpload", "traffic",
                       "--server", SERVER, "--psk-file", f"{self.dir}/psk",
                       "--user", USER, "--password-file",
                       f"{self.dir}/password", "--from", PHONES, "--phones",
                       str(phones), "--rate", "500", "--natt", "--esp", suite,
                       "--to", BEHIND, "--port", "7000", "--size", str(size),
                       "--pps", str(pps), "--seconds", str(seconds), "--json",
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        until(60, lambda: ctl.ask("status")["sessions"] == phones or
              p.poll() is not None, "the phones are not in")
        time.sleep(0.5)
        dropped, before, begin = (ctl.ask("drops"), Costs(self.srv),
                                  time.monotonic())
        time.sleep(seconds - 1)
        after, span = Costs(self.srv), time.monotonic() - begin
        lost = shed(dropped, ctl.ask("drops"))
        out = p.communicate(timeout=120)[0]
        self.running.remove(p)
        until(60, lambda: ctl.ask("status")["sessions"] == 0, "they stay")
        ctl.close()
        said = json.loads(out.strip().splitlines()[-1])
        if said["logins"] != phones:
            raise Failed(f"{said['logins']} of {phones} phones were in")
        return {**said["traffic"], "shed": lost, "share": round(
            (after.cpu_s - before.cpu_s) / span, 3)}

    def login(self, phones, rate, *more):
        """l2tpload login; its JSON object."""
        p = self.start(self.net, f"{self.build}/l2tpload/l2tpload", "login",
                       "--server", SERVER, "--psk-file", f"{self.dir}/psk",
                       "--user", USER, "--password-file",
                       f"{self.dir}/password", "--from", PHONES, "--phones",
                       str(phones), "--rate", str(rate), "--json", *more,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        out = p.communicate(timeout=300)[0]
        self.running.remove(p)
        return json.loads(out.strip().splitlines()[-1])


def shed(before, after):
    """What was not used, by its name in `drops'."""
    return {name: n - before.get(name, 0) for name, n in after.items()
            if n > before.get(name, 0)}


def best_and_spread(figures):
    """Of several short runs: the best, and how far the worst is from it."""
    best = max(figures)
    return best, round((best - min(figures)) / best, 3) if best else 0.0
