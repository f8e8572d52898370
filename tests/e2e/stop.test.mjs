// SIGTERM under load: what was received is answered, what is on its way is finished, nothing is lost and
// nothing is sent twice.
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { byLevel, startLoad } from '../support/node/load.mjs';
import { canTrace } from '../support/node/process.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

const stops = byLevel({ short: 4, ci: 10, full: 100 });

test(`${stops} orderly stops under load`, { timeout: 600_000 }, async (t) => {
  const server = await startServer({ t });
  const load = await startLoad(t, server, { subscriptions: { single: {}, batched: { maxEventsPerBatch: 50 } }, seed: 3 });
  load.publish({ rate: 2000 });
  for (let round = 0; round < stops; round += 1) {
    await new Promise((done) => setTimeout(done, 700));
    const began = Date.now();
    const { code, signal } = await server.stop();
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    assert.ok(Date.now() - began < 10_000, 'within the bound of drain');
    await server.start();
  }
  await load.stopPublishing();
  await server.drained();
  const report = await load.check();
  t.diagnostic(JSON.stringify(report));
  assert.equal(report.lost, 0, report.examples.join('; '));
  assert.equal(report.corrupt + report.phantom, 0);
  assert.equal(report.duplicates, 0, 'an orderly stop repeats nothing');
  assert.equal(report.unknownDelivered, 0, 'a request that was received is answered');
});

test('a request that hangs in its body does not hold up the stop beyond its bound', async (t) => {
  const server = await startServer({ t, args: ['--set', 'drain=1s'] });
  const socket = net.connect(server.port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.write('POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n[');
  await eventually(async () => (await request('GET', `${server.http}/healthz`)).status === 200);
  const { code } = await server.stop({ withinMs: 8000 });
  assert.equal(code, 0);
});

test('a stop during the recovery does not wait for its end, and costs nothing', { skip: !canTrace && 'strace may not trace here' }, async (t) => {
  const config = 'delivery:\n  retry_schedule: [1s, 2s, 4s, 8s]\n  probation_after_failures: 1000\n';
  const server = await startServer({ t, config });
  const hook = await startReceiver();
  t.after(() => hook.close());
  await server.subscribe('events', 'all', { destination: webhook(hook.url, { maxEventsPerBatch: 100 }) });
  hook.answerWith({ status: 503 });
  const events = Array.from({ length: 200 }, (_, n) => event({ id: `kept ${n}`, data: { fill: 'x'.repeat(5000) } }));
  for (let n = 0; n < 200; n += 20) await server.publish('events', events.slice(n, n + 20));
  for (const signal of ['SIGTERM', 'SIGINT']) {
    await server.kill();
    server.wrap = ['strace', '-f', '-q', '-o', '/dev/null', '-P', path.join(server.data, 'log/0000000000000001.seg'), '-e', 'trace=pread64', '-e', 'inject=pread64:delay_enter=400000'];
    const started = server.start().then(() => 'ready', () => 'ended');
    await new Promise((done) => setTimeout(done, 700));
    const began = Date.now();
    assert.deepEqual(await server.signal(signal), { code: 0, signal: null });
    t.diagnostic(`${signal} during the recovery: ended after ${Date.now() - began} ms`);
    assert.ok(Date.now() - began < 2000, `${Date.now() - began} ms`);
    assert.equal(await started, 'ended');
  }
  server.wrap = [];
  hook.answerWith({ status: 200 });
  await server.start();
  await eventually(() => new Set(hook.deliveries.filter(({ answer }) => answer.status === 200).flatMap(({ events }) => events.map(({ id }) => id))).size === 200, {
    timeoutMs: 60_000,
    what: 'every event',
  });
});

test('a delivery in flight is finished, and is not repeated after the start', async (t) => {
  const server = await startServer({ t });
  const hook = await startReceiver({ answer: { status: 200, delayMs: 800 } });
  t.after(() => hook.close());
  await server.subscribe('events', 'slow', { destination: webhook(hook.url) });
  await server.publish('events', [event()]);
  await hook.waitFor(1);
  assert.equal((await server.stop()).code, 0);
  await server.start();
  await server.drained();
  assert.equal(hook.deliveries.length, 1);
});
