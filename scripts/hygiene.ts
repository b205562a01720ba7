// `npm run hygiene`: no file of the repository names a machine's own directories or a package registry,
// and the lockfile leaves it to each machine where packages come from.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const rules: [RegExp, string][] = [
  [/(?<![\w.~}])\/(?:home|Users)\/(?!you\b|me\b|user\b)\w+/, "a person's home directory"],
  [/(?<![\w.~}])\/(?:root|work|workspace)\/\w/, 'a directory of one machine'],
  [/\b(?:registry|npm)\.[a-z0-9-]+\.(?:org|com|io|dev)\b|\bnpmmirror\b/, 'a package registry'],
  [
    /https?:\/\/(?:localhost|127\.0\.0\.1|10\.\d+\.\d+\.\d+|192\.168\.)[^\s]*\/(?:npm|simple)\b/,
    'a package registry',
  ],
];

/** What is wrong with one file, one line each. */
export function complaints(file: string, text: string): string[] {
  const found = text.split('\n').flatMap((line, i) => {
    const rule = rules.find(([pattern]) => pattern.test(line));
    return rule ? [`${file}:${i + 1}: names ${rule[1]}: ${line.trim().slice(0, 100)}`] : [];
  });
  if (file.endsWith('package-lock.json') && text.includes('"resolved"'))
    found.push(
      `${file}: says where packages were resolved; npm's omit-lockfile-registry-resolved leaves that out`,
    );
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = resolve(import.meta.dirname, '..');
  // Binary files and large recordings cannot be read as prose.
  const skipped = /\.(safetensors|bin|png|jpg|gz|zst|onnx)$/;
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  const kept = files.filter(
    (file) =>
      file && !skipped.test(file) && statSync(resolve(root, file), { throwIfNoEntry: false })?.isFile(),
  );
  const found = kept.flatMap((file) => complaints(file, readFileSync(resolve(root, file), 'utf8')));
  for (const line of found) console.error(line);
  console.log(
    found.length
      ? `hygiene: ${found.length} to mend`
      : `${kept.length} files name no machine and no registry`,
  );
  process.exitCode = found.length ? 1 : 0;
}
