var p = deferred();
get(function (v) { p.resolve(v); });

function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => { settle = { resolve, reject }; });
  return Object.assign(promise, settle);
}
