"use strict";
// Entry of the Node process that hosts an app's JavaScript Cloud Code. It speaks to the server over the socket
// whose descriptor stands in PARSONAGE_BRIDGE, and ends when the server's end is closed.

const fs = require("node:fs");

const { Channel } = require("./frames");
const { current } = require("./current");
const { logger, takeConsole } = require("./logging");
const { Requests, installController } = require("./rest");
const { Registrations } = require("./registrations");
const { Dispatcher } = require("./requests");
const { loadSDK, loadEntry } = require("./sdk");

const descriptor = Number(process.env.PARSONAGE_BRIDGE);
delete process.env.PARSONAGE_BRIDGE;

let requests;
let dispatcher;

const heard = {
  load: (frame) => load(frame),
  call: (frame) => dispatcher.begin(frame),
  reply: (frame) => requests.settle(frame),
  cancel: (frame) => {
    dispatcher.cancel(frame.id);
    channel.send({ type: "alive" });
  },
};

const exit = process.exit.bind(process);
const kill = process.kill.bind(process);

/** Our own part fails: the code has spoilt what it stands on, and the server is to start the next process. */
function spoilt(thrown) {
  try {
    fs.writeSync(2, `the Cloud Code has spoilt its process: ${thrown}\n`);
  } finally {
    exit(1);
  }
}

/** The server has hung up, or is no more: what the code has started ends, too, once its own last words are said. */
function hungUp() {
  process.on("exit", () => kill(-process.pid, "SIGKILL"));
  exit(0);
}

const channel = new Channel(descriptor, (frame) => heard[frame.type](frame), hungUp, spoilt);
const log = logger(channel);
takeConsole(channel);

/** A promise or a callback that failed with nobody waiting for it: the call is answered, the process lives (PB079). */
function astray(thrown, what) {
  const call = current();
  const place = call === undefined ? "the Cloud Code" : call.name;
  log.error(`${what} in ${place} (PC112): ${thrown?.stack ?? thrown}`);
  return call;
}

process.on("unhandledRejection", (reason) => astray(reason, "a rejected promise that nobody waits for"));
process.on("uncaughtException", (thrown) => {
  const call = astray(thrown, "an error that nobody catches");
  if (call !== undefined && !call.isOver) dispatcher.fail(call, thrown);
});

async function load({ entry, sdk, packages, legacy, app }) {
  try {
    const Parse = loadSDK({ sdk, packages, app });
    requests = new Requests(channel, Parse);
    const controller = installController(Parse, requests);
    const registrations = new Registrations(Parse, channel);
    registrations.install();
    dispatcher = new Dispatcher({ Parse, channel, registrations, log, config: Object.freeze({ ...app }) });
    const loaded = [];
    if (legacy) {
      const world = { Parse, channel, controller, registrations, dispatcher, log, entry, loaded, astray };
      require("./legacy").install(world);
    }
    await loadEntry(entry);
    for (const then of loaded) then();
    channel.send({ type: "ready" });
  } catch (thrown) {
    channel.send({ type: "failed", text: failure(thrown, entry) });
  }
}

/** One line: where in the Cloud Code, and what. */
function failure(thrown, entry) {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message.split("\n")[0]}` : String(thrown);
  const lines = String(thrown?.stack ?? "").split("\n");
  // A syntax error names its place in the first line of its stack.
  if (thrown instanceof SyntaxError && /:\d+$/.test(lines[0])) return `${lines[0]}: ${text}`;
  const place = lines.map((line) => /(?:\(|at )((?:file:\/\/)?\/.*?:\d+):\d+\)?$/.exec(line)?.[1]).find((found) => found && !found.includes(__dirname));
  return `${place ?? entry}: ${text}`;
}
