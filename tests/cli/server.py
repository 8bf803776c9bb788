#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: server.py LOG PORTFILE [--reply XX] [--refuse CODE] [--sasl TEXT] [--silent] [--hold] [--reset] [--archive DIR] [--short N] FILE ...
A server of Argus records for tests, on 127.0.0.1 and a free port. It serves one FILE
to each of so many connections, and notes in LOG what clients send. --hold: keeps the
connection open behind the records until the client says DONE. --archive: gives the
files of DIR to those who ask for them, without their last N bytes. --sasl: asks for
authentication, says TEXT (with \\n and \\xNN) and hears what comes. --reset: breaks
connections off, as a server's end does that is not orderly."""
import argparse
import os
import socket
import struct

MAR_SIZE = 128

parser = argparse.ArgumentParser()
parser.add_argument("log")
parser.add_argument("port_file")
parser.add_argument("files", nargs="+")
parser.add_argument("--reply", default="OK")
parser.add_argument("--refuse", type=int)
parser.add_argument("--sasl")
parser.add_argument("--silent", action="store_true")
parser.add_argument("--hold", action="store_true")
parser.add_argument("--reset", action="store_true")
parser.add_argument("--archive")
parser.add_argument("--short", type=int, default=0)
args = parser.parse_args()


def note(text):
    with open(args.log, "a") as log:
        log.write(text + "\n")


def hear(connection):
    text = connection.recv(65536).decode()
    if text:
        note(text)
    return text


def give_file(connection, path):
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return connection.sendall(b"KO")
    connection.sendall(len(data).to_bytes(4, "big"))
    if hear(connection) == "START: ":
        connection.sendall(data[:len(data) - args.short])
        if args.short == 0:
            hear(connection)
    return None


def serve(connection, path):
    with open(path, "rb") as file:
        data = file.read()
    initial = bytearray(data[:MAR_SIZE])
    if args.silent:
        return hear(connection)
    if args.refuse is not None:
        return connection.sendall(bytes([0x83, 0x80 | args.refuse, 0, 1]))
    if args.sasl is not None:
        initial[6] |= 0x10
    connection.sendall(initial[:16])
    connection.sendall(initial[16:])
    if args.sasl is not None:
        connection.sendall(args.sasl.encode().decode("unicode_escape").encode("latin-1"))
        while hear(connection):
            pass
        return None
    text = hear(connection)
    if text.startswith("FILE: "):
        return give_file(connection, args.archive + text[6:])
    if text.startswith("FILTER: "):
        connection.sendall(args.reply.encode())
        if args.reply != "OK":
            return None
        text = hear(connection)
    if not text.startswith("START: "):
        return None
    try:
        for at in range(MAR_SIZE, len(data), 100):  # so that records are split
            connection.sendall(data[at:at + 100])
    except OSError:  # it has had enough, and may have said so
        pass
    while args.hold and hear(connection):
        pass
    return None


listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(20)
with open(args.port_file + ".new", "w") as port_file:
    port_file.write(str(listener.getsockname()[1]))
os.rename(args.port_file + ".new", args.port_file)
for name in args.files:
    try:
        client, _ = listener.accept()
    except OSError:  # nobody wants it
        break
    client.settimeout(20)
    if args.reset:  # it throws away what waits to be sent
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        serve(client, name)
    except OSError as error:
        note("error: %s" % error)
    if args.reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
