// Debian's Chromium with pages that run the vendors' packages as a web application would: bundled, on
// an origin of their own, trusting the server's development CA and nothing else that is unknown.
import { createHash, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { atEnd } from '../../support/node/server.mjs';

const CHROMIUM = process.env.TEST_CHROMIUM ?? '/usr/bin/chromium';

/// The text of a script that has everything which the module at `file` imports.
async function bundled(file) {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    define: { global: 'globalThis' },
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/// Serves one page that loads the script.
async function servePage(script) {
  const page = '<!doctype html><meta charset="utf-8"><title>test</title><script src="/script.js"></script>';
  const site = http.createServer((request, response) => {
    const isScript = request.url === '/script.js';
    response.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    response.end(isScript ? script : page);
  });
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  return site;
}

/// What Chromium's list of trusted keys names the server's CA by: the hash of its public key.
function pinOf(server) {
  const { publicKey } = new X509Certificate(fs.readFileSync(server.ca));
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
}

/// A browser that trusts `server`. `open()` gives a page with the module at `script` loaded, for one test;
/// `before` is a script that the page runs first.
export async function startBrowser({ server, script }) {
  const site = await servePage(await bundled(script));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--ignore-certificate-errors-spki-list=${pinOf(server)}`],
  });
  return {
    async open(t, { before } = {}) {
      const context = await browser.newContext();
      atEnd(t, () => context.close());
      const page = await context.newPage();
      page.problems = [];
      page.on('pageerror', (error) => page.problems.push(String(error)));
      if (before) await page.addInitScript(before);
      await page.goto(`http://127.0.0.1:${site.address().port}/`);
      return page;
    },
    async close() {
      await browser.close();
      site.closeAllConnections();
      site.close();
    },
  };
}
