"""A study file from two tables: what can be told from the files is told, what cannot is asked."""

from __future__ import annotations

from simworth.starting.guessing import guess
from simworth.starting.looking import Column, Look, look
from simworth.starting.said import Guess, Question, Said, with_answer
from simworth.starting.writing import study_text

__all__ = ["Column", "Guess", "Look", "Question", "Said", "guess", "look", "study_text", "with_answer"]
