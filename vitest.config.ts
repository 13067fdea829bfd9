import { defineConfig } from "vitest/config";

export default defineConfig({
  // Workspace packages are tested from their sources; only the bundle tests see what is committed.
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "actions/*/test/**/*.test.ts"],
    globalSetup: ["packages/repo-tools/src/vitest-global-setup.ts"],
    // Generous, because a loaded machine must not decide a test; what hangs still ends.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    retry: 0,
    // Most tests wait for processes and sockets; a core is not left idle for the main thread.
    maxWorkers: "100%",
    // The laptop's settings (signing, hooks, identities, proxies) must not decide a test.
    env: {
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      TZ: "UTC",
    },
  },
});
