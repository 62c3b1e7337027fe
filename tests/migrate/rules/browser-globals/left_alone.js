var document = new Parse.Object('Document');
document.save(null, { useMasterKey: true }).catch(log);
