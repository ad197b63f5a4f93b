"""Signatures by ed25519 (`v1a`): the vectors of RFC 8032, what must be refused, and keys that are no secrets."""

import base64

import pytest

from worthline.app.inbound.signatures import _verifies, key_of, sign, verify_standard

ORDER = 2**252 + 27742317777372353535851937790883648493
# RFC 8032, section 7.1: public key, message, signature of tests 1, 2, 3 and SHA(abc).
VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
]  # fmt: skip
# A signature of ID, SENT and BODY under the private key 000102...1f was made by OpenSSL 3.0 (openssl pkeyutl -sign -rawin).
ID, SENT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
PUBLIC = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SIGNATURE = "v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ=="
NOW = float(SENT)


def verdict(signature=SIGNATURE, keys=(PUBLIC,), body=BODY, now=NOW, sent=SENT):
    given = {"webhook-id": ID, "webhook-timestamp": str(sent), "webhook-signature": signature}
    return verify_standard(given, body, [key_of(key) for key in keys], now)


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_vectors_of_rfc_8032_hold_and_nothing_near_them(key, message, signature):
    public = key_of(f"whpk_{base64.b64encode(bytes.fromhex(key)).decode()}")
    said, signed = bytes.fromhex(message), bytes.fromhex(signature)
    assert _verifies(public, signed, said)
    assert not _verifies(public, signed, said + b"\0")
    for place in (0, 31, 32, 63):
        turned = bytearray(signed)
        turned[place] ^= 1
        assert not _verifies(public, bytes(turned), said)
    # The same signature with the group's order added to S would hold by the equation alone (malleable).
    other = (int.from_bytes(signed[32:], "little") + ORDER).to_bytes(32, "little")
    assert not _verifies(public, signed[:32] + other, said)
    assert not _verifies(public, signed[:63], said)
    assert not _verifies(public, b"", said)


# Points of order 1, 2, 4 and 8, a second spelling of 1, too short: what each is, is known from RFC 7748's curve.
@pytest.mark.parametrize(
    "encoded",
    [
        (1).to_bytes(32, "little"),
        (2**255 - 20).to_bytes(32, "little"),
        bytes(32),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        (2**255 - 18).to_bytes(32, "little"),
        b"\x01" * 31,
        b"",
    ],
)
def test_unsafe_public_keys_are_refused(encoded):
    with pytest.raises(ValueError, match="not 32 bytes of ed25519"):
        key_of(f"whpk_{base64.b64encode(encoded).decode()}")


def test_standard_webhook_signed_by_a_private_key_holds_beside_others_and_in_time():
    assert verdict().is_valid
    assert verdict(f"v1,AAAA v2,BBBB v1a,CCCC {SIGNATURE}").is_valid
    assert verdict(now=NOW + 301).refusal.startswith("the message was signed more than")
    assert verdict(now=NOW - 301).refusal
    assert verdict(body=BODY + b" ").refusal
    assert verdict(sent=SENT + 1).refusal
    assert verdict(" ".join(["v1a,AAAA"] * 4 + [SIGNATURE])).refusal, "only so many are checked"


def test_a_public_key_is_no_secret_and_a_secret_no_public_key():
    """Whoever knows the public key could sign by HMAC with it, if it were taken for a secret."""
    raw = base64.b64decode(PUBLIC.removeprefix("whpk_"))
    assert verdict(sign(raw, ID, SENT, BODY)).refusal
    shared = "whsec_" + base64.b64encode(raw).decode()
    assert verdict(SIGNATURE, keys=(shared,)).refusal
    # In rotation from a secret to a key both hold.
    for signature in (SIGNATURE, sign(raw, ID, SENT, BODY)):
        assert verdict(signature, keys=(shared, PUBLIC)).is_valid


@pytest.mark.parametrize("setting", ["whsk_" + "A" * 43 + "=", "whpk_", "whpk_AAAA", "whpk_not base64", PUBLIC[:-4]])
def test_a_key_that_is_none_says_so_without_saying_what_it_was(setting):
    with pytest.raises(ValueError, match="whpk_") as caught:
        key_of(setting)
    assert setting[5:] not in str(caught.value) or len(setting) == 5
