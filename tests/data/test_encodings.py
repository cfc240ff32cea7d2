from pathlib import Path

import pytest

from bundlesmith.data.readers.encodings import decode
from bundlesmith.errors import BundlesmithError

TEXTS = {
    "utf-8": "sku;name\n1;Stövchen\n2;茶壶\n",
    "utf-8-sig": "sku;name\n1;Stövchen\n",
    "utf-16": "sku;name\n1;Stövchen 茶\n",
    "utf-16-le": "sku;name\n1;Stövchen\n2;Tasse\n",
    "utf-16-be": "sku;name\n1;Stövchen\n2;Tasse\n",
    "gbk": "sku;name\n1;紫砂茶壶\n2;玻璃杯\n3;茶叶罐\n",
    "gb18030": "sku;name\n1;紫砂茶壶（大）\n2;玻璃杯\n",
    "cp1252": "sku;name;price\n1;Stövchen groß;12 €\n2;Théière émaillée;3\n3;Taza “pequeña”;4\n",
    "latin-1": "sku;name\n1;SMALL PURSE £ SIGN\n2;5 £ VOUCHER\n",
    "iso8859-1": "sku;name\n1;Glühweinbecher\n2;Fußmatte\n",
    "cp1250": "sku;name\n1;Żółta łyżeczka\n2;Dzbanek świąteczny\n",
    "cp1251": "sku;name\n1;Заварочный чайник\n2;Стакан\n",
    "koi8-r": "sku;name\n1;Заварочный чайник\n2;Стакан\n",
    "cp1254": "sku;name\n1;Çay bardağı\n2;Gümüş tepsi\n3;Işık\n",
    "mac-roman": "sku;name\n1;Stövchen, weiß\n2;Théière à l’ancienne\n3;Löffel für Süßes\n",
    "cp850": "sku;name\n1;Größe M, süß\n2;Übertopf für Gräser\n",
    "iso8859-2": "sku;name\n1;Łyżka do pasty, ćwierć\n2;Ścierka lniana, późna\n",
    "cp852": "sku;name\n1;Łyżka do pasty\n2;Ścierka świąteczna, żółta\n",
    "cp1257": "sku;name\n1;Šaukštas žuviai, didelė\n2;Lėkštė su ąžuolų lapais\n",
    "cp1253": "sku;name\n1;Τσαγιέρα πορσελάνης\n2;Κουτάλι σερβιρίσματος\n",
    "koi8-u": "sku;name\n1;Чайник синій, їдальня\n2;Ложка\n",
    "cp866": "sku;name\n1;Заварочный чайник\n2;Стакан\n",
    "cp932": "sku;name\n1;鉄瓶 ティーポット\n2;ガラスの茶碗\n",
    "shift-jis": "sku;name;count\n1;コーヒーミル;１２\n2;ドリッパー;３\n",
    "big5": "sku;name\n1;紫砂茶壺\n2;玻璃杯與茶盤\n",
    "euc-kr": "sku;name\n1;유리 찻주전자\n2;도자기 머그컵\n",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_told_by_the_bytes(encoding):
    text, _ = decode(Path("a.csv"), TEXTS[encoding].encode(encoding))
    assert text == TEXTS[encoding]


@pytest.mark.parametrize("encoding", TEXTS)
def test_named(encoding):
    assert decode(Path("a.csv"), TEXTS[encoding].encode(encoding), encoding) == (TEXTS[encoding], encoding)


def test_what_cannot_be_told_is_asked():
    with pytest.raises(BundlesmithError, match=r"line 2.* It may be .*gb18030.*encoding: cp1252"):
        decode(Path("a.csv"), "sku\n茶\n".encode("gbk"))


def test_a_few_broken_bytes_do_not_make_another_encoding():
    data = ("sku;name\n1;Stövchen\n2;Größe, Maß\n".encode() + b"3;Caf\xe9\n") + "4;Küche für größere Töpfe\n".encode()
    with pytest.raises(BundlesmithError, match=r"is not UTF-8: .* line 4"):
        decode(Path("a.csv"), data)


def test_wrong_names():
    with pytest.raises(BundlesmithError, match='no encoding "latin-99"'):
        decode(Path("a.csv"), b"x", "latin-99")
    with pytest.raises(BundlesmithError, match=r"is not CP1252.*line 2"):
        decode(Path("a.csv"), b"sku\n\x81", "cp1252")
