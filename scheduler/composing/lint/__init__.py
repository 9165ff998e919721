"""What a post of a public body must not say, or must not be without: one file for each family of rules.

`rules` lists them all, `linter` holds them against a post. A rule that finds nothing costs next to nothing: the text
is split into syllables once, and only rules whose syllables occur in it look closer.
"""
