// Who may do what: every operation by the sender, another participant, one who was removed, an outsider, a user of
// another kind of token, and nobody.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { chat, person, threadOf } from './support/chat.mjs';
import { startServer } from '../support/node/server.mjs';

const user = ({ id }) => ({ rawId: id, communicationUser: { id } });

/// Everything that can be asked; what makes something gets it ready anew for each caller.
const OPERATIONS = {
  createThread: () => ['POST', '', [], { topic: 't' }],
  listThreads: () => ['GET', '', []],
  getThread: ({ thread }) => ['GET', '/{}', [thread]],
  updateThread: ({ thread }) => ['PATCH', '/{}', [thread], { topic: 'new' }],
  deleteThread: ({ thread }) => ['DELETE', '/{}', [thread]],
  listParticipants: ({ thread }) => ['GET', '/{}/participants', [thread]],
  addParticipants: ({ thread, spare }) => ['POST', '/{}/participants/:add', [thread], { participants: [{ communicationIdentifier: user(spare) }] }],
  removeParticipant: ({ thread, extra }) => ['POST', '/{}/participants/:remove', [thread], user(extra)],
  sendMessage: ({ thread }) => ['POST', '/{}/messages', [thread], { content: 'x' }],
  listMessages: ({ thread }) => ['GET', '/{}/messages', [thread]],
  getMessage: ({ thread, message }) => ['GET', '/{}/messages/{}', [thread, message]],
  updateMessage: ({ thread, message }) => ['PATCH', '/{}/messages/{}', [thread, message], { content: 'new' }],
  deleteMessage: ({ thread, message }) => ['DELETE', '/{}/messages/{}', [thread, message]],
  sendReceipt: ({ thread, message }) => ['POST', '/{}/readReceipts', [thread], { chatMessageId: message }],
  listReceipts: ({ thread }) => ['GET', '/{}/readReceipts', [thread]],
  sendTyping: ({ thread }) => ['POST', '/{}/typing', [thread]],
};
const NAMES = Object.keys(OPERATIONS);
const MAKES = { createThread: 201, addParticipants: 201, sendMessage: 201 };
const EMPTY = ['updateThread', 'deleteThread', 'removeParticipant', 'updateMessage', 'deleteMessage'];
const done = (name) => MAKES[name] ?? (EMPTY.includes(name) ? 204 : 200);
const WITHOUT_THREAD = ['createThread', 'listThreads'];
const OWN_MESSAGE = ['updateMessage', 'deleteMessage'];
const THREADS = ['createThread', 'updateThread', 'deleteThread'];
const PEOPLE = ['addParticipants', 'removeParticipant'];

const ROLES = {
  sender: done,
  participant: (name) => (OWN_MESSAGE.includes(name) ? 403 : done(name)),
  removed: (name) => {
    if (WITHOUT_THREAD.includes(name) || ['listMessages', 'getMessage'].includes(name)) return done(name);
    return 403;
  },
  outsider: (name) => (WITHOUT_THREAD.includes(name) ? done(name) : 404),
  'participant with chat.join': (name) => (THREADS.includes(name) || OWN_MESSAGE.includes(name) ? 403 : done(name)),
  'participant with chat.join.limited': (name) =>
    THREADS.includes(name) || PEOPLE.includes(name) || OWN_MESSAGE.includes(name) ? 403 : done(name),
  'participant with voip': () => 403,
  nobody: () => 401,
};

describe('each role and operation', () => {
  let server;
  let people;
  before(async () => {
    server = await startServer();
    const scopes = {
      sender: ['chat'],
      participant: ['chat'],
      removed: ['chat'],
      outsider: ['chat'],
      'participant with chat.join': ['chat.join'],
      'participant with chat.join.limited': ['chat.join.limited'],
      'participant with voip': ['voip'],
      extra: ['chat'],
      spare: ['chat'],
    };
    people = {};
    for (const [name, each] of Object.entries(scopes)) people[name] = await person(server, each);
  });
  after(() => server.close());

  const scene = async () => {
    const inside = Object.keys(people).filter((name) => !['sender', 'outsider', 'spare'].includes(name));
    const thread = await threadOf(people.sender, inside.map((name) => people[name]));
    const client = people.sender.client.getChatThreadClient(thread);
    const { id: message } = await client.sendMessage({ content: 'hello' });
    await client.removeParticipant(people.removed.user);
    return { thread, message, extra: people.extra, spare: people.spare };
  };

  for (const [role, expected] of Object.entries(ROLES)) {
    test(role, async () => {
      const statuses = {};
      for (const name of NAMES) {
        const [method, path, ids, body] = OPERATIONS[name](await scene());
        const answer = await chat(server, people[role], method, path, { ids, body });
        statuses[name] = answer.status;
        if (answer.status >= 400) assert.ok(answer.json.error.code && answer.json.error.message, answer.text);
      }
      assert.deepEqual(statuses, Object.fromEntries(NAMES.map((name) => [name, expected(name)])));
    });
  }

  test('a removed user sees nothing of what came after', async () => {
    const { thread, message } = await scene();
    const client = people.sender.client.getChatThreadClient(thread);
    const { id: later } = await client.sendMessage({ content: 'later' });
    const read = await chat(server, people.removed, 'GET', '/{}/messages', { ids: [thread] });
    assert.ok(read.json.value.some(({ id }) => id === message));
    assert.ok(!read.json.value.some(({ id }) => id === later));
    assert.equal((await chat(server, people.removed, 'GET', '/{}/messages/{}', { ids: [thread, later] })).status, 404);
  });

  test('somebody added later sees nothing from before the shared time', async () => {
    const { thread, message } = await scene();
    const client = people.sender.client.getChatThreadClient(thread);
    await client.addParticipants({ participants: [{ id: people.spare.user, shareHistoryTime: new Date() }] });
    assert.equal((await chat(server, people.spare, 'GET', '/{}/messages/{}', { ids: [thread, message] })).status, 404);
    assert.equal((await chat(server, people.spare, 'POST', '/{}/readReceipts', { ids: [thread], body: { chatMessageId: message } })).status, 404);
  });
});
