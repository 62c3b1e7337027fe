"use strict";
// Parse.Promise as JS SDK 1.6 had it: callbacks run at once when the promise is settled, an error callback
// leaves the chain rejected unless it returns a promise, `when` hands its results on as separate arguments.
// Rules: PC201 to PC206, PC209, PC210.

const PENDING = "pending";
const RESOLVED = "resolved";
const REJECTED = "rejected";

/**
 * `stray(thrown)` is told of an exception in a callback that no later error callback takes up, `floating(error)`
 * of a promise that was rejected with nobody looking.
 */
function makePromise(stray, floating) {
  class ParsePromise {
    constructor(executor) {
      this._state = PENDING;
      this._values = [];
      this._callbacks = [];
      this._isThrown = false;
      this._isObserved = false;
      this._isTold = false; // an error callback has seen it, and the chain is rejected still
      if (typeof executor === "function") executor(this.resolve.bind(this), this.reject.bind(this));
    }

    static is(value) {
      return value !== null && value !== undefined && typeof value.then === "function";
    }

    static as(...values) {
      const promise = new ParsePromise();
      promise.resolve(...values);
      return promise;
    }

    static resolve(value) {
      return value instanceof ParsePromise ? value : adopt(value);
    }

    static error(...errors) {
      const promise = new ParsePromise();
      promise.reject(...errors);
      return promise;
    }

    /** Rejected with what an error callback has seen. */
    static told(...errors) {
      const promise = new ParsePromise();
      promise._isTold = true;
      promise.reject(...errors);
      return promise;
    }

    static reject(...errors) {
      return ParsePromise.error(...errors);
    }

    static isPromisesAPlusCompliant() {
      return false;
    }

    static _isPromisesAPlusCompliant() {
      return false;
    }

    static enableAPlusCompliant() {}

    static disableAPlusCompliant() {}

    /** Waits for all; results come as separate arguments, or as one list where a list was given to `all`. */
    static when(...given) {
      const isList = given.length === 1 && Array.isArray(given[0]);
      const promises = isList ? given[0] : given;
      const together = new ParsePromise();
      const results = new Array(promises.length);
      const errors = new Array(promises.length);
      let open = promises.length;
      let hasFailed = false;
      const settle = () => {
        open -= 1;
        if (open > 0) return;
        if (hasFailed) together.reject(errors);
        else together.resolve(...results);
      };
      if (promises.length === 0) {
        together.resolve();
        return together;
      }
      promises.forEach((promise, index) => {
        if (!ParsePromise.is(promise)) {
          results[index] = promise;
          settle();
          return;
        }
        promise.then(
          (...values) => {
            results[index] = values.length > 1 ? values : values[0];
            settle();
          },
          (error) => {
            errors[index] = error;
            hasFailed = true;
            settle();
            return handled;
          },
        );
      });
      return together;
    }

    static all(promises) {
      return adopt(Promise.all(promises));
    }

    static race(promises) {
      return adopt(Promise.race(promises));
    }

    static _continueWhile(predicate, step) {
      return predicate() ? step().then(() => ParsePromise._continueWhile(predicate, step)) : ParsePromise.as();
    }

    resolve(...values) {
      if (this._state !== PENDING) return;
      this._settle(RESOLVED, values);
    }

    reject(...errors) {
      if (this._state !== PENDING) return;
      this._settle(REJECTED, errors);
      if (this._isObserved || this._isTold) return;
      setImmediate(() => {
        if (this._isObserved) return;
        if (this._isThrown) stray(errors[0]);
        else floating(errors[0]);
      });
    }

    _settle(state, values) {
      this._state = state;
      this._values = values;
      const callbacks = this._callbacks;
      this._callbacks = [];
      for (const callback of callbacks) callback();
    }

    then(onResolved, onRejected) {
      const next = new ParsePromise();
      this._isObserved = true;
      const run = () => {
        if (this._state === RESOLVED) follow(next, onResolved, this._values);
        else if (typeof onRejected === "function") recover(next, onRejected, this._values);
        else {
          next._isThrown = this._isThrown;
          next._isTold = this._isTold;
          next.reject(...this._values);
        }
      };
      if (this._state === PENDING) this._callbacks.push(run);
      else run();
      return next;
    }

    always(callback) {
      return this.then(callback, callback);
    }

    done(callback) {
      return this.then(callback);
    }

    fail(callback) {
      return this.then(null, callback);
    }

    catch(callback) {
      return this.then(null, callback);
    }

    finally(callback) {
      return adopt(Promise.resolve(this).finally(callback));
    }

    _continueWith(continuation) {
      return this.then(
        (...values) => continuation(values, null),
        (error) => continuation(null, error),
      );
    }

    continueWith(continuation) {
      return this._continueWith(continuation);
    }

    _thenRunCallbacks(options) {
      if (!options) return this;
      return this.then(
        (...values) => {
          options.success?.(...values);
          return ParsePromise.as(...values);
        },
        (error) => {
          if (typeof options.error !== "function") return ParsePromise.error(error);
          options.error(error);
          return ParsePromise.told(error);
        },
      );
    }
  }

  // What an error callback of our own returns to say that all is dealt with.
  const handled = new ParsePromise();
  handled.resolve();

  function follow(next, callback, values) {
    if (typeof callback !== "function") {
      next.resolve(...values);
      return;
    }
    let result;
    try {
      result = callback.apply(undefined, values);
    } catch (thrown) {
      fail(next, thrown);
      return;
    }
    pass(next, result, (value) => next.resolve(value));
  }

  function recover(next, callback, errors) {
    let result;
    try {
      result = callback.apply(undefined, errors);
    } catch (thrown) {
      fail(next, thrown);
      return;
    }
    pass(next, result, (value) => {
      next._isTold = true;
      next.reject(value);
    });
  }

  function pass(next, result, otherwise) {
    if (!ParsePromise.is(result)) {
      otherwise(result);
      return;
    }
    result.then(
      (...values) => {
        next.resolve(...values);
      },
      (...errors) => {
        next._isThrown = result._isThrown === true;
        next._isTold = result._isTold === true;
        next.reject(...errors);
        return handled;
      },
    );
  }

  function fail(next, thrown) {
    next._isThrown = true;
    next.reject(thrown);
  }

  /** A promise of any kind as one of ours. */
  function adopt(value) {
    if (value instanceof ParsePromise) return value;
    const promise = new ParsePromise();
    if (ParsePromise.is(value)) value.then((result) => promise.resolve(result), (error) => promise.reject(error));
    else promise.resolve(value);
    return promise;
  }

  ParsePromise.adopt = adopt;
  return ParsePromise;
}

module.exports = { makePromise };
