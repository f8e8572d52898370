// H1: 186 raw HTTP requests (tests/data/http): each is answered as its manifest says, and none is taken for two.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { DATA, startServer } from '../support/node/server.mjs';

const checker = path.join(DATA, 'http/check.py');

/// Runs the checker over the cases whose file matches; resolves to its results and its report.
async function judge(server, only) {
  const results = path.join(server.folder, `results-${only.replace(/\W/g, '')}.json`);
  const options = ['--path', '/healthz', '--wait', '14', '--slow', '25', '--only', only, '--pid', String(server.pid), '--json', results];
  const check = spawn('python3', [checker, String(server.port), ...options]);
  let report = '';
  check.stdout.on('data', (chunk) => (report += chunk));
  check.stderr.on('data', (chunk) => (report += chunk));
  await new Promise((done) => check.once('exit', done));
  const [, before, behind] = /resident memory: (\d+) -> (\d+) KiB/.exec(report) ?? [];
  return { cases: JSON.parse(fs.readFileSync(results, 'utf8')), grownKiB: behind - before };
}

test('H1: every raw request is judged right, and the server stands after each', { timeout: 300_000 }, async (t) => {
  const server = await startServer({ t, args: ['--set', 'hosts=fanfare.test'] });
  const parts = ['/0[0-4]', '/0[5-9]', '/1[0-2]', '/1[3-5]', '/16[0-4]', '/16[5-9]', '/1[78]'];
  const judged = await Promise.all(parts.map((part) => judge(server, part)));
  const cases = judged.flatMap((part) => part.cases);
  assert.equal(cases.length, 186);
  assert.deepEqual(cases.filter(({ ok }) => !ok).map(({ file, why }) => `${file}: ${why.join('; ')}`), []);
  const grown = Math.max(...judged.map(({ grownKiB }) => grownKiB));
  t.diagnostic(`H1: ${cases.filter(({ ok }) => ok).length} of ${cases.length}, memory +${(grown / 1024).toFixed(1)} MiB`);
  assert.ok(grown < 32 * 1024, `memory grew by ${grown} KiB`);
});
