"""The type of `/me` where libraries ask, where templates decide, and where patterns take it apart; nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit, check_marked

JAVA_API = """package app.clever;
@FeignClient(name = "clever", url = "https://api.clever.com")
public interface CleverApi {
  @GetMapping("/v2.1/me")
  Reply ask(@RequestHeader("Authorization") String bearer);
}
"""
KOTLIN_API = """package clever
interface CleverService {
    @GET("me")
    suspend fun ask(@Header("Authorization") bearer: String): ReplyEnvelope
}
val ROOT = "https://api.clever.com/v2.1/"
"""
CSHARP_API = """namespace App.Clever;
public interface ICleverApi {
  [Get("/v2.1/me")]
  Task<ReplyPage> Ask([Authorize] string token);
}
public static class Setup { public const string Root = "https://api.clever.com"; }
"""
PYTHON_API = """import requests

def who(token):
    return requests.get("https://api.clever.com/v2.1/me", headers={"Authorization": token}).json()
"""


@pytest.mark.parametrize(
    ("files", "name"),
    [
        pytest.param(
            {
                "clever/CleverApi.java": JAVA_API,
                "Account.java": "public record Account(String type, String plan) {}\n",
            },
            "Account.java",
            id="a class that no request answers with",
        ),
        pytest.param(
            {
                "clever.py": PYTHON_API,
                "failure.rb": "class Identity\n  def fail\n    return { type: 'failure', data: 'x' }\n  end\nend\n",
            },
            "failure.rb",
            id="a hash that is given back declares nothing",
        ),
        pytest.param(
            {
                "clever/CleverApi.java": JAVA_API,
                "OwnController.java": 'class OwnController {\n  @GetMapping("/me")\n'
                "  Profile me(User user) { return new Profile(user); }\n}\n",
                "Profile.java": "public record Profile(String type, String plan) {}\n",
            },
            "Profile.java",
            id="a route of the application's own has a body",
        ),
        pytest.param(
            {
                "clever.py": PYTHON_API,
                "paths.py": 'def kind_of(path):\n    _, _, kind = path.split("/")\n    return kind\n',
            },
            "paths.py",
            id="a path that is no link of Clever's",
        ),
        pytest.param(
            {"clever.py": PYTHON_API, "shop.vue": "<template><p v-if=\"item.type === 'student'\">x</p></template>\n"},
            "shop.vue",
            id="a template's item has a type too",
        ),
    ],
)
def test_other_types_are_left_alone(tmp_path: Path, files: dict[str, str], name: str) -> None:
    """What Clever does not answer with is not reported."""
    found = audit(tmp_path, files, "identity_me_type")
    assert [each["line"] for each in found if str(each["path"]).endswith(name)] == []


@pytest.mark.parametrize(
    ("name", "source", "others"),
    [
        pytest.param(
            "clever/Reply.java",
            "package app.clever;\npublic record Reply(String type, Inner data) {}@@\n",
            {"clever/CleverApi.java": JAVA_API},
            id="java",
        ),
        pytest.param(
            "ReplyEnvelope.kt",
            "package clever\ndata class ReplyEnvelope(val type: String, val data: Inner)@@\n",
            {"CleverService.kt": KOTLIN_API},
            id="kotlin",
        ),
        pytest.param(
            "ReplyPage.cs",
            "namespace App.Clever;\npublic record ReplyPage(string Type, Inner Data);@@\n",
            {"CleverApi.cs": CSHARP_API},
            id="csharp",
        ),
        pytest.param(
            "clever.rs",
            'const ROOT: &str = "https://api.clever.com/v2.1";\npub struct Who {\n    pub r#type: String,@@\n'
            "    pub data: WhoData,\n}\n",
            {},
            id="rust",
        ),
        pytest.param(
            "CleverProfile.scala",
            'package clever\nobject Api { val url = "https://api.clever.com/v2.1/me" }\n'
            "case class CleverProfile(login: LoginInfo, userType: String, district: Option[String])@@\n",
            {},
            id="scala",
        ),
        pytest.param(
            "Clever.swift",
            'let root = "https://api.clever.com/v2.1"\n'
            "struct Signed: Decodable { let type: String; let data: Inner }@@\n",
            {},
            id="swift",
        ),
    ],
)
def test_a_class_that_is_answered_with_declares_it(
    tmp_path: Path, name: str, source: str, others: dict[str, str]
) -> None:
    """A class is Clever's by what it has, or because a request that a library makes is declared to return it."""
    check_marked(tmp_path, "identity_me_type", {name: source}, **others)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param(
            "login.py",
            "from clever import who\n\ndef done(token):\n    me = who(token)\n"
            '    _, _, kind, ref = me["links"][1]["uri"].split("/")@@\n    return ref\n',
            id="python",
        ),
        pytest.param(
            "login.ts",
            "const root = 'https://api.clever.com/v2.1';\nexport async function done(token: string) {\n"
            "  const me = await fetch(`${root}/me`).then((r) => r.json());\n"
            "  const [, , kind] = me.links.find((l) => l.rel === 'canonical').uri.split('/');@@\n  return kind;\n}\n",
            id="typescript",
        ),
        pytest.param(
            "login.rb",
            'class Clever\n  def done\n    me = HTTParty.get("https://api.clever.com/v2.1/me")\n'
            '    _, _, kind, ref = me["links"].last["uri"].split("/")@@\n    ref\n  end\nend\n',
            id="ruby",
        ),
        pytest.param(
            "words.rb",
            'class Clever\n  def done\n    me = HTTParty.get("https://api.clever.com/v2.1/me")\n'
            '    %w[teacher school_admin].include?(me["type"])@@\n  end\nend\n',
            id="a list of words in ruby",
        ),
        pytest.param(
            "words.ex",
            'defmodule Clever do\n  def done(token) do\n    me = Req.get!("https://api.clever.com/v2.1/me").body\n'
            '    kind = me["type"]@@\n    staff = kind in ~w(teacher school_admin)@@\n    staff\n  end\nend\n',
            id="a list of words in elixir",
        ),
        pytest.param(
            "parser.scala",
            'package clever\nobject Parser {\n  val url = "https://api.clever.com/v2.1/me"\n'
            "  def parse(json: JsValue) = Person(\n"
            '    (json \\ "data" \\ "id").as[String],\n    (json \\ "type").as[String]@@\n  )\n}\n',
            id="a slashed path in scala",
        ),
        pytest.param(
            "clever.coffee",
            "root = 'https://api.clever.com/v2.1'\nwhoami = (done) ->\n"
            '  $.ajax(url: "#{root}/me").then (me) =>\n    App.session.role = me.type@@\n',
            id="a block in coffeescript",
        ),
        pytest.param(
            "home.vue",
            '<template>\n  <a v-if="me.cleverType === \'teacher\'" href="/x">x</a>@@\n</template>\n<script>\n'
            "const { data } = await axios.get('https://api.clever.com/v2.1/me');\n"
            "this.me = { cleverType: data.type };@@\n</script>\n",
            id="a condition in vue",
        ),
        pytest.param(
            "home.svelte",
            "<script>\nconst me = await (await fetch('https://api.clever.com/v2.1/me')).json();\n</script>\n"
            "{#if me.type === 'teacher'}@@\n<p>x</p>\n{/if}\n",
            id="a condition in svelte",
        ),
    ],
)
def test_patterns_and_templates_take_it(tmp_path: Path, name: str, source: str) -> None:
    """The type is found where a pattern, a list of words or a template's condition takes it."""
    others = {"clever.py": PYTHON_API} if name.endswith(".py") else {}
    check_marked(tmp_path, "identity_me_type", {name: source}, **others)


def test_a_claim_that_gets_it_is_followed(tmp_path: Path) -> None:
    """ASP.NET's claim that is filled with the type decides where it is read; another claim does not."""
    source = (
        "public class Portal {\n  void Done(HttpContext http) {\n"
        '    var isStaff = http.User.FindFirstValue(ClaimTypes.Role) != "student";@@\n'
        '    var isKnown = http.User.FindFirstValue(ClaimTypes.Gender) != "student";\n  }\n}\n'
    )
    options = (
        "namespace App.Clever;\npublic class CleverOptions {\n  public CleverOptions() {\n"
        '    UserInformationEndpoint = "https://api.clever.com/v2.1/me";\n'
        '    ClaimActions.MapJsonKey(ClaimTypes.Role, "type");\n  }\n}\n'
    )
    check_marked(tmp_path, "identity_me_type", {"Portal.cs": source}, **{"CleverOptions.cs": options})


def test_a_column_of_v2_roles_is_the_type(tmp_path: Path) -> None:
    """A type that may be one of v2's roles keeps what Clever sent; a role of the application's own does not."""
    source = (
        "const user = new Schema({\n  cleverId: String,\n"
        "  type: { type: String, enum: ['student', 'teacher', 'school_admin', 'district_admin'] },@@\n"
        "  role: { type: String, enum: ['student', 'teacher', 'admin'] },\n});\n"
        "const root = 'https://api.clever.com/v2.1';\n"
    )
    check_marked(tmp_path, "identity_me_type", {"user.js": source})


def test_a_map_of_clojure_filters_events(tmp_path: Path) -> None:
    """In Clojure a key stands in front of its value, wherever in the map."""
    source = (
        '(ns clever.feed)\n(def base "https://api.clever.com/v2.1")\n'
        '(get-all "/events" {:starting_after cursor :record_type ["students" "teachers"]})@@\n'
    )
    check_marked(tmp_path, "events_record_type", {"feed.clj": source})
