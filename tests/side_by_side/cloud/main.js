"use strict";
// Cloud Code that Parse Server and Parsonage host alike; test_cloud_code.py calls it.

const kindOf = (value) => (value === null ? "null" : typeof value === "object" ? value.constructor.name : typeof value);
const tried = (work) => {
  try {
    return kindOf(work());
  } catch (thrown) {
    return typeof thrown === "string" ? thrown : [thrown.name, thrown.message];
  }
};

// What a function is given.
Parse.Cloud.define("request", (request) => ({
  // Parse Server gives neither to a call from inside, Parsonage those of the client that is behind it.
  keys: Object.keys(request).filter((key) => request[key] !== undefined && key !== "headers" && key !== "ip").sort(),
  master: request.master,
  isReadOnly: request.isReadOnly,
  user: request.user && [request.user.id, request.user.className, typeof request.user.getSessionToken()],
  installationId: request.installationId,
  functionName: request.functionName,
  context: request.context,
  log: ["info", "error", "warn", "verbose", "debug", "silly", "log"].map((level) => typeof request.log[level]),
  agent: request.headers && request.headers["x-agent"],
}));
Parse.Cloud.define("params", (request) => request.params);
Parse.Cloud.define("kinds", (request) => Object.fromEntries(Object.entries(request.params).map(([key, value]) => [key, kindOf(value)])));
Parse.Cloud.define("date", (request) => [request.params.at instanceof Date, request.params.at.iso, request.params.at.getTime()]);

// What it returns.
const returned = {
  nothing: () => undefined,
  null: () => null,
  zero: () => 0,
  empty: () => "",
  false: () => false,
  text: () => "text",
  date: () => new Date(0),
  dates: () => [{ at: new Date(0) }],
  point: () => new Parse.GeoPoint(1, 2),
  polygon: () => new Parse.Polygon([[0, 0], [0, 1], [1, 1]]),
  acl: () => {
    const acl = new Parse.ACL();
    acl.setPublicReadAccess(true);
    return acl;
  },
  pointer: () => Parse.Object.createWithoutData ? Parse.Object.extend("Note").createWithoutData("abc") : null,
  nan: () => [NaN, Infinity, -0],
  sets: () => [new Set([1]), new Map([[1, 2]])],
  holes: () => ({ a: undefined, b: [undefined, 1], c: () => 1 }),
  error: () => new Error("returned"),
  parseError: () => new Parse.Error(5, "returned"),
  query: () => new Parse.Query("Note").equalTo("a", 1),
  operation: () => ({ __op: "Increment", amount: 1 }),
  instance: () => new (class Thing { constructor() { this.a = 1; } })(),
  toJSON: () => ({ toJSON: () => "json" }),
  promise: async () => Promise.resolve([1]),
  thenable: () => ({ then: (resolve) => resolve("thenable") }),
  file: () => Parse.File.fromJSON({ __type: "File", name: "a.txt", url: "http://files/a.txt" }),
  saved: async () => new Parse.Object("Returned", { n: 1, at: new Date(0), list: [new Date(0)] }).save(),
  listOfSaved: async () => [await new Parse.Object("Returned", { n: 2 }).save()],
  nestedSaved: async () => ({ deep: { object: await new Parse.Object("Returned", { n: 3 }).save() } }),
  buffer: () => Buffer.from("ab"),
};
Parse.Cloud.define("returns", (request) => returned[request.params.what]());

// What it throws.
const thrown = {
  text: () => { throw "text"; },
  empty: () => { throw ""; },
  error: () => { throw new Error("message"); },
  emptyError: () => { throw new Error(""); },
  typeError: () => { throw new TypeError("type"); },
  errorWithCode: () => { throw Object.assign(new Error("coded"), { code: 5 }); },
  parseError: () => { throw new Parse.Error(123, "message"); },
  notFound: () => { throw new Parse.Error(101, "message"); },
  internal: () => { throw new Parse.Error(1, "message"); },
  sessionError: () => { throw new Parse.Error(209, "message"); },
  textCode: () => { throw new Parse.Error("abc", "message"); },
  noMessage: () => { throw new Parse.Error(123); },
  plain: () => { throw { code: 123, message: "m" }; },
  nothing: () => { throw undefined; },
  null: () => { throw null; },
  false: () => { throw false; },
  rejected: () => Promise.reject("rejected"),
  rejectedWithNothing: () => Promise.reject(),
  later: async () => { await null; throw new Error("later"); },
  missing: async () => new Parse.Query("Note").get("missing"),
  refused: async () => new Parse.Object("_Session", {}).save(),
  saveAll: async () => Parse.Object.saveAll([new Parse.Object("Refusing", { a: 1 }), new Parse.Object("Refusing", { a: 2 })]),
};
Parse.Cloud.define("throws", (request) => thrown[request.params.what]());
Parse.Cloud.beforeSave("Refusing", () => { throw "refusing"; });

// Express style.
Parse.Cloud.define("responds", (request, response) => {
  const { how } = request.params;
  if (how === "status") response.status(202).header("X-Foo", "bar").success("x");
  if (how === "later") setTimeout(() => response.success("later"), 1);
  if (how === "nothing") response.success();
  if (how === "error") response.error("no");
  if (how === "parseError") response.error(new Parse.Error(5, "five"));
  if (how === "plainError") response.error({ code: 5, message: "five" });
  return how === "returns" ? "returned" : undefined;
});
Parse.Cloud.define("respondsAsync", async (request, response) => { await null; response.success("async"); });

// Validators.
const validators = {
  user: { requireUser: true },
  master: { requireMaster: true },
  anyRole: { requireAnyUserRoles: ["Admin", "Editor"] },
  allRoles: { requireAllUserRoles: ["Admin", "Editor"] },
  roleFunction: { requireAnyUserRoles: () => ["Admin"] },
  userKeys: { requireUserKeys: ["nick"] },
  userKeyOptions: { requireUser: true, requireUserKeys: { nick: { options: ["a", "b"], error: "not that nick" } } },
  fields: { fields: ["a", "b"] },
  types: { fields: { n: { type: Number }, s: { type: String, required: false }, l: { type: Array, required: false }, o: { type: Object, required: false }, b: { type: Boolean, required: false } } },
  bareTypes: { fields: { n: Number } },
  defaults: { fields: { n: { default: 3, type: Number } } },
  falsyDefault: { fields: { n: { default: 0 }, t: { default: "" } } },
  options: { fields: { size: { options: ["s", "m"], error: "no such size" } } },
  oneOption: { fields: { size: { options: "s" } } },
  optionFunction: { fields: { n: { type: Number, options: (n) => n < 5, error: "too much" } } },
  optionFunctionBare: { fields: { n: { options: async (n) => n < 5 } } },
  optionThrows: { fields: { n: { options: (n) => { if (n > 5) throw "thrown by options"; } } } },
  optional: { fields: { n: { type: Number, required: false, options: [1, 2] } } },
  requiredError: { fields: { n: { required: true, error: "n, please" } } },
  masterToo: { requireUser: true, validateMasterKey: true },
  skips: { requireUser: true, skipWithMasterKey: true },
  constant: { fields: { c: { constant: true, default: 3 } } },
  all: { requireUser: true, requireMaster: true, fields: ["a"] },
  returnsTrue: () => true,
  returnsNothing: () => undefined,
  throwsText: () => { throw "refused by the validator"; },
  throwsError: () => { throw new Error("refused with an error"); },
  throwsParseError: () => { throw new Parse.Error(7, "seven"); },
  throwsNothing: () => { throw undefined; },
  async: async (request) => { await null; if (!request.params.ok) throw "not ok"; },
  changes: (request) => { request.params.added = 1; },
};
for (const [name, validator] of Object.entries(validators)) Parse.Cloud.define(`v-${name}`, (request) => request.params, validator);

// Registrations that are refused.
const registrations = {
  unknownKey: () => Parse.Cloud.define("r1", () => {}, { fooBar: 1 }),
  wrongType: () => Parse.Cloud.define("r2", () => {}, { requireUser: "yes" }),
  wrongList: () => Parse.Cloud.define("r3", () => {}, { requireAnyUserRoles: "Admin" }),
  wrongFields: () => Parse.Cloud.define("r4", () => {}, { fields: "a" }),
  unknownFieldKey: () => Parse.Cloud.define("r5", () => {}, { fields: { a: { foo: 1 } } }),
  wrongFieldType: () => Parse.Cloud.define("r6", () => {}, { fields: { a: { required: "yes" } } }),
  wrongError: () => Parse.Cloud.define("r7", () => {}, { fields: { a: { error: 5 } } }),
  onTrigger: () => Parse.Cloud.beforeSave("R8", () => {}, { nope: 1 }),
  session: () => Parse.Cloud.beforeSave("_Session", () => {}),
  sessionFind: () => Parse.Cloud.beforeFind(Parse.Session, () => {}),
  logoutElsewhere: () => Parse.Cloud.afterLogout("Note", () => {}),
  loginElsewhere: () => Parse.Cloud.beforeLogin("Note", () => {}),
  pushStatus: () => Parse.Cloud.beforeSave("_PushStatus", () => {}),
  pushStatusAfter: () => Parse.Cloud.afterSave("_PushStatus", () => {}),
  badName: () => Parse.Cloud.define("a b", () => {}),
  noHandler: () => Parse.Cloud.define("r9"),
  useMasterKey: () => Parse.Cloud.useMasterKey(),
  rateLimit: () => Parse.Cloud.define("r10", () => {}, { rateLimit: { foo: 1 } }),
  liveSubscribe: () => Parse.Cloud.beforeSubscribe("R11", () => {}),
  liveConnect: () => Parse.Cloud.beforeConnect(() => {}),
  liveEvent: () => Parse.Cloud.afterLiveQueryEvent("R12", () => {}),
  onLive: () => Parse.Cloud.onLiveQueryEvent(() => {}),
  sendEmail: () => Parse.Cloud.sendEmail({ to: "a@b.c" }),
};
Parse.Cloud.define("registrations", () => Object.fromEntries(Object.entries(registrations).map(([name, work]) => [name, tried(work)])));
Parse.Cloud.define("api", () => ({
  cloud: Object.keys(Parse.Cloud).filter((name) => typeof Parse.Cloud[name] === "function").sort(),
  zones: Parse.Server.RateLimitZone,
  applicationId: Parse.applicationId,
  masterKey: typeof Parse.masterKey,
  serverURL: typeof Parse.serverURL,
  global: globalThis.Parse === Parse,
  httpRequest: typeof Parse.Cloud.httpRequest,
}));

// Calls of one's own.
Parse.Cloud.define("runs", async (request) => Parse.Cloud.run(request.params.name, request.params.with ?? {}, request.params.options ?? {}));
Parse.Cloud.define("runsAsMe", async (request) => Parse.Cloud.run("request", {}, { sessionToken: request.user.getSessionToken(), context: { from: "me" } }));
Parse.Cloud.define("runsAsMaster", async () => Parse.Cloud.run("request", {}, { useMasterKey: true }));

// Triggers on objects.
Parse.Cloud.beforeSave("Contexts", (request) => {
  request.context.before = 1;
  request.object.set("contexts", [{ ...request.context }]);
});
Parse.Cloud.afterSave("Contexts", (request) => { request.object.add("contexts", { ...request.context }); });

const saved = {
  sets: ({ object }) => object.set("by", "trigger"),
  overwrites: ({ object }) => object.set("text", "trigger"),
  unsets: ({ object }) => object.unset("text"),
  reverts: ({ object }) => object.revert("text"),
  increments: ({ object }) => object.increment("n", 2),
  adds: ({ object }) => object.addUnique("tags", "a"),
  removes: ({ object }) => object.remove("tags", "a"),
  nested: ({ object }) => object.set("map.inner", 2),
  date: ({ object }) => object.set("at", new Date(0)),
  acl: ({ object }) => { const acl = new Parse.ACL(); acl.setPublicReadAccess(true); object.setACL(acl); },
  returnsObject: () => ({ by: "returned" }),
  throwsText: () => { throw "refused"; },
  throwsError: () => { throw new Error("refused with an error"); },
  throwsParseError: () => { throw new Parse.Error(7, "seven"); },
  throwsNotFound: () => { throw new Parse.Error(101, "gone"); },
  throwsNothing: () => { throw undefined; },
  throwsPlain: () => { throw { code: 9, message: "plain" }; },
  savesOther: async () => new Parse.Object("Other", { a: 1 }).save(),
  typeMismatch: ({ object }) => object.set("n", "a text"),
  badKey: ({ object }) => object.set("bad-key", 1),
  state: ({ object, original }) => object.set("state", {
    isNew: object.isNew(), existed: object.existed(), dirty: object.dirtyKeys().sort(), original: original && original.get("text"), text: object.get("text"), id: typeof object.id,
  }),
};
Parse.Cloud.beforeSave("Saved", (request) => {
  const how = request.object.get("how");
  return how && saved[how](request);
});

const after = {
  sets: ({ object }) => object.set("by", "afterSave"),
  returnsMap: () => ({ custom: 1 }),
  returnsObject: ({ object }) => object,
  returnsText: () => "text",
  throwsText: () => { throw "too late"; },
  throwsParseError: () => { throw new Parse.Error(7, "too late"); },
  state: ({ object, original }) => object.set("state", {
    isNew: object.isNew(), existed: object.existed(), dirty: object.dirtyKeys(), original: original && original.get("text"), times: object.createdAt.getTime() === object.updatedAt.getTime(),
  }),
};
Parse.Cloud.afterSave("SavedAfter", (request) => after[request.object.get("how")](request));

Parse.Cloud.beforeDelete("Deleted", (request) => { if (request.object.get("kept")) throw "kept"; });
Parse.Cloud.afterDelete("Deleted", (request) => { if (request.object.get("loud")) throw new Parse.Error(8, "deleted, though"); });

const keysOf = (request) => Object.keys(request).filter((key) => request[key] !== undefined).sort();
Parse.Cloud.beforeSave("Keys", (request) => request.object.set("seen", [request.triggerName, ...keysOf(request)]));
Parse.Cloud.afterSave("KeysAfter", (request) => ({ seen: [request.triggerName, ...keysOf(request)] }));
Parse.Cloud.beforeDelete("KeysDelete", (request) => { throw [request.triggerName, ...keysOf(request)].join(" "); });
Parse.Cloud.afterDelete("KeysDeleteAfter", (request) => { throw [request.triggerName, ...keysOf(request)].join(" "); });
Parse.Cloud.beforeFind("KeysFind", (request) => { throw [request.triggerName, ...keysOf(request)].join(" "); });
Parse.Cloud.afterFind("KeysFindAfter", (request) => { throw [request.triggerName, ...keysOf(request)].join(" "); });

Parse.Cloud.beforeSave("Validated", (request) => request.object.set("by", "trigger"), {
  fields: { title: { type: String }, c: { constant: true, default: 3 }, d: { default: "d" }, size: { required: false, options: ["s", "m"] } },
});
Parse.Cloud.beforeSave("ForUsers", () => {}, { requireUser: true });
Parse.Cloud.beforeSave("Skipped", (request) => request.object.set("by", "trigger"), { skipWithMasterKey: true });
Parse.Cloud.beforeFind("ForMaster", () => {}, { requireMaster: true });

// Triggers on reads.
const found = {
  limits: (request) => { request.query.limit(1); },
  narrows: (request) => { request.query.equalTo("n", 2); },
  sorts: (request) => { request.query.descending("n"); },
  selects: (request) => { request.query.select("n"); },
  replaces: () => new Parse.Query("Found").equalTo("n", 3),
  nothing: () => [],
  throws: () => { throw "no reading"; },
  throwsParseError: () => { throw new Parse.Error(7, "seven"); },
  shows: (request) => { throw JSON.stringify([request.query.toJSON(), request.count, request.isGet]); },
};
Parse.Cloud.beforeFind("Found", (request) => (request.context.how ? found[request.context.how](request) : undefined));
const foundAfter = {
  drops: (request) => request.objects.filter((object) => object.get("n") !== 2),
  sets: (request) => { for (const object of request.objects) object.set("by", "afterFind"); },
  replaces: () => [new Parse.Object("FoundAfter", { id: "made", n: 9 })],
  plain: () => [{ objectId: "plain", n: 9 }],
  empty: () => [],
  null: () => null,
  throws: () => { throw "no showing"; },
  nested: (request) => { for (const object of request.objects) object.set("map", { a: new Date(0) }); },
};
Parse.Cloud.afterFind("FoundAfter", (request) => (request.context.how ? foundAfter[request.context.how](request) : undefined));

// Triggers on users and the configuration.
Parse.Cloud.beforeSave(Parse.User, (request) => {
  if (request.object.get("nick") === "bad") throw "bad nick";
  if (request.object.get("nick") === "seen") request.object.set("seen", [request.object.get("password"), request.object.isNew()]);
});
Parse.Cloud.afterSave(Parse.User, (request) => {
  if (request.object.get("nick") === "told") return { token: typeof request.object.getSessionToken(), password: request.object.get("password") };
});
Parse.Cloud.afterSave(Parse.Role, () => {});
Parse.Cloud.beforeLogin((request) => {
  if (request.object.get("nick") === "locked") throw "locked";
  if (request.object.get("nick") === "gone") throw new Parse.Error(101, "gone");
});
Parse.Cloud.afterLogin((request) => { if (request.object.get("nick") === "late") throw "late"; });
Parse.Cloud.afterLogout((request) => { if (request.object.get("noLogout")) throw "never"; });
Parse.Cloud.beforePasswordResetRequest((request) => { throw `not for ${request.object.get("nick")}`; });
Parse.Cloud.beforeSave(Parse.Config, (request) => {
  if (request.object.get("refused")) throw "not this configuration";
  if (request.object.get("shown")) throw JSON.stringify([request.object.get("shown"), request.original && request.original.get("kept"), keysOf(request)]);
});

// Triggers on files, by the name that was given.
const word = (file) => file._name.replace(/^[0-9a-f]{32}_/, "").split(".")[0];
const whileSaving = {
  text: () => { throw "no"; },
  error: () => { throw new Error("no error"); },
  parseError: () => { throw new Parse.Error(7, "seven"); },
  keys: (request) => { throw [request.triggerName, request.fileSize, ...keysOf(request)].join(" "); },
  other: () => new Parse.File("another.txt", { base64: "Yg==" }, "text/plain"),
  told: ({ file }) => { file.addMetadata("a", "1"); file.addTag("t", "v"); return file; },
  returnsText: () => "text",
  content: ({ file }) => new Parse.File(file._name, { base64: "Yw==" }),
};
Parse.Cloud.beforeSave(Parse.File, (request) => whileSaving[word(request.file)]?.(request));
Parse.Cloud.afterSave(Parse.File, (request) => { if (word(request.file) === "late") throw "too late"; });
Parse.Cloud.beforeDelete(Parse.File, (request) => {
  if (word(request.file) === "kept") throw "kept";
  if (word(request.file) === "keptByError") throw new Parse.Error(7, "kept");
});
Parse.Cloud.afterDelete(Parse.File, (request) => { if (word(request.file) === "loud") throw "deleted, though"; });
Parse.Cloud.beforeFind(Parse.File, (request) => {
  if (word(request.file) === "hidden") throw "hidden";
  if (word(request.file) === "gone") throw new Parse.Error(101, "gone");
});
Parse.Cloud.afterFind(Parse.File, (request) => {
  if (word(request.file) === "download") request.forceDownload = true;
  if (word(request.file) === "hiddenAfter") throw "hidden after all";
  if (word(request.file) === "replaced") return { file: new Parse.File("x.txt", { base64: "Wg==" }) };
});

// Triggers behind other requests.
Parse.Cloud.beforeSave("Item", ({ object }) => { if (object.get("bad")) throw "bad item"; object.set("seen", object.isNew()); });
Parse.Cloud.beforeFind("Included", (request) => { if (request.isGet) request.query.select("a"); });
Parse.Cloud.afterFind("Included", (request) => { for (const object of request.objects) object.set("isGet", request.isGet); });
Parse.Cloud.beforeSave("Operations", ({ object }) => {
  object.set("told", ["n", "l", "s", "u"].map((key) => JSON.stringify(object.op(key)?.toJSON() ?? null)));
});
Parse.Cloud.beforeSave("Linked", ({ object }) => {
  const to = object.get("to");
  object.set("told", [to && to.className, to && to.isDataAvailable(), object.relation("many").targetClassName ?? "none"]);
});

// Jobs.
Parse.Cloud.job("tells", async (request) => { request.message("under way"); await null; return "done"; });
Parse.Cloud.job("fails", () => { throw new Error("failed"); });
Parse.Cloud.job("failsWithText", () => { throw "failed, in words"; });
Parse.Cloud.job("quiet", () => ({ a: 1 }));
Parse.Cloud.job("keys", (request) => `${keysOf(request)} ${JSON.stringify(request.params)}`);
Parse.Cloud.define("startsJob", async () => {
  const id = await Parse.Cloud.startJob("tells", { a: 1 });
  let status = await Parse.Cloud.getJobStatus(id);
  while (status.get("status") === "running") status = await Parse.Cloud.getJobStatus(id);
  return [status.get("status"), status.get("message"), status.get("jobName"), status.get("source")];
});
Parse.Cloud.define("jobsData", async () => { const data = await Parse.Cloud.getJobsData(); return { ...data, jobs: data.jobs.sort() }; });
Parse.Cloud.define("startsNoJob", async () => Parse.Cloud.startJob("nowhere", {}));
Parse.Cloud.define("pushes", async () => Parse.Push.send({ channels: ["a"], data: { alert: "x" } }, { useMasterKey: true }));
const pushed = {
  withoutOptions: [{ channels: ["a"], data: { alert: "x" } }],
  emptyOptions: [{ where: new Parse.Query(Parse.Installation), data: {} }, {}],
  withoutTheKey: [{ channels: ["a"], data: {} }, { useMasterKey: false }],
  callbacks: [{ channels: ["a"], data: {} }, { success: () => {}, error: () => {} }],
  toNobody: [{ data: {} }],
  toBoth: [{ channels: ["a"], where: new Parse.Query(Parse.Installation), data: {} }],
  later: [{ channels: ["a"], push_time: new Date(), data: {} }],
  neverLater: [{ channels: ["a"], push_time: "nonsense", data: {} }],
  forAnHour: [{ channels: ["a"], expiration_interval: 3600, data: {} }],
  forTwoTimes: [{ channels: ["a"], expiration_interval: 3600, expiration_time: new Date(), data: {} }],
};
Parse.Cloud.define("pushed", async ({ params }) => Parse.Push.send(...pushed[params.what]));
Parse.Cloud.define("tracks", async () => Parse.Analytics.track("search", { a: "b" }));
Parse.Cloud.define("resets", async () => Parse.User.requestPasswordReset("a@b.c"));
Parse.Cloud.define("config", async () => { await Parse.Config.save({ inCode: 1 }); return (await Parse.Config.get({ useMasterKey: true })).get("inCode"); });
Parse.Cloud.define("file", async () => {
  const file = await new Parse.File("a.txt", { base64: "YQ==" }, "text/plain").save({ useMasterKey: true });
  return [typeof file.url(), await file.getData()];
});
Parse.Cloud.define("schema", async () => { const schema = new Parse.Schema("MadeInCode"); schema.addString("a"); await schema.save(); return Object.keys((await schema.get()).fields).sort(); });
Parse.Cloud.define("logsIn", async () => { const user = await Parse.User.logIn("logged", "secret"); return [user.className, typeof user.getSessionToken()]; });
Parse.Cloud.define("signsUp", async (request) => { const user = await new Parse.User().save({ username: request.params.name, password: "p" }); return [typeof user.id, typeof user.getSessionToken()]; });
Parse.Cloud.define("current", async () => String(Parse.User.current()));
Parse.Cloud.define("counts", async () => new Parse.Query("Nowhere").count());
Parse.Cloud.define("aggregates", async () => new Parse.Query("Returned").aggregate([{ $match: { n: 77 } }]));
