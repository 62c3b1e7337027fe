function sum(list) {
  var total = 0;
  for (var i = 0; i < list.length; i++) {
    total += list[i];
  }
  for (var key in list) total += 1;
  return total;
}
