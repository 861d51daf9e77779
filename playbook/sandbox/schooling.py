"""Who goes where: schools, classes of students, sections and their teachers, courses and terms, all by arithmetic.

Students sit in classes of 24; a class stands in one school and has four sections, one a subject. Sections are dealt to
teachers in turn, so that both directions (a section's teachers, a teacher's sections) are a few additions.
Source: https://dev.clever.com/docs/sections
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CLASS_SIZE = 24
SUBJECTS = ("math", "science", "english/language arts", "social studies")
GRADES = ("Kindergarten", *(str(grade) for grade in range(1, 13)))
CO_TEACHER_EVERY = 5
SECOND_SCHOOL_EVERY = 50
UNKNOWN_TEACHER_EVERY = 120


@dataclass(frozen=True, slots=True)
class Schooling:
    """The numbers of a district's schools, and who belongs to which.

    Attributes:
        students: How many students there are.
        teachers: How many people teach; a teacher's rank counts them from 0.
        schools: How many schools there are.
    """

    students: int
    teachers: int
    schools: int

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return -(-self.students // CLASS_SIZE)

    @property
    def sections(self) -> int:
        """How many sections there are."""
        return self.classes * len(SUBJECTS)

    @property
    def courses(self) -> int:
        """How many courses there are: one a subject and grade."""
        return len(SUBJECTS) * len(GRADES)

    @property
    def terms(self) -> int:
        """How many terms there are."""
        return 2

    def school_of_class(self, number: int) -> int:
        """Return the school in which a class sits."""
        return number % self.schools

    def grade_of_class(self, number: int) -> int:
        """Return the grade of a class, as a number into GRADES."""
        return number // self.schools % len(GRADES)

    def schools_of_student(self, student: int) -> tuple[int, ...]:
        """Return a student's schools, the primary one first; every fiftieth student goes to two."""
        school = self.school_of_class(student // CLASS_SIZE)
        if student % SECOND_SCHOOL_EVERY or self.schools < 2:
            return (school,)
        return (school, (school + 1) % self.schools)

    def sections_of_student(self, student: int) -> tuple[int, ...]:
        """Return the sections that a student attends, ascending."""
        first = student // CLASS_SIZE * len(SUBJECTS)
        return tuple(range(first, first + len(SUBJECTS)))

    def students_of_section(self, section: int) -> range:
        """Return the students of a section."""
        first = section // len(SUBJECTS) * CLASS_SIZE
        return range(first, min(first + CLASS_SIZE, self.students))

    def teachers_of_section(self, section: int) -> tuple[int, ...]:
        """Return the ranks of a section's teachers, the primary one first."""
        if not self.teachers:
            return ()
        primary = section % self.teachers
        if section % CO_TEACHER_EVERY or self.teachers < 2:
            return (primary,)
        return (primary, (primary + 1) % self.teachers)

    def sections_of_teacher(self, rank: int) -> tuple[int, ...]:
        """Return the sections that a teacher teaches, as the primary one or beside her, ascending."""
        own = range(rank, self.sections, self.teachers)
        beside = range((rank - 1) % self.teachers, self.sections, self.teachers) if self.teachers > 1 else range(0)
        return tuple(sorted({*own, *(section for section in beside if section % CO_TEACHER_EVERY == 0)}))

    def schools_of_teacher(self, rank: int) -> tuple[int, ...]:
        """Return a teacher's schools, the primary one first: those of her sections."""
        schools = [self.school_of_section(section) for section in self.sections_of_teacher(rank)]
        return tuple(dict.fromkeys(schools)) or (rank % self.schools,)

    def school_of_section(self, section: int) -> int:
        """Return the school in which a section meets."""
        return self.school_of_class(section // len(SUBJECTS))

    def course_of_section(self, section: int) -> int:
        """Return the course that a section teaches."""
        number, subject = divmod(section, len(SUBJECTS))
        return self.grade_of_class(number) * len(SUBJECTS) + subject

    def term_of_section(self, section: int) -> int:
        """Return the term in which a section meets."""
        return (section // len(SUBJECTS) + section) % self.terms

    def has_unknown_teacher(self, section: int) -> bool:
        """Say whether a section also names a teacher whom the district does not share."""
        return section % UNKNOWN_TEACHER_EVERY == 7

    def sections_of_school(self, school: int) -> Iterator[int]:
        """Yield the sections that meet in a school, ascending."""
        for number in range(school, self.classes, self.schools):
            yield from range(number * len(SUBJECTS), (number + 1) * len(SUBJECTS))
