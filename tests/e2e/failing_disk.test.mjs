// Goals R5 and R6. A disk that fails or fills up: nothing is acknowledged that is not durable, and it is told.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { startLoad, byLevel, onThisMachine } from '../support/node/load.mjs';
import { canTrace, has } from '../support/node/process.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { atEnd, event, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

const upTo = (last) => Array.from({ length: last }, (_, n) => n + 1);

/// A server that has been set up, stopped; `wrap` is what it runs in next.
async function prepared(t, seed) {
  const server = await startServer({ t });
  const load = await startLoad(t, server, { subscriptions: { all: { maxEventsPerBatch: 20 } }, seed });
  await server.createTopic('probe', {});
  await server.stop();
  return { server, load };
}

/// Started again on a disk that works, it has everything that was acknowledged.
async function verify(t, server, load) {
  server.wrap = [];
  await server.start();
  assert.equal((await server.publish('probe', [event()])).status, 200);
  await server.drained();
  const report = await load.check();
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.passed, JSON.stringify(report));
}

const inject = (calls, fault) => ['strace', '-f', '-q', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:${fault}`];

describe('R5: a sync that fails', { skip: !canTrace && 'strace may not trace here' }, () => {
  for (const nth of byLevel({ short: [3, 20], ci: upTo(50), full: upTo(50) })) {
    test(`number ${nth} and all after: 503 until the server is started again, nothing lost`, { timeout: 120_000 }, async (t) => {
      const { server, load } = await prepared(t, nth);
      server.wrap = inject('fdatasync', `error=EIO:when=${nth}+`);
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
      await verify(t, server, load);
    });
  }
});

/// One call fails, or one in a few; the server may go on, refuse, or fail to start, but never forget.
const faults = [
  ['fdatasync', 'error=EIO:when=', ''],
  ['fsync', 'error=EIO:when=', '+'],
  ['pwrite64,pwritev', 'error=EIO:when=', ''],
  ['pwrite64,pwritev', 'error=ENOSPC:when=', '+7'],
  ['pwrite64,pwritev', 'error=EINTR:when=', '+3'],
  ['rename', 'error=EIO:when=', ''],
  ['fallocate', 'error=EIO:when=', '+2'],
  ['unlink', 'error=EIO:when=', '+2'],
];

describe('R5: other calls that fail', { skip: !canTrace && 'strace may not trace here' }, () => {
  for (const [calls, fault, step] of faults) {
    for (const nth of byLevel({ short: [2], ci: [1, 2, 5, 12, 30], full: upTo(30) })) {
      test(`${calls}: ${fault}${nth}${step}`, { timeout: 120_000 }, async (t) => {
        const { server, load } = await prepared(t, nth);
        server.args = ['--set', 'store.segment_bytes=4MiB'];
        server.wrap = inject(calls, `${fault}${nth}${step}`);
        let started = true;
        await server.start().catch(() => (started = false));
        if (started) {
          load.publish({ publishers: 4, rate: 2000, batchMax: 20, bytes: 2000 });
          await new Promise((done) => setTimeout(done, 1500));
          await load.stopPublishing();
          assert.equal((await request('GET', `${server.http}/healthz`)).status, 200, 'it is alive');
          await server.kill();
        }
        await verify(t, server, load);
      });
    }
  }

  const random = 'enable_random name=posix/io';
  const points = ['sync/*', 'rw/pwrite*', 'rw/pwritev*', 'rw/pwrite/reduce', 'rw/pwritev/reduce', 'dir/rename'];
  for (const round of upTo(byLevel({ short: 1, ci: 8, full: 40 }))) {
    test(`one call in fifty at random, short writes among them, round ${round}`, { timeout: 120_000, skip: !has('fiu-run') && 'needs fiu-run' }, async (t) => {
      const { server, load } = await prepared(t, round);
      server.wrap = ['fiu-run', '-x', ...points.flatMap((point) => ['-c', `${random}/${point},probability=0.02`])];
      for (let start = 0; start < 6; start += 1) {
        const started = await server.start().then(() => true, () => false);
        if (!started) continue;
        if (!load.publisher) load.publish({ publishers: 4, rate: 1000, batchMax: 20 });
        await new Promise((done) => setTimeout(done, 500));
        await server.kill();
      }
      if (load.publisher) await load.stopPublishing();
      await verify(t, server, load);
    });
  }
});

describe('R6: a disk that is full', { skip: process.getuid() !== 0 && 'mounting needs root' }, () => {
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
          const asked = Date.now();
          const answer = await server.publish('events', padded(100));
          accepted += answer.status === 200 ? 100 : 0;
          if (answer.status !== 200) assert.ok(Date.now() - asked < onThisMachine(1000), `refused after ${Date.now() - asked} ms`);
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
