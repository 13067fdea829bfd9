/** Time as use cases see it, so that tests and rehearsals need not wait. */
export interface Clock {
  readonly wait: (milliseconds: number) => Promise<void>;
}
