"use strict";
// Pages of the app's own: an Express server that listens without a port is reached under the server's own address,
// at every path outside the API (PC701). It listens on a socket that only this user can reach.

const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

function installSite({ channel, log }) {
  const listen = net.Server.prototype.listen;
  let hasSite = false;
  net.Server.prototype.listen = function (...words) {
    const isWithoutPort = words[0] === undefined || words[0] === null || typeof words[0] === "function";
    if (!(this instanceof http.Server) || !isWithoutPort) return listen.apply(this, words);
    if (hasSite) log.warn("a second server listens without a port: it is the one that answers (PC701)");
    hasSite = true;
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "parsonage-"));
    const socket = path.join(folder, "site");
    process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
    this.once("listening", () => channel.send({ type: "site", path: socket }));
    return listen.call(this, socket, ...words.filter((word) => typeof word === "function"));
  };
}

module.exports = { installSite };
