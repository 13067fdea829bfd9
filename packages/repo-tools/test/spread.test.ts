import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeSpread, spreadOf } from "../src/spread.ts";

describe("spreadOf", () => {
  it.each([
    [[5], { median: 5, min: 5, max: 5 }],
    [[3, 1, 2], { median: 2, min: 1, max: 3 }],
    [[10, 4, 1, 2], { median: 3, min: 1, max: 10 }],
  ])("takes the middle of %j", (values, spread) => {
    expect(spreadOf(values)).toEqual(spread);
  });

  it("has as many values below the median as above it", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 1 }), (values) => {
        const { median } = spreadOf(values);
        const half = values.length / 2;
        return (
          values.filter((value) => value < median).length <= half &&
          values.filter((value) => value > median).length <= half
        );
      }),
    );
  });

  it("refuses an empty series", () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe("describeSpread", () => {
  it("rounds all three numbers alike", () => {
    expect(describeSpread({ median: 1.487, min: 1.3, max: 2 }, 2)).toBe("1.49 (1.30 to 2.00)");
  });
});
