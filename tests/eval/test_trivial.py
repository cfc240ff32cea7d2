from bundlesmith.eval.score import scores
from bundlesmith.eval.trivial import trivial_sheets, won
from tests.eval.pasts import past
from tests.eval.sheets import complete, generate, sessions, sheet

PAST = past([("1", "u", "eedddab", "train")], [("abc", "train"), ("abd", "train"), ("ab", "test")])
TASKS = (
    complete("c", "f", "f", items="d", history="a"),
    generate("g", "ab", ["ab"], history="e"),
    sessions("s", "abcf", {"abcf": "abcs"}, []),
)


def popular(name):
    return trivial_sheets(sheet(*TASKS), PAST, 7)["popular"].answers[name]


def test_the_most_popular_items_that_the_task_does_not_name():
    assert popular("c")["ranking"] == ["e", "b", "c", "f"]  # d 3, e 2, a 1, b 1, then those without an event


def test_a_bundle_of_each_category_the_most_popular_first():
    # Garden has 5 events, but e is in the history; desks have 2; lamps and the pen have one item each.
    assert popular("g")["bundles"] == [["a", "b"]]


def test_the_whole_session_with_the_most_common_intent():
    assert popular("s") == {"bundles": [["a", "b", "c", "f"]], "intents": ["abcs"]}


def test_of_a_run_there_is_no_intent():
    found = trivial_sheets(sheet(*TASKS), past([("1", "u", "ab", "train")], None), 7)["popular"]
    assert found.answers["s"]["intents"] == [""]


def test_trivial_answers_are_valid_and_seeded():
    for name, found in trivial_sheets(sheet(*TASKS), PAST, 7).items():
        assert [figures["valid"] for figures in scores(found).values()] == [1.0, 1.0, 1.0], name
        assert found.answers == trivial_sheets(sheet(*TASKS), PAST, 7)[name].answers
    random = [trivial_sheets(sheet(*TASKS), PAST, seed)["random"].answers for seed in (7, 8)]
    assert random[0] != random[1] and len(random[0]["s"]["bundles"][0]) == 2
    assert {len(bundle) for bundle in random[0]["g"]["bundles"]} == {3}


def test_figures_that_a_trivial_predictor_wins_or_nears():
    ours = {"R@10": 0.5, "soft-F1": 0.5, "gini@10": 0.2, "repeated": 0.0, "tail@10": 0.8, "tasks": 3}
    trivial = {
        "popular": {"R@10": 0.44, "soft-F1": 0.45, "gini@10": 0.9, "repeated": 0.1, "tail@10": 0.1, "tasks": 3},
        "random": {"R@10": 0.01, "soft-F1": 0.1, "gini@10": 0.22, "repeated": 0.2, "tail@10": 0.9, "tasks": 3},
    }
    assert won(ours, trivial) == {
        "soft-F1": ("popular", 0.45),
        "gini@10": ("random", 0.22),
        "tail@10": ("random", 0.9),
    }
