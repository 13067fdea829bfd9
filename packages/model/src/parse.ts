/**
 * How every value that comes from outside is read: a parser either returns a branded value that
 * prints back as the very text it was read from, or throws a ParseError that says what was expected.
 */

declare const brand: unique symbol;

/** A string that only its parser makes. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Text that is not what it should be. Turned into an InputError by whoever knows where it stood. */
export class ParseError extends Error {
  override readonly name = "ParseError";
  /** Noun phrase: what would have been accepted. */
  readonly expected: string;
  readonly received: string;

  constructor(expected: string, received: string) {
    super(`expected ${expected}, got ${quote(received)}`);
    this.expected = expected;
    this.received = received;
  }
}

const MAX_QUOTED_LENGTH = 120;

/**
 * The text as it may be shown: on one line, control and invisible characters made visible, cut
 * where it is long. For messages and logs; never to be parsed back.
 */
export function quote(text: string): string {
  const cut = text.length > MAX_QUOTED_LENGTH;
  const shown = JSON.stringify(cut ? text.slice(0, MAX_QUOTED_LENGTH) : text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return cut ? `${shown} (cut, ${text.length} characters)` : shown;
}
