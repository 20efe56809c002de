"""Finding things by what people remember of them (F3): an index of what the systems hold, since they can't search.

It holds folded words of the systems' texts, whose rows they are, and a few facts for counting; what is found is read
from its system before anybody is shown it.
"""
