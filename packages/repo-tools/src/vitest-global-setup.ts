/** Refuses to test on another Node than the one that will run the bundles. */
export default function setup(): void {
  if (!process.versions.node.startsWith("24.")) {
    throw new Error(
      `The tests run on Node 24, and this is ${process.versions.node}. Start them with \`pnpm test\`.`,
    );
  }
}
