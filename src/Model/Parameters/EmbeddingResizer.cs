using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Parameters;

/// <summary>Gives a model rows for new tokens, which stand behind the old ones in the vocabulary.</summary>
/// <remarks>
/// Old rows keep their bits, in the embedding and in a head of its own; a tied head follows by itself. A new row is the mean of
/// the old ones, so a new token begins as likely as a token of no meaning, and never drowns the others as a row of
/// random numbers can; the rows then differ by noise of a hundredth of the old rows' spread, without which equal rows would
/// learn the same for ever. Source: Hewitt 2021, "Initializing New Word Embeddings for Pretrained Language Models". Spec: TIE-10.
/// </remarks>
public static class EmbeddingResizer
{
    private const double NoiseScale = 0.01;

    /// <param name="weights">The weights of the smaller model; not changed.</param>
    /// <param name="newConfig">The model they are wanted for: the same but for a larger vocabulary, length and dropout.</param>
    /// <param name="seed">Of the noise: same seed, same rows.</param>
    /// <returns>New weights on the same device.</returns>
    /// <exception cref="ConfigurationException">The vocabulary is smaller, or another size differs.</exception>
    public static ParameterTable ResizeTokenEmbeddings(ParameterTable weights, ModelConfig newConfig, long seed)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(newConfig);
        var old = weights.Config;
        if (newConfig.VocabSize < old.VocabSize)
            throw new ConfigurationException(FormattableString.Invariant($"The vocabulary has {old.VocabSize} tokens and cannot shrink to {newConfig.VocabSize}. Use vocab_size: {old.VocabSize} or more."));
        if (newConfig != old.With(vocabSize: newConfig.VocabSize, maxSeqLen: newConfig.MaxSeqLen, dropout: newConfig.Dropout))
            throw new ConfigurationException("Only the vocabulary of a model can grow, but other sizes differ from those of its checkpoint. Use the checkpoint's.");

        using var generator = new Generator((ulong)seed);
        return ParameterTable.Create(newConfig, (name, shape) =>
        {
            using var grad = no_grad();
            var weight = weights[name];
            return weight.shape.SequenceEqual(shape) ? weight.detach().to(float32, weight.device, copy: true) : AppendRows(weight, shape[0], generator);
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
