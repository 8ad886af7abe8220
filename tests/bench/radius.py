# SPDX-License-Identifier: BSD-2-Clause
"""radius: logins per second through RADIUS, and what they cost the daemon.

Subjects: Debian's FreeRADIUS with nothing but files and mschap (it authenticates
and takes accounting); a null server (nullradius.c) that answers at once, and
one that answers each login a second late; and local users, as the bare limit.
MS-CHAPv2, default limits; after each round all phones leave.
"""

import os
import subprocess
import time

import rig as r

PEERS = ()
SECRET = "a-radius-secret-of-length"
DELAY_MS = 1000
ROUNDS = 6			# of N logins each
SMALL_ROUNDS = 3
PHONES, RATE = 1000, 2000	# within limits.login-burst, above what we can
SMALL_PHONES, SMALL_RATE = 20, 100
SAMPLE_S = 0.02
SERVER_CONF = """server one {{ address = "10.88.0.2" secret = "{secret}" }}
server-group all {{ server = one }}
radius {{
	auth = all
	acct = all
	spool-dir = "{dir}/spool"
	local-users = never
}}
"""
FREERADIUS = """prefix = /usr
name = radiusd
confdir = {d}
raddbdir = {d}
logdir = {d}
run_dir = {d}
libdir = /usr/lib/freeradius
pidfile = {d}/pid
max_request_time = 30
cleanup_delay = 2
max_requests = 65536
log {{
	destination = files
	file = {d}/radius.log
	auth = no
}}
security {{
	reject_delay = 0
	status_server = yes
}}
client nas {{
	ipaddr = 10.88.0.1
	secret = {secret}
}}
thread pool {{
	start_servers = 4
	max_servers = 32
}}
modules {{
	always ok {{ rcode = ok }}
	mschap {{ use_mppe = no }}
	files {{ usersfile = {d}/users }}
}}
server default {{
	listen {{
		type = auth
		ipaddr = 10.88.0.2
		port = 1812
	}}
	listen {{
		type = acct
		ipaddr = 10.88.0.2
		port = 1813
	}}
	authorize {{
		mschap
		files
	}}
	authenticate {{
		Auth-Type MS-CHAP {{
			mschap
		}}
	}}
	post-auth {{
		update reply {{
			&Message-Authenticator := 0x00
		}}
	}}
	accounting {{
		ok
	}}
}}
"""


def freeradius(rig):
    """Start it; the process."""
    d = f"{rig.dir}/freeradius"
    os.makedirs(d, exist_ok=True)
    for name, text in (
            ("radiusd.conf", FREERADIUS.format(d=d, secret=SECRET)),
            ("dictionary", "$INCLUDE /usr/share/freeradius/dictionary\n"),
            ("radius.log", ""),
            ("users", f'{r.USER} Cleartext-Password := "{r.PASSWORD}"\n')):
        rig.write(f"freeradius/{name}", text)
    p = rig.start(rig.aaa, "freeradius", "-f", "-d", d, "-n", "radiusd",
                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ready():
        if p.poll() is not None:
            raise r.Failed(f"FreeRADIUS ended with status {p.returncode}")
        with open(f"{d}/radius.log", encoding="utf-8") as f:
            return "Ready to process requests" in f.read()
    r.until(15, ready, "FreeRADIUS is not ready")
    return p


def null(rig, delay_ms=0):
    """Start the null server; the process."""
    p = rig.start(rig.aaa, f"{rig.build}/tests/bench/nullradius", "10.88.0.2",
                  SECRET, r.PASSWORD, str(delay_ms), stdout=subprocess.PIPE)
    if p.stdout.readline() != "ready\n":
        raise r.Failed("nullradius does not start")
    return p


def waiting(ctl):
    """Questions that wait for an Access-Accept now."""
    return sum(lane["waiting"] for lane in ctl.ask("radius")
               if lane["service"] == "auth")


def mean_in_flight(samples):
    """Over the time in which there were any, by the clock."""
    busy = [i for i, (_, n) in enumerate(samples) if n > 0]
    if not busy:
        return 0.0
    part = samples[max(busy[0] - 1, 0):busy[-1] + 2]
    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2
               for a, b in zip(part, part[1:]))
    return area / (part[-1][0] - part[0][0]) if len(part) > 1 else 0.0


def is_quiet(ctl, with_radius):
    """Nobody is there, and no record waits."""
    s = ctl.ask("status")
    if any(s[k] for k in ("sessions", "tunnels", "paths", "peers")):
        return False
    return not with_radius or ctl.ask("accounting")["records"] == 0


def one_round(rig, ctl, phones, rate, with_radius):
    """A storm; what it took, and what was in flight."""
    mine = rig.ctl()
    before, cpu = ctl.ask("status"), r.Costs(rig.srv).cpu_s
    began = time.monotonic()
    with r.Sampler(lambda: waiting(mine) if with_radius else 0,
                   SAMPLE_S) as sampler:
        load = rig.login(phones, rate)
    mine.close()
    r.until(60, lambda: is_quiet(ctl, with_radius), "phones do not leave")
    after, costs = ctl.ask("status"), r.Costs(rig.srv)
    logins = after["logins_total"] - before["logins_total"]
    said = {"logins_per_s": load["logins_per_s"], "storm_s": load["storm_s"],
            "login_ms": load["login_ms"], "logins": logins,
            "networks": load["networks"], "failed": load["failed"],
            "reasons": sorted({f["reason"] for f in load["failures"]}),
            "lost": load["lost"], "refused":
            after["refused_total"] - before["refused_total"],
            "cpu_s": costs.cpu_s - cpu,
            "in_flight_peak": max((n for _, n in sampler.samples), default=0),
            "in_flight_mean": mean_in_flight(sampler.samples),
            "rss_kb": costs.rss_kb, "fds": costs.fds}
    # The bucket of limits.login-burst fills again at 200 a second.
    time.sleep(max(0.0, phones / 200 - (time.monotonic() - began)))
    return said


def growth(rounds):
    """Bytes that each login after the first of these rounds has left."""
    later = sum(x["logins"] for x in rounds[1:])
    grown = (rounds[-1]["rss_kb"] - rounds[0]["rss_kb"]) * 1024
    return round(grown / later, 1) if later else 0.0


def summary(subject, start, rounds, dropped):
    """One of the results: the best of the rounds, and the whole of them."""
    best = max(rounds, key=lambda x: x["logins_per_s"])
    rates = [x["logins_per_s"] for x in rounds]
    return {
        "subject": subject,
        "logins_per_s": round(best["logins_per_s"], 1),
        "logins_per_s_rounds": [round(x, 1) for x in rates],
        "spread": r.best_and_spread(rates)[1],
        "storm_s": round(best["storm_s"], 3), "login_ms": best["login_ms"],
        "networks": best["networks"],
        "logins": sum(x["logins"] for x in rounds),
        "in_flight_peak": max(x["in_flight_peak"] for x in rounds),
        "in_flight_mean": round(best["in_flight_mean"], 1),
        "cpu_s_per_login": round(sum(x["cpu_s"] for x in rounds) /
                                 max(sum(x["logins"] for x in rounds), 1), 6),
        "rss_kb_start": start.rss_kb,
        "rss_kb_rounds": [x["rss_kb"] for x in rounds],
        "rss_kb_end": rounds[-1]["rss_kb"],
        "growth_bytes_per_login": growth(rounds[:3]),
        "growth_late_bytes_per_login": growth(rounds[2:]),
        "fds_start": start.fds, "fds_end": rounds[-1]["fds"],
        "refused": sum(x["refused"] for x in rounds),
        "failed": sum(x["failed"] for x in rounds),
        "lost": sum(x["lost"] for x in rounds),
        "reasons": sorted({t for x in rounds for t in x["reasons"]}),
        "shed": dropped}


def measure(rig, subject, server, size):
    """A daemon of its own, and rounds of logins."""
    phones, rate, count = size
    process = server(rig) if server else None
    rig.daemon_start(SERVER_CONF.format(secret=SECRET, dir=rig.dir)
                     if server else "")
    ctl = rig.ctl()
    r.until(20, lambda: is_quiet(ctl, server is not None), "not quiet")
    start, drops = r.Costs(rig.srv), ctl.ask("drops")
    rounds = []
    for i in range(count):
        rounds.append(one_round(rig, ctl, phones, rate, server is not None))
        r.say(f"  {subject}: round {i + 1}: "
              f"{rounds[-1]['logins_per_s']:.1f} logins/s, "
              f"{rounds[-1]['failed']} failed")
    said = summary(subject, start, rounds, r.shed(drops, ctl.ask("drops")))
    ctl.close()
    rig.daemon_stop()
    if process:
        rig.stop(process)
    return said


def run(build, peers, small):
    """The whole bench; see run."""
    size = (SMALL_PHONES, SMALL_RATE, SMALL_ROUNDS) if small else \
        (PHONES, RATE, ROUNDS)
    subjects = (("l2tpd+local", None), ("l2tpd+freeradius", freeradius),
                ("l2tpd+null", null),
                ("l2tpd+null-1s", lambda rig: null(rig, DELAY_MS)))
    with r.Rig(build) as rig:
        results = [measure(rig, name, server, size)
                   for name, server in subjects]
    limit = results[0]
    slow = results[-1]
    # What comes in at that rate and stays a second (Little's law).
    slow["in_flight_expected"] = round(slow["logins_per_s"] * DELAY_MS / 1000,
                                       1)
    ratios = {x["subject"]: round(limit["logins_per_s"] /
                                  max(x["logins_per_s"], 0.001), 3)
              for x in results[1:]}
    return {"bench": "radius", "suite": "aes256-sha1, mschapv2",
            "phones": size[0], "rate": size[1], "cores": os.cpu_count(),
            "results": results,
            "limit": {"subject": "l2tpd+local",
                      "logins_per_s": limit["logins_per_s"]},
            "ratios": {"limit": ratios}}
