"""What a structured belief predicts, from the definitions: sums over all other pairs, dense base measures, mpmath."""

from collections import Counter, defaultdict
from typing import NamedTuple

import mpmath as mp
import numpy as np

from agent.belief.structured.dictionary import rows
from agent.belief.structured.fitting import parts, strays, types
from agent.belief.structured.fitting.gates import PSEUDO_GATE
from agent.belief.structured.predicting import membership, prediction, steering
from agent.belief.structured.tables import (
    ABSOLUTE,
    ADD,
    ADJACENT,
    CHAIN,
    COMMONEST,
    FIRST_LEARNT,
    FIRST_OWNED,
    FIRST_SIBLING,
    LABEL_ROOM,
    MASS,
    MOST_NEIGHBOURS,
    SHARE,
    TYPES,
    UNIFORM,
)

UNNAMED, NOTHING = "unnamed", "nothing"  # targets that are no states


class Mixture(NamedTuple):
    """The posterior of a pair: weights of Dirichlet components over K states and, last, what is unnamed."""

    weights: np.ndarray  # [components]
    concentrations: np.ndarray  # [components, K + 1]

    @property
    def probabilities(self):
        sizes = self.concentrations.sum(axis=1, keepdims=True)
        return self.weights @ (self.concentrations / sizes)

    def surprise(self, outcome):
        """Information gained by one outcome, nats: sum_z r'_z [psi(a + 1) - psi(A + 1)] - ln p."""
        with mp.workdps(40):
            rows = [[mp.mpf(float(a)) for a in row] for row in self.concentrations]
            sizes = [mp.fsum(row) for row in rows]
            joint = [mp.mpf(float(w)) * row[outcome] / A for w, row, A in zip(self.weights, rows, sizes, strict=True)]
            p = mp.fsum(joint)
            rises = [
                j / p * (mp.digamma(row[outcome] + 1) - mp.digamma(A + 1))
                for j, row, A in zip(joint, rows, sizes, strict=True)
                if j > 0
            ]
            return float(mp.fsum(rises) - mp.log(p))

    @property
    def expected_gain(self):
        """The surprise of every outcome, as probable as it is: I(outcome; parameters)."""
        p, gain, kinds = self.probabilities, 0.0, {}
        for x in np.flatnonzero(p):  # outcomes of the same concentrations teach the same
            kind = self.concentrations[:, x].tobytes()
            if kind not in kinds:
                kinds[kind] = self.surprise(x)
            gain += p[x] * kinds[kind]
        return float(gain)


class Oracle:
    """A structured belief seen through plain dictionaries."""

    def __init__(self, structure):
        self.structure, self.tables, self.model = structure, structure.tables, structure.model
        numbers = structure.numbers
        self.num_actions, self.num_features = numbers.num_actions, numbers.num_features
        names = self.tables.names
        self.rows = rows(self.tables, np.arange(numbers.state_room)).astype(np.int64)
        self.number = defaultdict(dict)
        for state in np.flatnonzero(names.named):
            self.number[self.features(state)].setdefault(int(names.named[state]), int(state))
        self.counts, self.backwards, self.first_seen = defaultdict(Counter), defaultdict(set), defaultdict(list)
        edges, num_edges = self.model.edges, self.model.num_edges
        seen = np.flatnonzero(edges.count[:num_edges])  # others are expected, and were not seen yet
        for edge in seen[np.argsort(self.tables.marks.order[seen])]:
            pair, successor = int(edges.pair[edge]), int(edges.successor[edge])
            self.counts[pair][successor] = int(edges.count[edge])
            self.first_seen[pair].append(successor)
            self.backwards[successor].add(pair // self.num_actions)

    def features(self, state):
        return tuple(int(x) for x in self.rows[state, : self.num_features])

    def target(self, action, label, state):
        """State that a learnt label points to."""
        labels, entry = self.tables.labels, action * LABEL_ROOM + label
        if labels.kind[entry] == ABSOLUTE:
            return int(labels.state[entry])
        if not self.tables.names.named[state]:
            return NOTHING
        aim = list(self.features(state))
        for k in range(labels.first[entry], labels.first[entry] + labels.num_changes[entry]):
            i, amount = int(labels.coordinate[k]), int(labels.amount[k])
            low, high = int(self.tables.names.low[i]), int(self.tables.names.high[i])
            aim[i] = min(max(aim[i] + amount, low), high) if labels.kind[entry] == ADD else amount
        found = self.number.get(tuple(aim), {})
        first, second = (2, 1) if labels.ends[entry] else (1, 2)
        return found.get(first, found.get(second, UNNAMED))

    def sibling(self, state, action):
        pair = state * self.num_actions + action
        if self.counts[pair]:
            return max(self.first_seen[pair], key=lambda j: (self.counts[pair][j], -self.first_seen[pair].index(j)))
        label = COMMONEST
        actions = self.tables.actions
        if actions.chain_length[action] and actions.chain[action * CHAIN] >= self.rows.shape[1]:
            gate = self.gate(action, pair, actions.pull[action])
            owners = self.tables.types.owner[action * TYPES : action * TYPES + len(gate)]
            own = [z for z in range(FIRST_OWNED, len(gate)) if owners[z] >= FIRST_LEARNT]
            label = int(owners[max(own, key=lambda z: gate[z])]) if own else COMMONEST
        kind = self.tables.labels.kind[action * LABEL_ROOM + label]
        return self.target(action, label, state) if kind else NOTHING

    def looked_at(self, action, state, coordinate):
        """What a gate sees of a state: a coordinate, or whether a label leads to a state that was listed."""
        if coordinate < self.rows.shape[1]:
            return int(self.rows[state, coordinate])
        aim = self.target(action, coordinate - self.rows.shape[1], state)
        return int(aim not in (UNNAMED, NOTHING) and aim < self.structure.numbers.num_listed)

    def neighbours(self, state, action):
        """States known to be adjacent, without what the action itself did."""
        there = {j for b in range(self.num_actions) if b != action for j in self.counts[state * self.num_actions + b]}
        there |= self.backwards[state] - {state}
        return there if len(there) <= MOST_NEIGHBOURS else set()

    def others(self, action, pair):
        """Visited pairs of an action but this one."""
        visited = self.tables.visited
        every = range(self.structure.numbers.num_visited)
        return [v for v in every if visited.pair[v] % self.num_actions == action and visited.pair[v] != pair]

    def masses(self, action, pair):
        """What all other pairs contribute to labels of types, `[TYPES, LABEL_ROOM]`."""
        total = np.zeros(TYPES * LABEL_ROOM)
        for v in self.others(action, pair):
            _, labels, masses = parts.listed(self.tables, np.array([v]))
            total[labels] += masses
        return (total / MASS).reshape(TYPES, LABEL_ROOM) + self.carried_masses(action)

    def carried_masses(self, action):
        """What was carried here counts as contributions, as far as it is trusted."""
        rules, masses = self.model.prior.carried, np.zeros((TYPES, LABEL_ROOM))
        if rules is not None and self.tables.carried.trust[action] > 0:
            given = rules.arrays["type_mass"].reshape(-1, LABEL_ROOM)[list(rules.types_of(action))]
            masses[: len(given)] = self.tables.carried.trust[action] * given
        return masses

    def carried_context(self, action, values):
        """Likewise as responsibilities in a context; in longer ones only as long as the gate is the one carried."""
        rules, trust = self.model.prior.carried, self.tables.carried.trust[action]
        if rules is None or trust == 0 or (values and not self.tables.carried.is_planted[action]):
            return 0.0
        arrays, contexts = rules.arrays, {}
        for k, parent in enumerate(arrays["context_parent"].tolist()):
            above = () if parent < 0 else (*contexts[parent], int(arrays["context_value"][k]))
            contexts[k] = above
            if arrays["context_action"][k] == action and above == values:
                num_types = int(self.tables.actions.num_types[action])
                return trust * arrays["context_weight"][k * TYPES : k * TYPES + num_types]
        return 0.0

    def gate(self, action, pair, pull):
        """What the gate says of a pair, from the responsibilities for all other pairs that share the context."""
        actions, visited = self.tables.actions, self.tables.visited
        num_types, state = int(actions.num_types[action]), pair // self.num_actions
        shares = visited.responsibility.reshape(-1, TYPES)[:, :num_types] / SHARE
        there = self.others(action, pair)
        gate = shares[there].sum(axis=0) + self.carried_context(action, ()) + PSEUDO_GATE
        gate /= gate.sum()
        chain = actions.chain[action * CHAIN : action * CHAIN + actions.chain_length[action]]
        states, named = visited.pair[there] // self.num_actions, self.tables.names.named
        for length in range(1, len(chain) + 1 if named[state] else 1):
            values = tuple(self.looked_at(action, state, i) for i in chain[:length])
            alike = [
                bool(named[other]) and values == tuple(self.looked_at(action, other, i) for i in chain[:length])
                for other in states
            ]
            same = np.asarray(there, int)[np.array(alike, bool)]
            inside = shares[same].sum(axis=0) + self.carried_context(action, values)
            if inside.sum() > 0:
                gate = (inside + pull * gate) / (inside.sum() + pull)
        return gate

    def pull_score(self, action, pull):
        """Log evidence of the gate with a certain pull, just swept, and of the pull a priori: ln pull ~ N(0, 1/4)."""
        visited, num_types, total = self.tables.visited, int(self.tables.actions.num_types[action]), 0.0
        for place, v in enumerate(self.others(action, None)):
            evidence = self.tables.scratch.evidence[place * TYPES : place * TYPES + num_types].astype(float)
            total += np.log(self.gate(action, int(visited.pair[v]), pull) @ evidence)
        return total - 2.0 * np.log(pull) ** 2

    def weights(self, action, pair):
        """Weights of the types, the symmetric one's at least its least."""
        gate = self.gate(action, pair, self.tables.actions.pull[action])
        least = max(self.tables.actions.least[action], self.novelty(action, pair))
        if gate[0] < least:
            gate[1:] *= (1 - least) / gate[1:].sum()
            gate[0] = least
        return gate

    def novelty(self, action, pair):
        """Laplace's rule where a pair never taken lies beyond all states of the latest fit, in every coordinate."""
        state, visited = pair // self.num_actions, self.tables.visited
        if self.counts[pair] or self.tables.carried.trust[action] > 0 or not self.tables.names.named[state]:
            return 0.0
        is_fitted = visited.responsibility.reshape(-1, TYPES)[: self.structure.numbers.num_visited].any(axis=1)
        pairs = visited.pair[: len(is_fitted)][is_fitted]
        acted = self.rows[pairs // self.num_actions, : self.num_features]
        own, here = acted[pairs % self.num_actions == action], np.array(self.features(state))
        if not len(own):
            return 0.0
        low, high = own.min(axis=0), own.max(axis=0)
        is_beyond = (here < low) | (here > high)
        listed = self.rows[: self.structure.numbers.num_listed, : self.num_features]
        is_alike = (acted == acted[0]).all(axis=0) & (listed == listed[:1]).all(axis=0)
        if not is_beyond.any() or not (is_beyond | is_alike).all():
            return 0.0
        return float((1 / (high - low + 3))[is_beyond].max())

    def doubt(self, action, pair):
        """One in `m_i + 3 (T + 1)`, of coordinates unlike the first state's; or as often as rules lately failed."""
        state, visited, trust = pair // self.num_actions, self.tables.visited, self.tables.carried.trust
        if self.counts[pair] or not self.tables.names.named[state]:
            return 0.0
        if trust[action] > 0:
            return self.mistrust(action)
        shares = visited.responsibility.reshape(-1, TYPES)[: self.structure.numbers.num_visited] / SHARE
        pairs = visited.pair[: len(shares)]
        acted, is_own = self.rows[pairs // self.num_actions, : self.num_features], pairs % self.num_actions == action
        is_fitted = shares.any(axis=1)
        if not (is_own & is_fitted).any():
            return 0.0
        own, held, all_acted = acted[is_own & is_fitted], 1 - shares[is_own & is_fitted, 0], acted[is_fitted]
        times = ((own != own[0]) * held[:, None]).sum(axis=0)
        listed = self.rows[: self.structure.numbers.num_listed, : self.num_features]
        is_alike = (all_acted == all_acted[0]).all(axis=0) & (listed == listed[:1]).all(axis=0)
        is_unlike = (np.array(self.features(state)) != own[0]) & ~is_alike
        if not is_unlike.any():
            return 0.0
        unlike = float(1 / (times[is_unlike].min() + 3 * ((times >= 1).sum() + 1)))
        return max(unlike, self.structure.numbers.doubt)

    def is_ahead(self, action):
        return self.tables.carried.ahead.reshape(self.num_actions, -1)[action].max() > 0

    def mistrust(self, action):
        """Of rules from elsewhere not ahead yet: the share of those found wrong, of all judged and one that is not."""
        trust, ahead = self.tables.carried.trust, self.tables.carried.ahead.reshape(self.num_actions, -1)
        right, wrong = ahead.max(axis=1) > 0, (ahead.max(axis=1) <= 0) & (ahead[:, 0] < 0) & (trust == 0)
        return 0.0 if self.is_ahead(action) else wrong.sum() / (wrong.sum() + right.sum() + 1)

    def bases(self, action, pair):
        """Base measures of the types, `[num_types, states + 1]`, and the uniform label's share, `[num_types]`."""
        actions, num, state = self.tables.actions, self.model.num_outcomes, pair // self.num_actions
        num_types = int(actions.num_types[action])
        base, uniform, masses = np.zeros((num_types, num + 1)), np.ones(num_types), self.masses(action, pair)
        base[0, :num] = 1 / num
        spread = {UNIFORM: {j: 1 / num for j in range(num)}}
        there = self.neighbours(state, action)
        spread[ADJACENT] = dict.fromkeys(there, 1 / len(there)) if there else {}
        siblings = range(self.structure.numbers.num_siblings)
        aims = {FIRST_SIBLING + b: self.sibling(state, b) for b in siblings if b != action}
        learnt = range(FIRST_LEARNT, FIRST_LEARNT + int(actions.num_learnt[action]))
        aims |= {label: self.target(action, label, state) for label in learnt}
        spread |= {
            label: {} if aim == NOTHING else {num if aim == UNNAMED else aim: 1.0} for label, aim in aims.items()
        }
        both, more = (
            each[1:num_types].sum(axis=0) for each in (self.masses(action, None), self.carried_masses(action))
        )
        told = np.zeros(len(both), bool)
        for every in (both - more, both):
            told |= every + types.PSEUDO > types.LEAST_TOLD * (every.sum() + types.PSEUDO_UNIFORM)
        told[[UNIFORM, *self.tables.types.owner[action * TYPES + 1 : action * TYPES + num_types]]] = True
        spread = {label: targets for label, targets in spread.items() if told[label]}
        for z in range(1, num_types):
            owner = self.tables.types.owner[action * TYPES + z]
            for label, targets in spread.items():
                pseudo = types.PSEUDO_UNIFORM if label == UNIFORM else types.PSEUDO
                mass = masses[z, label] + pseudo + (types.PSEUDO_OWNER if label == owner != 0 else 0)
                for target, share in targets.items():
                    base[z, target] += mass * share
            uniform[z] = (masses[z, UNIFORM] + types.PSEUDO_UNIFORM) / base[z].sum()
            base[z] /= base[z].sum()
        return base, uniform

    def stray(self, state, action):
        """Concentration that strays of the other actions of a state add."""
        visited, numbers = self.tables.visited, self.structure.numbers
        there = [v for v in range(numbers.num_visited) if visited.pair[v] // self.num_actions == state]
        there = [v for v in there if visited.pair[v] % self.num_actions != action]
        k = strays.PRIOR_STRAYS
        events, exposure = (float(column[there].astype(float).sum()) for column in (visited.strays, visited.exposure))
        own = (k + events) / (k / numbers.concentration + exposure)
        return max(own - numbers.concentration, 0.0)

    def steering_gain(self, state, action):
        """What the planner is told a pair teaches: in part as if it were alone; if never taken, with rules in doubt."""
        pair = state * self.num_actions + action
        mixture, doubt = self.mixture(state, action), self.doubt(action, pair)
        expected = mixture.expected_gain
        if mixture.weights[0] < doubt:
            others = mixture.weights[1:] * (1 - doubt) / mixture.weights[1:].sum()
            expected = max(expected, mixture._replace(weights=np.append(doubt, others)).expected_gain)
        counts = np.full(self.model.num_outcomes, self.structure.numbers.concentration / self.model.num_outcomes)
        for successor, count in self.counts[pair].items():
            counts[successor] += count
        share = steering.ALONE / (1 + sum(self.counts[pair].values()))
        return (1 - share) * expected + share * Mixture(np.ones(1), counts[None]).expected_gain

    def mixture(self, state, action):
        """The posterior of a pair."""
        pair, numbers = state * self.num_actions + action, self.structure.numbers
        num, num_types = self.model.num_outcomes, int(self.tables.actions.num_types[action])
        stray, anywhere = self.stray(state, action), np.append(np.full(num, 1 / num), 0.0)
        counts = np.zeros(num + 1)
        for successor, count in self.counts[pair].items():
            counts[successor] = count
        if num_types == 0:
            return Mixture(np.ones(1), ((numbers.concentration + stray) * anywhere + counts)[None])
        c = self.tables.types.concentration[action * TYPES : action * TYPES + num_types].copy()
        c[0] = numbers.concentration
        gate, (base, uniform) = self.weights(action, pair), self.bases(action, pair)
        more = np.append(stray, np.maximum(stray - c[1:] * uniform[1:], 0.0))
        priors = c[:, None] * base + more[:, None] * anywhere
        if counts.sum() == 0:
            gate = np.where((gate > prediction.LEAST_WEIGHT) | (np.arange(num_types) == 0), gate, 0.0)
        if numbers.is_blended:
            told = (gate / gate.sum()) @ (priors / priors.sum(axis=1, keepdims=True))
            priors = np.vstack([priors, membership.CONCENTRATION * told])
            gate = np.append(gate * (1 - membership.WEIGHT), membership.WEIGHT)
        logs = np.full(len(gate), -np.inf)
        for z in np.flatnonzero(gate):
            logs[z] = np.log(gate[z]) + float(_log_evidence(priors[z], counts))
        weights = np.exp(logs - logs.max())
        weights[weights <= prediction.LEAST_RESPONSIBILITY] = 0.0
        kept = np.flatnonzero(weights)
        return Mixture(weights[kept] / weights[kept].sum(), (priors + counts)[kept])


def _log_evidence(prior, counts):
    with mp.workdps(40):
        total, size = mp.fsum(map(float, prior)), int(counts.sum())
        seen = [mp.log(mp.rf(mp.mpf(float(prior[j])), int(counts[j]))) for j in np.flatnonzero(counts)]
        return mp.fsum(seen) - mp.log(mp.rf(total, size))
