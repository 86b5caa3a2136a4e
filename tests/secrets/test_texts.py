"""What a config records: settings, labels, and the commands of its history."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.secrets import masked, scan_setting, scan_text
from tests.secrets.samples import SAMPLES, Sample

_PAIR = base64.b64encode(b"me:correct horse").decode()

SECRET_SETTINGS = (
    ("DB_PASSWORD", "correct horse"),
    ("PGPASSWORD", "123456"),
    ("MYSQL_ROOT_PASSWORD", "changeme"),
    ("API_KEY", "abc123"),
    ("apiKey", "abc123"),
    ("APP_SECRET", "correct-horse"),
    ("GITLAB_TOKEN", "abc123"),
    ("DJANGO_SECRET_KEY", "correct-horse"),
    ("com.example.db-password", "correct-horse"),
    ("TOKEN2", "abc123"),
)
OTHER_SETTINGS = (
    ("DB_PASSWORD", ""),
    ("DB_PASSWORD", "''"),
    ("DB_PASSWORD", "${DB_PASSWORD}"),
    ("DB_PASSWORD", "$DB_PASSWORD"),
    ("DB_PASSWORD", "********"),
    ("DB_PASSWORD", "<your password>"),
    ("DB_PASSWORD_FILE", "/run/secrets/db"),
    ("DB_PASSWORD", "/run/secrets/db"),
    ("MYSQL_ALLOW_EMPTY_PASSWORD", "1x"),
    ("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
    ("MAX_TOKEN", "4096"),
    ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"),
    ("TOKEN_URL", "abc123"),
    ("PUBLIC_API_KEY", "abc123"),
    ("PATH", "/usr/local/sbin:/usr/local/bin"),
)


@pytest.mark.parametrize(("name", "value"), SECRET_SETTINGS)
def test_a_value_under_a_name_that_says_so_is_secret(name: str, value: str) -> None:
    assert scan_setting(name, value) == ("secret-setting",)
    assert scan_text(f"/bin/sh -c #(nop)  ENV {name}='{value}'") == ("secret-setting",)


@pytest.mark.parametrize(("name", "value"), OTHER_SETTINGS)
def test_a_reference_or_a_switch_is_not(name: str, value: str) -> None:
    assert scan_setting(name, value) == ()
    assert scan_text(f'RUN |1 {name}="{value}" /bin/sh -c make') == ()


@pytest.mark.parametrize(
    "sample", [sample for sample in SAMPLES if sample.path == SAMPLES[0].path], ids=lambda s: s.kind
)
def test_a_value_with_a_pattern_is_seen_under_any_name(sample: Sample) -> None:
    value = sample.secret.decode()
    assert scan_setting("ANY", value) == (sample.kind,)
    # A name that says so, too, is not told twice.
    assert scan_setting("APP_TOKEN", value) == (sample.kind,)
    assert sample.kind in scan_text(f"RUN echo {value} >/root/x")


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (f'RUN curl -H "Authorization: Basic {_PAIR}" https://a.test', "basic-auth"),
        ("RUN /bin/sh -c curl -u me:correct-horse https://a.test", "basic-auth"),
        ("RUN /bin/sh -c curl -sSf --user me:correct-horse https://a.test", "basic-auth"),
        ("RUN git clone https://me:correct-horse@git.test/a", "url-password"),
        ("RUN pip install -i https://:correct-horse@pypi.test/simple a", "url-password"),
        ("RUN |1 NPM_CREDENTIALS=correct-horse /bin/sh -c npm ci", "secret-setting"),
        ("RUN registry login --password correct-horse a.test", "secret-setting"),
        ("RUN registry login --token=correct-horse a.test", "secret-setting"),
    ],
)
def test_what_is_said_to_a_command_is_seen(command: str, kind: str) -> None:
    assert scan_text(command) == (kind,)


@pytest.mark.parametrize(
    "command",
    [
        'RUN curl -H "Authorization: Basic $AUTH" https://a.test',
        "RUN curl -u $USER:$PASSWORD https://a.test",
        "RUN git clone https://$USER:$TOKEN@git.test/a",
        "RUN git clone https://user:password@example.com/a",
        "RUN git clone git@git.test:a/b && echo http://a.test:80/@x",
        "RUN registry login --password-stdin a.test",
        "RUN --mount=type=secret,id=token cat /run/secrets/token",
        "RUN apt-get install -y libsecret-1-0 passwd",
        'CMD ["node", "--token", "$TOKEN"]',
    ],
)
def test_a_command_without_a_value_is_none(command: str) -> None:
    assert scan_text(command) == ()


@given(st.text(), st.text())
def test_any_text_is_taken(name: str, value: str) -> None:
    scan_setting(name, value)
    scan_text(f"{name}={value}")
    scan_text(f"PASSWORD={value}\ud800")


_TOKEN = next(each.secret for each in SAMPLES if each.kind == "npm-token").decode().split("'")[1]


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("RUN make install", "RUN make install"),
        (f"RUN echo {_TOKEN} >x", "RUN echo *** >x"),
        (f"RUN a={_TOKEN} b='{_TOKEN}' c", "RUN a=*** b='*** c"),
        ("ENV API_KEY=abc B=c", "ENV API_KEY=*** B=c"),
        ("ENV API_KEY='a b c' B=c", "ENV API_KEY=*** B=c"),
        ("RUN |2 API_KEY=ab b c B=c /bin/sh -c make", "RUN |2 API_KEY=*** B=c /bin/sh -c make"),
        ("RUN |1 API_KEY=ab b c /bin/sh -c make", "RUN |1 API_KEY=*** /bin/sh -c make"),
        ("RUN git clone https://me:pa55@git.test/a b", "RUN git clone https://me:*** b"),
        ('RUN curl -u "me:correct horse" a', 'RUN curl -u "me:*** a'),
        ("RUN x --password 'correct horse' y", "RUN x --password '*** y"),
        (
            "RUN \u00e9cho \u2192 --token \u00e9\u00e8 \u2190",
            "RUN \u00e9cho \u2192 --token *** \u2190",
        ),
    ],
)
def test_a_secret_is_masked_and_nothing_else(command: str, shown: str) -> None:
    assert masked(command) == shown


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_what_is_masked_has_no_secret_any_more(sample: Sample) -> None:
    if sample.path == SAMPLES[0].path:
        text = masked(f"RUN echo {sample.secret.decode()} >x")
        assert scan_text(text) == ()
        assert "***" in text


@given(st.text())
def test_a_text_without_a_secret_is_shown_as_it_is(text: str) -> None:
    if not scan_text(text):
        assert masked(text) == text


@given(st.text(alphabet="abc=\"' \n:/@-_PASSWORDTOKEN"))
def test_any_text_can_be_masked(text: str) -> None:
    assert scan_text(masked(f"PASSWORD={text}")) == scan_text(masked(masked(f"PASSWORD={text}")))
