// The events of the load, and a hash of what must not change on the way.
import crypto from 'node:crypto';

export function makeEvent(id, sequence, bytes) {
  return {
    id,
    subject: `load/${sequence % 100}`,
    eventType: 'Load.Event',
    eventTime: '2026-01-31T12:00:00Z',
    dataVersion: '1.0',
    data: { sequence, fill: 'x'.repeat(bytes) },
  };
}

export const hashOf = ({ subject, eventType, eventTime, dataVersion, data }) =>
  crypto
    .createHash('sha1')
    .update(JSON.stringify([subject, eventType, eventTime, dataVersion, data]))
    .digest('base64url')
    .slice(0, 16);

/// Small and repeatable, so that a run can be had again from its seed.
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
