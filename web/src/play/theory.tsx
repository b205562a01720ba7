// The page Theory.
export default function Theory() {
  return <h1>Theory</h1>;
}
