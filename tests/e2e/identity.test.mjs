// Identities and user access tokens with the vendor's client, over HTTP and HTTPS; and what other
// languages' clients send.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { AzureCommunicationTokenCredential, createIdentifierFromRawId } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';

import { request } from '../support/node/http.mjs';
import { startServer } from '../support/node/server.mjs';

const FOREIGN = '8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000';
const VERSION = 'api-version=2023-10-01';

/// The resource of the ready line: `key` is the first of its two.
const resourceOf = (server) => {
  const { id, endpoint, connectionString } = server.ready.communication.fanfare;
  return { id, endpoint, key: /accesskey=(.*)$/.exec(connectionString)[1] };
};

const clientOf = (server, scheme, key = resourceOf(server).key) => {
  const { host } = new URL(resourceOf(server).endpoint);
  const options = { retryOptions: { maxRetries: 0 } };
  if (scheme === 'http') options.allowInsecureConnection = true;
  else options.tlsOptions = { ca: fs.readFileSync(server.ca) };
  return new CommunicationIdentityClient(`endpoint=${scheme}://${host}/;accesskey=${key}`, options);
};

const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

/// The client's error, which must come.
async function failure(promise) {
  const error = await promise.then(
    () => assert.fail('an error was expected'),
    (reason) => reason,
  );
  return { status: error.statusCode, code: error.code, message: error.message };
}

/// Whether the chat API knows the caller; what it says of the request itself does not matter.
async function isKnown(server, token) {
  const { status, text } = await request('GET', `${server.http}/chat/threads?api-version=2024-03-07`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.ok([200, 401].includes(status), `${status} ${text}`);
  return status === 200;
}

for (const scheme of ['http', 'https']) {
  describe(`the JavaScript client over ${scheme}`, () => {
    let server;
    let client;
    before(async () => {
      server = await startServer();
      client = clientOf(server, scheme);
    });
    after(() => server.close());

    test('creates users, each with an id of its own', async () => {
      const [one, other] = [await client.createUser(), await client.createUser()];
      assert.notEqual(one.communicationUserId, other.communicationUserId);
      assert.equal(createIdentifierFromRawId(one.communicationUserId).kind, 'communicationUser');
    });

    test('creates a user with a token', async () => {
      const { user, token, expiresOn } = await client.createUserAndToken(['chat', 'voip'], { tokenExpiresInMinutes: 60 });
      const claims = claimsOf(token);
      assert.equal(`8:${claims.skypeid}`, user.communicationUserId);
      assert.equal(claims.acsScope, 'chat,voip');
      assert.equal(typeof claims.csi, 'string');
      assert.equal(claims.exp * 1000, expiresOn.getTime());
      assert.ok(Math.abs(expiresOn.getTime() - Date.now() - 3_600_000) < 60_000);
      assert.ok(await isKnown(server, token));
    });

    test('issues tokens of every scope, for a day unless told otherwise', async () => {
      const user = await client.createUser();
      for (const scopes of [['chat'], ['voip'], ['chat.join'], ['chat.join.limited'], ['voip.join'], ['chat', 'voip.join']]) {
        const { token, expiresOn } = await client.getToken(user, scopes);
        assert.equal(claimsOf(token).acsScope, scopes.join(','));
        assert.ok(Math.abs(expiresOn.getTime() - Date.now() - 86_400_000) < 60_000);
      }
    });

    test('has tokens that the client\'s credential takes', async () => {
      const { token, expiresOn } = await client.createUserAndToken(['chat']);
      const credential = new AzureCommunicationTokenCredential(token);
      const taken = await credential.getToken();
      assert.equal(taken.token, token);
      assert.equal(taken.expiresOnTimestamp, expiresOn.getTime());
      credential.dispose();
    });

    test('revokes tokens at once', async () => {
      const { user, token } = await client.createUserAndToken(['chat']);
      assert.ok(await isKnown(server, token));
      await client.revokeTokens(user);
      assert.ok(!(await isKnown(server, token)));
      const { token: next } = await client.getToken(user, ['chat']);
      assert.ok(await isKnown(server, next));
    });

    test('deletes users with their tokens', async () => {
      const { user, token } = await client.createUserAndToken(['chat']);
      await client.deleteUser(user);
      assert.ok(!(await isKnown(server, token)));
      assert.equal((await failure(client.getToken(user, ['chat']))).code, 'IdentityNotFound');
    });

    test('is told what is wrong', async () => {
      const user = await client.createUser();
      const foreign = { communicationUserId: FOREIGN };
      assert.deepEqual(await failure(client.getToken(user, [])), {
        status: 400,
        code: 'ValidationError',
        message: 'Invalid scopes - Scopes field is required.',
      });
      for (const tokenExpiresInMinutes of [59, 1441]) {
        assert.equal((await failure(client.getToken(user, ['chat'], { tokenExpiresInMinutes }))).status, 400);
        assert.equal((await failure(client.createUserAndToken(['chat'], { tokenExpiresInMinutes }))).status, 400);
      }
      const notOwned = { status: 401, code: 'IdentityNotOwned', message: "Provided identity doesn't belong to the resource." };
      assert.deepEqual(await failure(client.getToken(foreign, ['chat'])), notOwned);
      assert.deepEqual(await failure(client.revokeTokens(foreign)), notOwned);
      assert.deepEqual(await failure(client.deleteUser(foreign)), notOwned);
      const denied = await failure(clientOf(server, scheme, Buffer.from('another key').toString('base64')).createUser());
      assert.deepEqual(denied, { status: 401, code: 'Denied', message: 'Denied by the resource provider.' });
    });

    test('gets no token for a Teams user, and is told why', async () => {
      const teams = { teamsUserAadToken: 'token', clientId: randomUUID(), userObjectId: randomUUID() };
      const { status, code, message } = await failure(client.getTokenForTeamsUser(teams));
      assert.deepEqual([status, code], [401, 'InvalidAccessToken']);
      assert.match(message, /no Microsoft Entra tenant/);
      assert.equal((await failure(client.getTokenForTeamsUser({ ...teams, teamsUserAadToken: '' }))).status, 400);
    });
  });
}

describe('requests of other clients', () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.close());

  const EMPTY = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
  const sha256 = (body) => createHash('sha256').update(body).digest('base64');

  /// Sends a request signed as told; by default as the .NET client does it.
  function send(method, target, { body = '', signedTarget = target, signedHost, dateHeader = 'x-ms-date', date = new Date().toUTCString(), ...rest } = {}) {
    const { endpoint, key } = resourceOf(server);
    const url = new URL(endpoint);
    const hash = body === '' ? EMPTY : sha256(body);
    const text = `${method}\n${signedTarget}\n${date};${signedHost ?? url.host};${hash}`;
    const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
    const headers = {
      host: url.host,
      'x-ms-content-sha256': rest.hash ?? hash,
      authorization: `HMAC-SHA256 SignedHeaders=${dateHeader};host;x-ms-content-sha256&Signature=${signature}`,
      [dateHeader]: date,
      'content-type': 'application/json',
      ...rest.headers,
    };
    return request(method, `${rest.https ? server.https : server.http}${target}`, { headers, body, ca: rest.https ? server.ca : undefined });
  }

  const created = async () => (await send('POST', `/identities?${VERSION}`)).json.identity.id;

  test('.NET: Date and x-ms-date, authority and path with query', async () => {
    const date = new Date().toUTCString();
    assert.equal((await send('POST', `/identities?${VERSION}`, { headers: { date } })).status, 201);
  });

  test('older clients sign the Date header', async () => {
    assert.equal((await send('POST', `/identities?${VERSION}`, { dateHeader: 'date' })).status, 201);
  });

  test('Java: the host without its port, and the text it signed beside', async () => {
    const { hostname } = new URL(resourceOf(server).endpoint);
    const headers = { 'x-ms-hmac-string-to-sign-base64': 'eA==' };
    assert.equal((await send('POST', `/identities?${VERSION}`, { signedHost: hostname, headers })).status, 201);
  });

  test('Python over plain HTTP: the path without its first slash', async () => {
    assert.equal((await send('POST', `/identities?${VERSION}`, { signedTarget: `identities?${VERSION}` })).status, 201);
    const refused = await send('POST', `/identities?${VERSION}`, { signedTarget: `identities?${VERSION}`, https: true });
    assert.equal(refused.status, 401);
  });

  test('Python: nulls in the body, its request id back, escapes decoded before they are signed', async () => {
    const id = await created();
    const body = JSON.stringify({ scopes: ['chat'], expiresInMinutes: null });
    const headers = { 'x-ms-return-client-request-id': 'true', 'x-ms-client-request-id': 'mine' };
    const target = `/identities/${encodeURIComponent(id)}/:issueAccessToken?api-version=2022-10-01`;
    const issued = await send('POST', target, { body, headers, signedTarget: decodeURIComponent(target) });
    assert.equal(issued.status, 200);
    assert.equal(issued.headers['x-ms-client-request-id'], 'mine');
    // As Python's credential reads it: the standard alphabet, everything else dropped, ASCII.
    const payload = issued.json.token.split('.')[1];
    assert.match(payload, /^[A-Za-z0-9]+$/);
  });

  test('JavaScript: the query as a form', async () => {
    const target = `/identities?note=a%20(b)&${VERSION}`;
    const signedTarget = `/identities?note=a+%28b%29&${VERSION}`;
    assert.equal((await send('POST', target, { signedTarget })).status, 201);
  });

  test('a retry comes with the same date and signature', async () => {
    const date = new Date().toUTCString();
    for (let i = 0; i < 3; ++i) assert.equal((await send('POST', `/identities?${VERSION}`, { date })).status, 201);
  });

  test('a content hash that is not the body\'s gets the documented answer', async () => {
    const { endpoint, key } = resourceOf(server);
    const { host } = new URL(endpoint);
    const date = new Date().toUTCString();
    const text = `POST\n/identities?${VERSION}\n${date};${host};${EMPTY}`;
    const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
    const refused = await request('POST', `${server.http}/identities?${VERSION}`, {
      headers: {
        host,
        'x-ms-date': date,
        'x-ms-content-sha256': EMPTY,
        authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
      },
      body: '{}',
    });
    assert.equal(refused.status, 401);
    assert.deepEqual(refused.json, {
      error: { code: 'Denied', message: "Request 'x-ms-content-sha256' differs from generated content hash." },
    });
  });

  test('old and future dates are refused', async () => {
    for (const minutes of [-16, 16]) {
      const date = new Date(Date.now() + minutes * 60_000).toUTCString();
      assert.equal((await send('POST', `/identities?${VERSION}`, { date })).status, 401);
    }
  });

  test('without an api-version, and with one nobody knows', async () => {
    const missing = await send('POST', '/identities');
    assert.deepEqual([missing.status, missing.json.error.code], [400, 'ApiVersionUnspecified']);
    const unknown = await send('POST', '/identities?api-version=2020-07-20-preview2');
    assert.deepEqual([unknown.status, unknown.json.error.code], [400, 'UnsupportedApiVersion']);
    assert.match(unknown.json.error.message, /does not support the API version '2020-07-20-preview2'/);
  });

  test('custom ids and reading a user, in the preview', async () => {
    const preview = 'api-version=2025-03-02-preview';
    const body = JSON.stringify({ customId: 'sally@contoso.com' });
    const first = (await send('POST', `/identities?${preview}`, { body })).json.identity.id;
    assert.equal((await send('POST', `/identities?${preview}`, { body })).json.identity.id, first);
    const shown = await send('GET', `/identities/${encodeURIComponent(first)}?${preview}`);
    assert.deepEqual(shown.json, { id: first, customId: 'sally@contoso.com' });
  });
});

describe('across a restart', () => {
  test('tokens, revocations and deletions are what they were', async (t) => {
    const server = await startServer({ t });
    const client = clientOf(server, 'http');
    const good = await client.createUserAndToken(['chat']);
    const revoked = await client.createUserAndToken(['chat']);
    const deleted = await client.createUserAndToken(['chat']);
    await client.revokeTokens(revoked.user);
    await client.deleteUser(deleted.user);
    for (const stop of ['SIGTERM', 'SIGKILL']) {
      await server.signal(stop);
      await server.start();
      assert.ok(await isKnown(server, good.token), stop);
      assert.ok(!(await isKnown(server, revoked.token)), stop);
      assert.ok(!(await isKnown(server, deleted.token)), stop);
    }
    assert.ok((await clientOf(server, 'http').getToken(good.user, ['chat'])).token);
  });
});
