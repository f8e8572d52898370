// D3, D4, S1: whatever a receiver answers and wherever it points, nothing more than a failed attempt comes of it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';

import { request } from '../support/node/http.mjs';
import { startRawReceiver, startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

const residentKiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

describe('D3: hostile receivers', () => {
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
    ['a line end that is a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', false],
    ['a NUL in a header', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n', false],
    ['a folded header', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n', false],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n', false],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: 0x0\r\n\r\n', false],
    ['a length beyond 64 bits', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n', false],
    ['chunks said twice', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n', false],
    ['a chunk line without end', (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;'); endless(socket, 'a'.repeat(65536)); }, false],
    ['trailers without end', (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n'); endless(socket, 'X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(100)); }, false],
    ['chunks without end', (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'); endless(socket, `10000\r\n${'x'.repeat(65536)}\r\n`); }, null],
    ['a body shorter than it said', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'), false],
    ['a body longer than it said', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabcdef', true],
    ['a status alone, then a close', (socket) => socket.end('HTTP/1.1 200 OK\r\n'), false],
    ['HTTP/0.9', (socket) => socket.end('hello'), false],
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
    await hook.waitFor(1);
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
    t.diagnostic(`D3: memory +${(grown / 1024).toFixed(1)} MiB after ${tricks.length} kinds`);
    assert.ok(tricks.length >= 30);
    assert.ok(grown < 8 * 1024, `memory grew by ${grown} KiB`);
    assert.equal((await server.publish('events', [event()])).status, 200);
  });
});

test('D4: a redirect is a failure, and nobody ever hears from where it points', async (t) => {
  const server = await startServer({ t, args: ['--virtual-clock'] });
  const elsewhere = await startReceiver();
  const hook = await startReceiver();
  t.after(() => Promise.all([hook.close(), elsewhere.close()]));
  await server.subscribe('events', 'moved', { destination: webhook(hook.url), retryPolicy: { maxDeliveryAttempts: 7 } });
  const statuses = [300, 301, 302, 303, 304, 307, 308];
  hook.plan(statuses.map((status) => ({ status, headers: { location: elsewhere.url, refresh: `0; url=${elsewhere.url}`, 'alt-svc': `h2="127.0.0.1:${elsewhere.port}"` } })));
  await server.publish('events', [event()]);
  await server.advance('1d');
  const attempts = await server.attempts('eventSubscription=moved');
  assert.deepEqual(attempts.map(({ status }) => status).sort(), statuses);
  assert.ok(attempts.every(({ verdict }) => verdict === 'Retry' || verdict === 'Dropped'));
  assert.equal(hook.deliveries.length, statuses.length);
  assert.equal(elsewhere.deliveries.length + elsewhere.handshakes.length, 0);
});

test('S1: the server never delivers to itself, at whatever name and port', async (t) => {
  const config = 'webhooks:\n  validation: off\n  allow_private: on\ntopics:\n  - name: apart\n    port: PORT\n';
  const own = await startReceiver(); // finds a free port
  await own.close();
  const server = await startServer({ t, config: config.replace('PORT', own.port), args: ['--listen', '127.0.0.2:0'] });
  const urls = [server.port, own.port].flatMap((port) => ['127.0.0.1', '127.0.0.2', 'localhost', '[::1]', '[::ffff:127.0.0.1]'].map((host) => `http://${host}:${port}/topics/events/api/events`));
  for (const [n, url] of urls.entries()) {
    const put = await server.arm('PUT', server.subscriptionId('events', `self-${n}`), { properties: { destination: webhook(url), retryPolicy: { maxDeliveryAttempts: 1 } } });
    assert.ok(put.status === 201 || put.status === 400, `${url}: ${put.status}`);
  }
  await server.publish('events', [event({ id: 'to oneself' })]);
  await server.drained();
  const attempts = await server.attempts('eventId=to%20oneself');
  assert.ok(attempts.length >= 4, `${attempts.length} attempts`);
  for (const attempt of attempts) assert.deepEqual([attempt.status, attempt.outcome], [0, 'SocketError'], JSON.stringify(attempt));
  assert.equal((await request('GET', `${server.http}/healthz`)).status, 200);
});

test('S1: addresses that are not allowed are never connected to', async (t) => {
  const hook = await startReceiver();
  t.after(() => hook.close());
  const server = await startServer({ t, args: ['--set', 'webhooks.allow_loopback=off'] });
  const places = [hook.url, `http://localhost:${hook.port}/`, `http://[::1]:${hook.port}/`, 'http://169.254.169.254/latest', 'http://10.0.0.1/', 'http://[::ffff:127.0.0.1]/', 'http://0x7f.1/'];
  for (const [n, url] of places.entries()) {
    await assert.rejects(server.subscribe('events', `inside-${n}`, { destination: webhook(url) }), undefined, url);
  }
  assert.equal(hook.handshakes.length, 0);
});
