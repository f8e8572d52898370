// Event subscriptions through the management API: made, validated, read, changed, listed, deleted.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { GROUP, event, startServer, webhook } from '../support/node/server.mjs';

const server = await startServer({ args: ['--virtual-clock'], config: 'webhooks:\n  handshake_attempts: 1\n' });
after(() => server.close());
const topic = server.topic('events').id;

async function receiver(t, options) {
  const hook = await startReceiver(options);
  t.after(() => hook.close());
  return hook;
}

const idOf = (name) => server.subscriptionId('events', name);
const put = (name, properties) => server.arm('PUT', idOf(name), { properties });
const get = async (name) => (await server.arm('GET', idOf(name))).json;
const stateOf = async (name) => (await get(name)).properties.provisioningState;

describe('creating', () => {
  test('answers 201 with Creating and an operation that succeeds once the webhook is validated', async (t) => {
    const hook = await receiver(t);
    const created = await put('first', { destination: webhook(`${hook.url}?code=secret`), labels: ['a', 'b'] });
    assert.equal(created.status, 201);
    assert.equal(created.json.properties.provisioningState, 'Creating');
    assert.ok(created.headers['azure-asyncoperation'].startsWith(server.http));
    assert.equal(created.headers['retry-after'], '0');
    assert.deepEqual(await server.ended(created).then(({ status, name }) => ({ status, named: Boolean(name) })), {
      status: 'Succeeded',
      named: true,
    });

    const shown = await get('first');
    assert.equal(shown.id, idOf('first'));
    assert.equal(shown.name, 'first');
    assert.equal(shown.type, 'Microsoft.EventGrid/eventSubscriptions');
    const { properties } = shown;
    assert.equal(properties.provisioningState, 'Succeeded');
    assert.equal(properties.topic.toLowerCase(), topic.toLowerCase());
    assert.equal(properties.eventDeliverySchema, 'EventGridSchema');
    assert.deepEqual(properties.labels, ['a', 'b']);
    assert.deepEqual(properties.retryPolicy, { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 });
    const destination = properties.destination;
    assert.equal(destination.endpointType, 'WebHook');
    assert.equal(destination.properties.endpointBaseUrl, hook.url);
    assert.equal(destination.properties.endpointUrl ?? null, null, 'the whole URL is a secret');
    assert.equal(destination.properties.maxEventsPerBatch, 1);
    assert.equal(destination.properties.preferredBatchSizeInKilobytes, 64);
  });

  test('sends one validation event, to the letter', async (t) => {
    const hook = await receiver(t);
    await server.subscribe('events', 'handshake', {
      destination: webhook(`${hook.url}?code=secret`, {
        deliveryAttributeMappings: [{ name: 'X-Team', type: 'Static', properties: { value: 'blue', isSecret: false } }],
      }),
    });
    assert.equal(hook.handshakes.length, 1);
    const [{ path, headers, body, event: sent }] = hook.handshakes;
    assert.equal(path, '/hook?code=secret');
    assert.equal(headers['aeg-event-type'], 'SubscriptionValidation');
    assert.equal(headers['aeg-subscription-name'], 'HANDSHAKE');
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(headers['x-team'], 'blue');
    assert.equal(body.length, 1);
    assert.equal(sent.eventType, 'Microsoft.EventGrid.SubscriptionValidationEvent');
    assert.equal(sent.topic.toLowerCase(), topic.toLowerCase());
    assert.equal(sent.subject, '');
    assert.equal(sent.metadataVersion, '1');
    assert.equal(sent.dataVersion, '1');
    assert.match(sent.data.validationCode, /^[0-9A-Fa-f-]{36}$/);
    assert.ok(sent.data.validationUrl.startsWith(`${server.http}/`));
    assert.match(sent.id, /^[0-9a-fA-F-]{36}$/);
  });

  test('accepts a validation answer in any casing', async (t) => {
    const hook = await receiver(t, { answerMember: 'ValidationResponse' });
    await server.subscribe('events', 'casing', { destination: webhook(hook.url) });
    assert.equal(await stateOf('casing'), 'Succeeded');
  });

  test('waits for the validation link when the endpoint answers 200 without the code', async (t) => {
    const hook = await receiver(t, { handshake: 'silent' });
    assert.equal((await put('patient', { destination: webhook(hook.url) })).status, 201);
    await eventually(async () => (await stateOf('patient')) === 'AwaitingManualAction');
    await server.publish('events', [event({ id: 'too early' })]);

    const link = hook.handshakes[0].event.data.validationUrl;
    const wrong = await request('GET', link.replace(/.$/, (last) => (last === '0' ? '1' : '0')));
    assert.ok(wrong.status >= 400, 'a link that was not given out opens nothing');
    assert.equal(await stateOf('patient'), 'AwaitingManualAction');
    assert.equal((await request('GET', link)).status, 200);
    await eventually(async () => (await stateOf('patient')) === 'Succeeded');

    await server.publish('events', [event({ id: 'in time' })]);
    await hook.waitFor(1);
    assert.deepEqual(hook.events.map(({ id }) => id), ['in time'], 'nothing is sent to an endpoint that did not agree');
  });

  test('lets an endpoint open the link by itself', async (t) => {
    const hook = await receiver(t, { handshake: 'later' });
    await put('self', { destination: webhook(hook.url) });
    await eventually(async () => (await stateOf('self')) === 'Succeeded');
    assert.equal(hook.visits[0].status, 200);
  });

  test('fails when nobody opens the link within ten minutes', async (t) => {
    const hook = await receiver(t, { handshake: 'silent' });
    await put('forgotten', { destination: webhook(hook.url) });
    await eventually(async () => (await stateOf('forgotten')) === 'AwaitingManualAction');
    await server.advance('9m');
    assert.equal(await stateOf('forgotten'), 'AwaitingManualAction');
    await server.advance('2m');
    await eventually(async () => (await stateOf('forgotten')) === 'Failed');
    const late = await request('GET', hook.handshakes[0].event.data.validationUrl);
    assert.ok(late.status >= 400);
    assert.equal(await stateOf('forgotten'), 'Failed');
  });

  test('fails with "Url validation" when the endpoint refuses, and keeps the URL\'s query to itself', async (t) => {
    const hook = await receiver(t, { handshake: 'refuse' });
    const created = await put('refused', { destination: webhook(`${hook.url}?code=secret`) });
    const operation = await server.ended(created);
    assert.equal(operation.status, 'Failed');
    assert.equal(operation.error.code, 'Url validation');
    assert.match(operation.error.message, /400|BadRequest/);
    assert.ok(operation.error.message.includes(hook.url));
    assert.ok(!operation.error.message.includes('secret'));
    assert.equal(await stateOf('refused'), 'Failed');
    await server.publish('events', [event()]);
    await server.drained({ of: 'refused' });
    assert.equal(hook.deliveries.length, 0);
  });
});

describe('what is wrong is refused with the management error body', () => {
  const url = 'http://127.0.0.1:9/';
  const filters = (advancedFilters) => ({ destination: webhook(url), filter: { advancedFilters } });
  const many = (count) => Array.from({ length: count }, (_, n) => ({ operatorType: 'IsNotNull', key: `data.k${n}` }));
  const cases = [
    ['no destination', {}],
    ['an unknown endpoint type', { destination: { endpointType: 'Pigeon', properties: {} } }],
    ['no endpointUrl', { destination: { endpointType: 'WebHook', properties: {} } }],
    ['a URL that is none', { destination: webhook('not a url') }],
    ['a URL with another scheme', { destination: webhook('ftp://127.0.0.1/') }],
    ['maxEventsPerBatch of 0', { destination: webhook(url, { maxEventsPerBatch: 0 }) }],
    ['maxEventsPerBatch of 5001', { destination: webhook(url, { maxEventsPerBatch: 5001 }) }],
    ['preferredBatchSizeInKilobytes of 1025', { destination: webhook(url, { preferredBatchSizeInKilobytes: 1025 }) }],
    ['31 attempts', { destination: webhook(url), retryPolicy: { maxDeliveryAttempts: 31 } }],
    ['0 attempts', { destination: webhook(url), retryPolicy: { maxDeliveryAttempts: 0 } }],
    ['1441 minutes to live', { destination: webhook(url), retryPolicy: { eventTimeToLiveInMinutes: 1441 } }],
    ['an unknown delivery schema', { destination: webhook(url), eventDeliverySchema: 'Xml' }],
    ['custom delivery from Event Grid input', { destination: webhook(url), eventDeliverySchema: 'CustomInputSchema' }],
    ['an expiration in the past', { destination: webhook(url), expirationTimeUtc: '2001-01-01T00:00:00Z' }],
    ['an unknown operator', filters([{ operatorType: 'StringLike', key: 'data.a', values: ['x'] }])],
    ['a filter without key', filters([{ operatorType: 'StringIn', values: ['x'] }])],
    ['26 filters', filters(many(26))],
    ['26 values', filters([{ operatorType: 'NumberIn', key: 'data.a', values: Array.from({ length: 26 }, (_, n) => n) }])],
    ['a value of 513 characters', filters([{ operatorType: 'StringIn', key: 'data.a', values: ['x'.repeat(513)] }])],
    ['a range of one number', filters([{ operatorType: 'NumberInRange', key: 'data.a', values: [[1]] }])],
    ['a text where a number belongs', filters([{ operatorType: 'NumberGreaterThan', key: 'data.a', value: '1' }])],
    ['an attribute named aeg-…', { destination: webhook(url, { deliveryAttributeMappings: [{ name: 'aeg-x', type: 'Static', properties: { value: '1' } }] }) }],
    ['an unknown property', { destination: webhook(url), colour: 'red' }],
  ];
  for (const [what, properties] of cases) {
    test(what, async () => {
      const answer = await put('wrong', properties);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(typeof answer.json.error.code, 'string');
      assert.ok(answer.json.error.message.length > 10, 'says what is wrong');
      assert.equal((await server.arm('GET', idOf('wrong'))).status, 404, 'nothing was made');
    });
  }

  test('a body that is no JSON', async () => {
    assert.equal((await server.arm('PUT', idOf('wrong'), '{"properties":')).status, 400);
  });

  test('a name of two letters, and one with a dot', async () => {
    for (const name of ['ab', 'a.b']) assert.equal((await put(name, { destination: webhook(url) })).status, 400);
  });

  test('a topic that is not there', async () => {
    const nowhere = `${GROUP}/providers/Microsoft.EventGrid/topics/nowhere/providers/Microsoft.EventGrid/eventSubscriptions/abc`;
    const answer = await server.arm('PUT', nowhere, { properties: { destination: webhook(url) } });
    assert.equal(answer.status, 404);
    assert.equal(answer.json.error.code, 'ResourceNotFound');
  });
});

describe('a subscription that is there', () => {
  test('is changed by a flat PATCH, which answers 201', async (t) => {
    const hook = await receiver(t);
    await server.subscribe('events', 'changing', { destination: webhook(hook.url), labels: ['old'] });
    const patched = await server.arm('PATCH', idOf('changing'), {
      labels: ['new'],
      filter: { subjectBeginsWith: 'only/' },
      retryPolicy: { maxDeliveryAttempts: 3, eventTimeToLiveInMinutes: 5 },
    });
    assert.equal(patched.status, 201, patched.text);
    assert.equal((await server.ended(patched)).status, 'Succeeded');
    const { properties } = await get('changing');
    assert.deepEqual(properties.labels, ['new']);
    assert.equal(properties.filter.subjectBeginsWith, 'only/');
    assert.equal(properties.retryPolicy.maxDeliveryAttempts, 3);
    assert.equal(properties.destination.properties.endpointBaseUrl, hook.url, 'what was not named stays');

    await server.publish('events', [event({ id: 'other' }), event({ id: 'mine', subject: 'only/this' })]);
    await server.drained({ of: 'changing' });
    assert.deepEqual(hook.events.map(({ id }) => id), ['mine']);
  });

  test('is validated again when its endpoint changes', async (t) => {
    const [before, behind] = [await receiver(t), await receiver(t)];
    await server.subscribe('events', 'moving', { destination: webhook(before.url) });
    const patched = await server.arm('PATCH', idOf('moving'), { destination: webhook(behind.url) });
    assert.equal((await server.ended(patched)).status, 'Succeeded');
    assert.equal(behind.handshakes.length, 1);
    await server.publish('events', [event({ id: 'moved' })]);
    await behind.waitFor(1);
    assert.equal(before.deliveries.length, 0);
  });

  test('is one resource in the scope form and in the nested form, whatever the case and the slashes', async (t) => {
    const hook = await receiver(t);
    await server.subscribe('events', 'Twice', { destination: webhook(hook.url) });
    const nested = await server.arm('GET', `${topic}/eventSubscriptions/twice`);
    assert.equal(nested.status, 200);
    assert.equal(nested.json.name, 'Twice');
    const shouted = await server.arm('GET', idOf('TWICE').toUpperCase());
    assert.equal(shouted.status, 200);
    const doubled = await request('GET', `${server.http}/${idOf('Twice')}?api-version=2022-06-15`);
    assert.equal(doubled.status, 200, 'clients send two slashes when the scope starts with one');
    await server.arm('PUT', idOf('twice'), { properties: { destination: webhook(hook.url) } });
    const { json } = await server.arm('GET', `${topic}/providers/Microsoft.EventGrid/eventSubscriptions`);
    assert.equal(json.value.filter(({ name }) => name.toLowerCase() === 'twice').length, 1);
  });

  test('shows its whole URL and its secret attributes only to those who ask by POST', async (t) => {
    const hook = await receiver(t);
    const mappings = [
      { name: 'X-Token', type: 'Static', properties: { value: 'swordfish', isSecret: true } },
      { name: 'X-Plain', type: 'Static', properties: { value: 'visible', isSecret: false } },
      { name: 'X-Kind', type: 'Dynamic', properties: { sourceField: 'data.kind' } },
    ];
    await server.subscribe('events', 'secrets', {
      destination: webhook(`${hook.url}?code=hidden`, { deliveryAttributeMappings: mappings }),
    });
    const shown = JSON.stringify(await get('secrets'));
    assert.ok(!shown.includes('swordfish') && !shown.includes('code=hidden'));
    assert.ok(shown.includes('"Hidden"'));
    const url = await server.arm('POST', `${idOf('secrets')}/getFullUrl`);
    assert.deepEqual(url.json, { endpointUrl: `${hook.url}?code=hidden` });
    const attributes = await server.arm('POST', `${idOf('secrets')}/getDeliveryAttributes`);
    assert.equal(attributes.json.value.find(({ name }) => name === 'X-Token').properties.value, 'swordfish');
    assert.equal(attributes.json.value.length, 3);
  });

  test('is gone at its expiration', async (t) => {
    const hook = await receiver(t);
    const { now } = (await server.operations('clock')).json;
    const expirationTimeUtc = new Date(Date.parse(now) + 3_600_000).toISOString();
    await server.subscribe('events', 'mortal', { destination: webhook(hook.url), expirationTimeUtc });
    await server.advance('59m');
    assert.equal((await server.arm('GET', idOf('mortal'))).status, 200);
    await server.advance('2m');
    await eventually(async () => (await server.arm('GET', idOf('mortal'))).status === 404);
    await server.publish('events', [event()]);
    assert.equal(hook.deliveries.length, 0);
  });

  test('is deleted once, and deleting what is not there is 204', async (t) => {
    const hook = await receiver(t);
    await server.subscribe('events', 'leaving', { destination: webhook(hook.url) });
    const gone = await server.arm('DELETE', idOf('leaving'));
    assert.ok([200, 202, 204].includes(gone.status), gone.text);
    await eventually(async () => (await server.arm('GET', idOf('leaving'))).status === 404);
    assert.equal((await server.arm('DELETE', idOf('leaving'))).status, 204);
    await server.publish('events', [event()]);
    await server.drained({ of: 'leaving' });
    assert.equal(hook.deliveries.length, 0);
  });

  test('lives on after a restart, validated as it was', async (t) => {
    const hook = await receiver(t);
    const own = await startServer({ t });
    await own.subscribe('events', 'lasting', { destination: webhook(hook.url), labels: ['kept'] });
    await own.restart();
    assert.deepEqual((await own.arm('GET', own.subscriptionId('events', 'lasting'))).json.properties.labels, ['kept']);
    await own.publish('events', [event({ id: 'later' })]);
    await hook.waitFor(1);
    assert.equal(hook.handshakes.length, 1, 'a restart asks nobody again');
  });
});

describe('topics', () => {
  test('are made with 201, shown with their endpoint, and give out keys', async () => {
    const made = await server.createTopic('shop', {});
    assert.match(made.endpoint, /\/api\/events$/);
    for (const key of [made.key1, made.key2]) assert.ok(Buffer.from(key, 'base64').length >= 32);
    const again = await server.arm('PUT', made.id, { location: 'local', properties: {} });
    assert.equal(again.status, 201, 'also for what is there already');
    assert.deepEqual((await server.arm('POST', `${made.id}/listKeys`)).json, { key1: made.key1, key2: made.key2 });
  });

  test('take a new key at once and refuse the old one', async () => {
    const made = await server.createTopic('rotating', {});
    const rotated = await server.arm('POST', `${made.id}/regenerateKey`, { keyName: 'key1' });
    assert.equal(rotated.status, 200);
    assert.notEqual(rotated.json.key1, made.key1);
    assert.equal(rotated.json.key2, made.key2);
    assert.equal((await server.publish('rotating', [event()], { key: made.key1 })).status, 401);
    assert.equal((await server.publish('rotating', [event()], { key: rotated.json.key1 })).status, 200);
    assert.equal((await server.publish('rotating', [event()], { key: made.key2 })).status, 200);
  });

  test('refuse names that the documents forbid', async () => {
    for (const name of ['ab', 'x'.repeat(51), 'Microsoft-x', 'EventGridy', 'System1', 'a_b']) {
      const id = `${GROUP}/providers/Microsoft.EventGrid/topics/${name}`;
      assert.equal((await server.arm('PUT', id, { location: 'local' })).status, 400, name);
    }
  });

  test('are gone after DELETE, with their subscriptions', async (t) => {
    const hook = await receiver(t);
    const made = await server.createTopic('brief', {});
    await server.subscribe('brief', 'sub', { destination: webhook(hook.url) });
    const gone = await server.arm('DELETE', made.id);
    assert.ok([202, 204].includes(gone.status));
    await eventually(async () => (await server.arm('GET', made.id)).status === 404);
    assert.equal((await server.publish('brief', [event()])).status, 404);
  });
});
