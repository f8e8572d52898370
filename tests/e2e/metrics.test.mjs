// What can be watched: metrics under Azure's names, health, readiness, the history of events and attempts.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, describe, test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

const server = await startServer({ args: ['--virtual-clock'] });
const hook = await startReceiver();
after(() => server.close());
after(() => hook.close());
await server.subscribe('events', 'orders', {
  destination: webhook(hook.url),
  filter: { includedEventTypes: ['Shop.OrderPlaced'] },
  retryPolicy: { maxDeliveryAttempts: 2 },
});

describe('metrics', () => {
  test('count what was published, matched, delivered, failed and given up, by topic and subscription', async () => {
    hook.plan([{ status: 200 }, { status: 500 }, { status: 200 }]);
    await server.publish('events', [event({ id: 'one' })]);
    await server.drained();
    await server.publish('events', [event({ id: 'two' }), event({ id: 'none', eventType: 'Other' })]);
    await server.advance('1h');
    hook.answerWith({ status: 500 });
    await server.publish('events', [event({ id: 'lost' })]);
    await server.advance('1h');
    await server.publish('events', 'no json');
    const of = (name, labels = {}) => server.metric(name, labels);
    const labels = { topic: 'events', eventSubscription: 'orders' };
    assert.equal(await of('PublishSuccessCount', { topic: 'events' }), 4);
    assert.equal(await of('PublishFailCount', { topic: 'events' }), 1);
    assert.equal(await of('MatchedEventCount', labels), 3);
    assert.equal(await of('UnmatchedEventCount', { topic: 'events' }), 1);
    assert.equal(await of('DeliverySuccessCount', labels), 2);
    assert.equal(await of('DeliveryAttemptFailCount', labels), 3);
    assert.equal(await of('DroppedEventCount', labels), 1);
    assert.equal(await of('PublishSuccessLatencyInMs_count', { topic: 'events' }), 3);
    assert.equal(await of('DestinationProcessingDurationInMs_count', labels), 5);
    assert.equal(await of('PendingEventCount', labels), 0);
  });

  test('are Prometheus text that a parser takes line by line', async () => {
    const { status, headers, text } = await request('GET', `${server.http}/metrics`);
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
    for (const line of text.split('\n').filter(Boolean)) {
      assert.match(line, /^(# (HELP|TYPE) \w+ .*|\w+(\{(\w+="[^"]*",?)*\})? (\S+))$/);
    }
  });
});

test('healthz and readyz answer 200, and know no other method', async () => {
  for (const place of ['healthz', 'readyz']) {
    assert.equal((await request('GET', `${server.http}/${place}`)).status, 200);
    assert.equal((await request('POST', `${server.http}/${place}`, { body: '' })).status, 405);
  }
});

describe('the history', () => {
  test('shows published events, newest first, and finds them', async () => {
    const list = async (query) => (await server.operations(`events?${query}`)).json.value;
    const all = await list('topic=events');
    assert.deepEqual(all.map((entry) => entry.event.id), ['lost', 'none', 'two', 'one'].filter((id) => all.some((e) => e.event.id === id)));
    assert.equal(all.length, 4);
    const [two] = await list('id=two');
    assert.equal(two.event.eventType, 'Shop.OrderPlaced');
    assert.deepEqual(two.eventSubscriptions, ['orders']);
    assert.equal((await list('type=Other')).length, 1);
    assert.equal((await list('limit=2')).length, 2);
    assert.equal((await server.operations('events?limit=0')).status, 400);
  });

  test('tells every attempt of an event', async () => {
    const attempts = await server.attempts('eventId=two');
    assert.deepEqual(attempts.map(({ attempt, verdict, status }) => [attempt, verdict, status]), [
      [2, 'Done', 200],
      [1, 'Retry', 500],
    ]);
    assert.equal(attempts[1].outcome, 'GenericError');
    const [given] = await server.attempts('eventId=lost');
    assert.equal(given.verdict, 'Dropped');
  });

  test('is told live, as server-sent events', async (t) => {
    let text = '';
    const call = http.get(`${server.http}/fanfare/v1/tail?topic=events`, (response) => response.on('data', (chunk) => (text += chunk)));
    t.after(() => call.destroy());
    call.on('error', () => {});
    await eventually(async () => {
      hook.answerWith({ status: 200 });
      await server.publish('events', [event({ id: 'live' })]);
      return /^event: event\r?\ndata: .*"live"/m.test(text) && /^event: attempt\r?\ndata: .*"live"/m.test(text);
    }, { everyMs: 100 });
  });

  test('names what is owed in the queues', async () => {
    await server.drained();
    hook.answerWith({ status: 500 });
    await server.publish('events', [event({ id: 'owed' })]);
    const [queue] = await eventually(async () => {
      const { value } = (await server.operations('queues')).json;
      return value[0].pending === 1 && value[0].nextDue && value;
    });
    assert.equal(queue.eventSubscription, 'orders');
    assert.ok(Date.parse(queue.nextDue) > Date.parse(queue.oldestPublished));
  });
});
