// The place of a figure whose numbers are still computed for the first time, or cannot be.

export function Waiting({ failed }: { failed?: string }) {
  return (
    <p class="chart waiting muted" role={failed === undefined ? undefined : 'alert'}>
      {failed === undefined ? 'Computing…' : `This figure cannot be computed here: ${failed}`}
    </p>
  );
}
