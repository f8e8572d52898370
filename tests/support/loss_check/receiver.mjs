// Answers webhooks and writes down every delivery before it answers.
//   node receiver.mjs --folder F --names a,b,c --fail c=20 --seed 1
// Prints {"a":"http://127.0.0.1:PORT/a",…} and runs until SIGTERM. One file per name:
// `ID SUBSCRIPTION COUNT HASH STATUS`.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { hashOf, randomFrom } from './events.mjs';

const { values: options } = parseArgs({
  options: {
    folder: { type: 'string' },
    names: { type: 'string' },
    fail: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
  },
});
const random = randomFrom(Number(options.seed) + 77);
const failing = Object.fromEntries(options.fail.split(',').filter(Boolean).map((pair) => pair.split('=')));
const files = Object.fromEntries(
  options.names.split(',').map((name) => [name, fs.openSync(path.join(options.folder, `receiver-${name}.txt`), 'a')]),
);

function take(incoming, response, text) {
  const name = incoming.url.slice(1);
  const events = JSON.parse(text);
  if (incoming.headers['aeg-event-type'] === 'SubscriptionValidation') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ validationResponse: events[0].data.validationCode }));
    return;
  }
  const status = random() * 100 < Number(failing[name] ?? 0) ? 500 : 200;
  const about = `${incoming.headers['aeg-subscription-name']} ${incoming.headers['aeg-delivery-count']}`;
  fs.writeSync(files[name], events.map((event) => `${event.id} ${about} ${hashOf(event)} ${status}\n`).join(''));
  response.writeHead(status);
  response.end();
}

const server = http.createServer((incoming, response) => {
  const chunks = [];
  incoming.on('data', (chunk) => chunks.push(chunk));
  incoming.on('error', () => {});
  incoming.on('end', () => take(incoming, response, Buffer.concat(chunks).toString('utf8')));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const urls = Object.fromEntries(Object.keys(files).map((name) => [name, `http://127.0.0.1:${port}/${name}`]));
  process.stdout.write(`${JSON.stringify(urls)}\n`);
});
process.on('SIGTERM', () => process.exit(0));
