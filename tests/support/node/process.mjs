// What the kernel says of a process, and limits to run it in.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { atEnd } from './server.mjs';

/// Resident memory in MiB.
export const residentMiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/// CPU time used so far, in ms.
export function cpuMs(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
export const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/// A command to run a server within a memory limit of its own, page cache included, or undefined where groups of
/// processes may not be made. `failures()` counts how often the limit was met.
export function memoryLimit(t, mib) {
  const root = '/sys/fs/cgroup';
  const first = fs.existsSync(path.join(root, 'memory')) ? path.join(root, 'memory') : root;
  const group = path.join(first, `fanfare-test-${process.pid}-${Math.floor(Math.random() * 1e6)}`);
  const legacy = first !== root;
  try {
    fs.mkdirSync(group);
    fs.writeFileSync(path.join(group, legacy ? 'memory.limit_in_bytes' : 'memory.max'), String(mib * 1024 * 1024));
  } catch {
    fs.rmSync(group, { recursive: true, force: true });
    return undefined;
  }
  atEnd(t, () => spawnSync('rmdir', [group]));
  return { wrap: ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group] };
}
