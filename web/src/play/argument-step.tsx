// The frame of a step of the argument: its number and claim, words, a figure, and something to move.
import type { ComponentChildren } from 'preact';

interface Props {
  number: number;
  claim: string;
  children: ComponentChildren;
  figure: ComponentChildren;
}

export function Step({ number, claim, children, figure }: Props) {
  return (
    <section class="step" aria-labelledby={`step-${number}`}>
      <h2 id={`step-${number}`}>
        {number}. {claim}
      </h2>
      <div class="pair">
        <div>{children}</div>
        <div>{figure}</div>
      </div>
    </section>
  );
}
