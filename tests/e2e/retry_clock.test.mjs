// D5: the retry schedule, walked through under a virtual clock: a day and more in a moment.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { startReceiver } from '../support/node/receiver.mjs';
import { CLOUD_EVENT, cloudEvent, event, startServer, webhook } from '../support/node/server.mjs';

const minutes = (n) => n * 60_000;
const hours = (n) => n * 3_600_000;
// Event Grid message delivery and retry: elapsed time since the first attempt.
const schedule = [10_000, 30_000, minutes(1), minutes(5), minutes(10), minutes(30), hours(1), hours(3), hours(6), hours(12), hours(24)];
const container = {
  endpointType: 'StorageBlob',
  properties: {
    resourceId: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/store',
    blobContainerName: 'given-up',
  },
};

async function failing(t, { answer = { status: 500 }, properties = {}, config } = {}) {
  const server = await startServer({ t, args: ['--virtual-clock'], config });
  const hook = await startReceiver({ answer });
  t.after(() => hook.close());
  await server.subscribe('events', 'Orders', { destination: webhook(hook.url), ...properties });
  return { server, hook };
}

/// When each attempt began, in ms after the first.
async function elapsed(server) {
  // An event whose time to live has passed is given up without another attempt, and listed so.
  const attempts = (await server.attempts('eventSubscription=Orders')).filter(({ reason }) => reason !== 'TimeToLiveExceeded');
  const times = attempts.map(({ time }) => Date.parse(time)).sort((a, b) => a - b);
  return times.map((time) => time - times[0]);
}

/// Each dead letter of the folder as {name, letter}.
function deadLetters(server) {
  const folder = path.join(server.data, 'deadletter');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, letter: JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) }));
}

describe('the schedule', () => {
  test('D5: is the documented one over a whole day, each step at most a tenth late', async (t) => {
    const { server, hook } = await failing(t, { config: 'delivery:\n  probation_after_failures: 1000\n' });
    await server.publish('events', [event()]);
    const began = Date.now();
    await server.advance('25h');
    const took = Date.now() - began;
    t.diagnostic(`D5: 25 hours in ${took} ms`);
    const times = await elapsed(server);
    const expected = [0, ...schedule].filter((due) => due < hours(24));
    assert.ok(times.length >= expected.length, `${times.length} attempts`);
    for (const [n, due] of expected.entries()) {
      assert.ok(times[n] >= due, `attempt ${n + 1} at ${times[n]} ms, not before ${due}`);
      assert.ok(times[n] <= due * 1.1 + 1000, `attempt ${n + 1} at ${times[n]} ms, due at ${due}`);
    }
    assert.deepEqual(
      hook.deliveries.map(({ headers }) => headers['aeg-delivery-count']),
      times.map((_, n) => String(n)),
    );
  });

  test('waits two minutes after 408 and half a minute after 503', async (t) => {
    for (const [status, least] of [[408, minutes(2)], [503, 30_000]]) {
      const { server } = await failing(t, { answer: { status } });
      await server.publish('events', [event()]);
      await server.advance('10m');
      const [, second] = await elapsed(server);
      assert.ok(second >= least && second <= least * 1.1 + 1000, `${status}: second attempt after ${second} ms`);
    }
  });

  test('survives a restart: what is due later is tried later, once', async (t) => {
    const { server, hook } = await failing(t);
    await server.publish('events', [event({ id: 'kept' })]);
    await server.advance('2m');
    const before = hook.deliveries.length;
    hook.answerWith({ status: 200 });
    await server.restart();
    await server.advance('1h');
    assert.equal(hook.deliveries.length, before + 1);
    assert.equal(hook.deliveries.at(-1).headers['aeg-delivery-count'], String(before));
    assert.equal(hook.deliveries.at(-1).events[0].id, 'kept');
    assert.equal((await server.status()).pending, 0);
  });

  test('can be another one', async (t) => {
    const { server } = await failing(t, { config: 'delivery:\n  retry_schedule: [2s, 4s]\n  retry_jitter: 0\n', properties: { retryPolicy: { maxDeliveryAttempts: 3 } } });
    await server.publish('events', [event()]);
    await server.advance('1h');
    const times = await elapsed(server);
    assert.equal(times.length, 3);
    assert.ok(times[1] >= 2000);
  });
});

describe('giving up', () => {
  test('after the last attempt writes one dead letter with all that is documented', async (t) => {
    const { server, hook } = await failing(t, {
      answer: { status: 503 },
      properties: { retryPolicy: { maxDeliveryAttempts: 3 }, deadLetterDestination: container },
    });
    const sent = event({ id: 'lost' });
    await server.publish('events', [sent]);
    await server.advance('1d');
    assert.equal(hook.deliveries.length, 3);
    const [{ name, letter }, ...others] = deadLetters(server);
    assert.equal(others.length, 0);
    assert.match(name, /^given-up\/ORDERS\/\d{4}\/[1-9]\d?\/[1-9]\d?\/\d{1,2}\/[0-9a-f-]{36}\.json$/i);
    const [{ deadLetterReason, deliveryAttempts, lastDeliveryOutcome, publishTime, lastDeliveryAttemptTime, ...rest }] = letter;
    assert.equal(letter.length, 1);
    assert.equal(deadLetterReason, 'MaxDeliveryAttemptsExceeded');
    assert.equal(deliveryAttempts, 3);
    assert.equal(lastDeliveryOutcome, 'Busy');
    assert.ok(Date.parse(publishTime) < Date.parse(lastDeliveryAttemptTime));
    assert.deepEqual(rest, { ...sent, topic: server.topic('events').id, metadataVersion: '1' });
    assert.equal(await server.metric('DeadLetteredCount'), 1);
    assert.equal((await server.status()).pending, 0);
  });

  test('at the end of its time to live, which is looked at when the next attempt is due', async (t) => {
    const { server, hook } = await failing(t, {
      properties: { retryPolicy: { eventTimeToLiveInMinutes: 2 }, deadLetterDestination: container },
    });
    await server.publish('events', [event()]);
    await server.advance('4m');
    assert.equal(hook.deliveries.length, 4, 'at once, after 10 s, 30 s and 1 min');
    assert.equal(deadLetters(server).length, 0, 'the fifth attempt is not due yet');
    await server.advance('3m');
    assert.equal(hook.deliveries.length, 4);
    assert.equal(deadLetters(server)[0].letter[0].deadLetterReason, 'TimeToLiveExceeded');
  });

  test('at once after an answer that is final', async (t) => {
    const { server } = await failing(t, { answer: { status: 400 }, properties: { deadLetterDestination: container } });
    await server.publish('events', [event()]);
    await server.drained();
    const [{ letter }] = deadLetters(server);
    assert.equal(letter[0].lastDeliveryOutcome, 'BadRequest');
    assert.equal(letter[0].deliveryAttempts, 1);
    assert.match(letter[0].deadLetterReason, /^UndeliverableDueToHttp/);
  });

  test('a CloudEvent carries the same as extension attributes', async (t) => {
    const { server, hook } = await failing(t, {});
    await server.createTopic('cloud', { inputSchema: 'CloudEventSchemaV1_0' });
    await server.subscribe('cloud', 'Orders', {
      destination: webhook(hook.url),
      eventDeliverySchema: 'CloudEventSchemaV1_0',
      retryPolicy: { maxDeliveryAttempts: 1 },
      deadLetterDestination: container,
    });
    const sent = cloudEvent();
    await server.publish('cloud', sent, { headers: { 'content-type': CLOUD_EVENT } });
    await server.drained();
    const [{ deadletterreason, deliveryattempts, lastdeliveryoutcome, publishtime, ...rest }] = deadLetters(server)[0].letter;
    assert.equal(deadletterreason, 'MaxDeliveryAttemptsExceeded');
    assert.equal(deliveryattempts, 1);
    assert.equal(lastdeliveryoutcome, 'GenericError');
    assert.ok(Date.parse(publishtime));
    delete rest.lastdeliveryattempttime;
    assert.deepEqual(rest, sent);
  });

  test('without a destination drops the event and counts it', async (t) => {
    const { server } = await failing(t, { properties: { retryPolicy: { maxDeliveryAttempts: 1 } } });
    await server.publish('events', [event()]);
    await server.drained();
    assert.equal(await server.metric('DroppedEventCount'), 1);
    const [attempt] = await server.attempts();
    assert.equal(attempt.verdict, 'Dropped');
  });

  test('D9: a dead letter is listed with the time of the clock that gave it up', async (t) => {
    const { server } = await failing(t, { properties: { retryPolicy: { maxDeliveryAttempts: 3 }, deadLetterDestination: container } });
    await server.publish('events', [event()]);
    await server.advance('30d');
    const { value } = (await server.operations('deadletters')).json;
    const last = (await server.attempts('eventSubscription=Orders')).find(({ verdict }) => verdict === 'DeadLettered');
    const late = Date.parse(value[0].written ?? value[0].time) - Date.parse(last.time);
    assert.ok(late >= 0 && late < 60_000, `${JSON.stringify(value[0])} after ${last.time}`);
  });

  test('a dead letter can be listed, read and published again', async (t) => {
    const { server, hook } = await failing(t, {
      answer: { status: 400 },
      properties: { deadLetterDestination: container },
    });
    await server.publish('events', [event({ id: 'again' })]);
    await server.drained();
    const { value } = (await server.operations('deadletters')).json;
    assert.equal(value.length, 1);
    assert.equal(value[0].container, 'given-up');
    assert.equal(value[0].eventSubscription.toLowerCase(), 'orders');
    const read = await server.operations(`deadletters/${value[0].name}`);
    assert.equal(JSON.parse(read.text)[0].id, 'again');

    const other = await startReceiver();
    t.after(() => other.close());
    await server.subscribe('events', 'other', { destination: webhook(other.url) });
    hook.answerWith({ status: 200 });
    const replayed = await server.operations('deadletters:replay', { method: 'POST', body: { names: [value[0].name] } });
    assert.deepEqual(replayed.json, { replayed: 1 });
    await hook.waitFor(2);
    await server.drained();
    assert.equal(hook.deliveries.at(-1).events[0].id, 'again');
    assert.equal(hook.deliveries.at(-1).events[0].deadLetterReason, undefined);
    assert.equal(other.deliveries.length, 0, 'for that subscription alone');
  });
});

describe('an endpoint that keeps failing', () => {
  test('is left alone for a while, then probed, then gets everything', async (t) => {
    const { server, hook } = await failing(t, { answer: { status: 404 } });
    await server.publish('events', Array.from({ length: 200 }, (_, n) => event({ id: `e${n}` })));
    await server.advance('1s');
    const tried = hook.deliveries.length;
    assert.ok(tried >= 10 && tried < 100, `${tried} deliveries before it was held back`);
    await server.publish('events', [event({ id: 'fresh' })]);
    await server.advance('1m');
    assert.ok(!hook.events.some(({ id }) => id === 'fresh'), 'new events wait too');
    hook.answerWith({ status: 200 });
    await server.advance('2h');
    assert.equal(new Set(hook.deliveries.filter(({ answer }) => answer.status === 200).map(({ events }) => events[0].id)).size, 201);
    assert.equal((await server.status()).pending, 0);
  });
});

test('without --virtual-clock nobody moves the time', async (t) => {
  const server = await startServer({ t });
  const answer = await server.operations('clock:advance', { method: 'POST', body: { by: '1m' } });
  assert.equal(answer.status, 409);
  assert.equal((await server.operations('clock')).json.virtual, false);
});
