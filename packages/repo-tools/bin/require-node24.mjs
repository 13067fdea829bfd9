// First step of the two commands: says which Node runs what follows, or why nothing can.
// Plain JavaScript that any Node since 20 can run, because it must speak up under the wrong one.
// pnpm puts node_modules/.bin first in PATH, so `node` here is already the one package.json brings.
const [major, minor] = process.versions.node.split(".").map(Number);
const LEAST_MINOR = 15; // @sigstore/sign 5 needs Node ^24.15

if (major !== 24 || minor < LEAST_MINOR) {
  process.stderr.write(
    [
      `Node 24 is needed, and what would run is Node ${process.versions.node} (${process.execPath}).`,
      `auditable-release brings Node 24 along as an npm package (node-<os>-<cpu>, see optionalDependencies in package.json),`,
      `but none is installed for ${process.platform} on ${process.arch}.`,
      `What to do: run the command again with the network on, without --no-optional; or, where no such package exists`,
      `(macOS on Apple silicon), install Node 24.${LEAST_MINOR} or newer yourself and put it first in PATH.`,
      "",
    ].join("\n"),
  );
  process.exit(1);
}
