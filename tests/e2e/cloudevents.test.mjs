// CloudEvents 1.0 over HTTP: structured, batched and binary publishing, and the handshake of web hooks.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { HTTP } from 'cloudevents';

import { eventually } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { CLOUD_EVENT, CLOUD_EVENTS_BATCH, cloudEvent, startServer, webhook } from '../support/node/server.mjs';

const server = await startServer();
after(() => server.close());
await server.createTopic('cloud', { inputSchema: 'CloudEventSchemaV1_0' });

async function subscribed(t, name, options, properties) {
  const hook = await startReceiver(options);
  t.after(() => hook.close());
  await server.subscribe('cloud', name, {
    destination: webhook(hook.url, properties),
    eventDeliverySchema: 'CloudEventSchemaV1_0',
  });
  t.after(() => server.arm('DELETE', server.subscriptionId('cloud', name)));
  return hook;
}

const publish = (body, type) => server.publish('cloud', body, { headers: { 'content-type': type } });

describe('publishing', () => {
  test('one event in structured mode, delivered as one object', async (t) => {
    const hook = await subscribed(t, 'structured');
    const sent = cloudEvent({ dataschema: 'https://example.com/schemas/v1', comexampleext: 'x', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    assert.equal((await publish(sent, CLOUD_EVENT)).status, 200);
    const [delivery] = await hook.waitFor(1);
    assert.equal(delivery.headers['content-type'], CLOUD_EVENT);
    assert.deepEqual(delivery.body, sent);
    assert.equal(HTTP.toEvent({ headers: delivery.headers, body: delivery.text }).validate(), true);
  });

  test('a batch is as many events', async (t) => {
    const hook = await subscribed(t, 'batch');
    const sent = [cloudEvent({ id: '1' }), cloudEvent({ id: '2' }), cloudEvent({ id: '3' })];
    assert.equal((await publish(sent, CLOUD_EVENTS_BATCH)).status, 200);
    await hook.waitFor(3);
    assert.deepEqual(hook.events.map(({ id }) => id).sort(), ['1', '2', '3']);
  });

  test('an empty batch is accepted and is nothing', async (t) => {
    const hook = await subscribed(t, 'empty');
    assert.equal((await publish('[]', CLOUD_EVENTS_BATCH)).status, 200);
    await server.drained();
    assert.equal(hook.deliveries.length, 0);
  });

  test('binary mode: attributes from ce- headers, data from the body', async (t) => {
    const hook = await subscribed(t, 'binary');
    const response = await server.publish('cloud', '{"total":12.50}', {
      headers: {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': 'b-1',
        'ce-source': '/shop',
        'ce-type': 'Shop.OrderPlaced',
        'ce-subject': 'Euro%20%E2%82%AC',
        'ce-time': '2026-01-31T12:00:00Z',
        'ce-priority': 'high',
      },
    });
    assert.equal(response.status, 200, response.text);
    const [delivery] = await hook.waitFor(1);
    assert.deepEqual(delivery.body, {
      specversion: '1.0',
      id: 'b-1',
      source: '/shop',
      type: 'Shop.OrderPlaced',
      subject: 'Euro €',
      time: '2026-01-31T12:00:00Z',
      datacontenttype: 'application/json',
      priority: 'high',
      data: { total: 12.5 },
    });
    assert.ok(delivery.text.includes('12.50'), 'data as it was sent');
  });

  test('binary mode with a body that is no JSON becomes data_base64', async (t) => {
    const hook = await subscribed(t, 'bytes');
    const body = Buffer.from([0, 1, 254, 255]);
    const headers = { 'content-type': 'image/png', 'ce-specversion': '1.0', 'ce-id': 'b-2', 'ce-source': '/s', 'ce-type': 't' };
    const response = await server.publish('cloud', body, { headers });
    assert.equal(response.status, 200, response.text);
    const [delivery] = await hook.waitFor(1);
    assert.equal(delivery.body.data_base64, body.toString('base64'));
    assert.equal(delivery.body.datacontenttype, 'image/png');
  });

  test('data of any kind, and none at all', async (t) => {
    const hook = await subscribed(t, 'kinds');
    const kinds = { text: 'hello', number: 17, list: [1, [2]], truth: false, nothing: null };
    for (const [id, data] of Object.entries(kinds)) await publish(cloudEvent({ id, data }), CLOUD_EVENT);
    const { data: _, ...bare } = cloudEvent({ id: 'bare' });
    await publish(bare, CLOUD_EVENT);
    await hook.waitFor(Object.keys(kinds).length + 1);
    for (const [id, data] of Object.entries(kinds)) {
      assert.deepEqual(hook.events.find((event) => event.id === id).data ?? null, data, id);
    }
    assert.equal('data' in hook.events.find((event) => event.id === 'bare'), false);
  });

  test('what is no CloudEvent is refused whole', async () => {
    const wrong = [
      ['no id', { ...cloudEvent(), id: undefined }],
      ['an empty id', cloudEvent({ id: '' })],
      ['no source', { ...cloudEvent(), source: undefined }],
      ['no type', { ...cloudEvent(), type: undefined }],
      ['no specversion', { ...cloudEvent(), specversion: undefined }],
      ['another specversion', cloudEvent({ specversion: '0.3' })],
      ['a time that is none', cloudEvent({ time: 'yesterday' })],
      ['data twice', cloudEvent({ data_base64: 'AA==' })],
      ['base64 that is none', { ...cloudEvent(), data: undefined, data_base64: '*' }],
      ['an id that is a number', cloudEvent({ id: 7 })],
      ['an attribute name in capitals', cloudEvent({ ComExample: 'x' })],
    ];
    for (const [what, event] of wrong) {
      const answer = await publish(event, CLOUD_EVENT);
      assert.equal(answer.status, 400, `${what}: ${answer.text}`);
      assert.equal(answer.json.error.code, 'BadRequest');
    }
  });

  test('an array as one event and an object as a batch are 400, another content type is 415', async () => {
    assert.equal((await publish([cloudEvent()], CLOUD_EVENT)).status, 400);
    assert.equal((await publish(cloudEvent(), CLOUD_EVENTS_BATCH)).status, 400);
    const answer = await publish(cloudEvent(), 'text/plain');
    assert.equal(answer.status, 415);
    assert.match(answer.text, /cloudevents\+json/);
  });
});

describe('the handshake of web hooks', () => {
  const made = async (t, options) => {
    const hook = await startReceiver(options);
    t.after(() => hook.close());
    const id = server.subscriptionId('cloud', 'shake');
    t.after(() => server.arm('DELETE', id));
    const put = await server.arm('PUT', id, {
      properties: { destination: webhook(hook.url), eventDeliverySchema: 'CloudEventSchemaV1_0' },
    });
    const state = async () => (await server.arm('GET', id)).json.properties.provisioningState;
    return { hook, put, state };
  };

  test('asks by OPTIONS with origin, callback and rate, and then sends the origin with each delivery', async (t) => {
    const { hook, put } = await made(t, {});
    assert.equal((await server.ended(put)).status, 'Succeeded');
    const [{ headers }] = hook.handshakes;
    assert.equal(headers['webhook-request-origin'], 'eventgrid.azure.net');
    assert.ok(headers['webhook-request-callback'].startsWith(server.http));
    await publish(cloudEvent(), CLOUD_EVENT);
    const [delivery] = await hook.waitFor(1);
    assert.equal(delivery.headers['webhook-request-origin'], 'eventgrid.azure.net');
    assert.equal(delivery.headers['origin'], 'eventgrid.azure.net');
    assert.equal(delivery.headers['aeg-event-type'], 'Notification');
  });

  test('takes * for every origin', async (t) => {
    const { put } = await made(t, { allowedOrigin: '*', allowedRate: '*' });
    assert.equal((await server.ended(put)).status, 'Succeeded');
  });

  test('takes no other origin for consent', async (t) => {
    const { state } = await made(t, { allowedOrigin: 'someone.else' });
    await eventually(async () => (await state()) !== 'Creating');
    assert.notEqual(await state(), 'Succeeded');
  });

  test('waits for the callback when the headers are withheld', async (t) => {
    const { hook, state } = await made(t, { handshake: 'later' });
    await eventually(async () => (await state()) === 'Succeeded');
    assert.equal(hook.visits[0].status, 200);
  });
});

test('the rate that an endpoint allows is kept', async (t) => {
  const slow = await startServer({ t, args: ['--virtual-clock'] });
  await slow.createTopic('cloud', { inputSchema: 'CloudEventSchemaV1_0' });
  const hook = await startReceiver({ allowedRate: 60 });
  t.after(() => hook.close());
  await slow.subscribe('cloud', 'slow', { destination: webhook(hook.url), eventDeliverySchema: 'CloudEventSchemaV1_0' });
  const sent = Array.from({ length: 300 }, (_, n) => cloudEvent({ id: String(n) }));
  await slow.publish('cloud', sent, { headers: { 'content-type': CLOUD_EVENTS_BATCH } });
  await slow.advance('1m');
  const inOneMinute = hook.deliveries.length;
  assert.ok(inOneMinute >= 30 && inOneMinute <= 130, `${inOneMinute} deliveries in the first minute of 60 allowed`);
  await slow.advance('10m');
  assert.equal(hook.deliveries.length, 300);
});
