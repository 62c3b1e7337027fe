// One desk of the guestbook: an ordinary app on the Parse SDK, with one user at a time.

const guest = new URLSearchParams(location.search).get('guest') ?? 'guest';
const otherDesks = new BroadcastChannel('guestbook');
const Entry = Parse.Object.extend('Entry');
const [door, pen, said, explained, book] = ['door', 'pen', 'said', 'explained', 'book'].map(id =>
  document.getElementById(id)
);

// Two desks share a browser: each keeps its user under a prefix of its own. An app with one user
// per browser needs nothing like it.
const prefix = `${guest}/`;
const own = () => Object.keys(localStorage).filter(key => key.startsWith(prefix));
Parse.CoreManager.setStorageController({
  async: 0,
  getItem: path => localStorage.getItem(prefix + path),
  setItem: (path, value) => localStorage.setItem(prefix + path, value),
  removeItem: path => localStorage.removeItem(prefix + path),
  getAllKeys: () => own().map(key => key.slice(prefix.length)),
  clear: () => own().forEach(key => localStorage.removeItem(key)),
});

// A server in development explains each refusal in a header of its answer. The SDK passes the error
// on and not the header, so we look at answers as they come in.
let explanation = null;
const plainFetch = window.fetch.bind(window);
window.fetch = async (...request) => {
  const response = await plainFetch(...request);
  explanation = response.headers.get('X-Parsonage-Explanation');
  return response;
};

Parse.initialize('guestbook');
Parse.serverURL = `${location.origin}/parse`;

door.elements.name.value = guest;
door.addEventListener('submit', event => {
  event.preventDefault();
  tell(async () => {
    const user = await comeIn(door.elements.name.value, door.elements.password.value);
    return `You are in, ${user.get('username')}.`;
  });
});

pen.addEventListener('submit', event => {
  event.preventDefault();
  tell(async () => {
    await new Entry().save({ text: pen.elements.text.value });
    pen.reset();
    return 'Your entry is in the book.';
  });
});

document.getElementById('leave').addEventListener('click', () =>
  tell(async () => {
    await Parse.User.logOut();
    return 'See you soon.';
  })
);

otherDesks.addEventListener('message', show);
show();

/** Log in, or sign up under a name that nobody has yet. */
async function comeIn(name, password) {
  try {
    return await Parse.User.logIn(name, password);
  } catch (error) {
    if (error.code !== Parse.Error.OBJECT_NOT_FOUND) {
      throw error;
    }
    return await Parse.User.signUp(name, password);
  }
}

/** Do something, say how it went, and show the book as it is now, here and on the other desks. */
async function tell(deed) {
  let refused = null;
  try {
    said.textContent = await deed();
  } catch (error) {
    refused = explanation;
    said.textContent = `${error.message} (code ${error.code})`;
  }
  explained.hidden = !refused;
  explained.textContent = refused ?? '';
  await show();
  otherDesks.postMessage('the book has changed');
}

/** Show the book, and the form that fits: the door for a stranger, the pen for a guest. */
async function show() {
  const user = Parse.User.current();
  door.hidden = user !== null;
  pen.hidden = user === null;
  document.getElementById('guest').textContent = user?.get('username') ?? '';
  const entries = await new Parse.Query(Entry).descending('createdAt').limit(50).find();
  const { entries: count, guests } = await Parse.Cloud.run('guests');
  document.getElementById('counted').textContent = `Entries: ${count}. Guests who wrote: ${guests}.`;
  book.replaceChildren(...entries.map(entry => page(entry, user)));
}

/** One entry as it stands in the book. Everybody is offered to change it; the server decides. */
function page(entry, user) {
  const item = document.getElementById('entry').content.cloneNode(true).firstElementChild;
  const change = item.querySelector('button');
  item.querySelector('blockquote').textContent = entry.get('text');
  item.querySelector('cite').textContent = entry.get('name');
  item.querySelector('time').textContent = entry.createdAt.toLocaleTimeString();
  item.querySelector('time').dateTime = entry.createdAt.toISOString();
  change.hidden = user === null;
  change.setAttribute('aria-label', `Change what ${entry.get('name')} wrote`);
  change.addEventListener('click', () => edit(item, entry));
  return item;
}

/** Put a small form in the place of an entry. */
function edit(item, entry) {
  const form = document.createElement('form');
  const text = document.createElement('textarea');
  const save = document.createElement('button');
  text.value = entry.get('text');
  text.setAttribute('aria-label', 'New text');
  save.textContent = 'Save';
  form.append(text, save);
  form.addEventListener('submit', event => {
    event.preventDefault();
    tell(async () => {
      try {
        await entry.save({ text: text.value });
      } catch (error) {
        entry.revert(); // the SDK keeps a change that was refused, for another try
        throw error;
      }
      return 'The entry is changed.';
    });
  });
  item.replaceChildren(form);
  text.focus();
}
