// H4: the limits of the HTTP server, each with the status that tells of it, and each by setting.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';

import { startServer } from '../support/node/server.mjs';

const server = await startServer();
after(() => server.close());

/// Sends raw bytes and resolves to {statuses, closed} when the server has closed or was quiet for a while.
function raw(bytes, { quietMs = 300, patienceMs = 3000, port = server.port } = {}) {
  return new Promise((done) => {
    let text = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    const end = (closed) => {
      socket.destroy();
      done({ statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)), closed });
    };
    let timer = setTimeout(() => end(false), patienceMs);
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
  test(`H4: ${what} is ${status}, and the connection ends`, async () => {
    const { statuses, closed } = await raw(bytes);
    assert.deepEqual(statuses, [status]);
    assert.ok(closed);
  });
}

test('H4: what is within the limits is taken', async () => {
  const headers = Array.from({ length: 126 }, (_, n) => `X${n}: ${'a'.repeat(200)}\r\n`).join('');
  const { statuses, closed } = await raw(get(`/healthz?${'a'.repeat(16_000)}`, headers));
  assert.deepEqual({ statuses, closed }, { statuses: [200], closed: false });
});

test('H4: each limit is a setting', async (t) => {
  const config = `http:
  request_line_bytes_max: 1 KiB
  header_bytes_max: 2 KiB
  header_count_max: 8
  chunk_line_bytes_max: 64
  trailer_bytes_max: 256
  head_timeout: 1s
  transfer_grace: 1s
publishing:
  request_bytes_max: 65536
  event_bytes_max: 65536
`;
  const small = await startServer({ t, config });
  const chunked = 'POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
  const beyond = [
    [get(`/healthz?${'a'.repeat(1100)}`), 414],
    [get('/healthz', `X: ${'a'.repeat(2100)}\r\n`), 431],
    [get('/healthz', Array.from({ length: 8 }, (_, n) => `X${n}: 1\r\n`).join('')), 431],
    ['POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n', 413],
    [`${chunked}1;${'a'.repeat(70)}\r\nx\r\n0\r\n\r\n`, 400],
    [`${chunked}0\r\nX: ${'a'.repeat(300)}\r\n\r\n`, 431],
    ['GET /healthz HTTP/1.1\r\nHost: loc', 408],
    ['POST /topics/events/api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n[', 408],
  ];
  for (const [bytes, status] of beyond) {
    const { statuses, closed } = await raw(bytes, { port: small.port, quietMs: 5000, patienceMs: 6000 });
    assert.deepEqual({ statuses, closed }, { statuses: [status], closed: true }, bytes.slice(0, 80));
  }
});

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
