// The JSON parsing suite (tests/data/json) through the publish endpoint: each file is the data of an event.
// What must be accepted is, and is delivered byte for byte; what must be refused is, with 400; never a 5xx.
// The cases that a parser may decide are decided in tests/data/json/decisions.txt.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';

import { elements, member } from '../support/node/raw_json.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { DATA, startServer, webhook } from '../support/node/server.mjs';

const folder = path.join(DATA, 'json');
const decisions = new Map(
  fs
    .readFileSync(path.join(folder, 'decisions.txt'), 'utf8')
    .split('\n')
    .filter((line) => /^(accept|refuse) /.test(line))
    .map((line) => [line.slice(7), line.slice(0, 6)]),
);
const verdict = (name) => ({ y: 'accept', n: 'refuse' })[name.startsWith('y_') || name.startsWith('n_') ? name[0] : ''] ?? decisions.get(name);
const files = ['test_parsing', 'test_transform'].flatMap((part) =>
  fs
    .readdirSync(path.join(folder, part))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, bytes: fs.readFileSync(path.join(folder, part, name)) })),
);

const server = await startServer();
const hook = await startReceiver();
after(() => server.close());
after(() => hook.close());
await server.subscribe('events', 'corpus', { destination: webhook(hook.url) });

const wrapped = (id, bytes) =>
  Buffer.concat([
    Buffer.from(`[{"id":${JSON.stringify(id)},"subject":"s","eventType":"t","eventTime":"2026-01-01T00:00:00Z","data":`),
    bytes,
    Buffer.from('}]'),
  ]);

test('the suite is complete: 95 to accept, 188 to refuse, the others decided', () => {
  const count = (prefix) => files.filter(({ name }) => name.startsWith(prefix)).length;
  assert.deepEqual([count('y_'), count('n_'), files.length], [95, 188, 340]);
  for (const { name } of files) assert.ok(verdict(name), `${name} is decided`);
});

describe('as data of an event', () => {
  for (const { name, bytes } of files) {
    test(`${verdict(name)} ${name}`, async () => {
      const answer = await server.publish('events', wrapped(name, bytes));
      if (verdict(name) === 'refuse') {
        assert.equal(answer.status, 400, answer.text);
        assert.equal(answer.json.error.code, 'BadRequest');
        return;
      }
      assert.equal(answer.status, 200, answer.text);
      const [delivery] = await hook.waitFor(1, { where: ({ text }) => text.includes(`"id":${JSON.stringify(name)}`) });
      const sent = bytes.toString('utf8').trim();
      const omitted = sent === 'null'; // a null is not written in the Event Grid schema
      assert.equal(member(elements(delivery.text)[0], 'data'), omitted ? undefined : sent);
    });
  }
});

describe('as the whole body', () => {
  for (const { name, bytes } of files) {
    test(`${name} gets an answer below 500`, async () => {
      const answer = await server.publish('events', bytes);
      assert.ok(answer.status === 400 || (answer.status === 200 && bytes.toString().trim() === '[]'), `${answer.status} ${answer.text}`);
    });
  }
});

test('the server still stands', async () => {
  assert.equal((await server.publish('events', wrapped('last', Buffer.from('{}')))).status, 200);
  await server.drained();
});
