// Goal R12. Stores that earlier versions wrote are opened with all that is in them; a newer one is refused in words.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { eventually } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { BINARY, DATA, event, GROUP, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

const stores = fs.readdirSync(path.join(DATA, 'stores')).filter((name) => name.endsWith('.tar.gz'));
const unpack = (t, name) => {
  const folder = scratchFolder(t);
  execFileSync('tar', ['-C', folder, '-xzf', path.join(DATA, 'stores', name)]);
  return path.join(folder, 'data');
};

for (const name of stores) {
  test(`R12: the store of ${name.replace('.tar.gz', '')} is opened with all that is in it`, { timeout: 60_000 }, async (t) => {
    const data = unpack(t, name);
    assert.equal(spawnSync(BINARY, ['store', 'check', data]).status, 0);
    const args = ['--virtual-clock', '--set', 'virtual_clock_start=2026-01-31T12:30:00Z'];
    const server = await startServer({ t, data, args });
    assert.equal((await server.status()).pending, 25);
    assert.equal((await server.operations('events?limit=100')).json.value.length, 10 + 1 + 20 + 5);
    assert.equal((await server.operations('deadletters')).json.value.length, 1);
    assert.deepEqual((await server.attempts('eventSubscription=delivered')).map(({ status }) => status), Array(10).fill(200));

    const hook = await startReceiver();
    t.after(() => hook.close());
    for (const [topic, subscription] of [['events', 'retried'], ['orders', 'cloud']]) {
      const id = `${GROUP}/providers/Microsoft.EventGrid/topics/${topic}/providers/Microsoft.EventGrid/eventSubscriptions/${subscription}`;
      const changed = await server.arm('PATCH', id, { destination: webhook(hook.url) });
      assert.equal(changed.status, 201, changed.text);
      await eventually(async () => (await server.arm('GET', id)).json.properties.provisioningState === 'Succeeded');
    }
    assert.deepEqual((await server.arm('GET', server.subscriptionId('events', 'retried'))).json.properties.labels, ['a', 'b']);
    await server.advance('2h');
    await server.drained();
    const delivered = hook.events.map(({ id }) => id).sort();
    const owed = [...Array.from({ length: 5 }, (_, n) => `order ${n}`), ...Array.from({ length: 20 }, (_, n) => `owed ${n}`)];
    assert.deepEqual(delivered, owed.sort());
    assert.equal((await server.publish('events', [event({ id: 'new', subject: 'owed/new' })])).status, 200);
    await hook.waitFor(26);
  });
}

test('R12: a store of a newer version is refused, and left as it is', async (t) => {
  const data = unpack(t, stores.at(-1));
  const format = path.join(data, 'format');
  fs.writeFileSync(format, fs.readFileSync(format, 'utf8').replace(' 1 ', ' 2 '));
  const before = fs.readdirSync(path.join(data, 'log')).sort();
  const refused = await startServer({ data }).then(
    (server) => server.stop(),
    (error) => error.message,
  );
  assert.match(String(refused), /^exit 2: .*format 2.*reads up to 1.*newer program/s);
  assert.deepEqual(fs.readdirSync(path.join(data, 'log')).sort(), before);
});
