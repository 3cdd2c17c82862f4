"""Finds services as one who knows nothing but the registry's address, loads what it points to, and uses it.

Usage: registry.py COUNTRY CAPTURES TOLEM.
"""

import sys

import zeep
from stranger import SERVICES, Country, Wire

NAMES = {"bank1": "Alatau Bank", "bank2": "Saryarka Bank", "portal": "E-Government Portal"}
# What a participant may be asked at once, by whom.
QUESTIONS = {
    "bank1": ("gateway", "InquireAttempt", {"attempt": "A-never-seen"}),
    "bank2": ("gateway", "InquireAttempt", {"attempt": "A-never-seen"}),
    "portal": None,
}


def named(names, language):
    return {name.lang: name._value_1 for name in names}[language]


def main(folder, captures, _tolem):
    country = Country(folder, captures)
    wire = Wire(country.session("bank1"), lambda *_: None)
    described = f"{country.url(10)}/uddi/inquiry?wsdl"
    uddi = zeep.Client(described, transport=wire, settings=zeep.Settings(strict=True)).service

    everybody = uddi.find_business(findQualifiers={"findQualifier": ["approximateMatch"]}, name=[{"_value_1": "%"}])
    known = {named(info.name, "en"): info for info in everybody.businessInfos.businessInfo}
    for participant, name in NAMES.items():
        assert named(known[name].name, "kk"), known[name]
        [service] = uddi.find_service(businessKey=known[name].businessKey).serviceInfos.serviceInfo
        bindings = uddi.find_binding(serviceKey=service.serviceKey).bindingTemplate
        key = bindings[0].tModelInstanceDetails.tModelInstanceInfo[0].tModelKey
        [tmodel] = uddi.get_tModelDetail(tModelKey=key).tModel
        assert tmodel.overviewDoc[0].overviewURL._value_1.endswith("?wsdl"), tmodel
        point = bindings[0].accessPoint._value_1
        assert point + "?wsdl" == country.wsdl(participant), point

        client = zeep.Client(point + "?wsdl", transport=wire, settings=zeep.Settings(strict=True))
        [offered] = client.wsdl.services.values()
        assert {port.binding_options["address"] for port in offered.ports.values()} == {point}, offered
        if question := QUESTIONS[participant]:
            who, operation, fields = question
            answer = country.ask(who, participant, "Soap12", operation, **fields)
            assert answer.state == "unknown", answer
    gateway = uddi.find_service(name=[{"_value_1": "%"}], findQualifiers={"findQualifier": ["approximateMatch"]})
    keys = [info.serviceKey for info in gateway.serviceInfos.serviceInfo]
    for name in ("gateway", "card", "uddi"):
        assert f"uddi:tolem:service:{country.bin('gateway')}:{name}" in keys, keys
    for service in SERVICES:
        client = zeep.Client(country.wsdl(service), transport=wire, settings=zeep.Settings(strict=True))
        assert client.wsdl.services, service
    print(f"{len(known)} participants, {len(keys)} services")


main(*sys.argv[1:])
