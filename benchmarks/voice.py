"""Themes of comments: learning with its tests, and scoring, against bare TF-IDF and NMF of scikit-learn.

    python -m benchmarks.voice --texts 100000 --runs 3
    python -m benchmarks.voice --score 1000000            # everything that a run does with texts: seconds, peak memory

Both sides get the same made-up short texts (12 words of 20,000, half of them by topic). Bare: TfidfVectorizer
and NMF, as many themes as ours looks for, on all texts; then transform of all. Ours: learning from a sample with 20
shuffled corpora as its test; then loadings of all. One thread of BLAS, sides in turn; seconds and ratios are printed.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from hashlib import sha256

WORDS, LENGTH, TOPICS = 20_000, 12, 40


def make(many: int, seed: int = 1) -> list[str]:
    """Short texts: half of the words by a topic, half by frequency (Zipf)."""
    import numpy as np

    luck = np.random.default_rng(seed)
    names = np.array(["".join(luck.choice(list("abcdefghiklmnoprstuvw"), 7)) for _ in range(WORDS)])
    share = 1 / np.arange(1, WORDS + 1)
    common = luck.choice(WORDS, (many, LENGTH // 2), p=share / share.sum())
    topic = luck.integers(0, TOPICS, many)
    own = 200 + topic[:, None] * 60 + luck.integers(0, 60, (many, LENGTH // 2))
    return [" ".join(row) for row in names[np.concatenate([common, own], axis=1)].tolist()]


def bare(texts: list[str], themes: int) -> tuple[float, float]:
    """Seconds of learning and of scoring."""
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    begun = time.process_time()
    reader, model = TfidfVectorizer(min_df=5), NMF(themes, random_state=0)
    model.fit(reader.fit_transform(texts))
    learnt = time.process_time()
    model.transform(reader.transform(texts))
    return learnt - begun, time.process_time() - learnt


def ours(texts: list[str]) -> tuple[float, float, int]:
    """Seconds of learning and of scoring, and how many themes were looked for."""
    import numpy as np

    from worthline.voice import themes

    order = sorted(set(texts), key=lambda text: sha256(text.encode()).digest())
    keys = np.array([sha256(text.encode()).digest() for text in order], dtype="S32")
    begun = time.process_time()
    learnt = themes.learn(order, keys)
    if learnt is None:
        raise SystemExit("no themes in the texts of the benchmark")
    done = time.process_time()
    for start in range(0, len(texts), 50_000):
        learnt.loadings(texts[start : start + 50_000])
    return done - begun, time.process_time() - done, learnt.tried


def whole(many: int) -> None:
    """Label and count many texts as a run does."""
    import pyarrow as pa

    from worthline.results import no_progress
    from worthline.voice import gather
    from worthline.voice.labelling import label

    texts = make(many)
    kinds = {"string": pa.string(), "float64": pa.float64(), "date": pa.date32(), "timestamp(6)": pa.timestamp("us")}
    columns = {name: pa.nulls(many, kinds[kind]) for name, kind in gather.COLUMNS.items()}
    columns["text"] = pa.array(texts)
    columns["source"] = columns["metric"] = pa.array(["feedback"] * many)
    columns["respondent"] = pa.array(["customer"] * many)
    columns["feedback_id"] = columns["customer_id"] = pa.array([f"C{i}" for i in range(many)])
    del texts
    begun = time.process_time()
    found = label(pa.table(columns), (), None, no_progress)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    seconds = time.process_time() - begun
    print(f"voice  {many:,} texts labelled, {found.themes.num_rows} themes: {seconds:.0f} s, peak {peak:.2f} GiB")


def main(arguments: list[str] | None = None) -> int:
    """Print seconds and ratios; 1 where a bar is missed."""
    from threadpoolctl import threadpool_limits

    parser = argparse.ArgumentParser(prog="python -m benchmarks.voice")
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--score", type=int, help="label so many texts as a run does, and print peak memory")
    given = parser.parse_args(arguments)
    with threadpool_limits(1, "blas"):
        if given.score:
            whole(given.score)
            return 0
        texts = make(given.texts)
        sides = []
        for _ in range(given.runs):
            learning, scoring, themes = ours(texts)
            sides.append((learning, scoring, *bare(texts, themes)))
    ours_learn, ours_score, bare_learn, bare_score = (statistics.median(side[i] for side in sides) for i in range(4))
    print(f"voice  learning {ours_learn:.1f} s, bare {bare_learn:.1f} s: {ours_learn / bare_learn:.2f}x (bar 8)")
    print(f"voice  scoring  {ours_score:.1f} s, bare {bare_score:.1f} s: {ours_score / bare_score:.2f}x (bar 1.5)")
    return int(given.texts >= 100_000 and (ours_learn > 8 * bare_learn or ours_score > 1.5 * bare_score))


if __name__ == "__main__":
    raise SystemExit(main())
