/** The seeded weights and pictures against NumPy's, computed from the same definition. */
import { expect, test } from "vitest";
import { seededDistorted, seededPicture, seededTensor } from "../support/seeded.js";

/** Key, shape, seed, and the first, second and last value. */
const tensors: [string, number[], number, number[]][] = [
  ["backbone.conv1.weight", [8, 3, 7, 7], 1, [0.08790534734725952, 0.1717996597290039, -0.03020447865128517]],
  ["backbone.bn1.weight", [8], 1, [0.8427388668060303, 0.9986690878868103, 0.8231303691864014]],
  ["backbone.layer1.0.bn3.weight", [16], 2, [0.31306204199790955, 0.3842049539089203, 0.21908701956272125]],
  ["backbone.bn1.running_mean", [8], 3, [0.17893245816230774, 0.16691084206104279, -0.17950603365898132]],
  ["backbone.bn1.running_var", [8], 4294967295, [0.8532787561416626, 0.7520371079444885, 1.4475901126861572]],
  ["pooling.1.gate.0.bias", [8], 1, [0.044650375843048096, -0.053855907171964645, -0.004886639304459095]],
  ["position.h", [4, 8], 1, [0.3384167551994324, 0.48862898349761963, -0.3859877586364746]],
  ["text.features", [40, 16], 7, [-0.9387954473495483, 0.5316617488861084, 0.8257601261138916]],
  ["head.0.weight", [160, 160], 1, [0.15030235052108765, -0.09737102687358856, -0.12032821029424667]],
];

test.each(tensors)("%s %j of seed %i", (name, shape, seed, expected) => {
  const values = seededTensor(name, shape, seed);
  expect([values[0], values[1], values[values.length - 1]]).toEqual(expected);
  expect(values.length).toBe(shape.reduce((a, b) => a * b));
});

const sum = (values: Uint8Array) => values.reduce((a, b) => a + b, 0);
const last = (values: Uint8Array) => [...values.slice(-3)];

test("pictures", () => {
  expect([...seededPicture(3, 2, 1)]).toEqual([
    199, 38, 170, 169, 49, 164, 175, 34, 178, 187, 14, 189, 200, 17, 172, 170, 25, 179,
  ]);
  expect(sum(seededPicture(40, 70, 5))).toBe(917009);
  expect(last(seededPicture(40, 70, 5))).toEqual([135, 202, 180]);
  expect(last(seededPicture(2, 4000, 1))).toEqual([169, 115, 113]);
});

test("distorted pictures", () => {
  expect(sum(seededDistorted(40, 70, 5))).toBe(975215);
  expect(last(seededDistorted(40, 70, 5))).toEqual([135, 165, 171]);
});
