"""Loads every WSDL with zeep, rebuilds every sample from its values, and reads the fault.

Usage: zeep_client.py SPEC_FOLDER. Any warning of zeep is a failure.
"""

import datetime
import logging
import pathlib
import sys
import warnings

try:
    import zeep
    from lxml import etree
    from zeep.helpers import serialize_object
except ImportError as error:
    sys.exit(f"zeep is not installed in {sys.executable}: {error}")


class Refuse(logging.Handler):
    def emit(self, record):
        raise SystemExit(f"zeep warns: {record.getMessage()}")


def rebuilt(client, path):
    """The sample, parsed into zeep's values and written again by zeep."""
    sample = etree.parse(str(path)).getroot()
    element = client.get_element(sample.tag)
    value = element.parse(sample, client.wsdl.types)
    assert value is not None, path
    container = etree.Element("container")
    fields = serialize_object(value, dict)
    element.render(container, element(**fields))
    return sample, container[0]


def values(client, folder, name):
    """The arguments of an operation, taken from its sample."""
    sample = etree.parse(str(folder / "samples" / f"{name}.xml")).getroot()
    return serialize_object(client.get_element(sample.tag).parse(sample, client.wsdl.types), dict)


def canonical(element):
    for node in element.iter():
        if len(node) and not (node.text or "").strip():
            node.text = None
        node.tail = None
    fresh = etree.fromstring(etree.tostring(element))
    return [(node.tag, value(node.text)) for node in fresh.iter()]


def value(text):
    """zeep writes instants and amounts in other but equal forms."""
    if text is None:
        return None
    if text.count(":") == 3 and text[:4].isdigit():
        return datetime.datetime.fromisoformat(text)
    try:
        return float(text)
    except ValueError:
        return text


def main(folder):
    warnings.simplefilter("error", category=UserWarning)
    logging.getLogger("zeep").addHandler(Refuse(level=logging.WARNING))
    settings = zeep.Settings(strict=True)
    operations = 0
    for path in sorted(folder.glob("*.wsdl")):
        client = zeep.Client(str(path), settings=settings)
        ports = list(client.wsdl.services.values())[0].ports
        assert len(ports) == 2, (path, ports)
        for port in ports.values():
            for name, operation in port.binding._operations.items():
                for sample in (name, name + "Response"):
                    ours, theirs = rebuilt(client, folder / "samples" / f"{sample}.xml")
                    assert canonical(ours) == canonical(theirs), (sample, etree.tostring(theirs))
                envelope, _ = port.binding._create(name, (), values(client, folder, name), client=client)
                assert envelope[-1][0].tag.endswith("}" + name), etree.tostring(envelope)
                assert "GatewayFault" in operation.faults, name
                operations += 1
        fault, theirs = rebuilt(client, folder / "samples" / "GatewayFault.xml")
        assert canonical(fault) == canonical(theirs)
    print(f"{operations} bound operations understood")


main(pathlib.Path(sys.argv[1]).resolve())
