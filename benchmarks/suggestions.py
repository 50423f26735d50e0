"""Suggested Key Results against simpler rankings, on any folder of labelled pairs.

``python -m benchmarks suggestions [FOLDER ...]``. A folder holds three CSV files in UTF-8 with a
header each::

    initiatives.csv   id,title,text,team     records to link; text and team may be empty
    key_results.csv   id,title,text,team     candidates
    links.csv         initiative,key_result  every right pair, by id

For each initiative with a right answer, every Key Result is ranked. MAP is the mean average
precision, P@1 the share of initiatives whose first is right, recall@3 the share of right ones among
the first three. Intervals are 95 % bootstrap intervals over initiatives, with the same draws for
every method. The rankings learn nothing from the data that is scored, but for ``links known``: it
knows the right answers of all other initiatives, as every night, each hidden in turn.

The chances are those stated where nothing is known of the set (``default``), and those of
``links known``, learnt from the right answers of other initiatives, each tenth hidden in turn
(``learnt``): stated and true shares of the first three candidates by tenth of the chance, and what
the default floor leaves.

Without a folder the sample company is scored by its own definition.
``benchmarks/suggestion_data.py`` makes folders from public data, and says which of them played a
part in choosing numbers.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from scipy.sparse import csr_matrix

from benchmarks.forecast.scores import bootstrap_mean
from okr_model.links.suggestions import LEAST_CHANCE
from okr_model.links.suggestions.accuracy import reliability
from okr_model.links.suggestions.chances import ChanceCurve, chances_hidden_in_turn, shares_of
from okr_model.links.suggestions.pair_scores import PairScores
from okr_model.links.suggestions.text_similarity import Meaning
from pipelines.text_embeddings import TextEmbeddings, is_installed

_COLUMNS = ["id", "title", "text", "team"]


@dataclass(frozen=True)
class Labelled:
    """One folder: initiatives, Key Results, and for each initiative the right ones."""

    name: str
    work: pd.DataFrame
    targets: pd.DataFrame
    right: dict[str, set[str]]


def main() -> int:
    """Print every method's scores on every data set."""
    folders = [Path(word) for word in sys.argv[1:]]
    for data in [read_folder(folder) for folder in folders] or [sample_company()]:
        pairs = sum(map(len, data.right.values()))
        print(
            f"{data.name}: {len(data.right)} initiatives with {pairs} right answers among "
            f"{len(data.targets)} Key Results"
        )
        print(f"  {'':14} {'MAP':24} {'P@1':24} {'recall@3':24} seconds")
        for name, method in METHODS.items():
            if method is ours_with_meanings and not is_installed():
                print(f"  {name:14} not measured: the extra okr-sync[meanings] is not installed")
                continue
            started = time.perf_counter()
            score = method(data)
            seconds = time.perf_counter() - started
            shown = " ".join(
                f"{bootstrap_mean(v, np.arange(len(v)))!s:24}" for v in judge(data, score)
            )
            print(f"  {name:14} {shown} {seconds:.2f}")
        print_chances(data)
        print()
    return 0


def read_folder(folder: Path) -> Labelled:
    """The data of one folder; see this module's docstring."""
    work, targets, links = (
        pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        for name in ("initiatives.csv", "key_results.csv", "links.csv")
    )
    work, targets = (frame.reindex(columns=_COLUMNS, fill_value="") for frame in (work, targets))
    known = links[links["initiative"].isin(work["id"]) & links["key_result"].isin(targets["id"])]
    if len(known) < len(links):
        raise SystemExit(
            f"{folder}/links.csv names {len(links) - len(known)} pairs of unknown ids."
        )
    right = {str(one): set(rows) for one, rows in known.groupby("initiative")["key_result"]}
    return Labelled(folder.name, work[work["id"].isin(right)], targets, right)


def sample_company() -> Labelled:
    """The sample company's initiatives of this cycle, and the right links of its definition.

    As in the pipeline, only this cycle's Key Results are candidates.
    """
    from sandbox.company.truth import load

    truth = load()
    cycle = next(each.id for each in truth.cycles if each.start <= truth.as_of <= each.end)
    right: dict[str, set[str]] = {}
    for link in truth.links():
        if link.state == "active" and truth.key_results[link.key_result].cycle == cycle:
            right.setdefault(link.initiative, set()).add(link.key_result)
    work = [
        (each.name, each.title, " ".join(_brief(each.claims)), each.team)
        for each in truth.initiatives
        if each.name in right
    ]
    targets = [
        (each.id, each.statement, truth.objectives[each.objective].title, truth.team_of(each.id))
        for each in truth.key_results.values()
        if each.cycle == cycle
    ]
    frames = (pd.DataFrame(rows, columns=_COLUMNS) for rows in (work, targets))
    return Labelled("the sample company", *frames, right)


def _brief(claims: Any) -> Iterator[str]:
    """The text of a brief without the ids in it, which would reveal the answer."""
    for part in claims.get("brief", ()):
        yield re.sub(r"KR-\d+", "", part.get("text", ""))


def ours(data: Labelled, meaning: Meaning | None = None) -> Any:
    """The ranking of ``okr links suggestions`` with ``links: {meanings: off}``."""
    pairs = PairScores(data.work, data.targets, meaning)
    return pairs.scores(np.arange(len(data.work)), np.arange(len(data.targets)))


def ours_with_links(data: Labelled) -> Any:
    """The same with the links of all other initiatives known, and meanings where installed."""
    at = {key: place for place, key in enumerate(data.targets["id"])}
    linked = [(row, at[key]) for row, one in enumerate(data.work["id"]) for key in data.right[one]]
    pairs = tuple(np.array(linked, dtype="int64").T)
    shape = (len(data.work), len(data.targets))
    meaning = TextEmbeddings() if is_installed() else None
    scores = PairScores(data.work, data.targets, meaning, pairs)
    rows, columns = (np.arange(size) for size in shape)
    right = csr_matrix((np.ones(len(linked)), pairs), shape=shape)
    weight = scores.weight_of_linked_work([(rows, columns, right)])
    return scores.scores(rows, columns, weight)


def ours_with_meanings(data: Labelled) -> Any:
    """The ranking where the extra is installed."""
    return ours(data, TextEmbeddings())


def ours_without_team(data: Labelled) -> Any:
    """The ranking by words only."""
    work, targets = (frame.assign(team="") for frame in (data.work, data.targets))
    return ours(Labelled(data.name, work, targets, data.right))


def plain_tfidf(data: Labelled) -> Any:
    """Cosine of TF-IDF with scikit-learn's defaults: smoothed idf, no stop words, L2 norm."""
    return _tfidf_cosine(data, lambda text: re.findall(r"\b\w\w+\b", text))


def character_ngrams(data: Labelled) -> Any:
    """The same over pieces of 3 to 5 characters within words, padded with a space."""
    return _tfidf_cosine(data, _ngrams)


def bm25(data: Labelled) -> Any:
    """Okapi BM25 of each Key Result for the work as a query, with k1 = 1.5 and b = 0.75."""
    counts = _counts(data, lambda text: re.findall(r"\b\w\w+\b", text))
    work, targets = counts[: len(data.work)], counts[len(data.work) :]
    found = np.bincount(targets.indices, minlength=counts.shape[1])
    rarity = np.log1p((targets.shape[0] - found + 0.5) / (found + 0.5))
    lengths = np.asarray(targets.sum(axis=1)).ravel()
    norm = 1.5 * (0.25 + 0.75 * lengths / lengths.mean())
    row = np.repeat(np.arange(targets.shape[0]), np.diff(targets.indptr))
    targets.data *= 2.5 / (targets.data + norm[row]) * rarity[targets.indices]
    return (work @ targets.T).toarray()


def _tfidf_cosine(data: Labelled, cut: Callable[[str], list[str]]) -> Any:
    counts = _counts(data, cut)
    found = np.bincount(counts.indices, minlength=counts.shape[1])
    counts.data *= (np.log((1 + counts.shape[0]) / (1 + found)) + 1)[counts.indices]
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(row, counts.data**2, minlength=counts.shape[0]))
    counts.data /= np.maximum(length, 1e-12)[row]
    return (counts[: len(data.work)] @ counts[len(data.work) :].T).toarray()


def _counts(data: Labelled, cut: Callable[[str], list[str]]) -> Any:
    texts = [text.lower() for text in _whole(data.work) + _whole(data.targets)]
    index: dict[str, int] = {}
    cells = [
        (row, index.setdefault(part, len(index)))
        for row, text in enumerate(texts)
        for part in cut(text)
    ]
    rows, columns = zip(*cells, strict=True)
    counts = csr_matrix((np.ones(len(cells)), (rows, columns)), shape=(len(texts), len(index)))
    counts.sum_duplicates()
    return counts


def _ngrams(text: str) -> list[str]:
    padded = [f" {word} " for word in re.findall(r"\b\w+\b", text)]
    return [
        word[at : at + size]
        for word in padded
        for size in (3, 4, 5)
        for at in range(max(1, len(word) - size + 1))
    ]


def token_set_ratio(data: Labelled) -> Any:
    """Rapidfuzz's similarity for texts of different lengths, regardless of word order."""
    work, targets = ([text.lower() for text in _whole(f)] for f in (data.work, data.targets))
    return process.cdist(work, targets, scorer=fuzz.token_set_ratio)


METHODS: dict[str, Callable[[Labelled], Any]] = {
    "okr-sync": ours,
    "with meanings": ours_with_meanings,
    "links known": ours_with_links,
    "without team": ours_without_team,
    "plain TF-IDF": plain_tfidf,
    "BM25": bm25,
    "char n-grams": character_ngrams,
    "rapidfuzz": token_set_ratio,
}


def print_chances(data: Labelled) -> None:
    """Print how reliable the stated chances are, and how much is suggested."""
    meaning = TextEmbeddings() if is_installed() else None
    for name, score in (("default", ours(data, meaning)), ("learnt", ours_with_links(data))):
        order = np.argsort(-score, axis=1, kind="stable")[:, :3]
        at, picked = np.repeat(np.arange(len(order)), order.shape[1]), order.ravel()
        work, targets = data.work["id"].to_numpy()[at], data.targets["id"].to_numpy()[picked]
        right = np.array([float(b in data.right[a]) for a, b in zip(work, targets, strict=True)])
        share, group = shares_of(score)[at, picked], pd.util.hash_array(work.astype("object"))
        curve = ChanceCurve()
        learnt = name == "learnt"
        chance = chances_hidden_in_turn(share, right, group) if learnt else curve.chance(share)
        shown = chance >= LEAST_CHANCE
        some = np.unique(at[shown]).size / len(order)
        hits = bootstrap_mean(right[shown], at[shown]) if shown.any() else "none"
        print(f"  chances, {name}: {some:.2f} of the work has a suggestion; right: {hits}")
        rows = reliability(pd.DataFrame({"chance": chance, "right": right})).to_dict("records")
        deciles = (
            f"{row['stated']:.2f} stated, {row['right']:.2f} true ({row['candidates']})"
            for row in rows
        )
        print("    " + "; ".join(deciles))


def judge(data: Labelled, score: Any) -> tuple[Any, Any, Any]:
    """Average precision, P@1 and recall@3 of each initiative; ties are broken by id."""
    by_id = np.argsort(data.targets["id"].to_numpy(), kind="stable")
    ids = data.targets["id"].to_numpy()[by_id]
    order = np.argsort(-score[:, by_id], axis=1, kind="stable")
    judged = []
    for one, ranking in zip(data.work["id"], order, strict=True):
        hit = np.isin(ids[ranking], list(data.right[one]))
        places = np.flatnonzero(hit)
        average = np.mean(np.arange(1, len(places) + 1) / (places + 1))
        judged.append((average, float(hit[0]), hit[:3].sum() / len(places)))
    average, first, third = np.array(judged).T
    return average, first, third


def _whole(frame: pd.DataFrame) -> list[str]:
    return (frame["title"] + " " + frame["text"]).tolist()
