"""Registration, login, sessions and keys."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.blackbox.client import Client, Json, unique

REGISTER = ("POST", "/v1/auth/register")
LOGIN = ("POST", "/v1/auth/login")
REFRESH = ("POST", "/v1/auth/refresh")
LOGOUT = ("POST", "/v1/auth/logout")
ME = ("GET", "/v1/auth/me")


def registration(**fields: object) -> Json:
    body: Json = {
        "email": f"{unique('a')}@example.com",
        "password": "quite unusual words",
        "name": "A",
    }
    return body | fields


def test_a_new_user_logs_in_and_is_who_he_is(visitor: Client) -> None:
    body = registration(name="Zoë")
    user = visitor.ask(*REGISTER, status=201, json=body).json()
    assert (user["email"], user["name"], user["role"]) == (body["email"], "Zoë", "user")
    assert "password" not in user

    me = visitor.as_user(body["email"], body["password"]).ask(*ME, status=200).json()
    assert me == user


def test_an_address_is_registered_once_whatever_its_case(visitor: Client) -> None:
    email, password = visitor.register()
    visitor.refused(*REGISTER, 409, "email_taken", json=registration(email=email.upper()))
    assert visitor.log_in(email.upper(), password)["token_type"] == "bearer"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("山田\u3000太郎", "山田\u3000太郎"),
        ("क\u094d\u200dष \U0001f469\u200d\U0001f680", "क\u094d\u200dष \U0001f469\u200d\U0001f680"),
        ("Zoe\u0308" * 25, "Zo\xeb" * 25),
    ],
)
def test_a_name_is_what_unicode_calls_text(visitor: Client, given: str, kept: str) -> None:
    body = registration(name=given)
    assert visitor.ask(*REGISTER, status=201, json=body).json()["name"] == kept


def test_a_domain_travels_in_ascii_and_is_found_in_either_spelling(visitor: Client) -> None:
    local_part = unique("a")
    body = registration(email=f"{local_part}@bücher.example")
    user = visitor.ask(*REGISTER, status=201, json=body).json()
    assert user["email"] == f"{local_part}@xn--bcher-kva.example"
    for spelling in (body["email"], user["email"].upper(), f"{local_part}@BU\u0308CHER.example"):
        visitor.log_in(spelling, body["password"])


@pytest.mark.parametrize(
    "credentials",
    [
        {"email": "\u0301" * 80_000, "password": "quite unusual words"},
        {"email": "a@" + "\u0301" * 80_000 + ".example", "password": "quite unusual words"},
        {"email": "a@example.com", "password": "\u0301" * 80_000},
    ],
    ids=["address", "domain", "password"],
)
def test_what_is_too_long_to_be_right_costs_no_more_than_what_is_wrong(
    visitor: Client, credentials: Json
) -> None:
    # The square of this length took a processor for 20 seconds; the deadline is ten.
    visitor.refused(*LOGIN, 401, "invalid_credentials", json=credentials)


def test_of_registrations_at_the_same_time_one_wins(visitor: Client) -> None:
    body = registration()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: visitor.ask(*REGISTER, json=body), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize("password", ["short words", "passwordpassword", "aaaaaaaaaaaaaaaa"])
def test_weak_passwords_are_refused(visitor: Client, password: str) -> None:
    visitor.refused(*REGISTER, 422, "weak_password", json=registration(password=password))


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "nobody"},
        {"email": None},
        {"email": "a@localhost"},
        {"email": "a@shop.test"},
        {"email": "a@192.0.2.1"},
        {"email": "jürgen@example.com"},
        {"email": "a@☃.example"},
        {"email": f"{'a' * 243}@example.com"},
        {"name": ""},
        {"name": "\u3000"},
        {"name": "x" * 101},
        {"name": "nul\0"},
        {"name": "turned \u202e round"},
        {"name": "soft\xadly"},
        {"password": "x y z " * 30},
        {"role": "admin"},
    ],
)
def test_what_is_no_registration_is_refused_with_the_place(
    visitor: Client, fields: dict[str, object]
) -> None:
    body = registration(**fields)
    problem = visitor.refused(*REGISTER, 422, "validation_failed", json=body)
    (name,) = fields
    assert [error["pointer"] for error in problem["errors"]] == [f"#/{name}"]


def test_unknown_address_and_wrong_password_look_the_same(visitor: Client) -> None:
    email, _ = visitor.register()
    known = {"email": email, "password": "not the right one"}
    unknown = {"email": f"{unique('nobody')}@example.com", "password": "not the right one"}
    answers = [visitor.refused(*LOGIN, 401, "invalid_credentials", json=known)]
    answers += [visitor.refused(*LOGIN, 401, "invalid_credentials", json=unknown)]
    assert answers[0] == answers[1]


def test_a_login_needs_both_parts(visitor: Client) -> None:
    visitor.refused(*LOGIN, 422, "validation_failed", json={"email": "a@example.com"})


def test_many_wrong_passwords_have_to_wait(visitor: Client) -> None:
    email, password = visitor.register()
    wrong = {"email": email, "password": "not the right one"}
    answer = visitor.ask(*LOGIN, status=401, json=wrong)
    for _ in range(30):
        answer = visitor.ask(*LOGIN, json=wrong)
        if answer.status_code == 429:
            break
    assert answer.json()["code"] == "too_many_attempts"
    assert int(answer.headers["retry-after"]) >= 1
    visitor.refused(*LOGIN, 429, "too_many_attempts", json={"email": email, "password": password})
    visitor.newcomer()  # another address may still log in


def test_a_refresh_token_works_once(visitor: Client) -> None:
    first = visitor.log_in(*visitor.register())
    second = visitor.ask(*REFRESH, status=200, json=refresh(first)).json()
    assert second["refresh_token"] != first["refresh_token"]
    again = Client(visitor.client, visitor.seen, second["access_token"])
    again.ask(*ME, status=200)

    third = visitor.ask(*REFRESH, status=200, json=refresh(second)).json()
    # The first one was used before: whoever holds the third one may be the thief.
    visitor.refused(*REFRESH, 401, "token_invalid", json=refresh(first))
    visitor.refused(*REFRESH, 401, "token_invalid", json=refresh(third))


def test_a_refresh_whose_answer_was_lost_gets_the_same_again(visitor: Client) -> None:
    first = visitor.log_in(*visitor.register())
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: visitor.ask(*REFRESH, json=refresh(first)), range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    (second,) = {answer.json()["refresh_token"] for answer in answers}
    visitor.ask(*REFRESH, status=200, json={"refresh_token": second})


def test_logging_out_with_a_used_token_ends_the_session(visitor: Client) -> None:
    first = visitor.log_in(*visitor.register())
    second = visitor.ask(*REFRESH, status=200, json=refresh(first)).json()
    visitor.ask(*LOGOUT, status=204, json=refresh(first))
    visitor.refused(*REFRESH, 401, "token_invalid", json=refresh(second))


def test_sessions_are_independent(visitor: Client) -> None:
    credentials = visitor.register()
    first, second = visitor.log_in(*credentials), visitor.log_in(*credentials)
    visitor.ask(*LOGOUT, status=204, json=refresh(first))
    visitor.refused(*REFRESH, 401, "token_invalid", json=refresh(first))
    visitor.ask(*REFRESH, status=200, json=refresh(second))


def test_unknown_refresh_tokens(visitor: Client) -> None:
    for token in ("unknown", "", "a" * 80_000):
        unknown = {"refresh_token": token}
        visitor.refused(*REFRESH, 401, "token_invalid", json=unknown)
        visitor.ask(*LOGOUT, status=204, json=unknown)
    visitor.refused(*REFRESH, 422, "validation_failed", json={})


def refresh(tokens: Json) -> Json:
    return {"refresh_token": tokens["refresh_token"]}


def test_no_token(visitor: Client) -> None:
    visitor.refused(*ME, 401, "token_missing")


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer nonsense",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        f"Bearer {'a' * 4_097}",
        "Basic YTpi",
        "Bearer",
    ],
)
def test_what_is_no_token(visitor: Client, authorization: str) -> None:
    answer = visitor.ask(*ME, status=401, headers={"Authorization": authorization})
    assert answer.json()["code"] in {"token_invalid", "token_missing"}


def test_a_changed_token_is_invalid(visitor: Client) -> None:
    token = visitor.log_in(*visitor.register())["access_token"]
    header, payload, signature = token.split(".")
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    thief = Client(visitor.client, visitor.seen, f"{header}.{payload}.{changed}")
    thief.refused(*ME, 401, "token_invalid")


def test_tokens_verify_with_the_published_keys(visitor: Client) -> None:
    tokens = visitor.log_in(*visitor.register())
    keys = visitor.ask("GET", "/.well-known/jwks.json", status=200).json()["keys"]
    assert keys
    assert not any("d" in key for key in keys)

    public = KeySet.import_key_set({"keys": keys})
    token = jwt.decode(tokens["access_token"], public, algorithms=["EdDSA", "Ed25519", "ES256"])
    assert {"iss", "aud", "sub", "exp", "iat", "jti", "role"} <= token.claims.keys()
    assert token.header["kid"] in {key["kid"] for key in keys}
    assert token.claims["role"] == "user"
    assert token.claims["exp"] - token.claims["iat"] == tokens["expires_in"]
