"use strict";
// Calls of the SDK as they were: promises of the old kind, and `{success, error}` among the options.
// Rules: PC205, PC207, PC209, PC211, PC407.

const { AsyncLocalStorage } = require("node:async_hooks");

const inside = new AsyncLocalStorage();

/** Called with the object and the error: where the call belongs to an object. */
const OF_OBJECTS = ["save", "fetch", "fetchWithInclude", "destroy", "signUp", "logIn", "pin", "unPin"];

const PLACES = [
  [(Parse) => Parse.Object.prototype, OF_OBJECTS, "object"],
  [
    (Parse) => Parse.Object,
    ["saveAll", "fetchAll", "fetchAllIfNeeded", "fetchAllWithInclude", "fetchAllIfNeededWithInclude", "destroyAll"],
    "alone",
  ],
  [
    (Parse) => Parse.Query.prototype,
    ["find", "findAll", "first", "count", "each", "eachBatch", "map", "reduce", "filter", "aggregate", "distinct"],
    "alone",
  ],
  [(Parse) => Parse.Query.prototype, ["get"], "nobody"],
  [(Parse) => Parse.User.prototype, ["save", "fetch", "destroy", "signUp", "logIn", "linkWith", "_linkWith", "_unlinkFrom"], "object"],
  [
    (Parse) => Parse.User,
    ["logIn", "logInWith", "_logInWith", "signUp", "logOut", "become", "me", "requestPasswordReset", "requestEmailVerification", "verifyPassword"],
    "nobody",
  ],
  [(Parse) => Parse.File.prototype, ["save", "destroy", "getData"], "object"],
  [(Parse) => Parse.Cloud, ["run", "startJob", "getJobsData", "getJobStatus", "sendEmail"], "alone"],
  [(Parse) => Parse.Config, ["get", "save"], "alone"],
  [(Parse) => Parse.Push, ["send", "getPushStatus"], "alone"],
  [(Parse) => Parse.Analytics, ["track"], "alone"],
  [(Parse) => Parse.Session, ["current"], "alone"],
];

/** Put the old manner around every call of the SDK that gives a promise. `after` names what else a call does. */
function wrapCalls(Parse, adopt, after) {
  for (const [place, names, kind] of PLACES) {
    const owner = place(Parse);
    for (const name of names) {
      if (!Object.hasOwn(owner, name) || typeof owner[name] !== "function") continue;
      wrap(owner, name, kind, adopt, after[`${place(Parse) === Parse.User ? "User." : ""}${name}`]);
    }
  }
}

function wrap(owner, name, kind, adopt, after) {
  const original = owner[name];
  function call(...words) {
    // The SDK calls its own methods, too: it gets the promises that it knows.
    if (inside.getStore() === true) return original.apply(this, words);
    const callbacks = takeCallbacks(words);
    let promise;
    try {
      promise = inside.run(true, () => original.apply(this, words));
    } catch (thrown) {
      promise = Promise.reject(thrown);
    }
    if (promise === null || promise === undefined || typeof promise.then !== "function") return promise;
    if (after !== undefined) promise = promise.then((value) => after(value, this));
    const adopted = adopt(promise);
    if (callbacks === null) return adopted;
    return withCallbacks(adopted, callbacks, kind, this);
  }
  Object.defineProperty(call, "name", { value: name });
  owner[name] = call;
}

/** Take `success` and `error` out of the words of a call; `null` where there are none. */
function takeCallbacks(words) {
  for (let index = words.length - 1; index >= 0; index -= 1) {
    const word = words[index];
    if (word === null || typeof word !== "object" || Array.isArray(word)) continue;
    const { success, error, ...rest } = word;
    if (typeof success !== "function" && typeof error !== "function") continue;
    words[index] = rest;
    if (index === words.length - 1 && Object.keys(rest).length === 0) words[index] = undefined;
    while (words.length > 0 && words[words.length - 1] === undefined) words.pop();
    return { success, error };
  }
  return null;
}

function withCallbacks(promise, { success, error }, kind, self) {
  return promise.then(
    (...values) => {
      if (typeof success === "function") success(...values);
      return promise;
    },
    (problem) => {
      if (typeof error !== "function") return promise;
      if (kind === "object") error(self, problem);
      else if (kind === "nobody" && error.length >= 2) error(null, problem);
      else error(problem);
      return promise.constructor.told(problem);
    },
  );
}

module.exports = { wrapCalls };
