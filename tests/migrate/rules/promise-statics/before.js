if (Parse.Promise.is(v)) wait(v);
