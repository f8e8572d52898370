// A chat with the vendor's client over HTTPS: every public method but the real-time ones, each with success and
// with an error. (Real time: realtime.test.mjs.)
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { CommunicationIdentityClient } from '@azure/communication-identity';

import { all, chat, person, subscribeToResource, threadOf } from './support/chat.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { atEnd, startServer, webhook } from '../support/node/server.mjs';

/// The client's error, which must come. The client reads the code of declared statuses only.
async function failure(promise) {
  const error = await promise.then(
    () => assert.fail('an error was expected'),
    (reason) => reason,
  );
  return { status: error.statusCode, code: error.code ?? JSON.parse(error.response.bodyAsText).error.code };
}
const GONE = { status: 404, code: 'NotFound' };
const DENIED = { status: 403, code: 'Forbidden' };
const WRONG = { status: 400, code: 'BadRequest' };

describe('the JavaScript client', () => {
  let server;
  let anna;
  let ben;
  let cleo;
  before(async () => {
    server = await startServer();
    [anna, ben, cleo] = await Promise.all([person(server), person(server), person(server)]);
  });
  after(() => server.close());

  const threadClients = async (others = [ben], topic = undefined) => {
    const id = await threadOf(anna, others, topic);
    return [id, ...[anna, ...others].map(({ client }) => client.getChatThreadClient(id))];
  };

  test('createChatThread', async () => {
    const begin = Date.now();
    const stranger = { communicationUserId: `${anna.id.slice(0, -36)}ffffffff-ffff-4fff-8fff-ffffffffffff` };
    const { chatThread, invalidParticipants } = await anna.client.createChatThread(
      { topic: 'Lunch' },
      {
        participants: [{ id: ben.user, displayName: 'Ben', metadata: { team: 'red' } }, { id: stranger }],
        metadata: { room: '7' },
        retentionPolicy: { kind: 'threadCreationDate', deleteThreadAfterDays: 60 },
      },
    );
    assert.match(chatThread.id, /^19:[0-9a-f]{32}@thread\.v2$/);
    assert.equal(chatThread.topic, 'Lunch');
    assert.deepEqual(chatThread.metadata, { room: '7' });
    assert.deepEqual(chatThread.retentionPolicy, { kind: 'threadCreationDate', deleteThreadAfterDays: 60 });
    assert.equal(chatThread.createdBy.communicationUserId, anna.id);
    assert.ok(Math.abs(chatThread.createdOn.getTime() - begin) < 60_000);
    assert.deepEqual(invalidParticipants, [{ target: stranger.communicationUserId, code: '404', message: 'Not found' }]);
    assert.deepEqual(await failure(anna.client.createChatThread({ topic: '' })), WRONG);
  });

  test('createChatThread with an idempotency token makes one thread', async () => {
    const options = { idempotencyToken: 'once' };
    const first = await anna.client.createChatThread({ topic: 'one' }, options);
    const second = await anna.client.createChatThread({ topic: 'one' }, options);
    assert.equal(first.chatThread.id, second.chatThread.id);
    assert.deepEqual(await failure(anna.client.createChatThread({ topic: 'another' }, options)), WRONG);
  });

  test('listChatThreads', async () => {
    const dora = await person(server);
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const name of names) await threadOf(dora, [ben], name);
    const listed = await all(dora.client.listChatThreads({ maxPageSize: 2 }));
    assert.deepEqual(listed.map(({ topic }) => topic), [...names].reverse());
    assert.ok(listed.every(({ lastMessageReceivedOn }) => lastMessageReceivedOn instanceof Date));
    const none = await all(dora.client.listChatThreads({ startTime: new Date(Date.now() + 3_600_000) }));
    assert.deepEqual(none, []);
    const voice = await person(server, ['voip']);
    assert.deepEqual(await failure(all(voice.client.listChatThreads())), DENIED);
  });

  test('getProperties, updateTopic and updateProperties', async () => {
    const [, hers] = await threadClients();
    await hers.updateTopic('Dinner');
    await hers.updateProperties({ metadata: { a: '1' }, retentionPolicy: { kind: 'threadCreationDate', deleteThreadAfterDays: 30 } });
    const properties = await hers.getProperties();
    assert.equal(properties.topic, 'Dinner');
    assert.deepEqual(properties.metadata, { a: '1' });
    assert.equal(properties.retentionPolicy.deleteThreadAfterDays, 30);
    await hers.updateProperties({ retentionPolicy: { kind: 'none' } });
    assert.equal((await hers.getProperties()).retentionPolicy, undefined);
    const long = { retentionPolicy: { kind: 'threadCreationDate', deleteThreadAfterDays: 91 } };
    assert.deepEqual(await failure(hers.updateProperties(long)), WRONG);
    assert.deepEqual(await failure(hers.updateTopic('')), WRONG);
    const foreign = cleo.client.getChatThreadClient(hers.threadId);
    assert.deepEqual(await failure(foreign.getProperties()), GONE);
    assert.deepEqual(await failure(foreign.updateTopic('Mine')), GONE);
  });

  test('deleteChatThread', async () => {
    const [id, hers] = await threadClients();
    assert.deepEqual(await failure(cleo.client.deleteChatThread(id)), GONE);
    await anna.client.deleteChatThread(id);
    assert.deepEqual(await failure(hers.getProperties()), GONE);
    assert.deepEqual(await failure(anna.client.deleteChatThread(id)), GONE);
  });

  test('sendMessage and getMessage', async () => {
    const [id, hers, his] = await threadClients();
    const sent = await hers.sendMessage(
      { content: 'Hello <b>Ben</b>' },
      { senderDisplayName: 'Anna', type: 'text', metadata: { deliver: 'soon' } },
    );
    assert.match(sent.id, /^\d{13}$/);
    const message = await his.getMessage(sent.id);
    assert.equal(message.content.message, 'Hello <b>Ben</b>');
    assert.equal(message.type, 'text');
    assert.equal(message.sequenceId, '3');
    assert.equal(message.version, sent.id);
    assert.equal(message.senderDisplayName, 'Anna');
    assert.equal(message.sender.communicationUserId, anna.id);
    assert.deepEqual(message.metadata, { deliver: 'soon' });
    const raw = await chat(server, ben, 'GET', '/{}/messages/{}', { ids: [id, sent.id] });
    assert.match(raw.json.createdOn, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}0000Z$/);
    const html = await hers.sendMessage({ content: '<p onclick="x">Hi<script>alert(1)</script></p>' }, { type: 'html' });
    assert.equal((await his.getMessage(html.id)).content.message, '<p>Hi</p>');
    assert.deepEqual(await failure(hers.sendMessage({ content: '' })), WRONG);
    assert.deepEqual(await failure(hers.sendMessage({ content: 'x'.repeat(28 * 1024 + 1) })), {
      status: 413,
      code: 'RequestEntityTooLarge',
    });
    assert.deepEqual(await failure(his.getMessage('1')), GONE);
    assert.deepEqual(await failure(cleo.client.getChatThreadClient(id).sendMessage({ content: 'x' })), GONE);
  });

  test('updateMessage and deleteMessage', async () => {
    const [, hers, his] = await threadClients();
    const { id } = await hers.sendMessage({ content: 'one' }, { metadata: { a: '1', b: '2' } });
    await hers.updateMessage(id, { content: 'two', metadata: { a: null, c: '3' } });
    const edited = await his.getMessage(id);
    assert.equal(edited.content.message, 'two');
    assert.deepEqual(edited.metadata, { b: '2', c: '3' });
    assert.ok(edited.editedOn instanceof Date);
    assert.notEqual(edited.version, id);
    assert.deepEqual(await failure(his.updateMessage(id, { content: 'mine' })), DENIED);
    assert.deepEqual(await failure(his.deleteMessage(id)), DENIED);
    await hers.deleteMessage(id);
    await hers.deleteMessage(id);
    const deleted = await his.getMessage(id);
    assert.ok(deleted.deletedOn instanceof Date);
    assert.equal(deleted.content, undefined);
    assert.deepEqual(await failure(hers.updateMessage(id, { content: 'back' })), GONE);
  });

  test('listMessages has the newest first, system messages among them', async () => {
    const [, hers, his] = await threadClients();
    await hers.sendMessage({ content: 'one' });
    await his.sendMessage({ content: 'two' });
    await hers.updateTopic('Dinner');
    await hers.addParticipants({ participants: [{ id: cleo.user, displayName: 'Cleo' }] });
    await hers.removeParticipant(cleo.user);
    const messages = await all(his.listMessages({ maxPageSize: 2 }));
    assert.deepEqual(messages.map(({ type, sequenceId }) => `${sequenceId} ${type}`), [
      '7 participantRemoved',
      '6 participantAdded',
      '5 topicUpdated',
      '4 text',
      '3 text',
      '2 topicUpdated',
      '1 participantAdded',
    ]);
    assert.equal(messages[0].content.participants[0].id.communicationUserId, cleo.id);
    assert.equal(messages[0].content.initiator.communicationUserId, anna.id);
    assert.equal(messages[0].sender, undefined);
    assert.equal(messages[2].content.topic, 'Dinner');
    const later = await all(his.listMessages({ startTime: new Date(Date.now() + 3_600_000) }));
    assert.deepEqual(later, []);
    assert.deepEqual(await failure(all(cleo.client.getChatThreadClient(`${his.threadId}x`).listMessages())), GONE);
  });

  test('addParticipants, listParticipants and removeParticipant', async () => {
    const [, hers, his] = await threadClients();
    const foreign = { communicationUserId: '8:acs:11111111-2222-4333-8444-555555555555_00000000-0000-4000-8000-000000000001' };
    const added = await hers.addParticipants({
      participants: [{ id: cleo.user, displayName: 'Cleo', shareHistoryTime: new Date(0), metadata: { a: 'b' } }, { id: foreign }],
    });
    assert.deepEqual(added.invalidParticipants, [
      { target: foreign.communicationUserId, code: '403', message: 'Permissions check failed' },
    ]);
    const listed = await all(his.listParticipants({ maxPageSize: 2 }));
    assert.deepEqual(listed.map(({ id }) => id.communicationUserId), [anna.id, ben.id, cleo.id]);
    assert.equal(listed[2].displayName, 'Cleo');
    assert.deepEqual(listed[2].metadata, { a: 'b' });
    assert.equal(listed[2].shareHistoryTime.getTime(), 0);
    await his.removeParticipant(cleo.user);
    assert.equal((await all(his.listParticipants({ skip: 1 }))).length, 1);
    assert.deepEqual(await failure(his.removeParticipant(cleo.user)), GONE);
    assert.deepEqual(await failure(hers.addParticipants({ participants: [] })), WRONG);
    const cleos = cleo.client.getChatThreadClient(hers.threadId);
    assert.deepEqual(await failure(all(cleos.listParticipants())), DENIED);
  });

  test('sendTypingNotification', async () => {
    const [id, hers] = await threadClients();
    assert.equal(await hers.sendTypingNotification({ senderDisplayName: 'Anna' }), true);
    const cleos = cleo.client.getChatThreadClient(id);
    assert.deepEqual(await failure(cleos.sendTypingNotification()), GONE);
  });

  test('sendReadReceipt and listReadReceipts', async () => {
    const [, hers, his] = await threadClients();
    const { id } = await hers.sendMessage({ content: 'read me' });
    await his.sendReadReceipt({ chatMessageId: id });
    const receipts = await all(hers.listReadReceipts({ maxPageSize: 1 }));
    assert.equal(receipts.length, 1);
    assert.equal(receipts[0].chatMessageId, id);
    assert.equal(receipts[0].sender.communicationUserId, ben.id);
    assert.ok(receipts[0].readOn instanceof Date);
    assert.deepEqual(await failure(his.sendReadReceipt({ chatMessageId: '1' })), GONE);
    assert.deepEqual(await failure(all(cleo.client.getChatThreadClient(hers.threadId).listReadReceipts())), GONE);
  });

  test('two people in conversation', async () => {
    const [, hers, his] = await threadClients();
    for (let i = 0; i < 10; i += 1) await (i % 2 ? his : hers).sendMessage({ content: `line ${i}` });
    const lines = (await all(hers.listMessages())).filter(({ type }) => type === 'text').reverse();
    assert.deepEqual(lines.map(({ content }) => content.message), Array.from({ length: 10 }, (_, i) => `line ${i}`));
    assert.deepEqual(lines.map(({ sender }) => sender.communicationUserId), Array.from({ length: 10 }, (_, i) => (i % 2 ? ben.id : anna.id)));
  });

  test('pages through a thousand messages while more arrive', async () => {
    const [, hers, his] = await threadClients();
    const batches = Array.from({ length: 20 }, (_, i) => i);
    for (let done = 0; done < 1000; done += batches.length) {
      await Promise.all(batches.map((i) => (i % 2 ? his : hers).sendMessage({ content: `${done + i}` })));
    }
    const seen = [];
    for await (const message of his.listMessages({ maxPageSize: 37 })) {
      seen.push(Number(message.sequenceId));
      if (seen.length % 100 === 0) await hers.sendMessage({ content: 'meanwhile' });
    }
    assert.deepEqual(seen, Array.from({ length: 1002 }, (_, i) => 1002 - i));
  });

  test('a thread of 250', async () => {
    const crowd = await Promise.all(Array.from({ length: 249 }, () => person(server)));
    const add = (people) => people.map(({ user }, i) => ({ id: user, displayName: `Person ${i}` }));
    const { chatThread } = await anna.client.createChatThread({ topic: 'crowd' }, { participants: add(crowd.slice(0, 200)) });
    const hers = anna.client.getChatThreadClient(chatThread.id);
    await hers.addParticipants({ participants: add(crowd.slice(200)) });
    assert.equal((await all(hers.listParticipants())).length, 250);
    const { id } = await hers.sendMessage({ content: 'hello all' });
    const last = crowd.at(-1).client.getChatThreadClient(chatThread.id);
    assert.equal((await last.getMessage(id)).content.message, 'hello all');
    assert.deepEqual(await failure(hers.addParticipants({ participants: [{ id: ben.user }] })), WRONG);
    assert.deepEqual(await failure(last.sendReadReceipt({ chatMessageId: id })), DENIED);
  });
});

test('a deleted identity leaves its threads', async (t) => {
  const server = await startServer({ t });
  const [anna, ben] = [await person(server), await person(server)];
  const thread = await threadOf(anna, [ben]);
  const { connectionString } = server.ready.communication.fanfare;
  const identities = new CommunicationIdentityClient(connectionString.replace('=https:', '=http:'), { allowInsecureConnection: true });
  await identities.deleteUser(ben.user);
  const left = await all(anna.client.getChatThreadClient(thread).listParticipants());
  assert.deepEqual(left.map(({ id }) => id.communicationUserId), [anna.id]);
});

test('a thread ends with its retention, and tells of it', async (t) => {
  const server = await startServer({ t, args: ['--virtual-clock'] });
  const hook = await startReceiver();
  atEnd(t, () => hook.close());
  await subscribeToResource(server, 'ends', {
    destination: webhook(hook.url),
    filter: { includedEventTypes: ['Microsoft.Communication.ChatThreadDeleted'] },
  });
  const anna = await person(server);
  const made = await chat(server, anna, 'POST', '', {
    body: { topic: 't', retentionPolicy: { kind: 'threadCreationDate', deleteThreadAfterDays: 30 } },
  });
  assert.equal(made.status, 201, made.text);
  await server.advance('29d');
  assert.equal(hook.deliveries.length, 0);
  await server.advance('2d');
  await hook.waitFor(1);
  assert.equal(hook.deliveries[0].events[0].data.threadId, made.json.chatThread.id);
});

describe('by hand', () => {
  let server;
  let anna;
  let thread;
  before(async () => {
    server = await startServer();
    anna = await person(server);
    thread = await threadOf(anna);
  });
  after(() => server.close());

  test('locations and links are absolute and keep the api-version', async () => {
    const made = await chat(server, anna, 'POST', '', { body: { topic: 't' }, version: '2021-03-07' });
    assert.match(made.headers.location, /^http:\/\/[^/]+\/chat\/threads\/19:[0-9a-f]{32}@thread\.v2$/);
    assert.equal(made.json.chatThread.createdByCommunicationIdentifier.kind, undefined);
    const id = made.json.chatThread.id;
    const sent = await chat(server, anna, 'POST', '/{}/messages', { ids: [id], body: { content: 'x' }, scheme: 'https' });
    assert.equal(sent.headers.location, `https://${new URL(server.ready.communication.fanfare.endpoint).host}/chat/threads/${id}/messages/${sent.json.id}`);
    const page = await chat(server, anna, 'GET', '/{}/messages?maxPageSize=1', { ids: [id], version: '2024-03-07' });
    const link = new URL(page.json.nextLink);
    assert.equal(link.searchParams.get('api-version'), '2024-03-07');
    assert.equal(link.searchParams.get('maxPageSize'), '1');
    assert.ok(link.searchParams.get('syncState'));
  });

  test('merge patches are taken in both content types', async () => {
    for (const type of ['application/merge-patch+json', 'application/json']) {
      const patched = await chat(server, anna, 'PATCH', '/{}', { ids: [thread], body: { topic: type }, headers: { 'content-type': type } });
      assert.equal(patched.status, 204, patched.text);
      assert.equal((await chat(server, anna, 'GET', '/{}', { ids: [thread] })).json.topic, type);
    }
  });

  test('errors have the declared form', async () => {
    const nobody = await chat(server, undefined, 'GET', '');
    assert.equal(nobody.status, 401);
    assert.equal(nobody.json.error.code, 'Unauthorized');
    const versionless = await chat(server, anna, 'GET', '', { version: null });
    assert.equal(versionless.status, 400);
    assert.equal(versionless.json.error.code, 'ApiVersionUnspecified');
    const unknown = await chat(server, anna, 'GET', '', { version: '2020-01-01' });
    assert.equal(unknown.json.error.code, 'UnsupportedApiVersion');
    for (const [query, target] of [['maxPageSize=0', 'maxPageSize'], ['maxPageSize=x', 'maxPageSize'], ['startTime=now', 'startTime'], ['syncState=zz', 'syncState']]) {
      const wrong = await chat(server, anna, 'GET', `/{}/messages?${query}`, { ids: [thread] });
      assert.equal(wrong.status, 400, query);
      assert.equal(wrong.json.error.target, target);
    }
    const body = await chat(server, anna, 'POST', '', { body: '{"topic":' });
    assert.equal(body.status, 400);
  });

  test('a missing and a foreign thread answer alike', async () => {
    const other = await person(server);
    const missing = `19:${'0'.repeat(32)}@thread.v2`;
    for (const [method, path] of [['GET', '/{}'], ['GET', '/{}/messages'], ['POST', '/{}/typing'], ['DELETE', '/{}'], ['GET', '/{}/participants']]) {
      const answers = [];
      for (const id of [missing, thread, 'nonsense']) {
        const { status, text, headers } = await chat(server, other, method, path, { ids: [id] });
        answers.push(JSON.stringify([status, text, headers['x-ms-error-code']]));
      }
      assert.equal(new Set(answers).size, 1, answers.join('\n'));
      assert.match(answers[0], /^\[404/);
    }
  });
});

test('rates of the service are held where they are wanted', async (t) => {
  const server = await startServer({ t, config: 'chat:\n  rate_limits: on\n' });
  const anna = await person(server);
  const thread = await threadOf(anna);
  const answers = [];
  for (let i = 0; i < 31; i += 1) {
    answers.push(await chat(server, anna, 'POST', '/{}/messages', { ids: [thread], body: { content: 'x' } }));
  }
  const refused = answers.find(({ status }) => status === 429);
  assert.equal(refused.json.error.code, 'TooManyRequests');
  assert.ok(Number(refused.headers['retry-after']) >= 1);
});
