// SIGTERM under load: what was received is answered, what is on its way is finished, nothing is lost and
// nothing is sent twice.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { byLevel, startLoad } from '../support/node/load.mjs';
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
