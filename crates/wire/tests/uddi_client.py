"""Uses the UDDI registry as a client of others would, by zeep and the published WSDL.

Usage: uddi_client.py WSDL. Each message goes to standard output as a line of hexadecimal digits; the answer
comes back on standard input as its HTTP status and hexadecimal digits. Any warning of zeep is a failure.
"""

import logging
import sys
import warnings

try:
    import requests
    import zeep
    from lxml import etree
except ImportError as error:
    sys.exit(f"zeep is not installed in {sys.executable}: {error}")


class Refuse(logging.Handler):
    def emit(self, record):
        raise SystemExit(f"zeep warns: {record.getMessage()}")


class Pipe(zeep.Transport):
    def post(self, address, message, headers):
        assert address.startswith("https://gateway:8090/uddi/inquiry"), address
        print(message.hex(), flush=True)
        status, body = sys.stdin.readline().split()
        response = requests.Response()
        response.status_code = int(status)
        response.headers["Content-Type"] = "text/xml; charset=utf-8"
        response._content = bytes.fromhex(body)
        return response


def main(path):
    warnings.simplefilter("error", category=UserWarning)
    logging.getLogger("zeep").addHandler(Refuse(level=logging.WARNING))
    uddi = zeep.Client(path, transport=Pipe(), settings=zeep.Settings(strict=True)).service

    approximate = {"findQualifier": ["approximateMatch"]}
    found = uddi.find_business(maxRows=1, findQualifiers=approximate, name=[{"_value_1": "Alatau%", "lang": "en"}])
    assert found.listDescription.actualCount == 1 and not found.truncated, found
    bank = found.businessInfos.businessInfo[0]
    assert {name.lang: name._value_1 for name in bank.name}["kk"] == "Алатау Банк", bank

    services = uddi.find_service(businessKey=bank.businessKey).serviceInfos.serviceInfo
    assert [service.name[2]._value_1 for service in services] == ["Bank service"], services
    bindings = uddi.find_binding(serviceKey=services[0].serviceKey).bindingTemplate
    assert [b.accessPoint._value_1 for b in bindings] == ["https://alatau:8092/a&b/ws/v1/bank"] * 2, bindings
    assert bindings[0].accessPoint.useType == "endPoint", bindings

    tmodels = uddi.find_tModel(
        categoryBag={"keyedReference": [{"tModelKey": "uddi:uddi.org:wsdl:types", "keyValue": "portType"}]}
    )
    assert len(tmodels.tModelInfos.tModelInfo) == 6, tmodels
    key = bindings[0].tModelInstanceDetails.tModelInstanceInfo[0].tModelKey
    [tmodel] = uddi.get_tModelDetail(tModelKey=key).tModel
    assert tmodel.overviewDoc[0].overviewURL._value_1.endswith("?wsdl"), tmodel
    assert tmodel.overviewDoc[0].overviewURL.useType == "wsdlInterface", tmodel

    [business] = uddi.get_businessDetail(businessKey=[bank.businessKey]).businessEntity
    assert business.identifierBag.keyedReference[0].keyValue == "500140000017", business
    [service] = uddi.get_serviceDetail(serviceKey=[services[0].serviceKey]).businessService
    assert service.businessKey == bank.businessKey, service
    detail = uddi.get_bindingDetail(bindingKey=[binding.bindingKey for binding in bindings])
    assert len(detail.bindingTemplate) == 2, detail
    none = uddi.find_business(name=[{"_value_1": "nobody"}])
    assert none.businessInfos is None and none.listDescription.actualCount == 0, none

    for ask in (
        lambda: uddi.get_businessDetail(businessKey=["uddi:none"]),
        lambda: uddi.find_business(findQualifiers={"findQualifier": ["soundex"]}),
    ):
        try:
            ask()
        except zeep.exceptions.Fault as fault:
            assert fault.code.endswith(":Client"), fault.code
            report = fault.detail.find("{urn:uddi-org:api_v3}dispositionReport")
            assert report[0].get("errno") in ("10210", "10050"), etree.tostring(report)
        else:
            sys.exit("a fault was expected")


main(sys.argv[1])
