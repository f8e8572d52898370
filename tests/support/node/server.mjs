// Starts the built `fanfare serve` on a free port with a folder of its own, and speaks to it.
//
//   const server = await startServer({ t });                  // stopped and removed when test `t` ends
//   await server.subscribe('events', 'mine', { destination: webhook(hook.url) });
//   await server.publish('events', [event()]);
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

import { eventually, request } from './http.mjs';

export const ROOT = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../..');
export const BINARY = process.env.TEST_BINARY ?? path.join(ROOT, 'build/release/bin/fanfare');
export const DATA = path.join(ROOT, 'tests/data');
const SUBSCRIPTION = '/subscriptions/00000000-0000-0000-0000-000000000000';
export const GROUP = `${SUBSCRIPTION}/resourceGroups/local`;
const API = 'api-version=2022-06-15';

const endings = new WeakMap();

/// Like t.after(), but what was begun last ends first.
export function atEnd(t, end) {
  if (!endings.has(t)) {
    endings.set(t, []);
    t.after(async () => {
      for (const each of endings.get(t).reverse()) await each();
    });
  }
  endings.get(t).push(end);
}

/// A folder that goes when the test ends.
export function scratchFolder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fanfare-test-'));
  if (t) atEnd(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/// `config` is the text of a fanfare.yaml; `wrap` a command that runs the server, such as strace;
/// `data: 'memory'` keeps nothing.
export async function startServer({ t, config, args = [], env = {}, data, wrap = [], port = 0, startMs = 20_000 } = {}) {
  const folder = data === undefined || data === 'memory' ? scratchFolder(t) : path.dirname(data);
  const owned = folder !== path.dirname(data ?? '/');
  const server = new Server({ owned, folder, data: data ?? path.join(folder, 'data'), config, args, env, wrap, port, startMs });
  if (t) atEnd(t, () => server.endWell());
  await server.start();
  return server;
}

class Server {
  constructor(options) {
    Object.assign(this, options);
    this.log = '';
    this.process = undefined;
  }

  arguments() {
    const all = ['serve', '--listen', `127.0.0.1:${this.port}`, '--data', this.data, '--ready-json'];
    if (this.config !== undefined) {
      const file = path.join(this.folder, 'fanfare.yaml');
      fs.writeFileSync(file, this.config);
      all.push('--config', file);
    }
    return [...all, ...this.args];
  }

  /// Resolves when requests are taken; `ready` is the line that the server printed.
  async start() {
    const [command, ...rest] = [...this.wrap, BINARY, ...this.arguments()];
    const began = process.hrtime.bigint();
    const child = spawn(command, rest, { env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    this.ready = undefined;
    child.stderr.on('data', (chunk) => (this.log = (this.log + chunk).slice(-200_000)));
    this.exited = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    const line = await Promise.race([
      new Promise((done) => readline.createInterface({ input: child.stdout }).once('line', done)),
      this.exited.then(({ code, signal }) => Promise.reject(new Error(`exit ${code ?? signal}: ${this.log}`))),
      new Promise((_, failed) =>
        setTimeout(() => failed(new Error(`not ready in ${this.startMs} ms: ${this.log}`)), this.startMs).unref(),
      ),
    ]);
    this.startedInMs = Number(process.hrtime.bigint() - began) / 1e6;
    this.ready = JSON.parse(line);
    this.http = this.ready.http;
    this.https = this.ready.https;
    this.ca = path.resolve(this.ready.ca ?? '');
    this.port = Number(new URL(this.http ?? this.https).port);
    return this;
  }

  /// The server's own process: a wrapper's child, unless the wrapper has become the server.
  get pid() {
    if (this.wrap.length === 0) return this.process.pid;
    const children = fs.readFileSync(`/proc/${this.process.pid}/task/${this.process.pid}/children`, 'utf8').trim();
    return children === '' ? this.process.pid : Number(children.split(' ')[0]);
  }

  async signal(name) {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return this.exited;
    try {
      process.kill(this.pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    return this.exited;
  }

  async stop({ withinMs = 20_000 } = {}) {
    if (!this.process) return undefined;
    const late = setTimeout(() => {
      this.hung = true;
      this.process.kill('SIGKILL');
    }, withinMs);
    const outcome = await this.signal('SIGTERM');
    clearTimeout(late);
    return outcome;
  }

  /// Stops; rejects when a server that was ready has crashed, hangs, or when a sanitizer found something.
  async endWell() {
    const outcome = await this.stop();
    if (!outcome || !this.ready) return;
    const killedByTest = outcome.signal === 'SIGKILL' && !this.hung;
    if (outcome.code !== 0 && !killedByTest) {
      throw new Error(`the server ended with ${this.hung ? 'a kill, as it hung' : (outcome.code ?? outcome.signal)}: ${this.log}`);
    }
  }

  /// Stops and removes what the test did not bring itself; for servers that a whole file shares.
  async close() {
    await this.endWell();
    if (this.owned) fs.rmSync(this.folder, { recursive: true, force: true });
  }

  kill() {
    return this.signal('SIGKILL');
  }

  async restart() {
    await this.stop();
    return this.start();
  }

  // --- publishing -------------------------------------------------------------------------------

  topic(name = 'events') {
    return this.ready.topics[name] ?? this.made?.[name];
  }

  /// Publishes a body to a topic with its first key. An array or object goes out as JSON.
  publish(name, body, { headers = {}, key = this.topic(name).key1, url = this.topic(name).endpoint } = {}) {
    return request('POST', url, {
      headers: { 'content-type': 'application/json', ...(key ? { 'aeg-sas-key': key } : {}), ...headers },
      body,
    });
  }

  // --- management -------------------------------------------------------------------------------

  arm(method, id, body, { query = API, headers = {} } = {}) {
    return request(method, `${this.http}${id}?${query}`, {
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body,
    });
  }

  /// Follows Azure-AsyncOperation until the operation has ended; resolves to its last body.
  async ended(response) {
    const link = response.headers['azure-asyncoperation'];
    if (!link) return { status: response.json?.properties?.provisioningState };
    return eventually(
      async () => {
        const operation = await request('GET', link);
        return operation.json?.status !== 'InProgress' && operation.json;
      },
      { what: 'the end of the operation' },
    );
  }

  /// Makes a topic; afterwards `topic(name)` knows it like the ready line's.
  async createTopic(name, properties = {}) {
    const id = `${GROUP}/providers/Microsoft.EventGrid/topics/${name}`;
    const put = await this.arm('PUT', id, { location: 'local', properties });
    if (put.status !== 201) throw new Error(`PUT topic ${name}: ${put.status} ${put.text}`);
    await this.ended(put);
    const [made, keys] = [await this.arm('GET', id), await this.arm('POST', `${id}/listKeys`)];
    this.made = { ...this.made, [name]: { id: made.json.id, endpoint: made.json.properties.endpoint, ...keys.json } };
    return this.made[name];
  }

  subscriptionId(topic, name) {
    return `${this.topic(topic).id}/providers/Microsoft.EventGrid/eventSubscriptions/${name}`;
  }

  /// PUTs an event subscription and waits until it is decided; rejects unless it succeeded.
  async subscribe(topic, name, properties) {
    const put = await this.arm('PUT', this.subscriptionId(topic, name), { properties });
    if (put.status !== 201) throw new Error(`PUT ${name}: ${put.status} ${put.text}`);
    const operation = await this.ended(put);
    if (operation.status !== 'Succeeded') throw new Error(`${name}: ${JSON.stringify(operation)}`);
    return (await this.arm('GET', this.subscriptionId(topic, name))).json;
  }

  // --- operations -------------------------------------------------------------------------------

  async operations(pathAndQuery, { method = 'GET', body } = {}) {
    return request(method, `${this.http}/fanfare/v1/${pathAndQuery}`, {
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body,
    });
  }

  async status() {
    return (await this.operations('status')).json;
  }

  /// Moves a virtual clock.
  async advance(by) {
    const moved = await this.operations('clock:advance', { method: 'POST', body: { by } });
    if (moved.status !== 200) throw new Error(`advance ${by}: ${moved.status} ${moved.text}`);
    return moved.json;
  }

  async attempts(query = '') {
    return (await this.operations(`attempts?limit=1000&${query}`)).json.value;
  }

  /// Resolves when nothing is owed to anybody, or to the event subscription `of`.
  drained({ of, timeoutMs = 30_000 } = {}) {
    const owed = async () => {
      if (!of) return (await this.status()).pending;
      const { value } = (await this.operations('queues')).json;
      return value.find(({ eventSubscription }) => eventSubscription === of)?.pending ?? 0;
    };
    return eventually(async () => (await owed()) === 0, { timeoutMs, what: 'an empty queue' });
  }

  /// Metric samples as {name, labels, value}; `metric(name, labels)` sums those that fit.
  async metrics() {
    const { text } = await request('GET', `${this.http}/metrics`);
    return text
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => {
        const [, name, labels = '', value] = /^([^{ ]+)(?:\{(.*)\})? (\S+)/.exec(line);
        const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
        return { name, labels: Object.fromEntries(pairs), value: Number(value) };
      });
  }

  async metric(name, labels = {}) {
    const fits = (sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
    return (await this.metrics())
      .filter((sample) => sample.name === name && fits(sample))
      .reduce((sum, sample) => sum + sample.value, 0);
  }
}

/// The destination of a webhook, with further properties of it.
export const webhook = (endpointUrl, properties = {}) => ({
  endpointType: 'WebHook',
  properties: { endpointUrl, ...properties },
});

/// An event in the Event Grid schema with everything filled in.
export const event = (overrides = {}) => ({
  id: randomUUID(),
  subject: 'orders/1',
  eventType: 'Shop.OrderPlaced',
  eventTime: '2026-01-31T12:00:00.1234567Z',
  dataVersion: '1.0',
  data: { total: 12.5 },
  ...overrides,
});

/// The same in CloudEvents 1.0.
export const cloudEvent = (overrides = {}) => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/shop',
  type: 'Shop.OrderPlaced',
  subject: 'orders/1',
  time: '2026-01-31T12:00:00Z',
  data: { total: 12.5 },
  ...overrides,
});

export const CLOUD_EVENT = 'application/cloudevents+json; charset=utf-8';
export const CLOUD_EVENTS_BATCH = 'application/cloudevents-batch+json; charset=utf-8';
