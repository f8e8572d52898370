// The vendor's own client publishes in all three schemas, with a key and with a SAS token, over plain HTTP
// and over HTTPS; what a webhook gets is compared field by field and read with the vendor's own parser.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, test } from 'node:test';
import {
  AzureKeyCredential,
  AzureSASCredential,
  EventGridDeserializer,
  EventGridPublisherClient,
  generateSharedAccessSignature,
} from '@azure/eventgrid';
import { HTTP } from 'cloudevents';

import { startReceiver } from '../support/node/receiver.mjs';
import { startServer, webhook } from '../support/node/server.mjs';

const server = await startServer();
const hook = await startReceiver();
after(() => server.close());
after(() => hook.close());

const custom = {
  inputSchema: 'CustomEventSchema',
  inputSchemaMapping: {
    inputSchemaMappingType: 'Json',
    properties: {
      id: { sourceField: 'orderId' },
      eventType: { sourceField: 'kind', defaultValue: 'Shop.Unknown' },
      subject: { sourceField: 'shelf', defaultValue: 'orders' },
      dataVersion: { defaultValue: '2.0' },
    },
  },
};
await server.createTopic('native', { inputSchema: 'EventGridSchema' });
await server.createTopic('cloud', { inputSchema: 'CloudEventSchemaV1_0' });
await server.createTopic('custom', custom);
await server.subscribe('native', 'grid', { destination: webhook(`${hook.url}/native`) });
await server.subscribe('native', 'translated', {
  destination: webhook(`${hook.url}/translated`),
  eventDeliverySchema: 'CloudEventSchemaV1_0',
});
await server.subscribe('cloud', 'cloud', {
  destination: webhook(`${hook.url}/cloud`),
  eventDeliverySchema: 'CloudEventSchemaV1_0',
});
await server.subscribe('custom', 'mapped', { destination: webhook(`${hook.url}/mapped`) });
await server.subscribe('custom', 'verbatim', {
  destination: webhook(`${hook.url}/verbatim`),
  eventDeliverySchema: 'CustomInputSchema',
});

const credentials = {
  key: async (topic) => new AzureKeyCredential(topic.key1),
  'second key': async (topic) => new AzureKeyCredential(topic.key2),
  'SAS token': async (topic, url) => {
    const until = new Date(Date.now() + 3_600_000);
    const token = await generateSharedAccessSignature(url, new AzureKeyCredential(topic.key1), until);
    return new AzureSASCredential(token);
  },
};

async function client(topic, schema, scheme, credential) {
  const { pathname, port } = new URL(topic.endpoint);
  const url = scheme === 'http' ? topic.endpoint : `https://localhost:${port}${pathname}`;
  return new EventGridPublisherClient(url, schema, await credentials[credential](topic, url), {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
    tlsOptions: { ca: fs.readFileSync(server.ca) },
  });
}

const arrived = (place, id) =>
  hook
    .waitFor(1, { where: ({ path, text }) => path === `/hook/${place}` && text.includes(id) })
    .then(([delivery]) => delivery);

const strictCloudEvent = (delivery) => {
  const event = HTTP.toEvent({ headers: delivery.headers, body: delivery.text });
  assert.equal(event.validate(), true);
  return event;
};

for (const scheme of ['http', 'https']) {
  for (const credential of Object.keys(credentials)) {
    const how = `over ${scheme} with the ${credential}`;
    const id = (kind) => `${kind} ${how}`;

    test(`an Event Grid event ${how} arrives as it was sent`, async () => {
      const sent = {
        id: id('native'),
        eventType: 'Shop.OrderPlaced',
        subject: 'orders/7',
        dataVersion: '1.0',
        eventTime: new Date('2026-01-31T12:00:00.123Z'),
        data: { total: 12.5, lines: [{ sku: 'a' }], note: 'ä€😀' },
      };
      await (await client(server.topic('native'), 'EventGrid', scheme, credential)).send([sent]);

      const grid = await arrived('native', sent.id);
      assert.equal(grid.headers['content-type'], 'application/json; charset=utf-8');
      assert.deepEqual(grid.body, [
        {
          ...sent,
          eventTime: sent.eventTime.toISOString(),
          topic: server.topic('native').id,
          metadataVersion: '1',
        },
      ]);
      const [parsed] = await new EventGridDeserializer().deserializeEventGridEvents(grid.text);
      assert.deepEqual({ ...parsed }, { ...sent, topic: server.topic('native').id, metadataVersion: '1' });

      const cloud = await arrived('translated', sent.id);
      assert.equal(cloud.headers['content-type'], 'application/cloudevents+json; charset=utf-8');
      assert.deepEqual(cloud.body, {
        specversion: '1.0',
        id: sent.id,
        source: server.topic('native').id,
        type: sent.eventType,
        subject: sent.subject,
        time: sent.eventTime.toISOString(),
        data: sent.data,
      });
      assert.deepEqual(strictCloudEvent(cloud).data, sent.data);
    });

    test(`a CloudEvent ${how} arrives as it was sent`, async () => {
      const sent = {
        id: id('cloud'),
        type: 'Shop.OrderPlaced',
        source: '/shop/7',
        subject: 'orders/7',
        time: new Date('2026-01-31T12:00:00.123Z'),
        data: { total: 12.5 },
        extensionAttributes: { priority: 'high' },
      };
      await (await client(server.topic('cloud'), 'CloudEvent', scheme, credential)).send([sent]);

      const delivery = await arrived('cloud', sent.id);
      assert.deepEqual(delivery.body, {
        specversion: '1.0',
        id: sent.id,
        source: sent.source,
        type: sent.type,
        subject: sent.subject,
        time: sent.time.toISOString(),
        datacontenttype: 'application/json',
        priority: 'high',
        data: sent.data,
      });
      assert.equal(strictCloudEvent(delivery).priority, 'high');
      const [parsed] = await new EventGridDeserializer().deserializeCloudEvents(delivery.text);
      assert.equal(parsed.id, sent.id);
      assert.deepEqual(parsed.data, sent.data);
      assert.deepEqual(parsed.time, sent.time);
    });

    test(`binary data of a CloudEvent ${how} arrives byte for byte`, async () => {
      const sent = {
        id: id('binary'),
        type: 'Shop.LabelPrinted',
        source: '/shop/7',
        data: new Uint8Array([0, 255, 10, 13, 34]),
        datacontenttype: 'application/octet-stream',
      };
      await (await client(server.topic('cloud'), 'CloudEvent', scheme, credential)).send([sent]);
      const delivery = await arrived('cloud', sent.id);
      assert.equal(delivery.body.data_base64, 'AP8KDSI=');
      assert.equal('data' in delivery.body, false);
      const [parsed] = await new EventGridDeserializer().deserializeCloudEvents(delivery.text);
      assert.deepEqual(new Uint8Array(parsed.data), sent.data);
      assert.equal(strictCloudEvent(delivery).datacontenttype, 'application/octet-stream');
    });

    test(`an event of the topic's own schema ${how} is mapped, or passed on as it is`, async () => {
      const sent = { orderId: id('custom'), kind: 'Shop.OrderPlaced', total: 12.5 };
      await (await client(server.topic('custom'), 'Custom', scheme, credential)).send([sent]);

      const verbatim = await arrived('verbatim', sent.orderId);
      assert.deepEqual(verbatim.body, [sent]);
      const mapped = await arrived('mapped', sent.orderId);
      const { eventTime, ...rest } = mapped.body[0];
      assert.match(eventTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
      assert.deepEqual(rest, {
        id: sent.orderId,
        eventType: 'Shop.OrderPlaced',
        subject: 'orders',
        dataVersion: '2.0',
        metadataVersion: '1',
        topic: server.topic('custom').id,
        data: sent,
      });
    });
  }
}

test('the client reports a wrong key as 401 and a topic that is not there as 404', async () => {
  const topic = server.topic('native');
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
  const sent = [{ id: '1', eventType: 't', subject: 's', dataVersion: '1', data: {} }];
  const wrongKey = new AzureKeyCredential(Buffer.alloc(32, 7).toString('base64'));
  const refused = new EventGridPublisherClient(topic.endpoint, 'EventGrid', wrongKey, options);
  await assert.rejects(refused.send(sent), { statusCode: 401, code: 'Unauthorized' });
  const nowhere = topic.endpoint.replace('/topics/native', '/topics/nowhere');
  const lost = new EventGridPublisherClient(nowhere, 'EventGrid', new AzureKeyCredential(topic.key1), options);
  await assert.rejects(lost.send(sent), { statusCode: 404 });
});

test('a batch of CloudEvents is accepted whole by a strict parser', async () => {
  await server.subscribe('cloud', 'batched', {
    destination: webhook(`${hook.url}/batched`, { maxEventsPerBatch: 100 }),
    eventDeliverySchema: 'CloudEventSchemaV1_0',
  });
  const sent = Array.from({ length: 30 }, (_, n) => ({ id: `batch ${n}`, type: 't', source: '/s', data: { n } }));
  await (await client(server.topic('cloud'), 'CloudEvent', 'http', 'key')).send(sent);
  const ids = () => hook.deliveries.filter((d) => d.path === '/hook/batched').flatMap((d) => d.events.map((e) => e.id));
  await hook.waitFor(1, { where: () => ids().length >= sent.length });
  assert.deepEqual(ids().sort(), sent.map((event) => event.id).sort());
  for (const delivery of hook.deliveries.filter((d) => d.path === '/hook/batched')) {
    assert.equal(delivery.headers['content-type'], 'application/cloudevents-batch+json; charset=utf-8');
    const events = HTTP.toEvent({ headers: delivery.headers, body: delivery.text });
    for (const event of [events].flat()) assert.equal(event.validate(), true);
  }
});
