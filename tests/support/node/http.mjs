// One HTTP request, with every byte of its head under the test's control.
import http from 'node:http';
import https from 'node:https';
import fs from 'node:fs';

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
};

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/// Resolves to {status, headers, rawHeaders, text, json}; rejects only when there is no answer.
/// `body` may be a string, a Buffer or a value to be written as JSON.
export function request(method, url, { headers = {}, body, ca, timeoutMs = 30_000, agent } = {}) {
  const target = new URL(url);
  const payload =
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const all = { ...headers };
  if (payload !== undefined) all['content-length'] = Buffer.byteLength(payload);
  return new Promise((resolve, reject) => {
    const call = (target.protocol === 'https:' ? https : http).request(target, {
      method,
      headers: all,
      agent: agent ?? agents[target.protocol],
      ...(ca ? { ca: fs.readFileSync(ca) } : {}),
    });
    call.setTimeout(timeoutMs, () => call.destroy(new Error(`no answer within ${timeoutMs} ms: ${method} ${url}`)));
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          text,
          json: parse(text),
        });
      });
    });
    call.end(payload);
  });
}

/// Asks `probe` again and again until it gives something truthy, and resolves to that.
export async function eventually(probe, { timeoutMs = 15_000, everyMs = 20, what = 'the condition' } = {}) {
  const end = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`${what} did not come true within ${timeoutMs} ms${last ? `: ${last.message}` : ''}`);
    }
    await new Promise((done) => setTimeout(done, everyMs));
  }
}
