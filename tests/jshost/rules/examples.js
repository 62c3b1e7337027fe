"use strict";
// The "before" examples of the rules, as the checker's own tests have them.

const fs = require("node:fs");
const path = require("node:path");

const FOLDER = path.join(__dirname, "../../migrate/rules");

/** The text of an example, to be given to `eval` where the names stand that it uses. */
exports.example = (slug) => fs.readFileSync(path.join(FOLDER, slug, "before.js"), "utf8");

/** A Parse whose functions and jobs are registered as `slug.name`, and whose triggers are on classes of other names. */
exports.apart = (Parse, slug, classes = {}) => {
  const cloud = Object.create(Parse.Cloud);
  for (const kind of ["define", "job"]) {
    cloud[kind] = (name, ...words) => Parse.Cloud[kind](`${slug}.${name}`, ...words);
  }
  for (const kind of ["beforeSave", "afterSave", "beforeDelete", "afterDelete"]) {
    cloud[kind] = (name, ...words) => Parse.Cloud[kind](classes[name] ?? name, ...words);
  }
  return Object.assign(Object.create(Parse), { Cloud: cloud });
};
