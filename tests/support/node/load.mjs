// Load for durability tests: the programs of tests/support/loss_check as processes of their own, and the
// verdict of their checker.
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

import { check } from '../loss_check/check.mjs';
import { ROOT, scratchFolder, webhook } from './server.mjs';

const program = (name) => path.join(ROOT, 'tests/support/loss_check', `${name}.mjs`);

/// How much of the long tests is run: `short`, `ci` or `full`.
export const LEVEL = process.env.TEST_LENGTH ?? 'short';
/// A time limit on a machine of its own; where others work at the same time, as much longer.
export const patience = (ms) => ms * Math.max(1, os.loadavg()[0] / os.cpus().length);

export const byLevel = (choices) => choices[LEVEL] ?? choices.short;

/// A bound that a goal sets holds for a machine that does nothing else; the short level, which may share its machine, takes
/// five times as much.
export const onThisMachine = (bound) => byLevel({ short: 5 * bound, ci: bound, full: bound });

/// Makes one event subscription per entry of `subscriptions` ({name: destination properties}) on the topic
/// `events` and starts a receiver for them. `fail` is {name: percent}.
export async function startLoad(t, server, { subscriptions, fail = {}, seed = 1, properties = {} }) {
  const folder = scratchFolder(t);
  const names = Object.keys(subscriptions);
  const failing = Object.entries(fail).map(([name, percent]) => `${name}=${percent}`).join(',');
  const receiver = spawn(process.execPath, [program('receiver'), '--folder', folder, '--names', names.join(','), '--fail', failing, '--seed', String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => receiver.kill('SIGKILL'));
  const urls = JSON.parse(await new Promise((done) => readline.createInterface({ input: receiver.stdout }).once('line', done)));
  for (const name of names) {
    await server.subscribe('events', name, { destination: webhook(urls[name], subscriptions[name]), ...properties });
  }
  return new Load(t, server, { folder, names, seed, receiver });
}

class Load {
  constructor(t, server, parts) {
    Object.assign(this, parts, { t, server });
  }

  /// Starts publishers; they go on until stopPublishing().
  publish({ publishers = 8, batchMin = 1, batchMax = 100, rate = 2000, bytes = 200, count = 0 } = {}) {
    const { endpoint, key1 } = this.server.topic('events');
    const options = { url: endpoint, key: key1, folder: this.folder, publishers, 'batch-max': batchMax, 'batch-min': batchMin, rate, bytes, count, seed: this.seed };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.publisher = spawn(process.execPath, [program('publisher'), ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    this.published = new Promise((done) => this.publisher.once('exit', done));
    this.t.after(() => this.publisher.kill('SIGKILL'));
    return this.published;
  }

  async stopPublishing() {
    this.publisher.kill('SIGTERM');
    await this.published;
  }

  check() {
    return check({
      folder: this.folder,
      subscriptions: this.names,
      deadLetters: path.join(this.server.data, 'deadletter'),
      server: this.server.http,
    });
  }
}
