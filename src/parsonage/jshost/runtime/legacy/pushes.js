"use strict";
// What sending a push resolves with, as it was, and a word in the log where a push is refused: old code often
// looks at neither. Rules: PC801, PC802, PC803.

const { current } = require("../current");

/** `result` as it was, and the id of the push's status, which this is wherever a text is wanted. */
class Sent {
  constructor(id) {
    this.result = true;
    this.objectId = id;
  }

  toString() {
    return this.objectId;
  }
}

function installPushes(Parse, log) {
  const { CoreManager, Push } = Parse;
  const controller = CoreManager.getPushController();
  CoreManager.setPushController({
    async send(push, options) {
      try {
        return new Sent(await controller.send(push, options));
      } catch (problem) {
        log.error(`${current()?.name ?? "the Cloud Code"}: a push is refused: ${problem.message}`);
        throw problem;
      }
    },
  });

  const { getPushStatus } = Push;
  Push.getPushStatus = (sent, options) => getPushStatus(sent instanceof Sent ? sent.objectId : sent, options);
}

module.exports = { installPushes };
