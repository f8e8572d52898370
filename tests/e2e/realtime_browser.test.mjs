// Real-time notifications with the official chat client, unchanged, in a browser.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { startBrowser } from './support/browser.mjs';
import { ROOT, startServer } from '../support/node/server.mjs';
import { createUser, revokeTokens } from './support/users.mjs';

const SCRIPT = path.join(ROOT, 'tests/e2e/support/realtime_page.mjs');

const endpointOf = (server) => server.ready.communication.fanfare.endpoint;
const rawId = (identifier) => identifier.communicationUserId;
const reference = (user) => ({ communicationUserId: user.id });

// One server and one browser for all; each test has users of its own.
let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await startBrowser({ server, script: SCRIPT });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/// A page in which `user` listens.
async function listening(t, user, options) {
  const page = await browser.open(t, options);
  await page.evaluate(([endpoint, token]) => listen(endpoint, token), [endpointOf(server), user.token]);
  return page;
}

const heardIn = (page, kind) => page.evaluate((wanted) => heard.filter((each) => each.kind === wanted).map((each) => each.event), kind);

/// The notifications of a kind, once there are as many as that.
async function hears(page, kind, count = 1) {
  const events = await eventually(
    async () => {
      const all = await heardIn(page, kind);
      return all.length >= count && all;
    },
    { what: `${count} × ${kind}` },
  );
  assert.equal(events.length, count, kind);
  return events;
}

const connections = (page, count) =>
  eventually(async () => (await page.evaluate(() => states.filter((state) => state === 'connected').length)) >= count, {
    timeoutMs: 30_000,
    what: `connection ${count}`,
  });

const actIn = (page, thread, name, ...args) => page.evaluate(([id, call, rest]) => actIn(id, call, ...rest), [thread, name, args]);

async function startThread(page, topic, participants) {
  const result = await page.evaluate(
    ([text, people]) => act('createChatThread', { topic: text }, { participants: people }),
    [topic, participants],
  );
  return result.chatThread.id;
}

const person = (user, displayName) => ({ id: reference(user), displayName });

test('two users hear all ten notifications, each from the other and from themselves', async (t) => {
  const [ann, bob, carol] = await Promise.all([createUser(server), createUser(server), createUser(server)]);
  const pages = [await listening(t, ann), await listening(t, bob)];
  const [annsPage, bobsPage] = pages;
  const both = async (kind, check) => {
    for (const [index, page] of pages.entries()) check((await hears(page, kind))[0], [ann, bob][index]);
  };

  const thread = await startThread(annsPage, 'Käse & "more" 😀', [person(ann, 'Ann'), person(bob, 'Bob')]);
  await both('chatThreadCreated', (event) => {
    assert.equal(event.threadId, thread);
    assert.equal(event.properties.topic, 'Käse & "more" 😀');
    assert.equal(rawId(event.createdBy.id), ann.id);
    assert.equal(event.createdBy.displayName, 'Ann');
    assert.deepEqual(event.participants.map((each) => [rawId(each.id), each.displayName]).sort(), [[ann.id, 'Ann'], [bob.id, 'Bob']].sort());
    assert.ok(Date.now() - Date.parse(event.createdOn) < 60_000);
    assert.deepEqual(event.retentionPolicy, { kind: 'none' });
  });

  const { id: message } = await actIn(annsPage, thread, 'sendMessage', { content: 'Grüße, <b>Bob</b> €' }, {
    senderDisplayName: 'Ann', type: 'text', metadata: { colour: 'blue' },
  });
  await both('chatMessageReceived', (event, recipient) => {
    assert.equal(event.threadId, thread);
    assert.equal(event.id, message);
    assert.equal(event.message, 'Grüße, <b>Bob</b> €');
    assert.equal(event.type, 'Text');
    assert.equal(rawId(event.sender), ann.id);
    assert.equal(event.senderDisplayName, 'Ann');
    assert.equal(rawId(event.recipient), recipient.id);
    assert.deepEqual(event.metadata, { colour: 'blue' });
    assert.ok(event.version);
    assert.ok(Date.parse(event.createdOn));
  });

  await actIn(annsPage, thread, 'updateMessage', message, { content: 'edited' });
  await both('chatMessageEdited', (event) => {
    assert.equal(event.id, message);
    assert.equal(event.message, 'edited');
    assert.ok(Date.parse(event.editedOn) >= Date.parse(event.createdOn));
  });

  await actIn(bobsPage, thread, 'sendTypingNotification', { senderDisplayName: 'Bob' });
  await both('typingIndicatorReceived', (event) => {
    assert.equal(event.threadId, thread);
    assert.equal(rawId(event.sender), bob.id);
    assert.equal(event.senderDisplayName, 'Bob');
    assert.ok(Date.parse(event.receivedOn));
  });

  await actIn(bobsPage, thread, 'sendReadReceipt', { chatMessageId: message });
  await both('readReceiptReceived', (event) => {
    assert.equal(event.chatMessageId, message);
    assert.equal(rawId(event.sender), bob.id);
    assert.ok(Math.abs(Date.now() - Date.parse(event.readOn)) < 60_000);
  });

  await actIn(annsPage, thread, 'deleteMessage', message);
  await both('chatMessageDeleted', (event) => {
    assert.equal(event.id, message);
    assert.ok(Date.parse(event.deletedOn));
  });

  await actIn(bobsPage, thread, 'updateTopic', 'another topic');
  await both('chatThreadPropertiesUpdated', (event) => {
    assert.equal(event.properties.topic, 'another topic');
    assert.equal(rawId(event.updatedBy.id), bob.id);
    assert.ok(Date.parse(event.updatedOn));
  });

  await actIn(annsPage, thread, 'addParticipants', { participants: [person(carol, 'Carol')] });
  await both('participantsAdded', (event) => {
    assert.equal(rawId(event.addedBy.id), ann.id);
    assert.deepEqual(event.participantsAdded.map((each) => [rawId(each.id), each.displayName]), [[carol.id, 'Carol']]);
  });

  await actIn(annsPage, thread, 'removeParticipant', reference(carol));
  await both('participantsRemoved', (event) => {
    assert.equal(rawId(event.removedBy.id), ann.id);
    assert.deepEqual(event.participantsRemoved.map((each) => rawId(each.id)), [carol.id]);
  });

  await annsPage.evaluate((id) => act('deleteChatThread', id), thread);
  await both('chatThreadDeleted', (event) => {
    assert.equal(event.threadId, thread);
    assert.equal(rawId(event.deletedBy.id), ann.id);
    assert.ok(Date.parse(event.deletedOn));
  });

  for (const page of pages) {
    assert.equal(await page.evaluate(() => heard.length), 10, 'nothing is told twice, and nothing else');
    assert.deepEqual(page.problems, []);
  }
});

test('the client comes back after a restart and hears what happened before it had', async (t) => {
  const [ann, bob] = await Promise.all([createUser(server), createUser(server)]);
  const page = await listening(t, ann);
  const thread = await startThread(page, 'restart', [person(ann, 'Ann'), person(bob, 'Bob')]);
  const send = async (content) => {
    const sent = await request('POST', `${endpointOf(server)}chat/threads/${encodeURIComponent(thread)}/messages?api-version=2024-03-07`, {
      headers: { authorization: `Bearer ${bob.token}`, 'content-type': 'application/json' },
      body: { content },
      ca: server.ca,
    });
    assert.equal(sent.status, 201, sent.text);
  };
  await send('before');
  await hears(page, 'chatMessageReceived');
  await server.restart();
  await send('while it was away');
  await connections(page, 2);
  await send('afterwards');
  const events = await hears(page, 'chatMessageReceived', 3);
  assert.deepEqual(events.map((event) => event.message), ['before', 'while it was away', 'afterwards']);
  assert.deepEqual(page.problems, []);
});

test('stopRealtimeNotifications unregisters: nothing more is told', async (t) => {
  const ann = await createUser(server);
  const page = await listening(t, ann);
  const deletions = [];
  page.on('response', (response) => {
    if (response.request().method() === 'DELETE') deletions.push(response.status());
  });
  const thread = await startThread(page, 'stop', [person(ann, 'Ann')]);
  await hears(page, 'chatThreadCreated');
  await page.evaluate(() => stopListening());
  await eventually(() => deletions.length > 0, { what: 'the registration to be deleted' });
  assert.deepEqual(deletions, [204]);
  await actIn(page, thread, 'sendMessage', { content: 'unheard' });
  const again = await listening(t, ann);
  await actIn(page, thread, 'sendMessage', { content: 'heard elsewhere' });
  assert.equal((await hears(again, 'chatMessageReceived'))[0].message, 'heard elsewhere');
  assert.deepEqual(await heardIn(page, 'chatMessageReceived'), []);
});

test('where no WebSocket can be opened the client polls, and hears the same', async (t) => {
  const ann = await createUser(server);
  const page = await listening(t, ann, { before: 'delete globalThis.WebSocket' });
  const thread = await startThread(page, 'polling 😀', [person(ann, 'Ann')]);
  assert.equal((await hears(page, 'chatThreadCreated'))[0].properties.topic, 'polling 😀');
  for (let i = 1; i <= 5; ++i) await actIn(page, thread, 'sendMessage', { content: `€ 😀 ${i}` });
  const events = await hears(page, 'chatMessageReceived', 5);
  assert.deepEqual(events.map((event) => event.message), [1, 2, 3, 4, 5].map((i) => `€ 😀 ${i}`));
  assert.deepEqual(page.problems, []);
});

test('a revoked token ends the socket, and its holder hears no more', async (t) => {
  const [ann, bob] = await Promise.all([createUser(server), createUser(server)]);
  const annsPage = await listening(t, ann);
  const bobsPage = await listening(t, bob);
  const thread = await startThread(bobsPage, 'revoked', [person(ann, 'Ann'), person(bob, 'Bob')]);
  await hears(annsPage, 'chatThreadCreated');
  await revokeTokens(server, ann);
  await eventually(() => annsPage.evaluate(() => states.includes('disconnected')), { what: 'the end of the socket' });
  await actIn(bobsPage, thread, 'sendMessage', { content: 'not for Ann' });
  await hears(bobsPage, 'chatMessageReceived');
  assert.deepEqual(await heardIn(annsPage, 'chatMessageReceived'), []);
});

test('a page listens without the client, by EventSource, and goes on by itself after a restart', async (t) => {
  const [ann, bob] = await Promise.all([createUser(server), createUser(server)]);
  const page = await browser.open(t);
  await page.evaluate(
    ([endpoint, token]) =>
      new Promise((done) => {
        const stream = new EventSource(`${endpoint}fanfare/v1/chat/notifications?access_token=${token}`);
        stream.onopen = () => done();
        for (const kind of ['chatMessageReceived', 'missed']) {
          stream.addEventListener(kind, (event) => heard.push({ kind, event: JSON.parse(event.data) }));
        }
      }),
    [endpointOf(server), ann.token],
  );
  const bobsPage = await listening(t, bob);
  const thread = await startThread(bobsPage, 'streams', [person(ann, 'Ann'), person(bob, 'Bob')]);
  await actIn(bobsPage, thread, 'sendMessage', { content: 'one' });
  assert.equal((await hears(page, 'chatMessageReceived'))[0].content.message, 'one');
  await server.restart();
  await actIn(bobsPage, thread, 'sendMessage', { content: 'two' });
  assert.equal((await hears(page, 'chatMessageReceived', 2))[1].content.message, 'two');
  assert.equal((await heardIn(page, 'missed')).length, 1);
});

test('many pages of one user each hear everything', async (t) => {
  const ann = await createUser(server);
  const pages = [];
  for (let i = 0; i < 3; ++i) pages.push(await listening(t, ann));
  const thread = await startThread(pages[0], 'tabs', [person(ann, 'Ann')]);
  await actIn(pages[1], thread, 'sendMessage', { content: 'to all' });
  for (const page of pages) assert.equal((await hears(page, 'chatMessageReceived'))[0].message, 'to all');
});
