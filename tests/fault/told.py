"""What a row of deliveries says was told, and whether it adds up."""

import json


class Told:
    """What the deliveries say, event by event."""

    def __init__(self, deliveries):
        self.bodies = {}
        self.problems = []
        self.attempts = len(deliveries)
        self.taken = set()
        for delivery in deliveries:
            known = self.bodies.setdefault(delivery.id, delivery.body)
            if known != delivery.body:
                self.problems.append(f"{delivery.id} came with two different bodies")
            if delivery.status < 300:
                self.taken.add(delivery.id)
        self.events = [json.loads(body) for body in self.bodies.values()]

    def of(self, source):
        return sorted(
            (event for event in self.events if event["source"] == source),
            key=lambda event: event["sequence"],
        )

    def check_source(self, name, final):
        events = self.of(name)
        sequences = [event["sequence"] for event in events]
        if sequences != list(range(1, len(events) + 1)):
            gaps = sorted(set(range(1, max(sequences, default=0) + 1)) - set(sequences))
            doubled = sorted({n for n in sequences if sequences.count(n) > 1})
            self.problems.append(f"{name}: lost sequences {gaps}, told under two ids {doubled}")
        state = {}
        seen = set()
        for event in events:
            data = event["data"]
            change = (data["key"], json.dumps(data["before"]), json.dumps(data["after"]))
            if change in seen:
                self.problems.append(f"{name}: {change} is told twice")
            seen.add(change)
            key = data["key"]
            if key in state and state[key] != data["before"]:
                self.problems.append(
                    f"{name}: item {key} was {state[key]}, but event {event['sequence']} "
                    f"begins at {data['before']}: a second baseline, or a change that is lost"
                )
            state[key] = data["after"]
        for key, value in state.items():
            if final.get(key) != value:
                self.problems.append(f"{name}: item {key} ends at {value}, not {final.get(key)}")

    def check(self, lists):
        for one in lists:
            self.check_source(one.name, one.items)
        missing = set(self.bodies) - self.taken
        if missing:
            self.problems.append(f"{len(missing)} events never got a 2xx: {sorted(missing)[:5]}")
        return self.problems
