import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MASTER, Parse, by, refusedWith, signUp } from './setup.mjs';

test('a function in Python gets its parameters and answers', async () => {
  assert.equal(await Parse.Cloud.run('add', { a: 2, b: 0.5 }), 2.5);
});

test('a parameter that is missing or wrong is refused with 142', async () => {
  await refusedWith(142, Parse.Cloud.run('add', { a: 2 }));
  await refusedWith(142, Parse.Cloud.run('add', { a: 2, b: 'x' }));
});

test('an error that a function raises arrives with its code', async () => {
  await refusedWith(4711, Parse.Cloud.run('refuse'));
});

test('a function that nobody wrote is refused with 141', async () => {
  await refusedWith(141, Parse.Cloud.run('nothing'));
});

test('a function may ask for a user', async () => {
  const ada = await signUp('ada');

  const answered = await Parse.Cloud.run('who_am_i', {}, by(ada));

  assert.ok(answered instanceof Parse.User);
  assert.equal(answered.id, ada.id);
  await refusedWith(142, Parse.Cloud.run('who_am_i'));
});

test('a function reads on the authority of its caller', async () => {
  const [ada, bob] = [await signUp('ada'), await signUp('bob')];
  await new Parse.Object('CloudNote', { n: 1, ACL: new Parse.ACL(ada) }).save(null, by(ada));
  await new Parse.Object('CloudNote', { n: 2, ACL: new Parse.ACL(bob) }).save(null, by(bob));

  const notes = await Parse.Cloud.run('my_notes', {}, by(ada));

  assert.deepEqual(notes.map(note => note.get('n')), [1]);
});

test('beforeSave in Python changes what is saved, and the client learns of it', async () => {
  const movie = await new Parse.Object('Movie').save({ title: 'ALIEN' });

  assert.equal(movie.get('slug'), 'alien');
});

test('beforeSave in Python refuses', async () => {
  await refusedWith(142, new Parse.Object('Movie').save({ stars: 5 }));
});

test('parameters of the app are read by everybody, and some by the master key alone', async () => {
  await Parse.Config.save({ greeting: 'hello', hidden: 'deep' }, { hidden: true });

  const config = await Parse.Config.get();

  assert.equal(config.get('greeting'), 'hello');
  assert.equal(config.get('hidden'), undefined);
  assert.equal((await Parse.Config.get(MASTER)).get('hidden'), 'deep');
});
