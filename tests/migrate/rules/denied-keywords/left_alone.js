var options = { constructor: Car };
class Car { constructor() { this.made = 1; } }
cache.set('x', { constructor: 'Ford' });
var car = new Parse.Object('Car');
car.set('made', 'constructor');
