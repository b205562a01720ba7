// What is wrong with a study: all of it, each with the field that it is about.
import { UserError, UserErrors } from '../core/errors.ts';
import { meantFor } from './field-names.ts';

export interface Problem {
  path: PropertyKey[];
  text: string;
}

/** Collects problems, so that one is not told without the others. */
export class Problems {
  readonly found: Problem[] = [];

  add(path: PropertyKey[], text: string): undefined {
    this.found.push({ path, text });
  }

  /** What `f` gives; its UserError is a problem at `path`, and there is nothing then. */
  at<T>(path: PropertyKey[], f: () => T): T | undefined {
    try {
      return f();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // A message that names the field itself need not name it twice.
      const prefix = `${path.join('.')}: `;
      return this.add(
        path,
        error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message,
      );
    }
  }

  /** A name that is none of `names`. */
  unknown(path: PropertyKey[], name: string, names: string[], what: string): undefined {
    const close = meantFor(name, names);
    return this.add(
      path,
      `${what}: "${name}"; ${close ? `did you mean "${close}"? (${names.join(', ')})` : `choose one of ${names.join(', ')}`}`,
    );
  }

  /** Throws UserErrors when there is a problem. */
  refuse(): void {
    if (this.found.length > 0)
      throw new UserErrors(this.found.map(({ path, text }) => `${path.join('.')}: ${text}`));
  }
}
