import type { ErrorCode } from "@auditable-release/model";
import type { Codec } from "./codecs.ts";

/**
 * The one declaration of an action: what it takes, gives, needs and can end in. `action.yml`, the
 * tables in the READMEs, the parser and the permission hint all derive from it.
 */
export interface Contract<
  Inputs extends InputDeclarations = InputDeclarations,
  Outputs extends OutputDeclarations = OutputDeclarations,
> {
  /** The action's folder, verb-noun, as in `uses: …/actions/<name>@…`. */
  readonly name: string;
  /** Shown by GitHub and at the top of every message. */
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  readonly inputs: Inputs;
  /** Each group of inputs of which at least one must be given. */
  readonly atLeastOneOf: readonly (readonly string[])[];
  readonly outputs: Outputs;
  readonly permissions: Permissions;
  /** Every code this action itself can end in, beside those every action can (COMMON_ERRORS). */
  readonly errors: readonly ErrorCode[];
}

export type Presence = "required" | "defaulted" | "optional";

export interface InputDeclaration<T = unknown, P extends Presence = Presence> {
  readonly codec: Codec<T>;
  readonly presence: P;
  readonly description: string;
  /**
   * What action.yml declares as default: a value, or an expression like `${{ github.token }}` that
   * only a runner can evaluate.
   */
  readonly default?: string;
  /** Masked before anything else happens, and shown nowhere. */
  readonly secret: boolean;
}

export interface OutputDeclaration {
  readonly description: string;
}

export type InputDeclarations = Readonly<Record<string, InputDeclaration>>;
export type OutputDeclarations = Readonly<Record<string, OutputDeclaration>>;

/** Permissions of a job's token, each with the reason the documentation gives. */
export type Permissions = Readonly<
  Partial<Record<PermissionName, { readonly access: "read" | "write"; readonly reason: string }>>
>;

/** The keys GitHub accepts below `permissions:` that actions of this repository have a use for. */
export type PermissionName =
  | "actions"
  | "attestations"
  | "checks"
  | "contents"
  | "deployments"
  | "id-token"
  | "issues"
  | "packages"
  | "pull-requests"
  | "statuses";

/** Codes any action can end in. */
export const COMMON_ERRORS = [
  "INPUT_INVALID",
  "RUNNER_ENVIRONMENT",
  "UNEXPECTED",
] as const satisfies readonly ErrorCode[];

/** Outputs that every action has, written by runAction, also when the step fails. */
export const COMMON_OUTPUTS = {
  outcome: {
    description:
      "How the call ended: `done`, `already-done` or `waiting` when the step passes; `refused`, `conflict`, `retry` or `bug` when it fails.",
  },
  "error-code": {
    description: "The code of the error when the step fails, otherwise empty.",
  },
} as const satisfies OutputDeclarations;

interface InputOptions {
  readonly secret?: boolean;
}

export function required<T>(
  codec: Codec<T>,
  description: string,
  options: InputOptions = {},
): InputDeclaration<T, "required"> {
  return { codec, presence: "required", description, secret: options.secret ?? false };
}

export function optional<T>(
  codec: Codec<T>,
  description: string,
  options: InputOptions = {},
): InputDeclaration<T, "optional"> {
  return { codec, presence: "optional", description, secret: options.secret ?? false };
}

export function defaulted<T>(
  codec: Codec<T>,
  defaultText: string,
  description: string,
  options: InputOptions = {},
): InputDeclaration<T, "defaulted"> {
  return {
    codec,
    presence: "defaulted",
    description,
    default: defaultText,
    secret: options.secret ?? false,
  };
}

/** Keeps the literal types of the declaration, from which the types of inputs and outputs follow. */
export function defineContract<
  const Inputs extends InputDeclarations,
  const Outputs extends OutputDeclarations,
>(
  contract: Contract<Inputs, Outputs> & {
    readonly atLeastOneOf: readonly (readonly (keyof Inputs & string)[])[];
  },
): Contract<Inputs, Outputs> {
  return contract;
}

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** The parsed inputs of a contract: camelCase names, undefined only where truly optional. */
export type InputsOf<C> = C extends { readonly inputs: infer Inputs }
  ? {
      readonly [
        Name in keyof Inputs & string as CamelCase<Name>
      ]: Inputs[Name] extends InputDeclaration<infer T, infer P>
        ? P extends "optional"
          ? T | undefined
          : T
        : never;
    }
  : never;

/** The outputs a handler must give: all that the contract declares; empty text where there is none. */
export type OutputsOf<C> = C extends { readonly outputs: infer Outputs }
  ? { readonly [Name in keyof Outputs & string as CamelCase<Name>]: string }
  : never;

export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether a declared default is for the runner to evaluate, not a value to parse. */
export function isExpression(defaultText: string): boolean {
  return defaultText.startsWith("${{");
}

/** The `permissions:` block a job needs for this action, each line with its reason. */
export function permissionsBlock(permissions: Permissions): string {
  const entries = Object.entries(permissions).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return "permissions: {}";
  const lines = entries.map(([name, { access, reason }]) => `  ${name}: ${access} # ${reason}`);
  return ["permissions:", ...lines].join("\n");
}
