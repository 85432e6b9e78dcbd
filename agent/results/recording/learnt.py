"""What a summary says that a belief learnt, beside its figures: rules, and what rewards taught."""

from typing import Any

from ..schema import REWARD_COLUMNS


def learnt_rules(model: Any) -> dict[str, Any]:
    """Return the summary's entry `rules`: what a structured prior learnt, and whether it led; none of other priors."""
    if getattr(model, "leader", None) is None:  # also of a belief of a user's own
        return {}
    told = {"leader": model.leader, "led_since": model.led_since, "lead_nats": model.lead}
    return {"rules": told | {"lead_changes": model.lead_changes, "words": model.rules_in_words()}}


def has_reward_gain(model: Any) -> bool:
    """Return whether rewards teach something by a belief, which may be one of a user's own."""
    belief = getattr(model, "reward_belief", None)
    return belief is not None and belief.has_gain


def learnt_rewards(model: Any) -> dict[str, Any]:
    """Return the summary's entries of what was believed of rewards, and what they taught; none of other beliefs."""
    if not has_reward_gain(model):
        return {}
    gains = model.reward_information_gain, model.expected_reward_information_gain
    return {"reward_belief": repr(model.reward_belief)} | dict(zip(REWARD_COLUMNS, gains, strict=True))
