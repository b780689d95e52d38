"""Bytes to text, whatever charset a mail claims for them."""

import codecs
import re

# Text encodings of mail. Not here: codecs that are no charsets, or take time that grows with the square of the input.
CHARSETS = re.compile(
    r"ascii|utf-(8|16|32)(-sig|-le|-be)?|iso8859-\d+|iso2022_\w+|cp\d+|mac-\w+|koi8-\w|big5(hkscs)?|gb2312|gbk|gb18030|hz"
    r"|euc_\w+|shift_jis\w*|johab|tis-620|ptcp154|kz1048"
)


def decoded(content: bytes, claimed: str) -> str:
    """The text; a claim that is unknown or wrong is passed over for UTF-8, then for the Western one that takes all."""
    for name in (_known(claimed), "utf-8"):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, UnicodeError):
            continue
    return content.decode("cp1252", "replace")


def _known(claimed: str) -> str:
    try:
        name = codecs.lookup(claimed[:40].encode("ascii", "replace").decode()).name
    except (LookupError, ValueError):
        return "utf-8"
    return name if CHARSETS.fullmatch(name) else "utf-8"
