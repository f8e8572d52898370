// A webhook endpoint under a test's control: it answers both handshakes, records every delivery before
// it answers, and answers as it was told.
//
//   const hook = await startReceiver({ handshake: 'later' });
//   hook.plan([{ status: 503 }, { status: 200, delayMs: 50 }, { drop: true }]);   // then 200 again
//   const [first] = await hook.waitFor(1);
//   await hook.close();
import http from 'node:http';
import https from 'node:https';
import fs from 'node:fs';
import net from 'node:net';

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/// `handshake`: accept (at once) | later (opens the link after `laterMs`) | silent (200 and nothing) |
/// refuse (400). `allowedRate` is the WebHook-Allowed-Rate of the CloudEvents handshake; `allowedOrigin`
/// replaces the echo of the asked origin; `answerMember` is the name under which the code is answered.
export async function startReceiver(options = {}) {
  const { host = '127.0.0.1', port = 0, tls, laterMs = 20, allowedOrigin, allowedRate } = options;
  const { answerMember = 'validationResponse' } = options;
  const state = {
    handshake: options.handshake ?? 'accept',
    plan: [],
    fallback: options.answer ?? { status: 200 },
    deliveries: [],
    handshakes: [],
    visits: [],
  };
  const waiting = new Set();

  const answer = (response, { status = 200, headers = {}, body, delayMs = 0, drop = false, hang = false }) => {
    if (hang) return;
    const send = () => {
      if (drop) return response.destroy();
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      const json = body !== undefined && typeof body !== 'string';
      response.writeHead(status, { ...(json ? { 'content-type': 'application/json' } : {}), ...headers });
      response.end(text);
    };
    if (delayMs) setTimeout(send, delayMs);
    else send();
  };

  const openLater = (link) =>
    setTimeout(async () => {
      try {
        const response = await fetch(link);
        state.visits.push({ link, status: response.status, text: await response.text() });
      } catch (error) {
        state.visits.push({ link, error: String(error.cause?.code ?? error.message) });
      }
    }, laterMs);

  const onCloudEventsHandshake = (incoming, response) => {
    const origin = incoming.headers['webhook-request-origin'];
    const callback = incoming.headers['webhook-request-callback'];
    state.handshakes.push({ kind: 'CloudEvents', path: incoming.url, headers: incoming.headers, origin, callback });
    if (state.handshake === 'refuse') return answer(response, { status: 405 });
    if (state.handshake === 'later' && callback) openLater(callback);
    if (state.handshake !== 'accept') return answer(response, { status: 200 });
    const headers = { 'WebHook-Allowed-Origin': allowedOrigin ?? origin ?? '*' };
    if (allowedRate !== undefined) headers['WebHook-Allowed-Rate'] = String(allowedRate);
    return answer(response, { status: 200, headers });
  };

  const onEventGridHandshake = (incoming, response, body) => {
    const event = Array.isArray(body) ? body[0] : body;
    state.handshakes.push({ kind: 'EventGrid', path: incoming.url, headers: incoming.headers, event, body });
    if (state.handshake === 'refuse') return answer(response, { status: 400 });
    if (state.handshake === 'later' && event?.data?.validationUrl) openLater(event.data.validationUrl);
    if (state.handshake !== 'accept') return answer(response, { status: 200 });
    return answer(response, { status: 200, body: { [answerMember]: event?.data?.validationCode } });
  };

  const onDelivery = (incoming, response, text) => {
    const body = parse(text);
    const events = Array.isArray(body) ? body : body === undefined ? [] : [body];
    const delivery = {
      at: Date.now(),
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
      rawHeaders: incoming.rawHeaders,
      text,
      body,
      events,
    };
    const chosen = state.plan.length > 0 ? state.plan.shift() : state.fallback;
    delivery.answer = typeof chosen === 'function' ? chosen(delivery) : chosen;
    state.deliveries.push(delivery);
    answer(response, delivery.answer);
    for (const look of [...waiting]) look();
  };

  const onRequest = (incoming, response) => {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('error', () => {});
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (incoming.method === 'OPTIONS') return onCloudEventsHandshake(incoming, response);
      if (incoming.headers['aeg-event-type'] === 'SubscriptionValidation') {
        return onEventGridHandshake(incoming, response, parse(text));
      }
      return onDelivery(incoming, response, text);
    });
  };

  const server = tls
    ? https.createServer({ key: fs.readFileSync(tls.key), cert: fs.readFileSync(tls.certificate) }, onRequest)
    : http.createServer(onRequest);
  server.keepAliveTimeout = 60_000;
  await new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, done);
  });
  const { port: bound } = server.address();

  return {
    port: bound,
    url: `${tls ? 'https' : 'http'}://${tls ? 'localhost' : host}:${bound}/hook`,
    deliveries: state.deliveries,
    handshakes: state.handshakes,
    visits: state.visits,
    get events() {
      return state.deliveries.flatMap((delivery) => delivery.events);
    },
    plan: (answers) => (state.plan = [...answers]),
    answerWith: (value) => (state.fallback = value),
    handshakeWith: (mode) => (state.handshake = mode),
    /// Calls back with each delivery as it comes; returns what ends that.
    onDelivery(listener) {
      const look = () => listener(state.deliveries.at(-1));
      waiting.add(look);
      return () => waiting.delete(look);
    },
    /// The first `count` deliveries for which `where` holds, as soon as there are so many.
    waitFor(count, { timeoutMs = 15_000, where = () => true } = {}) {
      return new Promise((done, failed) => {
        const look = () => {
          const hits = state.deliveries.filter(where);
          if (hits.length < count) return;
          waiting.delete(look);
          clearTimeout(timer);
          done(hits);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          const hits = state.deliveries.filter(where).length;
          failed(new Error(`${hits} of ${count} deliveries after ${timeoutMs} ms`));
        }, timeoutMs);
        waiting.add(look);
        look();
      });
    },
    close() {
      return new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      });
    },
  };
}

/// A socket that speaks whatever `onRequest(socket, head)` writes, for endpoints that break the rules.
/// It answers the Event Grid handshake by itself, so that a subscription can be made. `mostBusy` is how many
/// sockets had a delivery at the same time.
export async function startRawReceiver(onRequest) {
  const sockets = new Set();
  const busy = new Set();
  const requests = [];
  let mostBusy = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      busy.delete(socket);
    });
    socket.on('error', () => {});
    let buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      const end = buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = buffer.subarray(0, end).toString('latin1');
      const length = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
      if (buffer.length < end + 4 + length) return;
      const body = buffer.subarray(end + 4, end + 4 + length).toString('utf8');
      buffer = buffer.subarray(end + 4 + length);
      if (/^aeg-event-type:\s*SubscriptionValidation/im.test(head)) {
        const reply = JSON.stringify({ validationResponse: JSON.parse(body)[0].data.validationCode });
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${reply.length}\r\n\r\n${reply}`);
        return;
      }
      requests.push({ head, body, at: Date.now() });
      mostBusy = Math.max(mostBusy, busy.add(socket).size);
      onRequest(socket, { head, body, requests });
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    requests,
    get mostBusy() {
      return mostBusy;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}
