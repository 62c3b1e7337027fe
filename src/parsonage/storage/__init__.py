"""Floor 2: databases, each behind one small interface.

An engine is a folder here; nothing outside it knows the engine. The conformance kit ships with the
package, so that others can write engines of their own.
"""
