"use strict";
// The call that the running code belongs to, through every await and callback that it leads to.

const { AsyncLocalStorage } = require("node:async_hooks");

const calls = new AsyncLocalStorage();

/** One call of a handler, from its frame to its answer. */
class Call {
  constructor(frame, channel) {
    this.id = frame.id;
    this.kind = frame.kind;
    this.name = frame.name;
    this.depth = frame.depth;
    this.requestId = frame.requestId;
    this.isOver = false;
    this.isCancelled = false;
    /** For legacy code: who asks, and whether the master key is in force. */
    this.user = null;
    this.sessionToken = frame.sessionToken;
    this.usesMasterKey = false;
    this.channel = channel;
  }

  /** Answer the call, the first time; says whether it was. */
  answer(frame) {
    if (this.isOver) return false;
    frame.type = "answer";
    frame.id = this.id;
    this.channel.send(frame); // throws what can't be written as JSON: then it is not answered yet
    this.isOver = true;
    return true;
  }
}

module.exports = { Call, calls, current: () => calls.getStore() };
