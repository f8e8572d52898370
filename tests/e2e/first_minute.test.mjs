// The examples of docs/communication/first-minute.md, run as they stand against a fresh server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { eventually } from '../support/node/http.mjs';
import { BINARY, ROOT, scratchFolder, startServer } from '../support/node/server.mjs';

const run = promisify(execFile);
const EXAMPLES = path.join(ROOT, 'examples/communication');
const PYTHON = '/usr/bin/python3';
const server = await startServer();
after(() => server.close());

const env = () => ({
  ...process.env,
  CONNECTION_STRING: server.ready.communication.fanfare.connectionString,
  NODE_EXTRA_CA_CERTS: server.ca,
  REQUESTS_CA_BUNDLE: server.ca,
});

/// Where a newcomer has run `npm install`.
function installed(t) {
  const folder = scratchFolder(t);
  fs.cpSync(EXAMPLES, folder, { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'tests/e2e/node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

const javascript = async (t, name) =>
  (await run(process.execPath, [path.join(installed(t), name)], { env: env() })).stdout;

const lines = (text) => text.trim().split('\n');

test('sms.mjs sends a message', async (t) => {
  assert.match(await javascript(t, 'sms.mjs'), /^\+14255550100 202 Outgoing_\S+\n$/);
});

test('chat.mjs has a conversation', async (t) => {
  assert.deepEqual(lines(await javascript(t, 'chat.mjs')), [
    '3 text the kettle is on',
    '2 topicUpdated undefined',
    '1 participantAdded undefined',
  ]);
});

const withPython = await run(PYTHON, ['-c', 'import azure.communication.chat, azure.communication.sms']).then(
  () => false,
  () => 'the Python clients (python3-azure) are not installed',
);
describe('in Python', { skip: withPython }, () => {
  test('sms.py sends a message', async () => {
    const { stdout } = await run(PYTHON, [path.join(EXAMPLES, 'sms.py')], { env: env() });
    assert.match(stdout, /^\+14255550100 202 Outgoing_\S+\n$/);
  });

  test('chat.py has a conversation', async () => {
    const { stdout } = await run(PYTHON, [path.join(EXAMPLES, 'chat.py')], { env: env() });
    assert.match(lines(stdout)[0], /^3 .*the kettle is on$/);
  });
});

test('fanfare listen --communication shows what the resource raises', async (t) => {
  const listening = run(BINARY, ['listen', '--port', '0', '--communication', 'fanfare', '--json', '--count', '1',
    '--filter-type', 'Microsoft.Communication.SMSReceived', '--for', '20s', '--server', server.http]);
  const scope = `${server.ready.communication.fanfare.id}/providers/Microsoft.EventGrid/eventSubscriptions`;
  await eventually(async () => {
    const { json } = await server.arm('GET', scope);
    return json.value.some(({ properties }) => properties.provisioningState === 'Succeeded');
  });
  await run(BINARY, ['sms', 'receive', '--from', '+14255550199', '--to', '+15555550100', 'hello', '--server', server.http]);
  assert.match((await listening).stdout, /"SMSReceived"|Microsoft\.Communication\.SMSReceived/);
  await assert.rejects(run(BINARY, ['listen', '--port', '0', '--name', 'lonely', '--server', server.http]), { code: 2 });
});
