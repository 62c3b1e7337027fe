import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MASTER, Parse, by, own, refusedWith, signUp } from './setup.mjs';

test('sign-up gives an id and a session', async () => {
  const ada = await signUp('ada');

  assert.match(ada.id, /^[A-Za-z0-9]{10}$/);
  assert.match(ada.getSessionToken(), /^r:[0-9a-f]{32}$/);
});

test('a name that is taken is refused with 202', async () => {
  const ada = await signUp('ada');

  await refusedWith(202, new Parse.User().save({ username: ada.get('username'), password: 'other' }));
});

test('log-in answers the whole user', async () => {
  const ada = await signUp('ada');
  await ada.save({ nick: 'A' }, by(ada));

  const again = await Parse.User.logIn(ada.get('username'), 'secret of ada');

  assert.equal(again.id, ada.id);
  assert.equal(again.get('nick'), 'A');
});

test('a wrong password is refused with 101', async () => {
  const ada = await signUp('ada');

  await refusedWith(101, Parse.User.logIn(ada.get('username'), 'wrong'));
});

test('a session token is enough to become its user', async () => {
  const ada = await signUp('ada');

  const became = await Parse.User.me(ada.getSessionToken());

  assert.equal(became.id, ada.id);
});

test('a user that has logged out is nobody', async () => {
  const ada = await signUp('ada');
  Parse.User.enableUnsafeCurrentUser();
  const here = await Parse.User.logIn(ada.get('username'), 'secret of ada');
  const token = here.getSessionToken();

  await Parse.User.logOut();

  await refusedWith(209, Parse.User.me(token));
});

test('a new password ends the old sessions', async () => {
  const ada = await signUp('ada');
  const old = ada.getSessionToken();

  await ada.save({ password: 'new' }, { sessionToken: old });

  await refusedWith(209, Parse.User.me(old));
  await Parse.User.logIn(ada.get('username'), 'new');
});

test('sessions can be listed by their owner alone', async () => {
  const [ada, bob] = [await signUp('ada'), await signUp('bob')];

  const sessions = await new Parse.Query(Parse.Session).find(by(ada));

  assert.deepEqual(sessions.map(session => session.get('user').id), [ada.id]);
  assert.notEqual(ada.id, bob.id);
});

test('an anonymous user becomes somebody and stays the same', async () => {
  const ghost = await Parse.AnonymousUtils.logIn();
  const id = ghost.id;

  await ghost.save({ username: own('risen'), password: 'p' }, by(ghost));

  const again = await Parse.User.logIn(ghost.get('username'), 'p');
  assert.equal(again.id, id);
});

test('users are private to others, and open to the master key', async () => {
  const [ada, bob] = [await signUp('ada'), await signUp('bob')];

  await refusedWith(101, new Parse.Query(Parse.User).get(ada.id, by(bob)));
  assert.equal((await new Parse.Query(Parse.User).get(ada.id, MASTER)).id, ada.id);
});
