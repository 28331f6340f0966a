using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Parameters;

/// <summary>
/// Adds rows for new tokens, which follow the old ones in the vocabulary, to the embedding and head of a model.
/// </summary>
/// <remarks>
/// Old rows keep their bits. A new row is the mean of the old ones, so a new token is initially as likely as an average token,
/// and cannot dominate the others as a random row can; noise of a hundredth of the old rows' spread makes the new rows differ,
/// because equal rows would receive equal gradients. Source: Hewitt 2021, "Initializing New Word Embeddings for Pretrained
/// Language Models". Spec: TIE-10.
/// </remarks>
public static class EmbeddingResizer
{
    private const double NoiseScale = 0.01;

    /// <param name="weights">The weights of the smaller model; not modified.</param>
    /// <param name="newConfig">The new model: the same except for a larger vocabulary, length and dropout.</param>
    /// <param name="seed">Seed of the noise: same seed, same rows.</param>
    /// <returns>New weights on the same device.</returns>
    /// <exception cref="ConfigurationException">The vocabulary is smaller, or another size differs.</exception>
    public static ParameterTable ResizeTokenEmbeddings(ParameterTable weights, ModelConfig newConfig, long seed)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(newConfig);
        var old = weights.Config;
        if (newConfig.VocabSize < old.VocabSize)
            throw new ConfigurationException(
                Invariant($"The vocabulary has {old.VocabSize} tokens and cannot shrink to {newConfig.VocabSize}. ")
                + Invariant($"Use vocab_size: {old.VocabSize} or more."));
        if (newConfig != old.With(
                vocabSize: newConfig.VocabSize, maxSeqLen: newConfig.MaxSeqLen, dropout: newConfig.Dropout,
                absentTokens: newConfig.AbsentTokens))
            throw new ConfigurationException(
                "Only the vocabulary of a model can grow, but other sizes differ from those of its "
                    + "checkpoint. Use the sizes of the checkpoint.");

        using var generator = new Generator((ulong)seed);
        return ParameterTable.Create(newConfig, (name, shape) =>
        {
            using var grad = no_grad();
            var weight = weights[name];
            return weight.shape.SequenceEqual(shape)
                ? weight.detach().to(float32, weight.device, copy: true)
                : AppendRows(weight, shape[0], generator);
        });
    }

    private static Tensor AppendRows(Tensor weight, long rows, Generator generator)
    {
        using var scope = NewDisposeScope();
        var mean = weight.mean([0], keepdim: true);                                                     // [1, width]
        var spread = (weight - mean).square().mean([0], keepdim: true).sqrt();                          // [1, width]
        var draw = randn([rows - weight.size(0), weight.size(1)], float32, generator: generator).to(weight.device);
        return cat([weight.detach(), mean + draw * spread * NoiseScale], 0).MoveToOuterDisposeScope();
    }
}
