# SPDX-License-Identifier: BSD-2-Clause
"""pps: packets of 64 bytes, there and back; otherwise as imix.

pps_per_core is packets per second one way, as many come the other, divided by
the server's processor time: a core that did only this would move so many each
way.
"""

import imix

PEERS = imix.PEERS


def run(build, peers, small):
    """The whole bench; see run."""
    return imix.run(build, peers, small, 64, "pps")
