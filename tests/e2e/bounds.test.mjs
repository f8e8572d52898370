// Bounded memory, bounded descriptors, a bounded start, and a clock that jumps.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { byLevel, startLoad } from '../support/node/load.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

const residentKiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const cpuMs = (pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/// Publishes `count` events of 1 KB in batches of 500.
async function preload(server, count) {
  const fill = 'x'.repeat(850);
  for (let sent = 0; sent < count; sent += 500) {
    const batch = Array.from({ length: Math.min(500, count - sent) }, (_, n) => event({ id: `p${sent + n}`, data: { fill } }));
    const answer = await server.publish('events', batch);
    assert.equal(answer.status, 200, answer.text);
  }
}

test('memory stays bounded while publishing outruns delivery', { timeout: 600_000 }, async (t) => {
  const count = byLevel({ short: 150_000, ci: 300_000, full: 2_000_000 });
  const server = await startServer({ t });
  const hook = await startReceiver({ answer: { hang: true } });
  t.after(() => hook.close());
  for (const name of ['first', 'second', 'third']) {
    await server.subscribe('events', name, { destination: webhook(`${hook.url}/${name}`) });
  }
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, residentKiB(server.pid))), 100);
  t.after(() => clearInterval(watch));
  await preload(server, count);
  t.diagnostic(`${count} events of 1 KB owed three times; resident at most ${(most / 1024).toFixed()} MiB`);
  assert.ok(most < 256 * 1024, `${most} KiB`);
  assert.equal((await server.status()).pending, 3 * count);
});

test('a start with a backlog takes requests soon, and sends on', { timeout: 600_000 }, async (t) => {
  const count = byLevel({ short: 100_000, ci: 100_000, full: 1_000_000 });
  const server = await startServer({ t });
  const hook = await startReceiver({ answer: { hang: true } });
  t.after(() => hook.close());
  await server.subscribe('events', 'late', { destination: webhook(hook.url, { maxEventsPerBatch: 1000 }) });
  await preload(server, count);
  await server.kill();
  const before = hook.deliveries.length;
  hook.answerWith({ status: 200 });
  await server.start();
  const began = Date.now();
  await hook.waitFor(before + 1);
  t.diagnostic(`${count} owed: ready after ${server.startedInMs.toFixed()} ms, first delivery ${Date.now() - began} ms later, resident ${(residentKiB(server.pid) / 1024).toFixed()} MiB`);
  assert.ok(server.startedInMs < 10_000);
  await server.drained({ timeoutMs: 120_000 });
  const distinct = new Set(hook.deliveries.slice(before).flatMap(({ events }) => events.map(({ id }) => id)));
  assert.equal(distinct.size, count);
  assert.ok(residentKiB(server.pid) < 256 * 1024);
});

test('out of descriptors: no spinning, the store goes on, and it recovers', { timeout: 60_000 }, async (t) => {
  const server = await startServer({ t, wrap: ['prlimit', '--nofile=256:256'] });
  const { pid } = server;
  const sockets = Array.from({ length: 600 }, () => {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    return socket;
  });
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  await new Promise((done) => setTimeout(done, 500));
  const before = cpuMs(pid);
  await new Promise((done) => setTimeout(done, 2000));
  const share = (cpuMs(pid) - before) / 2000;
  t.diagnostic(`CPU while full: ${(share * 100).toFixed(1)} % of a core`);
  assert.ok(share < 0.5, 'it does not spin');
  for (const socket of sockets) socket.destroy();
  await eventually(async () => (await server.publish('events', [event()])).status === 200, { timeoutMs: 5000 });
});

test('slow clients are let go, and cost the others nothing', { timeout: 120_000 }, async (t) => {
  const server = await startServer({ t });
  const count = byLevel({ short: 200, ci: 500, full: 5000 });
  let closed = 0;
  const sockets = Array.from({ length: count }, (_, n) => {
    const socket = net.connect(server.port, '127.0.0.1', () => {
      socket.write(n % 2 ? 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ' : 'POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n');
    });
    const drip = setInterval(() => socket.write('a'), 1000);
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => {
      closed += 1;
      clearInterval(drip);
    });
    return socket;
  });
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  for (let n = 0; n < 50; n += 1) assert.equal((await server.publish('events', [event()])).status, 200);
  await eventually(() => closed === count, { timeoutMs: 60_000, everyMs: 200, what: 'the end of every slow connection' });
});

test('100,000 deliveries without a fault: none lost, none twice', { timeout: 300_000 }, async (t) => {
  const count = byLevel({ short: 25_000, ci: 50_000, full: 500_000 });
  const server = await startServer({ t });
  const load = await startLoad(t, server, { subscriptions: { single: {}, batched: { maxEventsPerBatch: 100 } }, seed: 8 });
  await load.publish({ rate: 0, batchMin: 50, batchMax: 100, count });
  await server.drained({ timeoutMs: 180_000 });
  const report = await load.check();
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.acked >= count);
  assert.equal(report.deliveries, 2 * report.acked);
  assert.deepEqual([report.lost, report.corrupt, report.phantom, report.duplicates], [0, 0, 0, 0]);
});

const library = spawnSync('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketimeMT.so.1']).stdout?.toString().trim();
test('a wall clock that jumps neither loses nor repeats nor stalls a retry', { timeout: 120_000, skip: !library && 'needs faketime' }, async (t) => {
  const folder = scratchFolder(t);
  const clock = path.join(folder, 'offset');
  const jump = (offset) => fs.writeFileSync(clock, offset);
  jump('+0');
  const env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
  const server = await startServer({ t, env, config: 'delivery:\n  retry_schedule: [1s, 2s, 3s, 4s]\n' });
  const hook = await startReceiver();
  t.after(() => hook.close());
  await server.subscribe('events', 'sub', { destination: webhook(hook.url) });
  for (const [n, offset] of ['-1d', '+1d', '+400d', '+4000d', '+0'].entries()) {
    hook.plan([{ status: 500 }]);
    await server.publish('events', [event({ id: `jump ${n}` })]);
    await hook.waitFor(2 * n + 1);
    jump(offset);
    await hook.waitFor(2 * n + 2, { timeoutMs: 10_000 });
    assert.equal((await request('GET', `${server.http}/readyz`)).status, 200);
  }
  await server.drained();
  const delivered = hook.deliveries.filter(({ answer }) => answer.status === 200).map(({ events }) => events[0].id);
  assert.deepEqual(delivered, [0, 1, 2, 3, 4].map((n) => `jump ${n}`));
  const ids = new Set(hook.deliveries.map(({ headers }) => headers['aeg-output-event-id']));
  assert.equal(ids.size, 5);
});
