// The page Argument.
export default function Argument() {
  return <h1>Argument</h1>;
}
