"""Where an endpoint runs: `REGION/ZONE/SUBZONE`.

Source: istio/istio pilot/pkg/model/service.go, Locality; pkg/util/protoconv and pilot/pkg/networking/util/util.go,
ConvertLocality.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Locality:
    """What is not known is empty."""

    region: str = ""
    zone: str = ""
    sub_zone: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.region, self.zone, self.sub_zone) if part)


NO_LOCALITY = Locality()


def parse_locality(text: str) -> Locality:
    """Read `REGION`, `REGION/ZONE` or `REGION/ZONE/SUBZONE`; what follows a third slash counts nothing."""
    region, zone, sub_zone, *_ = (*text.split("/"), "", "", "")
    return Locality(region, zone, sub_zone)
