// Who may reach the management and operations surface: Host names, origins, body types and the management key.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { request } from '../support/node/http.mjs';
import { event, GROUP, startServer } from '../support/node/server.mjs';

const topics = `${GROUP}/providers/Microsoft.EventGrid/topics?api-version=2022-06-15`;

describe('a server on loopback without a management key', () => {
  let server;
  test('starts', async () => (server = await startServer({ config: 'hosts: [events.example, "*.lab.example"]\n' })));
  after(() => server.close());
  const ask = (method, path, options) => request(method, `${server.http}${path}`, options);
  const status = async (...call) => (await ask(...call)).status;

  for (const [host, expected] of [
    ['localhost', 200],
    ['anything.localhost', 200],
    ['127.0.0.1', 200],
    ['[::1]', 200],
    ['events.example', 200],
    ['one.lab.example', 200],
    ['lab.example.evil.example', 421],
    ['evil.example', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
  ]) {
    test(`answers ${expected} to Host ${host}`, async () => {
      assert.equal(await status('GET', topics, { headers: { host } }), expected);
      assert.equal(await status('GET', '/fanfare/v1/queues', { headers: { host } }), expected);
    });
  }

  test('takes events for a topic named by a Host of any domain, and nothing else there', async () => {
    const { key1 } = server.topic();
    const headers = { host: 'events.corp.example', 'aeg-sas-key': key1, 'content-type': 'application/json' };
    assert.equal(await status('POST', '/api/events', { headers, body: [event()] }), 200);
    assert.equal(await status('GET', topics, { headers }), 421);
  });

  test('refuses pages of other origins, whatever the method', async () => {
    for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null']) {
      for (const [method, path] of [['GET', topics], ['GET', '/fanfare/v1/events'], ['PUT', topics.replace('?', '/by-page?')]]) {
        assert.equal(await status(method, path, { headers: { origin } }), 403, `${method} ${path} from ${origin}`);
      }
    }
    const own = new URL(server.http).origin;
    assert.equal(await status('GET', topics, { headers: { origin: own } }), 200);
  });

  test('grants no foreign page a look at any answer', async () => {
    for (const path of [topics, '/healthz', '/fanfare/v1/events']) {
      const { headers } = await ask('GET', path, { headers: { origin: 'https://evil.example' } });
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
  });

  test('takes only JSON, which a page cannot send unasked', async () => {
    const path = topics.replace('?', '/made-by-form?');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      assert.equal(await status('PUT', path, { headers: { 'content-type': type }, body: '{"location":"local"}' }), 415);
    }
  });
});

describe('a server with a management key', () => {
  const key = 'a-management-key-of-some-length';
  let server;
  test('starts', async () => (server = await startServer({ config: `management_key: ${key}\n` })));
  after(() => server.close());
  const as = (authorization) => (authorization ? { headers: { authorization } } : {});

  for (const [who, authorization, expected] of [
    ['nobody', undefined, 401],
    ['another key', 'Bearer a-management-key-of-some-lengtH', 401],
    ['a part of the key', 'Bearer a-management-key', 401],
    ['the key under another scheme', `Basic ${key}`, 401],
    ['the key', `Bearer ${key}`, 200],
    ['the key, the scheme in lower case', `bearer ${key}`, 200],
  ]) {
    test(`answers ${expected} to ${who}`, async () => {
      for (const path of [topics, '/fanfare/v1/events', '/fanfare/v1/queues']) {
        assert.equal((await request('GET', `${server.http}${path}`, as(authorization))).status, expected, path);
      }
    });
  }

  test('answers health without it, and publishing by the topic\'s own keys', async () => {
    assert.equal((await request('GET', `${server.http}/healthz`)).status, 200);
    assert.equal((await server.publish('events', [event()])).status, 200);
  });

  test('never repeats it in its log', () => assert.ok(!server.log.includes(key)));
});
