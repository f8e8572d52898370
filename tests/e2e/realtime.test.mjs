// Real-time notifications for everybody else: server-sent events, and the official client's steps taken by hand.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { atEnd, startServer } from '../support/node/server.mjs';
import { createUser, revokeTokens } from './support/users.mjs';

const VERSION = 'api-version=2024-03-07';
const bearer = (user) => ({ authorization: `Bearer ${user.token}` });
const skype = (user) => ({ 'x-skypetoken': user.token });

const chat = (server, user, method, path, body) =>
  request(method, `${server.http}/chat/threads${path}${path.includes('?') ? '&' : '?'}${VERSION}`, {
    headers: { ...bearer(user), ...(body ? { 'content-type': 'application/json' } : {}) },
    body,
  });

async function startThread(server, user, others = []) {
  const participants = [user, ...others].map(({ id }) => ({ communicationIdentifier: { communicationUser: { id } } }));
  const made = await chat(server, user, 'POST', '', { topic: 'a topic', participants });
  assert.equal(made.status, 201, made.text);
  return made.json.chatThread.id;
}

async function send(server, user, thread, content) {
  const sent = await chat(server, user, 'POST', `/${encodeURIComponent(thread)}/messages`, { content });
  assert.equal(sent.status, 201, sent.text);
  return sent.json.id;
}

/// A stream of server-sent events; resolves when it has begun. `events` grows as they come.
async function watch(t, server, { headers = {}, query = '' } = {}) {
  const stream = { events: [], ended: false };
  await new Promise((done, failed) => {
    const call = http.get(`${server.http}/fanfare/v1/chat/notifications${query}`, { headers }, (response) => {
      stream.status = response.statusCode;
      stream.type = response.headers['content-type'];
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
          const lines = text.slice(0, end).split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line));
          const event = Object.fromEntries(lines.filter(Boolean).map(([, name, value]) => [name, value]));
          if (event.event) stream.events.push({ id: event.id, name: event.event, data: JSON.parse(event.data) });
          done();
        }
      });
      const ended = () => {
        stream.ended = true;
        done();
      };
      response.on('end', ended);
      response.on('error', ended);
      response.on('close', ended);
    });
    call.on('error', failed);
    stream.close = () => call.destroy();
    atEnd(t, stream.close);
  });
  return stream;
}

const heard = (stream, count) => eventually(() => stream.events.length >= count && stream.events, { what: `${count} events` });

test('a stream tells the user\'s notifications by name', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const [ann, bob] = await Promise.all([createUser(server), createUser(server)]);
  const stream = await watch(t, server, { headers: bearer(bob) });
  assert.equal(stream.status, 200);
  assert.equal(stream.type, 'text/event-stream');
  const thread = await startThread(server, ann, [bob]);
  const id = await send(server, ann, thread, 'hello');
  const path = `/${encodeURIComponent(thread)}`;
  await chat(server, ann, 'PATCH', `${path}/messages/${id}`, { content: 'edited' });
  await chat(server, bob, 'POST', `${path}/typing`);
  await chat(server, bob, 'POST', `${path}/readReceipts`, { chatMessageId: id });
  await chat(server, ann, 'DELETE', `${path}/messages/${id}`);
  await chat(server, ann, 'DELETE', path);
  const events = await heard(stream, 7);
  assert.deepEqual(
    events.map((event) => event.name),
    ['chatThreadCreated', 'chatMessageReceived', 'chatMessageEdited', 'typingIndicatorReceived', 'readReceiptReceived', 'chatMessageDeleted', 'chatThreadDeleted'],
  );
  for (const { data } of events) assert.equal(data.threadId, thread);
  const message = events[1].data;
  assert.equal(message.id, id);
  assert.equal(message.content.message, 'hello');
  assert.equal(message.senderCommunicationIdentifier.rawId, ann.id);
  assert.equal(message.recipientCommunicationIdentifier.rawId, bob.id);
});

test('an EventSource, which can send no header, shows its token in the query', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const ann = await createUser(server);
  const stream = await watch(t, server, { query: `?access_token=${ann.token}` });
  const thread = await startThread(server, ann);
  await send(server, ann, thread, 'hello');
  await heard(stream, 2);
  assert.doesNotMatch(server.log, /eyJ/, 'no token in the log');
});

test('a stream goes on after the last event that a client has seen', async (t) => {
  const server = await startServer({ t });
  const ann = await createUser(server);
  const thread = await startThread(server, ann);
  const first = await watch(t, server, { headers: bearer(ann) });
  await send(server, ann, thread, 'one');
  await send(server, ann, thread, 'two');
  const [one] = await heard(first, 2);
  first.close();
  await send(server, ann, thread, 'three');
  const contents = (stream) => stream.events.map((event) => event.data.content?.message);
  const second = await watch(t, server, { headers: { ...bearer(ann), 'last-event-id': one.id } });
  await heard(second, 2);
  assert.deepEqual(contents(second), ['two', 'three']);
  const fromQuery = await watch(t, server, { headers: bearer(ann), query: `?lastEventId=${one.id}` });
  await heard(fromQuery, 2);
  assert.deepEqual(contents(fromQuery), ['two', 'three']);

  await server.restart();
  await send(server, ann, thread, 'four');
  const third = await watch(t, server, { headers: { ...bearer(ann), 'last-event-id': second.events.at(-1).id } });
  await heard(third, 2);
  assert.deepEqual(third.events.map((event) => event.name), ['missed', 'chatMessageReceived'], 'what the run before told is unknown');
  assert.equal(third.events[1].data.content.message, 'four');
});

test('a stream needs a token of chat, and ends with it', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const ann = await createUser(server);
  const caller = await createUser(server, ['voip']);
  const url = `${server.http}/fanfare/v1/chat/notifications`;
  assert.equal((await request('GET', url)).status, 401);
  assert.equal((await request('GET', url, { headers: { authorization: 'Bearer x' } })).status, 401);
  assert.equal((await request('GET', url, { headers: bearer(caller) })).status, 403);
  const stream = await watch(t, server, { headers: bearer(ann) });
  await revokeTokens(server, ann);
  await eventually(() => stream.ended, { what: 'the end of the stream' });
});

test('a stream ends when the server stops', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const ann = await createUser(server);
  const stream = await watch(t, server, { headers: bearer(ann) });
  await server.stop();
  await eventually(() => stream.ended, { what: 'the end of the stream' });
});

/// The official client's first steps; gives what it would go on with.
async function allocate(server, user, query = '') {
  const answer = await request('POST', `${server.http}/v4/a?cor_id=x&con_num=1_1&epid=y${query}`, { headers: skype(user) });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}
const echo = ({ connectparams }) => Object.entries(connectparams).map(([name, value]) => `&${name}=${value}`).join('');

async function handshake(server, user, connection) {
  const answer = await request('GET', `${server.http}/socket.io/1/?v=v4${echo(connection)}&t=1`, { headers: skype(user) });
  assert.equal(answer.status, 200, answer.text);
  const [socket, heartbeat, close, transports] = answer.text.split(':');
  assert.deepEqual([heartbeat, close, transports], ['60', '60', 'websocket,xhr-polling']);
  return socket;
}

function register(server, user, connection, id = 'registration') {
  return request('POST', `${server.http}/chat/registrar/v3/registrations`, {
    headers: { ...skype(user), 'content-type': 'application/json' },
    body: { registrationId: id, nodeId: '', transports: { TROUTER: [{ context: '', path: connection.surl, ttl: 7200 }] } },
  });
}

const poll = (server, user, socket) => request('GET', `${server.http}/socket.io/1/xhr-polling/${socket}?t=1`, { headers: skype(user) });
const post = (server, user, socket, body) =>
  request('POST', `${server.http}/socket.io/1/xhr-polling/${socket}?t=1`, {
    headers: { ...skype(user), 'content-type': 'text/plain;charset=UTF-8' },
    body,
  });

test('the configuration names URLs that begin as the client reached the server', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const ann = await createUser(server);
  const path = '/chat/config/realTimeNotifications?api-version=2024-09-01';
  for (const [base, ca] of [[server.http], [server.https, server.ca]]) {
    const answer = await request('GET', base + path, { headers: bearer(ann), ca });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json, { trouterServiceUrl: base, registrarServiceUrl: `${base}/chat/registrar`, cloudType: 'Public' });
  }
  assert.equal((await request('GET', server.http + path)).status, 401);
  assert.equal((await request('GET', `${server.http}/chat/config/realTimeNotifications`, { headers: bearer(ann) })).status, 400);
});

test('every step needs the user\'s own token', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const [ann, bob] = await Promise.all([createUser(server), createUser(server)]);
  assert.equal((await request('POST', `${server.http}/v4/a`)).status, 401);
  const connection = await allocate(server, ann);
  const steps = (user) => ({
    handshake: request('GET', `${server.http}/socket.io/1/?${echo(connection)}`, { headers: user ? skype(user) : {} }),
    registration: user ? register(server, user, connection) : request('POST', `${server.http}/chat/registrar/v3/registrations`, { body: {} }),
    end: request('DELETE', `${server.http}/chat/registrar/v3/registrations/registration`, { headers: user ? skype(user) : {} }),
  });
  for (const [name, answer] of Object.entries(steps())) assert.equal((await answer).status, 401, name);
  for (const [name, answer] of Object.entries(steps(bob))) assert.equal((await answer).status, 404, name);
  assert.equal((await request('GET', `${server.http}/socket.io/1/websocket/guessed`)).status, 426);
  assert.equal((await poll(server, ann, 'guessed')).status, 404);
});

test('a client is told only while it is registered, and what it does not answer is told again to its next socket', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const ann = await createUser(server);
  const thread = await startThread(server, ann);
  const connection = await allocate(server, ann);
  const first = await handshake(server, ann, connection);
  const opening = await poll(server, ann, first);
  assert.match(opening.text, /1::.*trouter\.connected/s);
  const waiting = poll(server, ann, first);
  await send(server, ann, thread, 'before the registration');
  assert.equal((await register(server, ann, connection)).status, 200);
  const told = (await waiting).text;
  assert.match(told, /before the registration/);
  const request1 = JSON.parse(told.slice(told.indexOf('{')));
  assert.ok(request1.url.startsWith(new URL(connection.url).pathname));
  assert.equal(JSON.parse(request1.body).eventId, 200);

  // No answer was given: the client comes back with its connection.
  const same = await allocate(server, ann, echo(connection));
  assert.equal(same.id, connection.id);
  const second = await handshake(server, ann, same);
  const again = (await poll(server, ann, second)).text;
  assert.match(again, /before the registration/);
  assert.match((await poll(server, ann, first)).text, /^0:::dup$/, 'the socket before is ended');
  assert.equal((await poll(server, ann, first)).status, 404);

  assert.equal((await post(server, ann, second, `3:::${JSON.stringify({ id: 1, status: 200, headers: {}, body: '' })}`)).status, 200);
  const third = await handshake(server, ann, same);
  assert.doesNotMatch((await poll(server, ann, third)).text, /before the registration/);
  assert.equal((await post(server, ann, third, '\uFFFD9\uFFFD2::')).status, 400);

  const end = await request('DELETE', `${server.http}/chat/registrar/v3/registrations/registration`, { headers: skype(ann) });
  assert.equal(end.status, 204);
  assert.equal((await request('DELETE', `${server.http}/chat/registrar/v3/registrations/registration`, { headers: skype(ann) })).status, 404);
});

test('pages of other origins may take every step', async (t) => {
  const server = await startServer({ t, data: 'memory' });
  const preflights = [
    ['POST', '/v4/a'],
    ['GET', '/socket.io/1/'],
    ['GET', '/socket.io/1/xhr-polling/x'],
    ['POST', '/chat/registrar/v3/registrations'],
    ['DELETE', '/chat/registrar/v3/registrations/x'],
    ['GET', '/chat/config/realTimeNotifications'],
  ];
  for (const [method, path] of preflights) {
    const answer = await request('OPTIONS', server.http + path, {
      headers: { origin: 'https://app.example', 'access-control-request-method': method, 'access-control-request-headers': 'x-skypetoken,content-type' },
    });
    assert.equal(answer.status, 204, path);
    assert.equal(answer.headers['access-control-allow-origin'], '*', path);
    assert.match(answer.headers['access-control-allow-methods'], new RegExp(method), path);
    assert.match(answer.headers['access-control-allow-headers'], /x-skypetoken/, path);
  }
});
