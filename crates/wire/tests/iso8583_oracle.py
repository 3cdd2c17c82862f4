"""Decodes frames with pyiso8583 and encodes them again.

Input lines: `field NUMBER ENCODING LENGTH_DIGITS MAX`, then `frame HEX`. Output: `mti MTI`, then one line
`NUMBER HEX` for each field. A frame that does not come back octet for octet is a failure.
"""

import sys

try:
    import iso8583
except ImportError as error:
    sys.exit(f"pyiso8583 is not installed in {sys.executable}: {error}")

spec = {
    "h": {"data_enc": "ascii", "len_enc": "ascii", "len_type": 0, "max_len": 0, "desc": "header"},
    "t": {"data_enc": "ascii", "len_enc": "ascii", "len_type": 0, "max_len": 4, "desc": "type"},
    "p": {"data_enc": "b", "len_enc": "ascii", "len_type": 0, "max_len": 8, "desc": "bitmap"},
    "1": {"data_enc": "b", "len_enc": "ascii", "len_type": 0, "max_len": 8, "desc": "second bitmap"},
}
binary = set()

for line in sys.stdin:
    kind, *words = line.split()
    if kind == "field":
        number, encoding, width, most = words
        spec[number] = {
            "data_enc": encoding, "len_enc": "ascii", "len_type": int(width), "max_len": int(most), "desc": number,
        }
        if encoding == "b":
            binary.add(number)
        continue
    frame = bytes.fromhex(words[0])
    decoded, _ = iso8583.decode(frame, spec)
    again, _ = iso8583.encode(decoded, spec)
    if bytes(again) != frame:
        sys.exit(f"{decoded['t']} does not come back as it was")
    print("mti", decoded["t"])
    for number in sorted((n for n in decoded if n.isdigit() and n != "1"), key=int):
        value = decoded[number]
        print(number, value.lower() if number in binary else value.encode("ascii").hex())
