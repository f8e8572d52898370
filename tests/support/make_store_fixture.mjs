// Makes tests/data/stores/NAME.tar.gz: a small store as the built program writes it today. Run once per release; the
// file stays, and tests/e2e/upgrades.test.mjs opens it with every later version.
//   node tests/support/make_store_fixture.mjs NAME
import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { eventually } from './node/http.mjs';
import { startReceiver } from './node/receiver.mjs';
import { DATA, CLOUD_EVENT, cloudEvent, event, scratchFolder, startServer, webhook } from './node/server.mjs';

const name = process.argv[2];
if (!name) throw new Error('a name is needed, such as 0.1.0');

const folder = scratchFolder();
const config = 'store: {segment_bytes: 4MiB, reserve_bytes: 0}\ndelivery: {retry_schedule: [1h], probation_after_failures: 1000}\n';
const args = ['--virtual-clock', '--set', 'virtual_clock_start=2026-01-31T12:00:00Z'];
const server = await startServer({ data: path.join(folder, 'data'), config, args });
const hook = await startReceiver();

await server.createTopic('orders', { inputSchema: 'CloudEventSchemaV1_0' });
await server.subscribe('events', 'delivered', { destination: webhook(hook.url), filter: { subjectBeginsWith: 'done/' } });
for (let n = 0; n < 10; n += 1) await server.publish('events', [event({ id: `done ${n}`, subject: `done/${n}` })]);
await server.drained();
hook.answerWith({ status: 400 });
await server.subscribe('events', 'dead', {
  destination: webhook(hook.url),
  filter: { includedEventTypes: ['Shop.Hopeless'] },
  deadLetterDestination: { endpointType: 'StorageBlob', properties: { resourceId: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/letters', blobContainerName: 'letters' } },
});
await server.publish('events', [event({ id: 'hopeless', eventType: 'Shop.Hopeless' })]);
await server.drained();
hook.answerWith({ status: 503 });
await server.subscribe('events', 'retried', { destination: webhook(hook.url), filter: { subjectBeginsWith: 'owed/' }, labels: ['a', 'b'] });
const id = `${server.topic('orders').id}/providers/Microsoft.EventGrid/eventSubscriptions/cloud`;
await server.arm('PUT', id, { properties: { destination: webhook(hook.url), filter: { advancedFilters: [{ operatorType: 'NumberGreaterThan', key: 'data.total', value: 10 }] } } });
await eventually(async () => (await server.arm('GET', id)).json.properties.provisioningState === 'Succeeded');
for (let n = 0; n < 20; n += 1) await server.publish('events', [event({ id: `owed ${n}`, subject: `owed/${n}`, data: { n } })]);
await eventually(() => hook.events.filter(({ id }) => id.startsWith('owed')).length >= 20);
for (let n = 0; n < 5; n += 1) await server.publish('orders', cloudEvent({ id: `order ${n}` }), { headers: { 'content-type': CLOUD_EVENT } });
await eventually(async () => (await server.status()).pending === 25);
await server.kill(); // so that the log has a tail that no view has seen
await hook.close();
execFileSync('tar', ['-C', folder, '--exclude=tls', '-czf', path.join(DATA, 'stores', `${name}.tar.gz`), 'data']);
process.exit(0);
