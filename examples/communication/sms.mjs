import { SmsClient } from '@azure/communication-sms';

const sms = new SmsClient(process.env.CONNECTION_STRING);
const results = await sms.send(
  { from: '+15555550100', to: ['+14255550100'], message: 'hello' },
  { enableDeliveryReport: true },
);
for (const { to, httpStatusCode, messageId } of results) console.log(to, httpStatusCode, messageId);
