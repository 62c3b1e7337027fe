import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Parse, own, refusedWith } from './setup.mjs';

/** A class of this test's own. */
function classOf(word) {
  return Parse.Object.extend(own(word));
}

test('an object comes back as it was saved', async () => {
  const Note = classOf('Note');
  const when = new Date('2024-01-02T03:04:05.678Z');
  const values = { text: 'ä 😀', count: 1.5, open: false, tags: ['a', ['b']], map: { deep: { er: [1] } }, when };

  const saved = await new Note().save(values);

  const found = await new Parse.Query(Note).get(saved.id);
  for (const [key, value] of Object.entries(values)) {
    assert.deepEqual(found.get(key), value);
  }
  assert.ok(found.createdAt instanceof Date);
});

test('places and files keep their types', async () => {
  const Place = classOf('Place');

  const saved = await new Place().save({ at: new Parse.GeoPoint(48.4, 10.0) });

  const found = await new Parse.Query(Place).get(saved.id);
  assert.ok(found.get('at') instanceof Parse.GeoPoint);
  assert.equal(found.get('at').latitude, 48.4);
});

test('an increment answers the new value', async () => {
  const Note = classOf('Note');
  const note = await new Note().save({ n: 1 });
  await (await new Parse.Query(Note).get(note.id)).increment('n', 5).save();

  note.increment('n');
  await note.save();

  assert.equal(note.get('n'), 7);
});

test('lists grow and shrink by operations', async () => {
  const Note = classOf('Note');
  const note = await new Note().save({ list: [1, 2] });

  note.add('list', 3);
  await note.save();
  note.addUnique('list', 1);
  await note.save();
  note.remove('list', 2);
  await note.save();

  assert.deepEqual((await new Parse.Query(Note).get(note.id)).get('list'), [1, 3]);
});

test('a nested key is set by its path', async () => {
  const Note = classOf('Note');
  const note = await new Note().save({ map: { a: 1, b: 2 } });

  note.set('map.a', 9);
  await note.save();

  assert.deepEqual((await new Parse.Query(Note).get(note.id)).get('map'), { a: 9, b: 2 });
});

test('a field can be unset', async () => {
  const Note = classOf('Note');
  const note = await new Note().save({ a: 1, b: 2 });

  note.unset('a');
  await note.save();

  assert.deepEqual((await new Parse.Query(Note).exists('a').find()).length, 0);
});

test('a deleted object is gone', async () => {
  const Note = classOf('Note');
  const note = await new Note().save({ a: 1 });

  await note.destroy();

  await refusedWith(101, new Parse.Query(Note).get(note.id));
});

test('pointers are followed by include, and by include alone', async () => {
  const [Author, Book] = [classOf('Author'), classOf('Book')];
  const town = await new (classOf('Town'))().save({ name: 'Ulm' });
  const author = await new Author().save({ name: 'Ann', town });
  await new Book().save({ author });

  const bare = await new Parse.Query(Book).first();
  const full = await new Parse.Query(Book).include('author.town').first();

  assert.equal(bare.get('author').id, author.id);
  assert.equal(full.get('author').get('town').get('name'), 'Ulm');
});

test('an unsaved object that is pointed to is saved first', async () => {
  const [Author, Book] = [classOf('Author'), classOf('Book')];
  const author = new Author().set('name', 'Ann');

  const book = await new Book().save({ author });

  const found = await new Parse.Query(Book).include('author').get(book.id);
  assert.equal(found.get('author').get('name'), 'Ann');
});

test('a relation holds what was added and not removed', async () => {
  const [Fan, Band] = [classOf('Fan'), classOf('Band')];
  const fans = await Parse.Object.saveAll([1, 2, 3].map(n => new Fan().set('n', n)));
  const band = new Band();
  band.relation('fans').add(fans);
  await band.save();

  band.relation('fans').remove(fans[1]);
  await band.save();

  const found = await band.relation('fans').query().ascending('n').find();
  assert.deepEqual(found.map(fan => fan.get('n')), [1, 3]);
});

test('many objects are saved and destroyed in batches', async () => {
  const Note = classOf('Note');

  const notes = await Parse.Object.saveAll(Array.from({ length: 45 }, (_, n) => new Note().set('n', n)));
  assert.equal(await new Parse.Query(Note).count(), 45);
  await Parse.Object.destroyAll(notes);

  assert.equal(await new Parse.Query(Note).count(), 0);
});

test('a batch tells which of its objects failed', async () => {
  const Note = classOf('Note');
  await new Note().save({ n: 1 });

  await assert.rejects(Parse.Object.saveAll([new Note().set('n', 2), new Note().set('n', 'text')]), error => {
    assert.equal(error.code, 111);
    return true;
  });

  assert.equal(await new Parse.Query(Note).count(), 2);
});
