"""What other detectors call things, in our words. A label that stands for nothing personal has no entry."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TABLE = {
    "person": """person per patient hcw doctor staff name firstname lastname middlename givenname surname first_name
        last_name middle_name given_name full_name fullname username user_name person_name b_per""",
    "place": """gpe loc location city state county country fac facility hospital place zip zipcode zip_code postcode
        nearbygpscoordinate city_name state_name location_city location_state location_country location_zip""",
    "address": """address street street_address streetaddress buildingnum buildingnumber secondaryaddress
        building_number location_address location_street""",
    "organisation": "org organization organisation company companyname company_name vendor employer corporation",
    "title": "title prefix jobtitle job_title jobtype job occupation profession",
    "age": "age",
    "nationality": "norp nrp nationality ethnicity religion political",
    "date": "date date_time datetime time dates",
    "date_of_birth": "dob dateofbirth date_of_birth birthdate birth_date",
    "card": "credit_card creditcard creditcardnumber credit_card_number card_number maskednumber debit_card",
    "iban": "iban iban_code iban_number",
    "email": "email email_address e_mail",
    "ssn": "us_ssn ssn socialnum socialnumber social_security_number us_itin",
    "ip": "ip ip_address ipv4 ipv6 ipaddress ip_addr",
    "mac": "mac mac_address macaddress",
    "phone": "phone phone_number phonenumber telephonenum telephone tel fax fax_number phoneimei",
    "secret": "secret password api_key apikey token crypto_key pass credential access_key private_key",
    "passport": "passport us_passport passportnum passport_number in_passport uk_passport it_passport",
    "driving_licence": """driver_license us_driver_license driverlicensenum driverlicense drivers_license it_driver_license
        driver_license_number""",
    "plate": """license_plate licenseplate vehiclevrm in_vehicle_registration vehicle_registration number_plate
        uk_vehicle_registration""",
    "medical_record": "medical_license medical_record mrn medical_record_number us_mbi health_plan patient_id",
    "bank_account": """us_bank_number bank_account accountnum accountnumber account_number bic swift routing_number
        aba_routing_number bank_routing_number""",
    "national_id": """national_id idcardnum idcard taxnum tax_number uk_nhs uk_nino es_nif es_nie it_fiscal_code
        it_vat_code it_identity_card pl_pesel sg_nric_fin sg_uen au_tfn au_medicare au_abn au_acn in_pan
        in_aadhaar fi_personal_identity_code kr_rrn in_voter th_tnin tax_id national_identification_number
        se_personnummer br_cpf de_tax_id""",
}  # fmt: skip

_KIND = {label: kind for kind, labels in _TABLE.items() for label in labels.split()}
OUR_KINDS = frozenset(_TABLE)
_PREFIX = re.compile(r"^(?:[BIESLU]-)", re.IGNORECASE)


def kind_of(label: str) -> str:
    """Our word for a label such as ``B-PER``, ``US_SSN`` or ``person``; empty for one that we do not report."""
    plain = _PREFIX.sub("", label).strip().lower().replace("-", "_").replace(" ", "_")
    return plain if plain in OUR_KINDS else _KIND.get(plain, "")


def kinds_of(labels: Iterable[str]) -> tuple[str, ...]:
    """Our words for all the labels, sorted, each once."""
    return tuple(sorted({kind for label in labels if (kind := kind_of(label))}))
