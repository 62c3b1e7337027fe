"use strict";
// Handlers as they were called: `(request, response)`, `(request, status)`, with the client answered before
// after-triggers run. Rules: PC101 to PC105, PC107 to PC109, PC113, PC117, PC415.

const { textOf } = require("../errors");

const AFTER = new Set(["afterSave", "afterDelete"]);
const WITH_RESPONSE = new Set(["function", "job", "beforeSave", "beforeDelete"]);

/** The function that the dispatcher asks first; it says false for handlers that are not of old. */
function oldManner(dispatcher) {
  return (call, handler, request, finish) => {
    if (AFTER.has(call.kind)) return afterwards(dispatcher, call, handler, request, finish);
    if (!WITH_RESPONSE.has(call.kind) || !mayAnswer(handler)) return false;
    return answered(dispatcher, call, handler, request, finish);
  };
}

/** The client is answered first; what the handler does or throws changes nothing for it. */
async function afterwards(dispatcher, call, handler, request, finish) {
  finish(undefined);
  try {
    await handler(request, silentResponse);
  } catch (thrown) {
    dispatcher.fail(call, thrown);
  }
}

const silentResponse = Object.freeze({ success() {}, error() {} });

/** Whether a handler can answer through a second parameter: by its arity, or because a wrapper may hide it. */
function mayAnswer(handler) {
  if (handler.length >= 2) return true;
  if (handler.length === 1) return false;
  const source = Function.prototype.toString.call(handler);
  return /\barguments\b|^[^{=]*\.\.\.|\[native code\]/.test(source);
}

function answered(dispatcher, call, handler, request, finish) {
  let status;
  const headers = {};
  let wasTouched = false;
  const touch = (method) => {
    wasTouched = true;
    return method;
  };
  const again = () => {
    if (call.isOver && !call.isCancelled) {
      dispatcher.log.error(`${call.name} answered a second time (PC105); the first answer stands`);
    }
    return call.isOver;
  };
  const success = (value) => {
    if (again()) return;
    call.hasAnswered = true;
    finish(call.kind === "job" ? wordsOf(value) : value, status, headers);
  };
  const error = (thrown) => {
    if (again()) return;
    call.hasAnswered = true;
    dispatcher.fail(call, errorValue(thrown), status);
  };
  const response = {
    get success() {
      return touch(success);
    },
    get error() {
      return touch(error);
    },
    status: (code) => {
      status = code;
      return response;
    },
    header: (name, value) => {
      headers[name] = String(value);
      return response;
    },
    message: (text) => request.message?.(typeof text === "string" ? text : textOf(text)),
  };
  const result = handler(request, response);
  if (result !== null && result !== undefined && typeof result.then === "function") {
    // What a promise resolves to was never an answer of a handler that has a response, and it may still be on
    // its way to it. But one that says something, or is of a later time, has forgotten its second parameter; a job
    // that is done is done. That it fails with nobody looking is an answer.
    const isLater = handler.length < 2 || call.kind === "job" || handler.constructor.name === "AsyncFunction";
    return Promise.resolve(result).then(
      (value) => {
        if (!wasTouched && !call.isOver && (isLater || value !== undefined)) finish(value);
      },
      (thrown) => {
        if (!call.isOver) throw thrown;
      },
    );
  }
  const waits = wasTouched || handler.length >= 2;
  if (!call.isOver && (result !== undefined || !waits)) finish(result, status, headers);
  return undefined;
}

const wordsOf = (value) => (value === undefined || typeof value === "string" ? value : textOf(value));

/** What `response.error(x)` sends: text is 141 with the text, `{code, message}` keeps its code (PC109). */
function errorValue(thrown) {
  if (thrown !== null && typeof thrown === "object" && typeof thrown.code === "number" && "message" in thrown) {
    return new globalThis.Parse.Error(thrown.code, textOf(thrown.message));
  }
  return thrown;
}

module.exports = { oldManner };
