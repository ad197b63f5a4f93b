"""What holds in a simulated world: its size, its effects, what confounds them, its noise. All of it a setting.

Gives     World: settings; `null()`: the same world in which nothing has any effect.
Method    an experience moves the hidden feeling (points; it fades) and the log odds of leaving (they fade as well).
          `confounding` scales how plan, usage and tenure move who meets an experience; those move leaving as well, and
          all three are recorded. `hidden` scales how the feeling itself does, which nobody records. `answering` scales
          how the feeling moves who answers a survey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from worthline.demo.chance import Chance


@dataclass(frozen=True, slots=True)
class Effect:
    """What one experience or action does to whom it happens."""

    feeling: float
    """Points of feeling, fading by a quarter a month; one point is about two on the scale of 0 to 10."""
    leaving: float
    """Log odds of leaving, beside what the feeling does; fading with the months."""


EXPERIENCES: Mapping[str, Effect] = {
    "unresolved": Effect(-0.9, 0.55),
    "long_wait": Effect(-0.35, 0.15),
    "outage": Effect(-0.5, 0.25),
    "billing_error": Effect(-0.6, 0.35),
    "late": Effect(-0.5, 0.25),
}
"""What befalls customers, by the name of the column in a month's record."""

ACTIONS: Mapping[str, Effect] = {
    "save_call": Effect(0.25, -0.7),
    "plan_text": Effect(-0.1, 0.45),
    "gift": Effect(0.0, 0.0),
    "voucher": Effect(0.1, -0.3),
}
"""What is done for customers."""


@dataclass(frozen=True)
class World:
    """One simulated company's settings."""

    customers: int = 50_000
    months: int = 24
    last_year: int = 2026
    last_month: int = 9
    seed: int = 20260930
    experiences: Mapping[str, Effect] = field(default_factory=lambda: dict(EXPERIENCES))
    actions: Mapping[str, Effect] = field(default_factory=lambda: dict(ACTIONS))
    confounding: float = 1.0
    hidden: float = 0.0
    answering: float = 0.6
    noise: float = 1.0
    without: frozenset[str] = frozenset()
    """Initiatives that never happen in this world, for what they brought."""

    @property
    def chance(self) -> Chance:
        """All chance of this world."""
        return Chance(self.seed)

    @property
    def kind(self) -> str:
        """identified: who meets an experience hangs on recorded things alone; hidden: on the feeling too."""
        return "hidden" if self.hidden else "identified"

    @property
    def is_null(self) -> bool:
        """Whether nothing has any effect."""
        every = (*self.experiences.values(), *self.actions.values())
        return all(effect == Effect(0.0, 0.0) for effect in every)

    def null(self) -> World:
        """The same world without any effect of any experience or action."""
        nothing = Effect(0.0, 0.0)
        return replace(
            self,
            experiences=dict.fromkeys(self.experiences, nothing),
            actions=dict.fromkeys(self.actions, nothing),
        )

    def month(self, number: int) -> tuple[int, int]:
        """Year and month of month `number`; 0 is the first."""
        at = self.last_year * 12 + self.last_month - 1 - (self.months - 1) + number
        return at // 12, at % 12 + 1
