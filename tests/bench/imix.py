# SPDX-License-Identifier: BSD-2-Clause
"""imix: a thousand phones, packets of mixed sizes there and back.

Subject: l2tpd, AES-256-CBC with HMAC-SHA1, ESP in UDP; the phones are l2tpload
traffic, the host behind is l2tpload echo.  The rate rises until packets are
lost; the figures are those of the highest rate at which none were.  Seconds of
the server's processor time per GB (10^9 bytes) of inner IP, both ways added up;
as every packet goes both ways, there is one figure for both directions.
"""

import os

import rig as r

PEERS = ()
SUITE = "aes256-sha1"
PHONES, SECONDS = 1000, 4
RATES = (10000, 20000, 40000, 60000, 80000, 100000, 130000, 160000)
SMALL_PHONES, SMALL_SECONDS, SMALL_RATES = 20, 2, (1000,)
LOSS = 0.0005			# what counts as none


def measure(rig, size, phones, rates, seconds):
    """One run for each rate, until packets are lost."""
    found = []
    for pps in rates:
        one = rig.traffic(phones, size, pps, seconds, SUITE)
        each_way = one["sent_bytes"] / one["seconds"]
        one["gbit_s"] = round(8 * each_way / 1e9, 3)
        one["cpu_s_per_gb"] = round(one["share"] * 1e9 / (2 * each_way), 3)
        one["pps_per_core"] = round(one["sent_per_s"] /
                                    max(one["share"], 0.001))
        found.append(one)
        r.say(f"l2tpd {pps}/s: loss {one['loss']:.4f}, share "
              f"{one['share']}, p99 {one['rtt_ms']['p99']} ms")
        if one["loss"] > LOSS:
            break
    good = [x for x in found if x["loss"] <= LOSS]
    return (good or found)[-1], found


def run(build, peers, small, size="imix", bench="imix"):
    """The whole bench; see run."""
    phones, seconds, rates = (SMALL_PHONES, SMALL_SECONDS, SMALL_RATES) \
        if small else (PHONES, SECONDS, RATES)
    with r.Rig(build) as rig:
        rig.forward()
        rig.daemon_start("")
        rig.echo()
        best, found = measure(rig, size, phones, rates, seconds)
    return {"bench": bench, "suite": SUITE, "phones": phones,
            "cores": os.cpu_count(),
            "results": [{"subject": "l2tpd", "direction": way, **best}
                        for way in ("up", "down")],
            "limit": None, "ratios": {}, "rates": found}
