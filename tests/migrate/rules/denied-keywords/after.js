var car = new Parse.Object('Car');
car.set('made', { maker: 'Ford' });
car.set('maker', 'Ford');
car.save({ by: { proto: 1 } }, { useMasterKey: true });
