Parse.Cloud.job('bill', async function (request) {
  if (!(await acquireLock('bill'))) return 'another run is at it';
  return new Parse.Query('Bill').each(function (each) {
    each.set('sent', true);
    return each.save(null, { useMasterKey: true });
  }, { useMasterKey: true });
});
