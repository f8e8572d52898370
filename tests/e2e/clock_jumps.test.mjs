// Goal R10. A wall clock that is set while the server runs, or while it is down, makes no retry early, late or lost.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { request } from '../support/node/http.mjs';
import { byLevel } from '../support/node/load.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

const library = spawnSync('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketimeMT.so.1']).stdout?.toString().trim();
const options = { timeout: 300_000, skip: !library && 'needs faketime' };

/// A server under a wall clock that `jump(offset)` sets; the monotonic clock stays the machine's.
async function startWithClock(t, config) {
  const file = path.join(scratchFolder(t), 'offset');
  const jump = (offset) => fs.writeFileSync(file, offset);
  jump('+0');
  const env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
  return { jump, server: await startServer({ t, env, config }) };
}

/// The second attempt of an event comes `wait` seconds after the first: at most 1 s early, at most 10 % late, and a little
/// for the machine; jitter is off.
function inTime([first, second], wait, what) {
  const took = (second.at - first.at) / 1000;
  assert.ok(took >= wait - 1 && took <= wait * 1.1 + 0.5, `${what}: ${took} s instead of ${wait} s`);
  return took;
}

test('R10: jumps while running', options, async (t) => {
  const { jump, server } = await startWithClock(t, 'delivery:\n  retry_schedule: [2s, 4s, 6s, 8s]\n  retry_jitter: 0\n');
  const hook = await startReceiver();
  t.after(() => hook.close());
  await server.subscribe('events', 'sub', { destination: webhook(hook.url) });
  const offsets = ['-1d', '+1d', '+400d', '+4000d', '+18000d', '-400d', '+3600', '+0'];
  for (const [n, offset] of offsets.entries()) {
    hook.plan([{ status: 500 }]);
    await server.publish('events', [event({ id: `jump ${n}` })]);
    await hook.waitFor(2 * n + 1);
    jump(offset);
    const all = await hook.waitFor(2 * n + 2);
    t.diagnostic(`${offset}: retried after ${inTime(all.slice(2 * n), 2, offset).toFixed(2)} s`);
    assert.equal((await request('GET', `${server.http}/readyz`)).status, 200);
  }
  await server.drained();
  const delivered = hook.deliveries.filter(({ answer }) => answer.status === 200).map(({ events }) => events[0].id);
  assert.deepEqual(delivered, offsets.map((_, n) => `jump ${n}`));
  const ids = new Set(hook.deliveries.map(({ headers }) => headers['aeg-output-event-id']));
  assert.equal(ids.size, offsets.length);
});

test('R10: a clock that trembles by a second ten times a second', options, async (t) => {
  const { jump, server } = await startWithClock(t, 'delivery:\n  retry_schedule: [2s, 4s]\n  retry_jitter: 0\n  probation_after_failures: 1000\n');
  const hook = await startReceiver();
  t.after(() => hook.close());
  await server.subscribe('events', 'sub', { destination: webhook(hook.url) });
  let back = false;
  const tremble = setInterval(() => jump((back = !back) ? '-1' : '+1'), 100);
  t.after(() => clearInterval(tremble));
  hook.plan(Array.from({ length: 20 }, () => ({ status: 500 })));
  for (let n = 0; n < 20; n += 1) await server.publish('events', [event({ id: `e${n}` })]);
  await hook.waitFor(40);
  clearInterval(tremble);
  for (let n = 0; n < 20; n += 1) {
    inTime(hook.deliveries.filter(({ events }) => events[0].id === `e${n}`), 2, `event ${n}`);
  }
  await server.drained();
});

for (const [ending, offset] of byLevel({
  short: [['killed', '-1d']],
  ci: [['killed', '-1d'], ['stopped', '-1d'], ['stopped', '+1d'], ['killed', '+1d']],
})) {
  test(`R10: the wall clock is set by ${offset} while the server is ${ending}`, options, async (t) => {
    const { jump, server } = await startWithClock(t, 'delivery:\n  retry_schedule: [10s, 20s]\n  retry_jitter: 0\n');
    const hook = await startReceiver();
    t.after(() => hook.close());
    await server.subscribe('events', 'sub', { destination: webhook(hook.url) });
    hook.plan([{ status: 500 }]);
    await server.publish('events', [event({ id: 'waits' })]);
    await hook.waitFor(1);
    await new Promise((done) => setTimeout(done, 6000)); // what is owed is written down each 5 s
    await (ending === 'killed' ? server.kill() : server.stop());
    jump(offset);
    await server.start();
    const all = await hook.waitFor(2, { timeoutMs: 20_000 });
    t.diagnostic(`retried after ${inTime(all, 10, offset).toFixed(2)} s`);
    await server.drained();
  });
}
