// People who chat, with the vendor's client over HTTPS; and the chat API by hand, where a test wants every byte.
import fs from 'node:fs';

import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';

import { request } from '../../support/node/http.mjs';
import { createUser } from './users.mjs';

export const VERSION = '2025-03-15';

const endpointOf = (server, scheme) => {
  const { host } = new URL(server.ready.communication.fanfare.endpoint);
  return `${scheme}://${host}`;
};

/// {id, token, user, client}: `user` is the identifier, `client` a ChatClient that does not repeat itself.
export async function person(server, scopes) {
  const { id, token } = await createUser(server, scopes);
  const client = new ChatClient(endpointOf(server, 'https'), new AzureCommunicationTokenCredential(token), {
    retryOptions: { maxRetries: 0 },
    tlsOptions: { ca: fs.readFileSync(server.ca) },
  });
  return { id, token, client, user: { communicationUserId: id } };
}

/// Resolves to the thread's id; `creator` and `others` are people.
export async function threadOf(creator, others = [], topic = 'Lunch') {
  const participants = [creator, ...others].map(({ user }, i) => ({ id: user, displayName: `Person ${i}` }));
  const { chatThread } = await creator.client.createChatThread({ topic }, { participants });
  return chatThread.id;
}

/// `path` follows /chat/threads; `{}` in it is the next of `ids`, escaped.
export function chat(server, someone, method, path, { body, ids = [], headers = {}, version = VERSION, scheme = 'http' } = {}) {
  const names = [...ids];
  const place = path.replaceAll('{}', () => encodeURIComponent(names.shift()));
  const query = version === null ? '' : `${place.includes('?') ? '&' : '?'}api-version=${version}`;
  return request(method, `${endpointOf(server, scheme)}/chat/threads${place}${query}`, {
    headers: {
      ...(someone ? { authorization: `Bearer ${someone.token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body,
    ...(scheme === 'https' ? { ca: server.ca } : {}),
  });
}

/// Every item of a listing that spreads over pages.
export async function all(listing) {
  const items = [];
  for await (const item of listing) items.push(item);
  return items;
}

/// Subscribes to the events of the communication resource.
export async function subscribeToResource(server, name, properties) {
  const id = `${server.ready.communication.fanfare.id}/providers/Microsoft.EventGrid/eventSubscriptions/${name}`;
  const put = await server.arm('PUT', id, { properties });
  if (put.status !== 201) throw new Error(`PUT ${name}: ${put.status} ${put.text}`);
  const operation = await server.ended(put);
  if (operation.status !== 'Succeeded') throw new Error(`${name}: ${JSON.stringify(operation)}`);
}
