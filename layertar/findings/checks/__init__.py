"""One file a family of rules; each check is pure: evidence in, drafts out."""
