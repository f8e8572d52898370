// What a publisher is told, and that a request is taken whole or not at all.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, describe, test } from 'node:test';

import { request } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

const server = await startServer();
const hook = await startReceiver();
after(() => server.close());
after(() => hook.close());
await server.subscribe('events', 'all', { destination: webhook(hook.url, { maxEventsPerBatch: 5000 }) });
const topic = server.topic('events');

/// The error body of every refusal.
function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error.code, code);
  assert.ok(answer.json.error.message.length > 10);
  assert.ok(Array.isArray(answer.json.error.details));
  assert.match(answer.headers['content-type'], /^application\/json/);
  return answer.json.error;
}

const raw = (text) => server.publish('events', text);
const withMember = (name, value) => JSON.stringify([event(), { ...event(), [name]: value }]);
const without = (name) => {
  const incomplete = event();
  delete incomplete[name];
  return JSON.stringify([event(), incomplete]);
};
const replaced = (before, behind) => JSON.stringify([event()]).replace(before, behind);

describe('a wrong body is 400 BadRequest, and says where', () => {
  const cases = [
    ['no JSON', 'hello', null],
    ['an empty body', '', null],
    ['a bare object', JSON.stringify(event()), null],
    ['text behind the array', `${JSON.stringify([event()])} x`, null],
    ['a byte order mark', `\uFEFF${JSON.stringify([event()])}`, null],
    ['no id', without('id'), 'id'],
    ['no subject', without('subject'), 'subject'],
    ['no eventType', without('eventType'), 'eventType'],
    ['no eventTime', without('eventTime'), 'eventTime'],
    ['an id that is a number', withMember('id', 7), 'id'],
    ['an empty id', withMember('id', ''), 'id'],
    ['a time that is none', withMember('eventTime', 'noon'), 'eventTime'],
    ['the 30th of February', withMember('eventTime', '2026-02-30T00:00:00Z'), 'eventTime'],
    ['an unexpected member', withMember('colour', 'red'), 'colour'],
    ['a CloudEvent', withMember('source', '/x'), 'source'],
    ['another metadataVersion', withMember('metadataVersion', '2'), 'metadataVersion'],
    ['somebody else\'s topic', withMember('topic', '/subscriptions/x'), 'topic'],
    ['a member twice', replaced('"subject":', '"subject":"twice","subject":'), 'subject'],
    ['a lone surrogate escape', replaced('"total":', '"t\\ud800":'), null],
    ['65 levels', replaced('{"total":12.5}', '['.repeat(65) + ']'.repeat(65)), null],
    ['a hundred thousand levels', replaced('{"total":12.5}', '['.repeat(100_000) + ']'.repeat(100_000)), null],
    ['an element that is no object', JSON.stringify([event(), 7]), null],
  ];
  for (const [what, text, field] of cases) {
    test(what, async () => {
      const error = refused(await raw(text), 400, 'BadRequest');
      assert.equal(error.details[0].code, 'InputJsonInvalid');
      if (field) assert.ok(error.message.includes(field), `${error.message} names ${field}`);
      if (field && !text.includes('twice')) assert.match(error.message, /1/, 'names the index of the event');
    });
  }

  test('invalid UTF-8', async () => {
    const text = Buffer.from(JSON.stringify([event({ subject: 'ä' })]), 'latin1');
    refused(await raw(text), 400, 'BadRequest');
  });
});

describe('what may be there or not', () => {
  test('no data, null data, no dataVersion', async () => {
    const bare = event({ id: 'bare' });
    delete bare.data;
    delete bare.dataVersion;
    const answer = await raw(JSON.stringify([bare, event({ id: 'null', data: null })]));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.text, '');
    await server.drained();
    const arrived = hook.events.find(({ id }) => id === 'bare');
    assert.equal(arrived.dataVersion, '');
    assert.equal('data' in arrived, false);
  });

  test('the topic\'s own id, metadataVersion 1, any content type', async () => {
    const sent = event({ topic: topic.id, metadataVersion: '1' });
    assert.equal((await server.publish('events', [sent], { headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status, 200);
  });

  test('an empty array is 200 and nothing', async () => {
    assert.equal((await raw('[]')).status, 200);
  });
});

describe('all or nothing', () => {
  test('one wrong event keeps the other 99 out', async () => {
    const sent = Array.from({ length: 100 }, (_, n) => event({ id: `whole ${n}` }));
    delete sent[57].subject;
    const error = refused(await server.publish('events', sent), 400, 'BadRequest');
    assert.match(error.message, /57/);
    await server.publish('events', [event({ id: 'after' })]);
    await server.drained();
    assert.ok(hook.events.some(({ id }) => id === 'after'));
    assert.ok(!hook.events.some(({ id }) => id.startsWith('whole')));
  });
});

describe('limits', () => {
  const padded = (bytes) => {
    const base = Buffer.byteLength(JSON.stringify([event({ data: '' })]));
    return JSON.stringify([event({ data: 'x'.repeat(bytes - base) })]);
  };

  test('a body of 1,536,000 bytes is read, one byte more is 413', async () => {
    const half = JSON.parse(padded(768_000))[0];
    const body = JSON.stringify([half, half]);
    const fill = body.replace(/x{1000}"/, (x) => `${'x'.repeat(1000 + 1_536_000 - Buffer.byteLength(body))}"`);
    assert.equal(Buffer.byteLength(fill), 1_536_000);
    assert.equal((await raw(fill)).status, 200);
    const error = refused(await raw(`${fill} `), 413, 'RequestEntityTooLarge');
    assert.match(error.message, /1536000/);
  });

  test('an event of more than 1,049,600 bytes is 413', async () => {
    assert.equal((await raw(padded(1_049_000))).status, 200);
    refused(await raw(padded(1_050_000)), 413, 'RequestEntityTooLarge');
  });

  test('5,000 events are taken, 5,001 are not', async () => {
    const small = JSON.stringify({ id: '1', subject: 's', eventType: 't', eventTime: '2026-01-01T00:00:00Z' });
    const body = (n) => `[${Array(n).fill(small).join(',')}]`;
    assert.equal((await raw(body(5000))).status, 200);
    const answer = await raw(body(5001));
    assert.ok([400, 413].includes(answer.status), answer.text);
  });
});

describe('keys', () => {
  const publish = (headers, url = topic.endpoint) =>
    request('POST', url, { headers: { 'content-type': 'application/json', ...headers }, body: [event()] });
  const sign = (resource, expiry, key = topic.key1, encode = encodeURIComponent) => {
    const text = `r=${encode(resource)}&e=${encode(expiry)}`;
    const mac = crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
    return `${text}&s=${encode(mac)}`;
  };
  const net = (text) => encodeURIComponent(text).replace(/%20/g, '+').replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());

  test('either key in the header, or in the query', async () => {
    assert.equal((await publish({ 'aeg-sas-key': topic.key1 })).status, 200);
    assert.equal((await publish({ 'aeg-sas-key': topic.key2 })).status, 200);
    assert.equal((await publish({}, `${topic.endpoint}?api-version=2018-01-01&aeg-sas-key=${topic.key1}`)).status, 200);
  });

  test('no key, a wrong key, an empty key are 401', async () => {
    refused(await publish({}), 401, 'Unauthorized');
    refused(await publish({ 'aeg-sas-key': Buffer.alloc(32).toString('base64') }), 401, 'Unauthorized');
    refused(await publish({ 'aeg-sas-key': '' }), 401, 'Unauthorized');
  });

  test('a SAS token as each client writes it', async () => {
    const url = topic.endpoint;
    const tokens = [
      sign(`${url}?apiVersion=2018-01-01`, '2039-01-02 15:04:05'),
      sign(`${url}?apiVersion=2018-01-01`, '2039-01-02 15:04:05.123456+00:00'),
      sign(`${url}?apiVersion=2018-01-01`, '1/2/2039 3:04:05 PM'),
      sign(`${url}?api-version=2018-01-01`, '1/2/2039 3:04:05 PM +00:00', topic.key2, net),
      sign(url, '1/2/2039 3:04:05 PM', topic.key1, net),
      sign(url, '2039-01-02T15:04:05Z'),
    ];
    for (const token of tokens) {
      assert.equal((await publish({ 'aeg-sas-token': token })).status, 200, token);
      assert.equal((await publish({ authorization: `SharedAccessSignature ${token}` })).status, 200, token);
    }
  });

  test('a token that has expired, was tampered with, or is for another topic is 401', async () => {
    const url = topic.endpoint;
    const good = sign(url, '2039-01-02T15:04:05Z');
    const wrong = [
      sign(url, '2020-01-02T15:04:05Z'),
      good.replace('2039', '2040'),
      sign(url, '2039-01-02T15:04:05Z', Buffer.alloc(32).toString('base64')),
      sign(url.replace('/topics/events', '/topics/other'), '2039-01-02T15:04:05Z'),
    ];
    for (const token of wrong) refused(await publish({ 'aeg-sas-token': token }), 401, 'Unauthorized');
  });

  test('a token of another form is 400', async () => {
    for (const token of ['nonsense', 'r=a&e=b', 'e=b&s=c&r=a']) refused(await publish({ 'aeg-sas-token': token }), 400, 'BadRequest');
  });

  test('with disableLocalAuth no key opens the topic', async () => {
    const closed = await server.createTopic('closed', { disableLocalAuth: true });
    const answer = await server.publish('closed', [event()], { key: closed.key1 });
    assert.ok([401, 403].includes(answer.status), answer.text);
  });
});

describe('places', () => {
  test('a topic that is not there is 404', async () => {
    refused(await server.publish('events', [event()], { url: topic.endpoint.replace('/events/api', '/nowhere/api') }), 404, 'NotFound');
  });

  test('GET on the publish path is 405', async () => {
    const answer = await request('GET', topic.endpoint);
    assert.equal(answer.status, 405);
    assert.match(answer.headers.allow, /POST/);
  });

  test('the topic is found by Host name too', async () => {
    const { port } = new URL(topic.endpoint);
    for (const host of [`events.localhost:${port}`, 'events.westeurope-1.eventgrid.azure.net', 'EVENTS.example.com']) {
      const answer = await request('POST', `http://127.0.0.1:${port}/api/events`, {
        headers: { host, 'aeg-sas-key': topic.key1, 'content-type': 'application/json' },
        body: [event()],
      });
      assert.equal(answer.status, 200, `${host}: ${answer.text}`);
    }
  });

  test('a Host name that is none of ours is 421', async () => {
    const { port } = new URL(topic.endpoint);
    const answer = await request('GET', `http://127.0.0.1:${port}/fanfare/v1/status`, { headers: { host: 'evil.example' } });
    assert.equal(answer.status, 421);
  });
});
