"use strict";
// One call of a handler: its frame made into what handlers are given, and what they leave made into an answer.
// Rules: reference/cloud-code.md, sections 1.1, 1.2, 3.2 and 3.3; PB076 to PB080.

const { calls, Call } = require("./current");
const { errorOf } = require("./errors");
const { layFile, leftFile } = require("./files");
const { validate } = require("./validators");

class Dispatcher {
  constructor({ Parse, channel, registrations, log, config }) {
    this.Parse = Parse;
    this.channel = channel;
    this.registrations = registrations;
    this.log = log;
    this.config = config;
    this.open = new Map();
    /** Legacy mode puts a function here that calls handlers of old; it says false for those that are not. */
    this.callOld = () => false;
    this.decode = decodeParams;
    /** Awaited before every call; legacy mode puts something here where the code calls for it. */
    this.prepare = null;
  }

  /** Deal with a frame that asks for a call. */
  begin(frame) {
    const call = new Call(frame, this.channel);
    this.open.set(frame.id, call);
    calls.run(call, () => {
      this.run(call, frame).then(
        () => this.open.delete(frame.id),
        (thrown) => {
          this.open.delete(frame.id);
          this.fail(call, thrown);
        },
      );
    });
  }

  /** Nobody waits for this call any more. */
  cancel(id) {
    const call = this.open.get(id);
    if (call === undefined) return;
    call.isOver = call.isCancelled = true;
    this.open.delete(id);
  }

  fail(call, thrown, status) {
    const inFunction = call.kind === "function" || call.kind === "job";
    const error = errorOf(thrown, this.Parse, inFunction ? "Script failed." : "Script failed. Unknown error.");
    if (status !== undefined) error.status = status;
    if (!call.answer({ error }) && !call.isCancelled) {
      this.log.error(`${call.name} failed after it had answered: ${error.message}`);
    }
  }

  async run(call, frame) {
    const registered = this.registrations.find(frame.kind, frame.name);
    if (registered === undefined) throw `${frame.name} is no longer registered`;
    if (this.prepare !== null) await this.prepare();
    const request = this.request(call, frame);
    // A configuration has nothing that could be pending: what is sent is what is stored.
    const before = request.object instanceof this.Parse.Object ? pending(request.object) : null;
    if (registered.validator) {
      try {
        await validate(registered.validator, request, frame.roles, this.Parse);
      } catch (refusal) {
        call.answer({ error: refusal });
        return;
      }
    }
    const finish = (value, status, headers) => this.finish(call, frame, request, before, value, status, headers);
    const old = this.callOld(call, registered.handler, request, finish);
    if (old !== false) return old;
    if (frame.kind === "function" && registered.handler.length >= 2) {
      return this.withResponse(call, registered.handler, request, finish);
    }
    finish(await registered.handler(request));
  }

  request(call, frame) {
    const { Parse } = this;
    const request = { master: frame.master, isReadOnly: frame.isReadOnly === true, log: this.log };
    if (frame.user !== undefined) {
      request.user = Parse.Object.fromJSON({ className: "_User", ...frame.user, sessionToken: frame.sessionToken });
      call.user = request.user;
    }
    if (frame.installationId !== undefined) request.installationId = frame.installationId;
    request.headers = frame.headers;
    request.ip = frame.ip;
    request.config = this.config;
    request.context = frame.context;
    if (frame.kind === "function") {
      request.functionName = frame.name;
      request.params = this.decode(frame.params, Parse);
    } else if (frame.kind === "job") {
      request.jobName = frame.name;
      request.jobId = frame.jobId;
      request.params = frame.params;
      request.message = (text) => {
        if (typeof text === "string") this.channel.send({ type: "message", call: call.id, text });
      };
      delete request.context;
    } else {
      this.layTrigger(request, frame);
    }
    return request;
  }

  layTrigger(request, frame) {
    request.triggerName = frame.kind;
    if (frame.file !== undefined) {
      layFile(request, frame, this.Parse);
    } else if (frame.query !== undefined) {
      this.layFind(request, frame);
    } else if (frame.name === "@Config") {
      // Before it is stored it is what was sent: a typed value is a map.
      request.object = this.configuration(frame.object, frame.kind === "beforeSave");
      if (frame.original !== undefined) request.original = this.configuration(frame.original);
    } else if (frame.object !== undefined) {
      const className = frame.className ?? frame.name;
      request.object = this.inflate(className, frame.object, frame.changes);
      const isUpdate = frame.original !== undefined;
      if (isUpdate) request.original = this.inflate(className, frame.original);
      else if (frame.kind === "afterSave") request.object._setExisted(false);
    }
  }

  /** A read: the query may be changed or replaced, the objects as well. */
  layFind(request, frame) {
    request.query = new this.Parse.Query(frame.name).withJSON(frame.query);
    request.isGet = frame.isGet;
    if (frame.kind === "beforeFind") {
      request.count = frame.count;
    } else {
      request.object = null;
      request.objects = frame.objects.map((json) => this.Parse.Object.fromJSON(json));
    }
  }

  /** What a trigger of a read leaves: objects in the place of the database's, or another query. */
  foundBy(frame, request, value) {
    const { Parse } = this;
    const json = (item) => (typeof item?.toJSON === "function" ? { ...item.toJSON(), className: item.className } : item);
    if (frame.kind === "afterFind") return { objects: (value || request.objects).map(json) };
    if (Array.isArray(value) || value instanceof Parse.Object) return { objects: [value].flat().map(json) };
    return { query: (value instanceof Parse.Query ? value : request.query).toJSON() };
  }

  configuration(params, asSent = false) {
    const config = new this.Parse.Config();
    for (const [name, value] of Object.entries(params)) config.attributes[name] = asSent ? value : this.Parse._decode(name, value);
    return config;
  }

  inflate(className, json, changes) {
    const { Parse } = this;
    const object = Parse.Object.fromJSON({ ...json, className });
    if (changes !== undefined) {
      const decoded = {};
      for (const [key, value] of Object.entries(changes)) {
        decoded[key] = value !== null && typeof value === "object" && value.__op ? value : Parse._decode(key, value);
      }
      object.set(decoded, { ignoreValidation: true });
    }
    return object;
  }

  finish(call, frame, request, before, value, status, headers) {
    const { Parse } = this;
    const answer = {};
    if (status !== undefined) answer.status = status;
    if (headers !== undefined) answer.headers = headers;
    if (frame.file !== undefined) {
      answer.file = leftFile(request, frame, value, Parse);
    } else if (frame.kind === "function") {
      if (value !== undefined) answer.value = Parse._encode(value);
    } else if (frame.kind === "job") {
      if (typeof value === "string") answer.value = value;
    } else if (frame.kind === "afterSave" && isPlain(value, Parse)) {
      answer.value = Parse._encode(value);
    } else if (frame.query !== undefined) {
      Object.assign(answer, this.foundBy(frame, request, value));
    }
    if (before !== null) {
      const changes = difference(before, pending(request.object));
      if (changes !== null) answer.changes = changes;
    }
    const context = request.context;
    if (context !== undefined && Object.keys(context).length > 0) answer.context = context;
    if (!call.answer(answer) && !call.isCancelled) {
      this.log.error(`${call.name} answered a second time; the first answer stands`);
    }
  }

  /** A function with two parameters may answer through the second, at any time, once. */
  withResponse(call, handler, request, finish) {
    let status;
    const headers = {};
    const success = (value) => finish(value, status, headers);
    const response = {
      success,
      error: (thrown) => this.fail(call, thrown, status),
      status: (code) => {
        status = code;
        return response;
      },
      header: (name, value) => {
        headers[name] = String(value);
        return response;
      },
    };
    return Promise.resolve(handler(request, response)).then((value) => {
      if (value !== undefined && !call.isOver) success(value);
    });
  }
}

/** The operations that wait to be saved, as JSON by field. */
function pending(object) {
  return object._getSaveJSON();
}

function difference(before, after) {
  const set = {};
  const reverted = [];
  let same = true;
  for (const [key, value] of Object.entries(after)) {
    if (!Object.hasOwn(before, key) || JSON.stringify(before[key]) !== JSON.stringify(value)) {
      set[key] = value;
      same = false;
    }
  }
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) {
      reverted.push(key);
      same = false;
    }
  }
  return same ? null : { set, reverted };
}

function isPlain(value, Parse) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Parse.Object);
}

/** Dates, pointers and files become what they stand for, at any depth; everything else stays as it was sent. */
function decodeParams(value, Parse) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => decodeParams(item, Parse));
  switch (value.__type) {
    case "Date":
      return Object.assign(new Date(value.iso), value);
    case "Pointer":
      return Parse.Object.fromJSON({ className: value.className, objectId: value.objectId });
    case "File":
      return Parse.File.fromJSON(value);
  }
  const decoded = {};
  for (const [key, item] of Object.entries(value)) {
    // A key of this name is data like any other, never the prototype.
    Object.defineProperty(decoded, key, { value: decodeParams(item, Parse), enumerable: true, writable: true, configurable: true });
  }
  return decoded;
}

module.exports = { Dispatcher, decodeParams };
