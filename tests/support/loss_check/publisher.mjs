// Publishes until SIGTERM, writing down what it is about to send and what was answered.
//   node publisher.mjs --url U --key K --folder F --publishers 8 --batch-max 100 --rate 2000 --seed 1 --bytes 200
// One file per publisher: `sent ID HASH`, then `acked ID`, `refused ID STATUS` or `unknown ID CODE`.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { hashOf, makeEvent, randomFrom } from './events.mjs';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    folder: { type: 'string' },
    publishers: { type: 'string', default: '8' },
    'batch-max': { type: 'string', default: '100' },
    'batch-min': { type: 'string', default: '1' },
    rate: { type: 'string', default: '0' },
    count: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    bytes: { type: 'string', default: '200' },
  },
});
const number = (name) => Number(options[name]);
const target = new URL(options.url);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let stopping = false;
process.on('SIGTERM', () => (stopping = true));

function post(agent, body) {
  return new Promise((done) => {
    const call = http.request(target, {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'aeg-sas-key': options.key,
      },
    });
    call.setTimeout(30_000, () => call.destroy(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })));
    call.on('error', (error) => done({ outcome: 'unknown', detail: error.code ?? 'ERROR' }));
    call.on('response', (response) => {
      response.resume();
      response.on('error', (error) => done({ outcome: 'unknown', detail: error.code ?? 'ERROR' }));
      response.on('end', () =>
        done(response.statusCode === 200 ? { outcome: 'acked' } : { outcome: 'refused', detail: response.statusCode }),
      );
    });
    call.end(body);
  });
}

async function publisher(index) {
  const random = randomFrom(number('seed') * 1000 + index);
  const file = fs.openSync(path.join(options.folder, `publisher-${index}.txt`), 'a');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const began = Date.now();
  const limit = number('count') / number('publishers');
  const least = number('batch-min');
  for (let sequence = 0; !stopping && (limit === 0 || sequence < limit); ) {
    const size = least + Math.floor(random() * (number('batch-max') - least + 1));
    const events = Array.from({ length: size }, (_, n) =>
      makeEvent(`${options.seed}-${index}-${process.pid}-${sequence + n}`, sequence + n, Math.floor(random() * 2 * number('bytes'))),
    );
    sequence += size;
    fs.writeSync(file, events.map((event) => `sent ${event.id} ${hashOf(event)}\n`).join(''));
    const { outcome, detail } = await post(agent, JSON.stringify(events));
    fs.writeSync(file, events.map(({ id }) => `${outcome} ${id}${detail ? ` ${detail}` : ''}\n`).join(''));
    if (outcome !== 'acked') await sleep(20);
    const ahead = (sequence * 1000 * number('publishers')) / (number('rate') || Infinity) - (Date.now() - began);
    if (ahead > 0) await sleep(Math.min(ahead, 1000));
  }
  agent.destroy();
}

await Promise.all(Array.from({ length: number('publishers') }, (_, index) => publisher(index)));
