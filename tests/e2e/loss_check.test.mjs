// The judge is judged first: losses, alterations, inventions and repeats that are planted must be found.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { check } from '../support/loss_check/check.mjs';
import { scratchFolder } from '../support/node/server.mjs';

function verdict(t, { published = '', received = '', deadLetters = {} }) {
  const folder = scratchFolder(t);
  fs.writeFileSync(path.join(folder, 'publisher-0.txt'), published);
  fs.writeFileSync(path.join(folder, 'receiver-a.txt'), received);
  const dead = path.join(folder, 'dead');
  for (const [name, ids] of Object.entries(deadLetters)) {
    fs.mkdirSync(path.join(dead, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(dead, name), JSON.stringify(ids.map((id) => ({ id }))));
  }
  return check({ folder, subscriptions: ['a'], deadLetters: dead });
}

const sent = 'sent 1 h1\nsent 2 h2\nacked 1\nacked 2\n';

test('everything delivered passes', async (t) => {
  const report = await verdict(t, { published: sent, received: '1 A 0 h1 200\n2 A 0 h2 200\n' });
  assert.deepEqual([report.passed, report.acked, report.deliveries, report.lost], [true, 2, 2, 0]);
});

test('an acknowledged event that never came is lost', async (t) => {
  const report = await verdict(t, { published: sent, received: '1 A 0 h1 200\n' });
  assert.deepEqual([report.passed, report.lost], [false, 1]);
});

test('a delivery that the endpoint refused does not count', async (t) => {
  const report = await verdict(t, { published: sent, received: '1 A 0 h1 200\n2 A 0 h2 500\n' });
  assert.equal(report.lost, 1);
});

test('a line cut off by a kill does not count', async (t) => {
  const report = await verdict(t, { published: `${sent}sent 3 h3\nacked 3`, received: '1 A 0 h1 200\n2 A 0 h2 200\n' });
  assert.deepEqual([report.passed, report.unknown], [true, 1]);
});

test('a dead letter is no loss', async (t) => {
  const report = await verdict(t, {
    published: sent,
    received: '1 A 0 h1 200\n',
    deadLetters: { 'box/A/2026/1/31/7/x.json': ['2'] },
  });
  assert.deepEqual([report.passed, report.deadLettered], [true, 1]);
});

test('other content is corrupt, an unknown id and a refused one are phantoms', async (t) => {
  const altered = await verdict(t, { published: sent, received: '1 A 0 zz 200\n2 A 0 h2 200\n' });
  assert.deepEqual([altered.passed, altered.corrupt], [false, 1]);
  const invented = await verdict(t, { published: sent, received: '1 A 0 h1 200\n2 A 0 h2 200\n9 A 0 h9 200\n' });
  assert.deepEqual([invented.passed, invented.phantom], [false, 1]);
  const refused = await verdict(t, { published: 'sent 1 h1\nrefused 1 400\n', received: '1 A 0 h1 200\n' });
  assert.deepEqual([refused.passed, refused.phantom], [false, 1]);
});

test('an event that was answered with 503 may have been stored', async (t) => {
  const report = await verdict(t, { published: 'sent 1 h1\nrefused 1 503\n', received: '1 A 0 h1 200\n' });
  assert.deepEqual([report.passed, report.failed], [true, 1]);
});

test('repeats are counted and are no failure', async (t) => {
  const report = await verdict(t, { published: sent, received: '1 A 0 h1 200\n1 A 0 h1 200\n2 A 0 h2 200\n' });
  assert.deepEqual([report.passed, report.duplicates], [true, 1]);
});
