"""Compiled rules of agents that plan nothing: what a count, or a value learnt by trial, says of the actions at hand."""

from ..belief import pair_gains
from ..belief.tables import TERMINAL
from ..compilation.compiled import part

WORDS = 2**32


@part
def expect_visits(known, state):
    """Let the value of each action be less the visits of the state that it is expected to lead to.

    Q(s, a) = -sum_s' predictive(s' | s, a) c(s'), with c the number of departures from a state; of arrivals in a
    terminal one. States never seen have none.
    """
    pairs, edges, numbers = known.pairs, known.edges, known.numbers
    for pair in range(state * numbers.num_actions, (state + 1) * numbers.num_actions):
        anywhere = pair_gains.free_concentration(known, pair) / numbers.num_outcomes
        total = anywhere * numbers.num_steps  # as often as all states were left
        link = pairs.first_out[pair]
        while link > 0:
            edge = link - 1
            mass = edges.count[edge] + (edges.local[edge] if numbers.has_local else 0.0)
            total += mass * _visits_of(known, edges.successor[edge])
            link = edges.next_out[edge]
        pairs.q_value[pair] = -total * pair_gains.count_weight(known, pair)


@part
def _visits_of(known, state):
    total = 0
    if known.states.kind[state] == TERMINAL:
        link = known.states.first_in[state]
        while link > 0:
            total += known.edges.count[link - 1]
            link = known.edges.next_in[link - 1]
        return total
    num_actions = known.numbers.num_actions
    for pair in range(state * num_actions, (state + 1) * num_actions):
        total += known.pairs.visits[pair]
    return total


@part
def learn(known, own, state):
    """One step of Q-learning on what the latest transition taught, if it has not been made yet.

    Q(p) += learning_rate * (paid + discount * max Q(s', .) - Q(p)), with s' the successor; after an end the state that
    the reset led to, which is the one at hand. Paid is curiosity_weight * surprise + reward_weight * reward.
    """
    pairs, numbers = known.pairs, known.numbers
    if numbers.num_steps != own.num_learnt:
        successor, num_actions = numbers.last_successor, numbers.num_actions
        if known.states.kind[successor] == TERMINAL:
            successor = state
        best = pairs.q_value[successor * num_actions]
        for pair in range(successor * num_actions, (successor + 1) * num_actions):
            best = max(best, pairs.q_value[pair])
        paid = own.curiosity_weight * numbers.last_surprise + own.reward_weight * numbers.last_reward
        error = paid + own.discount * best - pairs.q_value[numbers.last_pair]
        pairs.q_value[numbers.last_pair] += own.learning_rate * error
        own.num_learnt = numbers.num_steps
