"""Taking one large file of Cloud Code apart into small modules that behave as it did."""
