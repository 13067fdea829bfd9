/** Where lines go: as they are, or on a terminal above one line that is redrawn in place. */
const REDRAW_MS = 200;
const ERASE_LINE = "\r\u001B[K";

export interface Output {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Terminal extends Disposable {
  readonly lines: (lines: readonly string[]) => void;
}

/** @param status the line that is redrawn, asked for again and again */
export function openTerminal(output: Output, status: () => string): Terminal {
  const isLive = output.isTTY === true;
  const redraw = (): void => {
    const width = Math.max(20, (output.columns || 80) - 1);
    output.write(`${ERASE_LINE}${status().slice(0, width)}`);
  };
  const timer = isLive ? setInterval(redraw, REDRAW_MS) : undefined;
  return {
    lines: (lines) => {
      if (lines.length === 0) return;
      const text = lines.map((line) => `${line}\n`).join("");
      output.write(isLive ? `${ERASE_LINE}${text}` : text);
      if (isLive) redraw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      if (isLive) output.write(ERASE_LINE);
    },
  };
}
