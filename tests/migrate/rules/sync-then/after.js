async function go() {
  const value = await Promise.resolve(1);
  use(value);
}
