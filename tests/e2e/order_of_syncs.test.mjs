// Goal R2b. What the kernel saw: no 200 leaves before the sync that covers its event has returned, and no file is written
// to before its name is on the disk.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { event, scratchFolder, startServer } from '../support/node/server.mjs';

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const calls = 'pwrite64,pwritev,pwritev2,write,writev,fdatasync,fsync,sendto,sendmsg,recvfrom,recvmsg,read,readv,rename';

/// Lines of `strace -f` with unfinished calls joined to their ends: {began, ended, name, fd, text, result}.
function readTrace(file) {
  const open = new Map();
  const found = [];
  for (const [number, line] of fs.readFileSync(file, 'utf8').split('\n').entries()) {
    const [, thread, rest] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (!thread) continue;
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest);
    const begun = open.get(thread);
    if (resumed && begun) {
      open.delete(thread);
      begun.text += resumed[1];
      begun.ended = number;
      continue;
    }
    const [, name, fd] = /^(\w+)\((\d*)/.exec(rest) ?? [];
    if (!name) continue;
    const call = { name, fd: Number(fd), began: number, ended: number, text: rest };
    found.push(call);
    if (rest.includes('<unfinished')) {
      call.ended = Infinity;
      open.set(thread, call);
    }
  }
  for (const call of found) call.result = Number(/\)\s+= (-?\d+)/.exec(call.text)?.[1] ?? NaN);
  return found;
}

test('every answer comes after the sync of what it answers for', { skip: !canTrace && 'strace may not trace here' }, async (t) => {
  const trace = path.join(scratchFolder(t), 'trace');
  const wrap = ['strace', '-f', '-q', '-y', '-s', '65536', '-e', `trace=${calls}`, '-o', trace];
  const server = await startServer({ t, wrap });
  const markers = Array.from({ length: 60 }, (_, n) => `marker-${n}-${'q'.repeat(10)}`);
  const publish = async (marker) => {
    const answer = await server.publish('events', [event({ id: marker })]);
    assert.equal(answer.status, 200);
  };
  for (const marker of markers.slice(0, 20)) await publish(marker);
  await Promise.all(markers.slice(20).map(publish));
  await server.stop();

  const found = readTrace(trace);
  for (const marker of markers) {
    const heard = found.find(({ name, text }) => /^(recv|read)/.test(name) && text.includes(marker));
    const written = found.find(({ name, text }) => name.startsWith('pwrite') && text.includes(marker));
    assert.ok(heard && written, `${marker} was read and written`);
    const answered = found.find(
      ({ name, fd, began, text }) => fd === heard.fd && began > heard.ended && /^(send|write)/.test(name) && text.includes('HTTP/1.1 200'),
    );
    const synced = found.find(
      ({ name, fd, began, result }) => /^f(data)?sync$/.test(name) && fd === written.fd && began > written.ended && result === 0,
    );
    assert.ok(answered, `${marker} was answered`);
    assert.ok(synced, `${marker} was synced`);
    assert.ok(synced.ended < answered.began, `${marker}: answered at ${answered.began}, synced at ${synced.ended}`);
  }

  // Every segment and the mark: renamed into place, the folder synced, and only then written to.
  const renames = found.filter(({ name, text }) => name === 'rename' && /\/log\/[^"]*"\)/.test(text));
  assert.ok(renames.length >= 2, 'files were renamed into place');
  for (const renamed of renames) {
    const [, folder, file] = /, "(.*\/log)\/([^"/]*)"\)/.exec(renamed.text);
    if (file.endsWith('.tmp')) continue;
    const synced = found.find(({ name, began, result, text }) => /^fsync$/.test(name) && began > renamed.ended && result === 0 && text.includes(`<${folder}>`));
    assert.ok(synced, `${file}: the folder was synced`);
    const first = found.find(({ name, began, text }) => name.startsWith('pwrite') && began > renamed.ended && text.includes(`/${file}>`));
    if (first) assert.ok(synced.ended < first.began, `${file}: written at ${first.began}, its name synced at ${synced.ended}`);
  }
});
