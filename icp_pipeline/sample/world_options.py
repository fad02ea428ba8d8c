"""The options of a made-up world."""

from dataclasses import dataclass

# Above this share of customers every account would have been sold to, and there would be no market left to score.
_LARGEST_SHARE = 0.4


@dataclass(frozen=True)
class World:
    """The options; the defaults plant every trait at full strength, without an interaction."""

    # Multiplies every planted effect; 0 makes a market in which no trait has an effect.
    signal: float = 1.0
    # Plants a bonus for software companies that use Salesforce, beyond the effects of the two traits.
    interaction: bool = False
    # Writes a field that is filled after the sale and reveals how the customer turned out.
    leak: bool = True
    # The share of accounts that become customers.
    customers_share: float = 0.25
    # The share of accounts for which a trait is unknown in every system.
    missing: float = 0.10

    def __post_init__(self) -> None:
        for name in ("customers_share", "missing"):
            if not 0 <= getattr(self, name) <= _LARGEST_SHARE:
                raise ValueError(f"World.{name} is {getattr(self, name)}: expected a share from 0 to {_LARGEST_SHARE}")
        if self.signal < 0:
            raise ValueError(f"World.signal is {self.signal}: expected 0 (none), 1 (planted) or any other factor")
