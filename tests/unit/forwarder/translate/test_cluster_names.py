from authz.forwarder.translate.cluster_names import cluster_name, dns_cache_name, sni_name
from authz.model.routing.hosts import parse_host


def test_names_are_those_that_users_of_istio_know() -> None:
    host = parse_host("my-app.default.svc.cluster.local")
    assert cluster_name(host, 80, "v1") == "outbound|80|v1|my-app.default.svc.cluster.local"
    assert cluster_name(parse_host("api.external.com"), 443) == "outbound|443||api.external.com"
    assert sni_name(host, 80, "v1") == "outbound_.80_.v1_.my-app.default.svc.cluster.local"
    assert dns_cache_name(parse_host("*.a.com")) == "*.a.com_dfp_dns_cache"
