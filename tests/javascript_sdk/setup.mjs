// The unmodified `parse` client of tests/node, pointed at the server that the tests were given.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../node/package.json', import.meta.url));

export const Parse = require('parse/node');
Parse.initialize(process.env.APP_ID, undefined, process.env.MASTER_KEY);
Parse.serverURL = process.env.SERVER_URL;

let made = 0;

/** A name that no other test uses. */
export function own(word) {
  made += 1;
  return `${word}${process.pid}x${made}`;
}

/** Sign somebody up; the answer is the user, whose session is passed by hand as servers do it. */
export async function signUp(word) {
  const user = new Parse.User();
  await user.save({ username: own(word), password: `secret of ${word}` });
  return user;
}

/** The options that make a call one of this user's. */
export function by(user) {
  return { sessionToken: user.getSessionToken() };
}

/** The call must fail with this Parse code. */
export async function refusedWith(code, promise) {
  await assert.rejects(promise, error => {
    assert.equal(error.code, code, error.message);
    return true;
  });
}

export const MASTER = { useMasterKey: true };
