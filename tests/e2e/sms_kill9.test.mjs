// kill -9 while messages are sent, again and again: each message whose send was acknowledged is there afterwards, with
// its report delivered; no event is without its message.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LEVEL, byLevel } from '../support/node/load.mjs';
import { eventually } from '../support/node/http.mjs';
import { startReceiver } from '../support/node/receiver.mjs';
import { randomFrom } from '../support/loss_check/events.mjs';
import { startServer, webhook } from '../support/node/server.mjs';
import { OWN, SECOND, STRANGER, listen, signed } from '../support/node/sms.mjs';

const kills = byLevel({ short: 5, ci: 20, full: 200 });
const REPORT = 'Microsoft.Communication.SMSDeliveryReportReceived';

/// Sends until told to stop; notes the ids that were acknowledged.
function startSending(server, acknowledged) {
  let stopped = false;
  const one = async () => {
    while (!stopped) {
      const body = {
        from: OWN,
        smsRecipients: [{ to: STRANGER }, { to: SECOND }],
        message: `message ${acknowledged.size}`,
        smsSendOptions: { enableDeliveryReport: true },
      };
      try {
        const { status, json } = await signed(server, 'POST', '/sms?api-version=2021-03-07', body);
        if (status !== 202) continue;
        for (const { httpStatusCode, messageId } of json.value) if (httpStatusCode === 202) acknowledged.add(messageId);
      } catch {
        await new Promise((done) => setTimeout(done, 20)); // dead or starting
      }
    }
  };
  const senders = Array.from({ length: 8 }, one);
  return () => {
    stopped = true;
    return Promise.all(senders);
  };
}

async function everyMessage(server) {
  const out = new Map();
  for (let next = 'sms?top=1000'; next; ) {
    const { json } = await server.operations(next);
    for (const message of json.value) out.set(message.messageId, message);
    next = json.nextLink?.slice('/fanfare/v1/'.length);
  }
  return out;
}

test(`${kills} kills (${LEVEL})`, { timeout: 600_000 }, async (t) => {
  const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  const server = await startServer({ t, config: 'delivery:\n  retry_schedule: [1s, 2s]\nsms:\n  messages_max: 10000000\n' });
  const hook = await startReceiver();
  t.after(() => hook.close());
  await listen(server, 'all', { destination: webhook(hook.url) });

  const acknowledged = new Set();
  const stopSending = startSending(server, acknowledged);
  for (let round = 0; round < kills; round += 1) {
    await new Promise((done) => setTimeout(done, 100 + random() * 900));
    await server.kill();
    await server.start();
  }
  await new Promise((done) => setTimeout(done, 300));
  await stopSending();

  const settled = async () => {
    const messages = await everyMessage(server);
    return [...messages.values()].every(({ state }) => state !== 'Submitted') && messages;
  };
  const messages = await eventually(settled, { timeoutMs: 120_000, everyMs: 200, what: 'the end of every message' });
  await server.drained({ timeoutMs: 120_000 });

  const lost = [...acknowledged].filter((id) => !messages.has(id));
  assert.deepEqual(lost, [], 'acknowledged, but not there');
  const events = new Map(hook.events.map((event) => [event.id, event]));
  const unreported = [...acknowledged].filter((id) => events.get(id)?.eventType !== REPORT);
  assert.deepEqual(unreported, [], 'acknowledged, but not reported');
  const phantoms = [...events.values()].filter(({ id }) => !messages.has(id));
  assert.deepEqual(phantoms, [], 'events without a message');
  const silent = [...messages.values()].filter(({ messageId }) => !events.has(messageId));
  assert.deepEqual(silent, [], 'messages without an event');
  const received = [...messages.values()].filter(({ direction }) => direction === 'received');
  const sentToUs = [...messages.values()].filter(({ to, state }) => to === SECOND && state === 'Delivered');
  assert.equal(received.length, sentToUs.length, 'each message to a number of ours arrived once');
  t.diagnostic(`${acknowledged.size} acknowledged, ${messages.size} messages, ${hook.events.length} events`);
  assert.ok(acknowledged.size > kills * 10);
});
