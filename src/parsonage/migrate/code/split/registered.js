// Loads a file of Cloud Code and prints what it registers, in order, as JSON.
//
// Nothing else happens: Parse is a stand-in that only takes registrations down, and every package is one that does
// nothing; no server is asked, and no file of the system is written.
'use strict';

const Module = require('module');
const path = require('path');

const entry = path.resolve(process.argv[2]);
const above = process.argv[3]; // the folder that holds the folder cloud
const registered = [];
const HARMLESS = new Set(['path', 'util', 'url', 'querystring', 'assert', 'buffer', 'events', 'os', 'crypto']);

function nothing() {
  const target = function () {};
  return new Proxy(target, {
    get(_, name) {
      if (name === Symbol.toPrimitive) return () => '';
      if (name === Symbol.iterator) return function* () {};
      if (name === 'then' || name === 'toJSON') return undefined;
      if (name === 'prototype') return target.prototype;
      return nothing();
    },
    apply: () => nothing(),
    construct: () => nothing(),
    set: () => true,
  });
}

function nameOf(given) {
  if (typeof given === 'string') return given;
  if (typeof given === 'function') return given.className || null;
  return null;
}

function extend(className) {
  class Extended {
    static extend(name) { return extend(name); }
  }
  Extended.className = className;
  return new Proxy(Extended, { get: (target, name) => (name in target ? target[name] : nothing()) });
}

const cloud = new Proxy({}, {
  get: (_, kind) => (...given) => {
    const handler = given.find((each) => typeof each === 'function' && !each.className);
    if (/^(define|job|before|after)/.test(kind) && handler) registered.push([kind, nameOf(given[0])]);
    return nothing();
  },
});
const system = (className) => extend(className);
const classes = {
  User: system('_User'), Role: system('_Role'), Installation: system('_Installation'), Session: system('_Session'),
  File: system('@File'), Config: system('@Config'), Object: { extend, saveAll: nothing(), destroyAll: nothing() },
};
const Parse = new Proxy({ Cloud: cloud, ...classes }, {
  get: (target, name) => (name in target ? target[name] : nothing()),
  set: () => true,
});
global.Parse = Parse;

const load = Module._load;
Module._load = function (request, parent, isMain) {
  if (/^(parse|parse\/.*|parse-server)$/.test(request)) return Parse;
  if (/^(\.|\/|cloud\/)/.test(request)) return load.call(this, request, parent, isMain);
  return HARMLESS.has(request.replace(/^node:/, '')) ? load.call(this, request, parent, isMain) : nothing();
};
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const hosted = /^cloud\/(.*)$/.exec(request);
  return resolve.call(this, hosted && above ? path.join(above, 'cloud', hosted[1]) : request, ...rest);
};
global.setInterval = global.setTimeout = global.setImmediate = () => nothing();
for (const word of ['log', 'info', 'warn', 'error', 'debug']) console[word] = () => {};

require(entry);
process.stdout.write(JSON.stringify(registered));
process.exit(0);
