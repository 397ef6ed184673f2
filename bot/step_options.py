"""The options of a step, beside its function: typed for mypy, and checked when the step's module is imported."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, TypedDict, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from bot.facts.journey import Phase
from bot.i18n import LocalizedText

Ordering = Literal["in order", "independent"]


class StepOptions(TypedDict, total=False):
    """What `step(…)` and `combine(…)` take; `bot.step.Step` explains each field."""

    phrases: tuple[str, ...]
    ordering: Ordering
    verify_timeout: timedelta
    visible_within: timedelta
    undone_by: str
    opposite: str
    follow_up: str
    loses: LocalizedText
    monitors: bool
    optional: bool
    phases: tuple[Phase, ...]
    concerns_everybody: bool


_STRICT = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True)
_fields: dict[str, Any] = {name: (hint, None) for name, hint in get_type_hints(StepOptions).items()}
_Checked: type[BaseModel] = create_model("StepOptions", __config__=_STRICT, **_fields)


def check_options(step: str, options: Mapping[str, object]) -> None:
    """Raises `TypeError` naming the step, the option and what is wrong with it."""
    try:
        _Checked.model_validate(dict(options))
    except ValidationError as errors:
        wrong = "; ".join(f"{error['loc'][0]}={error['input']!r}: {error['msg']}" for error in errors.errors())
        raise TypeError(f"step {step}: {wrong}") from None
