import os

from azure.communication.chat import ChatClient, ChatParticipant, CommunicationTokenCredential
from azure.communication.identity import CommunicationIdentityClient, CommunicationTokenScope

connection_string = os.environ["CONNECTION_STRING"]
endpoint = connection_string.split(";")[0].removeprefix("endpoint=")
identities = CommunicationIdentityClient.from_connection_string(connection_string)
ann, token = identities.create_user_and_token([CommunicationTokenScope.CHAT])
bob = identities.create_user()

chat = ChatClient(endpoint, CommunicationTokenCredential(token.token))
created = chat.create_chat_thread(
    "tea", thread_participants=[ChatParticipant(identifier=bob, display_name="Bob")])
thread = chat.get_chat_thread_client(created.chat_thread.id)
thread.send_message("the kettle is on", sender_display_name="Ann")
for message in thread.list_messages():
    print(message.sequence_id, message.type, message.content.message)
