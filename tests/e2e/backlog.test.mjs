// Publishing that outruns delivery, and the start with what is left over (goals R7, R1b).
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { byLevel, onThisMachine } from '../support/node/load.mjs';
import { memoryLimit, residentMiB } from '../support/node/process.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

const fill = 'x'.repeat(850);
const batchOf = (from, count) => Array.from({ length: count }, (_, n) => event({ id: `p${from + n}`, data: { fill } }));

/// Publishes `count` events of 1 KB in batches of 500, four at a time.
async function preload(server, count) {
  let sent = 0;
  const publisher = async () => {
    while (sent < count) {
      const size = Math.min(500, count - sent);
      sent += size;
      const answer = await server.publish('events', batchOf(sent - size, size));
      assert.equal(answer.status, 200, answer.text);
    }
  };
  await Promise.all([publisher(), publisher(), publisher(), publisher()]);
}

test('R7: publishing ten times faster than delivery, within 256 MiB, page cache included', { timeout: 900_000 }, async (t) => {
  const seconds = byLevel({ short: 10, ci: 120, full: 600 });
  const limit = memoryLimit(t, 256);
  const server = await startServer({ t, wrap: limit?.wrap ?? [] });
  if (!limit) t.diagnostic('no limit of the machine could be set; resident memory alone is watched');
  const hook = await startReceiver({ answer: { status: 200, delayMs: 30 } });
  t.after(() => hook.close());
  for (const name of ['first', 'second', 'third']) {
    await server.subscribe('events', name, { destination: webhook(`${hook.url}/${name}`) });
  }
  let most = 0;
  let half = 0;
  const pid = server.process.pid;
  const watch = setInterval(() => (most = Math.max(most, residentMiB(pid))), 100);
  t.after(() => clearInterval(watch));
  const began = Date.now();
  let published = 0;
  while (Date.now() - began < seconds * 1000) {
    assert.equal((await server.publish('events', batchOf(published, 500))).status, 200);
    published += 500;
    hook.deliveries.length = 0;
    if (half === 0 && Date.now() - began > seconds * 500) half = most;
  }
  clearInterval(watch);
  const { pending } = await server.status();
  t.diagnostic(`${published} events in ${seconds} s, ${pending} deliveries owed; resident at most ${most.toFixed()} MiB, ${(most - half).toFixed(1)} MiB of it in the second half`);
  assert.ok(most < 256, `${most} MiB`);
  assert.ok(most - half < 16, `grew by ${most - half} MiB in the second half`);
  assert.ok(pending > 2.5 * published, 'delivery was slower than publishing');
});

for (const count of byLevel({ short: [100_000], ci: [100_000, 1_000_000], full: [100_000, 1_000_000] })) {
  test(`R1b: a start with ${count.toLocaleString('en')} waiting takes requests soon, and sends on`, { timeout: 900_000 }, async (t) => {
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
    const firstMs = Date.now() - began;
    const resident = residentMiB(server.pid);
    t.diagnostic(`${count} owed: ready after ${server.startedInMs.toFixed()} ms, first delivery ${firstMs} ms later, resident ${resident.toFixed()} MiB`);
    assert.ok(server.startedInMs < onThisMachine(count > 100_000 ? 2000 : 1000), `ready after ${server.startedInMs} ms`);
    assert.ok(firstMs < onThisMachine(1000), `first delivery after ${firstMs} ms`);
    assert.ok(resident < 256);
    const distinct = new Set();
    const collect = () => {
      for (const { events } of hook.deliveries.splice(0)) for (const { id } of events) distinct.add(id);
    };
    hook.onDelivery(() => hook.deliveries.length > 100 && collect());
    await server.drained({ timeoutMs: 300_000 });
    collect();
    assert.equal(distinct.size, count);
    assert.ok(residentMiB(server.pid) < 256);
  });
}
