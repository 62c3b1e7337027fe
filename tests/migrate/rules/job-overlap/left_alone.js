Parse.Cloud.job('report', async function (request) {
  const count = await new Parse.Query('Bill').count({ useMasterKey: true });
  return new Parse.Object('Report').save({ count }, { useMasterKey: true });
});
Parse.Cloud.define('bill', async function (request) {
  const bill = await new Parse.Query('Bill').first({ useMasterKey: true });
  return bill.save(null, { useMasterKey: true });
});
