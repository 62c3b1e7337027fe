import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MASTER, Parse, by, own, refusedWith, signUp } from './setup.mjs';

/** An object with an ACL, saved by its owner. */
async function noteBy(owner, acl) {
  const note = new Parse.Object(own('Note'), { text: 'mine' });
  note.setACL(acl);
  return await note.save(null, by(owner));
}

function read(note, options) {
  return new Parse.Query(note.className).get(note.id, options);
}

test('a private object is not there for others', async () => {
  const [ada, bob] = [await signUp('ada'), await signUp('bob')];
  const note = await noteBy(ada, new Parse.ACL(ada));

  assert.equal((await read(note, by(ada))).get('text'), 'mine');
  await refusedWith(101, read(note, by(bob)));
  await refusedWith(101, read(note));
  assert.equal(await new Parse.Query(note.className).count(by(bob)), 0);
});

test('an object may be shared to be read and not to be changed', async () => {
  const [ada, bob] = [await signUp('ada'), await signUp('bob')];
  const acl = new Parse.ACL(ada);
  acl.setReadAccess(bob, true);
  const note = await noteBy(ada, acl);

  const seen = await read(note, by(bob));

  await refusedWith(101, seen.save({ text: 'not mine' }, by(bob)));
  await refusedWith(101, seen.destroy(by(bob)));
  assert.equal((await read(note, by(ada))).get('text'), 'mine');
});

test('a right can be taken back', async () => {
  const [ada, bob] = [await signUp('ada'), await signUp('bob')];
  const acl = new Parse.ACL(ada);
  acl.setReadAccess(bob, true);
  const note = await noteBy(ada, acl);

  note.setACL(new Parse.ACL(ada));
  await note.save(null, by(ada));

  await refusedWith(101, read(note, by(bob)));
});

test('a role opens what its members may see, roles within roles too', async () => {
  const [ada, bob, cid] = [await signUp('ada'), await signUp('bob'), await signUp('cid')];
  const open = new Parse.ACL();
  open.setPublicReadAccess(true);
  const inner = new Parse.Role(own('Inner'), open);
  inner.getUsers().add(bob);
  await inner.save(null, MASTER);
  const outer = new Parse.Role(own('Outer'), open);
  outer.getRoles().add(inner);
  await outer.save(null, MASTER);
  const acl = new Parse.ACL(ada);
  acl.setRoleReadAccess(outer, true);

  const note = await noteBy(ada, acl);

  assert.equal((await read(note, by(bob))).get('text'), 'mine');
  await refusedWith(101, read(note, by(cid)));
});

test('class-level permissions close a class to clients', async () => {
  const name = own('Closed');
  const schema = new Parse.Schema(name);
  schema.addString('text');
  schema.setCLP({ find: {}, get: { requiresAuthentication: true }, create: { '*': true } });
  await schema.save();
  const ada = await signUp('ada');
  const made = await new Parse.Object(name, { text: 'x' }).save();

  await refusedWith(119, new Parse.Query(name).greaterThan('createdAt', new Date(0)).find(by(ada)));
  assert.equal((await new Parse.Query(name).get(made.id, by(ada))).get('text'), 'x');
  await refusedWith(119, made.save({ text: 'y' }, by(ada)));
});

test('schemas can be made, read, changed and deleted', async () => {
  const name = own('Built');
  const schema = new Parse.Schema(name).addString('text', { required: true }).addNumber('n', { defaultValue: 7 });
  await schema.save();
  await new Parse.Schema(name).addBoolean('open').deleteField('n').update();

  const { fields } = await new Parse.Schema(name).get();

  assert.deepEqual(fields.text, { type: 'String', required: true });
  assert.deepEqual(fields.open, { type: 'Boolean' });
  assert.equal(fields.n, undefined);
  await refusedWith(142, new Parse.Object(name).save());
  await new Parse.Schema(name).delete();
  await refusedWith(103, new Parse.Schema(name).get());
});
