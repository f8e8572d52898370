// Topics with a schema of their own: the mapping finds the envelope, the whole object becomes the data.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startReceiver } from '../support/node/receiver.mjs';
import { startServer, webhook } from '../support/node/server.mjs';

const server = await startServer();
after(() => server.close());

const mapping = (properties) => ({
  inputSchema: 'CustomEventSchema',
  inputSchemaMapping: { inputSchemaMappingType: 'Json', properties },
});

async function subscribed(t, topic, properties) {
  const hook = await startReceiver();
  t.after(() => hook.close());
  await server.subscribe(topic, 'sub', { destination: webhook(hook.url), ...properties });
  return hook;
}

const full = mapping({
  id: { sourceField: 'key' },
  eventTime: { sourceField: 'when' },
  eventType: { sourceField: 'what', defaultValue: 'Thing' },
  subject: { sourceField: 'where' },
  dataVersion: { defaultValue: '7' },
});

test('every mapped field is taken, and the object goes along whole', async (t) => {
  await server.createTopic('mapped', full);
  const hook = await subscribed(t, 'mapped', { filter: { subjectBeginsWith: 'shelf' } });
  const sent = { key: 'k1', when: '2026-01-31T12:00:00Z', what: 'Moved', where: 'shelf/1', more: { big: 1 } };
  assert.equal((await server.publish('mapped', [sent])).status, 200);
  const [delivery] = await hook.waitFor(1);
  assert.deepEqual(delivery.body, [
    {
      id: 'k1',
      topic: server.topic('mapped').id,
      subject: 'shelf/1',
      eventType: 'Moved',
      eventTime: '2026-01-31T12:00:00Z',
      dataVersion: '7',
      metadataVersion: '1',
      data: sent,
    },
  ]);
  assert.equal(delivery.headers['aeg-data-version'], '7');
});

test('a default serves when the event lacks the field; an unmapped id and time are made', async (t) => {
  await server.createTopic('defaults', mapping({
    eventType: { defaultValue: 'Thing' },
    subject: { sourceField: 'where', defaultValue: 'nowhere' },
    dataVersion: { defaultValue: '1' },
  }));
  const hook = await subscribed(t, 'defaults');
  await server.publish('defaults', [{ a: 1 }, { a: 2 }]);
  await hook.waitFor(2);
  for (const event of hook.events) {
    assert.match(event.id, /^[0-9a-f-]{36}$/i);
    assert.match(event.eventTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    assert.equal(event.subject, 'nowhere');
    assert.equal(event.eventType, 'Thing');
  }
  assert.notEqual(hook.events[0].id, hook.events[1].id);
});

test('a required field with neither source nor default refuses the whole request', async (t) => {
  await server.createTopic('strict', full);
  const hook = await subscribed(t, 'strict');
  const answer = await server.publish('strict', [
    { key: '1', what: 'a', where: 'here' },
    { key: '2', what: 'b' },
  ]);
  assert.equal(answer.status, 400);
  assert.equal(answer.json.error.code, 'BadRequest');
  assert.match(answer.text, /subject|where/);
  await server.drained();
  assert.equal(hook.deliveries.length, 0);
});

test('delivered as CloudEvents, the mapping comes first', async (t) => {
  await server.createTopic('translated', full);
  const hook = await subscribed(t, 'translated', { eventDeliverySchema: 'CloudEventSchemaV1_0' });
  const sent = { key: 'k1', when: '2026-01-31T12:00:00Z', what: 'Moved', where: 'shelf/1' };
  await server.publish('translated', [sent]);
  const [delivery] = await hook.waitFor(1);
  assert.deepEqual(delivery.body, {
    specversion: '1.0',
    id: 'k1',
    source: server.topic('translated').id,
    type: 'Moved',
    subject: 'shelf/1',
    time: '2026-01-31T12:00:00Z',
    data: sent,
  });
});

test('what cannot be mapped is refused when the topic is made', async () => {
  const id = server.topic('events').id.replace('/events', '/wrong');
  const wrong = [
    { inputSchema: 'CustomEventSchema' },
    { inputSchema: 'EventGridSchema', inputSchemaMapping: full.inputSchemaMapping },
  ];
  const answers = await Promise.all(wrong.map((properties) => server.arm('PUT', id, { properties })));
  for (const answer of answers) assert.equal(answer.status, 400, answer.text);
});
