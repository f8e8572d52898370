import { ChatClient } from '@azure/communication-chat';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';

const connectionString = process.env.CONNECTION_STRING;
const endpoint = connectionString.match(/endpoint=([^;]+)/)[1];
const identities = new CommunicationIdentityClient(connectionString);
const { token } = await identities.createUserAndToken(['chat']);
const bob = await identities.createUser();

const chat = new ChatClient(endpoint, new AzureCommunicationTokenCredential(token));
const { chatThread } = await chat.createChatThread(
  { topic: 'tea' },
  { participants: [{ id: bob, displayName: 'Bob' }] },
);
const thread = chat.getChatThreadClient(chatThread.id);
await thread.sendMessage({ content: 'the kettle is on' }, { senderDisplayName: 'Ann' });
for await (const message of thread.listMessages()) {
  console.log(message.sequenceId, message.type, message.content?.message);
}
