process.on('uncaughtException', function (error) {
  console.error(error);
  process.exit(1);
});
