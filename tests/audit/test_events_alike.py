"""Event types are taken apart and chosen by in every language, and the places are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit

RULE = "events_record_type"
MARK = "@e"
"""Stands behind each line that is a place."""

PROJECTS: dict[str, dict[str, str]] = {
    "py": {
        "sync/worker.py": """from acme.clever_feed import CleverFeed
HANDLERS = {
    "students": save_learner,@e
    "teachers": save_adult,@e
    "sections": save_group,
}
def run(token):
    for event in CleverFeed(token).events():
        kind, _, verb = event["type"].partition(".")
        HANDLERS.get(kind, skip)(event["data"]["object"], verb)
""",
        "acme/clever_feed.py": """import requests
class CleverFeed:
    def events(self):
        return requests.get("https://api.clever.com/v1.2/events", params={"record_type": "teachers"}).json()["data"]@e
""",
    },
    "java": {
        "Feed.java": """package acme.clever;
public class Feed {
  static final Set<String> TYPES = Set.of("students", "teachers");@e
  void take(JsonNode event) {
    String type = event.get("type").asText();
    String noun = type.substring(0, type.indexOf('.'));
    switch (noun) {
      case "students": learner(event.at("/data/object")); break;@e
      case "teachers":@e
      case "schooladmins": adult(event.at("/data/object")); break;@e
      default: log.debug(type);
    }
    if (type.startsWith("contacts")) {@e
      guardian(event);
    }
    if (type.endsWith("teachers.deleted")) drop(event);@e
  }
}
""",
        "Poll.java": """package acme.clever;
public class Poll { String U = "https://api.clever.com/v2.1/events"; }
""",
    },
    "kt": {
        "Feed.kt": """package acme.clever
class Feed(private val http: Http) {
    fun poll() = http.get("https://api.clever.com/v2.1/events?record_type=students,teachers")@e
    fun take(event: Event) {
        when (event.type.substringBefore(".")) {
            "students" -> learner(event)@e
            "teachers", "schooladmins" -> adult(event)@e
        }
        when (event.type) {
            "students.created", "students.updated" -> learner(event)@e
            "sections.created" -> group(event)
        }
    }
}
""",
    },
    "cs": {
        "Feed.cs": """namespace Acme.Clever {
  public class Feed {
    const string Url = "https://api.clever.com/v2.1/events";
    void Take(Event e) {
      switch (e.Type.Split('.')[0]) {
        case "students": Learner(e); break;@e
        case "teachers": Adult(e); break;@e
      }
      var noun = e.Type.Split('.')[0] switch {
        "students" => "learner",@e
        "schooladmins" => "adult",@e
        _ => null
      };
      if (e.Type is "students.deleted" or "teachers.deleted") Drop(e);@e
    }
    private readonly Dictionary<string, Action<Event>> _handlers = new() {
      ["students.created"] = Learner,@e
      ["teachers.created"] = Adult,@e
    };
  }
}
""",
    },
    "go": {
        "feed.go": """package clever
const eventsURL = "https://api.clever.com/v2.1/events"
func take(e Event) error {
	noun, verb, _ := strings.Cut(e.Type, ".")
	switch noun {
	case "students":@e
		return learner(e, verb)
	case "teachers", "schooladmins":@e
		return adult(e, verb)
	}
	handlers := map[string]func(Event) error{
		"students": learner,@e
		"teachers": adult,@e
	}
	return handlers[noun](e)
}
""",
    },
    "rb": {
        "app/jobs/clever_feed_job.rb": r"""class CleverFeedJob
  URL = 'https://api.clever.com/v2.1/events'.freeze
  MODELS = { 'students' => Learner, 'teachers' => Adult, 'sections' => Group }.freeze@e
  def perform(event)
    noun, verb = event['type'].split('.')
    model = MODELS[noun]
    case event['type']
    when /\Astudents\./ then learner(event)@e
    when 'teachers.deleted', 'schooladmins.deleted' then drop(event)@e
    end
    case [noun, verb]
    in ['students', 'created'] then learner(event)@e
    in ['teachers', _] then adult(event)@e
    else nil
    end
    send("on_#{noun.singularize}", event)
  end
end
""",
    },
    "php": {
        "app/Jobs/Feed.php": r"""<?php
namespace App\Jobs;
class Feed {
    const URL = 'https://api.clever.com/v2.1/events';
    public function take(array $event) {
        [$noun, $verb] = explode('.', $event['type']);
        switch ($noun) {
            case 'students':@e
                return $this->learner($event);
            case 'teachers':@e
                return $this->adult($event);
        }
        match (true) {
            str_starts_with($event['type'], 'schooladmins.') => $this->adult($event),@e
            default => null,
        };
        if (preg_match('/^(students|teachers)\./', $event['type'])) {@e
            $this->person($event);
        }
    }
}
""",
    },
    "ex": {
        "lib/feed.ex": """defmodule Acme.Clever.Feed do
  @url "https://api.clever.com/v2.1/events"
  @people ~w(students teachers schooladmins)@e
  def take(%{"type" => "students." <> verb} = event), do: learner(event, verb)@e
  def take(%{"type" => "teachers.deleted"} = event), do: drop(event)@e
  def take(%{"type" => type} = event) do
    [noun, verb] = String.split(type, ".")
    case {noun, verb} do
      {"contacts", "created"} -> guardian(event)@e
      {"schooladmins", _} -> adult(event)@e
      _ -> :ok
    end
  end
end
""",
    },
    "rs": {
        "src/feed.rs": """const URL: &str = "https://api.clever.com/v2.1/events";
fn take(event: &Event) {
    let (noun, verb) = event.kind.split_once('.').unwrap();
    match noun {
        "students" => learner(event),@e
        "teachers" | "schooladmins" => adult(event),@e
        _ => {}
    }
    match (noun, verb) {
        ("contacts", "deleted") => drop(event),@e
        _ => {}
    }
}
""",
    },
    "swift": {
        "Feed.swift": """let url = "https://api.clever.com/v2.1/events"
func take(_ event: Event) {
    let noun = event.type.split(separator: ".").first
    switch noun {
    case "students": learner(event)@e
    case "teachers", "schooladmins": adult(event)@e
    default: break
    }
    if event.type.hasPrefix("contacts.") { guardian(event) }@e
}
""",
    },
    "scala": {
        "Feed.scala": """package acme.clever
object Feed {
  val url = "https://api.clever.com/v2.1/events"
  def take(event: Event) = event.`type`.split('.') match {
    case Array("students", verb) => learner(event, verb)@e
    case Array("teachers" | "schooladmins", _) => adult(event)@e
    case _ => ()
  }
  val nouns = Map("students" -> learner _, "teachers" -> adult _)@e
}
""",
    },
    "ts": {
        "src/types.ts": """export enum RosterEvent {
  LearnerAdded = 'students.created',@e
  AdultAdded = 'teachers.created',@e
  Group = 'sections.created',
}
""",
        "src/feed.ts": r"""import { RosterEvent } from './types';
const URL = 'https://api.clever.com/v2.1/events';
const isPerson = (type: string) => /^(students|teachers|schooladmins)\./.test(type);@e
export function take(event: { type: string; data: { object: any } }) {
  const [noun, verb] = event.type.split('.');
  if (noun === 'students' && verb === 'deleted') drop(event);@e
  const table = { students: 'learners', teachers: 'adults' }[noun];@e
  const people = ['students', 'teachers', 'contacts'].includes(noun);@e
}
""",
    },
    "sql": {
        "models/stg_clever_events.sql": """select
  split_part(type, '.', 1) as noun,
  count(*) filter (where type = 'students.created') as added,@e
  sum(case when type like 'teachers.%' then 1 else 0 end) as adults,@e
from raw.clever.events
where type in ('students.updated', 'teachers.updated')@e
""",
    },
    "shell": {
        "bin/poll.sh": """curl -s "https://api.clever.com/v2.1/events?record_type=students&record_type=teachers" |@e
  jq -c '.data[].data | select(.type | startswith("students."))'@e
case "$type" in
  teachers.created|teachers.updated) load_adult ;;@e
esac
""",
    },
    "cs2": {
        "Consumer.cs": """namespace Acme.Roster {
  public class Consumer {
    public Task Consume(RosterMessage m) => m.Event.Type switch {
      "students.created" => Add(m),@e
      "students.updated" => Add(m),@e
      "teachers.deleted" => Drop(m),@e
      _ => Task.CompletedTask,
    };
  }
}
""",
        "CleverPoller.cs": """class CleverPoller { string Url = "https://api.clever.com/v2.1/events"; }
""",
    },
}


def marked(source: str) -> tuple[str, list[int]]:
    """Return a source without its marks, and the lines that bear one."""
    lines = source.splitlines()
    places = [number for number, line in enumerate(lines, 1) if line.endswith(MARK)]
    return "".join(f"{line.removesuffix(MARK)}\n" for line in lines), places


@pytest.mark.parametrize("project", sorted(PROJECTS))
def test_each_language_says_it_alike(tmp_path: Path, project: str) -> None:
    """What is found in one language is found in the others, and nothing beside it."""
    sources = {name: marked(source) for name, source in PROJECTS[project].items()}
    found = audit(tmp_path, {name: source for name, (source, _) in sources.items()}, RULE)
    for name, (_, places) in sources.items():
        lines = {int(each["line"]) for each in found if str(each["path"]).endswith(name)}
        assert sorted(lines) == places, name
