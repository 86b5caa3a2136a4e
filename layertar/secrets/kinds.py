"""Kind: what a secret is, by name, and who says what it looks like."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "Kind"]


class Kind(NamedTuple):
    """One kind of secret; its name is permanent once released.

    Attributes:
        name: kebab-case.
        summary: what it is, a clause with its article.
        source: who says what it looks like.
    """

    name: str
    summary: str
    source: str


_ALL = (
    Kind("age-secret-key", "an age identity", "age-encryption.org/v1, X25519 identities"),
    Kind("anthropic-api-key", "an Anthropic API key",
         "gitleaks/gitleaks, config/gitleaks.toml"),
    Kind("aws-access-key-id", "an AWS access key id, whose secret may be near",
         "AWS IAM User Guide, IAM identifiers, Unique identifiers"),
    Kind("aws-secret-access-key", "an AWS secret access key",
         "AWS CLI User Guide, Configuration and credential file settings"),
    Kind("azure-shared-access-key", "an Azure shared access key",
         "Azure Service Bus documentation, Shared access signatures"),
    Kind("azure-storage-key", "an Azure storage account's key",
         "Azure Storage documentation, Configure connection strings"),
    Kind("basic-auth", "a user and password for HTTP", "RFC 7617"),
    Kind("digitalocean-token", "a DigitalOcean token",
         "docs.digitalocean.com, API, Token formats"),
    Kind("docker-hub-token", "a Docker Hub access token",
         "docs.github.com, Supported secret scanning patterns"),
    Kind("gcp-service-account-key", "a Google Cloud service account's key",
         "Google Cloud IAM documentation, Create service account keys"),
    Kind("github-token", "a GitHub token",
         "github.blog, 2021-04-05, Behind GitHub's new authentication token formats"),
    Kind("gitlab-token", "a GitLab token", "docs.gitlab.com, Token overview, Token prefixes"),
    Kind("google-api-key", "a Google API key",
         "gitleaks/gitleaks, config/gitleaks.toml"),
    Kind("google-oauth-secret", "a Google OAuth client's secret",
         "docs.github.com, Supported secret scanning patterns"),
    Kind("hugging-face-token", "a Hugging Face token", "huggingface.co, User access tokens"),
    Kind("json-web-token", "a signed JSON Web Token", "RFC 7519; RFC 7515"),
    Kind("kubeconfig-client-key", "the private key of a Kubernetes client",
         "kubernetes.io, kubeconfig (v1), AuthInfo"),
    Kind("kubeconfig-token", "the token of a Kubernetes client",
         "kubernetes.io, kubeconfig (v1), AuthInfo"),
    Kind("mysql-password", "a password for MySQL",
         "MySQL Reference Manual, Using Option Files"),
    Kind("netrc-password", "a password for a host",
         "GNU Inetutils, The .netrc file"),
    Kind("npm-auth", "a login to an npm registry", "docs.npmjs.com, npmrc"),
    Kind("npm-token", "an npm token",
         "github.blog, 2021-09-23, Announcing npm's new access token format"),
    Kind("openai-api-key", "an OpenAI API key",
         "gitleaks/gitleaks, config/gitleaks.toml"),
    Kind("pgpass-password", "a password for PostgreSQL",
         "PostgreSQL documentation, The Password File"),
    Kind("private-key", "a private key", "RFC 7468; RFC 4880, 6.2; openssh-portable, PROTOCOL.key"),
    Kind("pypi-token", "a PyPI token", "docs.pypi.org, Secret reporting; pypitoken"),
    Kind("pypirc-password", "a password for a Python package index",
         "packaging.python.org, The .pypirc file"),
    Kind("registry-auth", "a login to a container registry",
         "docs.docker.com, docker login; containers-auth.json(5)"),
    Kind("secret-setting", "a value under a name that says it is secret",
         "docs.docker.com, Build checks, SecretsUsedInArgOrEnv"),
    Kind("sendgrid-api-key", "a SendGrid API key",
         "gitleaks/gitleaks, config/gitleaks.toml"),
    Kind("slack-token", "a Slack token", "docs.slack.dev, Tokens"),
    Kind("slack-webhook", "a Slack webhook's address", "docs.slack.dev, Incoming webhooks"),
    Kind("stripe-key", "a Stripe live key", "docs.stripe.com, API keys"),
    Kind("terraform-token", "a HCP Terraform token",
         "gitleaks/gitleaks, config/gitleaks.toml"),
    Kind("twilio-api-key", "a Twilio API key's SID, whose secret may be near",
         "twilio.com/docs, API keys, SID"),
    Kind("url-password", "a password within a URL", "RFC 3986, 3.2.1"),
    Kind("vault-token", "a HashiCorp Vault token",
         "developer.hashicorp.com, Vault, Tokens, Token prefixes"),
)  # fmt: skip

#: Every kind, by name.
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
