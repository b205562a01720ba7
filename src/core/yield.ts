// Long work stays polite: how long it may go on before signals, messages, heartbeats
// and the screen get their turn.

/** Milliseconds of uninterrupted work after which the event loop gets a turn. */
export const YIELD_MS = 50;
