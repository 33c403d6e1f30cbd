"""What the documentation is made with: pages from the parsers and the settings, the picture of the imports, the site.

The pages are kept in the repository, so that they can be read without building anything, and a change of an option
shows in the difference of two versions.  ``python -m docs.tools`` renews them; a test holds them to the code.
"""
