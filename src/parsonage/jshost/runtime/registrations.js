"use strict";
// Parse.Cloud: what Cloud Code registers, told to the server one by one.
// Rules: reference/cloud-code.md, sections 1.3, 2 and 3.1.

const { checkValidator, needsRoles } = require("./validators");

const ON_CLASSES = ["beforeSave", "afterSave", "beforeDelete", "afterDelete", "beforeFind", "afterFind"];
const ON_USERS = ["beforeLogin", "afterLogin", "beforePasswordResetRequest"];
const LIVE = ["beforeSubscribe", "afterLiveQueryEvent"];

/** The place in the app's code that called us: the first frame of the stack outside of this folder. */
function caller() {
  const prepare = Error.prepareStackTrace;
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    const sites = new Error().stack;
    const site = sites.find((site) => {
      const file = site.getFileName();
      return file && !file.startsWith("node:") && !file.startsWith(__dirname);
    });
    const file = site?.getFileName() ?? "";
    return { file: file.startsWith("file:") ? new URL(file).pathname : file, line: site?.getLineNumber() ?? 0 };
  } finally {
    Error.prepareStackTrace = prepare;
  }
}

class Registrations {
  constructor(Parse, channel) {
    this.Parse = Parse;
    this.channel = channel;
    this.handlers = new Map();
  }

  find(kind, name) {
    return this.handlers.get(`${kind} ${name}`);
  }

  add(kind, name, handler, validator, more) {
    checkValidator(validator);
    const told = { kind, name, ...caller(), ...more };
    if (validator !== null && typeof validator === "object") {
      if (validator.skipWithMasterKey) told.skipWithMasterKey = true;
      if (validator.rateLimit) told.rateLimit = validator.rateLimit;
    }
    if (needsRoles(validator)) told.needsRoles = true;
    this.handlers.set(`${kind} ${name}`, { kind, name, handler, validator });
    if (told.bareName) this.handlers.set(`${kind} ${told.bareName}`, { kind, name: told.bareName, handler, validator });
    this.channel.send({ type: "register", handler: told });
  }

  clear() {
    this.handlers.clear();
    this.channel.send({ type: "unregister" });
  }

  className(given) {
    const { Parse } = this;
    const own = new Map([
      [Parse.User, "_User"],
      [Parse.Role, "_Role"],
      [Parse.Session, "_Session"],
      [Parse.Installation, "_Installation"],
      [Parse.File, "@File"],
      [Parse.Config, "@Config"],
    ]);
    if (own.has(given)) return own.get(given);
    if (given && typeof given.className === "string") return given.className;
    if (typeof given === "function") return new given().className;
    return given;
  }

  trigger(kind, given, handler, validator, more) {
    const name = this.className(given);
    if (name === "_PushStatus" && kind !== "afterSave") throw "Only afterSave is allowed on _PushStatus";
    if (ON_USERS.includes(kind) && name !== "_User") {
      throw "Only the _User class is allowed for the beforeLogin, afterLogin, and beforePasswordResetRequest triggers";
    }
    if (kind === "afterLogout" && name !== "_Session") {
      throw "Only the _Session class is allowed for the afterLogout trigger.";
    }
    if (name === "_Session" && kind !== "afterLogout") {
      throw "Only the afterLogout trigger is allowed for the _Session class.";
    }
    this.add(kind, name, handler, validator, more);
  }

  /** Put our functions on Parse.Cloud. */
  install() {
    const cloud = this.Parse.Cloud;
    cloud.define = (name, handler, validator) => this.add("function", name, handler, validator);
    cloud.job = (name, handler, options) => this.add("job", name, handler, undefined, { overlaps: options?.overlap });
    for (const kind of [...ON_CLASSES, ...LIVE]) {
      cloud[kind] = (given, handler, validator) => this.trigger(kind, given, handler, validator);
    }
    for (const kind of ON_USERS) {
      cloud[kind] = (...words) => {
        const given = words[0] === this.Parse.User || typeof words[0] === "string" ? words.shift() : "_User";
        // Of a validator these triggers know its rate limit alone.
        const limit = kind === "afterLogin" ? undefined : words[1]?.rateLimit;
        this.trigger(kind, given, words[0], limit && { rateLimit: limit });
      };
    }
    cloud.afterLogout = (...words) => {
      const given = words[0] === this.Parse.Session || typeof words[0] === "string" ? words.shift() : "_Session";
      this.trigger("afterLogout", given, words[0]);
    };
    cloud.beforeConnect = (handler, validator) => this.add("beforeConnect", "@Connect", handler, validator);
    cloud.onLiveQueryEvent = (handler) => this.add("onLiveQueryEvent", "@Connect", handler);
    cloud.sendEmail = () =>
      console.error("Failed to send email because no mail adapter is configured for Parse Server.");
    cloud._removeAllHooks = () => this.clear();
    cloud.useMasterKey = () =>
      console.warn("Parse.Cloud.useMasterKey() does nothing; pass {useMasterKey: true} where it is meant (PC301)");
  }
}

module.exports = { Registrations };
