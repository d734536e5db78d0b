"""Signs schemathesis in: every call bears a token that holds, whatever the calls before it ended."""

import os

import requests
import schemathesis

BASE = os.environ["PHOTOGEN_URL"]
PERSON = {"email": "checker@example.com", "password": "a long password"}


def sign_in():
    answer = requests.post(f"{BASE}/api/auth/login", json=PERSON, timeout=30)
    answer.raise_for_status()
    return answer.json()["accessToken"]


def holds(token):
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{BASE}/api/auth/profile", headers=headers, timeout=30).ok


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """The account that `bin/api-check` registered."""

    token = None

    def get(self, case, context):
        if SignedIn.token is None or not holds(SignedIn.token):
            SignedIn.token = sign_in()
        return SignedIn.token

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.serializer("application/offset+octet-stream")
def part(context, value):
    """A part of an upload is bytes as they are."""
    return value if isinstance(value, bytes) else str(value).encode()
