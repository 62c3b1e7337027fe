var Image = require('canvas').Image;
var picture = new Image();
var parse = require('parse-image-size');
