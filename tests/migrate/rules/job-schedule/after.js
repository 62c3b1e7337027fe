exports.nightly = f;
