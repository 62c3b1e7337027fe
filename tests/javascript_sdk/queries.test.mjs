import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { Parse, own } from './setup.mjs';

const Fruit = Parse.Object.extend(own('Fruit'));
const Basket = Parse.Object.extend(own('Basket'));

before(async () => {
  const fruit = await Parse.Object.saveAll([
    new Fruit({ name: 'apple', n: 1, colours: ['red', 'green'], when: new Date('2024-01-01') }),
    new Fruit({ name: 'Banana', n: 2, colours: ['yellow'], when: new Date('2024-06-01') }),
    new Fruit({ name: 'cherry', n: 3, colours: ['red'] }),
    new Fruit({ name: 'a.b*c', n: 4 }),
  ]);
  await Parse.Object.saveAll([
    new Basket({ owner: 'Ann', best: fruit[0] }),
    new Basket({ owner: 'Bob', best: fruit[2], taste: 'cherry' }),
  ]);
});

/** The numbers of the fruit that a query finds. */
async function found(query) {
  return (await query.ascending('n').find()).map(fruit => fruit.get('n'));
}

function fruit() {
  return new Parse.Query(Fruit);
}

test('comparisons', async () => {
  assert.deepEqual(await found(fruit().equalTo('n', 2)), [2]);
  assert.deepEqual(await found(fruit().notEqualTo('n', 2)), [1, 3, 4]);
  assert.deepEqual(await found(fruit().greaterThan('n', 1).lessThanOrEqualTo('n', 3)), [2, 3]);
  assert.deepEqual(await found(fruit().containedIn('name', ['apple', 'cherry'])), [1, 3]);
  assert.deepEqual(await found(fruit().notContainedIn('name', ['apple', 'cherry'])), [2, 4]);
});

test('dates', async () => {
  assert.deepEqual(await found(fruit().greaterThan('when', new Date('2024-03-01'))), [2]);
  assert.deepEqual(await found(fruit().lessThan('createdAt', new Date('2001-01-01'))), []);
});

test('presence', async () => {
  assert.deepEqual(await found(fruit().exists('when')), [1, 2]);
  assert.deepEqual(await found(fruit().doesNotExist('colours')), [4]);
});

test('beginnings, parts and ends, taken literally', async () => {
  assert.deepEqual(await found(fruit().startsWith('name', 'a.b*')), [4]);
  assert.deepEqual(await found(fruit().contains('name', 'an')), [2]);
  assert.deepEqual(await found(fruit().endsWith('name', 'e')), [1]);
});

test('patterns, with and without regard to case', async () => {
  assert.deepEqual(await found(fruit().matches('name', /^b/)), []);
  assert.deepEqual(await found(fruit().matches('name', /^b/i)), [2]);
});

test('lists', async () => {
  assert.deepEqual(await found(fruit().containsAll('colours', ['red', 'green'])), [1]);
  assert.deepEqual(await found(fruit().containedBy('colours', ['red', 'yellow'])), [2, 3]);
  assert.deepEqual(await found(fruit().equalTo('colours', 'red')), [1, 3]);
});

test('and, or, nor', async () => {
  const one = fruit().equalTo('n', 1);
  const two = fruit().equalTo('n', 2);

  assert.deepEqual(await found(Parse.Query.or(one, two)), [1, 2]);
  assert.deepEqual(await found(Parse.Query.nor(one, two)), [3, 4]);
  assert.deepEqual(await found(Parse.Query.and(fruit().greaterThan('n', 1), fruit().lessThan('n', 4))), [2, 3]);
});

test('queries within queries', async () => {
  const baskets = new Parse.Query(Basket).matchesQuery('best', fruit().equalTo('name', 'apple'));
  assert.deepEqual((await baskets.find()).map(basket => basket.get('owner')), ['Ann']);

  const others = new Parse.Query(Basket).doesNotMatchQuery('best', fruit().equalTo('name', 'apple'));
  assert.deepEqual((await others.find()).map(basket => basket.get('owner')), ['Bob']);

  assert.deepEqual(await found(fruit().matchesKeyInQuery('name', 'taste', new Parse.Query(Basket).exists('taste'))), [3]);
});

test('order, limit, skip and count', async () => {
  const all = await fruit().descending('n').limit(2).skip(1).find();
  assert.deepEqual(all.map(one => one.get('n')), [3, 2]);

  const counted = await fruit().limit(1).withCount().find();
  assert.equal(counted.count, 4);
  assert.equal(counted.results.length, 1);
});

test('some keys, and all but some', async () => {
  const some = await fruit().select('name').equalTo('n', 1).first();
  assert.equal(some.get('n'), undefined);

  const others = await fruit().exclude('name').equalTo('n', 1).first();
  assert.equal(others.get('name'), undefined);
  assert.equal(others.get('n'), 1);
});

test('each goes through all of them', async () => {
  const seen = [];

  await fruit().each(one => seen.push(one.get('n')), { batchSize: 2 });

  assert.deepEqual(seen.sort(), [1, 2, 3, 4]);
});
