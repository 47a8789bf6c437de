"""Text in, IR out: two front ends, the static module finder and the store of lowered files.

In: paths of a project and of its environment. Out: IR modules (see `ir`), found modules, positions. It reads files
and writes its own cache folder; it never imports, compiles or runs anything that it reads.
"""
