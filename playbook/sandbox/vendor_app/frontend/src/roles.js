export function homeFor(userType) {
  switch (userType) {
    case "student":
      return "/lessons";
    case "district_admin":
      return "/district";
    case "school_admin":
      return "/school";
    default:
      return "/dashboard"; // teachers
  }
}

export const canSeeGrades = (user) => user.type === "teacher" || user.type === "school_admin";

export const cardName = (contact) => `${contact.name} (${contact.relationship})`;
