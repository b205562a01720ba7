// Argument: loaded only when it is shown.
import { lazy } from '../lazy.tsx';

export default lazy(() => import('../play/argument.tsx'));
