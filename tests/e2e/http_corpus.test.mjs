// 186 raw HTTP requests (tests/data/http): each is answered as its manifest says, and none is taken for two.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { DATA, startServer } from '../support/node/server.mjs';

const checker = path.join(DATA, 'http/check.py');

test('every raw request is judged right, and the server stands after each', async (t) => {
  const server = await startServer({ t });
  const results = path.join(server.folder, 'results.json');
  const options = ['--path', '/healthz', '--slow', '25', '--pid', String(server.pid), '--json', results];
  const check = spawn('python3', [checker, String(server.port), ...options]);
  let report = '';
  check.stdout.on('data', (chunk) => (report += chunk));
  check.stderr.on('data', (chunk) => (report += chunk));
  await new Promise((done) => check.once('exit', done));
  const cases = JSON.parse(fs.readFileSync(results, 'utf8'));
  assert.equal(cases.length, 186, report);
  assert.deepEqual(cases.filter(({ ok }) => !ok).map(({ file, why }) => `${file}: ${why.join('; ')}`), []);
  const [, before, behind] = /resident memory: (\d+) -> (\d+) KiB/.exec(report);
  assert.ok(behind - before < 32 * 1024, `memory grew from ${before} to ${behind} KiB`);
});
