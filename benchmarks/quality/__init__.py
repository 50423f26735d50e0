"""The quality rules, measured on labelled lines beside two simpler ways to judge a line."""
