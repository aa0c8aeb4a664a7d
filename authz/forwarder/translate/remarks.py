"""What a translation could not do as it is written, or does differently: for status, never for silence."""

from dataclasses import dataclass

from authz.model.where import Where


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """`where`: what was written. `text`: what has become of it."""

    where: Where
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"
