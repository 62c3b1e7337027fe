if (other.is(v)) wait(v);
