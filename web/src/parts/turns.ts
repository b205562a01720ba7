// Work that may take a while, such as drawing a figure, one piece after the other: between two of them
// the page answers, and shows what it has.
type Work = () => void;

const waiting: Work[] = [];
let isBegun = false;

/** Does `work` when its turn comes. Returns what takes it back. */
export function inTurn(work: Work): () => void {
  waiting.push(work);
  begin();
  return () => {
    const at = waiting.indexOf(work);
    if (at >= 0) waiting.splice(at, 1);
  };
}

function begin(): void {
  if (isBegun) return;
  isBegun = true;
  setTimeout(() => {
    isBegun = false;
    const work = waiting.shift();
    if (waiting.length > 0) begin();
    work?.();
  });
}
