"use strict";
// Frames over the bridge: four bytes of length, big end first, and a map as JSON. See handlers/bridge.py.

const net = require("node:net");

const HEAD = 4;

class Channel {
  /** `heard` gets every frame, `closed` is called once when the server's end is gone. */
  constructor(descriptor, heard, closed) {
    this.socket = new net.Socket({ fd: descriptor, readable: true, writable: true });
    this.heard = heard;
    this.received = null;
    this.waiting = [];
    this.flush = () => {
      const waiting = this.waiting;
      this.waiting = [];
      this.socket.write(waiting.length === 1 ? waiting[0] : Buffer.concat(waiting));
    };
    this.socket.on("data", (chunk) => this.take(chunk));
    this.socket.on("error", () => {});
    this.socket.on("close", closed);
  }

  /** Send a frame. What is sent in one turn of the loop leaves in one write. */
  send(frame) {
    const text = JSON.stringify(frame);
    const length = Buffer.byteLength(text);
    const bytes = Buffer.allocUnsafe(HEAD + length);
    bytes.writeUInt32BE(length, 0);
    bytes.write(text, HEAD);
    if (this.waiting.push(bytes) === 1) process.nextTick(this.flush);
  }

  take(chunk) {
    let bytes = this.received === null ? chunk : Buffer.concat([this.received, chunk]);
    let begin = 0;
    while (bytes.length - begin >= HEAD) {
      const length = bytes.readUInt32BE(begin);
      if (bytes.length - begin - HEAD < length) break;
      const frame = JSON.parse(bytes.toString("utf8", begin + HEAD, begin + HEAD + length));
      begin += HEAD + length;
      this.heard(frame);
    }
    this.received = begin === bytes.length ? null : bytes.subarray(begin);
  }
}

module.exports = { Channel };
