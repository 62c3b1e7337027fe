"use strict";
// What `require` found on hosted Parse: files from the project's root, packages that came with it, and modules
// of vendors. Rules: PC603 to PC609, PC703.

const Module = require("node:module");
const path = require("node:path");

const { mailModule } = require("./mail");

/** Packages that hosted Parse brought along; `parsonage cloud install` brings them now. */
const PACKAGES = new Set(["underscore", "moment", "express"]);

const REPORTED = {
  twilio: "PC605",
  stripe: "PC606",
  "parse-image": "PC608",
};

/** Middleware of the host's own, which Express code sets up while it is loaded. */
const MIDDLEWARE = new Set(["parse-express-cookie-session", "parse-express-https-redirect"]);

const HOST_SETTINGS = path.join("config", "global.json");

const MAIL = new Set(["mailgun", "mandrill", "sendgrid"]);

function installModules({ Parse, log, root, adopt, fromApp }) {
  const resolve = Module._resolveFilename;
  const load = Module._load;

  const named = new Set();
  const noted = (file) => {
    if (file.endsWith(HOST_SETTINGS) && !named.has(file)) {
      named.add(file);
      log.warn("config/global.json is read (PC610): keep keys in the environment, or in a file of their own");
    }
    return file;
  };

  Module._resolveFilename = function (request, parent, ...rest) {
    if (request === "cloud" || request.startsWith("cloud/")) {
      return resolve.call(this, path.join(root, request), parent, ...rest);
    }
    return noted(resolve.call(this, request, parent, ...rest));
  };

  Module._load = function (request, parent, ...rest) {
    try {
      return load.call(this, request, parent, ...rest);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND" || !error.message.includes(`'${request}'`)) throw error;
      if (MAIL.has(request)) return mailModule(request, { Parse, log, adopt });
      if (MIDDLEWARE.has(request)) return passingMiddleware(request, log);
      if (Object.hasOwn(REPORTED, request)) return absentModule(request, REPORTED[request], log);
      if (PACKAGES.has(request)) {
        throw new Error(`the package ${request} came with hosted Parse and is not installed: run parsonage cloud install`);
      }
      throw error;
    }
  };

  Object.defineProperty(Parse, "_", { configurable: true, get: () => fromApp("underscore") });
}

/** Middleware that does nothing but say so: neither redirects nor cookies are the handlers' own. */
function passingMiddleware(name, log) {
  log.warn(`the middleware ${name} of hosted Parse does nothing here (PC703)`);
  return () => (request, response, next) => next();
}

/** A module whose vendor is not there: the app loads, and each use says which package is missing. */
function absentModule(name, rule, log) {
  log.warn(`the module ${name} of hosted Parse is not here (${rule}): each use of it fails`);
  const fail = () => {
    throw new Error(`the module ${name} is not installed (${rule}): npm install a package for it, or rewrite the call`);
  };
  const absent = new Proxy(function absent() {}, {
    get: (_, key) => (key === "then" || typeof key === "symbol" ? undefined : absent),
    apply: fail,
    construct: fail,
  });
  return absent;
}

module.exports = { installModules };
