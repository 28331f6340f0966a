"""The names of transformers that an exported model uses, for machines with PyTorch only. Each does what its name says there."""

import importlib
import json
import struct
import sys
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F

from .configuration_utils import PretrainedConfig

if not hasattr(F, "scaled_dot_product_attention"):  # before PyTorch 2; the program in its documentation

    def scaled_dot_product_attention(query, key, value, attn_mask):
        scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5 + attn_mask
        return scores.softmax(-1) @ value

    F.scaled_dot_product_attention = scaled_dot_product_attention


class DynamicCache:
    def __init__(self):
        self.layers = {}

    def get_seq_length(self):
        return self.layers[0][0].shape[2] if self.layers else 0

    def update(self, key, value, layer):
        if layer in self.layers:
            key, value = torch.cat([self.layers[layer][0], key], 2), torch.cat([self.layers[layer][1], value], 2)
        self.layers[layer] = key, value
        return key, value


class GenerationMixin:
    @torch.no_grad()
    def generate(self, input_ids, attention_mask, max_new_tokens, do_sample, eos_token_id):
        assert not do_sample
        cache = DynamicCache()
        for _ in range(max_new_tokens):
            inputs = self.prepare_inputs_for_generation(
                input_ids, past_key_values=cache, attention_mask=attention_mask, use_cache=True, cache_position=None
            )
            output = self(**inputs, return_dict=True)
            input_ids = torch.cat([input_ids, output.logits[:, -1].argmax(-1, keepdim=True)], 1)
            attention_mask = torch.cat([attention_mask, attention_mask.new_ones(len(attention_mask), 1)], 1)
            cache = output.past_key_values
        return input_ids


class PreTrainedModel(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config

    def post_init(self):
        pass


def read_safetensors(path):
    types = {"F32": (numpy.float32, torch.float32), "BF16": (numpy.int16, torch.bfloat16)}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    for name, tensor in header.items():
        if name != "__metadata__":
            kind, type = types[tensor["dtype"]]
            begin, end = tensor["data_offsets"]
            values = torch.from_numpy(numpy.frombuffer(data, kind, (end - begin) // kind().itemsize, begin))
            yield name, (values.view(type) if type == torch.bfloat16 else values).view(tensor["shape"])


class AutoModelForCausalLM:
    @staticmethod
    def from_pretrained(folder, trust_remote_code, torch_dtype):
        assert trust_remote_code
        folder = Path(folder)
        settings = json.loads((folder / "config.json").read_text())
        config = load_class(folder, settings["auto_map"]["AutoConfig"])(**settings)
        model_class = load_class(folder, settings["auto_map"]["AutoModelForCausalLM"])
        assert settings["architectures"] == [model_class.__name__]
        assert model_class.config_class.model_type == settings["model_type"]
        model = model_class(config)
        model.load_state_dict(dict(read_safetensors(folder / "model.safetensors")))
        return model.to(torch_dtype).eval()


def load_class(folder, name):
    module, name = name.split(".")
    if str(folder.parent) not in sys.path:
        sys.path.insert(0, str(folder.parent))
    return getattr(importlib.import_module(f"{folder.name}.{module}"), name)
