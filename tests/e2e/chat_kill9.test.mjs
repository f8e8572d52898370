// kill -9 under load: a message that was acknowledged is listed afterwards and its events are delivered, and no event
// tells of a message that is not there.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chat, person, subscribeToResource, threadOf } from './support/chat.mjs';
import { LEVEL, byLevel } from '../support/node/load.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { atEnd, startServer, webhook } from '../support/node/server.mjs';

const kills = byLevel({ short: 5, ci: 30, full: 30 });

async function wholeHistory(server, someone, thread) {
  const messages = [];
  let path = '/{}/messages?maxPageSize=200';
  for (;;) {
    const page = await chat(server, someone, 'GET', path, { ids: [thread] });
    assert.equal(page.status, 200, page.text);
    messages.push(...page.json.value);
    if (!page.json.nextLink) return messages;
    path = `/{}/messages?maxPageSize=200&syncState=${new URL(page.json.nextLink).searchParams.get('syncState')}`;
  }
}

test(`${kills} kills (${LEVEL}): state and events are one`, { timeout: 600_000 }, async (t) => {
  const server = await startServer({ t });
  const hook = await startReceiver();
  atEnd(t, () => hook.close());
  const people = [await person(server), await person(server), await person(server)];
  const threads = [await threadOf(people[0], people.slice(1)), await threadOf(people[1], [people[0]])];
  await subscribeToResource(server, 'all', {
    destination: webhook(hook.url),
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 60 },
  });
  const acknowledged = new Map(threads.map((thread) => [thread, new Map()]));
  let sending = true;
  let number = 0;
  const sender = async (i) => {
    while (sending) {
      const thread = threads[i % threads.length];
      const content = `message ${(number += 1)}`;
      try {
        const sent = await chat(server, people[i % 2], 'POST', '/{}/messages', { ids: [thread], body: { content } });
        if (sent.status === 201) acknowledged.get(thread).set(sent.json.id, content);
      } catch {
        await new Promise((done) => setTimeout(done, 20));
      }
    }
  };
  const senders = Array.from({ length: 8 }, (_, i) => sender(i));
  for (let round = 0; round < kills; round += 1) {
    await new Promise((done) => setTimeout(done, 200 + Math.random() * 800));
    await server.kill();
    await server.start();
  }
  sending = false;
  await Promise.all(senders);
  await server.drained({ timeoutMs: 120_000 });

  const told = new Map();
  for (const { eventType, data } of hook.deliveries.flatMap(({ events }) => events)) {
    if (!eventType.endsWith('.ChatMessageReceived')) continue;
    const key = `${data.threadId} ${data.messageId}`;
    if (!told.has(key)) told.set(key, { body: data.messageBody, recipients: new Set() });
    told.get(key).recipients.add(data.recipientId);
  }
  let count = 0;
  for (const [i, thread] of threads.entries()) {
    const history = await wholeHistory(server, people[0], thread);
    const texts = history.filter(({ type }) => type === 'text');
    const listed = new Map(texts.map((message) => [message.id, message.content.message]));
    assert.equal(listed.size, texts.length, 'no message twice');
    assert.deepEqual(history.map(({ sequenceId }) => Number(sequenceId)), history.map((_, at) => history.length - at));
    for (const [id, content] of acknowledged.get(thread)) assert.equal(listed.get(id), content, `${id} is listed`);
    for (const [id, content] of listed) {
      const event = told.get(`${thread} ${id}`);
      assert.equal(event?.body, content, `${id} has its events`);
      assert.equal(event.recipients.size, i === 0 ? 2 : 1);
      told.delete(`${thread} ${id}`);
    }
    count += acknowledged.get(thread).size;
  }
  assert.deepEqual([...told.keys()], [], 'no event without its message');
  assert.ok(count > 50, `${count} messages`);
  t.diagnostic(`${count} acknowledged messages, ${kills} kills`);
});
