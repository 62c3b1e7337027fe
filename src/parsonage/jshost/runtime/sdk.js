"use strict";
// The parse package: one copy of it for us and for the app, whichever way the app asks for it.

const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

/** Load the SDK from its folder and set it up as the app's own. */
function loadSDK({ sdk, packages, app }) {
  const main = path.join(sdk, "node.js");
  const Parse = require(main);
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, ...rest) {
    if (/^parse(\/node(\.js)?)?$/.test(request)) return main;
    try {
      return resolve.call(this, request, parent, ...rest);
    } catch (error) {
      if (packages === null || error.code !== "MODULE_NOT_FOUND" || request.startsWith(".") || path.isAbsolute(request)) {
        throw error;
      }
      return resolve.call(this, request, { ...parent, paths: [path.join(packages, "node_modules")] }, ...rest);
    }
  };
  if (typeof Module.register === "function") {
    Module.register(pathToFileURL(path.join(__dirname, "resolve.mjs")), {
      data: {
        main: pathToFileURL(main).href,
        packages: packages === null ? null : pathToFileURL(path.join(packages, "package.json")).href,
      },
    });
  }
  Parse.initialize(app.appId, app.javascriptKey ?? undefined, app.masterKey);
  Parse.serverURL = app.serverURL;
  Parse.Server ??= { RateLimitZone: { global: "global", session: "session", user: "user", ip: "ip" } };
  globalThis.Parse = Parse;
  return Parse;
}

/** Run the entry file, be it CommonJS or an ES module. */
async function loadEntry(entry) {
  if (entry.endsWith(".mjs") || (!entry.endsWith(".cjs") && isModule(path.dirname(entry)))) {
    await import(pathToFileURL(entry).href);
  } else {
    await require(entry);
  }
}

function isModule(folder) {
  for (;;) {
    try {
      return require(path.join(folder, "package.json")).type === "module";
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
    const parent = path.dirname(folder);
    if (parent === folder) return false;
    folder = parent;
  }
}

module.exports = { loadSDK, loadEntry };
