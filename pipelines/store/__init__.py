"""The state of an installation in an object store, so that any machine may run the night.

The data folder is a local copy. The store holds the truth: files that never change, and one small
head that names those of the newest state. Whoever changes the state fetches it, works on the local
copy, uploads what is new, and switches the head by a conditional put.

What belongs here: the objects and what is done with them. What does not: what the state consists of
(``backup.contents``), a consistent copy of it (``backup.snapshot``), and printing (``cli.store``).
"""
