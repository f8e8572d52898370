// SMS with the vendor's client over HTTP and HTTPS, the operations that it does not have yet, and the events.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { SmsClient } from '@azure/communication-sms';
import { EventGridDeserializer, isSystemEvent } from '@azure/eventgrid';

import { eventually } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { startServer, webhook } from '../support/node/server.mjs';
import { OWN, SECOND, STRANGER, clientArguments, failure, listen, receive, resourceOf, signed } from '../support/node/sms.mjs';

const smsClient = (...about) => new SmsClient(...clientArguments(...about));

const FIRST = 'api-version=2021-03-07';
const NEWEST = 'api-version=2026-01-23';
const ID = /^Outgoing_\d{14}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const body = (overrides = {}) => ({ from: OWN, smsRecipients: [{ to: STRANGER }], message: 'hi', ...overrides });
const list = async (server, query = '') => (await server.operations(`sms?${query}`)).json.value;
const ended = (server, id) =>
  eventually(async () => (await list(server)).find(({ messageId, state }) => messageId === id && state !== 'Submitted'), {
    what: `the end of ${id}`,
  });

for (const scheme of ['http', 'https']) {
  describe(`the JavaScript client over ${scheme}`, () => {
    let server;
    let client;
    before(async () => {
      server = await startServer({ data: 'memory' });
      client = smsClient(server, scheme);
    });
    after(() => server.close());

    test('sends to several recipients, each answered by itself', async () => {
      const results = await client.send({ from: OWN, to: [STRANGER, '+112345678901', SECOND], message: 'hello' });
      assert.deepEqual(
        results.map(({ to, httpStatusCode, successful }) => [to, httpStatusCode, successful]),
        [
          [STRANGER, 202, true],
          ['+112345678901', 400, false],
          [SECOND, 202, true],
        ],
      );
      assert.match(results[0].messageId, ID);
      assert.equal(results[0].repeatabilityResult, 'accepted');
      assert.ok(!('errorMessage' in results[0]));
      assert.ok(!('messageId' in results[1]));
      assert.equal(results[1].errorMessage, 'Invalid To phone number format.');
    });

    test('takes a report and a tag', async () => {
      const [result] = await client.send(
        { from: OWN, to: [STRANGER], message: 'tagged' },
        { enableDeliveryReport: true, tag: 'campaign' },
      );
      const message = await ended(server, result.messageId);
      assert.equal(message.deliveryReport.tag, 'campaign');
      assert.equal(message.deliveryReport.deliveryStatus, 'Delivered');
    });

    test('is told when the sender is none of the resource', async () => {
      const error = await failure(client.send({ from: '+14255550111', to: [STRANGER], message: 'hello' }));
      assert.equal(error.status, 401);
      assert.match(error.message, /not a number of this resource/);
    });

    test('is told when the sender is no sender at all', async () => {
      const error = await failure(client.send({ from: 'not a sender!', to: [STRANGER], message: 'hello' }));
      assert.equal(error.status, 400);
      assert.match(error.message, /Invalid From phone number format/);
    });

    test('is turned away with a wrong key', async () => {
      const other = smsClient(server, scheme, Buffer.from('another key').toString('base64'));
      assert.equal((await failure(other.send({ from: OWN, to: [STRANGER], message: 'x' }))).status, 401);
    });
  });
}

describe('the send operation', () => {
  let server;
  before(async () => {
    server = await startServer({ data: 'memory' });
  });
  after(() => server.close());
  const send = (payload, query = FIRST) => signed(server, 'POST', `/sms?${query}`, payload);

  test('answers the request of the published sample as the sample does', async () => {
    const id = randomUUID();
    const { status, json } = await send(
      body({
        smsRecipients: [
          { to: '+11234567890' },
          { to: '+112345678901' },
          { to: '+11234567893', repeatabilityRequestId: id, repeatabilityFirstSent: new Date().toUTCString() },
          { to: '+11234567894', repeatabilityRequestId: id },
        ],
        smsSendOptions: { enableDeliveryReport: true, tag: 'testSmsRequest' },
      }),
    );
    assert.equal(status, 202);
    assert.deepEqual(
      json.value.map((item) => Object.keys(item)),
      [
        ['to', 'messageId', 'httpStatusCode', 'successful'],
        ['to', 'httpStatusCode', 'errorMessage', 'successful'],
        ['to', 'messageId', 'httpStatusCode', 'repeatabilityResult', 'successful'],
        ['to', 'httpStatusCode', 'repeatabilityResult', 'errorMessage', 'successful'],
      ],
    );
    assert.equal(json.value[3].repeatabilityResult, 'rejected');
    assert.equal(
      json.value[3].errorMessage,
      'Request sent with Invalid DateTime value for repeatability-first-sent. Expected is DateTime ,RFC1123 pattern.',
    );
  });

  test('a repeated request is answered again and sends nothing', async () => {
    const text = `once ${randomUUID()}`;
    const recipient = { to: STRANGER, repeatabilityRequestId: randomUUID(), repeatabilityFirstSent: new Date().toUTCString() };
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push((await send(body({ message: text, smsRecipients: [recipient] }))).json.value[0]);
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0]);
    assert.equal((await list(server)).filter(({ message }) => message === text).length, 1);
    const other = (await send(body({ message: 'else', smsRecipients: [recipient] }))).json.value[0];
    assert.deepEqual([other.httpStatusCode, other.repeatabilityResult, other.messageId], [400, 'rejected', undefined]);
    const late = { ...recipient, repeatabilityFirstSent: new Date(Date.now() - 301_000).toUTCString() };
    assert.equal((await send(body({ smsRecipients: [late] }))).json.value[0].httpStatusCode, 412);
  });

  test('errors of the whole request are told as each version does', async () => {
    const old = await send(body({ smsRecipients: [] }));
    assert.equal(old.status, 400);
    assert.deepEqual(Object.keys(old.json), ['error']);
    assert.equal(old.headers['x-ms-error-code'], 'BadRequest');
    const { status, json, headers } = await send(body({ smsRecipients: [] }), NEWEST);
    assert.equal(status, 400);
    assert.match(headers['content-type'], /^application\/problem\+json/);
    assert.deepEqual(Object.keys(json), ['type', 'title', 'status', 'errors', 'traceId']);
    assert.deepEqual(json.errors, { smsRecipients: ['must have 1 to 100 entries'] });
    assert.match(json.traceId, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  test('a version must be named and known', async () => {
    assert.equal((await send(body(), '')).json.error.code, 'ApiVersionUnspecified');
    assert.equal((await send(body(), 'api-version=2019-01-01')).status, 400);
    const unsupported = await signed(server, 'POST', `/sms/optouts:add?${FIRST}`, { from: OWN, recipients: [{ to: STRANGER }] });
    assert.equal(unsupported.status, 400);
  });

  test('an altered body is noticed', async () => {
    const { status, json } = await signed(server, 'POST', `/sms?${FIRST}`, body(), { sent: body({ message: 'altered' }) });
    assert.deepEqual([status, json.error.code], [401, 'Denied']);
  });

  test('beyond its rate a sender is told how long to wait', async (t) => {
    const limited = await startServer({ t, data: 'memory', config: 'sms:\n  rates:\n    other: 2\n' });
    const go = () => signed(limited, 'POST', `/sms?${FIRST}`, body());
    assert.equal((await go()).status, 202);
    assert.equal((await go()).status, 202);
    const { status, json, headers } = await go();
    assert.equal(status, 429);
    assert.equal(json.error.code, 'TooManyRequests');
    assert.ok(Number(headers['retry-after']) >= 1 && Number(headers['retry-after']) <= 60);
  });
});

describe('opting out', () => {
  let server;
  before(async () => {
    server = await startServer({ data: 'memory' });
  });
  after(() => server.close());
  const optouts = (action, to = STRANGER, from = OWN) =>
    signed(server, 'POST', `/sms/optouts:${action}?${NEWEST}`, { from, recipients: [{ to }] });
  const sent = async () => {
    const { json } = await signed(server, 'POST', `/sms?${NEWEST}`, body());
    return ended(server, json.value[0].messageId);
  };

  test('recipients are added, checked and removed', async () => {
    assert.deepEqual((await optouts('check')).json, { value: [{ to: STRANGER, httpStatusCode: 200, isOptedOut: false }] });
    assert.deepEqual((await optouts('add')).json, { value: [{ to: STRANGER, httpStatusCode: 200 }] });
    assert.equal((await optouts('check')).json.value[0].isOptedOut, true);
    const blocked = await sent();
    assert.equal(blocked.deliveryReport.deliveryStatusDetails, '4007: Sender blocked for given recipient.');
    assert.deepEqual((await optouts('remove')).json, { value: [{ to: STRANGER, httpStatusCode: 200 }] });
    assert.equal((await sent()).state, 'Delivered');
  });

  test('mistakes are told by recipient, or for the whole request', async () => {
    const { json } = await optouts('check', 'nobody');
    assert.deepEqual(json.value, [
      { to: 'nobody', httpStatusCode: 400, errorMessage: 'Invalid recipient phone number format' },
    ]);
    assert.equal((await optouts('add', STRANGER, '+14255550111')).status, 401);
    const empty = await signed(server, 'POST', `/sms/optouts:add?${NEWEST}`, { from: OWN, recipients: [] });
    assert.deepEqual(empty.json.errors, { recipients: ['must have 1 to 100 entries'] });
  });

  test('STOP closes, START opens', async () => {
    assert.equal((await receive(server, { from: STRANGER, to: OWN, message: 'Stop' })).status, 200);
    assert.equal((await optouts('check')).json.value[0].isOptedOut, true);
    assert.equal((await sent()).state, 'Failed');
    await receive(server, { from: STRANGER, to: OWN, message: 'START' });
    assert.equal((await sent()).state, 'Delivered');
  });
});

describe('delivery reports', () => {
  let server;
  let hook;
  const config = [
    'sms:',
    '  loopback:',
    '    scripts:',
    '      - prefix: "+4915"',
    '        attempts:',
    '          - {fate: failed, code: 4006, detail: Phone is off., after: 10s}',
    '          - {fate: failed, code: 4004, detail: No such phone., after: 1m}',
    '      - prefix: "+4916"',
    '        attempts: [{fate: delivered, after: 20h}]',
    '',
  ].join('\n');
  before(async () => {
    server = await startServer({ data: 'memory', config, args: ['--virtual-clock'] });
    hook = await startReceiver();
    await listen(server, 'reports', {
      destination: webhook(hook.url),
      filter: { includedEventTypes: ['Microsoft.Communication.SMSDeliveryReportReceived'] },
    });
  });
  after(() => Promise.all([server.close(), hook.close()]));

  const send = async (overrides, options) =>
    (await signed(server, 'POST', `/sms?${NEWEST}`, body({ smsSendOptions: options, ...overrides }))).json.value[0].messageId;
  const reportOf = (id) => signed(server, 'GET', `/deliveryReports/${id}?${NEWEST}`);

  test('tell every attempt, as an event and when asked', async () => {
    const id = await send({ message: '\u20ac'.repeat(81) }, { enableDeliveryReport: true, tag: 'mine' });
    const early = await reportOf(id);
    assert.equal(early.status, 404);
    assert.deepEqual(Object.keys(early.json), ['type', 'title', 'status', 'traceId']);
    await server.advance('2m');
    const [delivery] = await hook.waitFor(1, { where: ({ text }) => text.includes(id) });
    const { data, subject } = delivery.events[0];
    assert.equal(subject, '/phonenumber/15555550100');
    assert.equal(data.deliveryStatus, 'Failed');
    assert.equal(data.deliveryStatusDetails, '4004: No such phone.');
    assert.equal(data.tag, 'mine');
    assert.deepEqual(
      data.deliveryAttempts.map(({ segmentsSucceeded, segmentsFailed }) => [segmentsSucceeded, segmentsFailed]),
      [
        [0, 2],
        [0, 2],
      ],
    );
    const { status, json } = await reportOf(id);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), [
      'deliveryStatus',
      'deliveryStatusDetails',
      'deliveryAttempts',
      'receivedTimestamp',
      'tag',
      'messageId',
      'from',
      'to',
    ]);
    assert.equal(json.deliveryAttempts[0].timestamp, data.deliveryAttempts[1].timestamp, 'the newest comes first');
  });

  test('come as a failure when none came in time', async () => {
    const id = await send(
      { smsRecipients: [{ to: '+491612345678' }] },
      { enableDeliveryReport: true, deliveryReportTimeoutInSeconds: 60 },
    );
    await server.advance('61s');
    const { json } = await reportOf(id);
    assert.equal(json.deliveryStatus, 'Failed');
    assert.match(json.deliveryStatusDetails, /^5002: /);
    assert.equal((await hook.waitFor(1, { where: ({ text }) => text.includes(id) })).length, 1);
  });

  test('of unknown messages are not found', async () => {
    const id = 'Outgoing_202009180022138813a09b-0cbf-4304-9b03-1546683bb910';
    assert.equal((await reportOf(id)).status, 404);
    assert.equal((await reportOf('nonsense')).status, 404);
  });
});

describe('received messages', () => {
  let server;
  let hook;
  before(async () => {
    server = await startServer({ data: 'memory' });
    hook = await startReceiver();
    await listen(server, 'grid', { destination: webhook(`${hook.url}/grid`) });
    await listen(server, 'cloud', { destination: webhook(`${hook.url}/cloud`), eventDeliverySchema: 'CloudEventSchemaV1_0' });
  });
  after(() => Promise.all([server.close(), hook.close()]));

  test('are events that the vendor\'s parser knows, in both schemas', async () => {
    const { json } = await receive(server, { from: STRANGER, to: OWN, message: 'Great to connect' });
    const at = (place) => hook.waitFor(1, { where: ({ path, text }) => path === `/hook/${place}` && text.includes(json.messageId) });
    const [[grid], [cloud]] = [await at('grid'), await at('cloud')];
    const deserializer = new EventGridDeserializer();
    const [event] = await deserializer.deserializeEventGridEvents(grid.text);
    assert.ok(isSystemEvent('Microsoft.Communication.SMSReceived', event));
    assert.equal(event.id, json.messageId);
    assert.equal(event.subject, '/phonenumber/15555550100');
    assert.equal(event.topic, resourceOf(server).id.toLowerCase());
    assert.equal(event.data.message, 'Great to connect');
    assert.equal(event.data.from, STRANGER.slice(1));
    assert.equal(event.data.to, OWN.slice(1));
    assert.equal(event.data.segmentCount, 1);
    const [cloudEvent] = await deserializer.deserializeCloudEvents(cloud.text);
    assert.ok(isSystemEvent('Microsoft.Communication.SMSReceived', cloudEvent));
    assert.deepEqual(cloudEvent.data, event.data);
  });

  test('go from number to number of the same server', async () => {
    const [result] = await smsClient(server).send({ from: SECOND, to: [OWN], message: 'from me to me' });
    const [delivery] = await hook.waitFor(1, { where: ({ path, text }) => path === '/hook/grid' && text.includes('from me to me') });
    assert.equal(delivery.events[0].eventType, 'Microsoft.Communication.SMSReceived');
    assert.equal((await ended(server, result.messageId)).state, 'Delivered');
  });

  test('for nobody are refused', async () => {
    assert.equal((await receive(server, { from: STRANGER, to: '+14255550177', message: 'hi' })).status, 404);
    assert.equal((await receive(server, { from: '?', to: OWN, message: 'hi' })).status, 400);
    assert.equal((await receive(server, { from: STRANGER, to: OWN })).status, 400);
  });

  test('are listed with the sent ones, the newest first, in pages', async () => {
    for (let i = 0; i < 5; i += 1) await receive(server, { from: STRANGER, to: OWN, message: `number ${i}` });
    const seen = [];
    let next = '/fanfare/v1/sms?top=2';
    while (next && seen.length < 5) {
      const page = (await server.operations(next.slice('/fanfare/v1/'.length))).json;
      assert.equal(page.value.length, 2);
      seen.push(...page.value);
      next = page.nextLink;
    }
    assert.deepEqual(
      seen.slice(0, 5).map(({ message, direction, state }) => [message, direction, state]),
      [4, 3, 2, 1, 0].map((i) => [`number ${i}`, 'received', 'Received']),
    );
  });
});

test('events are told in the vocabulary of the resource', async (t) => {
  const config = 'communication:\n  - name: fanfare\n    events_revision: 2020-09-18\n';
  const server = await startServer({ t, data: 'memory', config });
  const hook = await startReceiver();
  t.after(() => hook.close());
  await listen(server, 'all', { destination: webhook(hook.url) });
  await receive(server, { from: STRANGER, to: OWN, message: 'old words' });
  const [delivery] = await hook.waitFor(1);
  assert.deepEqual(Object.keys(delivery.events[0].data), ['MessageId', 'From', 'To', 'Message', 'ReceivedTimestamp']);
  await smsClient(server).send({ from: OWN, to: [STRANGER], message: 'x' }, { enableDeliveryReport: true, tag: 't' });
  const [report] = await hook.waitFor(1, { where: ({ text }) => text.includes('DeliveryReport') });
  assert.deepEqual(Object.keys(report.events[0].data), [
    'MessageId',
    'From',
    'To',
    'DeliveryStatus',
    'DeliveryStatusDetails',
    'ReceivedTimestamp',
    'DeliveryAttempts',
  ]);
  assert.equal(report.events[0].data.DeliveryStatusDetails, 'No error.');
});
