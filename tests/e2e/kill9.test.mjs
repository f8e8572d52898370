// Goal R1. kill -9 under load, again and again: no acknowledged event is lost, altered or made up, and what is repeated
// is no more than what was on its way when the server died.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LEVEL, byLevel, patience, startLoad } from '../support/node/load.mjs';
import { randomFrom } from '../support/loss_check/events.mjs';
import { startServer } from '../support/node/server.mjs';

const kills = byLevel({ short: 8, ci: 50, full: 50 });
const concurrency = 64; // delivery.concurrency_max
const subscriptions = {
  single: {},
  failing: {},
  tens: { maxEventsPerBatch: 10 },
  hundreds: { maxEventsPerBatch: 100 },
};
const inFlight = concurrency * (1 + 1 + 10 + 100);

test(`R1: ${kills} kills (${LEVEL})`, { timeout: 600_000 }, async (t) => {
  const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  const server = await startServer({ t, config: 'delivery:\n  retry_schedule: [1s, 2s, 4s, 8s]\n' });
  const load = await startLoad(t, server, { subscriptions, fail: { failing: 20 }, seed });
  load.publish({ rate: 2000 });
  const starts = [];
  for (let round = 0; round < kills; round += 1) {
    await new Promise((done) => setTimeout(done, 50 + random() * 2950));
    await server.kill();
    await server.start();
    starts.push(Math.round(server.startedInMs));
  }
  await load.stopPublishing();
  const left = (await server.status()).pending;
  const began = Date.now();
  await server.drained({ timeoutMs: patience(60_000) }).catch(async (error) => {
    t.diagnostic(`of ${left} owed: ${JSON.stringify((await server.operations('queues')).json.value)}`);
    throw error;
  });
  t.diagnostic(`${left} owed after the last start, delivered ${Date.now() - began} ms later`);
  const report = await load.check();
  t.diagnostic(JSON.stringify(report));
  t.diagnostic(`start after a kill, ms: median ${starts.sort((a, b) => a - b)[kills >> 1]}, most ${starts.at(-1)}`);
  assert.equal(report.lost, 0, report.examples.join('; '));
  assert.equal(report.corrupt, 0);
  assert.equal(report.phantom, 0);
  assert.equal(report.pending, 0);
  assert.ok(report.acked > kills * 100, `only ${report.acked} events were acknowledged`);
  assert.ok(report.duplicates <= kills * inFlight, `${report.duplicates} repeats`);
});
