// The limits of the HTTP server, each with the status that tells of it.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';

import { startServer } from '../support/node/server.mjs';

const server = await startServer();
after(() => server.close());

/// Sends raw bytes and resolves to {statuses, closed} when the server has closed or was quiet for a while.
function raw(bytes, { quietMs = 300 } = {}) {
  return new Promise((done) => {
    let text = '';
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(bytes));
    const end = (closed) => {
      socket.destroy();
      done({ statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)), closed });
    };
    let timer = setTimeout(() => end(false), 3000);
    socket.on('data', (chunk) => {
      text += chunk;
      clearTimeout(timer);
      timer = setTimeout(() => end(false), quietMs);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      end(true);
    });
  });
}

const get = (target, headers = '') => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const cases = [
  ['a request line of 16 KiB and more', get(`/healthz?${'a'.repeat(17_000)}`), 414],
  ['header fields of more than 32 KiB', get('/healthz', `X: ${'a'.repeat(33_000)}\r\n`), 431],
  ['129 header fields', get('/healthz', Array.from({ length: 129 }, (_, n) => `X${n}: 1\r\n`).join('')), 431],
  ['a body that says it is too large', 'POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1536001\r\n\r\n', 413],
  ['a chunk line of 5,000 bytes', `POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(5000)}\r\nx\r\n0\r\n\r\n`, 400],
  ['trailers of more than 8 KiB', `POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ${'a'.repeat(9000)}\r\n\r\n`, 431],
  ['an expectation that nobody knows', 'POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\nx', 417],
];
for (const [what, bytes, status] of cases) {
  test(`${what} is ${status}, and the connection ends`, async () => {
    const { statuses, closed } = await raw(bytes);
    assert.deepEqual(statuses, [status]);
    assert.ok(closed);
  });
}

test('100 pipelined requests are answered in order, each once', async () => {
  const { statuses } = await raw(get('/healthz').repeat(100));
  assert.equal(statuses.length, 100);
  assert.ok(statuses.every((status) => status === 200));
});

test('a body beyond the limit is refused while it is sent in chunks', async () => {
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  const { statuses } = await raw(`POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(30)}0\r\n\r\n`);
  assert.deepEqual(statuses, [413]);
});
