/** Lists that GitHub always pages: 30 a page unless told. */
import { linkHeader, pageOf } from "./operation.ts";

export interface Page<T> {
  readonly shown: readonly T[];
  readonly total: number;
  readonly headers: Readonly<Record<string, string>>;
}

export function pageThrough<T>(url: string, query: URLSearchParams, items: readonly T[]): Page<T> {
  const page = pageOf(query) ?? { page: 1, size: 30 };
  return {
    shown: items.slice((page.page - 1) * page.size, page.page * page.size),
    total: items.length,
    headers: linkHeader(url, query, page, items.length),
  };
}

/** A path parameter that is a number; NaN, which equals nothing, for any other text. */
export function idIn(params: Readonly<Record<string, string>>, name: string): number {
  const text = params[name] ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
