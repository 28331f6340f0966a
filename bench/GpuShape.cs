using TurkishLlm.Model;

namespace TurkishLlm.Bench;

/// <summary>What the contestants of <c>bench gpu</c> train on.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Config">The model. Without dropout, so that losses can be compared.</param>
/// <param name="Rows">Rows of a step; all of them go through at once.</param>
/// <param name="Length">Tokens of a row.</param>
/// <param name="IsPacked">
/// True if several separate texts are packed into a row, and only the last third of each is learned.
/// </param>
internal sealed record GpuShape(string Name, ModelConfig Config, int Rows, int Length, bool IsPacked = false)
{
    public static IReadOnlyList<GpuShape> All { get; } =
    [
        Of("v1-512", ModelConfig.V1, 128, 512), Of("v1-2048", ModelConfig.V1, 32, 2048), Of("v2-2048", ModelConfig.V2, 32, 2048),
        Of("sft-v1", ModelConfig.V1, 128, 512) with { IsPacked = true },
    ];

    /// <summary>Tokens of a step.</summary>
    public int Tokens => Rows * Length;

    /// <summary>The same in seconds on a processor: fewer layers, ids, rows and tokens, but heads of the same size.</summary>
    public GpuShape Quick =>
        this with
        {
            Config = Config.With(vocabSize: 1000, nLayers: 2, maxSeqLen: Length / 8),
            Rows = 2,
            Length = Length / 8,
        };

    /// <summary>
    /// Operations that a token takes, by the usual count (<see cref="ComputeCost"/>), of the head only where a target counts.
    /// </summary>
    public double GetFlopsPerToken(double counted) =>
        ComputeCost.TrainingFlopsPerToken(Config, Length) - (1 - counted) * 6.0 * Config.VocabSize * Config.DModel;

    /// <summary>
    /// Bytes that a token moves at least where activations are larger than a cache: what enters and leaves a product is
    /// bfloat16, written and read forward, read backward, its gradient written and read; the residual stream is float32 and
    /// passes four times in each half of a layer; logits are written, turned into their gradient in place, and read by two
    /// products.
    /// </summary>
    public double GetBytesPerToken(double counted)
    {
        double d = Config.DModel, kv = (double)Config.HeadDim * Config.NKvHeads;
        var layer = 5 * 2 * (4 * d + 2 * kv + 3 * Config.DFf) + 2 * 4 * 4 * d;
        return Config.NLayers * layer + counted * 5 * 2 * Config.VocabSize;
    }

    private static GpuShape Of(string name, ModelConfig config, int rows, int length) =>
        new(name, config.With(maxSeqLen: length, dropout: 0), rows, length);
}
