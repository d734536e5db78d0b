"""Signs schemathesis in: every call bears a token that holds, whatever the calls before it ended."""

import os
import time

import requests
import schemathesis

BASE = os.environ["PHOTOGEN_URL"]
PERSON = {"email": "checker@example.com", "password": "a long password"}


def sign_in():
    """Signs in; waits as long as it is told to where the checks have guessed at this account's password."""
    while True:
        answer = requests.post(f"{BASE}/api/auth/login", json=PERSON, timeout=30)
        if answer.status_code != 429:
            answer.raise_for_status()
            return answer.json()["accessToken"]
        time.sleep(int(answer.headers["retry-after"]))


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
