"""What was found, for a terminal, for programs, for code review and for a team lead."""
