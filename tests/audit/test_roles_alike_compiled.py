"""The type of /me is followed in the same steps in every language: tuples, constants, sessions, enumerations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import check_marked

RULE = "identity_me_type"

PROJECTS: dict[str, dict[str, str]] = {
    "java": {
        "client/CleverGateway.java": """package com.acme.clever;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
public class CleverGateway {
  private static final String BASE = "https://api.clever.com/v2.1";
  private final Http http;
  public Map<String, Object> me(String token) {
    return http.get(BASE + "/me", token);
  }
  public Map<String, Object> profile(String token, String kind, String id) {
    return http.get(BASE + "/" + kind + "s/" + id, token);
  }
}
""",
        "login/LoginServlet.java": """package com.acme.login;
import com.acme.clever.CleverGateway;
public class LoginServlet {
  private static final String KIND_KEY = "kind";
  private final CleverGateway clever;
  void done(HttpSession session, String token) {
    Map<String, Object> me = clever.me(token);
    String kind = (String) me.get("type");@@
    String id = (String) ((Map<String, Object>) me.get("data")).get("id");
    session.setAttribute(KIND_KEY, kind);@@
    member.setRole(roleFor(kind));@@
  }
  private String roleFor(String kind) {
    if ("student".equals(kind)) {@@
      return "LEARNER";
    }
    return "STAFF";
  }
  boolean isLearner(HttpSession session) {
    return "student".equals(session.getAttribute(KIND_KEY));@@
  }
}
""",
    },
    "cs": {
        "Clever/CleverApi.cs": """namespace Acme.Clever {
  public class CleverApi {
    private const string Root = "https://api.clever.com/v2.1";
    public async Task<JObject> MeAsync(string token) => await Get(Root + "/me", token);
    public async Task<(string Kind, string Id)> WhoAsync(string token) {
      var me = await MeAsync(token);
      return ((string)me["type"], (string)me["data"]["id"]);@@
    }
  }
}
""",
        "Web/LoginController.cs": """using Acme.Clever;
namespace Acme.Web {
  public class LoginController : Controller {
    private readonly CleverApi _clever;
    public async Task<IActionResult> Done(string token) {
      var me = await _clever.MeAsync(token);
      var kind = (string)me["type"];@@
      var id = (string)me["data"]["id"];
      HttpContext.Session.SetString("Kind", kind);@@
      var member = new Member { CleverId = id, Role = MapRole(kind) };@@
      if (kind is "school_admin" or "district_admin") {@@
        return Redirect("/office");
      }
      return kind switch {@@
        "student" => Redirect("/desk"),
        _ => Redirect("/class"),
      };
    }
    public async Task<IActionResult> Other(string token) {
      var (kind, id) = await _clever.WhoAsync(token);
      return Redirect(kind == "student" ? "/desk" : "/class");@@
    }
    private static Role MapRole(string kind) => kind switch {@@
      "student" => Role.Learner,
      _ => Role.Staff,
    };
    public IActionResult Home() {
      var kind = HttpContext.Session.GetString("Kind");
      if (kind == "student") return View("Desk");@@
      return View("Class");
    }
  }
}
""",
    },
    "go": {
        "clever/client.go": """package clever
type Me struct {
	Type string `json:"type"`@@
	Data struct {
		ID string `json:"id"`
	} `json:"data"`
}
func (c *Client) Me(token string) (*Me, error) {
	var me Me
	err := c.get("https://api.clever.com/v2.1/me", token, &me)
	return &me, err
}
func (c *Client) Who(token string) (string, string, error) {
	me, err := c.Me(token)
	if err != nil {
		return "", "", err
	}
	return me.Type, me.Data.ID, nil@@
}
""",
        "web/login.go": """package web
import "acme/clever"
func (h *Handler) Done(w http.ResponseWriter, r *http.Request) {
	kind, id, err := h.clever.Who(r.FormValue("t"))
	if err != nil {
		return
	}
	session.Values["kind"] = kind@@
	if kind == "student" {@@
		http.Redirect(w, r, "/desk", 302)
		return
	}
	h.db.Exec("insert into members (clever_id, role) values ($1, $2)", id, kind)@@
}
func (h *Handler) Home(w http.ResponseWriter, r *http.Request) {
	switch session.Values["kind"] {@@
	case "student":
		desk(w)
	default:
		class(w)
	}
}
""",
    },
    "go2": {
        "sso.go": """package sso
func me(token string) (string, error) {
	body, err := get("https://api.clever.com/v2.1/me", token)
	var who struct {
		Type string `json:"type"`@@
		Data struct{ ID string }
	}
	if err := json.Unmarshal(body, &who); err != nil {
		return "", err
	}
	return who.Type, nil@@
}
""",
    },
    "kt": {
        "Login.kt": """package acme
class CleverClient(private val http: Http) {
    fun me(token: String): JSONObject = http.get("https://api.clever.com/v2.1/me", token)
    fun who(token: String): Pair<String, String> {
        val me = me(token)
        return Pair(me.getString("type"), me.getJSONObject("data").getString("id"))@@
    }
}
class Login(private val clever: CleverClient, private val prefs: SharedPreferences) {
    fun done(token: String): Screen {
        val (kind, id) = clever.who(token)
        prefs.edit().putString(KEY_KIND, kind).apply()@@
        return when (kind) {@@
            "student" -> Screen.DESK
            else -> Screen.CLASS
        }
    }
    fun isStudent() = prefs.getString(KEY_KIND, null) == "student"@@
}
""",
    },
    "swift": {
        "Login.swift": """struct Me: Decodable {
    let type: String@@
    let data: MeData
}
final class CleverSession {
    func me(token: String) async throws -> Me {
        try await get("https://api.clever.com/v2.1/me", token)
    }
    func done(token: String) async throws -> Screen {
        let me = try await me(token: token)
        UserDefaults.standard.set(me.type, forKey: "kind")@@
        switch me.type {@@
        case "student": return .desk
        default: return .classroom
        }
    }
    var isStudent: Bool { UserDefaults.standard.string(forKey: "kind") == "student" }@@
}
""",
    },
    "scala": {
        "Login.scala": """package acme
case class Me(`type`: String, data: MeData)@@
class CleverApi(http: Http) {
  def me(token: String): Future[Me] = http.get("https://api.clever.com/v2.1/me", token).map(_.as[Me])
}
class Login(clever: CleverApi) {
  def landing(me: Me): String = me.`type` match {@@
    case "student" => "/desk"
    case _ => "/class"
  }
  def isStudent(me: Me): Boolean = me.`type` == "student"@@
}
""",
    },
    "rust": {
        "src/login.rs": """use serde_json::Value;
pub async fn done(token: &str) -> Redirect {
    let me: Value = http.get("https://api.clever.com/v2.1/me").bearer_auth(token).send().await.unwrap().json().await.unwrap();
    let id = me["data"]["id"].as_str().unwrap();
    let kind = me["type"].as_str().unwrap_or("teacher");@@
    session.insert("kind", kind);@@
    match kind {@@
        "student" => Redirect::to("/desk"),
        _ => Redirect::to("/class"),
    }
}
async fn who(token: &str) -> (String, String) {
    let me: Value = clever_get("https://api.clever.com/v2.1/me", token).await;
    (me["type"].as_str().unwrap().to_string(), me["data"]["id"].as_str().unwrap().to_string())@@
}
async fn other(token: &str) -> Redirect {
    let (kind, id) = who(token).await;
    if kind == "student" {@@
        return Redirect::to("/desk");
    }
    Redirect::to("/class")
}
""",
    },
}


@pytest.mark.parametrize("project", sorted(PROJECTS))
def test_each_language_says_it_alike(tmp_path: Path, project: str) -> None:
    """What is found in one language is found in the others, and nothing beside it."""
    check_marked(tmp_path, RULE, PROJECTS[project])
