import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../src/sigstore/canonical-json.ts";
import { verifyEcdsaDigest } from "../src/sigstore/ecdsa-prehash.ts";
import { EMPTY_ROOT, hashLeaf, MerkleTree } from "../src/sigstore/merkle-tree.ts";
import { leafHashOf, rootOfInclusion, rootsOfConsistency } from "./sigstore-merkle-verifier.ts";

/** The test data of the certificate transparency project: leaves, and the root after each. */
const KNOWN: readonly (readonly [leaf: string, root: string])[] = [
  ["", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
  ["00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
  ["10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
  ["2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
  ["3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"],
  ["40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"],
  ["5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"],
  [
    "606162636465666768696a6b6c6d6e6f",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ],
];

function treeOf(size: number): MerkleTree {
  const tree = new MerkleTree();
  for (let n = 0; n < size; n += 1) tree.append(hashLeaf(Buffer.from(`leaf ${n}`)));
  return tree;
}

test("the roots are those known for the certificate transparency test data", () => {
  const tree = new MerkleTree();
  expect(tree.root()).toEqual(EMPTY_ROOT);
  for (const [leaf, root] of KNOWN) {
    tree.append(hashLeaf(Buffer.from(leaf, "hex")));
    expect(tree.root().toString("hex")).toBe(root);
  }
  expect(KNOWN.map((_known, n) => tree.root(n + 1).toString("hex"))).toEqual(
    KNOWN.map(([, root]) => root),
  );
});

test("every inclusion proof leads to the root, in trees of any size", () => {
  const tree = treeOf(1100);
  const sizeAndIndex = fc
    .integer({ min: 1, max: tree.size })
    .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 })));
  fc.assert(
    fc.property(sizeAndIndex, ([size, index]) => {
      const proof = tree.inclusionProof(index, size);
      const leaf = leafHashOf(Buffer.from(`leaf ${index}`));
      expect(rootOfInclusion(leaf, index, size, proof)).toEqual(tree.root(size));
      const stranger = leafHashOf(Buffer.from("another leaf"));
      expect(rootOfInclusion(stranger, index, size, proof)).not.toEqual(tree.root(size));
    }),
  );
});

test("every consistency proof leads from the older root to the younger", () => {
  const tree = treeOf(1100);
  const sizes = fc
    .integer({ min: 2, max: tree.size })
    .chain((second) => fc.tuple(fc.integer({ min: 1, max: second - 1 }), fc.constant(second)));
  fc.assert(
    fc.property(sizes, ([first, second]) => {
      const proof = tree.consistencyProof(first, second);
      expect(rootsOfConsistency(first, second, tree.root(first), proof)).toEqual({
        first: tree.root(first),
        second: tree.root(second),
      });
    }),
  );
});

test("all proofs of all small trees hold", () => {
  const tree = treeOf(40);
  for (let size = 1; size <= tree.size; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const proof = tree.inclusionProof(index, size);
      const leaf = leafHashOf(Buffer.from(`leaf ${index}`));
      expect(rootOfInclusion(leaf, index, size, proof)).toEqual(tree.root(size));
      if (index === 0) continue;
      const consistency = tree.consistencyProof(index, size);
      expect(rootsOfConsistency(index, size, tree.root(index), consistency)?.second).toEqual(
        tree.root(size),
      );
    }
    expect(tree.consistencyProof(size, size)).toEqual([]);
    expect(tree.consistencyProof(0, size)).toEqual([]);
  }
});

test("there is no proof for a leaf or a size the tree never had", () => {
  const tree = treeOf(5);
  expect(() => tree.inclusionProof(5)).toThrow("leaf 5 is not in a tree of 5");
  expect(() => tree.inclusionProof(3, 3)).toThrow("leaf 3 is not in a tree of 3");
  expect(() => tree.inclusionProof(-1)).toThrow(RangeError);
  expect(() => tree.inclusionProof(0, 6)).toThrow("the tree never had 6 leaves");
  expect(() => tree.consistencyProof(4, 3)).toThrow(RangeError);
  expect(() => tree.root(1.5)).toThrow(RangeError);
});

test("a signature is verified by the digest alone just as by the message", () => {
  const curves = [
    { namedCurve: "P-256", digest: "sha256" },
    { namedCurve: "P-256", digest: "sha512" },
    { namedCurve: "P-384", digest: "sha384" },
    { namedCurve: "P-384", digest: "sha256" },
  ];
  for (const { namedCurve, digest } of curves) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), fc.integer({ min: 1, max: 255 }), (data, at, flip) => {
        const signature = sign(digest, data, privateKey);
        const hash = createHash(digest).update(data).digest();
        expect(verifyEcdsaDigest(publicKey, hash, signature)).toBe(true);
        const changed = Buffer.from(signature);
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ flip;
        expect(verifyEcdsaDigest(publicKey, hash, changed)).toBe(
          verify(digest, data, publicKey, changed),
        );
      }),
      { numRuns: 25 },
    );
  }
});

test("a signature of zeros, of the curve's order or cut short is none", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
  const digest = createHash("sha256").digest();
  const signatures = [
    "",
    "3006020100020100",
    "3006020101020100",
    `3046022100${order}022100${order}`,
    "30060201010201",
    "300602010102010100",
    "30070201010202007f",
  ];
  for (const hex of signatures) {
    expect(verifyEcdsaDigest(publicKey, digest, Buffer.from(hex, "hex"))).toBe(false);
  }
  const { publicKey: unknown } = generateKeyPairSync("ec", { namedCurve: "P-521" });
  expect(() => verifyEcdsaDigest(unknown, digest, Buffer.alloc(8))).toThrow("not known here");
});

test("canonical JSON has its keys in order and no white space (RFC 8785, 3.2.3)", () => {
  const value = { "\u20ac": "Euro", "\r": 1, "1": [true, null], "\ufb33": {}, "\ud83d\ude00": -0 };
  expect(canonicalJson(value)).toBe(
    '{"\\r":1,"1":[true,null],"\u20ac":"Euro","\ud83d\ude00":0,"\ufb33":{}}',
  );
});
