// A disk that fails or fills up: nothing is acknowledged that is not durable, and it is told.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { startLoad, byLevel } from '../support/node/load.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { atEnd, event, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

describe('a sync that fails', { skip: !canTrace && 'strace may not trace here' }, () => {
  const counts = byLevel({ short: [3, 20], ci: [1, 3, 10, 30, 100], full: Array.from({ length: 50 }, (_, n) => n + 1) });
  for (const nth of counts) {
    test(`number ${nth} and all after: 503 until the server is started again, nothing lost`, { timeout: 120_000 }, async (t) => {
      const server = await startServer({ t });
      const load = await startLoad(t, server, { subscriptions: { all: { maxEventsPerBatch: 20 } }, seed: nth });
      await server.createTopic('probe', {});
      await server.stop();
      server.wrap = ['strace', '-f', '-q', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e', `inject=fdatasync:error=EIO:when=${nth}+`];
      let started = true;
      await server.start().catch(() => (started = false));
      if (started) {
        load.publish({ publishers: 4, rate: 500, batchMax: 5 });
        await eventually(async () => (await server.publish('probe', [event()])).status === 503, { what: 'a 503' });
        const answer = await server.publish('probe', [event()]);
        assert.equal(answer.status, 503);
        assert.ok(Number(answer.headers['retry-after']) > 0);
        const ready = await request('GET', `${server.http}/readyz`);
        assert.equal(ready.status, 503);
        assert.ok(ready.json.reason.length > 0);
        assert.equal(await server.metric('StoreWritable'), 0);
        await load.stopPublishing();
        await server.kill();
      }
      server.wrap = [];
      await server.start();
      assert.equal((await server.publish('probe', [event()])).status, 200);
      await server.drained();
      const report = await load.check();
      t.diagnostic(JSON.stringify(report));
      assert.ok(report.passed, JSON.stringify(report));
    });
  }
});

describe('a disk that is full', { skip: process.getuid() !== 0 && 'mounting needs root' }, () => {
  const disk = (t, size) => {
    const folder = scratchFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
    if (mounted.status !== 0) {
      fs.rmSync(folder, { recursive: true });
      return undefined;
    }
    atEnd(t, () => {
      spawnSync('umount', ['-l', folder]);
      fs.rmSync(folder, { recursive: true, force: true });
    });
    return folder;
  };
  const fill = (folder) => {
    const file = path.join(folder, 'filler');
    const out = fs.openSync(file, 'w');
    const block = Buffer.alloc(1 << 20);
    try {
      for (;;) fs.writeSync(out, block);
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
    }
    fs.closeSync(out);
    return file;
  };
  const padded = (n) => Array.from({ length: n }, (_, i) => event({ id: `${Date.now()}-${i}-${Math.random()}`, data: { fill: 'x'.repeat(8000) } }));

  test('refuses with 503, goes on delivering, and takes events again once there is room', { timeout: 180_000 }, async (t) => {
    const folder = disk(t, '1g');
    if (!folder) return t.skip('no mount allowed here');
    const config = 'delivery:\n  retry_schedule: [1s, 2s, 4s]\n  probation_after_failures: 1000\n';
    const server = await startServer({ t, data: path.join(folder, 'data'), config });
    const hook = await startReceiver({ answer: { status: 500 } });
    t.after(() => hook.close());
    await server.subscribe('events', 'all', { destination: webhook(hook.url, { maxEventsPerBatch: 50 }) });
    const cycles = byLevel({ short: 2, ci: 4, full: 30 });
    let accepted = 0;
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      hook.answerWith({ status: 500 });
      const filler = fill(folder);
      const refused = await eventually(
        async () => {
          const answer = await server.publish('events', padded(100));
          accepted += answer.status === 200 ? 100 : 0;
          return answer.status !== 200 && answer;
        },
        { timeoutMs: 60_000, everyMs: 0, what: 'a refusal' },
      );
      assert.equal(refused.status, 503, refused.text);
      assert.ok(Number(refused.headers['retry-after']) > 0);
      hook.answerWith({ status: 200 });
      assert.equal((await request('GET', `${server.http}/healthz`)).status, 200);
      fs.rmSync(filler);
      await eventually(
        async () => {
          const answer = await server.publish('events', padded(1));
          accepted += answer.status === 200 ? 1 : 0;
          return answer.status === 200;
        },
        { timeoutMs: 5_000, what: 'taking events again' },
      );
      await server.drained({ timeoutMs: 120_000 });
    }
    const distinct = new Set(hook.deliveries.filter(({ answer }) => answer.status === 200).flatMap(({ events }) => events.map(({ id }) => id)));
    assert.equal(distinct.size, accepted, 'every accepted event arrived');
  });

  test('is no obstacle to a start', { timeout: 60_000 }, async (t) => {
    const folder = disk(t, '512m');
    if (!folder) return t.skip('no mount allowed here');
    const server = await startServer({ t, data: path.join(folder, 'data') });
    await server.publish('events', [event({ id: 'kept' })]);
    await server.stop();
    const filler = fill(folder);
    await server.start();
    assert.equal((await server.operations('events?id=kept')).json.value.length, 1);
    fs.rmSync(filler);
    await eventually(async () => (await server.publish('events', [event()])).status === 200, { timeoutMs: 5_000 });
  });
});
