// What the model wrote while it trained: the same beginnings, and how it went on with them at each step.
import { number } from '../../../src/report/format.ts';
import type { RunView } from '../../../src/server/wire.ts';
import { Part } from '../parts/part.tsx';
import { samplesOf } from './samples-of.ts';
import './style.css';

type Probe = RunView['probes'][number];

export function Samples({ probes }: { probes: readonly Probe[] }) {
  const samples = samplesOf(probes);
  return (
    <Part
      title="Samples of text"
      absent={
        samples.size === 0 && 'The probe “text” lets a model write while it trains, and this run has none.'
      }
    >
      {[...samples].map(([prompt, written]) => (
        <section key={prompt} class="sample" aria-label={`After ${prompt}`}>
          <blockquote>{prompt}</blockquote>
          <dl>
            {written.map(({ step, tokens, text }) => (
              <div key={step}>
                <dt title={`${number(tokens)} tokens`}>Step {number(step)}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Part>
  );
}
