"use strict";
// Objects, queries and parameters as they were. Rules: PC401, PC406, PC411, PC415.

const { decodeParams } = require("../requests");

const DEFAULT_LIMIT = 100;

const STAGES = new Set(
  ("addFields bucket bucketAuto collStats count currentOp facet geoNear graphLookup group indexStats limit " +
    "listLocalSessions listSessions lookup match out project redact replaceRoot sample skip sort sortByCount unwind").split(" "),
);

function installObjects({ Parse, controller, dispatcher }) {
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
