"""What is kept on disk: files written whole or not at all, folders of one process at a time,
runs that explain themselves.
"""
