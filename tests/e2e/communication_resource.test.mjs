// The communication resource: its endpoint and keys, its system topic and subscriptions in both scopes,
// its ARM form, and resources beside each other.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import path from 'node:path';
import { test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { GROUP, atEnd, scratchFolder, startServer, webhook } from '../support/node/server.mjs';

const VERSION = 'api-version=2023-10-01';
const ARM_VERSION = { query: 'api-version=2023-04-01' };
const resourceId = (name) => `${GROUP}/providers/Microsoft.Communication/communicationServices/${name}`;
const systemTopicId = (name) => `${GROUP}/providers/Microsoft.EventGrid/systemTopics/${name}`;
const byScope = (name, subscription) =>
  `${resourceId(name)}/providers/Microsoft.EventGrid/eventSubscriptions/${subscription}`;
const byTopic = (name, subscription) => `${systemTopicId(name)}/eventSubscriptions/${subscription}`;

const parsed = (connectionString) => {
  const [, endpoint, key] = /^endpoint=(.*);accesskey=(.*)$/.exec(connectionString);
  return { endpoint, key };
};

/// A request signed as clients do. `at` is where it really goes, when Host names another place.
function signed(method, url, key, { body, ca, at = url } = {}) {
  const target = new URL(url);
  const text = body === undefined ? '' : JSON.stringify(body);
  const hash = createHash('sha256').update(text).digest('base64');
  const date = new Date().toUTCString();
  const toSign = `${method}\n${target.pathname}${target.search}\n${date};${target.host};${hash}`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(toSign).digest('base64');
  return request(method, at, {
    ca,
    body: body === undefined ? undefined : text,
    headers: {
      host: target.host,
      'content-type': 'application/json',
      'x-ms-date': date,
      'x-ms-content-sha256': hash,
      authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
    },
  });
}

/// The same over plain HTTP to the server's own address, whatever name the URL has.
const signedTo = (server, method, url, key, options = {}) => {
  const { pathname, search, port } = new URL(url);
  return signed(method, url, key, { ...options, at: `http://127.0.0.1:${port}${pathname}${search}` });
};

const receive = (server, text, to = '+15555550100') =>
  server.operations('sms/receive', { method: 'POST', body: { from: '+14255550123', to, message: text } });

async function receiver(t, options) {
  const hook = await startReceiver(options);
  atEnd(t, () => hook.close());
  return hook;
}

async function subscribe(server, id, properties) {
  const put = await server.arm('PUT', id, { properties });
  assert.equal(put.status, 201, put.text);
  assert.equal((await server.ended(put)).status, 'Succeeded');
}

test('a fresh server has one, reached over HTTPS with the string it prints', async (t) => {
  const server = await startServer({ t });
  const { id, endpoint, connectionString } = server.ready.communication.fanfare;
  assert.equal(id, resourceId('fanfare'));
  assert.equal(endpoint, `https://localhost:${server.port}/`);
  assert.ok(connectionString.startsWith(`endpoint=${endpoint};accesskey=`));
  const { key } = parsed(connectionString);
  assert.equal(Buffer.from(key, 'base64').length, 64);
  const made = await signed('POST', `${endpoint}identities?${VERSION}`, key, { body: {}, ca: server.ca });
  assert.equal(made.status, 201, made.text);
  const shown = await server.arm('GET', id, undefined, ARM_VERSION);
  assert.ok(made.json.identity.id.startsWith(`8:acs:${shown.json.properties.immutableResourceId}_`));
});

test('its ids and keys survive a restart', async (t) => {
  const server = await startServer({ t });
  const keys = async () => (await server.arm('POST', `${resourceId('fanfare')}/listKeys`, {}, ARM_VERSION)).json;
  const immutable = async () =>
    (await server.arm('GET', resourceId('fanfare'), undefined, ARM_VERSION)).json.properties.immutableResourceId;
  const before = [await keys(), await immutable()].map((value) => value.primaryKey ?? value);
  await server.restart();
  assert.deepEqual([await keys(), await immutable()].map((value) => value.primaryKey ?? value), before);
  await server.kill();
  await server.start();
  assert.deepEqual([await keys(), await immutable()].map((value) => value.primaryKey ?? value), before);
});

test('what happens in it reaches webhooks in both schemas, whichever scope they subscribed to', async (t) => {
  const server = await startServer({ t });
  const [grid, cloud] = [await receiver(t), await receiver(t)];
  await subscribe(server, byScope('fanfare', 'by-scope'), { destination: webhook(grid.url) });
  await subscribe(server, byTopic('fanfare', 'by-topic'), {
    destination: webhook(cloud.url),
    eventDeliverySchema: 'CloudEventSchemaV1_0',
    filter: { includedEventTypes: ['Microsoft.Communication.SMSReceived'] },
  });
  const sent = await receive(server, 'hello');
  assert.equal(sent.status, 200, sent.text);

  const [delivery] = await grid.waitFor(1);
  const [event] = delivery.body;
  assert.equal(event.eventType, 'Microsoft.Communication.SMSReceived');
  assert.equal(event.topic.toLowerCase(), resourceId('fanfare').toLowerCase());
  assert.equal(event.data.message, 'hello');
  assert.equal(delivery.headers['aeg-subscription-name'], 'BY-SCOPE');
  const [other] = await cloud.waitFor(1);
  const cloudEvent = Array.isArray(other.body) ? other.body[0] : other.body;
  assert.equal(cloudEvent.type, 'Microsoft.Communication.SMSReceived');
  assert.equal(cloudEvent.source.toLowerCase(), resourceId('fanfare').toLowerCase());
  assert.deepEqual(cloudEvent.data, event.data);
});

test('subscriptions of the resource and of its system topic are the same', async (t) => {
  const server = await startServer({ t });
  const hook = await receiver(t);
  await subscribe(server, byScope('fanfare', 'mine'), { destination: webhook(`${hook.url}?secret=1`) });

  const nested = (await server.arm('GET', byTopic('fanfare', 'mine'))).json;
  assert.equal(nested.id, byTopic('fanfare', 'mine'));
  assert.equal(nested.type, 'Microsoft.EventGrid/systemTopics/eventSubscriptions');
  assert.equal(nested.properties.topic, systemTopicId('fanfare'));
  const extension = (await server.arm('GET', byScope('fanfare', 'mine'))).json;
  assert.equal(extension.id, byScope('fanfare', 'mine'));
  assert.equal(extension.type, 'Microsoft.EventGrid/eventSubscriptions');
  assert.equal(extension.properties.topic, resourceId('fanfare'));
  assert.equal(extension.properties.filter.includedEventTypes ?? null, null);

  const patch = await server.arm('PATCH', byTopic('fanfare', 'mine'), { labels: ['changed'] });
  assert.equal(patch.status, 201, patch.text);
  assert.equal((await server.ended(patch)).status, 'Succeeded');
  assert.deepEqual((await server.arm('GET', byScope('fanfare', 'mine'))).json.properties.labels, ['changed']);
  const full = await server.arm('POST', `${byTopic('fanfare', 'mine')}/getFullUrl`, {});
  assert.equal(full.json.endpointUrl, `${hook.url}?secret=1`);

  const lists = [
    `${resourceId('fanfare')}/providers/Microsoft.EventGrid/eventSubscriptions`,
    `${systemTopicId('fanfare')}/eventSubscriptions`,
    `${GROUP}/providers/Microsoft.EventGrid/eventSubscriptions`,
    `${GROUP}/providers/Microsoft.EventGrid/locations/global/topicTypes/Microsoft.Communication.CommunicationServices/eventSubscriptions`,
  ];
  for (const list of lists) {
    const { json } = await server.arm('GET', list);
    assert.deepEqual(json.value.map(({ name }) => name), ['mine'], list);
  }
  const custom = `${GROUP}/providers/Microsoft.EventGrid/topicTypes/Microsoft.EventGrid.Topics/eventSubscriptions`;
  assert.deepEqual((await server.arm('GET', custom)).json.value, []);

  const removed = await server.arm('DELETE', byTopic('fanfare', 'mine'));
  assert.equal(removed.status, 202, removed.text);
  assert.equal((await server.arm('GET', byScope('fanfare', 'mine'))).status, 404);
});

test('subscriptions are held to the rules of topics', async (t) => {
  const server = await startServer({ t });
  const refused = async (id, properties) => {
    const put = await server.arm('PUT', id, { properties });
    return [put.status, put.json.error.target];
  };
  const destination = webhook('http://127.0.0.1:4990/');
  const filter = { advancedFilters: [{ operatorType: 'StringIn', key: 'data.to' }] };
  assert.deepEqual(await refused(byScope('fanfare', 'x'), { destination }), [400, 'name']);
  assert.equal((await refused(byScope('fanfare', 'mine'), { destination, filter }))[0], 400);
  assert.deepEqual(await refused(byScope('fanfare', 'mine'), { destination, eventDeliverySchema: 'CustomInputSchema' }), [
    400,
    'properties.eventDeliverySchema',
  ]);
  const typo = { includedEventTypes: ['Microsoft.Communication.SMSReceived', 'Microsoft.Communication.SMSRecieved'] };
  assert.deepEqual(await refused(byScope('fanfare', 'mine'), { destination, filter: typo }), [
    400,
    'properties.filter.includedEventTypes',
  ]);
  assert.equal((await refused(byScope('nobody', 'mine'), { destination }))[0], 404);
  assert.equal((await refused(byTopic('nobody', 'mine'), { destination }))[0], 404);
});

test('the system topic is shown, and nobody publishes to it', async (t) => {
  const server = await startServer({ t });
  const { json } = await server.arm('GET', systemTopicId('fanfare'));
  assert.equal(json.id, systemTopicId('fanfare'));
  assert.equal(json.type, 'Microsoft.EventGrid/systemTopics');
  assert.equal(json.location, 'global');
  assert.equal(json.properties.source, resourceId('fanfare'));
  assert.equal(json.properties.topicType, 'Microsoft.Communication.CommunicationServices');
  assert.equal(json.properties.provisioningState, 'Succeeded');
  const list = await server.arm('GET', `${GROUP}/providers/Microsoft.EventGrid/systemTopics`);
  assert.deepEqual(list.json.value.map(({ name }) => name), ['fanfare']);

  const second = await server.arm('PUT', systemTopicId('second'), {
    location: 'global',
    properties: { source: resourceId('fanfare'), topicType: 'Microsoft.Communication.CommunicationServices' },
  });
  assert.equal(second.status, 409, second.text);
  const tagged = await server.arm('PATCH', systemTopicId('fanfare'), { tags: { team: 'blue' } });
  assert.equal(tagged.status, 201, tagged.text);
  assert.deepEqual((await server.arm('GET', systemTopicId('fanfare'))).json.tags, { team: 'blue' });

  const { key } = parsed(server.ready.communication.fanfare.connectionString);
  for (const url of [`${server.http}/topics/fanfare/api/events`, `${server.http}/api/events`]) {
    const host = `fanfare.localhost:${server.port}`;
    const published = await request('POST', url, {
      headers: { host, 'content-type': 'application/json', 'aeg-sas-key': key },
      body: [],
    });
    assert.equal(published.status, 404, published.text);
  }
});

test('a custom topic may have the name of a resource', async (t) => {
  const server = await startServer({ t });
  await server.createTopic('fanfare');
  const published = await server.publish('fanfare', []);
  assert.equal(published.status, 200, published.text);
});

test('its ARM form reads and changes it', async (t) => {
  const server = await startServer({ t });
  const id = resourceId('contoso');
  const body = { location: 'Global', tags: { a: '1' }, properties: { dataLocation: 'Europe' } };
  const put = await server.arm('PUT', id, body, ARM_VERSION);
  assert.equal(put.status, 201, put.text);
  assert.equal((await server.ended(put)).status, 'Succeeded');
  const again = await server.arm('PUT', id, body, ARM_VERSION);
  assert.equal(again.status, 200, again.text);
  assert.equal(again.json.id, id);
  assert.equal(again.json.properties.hostName, `contoso.localhost:${server.port}`);
  assert.equal(again.json.properties.dataLocation, 'Europe');
  assert.match(again.json.properties.immutableResourceId, /^[0-9a-f-]{36}$/);

  const moved = { ...body, properties: { dataLocation: 'Japan' } };
  const refused = await server.arm('PUT', id, moved, ARM_VERSION);
  assert.deepEqual([refused.status, refused.json.error.target], [400, 'properties.dataLocation']);
  const patched = await server.arm('PATCH', id, { tags: { b: '2' } }, ARM_VERSION);
  assert.deepEqual([patched.status, patched.json.tags], [200, { b: '2' }]);
  const list = await server.arm('GET', `${GROUP}/providers/Microsoft.Communication/communicationServices`, undefined, ARM_VERSION);
  assert.deepEqual(list.json.value.map(({ name }) => name), ['contoso', 'fanfare']);
  assert.equal((await server.arm('GET', resourceId('nobody'), undefined, ARM_VERSION)).status, 404);

  const keys = (await server.arm('POST', `${id}/listKeys`, {}, ARM_VERSION)).json;
  assert.equal(keys.primaryConnectionString, `endpoint=https://contoso.localhost:${server.port}/;accesskey=${keys.primaryKey}`);
  const works = (key) => signedTo(server, 'POST', `https://contoso.localhost:${server.port}/identities?${VERSION}`, key, { body: {} });
  assert.equal((await works(keys.primaryKey)).status, 201);
  assert.equal((await works(keys.secondaryKey)).status, 201);
  const renewed = (await server.arm('POST', `${id}/regenerateKey`, { keyType: 'Primary' }, ARM_VERSION)).json;
  assert.notEqual(renewed.primaryKey, keys.primaryKey);
  assert.equal(renewed.secondaryKey, keys.secondaryKey);
  assert.equal((await works(keys.primaryKey)).status, 401);
  assert.equal((await works(renewed.primaryKey)).status, 201);
});

test('resources are kept apart by port and by Host name', async (t) => {
  const folder = scratchFolder(t);
  const port = await freePort();
  const config = `
communication:
  - name: contoso
    immutable_id: 2b5f7c1e-8d39-4a6f-9e0b-c3d1a7f24e58
  - name: northwind
    port: ${port}
    key1: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
    events_revision: 2020-09-18
`;
  const server = await startServer({ t, config, data: path.join(folder, 'data') });
  const { fanfare, contoso, northwind } = server.ready.communication;
  assert.equal(contoso.endpoint, `https://contoso.localhost:${server.port}/`);
  assert.equal(northwind.endpoint, `https://localhost:${port}/`);
  assert.equal(parsed(northwind.connectionString).key, 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=');

  const owner = async ({ endpoint }, key) => {
    const made = await signedTo(server, 'POST', `${endpoint}identities?${VERSION}`, key, { body: {} });
    return made.status === 201 ? made.json.identity.id.slice(6, 42) : made.status;
  };
  const keyOf = (resource) => parsed(resource.connectionString).key;
  assert.equal(await owner(contoso, keyOf(contoso)), '2b5f7c1e-8d39-4a6f-9e0b-c3d1a7f24e58');
  const ids = [await owner(fanfare, keyOf(fanfare)), await owner(contoso, keyOf(contoso)), await owner(northwind, keyOf(northwind))];
  assert.equal(new Set(ids).size, 3, ids.join());
  for (const [at, with_] of [
    [fanfare, contoso],
    [contoso, northwind],
    [northwind, fanfare],
  ]) {
    assert.equal(await owner(at, keyOf(with_)), 401);
  }
});

test('the certificate is for each resource, also for one that comes later', async (t) => {
  const server = await startServer({ t });
  const body = { location: 'global', properties: { dataLocation: 'United States' } };
  await server.arm('PUT', resourceId('later'), body, ARM_VERSION);
  const keys = (await server.arm('POST', `${resourceId('later')}/listKeys`, {}, ARM_VERSION)).json;
  const url = `https://later.localhost:${server.port}/identities?${VERSION}`;
  const at = `https://127.0.0.1:${server.port}/identities?${VERSION}`; // the name is in the handshake
  const made = await eventually(
    async () => (await signed('POST', url, keys.primaryKey, { body: {}, ca: server.ca, at })).status === 201,
    { what: 'a handshake with the new name' },
  );
  assert.ok(made);
});

test('pages of any origin may use it, and none the management of it', async (t) => {
  const server = await startServer({ t });
  const preflight = await request('OPTIONS', `${server.http}/chat/threads?api-version=2025-03-15`, {
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-ms-useragent',
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], '*');
  assert.equal(preflight.headers['access-control-allow-credentials'], undefined);
  assert.match(preflight.headers['access-control-allow-methods'], /POST/);
  assert.equal(preflight.headers['access-control-allow-headers'], 'authorization,content-type,x-ms-useragent');
  const refused = await request('GET', `${server.http}/chat/threads?api-version=2025-03-15`, {
    headers: { origin: 'https://app.example' },
  });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers['access-control-allow-origin'], '*');
  assert.match(refused.headers['access-control-expose-headers'], /x-ms-error-code/);
  const management = await server.arm('GET', resourceId('fanfare'), undefined, {
    ...ARM_VERSION,
    headers: { origin: 'https://app.example' },
  });
  assert.equal(management.status, 403);
  assert.equal(management.headers['access-control-allow-origin'], undefined);
});

test('a Host name of a resource is answered on the paths of its services alone', async (t) => {
  const server = await startServer({ t });
  const at = (path) => request('GET', `${server.http}${path}`, { headers: { host: 'fanfare.example.com' } });
  assert.equal((await at('/chat/threads?api-version=2025-03-15')).status, 401);
  assert.equal((await at(`${resourceId('fanfare')}?api-version=2023-04-01`)).status, 421);
  assert.equal((await at('/healthz')).status, 421);
});

test('requests are counted by area', async (t) => {
  const server = await startServer({ t });
  await request('GET', `${server.http}/chat/threads?api-version=2025-03-15`);
  assert.equal(await server.metric('CommunicationRequestCount', { area: 'chat', statusCode: '401' }), 1);
});

test('without the default resource the first declared one takes its place, and none is no fault', async (t) => {
  const none = await startServer({ t, config: 'default_communication: off\n' });
  assert.deepEqual(none.ready.communication, {});
  const unknown = await request('GET', `${none.http}/chat/threads?api-version=2025-03-15`);
  assert.equal(unknown.status, 404, unknown.text);
  const one = await startServer({ t, config: 'default_communication: off\ncommunication:\n  - name: contoso\n' });
  assert.equal(one.ready.communication.contoso.endpoint, `https://localhost:${one.port}/`);
});

/// A port that nobody listens at now.
async function freePort() {
  const hook = await startReceiver();
  const { port } = new URL(hook.url);
  await hook.close();
  return Number(port);
}
