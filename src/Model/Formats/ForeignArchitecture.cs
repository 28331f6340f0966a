namespace TurkishLlm.Model.Formats;

/// <summary>Says from the names of weights why a file is of another architecture, or not plain weights.</summary>
/// <remarks>Source: transformers, modeling_llama.py, modeling_qwen3.py, modeling_mixtral.py; peft; gptq.</remarks>
internal static class ForeignArchitecture
{
    // Parts of names → reason. The first match of each kind is reported.
    private static readonly (string[] Parts, string Reason)[] Signs =
    [
        (["lora_A", "lora_B", "lora_a", "lora_b", "lora_embedding_A"],
            "it is a LoRA adapter or has one beside its base weights; merge it first (PEFT: merge_and_unload())"),
        (["qweight", "qzeros", "absmax", "quant_map", "weight_scale", "weight_scale_inv", "SCB"],
            "its weights are quantized; save the model in float32, float16 or bfloat16"),
        (["_flat_param", "flat_param"],
            "its weights are flattened by FSDP; save a full state dictionary (StateDictType.FULL_STATE_DICT)"),
        (["original0", "original1", "weight_g", "weight_v", "weight_orig"],
            "its weights are parametrized (weight norm or pruning); remove the parametrization before saving"),
        (["rotary_emb", "inv_freq", "freqs_cis"], "it has rotary positions, this model has ALiBi"),
        (["wpe", "position_embedding", "position_embeddings", "embed_positions", "pos_emb", "pos_embed"],
            "it has learned positions, this model has ALiBi"),
        (["experts", "block_sparse_moe", "router"], "it has experts, this model has none"),
        (["q_norm", "k_norm"], "it normalizes queries and keys, this model does not"),
        (["c_attn", "qkv_proj", "Wqkv", "query_key_value", "in_proj_weight", "gate_up_proj"],
            "it stores several matrices as one, this model stores each by itself"),
        (["bias"], "it has biases, this model has none"),
    ];

    /// <summary>Returns the reasons that names give, at most three.</summary>
    public static IReadOnlyList<string> FindReasons(IEnumerable<string> names)
    {
        var parts = names.SelectMany(name => name.Split('.')).ToHashSet(StringComparer.Ordinal);
        return [.. Signs.Where(sign => sign.Parts.Any(parts.Contains)).Select(sign => sign.Reason).Take(3)];
    }
}
