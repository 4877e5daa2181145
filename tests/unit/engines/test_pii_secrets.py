"""Every family of keys: one made-up key in the vendor's documented form is found, one that is too short is not.

Put together at run time so that no secret scanner stumbles over this file. In a template ``{a36}`` stands for 36 letters
and digits, ``A`` capitals and digits, ``h`` hexadecimal, ``d`` digits, ``b`` base64url, ``u`` a UUID.
"""

from __future__ import annotations

import random
import re

import pytest

from tunewright.engines.pii.patterns import PatternDetector
from tunewright.engines.pii.secret_families import FAMILIES

detector = PatternDetector()
_POOLS = {
    "a": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "l": "abcdefghijklmnopqrstuvwxyz0123456789",
    "h": "0123456789abcdef",
    "H": "0123456789abcdef",
    "d": "0123456789",
    "b": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
}
TEMPLATES = [
    ("aws_access_key", "AK#IA{A16}"), ("aws_access_key", "AS#IA{A16}"), ("aws_bedrock_key", "AB#SK{a128}"),
    ("google_api_key", "AI#za{a35}"), ("google_oauth", "ya#29.{b60}"), ("google_oauth", "GOC#SPX-{b28}"),
    ("google_refresh_token", "1/#/0{b60}"), ("gcp_service_account", '"private#_key_id": "{h40}"'),
    ("azure_storage_key", "Account#Key={a86}=="), ("azure_service_bus_key", "SharedAccess#Key={a43}="),
    ("azure_client_secret", "{a3}8#Q~{a34}"), ("azure_sas", "?sv=2022-11-02&ss=b&srt=sco&sp=rl&se=2030-01-01&#sig={a43}%3D"),
    ("azure_devops_token", "{a76}AZ#DO{a4}"), ("digitalocean_token", "dop#_v1_{h64}"), ("heroku_key", "HR#KU-{u}"),
    ("alibaba_key", "LT#AI{a20}"), ("ibm_key", "Api#Key-{u}"), ("flyio_token", "fo1#_{a43}"), ("vercel_token", "vcp#_{a24}"),
    ("netlify_token", "nfp#_{a40}"), ("scaleway_key", "SC#W{A17}"), ("github_token", "gh#p_{a36}"), ("github_token", "gh#s_{a36}"),
    ("github_token", "github#_pat_{a22}_{a59}"), ("gitlab_token", "gl#pat-{b20}"), ("bitbucket_token", "AT#BB{a32}"),
    ("atlassian_token", "ATAT#T3{b180}=1A2B3C4D"), ("npm_token", "np#m_{a36}"), ("pypi_token", "py#pi-{b160}"),
    ("rubygems_key", "ruby#gems_{h48}"), ("crates_token", "ci#o{a32}"), ("nuget_key", "oy#2{l43}"), ("docker_token", "dckr#_pat_{b27}"),
    ("jfrog_token", "AK#Cp{a69}"), ("sonar_token", "sq#p_{h40}"), ("snyk_token", "snyk#_uat.{a8}.{b40}"),
    ("clojars_token", "CLO#JARS_{l60}"), ("slack_token", "xo#xb-2401234567-2409876543-{a24}"), ("slack_token", "xa#pp-1-A012BCDEF-{d13}-{h64}"),
    ("slack_webhook", "https://hooks.#slack.com/services/T024BE7LD/B0B1C2D3E/{a24}"),
    ("discord_token", "MT#k{a23}.{a6}.{a38}"), ("discord_webhook", "https://discord.#com/api/webhooks/{d18}/{a68}"),
    ("teams_webhook", "https://corp.#webhook.office.com/webhookb2/{u}@{u}/IncomingWebhook/{h32}/{u}"),
    ("telegram_token", "123456789:A#A{a33}"), ("sendgrid_key", "S#G.{a22}.{a43}"), ("mailgun_key", "key#-{h32}"),
    ("mailchimp_key", "{h32}-#us12"), ("brevo_key", "xkey#sib-{h64}-{a16}"), ("resend_key", "re#_{a8}_{a24}"),
    ("postmark_or_uuid_key", "X-Postmark-#Server-Token: {u}"), ("twilio_key", "A#C{h32}"), ("twilio_key", "S#K{h32}"),
    ("stripe_key", "sk#_live_{a24}"), ("stripe_key", "rk#_test_{a24}"), ("stripe_key", "wh#sec_{a32}"), ("square_token", "EA#AA{a60}"),
    ("square_token", "sq0#atp-{a22}"), ("paypal_token", "access#_token$production${l16}${h32}"), ("shopify_token", "shp#at_{h32}"),
    ("plaid_token", "access#-sandbox-{u}"), ("razorpay_key", "rzp#_live_{a14}"), ("flutterwave_key", "FLW#SECK-{h32}-X"),
    ("coinbase_key", "organi#zations/{u}/apiKeys/{u}"), ("openai_key", "s#k-{a48}"), ("openai_key", "s#k-proj-{b120}"),
    ("openai_key", "s#k-ant-api03-{b93}AA"), ("hugging_face_token", "h#f_{a34}"), ("replicate_token", "r#8_{a37}"),
    ("groq_key", "gs#k_{a52}"), ("perplexity_key", "pp#lx-{a48}"), ("xai_key", "xa#i-{a80}"), ("langchain_key", "lsv2#_pt_{h32}_{h10}"),
    ("fireworks_key", "fw#_{a24}"), ("pinecone_key", "pcsk#_{a6}_{a63}"), ("nvidia_key", "nv#api-{b64}"),
    ("datadog_key", "DD_API#_KEY={h32}"), ("datadog_key", "ddp#_{a36}"), ("new_relic_key", "NR#AK-{A27}"), ("grafana_token", "gl#sa_{a32}_{h8}"),
    ("grafana_token", "gl#c_eyJ{a60}"), ("sentry_token", "sntry#u_{h64}"), ("sentry_token", "sntry#s_eyJ{a100}"),
    ("sentry_dsn", "https://{h32}@o123.#ingest.sentry.io/4501"), ("pagerduty_key", "pdus#+_{a20}"), ("vault_token", "hv#s.{b90}"),
    ("terraform_token", "{a14}.#atlasv1.{b67}"), ("pulumi_token", "pu#l-{h40}"), ("doppler_token", "d#p.pt.{a43}"),
    ("databricks_token", "da#pi{h32}"), ("dynatrace_token", "dt0#c01.{A24}.{A64}"), ("planetscale_token", "pscale#_tkn_{a43}"),
    ("supabase_key", "sb#p_{h40}"), ("tailscale_key", "ts#key-auth-{a12}-{a32}"), ("cloudflare_key", "v1.#0-{h24}-{h146}"),
    ("fastly_or_cloudflare_token", "cf#ut_{a40}"), ("buildkite_token", "bk#ua_{h40}"), ("launchdarkly_key", "sd#k-{u}"),
    ("teleport_or_age_key", "AGE-SECRET-#KEY-1{A58}"), ("onepassword_token", "A#3-{A6}-{A11}-{A5}-{A5}-{A5}"),
    ("linear_key", "lin#_api_{a40}"), ("notion_token", "nt#n_{a46}"), ("notion_token", "secret#_{a43}"), ("figma_token", "fig#d_{b40}"),
    ("airtable_token", "pa#t{a14}.{h64}"), ("asana_token", "1/#{d16}:{h32}"), ("postman_key", "PM#AK-{h24}-{h34}"),
    ("typeform_token", "tf#p_{a59}"), ("contentful_token", "CF#PAT-{b43}"), ("hubspot_token", "pa#t-na1-{u}"),
    ("intercom_or_dropbox_token", "s#l.{b130}"), ("zapier_webhook", "https://hooks.#zapier.com/hooks/catch/{d7}/{a7}"),
    ("readme_key", "rd#me_{l70}"), ("duffel_or_easypost_key", "duffel#_live_{b43}"), ("mapbox_token", "s#k.eyJ{b60}.{b22}"),
    ("facebook_token", "EA#A{a120}"), ("twitter_bearer", "AAAAAAAAAAAA#AAAAAAAAAA{a80}"), ("instagram_token", "IG#QV{b100}"),
    ("linkedin_token", "AQ#V{b180}"), ("twitch_token", "oa#uth:{l30}"), ("jwt", "ey#J{b20}.eyJ{b30}.{b43}"),
    ("private_key", "-----BEGIN RSA PRIVATE #KEY-----\n{a64}\n{a64}\n-----END RSA PRIVATE KEY-----"),
    ("private_key", "-----BEGIN OPENSSH PRIVATE #KEY-----\n{a64}\n{a40}\n"),
    ("putty_key", "PuTTY-User-Key-#File-3: ssh-ed25519\nEncryption: none\nComment: k\nPublic-Lines: 2\n{a64}\n{a24}\nPrivate-MAC: {h64}"),
    ("basic_auth", "Authorization: Ba#sic {a24}=="), ("bearer", "Authorization: Bea#rer {b40}"),
    ("connection_string", "Server=db.example.org;Database=crm;User Id=app;Pass#word={a14}"),
    ("netrc", "machine api.example.org login app pass#word {a14}"),
]  # fmt: skip


def made(template: str, seed: str) -> str:
    rng = random.Random(seed)

    def part(match: re.Match[str]) -> str:
        if match.group(1) == "u":
            return "-".join(
                "".join(rng.choice(_POOLS["h"]) for _ in range(size)) for size in (8, 4, 4, 4, 12)
            )
        return "".join(rng.choice(_POOLS[match.group(1)]) for _ in range(int(match.group(2))))

    return re.sub(r"\{([A-Za-z])([0-9]*)\}", part, template.replace("#", ""))


def secrets_in(text: str, least: float = 0.85) -> list[str]:
    return [
        text[f.start : f.end]
        for f in detector.detect([text])[0]
        if f.kind == "secret" and f.confidence >= least
    ]


@pytest.mark.parametrize(
    ("family", "template"), TEMPLATES, ids=[f"{n}-{t[0]}" for n, t in enumerate(TEMPLATES)]
)
def test_a_key_of_the_family_is_found_whole(family, template):
    for seed in ("1", "2", "3"):
        value = made(template, family + seed)
        for frame in ("it fails (debug: {}) since today", "{}", "see\n{}\nplease", 'x = "{}"'):
            text = frame.replace("{}", value)
            found = secrets_in(text)
            assert len(found) == 1, (family, frame)
            assert found[0].strip("?&\"'\n") in value or value in found[0]
            assert len(found[0]) >= 0.85 * len(value.strip())


LOOSE = {"azure_sas", "zapier_webhook", "netrc", "connection_string", "basic_auth", "putty_key", "private_key", "slack_token",
         "jwt", "gcp_service_account", "datadog_key", "discord_webhook", "teams_webhook", "asana_token", "mailchimp_key",
         "notion_token", "coinbase_key", "sentry_dsn", "slack_webhook", "postmark_or_uuid_key", "bearer"}  # fmt: skip
"""families whose value is of any length, or that other rules (named values, URLs with a password) find shorter, too"""


@pytest.mark.parametrize(
    ("family", "template"),
    [item for item in TEMPLATES if item[0] not in LOOSE],
    ids=[f"{n}-{t[0]}" for n, t in enumerate(t for t in TEMPLATES if t[0] not in LOOSE)],
)
def test_a_near_miss_is_nothing(family, template):
    """The first half of a key's random part is missing, or a letter before it changes."""
    patterns = [f.pattern for f in FAMILIES if f.name == family]
    value = made(template, family)
    letters = re.match(r"[^{#]*#?[^{]*", template).group().replace("#", "")
    near = value[: len(letters) + 6]
    assert not any(pattern.search(near) for pattern in patterns)
    assert secrets_in(f"it fails (debug {near}) since today") == []


@pytest.mark.parametrize("family", sorted({family.name for family in FAMILIES}))
def test_every_family_has_a_template(family):
    assert family in {name for name, _ in TEMPLATES}


def test_there_are_many_families():
    assert len({family.name for family in FAMILIES}) >= 90


@pytest.mark.parametrize("family", FAMILIES, ids=[f"{n}-{f.name}" for n, f in enumerate(FAMILIES)])
def test_literals_stand_in_every_match(family):
    """The literal is the door: a template that the pattern takes without it would never be tried."""
    for name, template in TEMPLATES:
        value = made(template, name)
        if family.pattern.search(value):
            assert any(literal in value for literal in family.literals)


@pytest.mark.parametrize(
    "text",
    [
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx is an example",
        "risk-free-and-something-long-enough-to-look-like-1",
        "task-management-for-teams-that-work-remotely",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 broke it",
        "the md5 is d41d8cd98f00b204e9800998ecf8427e",
        "request id 7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "key-value-stores-and-document-stores-compared-2024",
        "SKU12345678 and ACCOUNT are words",
        "https://example.org/a/very/long/path/with/many/parts/index.html?utm_source=newsletter",
        "patience.is.a.virtue and pat yourself on the back",
        "the api key does not work, my token expired",
        "password must have 8 characters",
        "reset password link expired yesterday",
    ],
)
def test_no_secret(text):
    assert secrets_in(text, 0.4) == []
