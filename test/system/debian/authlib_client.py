"""Authlib as an application has it: reads its settings and then the address that the person came back to; says what it got."""

import json
import sys

from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oidc.core import CodeIDToken

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

settings = json.loads(sys.stdin.readline())
session = OAuth2Session(
    settings["id"],
    settings["secret"],
    scope="openid profile email offline_access",
    redirect_uri=settings["redirect_uri"],
    code_challenge_method="S256",
)
server = session.get(settings["issuer"] + "/.well-known/openid-configuration", withhold_token=True).json()
url, _ = session.create_authorization_url(server["authorization_endpoint"], code_verifier=VERIFIER, nonce="a nonce")
print(url, flush=True)

tokens = session.fetch_token(
    server["token_endpoint"],
    authorization_response=sys.stdin.readline().strip(),
    code_verifier=VERIFIER,
)
keys = JsonWebKey.import_key_set(session.get(server["jwks_uri"], withhold_token=True).json())
claims = JsonWebToken(["RS256"]).decode(
    tokens["id_token"],
    keys,
    claims_cls=CodeIDToken,
    claims_options={"iss": {"essential": True, "value": server["issuer"]}, "aud": {"essential": True, "value": settings["id"]}},
    claims_params={"nonce": "a nonce", "client_id": settings["id"], "access_token": tokens["access_token"]},
)
claims.validate()
person = session.get(server["userinfo_endpoint"]).json()
refreshed = session.refresh_token(server["token_endpoint"])
revoked = session.revoke_token(server["revocation_endpoint"], token=refreshed["refresh_token"]).status_code
print(json.dumps({"claims": claims, "person": person, "revoked": revoked}))
