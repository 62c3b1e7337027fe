exports.tidy = async function () {
  await new Parse.Query('Note').each(tidy, { useMasterKey: true });
  const note = await new Parse.Query('Note').first({ useMasterKey: true });
};
