// Runs in the browser: a person who uses chat through the official client, and what the client told.
import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';

const KINDS = [
  'chatMessageReceived',
  'chatMessageEdited',
  'chatMessageDeleted',
  'typingIndicatorReceived',
  'readReceiptReceived',
  'chatThreadCreated',
  'chatThreadDeleted',
  'chatThreadPropertiesUpdated',
  'participantsAdded',
  'participantsRemoved',
];

globalThis.heard = [];
globalThis.states = [];

let client;

/// Resolves once the client says that it is connected.
globalThis.listen = async (endpoint, token) => {
  client = new ChatClient(endpoint, new AzureCommunicationTokenCredential(token));
  await client.startRealtimeNotifications();
  const connected = new Promise((done) => {
    client.on('realTimeNotificationConnected', () => {
      states.push('connected');
      done();
    });
  });
  client.on('realTimeNotificationDisconnected', () => states.push('disconnected'));
  for (const kind of KINDS) client.on(kind, (event) => heard.push({ kind, event: JSON.parse(JSON.stringify(event)) }));
  await connected;
};

globalThis.stopListening = () => client.stopRealtimeNotifications();

/// `act('createChatThread', request, options)` on the client; `actIn(thread, 'sendMessage', …)` in a thread.
globalThis.act = async (name, ...args) => client[name](...args);
globalThis.actIn = async (thread, name, ...args) => {
  const result = await client.getChatThreadClient(thread)[name](...args);
  return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
};
