// D2: how long an endpoint may take: 30 s in all, 10 s to connect, 10 s for TLS, 5 s for DNS; and each by setting.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { eventually } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { startProgram } from '../support/node/program.mjs';
import { event, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

/// Accepts and says nothing, not even a TLS greeting.
async function startMute(t) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}

/// A name server that answers nobody, and a command that runs a program whose resolver asks it; undefined where
/// that takes rights that we do not have.
async function startMuteDns(t) {
  const socket = dgram.createSocket('udp4');
  const bound = await new Promise((done) => {
    socket.once('error', () => done(false));
    socket.bind(53, '127.0.77.53', () => done(true));
  });
  t.after(() => bound && socket.close());
  const file = path.join(scratchFolder(t), 'resolv.conf');
  fs.writeFileSync(file, 'nameserver 127.0.77.53\n');
  const wrap = ['unshare', '--mount', 'sh', '-c', `mount --bind ${file} /etc/resolv.conf && exec "$@"`, 'sh'];
  try {
    if (bound) execFileSync(wrap[0], [...wrap.slice(1), 'true'], { stdio: 'ignore' });
    return bound ? wrap : undefined;
  } catch {
    return undefined;
  }
}

/// Delivers one event to each of `urls` ({name: url}); resolves to {name: {ms, outcome}} of the first attempts.
async function firstAttempts(t, urls, { config = '', wrap = [] }) {
  const server = await startServer({ t, wrap, config: `webhooks:\n  validation: off\n${config}` });
  for (const [name, url] of Object.entries(urls)) {
    await server.subscribe('events', name, { destination: webhook(url), retryPolicy: { maxDeliveryAttempts: 1 } });
  }
  await server.publish('events', [event()]);
  const attempts = await eventually(
    async () => {
      const found = await server.attempts();
      return found.length === Object.keys(urls).length && found;
    },
    { timeoutMs: 45_000, everyMs: 100, what: 'the end of every attempt' },
  );
  return Object.fromEntries(attempts.map((attempt) => [attempt.eventSubscription, { ms: attempt.latencyInMs, outcome: attempt.outcome }]));
}

test('D2: each step has its documented limit, to a second', { timeout: 120_000 }, async (t) => {
  const bad = await startProgram(t, 'bad_receivers.py', [1, 'hang', 'drip', 'blackhole']);
  const dns = await startMuteDns(t);
  const urls = {
    hangs: bad.ready.hang[0],
    drips: bad.ready.drip[0],
    connects: bad.ready.blackhole[0],
    greets: `https://127.0.0.1:${await startMute(t)}/`,
    ...(dns ? { resolves: 'http://nobody-knows.example/' } : {}),
  };
  const limits = { hangs: 30_000, drips: 30_000, connects: 10_000, greets: 10_000, resolves: 5000 };
  const found = await firstAttempts(t, urls, { wrap: dns ?? [] });
  t.diagnostic(`D2: ${Object.entries(found).map(([name, { ms }]) => `${name} ${(ms / 1000).toFixed(2)} s`).join(', ')}${dns ? '' : '; DNS needs root'}`);
  for (const [name, { ms }] of Object.entries(found)) {
    assert.ok(ms >= limits[name] - 10 && ms <= limits[name] + 1500, `${name}: ${ms} ms, not ${limits[name]}`);
  }
  const outcomes = { hangs: 'TimedOut', drips: 'TimedOut', connects: 'SocketError', greets: 'SocketError', resolves: 'ResolutionError' };
  for (const [name, { outcome }] of Object.entries(found)) assert.equal(outcome, outcomes[name], name);
});

test('D2: each limit can be set', { timeout: 60_000 }, async (t) => {
  const bad = await startProgram(t, 'bad_receivers.py', [1, 'hang', 'blackhole']);
  const dns = await startMuteDns(t);
  const urls = {
    hangs: bad.ready.hang[0],
    connects: bad.ready.blackhole[0],
    greets: `https://127.0.0.1:${await startMute(t)}/`,
    ...(dns ? { resolves: 'http://nobody-knows.example/' } : {}),
  };
  const config = '  response_timeout: 6s\n  connect_timeout: 1s\n  tls_timeout: 2s\n  resolve_timeout: 3s\n';
  const limits = { hangs: 6000, connects: 1000, greets: 2000, resolves: 3000 };
  const found = await firstAttempts(t, urls, { config, wrap: dns ?? [] });
  for (const [name, { ms }] of Object.entries(found)) {
    assert.ok(ms >= limits[name] - 10 && ms <= limits[name] + 1500, `${name}: ${ms} ms, not ${limits[name]}`);
  }
});

test('an answer after the limit is not heard: the retry comes as scheduled, once, with its count', { timeout: 60_000 }, async (t) => {
  const config = 'webhooks:\n  response_timeout: 1s\ndelivery:\n  retry_schedule: [3s, 1h]\n  retry_jitter: 0\n';
  const server = await startServer({ t, config });
  const hook = await startReceiver();
  t.after(() => hook.close());
  await server.subscribe('events', 'late', { destination: webhook(hook.url) });
  hook.plan([{ status: 200, delayMs: 2000 }]);
  await server.publish('events', [event()]);
  await server.drained();
  assert.deepEqual(hook.deliveries.map(({ headers }) => headers['aeg-delivery-count']), ['0', '1']);
  const verdicts = (await server.attempts()).map(({ outcome, verdict }) => `${outcome} ${verdict}`).sort();
  assert.deepEqual(verdicts, ['Delivered Done', 'TimedOut Retry']);
});
