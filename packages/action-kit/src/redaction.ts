/**
 * What must never be shown, and its disguises. The runner masks a secret where it stands literally;
 * an error or a trace shows it encoded as often as not (specs.md T12).
 */
export interface Redactor {
  /** Every form to hand to the runner's own masking. */
  readonly forms: readonly string[];
  readonly redact: (text: string) => string;
}

const REPLACEMENT = "***";

/** Shorter values occur by chance, and masking them would garble every log. */
const MIN_SECRET_LENGTH = 4;

export function redactorFor(secrets: readonly string[]): Redactor {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    for (const form of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64"),
      Buffer.from(secret).toString("base64url"),
      Buffer.from(`x-access-token:${secret}`).toString("base64"),
      Buffer.from(`:${secret}`).toString("base64"),
      JSON.stringify(secret).slice(1, -1),
      ...secret.split(/\r?\n/).filter((line) => line.length >= MIN_SECRET_LENGTH),
    ]) {
      forms.add(form);
    }
  }
  const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
  return {
    forms: longestFirst,
    redact: (text) =>
      longestFirst.reduce((shown, form) => shown.replaceAll(form, REPLACEMENT), text),
  };
}
