"use strict";
// Parse.Events and Parse.Collection, as the SDK had them when it was built on Backbone (PC405).

const METHODS =
  "forEach each map reduce reduceRight find detect filter select reject every all some any include contains invoke " +
  "max min sortBy sortedIndex toArray size first initial rest last without indexOf shuffle lastIndexOf isEmpty groupBy";

const Events = {
  /** Have a callback called at every event of these names, parted by spaces; `all` is every event. */
  on(names, callback, context) {
    if (!callback) return this;
    this._listeners ??= new Map();
    for (const name of names.split(/\s+/)) {
      this._listeners.set(name, [...(this._listeners.get(name) ?? []), { callback, context }]);
    }
    return this;
  },

  /** Take callbacks back: those of these names, with this function and this context; what is not given is any. */
  off(names, callback, context) {
    if (this._listeners === undefined) return this;
    for (const name of names ? names.split(/\s+/) : [...this._listeners.keys()]) {
      const kept = (this._listeners.get(name) ?? []).filter(
        (one) => (callback && one.callback !== callback) || (context && one.context !== context),
      );
      if (kept.length > 0) this._listeners.set(name, kept);
      else this._listeners.delete(name);
    }
    return this;
  },

  trigger(names, ...words) {
    if (this._listeners === undefined) return this;
    for (const name of names.split(/\s+/)) {
      for (const { callback, context } of this._listeners.get(name) ?? []) callback.apply(context ?? this, words);
      for (const { callback, context } of this._listeners.get("all") ?? []) callback.apply(context ?? this, [name, ...words]);
    }
    return this;
  },
};
Events.bind = Events.on;
Events.unbind = Events.off;

function makeCollection(Parse, fromApp) {
  function Collection(models, options = {}) {
    if (options.comparator) this.comparator = options.comparator;
    if (options.model) this.model = options.model;
    if (options.query) this.query = options.query;
    this.models = [];
    this.length = 0;
    this.initialize.apply(this, arguments);
    if (models) this.reset(models, { silent: true });
  }

  Object.assign(Collection.prototype, Events, {
    model: Parse.Object,
    initialize() {},

    toJSON() {
      return this.models.map((model) => model.toJSON());
    },

    /** Take in one object or several; each is told of by `add` unless it is to be silent. */
    add(given, options = {}) {
      const models = (Array.isArray(given) ? given : [given]).map((one) => this._made(one));
      const at = options.at ?? this.models.length;
      this.models.splice(at, 0, ...models);
      this.length = this.models.length;
      if (this.comparator) this.sort({ silent: true });
      if (!options.silent) for (const model of models) this.trigger("add", model, this, options);
      return this;
    },

    remove(given, options = {}) {
      for (const one of Array.isArray(given) ? given : [given]) {
        const index = this.models.findIndex((model) => model === one || (model.id !== undefined && model.id === (one.id ?? one)));
        if (index < 0) continue;
        const [model] = this.models.splice(index, 1);
        this.length = this.models.length;
        if (!options.silent) this.trigger("remove", model, this, { ...options, index });
      }
      return this;
    },

    get(id) {
      return this.models.find((model) => model.id !== undefined && model.id === (id?.id ?? id));
    },

    getByCid(cid) {
      return this.models.find((model) => model._localId === (cid?._localId ?? cid));
    },

    at(index) {
      return this.models[index];
    },

    pluck(key) {
      return this.models.map((model) => model.get(key));
    },

    sort(options = {}) {
      const { comparator } = this;
      if (!comparator) throw new Error("Cannot sort a set without a comparator");
      const by = comparator.length === 1 ? (a, b) => order(comparator.call(this, a), comparator.call(this, b)) : comparator.bind(this);
      this.models.sort(by);
      if (!options.silent) this.trigger("reset", this, options);
      return this;
    },

    reset(models = [], options = {}) {
      this.models = [];
      this.length = 0;
      this.add(models, { silent: true });
      if (!options.silent) this.trigger("reset", this, options);
      return this;
    },

    /** Find the objects of the collection's query and take them in; `success` and `error` get the collection first. */
    fetch(options = {}) {
      const { success, error, add, ...rest } = options;
      const query = this.query ?? new Parse.Query(this.model);
      return query.find(rest).then(
        (found) => {
          if (add) this.add(found, rest);
          else this.reset(found, rest);
          success?.(this, found);
          return this;
        },
        (problem) => {
          error?.(this, problem);
          return error === undefined ? Parse.Promise.error(problem) : Parse.Promise.told(problem);
        },
      );
    },

    /** Make an object, store it and take it in. */
    create(given, options = {}) {
      const model = this._made(given);
      if (options.wait !== true) this.add(model, options);
      model.save(null, {
        success: (saved) => {
          if (options.wait === true) this.add(saved, options);
          options.success?.(saved);
        },
        error: options.error,
      });
      return model;
    },

    chain() {
      return fromApp("underscore")(this.models).chain();
    },

    _made(given) {
      if (given instanceof Parse.Object) return given;
      const Model = this.model;
      return new Model(given);
    },
  });
  for (const name of METHODS.split(" ")) {
    Collection.prototype[name] = function (...words) {
      return fromApp("underscore")[name](this.models, ...words);
    };
  }

  /** A kind of collection of its own, as classes were made before there was a word for it. */
  Collection.extend = function (own = {}, statics = {}) {
    const Parent = this;
    const Child = Object.hasOwn(own, "constructor")
      ? own.constructor
      : function (...words) {
          return Parent.apply(this, words);
        };
    Object.setPrototypeOf(Child, Parent);
    Child.prototype = Object.assign(Object.create(Parent.prototype), own, { constructor: Child });
    Child.__super__ = Parent.prototype;
    return Object.assign(Child, statics);
  };
  return Collection;
}

function order(a, b) {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** Put both where the code looks for them; `fromApp` requires a package as the app's own code does. */
function installCollections(Parse, fromApp) {
  const Collection = makeCollection(Parse, fromApp);
  Parse.Events = Events;
  Parse.Collection = Collection;
  Parse.Query.prototype.collection = function (items, options) {
    return new Collection(items, { model: this.objectClass ?? Parse.Object.extend(this.className), query: this, ...options });
  };
}

module.exports = { installCollections };
