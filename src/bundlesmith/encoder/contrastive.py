"""One pass of contrastive training: the two texts of each pair move together, away from the others of their batch.

In-batch negatives: MultipleNegativesRankingLoss of sentence-transformers (Henderson et al., arXiv 1705.00652).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bundlesmith.encoder.embedding import MINILM, encoder_path
from bundlesmith.errors import DivergedError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TUNING_SEED = 0


def minilm(longest: int) -> "SentenceTransformer":
    """all-MiniLM-L6-v2, to be trained on texts of *longest* tokens."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(encoder_path(MINILM), device="cpu", local_files_only=True)
    model.max_seq_length = longest
    return model


def fit_pairs(
    model: "SentenceTransformer",
    pairs: Sequence[tuple[str, str]],
    batch: int,
    learning_rate: float,
    work: Path,
    report_every: int = 500,
) -> None:
    """Train a model on pairs, in their order but for equal texts; it warms up for a tenth of the steps.

    Args:
        model: what is trained, in place.
        pairs: texts that belong together.
        batch: pairs in a batch.
        learning_rate: the peak.
        work: a folder for what the trainer writes.
        report_every: after so many steps the loss is printed.

    Raises:
        DivergedError: if its weights are no numbers any more.
    """
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformerTrainer
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from sentence_transformers.sentence_transformer.training_args import (
        BatchSamplers,
        SentenceTransformerTrainingArguments,
    )

    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(work),
        num_train_epochs=1,
        per_device_train_batch_size=batch,
        learning_rate=learning_rate,
        warmup_steps=0.1,
        batch_sampler=BatchSamplers.NO_DUPLICATES,  # an equal text in the batch would be a false negative
        seed=TUNING_SEED,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        logging_steps=report_every,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    data = Dataset.from_dict({"anchor": [a for a, _ in pairs], "positive": [b for _, b in pairs]})
    loss = MultipleNegativesRankingLoss(model)
    SentenceTransformerTrainer(model=model, args=arguments, train_dataset=data, loss=loss).train()
    if not all(torch.isfinite(weights).all() for weights in model.parameters()):
        what = f"The encoder's weights are no numbers any more, with a learning rate of {learning_rate:g}."
        raise DivergedError(what, "Choose a smaller learning rate.")
