// D1 and isolation: what endpoints that hang, drip, reset, refuse or swallow do to a healthy one beside them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { byLevel } from '../support/node/load.mjs';
import { startProgram } from '../support/node/program.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { event, startServer, webhook } from '../support/node/server.mjs';

const residentKiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const rounds = 3; // of each measurement; the best counts, since the machine has other things to do

/// Publishes single events at a steady rate: the 99th percentile from before the publish to the delivery, in ms.
async function latency(server, hook, { seconds, rate = 200 }) {
  const sent = new Map();
  const delays = [];
  const stop = hook.onDelivery(({ events }) => {
    for (const { id } of events) if (sent.has(id)) delays.push(performance.now() - sent.get(id));
  });
  const count = seconds * rate;
  const began = performance.now();
  const answers = [];
  for (let n = 0; n < count; n += 1) {
    await sleep(Math.max(0, began + (n * 1000) / rate - performance.now()));
    const one = event();
    sent.set(one.id, performance.now());
    answers.push(server.publish('events', [one]));
  }
  for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200);
  for (let waited = 0; delays.length < count && waited < 60_000; waited += 5) await sleep(5);
  stop();
  assert.equal(delays.length, count, 'everything arrived');
  return delays.sort((a, b) => a - b)[Math.floor(count * 0.99)];
}

/// Publishes batches of 100, four at a time: events a second until the last is delivered.
async function throughput(server, hook, events) {
  let delivered = 0;
  const all = new Promise((done) => {
    const stop = hook.onDelivery(() => {
      delivered += 1;
      if (delivered < events) return;
      stop();
      done();
    });
  });
  const began = performance.now();
  let left = events / 100;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      assert.equal((await server.publish('events', Array.from({ length: 100 }, () => event()))).status, 200);
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  await all;
  return events / ((performance.now() - began) / 1000);
}

/// The best of some rounds of both.
async function measure(server, hook, { seconds, events }) {
  const best = { p99: Infinity, perSecond: 0 };
  for (let round = 0; round < rounds; round += 1) {
    best.p99 = Math.min(best.p99, await latency(server, hook, { seconds }));
    best.perSecond = Math.max(best.perSecond, await throughput(server, hook, events));
  }
  return best;
}

async function start(t, config = '') {
  const server = await startServer({ t, config: `webhooks:\n  validation: off\n${config}` });
  const hook = await startReceiver();
  t.after(() => hook.close());
  await server.subscribe('events', 'healthy', { destination: webhook(hook.url) });
  await server.createTopic('noise');
  await throughput(server, hook, 1000); // warm
  return { server, hook };
}

// The goals hold for a machine that does nothing else; the short level may share it and only tells a stop from a slowing.
const goal = byLevel({ short: { p99: 4, slackMs: 50, share: 0.5 }, ci: { p99: 1.2, slackMs: 5, share: 0.9 }, full: { p99: 1.2, slackMs: 5, share: 0.9 } });
const size = byLevel({ short: { seconds: 2, events: 4000 }, ci: { seconds: 3, events: 10_000 }, full: { seconds: 10, events: 40_000 } });

test('D1: a healthy endpoint beside 250 bad ones', { timeout: 400_000 }, async (t) => {
  const { server, hook } = await start(t);
  const alone = await measure(server, hook, size);
  const count = byLevel({ short: 20, ci: 50, full: 50 });
  const bad = await startProgram(t, 'bad_receivers.py', [count, 'hang', 'drip', 'reset', 'blackhole', 'error']);
  for (const [kind, urls] of Object.entries(bad.ready)) {
    await Promise.all(urls.map((url, n) => server.subscribe('noise', `${kind}-${n}`, { destination: webhook(url) })));
  }
  await Promise.all(['no-such-name.invalid', 'nor-this.invalid'].map((host, n) => server.subscribe('noise', `unknown-${n}`, { destination: webhook(`http://${host}/`) })));
  const memory = residentKiB(server.pid);
  for (let n = 0; n < 10; n += 1) await server.publish('noise', Array.from({ length: 20 }, () => event()));
  await sleep(1000);
  const beside = await measure(server, hook, size);
  const grown = residentKiB(server.pid) - memory;
  const kinds = await bad.ask();
  const sockets = Object.entries(kinds).map(([kind, { sockets }]) => `${kind} ${sockets}`).join(', ');
  t.diagnostic(`D1: ${5 * count} bad endpoints: p99 ${alone.p99.toFixed(1)} -> ${beside.p99.toFixed(1)} ms, ${alone.perSecond.toFixed()} -> ${beside.perSecond.toFixed()} events/s (${((100 * beside.perSecond) / alone.perSecond).toFixed()} %), memory +${(grown / 1024).toFixed(1)} MiB; most sockets: ${sockets}`);
  for (const [kind, { requests, sockets: most }] of Object.entries(kinds)) {
    assert.ok(kind === 'blackhole' || requests > 0, `${kind} was tried`);
    assert.ok(most >= 1 && most <= 4, `${most} sockets to one endpoint that does ${kind}`);
  }
  assert.ok(grown < 64 * 1024, `memory grew by ${grown} KiB`);
  assert.ok(beside.p99 <= goal.p99 * alone.p99 + goal.slackMs, `p99 ${alone.p99} ms alone, ${beside.p99} ms beside bad endpoints`);
  assert.ok(beside.perSecond >= goal.share * alone.perSecond, `${alone.perSecond}/s alone, ${beside.perSecond}/s beside bad endpoints`);
});

test('isolation: one endpoint that hangs for its whole time on every request leaves the others within 10 %', { timeout: 400_000 }, async (t) => {
  const { server, hook } = await start(t);
  const bad = await startProgram(t, 'bad_receivers.py', [1, 'hang']);
  const best = { alone: 0, beside: 0 };
  for (let round = 0; round < rounds; round += 1) {
    best.alone = Math.max(best.alone, await throughput(server, hook, size.events));
    // On the same topic: each event is owed to it as well.
    await server.subscribe('events', `hangs-${round}`, { destination: webhook(bad.ready.hang[0]) });
    best.beside = Math.max(best.beside, await throughput(server, hook, size.events));
    await server.arm('DELETE', server.subscriptionId('events', `hangs-${round}`));
  }
  t.diagnostic(`isolation: ${best.alone.toFixed()} -> ${best.beside.toFixed()} events/s (${((100 * best.beside) / best.alone).toFixed()} %)`);
  assert.ok((await bad.ask()).hang.requests > 0);
  assert.ok(best.beside >= goal.share * best.alone, `${best.alone}/s alone, ${best.beside}/s beside one that hangs`);
});

test('D1: an endpoint that begins to hang holds four sockets at most, if it got little before', { timeout: 60_000 }, async (t) => {
  const { server, hook } = await start(t);
  await sleep(3000); // what it was allowed under load is given up by and by
  for (let n = 0; n < 30; n += 1) {
    await server.publish('events', [event()]);
    await sleep(50);
  }
  hook.answerWith({ hang: true });
  const before = hook.deliveries.length;
  for (let n = 0; n < 20; n += 1) await server.publish('events', [event(), event()]);
  await sleep(1000);
  t.diagnostic(`D1: ${hook.deliveries.length - before} requests held`);
  assert.ok(hook.deliveries.length - before <= 4, `${hook.deliveries.length - before} requests held`);
});
