"""Ctrl-C at a certain moment of many lives."""


def interrupt_after(number, monkeypatch):
    """Let Ctrl-C be seen once so many lives are finished."""

    def as_finished(futures, interruption):
        wanted = list(futures)[:number]
        for future in wanted:
            future.result()
        interruption.requested = True
        return wanted

    monkeypatch.setattr("agent.experiments.executors.as_finished", as_finished)
