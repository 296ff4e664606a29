"""An entity with what it is related to, as an SVG picture: laid out by networkx, labels pushed apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from math import hypot
from typing import Final

import networkx as nx

from flows.explorer.targets import Target
from flows.explorer.wording import count_of, say_predicate, type_class

MAX_NEIGHBOURS: Final = 14
_WIDTH: Final = 900.0
_NODE_HEIGHT: Final = 30.0
_LETTER_WIDTH: Final = 6.9  # of 12.5 px type, on average
_MAX_LETTERS: Final = 26
_GAP_X, _GAP_Y = 14.0, 26.0  # between labels; the larger one leaves room for the words on the edges
_ROUNDS: Final = 400


@dataclass(frozen=True, slots=True)
class Node:
    """An entity in the picture."""

    entity_id: str
    label: str
    name: str


Edge = tuple[str, str, str]  # subject_id, predicate, object_id


def draw_neighbourhood(centre: Node, neighbours: Sequence[Node], edges: Sequence[Edge], *, shelf: str = "") -> str:
    """The picture, in which each neighbour leads to its own page.

    Args:
        centre: The entity in the middle.
        neighbours: Those around it, at most ``MAX_NEIGHBOURS``.
        edges: Facts between any of them.
        shelf: Where the entities come from, see ``Target``.
    """
    nodes = {node.entity_id: node for node in (centre, *neighbours)}
    said: dict[tuple[str, str], list[str]] = {}
    for subject, predicate, object_ in edges:
        if subject in nodes and object_ in nodes and subject != object_:
            said.setdefault((subject, object_), []).append(predicate)
    places = _lay_out(list(nodes), centre.entity_id, list(said), {key: _width(node) for key, node in nodes.items()})
    about = f"{centre.name} and {count_of(len(neighbours), 'neighbour')}"
    lines = "".join(
        # where there are facts both ways, the words of each stand nearer to its subject
        _edge(places, nodes, ends, predicates, 0.32 if ends[::-1] in said else 0.5)
        for ends, predicates in said.items()
    )
    drawn = "".join(_node(node, places[key], key == centre.entity_id, shelf) for key, node in nodes.items())
    height = _height(len(neighbours))
    return (
        f"<svg class='pg-net' viewBox='0 0 {_WIDTH:.0f} {height:.0f}' role='group' aria-label='{escape(about)}'>"
        "<defs><marker id='pg-arrow' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' "
        "orient='auto-start-reverse'><path d='M0 0.8 8 4 0 7.2Z'/></marker></defs>"
        f"{lines}{drawn}</svg>"
    )


def _lay_out(
    keys: Sequence[str], centre: str, edges: Sequence[tuple[str, str]], widths: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """Centres of the nodes in the picture; no two labels overlap if there is room."""
    graph = nx.Graph()
    graph.add_nodes_from(keys)
    graph.add_edges_from(edges)
    graph.add_edges_from((centre, key) for key in keys if key != centre)
    # Kamada and Kawai (1989): distances on paper as in the graph; a ring to begin with makes it the same every time
    ring = [key for key in keys if key != centre]
    raw = nx.kamada_kawai_layout(graph, pos=nx.shell_layout(graph, [[centre], ring] if ring else [[centre]], rotate=0))
    middle = raw[centre]
    reach = max((hypot(x - middle[0], y - middle[1]) for x, y in raw.values()), default=0) or 1.0
    height = _height(len(ring))
    spread_x, spread_y = _WIDTH / 2 - 110, height / 2 - 40
    places = {
        key: [_WIDTH / 2 + (x - middle[0]) / reach * spread_x, height / 2 + (y - middle[1]) / reach * spread_y]
        for key, (x, y) in raw.items()
    }
    for _ in range(_ROUNDS):
        if not _push_apart(places, centre, widths, height):
            break
    return {key: (x, y) for key, (x, y) in places.items()}


def _height(n_neighbours: int) -> float:
    """Of the picture: a few neighbours do not need a large one."""
    return min(560.0, 200.0 + 40.0 * n_neighbours)


def _push_apart(places: dict[str, list[float]], centre: str, widths: Mapping[str, float], height: float) -> bool:
    """Move labels that overlap away from each other, half each, along the shorter way; was there any?"""
    moved = False
    for one, other in combinations(places, 2):
        dx, dy = places[other][0] - places[one][0], places[other][1] - places[one][1]
        over_x = (widths[one] + widths[other]) / 2 + _GAP_X - abs(dx)
        over_y = _NODE_HEIGHT + _GAP_Y - abs(dy)
        if over_x <= 0.5 or over_y <= 0.5:
            continue
        moved = True
        axis, over, sign = (0, over_x, dx) if over_x < over_y else (1, over_y, dy)
        push = over / 2 * (1 if sign >= 0 else -1)
        places[one][axis] -= push if one != centre else 0
        places[other][axis] += push if other != centre else 0
    for key, place in places.items():
        half = widths[key] / 2 + 4
        place[0] = min(max(place[0], half), _WIDTH - half)
        place[1] = min(max(place[1], _NODE_HEIGHT / 2 + 4), height - _NODE_HEIGHT / 2 - 4)
    return moved


def _edge(
    places: Mapping[str, tuple[float, float]],
    nodes: Mapping[str, Node],
    ends: tuple[str, str],
    predicates: Sequence[str],
    along: float,
) -> str:
    (x0, y0), (x1, y1) = places[ends[0]], places[ends[1]]
    x0, y0 = _border((x0, y0), (x1, y1), _width(nodes[ends[0]]))
    x1, y1 = _border((x1, y1), (x0, y0), _width(nodes[ends[1]]))
    words = escape(", ".join(say_predicate(predicate) for predicate in predicates))
    symmetric = set(predicates) <= {"synonym_of", "compared_with"}
    arrow = "" if symmetric else " marker-end='url(#pg-arrow)'"
    x, y = x0 + along * (x1 - x0), y0 + along * (y1 - y0)
    return (
        f"<path class='edge' d='M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}'{arrow}/>"
        f"<text class='edge-words' x='{x:.1f}' y='{y:.1f}' dy='.32em'>{words}</text>"
    )


def _border(inside: tuple[float, float], outside: tuple[float, float], width: float) -> tuple[float, float]:
    """Where the line between two centres leaves the label of the first."""
    dx, dy = outside[0] - inside[0], outside[1] - inside[1]
    if not dx and not dy:
        return inside
    share = min(
        (width / 2 + 2) / abs(dx) if dx else 1.0,
        (_NODE_HEIGHT / 2 + 2) / abs(dy) if dy else 1.0,
        1.0,
    )
    return inside[0] + share * dx, inside[1] + share * dy


def _node(node: Node, place: tuple[float, float], is_centre: bool, shelf: str) -> str:
    width = _width(node)
    x, y = place[0] - width / 2, place[1] - _NODE_HEIGHT / 2
    leads = (
        "" if is_centre else f"tabindex='0' role='button' {Target('entity', node.entity_id, shelf=shelf).attribute()}"
    )
    kind = f"node {type_class(node.label)}{' centre' if is_centre else ''}"
    return (
        f"<g class='{kind}' {leads}><title>{escape(f'{node.label}: {node.name}')}</title>"
        f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{_NODE_HEIGHT:.0f}' rx='15'/>"
        f"<circle cx='{x + 15:.1f}' cy='{place[1]:.1f}' r='5'/>"
        f"<text x='{x + 26:.1f}' y='{place[1]:.1f}' dy='.34em'>{escape(_shorten(node.name))}</text></g>"
    )


def _width(node: Node) -> float:
    return 40 + _LETTER_WIDTH * len(_shorten(node.name))


def _shorten(name: str) -> str:
    return name if len(name) <= _MAX_LETTERS else name[: _MAX_LETTERS - 1] + "…"
