"""What documents say in English, said again in Japanese from their codes and numbers: a file a document.

Every function gives a `simworth.report.language.Both` of the document's own sentence and its Japanese, which is
empty where a document does not hold what the Japanese sentence needs.
"""
