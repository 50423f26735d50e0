"""The files of ``deploy/``: what they say, and that the processes they name work together."""
