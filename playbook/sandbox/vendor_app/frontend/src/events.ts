type CleverEvent = { id: string; type: string; data: { object: { id: string } } };

const HANDLED = ["students.created", "students.deleted", "teachers.updated", "contacts.created"] as const;

export function isHandled(event: CleverEvent): boolean {
  return (HANDLED as readonly string[]).includes(event.type);
}

export async function latestEvent(token: string): Promise<CleverEvent | undefined> {
  const response = await fetch("https://api.clever.com/v2.1/events?ending_before=last&limit=1", {
    headers: { Authorization: `Bearer ${token}` },
  });
  const body = await response.json();
  return body.data[0]?.data;
}
