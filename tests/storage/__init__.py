"""Tests of the storage engines."""

import pytest

pytest.register_assert_rewrite("parsonage.storage.conformance")
