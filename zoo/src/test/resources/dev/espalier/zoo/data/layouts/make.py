"""Writes one picture in many layouts, and layouts.csv with what each must decode to."""
import struct
import zlib
from io import BytesIO
import numpy as np
import tifffile
from PIL import Image, ImageCms

H, W, ROW = 8, 16, 3
x, y = np.meshgrid(np.arange(W), np.arange(H))
rgb = np.stack([x * 17, y * 36, 255 - x * 8 - y * 9], -1).astype(np.uint8)
grey = (x * 9 + y * 17).astype(np.uint8)
alpha = np.where((x + y) % 3 == 0, 0, 128 + x * 8).astype(np.uint8)
rows = []


def expect(name, tolerance, array):
    array = np.asarray(array, float)
    planes = [array] * 3 if array.ndim == 2 else [array[..., c] for c in range(3)]
    rows.append(f"{name},{tolerance}," + ",".join(" ".join(f"{v:.6g}" for v in p[ROW]) for p in planes))


def refuse(name, words):
    rows.append(f"{name},refused,{words}")


def pil(name, array, mode=None, **options):
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image = image.convert(mode) if mode else image
    image.save(name, **options)


def png(name, colour, bits, samples, *chunks):
    """PIL writes neither 16-bit colours nor these chunks."""
    rows_ = [np.unpackbits(r.astype(np.uint8).reshape(-1, 1), 1)[:, -bits:].reshape(-1) for r in samples] if bits < 8 else None
    raw = b"".join(
        b"\0" + (np.packbits(rows_[i]).tobytes() if bits < 8 else samples[i].astype(">u2" if bits == 16 else "u1").tobytes())
        for i in range(H))
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, bits, colour, 0, 0, 0))
    with open(name, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*c) for c in chunks) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def tif(name, array, **options):
    tifffile.imwrite(name, array, metadata=None, software=False, **options)


deep = rgb.astype(np.uint16) * 257
deep_grey = grey.astype(np.uint16) * 257 + 100
naive = lambda c: np.stack([(255 - c[..., i]) * (255.0 - c[..., 3]) / 255 for i in range(3)], -1)
cmyk = np.concatenate([255 - rgb, (x * 6)[..., None].astype(np.uint8)], -1).astype(np.uint8)
quant = lambda bits: grey >> (8 - bits)
level = lambda bits: quant(bits) * (255.0 / (2 ** bits - 1))



def ycbcr(c):
    luma = c @ [0.299, 0.587, 0.114]
    return np.round(np.stack([luma, 128 + (c[..., 2] - luma) / 1.772, 128 + (c[..., 0] - luma) / 1.402], -1)).clip(0, 255).astype(np.uint8)


# PNG
for bits in (1, 2, 4):
    png(f"grey{bits}.png", 0, bits, quant(bits)); expect(f"grey{bits}.png", 0.01, level(bits))
png("grey8.png", 0, 8, grey); expect("grey8.png", 0, grey)
png("grey16.png", 0, 16, deep_grey); expect("grey16.png", 0.01, deep_grey / 257)
png("grey-alpha8.png", 4, 8, np.stack([grey, alpha], -1)); expect("grey-alpha8.png", 0, grey)
png("grey-alpha16.png", 4, 16, np.stack([deep_grey, alpha * np.uint16(257)], -1)); expect("grey-alpha16.png", 0.01, deep_grey / 257)
png("rgb8.png", 2, 8, rgb); expect("rgb8.png", 0, rgb)
png("rgb16.png", 2, 16, deep); expect("rgb16.png", 0.01, rgb)
png("rgba8.png", 6, 8, np.dstack([rgb, alpha])); expect("rgba8.png", 0, rgb)
png("rgba16.png", 6, 16, np.dstack([deep, alpha.astype(np.uint16) * 257])); expect("rgba16.png", 0.01, rgb)
png("rgb8-gamma.png", 2, 8, rgb, (b"gAMA", struct.pack(">I", 100000))); expect("rgb8-gamma.png", 0, rgb)
png("rgb8-transparent-colour.png", 2, 8, rgb, (b"tRNS", struct.pack(">HHH", *[int(v) for v in rgb[ROW, 4]]))); expect("rgb8-transparent-colour.png", 0, rgb)
png("grey8-transparent-value.png", 0, 8, grey, (b"tRNS", struct.pack(">H", int(grey[ROW, 4])))); expect("grey8-transparent-value.png", 0, grey)
srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped(profile):
    """Exchanges red and green, so that a conversion by the profile would show."""
    tags = {profile[132 + 12 * i:136 + 12 * i]: 132 + 12 * i for i in range(struct.unpack(">I", profile[128:132])[0])}
    r, g = tags[b"rXYZ"], tags[b"gXYZ"]
    changed = bytearray(profile)
    changed[r + 4:r + 12], changed[g + 4:g + 12] = profile[g + 4:g + 12], profile[r + 4:r + 12]
    return bytes(changed)


wide = swapped(srgb)
pil("rgb8-profile.png", rgb, icc_profile=wide); expect("rgb8-profile.png", 0, rgb)
palette = np.stack([np.arange(256), 255 - np.arange(256), np.arange(256) // 2], -1).astype(np.uint8)
p = Image.fromarray(grey, "P"); p.putpalette(palette.tobytes())
pil("palette8.png", p); expect("palette8.png", 0, palette[grey])
pil("palette8-alpha.png", p, transparency=bytes(range(256))); expect("palette8-alpha.png", 0, palette[grey])
for bits in (1, 2, 4):
    png(f"palette{bits}.png", 3, bits, quant(bits), (b"PLTE", palette[40::13][:2 ** bits].tobytes()))
    expect(f"palette{bits}.png", 0, palette[40::13][quant(bits)])
# A palette of grey only.
png("palette8-grey.png", 3, 8, grey, (b"PLTE", np.repeat(255 - np.arange(256), 3).astype(np.uint8).tobytes())); expect("palette8-grey.png", 0, 255 - grey)

# JPEG: smooth, to be near in spite of the compression; one colour difference per row and column is small
q = dict(quality=100, subsampling=0)
pil("rgb.jpg", rgb, **q); expect("rgb.jpg", 2, rgb)
pil("rgb-progressive.jpg", rgb, progressive=True, **q); expect("rgb-progressive.jpg", 2, rgb)
pil("rgb-untransformed.jpg", rgb, keep_rgb=True, **q); expect("rgb-untransformed.jpg", 2, rgb)
pil("rgb-profile.jpg", rgb, icc_profile=wide, **q); expect("rgb-profile.jpg", 2, rgb)
exif = Image.Exif(); exif[0x112] = 6
pil("rgb-orientation.jpg", rgb, exif=exif, **q); expect("rgb-orientation.jpg", 2, rgb)
pil("grey.jpg", grey, quality=100); expect("grey.jpg", 2, grey)
pil("cmyk.jpg", Image.fromarray(cmyk, "CMYK"), **q); expect("cmyk.jpg", 2, naive(cmyk))
pil("cmyk-profile.jpg", Image.fromarray(cmyk, "CMYK"), icc_profile=srgb, **q); expect("cmyk-profile.jpg", 2, naive(cmyk))
b = open("cmyk.jpg", "rb").read(); i = b.index(b"\xff\xee")
open("cmyk-unmarked.jpg", "wb").write(b[:i] + b[i + 2 + struct.unpack(">H", b[i+2:i+4])[0]:]); expect("cmyk-unmarked.jpg", 2, naive(cmyk))
# YCCK by Adobe: Y, Cb and Cr of C, M and Y, and black inverted, with transform 2. PIL inverts what it writes.
ycc = ycbcr(cmyk[..., :3])
buf = BytesIO(); Image.fromarray(np.dstack([255 - ycc, cmyk[..., 3]]), "CMYK").save(buf, "jpeg", **q)
b = bytearray(buf.getvalue()); i = bytes(b).index(b"Adobe"); b[i + 11] = 2
open("ycck.jpg", "wb").write(b); expect("ycck.jpg", 2, naive(cmyk))

# TIFF
be = dict(byteorder=">")
tif("grey8.tif", grey, photometric="minisblack"); expect("grey8.tif", 0, grey)
tif("grey8-white-is-0.tif", 255 - grey, photometric="miniswhite"); expect("grey8-white-is-0.tif", 0, grey)
tif("grey16.tif", deep_grey, photometric="minisblack"); expect("grey16.tif", 0.01, deep_grey / 257)
tif("grey16-big-endian.tif", deep_grey, photometric="minisblack", **be); expect("grey16-big-endian.tif", 0.01, deep_grey / 257)
tif("grey16-white-is-0.tif", 65535 - deep_grey, photometric="miniswhite"); expect("grey16-white-is-0.tif", 0.01, deep_grey / 257)
tif("grey8-signed.tif", (grey // 2).astype(np.int8), photometric="minisblack"); refuse("grey8-signed.tif", "signed")
tif("grey16-signed.tif", (deep_grey // 2).astype(np.int16), photometric="minisblack"); refuse("grey16-signed.tif", "signed")
tif("grey32.tif", grey.astype(np.uint32), photometric="minisblack"); expect("grey32.tif", 0, grey)
tif("grey32-signed.tif", grey.astype(np.int32), photometric="minisblack"); expect("grey32-signed.tif", 0, grey)
tif("grey32-large.tif", grey.astype(np.uint32) * 65537, photometric="minisblack"); refuse("grey32-large.tif", "0 to 255")
tif("float32.tif", grey + np.float32(0.25), photometric="minisblack"); expect("float32.tif", 0.01, grey + 0.25)
tif("float32-one.tif", grey / np.float32(255), photometric="minisblack"); refuse("float32-one.tif", "fractions")
tif("float32-negative.tif", grey - np.float32(5), photometric="minisblack"); refuse("float32-negative.tif", "0 to 255")
nan = grey.astype(np.float32); nan[ROW, 5] = np.nan
tif("float32-nan.tif", nan, photometric="minisblack"); refuse("float32-nan.tif", "0 to 255")
tif("float64.tif", grey + 0.25, photometric="minisblack"); expect("float64.tif", 0.01, grey + 0.25)
tif("float16.tif", grey.astype(np.float16), photometric="minisblack"); refuse("float16.tif", "floating")
tif("float32-rgb.tif", rgb.astype(np.float32), photometric="rgb"); expect("float32-rgb.tif", 0.01, rgb)
tif("rgb8.tif", rgb, photometric="rgb"); expect("rgb8.tif", 0, rgb)
tif("rgb8-planar.tif", np.moveaxis(rgb, -1, 0), photometric="rgb", planarconfig="separate"); expect("rgb8-planar.tif", 0, rgb)
tif("rgb16.tif", deep, photometric="rgb"); expect("rgb16.tif", 0.01, rgb)
tif("rgb16-signed.tif", (deep // 2).astype(np.int16), photometric="rgb"); refuse("rgb16-signed.tif", "signed")
tif("rgba8.tif", np.dstack([rgb, alpha]), photometric="rgb", extrasamples=["unassalpha"]); expect("rgba8.tif", 0, rgb)
solid = np.full_like(alpha, 200)
tif("rgba8-premultiplied.tif", np.dstack([np.round(rgb * (200 / 255)).astype(np.uint8), solid]), photometric="rgb", extrasamples=["assocalpha"]); expect("rgba8-premultiplied.tif", 1, rgb)
tif("grey-alpha8.tif", np.stack([grey, alpha], -1), photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig"); expect("grey-alpha8.tif", 0, grey)
tif("rgb8-extra.tif", np.dstack([rgb, alpha]), photometric="rgb", extrasamples=["unspecified"]); expect("rgb8-extra.tif", 0, rgb)
tif("grey8-extra4.tif", np.dstack([rgb, alpha]), photometric="minisblack", planarconfig="contig", extrasamples=[0, 0, 0]); refuse("grey8-extra4.tif", "grey")
pil("bilevel.tif", Image.fromarray(((grey > 127) * 255).astype(np.uint8)).convert("1")); expect("bilevel.tif", 0, (grey > 127) * 255)
pil("bilevel-g4.tif", Image.fromarray(((grey > 127) * 255).astype(np.uint8)).convert("1"), compression="group4"); expect("bilevel-g4.tif", 0, (grey > 127) * 255)
pil("palette8.tif", p); expect("palette8.tif", 1, palette[grey])  # PIL writes 256 times a value, not 257 times
pil("lzw.tif", rgb, compression="tiff_lzw"); expect("lzw.tif", 0, rgb)
pil("deflate.tif", rgb, compression="tiff_adobe_deflate", tiffinfo={317: 2}); expect("deflate.tif", 0, rgb)
pil("packbits.tif", rgb, compression="packbits"); expect("packbits.tif", 0, rgb)
pil("jpeg.tif", rgb, compression="jpeg", quality=100); expect("jpeg.tif", 2, rgb)
tif("tiles.tif", rgb, photometric="rgb", tile=(16, 16)); expect("tiles.tif", 0, rgb)
pil("cmyk.tif", Image.fromarray(cmyk, "CMYK")); expect("cmyk.tif", 1, naive(cmyk))
tif("cmyk16.tif", cmyk.astype(np.uint16) * 257, photometric="separated"); refuse("cmyk16.tif", "CMYK")
tif("cmyk-planar.tif", np.moveaxis(cmyk, -1, 0), photometric="separated", planarconfig="separate"); expect("cmyk-planar.tif", 1, naive(cmyk))
lab = np.dstack([grey, (x * 3).astype(np.uint8), (y * 5).astype(np.uint8)])
tif("lab.tif", lab, photometric="cielab"); refuse("lab.tif", "LAB")
tif("icclab.tif", lab, photometric="icclab"); refuse("icclab.tif", "LAB")
tif("ycbcr.tif", ycbcr(rgb), photometric="ycbcr"); expect("ycbcr.tif", 2, rgb)
tif("rgb-profile.tif", rgb, photometric="rgb", iccprofile=wide); expect("rgb-profile.tif", 0, rgb)
pil("orientation.tif", rgb, tiffinfo={274: 6}); expect("orientation.tif", 0, rgb)

def bare(name, bits, samples, photometric=1):
    data = b"".join(np.packbits(np.unpackbits(r.astype(">u2").view(np.uint8).reshape(-1, 2), axis=1)[:, -bits:].reshape(-1)).tobytes() for r in samples)
    tags = [(256, W), (257, H), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1), (278, H), (279, len(data))]
    with open(name, "wb") as f:
        f.write(struct.pack(">2sHI", b"MM", 42, 8 + len(data) + len(data) % 2) + data + b"\0" * (len(data) % 2) + struct.pack(">H", len(tags)))
        for tag, value in tags:
            short = tag in (258, 259, 262, 277)
            f.write(struct.pack(">HHII", tag, 3 if short else 4, 1, value << 16 if short else value))
        f.write(struct.pack(">I", 0))


for bits in (2, 4):
    bare(f"grey{bits}.tif", bits, quant(bits)); expect(f"grey{bits}.tif", 0.01, level(bits))
    bare(f"grey{bits}-white-is-0.tif", bits, 2 ** bits - 1 - quant(bits), 0); expect(f"grey{bits}-white-is-0.tif", 0.01, level(bits))
for bits in (10, 12):
    bare(f"grey{bits}.tif", bits, deep_grey >> (16 - bits)); expect(f"grey{bits}.tif", 0.01, (deep_grey >> (16 - bits)) * (255 / (2 ** bits - 1)))
tif("palette8-exact.tif", grey, photometric="palette", colormap=(palette.astype(np.uint16) * 257).T); expect("palette8-exact.tif", 0, palette[grey])
tif("float16-rgb.tif", rgb.astype(np.float16), photometric="rgb"); refuse("float16-rgb.tif", "floating")

# BMP, GIF, WBMP
pil("rgb24.bmp", rgb); expect("rgb24.bmp", 0, rgb)
pil("rgba32.bmp", np.dstack([rgb, alpha])); expect("rgba32.bmp", 0, rgb)
pil("grey8.bmp", grey); expect("grey8.bmp", 0, grey)
pil("palette8.bmp", p); expect("palette8.bmp", 0, palette[grey])
pil("bilevel.bmp", Image.fromarray(((grey > 127) * 255).astype(np.uint8)).convert("1")); expect("bilevel.bmp", 0, (grey > 127) * 255)
five = rgb >> 3
r5 = (five[..., 0].astype(np.uint16) << 10) | (five[..., 1].astype(np.uint16) << 5) | five[..., 2]
body = r5[::-1].astype("<u2").tobytes()
open("rgb15.bmp", "wb").write(b"BM" + struct.pack("<IHHI", 54 + len(body), 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, W, H, 1, 16, 0, len(body), 0, 0, 0, 0) + body)
expect("rgb15.bmp", 0.51, five * (255 / 31))
pil("palette8.gif", p); expect("palette8.gif", 0, palette[grey])
pil("grey8.gif", grey); expect("grey8.gif", 0, grey)
bits = np.packbits(grey > 127, axis=1)
open("bilevel.wbmp", "wb").write(bytes([0, 0, W, H]) + bits.tobytes()); expect("bilevel.wbmp", 0, (grey > 127) * 255)

open("layouts.csv", "w").write("\n".join(rows) + "\n")
