# SPDX-License-Identifier: BSD-2-Clause
"""bulk: bytes through one phone, both ways, and what they cost the server.

Subject: l2tpd, AES-256-CBC with HMAC-SHA1, ESP in UDP; the phone is l2tpload
with its TUN, the bytes are iperf3's (one TCP connection), the host behind stands
in a namespace of its own.  The server's processor time is that of its processes.
GB are 10^9 bytes of TCP payload.  The limit is the library's encryption alone
(tests/bench/crypt, "bare"), both directions of it, in the same run.
"""

import json
import os
import subprocess

import peers
import rig as r

PEERS = tuple(peers.STARTS)
SUITE = "aes256-sha1"
ROUNDS, SECONDS = 3, 4
SMALL_ROUNDS, SMALL_SECONDS = 1, 1


def bare(build):
    """CPU seconds per GB of sealing and of opening alone, or None."""
    out = subprocess.run([f"{build}/tests/bench/crypt", SUITE], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(out)[SUITE].get("bare")
    # What comes up is opened, what goes down is sealed.
    return found and {"up": round(1e9 / found["open"], 4),
                      "down": round(1e9 / found["seal"], 4)}


def listen(rig):
    """iperf3 on the host behind, until the rig ends."""
    rig.start(rig.aaa, "iperf3", "-s", "-B", r.BEHIND,
              stdout=subprocess.DEVNULL)
    r.until(10, lambda: subprocess.run(
        ["ip", "netns", "exec", rig.net, "iperf3", "-c", r.BEHIND, "-n",
         "1k"], check=False, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0, "iperf3")


def transfer(rig, direction, seconds):
    """One transfer: its figures."""
    before = r.Costs(rig.srv)
    way = ["-R"] if direction == "down" else []
    out = subprocess.run(["ip", "netns", "exec", rig.net, "iperf3", "-J", "-c",
                          r.BEHIND, "-t", str(seconds), *way], check=True,
                         timeout=60, stdout=subprocess.PIPE, text=True).stdout
    cpu_s = r.Costs(rig.srv).cpu_s - before.cpu_s
    got = json.loads(out)["end"]["sum_received"]
    return {"gbit_s": round(got["bits_per_second"] / 1e9, 3),
            "cpu_s_per_gb": round(cpu_s * 1e9 / got["bytes"], 3),
            "gb": round(got["bytes"] / 1e9, 3)}


def measure(rig, subject, direction, size):
    """The cheapest of several short runs."""
    rounds, seconds = size
    runs = [transfer(rig, direction, seconds) for _ in range(rounds)]
    best = min(runs, key=lambda x: x["cpu_s_per_gb"])
    r.say(f"{subject} {direction}: {best['gbit_s']} Gbit/s, "
          f"{best['cpu_s_per_gb']} s per GB")
    return {"subject": subject, "direction": direction, **best,
            "gbit_s_best": max(x["gbit_s"] for x in runs),
            "cpu_s_per_gb_all": [x["cpu_s_per_gb"] for x in runs]}


def ours(build, size):
    """The daemon: the engine's name, what was not used, and the figures."""
    with r.Rig(build) as rig:
        rig.forward()
        rig.daemon_start("")
        rig.phone(SUITE)
        listen(rig)
        ctl = rig.ctl()
        dropped = ctl.ask("drops")
        results = [measure(rig, "l2tpd", way, size) for way in ("up", "down")]
        lost = r.shed(dropped, ctl.ask("drops"))
        engine = ctl.ask("status")["engine"]
        ctl.close()
    return engine, lost, results


def theirs(build, peer, size):
    """Another tunnel in its place."""
    with r.Rig(build) as rig:
        rig.forward()
        peers.STARTS[peer](rig)
        listen(rig)
        return [measure(rig, peer, way, size) for way in ("up", "down")]


def run(build, against, small):
    """The whole bench; see run."""
    size = (SMALL_ROUNDS, SMALL_SECONDS) if small else (ROUNDS, SECONDS)
    engine, lost, results = ours(build, size)
    mine = {x["direction"]: x["cpu_s_per_gb"] for x in results}
    ratios = {}
    for peer in against:
        found = theirs(build, peer, size)
        ratios[peer] = {x["direction"]: round(
            x["cpu_s_per_gb"] / mine[x["direction"]], 2) for x in found}
        results += found
    limit = bare(build)
    if limit:
        ratios["limit"] = {way: round(cost / limit[way], 2)
                           for way, cost in mine.items()}
    return {"bench": "bulk", "suite": SUITE, "engine": engine,
            "cores": os.cpu_count(), "shed": lost, "results": results,
            "limit": limit and {"subject": "ipsec-mb alone",
                                "cpu_s_per_gb": limit}, "ratios": ratios}
