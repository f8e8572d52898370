// The command line: a listener and a publisher in two terminals, and what each exit status means.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';

import { startReceiver } from '../support/node/receiver.mjs';
import { BINARY, ROOT, event, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

const server = await startServer({ args: ['--virtual-clock'] });
after(() => server.close());

/// Starts `fanfare ARGS…` against the server; `ended` resolves to {status, out, err}.
function start(args, { input, env = {} } = {}) {
  const child = spawn(BINARY, args, { env: { ...process.env, FANFARE_SERVER: server.http, NO_COLOR: '1', ...env } });
  const running = { child, out: '', err: '' };
  child.stdout.on('data', (chunk) => (running.out += chunk));
  child.stderr.on('data', (chunk) => (running.err += chunk));
  running.ended = new Promise((done) =>
    child.once('close', (status) => done({ status, out: running.out, err: running.err })),
  );
  running.says = (pattern) =>
    new Promise((done, failed) => {
      const look = () => pattern.test(running.out + running.err) && done();
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      running.ended.then(() => failed(new Error(`ended without ${pattern}: ${running.err}${running.out}`)));
      look();
    });
  child.stdin.end(input);
  return running;
}
const fanfare = (args, options) => start(args, options).ended;
const json = async (args, options) => {
  const { status, out, err } = await fanfare([...args, '--output', 'json'], options);
  assert.equal(status, 0, err);
  return JSON.parse(out);
};

describe('listen and publish', () => {
  test('in two processes: the listener shows the delivered event with its headers', async (t) => {
    const listener = start(['listen', '--port', '0', '--subscribe', 'events', '--count', '1']);
    t.after(() => listener.child.kill());
    await listener.says(/Succeeded/);
    const published = await fanfare(['publish', '--type', 'Shop.OrderPlaced', '--subject', 'orders/1', '--data', '{"total":5}']);
    assert.equal(published.status, 0, published.err);
    const { status, out } = await listener.ended;
    assert.equal(status, 0);
    assert.match(out, /aeg-event-type: Notification/i);
    assert.match(out, /aeg-subscription-name: LISTEN-/i);
    assert.match(out, /"eventType": "Shop\.OrderPlaced"/);
    assert.match(out, /"total": 5/);
  });

  test('--json prints one line for each request', async (t) => {
    const listener = start(['listen', '--port', '0', '--subscribe', 'events', '--count', '2', '--json']);
    t.after(() => listener.child.kill());
    await listener.says(/Succeeded/);
    await fanfare(['publish', '--type', 'Twice', '--repeat', '2']);
    const { out } = await listener.ended;
    const lines = out.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ kind }) => kind), ['handshake', 'delivery', 'delivery']);
    assert.equal(lines[1].headers['aeg-event-type'], 'Notification');
    assert.equal(lines[1].body[0].eventType, 'Twice');
  });

  test('the subscription goes when the listener goes', async () => {
    const { json: list } = await server.arm('GET', `${server.topic('events').id}/providers/Microsoft.EventGrid/eventSubscriptions`);
    assert.deepEqual(list.value.filter(({ name }) => name.startsWith('listen-')), []);
  });

  test('the examples of the project can be published', async (t) => {
    const hook = await startReceiver();
    t.after(() => hook.close());
    await server.subscribe('events', 'examples', { destination: webhook(hook.url) });
    t.after(() => server.arm('DELETE', server.subscriptionId('events', 'examples')));
    const folder = path.join(ROOT, 'examples/events');
    const files = fs.readdirSync(folder).filter((name) => name.endsWith('.eventgrid.json'));
    assert.ok(files.length > 0);
    for (const file of files) {
      const { status, err } = await fanfare(['publish', path.join(folder, file)]);
      assert.equal(status, 0, err);
    }
    await hook.waitFor(files.length);
  });

  test('publish reads standard input, and fills what is missing when asked', async (t) => {
    const hook = await startReceiver();
    t.after(() => hook.close());
    await server.subscribe('events', 'filled', { destination: webhook(hook.url) });
    t.after(() => server.arm('DELETE', server.subscriptionId('events', 'filled')));
    const input = '{"subject":"s","eventType":"Piped","data":{"big":9007199254740993}}';
    assert.equal((await fanfare(['publish', '-', '--fill'], { input })).status, 0);
    const [delivery] = await hook.waitFor(1);
    assert.equal(delivery.body[0].eventType, 'Piped');
    assert.ok(delivery.text.includes('9007199254740993'));
  });
});

describe('resources', () => {
  test('a topic is made, shown, listed, given new keys and deleted', async () => {
    const made = await json(['topic', 'create', 'orders', '--input-schema', 'CloudEventSchemaV1_0']);
    assert.equal(made.properties.inputSchema, 'CloudEventSchemaV1_0');
    assert.equal((await json(['topic', 'show', 'orders'])).name, 'orders');
    const list = await json(['topic', 'list']);
    assert.deepEqual((list.value ?? list).map(({ name }) => name).sort(), ['events', 'orders']);
    const table = await fanfare(['topic', 'list']);
    assert.match(table.out, /^\S+.*\n.*events/m);
    assert.equal((await fanfare(['topic', 'delete', 'orders'])).status, 0);
    assert.equal((await fanfare(['topic', 'show', 'orders'])).status, 1);
  });

  test('an event subscription is made with filters, changed, listed and deleted', async (t) => {
    const hook = await startReceiver();
    t.after(() => hook.close());
    const made = await json([
      'subscription', 'create', 'billing', '--topic', 'events', '--endpoint', hook.url,
      '--included-event-types', 'Shop.OrderPlaced', '--advanced-filter', 'data.total', 'NumberGreaterThan', '100',
    ]);
    assert.equal(made.properties.provisioningState, 'Succeeded');
    await server.publish('events', [event({ id: 'small', data: { total: 1 } }), event({ id: 'large', data: { total: 101 } })]);
    await server.drained();
    assert.deepEqual(hook.events.map(({ id }) => id), ['large']);
    const list = await json(['subscription', 'list', '--topic', 'events']);
    assert.ok((list.value ?? list).some(({ name }) => name === 'billing'));
    assert.equal((await fanfare(['subscription', 'delete', 'billing', '--topic', 'events'])).status, 0);
  });
});

const STORAGE = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/box';

describe('operations', () => {
  test('events, attempts, dead letters and the clock can be looked at', async (t) => {
    const hook = await startReceiver({ answer: { status: 503 } });
    t.after(() => hook.close());
    await server.subscribe('events', 'failing', {
      destination: webhook(hook.url),
      retryPolicy: { maxDeliveryAttempts: 2 },
      deadLetterDestination: { endpointType: 'StorageBlob', properties: { resourceId: STORAGE, blobContainerName: 'box' } },
    });
    await server.publish('events', [event({ id: 'cli-lost' })]);
    const moved = await fanfare(['clock', 'advance', '10m']);
    assert.equal(moved.status, 0, moved.err);
    const attempts = await json(['attempts', '--event-id', 'cli-lost']);
    assert.deepEqual((attempts.value ?? attempts).map(({ verdict }) => verdict), ['DeadLettered', 'Retry']);
    const letters = await json(['deadletter', 'list']);
    const [letter] = letters.value ?? letters;
    const shown = await fanfare(['deadletter', 'show', letter.name]);
    assert.match(shown.out, /MaxDeliveryAttemptsExceeded/);
    hook.answerWith({ status: 200 });
    const replayed = await fanfare(['deadletter', 'replay', letter.name]);
    assert.equal(replayed.status, 0, replayed.err);
    await hook.waitFor(3);
    const events = await json(['events', 'list', '--id', 'cli-lost']);
    assert.ok((events.value ?? events).length >= 1);
  });
});

describe('the exit status', () => {
  test('is 0 for help, and every command has one', async () => {
    const { status, out } = await fanfare(['--help']);
    assert.equal(status, 0);
    const commands = [...out.slice(out.indexOf('COMMANDS')).matchAll(/^ {4}([a-z]+) {2,}/gm)].map(([, name]) => name);
    for (const name of ['serve', 'listen', 'publish', 'topic', 'subscription', 'events', 'deadletter', 'attempts', 'clock', 'config', 'version']) {
      assert.ok(commands.includes(name), `${name} is among ${commands}`);
    }
    for (const name of commands) {
      const page = await fanfare([name, '--help']);
      assert.equal(page.status, 0);
      assert.match(page.out, /NAME[\s\S]*SYNOPSIS[\s\S]*EXIT STATUS/);
    }
  });

  test('is 1 when the server refuses', async () => {
    const { status, err } = await fanfare(['publish', '--type', 'X', '--topic', 'nowhere']);
    assert.equal(status, 1);
    assert.match(err, /nowhere/);
  });

  test('is 2 when the command line or a file is wrong', async (t) => {
    assert.equal((await fanfare(['publsh'])).status, 2);
    assert.equal((await fanfare(['publish', '--colour'])).status, 2);
    assert.equal((await fanfare(['publish', '/nowhere.json'])).status, 2);
    const file = path.join(scratchFolder(t), 'wrong.json');
    fs.writeFileSync(file, '{"id":');
    assert.equal((await fanfare(['publish', file])).status, 2);
  });

  test('is 3 when nobody listens there', async () => {
    const { status, err } = await fanfare(['publish', '--type', 'X'], { env: { FANFARE_SERVER: 'http://127.0.0.1:9' } });
    assert.equal(status, 3);
    assert.match(err, /127\.0\.0\.1:9/);
  });

  test('is 3 when the certificate is not trusted, and 0 with the CA', async () => {
    const secure = { FANFARE_SERVER: server.https };
    assert.equal((await fanfare(['topic', 'list'], { env: secure })).status, 3);
    assert.equal((await fanfare(['topic', 'list'], { env: { ...secure, FANFARE_CA: server.ca } })).status, 0);
  });

  test('is 4 when the events do not come in time', async () => {
    const { status } = await fanfare(['listen', '--port', '0', '--count', '1', '--for', '300ms']);
    assert.equal(status, 4);
  });
});

test('version tells the version', async () => {
  const { status, out } = await fanfare(['version']);
  assert.equal(status, 0);
  assert.match(out, /\d+\.\d+\.\d+/);
});
