var text = note._serverData.text;
var size = note._serverData[key];
