"use strict";
// The SDK's REST controller, over the bridge: a request of the SDK is a frame, its answer another.

const { current } = require("./current");

/** More requests than this at once wait their turn here, not in the server. */
const MOST_AT_ONCE = 500;

class Requests {
  constructor(channel, Parse) {
    this.channel = channel;
    this.Parse = Parse;
    this.last = 0;
    this.open = new Map();
    this.queued = [];
  }

  /** Carry out one request on behalf of the running call. `who` may say `sessionToken` and `master`. */
  send(method, path, body, who, context) {
    const call = current();
    if (call !== undefined && call.isCancelled) {
      return Promise.reject(new this.Parse.Error(124, `${call.name} took longer than it may`));
    }
    const frame = { type: "request", id: ++this.last, method, path, body };
    if (call !== undefined) {
      frame.call = call.id;
      frame.depth = call.depth;
    }
    if (who.master) frame.master = true;
    else if (who.sessionToken) frame.sessionToken = who.sessionToken;
    if (who.installationId) frame.installationId = who.installationId;
    if (context !== undefined) frame.context = context;
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.open.set(frame.id, { resolve, reject });
        this.channel.send(frame);
      };
      if (this.open.size < MOST_AT_ONCE) begin();
      else this.queued.push(begin);
    });
  }

  /** The frame that answers one of them has come. */
  settle(frame) {
    const waiting = this.open.get(frame.id);
    if (waiting === undefined) return;
    this.open.delete(frame.id);
    if (this.queued.length > 0) this.queued.shift()();
    if (frame.error === undefined) waiting.resolve(frame);
    else waiting.reject(new this.Parse.Error(frame.error.code, frame.error.error));
  }
}

/** `asks(options, method, path)` says on whose authority a request goes out; legacy mode has its own. */
function authority(Parse) {
  return (options) => {
    const master = options.useMasterKey ?? Parse.CoreManager.get("USE_MASTER_KEY");
    return {
      master: Boolean(master || options.useMaintenanceKey),
      sessionToken: typeof options.sessionToken === "string" ? options.sessionToken : undefined,
      installationId: typeof options.installationId === "string" ? options.installationId : undefined,
    };
  };
}

/** Put ours in the place of the SDK's controller; `asks` may be changed later on what is returned. */
function installController(Parse, requests) {
  const original = Parse.CoreManager.getRESTController();
  const controller = {
    asks: authority(Parse),
    async request(method, path, data, options) {
      options = options ?? {};
      const who = controller.asks(options, method, path);
      const frame = await requests.send(method, path, data ?? {}, who, options.context);
      const body = frame.body;
      if (!options.returnStatus) return body;
      return { ...body, _status: frame.status, _headers: frame.headers ?? {} };
    },
    ajax: (...words) => original.ajax(...words),
    handleError: (...words) => original.handleError(...words),
  };
  Parse.CoreManager.setRESTController(controller);
  return controller;
}

module.exports = { Requests, installController };
