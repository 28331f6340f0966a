using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Shared;

/// <summary>A model of fixtures/reference and what is recorded of it.</summary>
internal static class RecordedModel
{
    /// <summary>Its weights.</summary>
    /// <param name="recorded">The file.</param>
    /// <param name="prefix">What stands before their names there.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="change">Makes another configuration of the one on record.</param>
    public static ParameterTable Weights(
        this RecordedReference recorded, string prefix, Device device,
        Func<ModelConfig, ModelConfig>? change = null)
    {
        var c = recorded.Object("config");
        int Size(string key) => c.GetProperty(key).GetInt32();
        var config = new ModelConfig(
            Size("vocab_size"),
            Size("d_model"), Size("n_layers"), Size("n_heads"), Size("n_kv_heads"), Size("d_ff"), maxSeqLen: 64,
            tieEmbeddings: c.GetProperty("tie_embeddings").GetBoolean(), normEps: c.GetProperty("norm_eps").GetDouble());
        return ParameterTable.Create(change?.Invoke(config) ?? config, (name, shape) =>
            tensor(recorded.Floats(prefix + name), shape, device: device));
    }

    /// <summary>Token ids on record.</summary>
    public static Tensor Ids(this RecordedReference recorded, string name, Device device) =>
        tensor(recorded.Longs(name), [.. recorded.Shape(name).Select(n => (long)n)], device: device);
}
