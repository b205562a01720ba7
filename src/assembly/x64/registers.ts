// Registers given out by number, so that no two values are ever in the same one unnoticed.

export class RegisterFile {
  readonly #kind: string;
  readonly #all: readonly number[];
  /** Bit r is set while register r is taken. */
  #taken = 0;

  /** `kind` is for error messages; the registers are given out in their order. */
  constructor(kind: string, registers: readonly number[]) {
    this.#kind = kind;
    this.#all = registers;
  }

  /** How many are free. */
  get free(): number {
    return this.#all.filter((register) => !this.holds(register)).length;
  }

  holds(register: number): boolean {
    return ((this.#taken >>> register) & 1) === 1;
  }

  /** The first free register. */
  take(): number {
    for (const register of this.#all)
      if (!this.holds(register)) {
        this.#taken |= 1 << register;
        return register;
      }
    throw new Error(`no ${this.#kind} register is free`);
  }

  /** So many registers. */
  takeAll(count: number): number[] {
    return Array.from({ length: count }, () => this.take());
  }

  /** Takes this very register. */
  claim(register: number): number {
    if (!this.#all.includes(register)) throw new Error(`there is no ${this.#kind} register ${register}`);
    if (this.holds(register)) throw new Error(`${this.#kind} register ${register} is in use`);
    this.#taken |= 1 << register;
    return register;
  }

  release(register: number): void {
    this.check(register);
    this.#taken &= ~(1 << register);
  }

  /**
   * Throws unless somebody has taken the register: an instruction would read or overwrite
   * what is not its own.
   */
  check(register: number): void {
    if (!this.holds(register)) throw new Error(`${this.#kind} register ${register} was not taken`);
  }

  /** What `body` takes is free again after it. */
  scope<T>(body: () => T): T {
    const before = this.#taken;
    const result = body();
    if ((this.#taken & before) !== before)
      throw new Error(`a ${this.#kind} register was released inside a scope that did not take it`);
    this.#taken = before;
    return result;
  }
}
