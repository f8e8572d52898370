// HTTPS and HTTP on one port, the development CA, and certificates of one's own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { test } from 'node:test';

import { eventually, request } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, scratchFolder, startServer, webhook } from '../support/node/server.mjs';
import { makeCertificates } from '../support/node/certificates.mjs';

test('one port answers both, told apart by the first byte', async (t) => {
  const server = await startServer({ t });
  assert.equal(new URL(server.http).port, new URL(server.https).port);
  const { port } = server;
  assert.equal((await request('GET', `http://127.0.0.1:${port}/healthz`)).status, 200);
  for (const host of ['localhost', '127.0.0.1']) {
    assert.equal((await request('GET', `https://${host}:${port}/healthz`, { ca: server.ca })).status, 200, host);
  }
  await assert.rejects(request('GET', `https://localhost:${port}/healthz`), /certificate|issuer/);
});

test('the development CA is made once, and its key is nobody else\'s', async (t) => {
  const server = await startServer({ t });
  const before = fs.readFileSync(server.ca);
  await server.restart();
  assert.deepEqual(fs.readFileSync(server.ca), before);
  for (const file of fs.readdirSync(path.dirname(server.ca)).filter((name) => /key/.test(name))) {
    assert.equal(fs.statSync(path.join(path.dirname(server.ca), file)).mode & 0o077, 0, file);
  }
});

test('a topic\'s Host name is in the certificate by itself, also when the topic came later; the CA stays', async (t) => {
  const server = await startServer({ t });
  const ca = fs.readFileSync(server.ca);
  const verifies = (host) => {
    const args = ['s_client', '-connect', `127.0.0.1:${server.port}`, '-servername', host, '-verify_hostname', host, '-verify_return_error', '-CAfile', server.ca];
    try {
      execFileSync('openssl', args, { input: '', stdio: ['pipe', 'pipe', 'pipe'] });
      return true;
    } catch {
      return false;
    }
  };
  assert.ok(verifies('localhost'));
  assert.ok(verifies('events.localhost'));
  assert.ok(!verifies('later.localhost'));
  await server.createTopic('Later');
  await eventually(() => verifies('later.localhost'));
  assert.ok(verifies('events.localhost'));
  await server.restart();
  assert.ok(verifies('later.localhost') && verifies('events.localhost'));
  assert.deepEqual(fs.readFileSync(server.ca), ca);
});

test('TLS 1.2 and 1.3 are spoken, 1.1 is not', async (t) => {
  const server = await startServer({ t });
  const connect = (version) =>
    new Promise((done) => {
      const socket = tls.connect(
        { port: server.port, host: '127.0.0.1', servername: 'localhost', ca: fs.readFileSync(server.ca), minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' },
        () => {
          done(socket.getProtocol());
          socket.destroy();
        },
      );
      socket.on('error', () => done('refused'));
    });
  assert.equal(await connect('TLSv1.3'), 'TLSv1.3');
  assert.equal(await connect('TLSv1.2'), 'TLSv1.2');
  assert.equal(await connect('TLSv1.1'), 'refused');
});

test('a certificate of one\'s own is served, and read again on SIGHUP', async (t) => {
  const folder = scratchFolder(t);
  const own = makeCertificates(path.join(folder, 'tls'));
  const config = `tls:\n  certificate: ${own.certificate}\n  key: ${own.key}\n`;
  const server = await startServer({ t, config });
  const serial = () =>
    new Promise((done, failed) => {
      const socket = tls.connect({ port: server.port, host: '127.0.0.1', servername: 'localhost', ca: fs.readFileSync(own.ca) }, () => {
        done(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on('error', failed);
    });
  const first = await serial();
  makeCertificates(path.join(folder, 'tls'));
  process.kill(server.pid, 'SIGHUP');
  await eventually(async () => (await serial()) !== first, { what: 'the new certificate' });
});

test('without plain HTTP only HTTPS is answered', async (t) => {
  const server = await startServer({ t, args: ['--plain-http', 'off'] });
  assert.equal((await request('GET', `https://localhost:${server.port}/healthz`, { ca: server.ca })).status, 200);
  await request('GET', `http://127.0.0.1:${server.port}/healthz`).then(
    ({ status }) => assert.ok(status >= 400, `answered ${status}`),
    () => {},
  );
});

test('an HTTPS webhook is trusted only when its root is', async (t) => {
  const folder = scratchFolder(t);
  const own = makeCertificates(path.join(folder, 'tls'));
  const hook = await startReceiver({ tls: own });
  t.after(() => hook.close());
  const trusting = await startServer({ t, config: `webhooks:\n  ca_file: ${own.ca}\n  handshake_attempts: 1\n` });
  await trusting.subscribe('events', 'secure', { destination: webhook(hook.url) });
  await trusting.publish('events', [event({ id: 'over TLS' })]);
  await hook.waitFor(1);

  const careful = await startServer({ t, config: 'webhooks:\n  handshake_attempts: 1\n' });
  await assert.rejects(careful.subscribe('events', 'secure', { destination: webhook(hook.url) }), /Url validation/);
  assert.equal(hook.handshakes.length, 1, 'nothing is sent to an endpoint whose certificate nobody vouches for');
});

test('a webhook whose certificate is for another name is refused', async (t) => {
  const own = makeCertificates(path.join(scratchFolder(t), 'tls'), 'DNS:elsewhere.example');
  const hook = await startReceiver({ tls: own });
  t.after(() => hook.close());
  const server = await startServer({ t, config: `webhooks:\n  ca_file: ${own.ca}\n  handshake_attempts: 1\n` });
  await assert.rejects(server.subscribe('events', 'secure', { destination: webhook(hook.url) }), /Url validation/);
});

test('curl trusts the development CA as it is told to', async (t) => {
  const server = await startServer({ t });
  const answer = execFileSync('curl', ['-sS', '--cacert', server.ca, `https://localhost:${server.port}/healthz`]);
  assert.match(String(answer), /ok/);
});
