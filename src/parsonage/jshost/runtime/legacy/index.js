"use strict";
// The world of hosted Parse and of Parse Server 2, for code that calls for it. Each part names the rules of
// `parsonage check` whose code it lets run as it is.

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const { current } = require("../current");
const { logLine } = require("../logging");
const { wrapCalls } = require("./callbacks");
const { installCollections } = require("./collections");
const { oldManner } = require("./handlers");
const { httpRequest } = require("./http_request");
const { installModules } = require("./modules");
const { installObjects } = require("./objects");
const { makePromise } = require("./promise");
const { installPushes } = require("./pushes");
const { installSite } = require("./site");
const { installUsers } = require("./users");

const BARE_NAMES = new Set(["User", "Installation", "Role", "Session", "Product"]);

function install(world) {
  const { Parse, channel, controller, registrations, dispatcher, log, entry, astray } = world;
  const root = rootOf(entry);
  const fromApp = Module.createRequire(entry);
  process.chdir(root);
  process.noDeprecation = true; // `new Buffer`, PC609

  const stray = (thrown) => {
    const call = current();
    log.error(`an exception in a callback that nobody takes up: ${thrown?.stack ?? thrown}`);
    if (call !== undefined && !call.isOver) dispatcher.fail(call, thrown);
  };
  const ParsePromise = makePromise(stray, (error) => astray(error, "a rejected promise that nobody waits for"));
  const { adopt } = ParsePromise;
  Parse.Promise = ParsePromise;

  const after = installUsers({ Parse, controller, log, adopt });
  installObjects({ Parse, controller, dispatcher, root });
  Parse.Cloud.httpRequest = (options) => {
    const { success, error, ...rest } = options;
    return adopt(httpRequest(rest))._thenRunCallbacks({ success, error });
  };
  installPushes(Parse, log);
  wrapCalls(Parse, adopt, after);
  installCollections(Parse, fromApp);
  installSite({ channel, log });
  installModules({ Parse, log, root, adopt, fromApp });
  dispatcher.callOld = oldManner(dispatcher);
  installRequests(dispatcher);

  Parse.initialize = () => log.info("Parse.initialize in Cloud Code is left aside: the server has done it (PC613)");

  installTriggers(Parse, registrations);
  installConsole(channel);
  installConfig(world, adopt);
}

/** The folder in which `cloud/` stands; without one, that of the entry. */
function rootOf(entry) {
  const folder = path.dirname(entry);
  return path.basename(folder) === "cloud" ? path.dirname(folder) : folder;
}

/** What handlers found in their request: the text of the body, and behind a sign-up the new user as the one who asks. */
function installRequests(dispatcher) {
  const { request } = dispatcher;
  dispatcher.request = (call, frame) => {
    const made = request.call(dispatcher, call, frame);
    if (frame.params !== undefined) made.body = JSON.stringify(frame.params);
    if (frame.kind === "afterSave" && frame.name === "_User" && made.user === undefined && !made.master) {
      const token = made.object.getSessionToken();
      if (token) {
        made.user = call.user = made.object;
        call.sessionToken = token;
      }
    }
    return made;
  };
}

/** Built-in classes without their underscore (PC110), and the old names of file triggers (PC114). */
function installTriggers(Parse, registrations) {
  const trigger = registrations.trigger.bind(registrations);
  registrations.trigger = (kind, given, handler, validator) =>
    typeof given === "string" && BARE_NAMES.has(given)
      ? trigger(kind, `_${given}`, handler, validator, { bareName: given })
      : trigger(kind, given, handler, validator);
  for (const kind of ["beforeSave", "afterSave", "beforeDelete", "afterDelete"]) {
    Parse.Cloud[`${kind}File`] = (handler, validator) => trigger(kind, "@File", handler, validator);
  }
}

/** Objects are written as JSON (PC616). */
function installConsole(channel) {
  const shown = (word) => {
    if (word instanceof Error) return word.stack;
    if (typeof word !== "object" || word === null) return String(word);
    try {
      return JSON.stringify(word);
    } catch {
      return String(word);
    }
  };
  for (const [name, level] of [["log", "info"], ["info", "info"], ["warn", "warn"], ["error", "error"]]) {
    console[name] = (...words) => logLine(channel, level, words.map(shown).join(" "));
  }
}

/** `Parse.Config.current()` holds the values of the start of the call; fetched only where the code asks for them. */
function installConfig({ Parse, dispatcher, loaded }) {
  let known = new Parse.Config();
  const get = Parse.Config.get;
  Parse.Config.current = () => known;
  loaded.push(() => {
    const files = Object.keys(Module._cache).filter((file) => !file.includes(`${path.sep}node_modules${path.sep}`) && !file.startsWith(path.dirname(__dirname)));
    if (!files.some((file) => /Config\s*\.\s*current/.test(fs.readFileSync(file, "utf8")))) return;
    dispatcher.prepare = async () => {
      known = await get();
    };
  });
}

module.exports = { install };
