// `fanfare store check`: what it finds, and its exit statuses (goal R4b).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { byLevel } from '../support/node/load.mjs';
import { BINARY, event, scratchFolder, startServer } from '../support/node/server.mjs';

const check = (folder, ...args) => {
  const { status, stdout, stderr } = spawnSync(BINARY, ['store', 'check', folder, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

async function storeWith(t, count, fill = 1000) {
  const server = await startServer({ t, args: ['--set', 'store.segment_bytes=4MiB', '--set', 'retention.history_bytes=1GB'] });
  const data = { fill: 'x'.repeat(fill) };
  for (let sent = 0; sent < count; sent += 500) {
    const batch = Array.from({ length: Math.min(500, count - sent) }, () => event({ data }));
    assert.equal((await server.publish('events', batch)).status, 200);
  }
  return server;
}

test('a folder in use is not checked, an intact one is told as such', async (t) => {
  const server = await storeWith(t, 1000);
  const busy = check(server.data);
  assert.equal(busy.status, 2);
  assert.match(busy.stderr, /in use by another Fanfare process/);
  await server.stop();

  const table = check(server.data);
  assert.deepEqual([table.status, table.stderr], [0, '']);
  assert.match(table.stdout, /^log +intact +\d+ records/m);
  const json = check(server.data, '--output', 'json');
  const report = JSON.parse(json.stdout);
  assert.equal(json.status, 0);
  assert.equal(report.intact, true);
  assert.deepEqual(report.damage, []);
  assert.ok(report.log.records > 0 && report.view.applied < report.log.next);
  assert.equal(check(path.join(server.data, 'log')).status, 0, 'the folder that messages of the log name');
});

test('damage is named with file and offset, and changes nothing', async (t) => {
  const server = await storeWith(t, 5000);
  await server.stop();
  const segment = path.join(server.data, 'log/0000000000000001.seg');
  const bytes = fs.readFileSync(segment);
  bytes[100_000] ^= 4;
  fs.writeFileSync(segment, bytes);
  const { status, stdout, stderr } = check(server.data, '--output', 'json');
  assert.equal(status, 1);
  assert.equal(JSON.parse(stdout).intact, false);
  assert.match(stderr, /0000000000000001\.seg at offset \d+: .*checksum/);
  assert.ok(fs.readFileSync(segment).equals(bytes));

  const table = fs.readdirSync(path.join(server.data, 'view')).find((name) => name.endsWith('.sst'));
  const file = path.join(server.data, 'view', table);
  const content = fs.readFileSync(file);
  content[20] ^= 1;
  fs.writeFileSync(file, content);
  assert.match(check(server.data).stderr, new RegExp(`the view in .* is damaged: .*${table}`));
});

test('no store, and one of a newer version, are errors of use', async (t) => {
  const folder = scratchFolder(t);
  const none = check(folder);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /no store of Fanfare/);
  fs.writeFileSync(path.join(folder, 'format'), 'fanfare-store 2 and whatever a later version says\n');
  fs.mkdirSync(path.join(folder, 'log'));
  const newer = check(folder);
  assert.equal(newer.status, 2);
  assert.match(newer.stderr, /format 2.*newer program/);
});

test('it reads at the speed of the disk', async (t) => {
  const server = await storeWith(t, byLevel({ short: 40_000, ci: 100_000, full: 500_000 }), 1800);
  await server.stop();
  const { status, stdout } = check(server.data, '--output', 'json');
  const { log, seconds } = JSON.parse(stdout);
  assert.equal(status, 0);
  t.diagnostic(`${(log.bytes / 1e6).toFixed()} MB in ${seconds.toFixed(2)} s: ${(log.bytes / 1e6 / seconds).toFixed()} MB/s`);
  assert.ok(log.bytes / seconds > 100e6, 'goal R4b: 100 MB/s');
});
