import os

from azure.communication.sms import SmsClient

sms = SmsClient.from_connection_string(os.environ["CONNECTION_STRING"])
for result in sms.send(from_="+15555550100", to=["+14255550100"], message="hello", enable_delivery_report=True):
    print(result.to, result.http_status_code, result.message_id)
