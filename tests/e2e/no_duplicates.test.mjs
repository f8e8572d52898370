// Goal D8. Without a fault nothing is lost and nothing comes twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { byLevel, startLoad } from '../support/node/load.mjs';
import { startServer } from '../support/node/server.mjs';

const count = byLevel({ short: 25_000, ci: 50_000, full: 500_000 });

test(`D8: ${(2 * count).toLocaleString('en')} deliveries without a fault: none lost, none twice`, { timeout: 600_000 }, async (t) => {
  const server = await startServer({ t });
  const load = await startLoad(t, server, { subscriptions: { single: {}, batched: { maxEventsPerBatch: 100 } }, seed: 8 });
  await load.publish({ rate: 0, batchMin: 50, batchMax: 100, count });
  await server.drained({ timeoutMs: 300_000 });
  const report = await load.check();
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.acked >= count);
  assert.equal(report.deliveries, 2 * report.acked);
  assert.deepEqual([report.lost, report.corrupt, report.phantom, report.duplicates], [0, 0, 0, 0]);
});
