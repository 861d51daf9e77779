"""Several names that get several values at once: `kind, uid = me["type"], me["data"]["id"]`.

The readers see an assignment of the first value to the last name, with names in front of it and values behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from playbook.audit.reading.node import Chain, Items, Node, Pair

ASSIGNS = ("=", ":=")
MOST, NEAR = 8, 40


class Several:
    """The assignments of a file that give several names their values.

    Args:
        content: The file's text.
        nodes: Its nodes.
    """

    def __init__(self, content: str, nodes: tuple[Node, ...] | list[Node]) -> None:
        self._content = content
        self._nodes = nodes
        self._starts: dict[tuple[int, int], Node] | None = None
        self._ends: dict[tuple[int, int], Node] = {}

    def values_of(self, pair: Pair) -> list[tuple[Node, Node]]:
        """Return each name with its value; nothing where an assignment gives one name one value."""
        if pair.operator not in ASSIGNS or pair.key is None or pair.value is None:
            return []
        if isinstance(pair.key, Items) and isinstance(pair.value, Items) and pair.value.bracket in ("(", "["):
            return list(zip(pair.key.items, pair.value.items, strict=False))
        if isinstance(pair.parent, Chain) or not self._content[max(0, pair.start - 3) : pair.start].rstrip().endswith(
            ","
        ):
            return []
        names = [*reversed(list(self._before(pair))), pair.key]
        values = [pair.value, *self._behind(pair)]
        return list(zip(names, values, strict=True)) if len(names) == len(values) > 1 else []

    def _before(self, pair: Pair) -> Iterator[Node]:
        self._index()
        node: Node | None = pair
        for _ in range(MOST):
            first = max(0, node.start - NEAR) if node is not None else 0
            written = self._content[first : node.start].rstrip(" ") if node is not None else ""
            if not written.endswith(","):
                return
            node = self._ends.get((id(pair.parent), first + len(written[:-1].rstrip(" "))))
            if not isinstance(node, Chain):
                return
            yield node

    def _behind(self, pair: Pair) -> Iterator[Node]:
        end = pair.end
        for _ in range(MOST):
            following = self._content[end : end + NEAR]
            bare = following.lstrip(" ")
            if not bare.startswith(","):
                return
            start = end + len(following) - len(bare[1:].lstrip(" \n"))
            node = (self._starts or {}).get((id(pair.parent), start))
            if node is None:
                return
            yield node
            end = node.end

    def _index(self) -> None:
        if self._starts is None:
            self._starts = {(id(node.parent), node.start): node for node in self._nodes}
            self._ends = {(id(node.parent), node.end): node for node in self._nodes}
