// Finds the program `tgp`: the setting, then the one the extension brought along, then the PATH.
import { execFile } from 'node:child_process';
import { constants, promises as fs } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

export type Found =
  | { kind: 'found'; path: string; version: string }
  | { kind: 'missing'; looked: string[] }
  | { kind: 'broken'; path: string; why: string };

const NAME = process.platform === 'win32' ? 'tgp.exe' : 'tgp';
const PATIENCE = 10_000;

async function executable(path: string): Promise<boolean> {
  try {
    await fs.access(path, constants.X_OK);
    return (await fs.stat(path)).isFile();
  } catch {
    return false;
  }
}

function version(path: string): Promise<Found> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: PATIENCE }, (error, stdout, stderr) => {
      const said = /^tgp (\S+)/.exec(stdout);
      if (said?.[1]) return resolve({ kind: 'found', path, version: said[1] });
      const why = error?.message ?? `it answers "${(stdout || stderr).trim().slice(0, 100)}" to --version`;
      return resolve({ kind: 'broken', path, why });
    });
  });
}

/** The program the setting names and nothing else, where there is one; otherwise the first that is there. */
export async function find(setting: string, extension: string): Promise<Found> {
  if (setting !== '') {
    const wanted = setting.startsWith('~/') ? join(process.env['HOME'] ?? '', setting.slice(2)) : setting;
    return (isAbsolute(wanted) && (await executable(wanted))) ? version(wanted) : { kind: 'missing', looked: [setting] };
  }
  // Entries of the PATH that are relative would mean the folder that is open: whoever wrote that would choose the program.
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const looked = [join(extension, 'bin', NAME), ...folders.map((folder) => join(folder, NAME))];
  for (const path of looked) if (await executable(path)) return version(path);
  return { kind: 'missing', looked };
}

/** Whether programs of these versions understand each other: before 1.0 the second number counts, after it the first. */
export function fits(ours: string, theirs: string): boolean {
  const [a, b] = [ours, theirs].map((text) => text.split('.').map(Number));
  return a?.[0] === b?.[0] && (a?.[0] !== 0 || a?.[1] === b?.[1]);
}
