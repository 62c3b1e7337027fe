// The hooks that PocketBase runs while it is measured; the same work as parsonage_cloud/main.py.

routerAdd('POST', '/greet', event => {
  const { name } = event.requestInfo().body;
  return event.json(200, { greeting: `Hello, ${name}!`, letters: name.length });
});

onRecordCreate(event => {
  const stars = event.record.getInt('stars');
  if (!(stars >= 1 && stars <= 5)) {
    throw new BadRequestError('stars go from 1 to 5');
  }
  event.record.set('slug', event.record.getString('title').toLowerCase().replaceAll(' ', '-'));
  event.next();
}, 'Checked');
