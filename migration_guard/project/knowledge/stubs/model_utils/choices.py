"""Stub of django-model-utils: `Choices` as fields and defaults see it."""


class Choices:
    def __init__(self, *choices):
        self._doubles = []
        self._triples = []
        self._identifier_map = {}
        self._display_map = {}
        self._add(choices, self._triples, self._doubles)

    def _add(self, choices, triples, doubles):
        for choice in choices:
            if not isinstance(choice, (list, tuple)):
                choice = (choice, choice, choice)
            if len(choice) == 2 and isinstance(choice[1], (list, tuple)):
                inner_triples, inner_doubles = [], []
                triples.append((choice[0], inner_triples))
                doubles.append((choice[0], inner_doubles))
                self._add(choice[1], inner_triples, inner_doubles)
                continue
            if len(choice) == 2:
                choice = (choice[0], choice[0], choice[1])
            self._identifier_map[choice[1]] = choice[0]
            self._display_map[choice[0]] = choice[2]
            triples.append(tuple(choice))
            doubles.append((choice[0], choice[2]))

    def __iter__(self):
        return iter(self._doubles)

    def __len__(self):
        return len(self._doubles)

    def __getattr__(self, name):
        if name in self._identifier_map:
            return self._identifier_map[name]
        raise AttributeError(name)

    def __getitem__(self, key):
        return self._display_map[key]

    def __contains__(self, item):
        return item in self._display_map

    def __add__(self, other):
        return Choices(*(self._triples + (other._triples if isinstance(other, Choices) else list(other))))
