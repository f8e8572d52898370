// The configuration file, the environment and the flags: what they set, and what they say when it is wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { BINARY, event, scratchFolder, startServer } from '../support/node/server.mjs';

const freePort = () =>
  new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

function serve(t, { config, args = [], env = {} }) {
  const folder = scratchFolder(t);
  const all = ['serve', '--listen', '127.0.0.1:0', '--data', path.join(folder, 'data'), ...args];
  if (config !== undefined) {
    fs.writeFileSync(path.join(folder, 'fanfare.yaml'), config);
    all.push('--config', 'fanfare.yaml');
  }
  return spawnSync(BINARY, all, { cwd: folder, env: { ...process.env, ...env }, encoding: 'utf8', timeout: 10_000 });
}

const key1 = Buffer.alloc(32, 1).toString('base64');
const key2 = Buffer.alloc(32, 2).toString('base64');
const declared = (hookUrl, port) => `
topics:
  - name: orders
    properties:
      inputSchema: EventGridSchema
    key1: ${key1}
    key2: ${key2}
    port: ${port}
    eventSubscriptions:
      - name: billing
        properties:
          destination:
            endpointType: WebHook
            properties:
              endpointUrl: ${hookUrl}
          filter:
            advancedFilters:
              - {operatorType: NumberGreaterThan, key: data.total, value: 100}
`;

test('declared topics and event subscriptions are there at the start, once, with their keys', async (t) => {
  const hook = await startReceiver();
  t.after(() => hook.close());
  const server = await startServer({ t, config: declared(hook.url, await freePort()) });
  assert.equal(server.topic('orders').key1, key1);
  assert.equal(server.topic('orders').key2, key2);
  const state = async () => (await server.arm('GET', server.subscriptionId('orders', 'billing'))).json?.properties?.provisioningState;
  await eventually(async () => (await state()) === 'Succeeded');
  await server.publish('orders', [event({ id: 'small', data: { total: 1 } }), event({ id: 'large', data: { total: 101 } })]);
  await server.drained();
  assert.deepEqual(hook.events.map(({ id }) => id), ['large']);
  await server.restart();
  await eventually(async () => (await state()) === 'Succeeded');
  await server.publish('orders', [event({ id: 'again', data: { total: 500 } })]);
  await server.drained();
  assert.deepEqual(hook.events.map(({ id }) => id), ['large', 'again'], 'one subscription, not two');
});

test('a topic with a port of its own is published to at the root of that port', async (t) => {
  const hook = await startReceiver();
  t.after(() => hook.close());
  const port = await freePort();
  const server = await startServer({ t, config: declared(hook.url, port) });
  const publish = (url, key) =>
    request('POST', url, { headers: { 'aeg-sas-key': key, 'content-type': 'application/json' }, body: [event()] });
  assert.equal((await publish(`http://127.0.0.1:${port}/api/events`, key1)).status, 200);
  assert.equal((await publish(`http://127.0.0.1:${port}/api/events?api-version=2018-01-01`, key2)).status, 200);
  assert.equal((await publish(`http://127.0.0.1:${port}/api/events`, server.topic('events').key1)).status, 401);
});

test('the environment outdoes the file, a flag outdoes both', async (t) => {
  const config = 'default_topic: off\nlog_level: off\n';
  const fromFile = await startServer({ t, config });
  assert.deepEqual(Object.keys(fromFile.ready.topics), []);
  const fromEnvironment = await startServer({ t, config, env: { FANFARE_DEFAULT_TOPIC: 'on' } });
  assert.deepEqual(Object.keys(fromEnvironment.ready.topics), ['events']);
  const fromFlag = await startServer({ t, config, env: { FANFARE_DEFAULT_TOPIC: 'on' }, args: ['--set', 'default_topic=off'] });
  assert.deepEqual(Object.keys(fromFlag.ready.topics), []);
});

describe('what is wrong ends with exit status 2 and says where and what is allowed', () => {
  const cases = [
    ['an unknown key', 'colour: red\n', /fanfare\.yaml:1: .*colour/],
    ['a misspelt key', 'webhooks:\n  alow_http: on\n', /fanfare\.yaml:2: .*alow_http.*allow_http/],
    ['a wrong value', 'plain_http: on\ndurability: sometimes\n', /fanfare\.yaml:2: .*fsync.*os.*memory/s],
    ['a key twice', 'plain_http: on\nplain_http: off\n', /fanfare\.yaml:2: .*plain_http/],
    ['a wrong duration', 'drain: soon\n', /fanfare\.yaml:1: .*drain/],
    ['a topic name that is none', 'topics:\n  - name: ab\n', /fanfare\.yaml:2: .*ab/],
    ['a wrong property of a subscription', declared('http://127.0.0.1:9/', 4999).replace('NumberGreaterThan', 'NumberLike'), /fanfare\.yaml:\d+: .*operatorType: must be one of NumberIn, /],
    ['text that is no YAML', 'a: [1\n', /fanfare\.yaml:\d+: /],
    ['a certificate that is not there', 'tls:\n  certificate: nowhere.pem\n', /fanfare\.yaml:2: .*nowhere\.pem/],
  ];
  for (const [what, config, message] of cases) {
    test(what, (t) => {
      const { status, stderr, stdout } = serve(t, { config });
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, '');
    });
  }

  test('a file that is not there', (t) => {
    const { status, stderr } = serve(t, { args: ['--config', 'nowhere.yaml'] });
    assert.equal(status, 2);
    assert.match(stderr, /nowhere\.yaml/);
  });

  test('an unknown flag, an unknown variable', (t) => {
    assert.equal(serve(t, { args: ['--colour', 'red'] }).status, 2);
    const { status, stderr } = serve(t, { env: { FANFARE_COLOUR: 'red' } });
    assert.equal(status, 2);
    assert.match(stderr, /FANFARE_COLOUR/);
  });

  test('an address beyond loopback without a management key', (t) => {
    const { status, stderr } = serve(t, { args: ['--listen', '0.0.0.0:0'] });
    assert.equal(status, 2);
    assert.match(stderr, /management_key/);
  });
});

describe('fanfare config check', () => {
  const check = (t, config) => {
    const folder = scratchFolder(t);
    fs.writeFileSync(path.join(folder, 'fanfare.yaml'), config);
    return spawnSync(BINARY, ['config', 'check', 'fanfare.yaml'], { cwd: folder, encoding: 'utf8', timeout: 10_000 });
  };
  test('passes a file that is right', (t) => assert.equal(check(t, declared('http://127.0.0.1:9/', 4999)).status, 0));
  test('names the line of a wrong one', (t) => {
    const { status, stderr, stdout } = check(t, 'drain: 5s\ncolour: red\n');
    assert.equal(status, 2);
    assert.match(stderr + stdout, /fanfare\.yaml:2: /);
  });
});

test('a data folder is used by one server at a time', async (t) => {
  const server = await startServer({ t });
  const second = spawnSync(BINARY, ['serve', '--listen', '127.0.0.1:0', '--data', server.data], { encoding: 'utf8', timeout: 10_000 });
  assert.notEqual(second.status, 0);
  assert.notEqual(second.status, null, 'it ends by itself');
  assert.match(second.stderr, /lock|use/);
});

test('a port in use is told with its number', async (t) => {
  const server = await startServer({ t });
  const second = spawnSync(BINARY, ['serve', '--listen', `127.0.0.1:${server.port}`, '--data', 'memory'], { encoding: 'utf8', timeout: 10_000 });
  assert.notEqual(second.status, 0);
  assert.match(second.stderr, new RegExp(String(server.port)));
});

test('memory keeps nothing', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  await server.createTopic('brief', {});
  await server.restart();
  assert.equal((await server.arm('GET', server.made.brief.id)).status, 404);
});
