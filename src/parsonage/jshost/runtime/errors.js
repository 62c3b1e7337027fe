"use strict";
// Whatever a handler throws → code and text. Rules: reference/cloud-code.md, section 1.3; PB082.

const SCRIPT_FAILED = 141;
const VALIDATION_ERROR = 142;

function textOf(value) {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** `silent` is what is said of null, undefined, false and an empty text, and of what can't even be looked at. */
function errorOf(thrown, Parse, silent, code = SCRIPT_FAILED) {
  try {
    return told(thrown, Parse, silent, code);
  } catch {
    return { code, message: silent };
  }
}

function told(thrown, Parse, silent, code) {
  if (!thrown && typeof thrown !== "number") return { code, message: silent };
  // The name: an app may throw the error of another copy of the SDK.
  if (thrown instanceof Parse.Error || thrown.constructor?.name === "ParseError") {
    return { code: thrown.code ?? code, message: textOf(thrown.message ?? "") };
  }
  if (thrown instanceof Error) return { code, message: thrown.message || thrown.name };
  if (typeof thrown === "object" && typeof thrown.message === "string") return { code, message: thrown.message };
  return { code, message: textOf(thrown) };
}

module.exports = { errorOf, textOf, SCRIPT_FAILED, VALIDATION_ERROR };
