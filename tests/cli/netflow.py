#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: netflow.py KIND [N] > FILE
       netflow.py --send HOST:PORT KIND [N] ...
       netflow.py --free-port
Export packets for tests: N of them (1), written out or sent as datagrams. Kinds: v1 v5
v7 flood (v5, without a pause) v9 (template and flow) v9data (the flow alone) v9options v8 sflow junk; or a file of
Argus records, one in each datagram."""
import socket
import struct
import sys
import time

SECS = 1700000000
UPTIME = 10000


def address(text):
    return socket.inet_aton(text)


def entry(i, source="10.0.0.1", target="10.0.0.2", ports=(1234, 80), flags=0x02, protocol=6):
    head = address(source) + address(target) + address("10.9.9.9")
    head += struct.pack(">HHIIIIHH", 3, 4, 5 + i, 700, 1000, 3000, *ports)
    return head, flags, protocol


def v5(i, version=5, masks=(24, 16), **how):
    head, flags, protocol = entry(i, **how)
    body = head + struct.pack(">BBBBHHBBH", 0, flags, protocol, 0x20, 64512, 64513, *masks, 0)
    return struct.pack(">HHIIIIBBH", version, 1, UPTIME, SECS, 500000000, i, 1, 2, 0) + body


def v1(i):
    head, flags, protocol = entry(i)
    body = head + struct.pack(">HBBB", 0, protocol, 0x20, flags) + bytes(11)
    return struct.pack(">HHIII", 1, 1, UPTIME, SECS, 500000000) + body


def v8(i):
    return struct.pack(">HHIIIIBBBBI", 8, 1, UPTIME, SECS, 0, i, 1, 2, 1, 1, 0) + bytes(28)


FIELDS = [(1, 4), (2, 4), (22, 4), (21, 4), (5, 1), (52, 1), (8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1)]


def flowset(number, body):
    return struct.pack(">HH", number, len(body) + 4) + body


def v9(i, sets):
    return struct.pack(">HHIIII", 9, len(sets), UPTIME, SECS, i, 1) + b"".join(sets)


def v9_template():
    return flowset(0, struct.pack(">HH", 256, len(FIELDS)) + b"".join(struct.pack(">HH", *f) for f in FIELDS))


def v9_flow(i):
    flow = struct.pack(">IIIIBB", 700, 5 + i, 1000, 3000, 0x20, 64) + address("10.0.0.1") + address("10.0.0.2")
    return flowset(256, flow + struct.pack(">HHBB", 1234, 80, 6, 0x02))


def sflow(i):
    frame = bytes.fromhex("02000000000202000000000108004500002800000000400600000a0000010a000002")
    frame += struct.pack(">HHIIHHHH", 1234, 80, 0, 0, 0x5002, 0, 0, 0)
    raw = struct.pack(">IIII", 1, 1500, 4, len(frame)) + frame + bytes(-len(frame) % 4)
    sample = struct.pack(">IIIIIIII", i, 3, 100, 100, 0, 3, 4, 1) + struct.pack(">II", 1, len(raw)) + raw
    return struct.pack(">II", 5, 1) + address("10.0.0.9") + struct.pack(">IIII", 0, i, 1000, 1) + struct.pack(
        ">II", 1, len(sample)) + sample


KINDS = {
    "v1": v1, "v5": v5, "flood": v5, "v7": lambda i: v5(i, 7) + bytes(4), "v8": v8, "sflow": sflow,
    "v9": lambda i: v9(i, [v9_template(), v9_flow(i)]), "v9data": lambda i: v9(i, [v9_flow(i)]),
    "v9options": lambda i: v9(i, [flowset(1, struct.pack(">HHHHHHH", 258, 4, 4, 1, 4, 34, 4)), flowset(258, bytes(8))]),
    "client": lambda i: v5(i, flags=0x1b),
    "server": lambda i: v5(i, masks=(16, 24), source="10.0.0.2", target="10.0.0.1", ports=(80, 1234), flags=0x1b),
    "junk": lambda i: b"\xff" * 50, "cut": lambda i: v5(i)[:-10],
}


def records(path):
    with open(path, "rb") as file:
        while header := file.read(4):
            yield header + file.read(struct.unpack(">H", header[2:4])[0] * 4 - 4)


def packets(words):
    for kind, count in zip(words, words[1:] + ["1"]):
        if kind.isdigit():
            continue
        count = int(count) if count.isdigit() else 1
        if kind in KINDS:
            for i in range(count):
                yield KINDS[kind](i)
        else:
            yield from records(kind)


def send(where, words):
    host, port = where.rsplit(":", 1)
    host = host.strip("[]")
    sender = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    for packet in packets(words):
        sender.sendto(packet, (host, int(port)))
        if "flood" not in words:
            time.sleep(0.001)


if sys.argv[1] == "--free-port":
    probe = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) if socket.has_ipv6 else socket.socket(type=socket.SOCK_DGRAM)
    probe.bind(("", 0))
    print(probe.getsockname()[1])
elif sys.argv[1] == "--send":
    send(sys.argv[2], sys.argv[3:])
else:
    for packet in packets(sys.argv[1:]):
        sys.stdout.buffer.write(packet)
