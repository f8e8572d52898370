// Every filter, end to end: for each case one event that must arrive and one that must not.
// The rules and what happens when a key is missing: docs/parity.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startReceiver } from '../support/node/receiver.mjs';
import { CLOUD_EVENTS_BATCH, cloudEvent, event, startServer, webhook } from '../support/node/server.mjs';

const server = await startServer();
const hook = await startReceiver();
after(() => server.close());
after(() => hook.close());
await server.createTopic('cloud', { inputSchema: 'CloudEventSchemaV1_0' });

const one = (operatorType, key, value) => ({ advancedFilters: [{ operatorType, key, value }] });
const many = (operatorType, key, ...values) => ({ advancedFilters: [{ operatorType, key, values }] });
const data = (value) => ({ data: value });
const n = (value) => data({ n: value });
const s = (value) => data({ s: value });
const arrays = (filter) => ({ ...filter, enableAdvancedFilteringOnArrays: true });

// [what, filter, an event that matches, an event that does not]
const cases = [
  ['event type', { includedEventTypes: ['A', 'B'] }, { eventType: 'B' }, { eventType: 'C' }],
  ['event types All means every one', { includedEventTypes: ['All'] }, { eventType: 'whatever' }, null],
  ['subject begins with', { subjectBeginsWith: 'blobs/a' }, { subject: 'blobs/a/1' }, { subject: 'blobs/b' }],
  ['subject ends with', { subjectEndsWith: '.jpg' }, { subject: 'x/y.jpg' }, { subject: 'x/y.jpg.txt' }],
  ['subject ignores case', { subjectBeginsWith: 'BLOBS' }, { subject: 'blobs/1' }, { subject: 'logs/1' }],
  ['subject minds case when told', { subjectBeginsWith: 'Blobs', isSubjectCaseSensitive: true }, { subject: 'Blobs/1' }, { subject: 'blobs/1' }],
  ['a leading slash counts on neither side', { subjectBeginsWith: '/blobs' }, { subject: 'blobs/1' }, { subject: 'x/blobs' }],

  ['NumberIn', many('NumberIn', 'data.n', 3, 5), n(5), n(4)],
  ['NumberIn, missing', many('NumberIn', 'data.n', 3), n(3), data({})],
  ['NumberNotIn', many('NumberNotIn', 'data.n', 3, 5), n(4), n(5)],
  ['NumberNotIn, missing matches', many('NumberNotIn', 'data.n', 3), data({}), n(3)],
  ['NumberLessThan', one('NumberLessThan', 'data.n', 10), n(9.999), n(10)],
  ['NumberLessThanOrEquals', one('NumberLessThanOrEquals', 'data.n', 10), n(10), n(10.001)],
  ['NumberGreaterThan', one('NumberGreaterThan', 'data.n', -1), n(0), n(-1)],
  ['NumberGreaterThanOrEquals', one('NumberGreaterThanOrEquals', 'data.n', 10), n(10), n(9)],
  ['NumberGreaterThan, a text is no number', one('NumberGreaterThan', 'data.n', 1), n(2), n('2')],
  ['NumberInRange', many('NumberInRange', 'data.n', [1, 2], [10, 20]), n(20), n(5)],
  ['NumberNotInRange', many('NumberNotInRange', 'data.n', [1, 2], [10, 20]), n(5), n(1)],
  ['NumberNotInRange, missing matches', many('NumberNotInRange', 'data.n', [1, 2]), data({}), n(2)],
  ['BoolEquals', one('BoolEquals', 'data.b', true), data({ b: true }), data({ b: false })],
  ['BoolEquals false, missing', one('BoolEquals', 'data.b', false), data({ b: false }), data({})],
  ['StringIn', many('StringIn', 'data.s', 'red', 'blue'), s('BLUE'), s('green')],
  ['StringNotIn', many('StringNotIn', 'data.s', 'red'), s('green'), s('Red')],
  ['StringNotIn, missing matches', many('StringNotIn', 'data.s', 'red'), data({}), s('red')],
  ['StringContains', many('StringContains', 'data.s', 'ell', 'xyz'), s('hELLo'), s('help')],
  ['StringNotContains', many('StringNotContains', 'data.s', 'ell'), s('help'), s('hello')],
  ['StringNotContains, missing does not match', many('StringNotContains', 'data.s', 'ell'), s('x'), data({})],
  ['StringBeginsWith', many('StringBeginsWith', 'data.s', 'he'), s('Hello'), s('ohe')],
  ['StringNotBeginsWith', many('StringNotBeginsWith', 'data.s', 'he'), s('ohe'), s('Hello')],
  ['StringNotBeginsWith, missing does not match', many('StringNotBeginsWith', 'data.s', 'he'), s('x'), data({})],
  ['StringEndsWith', many('StringEndsWith', 'data.s', 'lo'), s('HELLO'), s('lol')],
  ['StringNotEndsWith', many('StringNotEndsWith', 'data.s', 'lo'), s('lol'), s('hello')],
  ['IsNullOrUndefined', { advancedFilters: [{ operatorType: 'IsNullOrUndefined', key: 'data.s' }] }, data({}), s('x')],
  ['IsNullOrUndefined, null', { advancedFilters: [{ operatorType: 'IsNullOrUndefined', key: 'data.s' }] }, s(null), s('')],
  ['IsNotNull', { advancedFilters: [{ operatorType: 'IsNotNull', key: 'data.s' }] }, s(''), s(null)],

  ['nested keys', many('StringIn', 'data.a.b.c.d', 'deep'), data({ a: { b: { c: { d: 'deep' } } } }), data({ a: { b: {} } })],
  ['keys of the envelope, in any case', many('StringBeginsWith', 'Subject', 'orders/'), { subject: 'orders/1' }, { subject: 'x' }],
  ['the key EventType', many('StringEndsWith', 'eventtype', 'Placed'), { eventType: 'OrderPlaced' }, { eventType: 'OrderSent' }],
  ['the key Id', many('StringContains', 'Id', '-yes'), {}, {}],
  ['filters are joined by and', { advancedFilters: [...one('NumberGreaterThan', 'data.n', 1).advancedFilters, ...one('NumberLessThan', 'data.n', 5).advancedFilters] }, n(3), n(7)],
  ['a subject filter and an advanced filter', { subjectBeginsWith: 'orders', ...one('BoolEquals', 'data.b', true) }, data({ b: true }), { subject: 'x', data: { b: true } }],
  ['an array does not match by default', many('StringIn', 'data.s', 'a'), s('a'), s(['a'])],
  ['an array matches by any element when enabled', arrays(many('StringIn', 'data.s', 'a', 'c')), s(['b', 'C']), s(['b'])],
  ['a negation needs every element when enabled', arrays(many('StringNotIn', 'data.s', 'a')), s(['b', 'c']), s(['b', 'a'])],
  ['numbers of an array when enabled', arrays(one('NumberGreaterThan', 'data.n', 10)), n([1, 11]), n([1, 2])],
  ['data that is no object has no keys', many('StringNotIn', 'data.s', 'a'), data('text'), s('a')],
];

const nameOf = (what) => what.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 60);
const idsOf = (path) => hook.deliveries.filter((d) => d.path === path).flatMap((d) => d.events.map(({ id }) => id));

describe('events of the Event Grid schema', () => {
  before(async () => {
    for (const [what, filter] of cases) {
      await server.subscribe('events', nameOf(what), { destination: webhook(`${hook.url}/${nameOf(what)}`), filter });
    }
    for (const [what, , yes, no] of cases) {
      const sent = [event({ ...yes, id: `${nameOf(what)}-yes` })];
      if (no) sent.push(event({ ...no, id: `${nameOf(what)}-no` }));
      assert.equal((await server.publish('events', sent)).status, 200);
    }
    await server.drained();
  });

  for (const [what] of cases) {
    test(what, () => {
      const ids = idsOf(`/hook/${nameOf(what)}`);
      assert.ok(ids.includes(`${nameOf(what)}-yes`), 'the event that fits arrives');
      assert.ok(!ids.includes(`${nameOf(what)}-no`), 'the event that does not fit stays away');
    });
  }
});

describe('CloudEvents', () => {
  const rows = [
    ['type', { includedEventTypes: ['t1'] }, { type: 't1' }, { type: 't2' }],
    ['source', many('StringBeginsWith', 'source', '/shop/7'), { source: '/shop/7/a' }, { source: '/shop/8' }],
    ['an extension attribute', many('StringIn', 'priority', 'high'), { priority: 'high' }, { priority: 'low' }],
    ['an extension that is a number', many('StringBeginsWith', 'level', '5'), { level: 57 }, { level: 4 }],
    ['data', one('NumberGreaterThan', 'data.total', 10), data({ total: 11 }), data({ total: 9 })],
    ['subject', { subjectEndsWith: '/1' }, { subject: 'orders/1' }, { subject: 'orders/2' }],
  ];
  before(async () => {
    for (const [what, filter] of rows) {
      await server.subscribe('cloud', nameOf(`ce ${what}`), {
        destination: webhook(`${hook.url}/${nameOf(`ce ${what}`)}`),
        eventDeliverySchema: 'CloudEventSchemaV1_0',
        filter,
      });
    }
    for (const [what, , yes, no] of rows) {
      const sent = [cloudEvent({ ...yes, id: `${nameOf(what)}-yes` }), cloudEvent({ ...no, id: `${nameOf(what)}-no` })];
      const answer = await server.publish('cloud', sent, { headers: { 'content-type': CLOUD_EVENTS_BATCH } });
      assert.equal(answer.status, 200, answer.text);
    }
    await server.drained();
  });
  for (const [what] of rows) {
    test(`by ${what}`, () => {
      const ids = idsOf(`/hook/${nameOf(`ce ${what}`)}`);
      assert.ok(ids.includes(`${nameOf(what)}-yes`));
      assert.ok(!ids.includes(`${nameOf(what)}-no`));
    });
  }
});

describe('numbers above 2^53 compare exactly', () => {
  const publishText = async (id, number) => {
    const text = JSON.stringify([event({ id, data: { n: 0 } })]).replace('"n":0', `"n":${number}`);
    assert.equal((await server.publish('events', text)).status, 200);
  };
  const subscribeText = async (name, operatorType, text) => {
    const body = JSON.stringify({
      properties: { destination: webhook(`${hook.url}/${name}`), filter: one(operatorType, 'data.n', 0) },
    }).replace('"value":0', text);
    const put = await server.arm('PUT', server.subscriptionId('events', name), body);
    assert.equal((await server.ended(put)).status, 'Succeeded', put.text);
  };

  test('equality and order tell 9007199254740993 from 9007199254740992', async () => {
    await subscribeText('exact-in', 'NumberIn', '"values":[9007199254740993]');
    await subscribeText('exact-greater', 'NumberGreaterThan', '"value":9007199254740992');
    await publishText('big-equal', '9007199254740993');
    await publishText('big-less', '9007199254740992');
    await server.drained();
    assert.deepEqual(idsOf('/hook/exact-in').filter((id) => id.startsWith('big-')), ['big-equal']);
    assert.deepEqual(idsOf('/hook/exact-greater').filter((id) => id.startsWith('big-')), ['big-equal']);
  });

  test('a chat message version of the samples keeps all its digits', async () => {
    await subscribeText('version', 'NumberIn', '"values":[1600390033176]');
    await publishText('version-yes', '1600390033176');
    await publishText('version-no', '1600390033177');
    await server.drained();
    assert.deepEqual(idsOf('/hook/version').filter((id) => id.startsWith('version-')), ['version-yes']);
  });
});
