function end(error) {
  console.error(error);
  process.exit(1);
}
process.once('uncaughtException', end);
emitter.on('uncaughtException', console.error);
process.on('SIGTERM', console.log);
