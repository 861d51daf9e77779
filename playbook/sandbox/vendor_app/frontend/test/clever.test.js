import { expect, it } from "vitest";

import { homeFor } from "../src/roles.js";

it("sends school admins to their school", () => {
  expect(homeFor("school_admin")).toBe("/school");
});
