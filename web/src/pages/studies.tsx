// The list of studies.
export function Studies() {
  return <h1>Studies</h1>;
}
