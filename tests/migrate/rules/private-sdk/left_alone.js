var text = note.attributes.text;
element.attributes.id = 'x';
this._dirty = true;
client._request('x');
var whole = note._toFullJSON();
var data = note._data;
