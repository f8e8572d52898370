// What a webhook gets: headers and body to the letter, batches, and what its answers lead to.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { startRawReceiver, startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

const server = await startServer({ args: ['--virtual-clock'] });
after(() => server.close());

let count = 0;
async function subscribed(t, { options, properties, destination, topic } = {}) {
  const hook = await startReceiver(options);
  t.after(() => hook.close());
  const name = topic ?? `topic-${(count += 1)}`;
  await server.createTopic(name, {});
  await server.subscribe(name, 'Orders-1', { destination: webhook(hook.url, destination), ...properties });
  const send = async (...events) => {
    const answer = await server.publish(name, events);
    assert.equal(answer.status, 200, answer.text);
  };
  return { hook, name, send };
}

describe('a delivery', () => {
  test('is a POST of an array of one event with the documented headers, and no others', async (t) => {
    const { hook, name, send } = await subscribed(t);
    const sent = event({ dataVersion: '2.7' });
    await send(sent);
    const [delivery] = await hook.waitFor(1);
    assert.equal(delivery.method, 'POST');
    assert.equal(delivery.path, '/hook');
    assert.deepEqual(delivery.body, [{ ...sent, topic: server.topic(name).id, metadataVersion: '1' }]);
    const { 'aeg-output-event-id': outputId, 'content-length': length, ...headers } = delivery.headers;
    assert.match(outputId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
    assert.equal(Number(length), Buffer.byteLength(delivery.text));
    const { 'user-agent': agent, connection, 'accept-encoding': encoding, ...rest } = headers;
    assert.ok(agent === undefined || agent.startsWith('Fanfare'), agent);
    assert.ok(connection === undefined || connection.toLowerCase() === 'keep-alive');
    assert.ok(encoding === undefined || encoding.length > 0);
    assert.deepEqual(rest, {
      host: `127.0.0.1:${hook.port}`,
      'content-type': 'application/json; charset=utf-8',
      'aeg-subscription-name': 'ORDERS-1',
      'aeg-delivery-count': '0',
      'aeg-data-version': '2.7',
      'aeg-metadata-version': '1',
      'aeg-event-type': 'Notification',
    });
  });

  test('goes to the whole URL, its query included', async (t) => {
    const hook = await startReceiver();
    t.after(() => hook.close());
    await server.createTopic('query', {});
    await server.subscribe('query', 'sub', { destination: webhook(`${hook.url}/a%20b?code=s%2Fx&x=1`) });
    await server.publish('query', [event()]);
    const [delivery] = await hook.waitFor(1);
    assert.equal(delivery.path, '/hook/a%20b?code=s%2Fx&x=1');
  });

  test('carries the attributes: static, secret, and taken from the event', async (t) => {
    const mapped = (name, sourceField) => ({ name, type: 'Dynamic', properties: { sourceField } });
    const fixed = (name, value, isSecret = false) => ({ name, type: 'Static', properties: { value, isSecret } });
    const { hook, send } = await subscribed(t, {
      destination: {
        deliveryAttributeMappings: [
          fixed('X-Team', 'blue'),
          fixed('Authorization', 'Bearer swordfish', true),
          mapped('X-Kind', 'data.kind'),
          mapped('X-Count', 'data.count'),
          mapped('X-Flag', 'data.flag'),
          mapped('X-Deep', 'data.a.b'),
          mapped('X-Subject', 'subject'),
          mapped('X-Missing', 'data.none'),
          mapped('X-Object', 'data.a'),
        ],
      },
    });
    await send(event({ subject: 's/1', data: { kind: 'book', count: 42, flag: true, a: { b: 'deep' } } }));
    const [{ headers }] = await hook.waitFor(1);
    assert.equal(headers['x-team'], 'blue');
    assert.equal(headers.authorization, 'Bearer swordfish');
    assert.equal(headers['x-kind'], 'book');
    assert.equal(headers['x-count'], '42');
    assert.equal(headers['x-flag'], 'true');
    assert.equal(headers['x-deep'], 'deep');
    assert.equal(headers['x-subject'], 's/1');
    assert.equal('x-missing' in headers, false);
    assert.equal('x-object' in headers, false, 'only texts, numbers and truth values');
  });

  test('never lets an attribute split the request', async (t) => {
    const { hook, send } = await subscribed(t, {
      destination: { deliveryAttributeMappings: [{ name: 'X-Kind', type: 'Dynamic', properties: { sourceField: 'data.kind' } }] },
    });
    await send(event({ data: { kind: 'a\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1' } }));
    const [{ headers }] = await hook.waitFor(1);
    assert.equal('x-evil' in headers, false);
    assert.equal(hook.deliveries.length, 1);
  });

  test('keeps the publisher\'s bytes of data', async (t) => {
    const { hook, name } = await subscribed(t);
    const data = '{"big": 9007199254740993, "z":1,"a" : 1.50, "e":1E+2, "s":"\\u00e4\\/", "dup":{"b":2,"a":1}}';
    const body = JSON.stringify([event({ data: 0 })]).replace('"data":0', `"data":${data}`);
    assert.equal((await server.publish(name, body)).status, 200);
    const [delivery] = await hook.waitFor(1);
    assert.ok(delivery.text.includes(data), delivery.text);
  });
});

describe('batches', () => {
  const small = (n) => Array.from({ length: n }, (_, i) => event({ id: `e${i}` }));
  const everything = (hook, n) => hook.waitFor(1, { where: () => hook.events.length >= n });

  test('hold no more events than maxEventsPerBatch', async (t) => {
    const { hook, send } = await subscribed(t, { destination: { maxEventsPerBatch: 7 } });
    await send(...small(100));
    await everything(hook, 100);
    const sizes = hook.deliveries.map(({ events }) => events.length);
    assert.ok(Math.max(...sizes) <= 7, sizes.join());
    assert.ok(sizes.length < 100, 'several events travel together');
    assert.equal(new Set(hook.events.map(({ id }) => id)).size, 100);
  });

  test('aim at preferredBatchSizeInKilobytes; a larger event goes alone', async (t) => {
    const { hook, send } = await subscribed(t, { destination: { maxEventsPerBatch: 50, preferredBatchSizeInKilobytes: 4 } });
    const large = event({ id: 'large', data: { fill: 'x'.repeat(10_000) } });
    await send(...small(20).map((e) => ({ ...e, data: { fill: 'x'.repeat(900) } })), large);
    await everything(hook, 21);
    for (const { events, text } of hook.deliveries) {
      assert.ok(text.length < 4 * 1024 + 200 || events.length === 1, `${events.length} events in ${text.length} bytes`);
    }
  });

  test('share one answer: what is refused is tried again whole', async (t) => {
    const { hook, send } = await subscribed(t, { destination: { maxEventsPerBatch: 10 } });
    hook.plan([{ status: 500 }]);
    await send(...small(5));
    await hook.waitFor(1);
    await server.advance('1m');
    const [first, ...again] = hook.deliveries;
    const ids = (deliveries) => deliveries.flatMap((d) => d.events.map(({ id }) => id)).sort();
    assert.ok(first.events.length >= 1);
    assert.deepEqual(ids(again), small(5).map(({ id }) => id).sort(), 'each once after the refusal');
  });

  test('a single event of a batching subscription travels in an array too', async (t) => {
    const { hook, send } = await subscribed(t, {
      destination: { maxEventsPerBatch: 10 },
      properties: { eventDeliverySchema: 'CloudEventSchemaV1_0' },
    });
    await send(event());
    const [delivery] = await hook.waitFor(1);
    assert.ok(Array.isArray(delivery.body));
    assert.equal(delivery.headers['content-type'], 'application/cloudevents-batch+json; charset=utf-8');
  });
});

describe('the answer', () => {
  for (const status of [200, 201, 202, 203, 204]) {
    test(`${status} is a delivery`, async (t) => {
      const { hook, send } = await subscribed(t, { options: { answer: { status } } });
      await send(event());
      await hook.waitFor(1);
      await server.advance('2h');
      assert.equal(hook.deliveries.length, 1);
    });
  }

  for (const status of [205, 206, 301, 302, 307, 308, 404, 408, 409, 429, 500, 502, 503, 504]) {
    test(`${status} is tried again`, async (t) => {
      const { hook, send } = await subscribed(t);
      hook.plan([{ status, headers: status < 400 && status >= 300 ? { location: `${hook.url}/elsewhere` } : {} }]);
      await send(event());
      await server.advance('5m');
      assert.equal(hook.deliveries.length, 2);
      assert.ok(hook.deliveries.every(({ path }) => path === '/hook'), 'redirects are never followed');
      assert.deepEqual(hook.deliveries.map(({ headers }) => headers['aeg-delivery-count']), ['0', '1']);
      const [first, second] = hook.deliveries.map(({ headers }) => headers['aeg-output-event-id']);
      assert.equal(first, second, 'the same id on every attempt');
    });
  }

  for (const status of [400, 401, 403, 413]) {
    test(`${status} is final`, async (t) => {
      const { hook, name, send } = await subscribed(t);
      hook.plan([{ status }]);
      await send(event());
      await server.advance('2h');
      assert.equal(hook.deliveries.length, 1);
      assert.equal(await server.metric('DroppedEventCount', { topic: name }), 1);
    });
  }

  test('Retry-After of a 429 and of a 503 is the least wait', async (t) => {
    for (const status of [429, 503]) {
      const { hook, send } = await subscribed(t);
      hook.plan([{ status, headers: { 'retry-after': '120' } }]);
      await send(event());
      await server.advance('119s');
      assert.equal(hook.deliveries.length, 1, `${status}: nothing before two minutes`);
      await server.advance('5m');
      assert.equal(hook.deliveries.length, 2);
    }
  });

  test('a connection that is dropped, refused or spoken to in riddles is a failed attempt', async (t) => {
    const { hook, name, send } = await subscribed(t);
    hook.plan([{ drop: true }]);
    await send(event());
    await server.advance('5m');
    assert.equal(hook.deliveries.length, 2);

    const riddles = await startRawReceiver((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    t.after(() => riddles.close());
    await server.subscribe(name, 'riddles', { destination: webhook(riddles.url) });
    await send(event({ id: 'riddle' }));
    await server.advance('5m');
    assert.ok(riddles.requests.length >= 2, 'tried again');
    const attempts = await server.attempts('eventSubscription=riddles');
    assert.ok(attempts.every(({ verdict }) => verdict === 'Retry'));
    assert.ok(attempts.every(({ outcome }) => ['SocketError', 'GenericError'].includes(outcome)), attempts[0]?.outcome);
  });
});
