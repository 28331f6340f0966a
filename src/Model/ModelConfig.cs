using System.Globalization;
using TurkishLlm.Model.Formats;

namespace TurkishLlm.Model;

/// <summary>
/// Sizes and options of one decoder. A value of this type is always valid: the constructor refuses every other,
/// and there is no way to change one but <see cref="With"/>, which constructs anew.
/// </summary>
/// <remarks>Source: reference report, sections 2 and 16. Spec: P09, P12, P13, P14.</remarks>
public sealed record ModelConfig
{
    /// <summary>Fewest vocabulary entries: 16 special tokens and 256 bytes.</summary>
    public const int MinVocabSize = 272;

    /// <summary>Most vocabulary entries: token ids are stored as uint16.</summary>
    public const int MaxVocabSize = 65_536;

    /// <param name="vocabSize">Entries of the vocabulary, special tokens included.</param>
    /// <param name="dModel">Width of the residual stream.</param>
    /// <param name="nLayers">Number of blocks.</param>
    /// <param name="nHeads">Query heads; divide <paramref name="dModel"/>.</param>
    /// <param name="nKvHeads">Key/value heads; divide <paramref name="nHeads"/>.</param>
    /// <param name="dFf">Inner width of the feed-forward network.</param>
    /// <param name="maxSeqLen">Longest sequence in training, in tokens.</param>
    /// <param name="dropout">Share of activations dropped in training, 0 … 1 (1 excluded).</param>
    /// <param name="tieEmbeddings">True when the output projection is the embedding matrix.</param>
    /// <param name="normEps">Added to the mean square in every norm.</param>
    /// <exception cref="ConfigurationException">Any value is out of range or two disagree; tells all of them.</exception>
    public ModelConfig(
        int vocabSize, int dModel, int nLayers, int nHeads, int nKvHeads, int dFf, int maxSeqLen,
        double dropout = 0, bool tieEmbeddings = true, double normEps = 1e-6)
    {
        (VocabSize, DModel, NLayers, NHeads, NKvHeads) = (vocabSize, dModel, nLayers, nHeads, nKvHeads);
        (DFf, MaxSeqLen, Dropout, TieEmbeddings, NormEps) = (dFf, maxSeqLen, dropout, tieEmbeddings, normEps);
        ConfigurationException.ThrowIfAny([.. FindProblems()]);
    }

    /// <summary>The first generation: exactly 24,697,088 parameters, contexts of 512 tokens.</summary>
    public static ModelConfig V1 { get; } = new(
        vocabSize: 64_000, dModel: 256, nLayers: 12, nHeads: 8, nKvHeads: 2, dFf: 688, maxSeqLen: 512);

    /// <summary>The second generation: exactly 67,580,416 parameters, contexts of 2,048 tokens.</summary>
    public static ModelConfig V2 { get; } = new(
        vocabSize: 64_000, dModel: 512, nLayers: 12, nHeads: 8, nKvHeads: 4, dFf: 1376, maxSeqLen: 2048, dropout: 0.02);

    /// <summary>Entries of the vocabulary, special tokens included.</summary>
    public int VocabSize { get; }

    /// <summary>Width of the residual stream.</summary>
    public int DModel { get; }

    /// <summary>Number of blocks.</summary>
    public int NLayers { get; }

    /// <summary>Query heads.</summary>
    public int NHeads { get; }

    /// <summary>Key/value heads.</summary>
    public int NKvHeads { get; }

    /// <summary>Inner width of the feed-forward network.</summary>
    public int DFf { get; }

    /// <summary>Longest sequence in training, in tokens.</summary>
    public int MaxSeqLen { get; }

    /// <summary>Share of activations dropped in training.</summary>
    public double Dropout { get; }

    /// <summary>True when the output projection is the embedding matrix.</summary>
    public bool TieEmbeddings { get; }

    /// <summary>Added to the mean square in every norm.</summary>
    public double NormEps { get; }

    /// <summary>Width of one head: <see cref="DModel"/> ÷ <see cref="NHeads"/>.</summary>
    public int HeadDim => DModel / NHeads;

    /// <summary>Number of weights; tied ones are counted once.</summary>
    public long ParameterCount
    {
        get
        {
            long v = VocabSize, d = DModel, kv = (long)HeadDim * NKvHeads, ff = DFf;
            var block = 2 * d * d + 2 * d * kv + 3 * d * ff + 2 * d;
            return (TieEmbeddings ? 1 : 2) * v * d + NLayers * block + d;
        }
    }

    /// <summary>The smallest model that shows all parts at work; trains on a laptop in minutes.</summary>
    /// <param name="vocabSize">Entries of the vocabulary, special tokens included.</param>
    /// <exception cref="ConfigurationException"><paramref name="vocabSize"/> is out of range.</exception>
    public static ModelConfig Toy(int vocabSize) => new(
        vocabSize, dModel: 64, nLayers: 4, nHeads: 4, nKvHeads: 2, dFf: 172, maxSeqLen: 128);

    /// <summary>The same model but for the values given.</summary>
    /// <exception cref="ConfigurationException">The result would not be valid.</exception>
    public ModelConfig With(
        int? vocabSize = null, int? dModel = null, int? nLayers = null, int? nHeads = null, int? nKvHeads = null,
        int? dFf = null, int? maxSeqLen = null, double? dropout = null, bool? tieEmbeddings = null, double? normEps = null) =>
        new(vocabSize ?? VocabSize, dModel ?? DModel, nLayers ?? NLayers, nHeads ?? NHeads, nKvHeads ?? NKvHeads,
            dFf ?? DFf, maxSeqLen ?? MaxSeqLen, dropout ?? Dropout, tieEmbeddings ?? TieEmbeddings, normEps ?? NormEps);

    private IEnumerable<ConfigurationProblem> FindProblems()
    {
        if (VocabSize is < MinVocabSize or > MaxVocabSize)
            yield return CreateProblem(
                $"vocab_size is {VocabSize}; it must be {MinVocabSize} (16 special tokens and 256 bytes) … {MaxVocabSize} (ids are uint16). Use vocab_size = {Math.Clamp(VocabSize, MinVocabSize, MaxVocabSize)}.",
                ModelConfigFile.VocabSize);

        foreach (var (key, value) in new[]
        {
            (ModelConfigFile.DModel, DModel), (ModelConfigFile.NLayers, NLayers), (ModelConfigFile.NHeads, NHeads),
            (ModelConfigFile.NKvHeads, NKvHeads), (ModelConfigFile.DFf, DFf), (ModelConfigFile.MaxSeqLen, MaxSeqLen),
        })
            if (value < 1) yield return CreateProblem($"{key} is {value}; it must be at least 1.", key);

        if (DModel > 0 && NHeads > 0 && DModel % NHeads != 0)
            yield return CreateProblem(
                $"d_model is {DModel}, which n_heads = {NHeads} does not divide. Use d_model = {FormatAlternatives(DModel / NHeads * NHeads, (DModel / NHeads + 1) * NHeads)}.",
                ModelConfigFile.DModel, ModelConfigFile.NHeads);

        if (NHeads > 0 && NKvHeads > 0 && NHeads % NKvHeads != 0)
            yield return CreateProblem(
                $"n_heads is {NHeads}, which n_kv_heads = {NKvHeads} does not divide. Use n_kv_heads = {FormatAlternatives(DivisorBelow(NKvHeads), DivisorAbove(NKvHeads))}.",
                ModelConfigFile.NKvHeads, ModelConfigFile.NHeads);

        if (!(Dropout is >= 0 and < 1))
            yield return CreateProblem($"dropout is {Dropout}; it must be 0 … 1, and less than 1.", ModelConfigFile.Dropout);

        if (!(NormEps > 0 && double.IsFinite(NormEps)))
            yield return CreateProblem($"norm_eps is {NormEps}; it must be more than 0. Use norm_eps = 1e-6.", ModelConfigFile.NormEps);
    }

    private int DivisorBelow(int heads)
    {
        var divisor = Math.Min(heads, NHeads);
        while (NHeads % divisor != 0) divisor--;
        return divisor;
    }

    private int DivisorAbove(int heads)
    {
        var divisor = Math.Min(heads, NHeads);
        while (NHeads % divisor != 0) divisor++;
        return divisor;
    }

    private static string FormatAlternatives(int below, int above) =>
        below < 1 || below == above ? Invariant($"{above}") : Invariant($"{below} or {above}");

    private static ConfigurationProblem CreateProblem(FormattableString text, params string[] keys) => new(Invariant(text), keys);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
