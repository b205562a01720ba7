// Completes package-lock.json: npm leaves out optional packages for other platforms
// when the registry it was made with does not carry them, and then `npm ci` refuses the lockfile.
// They are entered by name and version, with the platform that their name tells,
// so that every platform installs its own. Run through `npm run lock` after a dependency changed.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

interface LockEntry {
  version?: string;
  optionalDependencies?: Record<string, string>;
  dev?: boolean;
  [key: string]: unknown;
}
interface Lockfile {
  packages: Record<string, LockEntry>;
}

const systems = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openharmony',
  'win32',
  'aix',
  'sunos',
  'openbsd',
  'netbsd',
];
const processors: Record<string, string> = {
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  arm64: 'arm64',
};
Object.assign(processors, { arm: 'arm', x64: 'x64', ia32: 'ia32', loong64: 'loong64', wasm32: 'wasm32' });

/**
 * Platform fields of a package named like `@oxc-parser/binding-linux-arm64-musl`;
 * undefined when the name tells none.
 */
export function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | undefined {
  const words = name.replace(/^@[^/]*\//, '').split('-');
  const os = words.find((word) => systems.includes(word));
  const cpu = words.map((word) => processors[word]).find((word) => word);
  if (!os || !cpu) return undefined;
  if (os !== 'linux') return { os: [os], cpu: [cpu] };
  return { os: [os], cpu: [cpu], libc: [words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc'] };
}

/** The same lockfile with the missing platform packages entered, keys in npm's order; and their names. */
export function complete(lockfile: Lockfile): { lockfile: Lockfile; added: string[] } {
  const packages = { ...lockfile.packages };
  const added: string[] = [];
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lockfile.packages))
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const key = `node_modules/${name}`;
      if (packages[key] || packages[`${path}/${key}`]) continue;
      const platform = platformOf(name);
      if (!platform || !/^\d+\.\d+\.\d+/.test(version))
        throw new Error(
          `${name}@${version} (optional, wanted by ${path}) is not in package-lock.json and its platform is unknown`,
        );
      packages[key] = {
        version,
        cpu: platform.cpu,
        ...(dev && { dev }),
        ...(platform.libc && { libc: platform.libc }),
      };
      Object.assign(packages[key], { optional: true, os: platform.os });
      added.push(name);
    }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { lockfile: { ...lockfile, packages: Object.fromEntries(sorted) }, added };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = new URL('../package-lock.json', import.meta.url);
  const { lockfile, added } = complete(JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`);
  console.log(added.length ? `entered ${added.join(', ')}` : 'package-lock.json is complete');
}
