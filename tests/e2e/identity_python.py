"""What the Python client of identities does with a server, as one line of JSON.

usage: identity_python.py ENDPOINT KEY WAY
WAY: connection_string (always HTTPS), key (as the endpoint says), async
"""
import asyncio
import json
import sys

from azure.communication.identity import CommunicationIdentityClient, CommunicationTokenScope
from azure.communication.identity._shared.utils import create_access_token
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncClient
from azure.core.exceptions import HttpResponseError

CHAT = [CommunicationTokenScope.CHAT]


def synchronous(client):
    user, first = client.create_user_and_token(CHAT)
    second = client.get_token(client.create_user(), CHAT)
    client.revoke_tokens(user)
    client.delete_user(user)
    try:
        client.get_token(user, CHAT)
        error = None
    except HttpResponseError as failure:
        error = failure.error.code
    return [first.token, second.token], user.properties["id"], error


async def asynchronous(client):
    async with client:
        user, first = await client.create_user_and_token(CHAT)
        second = await client.get_token(user, CHAT)
        await client.revoke_tokens(user)
        await client.delete_user(user)
        try:
            await client.get_token(user, CHAT)
            error = None
        except HttpResponseError as failure:
            error = failure.error.code
    return [first.token, second.token], user.properties["id"], error


def main():
    endpoint, key, way = sys.argv[1:]
    connection_string = f"endpoint={endpoint};accesskey={key}"
    if way == "async":
        tokens, user, error = asyncio.run(asynchronous(AsyncClient.from_connection_string(connection_string)))
    elif way == "key":
        tokens, user, error = synchronous(CommunicationIdentityClient(endpoint, key))
    else:
        tokens, user, error = synchronous(CommunicationIdentityClient.from_connection_string(connection_string))
    # Its credential decodes tokens by its own rules.
    expiries = [create_access_token(token).expires_on for token in tokens]
    print(json.dumps({"user": user, "tokens": tokens, "expiries": expiries, "error": error}))


main()
