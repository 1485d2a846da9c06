"""Bytes of Midea's protocol, put together by hand from its description; ciphers and digests are the `openssl` program's."""

REQUEST = bytes.fromhex(
    "5a5a0111680020000000000019100103160b1a1468bc0500008a00000000000000000000000000006b000a76e27eed2c3647e57d8602df8b3725cb12"
    "53f3adbd10a3c5652579b549338096d0c415a92454c415b932ceeb781118e8a98e2aa47dd124c258c9876800"
)
"""A status query of the application as version 2 sends it: message number 07, to unit 151732605009000, at 2026-11-22 03:01:16.25."""
ANSWER = bytes.fromhex(
    "5a5a0111580020800000000019100103160b1a1468bc0500008a0000000000000000000000000000059e38756440881b478e0e2bfea6bc0b31539d00"
    "1d96e0a9f10e11d66667d6a085da451ce7a874a0a7d4899626a1d9c2"
)
"""A unit's status (power on, cool, 27 degrees, 20 in the room), in the answer's envelope."""
HANDSHAKE = bytes.fromhex(
    "8370004020000000404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f70717273"
    "7475767778797a7b7c7d7e7f"
)
"""Version 3's first word: the token 40 41 ... 7F."""
GREETING = bytes.fromhex(
    "837000402001000061a6936e4e8f101c1cc1f993b542a0d40f6eac919d8c733bee8593bf182cf16c72dbb7336c76780023f83da4c355f2eeea85733b"
    "13d3477697917790c1229084"
)
"""What a unit with the key 00 01 ... 1F says to it, whose chance is 20 21 ... 3F."""
SESSION = bytes.fromhex("2020202020202020202020202020202020202020202020202020202020202020")
"""The key of the session that begins with that."""
SEALED_REQUEST = bytes.fromhex(
    "8370008e2066baa0b814fa3ae7b5017f94c875fef9f5696f78a7ff9061635208de6f899aa2edb7858f62a3950572eb1e9aabf28faac403d671b720c6"
    "9f663528e42693ef452583ab834c9ff4a6947162fc8dfc0ca91fc5362b68ebede23da76f3e0e28f3fd53a8a48a0514b3aeaaab6cae83990934156ae5"
    "eaae0a6c9fca4b84daae4080b47498414fae708baef359eff15bf73862ef"
)
"""REQUEST in that session, number 1, filled up with the word hulian."""
SEALED_ANSWER = bytes.fromhex(
    "8370007e2063e522d440f7a684c4ee0f363de3745dbb864f1ca16bbe06958b725f08f8a642053b8e60e8f89b431a7d0809ce3288a5e7497c57acf471"
    "bbab091cc9b3037aa0539a543f446a4a0315f09b4007026f0662da2e844e7d70c68eef568442f32dba5954fc4ec9c91e749add3e206c6c32c8115bba"
    "0c2a88024d4e1aac2bc75c347d24"
)
"""ANSWER in that session, number 9."""
UNPADDED = bytes.fromhex("8370002e2003618ceb817d5d2bef2d5cf83d933b5a019ed11cc16808eb3e95053a65209c7ef0d7682a1f5ee21584ea70b31fa3d08de1")
"""An answer that carries 00 01 ... 0D and needs no filling."""
FULL = bytes.fromhex("8370002e20d34481f59c1736dfd3cdf486407d8e73dc1b8d10e590d0494dfeebfb5d7c92c5630e86a198016f526a53a388457809c2c6")
"""An answer that carries 5A and thirteen bytes of filling."""
ERROR = bytes.fromhex("83700005200f00004552524f52")
"""What a unit says to the wrong token, or in a session it does not know any more."""
FOUND2 = bytes.fromhex(
    "5a5a011198007a800000000019100103160b1a1468bc0500008a00000000000000000000000000004ee7f435a848bc8d00ddaa7ad3d87a6c61f4017c"
    "55e4a9e52fb266129ae4b498df82779ba59872f521b741f187a1c058ce8cc44fc65cc30dfa09c23304557a4ac8247b66b89c8ffcef7bf529dc40c670"
    "a876c43b62cd6bea3c3be7dd3f50e059ac24735bb34a962514b666ec8390d7a1"
)
"""An answer to a search: 127.9.8.7, port 6444, serial 000000211HULIANACZ02A1B2C3D4E500, net_ac_D4E5, type AC."""
FOUND3 = bytes.fromhex(
    "837000a8200f00005a5a011198007a800000000019100103160b1a1468bc0500008a00000000000000000000000000004ee7f435a848bc8d00ddaa7a"
    "d3d87a6c61f4017c55e4a9e52fb266129ae4b498df82779ba59872f521b741f187a1c058ce8cc44fc65cc30dfa09c23304557a4ac8247b66b89c8ffc"
    "ef7bf529dc40c670a876c43b62cd6bea3c3be7dd3f50e059ac24735bb34a962514b666ec8390d7a1eed126e7166250273ba012fa0c03dec8"
)
"""The same from a version 3 unit."""
ALIVE = bytes.fromhex("5a5a011038007b000000000019100103160b1a1468bc0500008a0000000000000000000000000000e61b2dde48ad239dd3609d3dad8fdbdf")
"""The sign of life some clients send every few seconds: a packet without a payload."""
