var car = new Parse.Object('Car');
car.set('made', { constructor: 'Ford' });
car.set('constructor', 'Ford');
car.save({ by: { '__proto__': 1 } }, { useMasterKey: true });
