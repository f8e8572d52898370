// The ten examples of the published event reference (tests/data/events): published to a topic they come out
// equal in the Event Grid schema and equal to the CloudEvents examples in the other, data byte for byte.
//
// The examples carry the id of somebody's communication resource in `topic`. A custom topic refuses a topic
// that is not its own, so the examples are published without, and the topic's own id is expected instead.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { EventGridDeserializer } from '@azure/eventgrid';
import { HTTP } from 'cloudevents';

import { elements, member } from '../support/node/raw_json.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { CLOUD_EVENTS_BATCH, DATA, startServer, webhook } from '../support/node/server.mjs';

const folder = path.join(DATA, 'events');
const types = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith('.eventgrid.json'))
  .map((name) => name.replace('.eventgrid.json', ''));
const example = (type, schema) => fs.readFileSync(path.join(folder, `${type}.${schema}.json`), 'utf8');

/// The example without the line that names its topic, everything else to the byte.
const withoutTopic = (text) => text.replace(/^\s*"topic": "\/subscriptions[^\n]*\n/m, '');

/// The one letter in which the two examples of a type differ (tests/data/events/README.md).
const spelled = (event) => JSON.parse(JSON.stringify(event).replace('commuication', 'communication'));

const server = await startServer();
const hook = await startReceiver();
after(() => server.close());
after(() => hook.close());
await server.createTopic('grid');
await server.createTopic('cloud', { inputSchema: 'CloudEventSchemaV1_0' });
const subscribe = (topic, name, eventDeliverySchema) =>
  server.subscribe(topic, name, { destination: webhook(`${hook.url}/${name}`), eventDeliverySchema });
await subscribe('grid', 'as-grid', 'EventGridSchema');
await subscribe('grid', 'as-cloud', 'CloudEventSchemaV1_0');
await subscribe('cloud', 'through', 'CloudEventSchemaV1_0');

const arrived = (place, id) =>
  hook
    .waitFor(1, { where: (delivery) => delivery.path === `/hook/${place}` && delivery.events[0].id === id })
    .then(([delivery]) => delivery);

test('there are ten examples, each in both schemas', () => {
  assert.equal(types.length, 10);
  for (const type of types) assert.ok(example(type, 'cloudevents').length > 0);
});

for (const type of types) {
  test(`${type} comes out as it went in, and as its CloudEvents example`, async () => {
    const published = withoutTopic(example(type, 'eventgrid'));
    const [original] = JSON.parse(example(type, 'eventgrid'));
    const [twin] = JSON.parse(example(type, 'cloudevents'));
    const topic = server.topic('grid').id;
    const data = member(elements(published)[0], 'data');
    const response = await server.publish('grid', published);
    assert.equal(response.status, 200, response.text);

    const grid = await arrived('as-grid', original.id);
    assert.deepEqual(grid.body, [{ ...original, topic }]);
    assert.equal(member(elements(grid.text)[0], 'data'), data, 'data byte for byte');
    const [parsed] = await new EventGridDeserializer().deserializeEventGridEvents(grid.text);
    assert.equal(parsed.eventType, original.eventType);

    const cloud = await arrived('as-cloud', original.id);
    assert.deepEqual(spelled(cloud.body), { ...twin, source: topic });
    assert.equal(member(cloud.text, 'data'), data, 'data byte for byte');
    assert.equal(HTTP.toEvent({ headers: cloud.headers, body: cloud.text }).validate(), true);
  });

  test(`${type} published as a CloudEvent comes out equal`, async () => {
    const published = example(type, 'cloudevents');
    const [original] = JSON.parse(published);
    const response = await server.publish('cloud', published, { headers: { 'content-type': CLOUD_EVENTS_BATCH } });
    assert.equal(response.status, 200, response.text);
    const cloud = await arrived('through', original.id);
    assert.deepEqual(cloud.body, original);
    assert.equal(member(cloud.text, 'data'), member(elements(published)[0], 'data'), 'data byte for byte');
  });
}

test('the filter of the published example matches the sample events, with or without the leading slash', async () => {
  for (const [name, prefix] of [['bare', 'phonenumber/1555'], ['slashed', '/phonenumber/1555'], ['threads', '/thread/']]) {
    await server.subscribe('grid', name, {
      destination: webhook(`${hook.url}/${name}`),
      filter: { subjectBeginsWith: prefix },
    });
  }
  const [sms] = JSON.parse(withoutTopic(example('SMSReceived', 'eventgrid')));
  const [chat] = JSON.parse(withoutTopic(example('ChatMessageEdited', 'eventgrid')));
  await server.publish('grid', [{ ...sms, id: 'sms' }, { ...chat, id: 'chat' }]);
  await server.drained();
  const got = (name) => hook.deliveries.filter((d) => d.path === `/hook/${name}`).map((d) => d.events[0].id);
  assert.deepEqual(got('bare'), ['sms']);
  assert.deepEqual(got('slashed'), ['sms']);
  assert.deepEqual(got('threads'), ['chat']);
});
