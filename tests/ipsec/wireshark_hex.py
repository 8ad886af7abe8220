#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Turns Wireshark's captures into the hex files that tests of ipsec/ read.

    wireshark_hex.py WIRESHARK_SOURCE OUT_FOLDER

The captures are part of Wireshark (GPL-2+): they are fetched when the tests run
(apt-get source wireshark) and are not part of this project.  Each output file is
the session key and then one UDP payload a line; of ESP, each line is the keys,
cipher's first, and then the packet.  ISAKMP_CAPTURES names OUT_FOLDER.
"""
import gzip
import struct
import sys

KEYS = {}
FILES = {
    "wireshark-12610": ("ikev1-bug-12610.pcapng.gz", "ab3e0f1f8bc3be8e"),
    "wireshark-12620": ("ikev1-bug-12620.pcapng.gz", "29f6006212625def"),
    "wireshark-certs": ("ikev1-certs.pcap", "fafaeb49382a763c"),
}
ESP = "esp-bug-12671.pcapng.gz"


def frames(data):
    """The link-layer frames of a pcap or pcapng file, with their link type."""
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        e = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
        at, link = 0, 1
        while at + 12 <= len(data):
            kind, size = struct.unpack(e + "II", data[at:at + 8])
            if kind == 1:
                link = struct.unpack(e + "H", data[at + 8:at + 10])[0]
            if kind == 6:
                n = struct.unpack(e + "I", data[at + 20:at + 24])[0]
                yield link, data[at + 28:at + 28 + n]
            at += size
        return
    e = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    link = struct.unpack(e + "I", data[20:24])[0]
    at = 24
    while at + 16 <= len(data):
        n = struct.unpack(e + "I", data[at + 8:at + 12])[0]
        yield link, data[at + 16:at + 16 + n]
        at += 16 + n


def payloads(data):
    """UDP payloads, IPv4 fragments put together again."""
    parts = {}
    for link, f in frames(data):
        ip = f[14:] if link == 1 else f[16:] if link == 113 else f
        if len(ip) < 20 or ip[0] >> 4 != 4 or ip[9] != 17:
            continue
        head = (ip[0] & 15) * 4
        body = ip[head:struct.unpack(">H", ip[2:4])[0]]
        flags = struct.unpack(">H", ip[6:8])[0]
        key = ip[4:6] + ip[12:20]
        whole = parts.pop(key, b"") + body
        if flags & 0x2000:
            parts[key] = whole
            continue
        yield whole[8:]


def esp_lines(src):
    """Keys and packet, by SPI: the template says AES-CBC and HMAC-SHA1-96."""
    keys = {}
    with open(src + "/test/config/esp_sa.tmpl") as f:
        for line in f:
            row = line.strip().replace('"', "").split(",")
            keys[int(row[3], 16)] = row[5][2:], row[7][2:]
    with gzip.open(f"{src}/test/captures/{ESP}") as f:
        for _, frame in frames(f.read()):
            ip = frame[14:]
            esp = ip[(ip[0] & 15) * 4:struct.unpack(">H", ip[2:4])[0]]
            enc, auth = keys[struct.unpack(">I", esp[:4])[0]]
            yield f"{enc} {auth} {esp.hex()}\n"


def main(src, out):
    with open(f"{out}/wireshark-12671.hex", "w") as f:
        f.writelines(esp_lines(src))
    with open(src + "/test/config/ikev1_decryption_table.tmpl") as f:
        for line in f:
            if "," in line and not line.startswith("#"):
                cookie, key = line.strip().replace('"', "").split(",")[:2]
                KEYS[cookie] = key
    for name, (path, cookie) in FILES.items():
        data = open(src + "/test/captures/" + path, "rb").read()
        if path.endswith(".gz"):
            data = gzip.decompress(data)
        with open(f"{out}/{name}.hex", "w") as f:
            f.write(KEYS[cookie] + "\n")
            for p in payloads(data):
                f.write(p.hex() + "\n")


main(sys.argv[1], sys.argv[2])
