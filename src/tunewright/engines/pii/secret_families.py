"""Forms of keys and tokens by vendor: a literal beginning that must occur, and the pattern.

Forms follow the vendors' documentation of their token formats, checked against the public rules of secret scanners.
``sure`` is the confidence of a match; families whose form is loose have less and wait for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_B, _E = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
_BD, _ED = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_-])"
_HEX = "[0-9a-f]"
_UUID = _HEX + "{8}-" + _HEX + "{4}-" + _HEX + "{4}-" + _HEX + "{4}-" + _HEX + "{12}"


@dataclass(frozen=True, slots=True)
class Family:
    """One form of one vendor's secrets."""

    name: str
    literals: tuple[str, ...]
    """one of them stands in every match"""
    pattern: re.Pattern[str]
    sure: float = 0.97


def _family(name: str, literals: str, pattern: str, sure: float = 0.97, flags: int = 0) -> Family:
    return Family(name, tuple(literals.split()), re.compile(pattern, flags), sure)


_AWS = "AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA|AIPA|ABIA|ACCA"

FAMILIES: tuple[Family, ...] = (
    # clouds
    _family("aws_access_key", _AWS.replace("|", " "), _B + f"(?:{_AWS})[A-Z0-9]{{16}}" + _E),
    _family("aws_bedrock_key", "ABSK bedrock-api-key-", _B + r"(?:ABSK[A-Za-z0-9+/]{100,280}={0,2}|bedrock-api-key-[A-Za-z0-9+/=_-]{20,400})"),
    _family("google_api_key", "AIza", _B + r"AIza[A-Za-z0-9_-]{35}" + _ED),
    _family("google_oauth", "ya29. GOCSPX-", _B + r"(?:ya29\.[A-Za-z0-9_-]{20,400}|GOCSPX-[A-Za-z0-9_-]{20,40})"),
    _family("google_refresh_token", "1//0", _B + r"1//0[A-Za-z0-9_-]{40,140}" + _ED),
    _family("gcp_service_account", "private_key_id", r"[\"']private_key_id[\"']\s{0,4}:\s{0,4}[\"']" + _HEX + r"{40}[\"']"),
    _family("azure_storage_key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{40,100}={0,2}"),
    _family("azure_service_bus_key", "SharedAccessKey=", r"SharedAccessKey=[A-Za-z0-9+/]{40,60}={0,2}"),
    _family("azure_client_secret", "Q~", r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~-])"),
    _family("azure_sas", "sig= sv=", r"[?&]sv=[0-9-]{10}&[A-Za-z0-9%&=:._+-]{10,400}sig=[A-Za-z0-9%+/]{40,90}={0,2}"),
    _family("azure_devops_token", "AZDO", _B + r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}" + _E),
    _family("digitalocean_token", "do", _B + f"do[oprt]_v1_{_HEX}{{64}}" + _E),
    _family("heroku_key", "HRKU-", _B + r"HRKU-(?:" + _UUID + r"|[A-Za-z0-9_-]{50,70})" + _ED),
    _family("alibaba_key", "LTAI", _B + r"LTAI[A-Za-z0-9]{17,21}" + _E),
    _family("ibm_key", "ApiKey-", _B + r"ApiKey-" + _UUID + _E),
    _family("flyio_token", "fo1_ fm1r_ fm2_", _B + r"(?:fo1_[A-Za-z0-9_-]{43}|fm1[ar]_[A-Za-z0-9+/]{100,500}={0,3}|fm2_[A-Za-z0-9+/]{100,500}={0,3})"),
    _family("vercel_token", "vcp_ vci_ vca_ vcr_ vck_", _B + r"vc[piark]_[A-Za-z0-9]{24,64}" + _E),
    _family("netlify_token", "nfp_", _B + r"nfp_[A-Za-z0-9]{36,44}" + _E),
    _family("scaleway_key", "SCW", _B + r"SCW[A-Z0-9]{17}" + _E),
    # code and packages
    _family("github_token", "ghp_ gho_ ghu_ ghs_ ghr_", _B + r"gh[pousr]_[A-Za-z0-9]{36,255}" + _E),
    _family("github_token", "github_pat_", _B + r"github_pat_[A-Za-z0-9_]{22,255}" + _E),
    _family("gitlab_token", "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glimt- glagent- gloas- glffct-",
            _B + r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|imt|agent|oas|ffct)-[A-Za-z0-9_.-]{20,64}"),
    _family("bitbucket_token", "ATBB", _B + r"ATBB[A-Za-z0-9]{32}" + _E),
    _family("atlassian_token", "ATATT3 ATCTT3", _B + r"AT[AC]TT3[A-Za-z0-9_=-]{180,200}"),
    _family("npm_token", "npm_", _B + r"npm_[A-Za-z0-9]{36}" + _E),
    _family("pypi_token", "pypi-", _B + r"pypi-[A-Za-z0-9_-]{50,400}"),
    _family("rubygems_key", "rubygems_", _B + f"rubygems_{_HEX}{{48}}" + _E),
    _family("crates_token", "cio", _B + r"cio[A-Za-z0-9]{32}" + _E, 0.9),
    _family("nuget_key", "oy2", _B + r"oy2[a-z0-9]{43}" + _E),
    _family("docker_token", "dckr_", _B + r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,40}" + _ED),
    _family("jfrog_token", "AKCp", _B + r"AKCp[A-Za-z0-9]{69,80}" + _E),
    _family("sonar_token", "sqp_ squ_ sqa_", _B + f"sq[pua]_{_HEX}{{40}}" + _E),
    _family("snyk_token", "snyk_", _B + r"snyk_(?:uat|sat)\.[A-Za-z0-9]{8}\.[A-Za-z0-9_-]{20,400}"),
    _family("clojars_token", "CLOJARS_", _B + r"CLOJARS_[A-Za-z0-9]{60}" + _E, flags=re.IGNORECASE),
    # chat and mail
    _family("slack_token", "xox", _B + r"xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,250}"),
    _family("slack_token", "xapp-", _B + r"xapp-[0-9]-[A-Za-z0-9-]{20,250}"),
    _family("slack_webhook", "hooks.slack.com", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9_/+-]{20,120}"),
    _family("discord_token", ".", r"(?<![A-Za-z0-9_.-])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}(?![A-Za-z0-9_.-])"),
    _family("discord_webhook", "/api/webhooks/", r"https://(?:[a-z]{3,8}\.)?discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,70}"),
    _family("teams_webhook", "webhook.office.com", r"https://[A-Za-z0-9-]{1,60}\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{80,250}"),
    _family("telegram_token", ":AA", r"(?<![0-9A-Za-z])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}" + _ED),
    _family("sendgrid_key", "SG.", _B + r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
    _family("mailgun_key", "key-", _B + r"key-[0-9a-z]{32}" + _E),
    _family("mailchimp_key", "-us", _B + _HEX + r"{32}-us[0-9]{1,2}" + _E),
    _family("brevo_key", "xkeysib- xsmtpsib-", _B + f"x(?:key|smtp)sib-{_HEX}{{64}}-[A-Za-z0-9]{{16}}" + _E),
    _family("resend_key", "re_", _B + r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,28}" + _E),
    _family("postmark_or_uuid_key", "X-Postmark-Server-Token", r"X-Postmark-Server-Token:? {0,2}" + _UUID),
    _family("twilio_key", "AC SK", _B + r"(?:AC|SK)[0-9a-f]{32}" + _E),
    # money
    _family("stripe_key", "k_live_ k_test_", _B + r"[psr]k_(?:live|test)_[A-Za-z0-9]{16,247}" + _E),
    _family("stripe_key", "whsec_", _B + r"whsec_[A-Za-z0-9+/=]{24,120}"),
    _family("square_token", "EAAA sq0", _B + r"(?:EAAA[A-Za-z0-9_-]{60}|sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43})" + _ED),
    _family("paypal_token", "access_token$", r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$" + _HEX + "{32}"),
    _family("shopify_token", "shp", _B + r"shp(?:at|ca|pa|ss|tka)_[0-9a-fA-F]{32}" + _E),
    _family("plaid_token", "access-", _B + r"access-(?:sandbox|development|production)-" + _UUID + _E),
    _family("razorpay_key", "rzp_", _B + r"rzp_(?:live|test)_[A-Za-z0-9]{14,20}" + _E),
    _family("flutterwave_key", "FLW", _B + r"FLW(?:PUBK|SECK)(?:_TEST)?-[0-9a-z]{12,40}-X" + _E, flags=re.IGNORECASE),
    _family("coinbase_key", "organizations/", r"organizations/" + _UUID + "/apiKeys/" + _UUID),
    # models
    _family("openai_key", "sk-", _B + r"sk-(?:(?:proj|svcacct|admin|ant-api[0-9]{2}|ant-admin[0-9]{2}|ant-oat[0-9]{2}|ant|or-v1|lf)-)?[A-Za-z0-9_-]{20,250}"),
    _family("hugging_face_token", "hf_ api_org_", _B + r"(?:hf|api_org)_[A-Za-z0-9]{30,60}" + _E),
    _family("replicate_token", "r8_", _B + r"r8_[A-Za-z0-9]{37}" + _E),
    _family("groq_key", "gsk_", _B + r"gsk_[A-Za-z0-9]{48,56}" + _E),
    _family("perplexity_key", "pplx-", _B + r"pplx-[A-Za-z0-9]{32,64}" + _E),
    _family("xai_key", "xai-", _B + r"xai-[A-Za-z0-9]{70,90}" + _E),
    _family("langchain_key", "lsv2_", _B + r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}" + _E),
    _family("fireworks_key", "fw_", _B + r"fw_[A-Za-z0-9]{20,40}" + _E, 0.9),
    _family("pinecone_key", "pcsk_", _B + r"pcsk_[A-Za-z0-9]{5,8}_[A-Za-z0-9]{50,70}" + _E),
    _family("nvidia_key", "nvapi-", _B + r"nvapi-[A-Za-z0-9_-]{60,72}" + _ED),
    # operations
    _family("datadog_key", "DD_ dd_ datadog", r"(?:DD_|dd_|datadog_?)(?:API|APP|APPLICATION)_?KEY[\"']?\s{0,2}[:=]\s{0,2}[\"']?[0-9a-f]{32,40}" + _E, flags=re.IGNORECASE),
    _family("datadog_key", "ddapi ddp_ pub", _B + r"(?:ddapi_[A-Za-z0-9]{34,40}|ddp_[A-Za-z0-9]{36})" + _E),
    _family("new_relic_key", "NRAK- NRJS- NRII- NRRA- NRAL", _B + r"(?:NRAK-[A-Z0-9]{27}|NRJS-[0-9a-f]{19}|NRII-[A-Za-z0-9_-]{32}|NRRA-[0-9a-f]{42}|[0-9a-f]{36}NRAL)" + _E),
    _family("grafana_token", "glsa_ glc_", _B + r"(?:glsa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}|glc_[A-Za-z0-9+/]{32,400}={0,3})"),
    _family("sentry_token", "sntrys_ sntryu_", _B + r"(?:sntryu_[0-9a-f]{64}|sntrys_eyJ[A-Za-z0-9+/=_-]{40,400})"),
    _family("sentry_dsn", ".ingest.", r"https://[0-9a-f]{32}(?::[0-9a-f]{32})?@[a-z0-9.-]{1,60}\.ingest\.(?:[a-z]{2}\.)?sentry\.io/[0-9]{1,20}"),
    _family("pagerduty_key", "pdus+_ pdeu+_", r"(?<![A-Za-z0-9])pd(?:us|eu)\+_[A-Za-z0-9+_-]{20,40}"),
    _family("vault_token", "hvs. hvb. hvr.", _B + r"hv[sbr]\.[A-Za-z0-9_-]{24,300}"),
    _family("terraform_token", ".atlasv1.", _B + r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    _family("pulumi_token", "pul-", _B + r"pul-[0-9a-f]{40}" + _E),
    _family("doppler_token", "dp.", _B + r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}" + _E),
    _family("databricks_token", "dapi", _B + r"dapi[0-9a-f]{32}(?:-[0-9])?" + _E),
    _family("dynatrace_token", "dt0", _B + r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}" + _E),
    _family("planetscale_token", "pscale_", _B + r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}"),
    _family("supabase_key", "sbp_ sb_secret_", _B + r"(?:sbp_[0-9a-f]{40}|sb_secret_[A-Za-z0-9_-]{20,60})" + _ED),
    _family("tailscale_key", "tskey-", _B + r"tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,48}" + _E),
    _family("cloudflare_key", "v1.0-", _B + r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}" + _E),
    _family("fastly_or_cloudflare_token", "cfut_ cfat_ cfk_", _B + r"cf(?:ut|at|k)_[A-Za-z0-9_-]{36,60}" + _ED),
    _family("buildkite_token", "bkua_", _B + r"bkua_[0-9a-f]{40}" + _E),
    _family("launchdarkly_key", "sdk- api- mob-", _B + r"(?:sdk|api|mob)-" + _UUID + _E),
    _family("teleport_or_age_key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    _family("onepassword_token", "ops_eyJ A3-", _B + r"(?:ops_eyJ[A-Za-z0-9+/=_-]{200,1200}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})"),
    # work
    _family("linear_key", "lin_", _B + r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}" + _E),
    _family("notion_token", "ntn_ secret_", _B + r"(?:ntn_[0-9A-Za-z]{40,50}|secret_[A-Za-z0-9]{43})" + _E),
    _family("figma_token", "figd_ figu_ figo_", _B + r"fig[duo](?:r|h)?_[A-Za-z0-9_-]{40,50}" + _ED),
    _family("airtable_token", "pat", _B + r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}" + _E),
    _family("asana_token", "/", _B + r"[12]/[0-9]{13,20}(?:/[0-9]{13,20})?:[0-9a-f]{32}" + _E),
    _family("postman_key", "PMAK-", _B + r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}" + _E),
    _family("typeform_token", "tfp_", _B + r"tfp_[A-Za-z0-9_.=-]{44,70}"),
    _family("contentful_token", "CFPAT-", _B + r"CFPAT-[A-Za-z0-9_-]{43}" + _ED),
    _family("hubspot_token", "pat-", _B + r"pat-(?:na|eu|ap)[0-9]-" + _UUID + _E),
    _family("intercom_or_dropbox_token", "sl.", _B + r"sl\.(?:u\.)?[A-Za-z0-9_-]{100,1200}"),
    _family("zapier_webhook", "hooks.zapier.com", r"https://hooks\.zapier\.com/hooks/catch/[0-9]{4,12}/[A-Za-z0-9]{5,20}"),
    _family("readme_key", "rdme_", _B + r"rdme_[a-z0-9]{70}" + _E),
    _family("duffel_or_easypost_key", "duffel_ EZAK EZTK", _B + r"(?:duffel_(?:test|live)_[A-Za-z0-9_=-]{43}|EZ[AT]K[A-Za-z0-9]{54})" + _E),
    _family("mapbox_token", "sk.eyJ pk.eyJ", _B + r"[sp]k\.eyJ[A-Za-z0-9_-]{40,200}\.[A-Za-z0-9_-]{20,30}" + _ED),
    # social
    _family("facebook_token", "EAA", _B + r"EAA[A-Za-z0-9]{90,400}" + _E),
    _family("twitter_bearer", "AAAAAAAAAAAAAA", _B + r"A{14,30}[A-Za-z0-9%]{60,120}" + _E),
    _family("instagram_token", "IGQ IGAA", _B + r"IG(?:QV|QW|AA)[A-Za-z0-9_-]{60,250}"),
    _family("linkedin_token", "AQ", _B + r"AQ[A-Z][A-Za-z0-9_-]{150,500}" + _ED, 0.9),
    _family("twitch_token", "oauth:", r"(?<![A-Za-z0-9])oauth:[a-z0-9]{30}" + _E),
    # forms of many
    _family("jwt", "eyJ", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,2000}"),
    _family("private_key", "PRIVATE", r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:"
            r"(?:[^-]|-(?!----)){16,8000}-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
            r"|(?:(?:\s|\\[nr]){0,4}[A-Za-z0-9+/=]{32,100}){1,200})"),
    _family("putty_key", "PuTTY-User-Key-File", r"PuTTY-User-Key-File-[23]: [^\n]{3,40}\n[^\0]{60,6000}Private-MAC: [0-9a-f]{40,64}"),
    _family("basic_auth", "asic ", r"(?<![A-Za-z])(?:Authorization|authorization)[\"']?:? {0,2}[\"']?[Bb]asic [A-Za-z0-9+/]{8,400}={0,2}"),
    _family("bearer", "earer ", r"(?<![A-Za-z])(?:Authorization|authorization)[\"']?:? {0,2}[\"']?[Bb]earer [A-Za-z0-9_.~+/=-]{16,2000}"),
    _family("connection_string", "assword= Pwd= PWD= pwd=",
            r"(?:[Ss]erver|[Dd]ata [Ss]ource|[Hh]ost|[Uu]ser [Ii]d|[Uu]id)=[^;\n\"']{1,120};(?:[^;\n\"']{1,120};){0,12}?(?:[Pp]assword|[Pp]wd|PWD)=[^;\n\"']{3,120}"),
    _family("netrc", "machine", _B + r"machine [^\s]{1,100}\s{1,4}login [^\s]{1,100}\s{1,4}password [^\s]{1,100}"),
)  # fmt: skip
