"""The questionnaire of ``blueprint new`` as a session without a terminal, and its steps as text."""
