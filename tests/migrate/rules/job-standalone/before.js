new Parse.Query('Note').each(tidy, { useMasterKey: true });
(async function () {
  const note = await new Parse.Query('Note').first({ useMasterKey: true });
})();
