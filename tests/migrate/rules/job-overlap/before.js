Parse.Cloud.job('bill', bill);
function bill(request, status) {
  return new Parse.Query('Bill').each(function (each) {
    each.set('sent', true);
    return each.save(null, { useMasterKey: true });
  }, { useMasterKey: true });
}
