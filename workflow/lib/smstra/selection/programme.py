"""The integer programme behind a set of towns, solved by HiGHS (through SciPy) with its proof.

Variables: one binary a town shown to the solver, one integer for the other towns of each kind
(towns that no constraint but distance tells apart), one binary a class that the set represents.
Towns are shown best first and more of a kind only where the others of that kind would be taken:
these stand for towns at least as good and with no distances, so an answer without any of them is
the best of all, and no answer with them means that there is none. Distances are asked for only
where an answer breaks them; each such cut says that of a group of towns, every two of them too
near, one at most is in the set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from smstra.selection.constraints import Constraint, Towns, clashes, satisfied

_OPTIMAL, _INFEASIBLE = 0, 2
# How many towns near both of a pair are tried for the cut that forbids the pair.
_NEIGHBOURS = 400


@dataclass(frozen=True)
class Goal:
    """What is made as large as can be: whole numbers, so that no rounding decides.

    ``worth`` of each town; ``class_worth`` for each class represented, over the classes that
    ``counted`` marks in each block; among sets worth the same, the larger sum of ``luck``.
    """

    worth: np.ndarray
    luck: np.ndarray
    class_worth: int
    counted: dict[str, np.ndarray]

    def total(self, towns: Towns, chosen: Sequence[int]) -> int:
        """Return what the towns at the positions ``chosen`` are worth."""
        classes = sum(self.represented(towns, chosen).values())
        return int(self.worth[list(chosen)].sum()) + self.class_worth * classes

    def represented(self, towns: Towns, chosen: Sequence[int]) -> dict[str, int]:
        """Return how many of the classes counted in each block the towns represent."""
        found = {}
        for block, counts in self.counted.items():
            classes = np.unique(towns.labels[block][list(chosen)])
            found[block] = int(counts[classes[classes >= 0]].sum())
        return found


class Programme:
    """Sets of towns under ``constraints``; ``goal`` is None where any set will do.

    ``crowds``: cuts for distances, which programmes over the same towns and distance may share.
    """

    def __init__(
        self,
        towns: Towns,
        constraints: Sequence[Constraint],
        goal: Goal | None = None,
        crowds: list[np.ndarray] | None = None,
    ) -> None:
        self.towns = towns
        self.constraints = list(constraints)
        self.goal = goal
        self.apart = next((c.least for c in constraints if c.kind == "apart_km"), None)
        number = len(towns.table)
        # More than the most towns of a set: the part of the objective that avoids unseen towns.
        self.scale = 1 + next((int(c.most) for c in constraints if c.kind == "towns"), number)
        self.crowds = [] if crowds is None else crowds
        self.forbidden: list[np.ndarray] = []
        # A unit that is excluded and no candidate has no position.
        named = {towns.position(c.value) for c in constraints if c.kind in ("include", "exclude")}
        self.named = np.array(sorted(named - {-1}), dtype=int)
        unnamed = np.ones(number, dtype=bool)
        unnamed[self.named] = False
        others = np.flatnonzero(unnamed)
        if goal:
            others = others[np.lexsort((others, -goal.luck[others], -goal.worth[others]))]
        kinds = towns.kinds[others]
        self.members = [
            members
            for members in np.split(
                others[np.argsort(kinds, kind="stable")], np.cumsum(np.bincount(kinds))
            )
            if len(members)
        ]
        self.shown = [0 if goal is None else 1] * len(self.members)

    def any_set(self) -> list[int] | None:
        """Return the positions of towns that satisfy the constraints; None if there are none."""
        found = self._solve("any")
        return None if found is None else self._checked(found)

    def best_set(self) -> tuple[list[int], int] | None:
        """Return the best set and its worth; None if there is none (or none is left)."""
        found = self._solve("worth")
        if found is None:
            return None
        worth = self.goal.total(self.towns, found)
        found = self._solve("luck", worth)
        if found is None or self.goal.total(self.towns, found) != worth:
            raise RuntimeError(f"the solver found {worth} and lost it among its ties")
        return self._checked(found), worth

    def forbid(self, chosen: Sequence[int]) -> None:
        """Let no later answer be the set ``chosen``."""
        self.forbidden.append(np.array(chosen, dtype=int))

    def _checked(self, found: list[int]) -> list[int]:
        broken = [c.key for c in self.constraints if not satisfied(c, self.towns, found)]
        if broken:
            raise RuntimeError(f"the solver's set breaks {broken}")
        return found

    def _solve(self, aim: str, worth: int = 0) -> list[int] | None:
        while True:
            answer = self._answer(aim, worth)
            if answer is None:
                return None
            found, unseen = answer
            if self.goal is None and self.apart is None:
                # No distance tells towns of a kind apart: any will do.
                for kind in np.flatnonzero(unseen):
                    rest = self.members[kind][self.shown[kind] :]
                    found += rest[: unseen[kind]].tolist()
                return sorted(found)
            near = [] if self.apart is None else clashes(self.towns, found, self.apart)
            if not near and not unseen.any():
                return found
            for kind in np.flatnonzero(unseen):
                enough = 2 * self.shown[kind] + 8
                self.shown[kind] = min(enough, len(self.members[kind]))
            self.crowds += [self._crowd(pair) for pair in near]

    def _crowd(self, pair: tuple[int, int]) -> np.ndarray:
        """Return towns shown to the solver, ``pair`` among them, every two of which are too near."""
        pool = self._pool()
        km = np.stack([self.towns.km(one, pool) for one in pair])
        near = np.flatnonzero((km < self.apart).all(axis=0) & ~np.isin(pool, pair))
        # From the middle outwards, so that many fit.
        free = pool[near[np.argsort(km[:, near].max(axis=0), kind="stable")]][:_NEIGHBOURS]
        crowd = list(pair)
        while len(free):
            crowd.append(int(free[0]))
            free = free[1:][self.towns.km(crowd[-1], free[1:]) < self.apart]
        return np.array(sorted(crowd))

    def _pool(self) -> np.ndarray:
        heads = [members[:shown] for members, shown in zip(self.members, self.shown, strict=True)]
        return np.sort(np.concatenate([self.named, *heads])).astype(int)

    def _answer(self, aim: str, worth: int) -> tuple[list[int], np.ndarray] | None:
        """Return the shown towns chosen and how many others of each kind; None if there is no set."""
        pool = self._pool()
        rests = [m[shown:] for m, shown in zip(self.members, self.shown, strict=True)]
        kinds = np.array([kind for kind, rest in enumerate(rests) if len(rest)], dtype=int)
        ends = np.array([rests[kind][0] for kind in kinds], dtype=int)
        most = [len(rests[kind]) for kind in kinds]
        columns = np.concatenate([pool, ends])
        blocks = [block for block in self.towns.values if self._asks_for_classes(block)]
        starts, width = {}, len(columns)
        for block in blocks:
            starts[block] = width
            width += len(self.towns.values[block])

        def of_others(figures: np.ndarray) -> list[int]:
            return [int(figures[rests[kind]].max()) for kind in kinds]

        rows = _Rows(width)
        for constraint in self.constraints:
            self._add(constraint, columns, starts, rows)
        for block, start in starts.items():
            labels = self.towns.labels[block][columns]
            for value in range(len(self.towns.values[block])):
                of_value = np.flatnonzero(labels == value)
                rows.add([*of_value, start + value], [1] * len(of_value) + [-1], 0, np.inf)
        for chosen in self.forbidden:
            rows.add(np.searchsorted(pool, chosen), np.ones(len(chosen)), -np.inf, len(chosen) - 1)
        for crowd in self.crowds if self.apart is not None else ():
            among = np.flatnonzero(np.isin(pool, crowd))
            if len(among) > 1:
                rows.add(among, np.ones(len(among)), -np.inf, 1)

        gain = np.zeros(width)
        gain[len(pool) : len(columns)] = -1
        if aim != "any":
            figures = self.goal.worth if aim == "worth" else self.goal.luck
            gain[: len(pool)] = self.scale * figures[pool]
            gain[len(pool) : len(columns)] += self.scale * np.array(of_others(figures), dtype=float)
            of_classes = np.zeros(width)
            for block, start in starts.items():
                counted = self.goal.counted[block]
                of_classes[start : start + len(counted)] = self.goal.class_worth * counted
            if aim == "worth":
                gain += self.scale * of_classes
            else:
                floor = of_classes.copy()
                floor[: len(pool)] = self.goal.worth[pool]
                floor[len(pool) : len(columns)] = of_others(self.goal.worth)
                rows.add(np.arange(width), floor, worth - 0.5, np.inf)
        upper = np.concatenate([np.ones(len(pool)), most, np.ones(width - len(columns))])
        solution = _solved(gain, upper, rows)
        if solution is None:
            return None
        unseen = np.zeros(len(self.members), dtype=int)
        unseen[kinds] = solution[len(pool) : len(columns)]
        return pool[solution[: len(pool)] == 1].tolist(), unseen

    def _asks_for_classes(self, block: str) -> bool:
        covers = self.goal is not None and self.goal.class_worth > 0
        return covers or any(
            c.kind == "at_least_distinct" and c.block == block for c in self.constraints
        )

    def _add(
        self, asked: Constraint, columns: np.ndarray, starts: dict[str, int], rows: _Rows
    ) -> None:
        """Add the rows of a constraint; ``columns`` are towns, those of a kind by one of them."""
        towns = self.towns
        if asked.kind == "towns":
            rows.count(np.ones(len(columns), dtype=bool), asked)
        elif asked.kind in ("include", "exclude"):
            rows.count(columns == towns.position(asked.value), asked)
        elif asked.kind == "apart_km":
            nowhere = np.flatnonzero(~towns.placed[columns])
            rows.add(nowhere, np.ones(len(nowhere)), -np.inf, 0)
        elif asked.kind == "at_least_distinct":
            start = starts[asked.block]
            classes = np.arange(start, start + len(towns.values[asked.block]))
            rows.add(classes, np.ones(len(classes)), asked.least, np.inf)
        else:
            labels = towns.labels[asked.block][columns]
            for number, value in enumerate(towns.values[asked.block]):
                if asked.kind == "at_most_each" or value == asked.value:
                    rows.count(labels == number, asked)
            if asked.kind == "each" and asked.value not in towns.values[asked.block]:
                rows.count(np.zeros(len(columns), dtype=bool), asked)


class _Rows:
    """The rows of a programme, as they are put together."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.columns: list[np.ndarray] = []
        self.factors: list[np.ndarray] = []
        self.least: list[float] = []
        self.most: list[float] = []

    def add(
        self, columns: Sequence[int], factors: Sequence[float], least: float, most: float
    ) -> None:
        self.columns.append(np.asarray(columns, dtype=int))
        self.factors.append(np.asarray(factors, dtype=float))
        self.least.append(least)
        self.most.append(most)

    def count(self, counted: np.ndarray, asked: Constraint) -> None:
        """Bound how many of the columns that ``counted`` marks are in the set."""
        columns = np.flatnonzero(counted)
        self.add(columns, np.ones(len(columns)), asked.least, asked.most)

    def constraint(self) -> list[LinearConstraint]:
        if not self.columns:
            return []
        number = np.repeat(np.arange(len(self.columns)), [len(c) for c in self.columns])
        matrix = coo_array(
            (np.concatenate(self.factors), (number, np.concatenate(self.columns))),
            shape=(len(self.columns), self.width),
        )
        return [LinearConstraint(matrix.tocsr(), self.least, self.most)]


def _solved(gain: np.ndarray, upper: np.ndarray, rows: _Rows) -> np.ndarray | None:
    """Return the whole numbers that make ``gain`` largest; None if none satisfy ``rows``.

    Gains are whole numbers, so a bound less than one half above the answer proves it.
    """
    if not len(gain):
        possible = all(
            least <= 0 <= most for least, most in zip(rows.least, rows.most, strict=True)
        )
        return np.zeros(0, dtype=int) if possible else None
    for presolve in (True, False):
        result = milp(
            -gain,
            integrality=np.ones(len(gain)),
            bounds=Bounds(0, upper),
            constraints=rows.constraint(),
            options={"mip_rel_gap": 0.0, "presolve": presolve},
        )
        if result.status == _INFEASIBLE:
            return None
        if result.status == _OPTIMAL:
            whole = np.rint(result.x).astype(int)
            if abs(float(gain @ whole) + result.mip_dual_bound) < 0.5:
                return whole
    raise RuntimeError(f"the solver gave no proof: {result.message}")
