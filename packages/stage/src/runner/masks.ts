/**
 * What no reader may see, and how a runner takes it out of a text (actions/runner,
 * SecretMasker.cs and ValueEncoders.cs).
 */

/** The spellings in which a runner recognises a secret. */
function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    // Base64 looks different for each place a text can start within three bytes.
    ...[0, 1, 2].filter((n) => n < bytes.length).map((n) => bytes.subarray(n).toString("base64")),
  ];
}

/** The secrets of one job: known from its start, or declared while it runs. */
export class Masks {
  readonly #values = new Set<string>();
  readonly #spellings = new Set<string>();

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** Hides the value as it is. Nothing is hidden by an empty one. */
  add(secret: string): void {
    if (secret === "" || this.#values.has(secret)) return;
    this.#values.add(secret);
    for (const spelling of spellingsOf(secret)) {
      if (spelling !== "") this.#spellings.add(spelling);
    }
  }

  /** Hides the value and each of its lines, since a log is read line by line. */
  addLines(secret: string): void {
    this.add(secret);
    for (const line of secret.split(/[\r\n]/)) this.add(line.trim());
  }

  /** Every value added, in order. */
  get values(): readonly string[] {
    return [...this.#values];
  }

  /** Stars every occurrence of the secrets; overlapping ones become one. */
  mask(text: string): string {
    const hidden: [number, number][] = [];
    for (const spelling of this.#spellings) {
      for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + 1)) {
        hidden.push([at, at + spelling.length]);
      }
    }
    if (hidden.length === 0) return text;
    let shown = "";
    let end = -1;
    for (const [from, to] of hidden.toSorted(([left], [right]) => left - right)) {
      if (from > end) shown += `${text.slice(Math.max(end, 0), from)}***`;
      end = Math.max(end, to);
    }
    return shown + text.slice(Math.max(end, 0));
  }
}
