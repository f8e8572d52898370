// A helper program of tests/support that speaks lines of JSON: one when it is ready, one for each that it is asked for.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';

import { atEnd, ROOT } from './server.mjs';

/// Starts `tests/support/NAME` with python3; resolves to {ready, ask, pid}. It ends with test `t`.
export async function startProgram(t, name, args = []) {
  const child = spawn('python3', [path.join(ROOT, 'tests/support', name), ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((done) => child.once('exit', done));
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} has ended`);
    return JSON.parse(value);
  };
  return {
    pid: child.pid,
    ready: await next(),
    ask(question = '') {
      child.stdin.write(`${question}\n`);
      return next();
    },
  };
}
