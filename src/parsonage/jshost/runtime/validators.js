"use strict";
// Validators of functions and triggers: an options object or a function.
// Rules: reference/cloud-code.md, section 2; PB083, PB084.

const { errorOf, VALIDATION_ERROR } = require("./errors");

const TYPES = {
  requireUser: ["boolean"],
  requireMaster: ["boolean"],
  validateMasterKey: ["boolean"],
  skipWithMasterKey: ["boolean"],
  requireAnyUserRoles: ["array", "function"],
  requireAllUserRoles: ["array", "function"],
  requireUserKeys: ["array", "object"],
  fields: ["array", "object"],
  rateLimit: ["object"],
};

const FIELD_TYPES = {
  type: ["any"],
  constant: ["boolean"],
  default: ["any"],
  options: ["array", "function", "any"],
  required: ["boolean"],
  error: ["string"],
};

const RATE_LIMIT_KEYS = new Set([
  "requestPath",
  "requestTimeWindow",
  "requestCount",
  "errorResponseMessage",
  "requestMethods",
  "includeMasterKey",
  "includeInternalRequests",
  "redisUrl",
  "zone",
]);

const LOG_IN = "Validation failed. Please login to continue.";

const typeName = (value) => (Array.isArray(value) ? "array" : typeof value);

function checkType(key, value, wanted) {
  if (wanted.includes("any")) return;
  const actual = typeName(value);
  if (!wanted.includes(actual)) {
    throw `Invalid type for Cloud Function validation key ${key}. Expected ${wanted.join("|")}, actual ${actual}`;
  }
}

/** Refuse, at registration, a validator that could not work. */
function checkValidator(validator) {
  if (validator === undefined || validator === null || typeof validator === "function") return;
  for (const [key, value] of Object.entries(validator)) {
    const wanted = Object.hasOwn(TYPES, key) ? TYPES[key] : undefined;
    if (wanted === undefined) throw `${key} is not a supported parameter for Cloud Function validations.`;
    checkType(key, value, wanted);
    if ((key === "fields" || key === "requireUserKeys") && typeName(value) === "object") {
      for (const rule of Object.values(value)) {
        if (typeof rule !== "object" || rule === null) continue;
        for (const [part, given] of Object.entries(rule)) {
          if (!Object.hasOwn(FIELD_TYPES, part)) {
            throw `${part} is not a supported parameter for Cloud Function validations.`;
          }
          checkType(part, given, FIELD_TYPES[part]);
        }
      }
    }
    if (key === "rateLimit") {
      for (const part of Object.keys(value)) {
        if (!RATE_LIMIT_KEYS.has(part)) throw `Invalid rate limit option "${part}"`;
      }
    }
  }
}

class Refused extends Error {}

const wantedType = (type) => (typeof type === "function" ? type.name.toLowerCase() : String(type).toLowerCase());

async function checkOptions(key, value, rule) {
  if (rule.options === undefined || rule.options === null) return;
  if (typeof rule.options === "function") {
    let verdict;
    try {
      verdict = await rule.options(value);
    } catch (thrown) {
      throw new Refused(rule.error || (thrown && thrown.message) || (thrown ? String(thrown) : "Validation failed."));
    }
    if (verdict !== null && verdict !== undefined && !verdict) {
      throw new Refused(rule.error || `Validation failed. Invalid value for ${key}.`);
    }
    return;
  }
  const allowed = Array.isArray(rule.options) ? rule.options : [rule.options];
  if (!allowed.includes(value)) {
    throw new Refused(rule.error || `Validation failed. Invalid option for ${key}. Expected: ${allowed.join(", ")}`);
  }
}

async function checkField(key, rule, values, object, missing) {
  // A bare type, as `{n: Number}`, is no rule: Parse Server passes over it.
  if (typeof rule !== "object" || rule === null) return;
  const isNothing = (value) => value === null || value === undefined;
  if (rule.default !== undefined && isNothing(values[key])) {
    values[key] = rule.default;
    if (object) object.set(key, rule.default);
  }
  if (rule.constant && object) {
    if (object.isNew()) {
      if (rule.default !== undefined) object.set(key, rule.default);
    } else {
      object.revert(key);
    }
    values[key] = object.get(key);
  }
  const value = values[key];
  if (rule.required && isNothing(value)) throw new Refused(missing(key));
  if (value === undefined) return;
  if (rule.type) {
    // A key that is sent as null is of the wrong type: typeof null is object.
    const wanted = wantedType(rule.type);
    if (typeName(value) !== wanted) throw new Refused(`Validation failed. Invalid type for ${key}. Expected: ${wanted}`);
  }
  await checkOptions(key, value, rule);
}

async function checkFields(rules, values, object, missing) {
  if (Array.isArray(rules)) {
    for (const key of rules) {
      if (values[key] === null || values[key] === undefined) throw new Refused(missing(key));
    }
    return;
  }
  for (const [key, rule] of Object.entries(rules)) await checkField(key, rule, values, object, missing);
}

async function checkRoles(rules, user, roles) {
  const named = async (given) => (typeof given === "function" ? await given() : given) ?? [];
  const any = await named(rules.requireAnyUserRoles);
  const all = await named(rules.requireAllUserRoles);
  if (any.length === 0 && all.length === 0) return;
  if (!user) throw new Refused(LOG_IN);
  const has = (name) => roles.has(String(name).replace(/^role:/, ""));
  if (any.length > 0 && !any.some(has)) throw new Refused("Validation failed. User does not match the required roles.");
  if (!all.every(has)) throw new Refused("Validation failed. User does not match all the required roles.");
}

async function checkRules(rules, request, roles) {
  if (request.master && !rules.validateMasterKey) return;
  let user = request.user;
  const object = request.object;
  if (!user && object && object.className === "_User" && !object.existed()) user = object;
  if (rules.requireUser && !user) throw new Refused(LOG_IN);
  if (rules.requireMaster && !request.master) {
    throw new Refused("Validation failed. Master key is required to complete this request.");
  }
  if (rules.fields) {
    const values = object ? object.toJSON() : (request.params ??= {});
    await checkFields(rules.fields, values, object, (key) => `Validation failed. Please specify data for ${key}.`);
  }
  await checkRoles(rules, user, roles);
  if (rules.requireUserKeys) {
    if (!user) throw new Refused("Please login to make this request.");
    const values = user.toJSON();
    await checkFields(rules.requireUserKeys, values, null, (key) => `Validation failed. Please set data for ${key} on your account.`);
  }
}

/** Hold a request against a validator. Throws what the answer is made of: `{code, message}`. */
async function validate(validator, request, roles, Parse) {
  try {
    if (typeof validator !== "function") {
      await checkRules(validator, request, new Set(roles ?? []));
      return;
    }
    if ((await validator(request)) === false) throw new Refused("Validation failed.");
  } catch (thrown) {
    if (thrown instanceof Parse.Error) throw { code: thrown.code, message: thrown.message };
    throw errorOf(thrown instanceof Refused ? thrown.message : thrown, Parse, "Validation failed.", VALIDATION_ERROR);
  }
}

const needsRoles = (validator) =>
  typeof validator === "object" && validator !== null && Boolean(validator.requireAnyUserRoles || validator.requireAllUserRoles);

module.exports = { checkValidator, validate, needsRoles };
