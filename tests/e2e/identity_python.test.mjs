// Identities with the vendor's Python client, where Debian's python3-azure is installed.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { ROOT, startServer } from '../support/node/server.mjs';

const PYTHON = '/usr/bin/python3';
const missing =
  spawnSync(PYTHON, ['-c', 'import azure.communication.identity.aio, aiohttp']).status !== 0 &&
  'the Python client (python3-azure, python3-aiohttp) is not installed';

describe('the Python client', { skip: missing }, () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.close());

  const run = (endpoint, way) =>
    new Promise((resolve, reject) => {
      const key = /accesskey=(.*)$/.exec(server.ready.communication.fanfare.connectionString)[1];
      const script = path.join(ROOT, 'tests/e2e/identity_python.py');
      const env = { ...process.env, REQUESTS_CA_BUNDLE: server.ca, SSL_CERT_FILE: server.ca };
      execFile(PYTHON, [script, endpoint, key, way], { env, timeout: 60_000 }, (error, out) =>
        error ? reject(error) : resolve(JSON.parse(out)),
      );
    });

  for (const [way, scheme] of [['connection_string', 'https'], ['key', 'http'], ['key', 'https'], ['async', 'https']]) {
    test(`${way}, ${scheme}`, async () => {
      const { user, tokens, expiries, error } = await run(`${scheme}://localhost:${server.port}`, way);
      assert.match(user, /^8:acs:[0-9a-f-]{36}_[0-9a-f-]{36}$/);
      assert.equal(error, 'IdentityNotFound');
      for (const [i, token] of tokens.entries()) {
        const { exp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
        assert.equal(expiries[i], exp, 'decoded as the client does it');
      }
    });
  }
});
