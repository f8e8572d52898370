// The command line as a client of the communication services, and what exit statuses it ends with.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';

import { eventually } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { BINARY, GROUP, startServer } from '../support/node/server.mjs';

const server = await startServer({ config: 'communication:\n  - name: contoso\n' });
after(() => server.close());

const fanfare = (...args) =>
  new Promise((done) => {
    const env = { ...process.env, FANFARE_SERVER: server.http, NO_COLOR: '1' };
    execFile(BINARY, args, { env }, (error, out, err) => done({ status: error?.code ?? 0, out, err }));
  });

async function json(...args) {
  const { status, out, err } = await fanfare(...args, '--output', 'json');
  assert.equal(status, 0, err);
  return JSON.parse(out);
}

const newUser = async (...args) => (await json('identity', 'create', ...args)).identity.id;

test('identity makes users and tokens, ends tokens, deletes users', async () => {
  const made = await json('identity', 'create', '--scope', 'chat', '--scope', 'voip');
  assert.match(made.identity.id, /^8:acs:/);
  const [, claims] = made.accessToken.token.split('.');
  assert.deepEqual(JSON.parse(Buffer.from(claims, 'base64url')).acsScope.split(','), ['chat', 'voip']);
  const issued = await json('identity', 'token', made.identity.id, '--expires-in', '1h');
  const minutes = (Date.parse(issued.expiresOn) - Date.now()) / 60_000;
  assert.ok(minutes > 55 && minutes <= 60.5, `${minutes}`);
  assert.equal((await fanfare('identity', 'revoke', made.identity.id)).status, 0);
  assert.equal((await fanfare('identity', 'delete', made.identity.id)).status, 0);
  const gone = await fanfare('identity', 'token', made.identity.id);
  assert.equal(gone.status, 1);
  assert.match(gone.err, /404/);
});

test('--resource names another communication resource', async () => {
  const { json: arm } = await server.arm('GET', `${GROUP}/providers/Microsoft.Communication/communicationServices/contoso`);
  const user = await newUser('--resource', 'contoso');
  assert.ok(user.startsWith(`8:acs:${arm.properties.immutableResourceId}_`));
  const nobody = await fanfare('identity', 'create', '--resource', 'nobody');
  assert.equal(nobody.status, 1);
  assert.match(nobody.err, /was not found/);
});

test('chat begins a thread, adds to it, sends and reads', async () => {
  const [ann, bob, cleo] = [await newUser(), await newUser(), await newUser()];
  const thread = (await fanfare('chat', 'create', 'Lunch', '--as', ann, '--with', bob)).out.trim();
  assert.match(thread, /^19:.*@thread\.v2$/);
  assert.equal((await fanfare('chat', 'add', thread, '--as', bob, '--with', cleo)).status, 0);
  const members = await json('chat', 'members', thread, '--as', cleo);
  assert.deepEqual(members.map((m) => m.communicationIdentifier.rawId).sort(), [ann, bob, cleo].sort());
  assert.equal((await fanfare('chat', 'send', thread, 'Noodles?', '--as', ann, '--name', 'Ann')).status, 0);
  const { out } = await fanfare('chat', 'messages', thread, '--as', cleo);
  assert.match(out, /text +Ann +Noodles\?/);
  assert.deepEqual((await json('chat', 'messages', thread, '--as', bob, '--limit', '1')).length, 1);
  assert.deepEqual((await json('chat', 'list', '--as', cleo)).map(({ topic }) => topic), ['Lunch']);
  const stranger = await fanfare('chat', 'send', thread, 'Me too', '--as', await newUser());
  assert.equal(stranger.status, 1);
});

test('sms sends, takes in and lists; a refused recipient is status 1', async () => {
  const sent = await json('sms', 'send', '--from', '+15555550100', '--to', '+14255550123', '--tag', 'x', '--report', 'hello');
  assert.equal(sent.value[0].successful, true);
  const partly = await fanfare('sms', 'send', '--from', '+15555550100', '--to', '+14255550123', '--to', 'bogus', 'hello');
  assert.equal(partly.status, 1);
  assert.match(partly.err, /1 of 2 messages/);
  const received = await fanfare('sms', 'receive', '--from', '+14255550123', '--to', '+15555550100', 'and back');
  assert.equal(received.status, 0, received.err);
  const list = await json('sms', 'list');
  assert.deepEqual([list[0].direction, list[0].message], ['received', 'and back']);
  assert.equal((await fanfare('sms', 'receive', '--from', '+14255550123', '--to', '+14255550199', 'nobody')).status, 1);
});

test('phone-number searches, purchases and releases', async () => {
  const numbers = async () => (await json('phone-number', 'list')).map(({ phoneNumber }) => phoneNumber);
  const before = await numbers();
  const found = await json('phone-number', 'search', '--country', 'US', '--type', 'tollFree');
  assert.equal((await fanfare('phone-number', 'purchase', found.searchId)).status, 0);
  assert.deepEqual((await numbers()).sort(), [...before, ...found.phoneNumbers].sort());
  assert.equal((await fanfare('phone-number', 'release', found.phoneNumbers[0])).status, 0);
  assert.deepEqual((await numbers()).sort(), before.sort());
  const absent = await fanfare('phone-number', 'release', '+14255550199');
  assert.equal(absent.status, 1);
});

test('subscription --communication hangs on the resource', async () => {
  const hook = await startReceiver();
  const made = await fanfare(
    'subscription', 'create', 'texts', '--communication', 'fanfare', '--endpoint', hook.url,
    '--included-event-types', 'Microsoft.Communication.SMSReceived', '--subject-begins-with', 'phonenumber/1555',
  );
  assert.equal(made.status, 0, made.err);
  await fanfare('sms', 'receive', '--from', '+14255550123', '--to', '+15555550100', 'for the webhook');
  const [delivery] = await hook.waitFor(1);
  assert.equal(delivery.events[0].data.message, 'for the webhook');
  assert.match((await fanfare('subscription', 'list', '--communication', 'fanfare')).out, /texts +Succeeded/);
  const both = await fanfare('subscription', 'list', '--communication', 'fanfare', '--topic', 'events');
  assert.equal(both.status, 2);
  assert.equal((await fanfare('subscription', 'delete', 'texts', '--communication', 'fanfare')).status, 0);
  await eventually(async () => (await fanfare('subscription', 'show', 'texts', '--communication', 'fanfare')).status === 1);
  await hook.close();
});
