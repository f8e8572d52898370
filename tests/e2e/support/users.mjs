// Users of the server's communication resource, made with the vendor's client.
import { CommunicationIdentityClient } from '@azure/communication-identity';

function identities(server) {
  const { connectionString } = server.ready.communication.fanfare;
  const insecure = connectionString.replace(/^endpoint=https:/, 'endpoint=http:');
  return new CommunicationIdentityClient(insecure, { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } });
}

/// Resolves to {id, token}.
export async function createUser(server, scopes = ['chat']) {
  const { user, token } = await identities(server).createUserAndToken(scopes);
  return { id: user.communicationUserId, token };
}

export function revokeTokens(server, user) {
  return identities(server).revokeTokens({ communicationUserId: user.id });
}
