"use strict";
// Objects, their operations, queries and parameters as they were. Rules: PC117, PC401, PC406, PC411, PC415.

const fs = require("node:fs");
const path = require("node:path");

const { decodeParams } = require("../requests");

const DEFAULT_LIMIT = 100;

const STAGES = new Set(
  ("addFields bucket bucketAuto collStats count currentOp facet geoNear graphLookup group indexStats limit " +
    "listLocalSessions listSessions lookup match out project redact replaceRoot sample skip sort sortByCount unwind").split(" "),
);

function installObjects({ Parse, controller, dispatcher, root }) {
  installOperations(Parse);
  allowNew(Parse.Object, ["extend"]);
  allowNew(Parse.Query, ["or", "and", "nor"]);
  allowNew(Parse.Promise, ["as", "error", "when"]);
  if (isOlderThanAllDirty(root)) {
    const { dirty } = Parse.Object.prototype;
    Parse.Object.prototype.dirty = function (key) {
      return key === undefined || this.id ? dirty.call(this, key) : this.op(key) !== undefined;
    };
  }
  const stored = (object) => object._getServerData?.() ?? {};
  Object.assign(Parse.Object.prototype, {
    previous(key) {
      return stored(this)[key] ?? null;
    },
    previousAttributes() {
      return { ...stored(this) };
    },
    hasChanged(key) {
      return this.dirty(key);
    },
    changedAttributes() {
      const keys = this.dirtyKeys();
      return keys.length === 0 ? false : Object.fromEntries(keys.map((key) => [key, this.get(key)]));
    },
    change() {},
  });

  const aggregate = Parse.Query.prototype.aggregate;
  Parse.Query.prototype.aggregate = function (pipeline, options) {
    return aggregate.call(this, newPipeline(pipeline), options);
  };

  const request = controller.request;
  controller.request = (method, path, data, options) => {
    if (method === "GET" && /^classes\/[^/]+$/.test(path) && data && data.limit === undefined) {
      data = { ...data, limit: DEFAULT_LIMIT };
    }
    return request(method, path, data, options);
  };

  dispatcher.decode = (params) => oldShape(decodeParams(params, Parse), Parse);
}

/**
 * Whether the project was written for an SDK before 1.6, by the version in its settings: since then every field of
 * a new object is dirty, also one that was never set.
 */
function isOlderThanAllDirty(root) {
  let version;
  try {
    version = JSON.parse(fs.readFileSync(path.join(root, "config", "global.json"), "utf8")).global.parseVersion;
  } catch {
    return false;
  }
  const [major, minor] = String(version).split(".").map(Number);
  return major < 1 || (major === 1 && minor < 6);
}

/** Let statics be called with `new` as well: they were plain functions, and what they return is what it gave. */
function allowNew(owner, names) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function (...words) {
      return original.apply(new.target === undefined ? this : owner, words);
    };
  }
}

/** What `object.op(key)` tells of itself, as it did before it was to be read from private fields. */
function installOperations({ Op, Object: ParseObject }) {
  const tells = (operation, methods) => Object.assign(operation.prototype, methods);
  const objects = (operation, ids) =>
    (ids ?? []).map((id) => ParseObject.fromJSON({ className: operation._targetClassName, objectId: id }));
  tells(Op.Set, {
    value() {
      return this._value;
    },
  });
  tells(Op.Increment, {
    amount() {
      return this._amount;
    },
  });
  for (const operation of [Op.Add, Op.AddUnique, Op.Remove]) {
    tells(operation, {
      objects() {
        return this._value;
      },
    });
  }
  tells(Op.Relation, {
    added() {
      return objects(this, this.relationsToAdd);
    },
    removed() {
      return objects(this, this.relationsToRemove);
    },
  });
}

/** Stage names without a dollar, `objectId` for `_id`, and all stages in one map: as before Parse Server 6. */
function newPipeline(pipeline) {
  const stages = Array.isArray(pipeline) ? pipeline : Object.entries(pipeline ?? {}).map(([name, body]) => ({ [name]: body }));
  return stages.map((stage) =>
    Object.fromEntries(
      Object.entries(stage).map(([name, body]) => [STAGES.has(name) ? `$${name}` : name, /^\$?group$/.test(name) ? withId(body) : body]),
    ),
  );
}

function withId(body) {
  if (body === null || typeof body !== "object" || !("objectId" in body)) return body;
  const { objectId, ...rest } = body;
  return { _id: objectId, ...rest };
}

/** An object among the parameters also shows what it was as plain JSON: `objectId`, `className` and `__type`. */
function oldShape(value, Parse) {
  if (value instanceof Parse.Object) {
    Object.defineProperty(value, "objectId", { get: () => value.id, configurable: true });
    Object.defineProperty(value, "__type", { value: "Pointer", configurable: true });
    return value;
  }
  if (Array.isArray(value)) value.forEach((item) => oldShape(item, Parse));
  else if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    Object.values(value).forEach((item) => oldShape(item, Parse));
  }
  return value;
}

module.exports = { installObjects };
