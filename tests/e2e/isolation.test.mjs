// A slow, hanging, failing or hostile endpoint costs the others nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';

import { byLevel } from '../support/node/load.mjs';
import { startRawReceiver, startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

const residentKiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

describe('noisy neighbours', () => {
  const bad = byLevel({ short: 12, ci: 50, full: 50 });
  const events = byLevel({ short: 2000, ci: 4000, full: 20_000 });
  const kinds = {
    'accept and never answer': () => {},
    'send one byte a second': (socket) => {
      socket.write('H');
      const drip = setInterval(() => socket.write('T'), 1000);
      socket.on('close', () => clearInterval(drip));
    },
    'reset the connection': (socket) => socket.resetAndDestroy(),
    'answer 500': (socket) => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'),
  };

  async function healthyTime(server, hook) {
    const before = hook.deliveries.length;
    const began = process.hrtime.bigint();
    for (let sent = 0; sent < events; sent += 100) {
      const answer = await server.publish('events', Array.from({ length: 100 }, () => event()));
      assert.equal(answer.status, 200);
    }
    await hook.waitFor(before + events, { timeoutMs: 60_000, where: () => true });
    return Number(process.hrtime.bigint() - began) / 1e6;
  }

  for (const [what, behave] of Object.entries(kinds)) {
    test(`${bad} endpoints that ${what}`, { timeout: 180_000 }, async (t) => {
      const server = await startServer({ t });
      const hook = await startReceiver();
      t.after(() => hook.close());
      await server.subscribe('events', 'healthy', { destination: webhook(hook.url) });
      await healthyTime(server, hook);
      const alone = await healthyTime(server, hook);
      const raw = [];
      for (let n = 0; n < bad; n += 1) {
        raw.push(await startRawReceiver(behave));
        await server.subscribe('events', `bad-${n}`, { destination: webhook(raw[n].url) });
      }
      t.after(() => Promise.all(raw.map((receiver) => receiver.close())));
      const memory = residentKiB(server.pid);
      const beside = await healthyTime(server, hook);
      const most = Math.max(...raw.map(({ mostBusy }) => mostBusy));
      const grown = residentKiB(server.pid) - memory;
      t.diagnostic(`${events} events: alone ${alone.toFixed()} ms, beside ${beside.toFixed()} ms; at most ${most} sockets to a bad endpoint; memory +${grown} KiB`);
      assert.ok(beside < 20_000, 'the healthy endpoint got everything while the others hung');
      assert.ok(most <= 4, `${most} sockets held by one bad endpoint`);
      assert.ok(grown < 64 * 1024, `memory grew by ${grown} KiB`);
    });
  }
});

describe('hostile receivers', () => {
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
  const endless = (socket, piece) => {
    const send = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', send);
    send();
  };
  const drip = (socket, text) => {
    if (text && !socket.destroyed) socket.write(text[0], () => setTimeout(drip, 1, socket, text.slice(1)));
  };
  // [what it does, the bytes or a function, whether it still counts as delivered]
  const tricks = [
    ['endless headers', (socket) => { socket.write('HTTP/1.1 200 OK\r\n'); endless(socket, 'X-Fill: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(100)); }, false],
    ['endless interim answers', (socket) => endless(socket, 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)), false],
    ['a header line without end', (socket) => { socket.write('HTTP/1.1 200 OK\r\nX: '); endless(socket, 'a'.repeat(65536)); }, false],
    ['two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n', false],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', false],
    ['length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', false],
    ['bad chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', false],
    ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', false],
    ['another protocol', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
    ['a status that is none', 'HTTP/1.1 999999 OK\r\nContent-Length: 0\r\n\r\n', false],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', false],
    ['TLS noise', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), false],
    ['zero bytes', Buffer.alloc(100), false],
    ['a close before the answer', (socket) => socket.end(), false],
    ['a close in the head', (socket) => socket.end('HTTP/1.1 200 OK\r\nConte'), false],
    ['two answers to one request', ok + 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', true],
    ['an interim answer first', `HTTP/1.1 102 Processing\r\n\r\n${ok}`, true],
    ['an answer in single bytes', (socket) => drip(socket, ok), true],
    ['a body of 16 MB', (socket) => { socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${16 << 20}\r\n\r\n`); endless(socket, 'x'.repeat(65536)); }, null],
    ['a gzip bomb that nobody asked for', `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00`, true],
  ];

  test('are failed attempts or deliveries, and nothing else happens', { timeout: 180_000 }, async (t) => {
    const server = await startServer({ t, config: 'webhooks:\n  response_timeout: 5s\n' });
    const hook = await startReceiver();
    t.after(() => hook.close());
    await server.subscribe('events', 'healthy', { destination: webhook(hook.url) });
    const names = tricks.map(([what]) => what.replace(/[^a-zA-Z0-9]+/g, '-'));
    for (const [n, [, trick]] of tricks.entries()) {
      const raw = await startRawReceiver(typeof trick === 'function' ? trick : (socket) => socket.write(trick));
      t.after(() => raw.close());
      await server.subscribe('events', names[n], { destination: webhook(raw.url), retryPolicy: { maxDeliveryAttempts: 1 } });
    }
    await server.publish('events', [event()]);
    const memory = residentKiB(server.pid);
    await server.publish('events', [event({ id: 'trick' })]);
    await hook.waitFor(2);
    await server.drained({ timeoutMs: 60_000 });
    for (const [n, [what, , delivered]] of tricks.entries()) {
      const [attempt] = await server.attempts(`eventId=trick&eventSubscription=${names[n]}`);
      assert.ok(attempt, what);
      if (delivered !== null) assert.equal(attempt.verdict, delivered ? 'Done' : 'Dropped', `${what}: ${JSON.stringify(attempt)}`);
    }
    const grown = residentKiB(server.pid) - memory;
    t.diagnostic(`memory +${grown} KiB after ${tricks.length} kinds`);
    assert.ok(grown < 16 * 1024, `memory grew by ${grown} KiB`);
    assert.equal((await server.publish('events', [event()])).status, 200);
  });
});

test('addresses that are not allowed are never connected to', async (t) => {
  const hook = await startReceiver();
  t.after(() => hook.close());
  const server = await startServer({ t, args: ['--set', 'webhooks.allow_loopback=off'] });
  const places = [hook.url, `http://localhost:${hook.port}/`, `http://[::1]:${hook.port}/`, 'http://169.254.169.254/latest', 'http://10.0.0.1/', 'http://[::ffff:127.0.0.1]/', 'http://0x7f.1/'];
  for (const [n, url] of places.entries()) {
    await assert.rejects(server.subscribe('events', `inside-${n}`, { destination: webhook(url) }), undefined, url);
  }
  assert.equal(hook.handshakes.length, 0);
});
