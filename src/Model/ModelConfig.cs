using TurkishLlm.Model.Formats;
using static System.FormattableString;

namespace TurkishLlm.Model;

/// <summary>
/// Sizes and options of a decoder. Values of this type are always valid: the constructor refuses all others, and <see
/// cref="With"/> constructs a new value.
/// </summary>
/// <remarks>Source: reference report, sections 2 and 16. Spec: P09, P12, P13, P14.</remarks>
public sealed record ModelConfig
{
    /// <summary>Smallest vocabulary: 16 special tokens and 256 bytes.</summary>
    public const int MinVocabSize = 272;

    /// <summary>Largest vocabulary: token ids are stored as uint16.</summary>
    public const int MaxVocabSize = 65_536;

    /// <param name="vocabSize">Size of the vocabulary, including special tokens.</param>
    /// <param name="dModel">Width of the residual stream.</param>
    /// <param name="nLayers">Number of transformer blocks.</param>
    /// <param name="nHeads">Number of query heads; divides <paramref name="dModel"/>.</param>
    /// <param name="nKvHeads">Number of key/value heads; divides <paramref name="nHeads"/>.</param>
    /// <param name="dFf">Inner width of the feed-forward network.</param>
    /// <param name="maxSeqLen">Longest sequence in training, in tokens.</param>
    /// <param name="dropout">Dropout rate, 0 … 1 (1 excluded).</param>
    /// <param name="tieEmbeddings">True if the output projection is the embedding matrix.</param>
    /// <param name="normEps">Epsilon of every norm, added to the mean square.</param>
    /// <param name="absentTokens">Special tokens that an imported model lacks.</param>
    /// <param name="hasRewardHead">True for a reward model, which has a scalar head beside that of the tokens.</param>
    /// <exception cref="ConfigurationException">
    /// A value is out of range or two conflict; the exception lists all problems.
    /// </exception>
    public ModelConfig(
        int vocabSize, int dModel, int nLayers, int nHeads, int nKvHeads, int dFf, int maxSeqLen,
        double dropout = 0, bool tieEmbeddings = true, double normEps = 1e-6, AbsentTokens absentTokens = default,
        bool hasRewardHead = false)
    {
        (VocabSize, DModel, NLayers, NHeads, NKvHeads) = (vocabSize, dModel, nLayers, nHeads, nKvHeads);
        (DFf, MaxSeqLen, Dropout, TieEmbeddings, NormEps) = (dFf, maxSeqLen, dropout, tieEmbeddings, normEps);
        (AbsentTokens, HasRewardHead) = (absentTokens, hasRewardHead);
        ConfigurationException.ThrowIfAny([.. FindProblems()]);
    }

    /// <summary>The first generation: 24,697,088 parameters, 512 tokens of context.</summary>
    public static ModelConfig V1 { get; } = new(
        vocabSize: 64_000, dModel: 256, nLayers: 12, nHeads: 8, nKvHeads: 2, dFf: 688, maxSeqLen: 512);

    /// <summary>The second generation: 67,580,416 parameters, 2,048 tokens of context.</summary>
    public static ModelConfig V2 { get; } = new(
        vocabSize: 64_000, dModel: 512, nLayers: 12, nHeads: 8, nKvHeads: 4, dFf: 1376, maxSeqLen: 2048, dropout: 0.02);

    /// <summary>Size of the vocabulary, including special tokens.</summary>
    public int VocabSize { get; }

    /// <summary>Width of the residual stream.</summary>
    public int DModel { get; }

    /// <summary>Number of transformer blocks.</summary>
    public int NLayers { get; }

    /// <summary>Number of query heads.</summary>
    public int NHeads { get; }

    /// <summary>Number of key/value heads.</summary>
    public int NKvHeads { get; }

    /// <summary>Inner width of the feed-forward network.</summary>
    public int DFf { get; }

    /// <summary>Longest sequence in training, in tokens.</summary>
    public int MaxSeqLen { get; }

    /// <summary>Dropout rate.</summary>
    public double Dropout { get; }

    /// <summary>True if the output projection is the embedding matrix.</summary>
    public bool TieEmbeddings { get; }

    /// <summary>Epsilon of every norm, added to the mean square.</summary>
    public double NormEps { get; }

    /// <summary>Special tokens that an imported model lacks; none for a model that was trained here.</summary>
    public AbsentTokens AbsentTokens { get; }

    /// <summary>True for a reward model, which has a scalar head beside that of the tokens.</summary>
    public bool HasRewardHead { get; }

    /// <summary>Width of one head: <see cref="DModel"/> ÷ <see cref="NHeads"/>.</summary>
    public int HeadDim => DModel / NHeads;

    /// <summary>Number of parameters; tied weights are counted once.</summary>
    public long ParameterCount
    {
        get
        {
            long v = VocabSize, d = DModel, kv = (long)HeadDim * NKvHeads, ff = DFf;
            var block = 2 * d * d + 2 * d * kv + 3 * d * ff + 2 * d;
            return (TieEmbeddings ? 1 : 2) * v * d + NLayers * block + d + (HasRewardHead ? d : 0);
        }
    }

    /// <summary>Creates the smallest configuration with all parts; trains on a laptop in minutes.</summary>
    /// <param name="vocabSize">Size of the vocabulary, including special tokens.</param>
    /// <exception cref="ConfigurationException"><paramref name="vocabSize"/> is out of range.</exception>
    public static ModelConfig Toy(int vocabSize) => new(
        vocabSize, dModel: 64, nLayers: 4, nHeads: 4, nKvHeads: 2, dFf: 172, maxSeqLen: 128);

    /// <summary>Returns a copy with the given values replaced.</summary>
    /// <exception cref="ConfigurationException">The result is invalid.</exception>
    public ModelConfig With(
        int? vocabSize = null, int? dModel = null, int? nLayers = null, int? nHeads = null, int? nKvHeads = null,
        int? dFf = null, int? maxSeqLen = null, double? dropout = null, bool? tieEmbeddings = null, double? normEps = null,
        AbsentTokens? absentTokens = null, bool? hasRewardHead = null) =>
        new(vocabSize ?? VocabSize, dModel ?? DModel, nLayers ?? NLayers, nHeads ?? NHeads, nKvHeads ?? NKvHeads,
            dFf ?? DFf, maxSeqLen ?? MaxSeqLen, dropout ?? Dropout, tieEmbeddings ?? TieEmbeddings, normEps ?? NormEps,
            absentTokens ?? AbsentTokens, hasRewardHead ?? HasRewardHead);

    private IEnumerable<ConfigurationProblem> FindProblems()
    {
        if (VocabSize is < MinVocabSize or > MaxVocabSize)
        {
            var range = Invariant(
                $"{MinVocabSize} (16 special tokens and 256 bytes) … {MaxVocabSize} (ids are uint16)");
            var nearest = Math.Clamp(VocabSize, MinVocabSize, MaxVocabSize);
            yield return CreateProblem(
                $"vocab_size is {VocabSize}; it must be {range}. Use vocab_size = {nearest}.", ModelConfigFile.VocabSize);
        }

        foreach (var (key, value) in new[]
        {
            (ModelConfigFile.DModel, DModel), (ModelConfigFile.NLayers, NLayers), (ModelConfigFile.NHeads, NHeads),
            (ModelConfigFile.NKvHeads, NKvHeads), (ModelConfigFile.DFf, DFf), (ModelConfigFile.MaxSeqLen, MaxSeqLen),
        })
            if (value < 1) yield return CreateProblem($"{key} is {value}; it must be at least 1.", key);

        if (DModel > 0 && NHeads > 0 && DModel % NHeads != 0)
        {
            var alternatives = FormatAlternatives(DModel / NHeads * NHeads, (DModel / NHeads + 1) * NHeads);
            yield return CreateProblem(
                $"d_model is {DModel}, which n_heads = {NHeads} does not divide. Use d_model = {alternatives}.",
                ModelConfigFile.DModel, ModelConfigFile.NHeads);
        }

        if (NHeads > 0 && NKvHeads > 0 && NHeads % NKvHeads != 0)
        {
            var alternatives = FormatAlternatives(DivisorBelow(NKvHeads), DivisorAbove(NKvHeads));
            yield return CreateProblem(
                $"n_heads is {NHeads}, which n_kv_heads = {NKvHeads} does not divide. Use n_kv_heads = {alternatives}.",
                ModelConfigFile.NKvHeads, ModelConfigFile.NHeads);
        }

        if (!(Dropout is >= 0 and < 1))
            yield return CreateProblem($"dropout is {Dropout}; it must be 0 … 1, and less than 1.", ModelConfigFile.Dropout);

        if (!(NormEps > 0 && double.IsFinite(NormEps)))
            yield return CreateProblem(
                $"norm_eps is {NormEps}; it must be more than 0. Use norm_eps = 1e-6.",
                ModelConfigFile.NormEps);
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
}
