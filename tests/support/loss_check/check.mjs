// Compares what publishers and receivers wrote down. Prints one line of JSON; ends with 1 when something was
// lost, altered or made up.
//   node check.mjs --folder F --subscriptions a,b,c [--dead-letters FOLDER] [--server http://127.0.0.1:PORT]
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/// The whole lines of every file of `folder` whose name begins with `prefix`, as lists of words. A last
/// line without its end was being written when its writer died, and nothing came of it.
function* lines(folder, prefix) {
  for (const name of fs.readdirSync(folder).filter((file) => file.startsWith(prefix))) {
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) if (line) yield line.split(' ');
  }
}

function readPublished(folder) {
  const hashes = new Map();
  const outcomes = new Map();
  for (const [word, id, rest] of lines(folder, 'publisher-')) {
    if (word === 'sent') hashes.set(id, rest);
    else outcomes.set(id, word === 'refused' && Number(rest) >= 500 ? 'failed' : word);
  }
  return { hashes, outcomes };
}

function readDelivered(folder, published) {
  const delivered = new Map(); // subscription -> event -> deliveries answered with success
  const counts = { deliveries: 0, corrupt: 0, phantom: 0, duplicates: 0 };
  for (const [id, subscription, , hash, status] of lines(folder, 'receiver-')) {
    if (!published.hashes.has(id)) counts.phantom += 1;
    else if (published.hashes.get(id) !== hash) counts.corrupt += 1;
    if (status !== '200') continue;
    counts.deliveries += 1;
    const name = subscription.toLowerCase();
    if (!delivered.has(name)) delivered.set(name, new Map());
    const before = delivered.get(name).get(id) ?? 0;
    if (before > 0) counts.duplicates += 1;
    delivered.get(name).set(id, before + 1);
  }
  return { delivered, counts };
}

/// subscription -> set of event ids, from files named CONTAINER/SUBSCRIPTION/Y/M/D/H/ID.json.
function readDeadLetters(folder) {
  const found = new Map();
  if (!folder || !fs.existsSync(folder)) return found;
  for (const name of fs.readdirSync(folder, { recursive: true }).map(String)) {
    if (!name.endsWith('.json')) continue;
    const subscription = name.split('/')[1].toLowerCase();
    if (!found.has(subscription)) found.set(subscription, new Set());
    for (const { id } of JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))) found.get(subscription).add(id);
  }
  return found;
}

async function readPending(server) {
  if (!server) return new Map();
  const { value } = await (await fetch(`${server}/fanfare/v1/queues`)).json();
  return new Map(value.map(({ eventSubscription, pending }) => [eventSubscription.toLowerCase(), pending]));
}

export async function check({ folder, subscriptions, deadLetters, server }) {
  const published = readPublished(folder);
  const { delivered, counts } = readDelivered(folder, published);
  const dead = readDeadLetters(deadLetters);
  const pending = await readPending(server);
  const report = { sent: published.hashes.size, acked: 0, refused: 0, failed: 0, unknown: 0, unknownDelivered: 0 };
  for (const outcome of published.outcomes.values()) report[outcome] += 1;
  report.unknown += published.hashes.size - published.outcomes.size;
  Object.assign(report, counts, { deadLettered: 0, pending: 0, lost: 0, examples: [] });
  for (const name of subscriptions) {
    const [got, given] = [delivered.get(name) ?? new Map(), dead.get(name) ?? new Set()];
    const missing = [];
    for (const id of published.hashes.keys()) {
      const there = got.has(id) || given.has(id);
      if (published.outcomes.get(id) === 'acked' && !there) missing.push(id);
      if (!['acked', 'refused', 'failed'].includes(published.outcomes.get(id)) && there) report.unknownDelivered += 1;
      if (published.outcomes.get(id) === 'refused' && there) report.phantom += 1;
    }
    const owed = pending.get(name) ?? 0;
    report.deadLettered += given.size;
    report.pending += owed;
    report.lost += Math.max(0, missing.length - owed);
    if (missing.length > owed) report.examples.push(`${name}: ${missing.slice(0, 3).join(', ')}`);
  }
  report.passed = report.lost === 0 && report.corrupt === 0 && report.phantom === 0;
  return report;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string' },
      subscriptions: { type: 'string' },
      'dead-letters': { type: 'string' },
      server: { type: 'string' },
    },
  });
  const report = await check({
    folder: values.folder,
    subscriptions: values.subscriptions.toLowerCase().split(','),
    deadLetters: values['dead-letters'],
    server: values.server,
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = report.passed ? 0 : 1;
}
