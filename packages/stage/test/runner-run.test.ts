import { expect, test } from "vitest";
import { runWorkflow, startRunnerScene } from "./runner-scene.ts";

const THREE_JOBS = `
name: three
on: workflow_dispatch
permissions: { contents: read }
jobs:
  build:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        os: [one, two]
    outputs:
      made: \${{ steps.make.outputs.made }}
    steps:
      - id: make
        run: echo "made=\${{ matrix.os }}" >> "$GITHUB_OUTPUT"
  call:
    needs: build
    uses: ./.github/workflows/called.yml
    with:
      text: \${{ needs.build.outputs.made }}
  last:
    needs: [build, call]
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: act
        uses: ./act
        with: { name: "\${{ needs.call.outputs.said }}" }
      - run: echo "= \${{ steps.act.outputs.greeting }}"
`;

const CALLED = `
on:
  workflow_call:
    inputs:
      text: { type: string, required: true }
    outputs:
      said: { value: "\${{ jobs.inner.outputs.said }}" }
jobs:
  inner:
    runs-on: ubuntu-latest
    outputs: { said: "\${{ steps.s.outputs.said }}" }
    steps:
      - id: s
        run: echo "said=got \${{ inputs.text }}" >> "$GITHUB_OUTPUT"
`;

const COMPOSITE = `
name: act
description: greets
inputs: { name: { required: true, description: who } }
outputs:
  greeting: { description: text, value: "\${{ steps.g.outputs.text }}" }
runs:
  using: composite
  steps:
    - id: g
      shell: bash
      run: echo "text=hello \${{ inputs.name }}" >> "$GITHUB_OUTPUT"
`;

test("runs three jobs with a matrix, a called workflow and a composite action", async () => {
  await using scene = await startRunnerScene();
  const story = await runWorkflow(scene, THREE_JOBS, {
    files: { ".github/workflows/called.yml": CALLED, "act/action.yml": COMPOSITE },
  });
  expect(story.result.conclusion).toBe("success");
  expect(story.log).toMatch(/^= hello got (?:one|two)$/m);
});
