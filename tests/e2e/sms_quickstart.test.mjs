// The published quickstart "handle SMS events", as examples/sms has it: a subscription with the documented filter, an SMS
// that is received, the webhook that is called.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { test } from 'node:test';

import { ROOT, atEnd, startServer } from '../support/node/server.mjs';
import { OWN, SECOND, STRANGER, receive } from '../support/node/sms.mjs';

async function freePort() {
  const { createServer } = await import('node:net');
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

test('an SMS to a number of the filter calls the webhook, one to another number does not', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const program = path.join(ROOT, 'examples/sms/handle_sms_events.mjs');
  const hook = `http://127.0.0.1:${await freePort()}/sms`;
  const example = spawn(process.execPath, [program, server.http, hook], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(t, () => example.kill());
  const lines = readline.createInterface({ input: example.stdout })[Symbol.asyncIterator]();
  assert.match((await lines.next()).value, /^subscription: Succeeded/);
  assert.equal((await receive(server, { from: STRANGER, to: SECOND, message: 'not for the filter' })).status, 200);
  assert.equal((await receive(server, { from: STRANGER, to: OWN, message: 'hello' })).status, 200);
  assert.equal((await lines.next()).value, `SMS from ${STRANGER.slice(1)} to ${OWN.slice(1)}: hello`);
});
