"""The questionnaire of ``blueprint new``: what people type, what is known so far, what is kept."""
