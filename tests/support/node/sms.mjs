// A communication resource's SMS side: what clients are made with, signed requests by hand, who listens to its events.
import { createHash, createHmac } from 'node:crypto';
import fs from 'node:fs';

import { request } from './http.mjs';

/// Numbers of the server's default resource, and one of nobody.
export const OWN = '+15555550100';
export const SECOND = '+14255550100';
export const STRANGER = '+4915112345678';

/// The resource of the ready line: `key` is the first of its two.
export function resourceOf(server, name = 'fanfare') {
  const { id, endpoint, connectionString } = server.ready.communication[name];
  return { id, endpoint, key: /accesskey=(.*)$/.exec(connectionString)[1] };
}

/// What a vendor's client is made with: over HTTP, or over HTTPS with the development CA.
export function clientArguments(server, scheme = 'http', key = resourceOf(server).key) {
  const { host } = new URL(resourceOf(server).endpoint);
  const options = { retryOptions: { maxRetries: 0 } };
  if (scheme === 'http') options.allowInsecureConnection = true;
  else options.tlsOptions = { ca: fs.readFileSync(server.ca) };
  return [`endpoint=${scheme}://${host}/;accesskey=${key}`, options];
}

/// A signed request, for versions and mistakes that the clients do not send. `sent` goes out instead of what was signed.
export function signed(server, method, pathAndQuery, body, { key = resourceOf(server).key, sent = body } = {}) {
  const url = new URL(pathAndQuery, server.http);
  const text = body === undefined ? '' : JSON.stringify(body);
  const date = new Date().toUTCString();
  const hash = createHash('sha256').update(text).digest('base64');
  const toSign = `${method}\n${url.pathname}${url.search}\n${date};${url.host};${hash}`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(toSign).digest('base64');
  const headers = {
    'x-ms-date': date,
    'x-ms-content-sha256': hash,
    authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
  };
  if (text) headers['content-type'] = 'application/json';
  return request(method, url.href, { headers, body: sent === undefined ? undefined : JSON.stringify(sent) });
}

/// PUTs an event subscription of the resource and waits until it is decided.
export async function listen(server, name, properties, resource = resourceOf(server)) {
  const id = `${resource.id}/providers/Microsoft.EventGrid/eventSubscriptions/${name}`;
  const put = await server.arm('PUT', id, { properties });
  if (put.status !== 201) throw new Error(`PUT ${name}: ${put.status} ${put.text}`);
  const operation = await server.ended(put);
  if (operation.status !== 'Succeeded') throw new Error(`${name}: ${JSON.stringify(operation)}`);
}

/// As if a phone had sent it.
export async function receive(server, message) {
  return server.operations('sms/receive', { method: 'POST', body: message });
}

/// The client's error, which must come.
export async function failure(promise) {
  const error = await promise.then(
    () => {
      throw new Error('an error was expected');
    },
    (reason) => reason,
  );
  return { status: error.statusCode, code: error.code, message: error.message };
}

export async function all(pages) {
  const out = [];
  for await (const item of pages) out.push(item);
  return out;
}
