function sum(list) {
  var total = 0;
  for (i = 0; i < list.length; i++) {
    total += list[i];
  }
  for (key in list) total += 1;
  return total;
}
