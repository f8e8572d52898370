#!/usr/bin/env python3
"""Many webhook endpoints that misbehave, each on a loopback address of its own.

usage: bad_receivers.py COUNT KIND…

Kinds: hang (accepts, never answers), drip (one byte a second), reset (a reset after the request), error (answers
500), blackhole (takes no connection at all: its queue of connections is full, so the kernel drops what comes).
Prints one line of JSON, {kind: [url, …]}, once all listen. For each line on standard input it prints another,
{kind: {"requests": of all endpoints, "sockets": the most that one endpoint ever had at a time}}.
"""
import asyncio
import collections
import itertools
import json
import socket
import struct
import sys

sockets_now = collections.Counter()  # by endpoint
sockets_most = collections.Counter()  # by kind
requests = collections.Counter()  # by kind
kept = []  # what must stay open


def note(kind, endpoint, change):
    sockets_now[endpoint] += change
    sockets_most[kind] = max(sockets_most[kind], sockets_now[endpoint])


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            await reader.readexactly(int(line.split(b":")[1]))


async def drip(writer):
    for byte in itertools.chain(b"HTTP/1.1 200 OK\r\nX-Drip: ", itertools.repeat(ord("a"))):
        writer.write(bytes([byte]))
        await asyncio.sleep(1)


async def answer(kind, reader, writer):
    while True:
        await read_request(reader)
        requests[kind] += 1
        if kind == "hang":
            await reader.read()
            return
        if kind == "drip":
            dripping = asyncio.ensure_future(drip(writer))
            await reader.read()
            dripping.cancel()
            return
        if kind == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")


async def listen(kind, address):
    def connected(reader, writer):
        async def serve():
            note(kind, endpoint, +1)
            try:
                await answer(kind, reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                note(kind, endpoint, -1)
                writer.close()
        kept.append(asyncio.ensure_future(serve()))

    server = await asyncio.start_server(connected, address, 0)
    kept.append(server)
    endpoint = server.sockets[0].getsockname()
    return endpoint


def swallow(address):
    listener = socket.socket()
    listener.bind((address, 0))
    listener.listen(0)
    kept.append(listener)
    for _ in range(2):  # more than the queue takes
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        kept.append(filler)
    return listener.getsockname()


def connecting(endpoints):
    """The most connections that wait for one of these to take them."""
    def text(address, port):
        return "%08X:%04X" % (struct.unpack("<I", socket.inet_aton(address))[0], port)

    wanted = {text(*endpoint) for endpoint in endpoints}
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table][1:]
    # The table is not read at once, so that a busy machine shows some sockets twice.
    sockets = {(row[2], row[1]) for row in rows if row[3] == "02" and row[2] in wanted}
    now = collections.Counter(remote for remote, _ in sockets)
    return max(now.values(), default=0)


async def watch(endpoints):
    while True:  # less the filler, which waits as well
        sockets_most["blackhole"] = max(sockets_most["blackhole"], connecting(endpoints) - 1)
        await asyncio.sleep(0.2)


async def main():
    count, kinds = int(sys.argv[1]), sys.argv[2:]
    endpoints = {}
    for number, kind in enumerate(kinds):
        addresses = [f"127.0.{number + 1}.{n + 2}" for n in range(count)]
        endpoints[kind] = [swallow(a) if kind == "blackhole" else await listen(kind, a) for a in addresses]
    if "blackhole" in kinds:
        kept.append(asyncio.ensure_future(watch(endpoints["blackhole"])))
    urls = {kind: [f"http://{address}:{port}/hook" for address, port in them] for kind, them in endpoints.items()}
    print(json.dumps(urls), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(json.dumps({kind: {"requests": requests[kind], "sockets": sockets_most[kind]} for kind in kinds}), flush=True)


asyncio.run(main())
