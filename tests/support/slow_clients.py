#!/usr/bin/env python3
"""Many clients of a server that take their time, and many that say nothing.

usage: slow_clients.py PORT COUNT KIND…

Kinds: headers (a header field that grows by a byte a second), body (a body that does), read (asks a hundred times
for much and reads nothing), range (asks for a thousand ranges and reads a byte a second), tls (half a handshake),
idle (one request, then nothing), idle-tls (the same over TLS).
Prints a line of JSON, {kind: how many are connected and, if idle, answered}. For each line on standard input it prints
{kind: {"open": n, "closed": n, "longest": seconds until the last was closed}}.
"""
import asyncio
import collections
import json
import ssl
import sys
import time

port = int(sys.argv[1])
opened, closed = collections.Counter(), collections.Counter()
longest = collections.defaultdict(float)
kept = []
HEAD = b"Host: localhost\r\n"
PUBLISH = b"POST /topics/events/api/events HTTP/1.1\r\n" + HEAD
HELLO = bytes.fromhex("16030100c8010000c40303") + b"\x00" * 40  # of 205 bytes


def tls_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def trickle(writer, reader):
    while not reader.at_eof():
        await asyncio.sleep(1)
        writer.write(b"a")
        await writer.drain()


async def be_slow(kind, reader, writer):
    if kind == "headers":
        writer.write(b"GET /healthz HTTP/1.1\r\n" + HEAD + b"X-Slow: ")
        await asyncio.gather(trickle(writer, reader), reader.read())
    elif kind == "body":
        writer.write(PUBLISH + b"Content-Length: 100000\r\n\r\n[")
        await asyncio.gather(trickle(writer, reader), reader.read())
    elif kind == "read":
        writer.transport.pause_reading()
        writer.write((b"GET /metrics HTTP/1.1\r\n" + HEAD + b"\r\n") * 2000)
        while True:  # a reset is noticed by writing
            await asyncio.sleep(1)
            writer.write(b"\r\n")
            await asyncio.wait_for(writer.drain(), 60)
    elif kind == "range":
        ranges = b",".join(b"%d-" % n for n in range(1000))
        writer.write(b"GET /metrics HTTP/1.1\r\n" + HEAD + b"Range: bytes=" + ranges + b"\r\nConnection: close\r\n\r\n")
        for _ in range(5):
            await asyncio.sleep(1)
            await reader.read(1)
    elif kind == "tls":
        writer.write(HELLO)
        await reader.read()
    else:
        await reader.read()


async def open_one(kind):
    context = tls_context() if kind == "idle-tls" else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, limit=4096)
    opened[kind] += 1
    if kind.startswith("idle"):
        writer.write(b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def live(kind, reader, writer):
    began = time.monotonic()
    try:
        await be_slow(kind, reader, writer)
    except (ConnectionError, OSError):
        pass
    except asyncio.TimeoutError:
        return  # neither read nor closed: still open
    closed[kind] += 1
    longest[kind] = max(longest[kind], time.monotonic() - began)
    writer.transport.abort()


async def main():
    count, kinds = int(sys.argv[2]), sys.argv[3:]
    for kind in kinds:
        for _ in range(count // 50):
            for reader, writer in await asyncio.gather(*(open_one(kind) for _ in range(50))):
                kept.append(asyncio.ensure_future(live(kind, reader, writer)))
    print(json.dumps(opened), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        report = {kind: {"open": opened[kind] - closed[kind], "closed": closed[kind], "longest": longest[kind]} for kind in kinds}
        print(json.dumps(report), flush=True)


asyncio.run(main())
