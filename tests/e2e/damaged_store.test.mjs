// Goal R4. Files that rot, are cut, swapped, emptied or deleted while the server is down: it opens with everything
// that was acknowledged, or refuses and names what is wrong and what to do. Never less without a word.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { byLevel } from '../support/node/load.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { BINARY, event, scratchFolder, startServer, webhook } from '../support/node/server.mjs';
import { randomFrom } from '../support/loss_check/events.mjs';

const damages = byLevel({ short: 14, ci: 60, full: 300 });
const events = 5000;
const args = ['--virtual-clock', '--set', 'store.segment_bytes=4MiB', '--set', 'store.reserve_bytes=1MiB'];

const filesOf = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .filter((name) => /^(log\/(.*\.seg|mark|reserve)|view\/|format$|clock$)/.test(name) && !/LOCK$|OPTIONS/.test(name))
    .sort();

/// Damages one file of `folder`; says what was done.
function damage(folder, random) {
  const names = filesOf(folder);
  const pick = (list) => list[Math.floor(random() * list.length)];
  // Each kind of file as likely as the others, however many there are of it.
  const kinds = ['log/.*seg', 'log/mark', 'view/.*sst', 'view/MANIFEST', 'view/CURRENT', 'format', 'log/reserve|clock|view/IDENTITY'];
  const fitting = names.filter((name) => new RegExp(`^(${pick(kinds)})`).test(name));
  const name = pick(fitting.length > 0 ? fitting : names);
  const file = path.join(folder, name);
  const bytes = fs.readFileSync(file);
  const at = Math.floor(random() * bytes.length);
  const page = at - (at % 4096);
  const kind = pick(['bit', 'zeros', 'truncated', 'deleted', 'emptied', 'swapped']);
  if (kind === 'bit') bytes[at] ^= 1 << Math.floor(random() * 8);
  if (kind === 'zeros') bytes.fill(0, page, Math.min(page + 4096, bytes.length));
  if (kind === 'bit' || kind === 'zeros') fs.writeFileSync(file, bytes);
  if (kind === 'truncated') fs.truncateSync(file, at);
  if (kind === 'emptied') fs.truncateSync(file, 0);
  if (kind === 'deleted') fs.rmSync(file);
  let detail = `${kind}: ${name}`;
  if (kind === 'swapped') {
    const other = pick(names.filter((each) => path.dirname(each) === path.dirname(name)));
    const content = fs.readFileSync(path.join(folder, other));
    fs.writeFileSync(path.join(folder, other), bytes);
    fs.writeFileSync(file, content);
    detail += ` and ${other}`;
  }
  return kind === 'bit' || kind === 'zeros' || kind === 'truncated' ? `${detail} at ${at} of ${bytes.length}` : detail;
}

/// A store that owes `events` events, stopped or killed, as a folder to copy from.
async function makeStore(t, hook, ending) {
  const server = await startServer({ t, args, config: 'delivery:\n  retry_schedule: [1h]\n  probation_after_failures: 1000\n' });
  await server.subscribe('events', 'owed', { destination: webhook(hook.url, { maxEventsPerBatch: 500, preferredBatchSizeInKilobytes: 1000 }) });
  for (let sent = 0; sent < events; sent += 100) {
    const batch = Array.from({ length: 100 }, (_, n) => event({ id: `e${sent + n}`, data: { n: sent + n, fill: 'x'.repeat(1500) } }));
    assert.equal((await server.publish('events', batch)).status, 200);
  }
  await new Promise((done) => setTimeout(done, 2500)); // until the mark has caught up
  if (ending === 'stopped') await server.stop();
  else await server.kill();
  return server.data;
}

/// `intact` when everything arrives, `refused` when the start says why not; anything else fails the test.
async function outcomeOf(t, hook, data, what) {
  const before = hook.deliveries.length;
  hook.answerWith({ status: 200 });
  const server = await startServer({ data, args, config: 'delivery:\n  retry_schedule: [1s]\n', startMs: 20_000 }).catch((error) => error);
  if (server instanceof Error) {
    const text = server.message;
    assert.match(text, /^exit [12]:/, `${what}: ${text}`);
    assert.ok(text.includes(data), `${what}: names no file: ${text}`);
    assert.match(text, /fanfare store check|newer/, `${what}: says not what to do: ${text}`);
    if (/log\/.*seg/.test(what)) assert.match(text, /at offset \d+/, `${what}: ${text}`);
    return 'refused';
  }
  const arrived = new Map();
  let phantom = 0;
  const note = () => {
    for (const { events: batch } of hook.deliveries.splice(before)) {
      for (const { id, data: content } of batch) {
        if (id !== `e${content.n}` || content.fill.length !== 1500) phantom += 1;
        arrived.set(id, (arrived.get(id) ?? 0) + 1);
      }
    }
  };
  try {
    const until = Date.now() + 30_000;
    while (arrived.size < events && Date.now() < until) {
      await server.advance('2h').catch(() => {});
      await new Promise((done) => setTimeout(done, 20));
      note();
    }
  } finally {
    await server.stop();
  }
  assert.equal(phantom, 0, `${what}: altered content`);
  assert.equal(arrived.size, events, `${what}: opened, but ${events - arrived.size} events did not arrive`);
  return 'intact';
}

for (const ending of ['stopped', 'killed']) {
  test(`${damages / 2} damages of a store that was ${ending}: all there, or refused`, { timeout: 900_000 }, async (t) => {
    const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
    t.diagnostic(`seed ${seed}`);
    const random = randomFrom(seed);
    const hook = await startReceiver({ answer: { status: 503 } });
    t.after(() => hook.close());
    const whole = await makeStore(t, hook, ending);
    const counts = { intact: 0, refused: 0 };
    for (let n = 0; n < damages / 2; n += 1) {
      const folder = scratchFolder();
      const data = path.join(folder, 'data');
      fs.cpSync(whole, data, { recursive: true });
      const what = damage(data, random);
      const checked = spawnSync(BINARY, ['store', 'check', data], { encoding: 'utf8' });
      assert.notEqual(checked.status, null, `${what}: check ended by ${checked.signal}`);
      const outcome = await outcomeOf(t, hook, data, what);
      if (outcome === 'refused') assert.notEqual(checked.status, 0, `${what}: refused, but the check called it intact`);
      counts[outcome] += 1;
      fs.rmSync(folder, { recursive: true, force: true });
    }
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.refused > 0);
  });
}
