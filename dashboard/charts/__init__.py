"""Charts as SVG, drawn on the server: they print, need no script and are read aloud.

What belongs here: geometry. What does not: which readings are drawn
(``published.key_results.readings``).
"""
