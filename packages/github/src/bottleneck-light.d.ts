/** The build without Redis, which Octokit's plugins use; the package has types for the other only. */
declare module "bottleneck/light.js" {
  export { default } from "bottleneck";
}
