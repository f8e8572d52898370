// Phone numbers with the vendor's client: every public method, each with success and with an error; paging; and what
// is kept over a restart.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { PhoneNumbersClient } from '@azure/communication-phone-numbers';

import { startServer } from '../support/node/server.mjs';
import { OWN, SECOND, STRANGER, all, clientArguments, failure, signed } from '../support/node/sms.mjs';

const numbersClient = (...about) => new PhoneNumbersClient(...clientArguments(...about));

const VERSION = 'api-version=2025-06-01';
const fast = { intervalInMs: 10, updateIntervalInMs: 10 };
const search = (overrides = {}) => ({
  countryCode: 'US',
  phoneNumberType: 'geographic',
  assignmentType: 'application',
  capabilities: { calling: 'none', sms: 'inbound+outbound' },
  areaCode: '425',
  quantity: 1,
  ...overrides,
});

async function bought(client, overrides) {
  const found = await (await client.beginSearchAvailablePhoneNumbers(search(overrides), fast)).pollUntilDone();
  await (await client.beginPurchasePhoneNumbers(found.searchId, fast)).pollUntilDone();
  return found.phoneNumbers;
}

for (const scheme of ['http', 'https']) {
  describe(`the JavaScript client over ${scheme}`, () => {
    let server;
    let client;
    before(async () => {
      server = await startServer({ data: 'memory' });
      client = numbersClient(server, scheme);
    });
    after(() => server.close());

    test('listPurchasedPhoneNumbers and getPurchasedPhoneNumber', async () => {
      const numbers = await all(client.listPurchasedPhoneNumbers());
      assert.deepEqual(numbers.map(({ phoneNumber }) => phoneNumber).sort(), [SECOND, OWN].sort());
      const number = await client.getPurchasedPhoneNumber(OWN);
      assert.equal(number.id, OWN.slice(1));
      assert.equal(number.countryCode, 'US');
      assert.deepEqual(number.capabilities, { calling: 'inbound+outbound', sms: 'inbound+outbound' });
      assert.ok(number.purchaseDate instanceof Date);
      assert.equal(number.cost.billingFrequency, 'monthly');
      assert.deepEqual(await failure(client.getPurchasedPhoneNumber(STRANGER)).then(({ status, code }) => [status, code]), [
        404,
        'NotFound',
      ]);
    });

    test('beginSearchAvailablePhoneNumbers and beginPurchasePhoneNumbers', async () => {
      const found = await (await client.beginSearchAvailablePhoneNumbers(search({ quantity: 2 }), fast)).pollUntilDone();
      assert.equal(found.phoneNumbers.length, 2);
      assert.ok(found.phoneNumbers.every((number) => number.startsWith('+1425')));
      assert.ok(found.searchExpiresBy > new Date() && found.searchExpiresBy < new Date(Date.now() + 900_000));
      await (await client.beginPurchasePhoneNumbers(found.searchId, fast)).pollUntilDone();
      const { capabilities } = await client.getPurchasedPhoneNumber(found.phoneNumbers[1]);
      assert.deepEqual(capabilities, { calling: 'none', sms: 'inbound+outbound' });
    });

    test('a search without stock and a purchase without search fail', async () => {
      const none = await client.beginSearchAvailablePhoneNumbers(search({ areaCode: '999' }), fast).then(
        (poller) => poller.pollUntilDone().then(() => assert.fail(), (error) => error),
        (error) => error,
      );
      assert.match(none.message, /inventory|OutOfStock|failed/i);
      assert.equal((await failure(client.beginSearchAvailablePhoneNumbers(search({ phoneNumberType: 'pager' }), fast))).status, 400);
      assert.equal((await failure(client.beginPurchasePhoneNumbers(randomUUID(), fast))).status, 404);
    });

    test('beginReleasePhoneNumber', async () => {
      const [number] = await bought(client);
      await (await client.beginReleasePhoneNumber(number, fast)).pollUntilDone();
      assert.equal((await failure(client.getPurchasedPhoneNumber(number))).status, 404);
      assert.equal((await failure(client.beginReleasePhoneNumber(STRANGER, fast))).status, 404);
    });

    test('beginUpdatePhoneNumberCapabilities', async () => {
      const [number] = await bought(client);
      const update = (capabilities) => client.beginUpdatePhoneNumberCapabilities(number, capabilities, fast);
      const updated = await (await update({ sms: 'outbound' })).pollUntilDone();
      assert.deepEqual(updated.capabilities, { calling: 'none', sms: 'outbound' });
      assert.equal((await failure(update({ sms: 'sideways' }))).status, 400);
      const missing = client.beginUpdatePhoneNumberCapabilities(STRANGER, { sms: 'none' }, fast);
      assert.equal((await failure(missing)).status, 404);
    });

    test('listAvailableCountries, listAvailableLocalities, listAvailableOfferings', async () => {
      const countries = await all(client.listAvailableCountries());
      assert.deepEqual(
        countries.map(({ countryCode, localizedName }) => [countryCode, localizedName]),
        [
          ['CA', 'Canada'],
          ['GB', 'United Kingdom'],
          ['US', 'United States'],
        ],
      );
      const places = await all(client.listAvailableLocalities('US', { administrativeDivision: 'WA' }));
      assert.deepEqual(places, [
        { localizedName: 'Bellevue', administrativeDivision: { localizedName: 'Washington', abbreviatedName: 'WA' } },
      ]);
      const offerings = await all(client.listAvailableOfferings('US', { phoneNumberType: 'tollFree' }));
      assert.equal(offerings.length, 2);
      assert.equal(offerings[0].cost.currencyCode, 'USD');
      assert.equal((await failure(all(client.listAvailableLocalities('XX')))).status, 404);
      assert.equal((await failure(all(client.listAvailableOfferings('XX')))).status, 404);
    });

    test('area codes by kind, and by a place whose name has a space', async () => {
      const codes = async (pages) => (await all(pages)).map(({ areaCode }) => areaCode);
      assert.deepEqual(await codes(client.listAvailableTollFreeAreaCodes('US')), ['800', '833']);
      assert.deepEqual(await codes(client.listAvailableGeographicAreaCodes('US', { locality: 'New York', administrativeDivision: 'NY' })), ['212']);
      assert.deepEqual(await codes(client.listAvailableMobileAreaCodes('GB')), ['770']);
      assert.equal((await failure(all(client.listAvailableTollFreeAreaCodes('XX')))).status, 404);
      assert.equal((await failure(all(client.listAvailableGeographicAreaCodes('XX')))).status, 404);
      assert.equal((await failure(all(client.listAvailableMobileAreaCodes('XX')))).status, 404);
    });

    test('browseAvailablePhoneNumbers and reservations', async () => {
      const browse = (overrides) => client.browseAvailablePhoneNumbers({ countryCode: 'CA', phoneNumberType: 'geographic', ...overrides });
      const { phoneNumbers } = await browse({ phoneNumberPrefixes: ['1604'] });
      assert.ok(phoneNumbers.length > 2);
      assert.ok(phoneNumbers.every(({ phoneNumber, status }) => phoneNumber.startsWith('+1604') && status === 'available'));
      const [first, second] = phoneNumbers;
      const reservationId = randomUUID();
      const made = await client.createOrUpdateReservation({ reservationId }, { add: [first, second] });
      assert.equal(made.status, 'active');
      assert.deepEqual(Object.keys(made.phoneNumbers).sort(), [first.id, second.id].sort());
      assert.equal(made.phoneNumbers[first.id].status, 'reserved');
      const less = await client.createOrUpdateReservation({ reservationId }, { remove: [second.id] });
      assert.deepEqual(Object.keys(less.phoneNumbers), [first.id]);
      const listed = await all(client.listReservations());
      assert.ok(listed.some(({ id, phoneNumbers: numbers }) => id === reservationId && !numbers));
      const again = await client.createOrUpdateReservation({ reservationId: randomUUID() }, { add: [first] });
      assert.equal(again.phoneNumbers[first.id].error.code, 'NotAvailable', 'held by the other reservation');
      await (await client.beginReservationPurchase(reservationId, fast)).pollUntilDone();
      assert.equal((await client.getReservation(reservationId)).status, 'completed');
      assert.equal((await client.getPurchasedPhoneNumber(first.phoneNumber)).countryCode, 'CA');
      await client.deleteReservation(again.id);
      assert.equal((await failure(client.getReservation(again.id))).status, 404);
      assert.equal((await failure(client.deleteReservation(again.id))).status, 404);
      assert.equal((await failure(client.beginReservationPurchase(reservationId, fast))).status, 409);
      assert.equal((await failure(client.createOrUpdateReservation({ reservationId }, { add: [second] }))).status, 409);
      assert.equal((await failure(browse({ phoneNumberType: 'pager' }))).status, 400);
    });

    test('searchOperatorInformation', async () => {
      const { values } = await client.searchOperatorInformation([OWN, STRANGER], { includeAdditionalOperatorDetails: true });
      assert.equal(values[0].operatorDetails.name, 'Fanfare');
      assert.equal(values[1].isoCountryCode, 'DE');
      assert.equal(values[1].numberType, 'mobile');
      assert.equal(values[1].internationalFormat, '+49 1511 2345678');
      assert.equal((await failure(client.searchOperatorInformation(['nonsense']))).status, 400);
    });

    test('a wrong key is turned away everywhere', async () => {
      const other = numbersClient(server, scheme, Buffer.from('another key').toString('base64'));
      assert.equal((await failure(all(other.listPurchasedPhoneNumbers()))).status, 401);
      assert.equal((await failure(all(other.listAvailableCountries()))).status, 401);
      assert.equal((await failure(all(other.listReservations()))).status, 401);
    });
  });
}

describe('the operations', () => {
  let server;
  before(async () => {
    // The clock moves away from that of the client who signs.
    const config = 'phone_numbers:\n  operation_time: 10s\nidentity:\n  clock_skew: 1d\n';
    server = await startServer({ data: 'memory', config, args: ['--virtual-clock'] });
  });
  after(() => server.close());

  test('a long-running operation is told with relative locations, runs and ends', async () => {
    const path = `/availablePhoneNumbers/countries/US/:search?${VERSION}`;
    const { countryCode, ...body } = search();
    const started = await signed(server, 'POST', path, body);
    assert.equal(started.status, 202, started.text);
    const { 'operation-id': operation, 'search-id': id } = started.headers;
    assert.equal(operation, `search_${id}`);
    assert.equal(started.headers['operation-location'], `/phoneNumbers/operations/${operation}`);
    assert.equal(started.headers.location, `/availablePhoneNumbers/searchResults/${id}`);
    assert.equal(started.json.searchId, id);
    const poll = () => signed(server, 'GET', `/phoneNumbers/operations/${operation}?${VERSION}`);
    const running = await poll();
    assert.equal(running.json.status, 'running');
    assert.ok(!('resourceLocation' in running.json));
    await server.advance('10s');
    const ended = await poll();
    assert.deepEqual(
      [ended.json.status, ended.json.operationType, ended.json.resourceLocation],
      ['succeeded', 'search', started.headers.location],
    );
    assert.equal((await signed(server, 'DELETE', `/phoneNumbers/operations/${operation}?${VERSION}`)).status, 204);
    assert.equal((await poll()).status, 404);
  });

  test('a search expires with the clock', async () => {
    const { countryCode, ...body } = search();
    const started = await signed(server, 'POST', `/availablePhoneNumbers/countries/US/:search?${VERSION}`, body);
    await server.advance('15m');
    const bought = await signed(server, 'POST', `/availablePhoneNumbers/:purchase?${VERSION}`, { searchId: started.headers['search-id'] });
    assert.equal(bought.status, 202);
    assert.ok(!('location' in bought.headers));
    await server.advance('10s');
    const { json } = await signed(server, 'GET', `${bought.headers['operation-location']}?${VERSION}`);
    assert.deepEqual([json.status, json.error.code], ['failed', 'ReservationExpired']);
  });

  test('lists come in pages with relative links', async () => {
    const seen = [];
    for (let next = `/phoneNumbers?${VERSION}&top=1`; next; ) {
      const { json } = await signed(server, 'GET', next);
      assert.equal(json.phoneNumbers.length, 1);
      seen.push(json.phoneNumbers[0].phoneNumber);
      next = json.nextLink;
    }
    assert.deepEqual(seen.sort(), [SECOND, OWN].sort());
    assert.equal((await signed(server, 'GET', `/phoneNumbers?${VERSION}&top=0`)).status, 400);
  });

  test('what is new is not there in older versions', async () => {
    assert.equal((await signed(server, 'GET', '/availablePhoneNumbers/reservations?api-version=2022-12-01')).status, 400);
    assert.equal((await signed(server, 'GET', '/availablePhoneNumbers/countries?api-version=2022-12-01')).status, 200);
  });
});

test('what was bought is there after a restart, and sends', async (t) => {
  const server = await startServer({ t });
  const [number] = await bought(numbersClient(server));
  await (await numbersClient(server).beginReleasePhoneNumber(SECOND, fast)).pollUntilDone();
  await server.kill();
  await server.start();
  const numbers = await all(numbersClient(server).listPurchasedPhoneNumbers());
  assert.deepEqual(numbers.map(({ phoneNumber }) => phoneNumber).sort(), [OWN, number].sort());
  const { json } = await signed(server, 'POST', '/sms?api-version=2021-03-07', {
    from: number,
    smsRecipients: [{ to: STRANGER }],
    message: 'from my new number',
  });
  assert.equal(json.value[0].httpStatusCode, 202);
});
