// Numbers as the bits that machines keep.

const word = new DataView(new ArrayBuffer(4));

/** The bits of a number rounded to float32, as a 32-bit integer. */
export function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getInt32(0);
}
