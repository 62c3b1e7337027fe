process.on('uncaughtException', function (error) {
  console.error(error);
});
