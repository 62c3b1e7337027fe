"""Media types by the extension of a file's name, and the extension that goes with a type.

What Parse Server serves a file as depends on its name alone; these are the types that apps meet, with the names
that Parse Server gives them. A machine's own table of types plays no part: answers are the same everywhere.

Rules: reference/files-push.md, sections 1.2 and 2.
"""

from __future__ import annotations

_TABLE = """
application/atom+xml atom
application/dash+xml mpd
application/epub+zip epub
application/geo+json geojson
application/gpx+xml gpx
application/gzip gz
application/java-archive jar war
application/java-vm class
application/json json map
application/ld+json jsonld
application/manifest+json webmanifest
application/mathml+xml mathml
application/msword doc dot
application/n-quads nq
application/n-triples nt
application/node cjs
application/octet-stream bin deb dll dmg exe iso msi so
application/oda oda
application/pdf pdf
application/pgp-encrypted pgp
application/pgp-keys asc
application/pgp-signature sig
application/pkcs7-mime p7m p7c
application/pkcs7-signature p7s
application/pkix-cert cer
application/postscript ai eps ps
application/rdf+xml rdf owl
application/rls-services+xml rs
application/rss+xml rss
application/rtf rtf
application/smil+xml smi smil
application/sql sql
application/toml toml
application/trig trig
application/ttml+xml ttml
application/vnd.adobe.air-application-installer-package+zip air
application/vnd.amazon.ebook azw
application/vnd.android.package-archive apk
application/vnd.apple.keynote key
application/vnd.apple.mpegurl m3u8
application/vnd.apple.numbers numbers
application/vnd.apple.pages pages
application/vnd.apple.pkpass pkpass
application/vnd.autodesk.fbx fbx
application/vnd.google-earth.kml+xml kml
application/vnd.google-earth.kmz kmz
application/vnd.mif mif
application/vnd.mozilla.xul+xml xul
application/vnd.ms-excel xls
application/vnd.ms-excel.sheet.macroenabled.12 xlsm
application/vnd.ms-fontobject eot
application/vnd.ms-outlook msg
application/vnd.ms-powerpoint ppt pot pps
application/vnd.oasis.opendocument.graphics odg
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.presentationml.slideshow ppsx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.openxmlformats-officedocument.wordprocessingml.template dotx
application/vnd.rar rar
application/vnd.sun.wadl+xml wadl
application/wasm wasm
application/wsdl+xml wsdl
application/x-7z-compressed 7z
application/x-bcpio bcpio
application/x-bittorrent torrent
application/x-bzip2 bz2
application/x-cpio cpio
application/x-csh csh
application/x-dvi dvi
application/x-gtar gtar
application/x-hdf hdf
application/x-httpd-php php
application/x-latex latex
application/x-mobipocket-ebook prc mobi
application/x-ms-shortcut lnk
application/x-msdownload exe bat
application/x-netcdf nc cdf
application/x-perl pl
application/x-pkcs12 p12 pfx
application/x-redhat-package-manager rpm
application/x-sh sh
application/x-shar shar
application/x-shockwave-flash swf
application/x-subrip srt
application/x-sv4cpio sv4cpio
application/x-sv4crc sv4crc
application/x-tar tar
application/x-tcl tcl
application/x-tex tex
application/x-texinfo texinfo texi
application/x-ustar ustar
application/x-wais-source src
application/x-x509-ca-cert der crt pem
application/x-xz xz
application/xhtml+xml xhtml xht
application/xml xml rng xsd xsl
application/xslt+xml xsl xslt
application/xspf+xml xspf
application/zip zip
audio/aac adts aac
audio/amr amr
audio/basic au snd
audio/midi mid midi
audio/mp4 m4a
audio/mpeg mpga mp2 mp3
audio/ogg oga ogg opus
audio/wav wav
audio/webm weba
audio/x-aiff aif aifc aiff
audio/x-caf caf
audio/x-flac flac
audio/x-mpegurl m3u
audio/x-ms-wma wma
audio/x-pn-realaudio ram ra
font/collection ttc
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/apng apng
image/avif avif
image/bmp bmp
image/emf emf
image/gif gif
image/heic heic
image/heic-sequence heics
image/heif heif
image/heif-sequence heifs
image/ief ief
image/jpeg jpg jpe jpeg
image/jxl jxl
image/pjpeg jfif
image/png png
image/svg+xml svg svgz
image/tiff tif tiff
image/vnd.adobe.photoshop psd
image/vnd.microsoft.icon ico
image/webp webp
image/wmf wmf
image/x-adobe-dng dng
image/x-cmu-raster ras
image/x-portable-anymap pnm
image/x-portable-bitmap pbm
image/x-portable-graymap pgm
image/x-portable-pixmap ppm
image/x-rgb rgb
image/x-tga tga
image/x-xbitmap xbm
image/x-xpixmap xpm
image/x-xwindowdump xwd
message/rfc822 eml mht mhtml
model/gltf+json gltf
model/gltf-binary glb
model/obj obj
model/step step stp
model/stl stl
model/vnd.collada+xml dae
model/vnd.pytha.pyox pyo
model/vnd.usdz+zip usdz
text/cache-manifest appcache manifest
text/calendar ics
text/coffeescript coffee
text/css css
text/csv csv
text/html html htm shtml
text/javascript js mjs
text/jsx jsx
text/less less
text/markdown md markdown
text/n3 n3
text/plain txt conf ini log
text/richtext rtx
text/sgml sgml sgm
text/stylus stylus styl
text/tab-separated-values tsv
text/troff t man me ms roff tr
text/vtt vtt
text/x-c c cpp h
text/x-java-source java
text/x-lua lua
text/x-sass sass
text/x-scss scss
text/x-setext etx
text/x-vcalendar vcs
text/x-vcard vcf
text/yaml yaml yml
video/3gpp 3gp 3gpp
video/3gpp2 3g2
video/mp2t ts m2ts
video/mp4 mp4 mpg4
video/mpeg mpeg m1v mpe mpg
video/ogg ogv
video/quicktime qt mov
video/webm webm
video/x-flv flv
video/x-m4v m4v
video/x-matroska mkv
video/x-ms-wmv wmv
video/x-msvideo avi
video/x-sgi-movie movie
"""
"""A type, the extension that is given to a name without one, and the others that mean it."""


def _extensions() -> tuple[dict[str, str], dict[str, str]]:
    types: dict[str, str] = {}
    extensions: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        media_type, *known = line.split()
        extensions[media_type] = known[0]
        for extension in known:
            types.setdefault(extension, media_type)
    return types, extensions


_TYPES, _EXTENSIONS = _extensions()
_UTF_8 = frozenset({"application/json", "application/manifest+json"})
"""Types that are text, though they don't say so."""


def media_type_of(name: str) -> str | None:
    """The type that a file of this name is served as; ``None`` for an extension that says nothing."""
    last = name.rpartition("/")[2]
    return _TYPES.get(last.rpartition(".")[2].lower())


def extension_for(media_type: str) -> str | None:
    """The extension for a type, which may have parameters behind it."""
    return _EXTENSIONS.get(media_type.partition(";")[0].strip().lower())


def as_content_type(media_type: str) -> str:
    """The type as a header says it: text is UTF-8."""
    is_text = media_type.startswith("text/") or media_type in _UTF_8
    return f"{media_type}; charset=utf-8" if is_text and "charset" not in media_type else media_type
