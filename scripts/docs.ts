// The shell commands that the documentation tells its readers to type. A comment
// before a block says how to test it:
//   <!-- test: skip REASON -->            not run, for a stated reason
//   <!-- test: replace OLD => NEW -->     run after replacing text, e.g. a long study by its short form
// Without a comment a block is run as it stands.
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface ShellBlock {
  file: string;
  /** Line of the opening fence, from 1. */
  line: number;
  /** The script to run, replacements made. */
  script: string;
  skip?: string;
}

/** Shell blocks (```sh) of one Markdown text. A comment that is not understood is an error. */
export function shellBlocks(file: string, markdown: string): ShellBlock[] {
  const blocks: ShellBlock[] = [];
  const lines = markdown.split('\n');
  let marks: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const mark = /^\s*<!-- test: (.*?) -->\s*$/.exec(lines[i]);
    const fence = /^(\s*)(`{3,})(\w*)/.exec(lines[i]);
    if (mark) marks.push(mark[1]);
    else if (fence) {
      const end = lines.findIndex((line, j) => j > i && line.trim() === fence[2]);
      if (end < 0) throw new Error(`${file}:${i + 1}: this code block has no end`);
      if (['sh', 'bash', 'shell'].includes(fence[3]))
        blocks.push(applyMarks({ file, line: i + 1, script: lines.slice(i + 1, end).join('\n') }, marks));
      else if (marks.length > 0)
        throw new Error(`${file}:${i + 1}: a test comment stands before a block that is not shell`);
      marks = [];
      i = end;
    } else if (lines[i].trim() !== '' && marks.length > 0)
      throw new Error(`${file}:${i + 1}: a test comment must stand right before its code block`);
  }
  return blocks;
}

function applyMarks(block: ShellBlock, marks: string[]): ShellBlock {
  for (const mark of marks) {
    const where = `${block.file}:${block.line}`;
    const replace = /^replace (.+?) => (.*)$/.exec(mark);
    const skip = /^skip (.+)$/.exec(mark);
    if (skip) block.skip = skip[1];
    else if (!replace)
      throw new Error(`${where}: "test: ${mark}" is neither "skip REASON" nor "replace OLD => NEW"`);
    else if (!block.script.includes(replace[1]))
      throw new Error(`${where}: "${replace[1]}" to replace is not in the block`);
    else block.script = block.script.replaceAll(replace[1], replace[2]);
  }
  return block;
}

/** Examples of the library (```ts) of one Markdown text; parts of its source stand as ```typescript. */
export function typescriptBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]);
}

/** README.md, SKILL.md and docs/**: path and text. */
export function documents(root = resolve(import.meta.dirname, '..')): { file: string; text: string }[] {
  const files = globSync(['README.md', 'SKILL.md', 'docs/**/*.md'], { cwd: root }).sort();
  return files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
}

/** Example files (```yaml blocks whose first line is `# NAME.yaml`), as readers are told to write them. */
export function exampleFiles(markdown: string): { name: string; text: string }[] {
  return [...markdown.matchAll(/^```yaml\n(# (\S+\.yaml)\n[\s\S]*?)^```/gm)].map(([, text, name]) => ({
    name,
    text,
  }));
}
