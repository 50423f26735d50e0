"""What people do with the stand-ins, as clients do not: look at a record, and change one.

Here belong plain pages and edits in words. The services' own interfaces belong to the folders
beside, and know nothing of this one.
"""
