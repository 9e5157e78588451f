"""Commands on tunes: those that were kept, where a tune comes from, what is to be said of it, bars that do not add
up.
"""
