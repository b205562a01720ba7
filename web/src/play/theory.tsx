// The page Theory: explanations of the gap on problems small enough to be computed while one looks.
import { setState, useRoute } from '../route.ts';
import { DriftSection } from './theory-drift.tsx';
import { QuadraticSection } from './theory-quadratic.tsx';
import { SdeSection } from './theory-sde.tsx';
import type { TheoryState } from './theory-state.ts';
import './style.css';

export default function Theory() {
  const { query } = useRoute();
  const state: TheoryState = {
    get(name, among, usual) {
      const text = query.get(name);
      return among.find((value) => String(value) === text) ?? usual;
    },
    set: (name, value) => setState({ [name]: String(value) }),
  };
  return (
    <div class="play">
      <h1>Theory: why would the batch size matter?</h1>
      <p class="prose">
        Three explanations on problems so small that your machine computes them while you move the sliders.
        They are the functions of <code>gaplab theory</code>, with fewer paths. The batch size is one slider
        for all three.
      </p>
      <SdeSection {...state} />
      <DriftSection {...state} />
      <QuadraticSection {...state} />
    </div>
  );
}
