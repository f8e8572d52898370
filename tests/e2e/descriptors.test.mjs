// Goal R8. Out of descriptors: no spinning, the store goes on with those it has, and new connections are taken as soon
// as there are some again.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { onThisMachine } from '../support/node/load.mjs';
import { cpuMs } from '../support/node/process.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

test('R8: 256 descriptors, 2,000 connections', { timeout: 120_000 }, async (t) => {
  const server = await startServer({ t, wrap: ['prlimit', '--nofile=256:256'] });
  const { pid } = server;
  const hook = await startReceiver();
  t.after(() => hook.close());
  await server.subscribe('events', 'all', { destination: webhook(hook.url) });
  const { endpoint, key1 } = server.topic('events');
  const kept = { headers: { 'content-type': 'application/json', 'aeg-sas-key': key1 } };
  assert.equal((await request('POST', endpoint, { ...kept, body: [event({ id: 'before' })] })).status, 200);
  const open = new Set();
  const sockets = Array.from({ length: 2000 }, () => {
    const socket = net.connect(server.port, '127.0.0.1', () => open.add(socket));
    socket.on('error', () => {});
    return socket;
  });
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  await new Promise((done) => setTimeout(done, 1000));
  const before = cpuMs(pid);
  await new Promise((done) => setTimeout(done, 2000));
  const share = (cpuMs(pid) - before) / 2000;
  t.diagnostic(`${open.size} of 2000 connected; CPU while full: ${(share * 100).toFixed(1)} % of a core`);
  assert.ok(share <= 0.1, 'it does not spin');
  const during = await request('POST', endpoint, { ...kept, body: [event({ id: 'during' })] }).catch(() => undefined);
  for (const socket of sockets) socket.destroy();
  const released = Date.now();
  await eventually(async () => (await server.publish('events', [event({ id: 'after' })])).status === 200, { timeoutMs: 10_000 });
  t.diagnostic(`publishing on a kept connection meanwhile: ${during?.status ?? 'no connection'}; taken again after ${Date.now() - released} ms`);
  assert.ok(Date.now() - released <= onThisMachine(1000), 'accepts again within a second');
  await server.drained();
  const ids = new Set(hook.events.map(({ id }) => id));
  assert.ok(ids.has('before') && ids.has('after') && (during?.status !== 200 || ids.has('during')));
});
