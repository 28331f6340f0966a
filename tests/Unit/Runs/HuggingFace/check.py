"""Compares exported models with values of TurkishLlm: check.py FOLDER NAME... prints one line of JSON for each.

FOLDER/NAME has the model, FOLDER/NAME.json the inputs and the name of a file of logits. Numbers are the largest difference divided by
the largest magnitude, or the difference of losses.
"""

import json
import sys
from pathlib import Path

import numpy
import torch

try:
    import transformers
except ImportError:
    sys.path.insert(0, str(Path(__file__).parent / "stub"))
    import transformers

torch.set_num_threads(1)
root = Path(sys.argv[1])


@torch.no_grad()
def compare(name):
    given = json.loads((root / f"{name}.json").read_text())
    ids, pads, pad = torch.tensor(given["ids"]), given["pads"], given["pad_id"]
    expected = numpy.fromfile(root / given["logits"], numpy.float32)
    expected = torch.from_numpy(expected).view(*ids.shape, -1)
    largest = expected.abs().max()

    def differ(logits, reference):
        return float((logits.float() - reference).abs().max() / largest)

    def load(type):
        return transformers.AutoModelForCausalLM.from_pretrained(
            str(root / name), trust_remote_code=True, torch_dtype=type
        )

    model, found = load(torch.float32), {}
    found["logits"] = differ(model(ids, use_cache=False).logits, expected)
    found["last"] = differ(model(ids, use_cache=False, logits_to_keep=2).logits, expected[:, -2:])

    # The last row is padded on the left, and loses as many ids at its end.
    last = torch.cat([torch.full((pads,), pad), ids[-1, :-pads]])
    padded = torch.cat([ids[:-1], last[None]])
    mask = torch.ones_like(padded)
    mask[-1, :pads] = 0

    def differ_padded(logits):
        both = differ(logits[:-1], expected[:-1]), differ(logits[-1, pads:], expected[-1, :-pads])
        return max(both) if all(one == one for one in both) else float("nan")

    found["padded"] = differ_padded(model(padded, attention_mask=mask, use_cache=False).logits)
    cache, parts, at = None, [], 0
    for size in [pads + 2, 3] + [1] * (ids.shape[1] - pads - 5):
        output = model(
            padded[:, at : at + size], attention_mask=mask[:, : at + size], past_key_values=cache, use_cache=True
        )
        cache, at = output.past_key_values, at + size
        parts.append(output.logits)
    found["cached"] = differ_padded(torch.cat(parts, 1))

    labels = torch.tensor(given["labels"])
    found["loss"] = abs(float(model(ids, labels=labels).loss) - given["loss"])
    found["summed"] = abs(float(model(ids, labels=labels, num_items_in_batch=7).loss) * 7 / given["targets"] - given["loss"])

    written = model.generate(
        padded[:, : pads + 6], attention_mask=mask[:, : pads + 6], max_new_tokens=len(given["greedy"][0]), do_sample=False,
        eos_token_id=None,
    )
    found["greedy"] = sum(a != b for row, ours in zip(written[:, pads + 6 :].tolist(), given["greedy"]) for a, b in zip(row, ours))
    if given["bfloat16"]:
        found["bfloat16"] = differ(load(torch.bfloat16)(ids, use_cache=False).logits, expected)
    return found


for name in sys.argv[2:]:
    print(json.dumps({key: value if value == value else 1e9 for key, value in compare(name).items()}))
print(json.dumps({"torch": torch.__version__, "transformers": getattr(transformers, "__version__", "stub")}))
