"use strict";
// Who is asking, as it was: the user of this call, its session on every request, the master key from
// `useMasterKey()` to the end of the call. Rules: PC107, PC301 to PC306, PC310, PC416, PC506, PC801, PC808.

const { current } = require("../current");

/** Requests that Cloud Code could always make: with the server's own right. */
const ON_THE_SERVERS_RIGHT = /^(files\/|push$|events\/)/;

function installUsers({ Parse, controller, log, adopt }) {
  let masterEverywhere = false;
  const modern = controller.asks;

  const become = (user) => {
    const call = current();
    if (call !== undefined && user) {
      call.user = user;
      call.sessionToken = user.getSessionToken();
    }
    return user;
  };

  controller.asks = (options, method, path) => {
    const who = modern(options);
    if (options.useMasterKey !== undefined || who.sessionToken !== undefined) return who;
    if (ON_THE_SERVERS_RIGHT.test(path)) return { ...who, master: true };
    const call = current();
    if (call === undefined) return { ...who, master: masterEverywhere };
    if (call.hasAnswered) {
      log.warn(`${call.name} goes on after its answer, with nobody's rights (PC107): ${method} ${path}`);
      return who;
    }
    // A new user is nobody yet, and gets a session of its own.
    if (method === "POST" && /^(users|login)$/.test(path)) return who;
    if (call.kind === "job" || call.usesMasterKey || masterEverywhere) return { ...who, master: true };
    return call.sessionToken ? { ...who, sessionToken: call.sessionToken } : who;
  };

  Parse.Cloud.useMasterKey = () => {
    const call = current();
    if (call !== undefined) {
      call.usesMasterKey = true;
      return;
    }
    if (!masterEverywhere) log.warn("Parse.Cloud.useMasterKey() stands outside of any handler: every handler has the master key's rights (PC301)");
    masterEverywhere = true;
  };

  Parse.User.current = () => current()?.user ?? null;
  Parse.User.currentAsync = () => adopt(Promise.resolve(Parse.User.current()));
  Parse.User.prototype.isCurrent = function () {
    const user = Parse.User.current();
    return user !== null && user.id === this.id;
  };
  Parse.User.become = (token, options = {}) =>
    Parse.CoreManager.getRESTController()
      .request("GET", "users/me", {}, { ...options, sessionToken: token })
      .then((json) => Parse.Object.fromJSON({ className: "_User", sessionToken: token, ...json }));
  Parse.User.logOut = async () => {
    const call = current();
    if (call?.sessionToken) {
      await Parse.CoreManager.getRESTController().request("POST", "logout", {}, { sessionToken: call.sessionToken });
      call.user = null;
      call.sessionToken = undefined;
    }
  };
  // Names of before JS SDK 2.9 (PC317).
  const aliases = [
    [Parse.User.prototype, { _linkWith: "linkWith" }],
    [Parse.User, { _logInWith: "logInWith" }],
  ];
  for (const [owner, names] of aliases) {
    for (const [old, name] of Object.entries(names)) owner[old] ??= owner[name];
  }

  return {
    "User.logIn": become,
    "User.signUp": become,
    "User.become": become,
    "User.logInWith": become,
    "User._logInWith": become,
    logIn: (value, user) => become(user) && value,
    signUp: (value, user) => become(user) && value,
  };
}

module.exports = { installUsers };
