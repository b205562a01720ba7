// Where an address leads to nothing.
import { hrefOf } from '../route.ts';

export const NotFound = () => (
  <>
    <h1>There is no such page</h1>
    <p>
      The address may be mistyped. <a href={hrefOf([])}>All studies</a>
    </p>
  </>
);
