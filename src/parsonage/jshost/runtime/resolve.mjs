// For ES modules: what sdk.js does for require.

let main;
let packages;

export function initialize(data) {
  ({ main, packages } = data);
}

export async function resolve(specifier, context, next) {
  if (/^parse(\/node(\.js)?)?$/.test(specifier)) return { url: main, shortCircuit: true };
  try {
    return await next(specifier, context);
  } catch (error) {
    if (packages === null || error.code !== "ERR_MODULE_NOT_FOUND" || specifier.startsWith(".")) throw error;
    return next(specifier, { ...context, parentURL: packages });
  }
}
