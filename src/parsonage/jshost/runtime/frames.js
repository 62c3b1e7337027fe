"use strict";
// Frames over the bridge: four bytes of length, big end first, and a map as JSON. See handlers/bridge.py.

const net = require("node:net");

const HEAD = 4;

// Kept as they are now: the code may put others in their place.
const { parse, stringify } = JSON;
const { allocUnsafe, byteLength, concat } = Buffer;
const nextTick = process.nextTick.bind(process);

class Channel {
  /** `heard` gets every frame, `closed` is called once when the server's end is gone, `failed` when we can't go on. */
  constructor(descriptor, heard, closed, failed) {
    this.socket = new net.Socket({ fd: descriptor, readable: true, writable: true });
    this.heard = heard;
    this.received = null;
    this.waiting = [];
    this.flush = () => {
      const waiting = this.waiting;
      this.waiting = [];
      this.socket.write(waiting.length === 1 ? waiting[0] : concat(waiting));
    };
    this.socket.on("data", (chunk) => {
      try {
        this.take(chunk);
      } catch (thrown) {
        failed(thrown);
      }
    });
    this.socket.on("error", () => {});
    this.socket.on("close", closed);
  }

  /** Send a frame. What is sent in one turn of the loop leaves in one write. */
  send(frame) {
    const text = stringify(frame);
    const length = byteLength(text);
    const bytes = allocUnsafe(HEAD + length);
    bytes.writeUInt32BE(length, 0);
    bytes.write(text, HEAD);
    if (this.waiting.push(bytes) === 1) nextTick(this.flush);
  }

  take(chunk) {
    let bytes = this.received === null ? chunk : concat([this.received, chunk]);
    let begin = 0;
    while (bytes.length - begin >= HEAD) {
      const length = bytes.readUInt32BE(begin);
      if (bytes.length - begin - HEAD < length) break;
      const frame = parse(bytes.toString("utf8", begin + HEAD, begin + HEAD + length));
      begin += HEAD + length;
      this.heard(frame);
    }
    this.received = begin === bytes.length ? null : bytes.subarray(begin);
  }
}

module.exports = { Channel };
