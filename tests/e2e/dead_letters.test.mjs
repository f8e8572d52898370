// D9: exactly one record for each given-up event, however many, and none lost while the place for them is away.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { eventually } from '../support/node/http.mjs';
import { byLevel } from '../support/node/load.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, GROUP, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

const deadLetterDestination = {
  endpointType: 'StorageBlob',
  properties: { resourceId: `${GROUP}/providers/Microsoft.Storage/storageAccounts/store`, blobContainerName: 'given-up' },
};

/// The published ids of all dead letters below a folder, sorted.
function idsBelow(folder) {
  if (!fs.existsSync(folder)) return [];
  const files = fs.readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith('.json'));
  return files.flatMap((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')).map(({ id }) => id)).sort();
}

async function publish(server, count) {
  const ids = Array.from({ length: count }, (_, n) => `e${String(n).padStart(6, '0')}`);
  for (let n = 0; n < count; n += 100) {
    assert.equal((await server.publish('events', ids.slice(n, n + 100).map((id) => event({ id })))).status, 200);
  }
  return ids;
}

test('D9: many events that are refused leave one letter each', { timeout: 120_000 }, async (t) => {
  const count = byLevel({ short: 2000, ci: 5000, full: 50_000 });
  const server = await startServer({ t });
  const hook = await startReceiver({ answer: { status: 400 } });
  t.after(() => hook.close());
  await server.subscribe('events', 'Refuses', { destination: webhook(hook.url), deadLetterDestination });
  const ids = await publish(server, count);
  await server.drained({ timeoutMs: 90_000 });
  assert.deepEqual(idsBelow(path.join(server.data, 'deadletter')), ids);
  assert.equal(await server.metric('DeadLetteredCount'), count);
  assert.equal(await server.metric('DroppedEventCount'), 0);
});

test('D9: while the folder cannot be written, letters are kept, and then written once', { timeout: 60_000 }, async (t) => {
  const folder = path.join(scratchFolder(t), 'letters');
  const server = await startServer({ t, args: ['--virtual-clock', '--set', `delivery.dead_letter_folder=${folder}`] });
  fs.rmSync(folder, { recursive: true, force: true });
  fs.writeFileSync(folder, 'a file where the folder should be');
  const hook = await startReceiver({ answer: { status: 400 } });
  t.after(() => hook.close());
  await server.subscribe('events', 'Refuses', { destination: webhook(hook.url), deadLetterDestination });
  const ids = await publish(server, 100);
  await server.advance('2h');
  assert.equal((await server.status()).pending, 100, 'kept, and nothing dropped');
  assert.equal(await server.metric('DroppedEventCount'), 0);
  fs.rmSync(folder);
  await server.advance('2m');
  assert.equal((await server.status()).pending, 0);
  assert.deepEqual(idsBelow(folder), ids);
  assert.equal(hook.deliveries.length, 100, 'nobody was asked again');
});

test('D9: after four hours without a place for them they are dropped, and counted', { timeout: 60_000 }, async (t) => {
  const folder = path.join(scratchFolder(t), 'letters');
  const server = await startServer({ t, args: ['--virtual-clock', '--set', `delivery.dead_letter_folder=${folder}`] });
  fs.rmSync(folder, { recursive: true, force: true });
  fs.writeFileSync(folder, 'a file where the folder should be');
  const hook = await startReceiver({ answer: { status: 400 } });
  t.after(() => hook.close());
  await server.subscribe('events', 'Refuses', { destination: webhook(hook.url), deadLetterDestination });
  await publish(server, 10);
  await server.advance('5h');
  assert.equal((await server.status()).pending, 0);
  assert.equal(await server.metric('DroppedEventCount'), 10);
  const reasons = new Set((await server.attempts()).filter(({ verdict }) => verdict === 'Dropped').map(({ reason }) => reason));
  assert.deepEqual([...reasons], ['DeadLetterDestinationUnavailable']);
});

const canTrace = () => {
  try {
    execFileSync('strace', ['-f', '-e', 'trace=none', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
test('many letters at once cost few syncs', { timeout: 120_000, skip: !canTrace() && 'needs strace' }, async (t) => {
  const server = await startServer({ t });
  const hook = await startReceiver({ answer: { status: 400 } });
  t.after(() => hook.close());
  await server.subscribe('events', 'Refuses', { destination: webhook(hook.url), deadLetterDestination });
  const trace = path.join(scratchFolder(t), 'trace');
  const tracer = spawn('strace', ['-f', '-q', '-e', 'trace=fsync,syncfs,rename,renameat2', '-o', trace, '-p', String(server.pid)], { stdio: 'ignore' });
  const ended = new Promise((done) => tracer.once('exit', done));
  const lines = () => (fs.existsSync(trace) ? fs.readFileSync(trace, 'utf8').split('\n') : []);
  await eventually(async () => fs.existsSync(`/proc/${server.pid}`) && /TracerPid:\s+[1-9]/.test(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8')));
  await publish(server, 1000);
  await server.drained({ timeoutMs: 60_000 });
  tracer.kill('SIGINT');
  await ended;
  const letters = lines().filter((line) => /rename.*\.json\.tmp/.test(line)).length;
  const syncs = lines().filter((line) => /(fsync|syncfs)\(/.test(line)).length;
  t.diagnostic(`${letters} letters, ${syncs} syncs`);
  assert.equal(letters, 1000);
  assert.ok(syncs < letters / 2, `${syncs} syncs for ${letters} letters`);
});
