using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;

namespace TurkishLlm.Spec.Training;

/// <summary>Names and keys of llama.cpp's architecture <c>refact</c>, listed.</summary>
/// <remarks>Source: llama.cpp, src/llama-arch.cpp, LLM_KV_NAMES and LLM_TENSOR_NAMES.</remarks>
internal static class GgufKeys
{
    public static string TensorName(string ours) => ours.Split('.') switch
    {
        ["embed_tokens", ..] => "token_embd.weight",
        ["norm", ..] => "output_norm.weight",
        ["lm_head", ..] => "output.weight",
        ["layers", var n, "attn_norm", ..] => $"blk.{n}.attn_norm.weight",
        ["layers", var n, "ffn_norm", ..] => $"blk.{n}.ffn_norm.weight",
        ["layers", var n, "attn", "q_proj", ..] => $"blk.{n}.attn_q.weight",
        ["layers", var n, "attn", "k_proj", ..] => $"blk.{n}.attn_k.weight",
        ["layers", var n, "attn", "v_proj", ..] => $"blk.{n}.attn_v.weight",
        ["layers", var n, "attn", "o_proj", ..] => $"blk.{n}.attn_output.weight",
        ["layers", var n, "ffn", "gate_proj", ..] => $"blk.{n}.ffn_gate.weight",
        ["layers", var n, "ffn", "up_proj", ..] => $"blk.{n}.ffn_up.weight",
        ["layers", var n, "ffn", "down_proj", ..] => $"blk.{n}.ffn_down.weight",
        _ => throw new ArgumentException($"No name for {ours}.", nameof(ours)),
    };

    /// <summary>Compares the metadata of a file with a model.</summary>
    public static IEnumerable<Verdict> Compare(ModelConfig config, Dictionary<string, object> metadata)
    {
        (string Key, object Value)[] expected =
        [
            ("general.architecture", "refact"), ("refact.context_length", (uint)config.MaxSeqLen),
            ("refact.embedding_length", (uint)config.DModel), ("refact.block_count", (uint)config.NLayers),
            ("refact.feed_forward_length", (uint)config.DFf), ("refact.attention.head_count", (uint)config.NHeads),
            ("refact.attention.head_count_kv", (uint)config.NKvHeads),
            ("refact.attention.layer_norm_rms_epsilon", (float)config.NormEps),
        ];
        return expected.Select(entry => Verdict.Equal(
            Format(entry.Value), Format(metadata.GetValueOrDefault(entry.Key, "missing")), entry.Key));
    }

    /// <summary>The number of a type in the format.</summary>
    public static uint NumberOf(GgufTensorType type) => type switch
    {
        GgufTensorType.F32 => 0,
        GgufTensorType.F16 => 1,
        GgufTensorType.Q8_0 => 8,
        _ => 30,
    };

    private static string Format(object value) =>
        $"{Convert.ToString(value, CultureInfo.InvariantCulture)} ({value.GetType().Name})";
}
