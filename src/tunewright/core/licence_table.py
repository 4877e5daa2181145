"""What licences allow, by SPDX id (lower case), and the other names people write for them.

A reading of the licences' main terms for a machine to stop on, not legal advice. Where a licence leaves room, the stricter
reading stands here: an organisation that knows better declares a name of its own under ``data.use.licences``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ANYTHING, ATTRIBUTION, COPYLEFT = "anything", "attribution", "copyleft"
OWN, RESEARCH, NONCOMMERCIAL, NOTHING = "own", "research", "noncommercial", "nothing"

_FAMILIES = {
    ANYTHING: """0bsd cc0-1.0 cc-pddc cdla-permissive-2.0 dl-de-zero-2.0 mit-0 pddl-1.0 unlicense wtfpl""",
    ATTRIBUTION: """afl-3.0 apache-1.1 apache-2.0 artistic-2.0 blueoak-1.0.0 bsd-1-clause bsd-2-clause bsd-2-clause-patent
        bsd-3-clause bsd-3-clause-clear bsd-4-clause bsl-1.0 cdla-permissive-1.0 dl-de-by-2.0 etalab-2.0
        isc mit ms-pl ncsa nlod-2.0 o-uda-1.0 odc-by-1.0 ogl-uk-3.0 openssl php-3.01 postgresql psf-2.0 python-2.0
        python-2.0.1 unicode-3.0 unicode-dfs-2016 upl-1.0 w3c x11 zlib zpl-2.1
        openrail bigscience-openrail-m creativeml-openrail-m bigcode-openrail-m
        gemma llama2 llama3 llama3.1 llama3.2 llama3.3 llama4""",
    COPYLEFT: """agpl-3.0 agpl-3.0-only agpl-3.0-or-later cdla-sharing-1.0 cddl-1.0 cddl-1.1 cecill-2.1 copyleft-next-0.3.1
        epl-1.0 epl-2.0 eupl-1.1 eupl-1.2 gfdl-1.3 gfdl-1.3-only gfdl-1.3-or-later gpl-1.0 gpl-1.0-only gpl-1.0-or-later
        gpl-2.0 gpl-2.0-only gpl-2.0-or-later gpl-3.0 gpl-3.0-only gpl-3.0-or-later lgpl-2.0 lgpl-2.0-only
        lgpl-2.0-or-later lgpl-2.1 lgpl-2.1-only lgpl-2.1-or-later lgpl-3.0 lgpl-3.0-only lgpl-3.0-or-later mpl-1.1
        mpl-2.0 ms-rl odbl-1.0 osl-3.0 sspl-1.0""",
    OWN: "proprietary internal own confidential",
    RESEARCH: "c-uda-1.0 msr-la research-only academic-only llama1 licenseref-research-only",
    NONCOMMERCIAL: "polyform-noncommercial-1.0.0 prosperity-3.0.0 aladdin noncommercial licenseref-noncommercial",
    NOTHING: "none withdrawn all-rights-reserved",
}
FAMILIES: Mapping[str, str] = MappingProxyType(
    {name: family for family, names in _FAMILIES.items() for name in names.split()}
)
"""SPDX id or word -> family; Creative Commons' own licences are read by rule"""

UNSTATED = frozenset({"noassertion", "unknown", "other", "tbd", "todo", "n/a", "na", "?", "-"})
"""what says that nobody knows"""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "apache": "apache-2.0",
        "apache2": "apache-2.0",
        "apache-2": "apache-2.0",
        "apache-software-2.0": "apache-2.0",
        "asl-2.0": "apache-2.0",
        "bsd": "bsd-4-clause",
        "bsd-2": "bsd-2-clause",
        "bsd-3": "bsd-3-clause",
        "new-bsd": "bsd-3-clause",
        "simplified-bsd": "bsd-2-clause",
        "cc0": "cc0-1.0",
        "cc-zero": "cc0-1.0",
        "cc-zero-1.0": "cc0-1.0",
        "public-domain": "cc-pddc",
        "eupl": "eupl-1.2",
        "expat": "mit",
        "gplv2": "gpl-2.0",
        "gplv3": "gpl-3.0",
        "gpl": "gpl-3.0",
        "gpl-2": "gpl-2.0",
        "gpl-3": "gpl-3.0",
        "agpl": "agpl-3.0",
        "agplv3": "agpl-3.0",
        "agpl-3": "agpl-3.0",
        "lgpl": "lgpl-3.0",
        "lgplv3": "lgpl-3.0",
        "lgpl-3": "lgpl-3.0",
        "lgplv2.1": "lgpl-2.1",
        "mpl": "mpl-2.0",
        "mpl-2": "mpl-2.0",
        "mozilla-public-2.0": "mpl-2.0",
        "odbl": "odbl-1.0",
        "odc-odbl": "odbl-1.0",
        "odc-by": "odc-by-1.0",
        "open-database": "odbl-1.0",
        "pddl": "pddl-1.0",
        "psf": "psf-2.0",
        "ogl": "ogl-uk-3.0",
        "ogl-3.0": "ogl-uk-3.0",
        "non-commercial": "noncommercial",
        "noncommercial-use-only": "noncommercial",
        "non-commercial-use-only": "noncommercial",
        "for-research-only": "research-only",
        "research-use-only": "research-only",
        "own-data": "own",
        "company-confidential": "confidential",
        "internal-use-only": "internal",
    }
)
"""other ways to write an id, in the same folded form"""

HOSTS: Mapping[str, str] = MappingProxyType(
    {
        "creativecommons.org": r"/(?:licenses/(?P<cc>[a-z-]+)/(?P<version>\d\.\d)|publicdomain/(?P<zero>zero)/1\.0|"
        r"publicdomain/(?P<mark>mark)/1\.0)(?:/.*)?",
        "spdx.org": r"/licenses/(?P<id>[a-z0-9.+-]+?)(?:\.(?:html|json|txt))?/?",
        "opensource.org": r"/licen[cs]es?/(?P<id>[a-z0-9.+-]+)/?",
        "choosealicense.com": r"/licenses/(?P<id>[a-z0-9.+-]+)/?",
        "apache.org": r"/licenses/license-(?P<apache>2\.0|1\.1)(?:\.(?:txt|html))?",
        "gnu.org": r"/licenses/(?P<gnu>(?:old-licenses/)?(?:a|l)?gpl-\d\.\d)(?:[.-].*)?",
        "opendatacommons.org": r"/licenses/(?P<odc>odbl|by|pddl)(?:/.*)?",
    }
)
"""host (``www.`` taken off) -> pattern of the path, lower case; a licence's address is read only on its own host"""

ODC: Mapping[str, str] = MappingProxyType({"odbl": "odbl-1.0", "by": "odc-by-1.0", "pddl": "pddl-1.0"})
