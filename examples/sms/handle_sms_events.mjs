// Handle SMS events: subscribes a webhook to the SMS that a number of ours receives, and prints them.
//
//   fanfare serve
//   node examples/sms/handle_sms_events.mjs
//   curl -X POST http://127.0.0.1:4880/fanfare/v1/sms/receive \
//     -d '{"from":"+14255550199","to":"+15555550100","message":"hello"}'
//
// Node.js alone; the same subscription works with every client of Azure Event Grid's management API.
import fs from 'node:fs';
import http from 'node:http';

const server = process.argv[2] ?? 'http://127.0.0.1:4880';
const subscription = JSON.parse(fs.readFileSync(new URL('subscription.json', import.meta.url)));
const hook = new URL(process.argv[3] ?? subscription.properties.destination.properties.endpointUrl);
subscription.properties.destination.properties.endpointUrl = hook.href;

const webhook = http.createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    const events = JSON.parse(text);
    if (request.headers['aeg-event-type'] === 'SubscriptionValidation') {
      response.end(JSON.stringify({ validationResponse: events[0].data.validationCode }));
      return;
    }
    for (const { data } of events) console.log(`SMS from ${data.from} to ${data.to}: ${data.message}`);
    response.end();
  });
});
await new Promise((done) => webhook.listen(Number(hook.port), hook.hostname, done));

const resource =
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local' +
  '/providers/Microsoft.Communication/communicationServices/fanfare';
const url = `${server}${resource}/providers/Microsoft.EventGrid/eventSubscriptions/sms?api-version=2022-06-15`;
const put = await fetch(url, {
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(subscription),
});
if (!put.ok) throw new Error(`${put.status} ${await put.text()}`);
let state;
do {
  await new Promise((done) => setTimeout(done, 100));
  state = (await (await fetch(url)).json()).properties.provisioningState;
} while (state === 'Creating' || state === 'Updating');
console.log(`subscription: ${state}; waiting for SMS to numbers that begin with +1555`);
