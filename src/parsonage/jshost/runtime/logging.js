"use strict";
// console.* and request.log: every line goes to the server's log, with the handler and the request it belongs to.

const { format } = require("node:util");
const { current } = require("./current");

const LEVELS = ["error", "warn", "info", "verbose", "debug", "silly"];
const CONSOLE = { log: "info", info: "info", warn: "warn", error: "error", debug: "debug", trace: "debug" };

function logLine(channel, level, text, call = current()) {
  const frame = { type: "log", level, text };
  if (call !== undefined) {
    frame.call = call.id;
    frame.name = call.name;
    frame.request = call.requestId;
  }
  channel.send(frame);
}

/** What handlers find as `request.log`. */
function logger(channel) {
  const log = {};
  for (const level of LEVELS) log[level] = (...words) => logLine(channel, level, format(...words));
  log.log = (level, ...words) => logLine(channel, LEVELS.includes(level) ? level : "info", format(...words));
  return Object.freeze(log);
}

function takeConsole(channel) {
  for (const [name, level] of Object.entries(CONSOLE)) {
    console[name] = (...words) => logLine(channel, level, format(...words));
  }
}

module.exports = { logLine, logger, takeConsole };
