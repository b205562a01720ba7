// Two studies, or two optimizers, side by side.
export function Compare() {
  return <h1>Compare</h1>;
}
