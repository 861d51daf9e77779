"""The calls and operators that put texts together, of all languages."""

from __future__ import annotations

import re

from playbook.audit.words import words

CONCATENATIONS = words("+ . .. <> & ~ << ++")
FORMATS = words(
    "format sprintf Sprintf String.format Format printf asprintf stringWithFormat formatted format! interpolate"
)
PATH_JOINS = words(
    "urljoin join Join JoinPath joinpath Combine resolve appendingPathComponent appendPathSegment AppendPathSegment "
    "appendPath addPathSegment addPathSegments addEncodedPathSegments path pathSegment path_segments with_path "
    "AppendPathSegments addPath URLByAppendingPathComponent url_join build_url merge"
)
TEXT_JOINS = words("str paste0 concat strcat stringByAppendingString append ConcatStrings cat concat_strings")
PASSED = words(
    "URI Uri URL url new parse create from_string string fromString parse! freeze to_s toString trim strip chomp "
    "rstrip "
    "lstrip trimEnd TrimEnd rtrim ltrim strip_edges unwrap to_string to_owned as_str into clone escape encode "
    "encodeURI raw html_safe String str get_url sanitize NewURL constantize fromHttpUrl fromUriString "
    "newBuilder HttpUrl toHttpUrl builder StringBuilder StringBuffer stringWithString"
)
REPLACES = words("replace gsub sub replacingOccurrences Replace replaceAll replaceFirst tr str_replace strtr with")
PLACEHOLDER = re.compile(
    r"%(?:\d+\$)?[sdvqiuf@]|%-?\d*\.?\d*[sd]|%\((?P<a>\w+)\)[sd]|%\{(?P<b>\w+)\}|%<(?P<c>\w+)>s?|\{(?P<d>\w*)(?:[:!][^{}]*)?\}"
)
ENVIRONMENT = words(
    "ENV env environ getenv getEnv GetEnvironmentVariable fetch get config Config get_env fetch_env! get_config "
    "getProperty System settings"
)
